"""Rows that wait to be worked off: timers, messages, windows, mails."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.clock import now
from app.foundation.db import BigId, db, transaction

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# How long a row stays with the process that took it for work outside the database.
LEASE = timedelta(minutes=10)

Item = TypeVar("Item", bound="WorkItem")


class WorkItem:
    """Columns of a row that waits.

    `due_at` moves on when an attempt fails, and is the lease of a row that is
    being worked on outside the database. `wanted_at` keeps the moment first
    asked for, which orders rows after a downtime.
    """

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wanted_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(default="")


def work_off(kind: type[Item], carry_out: Callable[[Item], None]) -> int:
    """Carry out every due row, oldest first, one transaction each. Returns how many.

    A row that `carry_out` gives a later `due_at` stays and comes again then;
    any other is ticked off.
    A row that fails steps aside with its problem written on it, for one
    minute, then twice as long each time up to six hours. The others go on:
    one broken row must never stop the night's work.
    """
    count = 0
    while True:
        item_id = None
        try:
            with transaction():
                item = db.session.scalar(_due(kind).limit(1).with_for_update(skip_locked=True))
                if item is None:
                    return count
                item_id = item.id
                due_at = item.due_at
                carry_out(item)
                if item.due_at == due_at:
                    item.done_at = now()
                count += 1
        except Exception as error:
            if item_id is None:
                raise
            log.exception("%s %s failed", kind.__name__, item_id)
            with transaction():
                _step_aside(db.session.get_one(kind, item_id), error)


def work_off_outside(kind: type[Item], act: Callable[[Item], None]) -> int:
    """Like `work_off`, for acts that reach outside the database (SMTP).

    The row is first leased in a short transaction, then `act` runs without
    any lock held, then the row is ticked off. A process that dies between
    leaves the row to be taken again after `LEASE`: at least once, never lost.
    """
    count = 0
    while (item := _lease(kind)) is not None:
        try:
            act(item)
        except Exception as error:
            log.warning("%s %s failed: %s", kind.__name__, item.id, error)
            with transaction():
                _step_aside(db.session.get_one(kind, item.id), error)
        else:
            with transaction():
                db.session.execute(update(kind).where(kind.id == item.id).values(done_at=now(), problem=""))
            count += 1
    return count


def _lease(kind: type[Item]) -> Item | None:
    with transaction():
        item = db.session.scalar(_due(kind).limit(1).with_for_update(skip_locked=True))
        if item is None:
            return None
        item.due_at = now() + LEASE
        db.session.flush()
        db.session.refresh(item)
        db.session.expunge(item)
        return item


def _due(kind: type[Item]) -> Select[Item]:
    return (
        select(kind)
        .where(kind.done_at.is_(None), kind.due_at <= now())
        .order_by(kind.due_at, kind.id)
    )


def _step_aside(item: WorkItem, error: Exception) -> None:
    item.attempts += 1
    item.problem = f"{type(error).__name__}: {error}"[:2000]
    item.due_at = now() + min(FIRST_RETRY * 2 ** (item.attempts - 1), LONGEST_RETRY)
