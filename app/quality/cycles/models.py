"""Windows of self-diagnosis, and which terms have been launched."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import Model


class DiagnosisWindow(Model):
    """The weeks in which a self-diagnosis is due. Without a working day it is SKIPPED: `due_at` is empty."""

    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"), primary_key=True)
    frequency: Mapped[str] = mapped_column(String(16), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True)
    first_week: Mapped[int]
    last_week: Mapped[int]
    opens_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_rule: Mapped[dict[str, Any] | None]

    @property
    def skipped(self) -> bool:
        return self.due_at is None


class CohortLaunch(Model):
    """A layer's procedures of a term were started: by the timer, or by the quality office."""

    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"), primary_key=True)
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"), primary_key=True)
    launched_at: Mapped[datetime] = mapped_column(default=now)
    launched_by: Mapped[str | None] = mapped_column(String(16))
    day: Mapped[date]
