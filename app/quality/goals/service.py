"""Enter, confirm and adjust goals."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid
from app.foundation.numbering import next_number
from app.organisation import queries as organisation
from app.quality.goals import queries, rules
from app.quality.goals.models import Goal, GoalStatus, GoalYear, TaskType

MOST_MILESTONES = 12


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
    problems = problems_of(subject_code, rows, years, has_post=not basis)
    if problems:
        raise Invalid(_summary(problems), problems)
    present = {goal.code: goal for goal in queries.goals_of(subject_code)}
    above = {goal.code: goal for goal, _name in queries.offered_above(subject_code)}
    entered = [_save(subject_code, row, years, present, above, by) for row in rows]
    kept = {goal.code for goal in entered}
    for code, goal in present.items():
        if code not in kept:
            _close(goal)
    db.session.flush()
    audit.record(
        "goals.enter", f"subject:{subject_code}", person_id=by,
        goals=[{**queries.as_row(goal, years)} for goal in entered],
    )  # fmt: skip
    return entered


def amend(subject_code: str, rows: list[dict[str, Any]], *, years: list[int], by: str | None) -> tuple[int, int]:
    """Add goals and change those that a row's `code` names; the others stay. Returns how many are new and changed.

    A row that says what is kept already changes nothing. Raises `Invalid` as `enter` does.
    """
    problems = problems_of(subject_code, rows, years)
    if problems:
        raise Invalid(_summary(problems), problems)
    present = {goal.code: goal for goal in queries.goals_of(subject_code)}
    above = {goal.code: goal for goal, _name in queries.offered_above(subject_code)}
    fresh = [row for row in rows if row.get("code") not in present]
    other = [row for row in rows if row.get("code") in present and row != queries.as_row(present[row["code"]], years)]
    entered = [_save(subject_code, row, years, present, above, by) for row in (*other, *fresh)]
    if entered:
        audit.record(
            "goals.amend", f"subject:{subject_code}", person_id=by, goals=[{**queries.as_row(each, years)} for each in entered]
        )
    return len(fresh), len(other)


def confirm(subject_code: str, *, by: str | None) -> None:
    """Make a subject's submitted goals the ones that count."""
    for goal in queries.goals_of(subject_code):
        if goal.status is GoalStatus.SUBMITTED:
            goal.status, goal.confirmed_by, goal.confirmed_at = GoalStatus.ACTIVE, by, now()
            _sum_up(goal.parent)
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


def report_progress(goal: Goal, *, year: int, percent: float) -> None:
    """Keep how far a year's plan has come: `report_progresses` of a single goal."""
    report_progresses([(goal, percent)], year=year)


def report_progresses(said: Sequence[tuple[Goal, float]], *, year: int) -> None:
    """Keep how far a year's plans have come, in percent, and sum up the goals above.

    Raises `Conflict` for a goal whose progress comes from the goals below it (I-3).
    """
    if not said:
        return
    if queries.below([goal.id for goal, _percent in said]):
        raise Conflict("这个目标的进度由下级目标汇总，不能直接填报。")
    for goal, percent in said:
        row = next(each for each in goal.years if each.year == year)
        row.progress_percent = min(max(percent, 0), 100)
    for parent in dict.fromkeys(goal.parent for goal, _percent in said):
        _sum_up(parent)


def report_actual(goal: Goal, *, year: int, actual: float, by: str) -> float:
    """Keep what a year has brought so far; returns the progress it makes, in percent.

    Raises `Conflict` before the goal is confirmed, for a closed one and for one that is summed up from below.
    """
    if goal.confirmed_at is None or goal.status is GoalStatus.CLOSED:
        raise Conflict("目标还没有确认，或者已经停用，不能填报进度。")
    row = db.session.get(GoalYear, (goal.id, year))
    if row is None:
        raise Invalid(f"这个目标没有{year}年的计划。", {"actual": f"没有{year}年的计划。"})
    before = row.actual
    report_progress(goal, year=year, percent=rules.attained_percent(row.planned_text, actual))
    row.actual = actual
    audit.record(
        "goals.report", f"goal:{goal.id}", person_id=by, year=year, before=before, after=actual,
        progress=row.progress_percent,
    )  # fmt: skip
    return row.progress_percent or 0.0


def set_milestones(goal: Goal, *, year: int, milestones: list[dict[str, Any]], by: str) -> None:
    """Keep a year's milestones: `[{text, due, done}]`. Raises `Invalid` for one without a text or a day."""
    row = db.session.get(GoalYear, (goal.id, year))
    if row is None or len(milestones) > MOST_MILESTONES:
        raise Invalid("里程碑没有保存。", {"milestone": f"每年最多{MOST_MILESTONES}个里程碑。"})
    if any(not each["text"].strip() or not each["due"] for each in milestones):
        raise Invalid("里程碑没有保存。", {"milestone": "请写明里程碑和日期。"})
    before = row.milestones
    row.milestones = sorted(milestones, key=lambda each: each["due"])
    audit.record("goals.milestones", f"goal:{goal.id}", person_id=by, year=year, before=before, after=row.milestones)


def _sum_up(goal: Goal | None) -> None:
    """Work out a goal's progress of each year from the goals below it, and go on upwards (I-3)."""
    db.session.flush()
    while goal is not None:
        below = queries.below([goal.id]).get(goal.id, [])
        for row in goal.years if below else []:
            row.progress_percent = rules.mean_progress([queries.progress_of(each, row.year) for each in below])
        db.session.flush()
        goal = goal.parent


def _close(goal: Goal) -> None:
    """Let a goal count no longer; what hung below it hangs below the goal above."""
    goal.status = GoalStatus.CLOSED
    for child in db.session.scalars(select(Goal).where(Goal.parent_id == goal.id)):
        child.parent_id = goal.parent_id
    db.session.flush()
    _sum_up(goal.parent)


def _as_own(subject_code: str, rows: list[dict[str, Any]], basis: str) -> list[dict[str, Any]]:
    """Complete what a person says of his own goals: a routine of himself, resting on his plan."""
    person = organisation.responsible_for(subject_code)[0]
    post = organisation.post_of(person)
    own = {"task_type": "C", "basis": basis, "responsible": person, "post": post.code if post else None}
    return [{**row, **own} for row in rows]


def problems_of(
    subject_code: str, rows: list[dict[str, Any]], years: list[int], *, has_post: bool = True
) -> dict[str, str]:
    """Return what keeps rows of the form from being saved, by field (`goals.0.year_2`): I-1, I-2, I-3, SMART."""
    if not rows:
        return {"goals": "请至少填写一项目标任务。"}
    chain = _Chain(subject_code)
    problems: dict[str, str] = {}
    for number, row in enumerate(rows):
        place = f"goals.{number}."
        problems |= rules.problems_of_goal(row, years, place=place, has_post=has_post)
        person, post = row.get("responsible"), row.get("post")
        if person and post and not queries.holds_post(person, post):
            problems[f"{place}responsible"] = "此人目前不在所选岗位上（I-2），请核对岗位与负责人。"
        problems |= chain.problems_of(row, place=place)
    return problems


class _Chain:
    """What lies above and below a subject's goals, read once for all rows of a form."""

    def __init__(self, subject_code: str) -> None:
        self.subject, self.level = organisation.subject(subject_code), queries.level_of(subject_code)
        self.above = {goal.code: goal for goal, _name in queries.offered_above(subject_code)}
        self.own = {goal.code: goal for goal in queries.goals_of(subject_code)}
        self.below = queries.below([goal.id for goal in self.own.values()])
        self.plans = queries.plan_parents()

    def problems_of(self, row: dict[str, Any], *, place: str) -> dict[str, str]:
        """Return what a row does against the chain (I-3): towards the goal above, and towards those below."""
        here = self._place(row)
        found: dict[str, str] = {}
        if code := row.get("parent"):
            upper = self.above.get(code)
            sentence = (
                rules.problem_of_parent(here, queries.place_of(upper), self.plans) if upper
                else "请从列出的上级目标中选择。"
            )  # fmt: skip
            if sentence:
                found[f"{place}parent"] = sentence
        goal = self.own.get(row.get("code") or "")
        for child in self.below.get(goal.id, []) if goal else []:
            if sentence := rules.problem_of_parent(queries.place_of(child), here, self.plans):
                found[f"{place}plan"] = f"下级目标“{child.task_zh}”由它分解而来：{sentence}"
        return found

    def _place(self, row: dict[str, Any]) -> rules.Place:
        section = organisation.unit_of_post(row["post"]) if row.get("post") else None
        in_section = self.subject.ref_type == "UNIT" and section not in (None, self.subject.unit_code)
        plan = row.get("plan") if row.get("task_type") == "A" else None
        if plan is None and (upper := self.above.get(row.get("parent") or "")):
            plan = queries.plan_in_effect(upper)
        return rules.Place(self.subject.code, self.level, in_section, plan)


def _summary(problems: dict[str, str]) -> str:
    return "目标任务还不能提交：" + next(iter(problems.values()))


def _save(
    subject_code: str, row: dict[str, Any], years: list[int], present: dict[str, Goal], above: dict[str, Goal],
    by: str | None,
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
    upper = above.get(row.get("parent") or "")
    before, goal.parent = goal.parent, upper
    goal.status, goal.entered_by, goal.entered_at = GoalStatus.SUBMITTED, by, now()
    _plan_years(goal, row, years)
    db.session.add(goal)
    if goal.confirmed_at is not None and before is not upper:
        _sum_up(before)
        _sum_up(upper)
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
    entered = select(func.count()).where(Goal.subject_code == subject_code)
    number = next_number(f"goal:{subject_code}", given_before=entered.scalar_subquery())
    return f"{subject_code}-M{number:02d}"
