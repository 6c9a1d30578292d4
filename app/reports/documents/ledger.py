"""D9: the ledger of rectification with the fifteen columns in use: entered, pressed on, verified, closed."""

from collections.abc import Sequence

from app.foundation.clock import today
from app.quality.rectification.models import ExtensionDecision
from app.quality.rectification.queries import LedgerRow
from app.reports.documents import words
from app.reports.documents.structure import Column, Document, Table

COLUMNS = [
    Column("序号", 0.5, centred=True), Column("问题来源", 1.5), Column("存在问题", 1.8), Column("责任领导", 0.75),
    Column("责任部门", 1.0), Column("责任人", 0.75), Column("整改措施", 1.8), Column("整改目标", 1.7), Column("整改时限", 1.15),
    Column("进展", 0.9), Column("完成情况", 1.5), Column("佐证材料", 1.3), Column("复核结论", 0.8), Column("复核人", 0.8),
    Column("销号日期", 1.15),
]  # fmt: skip


def ledger(rows: Sequence[LedgerRow], *, about: str, progress: dict[str, str]) -> Document:
    """Return D9. `progress` maps the state of an order to the words the page uses."""
    return Document(
        title="整改台账",
        about=about,
        blocks=[Table(COLUMNS, [_row(number, row, progress) for number, row in enumerate(rows, 1)], empty="没有整改")],
        notes=[f"共{len(rows)}单，制表日期：{words.day(today())}。"],
        landscape=True,
    )


def _row(number: int, row: LedgerRow, progress: dict[str, str]) -> list[str | int]:
    order, finding, submission, verification = row.line.order, row.line.order.finding, row.submission, row.verification
    concluded = verification if verification and verification.concluded_at else None
    return [
        number,
        f"{order.no}\n{words.day(finding.assessment.held_on)}考核性诊断",
        f"{row.line.subject_name}：{finding.problem}（{words.SEVERITIES[finding.severity.value]}）",
        row.line.leader, row.line.unit_name, row.line.responsible,
        submission.measures if submission else order.planned_measures,
        f"{finding.measurable_target}（要求：{finding.requirement}）",
        _deadline(row),
        _progress(row, progress),
        submission.result if submission else "",
        words.file_names(submission.evidence) if submission else "",
        words.conclusion(concluded.conclusion) if concluded else "",
        "、".join(row.verifiers),
        words.day(order.closed_at),
    ]  # fmt: skip


def _deadline(row: LedgerRow) -> str:
    extension = row.extension
    granted = extension is not None and extension.decision is ExtensionDecision.GRANTED
    return words.day(row.line.order.due_at) + (f"\n（延期{extension.workdays}日）" if extension and granted else "")


def _progress(row: LedgerRow, progress: dict[str, str]) -> str:
    said = progress[row.line.order.status.value]
    late = row.line.late_workdays
    return said if late is None else f"{said}\n逾期{late}个工作日"
