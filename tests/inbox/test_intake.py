"""A zero character is refused at the door, with words, wherever it stands: PostgreSQL could not keep it."""

import pytest

from tests.doors import signed_in

WORDS = "无法保存的字符"


@pytest.fixture
def client(college):
    return signed_in(college.app, "E011")


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.get("/tasks/%00"),
        lambda client: client.get("/procedures/?q=%00x"),
        lambda client: client.post("/login", data={"staff_no": "2010\x0012", "password": "x"}),
        lambda client: client.post("/tasks/1/submit", json={"action": "submit", "data": {}, "opinion": "同意\x00"}),
        lambda client: client.put("/tasks/1/draft", json={"data": {"points": [{"a\x00": 1}]}}),
    ],
    ids=["path", "query", "field", "opinion", "name deep in a draft"],
)
def test_a_zero_character_is_refused_with_words(client, send):
    answer = send(client)

    assert answer.status_code == 422
    assert WORDS in (answer.json["message"] if answer.is_json else answer.text)


def test_who_is_signed_in_is_told_in_the_usual_frame(client):
    assert "工作台" in client.get("/procedures/?q=%00x").text.partition("<main")[0]


def test_text_that_only_looks_like_one_passes(client):
    """Somebody writes of `\\u0000` as a word: in JSON its backslash is doubled."""
    answer = client.put("/tasks/0/draft", json={"data": {"measures": r"把\u0000写进文档"}})

    assert answer.status_code == 404
