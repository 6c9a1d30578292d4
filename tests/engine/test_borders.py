"""Events on the borders of lists, calls and subprocesses; messages that come more than once."""

import pytest

from app import engine
from app.engine import NotWaiting
from app.foundation.db import transaction
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, process, task, timer

E2, E3 = '<endEvent id="e2"/>', '<endEvent id="e3"/>'
CHILD = process(START, task("small"), END, chain("start", "small", "end"), key="child")


def say(instance, name: str, **payload) -> None:
    with transaction():
        engine.send(instance.id, name, payload)


def test_a_timer_on_a_list_takes_back_what_is_left_of_it(machine):
    instance = machine.runs(
        process(START, task("sign", d.each_of("people", "who")), timer("late", 'duration("P1D")', on="sign"), task("chase"), END, E2,
                chain("start", "sign", "end"), chain("late", "chase", "e2"), variables="people"),
        people=["A", "B", "C"],
    )  # fmt: skip
    machine.does("sign")

    machine.at("2026-09-08 09:01")

    assert machine.nodes() == ["chase"]
    machine.does("chase")
    assert machine.state(instance.id) == "COMPLETED"


def test_a_list_signed_in_time_disarms_its_timer(machine):
    instance = machine.runs(
        process(START, task("sign", d.each_of("people", "who")), timer("late", 'duration("P1D")', on="sign"), END, E2,
                chain("start", "sign", "end"), chain("late", "e2"), variables="people"),
        people=["A", "B"],
    )  # fmt: skip
    machine.does("sign")
    machine.does("sign")

    assert machine.timers() == {}
    assert machine.state(instance.id) == "COMPLETED"


def test_a_timer_on_a_call_ends_its_child(machine):
    machine.deploy(CHILD)
    instance = machine.runs(
        process(START, d.call("call", "child"), timer("late", 'duration("P1D")', on="call"), task("after"), END, E2,
                chain("start", "call", "end"), chain("late", "after", "e2"))
    )  # fmt: skip
    machine.work()
    assert machine.nodes() == ["small"]

    machine.at("2026-09-08 09:01")

    assert machine.nodes() == ["after"]
    assert [child.state for child in machine.children(instance.id)] == ["CANCELLED"]


def test_a_timer_on_a_recurring_call_opens_no_more_windows(machine, moment):
    machine.deploy(CHILD)
    machine.windows = [
        engine.Window(no=no, opens_at=moment(f"2026-09-{day} 08:00"), due_at=moment(f"2026-09-{day} 17:30"), due_rule=None)
        for no, day in ((1, "07"), (2, "14"), (3, "21"))
    ]
    instance = machine.runs(
        process(START, d.call("call", "child", mode="recurring", frequency="WEEKLY", term='"T"'), timer("late", 'duration("P1D")', on="call"),
                task("after"), END, E2, chain("start", "call", "end"), chain("late", "after", "e2"))
    )  # fmt: skip
    machine.work()

    machine.at("2026-09-22 09:00")

    assert machine.nodes() == ["after"]
    assert {child.state for child in machine.children(instance.id)} == {"CANCELLED"}


def test_a_detached_child_outlives_a_border_event(machine):
    machine.deploy(CHILD)
    machine.runs(
        process(START, d.subprocess("s", '<startEvent id="b"/>', d.call("call", "child", mode="detached"), task("t"), '<endEvent id="e"/>',
                                    chain("b", "call", "t", "e")),
                timer("late", 'duration("P1D")', on="s"), task("after"), END, E2, chain("start", "s", "end"), chain("late", "after", "e2"))
    )  # fmt: skip
    machine.work()

    machine.at("2026-09-08 09:01")

    assert sorted(machine.nodes()) == ["after", "small"]


def test_a_border_message_that_does_not_interrupt_comes_once(machine):
    """Where it may come again, the diagram draws a loop; whoever sends it a second time is told."""
    instance = machine.runs(
        process(START, task("work"), d.message("asked", "ask", on="work", interrupting=False), task("answer"), END, E2,
                chain("start", "work", "end"), chain("asked", "answer", "e2"), messages="ask")
    )  # fmt: skip

    say(instance, "ask")
    assert machine.nodes() == ["work", "answer"]
    with pytest.raises(NotWaiting):
        say(instance, "ask")
    machine.does("answer")
    machine.does("work")

    assert machine.state(instance.id) == "COMPLETED"


def test_one_message_reaches_both_who_wait_for_it(machine):
    instance = machine.runs(
        process(START, d.fork("f"), d.message("m1", "go"), d.message("m2", "go"), task("a"), task("b"), END, E2,
                chain("start", "f", "m1", "a", "end"), chain("f", "m2", "b", "e2"), messages="go")
    )  # fmt: skip

    say(instance, "go")

    assert sorted(machine.nodes()) == ["a", "b"]


def test_an_interrupted_subprocess_in_a_loop_leaves_no_ghosts(machine):
    instance = machine.runs(
        process(START, gateway("g"),
                d.subprocess("s", '<startEvent id="b"/>', d.fork("f"), task("one"), timer("t", 'duration("P30D")'), '<endEvent id="e"/>',
                             '<endEvent id="e9"/>', chain("b", "f", "one", "e"), chain("f", "t", "e9")),
                d.message("stopped", "stop", on="s"), task("judge", actions="again end"), gateway("m"), gateway("h", default="end"), END,
                chain("start", "g", "s", "m", "judge", "h", "end"), chain("stopped", "m"), flow("h", "g", 'judge.verb = "again"'),
                messages="stop")
    )  # fmt: skip
    sizes = []
    for _ in range(12):
        assert machine.nodes() == ["one"] and list(machine.timers()) == ["t"]
        say(instance, "stop")
        assert machine.nodes() == ["judge"] and machine.timers() == {}
        machine.does("judge", "again")
        sizes.append(len(machine.instance(instance.id).blob))

    assert sizes[-1] <= sizes[2] * 1.2
    machine.does("one")
    machine.at("2026-10-08 09:00")
    machine.does("judge", "end")
    assert machine.state(instance.id) == "COMPLETED"


def test_the_frame_an_instance_is_in_is_shown_as_such(machine):
    instance = machine.runs(
        process(START, d.subprocess("s", '<startEvent id="b"/>', task("one"), '<endEvent id="e"/>', chain("b", "one", "e")), task("two"), END,
                chain("start", "s", "two", "end"))
    )  # fmt: skip

    picture = engine.picture_of(machine.instance(instance.id))
    assert picture["nodes"]["s"] == picture["nodes"]["one"] == {"state": "current", "count": 1}
    assert "start__s" in picture["flows"] and "s__two" not in picture["flows"]

    machine.does("one")
    picture = engine.picture_of(machine.instance(instance.id))
    assert picture["nodes"]["s"] == picture["nodes"]["one"] == {"state": "done", "count": 1}
    assert picture["nodes"]["two"]["state"] == "current"
