"""A row is locked as it stands now, not as it was read before; who writes waits for those that wrote before."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import update

from app.foundation import db as database
from app.foundation.db import db, locked, transaction
from app.foundation.errors import Conflict
from app.organisation.models import Person
from tests.at_once import at_once


def test_a_locked_row_is_read_again(app):
    with transaction():
        person = db.session.get_one(Person, "E011")
        # As if somebody else had committed between our reading and our lock.
        elsewhere = update(Person).where(Person.id == "E011").values(name_zh="新名")
        db.session.execute(elsewhere.execution_options(synchronize_session=False))

        assert locked(Person, "E011") is person
        assert person.name_zh == "新名"


def test_what_was_changed_before_the_lock_is_not_lost(app):
    with transaction():
        db.session.get_one(Person, "E011").name_zh = "新名"

        assert locked(Person, "E011").name_zh == "新名"


def test_a_row_that_is_not_there_is_none(app):
    with transaction():
        assert locked(Person, "nobody") is None


@contextmanager
def somebody_writing(app) -> Iterator[sqlite3.Connection]:
    """Another process's connection that holds SQLite's write lock."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL writers wait for rows, not for each other")
    with closing(sqlite3.connect(app.config["DATA_DIR"] / "zhengai.db", isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_writer_waits_until_the_one_before_is_done(app):
    with somebody_writing(app) as other:
        done = threading.Timer(0.2, other.execute, ["COMMIT"])
        done.start()

        with transaction():
            db.session.get_one(Person, "E011").name_zh = "新名"
            patience = db.session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()

        done.join()
    assert db.session.get_one(Person, "E011").name_zh == "新名" and patience == database.PATIENCE


def test_a_writer_who_has_waited_long_is_told_to_try_again(app, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 20)
    with somebody_writing(app), pytest.raises(Conflict, match="请稍后再试一次"), transaction():
        locked(Person, "E011")


def test_of_two_who_wait_for_each_other_one_is_told_to_try_again(app):
    """PostgreSQL lets one of them go; on SQLite the second begins when the first is done."""
    hold = threading.Barrier(2)

    def take(*people: str):
        def act() -> None:
            with transaction():
                locked(Person, people[0])
                if db.engine.dialect.name != "sqlite":
                    hold.wait()
                locked(Person, people[1]).name_zh = people[0]

        return act

    outcomes = at_once(app, take("E011", "E029"), take("E029", "E011"))

    refused = [] if db.engine.dialect.name == "sqlite" else ["conflict"]
    assert sorted(outcomes) == sorted([*refused, *["done"] * (2 - len(refused))])
