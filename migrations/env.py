"""How Alembic reaches the application's database and its models."""

from alembic import context
from flask import current_app

from app.foundation.db import UtcDateTime, Word, db


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Write our column types as what they are in the database, so that old migrations never import the application."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=24)"
    return False


def process_revision_directives(context: object, revision: object, directives: list) -> None:
    """Write no empty migration."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def run() -> None:
    """Run the migrations in one transaction on the application's database.

    SQLite changes a table by writing it anew and dropping the old one, which
    references from other tables would forbid: they are not looked at
    meanwhile, and all checked before the transaction ends.
    """
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            connection.connection.execute("PRAGMA foreign_keys=OFF")  # without effect inside a transaction
        context.configure(
            connection=connection,
            target_metadata=current_app.extensions["migrate"].db.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
            process_revision_directives=process_revision_directives,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
                if is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise RuntimeError(f"the migration leaves references to rows that are gone: {broken[:5]}")
        finally:
            if is_sqlite:
                connection.rollback()
                connection.connection.execute("PRAGMA foreign_keys=ON")


run()
