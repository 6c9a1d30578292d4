"""What the machine room remembers. Workflow state is one small blob; whatever
anybody asks for (tasks, timers, history) has rows of its own."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation import reference
from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word
from app.foundation.reference import Reference
from app.foundation.worklist import WorkItem


class InstanceState(StrEnum):
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class TaskState(StrEnum):
    OPEN = "OPEN"
    COMPLETED = "COMPLETED"
    WITHDRAWN = "WITHDRAWN"


class ProcessDefinition(Reference, Model):
    """A version of a diagram with the decisions and forms it was deployed with.

    Instances point at their version and finish on it (scenario 40).
    """

    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    layer: Mapped[str | None] = mapped_column(String(16))
    # The message whose arrival starts an instance, if the diagram has such a start event.
    starts_on: Mapped[str | None] = mapped_column(String(80), index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    xml: Mapped[str] = mapped_column(deferred=True)
    decisions: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    forms: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    deployed_at: Mapped[datetime] = mapped_column(default=now)
    deployed_by: Mapped[str | None] = mapped_column(String(16))


class DecisionDefinition(Reference, Model):
    """A version of a decision, for those who ask outside any instance (levels of readings)."""

    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    xml: Mapped[str] = mapped_column(deferred=True)
    deployed_at: Mapped[datetime] = mapped_column(default=now)
    deployed_by: Mapped[str | None] = mapped_column(String(16))


class ProcessInstance(Model):
    """A running procedure. `blob` is its state in the codec's format; NULL when it has ended."""

    __table_args__ = (
        Index("ix_process_instance_business_key", "business_key"),
        Index("ix_process_instance_subject", "subject", "state"),
        Index("ix_process_instance_started_by", "started_by"),
        # Finds every child of a parent as well; those without a key are never taken for one another.
        Index(
            "uq_process_instance_child",
            "parent_id",
            "child_key",
            unique=True,
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("process_definition.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    business_key: Mapped[str | None] = mapped_column(String(120))
    subject: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[InstanceState] = mapped_column(Word(InstanceState), default=InstanceState.RUNNING)
    version: Mapped[int] = mapped_column(default=0)
    blob: Mapped[bytes | None]
    started_at: Mapped[datetime] = mapped_column(default=now)
    started_by: Mapped[str | None] = mapped_column(String(16))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    parent_node: Mapped[str | None] = mapped_column(String(80))
    # The workflow task of the parent that waits for this child; NULL when it is detached.
    parent_task: Mapped[str | None] = mapped_column(String(32))
    child_key: Mapped[str | None] = mapped_column(String(120))
    # A detached child lives on when its parent ends.
    detached: Mapped[bool] = mapped_column(default=False)

    @property
    def definition(self) -> ProcessDefinition:
        """The version it runs on, to read."""
        found = reference.row(ProcessDefinition, self.definition_id)
        assert found is not None, "the database does not let a version go that instances run on"
        return found


class HumanTask(Model):
    """Something a person has to do. `due_rule` is the derivation that explains `due_at`."""

    __table_args__ = (
        Index("ix_human_task_instance", "instance_id", "state"),
        Index("ix_human_task_open_due", "state", "due_at"),
        # Partial: most tasks are nobody's in these, and a planner that counted them would rather read the whole table.
        Index(
            "ix_human_task_closed_by",
            "closed_by",
            sqlite_where=text("closed_by IS NOT NULL"),
            postgresql_where=text("closed_by IS NOT NULL"),
        ),
        Index(
            "ix_human_task_on_behalf_of",
            "on_behalf_of",
            sqlite_where=text("on_behalf_of IS NOT NULL"),
            postgresql_where=text("on_behalf_of IS NOT NULL"),
        ),
        Index(
            "ix_human_task_nudge",
            "nudge_at",
            sqlite_where=text("nudge_at IS NOT NULL"),
            postgresql_where=text("nudge_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    workflow_task: Mapped[str] = mapped_column(String(32))
    node: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    process_key: Mapped[str] = mapped_column(String(60))
    layer: Mapped[str | None] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(40))
    why: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[TaskState] = mapped_column(Word(TaskState), default=TaskState.OPEN)
    opened_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime | None]
    due_rule: Mapped[dict[str, Any] | None]
    escalation: Mapped[str] = mapped_column(String(40), default="standard")
    # When the next reminder or step of the escalation ladder is due, and which comes next.
    nudge_at: Mapped[datetime | None]
    nudge_no: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    draft: Mapped[dict[str, Any] | None]
    draft_by: Mapped[str | None] = mapped_column(String(16))
    draft_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(16))
    on_behalf_of: Mapped[str | None] = mapped_column(String(16))
    verb: Mapped[str | None] = mapped_column(String(24))
    opinion: Mapped[str] = mapped_column(default="")
    instance: Mapped[ProcessInstance] = relationship(lazy="raise")
    performers: Mapped[list["TaskPerformer"]] = relationship(lazy="raise", back_populates="task")

    __mapper_args__ = {"version_id_col": version}


class TaskPerformer(Model):
    """Who may act on a task; several rows mean that the first to act does it."""

    person_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("human_task.id"), primary_key=True, index=True)
    task: Mapped[HumanTask] = relationship(back_populates="performers", lazy="raise")


class Timer(WorkItem, Model):
    """A timer event that is armed; this row, not the blob, says when it fires."""

    __table_args__ = (
        Index(
            "ix_timer_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_timer_instance", "instance_id"),
    )

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    workflow_task: Mapped[str] = mapped_column(String(32))
    node: Mapped[str] = mapped_column(String(80))
    due_rule: Mapped[dict[str, Any] | None]


class Subscription(Model):
    """A message an instance waits for."""

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), primary_key=True)
    workflow_task: Mapped[str] = mapped_column(String(32), primary_key=True)
    node: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(String(80), index=True)


class MessageKind(StrEnum):
    FACT = "FACT"
    START_CHILD = "START_CHILD"
    CHILD_ENDED = "CHILD_ENDED"


class Message(WorkItem, Model):
    """Something to be carried to an instance by the clock.

    A FACT starts every diagram with a message start event of this `name` and
    reaches every instance with `business_key` that waits for it. The other
    kinds are the engine's own: a call activity starts its child, a child
    reports its end.
    """

    __table_args__ = (
        Index(
            "ix_message_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    kind: Mapped[MessageKind] = mapped_column(Word(MessageKind), default=MessageKind.FACT)
    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    business_key: Mapped[str | None] = mapped_column(String(120))
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    workflow_task: Mapped[str | None] = mapped_column(String(32))
    node: Mapped[str | None] = mapped_column(String(80))
    child_key: Mapped[str | None] = mapped_column(String(120))


class Recurrence(WorkItem, Model):
    """A call activity marked recurring: opens one child per window of the college calendar."""

    __table_args__ = (
        Index(
            "ix_recurrence_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    workflow_task: Mapped[str] = mapped_column(String(32))
    node: Mapped[str] = mapped_column(String(80))
    child: Mapped[str] = mapped_column(String(60))
    frequency: Mapped[str] = mapped_column(String(16))
    term: Mapped[str] = mapped_column(String(16))
    skip: Mapped[str] = mapped_column(default="")
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    next_no: Mapped[int] = mapped_column(default=1)


class StepLog(Model):
    """What happened in an instance, one row per element that was passed or act that was done."""

    __table_args__ = (Index("ix_step_log_instance", "instance_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    node: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str | None] = mapped_column(String(16))
    on_behalf_of: Mapped[str | None] = mapped_column(String(16))
    verb: Mapped[str | None] = mapped_column(String(24))
    opinion: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any] | None]
    task_id: Mapped[int | None] = mapped_column(BigId)
