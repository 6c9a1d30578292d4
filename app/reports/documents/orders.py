"""D6: the notice of an order. D7: the report on it. D8: the verification on site. D10: the nature of the problem."""

from typing import Any

from sqlalchemy import select

from app.foundation.db import db
from app.organisation import queries as organisation
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import (
    ExtensionDecision,
    OnSiteVerification,
    RectificationOrder,
    RectificationSubmission,
)
from app.quality.rectification.rules import RESULTS
from app.quality.review import rules
from app.quality.review.models import NatureDetermination
from app.quality.standards import queries as standards
from app.quality.standards.models import DiagnosisPoint
from app.reports.documents import names, words
from app.reports.documents.structure import Column, Document, Seal, Signature, Table, Text, in_lines
from app.web.formatting import figure


def order_notice(order: RectificationOrder) -> Document:
    """Return D6: addressee, problem with the standard it breaks, requirement, deadline, who answers for it."""
    finding, assessment = order.finding, order.finding.assessment
    unit, issuer, subject = _unit(order.responsible_unit), _unit(order.issuer_unit), _subject(order)
    known = names.people([order.responsible_leader, order.responsible_id])
    return Document(
        title="限期整改通知书", number=order.no, about=subject,
        blocks=[
            Text(f"{unit}：", indented=False),
            Text(f"{words.day(assessment.held_on)}，{_unit(assessment.assessor_unit)}对{_assessed(order)}进行考核性诊断，发现以下问题。"
                 f"请按要求在期限内完成整改，并提交整改报告和佐证材料。"),
            in_lines(
                [
                    ("诊断点", _point(finding.point_code).name_zh), ("严重程度", words.SEVERITIES[finding.severity.value]),
                    ("存在问题", finding.problem), ("佐证", finding.evidence), ("依据标准", _standards(order)),
                    ("整改要求", finding.requirement), ("整改目标", finding.measurable_target), ("整改期限", _deadline(order)),
                    ("责任领导", known.of(order.responsible_leader)), ("责任部门", unit), ("责任人", known.of(order.responsible_id)),
                ],
                2, 1, 1, 1, 1, 1, 1, 3,
            ),
            Text("逾期未提交整改报告的，依次提醒、报上级督办；逾期10个工作日的，提请认定问题性质。"),
        ],
        signatures=[Signature("签收人"), Signature("签收日期")],
        seal=Seal(issuer, order.issued_at),
        sensitive=_trail(order),
    )  # fmt: skip


def rectification_report(row: RectificationSubmission) -> Document:
    """Return D7: what was done, what came of it, with which evidence, and what the issuer said."""
    order = rectification.order(row.order_no)
    known = names.people([row.submitted_by, row.reviewed_by, order.responsible_id])
    late = "（逾期提交）" if row.late else ""
    return Document(
        title="整改报告" if row.round == 1 else "补充整改报告", number=order.no, about=_subject(order),
        blocks=[
            in_lines(
                [
                    ("责任部门", _unit(order.responsible_unit)), ("责任人", known.of(order.responsible_id)),
                    ("整改期限", words.day(order.due_at)), ("提交时间", words.moment(row.submitted_at) + late),
                    ("存在问题", order.finding.problem), ("整改要求", order.finding.requirement),
                    ("整改目标", order.finding.measurable_target),
                ],
                2, 2, 1, 1, 1,
            ),
            *([Text(order.planned_measures, heading="计划措施")] if order.planned_measures else []),
            Text(row.measures, heading="已采取的整改措施"),
            Text(row.result, heading="整改成效与结果数据"),
            Text(words.file_names(row.evidence) or "没有附件。", heading="佐证材料", indented=False),
            Text(_verdict(row, known), heading="签发单位审核意见", indented=False),
        ],
        signatures=[Signature("报告人", known.of(row.submitted_by)), Signature("审核人", known.of(row.reviewed_by))],
        seal=Seal(_unit(order.responsible_unit), row.submitted_at),
        sensitive=_trail(order),
    )  # fmt: skip


def verification_record(row: OnSiteVerification) -> Document:
    """Return D8; before the visit it is the empty form that the verifiers take along."""
    order = rectification.order(row.order_no)
    known = names.people([*row.verifiers, *row.signed])
    checks = [
        [number, each.get("item", ""), each.get("requirement") or "", each.get("found") or "",
         each.get("measured") or "", RESULTS.get(each.get("result") or "", "")]
        for number, each in enumerate(row.checks or _blank_checks(), 1)
    ]  # fmt: skip
    return Document(
        title="实地复核记录表", number=order.no, about=_subject(order) if row.round == 1 else f"{_subject(order)} 第{row.round}轮",
        blocks=[
            in_lines(
                [
                    ("被复核主体", _subject(order)), ("复核轮次", _round(row)),
                    ("复核日期", words.day(row.verify_on)), ("复核地点", row.place),
                    ("复核人员", known.joined(row.verifiers)), ("整改问题", order.finding.problem),
                    ("整改目标", order.finding.measurable_target),
                ],
                2, 2, 1, 1, 1,
            ),
            Table(
                [Column("序号", 0.4, centred=True), Column("复核内容", 1.6), Column("要求", 1.4), Column("现场情况", 1.6),
                 Column("实测值", 0.8), Column("结果", 0.7, centred=True)],
                checks, caption="复核内容",
            ),
            Text(words.conclusion(row.conclusion) if row.conclusion else "", heading="复核结论"),
            *([Text(row.remark, heading="说明")] if row.remark else []),
            *([Text(words.file_names(row.photos), heading="现场照片", indented=False)] if row.photos else []),
            Text("", heading="被复核主体意见"),
        ],
        signatures=[Signature("复核人员", known.of(each) if each in row.signed else "") for each in row.verifiers]
        + [Signature("被复核主体负责人")],
        sensitive=_trail(order),
    )  # fmt: skip


def determination(row: NatureDetermination) -> Document:
    """Return D10: category and severity, how it came to this, the opinion, the committee's confirmation."""
    order = row.order
    known = names.people([row.determined_by, row.confirmed_by, order.responsible_id])
    return Document(
        title="问题性质认定书", number=order.no, about=_subject(order),
        blocks=[
            in_lines(
                [
                    ("责任部门", _unit(order.responsible_unit)), ("责任人", known.of(order.responsible_id)),
                    ("问题类别", rules.CATEGORIES.get(row.category, row.category)),
                    ("问题程度", rules.SEVERITIES.get(row.severity, row.severity)),
                    ("存在问题", order.finding.problem), ("整改要求", order.finding.requirement),
                ],
                2, 2, 1, 1,
            ),
            Table([Column("时间", 1), Column("经过", 4)], _course(order, row), caption="整改经过"),
            Text(row.opinion, heading="认定意见"),
            Text(_confirmation(row, known), heading="质量保证委员会意见", indented=False),
        ],
        signatures=[Signature("认定人", known.of(row.determined_by)), Signature("委员会主任", known.of(row.confirmed_by))],
        seal=Seal(_unit(organisation.committee()), row.confirmed_at),
        sensitive=_trail(order),
    )  # fmt: skip


def _course(order: RectificationOrder, row: NatureDetermination) -> list[list[str]]:
    """Return what happened from the finding to the determination, oldest first."""
    finding = order.finding
    submissions = db.session.scalars(
        select(RectificationSubmission).where(RectificationSubmission.order_no == order.no)
    )
    happened: list[tuple[Any, str]] = [
        (words.day(finding.assessment.held_on), f"考核性诊断发现问题：{finding.problem}（佐证：{finding.evidence}）"),
        (words.day(order.issued_at), f"签发限期整改通知，期限{order.workdays}个工作日"),
    ]
    later = [
        (each.submitted_at, f"提交整改报告{'（逾期）' if each.late else ''}："
         f"{each.measures}；审核：{words.VERDICTS.get(each.verdict or '', '未审核')}")
        for each in submissions
    ] + [
        (each.concluded_at, f"第{each.round}轮实地复核，结论：{words.conclusion(each.conclusion)}{_remark(each)}")
        for each in rectification.verifications_of(order.no)
        if each.concluded_at
    ]  # fmt: skip
    happened += [(words.day(at), text) for at, text in sorted(later) if at <= row.determined_at]
    return [[at, text] for at, text in happened]


def _remark(row: OnSiteVerification) -> str:
    return f"（{row.remark}）" if row.remark else ""


def _confirmation(row: NatureDetermination, known: names.Names) -> str:
    if row.confirmed_at is None:
        return "待确认。"
    return f"经{known.of(row.confirmed_by)}确认，提交学院专题会。（{words.day(row.confirmed_at)}）"


def _standards(order: RectificationOrder) -> str:
    """Return the limits of the point's indicators that are in force for the subject; the requirement without any."""
    point = order.finding.point_code
    year = order.finding.assessment.held_on.year
    bindings = standards.bindings_of(order.finding.assessment.subject_code, year)
    said = []
    for indicator in standards.indicators_of([point]):
        limits = bindings.get(indicator.code, indicator)
        if limits.standard is not None:
            basis = f"（{indicator.basis}）" if indicator.basis else ""
            said.append(f"{indicator.name_zh}：标准值{figure(limits.standard)}{indicator.unit}{basis}")
    return "；".join(said) or f"诊断点“{_point(point).name_zh}”的工作标准"


def _deadline(order: RectificationOrder) -> str:
    """Return the deadline in force, with the extension that moved it."""
    text = f"{words.moment(order.due_at)}前（{order.workdays}个工作日）"
    extension = rectification.extension_of(order.no)
    if extension is not None and extension.decision is ExtensionDecision.GRANTED:
        text += f"，含批准延期{extension.workdays}个工作日"
    return text


def _verdict(row: RectificationSubmission, known: names.Names) -> str:
    if row.verdict is None:
        return "待审核。"
    reason = f"：{row.verdict_reason}" if row.verdict_reason else ""
    return f"{words.VERDICTS[row.verdict.value]}{reason}（审核人：{known.of(row.reviewed_by)}）"


def _round(row: OnSiteVerification) -> str:
    return "决议后续复核" if row.resolution_id else f"第{row.round}轮"


def _blank_checks() -> list[dict[str, str]]:
    return [{} for _line in range(4)]


def _assessed(order: RectificationOrder) -> str:
    """Return who was assessed; a person whose finding the programme puts right stays unnamed (I-14)."""
    if order.finding.common:
        return f"{_subject(order)}的有关师生"
    return _subject(order)


def _trail(order: RectificationOrder) -> str:
    return order.subject_code if _point(order.finding.point_code).sensitive else ""


def _point(code: str) -> DiagnosisPoint:
    return db.session.get_one(DiagnosisPoint, code)


def _unit(code: str) -> str:
    return organisation.unit(code).name_zh


def _subject(order: RectificationOrder) -> str:
    return organisation.subject(order.subject_code).name_zh
