"""The small calendar that shows how a deadline was worked out."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from app.web.i18n import translated as _

STYLES = {"COUNTED": "w", "MAKEUP": "w makeup", "SKIPPED": "off", "START": "start", "DUE": "end", "OVERDUE": "x"}


class Cell(NamedTuple):
    """One square; an empty `label` is a gap that only keeps the weekday columns in line."""

    style: str
    label: str
    note: str
    title: str


def calendar_cells(days: Iterable[Mapping[str, Any]]) -> list[Cell]:
    """Lay the days out from Monday on; days that the explanation leaves out stay empty."""
    cells: list[Cell] = []
    before: date | None = None
    for entry in days:
        on = _date(entry["date"])
        missing = on.weekday() if before is None else (on - before).days - 1
        cells += [Cell("gap", "", "", "")] * missing
        cells.append(_cell(entry, on, first=before is None))
        before = on
    return cells


def _cell(entry: Mapping[str, Any], on: date, first: bool) -> Cell:
    kind = str(getattr(entry["kind"], "name", entry["kind"]))
    number, note = entry.get("n"), entry.get("note") or ""
    new_month = on.day == 1 or (first and kind != "START") or (on - timedelta(days=1)).month != on.month
    label = f"{on.month}/{on.day}" if new_month else str(on.day)
    short = {
        "SKIPPED": note[:2] or _("休"),
        "START": note[:2] or _("起"),
        "DUE": _("截止"),
        "OVERDUE": f"+{number}" if number is not None else _("逾期"),
    }.get(kind, str(number) if number is not None else note)
    words = {"MAKEUP": _("调休上班"), "SKIPPED": _("不计"), "DUE": _("截止"), "START": _("起算")}.get(kind, "")
    return Cell(STYLES[kind], label, short, " ".join(part for part in (on.isoformat(), words, note) if part))


def _date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
