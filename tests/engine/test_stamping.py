"""Many instances started as prints of the first are what they would have been one by one."""

import pytest
from sqlalchemy import select

from app import engine
from app.engine import stamping
from app.foundation.db import db, transaction
from tests.builders import GOAL, TERM
from tests.doors import statements

COUNT = 12


def starts(n: int = COUNT) -> list[engine.Start]:
    units = ["OFF-JWC", "OFF-RSC", "OFF-XSC", "DEP-XGX", "OFF-ZGB", "OFF-CWC"]
    return [
        engine.Start(
            {
                "subject": units[i % 6], "subject_name": f"单位{i}", "unit": units[i % 6], "layer": "COLLEGE",
                "term": TERM, "year": 2026,
            },
            f"key:{i}",
        )
        for i in range(n)
    ]  # fmt: skip


def facts(instance_id: int) -> dict:
    """Return everything of an instance but its identifiers."""
    instance = db.session.get_one(engine.ProcessInstance, instance_id)
    tasks = db.session.scalars(select(engine.HumanTask).where(engine.HumanTask.instance_id == instance_id)).all()
    listens = db.session.scalars(select(engine.Subscription).where(engine.Subscription.instance_id == instance_id))
    return {
        "instance": (instance.title, instance.business_key, instance.subject, instance.state, instance.version),
        "tasks": [
            (task.node, task.title, task.due_at, task.due_rule, task.layer, task.subject, task.why, task.escalation,
             task.nudge_at, sorted(db.session.scalars(select(engine.TaskPerformer.person_id).where(engine.TaskPerformer.task_id == task.id))))
            for task in tasks
        ],
        "listens": sorted((row.node, row.message) for row in listens),
        "log": [(row.node, row.kind) for row in engine.steps_of(instance_id)],
    }  # fmt: skip


@pytest.fixture
def both(app, at):
    """The same starts, once printed and once one by one."""
    with transaction():
        printed = [row.id for row in engine.start_many("diag_college", starts())]
    with transaction():
        single = [
            engine.start("diag_college", each.variables, business_key=each.business_key).id for each in starts()
        ]
    return printed, single


def test_the_college_layers_diagram_is_printed(app, at, monkeypatch):
    run = []
    real = stamping.runtime.start_on
    monkeypatch.setattr(stamping.runtime, "start_on", lambda *a, **k: run.append(1) or real(*a, **k))

    with transaction():
        engine.start_many("diag_college", starts())

    assert len(run) == 1


def test_prints_have_the_same_rows_as_instances_started_one_by_one(both):
    for printed, single in zip(*both, strict=True):
        assert facts(printed) == facts(single)


def test_prints_share_no_identifier(both):
    printed, _ = both
    ids = db.session.scalars(
        select(engine.HumanTask.workflow_task).where(engine.HumanTask.instance_id.in_(printed))
    ).all()

    assert len(set(ids)) == COUNT


def test_a_print_runs_on_with_its_own_variables(college):
    college.starts_term()

    college.does("enter_goals", subject="DEP-XGX", goals=[_goal()])

    confirming = college.task("confirm_goals", subject="DEP-XGX")
    assert confirming.title == "确认信息工程系的目标任务"
    assert college.performers(confirming) == ["E003"]


def test_a_diagram_that_acts_before_its_first_wait_is_run_for_each(college, monkeypatch):
    issued = [college.issues_order(on=f"2026-09-{day} 10:00") for day in (21, 22)]
    monkeypatch.setattr(stamping._Press, "print", None)  # would fail if it were used

    with transaction():
        again = engine.start_many(
            "rectification",
            [
                engine.Start(
                    {"order": order.no, "subject": "OFF-JWC", "subject_name": "教务处", "unit": "OFF-JWC",
                     "order_due": {"at": order.due_at.isoformat(), "rule": order.due_rule}}
                )
                for order in issued
            ],
        )  # fmt: skip

    assert len(again) == 2


def test_the_cost_of_a_print_does_not_grow(app, at):
    with statements() as few, transaction():
        engine.start_many("diag_college", starts(4))
    with statements() as many, transaction():
        engine.start_many("diag_college", starts(40))

    assert len(many) / 40 <= len(few) / 4


def _goal():


    return {**GOAL, "post": "P-DEP-XGX", "responsible": "E046"}
