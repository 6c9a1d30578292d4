"""Two at the same moment: exactly one of them happens, the other is told why, and nothing is left between.

Pair after pair is let go together from two threads, each with a session of its
own, as two web processes or two schedulers would; `--release` lets go more.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app import engine
from app.foundation import clock
from app.foundation.db import db, transaction
from tests.at_once import at_once
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, one_task, process, task, timer


def handing_in(task_id: int, verb: str = "submit", *, by: str = "P1") -> Callable[[], None]:
    def act() -> None:
        with transaction():
            engine.complete_task(task_id, {}, person_id=by, verb=verb)

    return act


def cancelling(instance_id: int) -> Callable[[], None]:
    def act() -> None:
        with transaction():
            engine.cancel(instance_id, reason="不再需要")

    return act


def begun(machine, xml: str, pairs: int) -> list[tuple[int, int]]:
    """Start an instance for each pair; returns their numbers, each with its open task's."""
    key = machine.deploy(xml).key
    instances = [machine.start(key).id for _ in range(pairs)]
    tasks = {row.instance_id: row.id for row in machine.tasks()}
    return [(each, tasks.get(each, 0)) for each in instances]


def acts_of(instance_id: int) -> list[tuple[str, str | None]]:
    """Return the element and verb of what people did in an instance."""
    db.session.rollback()
    acts = select(engine.StepLog.node, engine.StepLog.verb).where(
        engine.StepLog.instance_id == instance_id, engine.StepLog.person_id.is_not(None)
    )
    return [tuple(row) for row in db.session.execute(acts)]


def assert_nothing_failed(kind: type) -> None:
    """The scheduler did what it did at its first try."""
    db.session.rollback()
    assert set(db.session.scalars(select(kind.problem))) <= {""}


def test_two_people_hand_in_the_same_task(machine, pairs):
    for instance, task_id in begun(machine, one_task(), pairs):
        outcomes = at_once(machine.app, *(handing_in(task_id, by=f"P{n}") for n in range(4)))

        assert Counter(outcomes) == {"done": 1, "task_not_open": 3}
        assert acts_of(instance) == [("a", "submit")]


def test_one_approves_while_another_rejects(machine, pairs):
    xml = process(START, task("a", actions="approve reject"), gateway("g", default="yes"), task("yes"), task("no"), END,
                  chain("start", "a", "g", "yes", "end"), flow("g", "no", 'a.verb = "reject"'), flow("no", "end"))  # fmt: skip
    for instance, task_id in begun(machine, xml, pairs):
        outcomes = at_once(machine.app, handing_in(task_id, "approve"), handing_in(task_id, "reject", by="P2"))

        won = "approve" if outcomes[0] == "done" else "reject"
        assert sorted(outcomes) == ["done", "task_not_open"]
        assert acts_of(instance) == [("a", won)]
        waiting = [row.node for row in machine.tasks() if row.instance_id == instance]
        assert waiting == [{"approve": "yes", "reject": "no"}[won]]


def test_a_task_is_handed_in_while_its_instance_is_cancelled(machine, pairs):
    xml = process(START, task("a"), task("b"), END, chain("start", "a", "b", "end"))
    for instance, task_id in begun(machine, xml, pairs):
        outcomes = at_once(machine.app, handing_in(task_id), cancelling(instance))

        assert outcomes[1] == "done"
        assert outcomes[0] in ("done", "task_not_open")
        assert machine.state(instance) == "CANCELLED"
        assert ("a", "submit") in acts_of(instance) or outcomes[0] != "done"
        assert [row for row in machine.tasks() if row.instance_id == instance] == []


def test_a_task_is_handed_in_while_its_timer_fires(machine, pairs):
    """Each pair has a deadline of its own, so that the scheduler wakes this instance and no other."""
    xml = process(START, task("a"), timer("t", 'duration("P1D")', on="a"), END, '<endEvent id="late"/>', chain("start", "a", "end"), flow("t", "late"))
    minutes = [datetime(2026, 9, 7, 9, tzinfo=clock.COLLEGE_ZONE) + timedelta(minutes=number) for number in range(pairs)]
    key, found = machine.deploy(xml).key, []
    for minute in minutes:
        machine._at(f"{minute:%Y-%m-%d %H:%M}")
        instance = machine.start(key).id
        found.append((instance, machine.tasks()[-1].id))
    for minute, (instance, task_id) in zip(minutes, found, strict=True):
        machine._at(f"{minute + timedelta(days=1, seconds=1):%Y-%m-%d %H:%M:%S}")

        outcomes = at_once(machine.app, handing_in(task_id), engine.fire_due_timers)

        assert outcomes[1] == "done"
        machine._at(f"{minute + timedelta(days=1, seconds=5):%Y-%m-%d %H:%M:%S}")
        machine.work()  # a timer whose instance was being moved just then comes again
        log = machine.log(instance)
        assert (outcomes[0] == "done") == ("end" in log) != ("late" in log)
        assert machine.state(instance) == "COMPLETED"
    assert machine.timers() == {}
    assert_nothing_failed(engine.Timer)


def test_three_branches_are_handed_in_together(machine, pairs):
    xml = process(START, d.fork("f"), task("a"), task("b"), task("c"), d.fork("j"), task("z"), END, chain("start", "f", "a", "j", "z", "end"),
                  chain("f", "b", "j"), chain("f", "c", "j"))  # fmt: skip
    for instance, _ in begun(machine, xml, pairs):
        tasks = [row.id for row in machine.tasks() if row.instance_id == instance]

        assert at_once(machine.app, *map(handing_in, tasks)) == ["done"] * 3

        assert sorted(acts_of(instance)) == [(node, "submit") for node in "abc"]
        assert [row.node for row in machine.tasks() if row.instance_id == instance] == ["z"]


CHILD = one_task("c", key="child")
PARENT = process(START, d.call("call", "child"), task("after"), END, chain("start", "call", "after", "end"))


def test_a_childs_last_act_while_its_parent_is_cancelled(machine, pairs):
    """The child reports to its parent while whoever ends the parent reaches for the child."""
    machine.deploy(CHILD)
    found = begun(machine, PARENT, pairs)
    machine.work()
    tasks = {row.instance_id: row.id for row in machine.tasks()}
    for parent, _ in found:
        (child,) = [row.id for row in machine.children(parent)]

        outcomes = at_once(machine.app, handing_in(tasks[child]), cancelling(parent))

        assert outcomes[1] == "done"
        assert machine.state(child) == {"done": "COMPLETED", "task_not_open": "CANCELLED"}[outcomes[0]]
        assert machine.state(parent) == "CANCELLED"
    machine.work()
    assert machine.tasks() == []


def test_a_child_that_is_about_to_begin_while_its_parent_is_cancelled(machine, pairs):
    machine.deploy(CHILD)
    for parent, _ in begun(machine, PARENT, pairs):
        assert at_once(machine.app, engine.deliver_messages, cancelling(parent)) == ["done", "done"]

        assert machine.state(parent) == "CANCELLED"
        assert {row.state for row in machine.children(parent)} <= {engine.InstanceState.CANCELLED}, "a child that nobody waits for"
        db.session.rollback()


def test_a_window_that_is_about_to_open_while_its_parent_is_cancelled(machine, pairs):
    machine.windows = [engine.Window(no=1, opens_at=clock.now(), due_at=clock.now() + timedelta(days=4), due_rule=None)]
    machine.deploy(CHILD)
    call = d.call("call", "child", mode="recurring", frequency="WEEKLY", term='"T1"')
    for parent, _ in begun(machine, process(START, call, END, chain("start", "call", "end")), pairs):
        assert at_once(machine.app, engine.open_windows, cancelling(parent)) == ["done", "done"]

        assert machine.state(parent) == "CANCELLED"
        assert {row.state for row in machine.children(parent)} <= {engine.InstanceState.CANCELLED}, "a child that nobody waits for"
        db.session.rollback()
    assert_nothing_failed(engine.Recurrence)


def test_a_new_version_is_deployed_while_another_instance_starts(machine, pairs):
    versions = [one_task("a", key="changing"), one_task("b", key="changing")]
    machine.deploy(versions[0])
    for number in range(pairs):
        started = []

        def starting(started=started) -> None:
            with transaction():
                started.append(engine.start("changing", {}).id)

        assert at_once(machine.app, starting, lambda xml=versions[number % 2 == 0]: machine.deploy(xml)) == ["done", "done"]

        (instance,) = started
        node = "a" if 'id="a"' in engine.xml_of(machine.instance(instance).definition_id) else "b"
        assert [row.node for row in machine.tasks() if row.instance_id == instance] == [node]


def test_two_deploy_the_same_diagram(machine, pairs):
    for number in range(pairs):
        xml = one_task("a", key="twice", name=f"v{number}")

        assert "done" in at_once(machine.app, *[lambda xml=xml: machine.deploy(xml)] * 2)

        db.session.rollback()
        kept = select(engine.ProcessDefinition.version).where(engine.ProcessDefinition.key == "twice")
        assert sorted(db.session.scalars(kept)) == list(range(1, number + 2))


def test_two_schedulers_fire_the_same_timers(machine, pairs):
    found = begun(machine, process(START, timer("t", 'duration("P1D")'), task("a"), END, chain("start", "t", "a", "end")), pairs)
    machine._at("2026-09-08 09:01")

    at_once(machine.app, engine.fire_due_timers, engine.fire_due_timers)
    machine.at("2026-09-08 09:02")

    assert_nothing_failed(engine.Timer)
    for instance, _ in found:
        assert machine.log(instance).count("t") == 1
    assert Counter(row.instance_id for row in machine.tasks()) == dict.fromkeys((each for each, _ in found), 1)


def test_two_schedulers_carry_the_same_message(machine, pairs):
    xml = process(START, d.message("m", "go"), task("a"), END, chain("start", "m", "a", "end"), messages="go")
    found = begun(machine, xml, pairs)
    with transaction():
        engine.post("go", {})

    at_once(machine.app, engine.deliver_messages, engine.deliver_messages)
    machine.work()

    assert Counter(row.instance_id for row in machine.tasks()) == dict.fromkeys((each for each, _ in found), 1)


def test_two_schedulers_open_the_same_windows(machine, pairs):
    first = clock.now()
    machine.windows = [
        engine.Window(no=no, opens_at=first + timedelta(weeks=no), due_at=first + timedelta(weeks=no, days=4), due_rule=None)
        for no in (1, 2)
    ]
    machine.deploy(process(START, task("small"), END, chain("start", "small", "end"), key="child", variables="window"))
    call = d.call("call", "child", mode="recurring", frequency="WEEKLY", term='"T1"')
    found = begun(machine, process(START, call, END, chain("start", "call", "end")), pairs)
    machine._at("2026-09-21 09:01")

    at_once(machine.app, engine.open_windows, engine.open_windows)
    machine.work()

    for instance, _ in found:
        assert [child.child_key for child in machine.children(instance)] == ["call:T1:1", "call:T1:2"]
