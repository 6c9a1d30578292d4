"""What the clock does for mails."""

from typing import Any

from flask import current_app
from sqlalchemy import bindparam, func, select, update

from app.foundation.clock import now
from app.foundation.db import UtcDateTime, db, transaction
from app.foundation.worklist import work_off_outside
from app.notifications.mailer import Postman
from app.notifications.models import OutgoingMail, SentHow
from app.notifications.outbox import enqueue
from app.organisation import queries as organisation

# After so many attempts (about a quarter of an hour) somebody should look at the mail server.
PATIENCE_ATTEMPTS = 5


def deliver_outbox() -> int:
    """Send every mail that is due, oldest first; returns how many left.

    Without a mail server a mail counts as delivered to the built-in view. With
    one, a mail that fails stays with its problem and is tried again, later each
    time; a mail handed over by a process that died before it could note so is
    handed over again under the same Message-ID.
    """
    if not current_app.config["MAIL_SERVER"]:
        return _show_all()
    with Postman(current_app.config) as postman:
        count = work_off_outside(OutgoingMail, lambda mail: _carry(mail, postman))
    _report_outage()
    return count


_table: Any = OutgoingMail.__table__
_SHOW = update(_table).where(_table.c.done_at.is_(None), _table.c.due_at <= bindparam("now", type_=UtcDateTime))


def _show_all() -> int:
    """Let every mail that is due be read in the built-in view; nothing can fail, so one statement does it."""
    with transaction():
        found = db.session.connection().execute(_SHOW, {"now": now(), "done_at": now(), "sent_how": SentHow.VIEW, "problem": ""})
        return found.rowcount


def _carry(mail: OutgoingMail, postman: Postman) -> None:
    if mail.to_address:
        postman.send(mail)
    with transaction():
        how = SentHow.SMTP if mail.to_address else SentHow.VIEW
        db.session.execute(update(OutgoingMail).where(OutgoingMail.id == mail.id).values(sent_how=how))


def _report_outage() -> None:
    """Tell the administrators that mails cannot be sent (M24), once per outage.

    A notice that has not left yet means that the outage goes on; one that has
    left covers every mail that was waiting by then.
    """
    with transaction():
        last = db.session.scalar(
            select(OutgoingMail).where(OutgoingMail.kind == "M24").order_by(OutgoingMail.id.desc()).limit(1)
        )
        if last is not None and last.done_at is None:
            return
        stuck = select(OutgoingMail).where(
            OutgoingMail.done_at.is_(None),
            OutgoingMail.attempts >= PATIENCE_ATTEMPTS,
            OutgoingMail.kind != "M24",
        )
        if last is not None:
            stuck = stuck.where(OutgoingMail.wanted_at >= last.done_at)
        first = db.session.scalar(stuck.order_by(OutgoingMail.wanted_at).limit(1))
        if first is None:
            return
        count = db.session.scalar(select(func.count()).select_from(stuck.subquery()))
        enqueue(
            organisation.holders("SYS_ADMIN"), kind="M24", template="notifications/mail/outage",
            values={"count": count, "since": first.wanted_at.isoformat(), "problem": first.problem},
        )  # fmt: skip
