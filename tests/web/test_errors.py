from tests.web.sample import create_sample


def test_a_person_gets_a_page_that_says_what_to_do(client):
    answer = client.get("/refused", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "只有签发单位可以审核这份报告。" in answer.text
    assert "请联系当前办理人" in answer.text


def test_a_script_gets_code_message_and_problems(client):
    answer = client.get("/refused", headers={"Accept": "application/json"})
    assert answer.json == {"code": "not_allowed", "message": "只有签发单位可以审核这份报告。", "problems": {}}


def test_htmx_counts_as_a_script(client):
    assert client.get("/nothing", headers={"HX-Request": "true"}).json["code"] == "http_404"


def test_a_missing_page_is_told_in_the_frame(client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "没有找到" in answer.text and "清岚职业技术学院" in answer.text


def test_an_unknown_exception_shows_no_details(sample):
    sample.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    answer = sample.test_client().get("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "系统出错了" in answer.text


def test_a_stale_csrf_token_is_explained():
    answer = create_sample().test_client().post("/submit", json={"action": "submit"})
    assert answer.status_code == 400
    assert "请刷新页面后再提交" in answer.json["message"]


def test_the_wrong_verb_names_the_right_ones(client):
    answer = client.delete("/desk")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
