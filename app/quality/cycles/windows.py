"""The windows of a term: weekly, or two weeks together."""

from sqlalchemy import select

from app import engine
from app.foundation.db import db
from app.foundation.errors import Invalid
from app.foundation.reference import remembered
from app.organisation import calendar
from app.quality.cycles.models import DiagnosisWindow

WEEKS_PER_WINDOW = {"WEEKLY": 1, "BIWEEKLY": 2}


def windows_of(frequency: str, term: str) -> list[DiagnosisWindow]:
    """Return the windows of a term in order; the first question writes them down.

    Exactly one window per frequency and number (I-8). Raises `Invalid` for an
    unknown frequency.
    """
    if frequency not in WEEKS_PER_WINDOW:
        raise Invalid(f"没有“{frequency}”这种自诊频率。")
    found = _known(frequency, term)
    if not found:
        found = _generate(frequency, term)
        db.session.add_all(found)
        db.session.flush()
    return found


@remembered
def _known(frequency: str, term: str) -> list[DiagnosisWindow]:
    return list(
        db.session.scalars(
            select(DiagnosisWindow)
            .where(DiagnosisWindow.term_code == term, DiagnosisWindow.frequency == frequency)
            .order_by(DiagnosisWindow.no)
        )
    )


def for_engine(frequency: str, term: str) -> list[engine.Window]:
    """Return the windows as the engine's recurring call activities take them."""
    return [
        engine.Window(
            no=row.no, opens_at=row.opens_at, due_at=row.due_at, due_rule=row.due_rule, skipped=row.skipped,
            variables={"first_week": row.first_week, "last_week": row.last_week, "frequency": frequency},
        )
        for row in windows_of(frequency, term)
    ]  # fmt: skip


def deadline_rule(row: DiagnosisWindow) -> dict[str, object]:
    """Return the rule of a window's deadline: the last working day of its weeks."""
    return {
        "kind": "weeks", "term": row.term_code, "first": row.first_week, "last": row.last_week, "end": "last",
    }  # fmt: skip


def date_window(row: DiagnosisWindow) -> None:
    """Work out when a window opens and is due; without a working day it is skipped (scenario 15)."""
    row.opens_at = calendar.opening(row.term_code, row.first_week)
    rule = deadline_rule(row)
    try:
        row.due_at, row.due_rule = calendar.derive(rule).at, rule
    except Invalid:
        row.due_at = row.due_rule = None


def _generate(frequency: str, term: str) -> list[DiagnosisWindow]:
    size = WEEKS_PER_WINDOW[frequency]
    weeks = calendar.weeks_of(term)
    rows = []
    for number, start in enumerate(range(0, len(weeks), size), start=1):
        span = weeks[start : start + size]
        row = DiagnosisWindow(
            term_code=term, frequency=frequency, no=number, first_week=span[0].no, last_week=span[-1].no
        )
        date_window(row)
        rows.append(row)
    return rows
