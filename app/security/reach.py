"""How far a person goes with an action: which quality subjects it covers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, false, or_, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute

from app.foundation import reference
from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.reference import remembered
from app.organisation import queries as organisation
from app.organisation.models import Assignment, OrgUnit, Post, RoleGrant, Subject
from app.organisation.teaching import ProgrammeCourse, StudentProfile
from app.security.permissions import Cell, cell
from app.security.rules import PERSON_LAYERS, Area, SubjectFacts, area_covers, below, expanded_units, scope_codes


@dataclass(frozen=True)
class Reach:
    """The areas of all the person's roles together. Empty: nothing at all."""

    areas: tuple[Area, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether no subject lies outside."""
        return any(area.everything and not area.without for area in self.areas)

    def __bool__(self) -> bool:
        return bool(self.areas)

    def condition(self, subject_column: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
        """Return a condition on a column that holds a subject's code.

        Things without a subject (the college's report, a meeting) belong to
        whoever reaches the whole college.
        """
        if self.everything:
            return true()
        if not self.areas:
            return false()
        covered = subject_column.in_(select(Subject.code).where(or_(*map(_condition, self.areas))))
        college_wide = any(area.everything for area in self.areas)
        return or_(covered, subject_column.is_(None)) if college_wide else covered

    def covers(self, subject_code: str) -> bool:
        """Say whether one subject is reached. Raises `NotFound` for an unknown one."""
        found = organisation.subject(subject_code)
        profile = reference.row(StudentProfile, found.code)
        facts = SubjectFacts(
            code=found.code, layer=found.layer_code, unit=found.unit_code, responsible=found.responsible_id,
            counsellor=profile.counsellor_id if profile else None,
        )  # fmt: skip
        return any(area_covers(area, facts) for area in self.areas)


def reach_of(
    person_id: str, action: str, *, reading: bool = False, remarks: Collection[str] | None = None
) -> Reach:
    """Return how far the person goes with an action of the permission table today.

    With `reading`, cells that only allow to read (`r`) count too. With
    `remarks`, only cells with one of them count: `{""}` are those that let the
    person do it outright, `{"propose"}` those that let him wish for it.
    """
    parents: dict[str, str | None] = _parents()
    areas: dict[Area, None] = {}
    for role, scope in roles_held(person_id):
        found = cell(action, role)
        if remarks is not None and found.remark not in remarks:
            continue
        for area in _areas(found, scope, person_id=person_id, parents=parents, reading=reading):
            areas[area] = None
    return Reach(tuple(areas))


def roles_held(person_id: str) -> list[tuple[str, str]]:
    """Return (role, scope) by grant and by post: the head of a unit has the head's role there."""
    return _roles_held(person_id, today())


@remembered
def _roles_held(person_id: str, on: date) -> list[tuple[str, str]]:
    granted = select(RoleGrant.role, RoleGrant.scope).where(
        RoleGrant.person_id == person_id,
        RoleGrant.from_on <= on,
        or_(RoleGrant.to_on.is_(None), RoleGrant.to_on >= on),
    )
    by_post = (
        select(Post.level, Post.unit_code)
        .join(Assignment, Assignment.post_code == Post.code)
        .where(
            Assignment.person_id == person_id,
            organisation.holds_on(on),
            Post.level.in_(organisation.HEAD_LEVELS),
        )
    )
    rows = db.session.execute(union_all(granted, by_post))
    return list(dict.fromkeys((row[0], row[1]) for row in rows))


@remembered
def _parents() -> dict[str, str | None]:
    return {row.code: row.parent_code for row in db.session.execute(select(OrgUnit.code, OrgUnit.parent_code))}


def _areas(
    found: Cell, scope: str, *, person_id: str, parents: dict[str, str | None], reading: bool
) -> list[Area]:
    without = PERSON_LAYERS if found.without_persons else frozenset()
    match found.letter:
        case "A":
            return [Area(everything=True, without=without)]
        case "r":
            return [Area(everything=True)] if reading else []
        case "U" if scope == "ALL":  # a role held everywhere: what is still only for one's own unit stays there
            own = organisation.unit_of(person_id)
            return [Area(units=below([organisation.root_unit(own)], parents))] if own else []
        case "L" | "U" | "S" | "D":
            return [Area(units=expanded_units(scope, parents), without=without)]
        case "C":
            of_units = Area(units=expanded_units(scope, parents), only=frozenset({"STUDENT"}))
            return [of_units, Area(counsellor=person_id)]
        case "P":
            return [Area(subjects=frozenset(scope_codes(scope)) | _courses_of(scope))]
        case "K":
            return [Area(subjects=frozenset(scope_codes(scope)))]
        case "X":
            return [Area(person=person_id)]
    return []


@remembered
def _courses_of(scope: str) -> frozenset[str]:
    """Return the courses of the programmes a grant names."""
    rows = select(ProgrammeCourse.course_code).where(ProgrammeCourse.programme_code.in_(scope_codes(scope)))
    return frozenset(db.session.scalars(rows))


def _named_by(pattern: str) -> ColumnElement[bool]:
    if "*" not in pattern:
        return Subject.code == pattern
    literal = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Subject.code.like(literal.replace("*", "%"), escape="\\")


def _condition(area: Area) -> ColumnElement[bool]:
    """Say in SQL what `area_covers` says in Python."""
    if area.everything:
        where: ColumnElement[bool] = true()
    elif area.person is not None:
        where = or_(Subject.code == area.person, Subject.responsible_id == area.person)
    elif area.counsellor is not None:
        where = Subject.code.in_(
            select(StudentProfile.student_id).where(StudentProfile.counsellor_id == area.counsellor)
        )
    elif area.subjects:
        where = or_(*(_named_by(each) for each in sorted(area.subjects)))
    else:
        where = Subject.unit_code.in_(sorted(area.units))
    if area.only:
        where = and_(where, Subject.layer_code.in_(sorted(area.only)))
    return and_(where, Subject.layer_code.not_in(sorted(area.without))) if area.without else where
