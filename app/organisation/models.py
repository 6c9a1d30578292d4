"""Units of the college, posts in them, and the people who hold them over time.

Keys are the college's own codes (`OFF-JWC`, `P-OFF-JWC`, `E011`): they are
what imports, diagrams and mails speak of. Nothing is deleted after first use;
`valid_to`, `to_on` and `active` end things.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.foundation.clock import now
from app.foundation.db import Model, Word
from app.foundation.reference import Reference


class UnitKind(StrEnum):
    COLLEGE = "COLLEGE"
    COMMITTEE = "COMMITTEE"
    OFFICE = "OFFICE"
    SECTION = "SECTION"
    DEPARTMENT = "DEPARTMENT"


class PersonKind(StrEnum):
    STAFF = "STAFF"
    TEACHER = "TEACHER"
    COUNSELLOR = "COUNSELLOR"
    STUDENT = "STUDENT"
    SUPERVISOR = "SUPERVISOR"
    EXTERNAL = "EXTERNAL"


class SubjectState(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class VerticalSystem(Reference, Model):
    """One of the five vertical systems (五纵, R-035)."""

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(60), default="")


class Layer(Reference, Model):
    """One of the five horizontal layers (五横, R-036) and the procedure it runs.

    `self_starting`: whether the procedure begins with every term; a college may introduce its layers one by one.
    """

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(40))
    subject_zh: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    frequency: Mapped[str] = mapped_column(String(16))
    process_key: Mapped[str] = mapped_column(String(60))
    self_starting: Mapped[bool] = mapped_column(default=True)


class OrgUnit(Reference, Model):
    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(120), default="")
    kind: Mapped[UnitKind] = mapped_column(Word(UnitKind))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("org_unit.code"), index=True)
    vertical_system: Mapped[str | None] = mapped_column(ForeignKey("vertical_system.code"))
    has_programmes: Mapped[bool] = mapped_column(default=False)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class UnitLayerDuty(Reference, Model):
    """A cell of the five-by-five matrix: what a unit does for a layer (R-036)."""

    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), primary_key=True)
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"), primary_key=True)
    duty_zh: Mapped[str] = mapped_column(String(300))


class Post(Reference, Model):
    """A post in a unit. `superior_code` makes the tree along which overdue tasks escalate."""

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    name_zh: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(24))
    headcount: Mapped[int] = mapped_column(default=1)
    superior_code: Mapped[str | None] = mapped_column(ForeignKey("post.code"))


class Person(Reference, Model):
    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    staff_no: Mapped[str] = mapped_column(String(20), unique=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    kind: Mapped[PersonKind] = mapped_column(Word(PersonKind))
    email: Mapped[str] = mapped_column(String(120), default="")
    locale: Mapped[str] = mapped_column(String(5), default="zh")
    active: Mapped[bool] = mapped_column(default=True)


class Assignment(Reference, Model):
    """A person holds a post from a day to a day (both included)."""

    __table_args__ = (
        Index("ix_assignment_person", "person_id"),
        Index("ix_assignment_post", "post_code"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="ends_after_it_began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    post_code: Mapped[str] = mapped_column(ForeignKey("post.code"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    is_primary: Mapped[bool] = mapped_column(default=True)
    person: Mapped[Person] = relationship(lazy="raise")
    post: Mapped[Post] = relationship(lazy="raise")


class RoleGrant(Reference, Model):
    """A role held within a scope: `ALL`, `SELF`, a code, several (`A,B`) or a pattern (`DEP-*`)."""

    __table_args__ = (
        UniqueConstraint("person_id", "role", "scope", "from_on"),
        Index("ix_role_grant_role", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(32))
    scope: Mapped[str] = mapped_column(String(400))
    from_on: Mapped[date]
    to_on: Mapped[date | None]


class Delegation(Reference, Model):
    """A person's tasks are another's from a day to a day (授权代办)."""

    __table_args__ = (Index("ix_delegation_to", "to_person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    from_person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    to_person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    from_on: Mapped[date]
    to_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(default=now)


class Subject(Reference, Model):
    """A quality subject (质量主体): whoever runs a layer's procedure.

    `code` is the code of the unit, programme, course or person it stands for.
    """

    code: Mapped[str] = mapped_column(String(24), primary_key=True)
    layer_code: Mapped[str] = mapped_column(ForeignKey("layer.code"), index=True)
    ref_type: Mapped[str] = mapped_column(String(16))
    name_zh: Mapped[str] = mapped_column(String(80))
    unit_code: Mapped[str] = mapped_column(ForeignKey("org_unit.code"), index=True)
    # Only where it differs from the head of the unit (programmes, courses, persons).
    responsible_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[SubjectState] = mapped_column(Word(SubjectState), default=SubjectState.ACTIVE)
