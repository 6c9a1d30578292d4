"""Running numbers of documents: each given once, also to two who ask at the same moment on PostgreSQL."""

from sqlalchemy import ColumnElement, Integer, String, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Model, db

_NONE = literal(0, Integer)


class NumberSeries(Model):
    """A series and the last number given in it, locked from the giving until the transaction ends."""

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int]


def next_number(series: str, *, given_before: ColumnElement[int] = _NONE) -> int:
    """Return the next number of a series, in one statement.

    `given_before` counts the things that carry such a number already when the
    series is asked for the first time (they were imported, say).
    """
    db.session.flush()
    insert = postgresql.insert if db.session.connection().dialect.name == "postgresql" else sqlite.insert
    begun = insert(NumberSeries).values(name=series, last=given_before + 1)
    given = begun.on_conflict_do_update(index_elements=["name"], set_={"last": NumberSeries.last + 1})
    return db.session.execute(given.returning(NumberSeries.last)).scalar_one()
