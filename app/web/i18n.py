"""Chinese first, English second. Message ids are the Chinese sentences themselves."""

from pathlib import Path

from flask import Flask, has_request_context, session
from flask_babel import Babel, gettext

CHINESE, ENGLISH = "zh", "en"
BABEL_NAMES = {CHINESE: "zh_Hans_CN", ENGLISH: "en"}
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


def set_up_languages(app: Flask) -> Babel:
    """Choose each request's language from the session; Chinese needs no catalogue."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(CATALOGUES))
    return Babel(
        app, default_locale=BABEL_NAMES[CHINESE], default_timezone="Asia/Shanghai", locale_selector=_babel_name
    )


def translated(message: str, **values: object) -> str:
    """Return the message in this request's language; import it as `_`, so that it is extracted."""
    return str(gettext(message, **values))


def locale_code() -> str:
    """Return `zh` or `en` for this request; Chinese outside of requests."""
    chosen = session.get("locale") if has_request_context() else None
    return chosen if chosen in BABEL_NAMES else CHINESE


def _babel_name() -> str:
    return BABEL_NAMES[locale_code()]
