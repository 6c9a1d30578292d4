"""Table 1 of the founding document: eleven headings in its order, as screen, paper and workbook (R-046)."""

from collections.abc import Sequence

from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Subject
from app.organisation.names import Names, anything
from app.quality.goals.models import Goal, GoalStatus

TITLE = "年度目标任务、年度重点工作、常规工作任务分解表"
YEARS = "年度计划"
BEFORE_YEARS = ("责任部门", "部门负责人", "工作任务", "任务类型", "观测点")
AFTER_YEARS = ("责任科室", "归属岗位", "具体负责人")
TYPES_EXPLAINED = (
    "* 任务类型：A类为学院事业规划、专项规划和各子规划确定的任务；"
    "B类为规划以外、由院领导班子研究确定的年度重点工作；C类为部门职责范围内的常规工作。"
)


def plan_years() -> list[int]:
    """Return the plan years of the present term. Raises `NotFound` without a term in the calendar."""
    term = calendar.term_on(today())
    if term is None:
        raise NotFound("校历里没有当前学期。")
    return calendar.plan_years(term)


def headings(years: Sequence[int]) -> list[str]:
    """Return the eleven headings; the plan years stand under 年度计划."""
    return [*BEFORE_YEARS, *map(str, years), *AFTER_YEARS]


def goals_in(subjects: Sequence[Subject]) -> list[Goal]:
    """Return the goals of some subjects in the table's order."""
    query = select(Goal).where(Goal.subject_code.in_([each.code for each in subjects]), Goal.status != GoalStatus.CLOSED)
    return list(db.session.scalars(query.order_by(Goal.subject_code, Goal.task_type, Goal.code)))


def rows(subjects: Sequence[Subject], years: Sequence[int]) -> list[list[str]]:
    """Return a row for each goal of some subjects, in a fixed number of statements."""
    by_code = {subject.code: subject for subject in subjects}
    goals = goals_in(subjects)
    with_goals = {goal.subject_code for goal in goals}
    heads = organisation.heads_of_subjects([each for each in subjects if each.code in with_goals])
    known = anything(
        each for goal in goals
        for each in (goal.section_code, goal.post_code, goal.responsible_id, heads.get(goal.subject_code))
    )  # fmt: skip
    return [row_of(goal, by_code[goal.subject_code], heads.get(goal.subject_code), known, years) for goal in goals]


def row_of(goal: Goal, subject: Subject, head: str | None, known: Names, years: Sequence[int]) -> list[str]:
    """Return one goal as the table's eleven cells."""
    planned = {each.year: each.planned_text for each in goal.years}
    return [
        subject.name_zh, known.of(head), goal.task_zh, goal.task_type.value, goal.observation_point,
        *(planned.get(year, "") for year in years),
        known.of(goal.section_code), known.of(goal.post_code), known.of(goal.responsible_id),
    ]  # fmt: skip
