"""One instance: diagram, tasks, the time axis, the family."""

import re
from datetime import UTC, datetime

import pytest

from app import engine
from app.escalation import Escalation
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from app.procedures import axis
from app.procedures.axis import Entry
from tests import weekly


@pytest.fixture
def instance(monday):
    return weekly.start(["E011"], number="ZC-2026-013")


def submit(client, task, action="submit", data=weekly.REPORT, opinion=""):
    return client.post(f"/tasks/{task.id}/submit", json={"action": action, "data": data, "opinion": opinion})


@pytest.fixture
def returned(instance, visitor):
    """Reported, sent back, waiting for the second report."""
    submit(visitor("E011"), weekly.open_task(instance), opinion="请审核。")
    submit(visitor("E029"), weekly.open_task(instance), action="return", data={}, opinion="请补充签到表。")
    return instance


def test_the_page_tells_the_story_newest_first(returned, visitor):
    page = visitor("E011").get(f"/procedures/{returned.id}").text

    story = page[page.index("时间轴") :]
    assert story.index("请补充签到表。") < story.index("请审核。")
    assert "退回" in story and "提交自查" in story
    assert "流程第1版" in page and "ZC-2026-013" in page


def test_the_tasks_stand_with_their_nodes_for_the_filter(returned, visitor):
    page = visitor("E011").get(f"/procedures/{returned.id}").text

    rows = re.findall(r'<tr data-node="(\w+)">', page)
    assert rows == ["report", "review", "report"]


def test_the_diagram_and_its_state_are_served(returned, visitor):
    client = visitor("E011")

    xml, state = client.get(f"/procedures/{returned.id}/diagram.xml"), client.get(f"/procedures/{returned.id}/state.json")

    assert xml.mimetype == "application/xml" and b"BPMNDiagram" in xml.data
    assert state.json["nodes"]["report"] == {"state": "current", "count": 1, "note": "还剩4个工作日"}
    assert state.json["nodes"]["review"]["state"] == "done"
    assert {"f2", "f3", "f6"} <= set(state.json["flows"])


def test_an_overdue_node_says_so(instance, visitor, monday):
    monday("2026-12-01 09:00")

    nodes = visitor("E011").get(f"/procedures/{instance.id}/state.json").json["nodes"]

    assert nodes["report"]["state"] == "problem"
    assert nodes["report"]["note"] == "逾期2个工作日"


@pytest.mark.scenario(40)
def test_an_instance_shows_the_version_it_runs_on(instance, visitor, monday):
    xml = (weekly.HERE / "weekly.bpmn").read_text().replace("填写自查", "填写第二版自查")
    with transaction():
        engine.deploy(xml, forms={"weekly_report": {"type": "default", "components": []}})

    shown = visitor("E011").get(f"/procedures/{instance.id}/diagram.xml").text

    assert "填写自查" in shown and "第二版" not in shown


@pytest.mark.parametrize("page", ["", "/diagram.xml", "/state.json"])
def test_absent_and_forbidden_answer_alike(instance, visitor, page):
    client = visitor("E064")

    forbidden, absent = client.get(f"/procedures/{instance.id}{page}"), client.get(f"/procedures/99999{page}")

    assert forbidden.status_code == absent.status_code == 404
    assert forbidden.text == absent.text


def test_variables_are_not_shown(instance, visitor):
    assert "reviewers" not in visitor("E011").get(f"/procedures/{instance.id}").text


def test_a_cancelled_instance_says_why(instance, visitor):
    with transaction():
        engine.cancel(instance.id, reason="主体撤销", person_id="E029")

    page = visitor("E011").get(f"/procedures/{instance.id}").text

    assert "撤销原因：主体撤销" in page and "已撤回" in page


def test_parents_and_children_lead_to_each_other(instance, visitor):
    with transaction():
        child = engine.start(
            "weekly",
            {"subject": "OFF-JWC", "place": "子流程", "doers": ["E011"], "reviewers": ["E029"], "due": "2026-12-01"},
            parent={"parent_id": instance.id, "parent_node": "report", "child_key": "report:1"},
        )
    client = visitor("E011")

    assert f'href="/procedures/{child.id}">每周自查：子流程' in client.get(f"/procedures/{instance.id}").text
    assert f'href="/procedures/{instance.id}">每周自查：教务处' in client.get(f"/procedures/{child.id}").text


def test_mails_that_went_out_stand_on_the_axis_without_their_text(instance, visitor):
    at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    with transaction():
        for number, done_at in enumerate((at, None)):
            db.session.add(
                OutgoingMail(
                    kind="M01", person_id="E011", to_name="崔砚秋", to_address="cyq@qinglan.example", locale="zh",
                    subject=f"新任务{number}", body="秘密", message_id=f"m{number}", instance_id=instance.id,
                    due_at=at, wanted_at=at, done_at=done_at,
                )
            )  # fmt: skip

    page = visitor("E011").get(f"/procedures/{instance.id}").text

    assert "邮件致崔砚秋" in page and "新任务0" in page
    assert "秘密" not in page
    assert page.index("新任务1") < page.index("已经发生") < page.index("新任务0"), "one that waits is still to come"


def test_an_escalation_names_who_was_told_and_a_reminder_is_only_a_mail(instance, visitor, monday):
    task = weekly.open_task(instance)
    with transaction():
        for step, day, told in (("-2", 25, ["E011"]), ("+3", 30, ["E003", "E029"]), ("+1", 30, [])):
            at = datetime(2026, 11, day, 1, tzinfo=UTC)
            row = Escalation(task_id=task.id, due_at=task.due_at, step=step, kind="M05", recipients=told, at=at)
            db.session.add(row)

    page = visitor("E011").get(f"/procedures/{instance.id}").text

    assert page.count('class="of-escalation"') == 1
    assert "逾期升级" in page and "已告知温若涵、封以宁。" in page


def test_other_rooms_add_to_the_axis(instance, visitor, monkeypatch):
    def mails(instance_id):
        at = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
        return [Entry(at=at, kind="mail", name="邮件", verb="M01", step="新任务", address="/mails/7")]

    monkeypatch.setattr(axis, "SOURCES", [mails])

    page = visitor("E011").get(f"/procedures/{instance.id}").text
    assert 'class="of-mail"' in page and 'href="/mails/7"' in page


@pytest.mark.parametrize(
    ("verb", "tone"), [("approve", "ok"), ("return", "mid"), ("submit", "do"), ("", ""), (None, "")]
)
def test_a_verb_has_its_colour(verb, tone):
    assert axis.tone_of(verb) == tone
