"""Questions about points, indicators and the limits in force."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app import security
from app.foundation import reference
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.foundation.reference import remembered
from app.organisation import names
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Post, Subject, UnitKind
from app.organisation.teaching import Course, Programme
from app.quality.standards import rules
from app.quality.standards.models import (
    DiagnosisPoint,
    Indicator,
    IndicatorBinding,
    LimitsProposal,
    ProposalState,
    Standard,
    StandardStatus,
    StandardTemplate,
)


@remembered
def points_of(layer_code: str, *, on_internship: bool = False) -> list[DiagnosisPoint]:
    """Return the active diagnosis points of a layer, in the document's order.

    With `on_internship` those marked for it, or all while none is marked.
    """
    found = list(
        db.session.scalars(
            select(DiagnosisPoint)
            .where(DiagnosisPoint.layer_code == layer_code, DiagnosisPoint.active)
            .order_by(DiagnosisPoint.position)
        )
    )
    marked = [point for point in found if point.on_internship] if on_internship else []
    return marked or found


def indicator(code: str) -> Indicator:
    """Return the indicator. Raises `NotFound`."""
    found = reference.row(Indicator, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的指标。")
    return found


def indicators_by_code(codes: Iterable[str]) -> dict[str, Indicator]:
    """Return indicators by code. Raises `NotFound` naming one that is unknown."""
    wanted = list(codes)
    found = reference.rows(Indicator, wanted)
    for code in wanted:
        if code not in found:
            indicator(code)
    return found


def indicators_of(point_codes: Sequence[str]) -> list[Indicator]:
    """Return the active indicators of some points, by code."""
    return _indicators_of(tuple(point_codes))


@remembered
def _indicators_of(point_codes: tuple[str, ...]) -> list[Indicator]:
    return list(
        db.session.scalars(
            select(Indicator)
            .where(Indicator.point_code.in_(point_codes), Indicator.active)
            .order_by(Indicator.code)
        )
    )


@remembered
def bindings_of(subject_code: str, year: int) -> dict[str, IndicatorBinding]:
    """Return the bindings in force for a subject and year, by indicator: the highest version of each."""
    rows = db.session.scalars(
        select(IndicatorBinding)
        .where(IndicatorBinding.subject_code == subject_code, IndicatorBinding.year == year)
        .order_by(IndicatorBinding.version)
    )
    return {row.indicator_code: row for row in rows}


@remembered
def subjects_in_force(year: int) -> list[str]:
    """Return the subjects whose diagnosis logic is in force for a year, by code."""
    found = select(IndicatorBinding.subject_code).where(IndicatorBinding.year == year).distinct()
    return list(db.session.scalars(found.order_by(IndicatorBinding.subject_code)))


def binding(subject_code: str, indicator_code: str, year: int) -> IndicatorBinding | None:
    """Return the binding in force of one indicator, or None when it is not bound to the subject."""
    return db.session.scalar(
        select(IndicatorBinding)
        .where(
            IndicatorBinding.subject_code == subject_code,
            IndicatorBinding.indicator_code == indicator_code,
            IndicatorBinding.year == year,
        )
        .order_by(IndicatorBinding.version.desc())
        .limit(1)
    )


def template(key: str) -> StandardTemplate:
    """Return the template. Raises `NotFound`."""
    found = reference.row(StandardTemplate, key)
    if found is None:
        raise NotFound(f"没有标准模板“{key}”。")
    return found


# Standards.

OPEN_STATES = (StandardStatus.DRAFT, StandardStatus.SUBMITTED)


@remembered
def templates() -> list[StandardTemplate]:
    """Return the templates of Tables 2-9."""
    return list(db.session.scalars(select(StandardTemplate).order_by(StandardTemplate.table_no)))


def versions_of(code: str) -> list[Standard]:
    """Return the versions of a standard, the newest first."""
    return list(db.session.scalars(select(Standard).where(Standard.code == code).order_by(Standard.version.desc())))


def readable_versions(person_id: str, code: str) -> list[Standard]:
    """Return the versions of a standard that a person may read. Raises `NotFound` without any."""
    found = _readable(person_id, versions_of(code))
    if not found:
        raise NotFound("没有这份标准，或者您无权查看。")
    return found


def may_draft(person_id: str, owner_code: str | None) -> bool:
    """Say whether a person writes standards of an owner (3c): of his unit's posts, of his programme or course.

    Standards of a class belong to nobody: the quality office writes them.
    """
    if security.reach_of(person_id, "standards.draft").everything:
        return True
    return owner_code is not None and owner_code in draftable(person_id, [owner_code])


def draftable(person_id: str, owner_codes: Collection[str]) -> set[str]:
    """Return those owners (posts, programmes, courses) whose standards a person writes, in three statements."""
    reach = security.reach_of(person_id, "standards.draft")
    if reach.everything or not reach:
        return set(owner_codes) if reach else set()
    above = {row.code: row.parent_code for row in db.session.execute(select(OrgUnit.code, OrgUnit.parent_code))}
    posts = {
        row.code: row.unit_code
        for row in db.session.execute(select(Post.code, Post.unit_code).where(Post.code.in_(owner_codes)))
    }
    subjects = {code: {posts.get(code, code), above.get(posts.get(code, "")) or ""} for code in owner_codes}
    wanted = {each for codes in subjects.values() for each in codes}
    covered = set(db.session.scalars(select(Subject.code).where(Subject.code.in_(wanted), reach.condition(Subject.code))))
    return {code for code, codes in subjects.items() if codes & covered}


def draftable_tables(person_id: str) -> set[str]:
    """Return the tables of which a person may begin a standard: he writes for one of their owners, or for all."""
    reach = security.reach_of(person_id, "standards.draft")
    known = templates()
    if reach.everything or not reach:
        return {each.key for each in known} if reach else set()
    by_table = {each.key: [code for code, _name in owners(each.key)] for each in known}
    mine = draftable(person_id, [code for codes in by_table.values() for code in codes])
    return {key for key, codes in by_table.items() if mine.intersection(codes)}


def may_approve(person_id: str) -> bool:
    """Say whether a person approves standards: the committee (3c)."""
    return security.reach_of(person_id, "standards.approve").everything


def may_read(person_id: str, standard: Standard) -> bool:
    """Say whether a person may read a version: what counts or has counted is for everybody, the rest for its people."""
    return bool(_readable(person_id, [standard]))


def _readable(person_id: str, rows: Sequence[Standard]) -> list[Standard]:
    private = [row for row in rows if row.status in OPEN_STATES and row.drafted_by != person_id]
    if not private or oversees(person_id):
        return list(rows)
    mine = draftable(person_id, {row.owner_code for row in private if row.owner_code})
    return [row for row in rows if row not in private or row.owner_code in mine]


def oversees(person_id: str) -> bool:
    """Say whether every version is for a person to read."""
    acts = (security.reach_of(person_id, f"standards.{act}", reading=True) for act in ("draft", "approve"))
    return any(reach.everything for reach in acts)


def newest(person_id: str) -> list[Standard]:
    """Return the newest version of each standard that a person may read, by code."""
    rows = db.session.scalars(select(Standard).order_by(Standard.code, Standard.version)).all()
    return list({row.code: row for row in _readable(person_id, rows)}.values())


def twin_of(template: str, row_key: str | None, owner_code: str | None, group: str) -> Standard | None:
    """Return the newest version of the standard that stands for the same row, group or owner already."""
    rows = db.session.scalars(
        select(Standard)
        .where(Standard.template_key == template, Standard.status != StandardStatus.RETIRED)
        .order_by(Standard.version.desc())
    )
    wanted = (row_key, owner_code, group)
    return next((row for row in rows if (row.row_key, row.owner_code, str(row.values.get("group") or "")) == wanted), None)


def owners(template: str) -> list[tuple[str, str]]:
    """Return (code, name) of what a template's standards are written for; none where they are for a class."""
    if template == "OFFICE_POST":
        rows = db.session.execute(
            select(Post.code, Post.name_zh)
            .join(OrgUnit, OrgUnit.code == Post.unit_code)
            .where(OrgUnit.kind.in_([UnitKind.OFFICE, UnitKind.SECTION]))
            .order_by(Post.unit_code, Post.code)
        )
    elif kind := {"TRAINING_PLAN_EXEC": Programme, "COURSE_BASIC": Course}.get(template):
        rows = db.session.execute(select(kind.code, kind.name_zh).where(kind.active).order_by(kind.code))  # type: ignore[attr-defined]
    else:
        return []
    return [(row[0], row[1]) for row in rows]


@dataclass(frozen=True)
class Covered:
    """How many of those a table is for have an approved standard that applies, and who has none."""

    template: str
    total: int
    missing: tuple[str, ...]

    @property
    def percent(self) -> float | None:
        return round(100 * (self.total - len(self.missing)) / self.total, 1) if self.total else None


def coverage() -> dict[str, Covered]:
    """Return the coverage of each table: posts, programmes and courses with the standard that applies to them.

    Tables of rows or groups count these themselves.
    """
    approved = db.session.scalars(select(Standard).where(Standard.status == StandardStatus.APPROVED)).all()
    by_template: dict[str, list[Standard]] = {}
    for row in approved:
        by_template.setdefault(row.template_key, []).append(row)
    programmes = db.session.execute(
        select(Programme.code, Programme.name_zh, Programme.level_zh).where(Programme.active).order_by(Programme.code)
    ).all()
    forms = db.session.execute(
        select(Course.name_zh, Course.running_form_zh).where(Course.active).order_by(Course.code)
    ).all()
    found = {}
    for template in templates():
        rows = by_template.get(template.key, [])
        table = template.sections[0] if template.sections else {}
        if template.key == "PROGRAMME_CLASS":
            found[template.key] = _of_classes(template.key, rows, table, programmes)
        elif template.key == "TEACHING_OPERATION":
            names = {each["key"]: each["zh"] for each in table.get("rows", [])}
            has = {names.get(row.row_key or "") for row in rows}
            found[template.key] = _covered(template.key, ((name, form in has) for name, form in forms))
        elif wanted := owners(template.key):
            owned = {row.owner_code for row in rows}
            found[template.key] = _covered(template.key, ((name, code in owned) for code, name in wanted))
        elif "parts" in table:
            groups = {(row.row_key, row.values.get("group")) for row in rows}
            found[template.key] = _covered(template.key, (
                (group["zh"], (part["zh"], group["zh"]) in groups)
                for part in table["parts"] for group in part["groups"] if group["zh"].strip("…")
            ))  # fmt: skip
        else:
            keys = {row.row_key for row in rows}
            found[template.key] = _covered(template.key, (
                (f"{each['zh']}{each.get('level_zh', '')}", each["key"] in keys) for each in table.get("rows", [])
            ))  # fmt: skip
    return found


# Tables whose standards hold for everybody of a layer.
_OF_LAYER = {"TEACHER": 8, "STUDENT": 9}


def applying(subject: Subject) -> list[Standard]:
    """Return the approved standards by which a subject is judged, by code (R-051).

    A unit's are those of its posts; a programme's that of its class, or one
    that names it; a course's its own and that of its form of teaching; a
    teacher's and a student's those of Tables 8 and 9.
    """
    rows = db.session.scalars(select(Standard).where(Standard.status == StandardStatus.APPROVED).order_by(Standard.code)).all()
    owned = {subject.code}
    keys: set[tuple[str, str | None]] = set()
    tables: set[str] = set()
    if subject.ref_type == "UNIT":
        units = organisation.units_below(subject.unit_code)
        owned |= set(db.session.scalars(select(Post.code).where(Post.unit_code.in_(units))))
    elif (programme := db.session.get(Programme, subject.code)) is not None:
        table = template("PROGRAMME_CLASS").sections[0]
        keys.add(("PROGRAMME_CLASS", rules.row_of_class(table["rows"], programme.level_zh)))
    elif (course := db.session.get(Course, subject.code)) is not None:
        forms = template("TEACHING_OPERATION").sections[0].get("rows", [])
        keys |= {("TEACHING_OPERATION", each["key"]) for each in forms if each["zh"] == course.running_form_zh}
    if subject.layer_code in _OF_LAYER:
        tables = {each.key for each in templates() if each.table_no == _OF_LAYER[subject.layer_code]}
    return [
        row
        for row in rows
        if row.owner_code in owned
        or subject.code in (row.values.get("applies_to") or [])
        or (row.template_key, row.row_key) in keys
        or row.template_key in tables
    ]


def _of_classes(template: str, rows: Collection[Standard], table: dict[str, Any], programmes: Sequence[Any]) -> Covered:
    """A programme is covered by the standard of its class, or by one that names it."""
    keys = {row.row_key for row in rows}
    named = {code for row in rows for code in row.values.get("applies_to") or []}
    return _covered(template, (
        (f"{each.name_zh}（{each.level_zh}）", each.code in named or rules.row_of_class(table["rows"], each.level_zh) in keys)
        for each in programmes
    ))  # fmt: skip


def _covered(template: str, each: Iterable[tuple[str, bool]]) -> Covered:
    found = list(each)
    return Covered(template, len(found), tuple(name for name, has in found if not has))


def titles(standards: Iterable[Standard]) -> dict[int, str]:
    """Return what each version is called: its post, row, group or owner."""
    rows = list(standards)
    by_key = {each.key: each for each in templates()}
    known = names.anything(row.owner_code for row in rows)
    return {row.id: _title(row, by_key[row.template_key], known) for row in rows}


def _title(row: Standard, template: StandardTemplate, known: names.Names) -> str:
    table = template.sections[0] if template.sections else {}
    for each in table.get("rows", []):
        if each["key"] == row.row_key:
            return f"{each['zh']}{each.get('level_zh', '')}"
    if group := row.values.get("group"):
        return f"{group}（{rules.plain(row.row_key or '').rpartition('、')[2].rstrip('(')}）"
    return str(row.values.get("post_name") or known.get(row.owner_code or "") or row.code)


# Proposed limits.


def binding_versions(subject_code: str, year: int) -> dict[str, list[IndicatorBinding]]:
    """Return all binding versions of a subject and year by indicator, the newest first."""
    rows = db.session.scalars(
        select(IndicatorBinding)
        .where(IndicatorBinding.subject_code == subject_code, IndicatorBinding.year == year)
        .order_by(IndicatorBinding.indicator_code, IndicatorBinding.version.desc())
    )
    found: dict[str, list[IndicatorBinding]] = {}
    for row in rows:
        found.setdefault(row.indicator_code, []).append(row)
    return found


def bound_years(subject_code: str) -> list[int]:
    """Return the years for which indicators are bound to a subject, the newest first."""
    query = select(IndicatorBinding.year).where(IndicatorBinding.subject_code == subject_code).distinct()
    return sorted(db.session.scalars(query), reverse=True)


def bound_subjects(person_id: str) -> list[tuple[str, str]]:
    """Return (code, name) of the subjects in reach with bound indicators; persons' are reached from their own pages."""
    reach = security.reach_of(person_id, "goals.view", reading=True)
    rows = db.session.execute(
        select(Subject.code, Subject.name_zh)
        .where(
            reach.condition(Subject.code), Subject.ref_type != "PERSON",
            Subject.code.in_(select(IndicatorBinding.subject_code)),
        )
        .order_by(Subject.layer_code, Subject.code)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def open_proposals(subject_code: str | None = None, year: int | None = None) -> list[LimitsProposal]:
    """Return the proposals that wait for a decision, oldest first, of one subject and year if asked."""
    query = select(LimitsProposal).where(LimitsProposal.state == ProposalState.OPEN)
    if subject_code:
        query = query.where(LimitsProposal.subject_code == subject_code)
    if year:
        query = query.where(LimitsProposal.year == year)
    return list(db.session.scalars(query.order_by(LimitsProposal.id)))


def proposal(proposal_id: int) -> LimitsProposal:
    """Return the proposal. Raises `NotFound`."""
    found = db.session.get(LimitsProposal, proposal_id)
    if found is None:
        raise NotFound("没有这条阈值建议。")
    return found
