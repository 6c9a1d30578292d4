"""How near a deadline is, in words: relative first, the date beside it."""

from datetime import datetime
from typing import NamedTuple

from app.foundation.clock import COLLEGE_ZONE, now, today
from app.organisation import calendar
from app.web import formatting
from app.web.i18n import translated as _


class Due(NamedTuple):
    """`state` is OVERDUE, TODAY, OPEN, DONE or NONE, as the macro `due_mark` takes it; `on` is the date."""

    state: str
    text: str
    on: str


def due_words(due_at: datetime | None, *, closed_at: datetime | None = None) -> Due:
    """Return how a deadline reads now, or how it was kept when the task is closed."""
    if due_at is None:
        return Due("NONE", _("无期限"), "")
    on = formatting.moment(due_at)
    if closed_at is not None:
        return Due("DONE", _("逾期办结") if closed_at > due_at else _("按期办结"), on)
    left = calendar.days_left(due_at)
    day = due_at.astimezone(COLLEGE_ZONE).date()
    if due_at < now():
        if day == today():
            return Due("OVERDUE", _("今日%(at)s已过期", at=formatting.clock(due_at)), on)
        return Due("OVERDUE", _("逾期%(n)s个工作日", n=-left) if left < 0 else _("已逾期"), on)
    if day == today():
        return Due("TODAY", _("今日%(at)s截止", at=formatting.clock(due_at)), on)
    return Due("OPEN", _("还剩%(n)s个工作日", n=left) if left > 0 else _("%(day)s截止", day=formatting.day(day)), on)
