"""Through the gate, and not through it."""

from sqlalchemy import select

from app.foundation.audit import AuditEvent
from app.foundation.db import db, transaction
from app.organisation.models import Person
from app.security.models import Account

WRONG = "工号或密码不正确"


def sign_in(client, staff_no="201011", password="zhengai", **more):
    return client.post("/login", data={"staff_no": staff_no, "password": password, **more})


def test_a_person_comes_in_and_goes_where_they_wanted(app, monday):
    answer = sign_in(app.test_client(), next="/delegations")

    assert (answer.status_code, answer.location) == (303, "/delegations")


def test_nobody_is_led_to_another_site(app, monday):
    assert sign_in(app.test_client(), next="//evil.example/").location == "/"


def test_a_page_without_a_session_leads_to_the_gate_and_back(app, monday):
    answer = app.test_client().get("/tasks/7?x=1")

    assert answer.status_code == 302
    assert answer.location == "/login?next=/tasks/7?x%3D1"


def test_an_address_that_does_not_exist_leads_to_the_gate_as_well(app, monday):
    assert app.test_client().get("/nowhere").status_code == 302


def test_a_script_is_told_in_json(app, monday):
    answer = app.test_client().put("/tasks/7/draft", json={"data": {}})

    assert answer.status_code == 401
    assert answer.json["code"] == "not_signed_in"


def test_the_gate_and_the_health_check_are_open(app, monday):
    client = app.test_client()

    assert client.get("/login").status_code == 200
    assert client.get("/healthz").json == {"status": "ok"}


def test_unknown_number_and_wrong_password_answer_alike(app, monday):
    client = app.test_client()

    unknown, wrong = sign_in(client, staff_no="999999"), sign_in(client, password="nonsense")

    assert unknown.status_code == wrong.status_code == 401
    assert WRONG in unknown.text and WRONG in wrong.text
    assert unknown.text.replace("999999", "201011") == wrong.text


def test_five_failures_lock_and_a_quarter_of_an_hour_unlocks(app, monday):
    client = app.test_client()
    for _ in range(5):
        sign_in(client, password="nonsense")

    assert sign_in(client).status_code == 401
    monday("2026-11-23 09:14")
    assert sign_in(client).status_code == 401
    monday("2026-11-23 09:16")
    assert sign_in(client).status_code == 303


def test_the_lock_is_written_into_the_audit_trail(app, monday):
    client = app.test_client()
    for _ in range(5):
        sign_in(client, password="nonsense")

    acts = list(db.session.scalars(select(AuditEvent.act).where(AuditEvent.thing == "person:E011")))
    assert acts == ["security.lock"]


def test_a_success_forgets_earlier_failures(app, monday):
    client = app.test_client()
    for _ in range(4):
        sign_in(client, password="nonsense")
    sign_in(client)
    for _ in range(4):
        sign_in(client, password="nonsense")

    assert sign_in(client).status_code == 303


def test_who_has_left_does_not_come_in_and_an_open_session_ends(app, visitor):
    client = visitor("E011")
    assert client.get("/").status_code == 200

    with transaction():
        db.session.get_one(Person, "E011").active = False

    assert client.get("/").status_code == 302
    assert sign_in(app.test_client()).status_code == 401


def test_a_session_ends_after_its_hours(app, monday):
    client = app.test_client()
    sign_in(client)

    monday("2026-11-23 20:59")
    assert client.get("/").status_code == 200
    monday("2026-11-23 21:01")
    assert client.get("/").status_code == 302


def test_the_session_begins_anew_at_sign_in(app, monday):
    client = app.test_client()
    with client.session_transaction() as session:
        session["planted"], session["locale"] = "by somebody else", "en"

    sign_in(client)

    with client.session_transaction() as session:
        assert "planted" not in session
        assert session["locale"] == "en"


def test_signing_out_ends_the_session(app, visitor):
    client = visitor("E011")

    assert client.post("/logout").location == "/login"
    assert client.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions(app, visitor):
    here, elsewhere = visitor("E011"), visitor("E011")

    answer = here.post("/password", data={"old": "zhengai", "new": "秋水共长天一色2026", "again": "秋水共长天一色2026"})

    assert answer.status_code == 303
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert sign_in(app.test_client(), password="秋水共长天一色2026").status_code == 303


def test_a_refused_password_says_why_beside_the_field(app, visitor):
    client = visitor("E011")

    wrong = client.post("/password", data={"old": "no", "new": "秋水共长天一色2026", "again": "秋水共长天一色2026"})
    differs = client.post("/password", data={"old": "zhengai", "new": "秋水共长天一色2026", "again": "别的"})

    assert wrong.status_code == differs.status_code == 422
    assert "现在的密码不正确。" in wrong.text
    assert "两次输入的新密码不一样。" in differs.text


def test_a_first_password_must_be_changed_before_anything_else(app, visitor):
    with transaction():
        db.session.get_one(Account, "E011").must_change = True

    answer = visitor("E011").get("/")

    assert (answer.status_code, answer.location) == (302, "/password")


def test_a_demo_offers_its_accounts_and_a_real_college_does_not(app, monday):
    assert "演示账号" not in app.test_client().get("/login").text

    app.config["DEMO"] = True

    page = app.test_client().get("/login").text
    assert all(name in page for name in ("封以宁", "沐亦辰", "崔砚秋", "温若涵", "邵启文", "谭若溪", "童知远"))


def test_the_page_speaks_english_when_asked(app, monday):
    client = app.test_client()
    client.post("/locale/en")

    assert 'lang="en"' in client.get("/login").text
