"""Kinds, states and counted groups in the reader's language."""

from app.quality.results.models import LinkStatus, ReportKind, ReportState
from app.web.i18n import translated as _


def kind_words() -> dict[ReportKind, str]:
    return {ReportKind.HALF_YEAR: _("半年报告"), ReportKind.YEAR: _("年度报告")}


def state_words() -> dict[ReportState, tuple[str, str]]:
    """Return (words, tone) of every state of a report; the tone is a class of `verb`."""
    return {
        ReportState.DRAFT: (_("起草中"), "do"),
        ReportState.OPINIONS: (_("征求意见"), "do"),
        ReportState.REVIEW: (_("审核中"), "do"),
        ReportState.APPROVAL: (_("待委员会审定"), "mid"),
        ReportState.PUBLISHED: (_("已发布"), "ok"),
    }


def link_words() -> dict[LinkStatus, tuple[str, str]]:
    """Return (words, tone) of every status of a proposal."""
    return {
        LinkStatus.DRAFT: (_("人事处核对中"), "do"),
        LinkStatus.PROPOSED: (_("待委员会审定"), "mid"),
        LinkStatus.APPROVED: (_("已批准，待兑现"), "ok"),
        LinkStatus.REFUSED: (_("不批准"), "bad"),
        LinkStatus.APPLIED: (_("已兑现"), "ok"),
    }


def layer_words() -> dict[str, str]:
    return {
        "COLLEGE": _("学校（学院）层面"), "PROGRAMME": _("专业层面"), "COURSE": _("课程层面"), "TEACHER": _("教师层面"),
        "STUDENT": _("学生层面"),
    }  # fmt: skip


def group_words() -> dict[str, tuple[str, dict[str, str]]]:
    """Return what `rules.GROUPS` names, in the reader's language."""
    return {
        "diagnoses": (_("自我诊改"), {"SUBMITTED": _("按时提交"), "LATE": _("逾期提交"), "MISSED": _("缺失")}),
        "warnings": (_("预警"), {"RED": _("严重"), "YELLOW": _("警示")}),
        "endings": (_("预警处置"), {"RESOLVED": _("已解除"), "FALSE_ALARM": _("误报"), "STANDING": _("未解除")}),
        "findings": (_("考核发现问题"), {"MINOR": _("一般"), "MODERATE": _("较重"), "SERIOUS": _("严重")}),
        "orders": (
            _("限期整改"),
            {"CLOSED": _("已销号"), "RUNNING": _("整改中"), "OVERDUE": _("逾期"), "REFERRED": _("已转专题会")},
        ),
        "verifications": (
            _("实地复核"),
            {"EFFECTIVE": _("有效"), "PARTLY_EFFECTIVE": _("部分有效"), "NO_EVIDENT_EFFECT": _("无明显成效")},
        ),
        "grades": (_("考核等级"), {"A": "A", "B": "B", "C": "C", "D": "D"}),
    }
