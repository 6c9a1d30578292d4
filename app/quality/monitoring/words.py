"""How a warning stands, in words."""

from app.quality.monitoring.models import WarningStatus
from app.web.i18n import translated as _


def status_words() -> dict[WarningStatus, tuple[str, str]]:
    """Return (words, tone) of every status; the tone is a class of `verb`."""
    return {
        WarningStatus.OPEN: (_("待确认"), "bad"),
        WarningStatus.ACKNOWLEDGED: (_("已确认"), "mid"),
        WarningStatus.IN_IMPROVEMENT: (_("改进中"), "do"),
        WarningStatus.RESOLVED: (_("已解除"), "ok"),
        WarningStatus.FALSE_ALARM: (_("误报"), ""),
    }
