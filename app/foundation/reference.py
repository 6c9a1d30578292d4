"""What hardly ever changes, read once per process.

Who heads a unit, which days a week has, by which limits a subject is judged:
asked with every task, changed a few times a term. The rows of models marked
`Reference` are such. Whoever changes one moves the number in
`reference_revision` in the same transaction; whoever remembers something
looks at that number once per transaction and forgets everything when it has
moved on. So every process sees a change from its next transaction on, on any
database, and a transaction that changed something itself asks the database.
"""

from collections.abc import Callable, Collection
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy import Engine, Table, event, insert, select, update
from sqlalchemy import inspect as inspected
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, SessionTransaction, mapped_column

from app.foundation.db import Base, Model, Row, db

# So many answers and rows are kept at most, some tens of megabytes; then the process begins anew.
MOST_REMEMBERED = 5_000

P = ParamSpec("P")
T = TypeVar("T")


class Reference:
    """Marks a model whose rows hardly ever change. A remembered row belongs to everybody: it can only be read."""

    def __setattr__(self, name: str, value: Any) -> None:
        if _REMEMBERED in self.__dict__:
            raise TypeError(f"a remembered {type(self).__name__} cannot be changed: change the session's own row")
        super().__setattr__(name, value)


class ReferenceRevision(Model):
    """One row, whose number grows with every change of reference data."""

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


class _Memory:
    """What was read while the database and its revision were these."""

    def __init__(self, engine: Engine | None, number: int) -> None:
        self.stamp = (engine, number)
        self.values: dict[Any, Any] = {}

    def keep(self, key: Any, value: Any) -> None:
        if len(self.values) >= MOST_REMEMBERED:
            self.values.clear()
        self.values[key] = value


# The mark on a remembered row, and where a session notes the memory its transaction may use.
_REMEMBERED = "_remembered"
_INFO = "reference"
_UNREAD = object()
_UNASKED = _Memory(None, -1)
_latest = _UNASKED


def remembered(ask: Callable[P, T]) -> Callable[P, T]:
    """Let a question be asked once while no reference data changes.

    Its arguments can be hashed. Its answer rests on them and on `Reference` rows
    alone, not on the day: such rows (to read), other values nobody changes, or
    lists, sets and dicts of them, of which each asker gets his own.
    """

    @wraps(ask)
    def answer(*args: P.args, **named: P.kwargs) -> T:
        memory = _memory()
        if memory is None:
            return ask(*args, **named)
        key = (ask, args, tuple(named.items()))
        found = memory.values.get(key, _UNREAD)
        if found is _UNREAD:
            found = _detached(ask(*args, **named))
            if _memory() is memory:  # the question itself may have changed something
                memory.keep(key, found)
        return cast(T, found.copy() if isinstance(found, list | set | dict) else found)

    return answer


def row(kind: type[Row], key: Any) -> Row | None:
    """Return the row of a `Reference` model by its primary key, to read; None without one."""
    return rows(kind, [key]).get(key)


def rows(kind: type[Row], keys: Collection[Any]) -> dict[Any, Row]:
    """Return rows of a `Reference` model by primary key (of one column), to read; what is not remembered in one statement."""
    memory = _memory()
    values = memory.values if memory is not None else {}
    # Taken out at once: another thread may let everything go meanwhile.
    found = {key: values.get((kind, key), _UNREAD) for key in keys}
    if unread := [key for key, each in found.items() if each is _UNREAD]:
        (column,) = inspected(kind).primary_key
        name = inspected(kind).get_property_by_column(column).key
        read = {getattr(each, name): each for each in db.session.scalars(select(kind).where(column.in_(unread)))}
        for key in unread:
            found[key] = read.get(key) if memory is None else _detached(read.get(key))
            if memory is not None:
                memory.keep((kind, key), found[key])
    return {key: each for key, each in found.items() if each is not None}


def forget() -> None:
    """Let this process begin anew, as one just started does."""
    global _latest
    _latest = _UNASKED
    db.session.info.pop(_INFO, None)


def _memory() -> _Memory | None:
    """Return what may be used in this transaction; None when it changed reference data itself."""
    global _latest
    session = db.session()
    _write_pending(session)
    memory: _Memory | None = session.info.get(_INFO, _UNASKED)
    if memory is not _UNASKED:
        return memory
    number = session.connection().exec_driver_sql("SELECT number FROM reference_revision").scalar() or 0
    stamp = (cast(Engine, session.get_bind()), number)
    if _latest.stamp != stamp:
        _latest = _Memory(*stamp)
    session.info[_INFO] = _latest
    return _latest


def _write_pending(session: Session) -> None:
    """A question sees what was changed before it, as any query does."""
    if not (session.identity_map.check_modified() or session.new or session.deleted):
        return
    if any(isinstance(each, Reference) for each in (*session.new, *session.dirty, *session.deleted)):
        session.flush()


def _detached(value: Any) -> Any:
    """Return what can be kept: rows as copies without a session, collections that nobody else holds."""
    if isinstance(value, Reference):
        with Session() as apart:
            copy = apart.merge(value, load=False)
            for each in apart:
                each.__dict__[_REMEMBERED] = True
            apart.expunge_all()
        return copy
    if isinstance(value, list | set):
        return type(value)(map(_detached, value))
    if isinstance(value, dict):
        return {key: _detached(each) for key, each in value.items()}
    return value


@event.listens_for(Session, "after_transaction_end")
def _begin_anew(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_INFO, None)


@event.listens_for(Session, "before_attach")
def _keep_apart(session: Session, instance: Any) -> None:
    if _REMEMBERED in instance.__dict__:
        raise TypeError(f"a remembered {type(instance).__name__} belongs to no session")


@event.listens_for(Session, "after_flush")
def _notice_rows(session: Session, context: Any) -> None:
    if any(isinstance(each, Reference) for each in (*session.new, *session.dirty, *session.deleted)):
        _changed(session)


@event.listens_for(Session, "do_orm_execute")
def _notice_statements(act: ORMExecuteState) -> None:
    if not act.is_select and getattr(act.statement, "table", None) in _tables():
        _changed(act.session)


@cache
def _tables() -> frozenset[Table]:
    return frozenset(cast(Table, each.local_table) for each in Base.registry.mappers if issubclass(each.class_, Reference))


def _changed(session: Session) -> None:
    """Move the number, and remember nothing until this transaction is over."""
    if session.info.get(_INFO, _UNASKED) is None:
        return
    session.info[_INFO] = None
    table, connection = cast(Table, ReferenceRevision.__table__), session.connection()
    moved = connection.execute(update(table).values(number=table.c.number + 1))
    if not moved.rowcount:
        connection.execute(insert(table).values(id=1, number=1))
