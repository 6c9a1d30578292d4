"""What the clock does for the reports."""

from app.foundation.clock import now, today
from app.foundation.db import take_turns, transaction
from app.organisation import calendar
from app.quality.results import queries, rules, service
from app.quality.results.models import ReportKind

# The week at whose first working day the reports begin; a shorter term begins them in its last week.
REPORT_WEEK = 20


def start_due_reports() -> int:
    """Begin the reports of a term whose twentieth week has opened, once of each kind; returns how many."""
    term = calendar.term_on(today())
    if term is None or term.end_on < today():
        return 0
    code = term.code
    if calendar.opening(code, min(REPORT_WEEK, calendar.last_week(code))) > now():
        return 0
    due = [ReportKind(kind) for kind in rules.kinds_due(calendar.term_number(code))]
    waiting = [kind for kind in due if queries.report_of(kind, code) is None]
    return sum(_start(kind, code) for kind in waiting)


def _start(kind: ReportKind, code: str) -> bool:
    with transaction():
        take_turns("start_due_reports")
        if queries.report_of(kind, code) is not None:
            return False  # another scheduler was faster
        service.start_report(kind, code)
        return True
