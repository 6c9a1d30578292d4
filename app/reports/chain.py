"""The organisation chain (R-020 to R-039): who decides, who assesses, and what each unit does for each layer."""

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db
from app.organisation import queries as organisation
from app.organisation.models import (
    Assignment,
    Layer,
    OrgUnit,
    Person,
    Post,
    RoleGrant,
    UnitKind,
    UnitLayerDuty,
    VerticalSystem,
)


@dataclass(frozen=True)
class UnitLine:
    """A unit with its head, its sections, its duties by layer, and (a department) who assesses in it."""

    unit: OrgUnit
    head: str
    sections: list[str]
    duties: dict[str, str]
    assessors: list[str]


@dataclass(frozen=True)
class SystemRow:
    """A vertical system with its units."""

    system: VerticalSystem
    units: list[UnitLine]

    def doing(self, layer: str) -> list[UnitLine]:
        """Return the units of the system that have a duty in a layer."""
        return [line for line in self.units if layer in line.duties]


@dataclass(frozen=True)
class Chain:
    """The whole: leaders and committee by name, the quality office, the matrix."""

    leaders: list[tuple[str, str]]
    chair: str
    committee: list[str]
    quality_office: list[tuple[str, str]] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    systems: list[SystemRow] = field(default_factory=list)


def chain() -> Chain:
    """Return the college's organisation chain of today, in a fixed number of statements."""
    held = _held()
    names = {person.id: person.name_zh for _post, person in held}
    roles = _roles()
    heads: dict[str, str] = {}
    for post, person in held:
        if post.level in organisation.HEAD_LEVELS:
            heads.setdefault(post.unit_code, person.name_zh)
    chair = organisation.committee_chair()
    of_quality_office = organisation.units_below(organisation.qa_office())
    return Chain(
        leaders=[(post.name_zh, person.name_zh) for post, person in held if post.level == "LEADER"],
        chair=names.get(chair[0], "") if chair else "",
        committee=[names[each] for each, _scope in roles["COMMITTEE"] if each in names],
        quality_office=[
            (post.name_zh, person.name_zh) for post, person in held if post.unit_code in of_quality_office
        ],
        layers=list(db.session.scalars(select(Layer).order_by(Layer.position))),
        systems=_systems(heads, names, roles["DEPT_ASSESSOR"]),
    )


def _held() -> list[tuple[Post, Person]]:
    rows = db.session.execute(
        select(Post, Person)
        .join(Assignment, Assignment.post_code == Post.code)
        .join(Person, Person.id == Assignment.person_id)
        .where(Person.active, organisation.holds_on(today()))
        .order_by(Post.code, Person.id)
    )
    return [(row[0], row[1]) for row in rows]


def _roles() -> dict[str, list[tuple[str, str]]]:
    rows = db.session.execute(
        select(RoleGrant.role, RoleGrant.person_id, RoleGrant.scope)
        .where(RoleGrant.role.in_(["COMMITTEE", "DEPT_ASSESSOR"]))
        .order_by(RoleGrant.person_id)
    )
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for role, person, scope in rows:
        found[role].append((person, scope))
    return found


def _systems(heads: dict[str, str], names: dict[str, str], assessors: list[tuple[str, str]]) -> list[SystemRow]:
    duties: dict[str, dict[str, str]] = defaultdict(dict)
    for duty in db.session.scalars(select(UnitLayerDuty)):
        duties[duty.unit_code][duty.layer_code] = duty.duty_zh
    units = list(db.session.scalars(select(OrgUnit).order_by(OrgUnit.kind.desc(), OrgUnit.code)))
    sections: dict[str | None, list[str]] = defaultdict(list)
    for unit in units:
        if unit.kind is UnitKind.SECTION:
            sections[unit.parent_code].append(unit.name_zh)
    lines = [
        (
            unit.vertical_system,
            UnitLine(
                unit, heads.get(unit.code, ""), sections[unit.code], duties[unit.code],
                [names[person] for person, scope in assessors if organisation.reaches(scope, unit.code) and person in names]
                if unit.kind is UnitKind.DEPARTMENT else [],
            ),
        )
        for unit in units
        if unit.kind in (UnitKind.OFFICE, UnitKind.DEPARTMENT)
    ]  # fmt: skip
    return [
        SystemRow(system, [line for code, line in lines if code == system.code])
        for system in db.session.scalars(select(VerticalSystem))
    ]
