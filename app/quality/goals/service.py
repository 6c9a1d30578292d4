"""Enter, confirm and adjust goals."""

from typing import Any

from sqlalchemy import func, select

from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Invalid
from app.organisation import queries as organisation
from app.quality.goals import queries, rules
from app.quality.goals.models import Goal, GoalStatus, GoalYear, TaskType


def enter(
    subject_code: str, rows: list[dict[str, Any]], *, years: list[int], by: str | None, basis: str = ""
) -> list[Goal]:
    """Replace a subject's unconfirmed goals by the rows of the form; confirmed ones take the new values.

    With a `basis` (a person's development plan) the rows are a person's own
    goals: they rest on it, and post and responsible person are his.

    Raises `Invalid` with a problem per field (`goals.0.year_2`) unless every
    row is complete: I-1, I-2 and the SMART checks.
    """
    if basis:
        rows = _as_own(subject_code, rows, basis)
    problems = _problems(rows, years, has_post=not basis)
    if problems:
        raise Invalid(_summary(problems), problems)
    present = {goal.code: goal for goal in queries.goals_of(subject_code)}
    entered = [_save(subject_code, row, years, present, by) for row in rows]
    kept = {goal.code for goal in entered}
    for code, goal in present.items():
        if code not in kept:
            goal.status = GoalStatus.CLOSED
    db.session.flush()
    audit.record(
        "goals.enter", f"subject:{subject_code}", person_id=by,
        goals=[{**queries.as_row(goal)} for goal in entered],
    )  # fmt: skip
    return entered


def confirm(subject_code: str, *, by: str | None) -> None:
    """Make a subject's submitted goals the ones that count."""
    for goal in queries.goals_of(subject_code):
        if goal.status is GoalStatus.SUBMITTED:
            goal.status, goal.confirmed_by, goal.confirmed_at = GoalStatus.ACTIVE, by, now()
    audit.record("goals.confirm", f"subject:{subject_code}", person_id=by)


def adjust(goal_id: int, *, year: int, planned_text: str, by: str | None, reason: str) -> None:
    """Give a goal another value for a year, after the adjustment was approved. Raises `Invalid` without a number."""
    found = rules.quantified(planned_text)
    if found is None:
        raise Invalid(f"{year}年的年度计划没有量化数值。", {"new_plan": "请写出数值。"})
    row = db.session.get(GoalYear, (goal_id, year))
    if row is None:
        raise Invalid(f"这个目标没有{year}年的计划。", {"year": "没有这一年"})
    before = row.planned_text
    row.planned_text, (row.planned_value, row.unit) = planned_text, found
    audit.record("goals.adjust", f"goal:{goal_id}", person_id=by, year=year, before=before, after=planned_text,
                 reason=reason)  # fmt: skip


def report_progress(goal_id: int, *, year: int, percent: float) -> None:
    """Keep how far a year's plan has come, in percent."""
    row = db.session.get_one(GoalYear, (goal_id, year))
    row.progress_percent = min(max(percent, 0), 100)


def _as_own(subject_code: str, rows: list[dict[str, Any]], basis: str) -> list[dict[str, Any]]:
    """Complete what a person says of his own goals: a routine of himself, resting on his plan."""
    person = organisation.responsible_for(subject_code)[0]
    post = organisation.post_of(person)
    own = {"task_type": "C", "basis": basis, "responsible": person, "post": post.code if post else None}
    return [{**row, **own} for row in rows]


def _problems(rows: list[dict[str, Any]], years: list[int], *, has_post: bool) -> dict[str, str]:
    if not rows:
        return {"goals": "请至少填写一项目标任务。"}
    problems: dict[str, str] = {}
    for number, row in enumerate(rows):
        place = f"goals.{number}."
        problems |= rules.problems_of_goal(row, years, place=place, has_post=has_post)
        person, post = row.get("responsible"), row.get("post")
        if person and post and not queries.holds_post(person, post):
            problems[f"{place}responsible"] = "此人目前不在所选岗位上（I-2），请核对岗位与负责人。"
    return problems


def _summary(problems: dict[str, str]) -> str:
    return "目标任务还不能提交：" + next(iter(problems.values()))


def _save(
    subject_code: str, row: dict[str, Any], years: list[int], present: dict[str, Goal], by: str | None
) -> Goal:
    subject = organisation.subject(subject_code)
    goal = present.get(row.get("code") or "")
    if goal is None:
        goal = Goal(code=_next_code(subject_code), subject_code=subject_code)
    section = organisation.unit_of_post(row["post"]) if row["post"] else None
    goal.layer_code = subject.layer_code
    goal.task_zh, goal.task_type = row["task_zh"].strip(), TaskType(row["task_type"])
    goal.plan_code = row.get("plan") if goal.task_type is TaskType.A else None
    goal.basis = "" if goal.task_type is TaskType.A else row["basis"].strip()
    goal.observation_point = row["observation_point"].strip()
    goal.post_code, goal.responsible_id = row["post"], row["responsible"]
    goal.section_code = section if section != subject.unit_code else None
    goal.indicator_code = row.get("indicator") or goal.indicator_code
    goal.status, goal.entered_by, goal.entered_at = GoalStatus.SUBMITTED, by, now()
    _plan_years(goal, row, years)
    db.session.add(goal)
    db.session.flush()
    return goal


def _plan_years(goal: Goal, row: dict[str, Any], years: list[int]) -> None:
    known = {year.year: year for year in goal.years}
    for position, year in enumerate(years, start=1):
        text = str(row[f"year_{position}"]).strip()
        value, unit = rules.quantified(text) or (0.0, "")
        if year in known:
            known[year].planned_text, known[year].planned_value, known[year].unit = text, value, unit
        else:
            goal.years.append(GoalYear(year=year, planned_text=text, planned_value=value, unit=unit))


def _next_code(subject_code: str) -> str:
    count = db.session.scalar(select(func.count()).where(Goal.subject_code == subject_code)) or 0
    return f"{subject_code}-M{count + 1:02d}"
