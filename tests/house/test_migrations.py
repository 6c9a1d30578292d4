"""Migrations and models say the same, and every migration can be taken back."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app.application import create_app
from app.config import shipped
from app.foundation.db import db


def test_a_migrated_database_is_what_the_models_describe(tmp_path):
    app = create_app(DATA_DIR=tmp_path, SECRET_KEY="test")

    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": False})
            assert compare_metadata(context, db.metadata) == []
        db.engine.dispose()


def test_every_migration_can_be_taken_back(tmp_path):
    app = create_app(DATA_DIR=tmp_path, SECRET_KEY="test")

    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        downgrade(directory=str(shipped("migrations")), revision="base")

        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        db.engine.dispose()


def test_a_college_at_work_takes_the_other_layers_in_and_introduces_them_itself(tmp_path):
    app = create_app(DATA_DIR=tmp_path, SECRET_KEY="test")

    with app.app_context():
        upgrade(directory=str(shipped("migrations")), revision="0001")
        with db.engine.begin() as connection:
            for code in ("COLLEGE", "COURSE"):
                connection.exec_driver_sql(
                    "INSERT INTO layer (code, name_zh, subject_zh, position, frequency, process_key)"
                    f" VALUES ('{code}', '', '', 0, 'WEEKLY', '')"
                )
            connection.exec_driver_sql(
                "INSERT INTO diagnosis_point (code, layer_code, name_zh, name_en, sensitive, position, active)"
                " VALUES ('DC01', 'COLLEGE', '', '', 0, 0, 1)"
            )
        upgrade(directory=str(shipped("migrations")), revision="0002")
        with db.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT code, self_starting FROM layer ORDER BY code").fetchall()
            guarded = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
        db.engine.dispose()

    assert rows == [("COLLEGE", 1), ("COURSE", 0)]
    assert guarded == 1
