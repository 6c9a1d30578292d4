"""What the clock does for the terms."""

from sqlalchemy import select

from app.foundation.clock import now, today
from app.foundation.db import db, transaction
from app.organisation import calendar
from app.organisation.models import Layer
from app.quality.cycles import service
from app.quality.cycles.models import CohortLaunch


def start_due_terms() -> int:
    """Start the procedures of a term whose first week has opened, once per term and layer.

    A layer that does not start by itself waits for `flask term start`.
    """
    with transaction():
        term = calendar.term_on(today())
        if term is None or term.end_on < today() or calendar.opening(term.code, 1) > now():
            return 0
        code = term.code
        launched = select(CohortLaunch.layer_code).where(CohortLaunch.term_code == code)
        waiting = list(
            db.session.scalars(
                select(Layer.code)
                .where(Layer.self_starting, Layer.code.not_in(launched))
                .order_by(Layer.position)
            )
        )
    started = 0
    for layer in waiting:
        with transaction():
            started += len(service.start_term(code, layer))
    return started
