def test_the_language_is_remembered_and_the_reader_returns(client):
    answer = client.post("/locale/en", headers={"Referer": "http://localhost/desk?view=late"})
    assert (answer.status_code, answer.location) == (303, "/desk?view=late")
    assert '<html lang="en"' in client.get("/desk").text


def test_no_foreign_page_is_returned_to(client):
    assert client.post("/locale/en", headers={"Referer": "http://elsewhere.example/desk"}).location == "/"
    assert client.post("/locale/en", headers={"Referer": "http://localhost//elsewhere.example"}).location == "/"


def test_an_unknown_language_is_not_found(client):
    assert client.post("/locale/tlh").status_code == 404


def test_health(client):
    assert client.get("/healthz").json == {"status": "ok"}


def test_what_was_sent_and_refused_is_no_page_to_return_to(client):
    assert client.post("/locale/en", headers={"Referer": "http://localhost/submit"}).location == "/"
