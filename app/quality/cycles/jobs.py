"""What the clock does for the terms."""

from sqlalchemy import select

from app.foundation.clock import now, today
from app.foundation.db import ask, locked, take_turns, transaction
from app.organisation import calendar
from app.quality.cycles import launching
from app.quality.cycles.models import CohortLaunch, LaunchState

UNDER_WAY = (LaunchState.RESOLVING, LaunchState.STARTING, LaunchState.UNDOING)

_AT_WORK = select(CohortLaunch.id).where(CohortLaunch.state.in_(UNDER_WAY)).order_by(CohortLaunch.id)


def start_due_terms() -> int:
    """Order the launch of a term whose first week has opened, once per term and layer.

    A layer that does not start by itself waits for the quality office.
    """
    if not _waiting():  # looked at without the write lock
        return 0
    with transaction():
        take_turns("start_due_terms")
        waiting = _waiting()
        for term, layer in waiting:
            launching.order(term, layer)
        return len(waiting)


def _waiting() -> list[tuple[str, str]]:
    term = calendar.term_on(today())
    if term is None or term.end_on < today() or calendar.opening(term.code, 1) > now():
        return []
    return [(term.code, layer) for layer in launching.waiting_layers(term.code)]


def work_on_launches() -> int:
    """Work off the launches under way, portion by portion; returns how many subjects that were."""
    return sum(work_off_launch(launch_id) for launch_id in ask(_AT_WORK).scalars().all())


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
