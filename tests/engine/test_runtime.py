"""Tasks, branches and lists: what an instance does between two waits."""

import pytest
from sqlalchemy import select

from app import engine
from app.engine import expressions
from app.engine.errors import BudgetExceeded, StepFailed, TaskNotOpen
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, fork, gateway, one_task, process, step, task

REWORK = process(
    START, gateway("again"), fork("split"), task("one"), task("two"), fork("both"), task("judge", actions="ok back"),
    gateway("fine", default="end"), END,
    chain("start", "again", "split", "one", "both", "judge", "fine", "end"), chain("split", "two", "both"),
    flow("fine", "again", 'judge.verb = "back"'),
)  # fmt: skip


class TestTasks:
    def test_a_task_goes_to_its_performers_and_its_result_is_a_variable(self, machine):
        instance = machine.runs(
            process(START, task("a", performer='["P1", "P2", "P1"]', actions="ok no", title='"给" + x'),
                    task("b", performer="a.by", title="a.verb"), END, chain("start", "a", "b", "end"), variables="x"),
            x="甲",
        )  # fmt: skip
        (first,) = machine.tasks()
        performers = db.session.scalars(select(engine.TaskPerformer.person_id).where(engine.TaskPerformer.task_id == first.id)).all()
        assert (sorted(performers), first.title) == (["P1", "P2"], "给甲")

        machine.does("a", "no", by="P2")

        (second,) = machine.tasks()
        assert second.title == "no"
        machine.does("b")
        assert machine.state(instance.id) == "COMPLETED"
        assert machine.instance(instance.id).blob is None

    def test_a_task_nobody_can_do_goes_to_the_fallback(self, machine):
        machine.runs(process(START, task("a", performer="[]"), END, chain("start", "a", "end"), fallback='"P9"'))

        assert db.session.scalars(select(engine.TaskPerformer.person_id)).all() == ["P9"]

    def test_without_a_fallback_the_instance_does_not_start(self, machine):
        with pytest.raises(StepFailed, match="找不到办理人"):
            machine.runs(one_task(performer="[]"))

        assert db.session.scalars(select(engine.ProcessInstance)).all() == []

    def test_an_unknown_verb_is_refused(self, machine):
        machine.runs(one_task())

        with pytest.raises(Invalid, match="没有“explode”这个动作"):
            machine.does("a", "explode")

    def test_a_task_is_done_once(self, machine):
        machine.runs(one_task())
        done = machine.does("a")

        with pytest.raises(TaskNotOpen, match="已由他人办理完毕"), transaction():
            engine.complete_task(done.id, {}, person_id="P2")

    def test_what_was_handed_in_is_kept_with_the_task(self, machine):
        form = {"components": [{"type": "textfield", "key": "x"}]}
        machine.deploy(one_task(form="f"), forms={"f": form})
        instance = machine.start()

        row = machine.does("a", x="甲")

        assert engine.handed_in(row.id) == {"x": "甲"}
        assert [entry.task_id for entry in engine.acts_of(instance.id)] == [row.id]

    def test_the_inputs_of_a_step_are_worked_out_from_the_variables(self, machine):
        machine.runs(
            process(START, step("s", "test.give", value="x + 1"), step("n", "test.note", value="given * 2"), END,
                    chain("start", "s", "n", "end"), variables="x given"),
            x=1,
        )  # fmt: skip

        assert machine.called == [("n", {"value": 4, "by": None})]

    @pytest.mark.parametrize("name", ["typename", "data", "date", "len", "this", "state", "id", "class", "value", "workflow"])
    def test_fields_may_have_any_name(self, machine, name):
        form = {"components": [{"type": "textfield", "key": name}]}
        machine.deploy(
            process(START, task("a", form="f", complete="test.note"),
                    task("b", performer='"P" + string(x)'), END, chain("start", "a", "b", "end"), variables="x"),
            forms={"f": form},
        )  # fmt: skip
        instance = machine.start(x=1, **{name: {"typename": "UUID", "value": "no such thing"}})

        machine.does("a", **{name: "datetime"})
        machine.does("b")

        assert machine.state(instance.id) == "COMPLETED"

    def test_variables_stay_plain_json_when_they_come_back_from_the_database(self, machine):
        given = {"n": 1, "x": 0.5, "t": "文", "l": [1, [2, {"k": None}]], "b": True, "empty": {}, "none": None}
        instance = machine.runs(one_task(variables=" ".join(given)), **given)

        assert {key: machine.variables(instance.id)[key] for key in given} == given

    def test_what_a_step_returns_must_be_plain(self, machine):
        engine.plug(
            steps=[engine.Step("test.strange", lambda run: {"x": object()}, "怪")], functions={},
            windows=lambda *_: [], skip_rules={}, observer=machine,
        )  # fmt: skip

        with pytest.raises(StepFailed, match="无法保存的值"):
            machine.runs(process(START, step("s", "test.strange"), task("a"), END, chain("start", "s", "a", "end")))


class TestBranches:
    def test_a_join_waits_for_both(self, machine):
        machine.runs(REWORK)

        machine.does("two")
        assert machine.nodes() == ["one"]
        machine.does("one")
        assert machine.nodes() == ["judge"]

    @pytest.mark.parametrize("first", ["one", "two"])
    def test_in_a_second_round_one_of_two_does_not_suffice(self, machine, first):
        other = {"one": "two", "two": "one"}[first]
        instance = machine.runs(REWORK)
        for _ in range(4):
            machine.does("one")
            machine.does("two")
            machine.does("judge", "back")
            machine.does(first)
            assert machine.nodes() == [other]
            machine.does(other)
            machine.does("judge", "back")

        machine.does("one")
        machine.does("two")
        machine.does("judge", "ok")
        assert machine.state(instance.id) == "COMPLETED"

    def test_a_loop_inside_one_branch_counts_once_at_the_join(self, machine):
        instance = machine.runs(
            process(START, fork("split"), gateway("again"), task("one", actions="ok back"), gateway("fine", default="both"),
                    task("two"), fork("both"), task("last"), END,
                    chain("start", "split", "again", "one", "fine", "both", "last", "end"), chain("split", "two", "both"),
                    flow("fine", "again", 'one.verb = "back"'))
        )  # fmt: skip
        machine.does("one", "back")
        machine.does("one", "back")
        machine.does("one", "ok")
        assert machine.nodes() == ["two"]

        machine.does("two")
        machine.does("last")
        assert machine.state(instance.id) == "COMPLETED"

    def test_what_both_branches_found_is_there_after_the_join(self, machine):
        machine.runs(REWORK.replace('<userTask id="judge"', '<userTask id="judge" qa:title="one.by + two.by"'))

        machine.does("two", by="B")
        machine.does("one", by="A")

        assert [task.title for task in machine.tasks()] == ["AB"]

    @pytest.mark.parametrize("last", ["one", "two"])
    def test_what_a_branch_decides_is_not_undone_by_the_other_that_still_remembers_the_last_round(self, machine, last):
        first = {"one": "two", "two": "one"}[last]
        instance = machine.runs(
            process(START, gateway("again"), fork("split"), task("one", actions="ok back"), task("two", actions="ok back"), fork("both"),
                    gateway("fine", default="end"), END, chain("start", "again", "split", "one", "both", "fine", "end"),
                    chain("split", "two", "both"), flow("fine", "again", 'one.verb = "back" or two.verb = "back"'))
        )  # fmt: skip
        for _ in range(3):
            machine.does(first, "back")
            machine.does(last, "ok")
            assert sorted(machine.nodes()) == ["one", "two"]

        machine.does(first, "ok")
        machine.does(last, "ok")
        assert machine.state(instance.id) == "COMPLETED"

    @pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
    def test_a_variable_changed_in_one_branch_stays_changed(self, machine, order):
        changing = task("one").replace("></userTask>", f"><extensionElements>{d.take('x', '2')}</extensionElements></userTask>")
        machine.runs(
            process(START, fork("split"), changing, task("two"), fork("both"), task("last", title="string(x)"), END,
                    chain("start", "split", "one", "both", "last", "end"), chain("split", "two", "both"), variables="x"),
            x=1,
        )  # fmt: skip
        for node in order:
            machine.does(node)

        assert [task.title for task in machine.tasks()] == ["2"]

    def test_a_gateway_takes_the_way_whose_condition_holds_else_the_default(self, machine):
        xml = process(START, gateway("g", default="b"), task("a"), task("b"), gateway("m"), END,
                      chain("start", "g", "b", "m", "end"), chain("a", "m"), flow("g", "a", "x > 1"), variables="x")  # fmt: skip
        machine.deploy(xml)

        machine.start(x=2)
        machine.start(x=1)
        machine.start()

        assert machine.nodes() == ["a", "b", "b"]

    def test_two_ends_end_when_both_are_reached(self, machine):
        instance = machine.runs(
            process(START, fork("split"), task("one"), task("two"), END, '<endEvent id="end2"/>',
                    chain("start", "split", "one", "end"), chain("split", "two", "end2"))
        )  # fmt: skip
        machine.does("one")
        assert machine.state(instance.id) == "RUNNING"
        machine.does("two")
        assert machine.state(instance.id) == "COMPLETED"

    def test_a_terminating_end_withdraws_what_is_open(self, machine):
        instance = machine.runs(
            process(START, fork("split"), task("one"), task("two"), '<endEvent id="end"><terminateEventDefinition/></endEvent>',
                    '<endEvent id="end2"/>', chain("start", "split", "one", "end"), chain("split", "two", "end2"))
        )  # fmt: skip
        machine.does("one")

        assert machine.nodes() == []
        assert machine.state(instance.id) == "COMPLETED"
        assert ("withdrawn", ["two"], "") in machine.heard


class TestLists:
    LISTED = process(
        START, gateway("again"), task("sign", d.each_of("people", "who"), performer="who"), task("judge", actions="ok back"),
        gateway("fine", default="end"), END, chain("start", "again", "sign", "judge", "fine", "end"),
        flow("fine", "again", 'judge.verb = "back"'), variables="people",
    )  # fmt: skip

    def performers(self) -> list[str]:
        rows = select(engine.TaskPerformer.person_id).join(engine.HumanTask).where(engine.HumanTask.state == "OPEN")
        return sorted(db.session.scalars(rows))

    def test_each_of_a_list_gets_a_task_at_once(self, machine):
        machine.runs(self.LISTED, people=["A", "B", "C"])

        assert self.performers() == ["A", "B", "C"]
        machine.does("sign")
        machine.does("sign")
        assert machine.nodes() == ["sign"]
        machine.does("sign")
        assert machine.nodes() == ["judge"]

    def test_a_list_can_be_gone_through_again_in_a_loop(self, machine):
        instance = machine.runs(self.LISTED, people=["A", "B"])
        for _ in range(3):
            machine.does("sign")
            machine.does("sign")
            machine.does("judge", "back")
            assert self.performers() == ["A", "B"]

        machine.does("sign")
        machine.does("sign")
        machine.does("judge", "ok")
        assert machine.state(instance.id) == "COMPLETED"

    def test_one_after_the_other_where_the_diagram_says_so(self, machine):
        instance = machine.runs(self.LISTED.replace('isSequential="false"', 'isSequential="true"'), people=["A", "B"])
        seen = []
        for _ in range(2):
            for _ in range(2):
                seen += self.performers()
                machine.does("sign")
            machine.does("judge", "back")

        assert seen == ["A", "B", "A", "B"]
        assert machine.state(instance.id) == "RUNNING"

    def test_the_same_person_twice_signs_twice(self, machine):
        machine.runs(self.LISTED, people=["A", "A"])

        assert machine.nodes() == ["sign", "sign"]

    def test_a_list_may_hold_more_than_names(self, machine):
        xml = self.LISTED.replace('qa:performer="who"', 'qa:performer="who.id" qa:title="who.name"', 1)
        machine.runs(xml, people=[{"id": "A", "name": "甲", "typename": "UUID"}, {"id": "B", "name": "乙"}])

        assert [task.title for task in machine.tasks()] == ["甲", "乙"]

    @pytest.mark.parametrize("changing", [0, 1])
    def test_what_one_of_a_list_changed_stays_changed(self, machine, changing):
        output = d.take("x", f'if who = "{"AB"[changing]}" then 2 else x')
        sign = task("sign", d.each_of("people", "who"), performer="who").replace("><multi", f"><extensionElements>{output}</extensionElements><multi")
        xml = process(START, sign, task("judge", title="string(x)"), END, chain("start", "sign", "judge", "end"), variables="people x")
        machine.runs(xml, people=["A", "B"], x=1)
        machine.does("sign")
        machine.does("sign")

        assert [task.title for task in machine.tasks()] == ["2"]

    def test_an_empty_list_is_passed_over(self, machine):
        machine.runs(self.LISTED, people=[])

        assert machine.nodes() == ["judge"]

    @pytest.mark.parametrize("people", [None, "A"])
    def test_no_list_is_said_to_be_none(self, machine, people):
        with pytest.raises(StepFailed):
            machine.runs(self.LISTED, people=people)


class TestBudgets:
    def test_a_loop_over_nothing_is_stopped(self, machine):
        xml = process(START, gateway("again"), task("a", d.each_of("people", "who")), gateway("fine", default="again"), END,
                      chain("start", "again", "a", "fine", "again"), flow("fine", "end", "x"), variables="people x")  # fmt: skip

        with pytest.raises(BudgetExceeded, match="死循环"):
            machine.runs(xml, people=[])

        assert db.session.scalars(select(engine.ProcessInstance)).all() == []

    def test_an_instance_that_grows_too_large_is_refused_and_nothing_is_saved(self, machine):
        with pytest.raises(BudgetExceeded, match="1 MB"):
            machine.runs(one_task(variables="x"), x="字" * 400_000)

        assert db.session.scalars(select(engine.ProcessInstance)).all() == []

    def test_an_expression_that_never_ends_is_stopped(self, machine):
        with pytest.raises(StepFailed):
            expressions.evaluate("for a in 1..9999, b in 1..9999 return a", {}, node="a")


class TestVersions:
    @pytest.mark.scenario(40)
    def test_an_instance_finishes_on_the_version_it_began_on(self, machine):
        old = machine.runs(process(START, task("a"), task("old"), END, chain("start", "a", "old", "end")))
        new_version = machine.deploy(process(START, task("a"), task("new"), END, chain("start", "a", "new", "end")))
        engine.forget_parsed()
        new = machine.start()

        machine.does("a")
        machine.does("a")

        assert new_version.version == 2
        assert [(task.instance_id, task.node) for task in machine.tasks()] == [(old.id, "old"), (new.id, "new")]
        machine.does("old")
        assert machine.state(old.id) == "COMPLETED"

    def test_one_that_was_rolled_back_is_not_taken_for_the_next_that_gets_its_number(self, machine):
        with pytest.raises(RuntimeError), transaction():
            engine.deploy(one_task("gone"))
            engine.start("small", {})
            raise RuntimeError("the power fails")

        machine.runs(one_task("there"))

        assert machine.nodes() == ["there"]

    def test_the_form_too_is_that_of_the_version(self, machine):
        for key in ("x", "y"):
            machine.deploy(one_task(form="f", name=f"用{key}"), forms={"f": {"components": [{"type": "textfield", "key": key}]}})
            machine.start()

        machine.does("a", x="甲")
        machine.does("a", y="乙")
        assert machine.nodes() == []

    def test_an_unchanged_diagram_is_no_new_version(self, machine):
        assert machine.deploy(one_task()).id == machine.deploy(one_task()).id
        assert machine.deploy(one_task(name="另一个")).version == 2

    def test_what_was_never_deployed_cannot_be_started(self, machine):
        with pytest.raises(engine.DefinitionNotFound):
            machine.start("nothing")


class TestConflicts:
    def test_whoever_comes_second_is_told_and_changes_nothing(self, machine):
        machine.runs(one_task())
        (row,) = machine.tasks()
        db.session.rollback()
        machine.does("a", by="P1")

        with pytest.raises(TaskNotOpen, match="P1"), transaction():
            engine.complete_task(row.id, {}, person_id="P2")

    def test_an_instance_that_moved_on_meanwhile_is_not_overwritten(self, machine):
        def overtake(run, **_):
            db.session.connection().exec_driver_sql("UPDATE process_instance SET version = version + 1")
            return {}

        engine.plug(steps=[engine.Step("test.note", overtake, "超车")], functions={}, windows=lambda *_: [], skip_rules={}, observer=machine)
        instance = machine.runs(one_task(complete="test.note"))

        with pytest.raises(Conflict, match="别人刚刚推进"):
            machine.does("a")

        assert machine.nodes() == ["a"]
        assert machine.state(instance.id) == "RUNNING"
