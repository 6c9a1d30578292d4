"""Carry mails to the college's mail server (SMTP)."""

import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from types import TracebackType
from typing import Any, Self

from app.foundation.clock import COLLEGE_ZONE, now
from app.notifications.models import OutgoingMail


class Postman:
    """One conversation with the mail server for a round of mails.

    It begins with the first mail and ends with the `with` block. A mail that
    is refused ends it too, and the next begins a new one. A server that does
    not answer is asked only once per round, so that a long queue does not wait
    for as many timeouts.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self._smtp: smtplib.SMTP | None = None
        self._out_of_reach: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()

    def send(self, mail: OutgoingMail) -> None:
        """Hand one mail over. Raises `OSError`, `smtplib.SMTPException` or `ValueError` (bad address)."""
        message = letter(mail, sender=self.settings["MAIL_SENDER"])
        smtp = self._smtp or self._call()
        try:
            smtp.send_message(message, to_addrs=[mail.to_address])
        except Exception:
            self._hang_up()
            raise

    def _call(self) -> smtplib.SMTP:
        if self._out_of_reach is not None:
            raise self._out_of_reach
        try:
            self._smtp = self._connected()
        except Exception as error:
            self._out_of_reach = error
            raise
        return self._smtp

    def _connected(self) -> smtplib.SMTP:
        given = self.settings
        smtp = smtplib.SMTP(given["MAIL_SERVER"], given["MAIL_PORT"], timeout=given["MAIL_TIMEOUT_SECONDS"])
        try:
            if given["MAIL_STARTTLS"]:
                smtp.starttls(context=ssl.create_default_context())
            if given["MAIL_USERNAME"]:
                smtp.login(given["MAIL_USERNAME"], given["MAIL_PASSWORD"])
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _hang_up(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()


def letter(mail: OutgoingMail, *, sender: str) -> EmailMessage:
    """Return the mail as it travels: one recipient, the row's own Message-ID.

    Raises `ValueError` for an address that cannot be written into a header.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP_POLICY)
    message["Subject"] = mail.subject
    message["From"] = Address(name or "诊改通", addr_spec=address)
    message["To"] = Address(mail.to_name, addr_spec=mail.to_address)
    message["Date"] = format_datetime(now().astimezone(COLLEGE_ZONE))
    message["Message-ID"] = mail.message_id
    message["Content-Language"] = "en" if mail.locale == "en" else "zh-CN"
    # Answering machines must not answer (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, cte="base64")
    return message
