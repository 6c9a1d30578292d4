"""Mails over a real SMTP server: nothing lost, nothing doubled without need."""

import smtplib
from collections import Counter
from datetime import timedelta

import pytest

from app import notifications
from app.foundation.clock import now
from app.foundation.db import db, transaction
from app.foundation.worklist import LEASE
from app.notifications import jobs
from app.organisation import queries as organisation
from app.organisation.models import Person
from tests.at_once import at_once
from tests.notifications.conftest import ADMIN, DIRECTOR, HEAD, TASK, outbox, tell

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def later(monday):
    """Let time pass: `later(minutes=2)`."""

    def pass_by(**span: float) -> None:
        moment = now() + timedelta(**span)
        monday((moment + timedelta(hours=8)).replace(tzinfo=None).isoformat())

    return pass_by


def test_each_recipient_gets_a_message_of_his_own(app, mail_server):
    tell(HEAD, DIRECTOR, task_id=7)

    assert notifications.deliver_outbox() == 2

    to_head, to_director = mail_server.received
    assert to_head["To"].addresses[0].display_name == "崔砚秋"
    assert len(to_director["To"].addresses) == 1
    assert to_head["Subject"] == "【诊改通】新任务：教务处第13周自我诊改"
    assert to_head["Auto-Submitted"] == "auto-generated"
    assert "期限：11月27日（周五）17:30" in to_head.get_content()
    assert [mail.sent_how for mail in outbox()] == ["SMTP", "SMTP"]
    assert notifications.deliver_outbox() == 0


def test_the_date_is_the_colleges(app, mail_server):
    tell(HEAD)
    notifications.deliver_outbox()

    assert mail_server.received[0]["Date"] == "Mon, 23 Nov 2026 09:00:00 +0800"


def test_without_a_mail_server_mails_are_delivered_to_the_view(app, monday):
    tell(HEAD)
    tell(DIRECTOR, not_before=now() + timedelta(hours=1))

    assert notifications.deliver_outbox() == 1

    sent, waiting = outbox()
    assert (sent.state, sent.sent_how, waiting.state) == ("SENT", "VIEW", "WAITING")


def test_a_server_that_was_down_gets_everything_when_it_is_up_again(app, mail_server, later):
    mail_server.down()
    mails = tell(HEAD, DIRECTOR)
    before = {mail.message_id for mail in mails}

    assert notifications.deliver_outbox() == 0
    assert [mail.state for mail in outbox()] == ["FAILED", "FAILED"]
    assert "ConnectionRefusedError" in outbox()[0].problem

    mail_server.up()
    assert notifications.deliver_outbox() == 0  # not yet: the first retry is after a minute
    later(minutes=1)
    assert notifications.deliver_outbox() == 2
    assert {message["Message-ID"] for message in mail_server.received} == before
    assert [mail.problem for mail in outbox()] == ["", ""]


def test_retries_come_later_each_time(app, mail_server, later):
    mail_server.down()
    tell(HEAD)

    waits = []
    for _ in range(4):
        notifications.deliver_outbox()
        waits.append(outbox()[0].due_at - now())
        later(seconds=waits[-1].total_seconds())

    assert waits == [timedelta(minutes=n) for n in (1, 2, 4, 8)]


def test_one_refused_address_does_not_hold_up_the_others(app, mail_server):
    mail_server.refused.add(organisation.person(HEAD).email)
    tell(HEAD, DIRECTOR)

    assert notifications.deliver_outbox() == 1

    refused, sent = outbox()
    assert (refused.state, sent.state) == ("FAILED", "SENT")
    assert "550" in refused.problem


def test_a_malformed_address_steps_aside(app, mail_server):
    with transaction():
        db.session.get_one(Person, HEAD).email = "not an address\n"
    tell(HEAD, DIRECTOR)

    assert notifications.deliver_outbox() == 1
    assert [mail.state for mail in outbox()] == ["FAILED", "SENT"]


def test_a_server_out_of_reach_is_called_once_a_round(app, mail_server, monkeypatch):
    calls = []

    def unreachable(*args, **kwargs):
        calls.append(args)
        raise TimeoutError

    monkeypatch.setattr(smtplib, "SMTP", unreachable)
    tell(HEAD, DIRECTOR, ADMIN)

    assert notifications.deliver_outbox() == 0
    assert len(calls) == 1
    assert [mail.attempts for mail in outbox()] == [1, 1, 1]


def test_a_mail_is_sent_again_under_the_same_id_when_the_process_died_before_it_could_note_it(
    app, mail_server, later, monkeypatch
):
    tell(HEAD)

    def die(mail, postman):
        postman.send(mail)
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(jobs, "_carry", die)
        notifications.deliver_outbox()
    assert notifications.deliver_outbox() == 0  # still leased
    later(seconds=LEASE.total_seconds())
    assert notifications.deliver_outbox() == 1

    first, second = mail_server.received
    assert first["Message-ID"] == second["Message-ID"] == outbox()[0].message_id


def test_two_who_send_at_once_send_each_mail_once(app, mail_server, pairs):
    mails = [tell(HEAD, DIRECTOR) for _ in range(pairs)]
    expected = {mail.message_id for pair in mails for mail in pair}
    mail_server.seconds_to_answer = 0.002

    assert at_once(app, notifications.deliver_outbox, notifications.deliver_outbox) == ["done", "done"]

    assert Counter(message["Message-ID"] for message in mail_server.received) == dict.fromkeys(expected, 1)
    assert {mail.sent_how for mail in outbox()} == {"SMTP"}


class TestOutage:
    def fail(self, later, times: int) -> None:
        for _ in range(times):
            notifications.deliver_outbox()
            later(minutes=20)

    def notices(self):
        return [mail for mail in outbox() if mail.kind == "M24"]

    def test_administrators_are_told_once_however_many_mails_are_stuck(self, app, mail_server, later):
        mail_server.down()
        tell(HEAD, DIRECTOR)

        self.fail(later, 12)

        [notice] = self.notices()
        assert notice.person_id == ADMIN
        assert notice.subject == "【诊改通】邮件发送失败：2封邮件未能送出"

    def test_the_next_outage_is_told_again(self, app, mail_server, later):
        mail_server.down()
        tell(HEAD)
        self.fail(later, 6)
        mail_server.up()
        later(hours=7)
        assert notifications.deliver_outbox() == 2

        mail_server.down()
        tell(HEAD)
        self.fail(later, 12)

        assert len(self.notices()) == 2

    def test_a_dead_mailbox_is_told_of_once(self, app, mail_server, later):
        mail_server.refused.add(organisation.person(HEAD).email)
        tell(HEAD)

        self.fail(later, 20)

        assert [notice.state for notice in self.notices()] == ["SENT"]

    def test_a_short_disturbance_is_not_told(self, app, mail_server, later):
        mail_server.down()
        tell(HEAD)
        self.fail(later, 2)
        mail_server.up()
        self.fail(later, 2)

        assert self.notices() == []
        assert [mail.state for mail in outbox()] == ["SENT"]


def test_signing_in_and_tls_are_asked_for_when_set(app, monkeypatch):
    done = []

    class Recording(smtplib.SMTP):
        def __init__(self, *args, **kwargs):
            done.append(("call", args, kwargs["timeout"]))

        def starttls(self, *, context):
            done.append(("tls", context.check_hostname))

        def login(self, *args):
            done.append(("login", args))

        def send_message(self, message, **kwargs):
            done.append(("send", kwargs["to_addrs"]))

        def quit(self):
            done.append(("quit",))

    monkeypatch.setattr(smtplib, "SMTP", Recording)
    app.config.update(MAIL_SERVER="mail.example.edu", MAIL_STARTTLS=True, MAIL_USERNAME="qa", MAIL_PASSWORD="secret")
    [mail] = tell(HEAD, values=TASK)

    notifications.deliver_outbox()

    assert done == [
        ("call", ("mail.example.edu", 25), 20), ("tls", True), ("login", ("qa", "secret")),
        ("send", [mail.to_address]), ("quit",),
    ]  # fmt: skip


def test_a_server_that_does_not_let_us_in_is_hung_up_on(app, mail_server):
    app.config.update(MAIL_USERNAME="qa", MAIL_PASSWORD="secret")
    tell(HEAD)

    assert notifications.deliver_outbox() == 0

    assert "SMTPNotSupportedError" in outbox()[0].problem
