"""Draft, submit and approve standards; bind indicators to subjects; change limits, or propose to."""

from collections.abc import Mapping
from typing import Any

from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.quality.standards import queries, rules
from app.quality.standards.models import (
    IndicatorBinding,
    LimitsProposal,
    ProposalState,
    Standard,
    StandardStatus,
)


def draft(
    code: str, *, template: str, owner_code: str | None, values: dict[str, Any], by: str | None,
    row_key: str | None = None, reason: str = "",
) -> Standard:  # fmt: skip
    """Write the next version of a standard.

    Raises `Invalid` for a heading the template does not have, `Conflict` while
    the version before is not decided.
    """
    _refuse_unknown(template, values)
    versions = queries.versions_of(code)
    if versions and versions[0].status in (StandardStatus.DRAFT, StandardStatus.SUBMITTED):
        raise Conflict(f"“{code}”第{versions[0].version}版还没有批准，请先完成它。")
    row = Standard(
        code=code, version=versions[0].version + 1 if versions else 1, template_key=template, row_key=row_key,
        owner_code=owner_code, values=values, drafted_by=by, reason=reason,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("standards.draft", f"standard:{code}", person_id=by, version=row.version, reason=reason)
    return row


def write(standard: Standard, *, values: dict[str, Any], by: str) -> None:
    """Change a draft. Raises `Conflict` for any other version, `Invalid` for a heading the template does not have."""
    if standard.status is not StandardStatus.DRAFT:
        raise Conflict("这个版本已经提交或批准，不能修改；请起草新版本。")
    _refuse_unknown(standard.template_key, values)
    if values != standard.values:
        audit.record("standards.write", f"standard:{standard.code}", person_id=by, version=standard.version,
                     before=standard.values, after=values)  # fmt: skip
    standard.values, standard.drafted_by, standard.drafted_at = values, by, now()


def submit(standard: Standard, *, by: str | None) -> None:
    """Put a draft before the committee. Raises `Conflict`, and `Invalid` naming the headings that are empty."""
    if standard.status is not StandardStatus.DRAFT:
        raise Conflict("这个版本已经提交或批准。")
    template = queries.template(standard.template_key)
    empty = rules.missing_headings(template.sections, standard.values, row_key=standard.row_key)
    if empty:
        raise Invalid(f"标准还不完整：{'、'.join(empty)}。", dict.fromkeys(empty, "必填。"))
    standard.status, standard.opinion = StandardStatus.SUBMITTED, ""
    audit.record("standards.submit", f"standard:{standard.code}", person_id=by, version=standard.version)


def give_back(standard: Standard, *, by: str, opinion: str) -> None:
    """Let a submitted version be a draft again. Raises `Conflict`, `Invalid` without an opinion."""
    if standard.status is not StandardStatus.SUBMITTED:
        raise Conflict("这个版本没有在等待批准。")
    if not opinion.strip():
        raise Invalid("标准没有退回。", {"opinion": "请写明退回的理由。"})
    standard.status, standard.opinion = StandardStatus.DRAFT, opinion.strip()[:300]
    audit.record("standards.return", f"standard:{standard.code}", person_id=by, version=standard.version, opinion=opinion)


def approve(standard: Standard, *, by: str | None) -> None:
    """Let a submitted version count and retire the one before.

    Raises `Conflict` for any other version, `NotAllowed` to whoever wrote it.
    """
    if standard.status is not StandardStatus.SUBMITTED:
        raise Conflict("这个版本没有提交，或者已经审批过。")
    if by is not None and by == standard.drafted_by:
        raise NotAllowed("自己起草的标准由委员会的其他成员批准。")
    for row in queries.versions_of(standard.code):
        if row.status is StandardStatus.APPROVED:
            row.status = StandardStatus.RETIRED
    standard.status, standard.approved_by, standard.approved_at = StandardStatus.APPROVED, by, now()
    audit.record("standards.approve", f"standard:{standard.code}", person_id=by, version=standard.version)


def retire(standard: Standard, *, by: str, reason: str) -> None:
    """Let an approved standard count no longer. Raises `Conflict`, `Invalid` without a reason."""
    if standard.status is not StandardStatus.APPROVED:
        raise Conflict("只有已批准的标准可以废止。")
    if not reason.strip():
        raise Invalid("标准没有废止。", {"opinion": "请写明废止的理由。"})
    standard.status, standard.opinion = StandardStatus.RETIRED, reason.strip()[:300]
    audit.record("standards.retire", f"standard:{standard.code}", person_id=by, version=standard.version, reason=reason)


def _refuse_unknown(template: str, values: Mapping[str, Any]) -> None:
    form = queries.template(template)
    known = rules.headings(form.head_fields, form.sections)
    unknown = {key: "模板里没有这一栏。" for key in values if key not in known}
    if unknown:
        raise Invalid("标准没有保存。", unknown)


def bind(
    subject_code: str, *, layer_code: str, year: int, goals: Mapping[str, int], by: str | None
) -> list[IndicatorBinding]:
    """Bind every indicator of every point of the layer to a subject for a year: its diagnosis logic (R-132).

    `goals` maps indicator codes to the goals that name them. What is bound
    already stays. Raises `Invalid` naming each point without an indicator; then
    nothing is bound (scenario 4).
    """
    points = queries.points_of(layer_code)
    indicators = queries.indicators_of([point.code for point in points])
    covered = {indicator.point_code for indicator in indicators}
    bare = [point for point in points if point.code not in covered]
    if bare:
        raise Invalid(
            "诊断逻辑不能启用，以下诊断点没有指标：" + "、".join(f"{p.code} {p.name_zh}" for p in bare) + "。",
            {point.code: f"“{point.name_zh}”没有指标，请先配置。" for point in bare},
        )
    present = queries.bindings_of(subject_code, year)
    rows = [
        IndicatorBinding(
            subject_code=subject_code, indicator_code=each.code, year=year, goal_id=goals.get(each.code),
            changed_by=by, reason="诊断逻辑启用", **{name: getattr(each, name) for name in rules.LIMITS},
        )
        for each in indicators
        if each.code not in present
    ]  # fmt: skip
    db.session.add_all(rows)
    db.session.flush()
    return rows


def change_limits(
    subject_code: str, indicator_code: str, *, year: int, limits: dict[str, float | None], by: str, reason: str
) -> IndicatorBinding:
    """Write a new binding version with other limits (I-5): past levels stay as they were decided.

    Raises `Invalid` without a reason and for limits that contradict I-4.
    """
    if not reason.strip():
        raise Invalid("修改阈值必须写明理由。", {"reason": "必填。"})
    before = queries.binding(subject_code, indicator_code, year)
    indicator = queries.indicator(indicator_code)
    base = before or indicator
    row = IndicatorBinding(
        subject_code=subject_code, indicator_code=indicator_code, year=year,
        version=before.version + 1 if before else 1, goal_id=before.goal_id if before else None,
        changed_by=by, reason=reason.strip(),
        **{name: limits.get(name, getattr(base, name)) for name in rules.LIMITS},
    )  # fmt: skip
    problems = rules.problems_of_limits(indicator.direction, row)
    if problems:
        raise Invalid("阈值没有保存。", problems)
    db.session.add(row)
    db.session.flush()
    audit.record(
        "standards.change_limits", f"subject:{subject_code}", person_id=by, indicator=indicator_code, year=year,
        before={name: getattr(base, name) for name in rules.LIMITS},
        after={name: getattr(row, name) for name in rules.LIMITS}, reason=reason,
    )  # fmt: skip
    return row


def propose_limits(
    subject_code: str, indicator_code: str, *, year: int, limits: Mapping[str, float | None], by: str, reason: str
) -> LimitsProposal:
    """Wish for other limits; they count once approved (3c: departments and leaders propose).

    Raises `Invalid` without a reason and for limits that contradict I-4,
    `Conflict` while another proposal for the indicator waits.
    """
    if not reason.strip():
        raise Invalid("修改阈值必须写明理由。", {"reason": "必填。"})
    before = queries.binding(subject_code, indicator_code, year)
    if before is None:
        raise NotFound("这项指标没有绑定到这个质量主体。")
    waiting = queries.open_proposals(subject_code, year)
    if any(each.indicator_code == indicator_code for each in waiting):
        raise Conflict("这项指标已有一条阈值建议在等待质管办审批。")
    row = LimitsProposal(
        subject_code=subject_code, indicator_code=indicator_code, year=year, of_version=before.version,
        reason=reason.strip(), proposed_by=by, **{name: limits.get(name) for name in rules.LIMITS},
    )  # fmt: skip
    problems = rules.problems_of_limits(before.indicator.direction, row)
    if problems:
        raise Invalid("阈值建议没有提交。", problems)
    db.session.add(row)
    db.session.flush()
    audit.record("standards.propose_limits", f"subject:{subject_code}", person_id=by, indicator=indicator_code, year=year,
                 after={name: getattr(row, name) for name in rules.LIMITS}, reason=reason)  # fmt: skip
    return row


def decide_proposal(proposal: LimitsProposal, *, approve: bool, by: str, opinion: str = "") -> None:
    """Make proposed limits the next binding version, or refuse them with an opinion.

    Raises `Conflict` when it was decided already or the limits have changed
    since, `NotAllowed` to whoever proposed it, `Invalid` for a refusal without an opinion.
    """
    if proposal.state is not ProposalState.OPEN:
        raise Conflict("这条建议已经有了决定。")
    if by == proposal.proposed_by:
        raise NotAllowed("自己提出的阈值建议由他人审批。")
    if approve:
        before = queries.binding(proposal.subject_code, proposal.indicator_code, proposal.year)
        if before is not None and before.version != proposal.of_version:
            raise Conflict("建议提出后阈值已经修改过，请退回并请对方重新提出。")
        change_limits(
            proposal.subject_code, proposal.indicator_code, year=proposal.year, by=by,
            limits={name: getattr(proposal, name) for name in rules.LIMITS}, reason=proposal.reason,
        )  # fmt: skip
    elif not opinion.strip():
        raise Invalid("建议没有退回。", {"opinion": "请写明不同意的理由。"})
    proposal.state = ProposalState.APPROVED if approve else ProposalState.REFUSED
    proposal.decided_by, proposal.decided_at, proposal.opinion = by, now(), opinion.strip()[:300]
    audit.record("standards.decide_proposal", f"subject:{proposal.subject_code}", person_id=by, proposal=proposal.id,
                 state=proposal.state.value, opinion=opinion)  # fmt: skip
