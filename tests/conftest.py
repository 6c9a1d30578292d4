"""A college to test with: its database, its people, a clock that is held still.

`app` is an application on a database of its own with the made-up college in
it; `at` holds the clock. Databases are copies of one prepared file, so a test
costs milliseconds.
"""

import shutil
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
from tests.builders import College

# A property holds or not; how long an example took says only how busy the machine was.
settings.register_profile("college", deadline=None)
settings.load_profile("college")

LOADED_AT = datetime(2026, 8, 30, 9, 0, tzinfo=clock.COLLEGE_ZONE)


@pytest.fixture(scope="session")
def prepared_college(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the made-up college and the shipped procedures."""
    folder = tmp_path_factory.mktemp("prepared")
    with time_machine.travel(LOADED_AT, tick=False):
        app = create_app(DATA_DIR=folder, TESTING=True, SECRET_KEY="test")
        with app.app_context():
            with transaction():
                db.create_all()
            with transaction():
                made_up.load(made_up.read())
            with transaction():
                engine.deploy_folder(shipped("processes"), shipped("forms"))
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
    return folder / "zhengai.db"


@pytest.fixture(scope="session")
def migrated_college(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo database made by the migrations instead of from the models, before its term; its clock follows ours."""
    folder = tmp_path_factory.mktemp("migrated")
    app = create_app(DATA_DIR=folder, DEMO=True, SECRET_KEY="test")
    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        with transaction():
            db.session.add(DemoClock(id=1, shift_seconds=0))
            made_up.load(made_up.read())
        with transaction():
            engine.deploy_folder(shipped("processes"), shipped("forms"))
        db.session.remove()
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    return folder / "zhengai.db"


@pytest.fixture
def app(prepared_college: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh copy of the prepared college, inside its context."""
    shutil.copy(prepared_college, tmp_path / "zhengai.db")
    app = create_app(DATA_DIR=tmp_path, TESTING=True, SECRET_KEY="test", WTF_CSRF_ENABLED=False)
    engine.forget_parsed()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


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
