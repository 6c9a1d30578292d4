"""How an assessment stands, in words."""

from app.quality.assessment.models import AssessmentStatus
from app.web.i18n import translated as _


def status_words() -> dict[AssessmentStatus, tuple[str, str]]:
    """Return (words, tone) of every status; the tone is a class of `verb`."""
    return {
        AssessmentStatus.PLANNED: (_("已安排"), ""),
        AssessmentStatus.NOTIFIED: (_("已通知"), "do"),
        AssessmentStatus.HELD: (_("已实施，待定级"), "do"),
        AssessmentStatus.DRAFTED: (_("结果待反馈"), "mid"),
        AssessmentStatus.OBJECTED: (_("申诉中"), "mid"),
        AssessmentStatus.ISSUED: (_("已下达"), "ok"),
        AssessmentStatus.PUBLISHED: (_("已公布"), "ok"),
    }
