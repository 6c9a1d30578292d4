"""The standards editor and the thresholds, through the doors."""

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.monitoring import service as monitoring
from app.quality.monitoring.models import Level, Measurement
from app.quality.standards import queries, rules, service
from app.quality.standards.models import LimitsProposal, ProposalState, Standard, StandardStatus
from tests.doors import signed_in, statements

DIRECTOR, OFFICER, COMMITTEE, OFFICE_HEAD, PROGRAMME_LEADER, DEPARTMENT_HEAD, TEACHER = "E029", "E038", "E002", "E011", "E059", "E044", "E065"
CLASS = {
    "v.staff": "双师占比≥60%", "v.training": "生均工位≥0.45", "v.resources": "资源覆盖≥70%", "v.courses": "精品课≥1门",
    "v.textbooks": "近三年教材≥50%", "v.operation": "调停课率≤4%", "v.applies_to": ["PG01"],
}  # fmt: skip
ROWS = {
    "专业基本建设标准": [""], "特色专业建设标准": ["校级", "省级", "国家级"], "重点专业建设标准": ["校级", "省级", "国家级"],
    "品牌专业建设标准": [""], "骨干专业建设标准": ["校级", "省级", "国家级"], "一流专业建设标准": ["校级", "省级", "国家级"],
}  # fmt: skip


def get(college, address: str, *, by: str = DIRECTOR):
    db.session.rollback()
    return signed_in(college.app, by).get(address)


def post(college, address: str, *, by: str = DIRECTOR, **form):
    db.session.rollback()
    return signed_in(college.app, by).post(address, data=form)


def newest(code: str) -> Standard:
    db.session.rollback()
    return queries.versions_of(code)[0]


def creates(college, *, by: str = DIRECTOR, **form) -> str:
    """Somebody begins a standard; returns its code."""
    answer = post(college, "/standards/new", by=by, **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].split("/")[2]


@pytest.fixture
def submitted(college) -> str:
    """The quality office has handed in the standard of 省级骨干 programmes."""
    code = creates(college, template="PROGRAMME_CLASS", name="骨干专业建设标准", level="省级")
    assert post(college, f"/standards/{code}/edit", do="submit", **CLASS).status_code == 303
    return code


@pytest.mark.scenario(6)
def test_table_three_has_fourteen_rows_by_name_and_level(college):
    rows = queries.template("PROGRAMME_CLASS").sections[0]["rows"]

    assert len(rows) == 14
    assert rules.levels_by_name(rows) == {name: [level for level in levels if level] for name, levels in ROWS.items()}


@pytest.mark.scenario(6)
@pytest.mark.parametrize("name", list(ROWS))
def test_the_level_is_required_for_four_names_and_absent_for_two(college, name):
    with transaction():  # 基本, 省级重点 and 省级一流 have a standard already
        for row in db.session.scalars(select(Standard).where(Standard.template_key == "PROGRAMME_CLASS")):
            row.status = StandardStatus.RETIRED
    levels = ROWS[name]

    assert all(f">{each}</option>" in get(college, "/standards/new?template=PROGRAMME_CLASS").text for each in (name, "省级"))
    wrong = post(college, "/standards/new", template="PROGRAMME_CLASS", name=name, level="" if levels[0] else "校级")
    made = [creates(college, template="PROGRAMME_CLASS", name=name, level=level) for level in levels]

    assert wrong.status_code == 422
    assert ("分级建设，请选择级别" if levels[0] else "不分级别") in wrong.text
    assert len(set(made)) == len(levels)
    assert {newest(code).row_key for code in made} == {
        row["key"] for row in queries.template("PROGRAMME_CLASS").sections[0]["rows"] if row["zh"] == name
    }


def test_a_standard_goes_from_draft_through_the_committee_into_force(college, submitted):
    assert newest(submitted).status is StandardStatus.SUBMITTED
    assert "等您审批" in get(college, "/standards/", by=COMMITTEE).text

    answer = post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="approve")

    assert answer.status_code == 303
    row = newest(submitted)
    assert (row.status, row.approved_by, row.values["applies_to"]) == (StandardStatus.APPROVED, COMMITTEE, ["PG01"])
    shown = get(college, f"/standards/{submitted}", by=TEACHER).text
    assert "骨干专业建设标准省级" in shown and "双师占比≥60%" in shown and "应用化工技术" in shown
    assert f"/documents/standard/{row.id}.docx" in shown


def test_an_incomplete_standard_is_not_handed_in_and_the_columns_are_named(college):
    code = creates(college, template="PROGRAMME_CLASS", name="品牌专业建设标准", level="")

    answer = post(college, f"/standards/{code}/edit", do="submit", **{**CLASS, "v.training": ""})

    assert answer.status_code == 422 and "实训条件建设标准" in answer.text
    assert "双师占比≥60%" in answer.text
    assert newest(code).status is StandardStatus.DRAFT and "staff" not in newest(code).values


def test_a_revision_is_a_new_version_and_the_page_shows_what_changed(college, submitted):
    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="approve")

    post(college, f"/standards/{submitted}/versions", reason="对接新一轮评估")
    post(college, f"/standards/{submitted}/edit", do="submit", **{**CLASS, "v.staff": "双师占比≥70%"})
    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="approve")

    assert [(row.version, row.status.value) for row in queries.versions_of(submitted)] == [(2, "APPROVED"), (1, "RETIRED")]
    shown = get(college, f"/standards/{submitted}").text
    assert "<del>双师占比≥60%</del>" in shown and "<ins>双师占比≥70%</ins>" in shown and "对接新一轮评估" in shown
    assert "生均工位≥0.45</ins>" not in shown
    assert "双师占比≥60%" in get(college, f"/standards/{submitted}?version=1").text


def test_an_approved_version_is_refused_every_change(college, submitted):
    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="approve")

    assert post(college, f"/standards/{submitted}/edit", do="save", **CLASS).status_code == 409
    with pytest.raises(RuntimeError, match="next version"), transaction():
        newest(submitted).values = {}


def test_the_committee_returns_with_a_reason_which_the_drafter_reads(college, submitted):
    assert post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="return").status_code == 422

    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="return", opinion="请量化教材标准")

    assert newest(submitted).status is StandardStatus.DRAFT
    assert "请量化教材标准" in get(college, f"/standards/{submitted}/edit").text


def test_who_drafted_does_not_approve_and_who_is_not_of_the_committee_neither(college, submitted):
    assert post(college, f"/standards/{submitted}/decide", do="approve").status_code == 403  # the director sits in the committee too
    assert post(college, f"/standards/{submitted}/decide", by=OFFICER, do="approve").status_code == 403
    assert post(college, f"/standards/{submitted}/decide", by=TEACHER, do="approve").status_code == 404
    assert newest(submitted).status is StandardStatus.SUBMITTED


def test_a_standard_is_retired_with_a_reason(college, submitted):
    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="approve")

    assert post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="retire").status_code == 422
    post(college, f"/standards/{submitted}/decide", by=COMMITTEE, do="retire", opinion="分类办法取消")

    assert newest(submitted).status is StandardStatus.RETIRED


def test_an_office_head_writes_the_standard_of_his_own_posts_only(college):
    code = creates(college, by=OFFICE_HEAD, template="OFFICE_POST", owner="P-SEC-JW2")

    answer = post(
        college, f"/standards/{code}/edit", by=OFFICE_HEAD, do="submit", **{
            "v.post_name": "实践教学科科长", "v.unit": "实践教学科", "v.authorised_headcount": "1", "r.duties.0.main_duty": "实训安排",
            "r.duties.0.duty_standard": "开学前完成", "r.duties.2.main_duty": "实习巡查", "r.procedures.0.main_duty": "安排",
        },
    )  # fmt: skip

    assert answer.status_code == 303, answer.text
    assert [(each["seq"], each["main_duty"]) for each in newest(code).values["duties"]] == [(1, "实训安排"), (2, "实习巡查")]
    assert post(college, "/standards/new", by=OFFICE_HEAD, template="OFFICE_POST", owner="P-OFF-XSC").status_code == 403
    assert get(college, "/standards/new?template=PROGRAMME_CLASS", by=OFFICE_HEAD).status_code == 403


def test_codes_are_shown_by_name_and_stay_codes(college):
    post(college, "/standards/STD-T2-JWC1/versions", reason="岗位调整")
    shown = get(college, "/standards/STD-T2-JWC1/edit").text
    before = newest("STD-T2-JWC1").values

    post(college, "/standards/STD-T2-JWC1/edit", do="save", **{"v.unit": "教务处", "v.post_name": "教学运行科科长", "v.supervising_leader": "王五"})

    assert ">教务处</textarea>" in shown and ">OFF-JWC</textarea>" not in shown
    assert before["unit"] == newest("STD-T2-JWC1").values["unit"] == "OFF-JWC"
    assert newest("STD-T2-JWC1").values["supervising_leader"] == "王五"


def test_more_rows_are_given_without_losing_what_was_typed(college):
    code = creates(college, by=OFFICE_HEAD, template="OFFICE_POST", owner="P-SEC-JW2")

    shown = post(college, f"/standards/{code}/edit", by=OFFICE_HEAD, do="more", **{"r.duties.0.main_duty": "实训安排"}).text

    assert "实训安排" in shown and 'name="r.duties.5.main_duty"' in shown
    assert "duties" not in newest(code).values


@pytest.mark.parametrize(
    ("by", "template", "choice"),
    [
        (PROGRAMME_LEADER, "TRAINING_PLAN_EXEC", {"owner": "PG08"}), (TEACHER, "COURSE_BASIC", {"owner": "KC16"}),
        (DIRECTOR, "STUDENT_DEVELOPMENT", {"group": "2.1"}), (DIRECTOR, "TEACHER_DEVELOPMENT", {"group": "1.1"}),
        (DIRECTOR, "COURSE_CLASS", {"name": "精品资源共享课", "level": "省级"}), (DIRECTOR, "TEACHING_OPERATION", {"name": "理论课"}),
    ],
)  # fmt: skip
def test_each_table_has_its_form(college, by, template, choice):
    with transaction():
        for row in db.session.scalars(select(Standard).where(Standard.owner_code == "PG08")):
            row.status = StandardStatus.RETIRED
    assert get(college, f"/standards/new?template={template}", by=by).status_code == 200
    code = creates(college, by=by, template=template, **choice)
    fields = rules.fields_of(
        queries.template(template).head_fields, queries.template(template).sections, row_key=newest(code).row_key,
        group=newest(code).values.get("group", ""),
    )  # fmt: skip

    shown = get(college, f"/standards/{code}/edit", by=by).text
    answer = post(college, f"/standards/{code}/edit", by=by, do="submit", **{f"v.{field.key}": "达到要求" for field in fields})

    assert all(f'name="v.{field.key}"' in shown for field in fields) and fields
    assert answer.status_code == 303, answer.text
    assert newest(code).status is StandardStatus.SUBMITTED


def test_a_second_standard_for_the_same_row_is_refused(college):
    answer = post(college, "/standards/new", template="PROGRAMME_CLASS", name="重点专业建设标准", level="省级")

    assert answer.status_code == 422 and "STD-T3-KEY-P" in answer.text


def test_drafts_are_only_for_those_who_write_and_approve(college):
    code = creates(college, template="PROGRAMME_CLASS", name="品牌专业建设标准", level="")

    assert get(college, f"/standards/{code}", by=TEACHER).status_code == 404
    assert code not in get(college, "/standards/", by=TEACHER).text
    assert get(college, f"/standards/{code}", by=COMMITTEE).status_code == 200


def test_the_list_tells_what_is_covered_and_who_lacks_a_standard(college):
    covered = queries.coverage()
    shown = get(college, "/standards/").text

    assert covered["TRAINING_PLAN_EXEC"].total == 12 and len(covered["TRAINING_PLAN_EXEC"].missing) == 11
    assert covered["COURSE_CLASS"].missing == ("精品资源共享课省级", "精品资源共享课国家级")
    programmes = covered["PROGRAMME_CLASS"].missing
    assert any("校级骨干" in each for each in programmes) and not any("软件技术" in each for each in programmes)
    assert f"缺{len(programmes)}项" in shown and "标准覆盖" in shown


def test_the_class_of_a_programme_names_its_row(college):
    rows = queries.template("PROGRAMME_CLASS").sections[0]["rows"]

    found = {level: rules.row_of_class(rows, level) for level in ("校级骨干", "省级一流培育", "省级重点", "品牌", "基本", "")}

    assert found == {
        "校级骨干": "BACKBONE_COLLEGE", "省级一流培育": "FIRST_CLASS_PROVINCIAL", "省级重点": "KEY_PROVINCIAL",
        "品牌": "BRAND", "基本": "BASIC", "": "BASIC",
    }  # fmt: skip


def test_the_list_costs_the_same_for_few_standards_and_for_many(college):
    client = signed_in(college.app, DIRECTOR)
    client.get("/standards/")
    with statements() as few:
        client.get("/standards/")
    with transaction():
        for number in range(8):
            service.draft(f"STD-X{number}", template="TRAINING_PLAN_EXEC", owner_code=None, values={}, by=DIRECTOR)

    with statements() as many:
        client.get("/standards/")

    assert len(many) == len(few) <= 30, "\n".join(many)


# Thresholds.


@pytest.fixture
def bound(college):
    """教务处 and the programme 软件技术 have their indicators bound, and 教务处 one reading."""
    college.binds()
    college.binds("PG08", layer="PROGRAMME")
    with transaction():
        monitoring.record_reading("IC01", subject_code="OFF-JWC", period="2026-2027-1-W01", value=91, origin="AUTO")
    return college


LIMITS = {"target": "96", "standard": "92", "warn_low": "82", "warn_high": "", "reason": "学校提高年度要求", "year": "2026"}


def test_the_page_shows_limits_beside_the_newest_reading(bound):
    shown = get(bound, "/standards/bindings/OFF-JWC").text

    for words in ("IC01", "年度目标任务完成率", "95", "90", "80", "<b>91</b>", "提示", "第1版"):
        assert words in shown


def test_the_director_changes_limits_by_a_new_version_and_past_levels_stay(bound):
    answer = post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", **LIMITS)

    assert answer.status_code == 303, answer.text
    first, second = reversed(queries.binding_versions("OFF-JWC", 2026)["IC01"])
    assert (first.target, second.target, second.version, second.reason) == (95, 96, 2, "学校提高年度要求")
    assert db.session.scalars(select(Measurement)).one().level is Level.BLUE
    assert "第2版" in get(bound, "/standards/bindings/OFF-JWC").text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"standard": "97"}, "目标值不能低于标准值"), ({"warn_low": "93"}, "标准值不能低于预警下限"),
        ({"reason": " "}, "必填"), ({"target": "很高"}, "请填写数字"), ({"target": "nan"}, "请填写数字"),
    ],
)  # fmt: skip
def test_limits_that_contradict_each_other_are_refused_where_they_stand(bound, change, words):
    answer = post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", **{**LIMITS, **change})

    assert answer.status_code == 422 and words in answer.text
    assert queries.binding("OFF-JWC", "IC01", 2026).version == 1


def test_a_programme_leader_proposes_and_the_quality_office_decides(bound):
    code = next(iter(queries.bindings_of("PG08", 2026).values()))
    indicator, limits = code.indicator_code, {name: getattr(code, name) for name in rules.LIMITS}
    form = {**{name: f"{value:g}" for name, value in limits.items() if value is not None}, "reason": "产业要求变化", "year": "2026"}
    assert "建议" in get(bound, "/standards/bindings/PG08", by=PROGRAMME_LEADER).text

    post(bound, f"/standards/bindings/PG08/{indicator}?year=2026", by=PROGRAMME_LEADER, **form)

    waiting = db.session.scalars(select(LimitsProposal)).one()
    assert queries.binding("PG08", indicator, 2026).version == 1
    assert "等您审批" in get(bound, "/standards/").text
    assert post(bound, f"/standards/bindings/proposals/{waiting.id}", by=PROGRAMME_LEADER, do="approve").status_code == 403
    assert post(bound, f"/standards/bindings/proposals/{waiting.id}", by=DIRECTOR, do="refuse").status_code == 422
    assert post(bound, f"/standards/bindings/proposals/{waiting.id}", by=DIRECTOR, do="approve").status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(LimitsProposal)).one().state is ProposalState.APPROVED
    now = queries.binding("PG08", indicator, 2026)
    assert (now.version, now.changed_by, now.reason) == (2, DIRECTOR, "产业要求变化")


def test_an_officer_only_drafts_and_a_teacher_only_looks_at_what_is_his(bound):
    post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", by=OFFICER, **LIMITS)

    assert queries.binding("OFF-JWC", "IC01", 2026).version == 1 and len(queries.open_proposals()) == 1
    again = post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", by=OFFICER, **LIMITS)
    assert again.status_code == 409 and "等待质管办审批" in again.text
    assert get(bound, "/standards/bindings/OFF-JWC", by=TEACHER).status_code == 404
    assert get(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", by=OFFICE_HEAD).status_code == 403


def test_a_proposal_is_stale_once_the_limits_have_changed(bound):
    post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", by=OFFICER, **LIMITS)
    post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", **{**LIMITS, "target": "97"})
    waiting = queries.open_proposals()[0]

    answer = post(bound, f"/standards/bindings/proposals/{waiting.id}", do="approve")

    assert answer.status_code == 409 and queries.binding("OFF-JWC", "IC01", 2026).target == 97


def test_the_thresholds_cost_a_fixed_number_of_statements(bound):
    client = signed_in(bound.app, DIRECTOR)
    post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", **{**LIMITS, "target": "95.5"})
    with statements() as few:
        client.get("/standards/bindings/OFF-JWC")
    for number in range(3):
        post(bound, "/standards/bindings/OFF-JWC/IC01?year=2026", **{**LIMITS, "target": str(96 + number)})

    with statements() as many:
        client.get("/standards/bindings/OFF-JWC")

    assert len(many) <= len(few) <= 24, "\n".join(many)
