"""The college's report of a half-year or a year, what it publishes of results, and what it proposes.

A report takes its figures once and keeps them (I-17). Units, programmes and
courses are published with their grades, people never: of them only anonymous
counts (I-14, decision 5). A proposal of reward or penalty acts by nobody but
the committee (I-18).
"""

from app.quality.results.jobs import start_due_reports
from app.quality.results.service import start_report

__all__ = ["start_due_reports", "start_report"]
