"""A demo college lives on its own day: the clock's shift, kept in its database."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Mapped, mapped_column

from app import engine, notifications
from app.foundation import clock
from app.foundation.db import Model, db, transaction
from app.foundation.errors import Invalid, NotAllowed

MORNING = time(8, 30)


class DemoClock(Model):
    """By how many seconds the demo's clock runs ahead of the machine's; one row, only in demo databases."""

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_seconds: Mapped[int]


def follow(app: Flask) -> None:
    """Set this process's clock to the database's. Web requests and scheduler ticks call it first."""
    if app.config["DEMO"]:
        row = db.session.get(DemoClock, 1)
        clock.set_shift(timedelta(seconds=row.shift_seconds if row else 0))


def set_to(moment: datetime) -> None:
    """Move the demo's clock to a moment. Raises `NotAllowed` outside demo databases, `Invalid` backwards.

    The shift is whole seconds: a moment that has just passed leaves the clock as it is.
    """
    row = db.session.get(DemoClock, 1)
    if row is None:
        raise NotAllowed("只有演示数据库的时钟可以拨动。")
    shift = round((moment - datetime.now(UTC)).total_seconds())
    if shift < row.shift_seconds - 1:
        raise Invalid("时钟只能向前拨。")
    row.shift_seconds = max(shift, row.shift_seconds)
    db.session.flush()
    clock.set_shift(timedelta(seconds=row.shift_seconds))


def advance_to(moment: datetime, *, work: Callable[[], int]) -> int:
    """Go through time to a moment, stopping wherever something is due, and let it happen then.

    `work` works off what is due (`scheduler.timetable.work_off_everything`). Returns how much was done.
    """
    done = work()
    while (stop := next_due_at()) is not None and stop <= moment:
        with transaction():
            set_to(max(stop + timedelta(seconds=1), clock.now()))
        count = work()
        if not count and next_due_at() == stop:
            break  # whatever is due keeps failing; its problem is written on its row
        done += count
    with transaction():
        set_to(max(moment, clock.now()))
    return done + work()


def target(to: str) -> datetime:
    """Return where `day` (8:30 tomorrow), `week` (8:30 on Monday) or `deadline` (just past the next one) leads.

    Raises `Invalid` for another word, and when no deadline is ahead.
    """
    on = clock.today()
    if to == "day":
        return datetime.combine(on + timedelta(days=1), MORNING, clock.COLLEGE_ZONE)
    if to == "week":
        return datetime.combine(on + timedelta(days=7 - on.weekday()), MORNING, clock.COLLEGE_ZONE)
    if to != "deadline":
        raise Invalid("时钟只能拨到下一天、下一个期限或下周一。")
    due_at = db.session.scalar(
        select(func.min(engine.HumanTask.due_at)).where(
            engine.HumanTask.state == engine.TaskState.OPEN, engine.HumanTask.due_at >= clock.now()
        )
    )
    if due_at is None:
        raise Invalid("现在没有还没到期的任务。可以先拨到下一天或下周一。")
    return due_at + timedelta(minutes=1)


def next_due_at() -> datetime | None:
    """Return the next moment at which something happens by itself."""
    waiting: list[Any] = [engine.Timer, engine.Recurrence, engine.Message, notifications.OutgoingMail]
    moments = [db.session.scalar(select(func.min(kind.due_at)).where(kind.done_at.is_(None))) for kind in waiting]
    moments.append(db.session.scalar(select(func.min(engine.HumanTask.nudge_at))))
    return min((moment for moment in moments if moment is not None), default=None)
