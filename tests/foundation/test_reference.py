"""What hardly changes is read once per process, and yet nobody ever sees an old answer."""

import threading

import pytest
from sqlalchemy import update

from app.foundation import reference
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation.models import OrgUnit, Person, Subject
from tests.doors import statements

HEAD = "E011"


def renamed(name: str) -> None:
    with transaction():
        db.session.get_one(Person, HEAD).name_zh = name


def in_another_thread(app, act) -> None:
    """Do something in a session of its own, as another request or process would."""

    def run() -> None:
        with app.app_context():
            act()
            db.session.remove()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def test_a_question_is_asked_once(app):
    organisation.person(organisation.head_of("OFF-JWC")[0])
    db.session.rollback()

    with statements(warm=True) as seen:
        assert organisation.person(organisation.head_of("OFF-JWC")[0]).id == HEAD

    assert seen == ["SELECT number FROM reference_revision"]


def test_a_change_is_seen_by_whoever_asks_next(app):
    before = organisation.person(HEAD).name_zh

    renamed("改名者")

    assert organisation.person(HEAD).name_zh == "改名者" != before


def test_a_change_of_another_process_is_seen_in_the_next_transaction(app):
    organisation.person(HEAD)
    db.session.rollback()

    in_another_thread(app, lambda: renamed("改名者"))

    assert organisation.person(HEAD).name_zh == "改名者"


def test_within_a_transaction_what_was_changed_is_seen_at_once(app):
    with transaction():
        db.session.get_one(Subject, "OFF-JWC").responsible_id = "E012"

        assert organisation.responsible_for("OFF-JWC") == ["E012"]


def test_what_was_rolled_back_is_not_remembered(app):
    with pytest.raises(ZeroDivisionError), transaction():
        db.session.get_one(Subject, "OFF-JWC").responsible_id = "E012"
        organisation.responsible_for("OFF-JWC")
        raise ZeroDivisionError

    assert organisation.responsible_for("OFF-JWC") == [HEAD]


def test_a_change_by_statement_counts_too(app):
    organisation.unit("OFF-JWC")

    with transaction():
        db.session.execute(update(OrgUnit).where(OrgUnit.code == "OFF-JWC").values(name_zh="教务科研处"))

    assert organisation.unit("OFF-JWC").name_zh == "教务科研处"


def test_a_remembered_row_cannot_be_changed_by_mistake(app):
    person = organisation.person(HEAD)

    with pytest.raises(TypeError, match="the session's own row"):
        person.name_zh = "改名者"
    with pytest.raises(TypeError, match="no session"):
        db.session.add(person)


def test_each_asker_gets_a_list_of_his_own(app):
    organisation.units_below("OFF-JWC").clear()

    assert "OFF-JWC" in organisation.units_below("OFF-JWC")


def test_a_row_that_is_not_there_is_remembered_until_it_comes(app):
    assert reference.row(Person, "E999") is None

    with transaction():
        db.session.add(Person(id="E999", staff_no="999", name_zh="新来者", kind="STAFF"))

    assert reference.row(Person, "E999").name_zh == "新来者"


def test_a_process_that_remembers_too_much_begins_anew(app, monkeypatch):
    monkeypatch.setattr(reference, "MOST_REMEMBERED", 3)

    found = [organisation.person(f"E{number:03d}").id for number in range(1, 12)]

    assert found == [f"E{number:03d}" for number in range(1, 12)]
