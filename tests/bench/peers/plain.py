"""A database by its own driver, with nothing between: what plain peers and the limits stand on."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


class Sqlite:
    """SQLite as the product uses it: WAL, each commit on the disk."""

    key, locked, backends = "INTEGER PRIMARY KEY", "", []

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self.connection.execute(f"PRAGMA {pragma}")

    def run(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement, values)

    def number_of(self, insertion: str, *values: Any) -> int:
        return self.connection.execute(insertion, values).lastrowid or 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        yield
        self.connection.execute("COMMIT")


class Postgresql:
    """PostgreSQL with durable commits and prepared statements."""

    key, locked = "BIGSERIAL PRIMARY KEY", " FOR UPDATE"

    def __init__(self, address: str) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.backends = [self.connection.info.backend_pid]

    def run(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement.replace("?", "%s"), values or None, prepare=bool(values))

    def number_of(self, insertion: str, *values: Any) -> int:
        return self.run(f"{insertion} RETURNING id", *values).fetchone()[0]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN")
        yield
        self.connection.execute("COMMIT")


def connected(address: str) -> Sqlite | Postgresql:
    """Return the database at a SQLAlchemy address."""
    if address.startswith("sqlite:///"):
        return Sqlite(address.removeprefix("sqlite:///"))
    return Postgresql(address.replace("postgresql+psycopg://", "postgresql://", 1))
