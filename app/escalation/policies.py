"""The shipped ladders, and the one a task climbs."""

import logging
from typing import Any

from sqlalchemy import select

from app.escalation.models import EscalationPolicy
from app.escalation.rules import Rung, ladder
from app.foundation.db import db
from app.foundation.reference import remembered

log = logging.getLogger(__name__)

DEFAULT = "standard"

_ABOVE: list[dict[str, Any]] = [
    {"after": 1, "kind": "M05", "to": ["PERFORMER"]},
    {"after": 3, "kind": "M06", "to": ["SUPERIOR"]},
    {"after": 5, "kind": "M06", "to": ["UNIT_HEAD", "QA_OFFICE"]},
    {"after": 10, "kind": "M07", "to": ["LEADER", "QA_DIRECTOR"]},
]
# The chains of the other layers (3b, "overdue chain"): up to the quality office, of students not beyond the department.
_BY_LAYER: dict[str, list[dict[str, Any]]] = {
    "PROGRAMME": [*_ABOVE[:3], {"after": 10, "kind": "M07", "to": ["QA_DIRECTOR"]}],
    "COURSE": [
        _ABOVE[0],
        {"after": 3, "kind": "M06", "to": ["PROGRAMME_LEADER"]},
        {"after": 5, "kind": "M06", "to": ["UNIT_HEAD"]},
        {"after": 10, "kind": "M07", "to": ["QA_OFFICE", "QA_DIRECTOR"]},
    ],
    "TEACHER": [*_ABOVE[:3], {"after": 10, "kind": "M07", "to": ["QA_DIRECTOR"]}],
    "STUDENT": [_ABOVE[0], _ABOVE[1], {"after": 10, "kind": "M07", "to": ["UNIT_HEAD"]}],
}
_REMINDERS = {"standard": (-5, -2, 0), "short": (-1, 0)}
# In working days before and after the day of the deadline (domain model, parts 3b and 3d).
# A name may have a ladder of its own for a layer: `short.STUDENT`.
SHIPPED: dict[str, list[dict[str, Any]]] = {
    key + suffix: [*({"after": after, "kind": "M02", "to": ["PERFORMER"]} for after in before), *above]
    for key, before in _REMINDERS.items()
    for suffix, above in [("", _ABOVE), *((f".{layer}", steps) for layer, steps in _BY_LAYER.items())]
} | {"none": []}


def ensure_policies() -> None:
    """Make the shipped ladders known, as version 1; what a college has made of them stays."""
    known = set(db.session.scalars(select(EscalationPolicy.key)))
    db.session.add_all(
        EscalationPolicy(key=key, version=1, steps=steps, valid=True)
        for key, steps in SHIPPED.items()
        if key not in known
    )
    db.session.flush()


def newest(key: str, layer: str | None = None) -> EscalationPolicy:
    """Return the version of a ladder that new tasks get: the layer's own where there is one, else the common one.

    The standard one for a name nobody knows.
    """
    own = f"{key}.{layer}"
    found = _newest(own, key)
    if found is None or (found.key != own and own in SHIPPED):
        ensure_policies()
        found = _newest(own, key)
    if found is None:
        log.warning("there is no escalation policy called %r; %r is used", key, DEFAULT)
        found = _newest(DEFAULT)
    if found is None:
        raise LookupError(f"no valid version of the escalation policy {DEFAULT!r}")
    return found


@remembered
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


@remembered
def _newest(*keys: str) -> EscalationPolicy | None:
    """Return the newest valid version of the first of some ladders that has one."""
    rows = db.session.scalars(
        select(EscalationPolicy)
        .where(EscalationPolicy.key.in_(keys), EscalationPolicy.valid)
        .order_by(EscalationPolicy.version.desc())
    ).all()
    return min(rows, key=lambda row: keys.index(row.key), default=None)
