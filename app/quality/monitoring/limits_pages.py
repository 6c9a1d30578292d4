"""Doors for browsers: the limits of a subject's indicators beside what was measured (R-093.3, .5).

The limits are the standards' room's; the page is here because only here both
the limits and the readings are known.
"""

import math
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.organisation import names
from app.organisation import queries as organisation
from app.quality.goals.models import Goal
from app.quality.monitoring import queries
from app.quality.standards import queries as standards
from app.quality.standards import rules, service
from app.quality.standards.models import IndicatorBinding
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

blueprint = Blueprint("limits", __name__)


@blueprint.get("/")
def choose() -> ResponseReturnValue:
    """Go to the limits of the chosen subject: query `subject`."""
    return redirect(url_for("limits.show", subject_code=organisation.subject(request.args.get("subject", "")).code))


@blueprint.get("/<subject_code>")
def show(subject_code: str) -> ResponseReturnValue:
    """Show the limits in force of a subject's indicators: query `year`; the newest bound year without."""
    return _page(subject_code)


@blueprint.get("/<subject_code>/<indicator_code>")
def change_form(subject_code: str, indicator_code: str) -> ResponseReturnValue:
    """Show the form that changes limits, or proposes to: query `year`."""
    return _form(_binding(subject_code, indicator_code), {}, {})


@blueprint.post("/<subject_code>/<indicator_code>")
def change(subject_code: str, indicator_code: str) -> ResponseReturnValue:
    """Write the next binding version, or propose it: form fields of the limits and `reason`."""
    person_id = current_person_id()
    bound = _binding(subject_code, indicator_code)
    year = bound.year
    try:
        limits = {name: _number(name) for name in rules.LIMITS}
        with transaction():
            act = service.change_limits if _changes(subject_code, person_id) else service.propose_limits
            act(subject_code, indicator_code, year=year, limits=limits, by=person_id, reason=request.form.get("reason", "")[:300])
    except Invalid as error:
        return _form(_binding(subject_code, indicator_code), error.problems, request.form.to_dict()), 422
    except Conflict as error:
        return _form(_binding(subject_code, indicator_code), {"reason": str(error)}, request.form.to_dict()), 409
    if act is service.change_limits:
        flash(_("阈值已修改，从下一次采集起按新阈值判定；已有的判定不变。"), "ok")
    else:
        flash(_("阈值建议已提交，质管办批准后生效。"), "ok")
    return redirect(url_for("limits.show", subject_code=subject_code, year=year), 303)


@blueprint.post("/proposals/<int:proposal_id>")
def decide(proposal_id: int) -> ResponseReturnValue:
    """Decide a proposal: form fields `do` (`approve`, `refuse`) and `opinion`."""
    person_id, approve = current_person_id(), request.form.get("do") == "approve"
    with transaction():
        proposal = standards.proposal(proposal_id)
        subject_code, year = proposal.subject_code, proposal.year
        _must_see(subject_code, person_id)
        if not _decides(person_id).covers(subject_code):
            raise NotAllowed(_("阈值建议由质管办主任或质量保证委员会审批。"))
        service.decide_proposal(proposal, approve=approve, by=person_id, opinion=request.form.get("opinion", ""))
    flash(_("已批准，新阈值即日起施行。") if approve else _("已退回建议。"), "ok")
    return redirect(url_for("limits.show", subject_code=subject_code, year=year), 303)


def limit_names(direction: str) -> dict[str, str]:
    """Return what the limits of a direction are called; those it does not use are left out."""
    if direction == "RANGE":
        return {"target": _("目标下限"), "target_high": _("目标上限"), "warn_low": _("预警下限（过低）"), "warn_high": _("预警上限（过高）")}
    return {"target": _("目标值"), "standard": _("标准值"), "warn_low": _("预警下限（过低）"), "warn_high": _("预警上限（过高）")}


def _page(subject_code: str) -> str:
    person_id = current_person_id()
    _must_see(subject_code, person_id)
    subject = organisation.subject(subject_code)
    years = standards.bound_years(subject_code)
    asked = request.args.get("year", type=int)
    year = asked if asked in years else (today().year if today().year in years else next(iter(years), today().year))
    versions = standards.binding_versions(subject_code, year)
    bound = [rows[0] for _code, rows in sorted(versions.items())]
    proposals = standards.open_proposals(subject_code, year)
    people = names.people(each for rows in versions.values() for row in rows for each in [row.changed_by])
    people |= names.people(each.proposed_by for each in proposals)
    return render_template(
        "monitoring/limits.html",
        subject=subject, year=year, years=years, bound=bound, versions=versions, people=people, proposals=proposals,
        readings=_readings(subject_code, bound, person_id), goals=_goals(bound), limits=rules.LIMITS,
        limit_names=limit_names, may_change=_changes(subject_code, person_id),
        may_propose=_proposes(subject_code, person_id), may_decide=_decides(person_id).covers(subject_code),
        person_id=person_id,
    )  # fmt: skip


def _form(bound: IndicatorBinding, problems: dict[str, str], typed: dict[str, str]) -> str:
    person_id = current_person_id()
    changes = _changes(bound.subject_code, person_id)
    if not changes and not _proposes(bound.subject_code, person_id):
        raise NotAllowed(_("阈值由质管办修改，系部、专业和课程负责人可以提出建议。"))
    return render_template(
        "monitoring/limits_form.html",
        bound=bound, subject=organisation.subject(bound.subject_code), problems=problems, typed=typed,
        names=limit_names(bound.indicator.direction.value), changes=changes,
    )  # fmt: skip


def _binding(subject_code: str, indicator_code: str) -> IndicatorBinding:
    """Return the binding in force of the year asked for. Raises `NotFound`."""
    _must_see(subject_code, current_person_id())
    year = request.args.get("year", type=int) or request.form.get("year", type=int) or today().year
    found = standards.binding(subject_code, indicator_code, year)
    if found is None:
        raise NotFound(_("这项指标没有绑定到这个质量主体。"))
    return found


def _must_see(subject_code: str, person_id: str) -> None:
    """Raise `NotFound` unless the subject's goals or its indicators are the person's to see."""
    reaches = (reach_of(person_id, action, reading=True) for action in ("goals.view", "indicators.change"))
    if not any(reach.covers(subject_code) for reach in reaches):
        raise NotFound(_("没有这个质量主体，或者您无权查看。"))


def _changes(subject_code: str, person_id: str) -> bool:
    return reach_of(person_id, "indicators.change", remarks={""}).covers(subject_code)


def _proposes(subject_code: str, person_id: str) -> bool:
    return reach_of(person_id, "indicators.change", remarks={"draft", "propose"}).covers(subject_code)


def _decides(person_id: str) -> Any:
    return reach_of(person_id, "indicators.change", remarks={"", "approve"})


def _readings(subject_code: str, bound: list[IndicatorBinding], person_id: str) -> dict[str, Any]:
    """Return the newest reading of each indicator the reader may know; of sensitive points only one's own (I-14)."""
    if not reach_of(person_id, "diagnosis.read").covers(subject_code):
        return {}
    shown = [row.indicator_code for row in bound if not row.indicator.point.sensitive or person_id == subject_code]
    return queries.current(subject_code, indicator_codes=shown)


def _goals(bound: list[IndicatorBinding]) -> dict[int, Goal]:
    wanted = {row.goal_id for row in bound if row.goal_id}
    return {row.id: row for row in db.session.scalars(select(Goal).where(Goal.id.in_(wanted)))}


def _number(name: str) -> float | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e12:
        raise Invalid(_("阈值没有保存。"), {name: _("请填写数字，或者留空。")})
    return value
