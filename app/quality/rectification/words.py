"""How an order stands, in words."""

from app.quality.rectification.models import OrderStatus
from app.web.i18n import translated as _


def status_words() -> dict[OrderStatus, tuple[str, str]]:
    """Return (words, tone) of every status; the tone is a class of `verb`: "", do, mid, ok, bad."""
    return {
        OrderStatus.ISSUED: (_("待签收"), ""),
        OrderStatus.ACKNOWLEDGED: (_("整改中"), "do"),
        OrderStatus.SUBMITTED: (_("待审核"), "mid"),
        OrderStatus.RETURNED: (_("退回重报"), "bad"),
        OrderStatus.ACCEPTED: (_("待复核"), "mid"),
        OrderStatus.VERIFYING: (_("复核中"), "mid"),
        OrderStatus.SUPPLEMENTARY: (_("补充整改"), "do"),
        OrderStatus.OVERDUE: (_("逾期未交"), "bad"),
        OrderStatus.REFERRED: (_("已转专题会"), "bad"),
        OrderStatus.CLOSED: (_("已销号"), "ok"),
    }
