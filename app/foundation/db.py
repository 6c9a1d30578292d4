"""The database, and the only place that commits."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Engine,
    Insert,
    Integer,
    Result,
    Select,
    String,
    Table,
    TypeDecorator,
    event,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, make_transient_to_detached, registry

from app.foundation.errors import Conflict


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a datetime without a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


class Word(TypeDecorator[StrEnum]):
    """A `StrEnum` kept as its value in a short text column, readable in any database tool."""

    impl = String(24)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Any) -> StrEnum | None:
        return None if value is None else self.kind(value)


# SQLite numbers its rows only where the primary key is a plain INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table's class; dict and list columns are JSON."""

    registry = registry(
        type_annotation_map={
            datetime: UtcDateTime,
            date: Date,
            dict: JSON,
            list: JSON,
            dict[str, Any]: JSON,
            list[str]: JSON,
            list[int]: JSON,
            list[dict]: JSON,
            list[dict[str, Any]]: JSON,
        }
    )


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})
# Milliseconds that a connection of SQLite waits for those that write before it.
PATIENCE = 15_000
# Where a session notes the kinds of rows its transaction has written.
WRITTEN = "written"
# Where it notes the objects it took over, whose rows are gone when the transaction fails.
_TAKEN_OVER = "taken_over"
db.metadata.naming_convention = NAMING  # type: ignore[assignment]

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

Row = TypeVar("Row", bound=Base)

def ask(statement: Select[*tuple[Any, ...]], **values: Any) -> Result[*tuple[Any, ...]]:
    """Ask with a statement that was built once; rows come without objects, and what was changed before is seen."""
    session = db.session()
    if session.identity_map.check_modified() or session.new or session.deleted:
        session.flush()
    return session.connection().execute(statement, values)


def mentions(text: str, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition that one of some text columns contains what somebody typed, be it in small letters.

    Every character stands for itself, and every database finds the same.
    """
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def add_rows(kind: type[Any], rows: list[dict[str, Any]]) -> None:
    """Write new rows in one statement, with no object of the session standing for them.

    Each holds the same columns by name; what is missing gets the column's default.
    """
    if rows:
        note_written(kind)
        db.session.connection().execute(_insertion(kind.__table__), rows)


def add_numbered_rows(kind: type[Any], rows: list[dict[str, Any]]) -> list[int]:
    """Like `add_rows`, for a table that numbers its rows; returns their numbers in order."""
    if not rows:
        return []
    note_written(kind)
    table, connection = kind.__table__, db.session.connection()
    # SQLite numbers the rows of a statement in their order but cannot be asked to say so;
    # SQLAlchemy would send them one by one.
    by_parameter = connection.dialect.name != "sqlite"
    numbered = _insertion(table).returning(table.c.id, sort_by_parameter_order=by_parameter)
    return sorted(connection.execute(numbered, rows).scalars())


def take_over(row: Base) -> None:
    """Make an object the session's whose row `add_numbered_rows` has just written.

    The session does not know it as new: should the transaction fail, it would
    keep it, in the way of the next that gets its number.
    """
    make_transient_to_detached(row)
    db.session.add(row)
    db.session.info.setdefault(_TAKEN_OVER, []).append(row)


def note_written(kind: type[Any]) -> None:
    """Remember until the commit that rows of a kind were written (see `worklist.tell_of_waiting`)."""
    db.session.info.setdefault(WRITTEN, set()).add(kind)


@cache
def _insertion(table: Table) -> Insert:
    return insert(table)


# PostgreSQL's word for two who wait for each other, of whom it has let one go.
_DEADLOCK = "40P01"
_open: ContextVar[bool] = ContextVar("transaction_is_open", default=False)


@contextmanager
def transaction() -> Iterator[None]:
    """Make everything inside happen, or nothing of it.

    Only doors open one: pages, API, jobs, commands. A second one inside the
    first raises, because it would save half of somebody else's work. On SQLite
    the write lock is taken at the start, so what is read inside stays true
    until the commit. Raises `Conflict` when that lock was not to be had in
    time, or when the database had to let one of two go who waited for each
    other.
    """
    if _open.get():
        raise RuntimeError("a transaction is already open: services do not open one")
    # What was read before belongs to an older snapshot; the next statement begins anew.
    db.session.rollback()
    token = _open.set(True)
    try:
        yield
        db.session.commit()
    except BaseException as error:
        db.session.rollback()
        for row in db.session.info.get(_TAKEN_OVER, ()):
            db.session.expunge(row)
        if getattr(getattr(error, "orig", None), "sqlstate", None) == _DEADLOCK:
            raise Conflict("别人同时在办理与此相关的事项，本次没有保存，请再试一次。") from error
        raise
    finally:
        db.session.info.pop(_TAKEN_OVER, None)
        _open.reset(token)


def locked(kind: type[Row], key: Any, *, if_free: bool = False) -> Row | None:
    """Return a row as it stands now, locked until the transaction ends; `None` where there is none.

    Only that row: what is read along with it (a procedure's definition) stays
    free for everybody else. What this transaction read of the row before may
    be outdated by the time the lock is ours, so it is read again. With
    `if_free` nobody is waited for: a row that another holds is `None` as well.
    """
    db.session.flush()
    # Others may still write rows that point at it (`key_share`): if they had to wait, a child that reports to
    # its parent would wait for one who waits for the child.
    how = {"of": kind, "key_share": True, "skip_locked": if_free}
    return db.session.get(kind, key, with_for_update=how, populate_existing=True)


def take_turns(name: str) -> None:
    """Wait for whoever has the turn of this name, and keep it until the transaction ends.

    For what is asked first and written then, where no row stands yet that
    could be locked. On SQLite whoever writes is alone anyway.
    """
    connection = db.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(crc32(name.encode()))))


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, see below
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE}",
    ):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    # A transaction that reads first and writes later would fail with "database
    # is locked" when another writer came between; taking the lock at once waits.
    if connection.dialect.name != "sqlite":
        return
    if _open.get():
        _take_the_write_lock(connection.connection.driver_connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _take_the_write_lock(connection: sqlite3.Connection) -> None:
    """Begin to write as soon as the writers before are done.

    SQLite's own waiting sleeps longer each time it is refused, up to a tenth
    of a second: who has waited long is overtaken by whoever has just come.
    Raises `Conflict` when they are not done in time.
    """
    connection.execute("PRAGMA busy_timeout=1")
    try:
        for tries_left in reversed(range(PATIENCE)):  # each waits a millisecond
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                if not tries_left:
                    raise Conflict("此刻提交的人太多，本次没有保存，请稍后再试一次。") from error
    finally:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE}")
