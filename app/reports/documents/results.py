"""D12: the college's report. D13: the announcement of results, and the sheet that tells a person his own."""

from itertools import groupby
from typing import Any

from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.assessment import queries as assessments
from app.quality.results import queries, rules
from app.quality.results.models import CollegeReport, ReportState, ResultPublication
from app.quality.standards import queries as standards
from app.reports.documents import words
from app.reports.documents.structure import Block, Column, Document, Seal, Table, Text, in_lines

NUMERALS = "一二三四五六七"


def college_report(row: CollegeReport) -> Document:
    """Return D12: a general part, a chapter with its table for each of the five layers, what is unresolved.

    It speaks from the report's frozen figures; of people only counts, small ones hidden (I-14, I-17).
    """
    published = row.state is ReportState.PUBLISHED
    return Document(
        title="诊断与改进报告",
        about=row.title,
        blocks=[
            in_lines(
                [
                    ("报告", row.title), ("学期", "、".join(calendar.term(each).name_zh for each in row.figures["terms"])),
                    ("编制单位", organisation.unit(organisation.qa_office()).name_zh),
                    ("发布日期", words.day(row.published_at) or "未发布（征求意见稿）"),
                ],
                1, 1, 2,
            ),
            Text(row.summary or rules.first_summary(row.figures), heading="总述与下一步改进"),
            *(block for number, layer in enumerate(rules.LAYERS) for block in _chapter(row, layer, NUMERALS[number])),
            *_unresolved(row),
        ],
        seal=Seal(organisation.unit(organisation.committee()).name_zh, row.published_at) if published else None,
    )  # fmt: skip


def announcement(row: CollegeReport) -> Document:
    """Return D13: the results of units, programmes and courses as the report published them (R-167)."""
    found = queries.published_grades(row)
    by_layer = {layer: list(rows) for layer, rows in groupby(found, key=lambda each: each.layer_code)}
    return Document(
        title="考核结果公告",
        about=row.title,
        blocks=[
            Text(f"{row.title}经质量保证委员会审定，现将本期考核性诊断结果公布如下。"),
            *(
                Table(_GRADE_COLUMNS, _grade_rows(by_layer.get(layer, [])), caption=f"{NUMERALS[number]}、{rules.CHAPTERS[layer]}")
                for number, layer in enumerate(rules.PUBLIC_LAYERS)
            ),
        ],
        notes=["教师和学生的考核结果只告知本人，不公布（等级：A优秀，B合格，C基本合格，D不合格）。"],
        seal=Seal(organisation.unit(organisation.committee()).name_zh, row.published_at),
    )  # fmt: skip


def personal_sheet(row: ResultPublication) -> Document:
    """Return the sheet that tells a person his own result, with what was found."""
    assessment = assessments.assessment(row.assessment_id)
    points = {point.code: point for point in standards.points_of(row.layer_code)}
    return Document(
        title="考核结果通知单",
        about=f"{row.subject_name} {queries.report(row.report_id).title}",
        blocks=[
            in_lines(
                [
                    ("姓名", row.subject_name), ("考核等级", words.GRADES[row.grade]),
                    ("考核单位", row.assessor_name), ("考核日期", words.day(assessment.held_on)),
                ],
                2, 2,
            ),
            Text(assessment.summary or "无。", heading="总体评价"),
            Table(
                [
                    Column("序号", 0.4, centred=True), Column("诊断点", 0.9), Column("存在问题", 1.8),
                    Column("严重程度", 0.7, centred=True), Column("改进要求", 2),
                ],
                [
                    [number, points[each.point_code].name_zh if each.point_code in points else each.point_code,
                     each.problem, words.SEVERITIES[each.severity.value], each.requirement]
                    for number, each in enumerate(assessment.findings, 1)
                ],
                caption="需要改进的问题", empty="没有需要限期改进的问题",
            ),
        ],
        notes=["本单只告知本人；本人、其上级和质管办以外的人不得查阅。"],
        seal=Seal(organisation.unit(organisation.qa_office()).name_zh, row.published_at),
        sensitive=row.subject_code if any(point.sensitive for point in points.values()) else "",
    )  # fmt: skip


_GRADE_COLUMNS = [
    Column("序号", 0.4, centred=True), Column("质量主体", 1.6), Column("考核单位", 2.2), Column("等级", 1.1, centred=True),
    Column("问题数", 0.6, centred=True),
]  # fmt: skip


def _grade_rows(found: list[ResultPublication]) -> list[list[Any]]:
    return [
        [number, each.subject_name, each.assessor_name, words.GRADES[each.grade], each.findings]
        for number, each in enumerate(found, 1)
    ]


def _chapter(row: CollegeReport, layer: str, numeral: str) -> list[Block]:
    figures = row.figures["layers"].get(layer, {})
    percent = rules.on_time_percent(figures, layer)
    rows: list[list[Any]] = [["质量主体", rules.number_of_subjects(figures, layer), ""]]
    for group, seen in rules.shown_layer(figures, layer).items():
        name, cells = rules.GROUPS[group]
        said = "，".join(f"{cells[key]} {count}" for key, count in seen.told.items())
        share = f"，按时率 {percent}%" if group == "diagnoses" and percent is not None else ""
        rows.append([name, seen.total, said + share])
    return [
        Text(row.chapters.get(layer) or rules.chapter(figures, layer), heading=f"{numeral}、{rules.CHAPTERS[layer]}"),
        Table([Column("项目", 1), Column("合计", 0.6, centred=True), Column("分项", 3)], rows, caption=f"附表{numeral} {rules.CHAPTERS[layer]}数据"),
    ]  # fmt: skip


def _unresolved(row: CollegeReport) -> list[Block]:
    named, others = rules.told(row.figures["unresolved"])
    progress = rules.GROUPS["orders"][1]
    table = Table(
        [
            Column("序号", 0.4, centred=True), Column("整改编号", 1), Column("质量主体", 1), Column("存在问题", 2),
            Column("严重程度", 0.6, centred=True), Column("整改期限", 1.05), Column("进展", 0.9),
        ],
        [
            [number, each["order"], each["name"], rules.problem_words(each), words.SEVERITIES[each["severity"]],
             each["due"], progress[each["state"]]]
            for number, each in enumerate(named, 1)
        ],
        caption="六、未解决问题清单",
    )  # fmt: skip
    return [table, *([Text(f"教师、学生层面另有{rules.few(others)}项。", indented=False)] if others else [])]
