"""Whatever breaks at whatever place of a completion: nothing at all has happened, and a second try does it once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from app import notifications
from app.engine import codec, pruning, runtime, store, task_index, timers
from app.engine.models import HumanTask, StepLog, TaskState
from app.escalation import telling
from app.foundation import audit
from app.foundation.db import Base, db, transaction
from app.inbox import service as inbox
from tests.engine import diagrams as d

HEAD = "E011"
# A task that is followed by a step, another task with a deadline, a timer and mails: a completion writes everywhere.
XML = d.process(
    d.START, d.task("a", performer="responsible(subject)"), d.task("b", performer="responsible(subject)", due="workdays(3)"),
    d.timer("late", 'duration("P7D")', on="b", interrupting=False), d.task("r", performer="responsible(subject)"),
    '<endEvent id="e2"/>', d.END, d.chain("start", "a", "b", "end"), d.chain("late", "r", "e2"), key="faulty", variables="subject",
)  # fmt: skip


class Broken(Exception):
    """What the test lets go wrong."""


# Where it breaks: the owner of a name, the name, and whether what it does has been done by then.
PLACES = [
    (task_index, "get_open", True),
    (codec, "load", True),
    (task_index, "close", False),
    (task_index, "close", True),
    (store.Opened, "go_on", False),
    (store.Opened, "write_log", True),
    (task_index, "refresh", False),
    (task_index, "announce", True),
    (telling, "tell_opened", False),
    (notifications.outbox, "add_rows", True),
    (timers, "refresh", True),
    (pruning, "prune", True),
    (codec, "dump", True),
    (audit, "record", False),
    (audit, "record", True),
]


def everything() -> dict[str, list[Any]]:
    """Return every row of every table."""
    db.session.rollback()
    connection = db.session.connection()
    found = {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
        for table in Base.metadata.sorted_tables
    }
    db.session.rollback()
    return found


@contextmanager
def breaking(owner: Any, name: str, *, afterwards: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    whole: Callable[..., Any] = getattr(owner, name)

    def broken(*args: Any, **named: Any) -> Any:
        if afterwards:
            whole(*args, **named)
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, broken)
        yield


def hands_in(task_id: int) -> None:
    with transaction():
        inbox.complete(task_id, person_id=HEAD, action="submit", data={}, opinion="")


@pytest.fixture
def task_id(college) -> int:
    """An instance at its first task."""
    with transaction():
        runtime.deployment.deploy(XML)
    with transaction():
        instance = runtime.start("faulty", {"subject": "OFF-JWC"})
        found = select(HumanTask.id).where(HumanTask.instance_id == instance.id)
        return db.session.execute(found).scalar_one()


def is_done_once(task_id: int) -> None:
    db.session.rollback()
    assert db.session.get_one(HumanTask, task_id).state is TaskState.COMPLETED
    acts = db.session.scalars(select(StepLog).where(StepLog.task_id == task_id)).all()
    mails = db.session.scalars(
        select(notifications.OutgoingMail)
        .join(HumanTask, HumanTask.id == notifications.OutgoingMail.task_id)
        .where(HumanTask.node == "b")
    ).all()
    assert len(acts) == 1 and [mail.kind for mail in mails] == ["M01"]


@pytest.mark.parametrize(
    ("owner", "name", "afterwards"), PLACES,
    ids=[f"{getattr(owner, '__name__', owner).rpartition('.')[2]}.{name} {'after' if late else 'before'}" for owner, name, late in PLACES],
)  # fmt: skip
def test_nothing_has_happened_and_a_second_try_does_it_once(task_id, monkeypatch, owner, name, afterwards):
    before = everything()

    with breaking(owner, name, afterwards=afterwards, monkeypatch=monkeypatch), pytest.raises(Broken):
        hands_in(task_id)
    assert everything() == before

    hands_in(task_id)
    is_done_once(task_id)


def test_a_commit_that_fails_is_no_commit(task_id):
    before = everything()

    def fail(connection: Any) -> None:
        raise Broken

    event.listen(db.engine, "commit", fail)
    try:
        with pytest.raises(Broken):
            hands_in(task_id)
    finally:
        event.remove(db.engine, "commit", fail)
    assert everything() == before

    hands_in(task_id)
    is_done_once(task_id)


def test_who_gets_no_answer_and_tries_again_is_told_that_it_is_done(task_id):
    hands_in(task_id)  # the answer was lost on the way
    before = everything()

    with pytest.raises(runtime.TaskNotOpen, match="没有产生重复记录"):
        hands_in(task_id)

    assert everything() == before
    is_done_once(task_id)
