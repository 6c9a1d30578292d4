"""Who gets a mail, in which language, and when it may leave."""

from datetime import datetime

import jinja2
import pytest

from app import notifications
from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation import service
from app.organisation.models import Person
from tests.notifications.conftest import ADMIN, DIRECTOR, HEAD, TASK, outbox, tell

pytestmark = pytest.mark.usefixtures("monday")


def college_time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=COLLEGE_ZONE)


def change(person_id: str, **values) -> None:
    with transaction():
        for name, value in values.items():
            setattr(db.session.get_one(Person, person_id), name, value)


def test_a_mail_is_gone_when_its_transaction_fails(app):
    with pytest.raises(ZeroDivisionError), transaction():
        notifications.enqueue([HEAD], kind="M01", template="escalation/mail/assigned", values=TASK)
        raise ZeroDivisionError

    assert outbox() == []


def test_everybody_gets_one_mail_of_his_own(app):
    mails = tell(HEAD, DIRECTOR, HEAD)

    assert [mail.person_id for mail in mails] == [HEAD, DIRECTOR]
    assert mails[0].message_id != mails[1].message_id
    assert [mail.to_address for mail in mails] == [organisation.person(each).email for each in (HEAD, DIRECTOR)]


def test_unknown_and_inactive_people_get_none(app):
    change(HEAD, active=False)

    assert tell(HEAD, "E999", "") == []


def test_a_mail_is_chinese_with_date_and_weekday_link_and_reason(app):
    [mail] = tell(HEAD, task_id=7, instance_id=3)

    assert mail.subject == "【诊改通】新任务：教务处第13周自我诊改"
    assert "崔砚秋，您好：" in mail.body
    assert "期限：11月27日（周五）17:30" in mail.body
    assert f"{app.config['BASE_URL']}/tasks/7" in mail.body
    assert "您收到此邮件，因为您是该质量主体的责任人。" in mail.body
    assert "清岚职业技术学院 · 诊改通" in mail.body


def test_the_language_is_the_readers(app):
    change(HEAD, locale="en")

    english, chinese = tell(HEAD, DIRECTOR)

    assert english.subject == "[诊改通] New task: 教务处第13周自我诊改"
    assert "Due: Fri 27 Nov 17:30" in english.body
    assert chinese.subject.startswith("【诊改通】新任务")


def test_another_year_is_named(app):
    [mail] = tell(HEAD, values={**TASK, "due_at": "2027-01-15T09:30:00+00:00"})

    assert "期限：2027年1月15日（周五）17:30" in mail.body


def test_without_a_task_the_link_leads_to_the_procedure(app):
    [mail] = tell(HEAD, instance_id=3)

    assert f"{app.config['BASE_URL']}/procedures/3" in mail.body


def test_without_either_it_leads_to_the_desk(app):
    [mail] = tell(HEAD)

    assert f"{app.config['BASE_URL']}/" in mail.body.splitlines()


@pytest.mark.parametrize("trick", ["\r\nBcc: everybody@example.org", "\n\n正文提前", "\x00\x1b[31m", "\u2028新的一行"])
def test_no_value_can_break_out_of_the_subject(app, trick):
    [mail] = tell(HEAD, values={**TASK, "title": f"自我诊改{trick}"})

    assert len(mail.subject.splitlines()) == 1
    assert mail.subject.isprintable()
    assert "\x00" not in mail.body


def test_a_long_subject_is_shortened(app):
    [mail] = tell(HEAD, values={**TASK, "title": "长" * 400})

    assert len(mail.subject) == 200
    assert mail.subject.endswith("…")


def test_markup_in_values_is_plain_text(app):
    [mail] = tell(HEAD, values={**TASK, "title": "<b>{{ 7 * 7 }}</b> & 其他"})

    assert "<b>{{ 7 * 7 }}</b> & 其他" in mail.body


def test_a_value_nobody_gave_is_an_error(app):
    with pytest.raises(jinja2.UndefinedError):
        tell(HEAD, values={"title": "无期限"})


def test_an_unknown_kind_is_an_error(app):
    with pytest.raises(KeyError):
        tell(HEAD, kind="M99")


@pytest.mark.scenario(35)
@pytest.mark.parametrize("kind", ["M01", "M02", "M05"])
def test_the_deputy_is_asked_too_while_he_stands_in(app, monday, kind):
    with transaction():
        service.delegate(
            HEAD, to_person_id=DIRECTOR, from_on=datetime(2026, 12, 1).date(), to_on=datetime(2026, 12, 7).date(),
            reason="出差",
        )  # fmt: skip
    assert [mail.person_id for mail in tell(HEAD, kind=kind)] == [HEAD]

    monday("2026-12-01 09:00")
    principal, deputy = tell(HEAD, kind=kind)

    assert (principal.person_id, deputy.person_id) == (HEAD, DIRECTOR)
    assert "因为崔砚秋已把工作授权给您代办" in deputy.body
    assert [mail.person_id for mail in tell(HEAD, kind="M12")] == [HEAD]
    assert [mail.person_id for mail in tell(HEAD, DIRECTOR, kind=kind)] == [HEAD, DIRECTOR]

    monday("2026-12-08 09:00")
    assert [mail.person_id for mail in tell(HEAD, kind=kind)] == [HEAD]


def test_a_mail_waits_for_its_moment(app):
    [mail] = tell(HEAD, not_before=college_time("2026-11-24 08:00"))
    assert mail.due_at == college_time("2026-11-24 08:00")

    [mail] = tell(HEAD, not_before=college_time("2026-11-20 08:00"))
    assert mail.due_at == now()


@pytest.mark.scenario(18)
def test_in_a_break_a_mail_waits_for_the_first_morning_after_it(app, monday):
    monday("2027-02-03 10:00")

    [mail] = tell(HEAD, kind="M08")
    [order] = tell(HEAD, kind="M13")

    assert mail.due_at == college_time("2027-03-01 08:00")
    assert order.due_at == now()


def test_a_mail_put_off_into_a_break_waits_for_its_end(app, monday):
    monday("2027-01-15 18:00")

    [mail] = tell(HEAD, not_before=college_time("2027-01-18 08:00"))

    assert mail.due_at == college_time("2027-03-01 08:00")


def test_delegation_is_told_to_both(app):
    values = {
        "from_name": "崔砚秋", "to_name": "封以宁", "from_on": "2026-12-01", "to_on": "2026-12-07", "reason": "出差",
    }  # fmt: skip
    one, other = tell(HEAD, DIRECTOR, kind="M04", template="notifications/mail/delegation", values=values)

    assert one.subject == "【诊改通】授权代办：崔砚秋的工作由封以宁代办"
    assert "崔砚秋，您好" in one.body
    assert "封以宁，您好" in other.body
    assert "期间：12月1日（周二）至12月7日（周一）" in one.body


def test_whoever_has_no_address_keeps_a_mail_to_look_at(app):
    change(ADMIN, email="")

    [mail] = tell(ADMIN)

    assert mail.to_address == ""
    assert notifications.deliver_outbox() == 1
    assert db.session.get_one(type(mail), mail.id).sent_how == "VIEW"
