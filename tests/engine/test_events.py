"""Timers and messages, on a task's border and in the way; subprocesses that are interrupted."""

import pytest
from sqlalchemy import select

from app import engine
from app.engine.errors import NotWaiting, TaskNotOpen
from app.foundation import clock
from app.foundation.db import db, transaction
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, gateway, process, step, task, timer

DUE = 'at("2026-09-11T17:30:00+08:00")'


def with_timer(*, interrupting: bool) -> str:
    return process(
        START, task("work", due=DUE), timer("late", DUE, on="work", interrupting=interrupting), task("remind"), END,
        '<endEvent id="end2"/>', chain("start", "work", "end"), chain("late", "remind", "end2"),
    )  # fmt: skip


class TestTimers:
    def test_an_interrupting_timer_takes_the_task_back(self, machine):
        machine.runs(with_timer(interrupting=True))
        assert machine.timers() == {"late": "2026-09-11 17:30"}

        machine.at("2026-09-11 17:29")
        assert machine.nodes() == ["work"]
        machine.at("2026-09-11 17:30")

        assert machine.nodes() == ["remind"]
        assert machine.timers() == {}
        assert ("withdrawn", ["work"], "") in machine.heard

    def test_a_timer_that_does_not_interrupt_leaves_the_task_open(self, machine):
        instance = machine.runs(with_timer(interrupting=False))
        machine.at("2026-09-11 17:31")
        assert machine.nodes() == ["work", "remind"]

        machine.at("2026-09-30 08:00")
        assert machine.nodes() == ["work", "remind"]
        machine.does("work")
        machine.does("remind")
        assert machine.state(instance.id) == "COMPLETED"

    @pytest.mark.parametrize("interrupting", [True, False])
    def test_a_task_done_in_time_disarms_its_timer(self, machine, interrupting):
        instance = machine.runs(with_timer(interrupting=interrupting))

        machine.does("work")

        assert machine.timers() == {}
        assert machine.at("2026-09-12 08:00") == 0
        assert machine.state(instance.id) == "COMPLETED"

    def test_an_armed_timer_can_be_moved_and_the_old_moment_passes_by(self, machine, moment):
        instance = machine.runs(with_timer(interrupting=True))
        rule = {"kind": "day", "on": "2026-09-18"}
        later = moment("2026-09-18 17:30")

        with transaction():
            engine.move_deadline(instance.id, node="work", due_at=later, due_rule=rule, timers_at={"late": (later, rule)})

        machine.at("2026-09-12 08:00")
        assert machine.nodes() == ["work"]
        assert machine.tasks()[0].due_at == later
        machine.at("2026-09-18 17:31")
        assert machine.nodes() == ["remind"]

    def test_a_move_is_not_undone_by_the_next_save(self, machine, moment):
        instance = machine.runs(
            process(START, d.fork("f"), task("other"), task("work"), timer("late", DUE, on="work"), END, '<endEvent id="e2"/>',
                    '<endEvent id="e3"/>', chain("start", "f", "other", "end"), chain("f", "work", "e2"), flow("late", "e3"))
        )  # fmt: skip
        later = moment("2026-09-18 17:30")
        with transaction():
            engine.move_deadline(instance.id, node="work", due_at=later, due_rule=None, timers_at={"late": (later, None)})

        machine.does("other")

        assert machine.timers() == {"late": "2026-09-18 17:30"}

    def test_all_deadlines_with_a_rule_can_be_worked_out_again(self, machine, moment):
        machine.runs(with_timer(interrupting=True))
        later = moment("2026-09-14 17:30")

        with transaction():
            engine.redate_timers(lambda rule, before: later)
            moved = engine.redate_tasks(lambda rule, before: later)

        assert machine.timers() == {"late": "2026-09-14 17:30"}
        assert list(moved.values()) == [(moment("2026-09-11 17:30"), later)]

    def test_after_a_downtime_what_was_missed_happens_in_order(self, machine):
        machine.runs(
            process(START, timer("t1", DUE), step("s1", "test.note"), timer("t2", 'at("2026-09-14T08:00:00+08:00")'),
                    step("s2", "test.note"), task("a"), END, chain("start", "t1", "s1", "t2", "s2", "a", "end"))
        )  # fmt: skip

        machine.at("2026-10-01 08:00")

        assert [node for node, _ in machine.called] == ["s1", "s2"]
        assert machine.nodes() == ["a"]

    def test_a_timer_in_a_loop_is_armed_anew_each_round(self, machine):
        machine.runs(
            process(START, gateway("g"), timer("t", 'duration("P1D")'), task("a", actions="again end"), gateway("h", default="end"), END,
                    chain("start", "g", "t", "a", "h", "end"), flow("h", "g", 'a.verb = "again"'))
        )  # fmt: skip
        for day in ("08", "09", "10"):
            machine.at(f"2026-09-{day} 09:01")
            assert machine.nodes() == ["a"]
            machine.does("a", "again")

        assert machine.timers() == {"t": "2026-09-11 09:01"}

    @pytest.mark.parametrize(
        ("text", "due"),
        [
            ('duration("P2D")', "2026-09-09 09:00"), ('date("2026-09-20")', "2026-09-20 17:30"),
            ('date and time("2026-09-20T08:00:00+08:00")', "2026-09-20 08:00"),
            ('date and time("2026-09-20T08:00:00")', "2026-09-20 08:00"), ('"2026-09-20T00:00:00Z"', "2026-09-20 08:00"),
        ],
    )
    def test_a_moment_can_be_written_in_several_ways(self, machine, text, due):
        machine.runs(process(START, timer("t", text.replace('"', "&quot;")), END, chain("start", "t", "end")))

        assert machine.timers() == {"t": due}

    @pytest.mark.parametrize("moment", ["x", "1 + count([x])", 'duration("P" + x)', 'duration("P" + string(count([x])) + "00000000D")'])
    def test_a_timer_without_a_moment_is_a_problem_at_its_node(self, machine, moment):
        with pytest.raises(engine.StepFailed) as caught:
            machine.runs(process(START, timer("t", moment), END, chain("start", "t", "end"), variables="x"), x="soon")

        assert caught.value.node == "t"


class TestMessages:
    WAITING = process(
        START, task("work"), d.message("asked", "ask", on="work", interrupting=False), task("answer", performer="x"), END, '<endEvent id="e2"/>',
        chain("start", "work", "end"), chain("asked", "answer", "e2"), messages="ask", variables="x",
    )  # fmt: skip

    def test_a_message_reaches_the_instance_and_brings_its_payload(self, machine):
        instance = machine.runs(self.WAITING)

        with transaction():
            engine.send(instance.id, "ask", {"x": "P7"}, person_id="P1")

        assert machine.nodes() == ["work", "answer"]
        rows = select(engine.TaskPerformer.person_id).join(engine.HumanTask).where(engine.HumanTask.node == "answer")
        assert db.session.scalars(rows).all() == ["P7"]

    def test_a_payload_may_look_like_anything(self, machine):
        instance = machine.runs(self.WAITING)

        with transaction():
            engine.send(instance.id, "ask", {"x": "P7", "y": {"typename": "UUID", "value": "none"}})
        machine.does("answer", by="P7")
        machine.does("work")

        assert machine.state(instance.id) == "COMPLETED"

    def test_nobody_waits_any_more(self, machine):
        instance = machine.runs(self.WAITING)
        machine.does("work")

        with pytest.raises(NotWaiting), transaction():
            engine.send(instance.id, "ask", {})

    def test_an_unknown_message_is_refused(self, machine):
        instance = machine.runs(self.WAITING)

        with pytest.raises(NotWaiting), transaction():
            engine.send(instance.id, "shout", {})

    def test_a_fact_reaches_those_with_its_key_only(self, machine):
        machine.deploy(self.WAITING)
        ours, _ = machine.start(business_key="K1"), machine.start(business_key="K2")

        with transaction():
            engine.post("ask", {"x": "P7"}, business_key="K1")
        machine.work()

        assert [t.instance_id for t in machine.tasks() if t.node == "answer"] == [ours.id]

    def test_a_fact_starts_what_begins_with_it_on_its_newest_version_only(self, machine):
        begin = '<startEvent id="start"><messageEventDefinition messageRef="m_found"/></startEvent>'
        for name in ("old", "new"):
            machine.deploy(process(begin, task(name), END, chain("start", name, "end"), messages="found"))
        machine.deploy(process(START, task("other"), END, chain("start", "other", "end"), key="other"))

        with transaction():
            engine.post("found", {"subject": "S1"}, business_key="K")
        machine.work()

        assert machine.nodes() == ["new"]
        assert machine.instance(machine.tasks()[0].instance_id).subject == "S1"

    def test_a_fact_nobody_waits_for_is_ticked_off(self, machine):
        with transaction():
            engine.post("nothing", {})

        assert (machine.work(), machine.work()) == (1, 0)


class TestSubprocesses:
    RUNNING = process(
        START,
        d.subprocess(
            "inner", '<startEvent id="b"/>', d.fork("f"), task("one"), timer("t", DUE), d.call("child", "child"), d.fork("j"),
            '<endEvent id="e"/>', chain("b", "f", "one", "j", "e"), chain("f", "t", "j"), chain("f", "child", "j"),
        ),
        d.message("stopped", "stop", on="inner"), task("after", title="why"), END, '<endEvent id="e2"/>',
        chain("start", "inner", "end"), chain("stopped", "after", "e2"), messages="stop", variables="why",
    )  # fmt: skip

    @pytest.fixture
    def running(self, machine):
        machine.deploy(process(START, task("small"), END, chain("start", "small", "end"), key="child"))
        instance = machine.runs(self.RUNNING)
        machine.work()
        return instance

    def test_it_waits_for_all_that_is_inside(self, machine, running):
        assert machine.nodes() == ["one", "small"]
        machine.does("one")
        machine.does("small")
        machine.work()
        assert machine.state(running.id) == "RUNNING"

        machine.at("2026-09-11 17:31")
        assert machine.state(running.id) == "COMPLETED"

    def test_a_message_interrupts_it_and_withdraws_what_is_inside(self, machine, running):
        with transaction():
            engine.send(running.id, "stop", {"why": "撤销"})

        assert machine.timers() == {}
        assert "one" not in machine.nodes() and "after" in machine.nodes()
        assert machine.tasks()[-1].title == "撤销"
        assert ("withdrawn", ["one"], "") in machine.heard

    def test_the_children_of_an_interrupted_subprocess_end_with_it(self, machine, running):
        with transaction():
            engine.send(running.id, "stop", {"why": "撤销"})
        machine.work()

        (child,) = machine.children(running.id)
        assert child.state == "CANCELLED"
        assert machine.nodes() == ["after"]

    def test_what_happens_inside_is_in_the_log_once(self, machine, running):
        machine.does("one")
        machine.does("small")
        machine.at("2026-09-11 17:31")

        log = machine.log(running.id)
        assert {node: log.count(node) for node in ("start", "inner", "one", "t", "child", "end")} == {
            "start": 1, "inner": 1, "one": 1, "t": 1, "child": 1, "end": 1,
        }  # fmt: skip


class TestCancelling:
    def test_it_takes_everything_with_it(self, machine):
        machine.deploy(process(START, task("small"), END, chain("start", "small", "end"), key="child"))
        instance = machine.runs(TestSubprocesses.RUNNING)
        machine.work()

        with transaction():
            engine.cancel(instance.id, reason="重复立项", person_id="P9")

        assert machine.nodes() == [] and machine.timers() == {}
        assert [child.state for child in machine.children(instance.id)] == ["CANCELLED"]
        gone = machine.instance(instance.id)
        assert (gone.state, gone.end_reason, gone.blob) == ("CANCELLED", "重复立项", None)
        assert db.session.scalars(select(engine.Subscription)).all() == []
        assert machine.at("2026-12-01 08:00") == 0

    def test_nothing_can_be_done_in_it_afterwards(self, machine):
        instance = machine.runs(TestMessages.WAITING)
        (row,) = machine.tasks()
        db.session.rollback()
        with transaction():
            engine.cancel(instance.id, reason="错")

        with pytest.raises(TaskNotOpen, match="已撤回"), transaction():
            engine.complete_task(row.id, {}, person_id="P1")
        with pytest.raises(NotWaiting), transaction():
            engine.send(instance.id, "ask", {})

    def test_twice_is_once(self, machine):
        instance = machine.runs(TestMessages.WAITING)
        for reason in ("一", "二"):
            with transaction():
                engine.cancel(instance.id, reason=reason)

        assert machine.instance(instance.id).end_reason == "一"
        assert machine.instance(instance.id).ended_at == clock.now()
