"""What the diagrams call for a window's self-diagnosis and for the semester report."""

from datetime import datetime
from typing import Any

from app.engine import Run
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.cycles.models import DiagnosisWindow
from app.quality.cycles.windows import windows_of
from app.quality.diagnosis import queries, reports, service
from app.quality.diagnosis.models import ReportLevel, ReportStatus
from app.quality.goals import queries as goals
from app.web.formatting import level_look


def collect(
    run: Run, *, subject: str, term: str, window: int, due: dict[str, Any], frequency: str | None = None
) -> dict[str, Any]:
    """Step `diagnosis.collect`: open the record and measure what the platform can; gives `diagnosis`."""
    number = service.open_diagnosis(
        subject, term=term, window=int(window), due_at=datetime.fromisoformat(due["at"]), instance_id=run.instance_id
    )
    service.collect(subject, term=term, window=_window(term, frequency, window), year=_year(term))
    return {"diagnosis": number}


def evaluate(
    run: Run, *, subject: str, term: str, window: int, frequency: str | None = None
) -> dict[str, Any]:
    """Step `diagnosis.evaluate`: missing data, lagging goals; gives `new_warnings`."""
    count = service.evaluate(subject, term=term, window=_window(term, frequency, window), year=_year(term))
    return {"new_warnings": count}


def show_points(run: Run, *, subject: str, term: str) -> dict[str, Any]:
    """Step `diagnosis.show`: each point with its level and readings; points without trouble are pre-answered."""
    found = organisation.subject(subject)
    rows = queries.point_rows(subject, layer=found.layer_code, year=_year(term))
    responsible = next(iter(organisation.responsible_for(subject)), None)
    known = goals.progress_in(subject, _year(term))
    return {
        "points": [{**_as_form_row(row), "measure_by": responsible} for row in rows],
        "progress": [
            {"goal": each.code, "name": each.task_zh, "percent": each.percent} for each in known if not each.summed
        ],
        "adjustments": [],
        "goals": [{"label": each.task_zh, "value": each.code} for each in known],
        "people": goals.people_offered(subject),
    }


def submit(run: Run, *, diagnosis: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `diagnosis.submit`: keep the form; gives `plan_change`."""
    row = queries.diagnosis(diagnosis)
    asked = service.submit(row, form, by=run.person_id, on_behalf_of=run.on_behalf_of)
    return {"plan_change": asked}


def miss(run: Run, *, diagnosis: int) -> dict[str, Any]:
    """Step `diagnosis.miss`: the grace has passed."""
    service.miss(queries.diagnosis(diagnosis))
    return {}


def show_adjustments(run: Run, *, diagnosis: int) -> dict[str, Any]:
    """Step `diagnosis.show_adjustments`: the changes of plan asked for."""
    known = {goal.id: goal.task_zh for goal in goals.goals_of(queries.diagnosis(diagnosis).subject_code)}
    return {
        "adjustments": [
            {
                "goal": known.get(each.goal_id, ""), "year": str(each.year), "old_plan": each.old_plan,
                "new_plan": each.new_plan, "reason": each.reason,
            }
            for each in queries.adjustments_of(diagnosis)
        ]
    }  # fmt: skip


def decide_adjustments(run: Run, *, diagnosis: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `diagnosis.decide_adjustments`: approve or refuse by the verb."""
    service.decide_adjustments(queries.diagnosis(diagnosis), approved=run.verb == "approve", by=run.person_id)
    return {}


def show_report(
    run: Run, *, subject: str, term: str, level: str | None = None, part: str = "", stage: str = ""
) -> dict[str, Any]:
    """Step `diagnosis.show_report`: the figures of the term, and the text written so far."""
    at = ReportLevel(level) if level else None
    row = reports.report(subject, term=term, level=at, part=part)
    figures = reports.figures(subject, term=term, year=_year(term), level=at, part=part)
    written = (
        {"text": row.text, "problems": row.problems, "measures": row.measures, "next_goals": row.next_goals}
        if row
        else {}
    )
    return {"figures": _figures_in_words(figures), **written}


def write_report(
    run: Run, *, subject: str, term: str, form: dict[str, Any], opinion: str, level: str = "UNIT", part: str = "",
    stage: str = "",
) -> dict[str, Any]:
    """Step `diagnosis.write_report`: keep the report of a level (UNIT, SECTION, PROGRAMME, ...); gives `report`."""
    row = reports.write(
        subject, term=term, form=form, by=run.person_id, level=ReportLevel(level), part=part, instance_id=run.instance_id
    )
    return {"report": row.id}


def decide_report(
    run: Run, *, subject: str, term: str, stage: str, form: dict[str, Any], opinion: str, level: str | None = None,
    part: str = "",
) -> dict[str, Any]:
    """Step `diagnosis.decide_report`: `stage` is approve or accept; a return sends it back to its writer."""
    granted = {"approve": ReportStatus.APPROVED, "accept": ReportStatus.ACCEPTED}[stage]
    status = ReportStatus.RETURNED if run.verb == "return" else granted
    reports.move(subject, term=term, status=status, level=ReportLevel(level) if level else None, part=part)
    return {}


def _window(term: str, frequency: str | None, number: int) -> DiagnosisWindow:
    # An instance on a version of before all layers passes no frequency: it is an office's, week by week.
    return next(row for row in windows_of(frequency or "WEEKLY", term) if row.no == int(number))


def _year(term: str) -> int:
    return calendar.plan_years(calendar.term(term))[0]


def _as_form_row(row: dict[str, Any]) -> dict[str, Any]:
    look = level_look(row["level"] or None)
    calm = row["level"] in ("", "GREEN", "BLUE")
    return {
        "point": row["point"], "name": row["name"], "level": f"{look.mark} {look.chinese}",
        "reading": row["reading"], "open_measure": row["open_measure"],
        "state": "UNCHANGED" if calm else None,
    }  # fmt: skip


def _figures_in_words(figures: dict[str, Any]) -> str:
    said = [f"目标任务 {figures['goals']} 项，平均进度 {_percent(figures['progress_percent'])}"]
    if "submitted" in figures:
        said.append(f"自我诊改按时 {figures['submitted']} 次，逾期 {figures['late']} 次，缺失 {figures['missed']} 次")
        said.append(f"未解除预警：黄色 {figures['standing_yellow']} 条，红色 {figures['standing_red']} 条")
    else:
        said.append(f"办结任务 {figures['tasks_done']} 项，其中逾期 {figures['tasks_late']} 项")
        said.append(f"改进措施完成 {figures['measures_done']} 项，进行中 {figures['measures_open']} 项")
    below = figures["below"]
    text = "；".join(said) + "。"
    if not below:
        return text
    counts = "，".join(f"{reports.LEVEL_NAMES[level]} {count} 份" for level, count in below["written"].items()) or "还没有"
    text += (
        f"\n\n下级报告：{counts}，已审核 {below['approved']} 份；平均进度 {_percent(below['progress_percent'])}；"
        f"自我诊改按时 {below['submitted']} 次，逾期 {below['late']} 次，缺失 {below['missed']} 次。"
    )
    return text + "".join(f"\n\n- {each['name']}：{each['text']}" for each in below["problems"])


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:g}%"
