"""Goals are complete, quantified and confirmed before anything else begins."""

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.goals import queries, rules
from app.quality.goals.models import Goal, GoalStatus
from app.quality.standards.models import Indicator, IndicatorBinding
from tests.builders import GOAL

YEARS = [2026, 2027, 2028]


@pytest.mark.scenario(1)
def test_the_term_opens_with_one_instance_and_one_goal_task_for_every_subject(college):
    college.at("2026-08-31 07:59")
    assert college.tasks() == []

    college.at("2026-08-31 08:00")

    tasks = [task for task in college.tasks("enter_goals") if task.layer == "COLLEGE"]
    assert len(tasks) == len({task.subject for task in tasks}) == 34
    assert {college.local(task.due_at) for task in tasks} == {"2026-09-11 17:30"}
    assert college.performers(next(t for t in tasks if t.subject == "OFF-JWC")) == ["E011"]


def test_starting_the_term_again_starts_nothing_twice(college):
    college.starts_term()

    college.work()
    college.at("2026-08-31 12:00")

    assert [task.layer for task in college.tasks("enter_goals")] == ["COLLEGE"] * 34


@pytest.mark.scenario(2)
def test_a_goal_without_a_number_for_a_year_is_refused_and_the_year_is_named(college):
    college.starts_term()
    task = college.task("enter_goals", subject="OFF-JWC")

    answer = college.hands_in(task, goals=[{**GOAL, "year_2": "逐步提高"}])

    assert answer.status_code == 422
    assert "2027年" in answer.json["problems"]["goals.0.year_2"]
    assert college.task("enter_goals", subject="OFF-JWC").id == task.id
    assert db.session.scalars(select(Goal)).all() == []


@pytest.mark.scenario(3)
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"task_type": "A", "plan": None}, "plan"),
        ({"task_type": "C", "basis": ""}, "basis"),
        ({"task_type": "B", "basis": ""}, "basis"),
    ],
)
def test_each_type_of_goal_needs_its_own_ground(college, change, field):
    college.starts_term()

    answer = college.hands_in(college.task("enter_goals", subject="OFF-JWC"), goals=[{**GOAL, **change}])

    assert answer.status_code == 422
    assert f"goals.0.{field}" in answer.json["problems"]


@pytest.mark.scenario(3)
def test_a_goal_of_type_b_keeps_the_leaderships_decision(college):
    college.starts_term()

    college.does("enter_goals", subject="OFF-JWC", goals=[{**GOAL, "task_type": "B", "basis": "2026年第3次院长办公会"}])

    assert queries.goals_of("OFF-JWC")[0].basis == "2026年第3次院长办公会"


def test_the_responsible_person_must_hold_the_post(college):
    college.starts_term()

    answer = college.hands_in(
        college.task("enter_goals", subject="OFF-JWC"), goals=[{**GOAL, "responsible": "E034"}]
    )

    assert "I-2" in answer.json["problems"]["goals.0.responsible"]


def test_returned_goals_go_back_with_the_reason_and_count_once_approved(college):
    college.starts_term()
    college.does("enter_goals", subject="OFF-JWC", goals=[GOAL])

    college.does("confirm_goals", subject="OFF-JWC", action="return", opinion="请补充观测点的口径")
    again = college.task("enter_goals", subject="OFF-JWC")
    assert "请补充观测点的口径" in college.mails("M03", to="E011")[-1].body
    college.hands_in(again)
    college.does("confirm_goals", subject="OFF-JWC", action="approve")

    goal = queries.goals_of("OFF-JWC")[0]
    assert (goal.status, goal.confirmed_by) == (GoalStatus.ACTIVE, "E003")
    assert [year.planned_value for year in goal.years] == [3.0, 2.5, 2.0]


@pytest.mark.scenario(4)
def test_the_logic_is_not_built_while_a_point_has_no_indicator_and_the_point_is_named(college):
    college.starts_term()
    college.does("enter_goals", subject="OFF-JWC", goals=[GOAL])
    with transaction():
        for code in ("IC12", "IC13"):
            db.session.get(Indicator, code).active = False

    answer = college.hands_in(college.task("confirm_goals", subject="OFF-JWC"), action="approve")

    assert answer.status_code == 422
    assert "DC06" in answer.json["message"]
    assert list(answer.json["problems"]) == ["DC06"]
    assert college.task("confirm_goals", subject="OFF-JWC")
    assert db.session.scalars(select(IndicatorBinding)).all() == []


def test_confirmed_goals_bind_every_indicator_of_the_layer(college):
    college.confirms_goals()

    bound = {row.indicator_code: row for row in db.session.scalars(select(IndicatorBinding))}
    assert len(bound) == 18
    assert bound["IC10"].goal_id == queries.goals_of("OFF-JWC")[0].id


@pytest.mark.parametrize(
    ("text", "found"),
    [("≤5件", (5.0, "件")), ("90%", (90.0, "%")), ("0件", (0.0, "件")), ("12.5 门", (12.5, "门")), ("提高", None), ("", None)],
)
def test_a_yearly_plan_is_read_as_number_and_unit(text, found):
    assert rules.quantified(text) == found


def test_a_goal_that_lacks_everything_names_every_field():
    problems = rules.problems_of_goal({}, YEARS, place="")

    assert set(problems) == {
        "task_zh", "observation_point", "year_1", "year_2", "year_3", "task_type", "post", "responsible",
    }  # fmt: skip
