"""Put mails into the outbox, in the transaction of what they tell of."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import add_rows, db
from app.foundation.reference import remembered
from app.notifications import wording
from app.notifications.kinds import ALSO_TO_DEPUTIES, HEARD_IN_BREAKS, KINDS
from app.notifications.models import OutgoingMail
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Person, UnitKind


def enqueue(
    person_ids: Iterable[str],
    *,
    kind: str,
    template: str,
    values: Mapping[str, Any],
    instance_id: int | None = None,
    task_id: int | None = None,
    path: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Write one mail to each of the people, worded now, sent later.

    `template` is `<room>/mail/<name>`; `values` are JSON values, moments and
    days as ISO text. Each person gets one mail, unknown and inactive people
    none; whoever has no address can read it in the built-in view only. Requests
    to act also reach today's deputies. The link leads to the task, the procedure,
    or to `path` (`/results/3`) where neither is the reader's. A mail leaves at `not_before`, or at
    once; in a break most kinds wait for 8:00 of the first working day after it.
    The rows belong to the caller's transaction. Raises `KeyError` for an
    unknown kind, Jinja's errors for a template that does not fit.
    """
    if kind not in KINDS:
        raise KeyError(f"there is no kind of mail called {kind!r}")
    due_at = _quiet_until(kind, max(not_before or now(), now()))
    common = {**values, "college": _college_name(), "link": _link(instance_id, task_id, path)}
    rows = []
    for person, principal in _recipients(person_ids, kind):
        worded = wording.word(
            template, {**common, "reader": person.name_zh, "on_behalf_of": principal}, locale=person.locale
        )
        rows.append(
            {
                "kind": kind, "person_id": person.id, "to_name": person.name_zh, "to_address": person.email,
                "locale": person.locale, "subject": worded.subject, "body": worded.body, "message_id": _message_id(),
                "instance_id": instance_id, "task_id": task_id, "wanted_at": now(), "due_at": due_at,
            }
        )  # fmt: skip
    add_rows(OutgoingMail, rows)


def _recipients(person_ids: Iterable[str], kind: str) -> list[tuple[Person, str]]:
    """Return each active person once, with the name of whom he stands in for (empty: himself)."""
    wanted = list(dict.fromkeys(each for each in person_ids if each))
    deputies = organisation.delegates_of(wanted) if wanted and kind in ALSO_TO_DEPUTIES else {}
    known = organisation.people([*wanted, *deputies.values()])
    found = dict.fromkeys(wanted, "")
    for principal, deputy in deputies.items():
        found.setdefault(deputy, known[principal].name_zh if principal in known else "")
    return [(known[each], name) for each, name in found.items() if each in known and known[each].active]


def _quiet_until(kind: str, due_at: datetime) -> datetime:
    """Return when a mail may leave: in a break, at 8:00 of the first working day after it (scenario 18)."""
    days = calendar.work_calendar()
    span = None if days.breaks_count else days.break_of(due_at.astimezone(COLLEGE_ZONE).date())
    if span is None or kind in HEARD_IN_BREAKS:
        return due_at
    return calendar.morning_of(days.after(span.end, 1))


def _link(instance_id: int | None, task_id: int | None, path: str | None) -> str:
    base = current_app.config["BASE_URL"].rstrip("/")
    if path is not None:
        return base + path
    if task_id is not None:
        return f"{base}/tasks/{task_id}"
    return f"{base}/procedures/{instance_id}" if instance_id is not None else f"{base}/"


def _college_name() -> str:
    if given := current_app.config["COLLEGE_NAME"]:
        return given
    return _named_college()


@remembered
def _named_college() -> str:
    return db.session.scalar(select(OrgUnit.name_zh).where(OrgUnit.kind == UnitKind.COLLEGE).limit(1)) or ""


def _message_id() -> str:
    _, address = parseaddr(current_app.config["MAIL_SENDER"])
    return f"<{uuid4().hex}@{address.rpartition('@')[2] or 'localhost'}>"
