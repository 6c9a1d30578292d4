"""Rows that wait to be worked off: timers, messages, windows, mails."""

import logging
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar, cast

from flask import Flask, current_app, has_app_context
from sqlalchemy import Integer, Select, Update, bindparam, event, select, update
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from app.foundation.clock import now
from app.foundation.db import WRITTEN, BigId, UtcDateTime, db, note_written, transaction

log = logging.getLogger(__name__)

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# So many rows are carried out in one transaction; few, because others wait for the write lock meanwhile.
PORTION = 10
# How long a row stays with the process that took it for work outside the database.
LEASE = timedelta(minutes=10)

# How long a row waits while somebody is at work on what it is about.
BUSY = timedelta(seconds=2)

_LISTENER = "tell_of_waiting"

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
    """Carry out every due row, oldest first. Returns how many.

    A row that `carry_out` gives a later `due_at` stays and comes again then;
    any other is ticked off.
    A row that fails steps aside with its problem written on it, for one
    minute, then twice as long each time up to six hours. The others go on:
    one broken row must never stop the night's work.
    """

    def take(most: int) -> list[Item]:
        return list(db.session.scalars(_due(cast(Hashable, kind)), {"now": now(), "most": most}))

    def carry_out_all(items: Sequence[Item]) -> None:
        done = []
        for item in items:
            if item.done_at is not None:
                continue  # taken back by what one before it did
            due_at = item.due_at
            carry_out(item)
            if item.due_at == due_at:
                done.append(item.id)
        if done:
            db.session.connection().execute(_ticking_off(cast(Hashable, kind)), {"ids": done, "done_at": now()})

    def step_aside(item_id: int, error: Exception) -> None:
        _step_aside(db.session.get_one(kind, item_id), error)

    return in_portions(take, carry_out_all, step_aside, name=kind.__name__)


def come_again(item: WorkItem) -> None:
    """Let a row be carried out a little later, because somebody holds what it is about.

    Whoever holds it may wait for this very row, so he must not be waited for.
    """
    item.due_at = now() + BUSY


def in_portions(
    take: Callable[[int], list[Any]],
    carry_out: Callable[[Sequence[Any]], None],
    step_aside: Callable[[int, Exception], None],
    *,
    name: str,
) -> int:
    """Carry out what `take(most)` gives until that is nothing, a portion in a transaction; returns how many.

    `take` returns due rows, locked, first things first. When `carry_out` fails
    nothing of the portion has happened; its rows are then carried out one by
    one, and the broken one is given to `step_aside`.
    """
    if not take(1):  # looked at without the write lock: most of the time nothing is due
        return 0
    count = alone = 0
    while True:
        ids: list[int] = []
        try:
            with transaction():
                items = take(1 if alone else PORTION)
                ids = [item.id for item in items]
                carry_out(items)
        except Exception as error:
            if not ids:
                raise
            if len(ids) > 1:
                alone = len(ids)
                continue
            log.exception("%s %s failed", name, ids[0])
            with transaction():
                step_aside(ids[0], error)
        else:
            count += len(ids)
        if not ids:
            return count
        alone = max(alone - 1, 0)


def tell_of_waiting(app: Flask, listener: Callable[[set[type]], None]) -> None:
    """Have `listener` called at the end of each transaction of an application that wrote rows, with their kinds.

    What it writes on the session's connection is committed with them, or not at all.
    """
    app.extensions[_LISTENER] = listener


@event.listens_for(Session, "after_flush")
def _note_new(session: Session, context: Any) -> None:
    for each in session.new:
        if isinstance(each, WorkItem):
            note_written(type(each))


@event.listens_for(Session, "before_commit")
def _tell(session: Session) -> None:
    listener = current_app.extensions.get(_LISTENER) if has_app_context() else None
    if listener is not None and session is db.session():
        session.flush()
        if kinds := session.info.pop(WRITTEN, None):
            listener(kinds)


@event.listens_for(Session, "after_transaction_end")
def _forget_written(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(WRITTEN, None)


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
        item = db.session.scalar(_due(cast(Hashable, kind)), {"now": now(), "most": 1})
        if item is None:
            return None
        item.due_at = now() + LEASE
        db.session.flush()
        db.session.refresh(item)
        db.session.expunge(item)
        return item


@cache
def _due(kind: Any) -> Select[Any]:
    """Return the question for `most` rows due at `now`, locked."""
    return (
        select(kind)
        .where(kind.done_at.is_(None), kind.due_at <= bindparam("now", type_=UtcDateTime))
        .order_by(kind.due_at, kind.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
    )


@cache
def _ticking_off(kind: Any) -> Update:
    table = kind.__table__
    return update(table).where(table.c.id.in_(bindparam("ids", expanding=True)))


def _step_aside(item: WorkItem, error: Exception) -> None:
    item.attempts += 1
    item.problem = f"{type(error).__name__}: {error}"[:2000]
    item.due_at = now() + min(FIRST_RETRY * 2 ** (item.attempts - 1), LONGEST_RETRY)
