"""What the diagrams call for a rectification order."""

from typing import Any

from app.engine import Run
from app.organisation import queries as organisation
from app.quality.assessment import queries as assessments
from app.quality.assessment import service as assessment_service
from app.quality.rectification import queries, service
from app.quality.rectification.models import RectificationOrder
from app.quality.rectification.rules import CONCLUSIONS, RESULTS
from app.web.formatting import day, moment


def issue_orders(run: Run, *, assessment: int, responsible: str | None = None) -> dict[str, Any]:
    """Step `rectification.issue`: make the result final and issue its orders to the `responsible` person.

    Gives `orders`, what each starts with.
    """
    row = assessments.assessment(assessment)
    assessment_service.issue(row)
    return {"orders": [_start_of(order) for order in service.issue_orders(row, responsible=responsible)]}


def begin(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.begin`: tie the order to its procedure."""
    queries.order(order).instance_id = run.instance_id
    return {}


def show_order(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.show`: the order in words, the last report and what was said of it."""
    row = queries.order(order)
    last = queries.last_submission(order)
    return {
        "order": f"{row.no}：{row.finding.problem}",
        "requirement": row.finding.requirement,
        "target": row.finding.measurable_target,
        "deadline": moment(row.due_at),
        "planned_measures": row.planned_measures,
        "measures": last.measures if last else "",
        "result": last.result if last else "",
        "evidence": last.evidence if last else [],
        "evidence_links": _links(last.evidence) if last else "无",
        "verdict_reason": last.verdict_reason if last else "",
    }


def acknowledge(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.acknowledge`: read, with a plan of measures."""
    service.acknowledge(queries.order(order), planned_measures=form.get("planned_measures", ""))
    return {}


def submit(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.submit`: the report with its evidence."""
    assert run.person_id is not None
    service.submit(
        queries.order(order), measures=form["measures"], result=form["result"], evidence=form.get("evidence") or [],
        by=run.person_id,
    )  # fmt: skip
    return {}


def cosign(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.cosign`: the counsellor signs a student's report, or sends it back; gives `due`."""
    row = queries.order(order)
    if run.verb == "return":
        service.decline_to_sign(row)
    return {"due": service.due_of(row)}


def mark_overdue(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.mark_overdue`: the deadline has passed."""
    service.mark_overdue(queries.order(order))
    return {}


def show_extension(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.show_extension`: what more time was asked for and why."""
    row = queries.extension_of(order)
    return {
        **show_order(run, order=order),
        "workdays": row.workdays if row else None,
        "reason": row.reason if row else "",
    }


def decide_extension(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.decide_extension`: grant or refuse by the verb."""
    assert run.person_id is not None
    service.decide_extension(queries.order(order), granted=run.verb == "grant", by=run.person_id, opinion=opinion)
    return {}


def review(run: Run, *, order: str, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.review`: gives `follows` (ACCEPTED, SUBMIT, DETERMINE) and the deadline."""
    assert run.person_id is not None
    row = queries.order(order)
    follows = service.review(row, accepted=run.verb == "approve", reason=opinion, by=run.person_id)
    return {"follows": follows, "due": service.due_of(row)}


def renew_due(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.renew_due`: gives `order_due`, the deadline as it stands now."""
    return {"order_due": service.due_of(queries.order(order))}


def show_appointment(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.show_appointment`: who may verify (I-11) and what should be checked."""
    row = queries.order(order)
    people = organisation.people(queries.eligible_verifiers(row))
    return {
        **show_order(run, order=order),
        "candidates": [{"label": person.name_zh, "value": person.id} for person in people.values()],
        "place": organisation.unit(row.responsible_unit).name_zh,
        "checklist": f"核对整改目标：{row.finding.measurable_target}\n查看整改措施落实：{row.finding.requirement}",
    }


def appoint(run: Run, *, order: str, form: dict[str, Any], opinion: str, resolution: int | None = None) -> dict[str, Any]:
    """Step `rectification.appoint`: gives `verification` and `verifiers`."""
    assert run.person_id is not None
    row = service.appoint_verifiers(queries.order(order), form, by=run.person_id, resolution_id=resolution)
    return {"verification": row.id, "verifiers": row.verifiers}


def show_verification(run: Run, *, verification: int) -> dict[str, Any]:
    """Step `rectification.show_verification`: the checklist with what was found so far."""
    row = queries.verification(verification)
    return {
        **show_order(run, order=row.order_no),
        "checks": [_in_words(check) for check in row.checks],
        "photos": row.photos,
        "conclusion": row.conclusion.value if row.conclusion else None,
        "conclusion_name": CONCLUSIONS[row.conclusion] if row.conclusion else "",
        "remark": row.remark,
        "verify_on": day(row.verify_on),
        "place": row.place,
        "signed_by": "、".join(person.name_zh for person in organisation.people(row.signed).values()),
    }


def verify(run: Run, *, verification: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.verify`: gives `cosigners`, the verifiers who still have to sign."""
    assert run.person_id is not None
    return {"cosigners": service.record_verification(queries.verification(verification), form, by=run.person_id)}


def sign(run: Run, *, verification: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `rectification.sign`: agree, or disagree with the record."""
    assert run.person_id is not None
    service.sign(queries.verification(verification), agrees=run.verb != "disagree", by=run.person_id)
    return {}


def conclude(run: Run, *, order: str, verification: int) -> dict[str, Any]:
    """Step `rectification.conclude`: gives `follows` (VERIFY, CLOSE, SUPPLEMENTARY, DETERMINE) and `order_due`."""
    row = queries.order(order)
    follows = service.conclude(row, queries.verification(verification))
    return {"follows": follows, "order_due": service.due_of(row)}


def close(run: Run, *, order: str) -> dict[str, Any]:
    """Step `rectification.close`: close the order; the ledger keeps it."""
    service.close(queries.order(order))
    return {}


def _start_of(order: RectificationOrder) -> dict[str, Any]:
    subject = organisation.subject(order.subject_code)
    return {
        "no": order.no, "subject": subject.code, "subject_name": subject.name_zh, "unit": subject.unit_code,
        "layer": subject.layer_code, "due": service.due_of(order),
    }  # fmt: skip


def _in_words(check: dict[str, Any]) -> dict[str, Any]:
    measured = check.get("measured") or ""
    return {
        **check,
        "result_name": RESULTS.get(check.get("result") or "", ""),
        "measured_words": f"实测值：{measured}" if measured else "",
    }


def _links(files: list[dict[str, Any]]) -> str:
    """Return files as the links of a form's text (Markdown); a name may hold no markup."""
    named = [(str(each.get("name", "")).translate(_NO_MARKUP), each["id"]) for each in files]
    return "、".join(f"[{name}](/files/{file_id})" for name, file_id in named) or "无"


_NO_MARKUP = str.maketrans("", "", "[]()<>*_`!\\")
