"""`flask rehearse`: play a whole term on a throw-away database and count what happened.

The clock is held and moved by hand, people act by seeded habits: the same seed
gives the same counts. The quality office sees what a term will ask of whom
before it happens, and later tries a changed procedure this way.
"""

import json
import random
import sqlite3
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy import ColumnElement, event, func, select

from app import engine, notifications
from app.config import shipped
from app.demo import college
from app.demo.habits import Habits
from app.demo.living import Life, moments
from app.foundation import clock, memory
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import db, transaction
from app.organisation import calendar, frame
from app.organisation.models import Layer, Subject
from app.quality.assessment.models import Finding
from app.quality.diagnosis.models import DiagnosisStatus, SelfDiagnosis
from app.quality.monitoring.models import QualityWarning
from app.quality.rectification.models import OnSiteVerification, RectificationOrder
from app.quality.review.models import Resolution

# How many of a hundred units are late with most windows, or silent altogether; how often an assessment finds something.
LATE_PERCENT, SILENT_PERCENT, FINDING_CHANCE = 8, 3, 0.4
# Days after the term's end until which orders are followed.
AFTERMATH_DAYS = 3


@click.command("rehearse")
@click.option("--term", default="2026-2027-1", show_default=True, help="Code of the term.")
@click.option(
    "--layer", "layers", multiple=True, type=click.Choice(frame.LAYERS), help="Only this layer; may be given again."
)
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same counts.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def rehearse_command(term: str, layers: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Play a whole term of the made-up college with a virtual clock and print what happened."""
    memory.settle()
    with tempfile.TemporaryDirectory() as folder:
        # An address among the settings leads to the college's own database, which a rehearsal must not touch.
        app = current_app.extensions["create_app"](
            DATA_DIR=Path(folder), DATABASE_URL="", SECRET_KEY="rehearsal", MAIL_SERVER=""
        )
        with app.app_context():
            counts = rehearse(app, term=term, layers=layers or tuple(frame.LAYERS), seed=seed)
    click.echo(json.dumps(counts, ensure_ascii=False, indent=None if as_json else 1))


def rehearse(app: Flask, *, term: str, layers: tuple[str, ...], seed: int) -> dict[str, Any]:
    """Live through a term on the application's empty database and return the counts."""
    started = time.perf_counter()
    event.listen(db.engine, "connect", _without_waiting_for_the_disk)
    try:
        data, chance = college.read(), random.Random(seed)
        first, last = _span(data, term)
        clock.hold(first)
        with transaction():
            db.create_all()
        with transaction():
            college.load(data)
            for layer in db.session.scalars(select(Layer)):
                layer.self_starting = layer.code in layers
        with transaction():
            engine.deploy_folder(shipped("processes"), shipped("forms"))
        life = Life(_habits(data, chance), app.extensions["work_off_everything"])
        told = 0
        for moment in moments(first.date(), last):
            clock.hold(moment)
            life.live(moment)
            week = calendar.week_on(moment.date())
            if week is not None and week.no != told:
                told = week.no
                click.echo(f"{term} W{told:02d}  {moment:%Y-%m-%d}", err=True)
        return _counts(layers) | {"wall_seconds": round(time.perf_counter() - started, 1)}
    finally:
        clock.hold(None)
        event.remove(db.engine, "connect", _without_waiting_for_the_disk)
        db.session.remove()
        db.engine.dispose()


def _without_waiting_for_the_disk(connection: Any, record: Any) -> None:
    """A throw-away database need not survive a power cut."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


def _span(data: dict[str, Any], term: str) -> tuple[datetime, datetime]:
    """Return when the life begins and ends. Raises `ClickException` for an unknown term."""
    for year in data["calendar"]["academic_years"]:
        for each in year["terms"]:
            if each["code"] == term:
                start = datetime.fromisoformat(each["start"]) - timedelta(days=3)
                end = datetime.fromisoformat(each["end"]) + timedelta(days=AFTERMATH_DAYS)
                return start.replace(tzinfo=COLLEGE_ZONE, hour=9), end.replace(tzinfo=COLLEGE_ZONE, hour=18)
    raise click.ClickException(f"校历里没有学期“{term}”。")


def _habits(data: dict[str, Any], chance: random.Random) -> Habits:
    units = sorted(each["code"] for each in data["org_units"] if each["kind"] in ("OFFICE", "DEPARTMENT"))
    drawn = chance.sample(units, max(1, len(units) * (LATE_PERCENT + SILENT_PERCENT) // 100))
    late = len(drawn) * LATE_PERCENT // (LATE_PERCENT + SILENT_PERCENT)
    return Habits(
        chance=chance, data={**data, "measurements": []}, late=drawn[:late], silent=drawn[late:],
        without_effect=chance.sample(units, 4), finding_chance=FINDING_CHANCE,
    )  # fmt: skip


def _counts(layers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "layers": {layer: _layer(layer) for layer in db.session.scalars(select(Layer.code)) if layer in layers},
        "warnings": _grouped(QualityWarning.level),
        "findings": _number(Finding.id),
        "orders": _grouped(RectificationOrder.status),
        "verifications": _number(OnSiteVerification.id),
        "resolutions": _number(Resolution.id),
        "mails": _grouped(notifications.OutgoingMail.kind),
    }


def _layer(layer: str) -> dict[str, int]:
    subjects = select(Subject.code).where(Subject.layer_code == layer)
    mine = engine.HumanTask.subject.in_(subjects)
    done = mine & (engine.HumanTask.state == engine.TaskState.COMPLETED)
    windows = SelfDiagnosis.subject_code.in_(subjects)
    return {
        "subjects": _number(Subject.code, Subject.layer_code == layer),
        "windows": _number(SelfDiagnosis.id, windows),
        "tasks_opened": _number(engine.HumanTask.id, mine),
        "tasks_completed": _number(engine.HumanTask.id, done),
        "tasks_late": _number(engine.HumanTask.id, done & (engine.HumanTask.closed_at > engine.HumanTask.due_at)),
        "tasks_missed": _number(SelfDiagnosis.id, windows & (SelfDiagnosis.status == DiagnosisStatus.MISSED)),
    }


def _number(column: Any, *conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(column)).where(*conditions)) or 0


def _grouped(column: Any) -> dict[str, int]:
    rows = db.session.execute(select(column, func.count()).group_by(column).order_by(column))
    return {str(getattr(row[0], "value", row[0])): row[1] for row in rows}
