"""How moments, days, figures and levels read, in Chinese and in English.

Moments are shown in the college's zone. The year appears only when it is not
the present one, so most dates stay short.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from flask import Flask
from flask_babel import get_locale

from app.foundation.clock import COLLEGE_ZONE
from app.foundation.clock import now as present

WEEKDAYS = "一二三四五六日"
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LevelLook(NamedTuple):
    """A level is never colour alone: it has a mark and a word."""

    style: str
    mark: str
    chinese: str
    english: str


LEVELS = {
    "GREEN": LevelLook("g", "●", "达标", "On target"),
    "BLUE": LevelLook("b", "◆", "提示", "Notice"),
    "YELLOW": LevelLook("y", "▲", "警示", "Warning"),
    "RED": LevelLook("r", "■", "严重", "Severe"),
    "YELLOW_HIGH": LevelLook("y", "▲", "偏高待核", "High, verify"),
    "YELLOW_LOW": LevelLook("y", "▲", "偏低待核", "Low, verify"),
}
NO_LEVEL = LevelLook("n", "○", "无数据", "No data")


def register(app: Flask) -> None:
    """Add the filters to the templates of this application."""
    app.jinja_env.filters.update(moment=moment, day=day, clock=clock, figure=figure, iso=iso)
    app.jinja_env.globals.update(level_look=level_look, is_english=is_english)


def is_english() -> bool:
    """Tell whether this request is answered in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def moment(value: datetime | None, now: datetime | None = None) -> str:
    """Return `10月16日（周五）17:30`, or `Fri 16 Oct 17:30`; nothing for None."""
    if value is None:
        return ""
    local = _local(value)
    gap = " " if is_english() else ""
    return f"{day(local.date(), now)}{gap}{local:%H:%M}"


def day(value: date | datetime | None, now: datetime | None = None) -> str:
    """Return `10月16日（周五）`, or `Fri 16 Oct`, with the year when it is another one."""
    if value is None:
        return ""
    shown = _local(value).date() if isinstance(value, datetime) else value
    other_year = shown.year != _local(now or present()).year
    if is_english():
        year = f" {shown.year}" if other_year else ""
        return f"{DAY_NAMES[shown.weekday()]} {shown.day} {MONTH_NAMES[shown.month - 1]}{year}"
    year = f"{shown.year}年" if other_year else ""
    return f"{year}{shown.month}月{shown.day}日（周{WEEKDAYS[shown.weekday()]}）"


def clock(value: datetime | None) -> str:
    """Return `14:02` in the college's zone."""
    return "" if value is None else f"{_local(value):%H:%M}"


def iso(value: date | datetime | None) -> str:
    """Return the machine's form, for `datetime` attributes."""
    return "" if value is None else value.isoformat()


def figure(value: float | Decimal | None, places: int = 2) -> str:
    """Return a figure without needless zeros: `82`, `0.44`; a dash for None."""
    if value is None:
        return "—"
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def level_look(level: object) -> LevelLook:
    """Return how a level looks; an enum member counts by its name, None is "no data"."""
    if level is None:
        return NO_LEVEL
    return LEVELS[str(getattr(level, "name", level)).upper()]


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"a moment without a zone cannot be shown: {value!r}")
    return value.astimezone(COLLEGE_ZONE)
