"""Attachments: stored once by content, checked for size and type, found by id."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from flask import current_app
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import BigId, Model, db
from app.foundation.errors import Invalid

LARGEST_BYTES = 50 * 1024 * 1024
KINDS = {
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".txt": "text/plain",
    ".csv": "text/csv",
    ".zip": "application/zip",
}
_SIGNATURES = {
    ".pdf": b"%PDF", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".png": b"\x89PNG",
    ".docx": b"PK", ".xlsx": b"PK", ".pptx": b"PK", ".zip": b"PK",
}  # fmt: skip


class Attachment(Model):
    """A file somebody handed in. Its bytes lie under their SHA-256, so the same file is kept once."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(120))
    uploaded_by: Mapped[str] = mapped_column(String(16), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    task_id: Mapped[int | None] = mapped_column(BigId, index=True)

    @property
    def path(self) -> Path:
        return _folder() / self.sha256[:2] / self.sha256


def store(
    stream: BinaryIO, *, name: str, uploaded_by: str, task_id: int | None = None
) -> Attachment:
    """Keep the file and return its row. Raises `Invalid` for a wrong kind or size."""
    name = Path(name.replace("\\", "/")).name[-200:]
    kind = Path(name).suffix.lower()
    if kind not in KINDS:
        raise Invalid(f"“{name}”不是可以上传的类型，请用：{'、'.join(k[1:] for k in KINDS)}。")
    content = stream.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise Invalid(f"“{name}”超过 50 MB，请压缩后再上传。")
    if not content.startswith(_SIGNATURES.get(kind, b"")):
        raise Invalid(f"“{name}”的内容与扩展名不符，请确认文件没有损坏。")
    digest = hashlib.sha256(content).hexdigest()
    target = _folder() / digest[:2] / digest
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    row = Attachment(
        name=name, size_bytes=len(content), sha256=digest, media_type=KINDS[kind],
        uploaded_by=uploaded_by, task_id=task_id,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row


def _folder() -> Path:
    return Path(current_app.config["DATA_DIR"]) / "files"
