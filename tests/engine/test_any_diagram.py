"""Any block-structured diagram, worked through in any order, has open what it should have open.

The oracle walks the blocks themselves and knows nothing of tokens, trees,
pruning or stored states; the engine loads and saves its state at every act.
"""

from dataclasses import dataclass, field
from itertools import count, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import engine
from app.foundation.db import transaction
from tests.engine import diagrams as d
from tests.engine.diagrams import chain, flow

MOST_ACTS = 30
PEOPLE = ["A", "B", "C"]


@dataclass
class Drawn:
    """Elements of a diagram, and where flows come in and go out."""

    parts: str
    entry: str
    exit: str


@dataclass
class Task:
    """Somebody does something."""

    name: str = ""
    open: bool = False

    def begin(self) -> bool:
        self.open = True
        return False

    def tasks(self) -> list[str]:
        return [self.name] if self.open else []

    def does(self, name: str, verb: str) -> bool:
        self.open = False
        return True

    def draw(self, ids) -> Drawn:
        self.name = f"t{next(ids)}"
        return Drawn(d.task(self.name, actions="submit back"), self.name, self.name)


@dataclass
class Each:
    """Several do the same."""

    people: int
    sequential: bool
    name: str = ""
    left: int = 0

    def begin(self) -> bool:
        self.left = self.people
        return self.left == 0

    def tasks(self) -> list[str]:
        return [self.name] * (min(self.left, 1) if self.sequential else self.left)

    def does(self, name: str, verb: str) -> bool:
        self.left -= 1
        return self.left == 0

    def draw(self, ids) -> Drawn:
        self.name = f"e{next(ids)}"
        listed = d.each_of(f"people{self.people}", f"who_{self.name}", sequential=self.sequential)
        return Drawn(d.task(self.name, listed, actions="submit back"), self.name, self.name)


@dataclass
class Sequence:
    """One thing after the other."""

    blocks: list
    at: int = 0

    def begin(self) -> bool:
        self.at = 0
        return self._go_on(self.blocks[0].begin())

    def _go_on(self, done: bool) -> bool:
        while done:
            self.at += 1
            if self.at == len(self.blocks):
                return True
            done = self.blocks[self.at].begin()
        return False

    def tasks(self) -> list[str]:
        return self.blocks[self.at].tasks() if self.at < len(self.blocks) else []

    def does(self, name: str, verb: str) -> bool:
        return self._go_on(self.blocks[self.at].does(name, verb))

    def draw(self, ids) -> Drawn:
        drawn = [block.draw(ids) for block in self.blocks]
        between = "".join(flow(a.exit, b.entry) for a, b in pairwise(drawn))
        return Drawn("".join(each.parts for each in drawn) + between, drawn[0].entry, drawn[-1].exit)


@dataclass
class Parallel:
    """Several things at once, all awaited."""

    blocks: list
    done: set[int] = field(default_factory=set)

    def begin(self) -> bool:
        self.done = {number for number, block in enumerate(self.blocks) if block.begin()}
        return len(self.done) == len(self.blocks)

    def tasks(self) -> list[str]:
        return [name for n, block in enumerate(self.blocks) if n not in self.done for name in block.tasks()]

    def does(self, name: str, verb: str) -> bool:
        number = next(n for n, block in enumerate(self.blocks) if n not in self.done and name in block.tasks())
        if self.blocks[number].does(name, verb):
            self.done.add(number)
        return len(self.done) == len(self.blocks)

    def draw(self, ids) -> Drawn:
        split, join = f"p{next(ids)}", f"p{next(ids)}"
        drawn = [block.draw(ids) for block in self.blocks]
        parts = "".join(each.parts + flow(split, each.entry) + flow(each.exit, join) for each in drawn)
        return Drawn(d.fork(split) + parts + d.fork(join), split, join)


@dataclass
class Rework:
    """A thing is done until somebody is content with it."""

    block: object
    judge: Task = field(default_factory=Task)

    def begin(self) -> bool:
        self.judge.open = False
        if self.block.begin():
            self.judge.open = True
        return False

    def tasks(self) -> list[str]:
        return self.judge.tasks() or self.block.tasks()

    def does(self, name: str, verb: str) -> bool:
        if self.judge.open:
            return self.begin() if verb == "back" else self.judge.does(name, verb)
        self.judge.open = self.block.does(name, verb)
        return False

    def draw(self, ids) -> Drawn:
        again, fine = f"g{next(ids)}", f"g{next(ids)}"
        body, judge = self.block.draw(ids), self.judge.draw(ids)
        out = f"g{next(ids)}"
        parts = (
            d.gateway(again) + body.parts + judge.parts + d.gateway(fine, default=out) + d.gateway(out)
            + chain(again, body.entry) + chain(body.exit, judge.entry) + chain(judge.exit, fine, out)
            + flow(fine, again, f'{judge.exit}.verb = "back"')
        )  # fmt: skip
        return Drawn(parts, again, out)


@dataclass
class Inside:
    """A thing in a subprocess of its own."""

    block: object

    def begin(self) -> bool:
        return self.block.begin()

    def tasks(self) -> list[str]:
        return self.block.tasks()

    def does(self, name: str, verb: str) -> bool:
        return self.block.does(name, verb)

    def draw(self, ids) -> Drawn:
        body, node = self.block.draw(ids), f"s{next(ids)}"
        start, end = f"{node}_b", f"{node}_e"
        inner = f'<startEvent id="{start}"/>{body.parts}<endEvent id="{end}"/>' + flow(start, body.entry) + flow(body.exit, end)
        return Drawn(d.subprocess(node, inner), node, node)


def blocks():
    leaves = st.builds(Task) | st.builds(Each, st.integers(0, 3), st.booleans())
    several = lambda inner: st.lists(inner, min_size=2, max_size=3)  # noqa: E731
    return st.recursive(
        leaves,
        lambda inner: st.builds(Sequence, several(inner)) | st.builds(Parallel, several(inner))
        | st.builds(Rework, inner) | st.builds(Inside, inner),
        max_leaves=7,
    )  # fmt: skip


keys = count()


def nested() -> Rework:
    """Return what once passed too early in its second round: a join inside a branch that others outlast."""
    return Rework(Parallel([Parallel([Task(), Task(), Each(3, False)]), Inside(Task()), Task()]))



def two_inside() -> Inside:
    """Return what once stood still in its middle: a subprocess that ends while another beside it begins."""
    return Inside(Sequence([Inside(Task()), Inside(Task())]))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(block=blocks(), data=st.data())
def test_what_should_be_open_is_open(machine, block, data):
    drawn = block.draw(count())
    xml = d.process(
        d.START, drawn.parts, d.END, flow("start", drawn.entry), flow(drawn.exit, "end"), key=f"k{next(keys)}",
        variables="people0 people1 people2 people3",
    )  # fmt: skip
    variables = {f"people{n}": PEOPLE[:n] for n in range(4)}
    instance_id = machine.runs(xml, **variables).id
    over = block.begin()

    for act in range(200):
        wanted = [] if over else sorted(block.tasks())
        rows = [task for task in machine.tasks() if task.instance_id == instance_id]
        assert sorted(row.node for row in rows) == wanted
        if over:
            break
        name = data.draw(st.sampled_from(sorted(set(wanted))), label="who acts")
        verb = "back" if act < MOST_ACTS and data.draw(st.booleans(), label="sends back") else "submit"
        with transaction():
            engine.complete_task(next(row.id for row in rows if row.node == name), {}, person_id="P1", verb=verb)
        over = block.does(name, verb)

    assert machine.state(instance_id) == "COMPLETED"


def test_a_subprocess_that_begins_when_another_ends_is_gone_into(machine):
    drawn = two_inside().draw(count())
    machine.runs(d.process(d.START, drawn.parts, d.END, flow("start", drawn.entry), flow(drawn.exit, "end")))

    machine.does("t0")

    assert machine.nodes() == ["t2"]


def test_a_join_inside_a_branch_counts_its_own_round_too(machine):
    block = nested()
    drawn = block.draw(count())
    xml = d.process(d.START, drawn.parts, d.END, flow("start", drawn.entry), flow(drawn.exit, "end"), variables="people3")
    instance = machine.runs(xml, people3=PEOPLE)
    sizes = []
    for _ in range(6):
        for name in ("t11", "e8", "t7", "e8", "e8", "t6", "t9"):
            assert "t12" not in machine.nodes()
            machine.does(name)
        machine.does("t12", "back")
        sizes.append(len(machine.instance(instance.id).blob))

    assert sorted(machine.nodes()) == ["e8", "e8", "e8", "t11", "t6", "t7", "t9"]
    assert sizes[-1] <= sizes[1] * 1.2
