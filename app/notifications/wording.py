"""Word a mail for its reader: templates by room and language, dates that stay true.

`rectification/mail/order` is the files `order.zh.txt` and `order.en.txt` in
`app/quality/rectification/templates/mail/`. Each extends the shared letter
`notifications/mail/_letter.<language>.txt` and fills its blocks `subject`
(one line), `body` and `why`. The language is the reader's, not that of the
request the mail was written in, so nothing here asks for the request's.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from flask import current_app
from jinja2 import BaseLoader, Environment, StrictUndefined

from app.foundation.clock import COLLEGE_ZONE, today
from app.web.formatting import DAY_NAMES, LEVELS, MONTH_NAMES, WEEKDAYS, figure
from app.web.i18n import CHINESE, ENGLISH

LONGEST_SUBJECT = 200  # characters; mail programs show fewer
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_WEEK = re.compile(r"(.+)-W(\d+)")
_BLANK_LINES = re.compile(r"\n\s*\n+")


class Worded(NamedTuple):
    """The subject on one line without control characters, the body as plain text."""

    subject: str
    body: str


def word(template: str, values: Mapping[str, Any], *, locale: str) -> Worded:
    """Return a mail's subject and body in `zh` or `en`.

    Raises `jinja2.UndefinedError` for a value the template names and nobody
    gave, `jinja2.TemplateNotFound` when the room has no such wording.
    """
    language = ENGLISH if locale == ENGLISH else CHINESE
    found = _environment(language).get_template(f"{template}.{language}.txt")
    context = found.new_context(dict(values))
    subject = _CONTROL.sub(" ", "".join(found.blocks["subject"](context))).strip()
    prefix = "【诊改通】" if language == CHINESE else "[诊改通] "
    body = _CONTROL_BUT_LINES.sub("", found.render(values).replace("\r\n", "\n"))
    return Worded(
        subject=_shortened(prefix + " ".join(subject.split())),
        body=_BLANK_LINES.sub("\n\n", body).strip() + "\n",
    )


def day(value: str | date | datetime | None, *, language: str) -> str:
    """Return `10月16日（周五）` or `Fri 16 Oct`, with the year when it is not this one."""
    if not value:
        return ""
    shown = _day_of(value)
    other_year = shown.year != today().year
    if language == ENGLISH:
        year = f" {shown.year}" if other_year else ""
        return f"{DAY_NAMES[shown.weekday()]} {shown.day} {MONTH_NAMES[shown.month - 1]}{year}"
    year = f"{shown.year}年" if other_year else ""
    return f"{year}{shown.month}月{shown.day}日（周{WEEKDAYS[shown.weekday()]}）"


def moment(value: str | datetime | None, *, language: str) -> str:
    """Return `10月16日（周五）17:30` or `Fri 16 Oct 17:30`, college time; `value` carries its zone."""
    if not value:
        return ""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    if at.tzinfo is None:
        raise ValueError(f"a moment without a zone cannot be told: {value!r}")
    gap = " " if language == ENGLISH else ""
    return f"{day(at, language=language)}{gap}{at.astimezone(COLLEGE_ZONE):%H:%M}"


def level(value: str, *, language: str) -> str:
    """Return what a level is called: `红色（严重）`, `red`."""
    look = LEVELS[str(value)]
    colours = {"g": ("绿色", "green"), "b": ("蓝色", "blue"), "y": ("黄色", "yellow"), "r": ("红色", "red")}
    chinese, english = colours[look.style]
    return english if language == ENGLISH else f"{chinese}（{look.chinese}）"


def week(period: str, *, language: str) -> str:
    """Return `2026-2027-1学期第12周` for `2026-2027-1-W12`; another period as it is."""
    found = _WEEK.fullmatch(str(period))
    if found is None:
        return str(period)
    term, number = found.groups()
    return f"week {int(number)} of term {term}" if language == ENGLISH else f"{term}学期第{int(number)}周"


def _environment(language: str) -> Environment:
    """Return the application's mail templates in a language; compiled once per application."""
    kept: dict[str, Environment] = current_app.extensions.setdefault("mail_wording", {})
    if language not in kept:
        loader = current_app.jinja_loader
        assert isinstance(loader, BaseLoader), "mails are worded after the rooms' templates were found"
        # Plain text: what a person wrote is shown as it is, so nothing is escaped.
        environment = Environment(
            loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters.update(
            day=partial(day, language=language),
            moment=partial(moment, language=language),
            level=partial(level, language=language),
            week=partial(week, language=language),
            figure=figure,
        )
        kept[language] = environment
    return kept[language]


def _day_of(value: str | date | datetime) -> date:
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value.astimezone(COLLEGE_ZONE).date() if isinstance(value, datetime) else value


def _shortened(subject: str) -> str:
    return subject if len(subject) <= LONGEST_SUBJECT else subject[: LONGEST_SUBJECT - 1] + "…"
