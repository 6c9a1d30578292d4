"""D3: the record of a self-diagnosis. D4: the report of a semester."""

from sqlalchemy import and_, case, func, or_, select, true

from app.foundation.db import db
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import Layer
from app.quality.cycles.models import DiagnosisWindow
from app.quality.diagnosis import queries, reports
from app.quality.diagnosis.models import ImprovementMeasure, SelfDiagnosis, SemesterReport
from app.quality.goals.models import Goal
from app.quality.monitoring.models import QualityWarning, WarningStatus
from app.quality.standards import queries as standards
from app.reports.documents import names, words
from app.reports.documents.structure import Column, Document, Seal, Signature, Table, Text, in_lines


def self_diagnosis(row: SelfDiagnosis) -> Document:
    """Return D3. It is landscape: eight columns of sentences."""
    subject = organisation.subject(row.subject_code)
    points = {point.code: point for point in standards.points_of(subject.layer_code)}
    measures = _measures(row)
    known = names.people([row.performer_id, row.on_behalf_of, *(each.responsible_id for each in measures.values())])
    adjustments = _adjustments(row)
    return Document(
        title="自我诊改记录",
        about=f"{subject.name_zh} {calendar.term(row.term_code).name_zh}第{row.window_no}次",
        blocks=[
            in_lines(
                [
                    ("质量主体", subject.name_zh), ("学期", calendar.term(row.term_code).name_zh),
                    ("诊改窗口", _window(row, subject.layer_code)), ("填报人", _performer(row, known)),
                    ("截止时间", words.moment(row.due_at)), ("提交情况", _handed_in(row)),
                ],
                2, 2, 2,
            ),
            Table(_POINT_COLUMNS, [
                [
                    points[entry.point_code].name_zh if entry.point_code in points else entry.point_code,
                    f"{words.level(entry.level)}，{words.STATES[entry.state.value]}",
                    entry.problem, entry.cause, entry.achievement, *_measure(measures.get(entry.id), known),
                ]
                for entry in row.entries
            ], empty="本窗口没有提交自我诊改", caption="诊断点"),
            *([adjustments] if adjustments.rows else [Text("本次没有提出计划调整。", heading="计划调整", indented=False)]),
        ],
        signatures=[Signature("填报人", _performer(row, known)), Signature("负责人审阅")],
        landscape=True,
        sensitive=row.subject_code if any(point.sensitive for point in points.values()) else "",
    )  # fmt: skip


_POINT_COLUMNS = [
    Column("诊断点", 1.2), Column("现状", 1), Column("问题", 1.6), Column("原因", 1.4), Column("成绩", 1.2),
    Column("改进措施", 1.7), Column("责任人", 0.8), Column("期限", 1.1),
]  # fmt: skip


def _measures(row: SelfDiagnosis) -> dict[int, ImprovementMeasure]:
    rows = db.session.scalars(
        select(ImprovementMeasure).where(ImprovementMeasure.entry_id.in_([entry.id for entry in row.entries]))
    )
    return {each.entry_id: each for each in rows}


def _measure(row: ImprovementMeasure | None, known: names.Names) -> list[str]:
    return [row.text, known.of(row.responsible_id), words.day(row.due_on)] if row else ["", "", ""]


def _window(row: SelfDiagnosis, layer_code: str) -> str:
    frequency = db.session.get_one(Layer, layer_code).frequency
    window = db.session.scalar(
        select(DiagnosisWindow).where(
            DiagnosisWindow.term_code == row.term_code, DiagnosisWindow.no == row.window_no,
            DiagnosisWindow.frequency == frequency,
        )
    )  # fmt: skip
    if window is None:
        return f"第{row.window_no}个窗口"
    weeks = str(window.first_week)
    if window.last_week != window.first_week:
        weeks += f"—{window.last_week}"
    return f"第{row.window_no}个窗口（第{weeks}周）"


def _performer(row: SelfDiagnosis, known: names.Names) -> str:
    behalf = f"（代{known.of(row.on_behalf_of)}）" if row.on_behalf_of else ""
    return known.of(row.performer_id) + behalf


def _handed_in(row: SelfDiagnosis) -> str:
    at = f"（{words.moment(row.submitted_at)}）" if row.submitted_at else ""
    return words.DIAGNOSES[row.status.value] + at


def _adjustments(row: SelfDiagnosis) -> Table:
    asked = queries.adjustments_of(row.id)
    goals = select(Goal.id, Goal.task_zh).where(Goal.id.in_([each.goal_id for each in asked]))
    tasks = {goal.id: goal.task_zh for goal in db.session.execute(goals)}
    return Table(
        [Column("目标任务", 2), Column("年度", 0.6), Column("原计划"), Column("调整为"), Column("理由", 2), Column("审批", 0.7)],
        [
            [tasks.get(each.goal_id, ""), each.year, each.old_plan, each.new_plan, each.reason,
             words.DECISIONS[each.decision.value]]
            for each in asked
        ],
        caption="计划调整",
    )  # fmt: skip


def semester_report(row: SemesterReport) -> Document:
    """Return D4 with the figures that were frozen when it was handed in (I-17)."""
    subject = organisation.subject(row.subject_code)
    term = calendar.term(row.term_code).name_zh
    known = names.people([row.written_by])
    part = reports.part_name(row)
    whose = f"{subject.name_zh} {part}" if part and part != subject.name_zh else subject.name_zh
    return Document(
        title="内部质量保证体系运行报告",
        about=f"{whose} {term}",
        blocks=[
            in_lines(
                [("报告主体", f"{whose}（{reports.LEVEL_NAMES[row.level.value]}）"), ("学期", term), ("撰写人", known.of(row.written_by)),
                 ("撰写时间", words.moment(row.written_at)), ("审核情况", words.REPORTS[row.status.value])],
                2, 2, 1,
            ),
            Text(row.text, heading="一、基本情况"),
            Table([Column("指标", 2), Column("数值", 1)], _figures(row), caption="二、目标完成与自我诊改"),
            *([] if row.part else [_warnings(row)]),
            *_below(row),
            Text(row.problems or "无。", heading="四、存在问题"),
            Text(row.measures or "无。", heading="五、改进措施"),
            Text(row.next_goals or "无。", heading="六、下学期目标"),
        ],
        signatures=[Signature("撰写人", known.of(row.written_by)), Signature("上级审核"), Signature("质管办验收")],
        seal=Seal(subject.name_zh, row.written_at),
    )  # fmt: skip


def _figures(row: SemesterReport) -> list[list[str]]:
    """Return the frozen figures; a figure that an older report did not keep is a dash."""
    figures = row.figures
    if row.part:
        plain = {
            "目标任务（项）": "goals", "办结任务（项）": "tasks_done", "其中逾期（项）": "tasks_late",
            "改进措施完成（项）": "measures_done", "改进措施进行中（项）": "measures_open",
        }  # fmt: skip
        progress = ["目标任务平均进度", words.percent(figures.get("progress_percent"))]
        return [*([label, str(figures.get(key, "—"))] for label, key in plain.items()), progress]
    owed = sum(figures.get(key) or 0 for key in ("submitted", "late", "missed"))
    on_time = 100 * (figures.get("submitted") or 0) / owed if owed else None
    plain = {
        "目标任务（项）": "goals", "自我诊改按时（次）": "submitted", "自我诊改逾期（次）": "late",
        "自我诊改缺失（次）": "missed", "未解除黄色预警（条）": "standing_yellow", "未解除红色预警（条）": "standing_red",
    }  # fmt: skip
    return [
        *([label, str(figures.get(key, "—"))] for label, key in plain.items()),
        ["目标任务平均进度", words.percent(figures.get("progress_percent"))],
        ["自我诊改按时率", words.percent(on_time)],
    ]


def _below(row: SemesterReport) -> list[Table]:
    """Return what the report embeds of those below it, where there are any."""
    below = row.figures.get("below")
    if not below or not below["written"]:
        return []
    lines = [[f"{reports.LEVEL_NAMES[level]}报告（份）", str(count)] for level, count in below["written"].items()]
    lines += [
        ["其中已审核（份）", str(below["approved"])],
        ["下级目标任务平均进度", words.percent(below["progress_percent"])],
        ["下级自我诊改按时、逾期、缺失（次）", f"{below['submitted']}、{below['late']}、{below['missed']}"],
    ]
    lines += [[f"下级存在问题：{each['name']}", each["text"]] for each in below["problems"]]
    return [Table([Column("下级报告汇总", 2), Column("数值", 3)], lines, caption="附：下级报告")]


def _warnings(row: SemesterReport) -> Table:
    """Return what became of the term's warnings until the report was written.

    Only what carries its moment is counted: a level or a status of today would change a frozen report (I-17).
    """
    term, at = calendar.term(row.term_code), row.written_at
    in_term = QualityWarning.period.like(f"{term.code}%"), QualityWarning.opened_at <= at
    ended = QualityWarning.closed_at <= at
    columns = {
        "发出": true(),
        "已确认": QualityWarning.acknowledged_at <= at,
        "已解除": and_(ended, QualityWarning.status == WarningStatus.RESOLVED),
        "认定误报": and_(ended, QualityWarning.status == WarningStatus.FALSE_ALARM),
        "未解除": or_(QualityWarning.closed_at.is_(None), QualityWarning.closed_at > at),
    }
    counts = db.session.execute(
        select(*(func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in columns.values()))
        .where(QualityWarning.subject_code == row.subject_code, *in_term)
    ).one()  # fmt: skip
    return Table(
        [Column(f"{label}（条）", centred=True) for label in columns], [[str(count) for count in counts]],
        caption="三、预警及处置（含提示）",
    )  # fmt: skip
