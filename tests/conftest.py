"""A college to test with: its database, its people, a clock that is held still.

`app` is an application on a database of its own with the made-up college in
it; `at` holds the clock. Databases are copies of one prepared database, so a
test costs milliseconds; `--database` says where they are kept.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask_migrate import upgrade
from hypothesis import settings

from app import engine
from app.application import create_app
from app.config import shipped
from app.demo import college as made_up
from app.demo.clock import DemoClock
from app.foundation import clock
from app.foundation.db import db, transaction
from tests.builders import College, load_college
from tests.databases import Database, Databases, databases_of

# A property holds or not; how long an example took says only how busy the machine was.
settings.register_profile("college", deadline=None)
settings.load_profile("college")

LOADED_AT = datetime(2026, 8, 30, 9, 0, tzinfo=clock.COLLEGE_ZONE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", default="sqlite", metavar="sqlite|postgresql|ADDRESS",
        help="Where the tests keep their data: SQLite files, a PostgreSQL server of their own, or the server at an address.",
    )  # fmt: skip
    parser.addoption(
        "--release", action="store_true", help="Kill machines as often as before a release: 1,500 acts, 40 kills.",
    )  # fmt: skip


def pytest_itemcollected(item: pytest.Item) -> None:
    if "page" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Where databases are made: all tests ask here, so that one option moves them all."""
    with databases_of(request.config.getoption("--database")) as found:
        yield found


@pytest.fixture(scope="session")
def prepared_college(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with the made-up college and the shipped procedures."""
    database = databases.empty(tmp_path_factory.mktemp("prepared"))
    with time_machine.travel(LOADED_AT, tick=False):
        app = create_app(**database, TESTING=True, SECRET_KEY="test")
        with app.app_context():
            load_college()
            with transaction():
                engine.deploy_folder(shipped("processes"), shipped("forms"))
            db.session.remove()
            db.engine.dispose()
    yield database
    databases.drop(database)


@pytest.fixture(scope="session")
def migrated_college(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A demo database made by the migrations instead of from the models, before its term; its clock follows ours."""
    database = databases.empty(tmp_path_factory.mktemp("migrated"))
    app = create_app(**database, DEMO=True, SECRET_KEY="test")
    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        with transaction():
            db.session.add(DemoClock(id=1, shift_seconds=0))
            made_up.load(made_up.read())
        with transaction():
            engine.deploy_folder(shipped("processes"), shipped("forms"))
        db.session.remove()
        db.engine.dispose()
    yield database
    databases.drop(database)


@pytest.fixture
def app(databases: Databases, prepared_college: Database, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh copy of the prepared college, inside its context."""
    database = databases.copy(prepared_college, tmp_path)
    app = create_app(**database, TESTING=True, SECRET_KEY="test", WTF_CSRF_ENABLED=False)
    engine.forget_parsed()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)


@pytest.fixture
def at() -> Iterator[Callable[[str], None]]:
    """Hold the clock: `at("2026-09-07 08:00")`, college time; call again to move on."""
    traveller = None

    def hold(text: str) -> None:
        nonlocal traveller
        moment = datetime.fromisoformat(text).replace(tzinfo=clock.COLLEGE_ZONE)
        if traveller is None:
            traveller = time_machine.travel(moment, tick=False)
            traveller.start()
        else:
            traveller.stop()
            traveller = time_machine.travel(moment, tick=False)
            traveller.start()

    hold("2026-08-31 07:00")
    yield hold
    if traveller is not None:
        traveller.stop()


@pytest.fixture
def college(app: Flask, at: Callable[[str], None]) -> College:
    """The whole college, with people who act through the doors; it is the morning before the term."""
    return College(app, at)


@pytest.fixture
def pairs(request: pytest.FixtureRequest) -> int:
    """How often two are let go at the same moment (`tests.at_once`)."""
    return 200 if request.config.getoption("--release") else 25
