"""Every setting: its type, unit and default, and one sentence on what it does.

Each is read from the environment variable of the same name; what
`create_app(...)` is given wins over both.
"""

import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def shipped(folder: str) -> Path:
    """Return `processes`, `forms` or `migrations`: in the repository, or inside an installed wheel."""
    here = ROOT / folder
    return here if here.is_dir() else Path(__file__).resolve().parent / "_data" / folder


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings and their defaults."""

    # Folder of everything the college owns on disk: the SQLite file, attachments, the secret key.
    DATA_DIR: Path = Path("instance")
    # Address of the database; empty means the SQLite file in DATA_DIR.
    DATABASE_URL: str = ""
    # Key that signs sessions; empty means one made at first start and kept in DATA_DIR.
    SECRET_KEY: str = ""
    # Address under which people reach the application; links in mails begin with it.
    BASE_URL: str = "http://127.0.0.1:5000"
    # Name of the college as pages and mails show it; empty means the root unit's name.
    COLLEGE_NAME: str = ""
    # Codes of the quality office and of the committee it belongs to, and the post that chairs the committee.
    QA_OFFICE_UNIT: str = "OFF-ZGB"
    COMMITTEE_UNIT: str = "QAC"
    COMMITTEE_CHAIR_POST: str = "P-YZ"
    # Levels at which the parts of an office write a report of the term, beside the office itself.
    REPORT_LEVELS: str = "SECTION,POST,PERSON"
    # Code of the office that carries out rewards and penalties once they are approved.
    HR_UNIT: str = "OFF-RSC"
    # Several web and worker machines on one PostgreSQL database: rows that wait call their worker (scheduler.cluster).
    CLUSTER: bool = False
    # A demo database: its clock may be moved, and the sign-in page offers accounts.
    DEMO: bool = False
    # SMTP server; empty means that mails are only kept and shown in the built-in view.
    MAIL_SERVER: str = ""
    MAIL_PORT: int = 25
    MAIL_USERNAME: str = ""
    MAIL_PASSWORD: str = ""
    # STARTTLS before signing in to the SMTP server.
    MAIL_STARTTLS: bool = False
    MAIL_SENDER: str = "zhengai@localhost"
    # Seconds after which an SMTP conversation is given up and tried again later.
    MAIL_TIMEOUT_SECONDS: int = 20
    # Bytes of one request; attachments are limited to 50 MB each (foundation.files).
    MAX_CONTENT_LENGTH: int = 55 * 1024 * 1024
    # Hours after which a session ends.
    SESSION_HOURS: int = 12


def settings(**given: Any) -> dict[str, Any]:
    """Return the settings as Flask takes them. Raises `ValueError` naming a malformed variable."""
    found: dict[str, Any] = {}
    for field in fields(Settings):
        if field.name in given:
            found[field.name] = given.pop(field.name)
        elif field.name in os.environ:
            found[field.name] = _typed(field.name, os.environ[field.name], type(field.default))
        else:
            found[field.name] = field.default
    found["DATA_DIR"] = Path(found["DATA_DIR"]).resolve()
    url = found["DATABASE_URL"] or f"sqlite:///{found['DATA_DIR'] / 'zhengai.db'}"
    return {**found, "SQLALCHEMY_DATABASE_URI": url, **given}


def _typed(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() not in {"0", "1", "false", "true", "no", "yes"}:
            raise ValueError(f"{name} must be yes or no, not {text!r}")
        return text.lower() in {"1", "true", "yes"}
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} must be of type {kind.__name__}, not {text!r}") from None
