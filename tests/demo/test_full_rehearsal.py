"""A term of the whole demo college rehearsed, and its counts reckoned again another way.

The reckoning knows the made-up college only as the file says it - its weeks
with their working days, its subjects - and from the rehearsed database no more
than when each subject's diagnosis logic was in force.
"""

from collections import Counter
from datetime import datetime, time

import pytest
from sqlalchemy import select

from app import engine
from app.application import create_app
from app.demo import college as made_up
from app.demo import rehearsal
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db
from app.notifications import OutgoingMail
from app.organisation import frame
from app.quality.assessment.models import Assessment, Finding
from app.quality.diagnosis.models import SelfDiagnosis
from app.quality.rectification.models import OnSiteVerification, RectificationOrder
from tests.plans import read_through

pytestmark = pytest.mark.full_size

TERM = "2026-2027-1"


# What asks once a week or once a term may read through what it counts.
SELDOM = ("demo/rehearsal.py", "reports/digest.py", "quality/results/figures.py")


@pytest.fixture(scope="module")
def asked():
    """Who read a growing table from end to end while the term was rehearsed."""
    return set()


@pytest.fixture(scope="module")
def rehearsed(databases, tmp_path_factory, asked):
    """The application on the rehearsed database, and the counts that were printed."""
    database = databases.empty(tmp_path_factory.mktemp("rehearsed"))
    app = create_app(**database, SECRET_KEY="test", MAIL_SERVER="")
    with app.app_context():
        with read_through() as readers:
            counts = rehearsal.rehearse(app, term=TERM, layers=tuple(frame.LAYERS), seed=5)
        asked |= readers
        yield counts
        db.session.remove()
        db.engine.dispose()
    databases.drop(database)


def subjects(data) -> dict[str, set[str]]:
    """Return who diagnoses himself, by layer, from the file alone."""
    teach = {each["person"] for each in data["role_grants"] if each["role"] == "TEACHER"}
    return {
        "COLLEGE": {each["code"] for each in data["org_units"] if each["kind"] in ("OFFICE", "DEPARTMENT")},
        "PROGRAMME": {each["code"] for each in data["programmes"]},
        "COURSE": {each["code"] for each in data["courses"]} - set(made_up.SPRING_ONLY),
        "TEACHER": {each["id"] for each in data["people"] if each["id"] in teach},
        "STUDENT": {each["id"] for each in data["students"] if each["status"] == "ENROLLED"},
    }


def deadlines(data, frequency) -> list[datetime]:
    """Return the moments at which the windows of the term close, from the file's own weeks."""
    term = next(each for year in data["calendar"]["academic_years"] for each in year["terms"] if each["code"] == TERM)
    days = (
        [week["workdays"][-1] for week in term["weeks"] if week["workdays"]]
        if frequency == "WEEKLY"
        else [window["due"] for window in term["biweekly_windows"]]
    )
    return [datetime.combine(datetime.fromisoformat(day).date(), time(17, 30), COLLEGE_ZONE) for day in days]


def test_every_subject_was_asked_for_every_window_that_closed_after_its_goals_were_confirmed(rehearsed):
    data = made_up.read()
    in_force = dict(
        db.session.execute(
            select(engine.ProcessInstance.subject, engine.StepLog.at)
            .join(engine.StepLog, engine.StepLog.instance_id == engine.ProcessInstance.id)
            .where(engine.StepLog.node == "build_logic")
        ).all()
    )
    had = Counter(db.session.scalars(select(SelfDiagnosis.subject_code)))

    for layer, codes in subjects(data).items():
        due = deadlines(data, frame.LAYERS[layer][2])
        owed = {code: sum(at > in_force[code] for at in due) for code in codes if code in in_force}
        assert {code: had[code] for code in owed} == owed, layer
        assert rehearsed["layers"][layer]["windows"] == sum(owed.values())
        assert len(owed) >= len(codes) * 0.9, "nearly everybody got as far as his goals"
    assert had["KC30"] == 0, "it does not run in autumn"


def test_each_layer_has_as_many_subjects_as_the_file(rehearsed):
    data = made_up.read()
    found = {layer: counts["subjects"] for layer, counts in rehearsed["layers"].items()}
    expected = {layer: len(codes) for layer, codes in subjects(data).items()}

    assert found.pop("COURSE") == expected.pop("COURSE") + len(made_up.SPRING_ONLY)
    suspended = sum(each["status"] == "SUSPENDED" for each in data["students"])
    assert found.pop("STUDENT") == expected.pop("STUDENT") + suspended
    assert found == expected


def test_what_was_missed_late_or_done_adds_up(rehearsed):
    for layer, counts in rehearsed["layers"].items():
        states = Counter(
            db.session.execute(
                select(engine.HumanTask.state).where(engine.HumanTask.layer == layer)
            ).scalars()
        )
        assert counts["tasks_completed"] <= counts["tasks_opened"]
        assert counts["tasks_late"] <= counts["tasks_completed"]
        assert counts["tasks_missed"] <= counts["windows"]
        assert states[engine.TaskState.COMPLETED] > 0


def test_every_finding_has_one_order_and_no_order_closed_without_being_verified(rehearsed):
    findings = list(db.session.scalars(select(Finding.id)))
    orders = list(db.session.scalars(select(RectificationOrder)))
    verified = {row.order_no for row in db.session.scalars(select(OnSiteVerification)) if row.conclusion}

    assert rehearsed["findings"] == len(findings) == len(orders) == sum(rehearsed["orders"].values())
    assert {order.finding_id for order in orders} == set(findings)
    assert {order.no for order in orders if order.status.value == "CLOSED"} <= verified


def test_offices_programmes_courses_and_students_were_assessed_in_the_half_year(rehearsed):
    data = made_up.read()
    assessed = Counter(row.subject_code for row in db.session.scalars(select(Assessment)))

    for layer in ("COLLEGE", "PROGRAMME"):
        assert all(assessed[code] == 1 for code in subjects(data)[layer]), layer
    assert all(assessed[code] == 2 for code in subjects(data)["COURSE"]), "department and quality office"
    students = subjects(data)["STUDENT"]
    sampled = [code for code in students if assessed[code] == 2]
    assert all(assessed[code] >= 1 for code in students)
    assert len(sampled) >= len(students) * 0.1, "the quality office assesses a sample of a tenth"


def test_no_act_and_no_round_of_the_clock_reads_what_grows_from_end_to_end(rehearsed, asked):
    assert sorted(each for each in asked if not each[0].startswith(SELDOM)) == []


def test_as_many_mails_were_counted_as_were_written(rehearsed):
    written = Counter(db.session.scalars(select(OutgoingMail.kind)))

    assert rehearsed["mails"] == dict(sorted(written.items()))
    assert written["M12"] >= db.session.query(Assessment).filter(Assessment.issued_at.is_not(None)).count()
