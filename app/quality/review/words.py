"""How meetings and resolutions stand, in words."""

from app.quality.review.models import MeetingStatus
from app.web.i18n import translated as _


def meeting_words() -> dict[MeetingStatus, tuple[str, str]]:
    """Return (words, tone) of every status of a meeting; the tone is a class of `verb`."""
    return {
        MeetingStatus.PLANNED: (_("待安排日期"), "mid"),
        MeetingStatus.SCHEDULED: (_("待召开"), "do"),
        MeetingStatus.HELD: (_("待形成纪要"), "mid"),
        MeetingStatus.RECORDED: (_("已形成决议"), "ok"),
    }


def resolution_words() -> dict[str, tuple[str, str]]:
    """Return (words, tone) of every state of a resolution; the tone is a class of `verb`."""
    return {
        "TASKS": (_("任务落实中"), "do"),
        "APPOINT": (_("任务已完成，待指派复核"), "mid"),
        "VERIFY": (_("待后续复核"), "mid"),
        "EFFECTIVE": (_("已落实"), "ok"),
        "FAILED": (_("未见成效，再次上会"), "bad"),
    }
