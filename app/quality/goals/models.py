"""Plans and the goals derived from them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import Model, Word


class TaskType(StrEnum):
    """A: from a plan; B: decided by the leadership outside the plans; C: a routine duty of the post (I-1)."""

    A = "A"
    B = "B"
    C = "C"


class GoalStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class Plan(Model):
    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    owner_unit: Mapped[str] = mapped_column(ForeignKey("org_unit.code"))
    co_owners: Mapped[list[str]] = mapped_column(default=list)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("plan.code"))


class Goal(Model):
    """A goal or task of a quality subject; its yearly values are rows of their own.

    `basis` names the leadership's decision (B) or the duty of the post (C).
    """

    __table_args__ = (
        Index("ix_goal_subject", "subject_code", "status"),
        Index("ix_goal_parent", "parent_id"),
        Index("ix_goal_responsible", "responsible_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    subject_code: Mapped[str] = mapped_column(ForeignKey("subject.code"))
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"))
    task_zh: Mapped[str] = mapped_column(String(200))
    task_type: Mapped[TaskType] = mapped_column(Word(TaskType))
    plan_code: Mapped[str | None] = mapped_column(ForeignKey("plan.code"))
    basis: Mapped[str] = mapped_column(String(200), default="")
    observation_point: Mapped[str] = mapped_column(String(120))
    section_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"))
    # A student's goals belong to no post.
    post_code: Mapped[str | None] = mapped_column(ForeignKey("post.code"))
    responsible_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    indicator_code: Mapped[str | None] = mapped_column(ForeignKey("indicator.code"))
    # The goal above from which this one was broken down; what lies below it makes its progress (I-3).
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("goal.id"))
    status: Mapped[GoalStatus] = mapped_column(Word(GoalStatus), default=GoalStatus.SUBMITTED)
    entered_by: Mapped[str | None] = mapped_column(String(16))
    entered_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_by: Mapped[str | None] = mapped_column(String(16))
    confirmed_at: Mapped[datetime | None]
    parent: Mapped["Goal | None"] = relationship(remote_side=[id])
    years: Mapped[list["GoalYear"]] = relationship(
        back_populates="goal", order_by="GoalYear.year", cascade="all, delete-orphan", lazy="selectin"
    )


class GoalYear(Model):
    """What a goal plans for a calendar year.

    `progress_percent`, 0-100, is reported for a goal that nothing lies below,
    else worked out from what does. `milestones` are `[{text, due, done}]`.
    """

    goal_id: Mapped[int] = mapped_column(ForeignKey("goal.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    planned_text: Mapped[str] = mapped_column(String(60))
    planned_value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(20), default="")
    milestones: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    actual: Mapped[float | None]
    progress_percent: Mapped[float | None]
    goal: Mapped[Goal] = relationship(back_populates="years")
