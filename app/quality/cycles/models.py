"""Windows of self-diagnosis, and the launches of a term's procedures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import Model, Word
from app.foundation.reference import Reference


class DiagnosisWindow(Reference, Model):
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


class LaunchState(StrEnum):
    """RESOLVING looks up who does what, READY waits for the word, STARTING and UNDOING are under way."""

    RESOLVING = "RESOLVING"
    READY = "READY"
    STARTING = "STARTING"
    DONE = "DONE"
    UNDOING = "UNDOING"
    UNDONE = "UNDONE"


class Doubt(StrEnum):
    """Why somebody should look at a subject before its procedure starts."""

    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    VACANT = "VACANT"
    AWAY = "AWAY"
    NO_GOALS = "NO_GOALS"


# With these there is nothing to start: it runs already, or it must not run.
NOT_STARTED_WITH = frozenset({Doubt.RUNNING, Doubt.SUSPENDED})


class CohortLaunch(Model):
    """The procedures of a layer's subjects are started together for a term: all of them, or those of a scope.

    `scope` is the code of a unit or programme, empty for the whole layer. Its
    items are worked off in portions, so a launch of ten thousand neither holds
    the database nor starts again from nothing after a crash.
    """

    __table_args__ = (Index("ix_cohort_launch_term", "term_code", "layer_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    term_code: Mapped[str] = mapped_column(ForeignKey("term.code"))
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"))
    scope: Mapped[str] = mapped_column(String(24), default="")
    state: Mapped[LaunchState] = mapped_column(Word(LaunchState), default=LaunchState.RESOLVING)
    asked_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))


class LaunchItem(Model):
    """One subject of a launch. `performers` maps a step to {name, people, passed_by}; `doubts` are `Doubt` words."""

    __table_args__ = (
        Index("ix_launch_item_waiting", "launch_id", "resolved", "settled"),
        Index("ix_launch_item_instance", "instance_id"),
    )

    launch_id: Mapped[int] = mapped_column(ForeignKey("cohort_launch.id"), primary_key=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"), primary_key=True)
    performers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    doubts: Mapped[list[str]] = mapped_column(default=list)
    resolved: Mapped[bool] = mapped_column(default=False)
    # Whether the present way through (starting, undoing) has done with it.
    settled: Mapped[bool] = mapped_column(default=False)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
