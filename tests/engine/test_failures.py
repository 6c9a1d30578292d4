"""When something fails nothing has happened: the task stays open, rows, timers and mails as they were."""

import logging

import pytest
from sqlalchemy import select, text

from app import engine, notifications
from app.engine.errors import StateUnreadable, StepFailed
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, one_task, process, step, task, timer

TABLES = ["process_instance", "human_task", "task_performer", "timer", "subscription", "message", "recurrence", "step_log",
          "outgoing_mail", "audit_event"]  # fmt: skip


def everything() -> dict[str, list]:
    """Return all rows of the engine's tables and of the outbox."""
    db.session.rollback()
    return {table: db.session.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES}


def before_step(name: str, **inputs: str) -> str:
    """A task with a timer on it, then another task's end of the way: a step that may fail."""
    return process(
        START, task("a"), timer("t", 'duration("P1D")', on="a"), step("s", name, **inputs), task("b"), END, '<endEvent id="e2"/>',
        chain("start", "a", "s", "b", "end"), flow("t", "e2"), variables="x",
    )  # fmt: skip


FAILING = {
    "a step that refuses": (before_step("test.refuse"), Conflict),
    "a step with a bug": (before_step("test.break"), ZeroDivisionError),
    "an input that cannot be worked out": (before_step("test.give", value="at(x)"), StepFailed),
    "a task nobody can do": (before_step("test.note").replace('<userTask id="b" name="b" qa:performer=\'"P1"\'', '<userTask id="b" qa:performer="[]"'), StepFailed),
    "a deadline that is none": (before_step("test.note").replace('<userTask id="b"', '<userTask id="b" qa:due="x"'), StepFailed),
    "a step of the task's own": (one_task(complete="test.refuse"), Conflict),
}  # fmt: skip


@pytest.mark.parametrize(("xml", "error"), FAILING.values(), ids=FAILING.keys())
def test_the_task_stays_open_and_all_is_as_it_was(machine, xml, error):
    machine.runs(xml)
    before, heard = everything(), len(machine.heard)

    with pytest.raises(error):
        machine.does("a")

    assert everything() == before
    assert machine.nodes() == ["a"]
    assert len(machine.heard) - heard <= 1  # whoever listens writes in the same transaction


def test_mails_of_a_step_are_not_written_when_a_later_one_fails(machine):
    def write(run, **_):
        db.session.add(notifications.OutgoingMail(kind="M01", person_id="P1", to_address="p1@x.example", to_name="P", subject="s", body="b"))
        return {}

    machine.deploy(process(START, task("a"), step("s", "test.note"), step("f", "test.refuse"), END, chain("start", "a", "s", "f", "end")))
    engine.plug(
        steps=[engine.Step("test.note", write, "写"), engine.Step("test.refuse", machine._refuse, "拒")],
        functions={}, windows=lambda *_: [], skip_rules={}, observer=machine,
    )  # fmt: skip
    machine.start()

    with pytest.raises(Conflict):
        machine.does("a")

    assert everything()["outgoing_mail"] == []


def test_after_the_cause_is_gone_the_same_task_can_be_done(machine):
    machine.runs(before_step("test.refuse"))
    with pytest.raises(Conflict):
        machine.does("a")
    engine.plug(
        steps=[engine.Step("test.refuse", lambda run: {}, "行")], functions={}, windows=lambda *_: [], skip_rules={}, observer=machine
    )

    machine.does("a")

    assert machine.nodes() == ["b"]


def test_a_failing_timer_steps_aside_with_its_problem_and_the_others_fire(machine, caplog):
    machine.deploy(process(START, timer("t", 'duration("P1D")'), gateway("g", default="good"), step("bad", "test.refuse"), task("good"),
                           gateway("m"), END, chain("start", "t", "g", "good", "m", "end"), chain("bad", "m"), flow("g", "bad", "x = 1"),
                           variables="x"))  # fmt: skip
    for x in (0, 1, 2):
        machine.start(x=x)
    with caplog.at_level(logging.CRITICAL):
        machine.at("2026-09-08 09:01")

    assert machine.nodes() == ["good", "good"]
    (row,) = db.session.scalars(select(engine.Timer).where(engine.Timer.done_at.is_(None)))
    assert (row.attempts, row.problem) == (1, "Conflict: 现在不行。")


@pytest.mark.parametrize("damage", [lambda blob: blob[: len(blob) // 2], lambda blob: b"nothing we wrote"], ids=["cut off", "foreign"])
def test_one_damaged_state_holds_up_nobody_else(machine, caplog, damage):
    machine.deploy(process(START, task("a"), timer("t", 'duration("P1D")', on="a"), task("late"), END, chain("start", "a", "end"), chain("t", "late", "end")))
    damaged, *others = [machine.start().id for _ in range(3)]
    with transaction():
        row = db.session.get_one(engine.ProcessInstance, damaged)
        row.blob = damage(row.blob)
    task_id = next(row.id for row in machine.tasks() if row.instance_id == damaged)
    before = everything()

    with pytest.raises(StateUnreadable), transaction():
        engine.complete_task(task_id, {}, person_id="P1")
    assert everything() == before

    with caplog.at_level(logging.CRITICAL):
        machine.at("2026-09-08 09:01")
    assert [row.instance_id for row in machine.tasks() if row.node == "late"] == others
    (row,) = db.session.scalars(select(engine.Timer).where(engine.Timer.done_at.is_(None)))
    assert (row.instance_id, row.attempts) == (damaged, 1) and row.problem


def test_a_message_to_many_reaches_each_once_even_when_delivered_late(machine):
    xml = process(START, d.message("m", "go"), task("a"), END, chain("start", "m", "a", "end"), messages="go")
    machine.deploy(xml)
    for _ in range(5):
        machine.start()
    with transaction():
        engine.post("go", {})

    machine.work()
    machine.work()

    assert machine.nodes() == ["a"] * 5
