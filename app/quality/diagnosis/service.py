"""Open, submit and miss self-diagnoses; adjust plans; write reports."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from app.foundation.clock import now, today
from app.foundation.db import add_numbered_rows, ask, db
from app.foundation.errors import Conflict, Invalid
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.cycles.models import DiagnosisWindow
from app.quality.diagnosis import queries, rules
from app.quality.diagnosis.models import (
    Decision,
    DiagnosisEntry,
    DiagnosisStatus,
    ImprovementMeasure,
    PlanAdjustment,
    PointState,
    SelfDiagnosis,
)
from app.quality.goals import queries as goal_queries
from app.quality.goals import rules as goal_rules
from app.quality.goals import service as goals
from app.quality.goals.models import TaskType
from app.quality.monitoring import queries as monitoring_queries
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Origin
from app.quality.monitoring.service import Progress
from app.quality.standards import queries as standards

# Readings this platform works out itself, by the type of goal they look at (IQA).
COMPLETION_INDICATORS: dict[str, tuple[TaskType, ...]] = {
    "IC01": (TaskType.A, TaskType.B, TaskType.C),
    "IC02": (TaskType.A,),
    "IC03": (TaskType.C,),
}
ON_TIME_INDICATOR = "IC05"


def open_diagnosis(
    subject_code: str, *, term: str, window: int, due_at: datetime, instance_id: int
) -> int:
    """Write down that a subject owes a self-diagnosis for a window; returns its number."""
    row = {
        "subject_code": subject_code, "term_code": term, "window_no": window, "due_at": due_at,
        "instance_id": instance_id,
    }  # fmt: skip
    return add_numbered_rows(SelfDiagnosis, [row])[0]


def collect(subject_code: str, *, term: str, window: DiagnosisWindow, year: int) -> list[str]:
    """Record what the platform itself can measure for the period before a window; returns the indicators."""
    if window.first_week == 1:
        return []
    period = f"{term}-W{window.first_week - 1:02d}"
    values = _own_values(subject_code, term=term, year=year)
    bound = standards.bindings_of(subject_code, year)
    measured = {code: value for code, value in values.items() if value is not None and code in bound}
    monitoring.record_readings(subject_code, period=period, values=measured, origin=Origin.AUTO)
    return list(measured)


def evaluate(subject_code: str, *, term: str, window: DiagnosisWindow, year: int) -> int:
    """Look for missing data and lagging goals; returns how many warnings nobody was told of yet."""
    period = f"{term}-W{window.first_week:02d}"
    if window.first_week > 1:
        layer = organisation.subject(subject_code).layer_code
        asked = {point.code for point in queries.points_asked(subject_code, layer=layer)}
        weekly = [
            each.indicator
            for each in standards.bindings_of(subject_code, year).values()
            if each.indicator.frequency == "WEEKLY" and each.indicator.source not in ("IQA", "MANUAL")
            and each.indicator.point_code in asked
        ]  # fmt: skip
        before = f"{term}-W{window.first_week - 1:02d}"
        monitoring.warn_of_missing(subject_code, period=before, indicators=weekly)
    elapsed = _elapsed_percent()
    monitoring.warn_of_progress(
        subject_code, period=period,
        goals=[
            Progress(
                each.code, each.task_zh, each.percent, goal_rules.lags_behind(each.percent, elapsed_percent=elapsed)
            )
            for each in goal_queries.progress_in(subject_code, year)
            if each.percent is not None
        ],
    )  # fmt: skip
    return monitoring_queries.untold(subject_code)


def submit(
    row: SelfDiagnosis, form: dict[str, Any], *, by: str | None, on_behalf_of: str | None
) -> bool:
    """Keep what a subject says of its points. Returns whether it asks for a change of plan.

    After the deadline the record counts as LATE. Raises `Invalid` with a
    problem per place (I-7 among them), `Conflict` when the window is final.
    """
    if row.status is not DiagnosisStatus.OPEN:
        raise Conflict("这个窗口的自我诊改已经提交或已经过期。")
    subject = organisation.subject(row.subject_code)
    year = calendar.plan_years(calendar.term(row.term_code))[0]
    shown = queries.point_rows(subject.code, layer=subject.layer_code, year=year)
    levels = {each["point"]: each["level"] for each in shown}
    points = form.get("points", [])
    problems = rules.problems_of_points(
        points, wanted=levels, levels=levels, red=monitoring_queries.red_points(subject.code)
    )
    problems |= _problems_of_adjustments(form.get("adjustments", []), row.subject_code)
    if problems:
        raise Invalid("自我诊改还不能提交：" + next(iter(problems.values())), problems)
    _keep_entries(row, points, levels)
    _keep_progress(form.get("progress", []), row.subject_code, year)
    _keep_adjustments(row, form.get("adjustments", []))
    row.performer_id, row.on_behalf_of, row.submitted_at = by, on_behalf_of, now()
    row.status = DiagnosisStatus.LATE if now() > row.due_at else DiagnosisStatus.SUBMITTED
    return bool(form.get("adjustments"))


def miss(row: SelfDiagnosis) -> None:
    """The grace after the deadline has passed without a submission."""
    if row.status is DiagnosisStatus.OPEN:
        row.status = DiagnosisStatus.MISSED


def decide_adjustments(row: SelfDiagnosis, *, approved: bool, by: str | None) -> None:
    """Approve or refuse what a self-diagnosis asks to change; approved changes count at once."""
    for adjustment in queries.adjustments_of(row.id):
        adjustment.decision = Decision.APPROVED if approved else Decision.REFUSED
        adjustment.decided_by = by
        if approved:
            goals.adjust(
                adjustment.goal_id, year=adjustment.year, planned_text=adjustment.new_plan, by=by,
                reason=adjustment.reason,
            )  # fmt: skip


_OWED = (
    select(SelfDiagnosis.status, func.count())
    .where(
        SelfDiagnosis.subject_code == bindparam("subject"), SelfDiagnosis.term_code == bindparam("term"),
        SelfDiagnosis.due_at < bindparam("now"),
    )
    .group_by(SelfDiagnosis.status)
)  # fmt: skip


def _own_values(subject_code: str, *, term: str, year: int) -> dict[str, float | None]:
    active, elapsed = goal_queries.progress_in(subject_code, year), _elapsed_percent()
    values = {
        code: rules.completion_percent(
            [each.percent for each in active if each.task_type in types], elapsed_percent=elapsed
        )
        for code, types in COMPLETION_INDICATORS.items()
    }
    owed = ask(_OWED, subject=subject_code, term=term, now=now())
    counts = {row[0]: row[1] for row in owed}
    values[ON_TIME_INDICATOR] = rules.on_time_percent(
        on_time=counts.get(DiagnosisStatus.SUBMITTED, 0), owed=sum(counts.values())
    )
    return values


def _elapsed_percent() -> float:
    return 100 * today().timetuple().tm_yday / 365


def _keep_entries(row: SelfDiagnosis, points: list[dict[str, Any]], levels: dict[str, str]) -> None:
    numbers = add_numbered_rows(
        DiagnosisEntry,
        [
            {
                "diagnosis_id": row.id, "point_code": each["point"], "level": levels.get(each["point"], ""),
                "state": PointState(each["state"]), "problem": each.get("problem") or "",
                "cause": each.get("cause") or "", "achievement": each.get("achievement") or "",
            }
            for each in points
        ],
    )  # fmt: skip
    improved = [(number, each) for number, each in zip(numbers, points, strict=True) if each.get("measure")]
    db.session.add_all(
        ImprovementMeasure(
            entry_id=number, subject_code=row.subject_code, point_code=each["point"], text=each["measure"],
            responsible_id=each["measure_by"], due_on=date.fromisoformat(each["measure_due"]),
        )
        for number, each in improved
    )  # fmt: skip
    monitoring.take_into_improvement(row.subject_code, point_codes={each["point"] for _number, each in improved})


def _keep_progress(rows: list[dict[str, Any]], subject_code: str, year: int) -> None:
    said = {each["goal"]: float(each["percent"]) for each in rows if each.get("goal") and each.get("percent") is not None}
    if not said:
        return
    summed = {each.code for each in goal_queries.progress_in(subject_code, year) if each.summed}
    known = {goal.code: goal for goal in goal_queries.goals_of(subject_code) if goal.code not in summed}
    goals.report_progresses([(known[code], percent) for code, percent in said.items() if code in known], year=year)


def _problems_of_adjustments(rows: list[dict[str, Any]], subject_code: str) -> dict[str, str]:
    known = {goal.code for goal in goal_queries.goals_of(subject_code)} if rows else set()
    problems = {}
    for number, each in enumerate(rows):
        place = f"adjustments.{number}."
        if each.get("goal") not in known:
            problems[f"{place}goal"] = "请选择要调整的目标。"
        if goal_rules.quantified(each.get("new_plan") or "") is None:
            problems[f"{place}new_plan"] = "调整后的计划要有量化数值。"
        if not (each.get("reason") or "").strip():
            problems[f"{place}reason"] = "请写明调整理由。"
    return problems


def _keep_adjustments(row: SelfDiagnosis, rows: list[dict[str, Any]]) -> None:
    known = {goal.code: goal for goal in goal_queries.goals_of(row.subject_code)} if rows else {}
    year = calendar.plan_years(calendar.term(row.term_code))[0]
    for each in rows:
        goal = known[each["goal"]]
        planned = next((y.planned_text for y in goal.years if y.year == year), "")
        db.session.add(
            PlanAdjustment(
                diagnosis_id=row.id, goal_id=goal.id, year=year, old_plan=planned, new_plan=each["new_plan"].strip(),
                reason=each["reason"].strip(),
            )
        )  # fmt: skip
