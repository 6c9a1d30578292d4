"""Doors for browsers: the list of warnings, taking one up, calling one a false alarm."""

from collections import Counter
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.foundation.db import transaction
from app.foundation.errors import Invalid, NotAllowed
from app.organisation import queries as organisation
from app.quality.monitoring import queries, service
from app.quality.monitoring.models import STANDING, Level, QualityWarning, WarningStatus
from app.quality.monitoring.words import status_words
from app.security import current_person_id, permissions, reach_of, roles_held
from app.web.i18n import translated as _

blueprint = Blueprint("monitoring", __name__)

PAGE_SIZE = 50
# What the chips mean; "warnings" leaves out BLUE, which is a notice (decision 8).
LEVELS: dict[str, tuple[Level, ...]] = {
    "warnings": queries.WARNING_LEVELS,
    "RED": (Level.RED,),
    "YELLOW": (Level.YELLOW,),
    "BLUE": (Level.BLUE,),
}
STATUSES: dict[str, tuple[WarningStatus, ...]] = {
    "standing": STANDING,
    **{each.value: (each,) for each in WarningStatus},
    "all": tuple(WarningStatus),
}
WHOSE = ("all", "mine")


@dataclass(frozen=True)
class Filter:
    """What the reader asked for; `arguments` are those of the address. `whose` is all, mine, or empty: not said."""

    level: str
    status: str
    unit: str
    whose: str

    @property
    def arguments(self) -> dict[str, Any]:
        asked = {"level": self.level, "status": self.status, "unit": self.unit, "whose": self.whose}
        return {name: value for name, value in asked.items() if value not in ("warnings", "standing", "")}


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List warnings, worst first: query `level`, `status`, `unit`, `whose` (all, mine), `page`.

    Unless they say otherwise, people who do not oversee others first see what they answer for, when there is any.
    """
    return _page()


@blueprint.post("/<int:warning_id>/acknowledge")
def acknowledge(warning_id: int) -> ResponseReturnValue:
    """Take a warning up."""
    person_id = current_person_id()
    with transaction():
        service.acknowledge(_mine_to_act_on(warning_id, person_id), by=person_id)
    flash(_("预警已确认。"), "ok")
    return _back()


@blueprint.post("/<int:warning_id>/false-alarm")
def false_alarm(warning_id: int) -> ResponseReturnValue:
    """Close a warning that rests on wrong data: form field `reason`. Those who were told hear of the end."""
    person_id = current_person_id()
    reason = request.form.get("reason", "")
    try:
        with transaction():
            service.call_false_alarm(_mine_to_act_on(warning_id, person_id), by=person_id, reason=reason)
    except Invalid as error:
        return _page(problem=(warning_id, error.problems.get("reason", str(error)))), 422
    flash(_("已记为误报，并通知了收到这条预警的人。"), "ok")
    return _back()


def _mine_to_act_on(warning_id: int, person_id: str) -> QualityWarning:
    """Return the warning. Raises `NotFound` when it is not visible, `NotAllowed` when it is only visible."""
    found = queries.visible_warning(person_id, warning_id)
    if not reach_of(person_id, "warnings.acknowledge").covers(found.subject_code):
        raise NotAllowed(_("您可以看到这条预警，但它由质量主体、其部门负责人或质管办确认。"))
    return found


def _page(problem: tuple[int, str] | None = None) -> str:
    person_id, chosen = current_person_id(), _filter()
    page = max(request.args.get("page", 1, type=int), 1)
    of_unit = queries.visible_warnings(person_id)
    if chosen.unit:
        of_unit = of_unit.where(QualityWarning.subject_code.in_(queries.of_unit(chosen.unit)))
    mine = of_unit.where(QualityWarning.subject_code.in_(organisation.answers_for(person_id)))
    counts, own = queries.counted(of_unit), queries.counted(mine)
    has_others = own != counts
    whose_counts = {name: _count(each, chosen.level, chosen.status) for name, each in (("all", counts), ("mine", own))}
    if not chosen.whose and has_others and whose_counts["mine"] and not _oversees(person_id):
        chosen = replace(chosen, whose="mine")
    if chosen.whose == "mine":
        of_unit, counts = mine, own
    total = _count(counts, chosen.level, chosen.status)
    offset = (page - 1) * PAGE_SIZE
    return render_template(
        "monitoring/warnings.html",
        chosen=chosen, problem=problem, total=total, page=page, pages=ceil(total / PAGE_SIZE),
        lines=queries.lines(person_id, _chosen(of_unit, chosen), limit=PAGE_SIZE, offset=offset),
        whose_counts=whose_counts if (own and has_others) or chosen.whose else {},
        units=queries.units_with_warnings(person_id),
        level_counts={level: _count(counts, level, chosen.status) for level in LEVELS},
        status_counts={status: _count(counts, chosen.level, status) for status in STATUSES},
        status_names=_status_names(),
        status_words=status_words(),
    )  # fmt: skip


def _oversees(person_id: str) -> bool:
    return any(role in permissions.OVERSEERS for role, _scope in roles_held(person_id))


def _status_names() -> dict[str, str]:
    """Return what each filter of status is called."""
    named = {status.value: words for status, (words, _tone) in status_words().items()}
    return {"standing": _("未解除"), **named, "all": _("全部")}


def _chosen(query: Select[QualityWarning], chosen: Filter) -> Select[QualityWarning]:
    return query.where(
        QualityWarning.level.in_(LEVELS[chosen.level]), QualityWarning.status.in_(STATUSES[chosen.status])
    )


def _count(counts: dict[tuple[Level, WarningStatus], int], level: str, status: str) -> int:
    found: Counter[Any] = Counter(counts)
    return sum(found[each, other] for each in LEVELS[level] for other in STATUSES[status])


def _filter() -> Filter:
    level, status, whose = (request.args.get(name, "") for name in ("level", "status", "whose"))
    return Filter(
        level=level if level in LEVELS else "warnings",
        status=status if status in STATUSES else "standing",
        unit=request.args.get("unit", ""),
        whose=whose if whose in WHOSE else "",
    )


def _back() -> ResponseReturnValue:
    return redirect(url_for("monitoring.listed", **_filter().arguments), 303)
