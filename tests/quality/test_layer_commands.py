"""The commands that start a layer and change where a student stands."""

import pytest

from app.foundation.db import db
from app.organisation.models import Subject, SubjectState


@pytest.fixture
def flask(college):
    college.starts_term()
    return lambda *args: college.app.test_cli_runner().invoke(args=args)


def test_a_layer_is_started_on_demand_and_only_once(college, flask):
    assert "新启动 12 个流程" in flask("term", "start", "PROGRAMME").output
    assert len([task for task in college.tasks("enter_goals") if task.layer == "PROGRAMME"]) == 12

    assert "新启动 0 个流程" in flask("term", "start", "PROGRAMME", "--term", "2026-2027-1").output


def test_an_unknown_term_is_refused_with_a_sentence(flask):
    answer = flask("term", "start", "COURSE", "--term", "2099-1")

    assert answer.exit_code == 1
    assert "2099-1" in answer.output


def test_a_student_is_suspended_and_taken_back(college, flask):
    flask("term", "start", "STUDENT")
    assert flask("students", "status", "S008", "SUSPENDED").exit_code == 0
    db.session.rollback()
    assert db.session.get(Subject, "S008").state is SubjectState.SUSPENDED

    assert flask("students", "status", "S018", "ENROLLED", "--reason", "复学").exit_code == 0
    assert len(college.tasks("enter_goals", subject="S018")) == 1
    assert flask("students", "status", "S999", "LEFT").exit_code == 1
