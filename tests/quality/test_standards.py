"""Standards are typed by the templates of Tables 2-9, versioned and approved."""

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid
from app.quality.standards import queries, rules, service
from app.quality.standards.models import DiagnosisPoint, Indicator, Standard, StandardStatus, StandardTemplate

POST_STANDARD = {"post_name": "教学运行科科长", "duties": [{"main_duty": "课程表编排"}], "procedures": [{"main_duty": "编排"}]}


def test_the_templates_of_tables_two_to_nine_are_there_with_their_headings(app):
    templates = db.session.scalars(select(StandardTemplate).order_by(StandardTemplate.table_no)).all()

    assert [template.table_no for template in templates] == [2, 3, 4, 5, 6, 7, 8, 9]
    headings = {t.key: rules.headings(t.head_fields, t.sections) for t in templates}
    assert headings["OFFICE_POST"]["post_goal"] == "本岗位工作目标"
    assert list(headings["PROGRAMME_CLASS"].values())[:4] == ["标准名称", "级别", "师资队伍建设标准", "实训条件建设标准"]
    assert "教学能力" in headings["TEACHER_DEVELOPMENT"]


def test_the_shipped_standards_fit_their_templates(app):
    for standard in db.session.scalars(select(Standard)):
        template = queries.template(standard.template_key)
        known = rules.headings(template.head_fields, template.sections)
        assert set(standard.values) - set(known) <= {"programme", "course", "applies_to"}, standard.code


def test_fifty_five_points_each_have_an_indicator(app):
    points = set(db.session.scalars(select(DiagnosisPoint.code)))
    covered = set(db.session.scalars(select(Indicator.point_code)))

    assert len(points) == 55
    assert points == covered


def test_no_indicator_contradicts_itself(app):
    for indicator in db.session.scalars(select(Indicator)):
        assert rules.problems_of_limits(indicator.direction, indicator) == {}, indicator.code


def test_a_heading_the_template_does_not_have_is_refused(app):
    with pytest.raises(Invalid) as refused, transaction():
        service.draft("STD-X", template="OFFICE_POST", owner_code="P-SEC-JW1", values={"salary": 1}, by="E011")

    assert list(refused.value.problems) == ["salary"]


def test_an_approved_version_retires_the_one_before_and_never_changes(app):
    with transaction():
        first = service.draft("STD-X", template="OFFICE_POST", owner_code="P-SEC-JW1", values=POST_STANDARD, by="E011")
        service.submit(first, by="E011")
        service.approve(first, by="E002")
    with transaction():
        second = service.draft("STD-X", template="OFFICE_POST", owner_code="P-SEC-JW1", values=POST_STANDARD, by="E011")
        service.submit(second, by="E011")
        service.approve(second, by="E002")

    rows = db.session.scalars(select(Standard).where(Standard.code == "STD-X").order_by(Standard.version)).all()
    assert [(row.version, row.status) for row in rows] == [(1, StandardStatus.RETIRED), (2, StandardStatus.APPROVED)]
    with pytest.raises(Conflict), transaction():
        service.approve(rows[1], by="E002")


def test_an_incomplete_standard_is_not_handed_in_and_the_empty_section_is_named(app):
    with transaction():
        row = service.draft("STD-X", template="OFFICE_POST", owner_code="P-SEC-JW1", values={"post_name": "科长"}, by="E011")

    with pytest.raises(Invalid, match="工作内容及标准"), transaction():
        service.submit(row, by="E011")
