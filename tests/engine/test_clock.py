"""The machine's clock stands still, leaps and is put back: what is due happens once, in order, and the rest waits."""

from itertools import pairwise

from sqlalchemy import select

from app import engine
from app.foundation.db import db
from tests.engine.diagrams import END, START, chain, flow, process, task, timer

WAIT = process(START, timer("t", 'duration("P1D")'), task("a"), END, chain("start", "t", "a", "end"))
REMINDED = process(START, task("a"), timer("remind", 'duration("P1D")', on="a", interrupting=False), '<endEvent id="told"/>', END,
                   chain("start", "a", "end"), flow("remind", "told"))  # fmt: skip


def test_three_days_of_standing_still_are_made_up_for_in_one_round_in_the_order_of_the_deadlines(machine):
    machine.deploy(WAIT)
    begun = []
    for minute in (30, 10, 50, 20, 40):
        machine._at(f"2026-09-07 09:{minute}")
        begun += [machine.start().id for _ in range(10)]

    machine.at("2026-09-11 08:00")

    fired = select(engine.StepLog.instance_id).where(engine.StepLog.node == "t").order_by(engine.StepLog.id)
    order = list(db.session.scalars(fired))
    assert sorted(order) == sorted(begun)
    started = {row.id: row.started_at for row in db.session.scalars(select(engine.ProcessInstance))}
    assert all(started[one] <= started[next_one] for one, next_one in pairwise(order))
    assert machine.timers() == {}


def test_a_reminder_is_not_sent_again_when_the_clock_is_put_back_and_comes_by_once_more(machine):
    instance = machine.runs(REMINDED).id
    machine.at("2026-09-08 09:01")
    assert machine.log(instance).count("remind") == 1

    machine.at("2026-09-07 10:00")
    machine.at("2026-09-08 09:01")

    assert machine.log(instance).count("remind") == 1
    assert machine.nodes() == ["a"]


def test_acts_of_a_clock_that_was_put_back_still_stand_in_the_order_in_which_they_were_done(machine):
    xml = process(START, task("a"), task("b"), END, chain("start", "a", "b", "end"))
    instance = machine.runs(xml).id
    machine.does("a")
    machine._at("2026-09-07 08:00")
    machine.does("b")

    assert [node for node in machine.log(instance) if node in ("a", "b")] == ["a", "b"]
    assert machine.state(instance) == "COMPLETED"


def test_what_became_due_while_the_clock_ran_ahead_is_not_due_again_and_the_rest_waits_for_its_day(machine):
    machine.deploy(WAIT)
    early = machine.start().id
    machine.at("2026-09-08 09:01")
    late = machine.start().id

    machine.at("2026-09-07 09:30")
    assert machine.log(early).count("t") == 1
    machine.at("2026-09-09 09:00")
    assert "t" not in machine.log(late)
    machine.at("2026-09-09 09:02")

    assert [machine.log(each).count("t") for each in (early, late)] == [1, 1]
