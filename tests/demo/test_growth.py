"""The college of real size: as many as the issue of a real college, whole, and the same by seed."""

from collections import Counter

from sqlalchemy import func, select

from app import engine
from app.config import shipped
from app.demo import college as made_up
from app.demo import growth, takeover
from app.foundation.db import db, transaction
from app.organisation import teaching
from app.organisation.models import Subject
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.monitoring.models import Measurement, QualityWarning
from tests.builders import TERM


def small(monkeypatch):
    """Grow only a little, to load it quickly."""
    for name, number in (("STUDENTS", 90), ("TEACHERS", 120), ("COURSES", 60), ("CLASSES", 60)):
        monkeypatch.setattr(growth, name, number)


def test_it_has_the_size_of_a_real_college():
    data = growth.grown(made_up.read())

    assert len(data["students"]) == 10_240
    assert len({each["person"] for each in data["role_grants"] if each["role"] == "TEACHER"}) == 612
    assert (len(data["courses"]), len(data["programmes"]), len(data["classes"])) == (512, 40, 230)


def test_nothing_in_it_hangs_in_the_air_and_no_number_is_given_twice():
    data = growth.grown(made_up.read())
    people = {each["id"] for each in data["people"]}
    programmes = {each["code"] for each in data["programmes"]}
    classes = {each["code"] for each in data["classes"]}

    assert {each["leader"] for each in (*data["programmes"], *data["courses"], *data["teams"])} <= people
    assert {each["counsellor"] for each in (*data["classes"], *data["students"])} <= people
    assert {code for each in data["courses"] for code in each["programmes"]} <= programmes
    assert {each["class"] for each in data["students"]} <= classes
    numbers = [each["staff_no"] for each in data["people"]] + [each["student_no"] for each in data["students"]]
    assert len(numbers) == len(set(numbers))


def test_the_same_seed_grows_the_same_college_and_leaves_the_demo_as_it_is():
    data = made_up.read()

    assert growth.grown(data, seed=3) == growth.grown(data, seed=3)
    assert data == made_up.read()


def test_the_other_layers_are_under_way_and_bring_their_history_along(app, at, monkeypatch):
    small(monkeypatch)
    with transaction():
        db.drop_all()
        db.create_all()
    with transaction():
        made_up.load(growth.grown(made_up.read()))
    with transaction():
        engine.deploy_folder(shipped("processes"), shipped("forms"))
    at("2026-11-23 08:40")

    takeover.take_over(TERM, seed=1, say=lambda line: None)

    instances = db.session.scalar(select(func.count()).select_from(engine.ProcessInstance))
    subjects = db.session.scalars(select(Subject).where(Subject.layer_code != "COLLEGE", Subject.state == "ACTIVE")).all()
    assert instances == len(subjects)
    windows = Counter(db.session.scalars(select(SelfDiagnosis.subject_code)))
    running = [each for each in subjects if each.layer_code == "COURSE" and teaching.runs_in(each.code, TERM)]
    assert all(windows[each.code] == 12 for each in running)
    assert all(windows[each.code] == 6 for each in subjects if each.layer_code == "STUDENT")
    assert set(db.session.scalars(select(SelfDiagnosis.status))) >= {DiagnosisStatus.SUBMITTED, DiagnosisStatus.LATE}
    assert db.session.scalar(select(func.count()).select_from(Measurement)) > 1000
    warned = set(db.session.scalars(select(QualityWarning.level)))
    assert {level.value for level in warned} == {"YELLOW", "RED"}
