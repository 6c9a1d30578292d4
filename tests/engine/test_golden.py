"""States stored by earlier versions can be read for ever.

`golden/format_1.blob` was written by the first release, in the middle of
`golden/format_1.bpmn`: a subprocess with a task and a timer, beside a list of
which one of three has signed. A new format adds a pair of files and keeps these.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from app import engine
from app.engine import codec, deployment, store
from app.foundation.db import db, transaction

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def stored(machine):
    """An instance of the golden diagram whose state and rows are those of the golden file."""
    facts = json.loads((GOLDEN / "format_1.json").read_text(encoding="utf-8"))
    machine.deploy((GOLDEN / "format_1.bpmn").read_text(encoding="utf-8"))
    instance = machine.start("golden", **facts["variables"])
    with transaction():
        for kind in (engine.TaskPerformer, engine.HumanTask, engine.Timer, engine.Subscription):
            db.session.execute(kind.__table__.delete())
        db.session.execute(
            update(engine.ProcessInstance).where(engine.ProcessInstance.id == instance.id)
            .values(blob=(GOLDEN / "format_1.blob").read_bytes())
        )  # fmt: skip
        db.session.add_all(
            engine.HumanTask(
                instance_id=instance.id, workflow_task=each["id"], node=each["node"], name=each["node"], title=each["node"],
                process_key="golden", performers=[engine.TaskPerformer(person_id="P1")],
            )
            for each in facts["tasks"]
        )  # fmt: skip
        for each in facts["timers"]:
            moment = datetime.fromisoformat(each["due_at"]).astimezone(UTC)
            db.session.add(
                engine.Timer(instance_id=instance.id, workflow_task=each["id"], node=each["node"], due_at=moment, wanted_at=moment)
            )
    return instance


def test_a_stored_instance_of_format_1_runs_on_to_its_end(machine, stored):
    assert sorted(machine.nodes()) == ["check", "sign", "sign"]

    machine.does("sign")
    machine.does("sign")
    machine.at("2026-09-11 17:31")
    assert machine.nodes() == ["check", "late"]
    machine.does("check")
    machine.does("late")
    assert machine.nodes() == ["last"]
    assert machine.tasks()[0].title == "甲：done"
    machine.does("last")

    assert machine.state(stored.id) == "COMPLETED"


def test_reading_and_writing_changes_nothing(machine, stored):
    lent = store.peek(stored.id)
    again = codec.load(codec.dump(lent.workflow), lent.parsed, lent.workflow.script_engine)

    assert codec.dump(again) == codec.dump(lent.workflow)
    db.session.rollback()


def test_another_format_is_refused_and_not_guessed(machine, stored, monkeypatch):
    monkeypatch.setattr(codec, "FORMAT", 2)

    with pytest.raises(engine.StateUnreadable) as refused:
        codec.load((GOLDEN / "format_1.blob").read_bytes(), deployment.parsed_of(stored.definition), None)

    assert str(refused.value.__cause__) == "unknown state format 1"
