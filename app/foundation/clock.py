"""The one place that asks what time it is.

Moments are aware datetimes in UTC; what people read is Asia/Shanghai. A demo
college may live on another day than ours: its clock is the machine's clock
moved by a shift that is kept in its database, so that the web process and the
scheduler agree (see `app.demo.clock`).
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

COLLEGE_ZONE = ZoneInfo("Asia/Shanghai")

_shift = timedelta(0)


def now() -> datetime:
    """Return the college's present moment, in UTC with its zone."""
    return datetime.now(UTC) + _shift


def today() -> date:
    """Return the calendar day the college lives on."""
    return now().astimezone(COLLEGE_ZONE).date()


def set_shift(shift: timedelta) -> None:
    """Move this process's clock. Only demo databases carry a shift other than zero."""
    global _shift
    _shift = shift


def shift() -> timedelta:
    """Return by how much this process's clock is moved."""
    return _shift
