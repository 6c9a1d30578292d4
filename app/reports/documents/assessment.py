"""D5: the record of an assessment diagnosis."""

from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.assessment.models import Assessment, Finding
from app.quality.standards import queries as standards
from app.reports.documents import names, words
from app.reports.documents.structure import Column, Document, Fields, Seal, Signature, Table, Text, in_lines
from app.web.formatting import figure


def assessment_record(row: Assessment) -> Document:
    """Return D5: scores by point, findings with evidence and requirement, the grade, who assessed."""
    subject = organisation.subject(row.subject_code)
    points = standards.points_of(subject.layer_code)
    known = names.people(row.assessors)
    unit = organisation.unit(row.assessor_unit).name_zh
    return Document(
        title="考核性诊断记录",
        about=f"{subject.name_zh} {row.held_on.isoformat()}",
        blocks=[
            _head(row, subject.name_zh, unit, known),
            Table(
                [Column("序号", 0.4, centred=True), Column("诊断点", 2), Column("得分（百分制）", 1, centred=True)],
                [[number, point.name_zh, _score(row.scores.get(point.code))] for number, point in enumerate(points, 1)],
                caption="一、诊断点评分",
            ),
            _findings(row, {point.code: point.name_zh for point in points}),
            Text(row.summary or "无。", heading="三、总体评价"),
            *_objection(row),
        ],
        signatures=[Signature("考核人员", known.of(each)) for each in row.assessors] + [Signature("被考核单位负责人")],
        seal=Seal(unit, row.issued_at),
        sensitive=row.subject_code if any(point.sensitive for point in points) else "",
    )  # fmt: skip


def _head(row: Assessment, subject: str, unit: str, known: names.Names) -> Fields:
    return in_lines(
        [
            ("被考核主体", subject), ("学期", calendar.term(row.term_code).name_zh),
            ("考核单位", unit), ("考核日期", words.day(row.held_on)),
            ("考核方式", words.MODES.get(row.mode, row.mode)), ("考核等级", words.GRADES.get(row.grade or "", "未定")),
            ("考核人员", known.joined(row.assessors)), ("准备材料", row.materials or "无"),
        ],
        2, 2, 2, 1, 1,
    )  # fmt: skip


def _findings(row: Assessment, points: dict[str, str]) -> Table:
    return Table(
        [
            Column("序号", 0.4, centred=True), Column("诊断点", 0.8), Column("存在问题", 1.4), Column("佐证", 1.4),
            Column("严重程度", 0.6, centred=True), Column("限期改进意见", 2.2), Column("整改目标", 1.1),
        ],
        [
            [number, points.get(each.point_code, each.point_code), each.problem, each.evidence,
             words.SEVERITIES[each.severity.value], _requirement(each), each.measurable_target]
            for number, each in enumerate(row.findings, 1)
        ],
        caption="二、存在问题与限期改进意见", empty="考核未发现需要限期改进的问题",
    )  # fmt: skip


def _requirement(finding: Finding) -> str:
    text = f"{finding.requirement}（{finding.workdays}个工作日内）" if finding.workdays else finding.requirement
    return f"{text}（普遍性问题，由专业整改）" if finding.common else text


def _objection(row: Assessment) -> list[Text]:
    if not row.objection:
        return []
    said = words.lines({"被考核主体意见": row.objection, "处理": row.objection_decision or "待处理"})
    return [Text(said, heading="四、异议与处理", indented=False)]


def _score(value: float | None) -> str:
    return figure(value) if value is not None else "—"
