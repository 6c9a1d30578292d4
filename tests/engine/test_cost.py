"""An instance costs in its sixtieth round what it cost in its fifth."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from app.foundation.db import db
from tests.doors import statements
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, fork, gateway, process, step, task, timer

BACK = 'judge.verb = "back"'
LOOPS = {
    "plain": process(START, gateway("g"), task("a"), task("judge", actions="ok back"), gateway("h", default="end"), END,
                     chain("start", "g", "a", "judge", "h", "end"), flow("h", "g", BACK)),
    "with a timer": process(START, gateway("g"), task("a"), timer("t", 'duration("P7D")', on="a", interrupting=False), task("r"), '<endEvent id="e2"/>',
                            task("judge", actions="ok back"), gateway("h", default="end"), END,
                            chain("start", "g", "a", "judge", "h", "end"), chain("t", "r", "e2"), flow("h", "g", BACK)),
    "with branches": process(START, gateway("g"), fork("f"), task("a"), step("n", "test.note"), fork("j"), task("judge", actions="ok back"),
                             gateway("h", default="end"), END, chain("start", "g", "f", "a", "j", "judge", "h", "end"), chain("f", "n", "j"),
                             flow("h", "g", BACK)),
    "with a list": process(START, gateway("g"), task("a", d.each_of("people", "who")), task("judge", actions="ok back"),
                           gateway("h", default="end"), END, chain("start", "g", "a", "judge", "h", "end"), flow("h", "g", BACK),
                           variables="people"),
    "with a subprocess": process(START, gateway("g"), d.subprocess("s", '<startEvent id="b"/>', task("a"), '<endEvent id="e"/>', chain("b", "a", "e")),
                                 task("judge", actions="ok back"), gateway("h", default="end"), END,
                                 chain("start", "g", "s", "judge", "h", "end"), flow("h", "g", BACK)),
}  # fmt: skip


@contextmanager
def commits() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(connection):
        seen.append("commit")

    event.listen(db.engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "commit", note)


@pytest.mark.parametrize("xml", LOOPS.values(), ids=LOOPS.keys())
def test_sixty_rounds_cost_what_five_did(machine, xml):
    instance = machine.runs(xml, people=["A"])
    sizes, counts = {}, {}
    for number in range(1, 61):
        with statements() as seen:
            machine.does("a")
            machine.does("judge", "back")
        sizes[number], counts[number] = len(machine.instance(instance.id).blob), len(seen)

    assert sizes[60] <= sizes[5] * 1.2
    assert {counts[n] for n in range(5, 61)} == {counts[5]}
    machine.does("a")
    machine.does("judge", "ok")
    assert machine.state(instance.id) == "COMPLETED"


def test_a_completion_is_one_commit_and_few_statements(machine):
    machine.runs(LOOPS["plain"])

    with commits() as committed, statements() as seen:
        machine.does("a")

    assert len(committed) == 1
    assert len(seen) <= 16, seen
