"""Which mails somebody may read, and the questions the pages ask."""

from typing import NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, select

from app.foundation.db import db, mentions
from app.foundation.errors import NotFound
from app.notifications.models import MailState, OutgoingMail
from app.organisation.models import Person
from app.security import roles_held

PAGE_SIZE = 50
# When it was delivered, else when it is tried next: the order of a mail program.
WHEN = func.coalesce(OutgoingMail.done_at, OutgoingMail.due_at)


class Wanted(NamedTuple):
    """What a reader looks for. `whose` is `mine` or `all`; the others empty for everything."""

    whose: str = "mine"
    state: str = ""
    kind: str = ""
    person: str = ""
    text: str = ""


def sees_everybody() -> bool:
    """Say whether this is a demo, where the pages are the mail program of all its people."""
    return bool(current_app.config["DEMO"])


def sees_queue(person_id: str) -> bool:
    """Say whether somebody looks after the mail queue: administrators, who see no content."""
    return any(role == "SYS_ADMIN" for role, _scope in roles_held(person_id))


def readable(person_id: str) -> Select[OutgoingMail]:
    """Return the mails somebody may read; every page with content starts from this query."""
    query = select(OutgoingMail)
    return query if sees_everybody() else query.where(OutgoingMail.person_id == person_id)


def readable_mail(mail_id: int, person_id: str) -> OutgoingMail:
    """Return one mail. Raises `NotFound` when there is none, or none for this person."""
    found = db.session.scalar(readable(person_id).where(OutgoingMail.id == mail_id))
    if found is None:
        raise NotFound("没有找到这封邮件。")
    return found


def found_mails(person_id: str, wanted: Wanted, *, page: int) -> tuple[list[OutgoingMail], int]:
    """Return a page of mails, newest first, and how many there are in all."""
    query = readable(person_id).where(*_conditions(wanted))
    if wanted.whose == "mine":
        query = query.where(OutgoingMail.person_id == person_id)
    if wanted.text:
        query = query.where(mentions(wanted.text, OutgoingMail.subject, OutgoingMail.body, *_ADDRESSED))
    return _paged(query, page)


def queue(wanted: Wanted, *, page: int) -> tuple[list[OutgoingMail], int]:
    """Return a page of the queue for its keeper, newest first; its text search looks at addresses only."""
    query = select(OutgoingMail).where(*_conditions(wanted))
    if wanted.text:
        query = query.where(mentions(wanted.text, *_ADDRESSED))
    return _paged(query, page)


def people_with_mails() -> list[tuple[str, str]]:
    """Return (id, name) of everybody who was ever written to, by name."""
    rows = db.session.execute(
        select(Person.id, Person.name_zh)
        .where(Person.id.in_(select(OutgoingMail.person_id)))
        .order_by(Person.name_zh, Person.id)
    )
    return [(row.id, row.name_zh) for row in rows]


def counts() -> dict[MailState, int]:
    """Return how many mails wait and how many fail, for the head of the queue."""
    return {
        state: db.session.scalar(select(func.count(OutgoingMail.id)).where(_in_state(state))) or 0
        for state in (MailState.WAITING, MailState.FAILED)
    }


_ADDRESSED = (OutgoingMail.to_name, OutgoingMail.to_address)


def _paged(query: Select[OutgoingMail], page: int) -> tuple[list[OutgoingMail], int]:
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(WHEN.desc(), OutgoingMail.id.desc())
    return list(db.session.scalars(ordered.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))), total


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found = []
    if wanted.state in set(MailState):
        found.append(_in_state(MailState(wanted.state)))
    if wanted.kind:
        found.append(OutgoingMail.kind == wanted.kind)
    if wanted.person:
        found.append(OutgoingMail.person_id == wanted.person)
    return found


def _in_state(state: MailState) -> ColumnElement[bool]:
    if state is MailState.SENT:
        return OutgoingMail.done_at.is_not(None)
    failed = OutgoingMail.problem != ""
    return OutgoingMail.done_at.is_(None) & (failed if state is MailState.FAILED else ~failed)
