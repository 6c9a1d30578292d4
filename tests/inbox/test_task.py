"""One task: read it, keep a draft, hand it in; and who may not."""

import io
import json

import pytest
from sqlalchemy import func, select

from app import engine
from app.engine import HumanTask, StepLog
from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.inbox.extras import EXTRAS
from tests import weekly

HEAD, COLLEAGUE, DIRECTOR, STRANGER = "E011", "E032", "E029", "E064"


@pytest.fixture
def instance(monday):
    return weekly.start([HEAD, COLLEAGUE], number="ZC-2026-013")


@pytest.fixture
def task(instance):
    return weekly.open_task(instance)


def in_json(text):
    """Return a text as it stands in a page's JSON."""
    return json.dumps(text)[1:-1]


def hand_in(client, task, action="submit", data=weekly.REPORT, **more):
    return client.post(f"/tasks/{task.id}/submit", json={"action": action, "data": data, "version": 1, **more})


def test_the_page_says_what_when_and_why(task, visitor):
    page = visitor(HEAD).get(f"/tasks/{task.id}").text

    assert "填写自查：每周自查：教务处" in page and "提交自查" in page
    assert "还剩4个工作日" in page and "怎么算的" in page
    assert "您是部门负责人" in page
    assert "崔砚秋" in page and "尚嘉言" in page and "先办先得" in page


def test_handing_in_leads_to_the_desk_and_says_what_comes_next(task, visitor):
    client = visitor(HEAD)

    answer = hand_in(client, task)

    assert answer.json == {"redirect": "/"}
    page = client.get("/").text
    assert "已办理“填写自查：每周自查：教务处”。" in page
    assert "下一步：审核自查（封以宁）。" in page


def test_a_refusal_names_the_fields_and_changes_nothing(instance, task, visitor):
    answer = hand_in(visitor(HEAD), task, data={**weekly.REPORT, "situation": "太短"})

    assert answer.status_code == 422
    assert answer.json["problems"] == {"situation": "至少 10 字。"}
    assert weekly.open_task(instance).id == task.id


def test_going_back_needs_an_opinion(instance, task, visitor):
    hand_in(visitor(HEAD), task)
    review = weekly.open_task(instance)

    without = hand_in(visitor(DIRECTOR), review, action="return", data={}, opinion="  ")
    with_one = hand_in(visitor(DIRECTOR), review, action="return", data={}, opinion="请补充签到表。")

    assert without.status_code == 422 and "opinion" in without.json["problems"]
    assert with_one.status_code == 200
    assert "请补充签到表。" in visitor(HEAD).get(f"/tasks/{weekly.open_task(instance).id}").text


def test_a_finished_task_shows_who_did_what(task, visitor):
    hand_in(visitor(HEAD), task, opinion="请审核。")

    page = visitor(COLLEAGUE).get(f"/tasks/{task.id}").text

    assert "崔砚秋已于11月23日（周一）09:00办理了这项任务。" in page
    assert 'data-readonly="true"' in page and in_json("期中教学检查") in page
    assert "data-form-action" not in page


def test_a_withdrawn_task_says_so_and_takes_nothing(instance, task, visitor):
    with transaction():
        engine.cancel(instance.id, reason="主体撤销", person_id=DIRECTOR)

    assert "这项任务已于11月23日（周一）09:00撤回" in visitor(HEAD).get(f"/tasks/{task.id}").text
    assert hand_in(visitor(HEAD), task).status_code == 409


@pytest.mark.scenario(36)
def test_the_second_of_two_is_told_who_was_faster_and_nothing_is_recorded_twice(task, visitor):
    first, second = visitor(HEAD), visitor(COLLEAGUE)
    second.get(f"/tasks/{task.id}")
    hand_in(first, task)

    answer = hand_in(second, task, data={**weekly.REPORT, "done": 99})

    assert answer.status_code == 409
    assert answer.json["message"].startswith("崔砚秋已于11月23日（周一）09:00办理了这项任务。")
    acts = select(func.count(StepLog.id)).where(StepLog.task_id == task.id)
    assert db.session.scalar(acts) == 1
    assert second.put(f"/tasks/{task.id}/draft", json={"data": {}}).status_code == 409


def test_a_reminder_in_between_does_not_make_the_page_stale(task, visitor):
    with transaction():
        db.session.get(HumanTask, task.id).nudge_no = 2

    assert hand_in(visitor(HEAD), task).status_code == 200


def test_who_may_see_but_not_act_is_refused(task, visitor):
    officer = visitor("E038")

    assert "它由别人办理" in officer.get(f"/tasks/{task.id}").text
    assert hand_in(officer, task).status_code == 403
    assert officer.put(f"/tasks/{task.id}/draft", json={"data": {}}).status_code == 403


@pytest.mark.scenario(37)
@pytest.mark.parametrize("person_id", [STRANGER, "E014", "E046"])
def test_absent_and_forbidden_answer_alike(task, visitor, person_id):
    client = visitor(person_id)

    forbidden, absent = client.get(f"/tasks/{task.id}"), client.get("/tasks/99999")

    assert forbidden.status_code == absent.status_code == 404
    assert forbidden.text == absent.text
    assert hand_in(client, task).status_code == 404
    assert client.put(f"/tasks/{task.id}/draft", json={"data": {}}).status_code == 404
    assert client.get(f"/tasks/{task.id}/pane").status_code == 404


def test_a_draft_is_kept_shown_again_and_gone_when_handed_in(task, visitor):
    client = visitor(HEAD)

    answer = client.put(f"/tasks/{task.id}/draft", json={"data": {"situation": "写到一半"}})

    assert answer.json["saved_at"].startswith("2026-11-23T01:00")
    assert in_json("写到一半") in client.get(f"/tasks/{task.id}").text
    assert "有草稿" in client.get("/?view=drafts").text
    hand_in(client, task)
    assert "没有草稿" in client.get("/?view=drafts").text


def test_a_colleague_is_told_whose_draft_it_is_and_a_reader_does_not_see_it(task, visitor):
    visitor(HEAD).put(f"/tasks/{task.id}/draft", json={"data": {"situation": "写到一半"}})

    assert "崔砚秋于" in visitor(COLLEAGUE).get(f"/tasks/{task.id}").text
    assert in_json("写到一半") not in visitor("E038").get(f"/tasks/{task.id}").text


@pytest.mark.parametrize("body", ['"text"', "[]", '{"data": 7}', "not json"])
def test_nonsense_is_refused_politely(task, visitor, body):
    client = visitor(HEAD)
    headers = {"Content-Type": "application/json"}

    assert client.put(f"/tasks/{task.id}/draft", data=body, headers=headers).status_code == 422
    assert client.post(f"/tasks/{task.id}/submit", data=body, headers=headers).status_code == 422


def test_an_unknown_action_is_refused(task, visitor):
    assert hand_in(visitor(HEAD), task, action="destroy").status_code == 422


def test_a_file_goes_up_at_once_and_down_to_who_sees_the_task(task, visitor):
    client = visitor(HEAD)

    sent = client.post(f"/tasks/{task.id}/files", data={"file": (io.BytesIO(b"%PDF-1.7 x"), "签到表.pdf")})

    assert sent.json["name"] == "签到表.pdf"
    got = visitor(COLLEAGUE).get(f"/files/{sent.json['id']}")
    assert got.data == b"%PDF-1.7 x"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert visitor(STRANGER).get(f"/files/{sent.json['id']}").status_code == 404
    assert visitor(STRANGER).get("/files/999").status_code == 404


def test_a_picture_opens_in_the_browser(task, visitor):
    client = visitor(HEAD)
    sent = client.post(f"/tasks/{task.id}/files", data={"file": (io.BytesIO(b"\x89PNG\r\n"), "现场.png")})

    got = client.get(f"/files/{sent.json['id']}")

    assert got.headers["Content-Disposition"].startswith("inline") and got.mimetype == "image/png"


def test_a_wrong_file_is_refused_with_a_sentence(task, visitor):
    client = visitor(HEAD)

    wrong = client.post(
        f"/tasks/{task.id}/files",
        data={"file": (io.BytesIO(b"MZ"), "virus.exe")},
        headers={"Accept": "application/json"},
    )

    assert wrong.status_code == 422 and "不是可以上传的类型" in wrong.json["message"]
    assert client.post(f"/tasks/{task.id}/files").status_code == 422
    other = visitor("E038").post(f"/tasks/{task.id}/files", data={"file": (io.BytesIO(b"%PDF"), "a.pdf")})
    assert other.status_code == 403


def test_other_rooms_may_add_buttons(task, visitor, monkeypatch):
    monkeypatch.setitem(EXTRAS, ("weekly", "report"), lambda task: [("申请延期", f"/extend/{task.id}")])

    assert f'href="/extend/{task.id}">申请延期' in visitor(HEAD).get(f"/tasks/{task.id}").text
    assert "申请延期" not in visitor("E038").get(f"/tasks/{task.id}").text


def test_the_audit_trail_names_who_did_it(task, visitor):
    hand_in(visitor(HEAD), task)

    event = db.session.scalar(select(AuditEvent).where(AuditEvent.act == "task.complete"))
    assert (event.person_id, event.on_behalf_of, event.details["verb"]) == (HEAD, None, "submit")
