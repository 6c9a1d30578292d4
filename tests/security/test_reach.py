"""How far people of the made-up college go."""

from datetime import date
from fnmatch import fnmatchcase

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.foundation.errors import NotFound
from app.organisation import service as organisation
from app.organisation.models import RoleGrant, Subject
from app.security import reach_of, roles_held
from app.security.reach import Reach
from app.security.rules import Area

PUPIL, TEACHER = "S001-X", "E064-X"


@pytest.fixture
def persons(monday):
    """A student and a teacher of the department of information engineering as subjects."""
    with transaction():
        for code, layer, responsible in ((PUPIL, "STUDENT", "E072"), (TEACHER, "TEACHER", "E064")):
            db.session.add(
                Subject(
                    code=code, layer_code=layer, ref_type="PERSON", name_zh=code, unit_code="DEP-XGX",
                    responsible_id=responsible,
                )
            )  # fmt: skip


def reached(person_id, action="diagnosis.read", **how):
    condition = reach_of(person_id, action, **how).condition(Subject.code)
    return set(db.session.scalars(select(Subject.code).where(condition)))


def test_the_quality_office_reaches_everything(persons):
    assert reach_of("E038", "diagnosis.read").everything
    assert {"OFF-JWC", PUPIL, TEACHER} <= reached("E038")


def test_a_head_reaches_the_own_office_only(persons, monday):
    organisation_wide = reach_of("E014", "diagnosis.read")

    assert reached("E014") == {"OFF-ZJC"}
    assert organisation_wide.covers("OFF-ZJC")
    assert not organisation_wide.covers("OFF-JWC")


@pytest.mark.scenario(37)
def test_the_department_sees_its_student_and_another_department_does_not(persons):
    assert PUPIL in reached("E046")
    assert PUPIL in reached("E072")
    assert PUPIL not in reached("E044")
    assert PUPIL not in reached("E071")


@pytest.mark.scenario(37)
def test_the_administrator_reaches_nothing(persons):
    with transaction():
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == "E037")):
            if grant.role != "SYS_ADMIN":
                db.session.delete(grant)
        organisation.assign("E037", post_code="P-ZG-ZY", from_on=date(2026, 11, 1))

    assert not reach_of("E037", "diagnosis.read")
    assert reached("E037") == set()


def test_a_leader_reaches_the_led_units_and_departments_but_no_persons(persons):
    found = reached("E003")  # also on the committee, which reads all but persons

    assert {"OFF-JWC", "DEP-XGX"} <= found
    assert not {PUPIL, TEACHER} & found


def test_a_teacher_reaches_the_own_subject(persons):
    assert reached("E064") == {TEACHER, "E064", "KC14"}


def test_a_cell_that_only_reads_does_not_let_act(monday):
    assert not reach_of("E031", "orders.issue")
    assert reach_of("E031", "orders.issue", reading=True).everything


def test_the_head_by_post_needs_no_grant(monday):
    with transaction():
        organisation.assign("E042", post_code="P-OFF-TSG", from_on=date(2026, 11, 1))

    assert ("OFFICE_HEAD", "OFF-TSG") in roles_held("E042")
    assert "OFF-TSG" in reached("E042")


def test_a_post_that_was_left_reaches_no_longer(monday):
    with transaction():
        organisation.assign("E042", post_code="P-OFF-TSG", from_on=date(2026, 11, 1))
        organisation.assign("E042", post_code="P-JW1-GW", from_on=date(2026, 11, 20))

    assert "OFF-TSG" not in reached("E042")


def test_an_unknown_subject_is_not_found(monday):
    with pytest.raises(NotFound):
        reach_of("E011", "diagnosis.read").covers("NOWHERE")


def test_sql_and_rules_agree(persons):
    for person_id in ("E003", "E011", "E029", "E046", "E064", "E072"):
        reach = reach_of(person_id, "diagnosis.read")
        every = set(db.session.scalars(select(Subject.code)))

        assert reached(person_id) == {code for code in every if reach.covers(code)}


@pytest.mark.scenario(37)
def test_a_counsellor_reaches_the_own_students_wherever_they_study(app, at):
    of_profile = reached("E070")

    assert {"S001", "S005", "S009"} <= of_profile  # of three departments
    assert "S008" not in of_profile
    assert reach_of("E070", "diagnosis.read").covers("S005")
    assert not reach_of("E070", "diagnosis.read").covers("S008")


@pytest.mark.scenario(37)
def test_a_student_reaches_nobody_but_himself(app, at):
    assert reached("S008") == {"S008"}


def test_a_programme_leader_reaches_the_courses_of_the_programme(app, at):
    assert {"PG08", "KC15", "KC16", "KC27"} <= reached("E059")
    assert "KC14" not in reached("E059")
    assert reach_of("E059", "diagnosis.read").covers("KC16")


def test_a_role_held_everywhere_edits_only_the_own_units_goals(persons):
    assert reached("E029", "goals.view") > {"OFF-JWC", "OFF-ZGB"}
    assert reached("E029", "goals.edit") == {"OFF-ZGB"}


def test_the_remark_of_a_cell_tells_who_decides_and_who_proposes(persons):
    director, officer, leader = "E029", "E038", "E059"

    assert reach_of(director, "indicators.change", remarks={""}).everything
    assert not reach_of(officer, "indicators.change", remarks={"", "approve"})
    assert reach_of(officer, "indicators.change", remarks={"draft"}).everything
    assert not reach_of(leader, "indicators.change", remarks={""})
    assert reach_of(leader, "indicators.change", remarks={"propose"}).covers("PG08")


@pytest.mark.parametrize("pattern", ["S001-X", "S001_X", "S0*", "S_0*", "*-X", "%", "S001-X\\*"])
def test_the_database_reads_a_pattern_as_the_rule_does(persons, pattern):
    here = Reach((Area(subjects=frozenset({pattern})),))

    named = set(db.session.scalars(select(Subject.code).where(here.condition(Subject.code))))

    assert named == {code for code in db.session.scalars(select(Subject.code)) if fnmatchcase(code, pattern)}
