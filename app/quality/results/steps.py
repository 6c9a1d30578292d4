"""What the diagrams call for a report and for the proposals that follow from it."""

from typing import Any

from app.engine import Run
from app.organisation import queries as organisation
from app.quality.results import queries, rules, service
from app.quality.results.models import AppraisalLink, CollegeReport, LinkStatus

SEVERITIES, PROGRESS = rules.GROUPS["findings"][1], rules.GROUPS["orders"][1]


def gather(run: Run, *, report: int) -> dict[str, Any]:
    """Step `results.gather`: take the figures; gives `units`, whose heads are asked for their opinion."""
    service.gather(queries.report(report))
    return {
        "units": [
            {"unit": each.unit_code, "name": each.name_zh}
            for each in organisation.subjects("COLLEGE")
            if organisation.head_of(each.unit_code)
        ]
    }


def show_report(run: Run, *, report: int) -> dict[str, Any]:
    """Step `results.show_report`: figures, chapters (first what the figures say), unresolved problems, remarks."""
    row = queries.report(report)
    shown: dict[str, Any] = {"summary": row.summary or rules.first_summary(row.figures)}
    for layer, field in service.FIELDS.items():
        figures = row.figures["layers"].get(layer, {})
        shown[field] = row.chapters.get(layer) or rules.chapter(figures, layer)
        shown[f"{field}_figures"] = rules.figure_lines(figures, layer)
    shown["unresolved"] = _unresolved(row)
    shown["remarks"] = "\n".join(f"- {unit}（{name}）：{each.text}" for each, unit, name in queries.remarks_of(row))
    return shown


def draft(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.draft`: keep the chapters."""
    assert run.person_id is not None
    service.draft(queries.report(report), form, by=run.person_id)
    return {}


def remark(run: Run, *, report: int, unit: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.remark`: consent, or an opinion."""
    assert run.person_id is not None
    service.remark(queries.report(report), unit=unit, text=opinion if run.verb == "remark" else "", by=run.person_id)
    return {}


def review(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.review`: to the committee, or back to the draft."""
    assert run.person_id is not None
    service.review(queries.report(report), form, returned=run.verb == "return", by=run.person_id)
    return {}


def approve(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.approve`: signed, or back to the draft."""
    assert run.person_id is not None
    service.approve(queries.report(report), returned=run.verb == "return", by=run.person_id)
    return {}


def publish(run: Run, *, report: int) -> dict[str, Any]:
    """Step `results.publish`: gives `appraisals`, what the procedure of proposals starts with: one, or none."""
    row = queries.report(report)
    links = service.publish(row)
    start = {"report": row.id, "title": f"{row.title}的绩效奖惩挂钩", "key": f"appraisal:{row.id}"}
    return {"appraisals": [start] if links else []}


def show_links(run: Run, *, report: int) -> dict[str, Any]:
    """Step `results.show_links`: the proposals of a report."""
    return _shown(queries.links_of(report))


def check_links(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.check_links`: personnel's corrections."""
    service.check_links(report, form.get("links", []))
    return {}


def propose_links(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.propose_links`: to the committee."""
    service.check_links(report, form.get("links", []), proposed_by=run.person_id)
    return {}


def decide_links(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.decide_links`: gives `approved`, how many are."""
    assert run.person_id is not None
    return {"approved": service.decide_links(report, form.get("links", []), by=run.person_id)}


def show_approved_links(run: Run, *, report: int) -> dict[str, Any]:
    """Step `results.show_approved_links`: what is to be carried out."""
    return _shown([each for each in queries.links_of(report) if each.status is LinkStatus.APPROVED])


def apply_links(run: Run, *, report: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `results.apply_links`: carried out."""
    assert run.person_id is not None
    service.apply_links(report, form.get("links", []), by=run.person_id)
    return {}


def _shown(links: list[AppraisalLink]) -> dict[str, Any]:
    rows = [
        {
            "link": str(each.id), "subject": each.subject_name, "grade": each.grade, "coefficient": each.coefficient,
            "text": each.reward_penalty,
        }
        for each in links
    ]  # fmt: skip
    return {"links": rows, "shown": rows}


def _unresolved(row: CollegeReport) -> str:
    """Return the list of the unresolved as its readers get it: of people only how many."""
    named, others = rules.told(row.figures["unresolved"])
    lines = [
        f"- {each['order']} {each['name']}：{rules.problem_words(each)}（{SEVERITIES[each['severity']]}，"
        f"期限{each['due']}，{PROGRESS[each['state']]}）"
        for each in named
    ]
    if others:
        lines.append(f"- 教师、学生层面另有{rules.few(others)}项".replace(rules.FEW, "不足5"))
    return "\n".join(lines) or "没有未解决的问题。"
