"""The built-in mail view: who may read what, and how it looks for."""

from datetime import timedelta

import pytest

from app import notifications
from app.foundation.clock import now
from app.notifications.reading import Piece, preview, reading
from tests.doors import signed_in, statements
from tests.notifications.conftest import ADMIN, DIRECTOR, HEAD, TASK, outbox, tell

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def demo(app):
    """A demo college, where everybody looks at everybody's mails."""
    app.config["DEMO"] = True


def listed(app, person_id, query=""):
    answer = signed_in(app, person_id).get(f"/mails/{query}")
    assert answer.status_code == 200
    return answer.text


def subjects(text: str, *wanted: str) -> list[str]:
    return [each for each in wanted if each in text]


def test_a_person_sees_only_his_own_mails(app):
    tell(HEAD, values={**TASK, "title": "教务处的事"})
    [other] = tell(DIRECTOR, values={**TASK, "title": "质管办的事"})

    text = listed(app, HEAD)

    assert subjects(text, "教务处的事", "质管办的事") == ["教务处的事"]
    assert signed_in(app, HEAD).get(f"/mails/{other.id}").status_code == 404
    assert listed(app, HEAD, "?whose=all").count("质管办的事") == 0
    assert listed(app, HEAD, f"?person={DIRECTOR}").count("质管办的事") == 0


def test_in_a_demo_everybody_reads_all_mails(app, demo):
    tell(HEAD, values={**TASK, "title": "教务处的事"})
    [other] = tell(DIRECTOR, values={**TASK, "title": "质管办的事"})

    assert subjects(listed(app, HEAD), "教务处的事", "质管办的事") == ["教务处的事", "质管办的事"]
    assert "质管办的事" not in listed(app, HEAD, "?whose=mine")
    assert signed_in(app, HEAD).get(f"/mails/{other.id}").status_code == 200


def test_a_procedure_that_its_reader_may_not_open_is_not_offered(college, app):
    college.starts_term()
    others = college.task("enter_goals", subject="OFF-CWC").instance_id
    [mail] = tell("E044", task_id=7, instance_id=others)

    assert "查看流程" not in signed_in(app, "E044").get(f"/mails/{mail.id}").text


def test_a_mail_is_shown_with_its_head_its_links_and_its_state(college, app):
    college.starts_term()
    instance = college.task("enter_goals", subject="OFF-JWC").instance_id
    [mail] = tell(HEAD, task_id=7, instance_id=instance)
    notifications.deliver_outbox()

    text = signed_in(app, HEAD).get(f"/mails/{mail.id}").text

    assert "【诊改通】新任务：教务处第13周自我诊改" in text
    assert mail.to_address in text
    assert f'<a href="/tasks/7">{app.config["BASE_URL"]}/tasks/7</a>' in text
    assert f'href="/procedures/{instance}"' in text
    assert "站内查看" in text
    assert mail.message_id.strip("<>") in text


def test_what_a_person_wrote_is_shown_as_text(app):
    [mail] = tell(HEAD, values={**TASK, "title": "<script>alert(1)</script>"})

    for address in ("/mails/", f"/mails/{mail.id}"):
        assert "<script>alert" not in signed_in(app, HEAD).get(address).text


def test_the_list_finds_by_kind_person_text_and_state(app, demo):
    tell(HEAD, values={**TASK, "title": "甲事"})
    tell(DIRECTOR, kind="M05", template="escalation/mail/overdue", values={**TASK, "title": "乙事", "days": 1, "performers": []})
    notifications.deliver_outbox()
    tell(HEAD, values={**TASK, "title": "丙事"}, not_before=now() + timedelta(days=1))

    def found(query):
        return subjects(listed(app, HEAD, query), "甲事", "乙事", "丙事")

    assert found("?kind=M05") == ["乙事"]
    assert found(f"?person={HEAD}") == ["甲事", "丙事"]
    assert found("?q=乙") == ["乙事"]
    assert found("?q=%25") == []
    assert found("?state=sent") == ["甲事", "乙事"]
    assert found("?state=waiting") == ["丙事"]
    assert found("?state=failed") == []


def test_mails_are_listed_newest_first_and_by_pages(app):
    for number in range(60):
        tell(HEAD, values={**TASK, "title": f"事项{number:02d}"})

    first, second = listed(app, HEAD), listed(app, HEAD, "?page=2")

    assert first.index("事项59") < first.index("事项10")
    assert "事项09" not in first
    assert "事项09" in second
    assert "共60封" in first
    assert "page=2" in first


def test_a_page_costs_a_handful_of_statements(app, demo):
    for _ in range(30):
        tell(HEAD, DIRECTOR)
    client = signed_in(app, HEAD)
    client.get("/mails/")

    with statements() as seen:
        client.get("/mails/")

    assert len(seen) < 12


class TestQueue:
    def test_its_keeper_sees_addresses_and_problems_but_no_content(self, app, mail_server):
        mail_server.down()
        [mail] = tell(HEAD, values={**TASK, "title": "保密的事"})
        notifications.deliver_outbox()

        text = signed_in(app, ADMIN).get("/mails/queue").text

        assert mail.to_address in text
        assert "Connection refused" in text
        assert "发送失败" in text
        assert "保密的事" not in text
        assert "保密的事" not in signed_in(app, ADMIN).get("/mails/queue?q=保密").text.replace('value="保密"', "")
        assert signed_in(app, ADMIN).get(f"/mails/{mail.id}").status_code == 404

    def test_nobody_else_sees_it(self, app):
        assert signed_in(app, DIRECTOR).get("/mails/queue").status_code == 403
        assert "/mails/queue" not in listed(app, DIRECTOR)
        assert "/mails/queue" in listed(app, ADMIN)

    def test_it_finds_by_address(self, app):
        tell(HEAD)
        [other] = tell(DIRECTOR)

        text = signed_in(app, ADMIN).get(f"/mails/queue?q={other.to_address}").text

        assert other.to_address in text
        assert outbox()[0].to_address not in text


def test_pages_speak_english(app):
    [mail] = tell(HEAD)
    client = signed_in(app, HEAD)
    with client.session_transaction() as session:
        session["locale"] = "en"

    assert client.get("/mails/").status_code == 200
    assert "New task" in client.get(f"/mails/{mail.id}").text


class TestReading:
    def test_links_lead_into_the_application_by_their_path(self):
        body = "您好\n\n办理：\nhttp://qa.example.edu/tasks/7\n另见https://example.org/a\n\n-- \n学院"

        found = reading(body, base_url="http://qa.example.edu/")

        assert [piece for piece in found.pieces if piece.address] == [
            Piece("http://qa.example.edu/tasks/7", "/tasks/7"), Piece("https://example.org/a", "https://example.org/a"),
        ]  # fmt: skip
        assert "".join(piece.text for piece in found.pieces) == body.partition("\n\n-- ")[0]
        assert found.signature == "学院"

    def test_the_preview_is_the_first_line_after_the_greeting(self):
        assert preview("您好\n\n您有一项新任务。\n\n  事项") == "您有一项新任务。"
        assert preview("您好") == ""
