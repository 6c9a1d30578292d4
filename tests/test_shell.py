"""What every page carries around its content."""

import pytest

from tests.doors import signed_in, statements


@pytest.fixture
def head(app, at):
    at("2026-11-23 09:00")
    return signed_in(app, "E011")


def test_it_says_who_where_and_when(head):
    page = head.get("/delegations").text

    assert "崔砚秋" in page and "教务处处长" in page
    assert "清岚职业技术学院" in page
    assert "第一学期 · 第13周 · 11月23日（周一）" in page


def test_in_a_break_it_names_the_break(app, at):
    at("2027-02-03 09:00")

    assert "寒假" in signed_in(app, "E011").get("/delegations").text


def test_the_present_place_is_marked(head):
    assert '<a href="/procedures/" aria-current="page">流程</a>' in head.get("/procedures/").text


def test_the_frame_costs_one_statement_once_its_process_knows_the_college(head):
    head.get("/password")
    with statements(warm=True) as seen:
        head.get("/password")

    assert {each for each in seen if "account" not in each} <= {"SELECT number FROM reference_revision"}


def test_static_files_ask_the_database_nothing(head):
    with statements() as seen:
        head.get("/healthz")

    assert seen == []
