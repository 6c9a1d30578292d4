"""Draft and approve standards; bind indicators to subjects; change limits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Conflict, Invalid
from app.quality.standards import queries, rules
from app.quality.standards.models import (
    IndicatorBinding,
    Standard,
    StandardStatus,
)


def draft(code: str, *, template: str, owner_code: str | None, values: dict[str, Any], by: str | None) -> Standard:
    """Write the next version of a standard. Raises `Invalid` for a heading the template does not have."""
    form = queries.template(template)
    known = rules.headings(form.head_fields, form.sections)
    unknown = {key: "模板里没有这一栏。" for key in values if key not in known}
    if unknown:
        raise Invalid("标准没有保存。", unknown)
    last = db.session.scalar(select(func.max(Standard.version)).where(Standard.code == code)) or 0
    row = Standard(
        code=code, version=last + 1, template_key=template, owner_code=owner_code, values=values, drafted_by=by
    )
    db.session.add(row)
    db.session.flush()
    return row


def approve(standard: Standard, *, by: str | None) -> None:
    """Let a drafted version count and retire the one before. Raises `Conflict`, `Invalid` with empty sections."""
    if standard.status is not StandardStatus.DRAFT:
        raise Conflict("这个版本已经审批过。")
    empty = rules.missing_headings(queries.template(standard.template_key).sections, standard.values)
    if empty:
        raise Invalid(f"标准还不完整：{'、'.join(empty)}。")
    for row in db.session.scalars(
        select(Standard).where(Standard.code == standard.code, Standard.status == StandardStatus.APPROVED)
    ):
        row.status = StandardStatus.RETIRED
    standard.status, standard.approved_by, standard.approved_at = StandardStatus.APPROVED, by, now()
    audit.record("standards.approve", f"standard:{standard.code}", person_id=by, version=standard.version)


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
