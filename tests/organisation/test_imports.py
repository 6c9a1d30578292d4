"""Units, posts and people from a workbook: all of it or nothing, and every row at fault is named."""

import zipfile
from datetime import date

import pytest
from sqlalchemy import func, select

from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.foundation.errors import Invalid
from app.organisation import frame, imports, queries, sheets
from app.organisation.models import Assignment, Layer, OrgUnit, Person, Post, RoleGrant, Subject
from app.security.permissions import ROLES
from tests.organisation.workbooks import ASSIGNMENT, GOOD, PERSON, POST, ROLE, UNIT, but, workbook

EVERYTHING = (OrgUnit, Post, Person, Assignment, RoleGrant, Subject)


def imported(path):
    with transaction():
        return imports.import_workbook(path, by="E081")


def refused(path) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        imported(path)
    return caught.value.problems


def counts() -> list[int]:
    return [db.session.scalar(select(func.count()).select_from(kind)) for kind in EVERYTHING]


@pytest.fixture
def good(tmp_path):
    return workbook(tmp_path / "people.xlsx", GOOD)


def test_a_new_office_with_its_head_can_be_asked_for_at_once(college, good):
    assert imported(good) == {"部门": 1, "岗位": 1, "人员": 1, "任岗": 1, "角色": 1}

    on = date(2026, 9, 1)
    assert queries.head_of("OFF-NEW", on) == ["990001"]
    assert queries.superior_of("990001", on) == ["E002"]
    assert queries.holders("OFFICE_HEAD", "OFF-NEW", on) == ["990001"]


def test_a_new_office_diagnoses_itself_and_a_new_section_does_not(college, tmp_path):
    section = ("SEC-NEW", "新设科", "", "科室", "OFF-NEW", "")

    imported(workbook(tmp_path / "x.xlsx", {"部门": [section, UNIT]}))

    assert queries.subject("OFF-NEW").layer_code == "COLLEGE"
    assert db.session.get(Subject, "SEC-NEW") is None
    assert queries.root_unit("SEC-NEW") == "OFF-NEW"


def test_importing_the_same_file_again_changes_nothing(college, good):
    imported(good)
    before = counts(), db.session.scalar(select(func.count()).select_from(AuditEvent))

    assert set(imported(good).values()) == {0}

    assert (counts(), db.session.scalar(select(func.count()).select_from(AuditEvent))) == before


def test_people_already_here_are_known_by_staff_number(college, tmp_path):
    path = workbook(tmp_path / "x.xlsx", {"人员": [("201001", "秦立衡", "职员", "e001@qinglan.example", "否")]})

    assert imported(path) == {"人员": 1}

    assert queries.person("E001").active is False
    assert db.session.get(Person, "201001") is None


def test_a_new_post_ends_the_one_held_before(college, tmp_path):
    before = queries.post_of("E011", date(2026, 10, 1)).code

    imported(workbook(tmp_path / "x.xlsx", {"任岗": [(queries.person("E011").staff_no, "P-FY1", "2026-11-01", "")]}))

    assert queries.post_of("E011", date(2026, 10, 31)).code == before
    assert queries.post_of("E011", date(2026, 11, 1)).code == "P-FY1"


def test_of_two_posts_at_one_time_the_first_is_the_one_that_counts(college, tmp_path):
    second = ("P-NEW2", "兼任秘书", "OFF-NEW", "STAFF", "P-NEW")
    also = but(ASSIGNMENT, c1="P-NEW2")

    imported(workbook(tmp_path / "x.xlsx", {**GOOD, "岗位": [POST, second], "任岗": [ASSIGNMENT, also]}))

    assert queries.post_of("990001", date(2026, 9, 2)).code == "P-NEW"
    assert queries.holders_of_post("P-NEW2", date(2026, 9, 2)) == ["990001"]


def test_numbers_and_days_may_be_typed_as_excel_likes(college, tmp_path):
    rows = {**GOOD, "人员": [but(PERSON, c0=990001)], "任岗": [(990001.0, "P-NEW", date(2026, 9, 1), "2027/8/31")]}

    imported(workbook(tmp_path / "x.xlsx", rows))

    assert db.session.scalars(select(Assignment.to_on).where(Assignment.person_id == "990001")).all() == [date(2027, 8, 31)]


def test_scopes_may_be_written_in_chinese(college, tmp_path):
    roles = [but(ROLE, c1="AUDITOR", c2="全部"), but(ROLE, c2="OFF-NEW，DEP-*")]

    imported(workbook(tmp_path / "x.xlsx", {**GOOD, "角色": roles}))

    assert set(queries.roles_of("990001", date(2026, 9, 1))) == {("AUDITOR", "ALL"), ("OFFICE_HEAD", "OFF-NEW,DEP-*")}


def test_an_empty_database_gets_the_layers_and_systems_first(app, tmp_path):
    with transaction():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(table.delete())
    college = ("COL", "某学院", "", "学院", "", "")

    imported(workbook(tmp_path / "x.xlsx", {"部门": [but(UNIT, c4="COL"), college]}))

    assert db.session.scalar(select(func.count()).select_from(Layer)) == 5
    assert queries.subject("OFF-NEW").state == "ACTIVE"


WRONG = {
    "unknown parent": ("部门", but(UNIT, c4="NIX"), "上级部门“NIX”不存在"),
    "unknown kind": ("部门", but(UNIT, c3="社团"), "类型：“社团”不在可选范围内"),
    "unknown system": ("部门", but(UNIT, c5="第六系统"), "所属系统：“第六系统”不在可选范围内"),
    "missing name": ("部门", but(UNIT, c1=""), "名称：没有填写"),
    "own parent": ("部门", but(UNIT, c4="OFF-NEW"), "绕成了一圈"),
    "code with a comma": ("部门", but(UNIT, c0="A,B"), "不能含有"),
    "long code": ("部门", but(UNIT, c0="X" * 25), "过长"),
    "long name": ("部门", but(UNIT, c1="长" * 81), "最多 80 字"),
    "unknown unit": ("岗位", but(POST, c2="NIX"), "部门“NIX”不存在"),
    "unknown superior": ("岗位", but(POST, c4="NIX"), "上级岗位“NIX”不存在"),
    "unknown level": ("岗位", but(POST, c3="皇帝"), "级别：“皇帝”"),
    "malformed mail": ("人员", but(PERSON, c3="liu@"), "不是邮箱地址"),
    "mail with a header": ("人员", but(PERSON, c3="a@b.cn,c@d.cn"), "不是邮箱地址"),
    "unknown person kind": ("人员", but(PERSON, c2="机器人"), "类别：“机器人”"),
    "neither yes nor no": ("人员", but(PERSON, c4="也许"), "在岗：“也许”"),
    "somebody's id": ("人员", but(PERSON, c0="E001"), "已是他人的内部编号"),
    "invisible letter": ("人员", but(PERSON, c1="柳\u007f行"), "不可见"),
    "unknown person": ("任岗", but(ASSIGNMENT, c0="123"), "人员“123”不存在"),
    "unknown post": ("任岗", but(ASSIGNMENT, c1="NIX"), "岗位“NIX”不存在"),
    "no day": ("任岗", but(ASSIGNMENT, c2="明天"), "“明天”不是日期"),
    "a day that is not": ("任岗", but(ASSIGNMENT, c2="2026-02-30"), "不是日期"),
    "year of another world": ("任岗", but(ASSIGNMENT, c2="0026-02-03"), "年份不对"),
    "end before start": ("任岗", but(ASSIGNMENT, c3="2026-08-31"), "结束日期早于开始日期"),
    "unknown role": ("角色", but(ROLE, c1="校长助理"), "角色：“校长助理”"),
    "unknown scope": ("角色", but(ROLE, c2="OFF-NIX"), "范围“OFF-NIX”"),
    "pattern that reaches nobody": ("角色", but(ROLE, c2="ZZZ-*"), "范围“ZZZ-*”"),
}


@pytest.mark.parametrize(("sheet", "row", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_row_at_fault_is_named_and_nothing_is_saved(college, tmp_path, sheet, row, sentence):
    before = counts()
    rows = {**GOOD, sheet: [*([GOOD[sheet][0]] if row[0] != GOOD[sheet][0][0] else []), row]}
    number = len(rows[sheet]) + 1

    problems = refused(workbook(tmp_path / "x.xlsx", rows))

    assert sentence in problems[f"{sheet} 第 {number} 行"]
    assert counts() == before


def test_one_fault_does_not_make_others_unknown(college, tmp_path):
    problems = refused(workbook(tmp_path / "x.xlsx", {**GOOD, "部门": [but(UNIT, c3="社团")]}))

    assert list(problems) == ["部门 第 2 行"]


def test_every_fault_of_every_sheet_is_named_at_once(college, tmp_path):
    rows = {**GOOD, "人员": [but(PERSON, c1="", c3="x"), PERSON], "任岗": [but(ASSIGNMENT, c1="NIX")]}

    problems = refused(workbook(tmp_path / "x.xlsx", rows))

    assert set(problems) == {"人员 第 2 行", "人员 第 3 行", "任岗 第 2 行"}
    assert "没有填写" in problems["人员 第 2 行"] and "不是邮箱" in problems["人员 第 2 行"]
    assert problems["人员 第 3 行"] == "与第 2 行重复。"


def test_superiors_in_a_circle_are_refused_wherever_the_circle_closes(college, tmp_path):
    posts = [("P-A", "甲", "QLP", "STAFF", "P-B"), ("P-B", "乙", "QLP", "STAFF", "P-C"), ("P-C", "丙", "QLP", "STAFF", "P-A")]

    problems = refused(workbook(tmp_path / "x.xlsx", {"岗位": posts}))

    assert set(problems) == {"岗位 第 2 行", "岗位 第 3 行", "岗位 第 4 行"}
    assert all("绕成了一圈" in sentence for sentence in problems.values())


def test_a_circle_through_posts_already_here_is_refused(college, tmp_path):
    top = ("P-SJ", "党委书记", "QLP", "院领导", "P-FY1")

    assert "岗位 第 2 行" in refused(workbook(tmp_path / "x.xlsx", {"岗位": [top]}))


def test_a_post_that_begins_before_the_one_held_is_refused(college, tmp_path):
    row = (queries.person("E011").staff_no, "P-FY1", "2025-01-01", "")

    assert "重叠" in refused(workbook(tmp_path / "x.xlsx", {"任岗": [row]}))["任岗 第 2 行"]


def test_wrong_heads_are_shown_the_right_ones(college, tmp_path):
    path = workbook(tmp_path / "x.xlsx", GOOD, heads={"人员": ("姓名", "工号", "类别", "邮箱", "在岗")})

    assert refused(path)["人员 第 1 行"] == "表头应当依次是：工号、姓名、类别、邮箱、在岗。"


def test_a_workbook_with_none_of_the_sheets_is_refused(college, tmp_path):
    with pytest.raises(Invalid, match="没有可以导入的工作表"):
        imported(workbook(tmp_path / "x.xlsx", {"Sheet1": []}))


def test_a_formula_typed_as_text_stays_text(college, tmp_path):
    imported(workbook(tmp_path / "x.xlsx", {"人员": [but(PERSON, c1="=cmd|'/c calc'!A1")]}))

    assert queries.person("990001").name_zh == "=cmd|'/c calc'!A1"


def test_empty_rows_are_passed_over(college, tmp_path):
    path = workbook(tmp_path / "x.xlsx", {"人员": [("", "", "", "", ""), PERSON, (" ", None, "", "", "")]})

    assert imported(path) == {"人员": 1}


# Hostile files.


def zipped(path, parts: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 an old .xls", b"name,unit\n"])
def test_what_is_no_workbook_is_said_so(college, tmp_path, content):
    path = tmp_path / "x.xlsx"
    path.write_bytes(content)

    with pytest.raises(Invalid, match="不是 Excel 工作簿"):
        imported(path)


def test_a_zip_that_holds_no_workbook_is_said_so(college, tmp_path):
    with pytest.raises(Invalid, match="不能作为 Excel 工作簿读取"):
        imported(zipped(tmp_path / "x.xlsx", {"hello.txt": b"hello"}))


def test_a_damaged_workbook_is_said_so(college, good):
    content = bytearray(good.read_bytes())
    content[200:260] = b"\xff" * 60
    good.write_bytes(content)

    with pytest.raises(Invalid):
        imported(good)


def test_a_bomb_is_not_unpacked(college, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "load_workbook", lambda *_, **__: pytest.fail("must not be opened"))
    bomb = zipped(tmp_path / "x.xlsx", {"xl/media/image1.png": bytes(100 * 1024 * 1024)})
    assert bomb.stat().st_size < 200_000

    with pytest.raises(Invalid, match="解压后过大"):
        imported(bomb)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({f"xl/{n}.bin": b"" for n in range(sheets.MOST_PARTS + 1)}, "部件过多"),
        ({"xl/workbook.xml": b"<a/>" * (sheets.MOST_TAGS + 1)}, "过大"),
        ({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "b">]><a>&b;</a>'}, "文档类型声明"),
        ({"xl/workbook.xml": '<?xml version="1.0"?><!DOCTYPE a []><a/>'.encode("utf-16")}, "文档类型声明"),
    ],
    ids=["parts", "tags", "doctype", "utf-16"],
)  # fmt: skip
def test_a_strange_structure_is_refused(college, tmp_path, parts, sentence):
    with pytest.raises(Invalid, match=sentence):
        imported(zipped(tmp_path / "x.xlsx", parts))


def test_a_file_that_is_too_large_is_not_opened(college, good, monkeypatch):
    monkeypatch.setattr(sheets, "LARGEST_FILE_BYTES", 100)

    with pytest.raises(Invalid, match="文件超过"):
        imported(good)


def test_too_many_rows_are_refused(college, tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)
    people = [but(PERSON, c0=str(number)) for number in range(4)]

    assert refused(workbook(tmp_path / "x.xlsx", {"人员": people})) == {"人员 第 4 行": "一张表最多 2 行。"}


# The command.


def test_the_command_says_what_changed(college, good):
    answer = college.app.test_cli_runner().invoke(args=["people", "import", str(good)])

    assert (answer.exit_code, answer.output.splitlines()[0]) == (0, "部门: 1")


def test_the_command_names_each_row_at_fault(college, tmp_path):
    path = workbook(tmp_path / "x.xlsx", {**GOOD, "角色": [but(ROLE, c1="校长助理")]})

    answer = college.app.test_cli_runner().invoke(args=["people", "import", str(path)])

    assert answer.exit_code == 1
    assert "角色 第 2 行: 角色：“校长助理”" in answer.output


def test_the_roles_of_a_workbook_are_those_of_the_table_of_permissions():
    assert set(frame.ROLES) == set(ROLES.values())
