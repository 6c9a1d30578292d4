"""Determinations, meetings, their items, resolutions and tasks."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import BigId, Model, Word
from app.quality.rectification.models import RectificationOrder


class NatureDetermination(Model):
    """What kind of problem an order without effect is, and how grave (D10)."""

    __table_args__ = (Index("ix_nature_determination_order", "order_no"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_no: Mapped[str] = mapped_column(ForeignKey("rectification_order.no"))
    category: Mapped[str] = mapped_column(String(24))
    severity: Mapped[str] = mapped_column(String(12))
    opinion: Mapped[str]
    determined_by: Mapped[str] = mapped_column(String(16))
    determined_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_by: Mapped[str | None] = mapped_column(String(16))
    confirmed_at: Mapped[datetime | None]
    order: Mapped[RectificationOrder] = relationship(lazy="joined")


class MeetingStatus(StrEnum):
    PLANNED = "PLANNED"
    SCHEDULED = "SCHEDULED"
    HELD = "HELD"
    RECORDED = "RECORDED"


class SpecialMeeting(Model):
    """A special meeting of the college; PLANNED collects items until a date is fixed."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    status: Mapped[MeetingStatus] = mapped_column(Word(MeetingStatus), default=MeetingStatus.PLANNED)
    held_on: Mapped[date | None]
    place: Mapped[str] = mapped_column(String(120), default="")
    chair_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    attendees: Mapped[list[str]] = mapped_column(default=list)
    discussion: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    items: Mapped[list["MeetingItem"]] = relationship(back_populates="meeting", order_by="MeetingItem.id")


class MeetingItem(Model):
    """A determination on the agenda. Without a meeting it waits for the next one."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    determination_id: Mapped[int] = mapped_column(ForeignKey("nature_determination.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("special_meeting.id"), index=True)
    decision: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    determination: Mapped[NatureDetermination] = relationship(lazy="joined")
    meeting: Mapped[SpecialMeeting | None] = relationship(back_populates="items")


class Resolution(Model):
    """What a meeting resolved on an item; settled by its follow-up verification."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    no: Mapped[str] = mapped_column(String(20), unique=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("meeting_item.id"), unique=True)
    text: Mapped[str]
    responsibility: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None]
    effective: Mapped[bool | None]
    item: Mapped[MeetingItem] = relationship(lazy="joined")
    tasks: Mapped[list["ResolutionTask"]] = relationship(back_populates="resolution", order_by="ResolutionTask.id")


class ResolutionTask(Model):
    """A task of a resolution: who does what by when, and what came of it."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), index=True)
    text: Mapped[str]
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    due_on: Mapped[date]
    result: Mapped[str] = mapped_column(default="")
    evidence: Mapped[list[dict]] = mapped_column(default=list)
    done_at: Mapped[datetime | None]
    resolution: Mapped[Resolution] = relationship(back_populates="tasks")
