"""Mails of the made-up college, and a mail server that is known to it."""

import pytest
from sqlalchemy import select

from app import notifications
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from tests.mail_server import MailServer

HEAD, DIRECTOR, ADMIN = "E011", "E029", "E037"
TASK = {"title": "教务处第13周自我诊改", "due_at": "2026-11-27T09:30:00+00:00", "why": "您是该质量主体的责任人", "due_text": ""}


def tell(*people, kind="M01", template="escalation/mail/assigned", values=None, **more) -> list[OutgoingMail]:
    """Enqueue in a transaction of its own; the rows read back."""
    before = len(outbox())
    with transaction():
        notifications.enqueue(people, kind=kind, template=template, values=values or TASK, **more)
    return outbox()[before:]


def outbox() -> list[OutgoingMail]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)))


@pytest.fixture
def mail_server(app):
    """A mail server that is up, and known to the application."""
    server = MailServer()
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.port, MAIL_TIMEOUT_SECONDS=5)
    server.up()
    yield server
    server.down()


@pytest.fixture
def monday(at):
    """The clock stands on Monday of week 13, 9:00."""
    at("2026-11-23 09:00")
    return at
