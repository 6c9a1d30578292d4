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
_held: datetime | None = None


def now() -> datetime:
    """Return the college's present moment, in UTC with its zone."""
    return _held or datetime.now(UTC) + _shift


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


def hold(moment: datetime | None) -> None:
    """Stop this process's clock at a moment, or let it run again (None). Only rehearsals hold it."""
    global _held
    _held = moment and moment.astimezone(UTC)
