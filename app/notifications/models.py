"""The outbox: mails that wait, and mails that went out."""

from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Model, Word
from app.foundation.worklist import WorkItem


class SentHow(StrEnum):
    """SMTP: the mail server took it. VIEW: it can only be read in the built-in view."""

    SMTP = "SMTP"
    VIEW = "VIEW"


class MailState(StrEnum):
    WAITING = "WAITING"
    SENT = "SENT"
    FAILED = "FAILED"


class OutgoingMail(WorkItem, Model):
    """A mail to one person, worded when the thing happened.

    `message_id` is made with the row and stays the same however often the
    mail is sent, so that a mail program shows a repeated one only once.
    `instance_id` and `task_id` are the engine's; this room does not look them up.
    """

    __table_args__ = (
        Index(
            "ix_outgoing_mail_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        # A person's mails; with the kind: whether he was told of something since a moment.
        Index("ix_outgoing_mail_told", "person_id", "kind", "wanted_at"),
    )

    kind: Mapped[str] = mapped_column(String(4), index=True)
    person_id: Mapped[str] = mapped_column(String(16), ForeignKey("person.id"))
    to_name: Mapped[str] = mapped_column(String(60))
    to_address: Mapped[str] = mapped_column(String(120))
    locale: Mapped[str] = mapped_column(String(5))
    subject: Mapped[str] = mapped_column(String(250))
    body: Mapped[str]
    message_id: Mapped[str] = mapped_column(String(160), unique=True)
    instance_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    task_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    sent_how: Mapped[SentHow | None] = mapped_column(Word(SentHow))

    @property
    def state(self) -> MailState:
        """SENT, FAILED (will be tried again) or WAITING for its moment."""
        if self.done_at is not None:
            return MailState.SENT
        return MailState.FAILED if self.problem else MailState.WAITING
