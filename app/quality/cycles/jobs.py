"""What the clock does for the terms."""

from sqlalchemy import select

from app.foundation.clock import now, today
from app.foundation.db import db, locked, take_turns, transaction
from app.organisation import calendar
from app.organisation.models import Layer
from app.quality.cycles import launching
from app.quality.cycles.models import CohortLaunch, LaunchState

UNDER_WAY = (LaunchState.RESOLVING, LaunchState.STARTING, LaunchState.UNDOING)


def start_due_terms() -> int:
    """Order the launch of a term whose first week has opened, once per term and layer.

    A layer that does not start by itself waits for the quality office.
    """
    with transaction():
        take_turns("start_due_terms")
        term = calendar.term_on(today())
        if term is None or term.end_on < today() or calendar.opening(term.code, 1) > now():
            return 0
        layers = db.session.scalars(select(Layer.code).where(Layer.self_starting).order_by(Layer.position))
        waiting = [layer for layer in layers if not launching.was_ordered(term.code, layer)]
        for layer in waiting:
            launching.order(term.code, layer)
        return len(waiting)


def work_on_launches() -> int:
    """Work off the launches under way, portion by portion; returns how many subjects that were."""
    with transaction():
        ids = list(
            db.session.scalars(
                select(CohortLaunch.id).where(CohortLaunch.state.in_(UNDER_WAY)).order_by(CohortLaunch.id)
            )
        )
    return sum(work_off_launch(launch_id) for launch_id in ids)


def work_off_launch(launch_id: int, *, most: int | None = None) -> int:
    """Work on one launch until nothing is left to do, or for `most` portions; returns how many subjects that were."""
    count = portions = 0
    while most is None or portions < most:
        with transaction():
            launch = locked(CohortLaunch, launch_id)
            assert launch is not None
            if launch.state not in UNDER_WAY:
                break
            count += launching.work_on(launch)
        portions += 1
    return count
