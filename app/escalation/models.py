"""Ladders, and what was sent from them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import BigId, Model
from app.foundation.reference import Reference


class EscalationPolicy(Reference, Model):
    """A version of a ladder. A task keeps the version it was opened with (`standard:1`).

    `steps` are `{"after": -2, "kind": "M02", "to": ["PERFORMER"]}`, `after` in
    working days from the day of the deadline. Only `valid` versions are given
    to new tasks.
    """

    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(30))
    version: Mapped[int]
    steps: Mapped[list[dict]]
    valid: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Escalation(Model):
    """The ledger: one step of a ladder for one deadline of a task, done once.

    `recipients` are those told by this step; empty for a step that was passed
    over because a higher one spoke, or that found nobody.
    """

    __table_args__ = (UniqueConstraint("task_id", "due_at", "step"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("human_task.id"))
    due_at: Mapped[datetime]
    step: Mapped[str] = mapped_column(String(6))
    kind: Mapped[str] = mapped_column(String(4))
    recipients: Mapped[list[str]] = mapped_column(default=list)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
