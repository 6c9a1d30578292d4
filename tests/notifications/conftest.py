"""Mails of the made-up college, and a real mail server that can be switched off."""

import socket
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from app import notifications
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail

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


class MailServer:
    """An SMTP server on this machine: `received` are the messages it took, `refused` addresses it does not take."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.received: list[EmailMessage] = []
        self.refused: set[str] = set()
        self._controller: Controller | None = None

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.received.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
        return "250 OK"

    def up(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def down(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


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
