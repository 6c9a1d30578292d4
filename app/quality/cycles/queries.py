"""Questions about launches, for the page on which the quality office starts a term."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select

from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation.calendar import Term
from app.organisation.models import Layer, OrgUnit, Subject, UnitKind
from app.organisation.teaching import Programme
from app.quality.cycles.models import NOT_STARTED_WITH, CohortLaunch, Doubt, LaunchItem

LATEST = 30


@dataclass(frozen=True)
class Figures:
    """How far a launch is: subjects in all, with everything looked up, dealt with, started; and by doubt."""

    total: int
    resolved: int
    settled: int
    started: int
    doubts: dict[Doubt, int]
    startable: int


@dataclass(frozen=True)
class Line:
    """A subject of a launch with the people each step resolves to, by name; None where only the run will tell."""

    item: LaunchItem
    name: str
    unit_name: str
    steps: dict[str, list[str] | None]
    doubts: list[Doubt]


def launch(launch_id: int) -> CohortLaunch:
    """Return a launch. Raises `NotFound`."""
    found = db.session.get(CohortLaunch, launch_id)
    if found is None:
        raise NotFound("没有这次启动，或者预览已过期，请重新预览。")
    return found


def latest() -> list[tuple[CohortLaunch, str, str, str | None, int, int]]:
    """Return the latest launches: row, term, layer, scope's name, subjects, started."""
    count, started = func.count(), func.count(LaunchItem.instance_id)
    items = select(LaunchItem.launch_id, count.label("total"), started.label("started")).group_by(LaunchItem.launch_id)
    counted = items.subquery()
    scope_name = func.coalesce(OrgUnit.name_zh, Programme.name_zh)
    rows = db.session.execute(
        select(CohortLaunch, Term.name_zh, Layer.name_zh, scope_name, counted.c.total, counted.c.started)
        .join(Term, Term.code == CohortLaunch.term_code)
        .join(Layer, Layer.code == CohortLaunch.layer_code)
        .join(counted, counted.c.launch_id == CohortLaunch.id)
        .outerjoin(OrgUnit, OrgUnit.code == CohortLaunch.scope)
        .outerjoin(Programme, Programme.code == CohortLaunch.scope)
        .order_by(CohortLaunch.id.desc())
        .limit(LATEST)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def figures(launch_id: int) -> Figures:
    """Return how far a launch is."""
    rows = db.session.execute(
        select(
            cast(LaunchItem.doubts, String), LaunchItem.resolved, LaunchItem.settled,
            LaunchItem.instance_id.is_not(None), func.count(),
        )
        .where(LaunchItem.launch_id == launch_id)
        .group_by(cast(LaunchItem.doubts, String), LaunchItem.resolved, LaunchItem.settled, LaunchItem.instance_id.is_not(None))
    )  # fmt: skip
    total = resolved = settled = started = startable = 0
    doubts: Counter[Doubt] = Counter()
    for words, is_resolved, is_settled, is_started, count in rows:
        total += count
        resolved += count * bool(is_resolved)
        settled += count * bool(is_settled)
        started += count * bool(is_started)
        found = {doubt for doubt in Doubt if f'"{doubt.value}"' in words}
        startable += 0 if found & NOT_STARTED_WITH else count
        for doubt in found:
            doubts[doubt] += count
    return Figures(total, resolved, settled, started, dict(doubts), startable)


def lines(launch_id: int, *, doubt: Doubt | None, limit: int, offset: int) -> list[Line]:
    """Return a page of a launch's subjects, those with doubts first."""
    rows = db.session.execute(
        select(LaunchItem, Subject.name_zh, OrgUnit.name_zh)
        .join(Subject, Subject.code == LaunchItem.subject_code)
        .join(OrgUnit, OrgUnit.code == Subject.unit_code)
        .where(LaunchItem.launch_id == launch_id, *_with(doubt))
        .order_by(func.length(cast(LaunchItem.doubts, String)).desc(), LaunchItem.subject_code)
        .limit(limit)
        .offset(offset)
    ).all()
    named = {
        person for item, *_ in rows for step in item.performers.values() for person in step["people"] or ()
    }
    people = organisation.people(sorted(named))
    return [
        Line(item, name, unit, _steps(item, people), [Doubt(each) for each in item.doubts])
        for item, name, unit in rows
    ]


def step_names(launch_id: int) -> dict[str, str]:
    """Return the steps a launch resolves: node to name, in the diagram's order."""
    found = db.session.scalar(
        select(LaunchItem.performers).where(LaunchItem.launch_id == launch_id, LaunchItem.resolved.is_(True)).limit(1)
    )
    return {node: step["name"] for node, step in (found or {}).items()}


def terms_ahead() -> list[Term]:
    """Return the present term and those to come."""
    return list(db.session.scalars(select(Term).where(Term.end_on >= today()).order_by(Term.start_on)))


def layers() -> list[Layer]:
    """Return the layers in their order."""
    return list(db.session.scalars(select(Layer).order_by(Layer.position)))


def scopes() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what a launch may be narrowed to, in groups of (code, name): offices, departments, programmes."""
    units = db.session.execute(
        select(OrgUnit.code, OrgUnit.name_zh, OrgUnit.kind)
        .where(OrgUnit.kind.in_([UnitKind.OFFICE, UnitKind.DEPARTMENT]))
        .order_by(OrgUnit.code)
    ).all()
    programmes = db.session.execute(
        select(Programme.code, Programme.name_zh).where(Programme.active).order_by(Programme.code)
    )
    return [
        ("教学系部", [(row.code, row.name_zh) for row in units if row.kind is UnitKind.DEPARTMENT]),
        ("行政处室", [(row.code, row.name_zh) for row in units if row.kind is UnitKind.OFFICE]),
        ("专业", [(row.code, row.name_zh) for row in programmes]),
    ]


def scope_name(code: str) -> str:
    """Return what a launch's scope is called; empty for the whole layer."""
    if not code:
        return ""
    programme = db.session.get(Programme, code)
    return programme.name_zh if programme else organisation.unit(code).name_zh


def _with(doubt: Doubt | None) -> list[ColumnElement[bool]]:
    return [] if doubt is None else [cast(LaunchItem.doubts, String).like(f'%"{doubt.value}"%')]


def _steps(item: LaunchItem, people: dict[str, Any]) -> dict[str, list[str] | None]:
    return {
        node: None if step["people"] is None else [people[each].name_zh for each in step["people"] if each in people]
        for node, step in item.performers.items()
    }
