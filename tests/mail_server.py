"""A real mail server on this machine that can be switched off, refuse, and be slow to answer."""

import asyncio
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

from aiosmtpd.controller import Controller

from tests.free_port import free_port


class MailServer:
    """`received` are the messages it took, `refused` addresses it does not take.

    It thinks `seconds_to_answer` after it took a message; `taken_unanswered`
    are those of which the sender does not know yet.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.refused: set[str] = set()
        self.seconds_to_answer = 0.0
        self.taken_unanswered = 0
        self._controller: Controller | None = None

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.received.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
        self.taken_unanswered += 1
        try:
            await asyncio.sleep(self.seconds_to_answer)
        finally:
            self.taken_unanswered -= 1
        return "250 OK"

    def up(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def down(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
