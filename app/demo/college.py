"""Load the made-up college: who is who, the calendar, goals, standards, accounts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from app import escalation, security
from app.demo import catalogue
from app.foundation.db import db
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.models import (
    Assignment,
    Layer,
    OrgUnit,
    Person,
    PersonKind,
    Post,
    RoleGrant,
    Subject,
    UnitKind,
    UnitLayerDuty,
    VerticalSystem,
)
from app.organisation.teaching import (
    Course,
    CourseTerm,
    Programme,
    ProgrammeCourse,
    SchoolClass,
    StudentProfile,
    StudentStatus,
    Team,
    TeamMember,
)

DATA = Path(__file__).parent / "data" / "qinglan.json"
DUTIES = Path(__file__).parent / "data" / "duties.json"
# The college begins with its offices and introduces the other layers one by one (`flask term start`).
INTRODUCED = ("COLLEGE",)
# The internship course runs in spring only; every other course runs in every term.
SPRING_ONLY = ("KC30",)
PASSWORD = "zhengai"  # of every demo account; said on the sign-in page of a demo


def read() -> dict[str, Any]:
    """Return the made-up college as plain data."""
    return json.loads(DATA.read_text(encoding="utf-8"))


def load_organisation(data: dict[str, Any]) -> None:
    """Create units, posts, people, assignments, roles, the calendar, teaching and the subjects of all layers."""
    db.session.add_all(VerticalSystem(**each) for each in data["vertical_systems"])
    for position, each in enumerate(data["layers"]):
        db.session.add(
            Layer(
                code=each["code"], name_zh=each["name_zh"], subject_zh=each["subject_zh"], position=position,
                frequency=each["self_diag_frequency"], process_key=each["process_key"],
                self_starting=each["code"] in INTRODUCED,
            )
        )  # fmt: skip
    _units(data)
    _posts(data)
    _people(data)
    db.session.flush()
    _calendar(data["calendar"])
    for unit in data["org_units"]:
        if unit["kind"] in {"OFFICE", "DEPARTMENT"}:
            db.session.add(
                Subject(
                    code=unit["code"], layer_code="COLLEGE", ref_type="UNIT", name_zh=unit["name_zh"],
                    unit_code=unit["code"],
                )
            )  # fmt: skip
    db.session.flush()
    db.session.add_all(
        UnitLayerDuty(unit_code=unit, layer_code=layer, duty_zh=duty)
        for unit, duties in json.loads(DUTIES.read_text(encoding="utf-8")).items()
        for layer, duty in duties.items()
    )
    _programmes_and_courses(data)
    _students(data)
    teaching.ensure_subjects()
    _teams(data)


def open_accounts(data: dict[str, Any]) -> None:
    """Give every person, students too, an account with the demo's password."""
    password = security.hashed(PASSWORD)
    for person in [*data["people"], *data["students"]]:
        security.open_account(person["id"], password_hash=password)
    db.session.flush()


def _units(data: dict[str, Any]) -> None:
    for each in data["org_units"]:
        db.session.add(
            OrgUnit(
                code=each["code"], name_zh=each["name_zh"], name_en=each.get("name_en", ""),
                kind=UnitKind(each["kind"]), parent_code=each["parent"],
                vertical_system=each.get("vertical_system"), has_programmes=each.get("has_programmes", False),
            )
        )  # fmt: skip
        db.session.flush()


def _posts(data: dict[str, Any]) -> None:
    for each in data["posts"]:
        db.session.add(
            Post(
                code=each["code"], unit_code=each["unit"], name_zh=each["name_zh"], level=each["level"],
                superior_code=each["direct_superior"],
            )
        )  # fmt: skip
        db.session.flush()


def _people(data: dict[str, Any]) -> None:
    db.session.add_all(
        Person(
            id=each["id"], staff_no=each["staff_no"], name_zh=each["name_zh"], kind=PersonKind(each["kind"]),
            email=each["email"], active=each["active"],
        )
        for each in data["people"]
    )  # fmt: skip
    db.session.flush()
    db.session.add_all(
        Assignment(
            person_id=each["person"], post_code=each["post"], from_on=date.fromisoformat(each["from"]),
            to_on=date.fromisoformat(each["to"]) if each["to"] else None, is_primary=each["primary"],
        )
        for each in data["assignments"]
    )  # fmt: skip
    db.session.add_all(
        RoleGrant(person_id=each["person"], role=each["role"], scope=each["scope"], from_on=date(2025, 9, 1))
        for each in data["role_grants"]
    )


def _programmes_and_courses(data: dict[str, Any]) -> None:
    db.session.add_all(
        Programme(
            code=each["code"], name_zh=each["name_zh"], national_code=each["national_code"],
            department_code=each["department"], leader_id=each["leader"], level_zh=each["construction_level_zh"],
            duration_years=each["duration_years"], enrolment=each["enrolment"], active=each["status"] == "ACTIVE",
        )
        for each in data["programmes"]
    )  # fmt: skip
    db.session.flush()
    db.session.add_all(
        Course(
            code=each["code"], name_zh=each["name_zh"], kind=each["type"], department_code=each["home_department"],
            leader_id=each["leader"], credits=each["credits"], hours=each["hours"],
            running_form_zh=each["running_form_zh"],
            programmes=[ProgrammeCourse(programme_code=code) for code in each["programmes"]],
        )
        for each in data["courses"]
    )  # fmt: skip
    db.session.flush()
    terms = [term["code"] for year in data["calendar"]["academic_years"] for term in year["terms"]]
    db.session.add_all(
        CourseTerm(course_code=each["code"], term_code=term)
        for each in data["courses"]
        for term in terms
        if each["code"] not in SPRING_ONLY or term.endswith("-2")
    )
    db.session.flush()


def _students(data: dict[str, Any]) -> None:
    db.session.add_all(
        SchoolClass(
            code=each["code"], name_zh=each["name_zh"], programme_code=each["programme"], grade=each["grade"],
            counsellor_id=each["counsellor"],
        )
        for each in data["classes"]
    )  # fmt: skip
    db.session.add_all(
        Person(
            id=each["id"], staff_no=each["student_no"], name_zh=each["name_zh"], kind=PersonKind.STUDENT,
            email=each["email"],
        )
        for each in data["students"]
    )  # fmt: skip
    db.session.flush()
    for each in data["students"]:
        db.session.add(
            StudentProfile(
                student_id=each["id"], class_code=each["class"], programme_code=each["programme"],
                grade=each["grade"], counsellor_id=each["counsellor"], status=StudentStatus(each["status"]),
                on_internship=each["on_internship"],
            )
        )  # fmt: skip
        db.session.add(RoleGrant(person_id=each["id"], role="STUDENT", scope="SELF", from_on=date(2025, 9, 1)))
    db.session.flush()


def _teams(data: dict[str, Any]) -> None:
    db.session.add_all(
        Team(
            subject_code=each["subject"], leader_id=each["leader"],
            members=[TeamMember(person_id=person) for person in each["members"]],
        )
        for each in data["teams"]
    )  # fmt: skip
    db.session.flush()


def _calendar(data: dict[str, Any]) -> None:
    calendar.load_years(data["academic_years"], breaks=data["breaks"])
    calendar.import_notice(
        [
            (
                date.fromisoformat(each["date"]),
                calendar.National.OFF if each["off"] else calendar.National.MAKEUP,
                each["name"],
            )
            for each in data["national_days"]
        ],
        provisional_years={
            int(each["date"][:4]) for each in data["national_days"] if each["provisional"]
        },
    )
    for each in data["college_days"]:
        calendar.set_college_day(
            date.fromisoformat(each["date"]), calendar.CollegeDay(each["kind"]), each["name_zh"]
        )


def load(data: dict[str, Any]) -> None:
    """Create the whole made-up college as it stands before its first term: no procedure has begun."""
    load_organisation(data)
    open_accounts(data)
    catalogue.load_standards(data)
    catalogue.load_plans(data)
    escalation.ensure_policies()


def post_name(person_id: str) -> str:
    """Return the Chinese name of the post a person holds."""
    post = organisation.post_of(person_id)
    return post.name_zh if post else "学生"
