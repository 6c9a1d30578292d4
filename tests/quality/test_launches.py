"""The cohort launch: look who would do what, start, take back."""

from datetime import date

import pytest
from sqlalchemy import func, select

from app import engine
from app.foundation.db import db, transaction
from app.organisation import queries as organisation
from app.organisation.models import Delegation, RoleGrant, Subject
from app.organisation.teaching import StudentStatus
from app.quality.cycles import jobs, launching
from app.quality.cycles import service as cycles
from app.quality.cycles.models import CohortLaunch, LaunchItem, LaunchState
from tests.at_once import at_once
from tests.builders import TERM
from tests.doors import signed_in, statements

DIRECTOR, OFFICER = "E029", "E038"


def previews(college, layer, *, scope="", by=OFFICER):
    """Let somebody prepare a launch on the page; returns its id."""
    answer = signed_in(college.app, by).post("/launches/", data={"term": TERM, "layer": layer, "scope": scope})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return int(answer.location.rpartition("/")[2])


def page_of(college, launch_id, *, by=OFFICER, query=""):
    return signed_in(college.app, by).get(f"/launches/{launch_id}{query}").get_data(as_text=True)


def starts(college, launch_id, *, by=OFFICER):
    return signed_in(college.app, by).post(f"/launches/{launch_id}/start")


def undoes(college, launch_id, *, by=OFFICER):
    return signed_in(college.app, by).post(f"/launches/{launch_id}/undo")


def instances() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(engine.ProcessInstance))


def item(launch_id, subject) -> LaunchItem:
    db.session.rollback()
    return db.session.get(LaunchItem, (launch_id, subject))


def test_the_preview_names_who_would_do_each_step_and_starts_nothing(college):
    launch_id = previews(college, "COURSE")

    found = item(launch_id, "KC16")
    assert found.performers["enter_goals"]["people"] == ["E065"]
    assert "diagnose" in found.performers, "what the procedure calls again and again is looked up too"
    page = page_of(college, launch_id)
    assert "填报目标与标准" in page and "可启动" in page
    assert instances() == 0


def test_a_step_that_a_gateway_leads_past_is_no_vacancy(college):
    launch_id = previews(college, "COURSE")

    found = item(launch_id, "KC01")  # a public course: its own department's programmes do not use it
    assert found.performers["confirm_programme"]["passed_by"]
    assert not found.performers["approve_adjustment"]["passed_by"], "what a later step decides is not known yet"
    assert "VACANT" not in found.doubts


def test_an_absent_head_and_a_suspended_student_are_pointed_out(college):
    with transaction():
        db.session.add(
            Delegation(from_person_id="E044", to_person_id="E045", from_on=date(2026, 8, 1), to_on=date(2026, 12, 1), reason="进修")
        )
        cycles.change_status("S018", StudentStatus.SUSPENDED, reason="休学")

    offices, students = previews(college, "COLLEGE"), previews(college, "STUDENT")

    assert "AWAY" in item(offices, "DEP-JDX").doubts
    assert "NO_GOALS" in item(offices, "DEP-JDX").doubts
    assert "AWAY" not in item(offices, "OFF-JWC").doubts
    assert "SUSPENDED" in item(students, "S018").doubts
    assert "休学或暂停" in page_of(college, students, query="?doubt=SUSPENDED")


def test_a_step_for_which_nobody_is_found_is_a_vacancy_and_says_who_gets_it_instead(college):
    with transaction():
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.role == "QA_OFFICER")):
            grant.to_on = date(2026, 8, 1)

    launch_id = previews(college, "COLLEGE", scope="DEP-JDX", by=DIRECTOR)

    found = item(launch_id, "DEP-JDX")
    assert "VACANT" in found.doubts
    assert found.performers["accept_report"]["people"] == [DIRECTOR]


def test_starting_gives_every_subject_its_procedure_once_and_again_nothing(college):
    launch_id = previews(college, "PROGRAMME")

    assert starts(college, launch_id).status_code == 303
    college.work()
    first = instances()
    again = previews(college, "PROGRAMME")

    assert first == db.session.scalar(select(func.count()).select_from(LaunchItem).where(LaunchItem.launch_id == launch_id))
    assert all("RUNNING" in each.doubts for each in db.session.scalars(select(LaunchItem).where(LaunchItem.launch_id == again)))
    with transaction():
        launching.begin(db.session.get_one(CohortLaunch, again), by=OFFICER)
    college.work()
    assert instances() == first


def test_the_committee_launches_a_layer(college):
    launch_id = previews(college, "PROGRAMME", scope="PG08", by="E002")

    assert starts(college, launch_id, by="E002").status_code == 303
    college.work()

    assert len(college.tasks("enter_goals", subject="PG08")) == 1


def test_a_suspended_student_is_not_started(college):
    with transaction():
        cycles.change_status("S018", StudentStatus.SUSPENDED, reason="休学")
    launch_id = previews(college, "STUDENT")

    starts(college, launch_id)
    college.work()

    assert item(launch_id, "S018").instance_id is None
    assert item(launch_id, "S008").instance_id is not None


def test_only_the_scope_is_started(college):
    department = previews(college, "PROGRAMME", scope="DEP-JDX")
    programme = previews(college, "COURSE", scope="PG08")

    codes = set(db.session.scalars(select(LaunchItem.subject_code).where(LaunchItem.launch_id == programme)))
    assert "KC16" in codes
    assert 0 < len(codes) < 30
    units = {each.unit_code for each in _subjects(department)}
    assert units == {"DEP-JDX"}


def test_a_launch_is_taken_back_until_the_first_act_and_can_be_started_anew(college):
    launch_id = previews(college, "PROGRAMME", scope="PG08")
    starts(college, launch_id)
    college.work()
    assert "整批撤销" in page_of(college, launch_id)

    assert undoes(college, launch_id).status_code == 303
    college.work()

    assert db.session.get(CohortLaunch, launch_id).state is LaunchState.UNDONE
    assert college.tasks("enter_goals", subject="PG08") == []
    assert college.mails("M20", to="E059"), "whoever had got the task hears that it was withdrawn"
    starts(college, previews(college, "PROGRAMME", scope="PG08"))
    college.work()
    assert len(college.tasks("enter_goals", subject="PG08")) == 1


def test_after_the_first_act_it_cannot_be_taken_back_any_more(college):
    launch_id = previews(college, "PROGRAMME", scope="PG08")
    starts(college, launch_id)
    college.work()
    goal = {
        "task_zh": "专业建设", "task_type": "C", "basis": "职责", "observation_point": "覆盖率", "year_1": "80%", "year_2": "85%",
        "year_3": "90%", "post": "P-PG08", "responsible": "E059",
    }  # fmt: skip
    college.does("enter_goals", subject="PG08", goals=[goal])

    answer = undoes(college, launch_id)

    assert answer.status_code == 409
    assert "已有人开始办理" in answer.get_data(as_text=True)
    assert "整批撤销</button>" not in page_of(college, launch_id)


def test_a_launch_of_more_than_a_portion_goes_on_where_it_was_left(college, monkeypatch):
    monkeypatch.setattr(launching, "PORTION", 7)
    launch_id = previews(college, "STUDENT")
    assert "正在逐个核对办理人" in page_of(college, launch_id)

    college.work()
    assert "启动40个流程" in page_of(college, launch_id) or "待启动" in page_of(college, launch_id)
    starts(college, launch_id)
    assert "已处理7／" in page_of(college, launch_id)
    college.work()

    assert db.session.get(CohortLaunch, launch_id).state is LaunchState.DONE


def test_a_layer_taken_back_is_not_started_again_by_the_timer(college):
    college.starts_term()
    launch = db.session.scalars(select(CohortLaunch).where(CohortLaunch.layer_code == "COLLEGE")).one()
    assert launch.asked_by is None

    undoes(college, launch.id)
    college.work()

    assert college.tasks("enter_goals") == []


@pytest.mark.parametrize("person", ["E044", "S008", "E040"])
def test_nobody_else_launches(college, person):
    client = signed_in(college.app, person)

    assert client.get("/launches/").status_code == 403
    assert client.post("/launches/", data={"term": TERM, "layer": "STUDENT"}).status_code == 403


def test_an_empty_scope_is_named_on_the_form(college):
    answer = signed_in(college.app, OFFICER).post("/launches/", data={"term": TERM, "layer": "STUDENT", "scope": "OFF-JWC"})

    assert answer.status_code == 422
    assert "没有这个层面的质量主体" in answer.get_data(as_text=True)


def test_the_page_costs_the_same_for_one_subject_and_for_all(college):
    one, all_of_them = previews(college, "STUDENT", scope="PG08"), previews(college, "STUDENT")
    client = signed_in(college.app, OFFICER)
    client.get("/launches/")

    with statements() as few:
        client.get(f"/launches/{one}")
    with statements() as many:
        client.get(f"/launches/{all_of_them}")

    assert len(many) <= len(few) <= 14  # a scope has a name to look up


def _subjects(launch_id):
    return db.session.scalars(
        select(Subject).join(LaunchItem, LaunchItem.subject_code == Subject.code).where(LaunchItem.launch_id == launch_id)
    ).all()


def test_a_late_start_leaves_time_and_an_early_one_the_terms_deadline(college):
    college.begins("PROGRAMME", "PG08")
    college.begins("COURSE", "KC16", on="2026-11-23 09:00")

    assert college.local(college.task("enter_goals", subject="PG08").due_at) == "2026-09-11 17:30"
    late = college.task("enter_goals", subject="KC16")
    assert college.local(late.due_at) == "2026-11-26 17:30"
    assert late.due_rule["kind"] == "workdays", "it can say how it came about"


def test_two_launches_of_a_layer_that_are_worked_off_at_once_start_each_subject_once(college):
    college._at("2026-09-01 09:00")
    with transaction():
        launches = [launching.order(TERM, "PROGRAMME").id for _ in range(2)]

    outcomes = at_once(college.app, *(lambda launch=each: jobs.work_off_launch(launch) for each in launches))

    assert outcomes == ["done", "done"]
    keys = select(engine.ProcessInstance.business_key).where(engine.ProcessInstance.parent_id.is_(None))
    started = db.session.scalars(keys).all()
    assert sorted(started) == sorted({launching.business_key(TERM, each.code) for each in organisation.subjects("PROGRAMME")})
