"""The desk: what is on it, in which order, for how many questions to the database."""

from datetime import date

import pytest

from app.foundation.db import transaction
from app.inbox import queries
from app.inbox.queries import View
from app.organisation import service as organisation
from tests import weekly
from tests.doors import statements


def titles(person_id, view=View.OPEN):
    return [row.task.title.removeprefix("填写自查：每周自查：") for row in queries.desk_rows(person_id, view, page=1)]


@pytest.fixture
def three(monday):
    monday("2026-11-16 08:00")
    weekly.start(["E011"], place="第13周", rule=weekly.in_week(13), number="ZC-13")
    weekly.start(["E011"], place="今日", rule=weekly.on_day("2026-11-23"), number="ZC-T")
    weekly.start(["E011"], place="第12周", rule=weekly.in_week(12), number="ZC-12")
    monday("2026-11-23 09:00")


def test_the_nearest_deadline_comes_first(three):
    assert titles("E011") == ["第12周", "今日", "第13周"]


def test_the_views_and_figures_count_what_they_show(three):
    counted = queries.counts("E011", window_ends_on=date(2026, 11, 29))

    assert counted == {"open": 3, "done": 0, "started": 0, "drafts": 0, "today": 1, "late": 1, "window": 3}
    assert titles("E011", View.TODAY) == ["今日"]
    assert titles("E011", View.LATE) == ["第12周"]


def test_deadlines_are_said_in_words_with_the_date_beside(three, visitor):
    page = visitor("E011").get("/").text

    assert "逾期1个工作日" in page and "今日17:30截止" in page and "还剩4个工作日" in page
    assert "11月20日（周五）" in page
    assert "第13周 · 您是部门负责人" in page


def test_nobody_else_finds_it_on_their_desk(three, visitor):
    assert titles("E012") == []
    assert "没有待办" in visitor("E012").get("/").text


def test_three_statements_give_the_list_and_the_page_needs_few_more(three, visitor, app):
    queries.counts("E011", window_ends_on=date(2026, 11, 29))  # whose deputy one is is read once per process
    with statements(warm=True) as seen:
        queries.counts("E011", window_ends_on=date(2026, 11, 29))
        queries.desk_rows("E011", View.OPEN, page=1)
    assert len(seen) <= 3

    client = visitor("E011")
    client.get("/")  # the working days and the diagram are read once per process
    for number in range(30):
        weekly.start(["E011"], place=f"第{number}处")
    with statements(warm=True) as seen:
        client.get("/")
    assert len(seen) <= 7, "\n".join(seen)


def test_fifty_rows_make_a_page(monday, visitor):
    for number in range(53):
        weekly.start(["E011"], place=f"{number:02}")

    client = visitor("E011")
    assert client.get("/").text.count("<tr data-row") == 50
    assert client.get("/?page=2").text.count("<tr data-row") == 3
    assert "共53条" in client.get("/").text


def test_what_was_done_and_what_was_started_have_their_lists(monday, visitor):
    instance = weekly.start(["E011"], by="E038")
    visitor("E011").post(f"/tasks/{weekly.open_task(instance).id}/submit", json={"action": "submit", "data": weekly.REPORT})

    assert "按期办结" in visitor("E011").get("/?view=done").text
    assert "每周自查：教务处" in visitor("E038").get("/?view=started").text


@pytest.mark.parametrize(
    ("view", "words"),
    [("open", "没有待办"), ("done", "还没有办过的事项"), ("started", "没有您发起的流程"), ("drafts", "没有草稿"),
     ("today", "今天没有到期的事项"), ("late", "没有逾期")],
)  # fmt: skip
def test_an_empty_list_says_why(visitor, view, words):
    assert words in visitor("E011").get(f"/?view={view}").text


def test_an_unknown_view_is_the_first_one(visitor):
    assert visitor("E011").get("/?view=everything").status_code == 200


def test_the_pane_shows_the_essentials_of_a_row(three, visitor):
    task = queries.desk_rows("E011", View.OPEN, page=1)[0].task

    pane = visitor("E011").get(f"/tasks/{task.id}/pane").text

    assert "<html" not in pane
    assert "ZC-12 · 学校(学院)层面 · 教务处" in pane and "打开办理" in pane


def test_search_finds_by_title_number_and_subject_what_one_may_see(three, visitor):
    client = visitor("E011")

    assert "每周自查：第12周" in client.get("/search?q=ZC-12").text
    assert "每周自查：第12周" in client.get("/search?q=zc-12").text, "on every database, whoever types small letters"
    assert "每周自查：第12周" in client.get("/search?q=教务处").text
    assert "没有找到“%”" in client.get("/search?q=%25").text
    assert "没有找到“ZC-12”" in visitor("E064").get("/search?q=ZC-12").text


def test_a_deputy_has_the_tasks_marked_with_the_name(three, visitor):
    with transaction():
        organisation.delegate(
            "E011", to_person_id="E032", from_on=date(2026, 11, 23), to_on=date(2026, 11, 24), reason="出差"
        )

    assert "代崔砚秋" in visitor("E032").get("/").text
    assert len(titles("E032")) == len(titles("E011")) == 3
