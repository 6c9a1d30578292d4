"""Lists, boards, launches and exports at the size people will use them: 10,240 students and all who look after them."""

import time

import pytest
from flask_migrate import upgrade

from app import engine
from app.application import create_app
from app.config import shipped
from app.demo import college as made_up
from app.demo import growth, story, takeover
from app.foundation import clock
from app.foundation.db import db, transaction
from app.quality.cycles.models import CohortLaunch
from tests.doors import signed_in, statements
from tests.plans import read_through

pytestmark = pytest.mark.full_size

SLOWEST_SECONDS = 2.0
MOST_STATEMENTS = 60
DIRECTOR, COMMITTEE, HEAD, STUDENT = "E029", "E002", "E046", "S008"
PAGES = {
    DIRECTOR: [
        "/", "/overview/", "/overview/layers/STUDENT?window=6", "/overview/layers/STUDENT?window=6&unit=DEP-XGX",
        "/subjects/", "/subjects/?layer=STUDENT&q=王", "/subjects/T00500", "/subjects/X20", "/procedures/",
        "/procedures/?state=all&page=100", "/warnings/", "/warnings/?level=RED", "/orders/", "/launches/", "/launches/4",
        "/launches/4?page=100", "/forecast/?whose=college", "/mails/", "/goals/", "/goals/?level=STUDENT",
        "/goals/table/college", "/standards/", "/results/", "/documents/", "/search?q=王",
        "/documents/goals/college.xlsx", "/documents/ledger/all.xlsx",
    ],
    COMMITTEE: ["/overview/", "/overview/layers/TEACHER?window=6", "/goals/", "/results/"],
    HEAD: ["/", "/overview/", "/subjects/?layer=STUDENT", "/warnings/", "/forecast/?whose=college", "/goals/", "/procedures/"],
    STUDENT: ["/", "/subjects/S008", "/forecast/", "/goals/mine", "/warnings/", "/results/mine"],
}  # fmt: skip


@pytest.fixture(scope="module")
def full(databases, tmp_path_factory):
    """The application on a college of real size with every layer under way."""
    database = databases.empty(tmp_path_factory.mktemp("full"))
    app = create_app(**database, SECRET_KEY="test", TESTING=True)
    with app.app_context():
        upgrade(directory=str(shipped("migrations")))
        clock.hold(story.PRESENT)
        try:
            with transaction():
                made_up.load(growth.grown(made_up.read()))
            with transaction():
                engine.deploy_folder(shipped("processes"), shipped("forms"))
            takeover.take_over(story.TERM, seed=1, say=lambda line: None)
            yield app
        finally:
            clock.hold(None)
            db.session.remove()
            db.engine.dispose()
    databases.drop(database)


@pytest.mark.parametrize(("person", "address"), [(person, each) for person, pages in PAGES.items() for each in pages])
def test_no_page_is_slow_or_asks_once_per_row(full, person, address):
    client = signed_in(full, person)
    client.get(address)

    began = time.perf_counter()
    with statements() as seen:
        answer = client.get(address)
    took = time.perf_counter() - began

    assert answer.status_code == 200
    assert len(seen) <= MOST_STATEMENTS
    assert took < SLOWEST_SECONDS


@pytest.mark.parametrize("address", PAGES[STUDENT])
def test_a_students_page_reads_through_nothing_that_grows(full, address):
    client = signed_in(full, STUDENT)
    with read_through() as readers:
        client.get(address)

    assert sorted(readers) == []


def test_ten_thousand_students_are_under_way(full):
    launch = db.session.query(CohortLaunch).filter_by(layer_code="STUDENT").one()

    text = signed_in(full, DIRECTOR).get(f"/launches/{launch.id}").get_data(as_text=True)

    assert "共10240个主体" in text
