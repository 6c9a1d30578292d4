"""Call activities: children that are waited for, let go, or opened window by window."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import engine
from app.foundation import clock
from app.foundation.db import db, transaction
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, process, task

CHILD = process(START, task("small", title="x"), END, chain("start", "small", "end"), key="child", variables="x window")


def calling(call: str, *more: str, variables: str = "x") -> str:
    return process(START, call, task("after", title="got"), END, chain("start", "call", "after", "end"), *more,
                   variables=f"got {variables}")  # fmt: skip


@pytest.fixture
def parent(machine):
    machine.deploy(CHILD)

    def run(xml: str, **variables):
        instance = machine.runs(xml, **variables)
        machine.work()
        return instance

    return run


class TestWaiting:
    CALL = calling(d.call("call", "child", d.put("x", '"给" + x'), d.take("got", "x + small.by")))

    def test_the_parent_waits_for_its_child_and_takes_what_it_brings(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        assert machine.nodes() == ["small"]
        assert machine.tasks()[0].title == "给甲"

        machine.does("small", by="P3")
        machine.work()

        assert [task.title for task in machine.tasks()] == ["给甲P3"]
        (child,) = machine.children(instance.id)
        assert (child.state, child.parent_node, child.detached) == ("COMPLETED", "call", False)

    def test_the_call_is_logged_once_when_it_is_over(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        assert "call" not in machine.log(instance.id)
        machine.does("small")
        machine.work()

        assert machine.log(instance.id).count("call") == 1

    def test_a_child_that_is_cancelled_lets_its_parent_go_on(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        (child,) = machine.children(instance.id)
        with transaction():
            engine.cancel(child.id, reason="不再需要")
        machine.work()

        assert machine.nodes() == ["after"]

    def test_a_parent_cancelled_before_its_child_began_starts_none(self, machine):
        machine.deploy(CHILD)
        instance = machine.runs(self.CALL, x="甲")
        with transaction():
            engine.cancel(instance.id, reason="错")

        machine.work()

        assert machine.children(instance.id) == []

    def test_a_child_that_does_not_exist_keeps_the_parent_waiting_and_says_so(self, machine):
        machine.runs(self.CALL, x="甲")

        machine.work()

        (message,) = db.session.scalars(select(engine.Message)).all()
        assert (message.attempts, message.done_at) == (1, None)
        assert "没有部署流程“child”" in message.problem
        machine.deploy(CHILD)
        machine.at("2026-09-07 09:05")
        assert machine.nodes() == ["small"]


class TestDetached:
    CALL = calling(
        d.call("call", "child", d.put("x", "item"), mode="detached", foreach="items", **{"as": "item"}), variables="items"
    )

    def test_one_child_per_item_and_the_parent_does_not_wait(self, machine, parent):
        instance = parent(self.CALL, items=["甲", "乙"])

        assert sorted(task.title for task in machine.tasks() if task.node == "small") == ["乙", "甲"]
        machine.does("after")
        assert machine.state(instance.id) == "COMPLETED"
        assert {child.state for child in machine.children(instance.id)} == {"RUNNING"}

    def test_detached_children_outlive_a_cancelled_parent(self, machine, parent):
        instance = parent(self.CALL, items=["甲"])
        with transaction():
            engine.cancel(instance.id, reason="错")

        assert machine.nodes() == ["small"]

    @pytest.mark.parametrize("items", [[], None])
    def test_nothing_to_call_is_passed_over(self, machine, parent, items):
        instance = parent(self.CALL, items=items)

        assert machine.nodes() == ["after"]
        assert machine.children(instance.id) == []


class TestRecurring:
    CALL = calling(d.call("call", "child", d.put("x", "x"), mode="recurring", frequency="WEEKLY", term='"T1"'))

    @pytest.fixture(autouse=True)
    def _windows(self, machine):
        first = clock.now()
        machine.windows = [
            engine.Window(no=no, opens_at=first + timedelta(weeks=no - 1), due_at=first + timedelta(weeks=no - 1, days=4), due_rule=None)
            for no in (1, 2, 3)
        ]

    def windows_of(self, machine, instance) -> list[str]:
        return [child.child_key for child in machine.children(instance.id)]

    def test_a_child_opens_with_each_window_and_after_the_last_the_parent_goes_on(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        assert self.windows_of(machine, instance) == ["call:T1:1"]
        machine.at("2026-09-14 08:59")
        assert len(machine.children(instance.id)) == 1

        machine.at("2026-09-14 09:00")
        machine.at("2026-09-21 09:00")
        assert self.windows_of(machine, instance) == ["call:T1:1", "call:T1:2", "call:T1:3"]
        assert "after" not in machine.nodes()
        machine.at("2026-09-25 09:00")

        assert machine.nodes().count("after") == 1

    def test_windows_missed_in_a_downtime_are_opened_in_order(self, machine, parent):
        instance = parent(self.CALL, x="甲")

        machine.at("2026-09-24 08:00")

        assert self.windows_of(machine, instance) == ["call:T1:1", "call:T1:2", "call:T1:3"]

    def test_working_again_opens_none_twice(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        machine.work()
        with transaction():
            row = db.session.scalars(select(engine.Recurrence)).one()
            row.next_no, row.due_at = 1, clock.now()  # as if the step to the next window had been lost

        machine.work()

        assert self.windows_of(machine, instance) == ["call:T1:1"]

    def test_a_window_that_is_skipped_or_that_a_rule_skips_opens_no_child(self, machine, parent):
        machine.windows[1] = engine.Window(no=2, opens_at=machine.windows[1].opens_at, due_at=None, due_rule=None, skipped=True)
        instance = parent(self.CALL, x="甲")
        odd = parent(self.CALL.replace("qa:mode", 'qa:skip="odd" qa:mode').replace('"small"', '"other"'), x="乙")
        machine.at("2026-09-22 08:00")

        assert self.windows_of(machine, instance) == ["call:T1:1", "call:T1:3"]
        assert self.windows_of(machine, odd) == []

    def test_the_child_knows_its_window(self, machine, parent):
        instance = parent(self.CALL, x="甲")

        (child,) = machine.children(instance.id)
        seen = machine.variables(child.id)
        assert (seen["window"], seen["term"], seen["x"]) == (1, "T1", "甲")
        assert seen["window_due"]["at"].startswith("2026-09-11T")

    def test_cancelling_the_parent_opens_no_more_windows(self, machine, parent):
        instance = parent(self.CALL, x="甲")
        with transaction():
            engine.cancel(instance.id, reason="错")

        machine.at("2026-09-22 08:00")

        assert [child.state for child in machine.children(instance.id)] == ["CANCELLED"]

    def test_without_a_window_the_parent_goes_on(self, machine, parent):
        machine.windows = []
        parent(self.CALL, x="甲")

        assert machine.nodes() == ["after"]

    def test_a_loop_that_comes_by_again_opens_no_window_twice(self, machine, parent):
        xml = process(
            START, gateway("g"), d.call("call", "child", mode="recurring", frequency="WEEKLY", term='"T1"'),
            task("after", actions="again end"), gateway("h", default="end"), END, chain("start", "g", "call", "after", "h", "end"),
            flow("h", "g", 'after.verb = "again"'), variables="x",
        )  # fmt: skip
        instance = parent(xml)
        machine.windows[2:] = []
        machine.at("2026-09-14 09:00")
        machine.at("2026-09-18 09:00")
        machine.does("after", "again")
        machine.work()

        assert self.windows_of(machine, instance) == ["call:T1:1", "call:T1:2"]
        assert machine.nodes().count("after") == 1
