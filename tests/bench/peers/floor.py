"""The rows of a completion written by hand on SQLAlchemy Core, without any engine: the floor of our own stack.

A state machine of five steps that does what the product does for each: who
may act, the task's and the instance's version, step log, next task with its
performer, audit and outbox, one commit.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.bench import model
from tests.bench.measuring import Stopwatch, main

T = sa.MetaData()
Instance = sa.Table("instance", T, sa.Column("id", sa.Integer, primary_key=True), sa.Column("data", sa.JSON),
                    sa.Column("status", sa.String), sa.Column("version", sa.Integer))  # fmt: skip
Task = sa.Table("task", T, sa.Column("id", sa.Integer, primary_key=True), sa.Column("instance_id", sa.Integer, index=True),
                sa.Column("node", sa.String), sa.Column("title", sa.String), sa.Column("state", sa.String),
                sa.Column("due_at", sa.DateTime), sa.Column("version", sa.Integer), sa.Column("closed_by", sa.String))  # fmt: skip
Performer = sa.Table("performer", T, sa.Column("person_id", sa.String, primary_key=True),
                     sa.Column("task_id", sa.Integer, primary_key=True, index=True))  # fmt: skip
Log = sa.Table("log", T, sa.Column("id", sa.Integer, primary_key=True), sa.Column("instance_id", sa.Integer, index=True),
               sa.Column("at", sa.DateTime), sa.Column("node", sa.String), sa.Column("person_id", sa.String),
               sa.Column("verb", sa.String), sa.Column("data", sa.JSON))  # fmt: skip
Audit = sa.Table("audit", T, sa.Column("id", sa.Integer, primary_key=True), sa.Column("at", sa.DateTime, index=True),
                 sa.Column("person_id", sa.String), sa.Column("act", sa.String), sa.Column("thing", sa.String),
                 sa.Column("details", sa.JSON))  # fmt: skip
Mail = sa.Table("mail", T, sa.Column("id", sa.Integer, primary_key=True), sa.Column("to_address", sa.String),
                sa.Column("subject", sa.String), sa.Column("body", sa.String), sa.Column("due_at", sa.DateTime, index=True),
                sa.Column("task_id", sa.Integer))  # fmt: skip
NEXT = dict(zip(model.TASKS, (*model.TASKS[1:], None), strict=True))
WHO = "E011"
LETTER = "您有一项新任务，请在期限前办理。\n" * 8

_OPEN = (
    sa.select(Task.c.id, Task.c.version.label("task_version"), Instance.c.data, Instance.c.version)
    .join(Instance, Instance.c.id == Task.c.instance_id)
    .join(Performer, sa.and_(Performer.c.task_id == Task.c.id, Performer.c.person_id == WHO))
    .where(Task.c.instance_id == sa.bindparam("of"), Task.c.state == "OPEN")
)
_CLOSE = sa.update(Task).where(Task.c.id == sa.bindparam("of"), Task.c.version == sa.bindparam("as_read"))
_SAVE = sa.update(Instance).where(Instance.c.id == sa.bindparam("of"), Instance.c.version == sa.bindparam("as_read"))


def start(connection: sa.Connection, number: int) -> int:
    instance = connection.execute(sa.insert(Instance), {"data": {}, "status": "RUNNING", "version": 1}).inserted_primary_key[0]
    _log(connection, instance, "start", {})
    _open(connection, instance, "goals")
    return int(instance)


def complete(connection: sa.Connection, instance: int, node: str) -> None:
    typed = model.typed_into_form(node, instance)
    assert len(typed["summary"]) <= 2000
    found, following = connection.execute(_OPEN, {"of": instance}).one(), NEXT[node]
    closed = {"of": found.id, "as_read": found.task_version, "state": "DONE", "closed_by": WHO, "version": found.task_version + 1}
    assert connection.execute(_CLOSE, closed).rowcount == 1
    _log(connection, instance, node, typed)
    if following:
        _open(connection, instance, following)
    saved = {
        "of": instance, "as_read": found.version, "data": {**found.data, node: {"verb": "submit", "by": WHO}},
        "version": found.version + 1, "status": "RUNNING" if following else "DONE",
    }  # fmt: skip
    assert connection.execute(_SAVE, saved).rowcount == 1
    connection.execute(sa.insert(Audit), {
        "at": _now(), "person_id": WHO, "act": "task.complete", "thing": f"task:{found.id}", "details": {"node": node},
    })  # fmt: skip


def _open(connection: sa.Connection, instance: int, node: str) -> None:
    due_at = _now() + timedelta(days=14)
    task = connection.execute(sa.insert(Task), {
        "instance_id": instance, "node": node, "title": f"{node}：{instance}", "state": "OPEN", "due_at": due_at, "version": 0,
    }).inserted_primary_key[0]  # fmt: skip
    connection.execute(sa.insert(Performer), {"person_id": WHO, "task_id": task})
    connection.execute(sa.insert(Mail), {
        "to_address": "somebody@example.org", "subject": f"【诊改通】{node}", "body": LETTER, "due_at": _now(), "task_id": task,
    })  # fmt: skip


def _log(connection: sa.Connection, instance: int, node: str, data: dict[str, Any]) -> None:
    connection.execute(sa.insert(Log), {
        "instance_id": instance, "at": _now(), "node": node, "person_id": WHO, "verb": "submit", "data": data,
    })  # fmt: skip


def _durable(connection: Any, record: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def w1(address: str, n: int) -> dict[str, Any]:
    """Start an instance and complete its five tasks, `n` times."""
    engine = sa.create_engine(address)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _durable)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    T.create_all(engine)
    starts, acts = Stopwatch(), Stopwatch()
    for number in range(n):
        with starts.lap(), engine.begin() as connection:
            instance = start(connection, number)
        for node in model.TASKS:
            with acts.lap(), engine.begin() as connection:
                complete(connection, instance, node)
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(Instance.c.status == "DONE")).scalar_one() == n
    return acts.found() | {"start_ms": starts.found()["p50_ms"]}


if __name__ == "__main__":
    main({"W1": w1})
