"""The list of procedures: what is seen by whom, filtered and in pages."""

import pytest

from app.foundation.db import db
from app.procedures import queries
from tests import weekly
from tests.doors import statements


def seen_by(person_id):
    return [instance.title.removeprefix("每周自查：") for instance in db.session.scalars(queries.visible_instances(person_id))]


@pytest.fixture
def some(monday):
    weekly.start(["E014"], subject="OFF-ZJC", place="招就处", number="ZC-1")
    weekly.start(["E020"], subject="OFF-SXZX", place="实训中心", by="E038")
    return weekly.start(["E011"], place="教务处")


@pytest.mark.parametrize(
    ("person_id", "titles"),
    [
        ("E014", ["招就处"]),  # has a task and leads the office
        ("E029", ["招就处", "实训中心", "教务处"]),  # the quality office reads everything
        ("E064", []),  # a teacher
        ("E030", []),  # an auditor reads no self-diagnoses
    ],
)
def test_everybody_sees_what_concerns_them(some, person_id, titles):
    assert seen_by(person_id) == titles


def test_who_started_it_sees_it(some):
    instance = weekly.start(["E020"], subject="OFF-SXZX", place="专项", by="E064")

    assert seen_by("E064") == ["专项"]
    assert instance.started_by == "E064"


def test_who_had_a_task_keeps_seeing_it(some, visitor):
    task = weekly.open_task(weekly.start(["E064"], subject="OFF-SXZX", place="曾办"))
    visitor("E064").post(f"/tasks/{task.id}/submit", json={"action": "submit", "data": weekly.REPORT})

    assert seen_by("E064") == ["曾办"]


def test_the_list_is_filtered_by_state_kind_and_text(some, visitor):
    client = visitor("E029")

    assert "招就处" in client.get("/procedures/").text
    assert "没有符合的流程" in client.get("/procedures/?state=ended").text
    assert "招就处" in client.get("/procedures/?key=weekly&q=ZC-1").text
    assert "没有符合的流程" in client.get("/procedures/?key=other&state=all").text


def test_the_list_costs_the_same_for_many_as_for_few(some, visitor):
    client = visitor("E029")
    client.get("/procedures/")
    for number in range(60):
        weekly.start(["E011"], place=f"第{number}处")

    with statements() as seen:
        page = client.get("/procedures/").text

    assert len(seen) <= 14, "\n".join(seen)
    assert page.count("<tr data-row") == 50
    assert "共63条" in page


def test_an_empty_list_says_why(monday, visitor):
    assert "没有进行中的流程" in visitor("E064").get("/procedures/").text
