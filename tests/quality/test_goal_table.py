"""Table 1 as a workbook: its layout, and the way back in."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import select

from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.foundation.errors import Invalid
from app.quality.goals import imports, queries, service
from app.quality.goals.models import GoalStatus
from tests.builders import GOAL
from tests.doors import signed_in

YEARS = [2026, 2027, 2028]
HEAD, ADMIN_OFFICE = "E011", "OFF-JWC"
ROWS_FROM = 5
HEADINGS = ["责任部门", "部门负责人", "工作任务", "任务类型*", "观测点", "2026", "2027", "2028", "责任科室", "归属岗位", "具体负责人"]


def exported(college, *, by: str = HEAD, subject: str = ADMIN_OFFICE) -> BytesIO:
    db.session.rollback()
    answer = signed_in(college.app, by).get(f"/documents/goals/{subject}.xlsx")
    assert answer.status_code == 200, answer.text
    return BytesIO(answer.data)


def changed(book: BytesIO, *rows: dict[int, str], add: tuple[str, ...] = ()) -> BytesIO:
    """Return the workbook with other cells in its first rows (by column), and maybe one more row."""
    found = load_workbook(book)
    sheet = found.active
    for number, cells in enumerate(rows, start=ROWS_FROM):
        for column, text in cells.items():
            sheet.cell(number, column).value = text
    if add:
        last = max(row[0].row for row in sheet.iter_rows(min_row=ROWS_FROM) if row[1].value)
        for merged in list(sheet.merged_cells.ranges):
            if merged.min_row > last:
                sheet.unmerge_cells(str(merged))
        sheet.insert_rows(last + 1)
        for column, text in enumerate(add, start=1):
            sheet.cell(last + 1, column).value = text or None
        if len(add) > len(HEADINGS):
            sheet.cell(3, len(HEADINGS) + 1).value = "依据"
    kept = BytesIO()
    found.save(kept)
    kept.seek(0)
    return kept


def uploads(college, book: BytesIO, *, by: str = HEAD, subject: str = ADMIN_OFFICE):
    db.session.rollback()
    return signed_in(college.app, by).post(f"/goals/table/{subject}/import", data={"file": (book, "分解表.xlsx")})


@pytest.fixture
def entering(college):
    """教务处 is entering its goals, and has one from before."""
    college.starts_term()
    with transaction():
        service.enter(ADMIN_OFFICE, [GOAL], years=YEARS, by=HEAD)
    return college


@pytest.mark.scenario(5)
def test_the_export_has_the_documents_eleven_headings_in_order_with_the_plan_years_and_the_note(entering):
    sheet = load_workbook(exported(entering)).active

    upper, lower = ([cell.value for cell in row] for row in sheet.iter_rows(min_row=3, max_row=4))
    assert [below or above for above, below in zip(upper, lower, strict=True)] == HEADINGS
    assert upper[5] == "年度计划"
    texts = [str(row[0].value) for row in sheet.iter_rows() if row[0].value]
    assert any(text.startswith("* 任务类型：A类") and "B类" in text and "C类" in text for text in texts)


@pytest.mark.scenario(5)
def test_the_screen_shows_the_same_table(entering):
    shown = signed_in(entering.app, HEAD).get("/goals/table/OFF-JWC").text

    places = [shown.index(f">{heading.removesuffix('*')}") for heading in HEADINGS if not heading.isdigit()]
    assert places == sorted(places)
    assert "教学运行日常管理" in shown and "B类为规划以外" in shown and "/documents/goals/OFF-JWC.xlsx" in shown


def test_what_was_exported_changes_nothing_when_it_is_imported(entering):
    before = [queries.as_row(goal, YEARS) for goal in queries.goals_of(ADMIN_OFFICE)]

    answer = uploads(entering, exported(entering))

    assert answer.status_code == 303
    db.session.rollback()
    assert [queries.as_row(goal, YEARS) for goal in queries.goals_of(ADMIN_OFFICE)] == before
    assert db.session.scalars(select(AuditEvent).where(AuditEvent.act == "goals.amend")).all() == []


texts = st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=4, max_size=30)
plans = st.builds(lambda mark, number, unit: f"{mark}{number}{unit}", st.sampled_from(["", "≤", "≥"]), st.integers(0, 9999), st.sampled_from(["", "%", "件", " 门"]))
goals = st.lists(
    st.builds(
        lambda task, point, plans, kind, where: {
            **GOAL, "task_zh": task, "observation_point": point, "task_type": kind, "plan": "PLAN02" if kind == "A" else None,
            **{f"year_{n}": text for n, text in enumerate(plans, start=1)}, "post": where[0], "responsible": where[1],
        },
        texts, texts, st.tuples(plans, plans, plans), st.sampled_from("ABC"), st.sampled_from([("P-JW1-GW", "E042"), ("P-SEC-JW1", "E032"), ("P-OFF-JWC", "E011")]),
    ),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=goals)
def test_any_goals_come_back_as_they_went_out(entering, tmp_path, rows):
    with transaction():
        service.enter(ADMIN_OFFICE, rows, years=YEARS, by=HEAD)
    before = [queries.as_row(goal, YEARS) for goal in queries.goals_of(ADMIN_OFFICE)]
    path = Path(tmp_path) / "table.xlsx"
    path.write_bytes(exported(entering).getvalue())

    with transaction():
        done = imports.import_table(path, by=HEAD)

    assert done.count == 0
    assert [queries.as_row(goal, YEARS) for goal in queries.goals_of(ADMIN_OFFICE)] == before


def test_a_changed_row_is_submitted_again_and_a_new_one_added_with_its_basis(entering):
    book = changed(
        exported(entering), {6: "≤2.8%"},
        add=("教务处", "", "期中教学检查与通报", "C", "检查完成率", "95%", "100%", "100%", "教学运行科", "教学运行科科长", "", "教务处岗位职责第5条"),
    )  # fmt: skip
    name = db.session.scalar(select(imports.Person.name_zh).where(imports.Person.id == "E032"))
    book = changed(book, {}, {11: name})

    answer = uploads(entering, book)

    assert answer.status_code == 303, answer.text
    db.session.rollback()
    first, second = queries.goals_of(ADMIN_OFFICE)
    assert (first.years[0].planned_text, first.plan_code, first.basis) == ("≤2.8%", None, GOAL["basis"])
    assert (second.task_zh, second.basis, second.responsible_id) == ("期中教学检查与通报", "教务处岗位职责第5条", "E032")
    assert {first.status, second.status} == {GoalStatus.SUBMITTED}
    entering.does("enter_goals", subject=ADMIN_OFFICE)
    entering.does("confirm_goals", subject=ADMIN_OFFICE, action="approve")
    assert {goal.status for goal in queries.goals_of(ADMIN_OFFICE)} == {GoalStatus.ACTIVE}


@pytest.mark.parametrize(
    ("cells", "place", "words"),
    [
        ({7: "稳步提高"}, "第 5 行 2027", "没有量化数值"),
        ({4: "A"}, "第 5 行 依据", "请选择所依据的规划"),
        ({4: "D"}, "第 5 行 任务类型", "A、B 或 C"),
        ({11: "不存在"}, "第 5 行 具体负责人", "没有叫“不存在”的在职人员"),
        ({10: "厨师"}, "第 5 行 归属岗位", "没有叫“厨师”的岗位"),
        ({1: "后宫"}, "第 5 行 责任部门", "没有叫“后宫”的部门"),
        ({5: ""}, "第 5 行 观测点", "SMART"),
    ],
)
def test_each_cell_at_fault_is_named_and_nothing_is_kept(entering, cells, place, words):
    answer = uploads(entering, changed(exported(entering), {6: "≤1%", **cells}))

    assert answer.status_code == 422
    assert place in answer.text and words in answer.text
    db.session.rollback()
    assert queries.goals_of(ADMIN_OFFICE)[0].years[0].planned_text == "≤3%"


def test_another_head_is_refused_and_the_right_one_told(entering):
    answer = uploads(entering, changed_head(exported(entering)))

    assert answer.status_code == 422
    assert "责任部门、部门负责人、工作任务" in answer.text


def changed_head(book: BytesIO) -> BytesIO:
    found = load_workbook(book)
    found.active["F4"] = "2019"
    kept = BytesIO()
    found.save(kept)
    kept.seek(0)
    return kept


def test_goals_that_were_handed_in_are_no_longer_imported(entering):
    book = exported(entering)
    entering.does("enter_goals", subject=ADMIN_OFFICE)

    answer = uploads(entering, changed(book, {6: "≤2.8%"}))

    assert answer.status_code == 422 and "已经提交" in answer.text
    assert 'name="file"' not in signed_in(entering.app, HEAD).get("/goals/table/OFF-JWC").text


def test_somebody_elses_unit_is_refused(entering):
    stranger, committee_member = "E014", "E012"

    assert uploads(entering, exported(entering), by=stranger).status_code == 404
    answer = uploads(entering, exported(entering), by=committee_member)

    assert answer.status_code == 422 and "不由您填报" in answer.text
    assert 'name="file"' not in signed_in(entering.app, committee_member).get("/goals/table/OFF-JWC").text


def test_the_command_takes_a_table_in_before_the_term(college, tmp_path):
    with transaction():
        service.enter(ADMIN_OFFICE, [GOAL], years=YEARS, by=HEAD)
    path = tmp_path / "table.xlsx"
    path.write_bytes(changed(exported(college), {6: "≤2.8%"}).getvalue())

    done = college.app.test_cli_runner().invoke(args=["goals", "import", str(path)])

    assert done.exit_code == 0, done.output
    assert "教务处：新增 0 项，修改 1 项" in done.output
    db.session.rollback()
    assert queries.goals_of(ADMIN_OFFICE)[0].years[0].planned_text == "≤2.8%"


def test_the_command_names_the_rows_at_fault(college, tmp_path):
    with transaction():
        service.enter(ADMIN_OFFICE, [GOAL], years=YEARS, by=HEAD)
    path = tmp_path / "table.xlsx"
    path.write_bytes(changed(exported(college), {6: "很多"}).getvalue())

    done = college.app.test_cli_runner().invoke(args=["goals", "import", str(path)])

    assert done.exit_code != 0 and "第 5 行 2026" in done.output


def test_a_file_that_is_no_workbook_is_refused(entering, tmp_path):
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"nothing")

    with pytest.raises(Invalid), transaction():
        imports.import_table(path, by=HEAD)
