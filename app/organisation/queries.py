"""Questions about people, posts and units, answered for a day (default: the college's today)."""

from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from flask import current_app
from sqlalchemy import BindParameter, ColumnElement, and_, or_, select

from app.foundation import reference
from app.foundation.clock import today
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.foundation.reference import remembered
from app.organisation.models import (
    Assignment,
    Delegation,
    OrgUnit,
    Person,
    Post,
    RoleGrant,
    Subject,
    SubjectState,
    UnitKind,
)

HEAD_LEVELS = ("OFFICE_HEAD", "DEPT_HEAD", "SECTION_HEAD")


def person(person_id: str) -> Person:
    """Return the person. Raises `NotFound`."""
    found = reference.row(Person, person_id)
    if found is None:
        raise NotFound(f"没有编号为“{person_id}”的人员。")
    return found


def people(ids: list[str]) -> dict[str, Person]:
    """Return people by id."""
    return reference.rows(Person, ids)


def unit(code: str) -> OrgUnit:
    """Return the unit. Raises `NotFound`."""
    found = reference.row(OrgUnit, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的部门。")
    return found


def subject(code: str) -> Subject:
    """Return the quality subject. Raises `NotFound`."""
    found = reference.row(Subject, code)
    if found is None:
        raise NotFound(f"没有编码为“{code}”的质量主体。")
    return found


def subjects(layer: str | None = None) -> list[Subject]:
    """Return the active subjects of a layer (or all), by code."""
    query = select(Subject).where(Subject.state == SubjectState.ACTIVE).order_by(Subject.code)
    if layer:
        query = query.where(Subject.layer_code == layer)
    return list(db.session.scalars(query))


@remembered
def root_unit(code: str) -> str:
    """Return the office or department a unit belongs to; a section belongs to its parent."""
    found = unit(code)
    while found.kind is UnitKind.SECTION and found.parent_code:
        found = unit(found.parent_code)
    return found.code


@remembered
def units_below(code: str) -> set[str]:
    """Return the unit and all units under it."""
    children: dict[str | None, list[str]] = {}
    for row in db.session.execute(select(OrgUnit.code, OrgUnit.parent_code)):
        children.setdefault(row.parent_code, []).append(row.code)
    found, waiting = set(), [code]
    while waiting:
        each = waiting.pop()
        found.add(each)
        waiting.extend(children.get(each, []))
    return found


def post_of(person_id: str, on: date | None = None) -> Post | None:
    """Return the post of the person's primary assignment."""
    day = on or today()
    held = next((each.what for each in _posts_of(person_id) if each.covers(day)), None)
    return None if held is None else reference.row(Post, held)


class Held(NamedTuple):
    """Who or what is held from a day to a day; without an end until further notice."""

    what: str
    from_on: date
    to_on: date | None

    def covers(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or self.to_on >= day)


@remembered
def _posts_of(person_id: str) -> tuple[Held, ...]:
    """Return a person's posts at any time, the primary and the latest first."""
    rows = db.session.execute(
        select(Assignment.post_code, Assignment.from_on, Assignment.to_on)
        .where(Assignment.person_id == person_id)
        .order_by(Assignment.is_primary.desc(), Assignment.from_on.desc(), Assignment.id)
    )
    return tuple(Held(*row) for row in rows)


def unit_of(person_id: str, on: date | None = None) -> str | None:
    """Return the unit of the person's primary assignment."""
    post = post_of(person_id, on)
    return post.unit_code if post else None


def members_of(unit_code: str, on: date | None = None) -> list[str]:
    """Return everybody who holds a post in a unit or below it."""
    return list(
        db.session.scalars(
            select(Assignment.person_id)
            .join(Post, Post.code == Assignment.post_code)
            .where(Post.unit_code.in_(units_below(unit_code)), holds_on(on or today()))
            .order_by(Assignment.person_id)
        )
    )


@remembered
def unit_of_post(code: str) -> str | None:
    """Return the unit a post belongs to."""
    return db.session.scalar(select(Post.unit_code).where(Post.code == code))


def holders_of_post(code: str, on: date | None = None) -> list[str]:
    """Return who holds a post."""
    day = on or today()
    return [each.what for each in _holders_of(code) if each.covers(day)]


@remembered
def _holders_of(post_code: str) -> tuple[Held, ...]:
    rows = db.session.execute(
        select(Assignment.person_id, Assignment.from_on, Assignment.to_on)
        .join(Person)
        .where(Assignment.post_code == post_code, Person.active)
        .order_by(Assignment.is_primary.desc(), Assignment.person_id)
    )
    return tuple(Held(*row) for row in rows)


def head_of(unit_code: str, on: date | None = None) -> list[str]:
    """Return the head of a unit; a unit without one is led by the head of its parent."""
    code: str | None = unit_code
    day = on or today()
    while code:
        held = [each.what for each in _heads_of(code) if each.covers(day)]
        if held:
            return held[:1]
        code = unit(code).parent_code
    return []


@remembered
def _heads_of(unit_code: str) -> tuple[Held, ...]:
    rows = db.session.execute(
        select(Assignment.person_id, Assignment.from_on, Assignment.to_on)
        .join(Post, Post.code == Assignment.post_code)
        .join(Person)
        .where(Post.unit_code == unit_code, Post.level.in_(HEAD_LEVELS), Person.active)
        .order_by(Assignment.is_primary.desc(), Assignment.person_id)
    )
    return tuple(Held(*row) for row in rows)


def superior_of(person_id: str, on: date | None = None) -> list[str]:
    """Return the direct superior: who holds the post above; a vacant post is climbed over."""
    post = post_of(person_id, on)
    return _above(post, on)


def leader_of(unit_code: str, on: date | None = None) -> list[str]:
    """Return the supervising leader (主管领导) of a unit: above its head's post."""
    return _above(_head_post(root_unit(unit_code)), on)


@remembered
def _head_post(unit_code: str) -> Post | None:
    return db.session.scalar(
        select(Post).where(Post.unit_code == unit_code, Post.level.in_(HEAD_LEVELS)).order_by(Post.code).limit(1)
    )


def _above(post: Post | None, on: date | None) -> list[str]:
    seen: set[str] = set()
    while post is not None and post.superior_code and post.code not in seen:
        seen.add(post.code)
        held = holders_of_post(post.superior_code, on)
        if held:
            return held[:1]
        post = reference.row(Post, post.superior_code)
    return []


def qa_office() -> str:
    """Return the code of the quality office."""
    return current_app.config["QA_OFFICE_UNIT"]


def committee() -> str:
    """Return the code of the quality committee."""
    return current_app.config["COMMITTEE_UNIT"]


def committee_chair() -> list[str]:
    """Function `committee chair()`: who holds the post that chairs the committee."""
    return holders_of_post(current_app.config["COMMITTEE_CHAIR_POST"])


def hr_head() -> list[str]:
    """Function `hr head()`: who heads the personnel office."""
    return head_of(current_app.config["HR_UNIT"])


def holders(role: str, scope: str | None = None, on: date | None = None) -> list[str]:
    """Return who holds a role; with `scope` (a unit or subject code), only where it reaches there."""
    day = on or today()
    held = [(each.what, where) for each, where in _grants_of(role) if each.covers(day)]
    return list(dict.fromkeys(person for person, where in held if scope is None or reaches(where, scope)))


@remembered
def _grants_of(role: str) -> tuple[tuple[Held, str], ...]:
    """Return who holds a role at any time, and where."""
    rows = db.session.execute(
        select(RoleGrant.person_id, RoleGrant.from_on, RoleGrant.to_on, RoleGrant.scope)
        .join(Person)
        .where(RoleGrant.role == role, Person.active)
        .order_by(RoleGrant.person_id, RoleGrant.id)
    )
    return tuple((Held(*row[:3]), row[3]) for row in rows)


def roles_of(person_id: str, on: date | None = None) -> list[tuple[str, str]]:
    """Return the person's (role, scope) pairs."""
    rows = db.session.execute(
        select(RoleGrant.role, RoleGrant.scope).where(
            RoleGrant.person_id == person_id, _granted(on or today())
        )
    )
    return [(row.role, row.scope) for row in rows]


def reaches(scope: str, code: str) -> bool:
    """Say whether a grant's scope covers a code."""
    return scope == "ALL" or any(fnmatchcase(code, each.strip()) for each in scope.split(","))


def responsible_for(subject_code: str, on: date | None = None) -> list[str]:
    """Return the responsible person of a subject: named, or the head of its unit."""
    found = subject(subject_code)
    return [found.responsible_id] if found.responsible_id else head_of(found.unit_code, on)


def answers_for(person_id: str, on: date | None = None) -> list[str]:
    """Return the subjects a person answers for: named as responsible, or as head of the unit; by code."""
    led = (
        select(Post.unit_code)
        .join(Assignment, Assignment.post_code == Post.code)
        .where(Assignment.person_id == person_id, Post.level.in_(HEAD_LEVELS), holds_on(on or today()))
    )
    by_post = and_(Subject.responsible_id.is_(None), Subject.unit_code.in_(led))
    found = select(Subject.code).where(or_(Subject.responsible_id == person_id, by_post)).order_by(Subject.code)
    return list(db.session.scalars(found))


def heads_of_subjects(subjects: list[Subject]) -> dict[str, str]:
    """Return the responsible person of each of some subjects, in one statement where their units have heads."""
    units = {each.unit_code for each in subjects if not each.responsible_id}
    rows = db.session.execute(
        select(Post.unit_code, Assignment.person_id)
        .join(Assignment, Assignment.post_code == Post.code)
        .join(Person, Person.id == Assignment.person_id)
        .where(Post.unit_code.in_(units), Post.level.in_(HEAD_LEVELS), holds_on(today()), Person.active)
        .order_by(Assignment.is_primary, Assignment.person_id.desc())
    )
    heads = {row.unit_code: row.person_id for row in rows}
    for unit_code in units - heads.keys():
        heads.update((unit_code, each) for each in head_of(unit_code))
    found = {each.code: each.responsible_id or heads.get(each.unit_code) for each in subjects}
    return {code: person for code, person in found.items() if person}


def delegators_of(person_id: str, on: date | None = None) -> list[str]:
    """Return whose tasks this person does today (scenario 35)."""
    return [giver for giver, deputy in _deputies(on or today()) if deputy == person_id]


def delegates_of(person_ids: list[str], on: date | None = None) -> dict[str, str]:
    """Return who stands in today: from person to deputy."""
    deputies = dict(_deputies(on or today()))
    return {each: deputies[each] for each in person_ids if each in deputies}


@remembered
def _deputies(on: date) -> tuple[tuple[str, str], ...]:
    """Return (person, deputy) of a day; an imported delegation may name a second deputy."""
    rows = db.session.execute(
        select(Delegation.from_person_id, Delegation.to_person_id)
        .where(Delegation.from_on <= on, Delegation.to_on >= on)
        .order_by(Delegation.id)
    )
    return tuple((row.from_person_id, row.to_person_id) for row in rows)


def holds_on(on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that an assignment runs on a day."""
    return and_(Assignment.from_on <= on, or_(Assignment.to_on.is_(None), Assignment.to_on >= on))


def _granted(on: date) -> ColumnElement[bool]:
    return and_(RoleGrant.from_on <= on, or_(RoleGrant.to_on.is_(None), RoleGrant.to_on >= on))
