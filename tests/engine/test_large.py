"""A diagram as large as the largest real ones is read and judged at once; one beyond the limits is refused by name."""

import time

import pytest

from app import engine
from app.engine import linting, parsing
from tests.engine.diagrams import END, START, chain, process, task

# The largest diagrams people have published: about 110 nodes, 830 KB.
NODES, BYTES = 110, 830_000


def large(nodes: int, size: int) -> str:
    """Return a diagram with that many tasks in a row and documentation up to that many bytes."""
    names = [f"t{number}" for number in range(nodes - 2)]
    bare = process(START, *(task(name) for name in names), END, chain("start", *names, "end"))
    note = "x" * ((size - len(bare)) // len(names) - len("<documentation></documentation>"))
    return process(
        START, *(task(name, f"<documentation>{note}</documentation>") for name in names), END, chain("start", *names, "end")
    )


def test_the_largest_real_diagrams_are_read_and_judged_in_under_a_second(machine):
    xml = large(NODES, BYTES)
    assert len(xml) > BYTES * 0.95

    began = time.process_time()
    problems = linting.problems_of(xml, decisions={}, forms={})
    parsed = parsing.parse(xml)
    spent = time.process_time() - began

    assert problems == {} and len(parsed.names) >= NODES
    assert spent < 1, "the promise is for a whole diagram; a machine ten times slower than ours would keep it"


def test_a_large_diagram_runs(machine):
    machine.runs(large(NODES, 100_000))

    machine.does("t0")

    assert [each.node for each in machine.tasks()] == ["t1"]


@pytest.mark.parametrize(
    ("xml", "limit"),
    [(large(linting.MOST_NODES + 1, 200_000), str(linting.MOST_NODES)), (large(NODES, parsing.LARGEST_XML_BYTES + 50_000), "2 MB")],
    ids=["too many nodes", "too many bytes"],
)
def test_what_is_over_a_limit_is_refused_with_the_limit_named(machine, xml, limit):
    with pytest.raises(engine.DiagramError) as refused:
        machine.deploy(xml)

    assert limit in str(refused.value) + "".join(map(str, refused.value.problems.values()))
