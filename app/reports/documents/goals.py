"""D1: the table that breaks the plans down into goals and tasks, eleven headings in the founding document's order."""

from collections.abc import Sequence

from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Subject
from app.quality.goals.models import Goal, GoalStatus
from app.reports.documents import names
from app.reports.documents.structure import Column, Document, Table
from app.reports.documents.words import day

TYPES_EXPLAINED = (
    "* 任务类型：A类为学院事业规划、专项规划和各子规划确定的任务；"
    "B类为规划以外、由院领导班子研究确定的年度重点工作；C类为部门职责范围内的常规工作。"
)


def goal_table(subjects: Sequence[Subject], *, about: str) -> Document:
    """Return the table of some subjects' goals with the plan years of the present term.

    Raises `NotFound` without a term in the calendar.
    """
    term = calendar.term_on(today())
    if term is None:
        raise NotFound("校历里没有当前学期。")
    years = calendar.plan_years(term)
    return Document(
        title="年度目标任务、年度重点工作、常规工作任务分解表",
        about=about,
        blocks=[Table(columns(years), _rows(subjects, years), empty="还没有目标任务")],
        notes=[TYPES_EXPLAINED, f"制表日期：{day(today())}"],
        landscape=True,
    )


def columns(years: Sequence[int]) -> list[Column]:
    """Return the headings; the plan years stand under 年度计划."""
    return [
        Column("责任部门", 1.1), Column("部门负责人", 0.8), Column("工作任务", 2.4), Column("任务类型*", 0.6, centred=True),
        Column("观测点", 1.5), *(Column(str(year), 0.8, group="年度计划", centred=True) for year in years),
        Column("责任科室", 1.1), Column("归属岗位", 1.2), Column("具体负责人", 0.9),
    ]  # fmt: skip


def _rows(subjects: Sequence[Subject], years: Sequence[int]) -> list[list[str]]:
    by_code = {subject.code: subject for subject in subjects}
    goals = db.session.scalars(
        select(Goal)
        .where(Goal.subject_code.in_(by_code), Goal.status != GoalStatus.CLOSED)
        .order_by(Goal.subject_code, Goal.task_type, Goal.code)
    ).all()
    heads = {code: next(iter(organisation.responsible_for(code)), None) for code in {goal.subject_code for goal in goals}}
    known = names.anything(
        each for goal in goals
        for each in (goal.section_code, goal.post_code, goal.responsible_id, heads[goal.subject_code])
    )  # fmt: skip
    return [_row(goal, by_code[goal.subject_code].name_zh, known.of(heads[goal.subject_code]), known, years) for goal in goals]


def _row(goal: Goal, unit: str, head: str, known: names.Names, years: Sequence[int]) -> list[str]:
    planned = {each.year: each.planned_text for each in goal.years}
    return [
        unit, head, goal.task_zh, goal.task_type.value, goal.observation_point,
        *(planned.get(year, "") for year in years),
        known.of(goal.section_code), known.of(goal.post_code), known.of(goal.responsible_id),
    ]  # fmt: skip
