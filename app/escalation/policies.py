"""The shipped ladders, and the one a task climbs."""

import logging
from typing import Any

from sqlalchemy import select

from app.escalation.models import EscalationPolicy
from app.escalation.rules import Rung, ladder
from app.foundation.db import db

log = logging.getLogger(__name__)

DEFAULT = "standard"

_ABOVE: list[dict[str, Any]] = [
    {"after": 1, "kind": "M05", "to": ["PERFORMER"]},
    {"after": 3, "kind": "M06", "to": ["SUPERIOR"]},
    {"after": 5, "kind": "M06", "to": ["UNIT_HEAD", "QA_OFFICE"]},
    {"after": 10, "kind": "M07", "to": ["LEADER", "QA_DIRECTOR"]},
]
# In working days before and after the day of the deadline (domain model, parts 3b and 3d).
SHIPPED: dict[str, list[dict[str, Any]]] = {
    "standard": [*({"after": after, "kind": "M02", "to": ["PERFORMER"]} for after in (-5, -2, 0)), *_ABOVE],
    "short": [*({"after": after, "kind": "M02", "to": ["PERFORMER"]} for after in (-1, 0)), *_ABOVE],
    "none": [],
}


def ensure_policies() -> None:
    """Make the shipped ladders known, as version 1; what a college has made of them stays."""
    known = set(db.session.scalars(select(EscalationPolicy.key)))
    db.session.add_all(
        EscalationPolicy(key=key, version=1, steps=steps, valid=True)
        for key, steps in SHIPPED.items()
        if key not in known
    )
    db.session.flush()


def newest(key: str) -> EscalationPolicy:
    """Return the version of a ladder that new tasks get; the standard one for a name nobody knows."""
    found = _newest(key)
    if found is None:
        ensure_policies()
        found = _newest(key)
    if found is None:
        log.warning("there is no escalation policy called %r; %r is used", key, DEFAULT)
        found = _newest(DEFAULT)
    if found is None:
        raise LookupError(f"no valid version of the escalation policy {DEFAULT!r}")
    return found


def rungs_of(frozen: str) -> list[Rung]:
    """Return the rungs of a task's ladder: `standard:1`, or the newest version for a bare `standard`."""
    key, _, version = frozen.partition(":")
    if not version:
        return ladder(newest(key).steps)
    found = db.session.scalar(
        select(EscalationPolicy).where(EscalationPolicy.key == key, EscalationPolicy.version == int(version))
    )
    if found is None:
        raise LookupError(f"the escalation policy {frozen!r} is gone")
    return ladder(found.steps)


def _newest(key: str) -> EscalationPolicy | None:
    return db.session.scalar(
        select(EscalationPolicy)
        .where(EscalationPolicy.key == key, EscalationPolicy.valid)
        .order_by(EscalationPolicy.version.desc())
        .limit(1)
    )
