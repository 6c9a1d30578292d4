"""What the clock does for the terms."""

from sqlalchemy import select

from app.foundation.clock import now, today
from app.foundation.db import db, transaction
from app.organisation import calendar
from app.organisation.models import Layer
from app.quality.cycles import service
from app.quality.cycles.models import CohortLaunch

# Layers whose procedure starts by itself on the term's first working day at 8:00.
SELF_STARTING = ("COLLEGE",)


def start_due_terms() -> int:
    """Start the procedures of a term whose first week has opened, once per term and layer."""
    started = 0
    for layer in SELF_STARTING:
        with transaction():
            term = calendar.term_on(today())
            if term is None or term.end_on < today() or db.session.get(Layer, layer) is None:
                continue
            launched = db.session.scalar(
                select(CohortLaunch.day).where(
                    CohortLaunch.term_code == term.code, CohortLaunch.layer_code == layer
                )
            )
            if launched is None and calendar.opening(term.code, 1) <= now():
                started += len(service.start_term(term.code, layer))
    return started
