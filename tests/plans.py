"""Which questions read a table from end to end: SQLite says how it looks for what it is asked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

# Tables that grow with every act or every term.
GROWING = {
    "assessment", "audit_event", "diagnosis_entry", "escalation", "finding", "goal", "goal_year", "human_task",
    "improvement_measure", "measurement", "message", "on_site_verification", "outgoing_mail", "process_instance",
    "quality_warning", "rectification_order", "recurrence", "self_diagnosis", "step_log", "subscription",
    "task_performer", "timer",
}  # fmt: skip
ROOM = "/app/"


@contextmanager
def read_through() -> Iterator[set[tuple[str, str]]]:
    """Collect who reads a growing table from end to end inside the block: (the asking module's path in `app`, table).

    A read of a partial index counts as none when that holds open work only (`..._due`, `..._nudge`). On other
    databases nothing is collected.
    """
    found: set[tuple[str, str]] = set()
    known: set[str] = set()

    def look(connection, cursor, statement, values, context, many):
        asks = statement.startswith(("SELECT", "UPDATE", "DELETE"))
        if connection.dialect.name != "sqlite" or many or not asks or statement in known:
            return
        known.add(statement)
        plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values)
        for *_, step in plan:
            verb, table, *how = step.split()
            open_work = bool(how) and how[-1].endswith(("_due", "_nudge"))
            if verb == "SCAN" and table in GROWING and not open_work:
                found.add((_asker(), table))

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def _asker() -> str:
    frame = sys._getframe()
    while frame is not None:
        path = frame.f_code.co_filename
        if ROOM in path and "/foundation/" not in path and "site-packages" not in path:
            return path.rpartition(ROOM)[2]
        frame = frame.f_back
    return ""
