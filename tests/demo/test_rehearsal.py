"""A term rehearsed on a throw-away database: the same seed gives the same counts."""

from datetime import datetime

import pytest

from app.application import create_app
from app.demo import rehearsal
from app.foundation import clock
from app.foundation.clock import COLLEGE_ZONE


def two_weeks(database, *, seed):
    """Rehearse the first two weeks only."""
    span = (datetime(2026, 8, 28, 9, tzinfo=COLLEGE_ZONE), datetime(2026, 9, 11, 18, tzinfo=COLLEGE_ZONE))
    app = create_app(**database, SECRET_KEY="test", MAIL_SERVER="")
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(rehearsal, "_span", lambda data, term: span)
        counts = rehearsal.rehearse(app, term="2026-2027-1", layers=("COLLEGE",), seed=seed)
    assert counts.pop("wall_seconds") > 0
    return counts


def test_the_same_seed_gives_the_same_counts_and_the_clock_runs_again(databases, tmp_path_factory):
    one, other = (databases.empty(tmp_path_factory.mktemp("rehearsed")) for _ in range(2))

    first, again = two_weeks(one, seed=7), two_weeks(other, seed=7)
    databases.drop(one)
    databases.drop(other)

    assert first == again
    college = first["layers"]["COLLEGE"]
    assert college["subjects"] == 34
    assert college["tasks_completed"] <= college["tasks_opened"]
    assert first["mails"]["M01"] >= college["tasks_opened"]
    assert clock.now() != clock.now()


def test_an_unknown_term_is_named(app):
    done = app.test_cli_runner().invoke(args=["rehearse", "--term", "2031-2032-1"])

    assert done.exit_code == 1
    assert "校历里没有学期“2031-2032-1”" in done.output + done.stderr


def test_the_command_does_not_follow_an_address_to_the_colleges_own_database(app, monkeypatch, tmp_path):
    given = {}
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'precious.db'}")
    monkeypatch.setattr(rehearsal, "rehearse", lambda made, **_: given.update(made.config) or {})

    done = app.test_cli_runner().invoke(args=["rehearse"])

    assert done.exit_code == 0
    assert "precious" not in given["SQLALCHEMY_DATABASE_URI"]
