"""The organisation chain on a page: leaders, committee, quality office, five systems by five layers."""

import re

from app.foundation.db import db, transaction
from app.organisation import imports
from app.organisation.models import UnitLayerDuty
from app.reports import chain
from tests.doors import signed_in, statements
from tests.organisation.workbooks import workbook


def test_each_unit_belongs_to_one_of_the_five_systems(college):
    found = chain.chain()

    assert [row.system.name_zh for row in found.systems] == ["决策指挥系统", "质量生成系统", "资源建设系统", "服务支持系统", "监督控制系统"]
    assert sum(len(row.units) for row in found.systems) == 34
    assert [layer.code for layer in found.layers] == ["COLLEGE", "PROGRAMME", "COURSE", "TEACHER", "STUDENT"]


def test_the_committee_stands_at_the_top_with_its_office(college):
    found = chain.chain()

    assert found.chair in found.committee
    assert len(found.committee) == 12
    assert any("主任" in post for post, _name in found.quality_office)
    assert found.leaders


def test_the_matrix_says_what_each_unit_does_for_each_layer(college):
    found = chain.chain()
    supervision = next(row for row in found.systems if row.system.code == "SUPERVISION")

    assert [line.unit.code for line in supervision.doing("TEACHER")] == ["OFF-ZGB"]
    assert all(any(row.doing(layer.code) for row in found.systems) for layer in found.layers)


def test_every_department_has_its_own_group_of_assessors(college):
    departments = [line for row in chain.chain().systems for line in row.units if line.unit.kind.value == "DEPARTMENT"]

    assert all(line.assessors for line in departments)


def test_everybody_may_read_it_and_it_costs_a_fixed_number_of_statements(college):
    client = signed_in(college.app, "S008")
    client.get("/organisation/")

    with statements() as seen:
        page = client.get("/organisation/").get_data(as_text=True)

    assert len(seen) <= 16
    assert re.search(r"五纵 × 五横", page)
    assert "人才培养方案与教学运行管理" in page


def test_duties_are_imported_with_the_units(college, tmp_path):
    rows = [("OFF-TSG", "课程层面", "教学参考资源建设"), ("OFF-TSG", "STUDENT", "阅读推广")]
    path = workbook(tmp_path / "duties.xlsx", {"职责": rows})

    with transaction():
        done = imports.import_workbook(path, by=None)

    assert done == {"职责": 1}
    assert db.session.get(UnitLayerDuty, ("OFF-TSG", "COURSE")).duty_zh == "教学参考资源建设"
