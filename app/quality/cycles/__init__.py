"""Terms and windows: who owes what by when, and the launch of a term's procedures.

A window's deadline is kept as it was announced; it changes only when the
calendar does, and never to an earlier day (I-8, I-16).
"""

from app.quality.cycles.jobs import start_due_terms, work_on_launches
from app.quality.cycles.launching import start_term
from app.quality.cycles.windows import windows_of

__all__ = ["start_due_terms", "start_term", "windows_of", "work_on_launches"]
