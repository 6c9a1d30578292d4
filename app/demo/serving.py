"""`flask demo`: one command from nothing to a running college."""

import logging
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import select
from waitress.server import create_server

from app import engine
from app.config import shipped
from app.demo import clock, college, growth, story, takeover
from app.foundation.db import db, transaction
from app.organisation.models import Person

ACCOUNTS = ("E029", "E038", "E011", "E003", "E002", "E040", "E032", "E037", "E046", "E059", "E065", "E072", "S008")


@click.command("demo")
@click.option("--port", default=5000, show_default=True, help="Port on 127.0.0.1.")
@click.option("--data", type=click.Path(path_type=Path), default=Path("instance/demo"), show_default=True,
              help="Folder of the demo's data.")  # fmt: skip
@click.option("--size", type=click.Choice(["story", "full"]), default="story", show_default=True,
              help="full: 10,240 students, 612 teachers, 512 courses around the people of the story.")  # fmt: skip
@click.option("--prepare-only", is_flag=True, help="Make the database and stop.")
def demo_command(port: int, data: Path, size: str, prepare_only: bool) -> None:
    """Start 诊改通 with a made-up college: web and scheduler in one process."""
    app = current_app.extensions["create_app"](DATA_DIR=data, DEMO=True, BASE_URL=f"http://127.0.0.1:{port}")
    with app.app_context():
        prepare(app, full=size == "full")
    if not prepare_only:
        serve(app, port)


def prepare(app: Flask, *, full: bool = False) -> None:
    """Bring the database to this version; an empty one is filled and brought to the present of the story.

    With `full` the college has its real size, and every layer is under way.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    upgrade(directory=str(shipped("migrations")))
    if db.session.scalar(select(Person.id).limit(1)) is not None:
        return
    click.echo("正在准备演示学院：清岚职业技术学院 …")
    shift = round((story.BEGINS_AT - datetime.now(UTC)).total_seconds())
    with transaction():
        db.session.add(clock.DemoClock(id=1, shift_seconds=shift))
    clock.follow(app)
    with transaction():
        college.load(growth.grown(college.read()) if full else college.read())
    with transaction():
        engine.deploy_folder(shipped("processes"), shipped("forms"))
    story.play(app.extensions["work_off_everything"], say=click.echo)
    if full:
        takeover.take_over(story.TERM, seed=story.SEED, say=click.echo)
        app.extensions["work_off_everything"]()


def serve(app: Flask, port: int) -> None:
    """Serve until Ctrl-C or SIGTERM; requests and the job under way are finished first."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    server = create_server(app, host="127.0.0.1", port=port, threads=8)
    scheduler = app.extensions["start_scheduler"](app)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    threading.Thread(target=server.run, daemon=True).start()
    with app.app_context():
        _welcome(port)
    stop.wait()
    server.close()
    scheduler.shutdown(wait=True)
    click.echo("已停止。")


def _welcome(port: int) -> None:
    click.echo(f"\n诊改通演示：http://127.0.0.1:{port}\n账号（密码均为 {college.PASSWORD}）：")
    people = {p.id: p for p in db.session.scalars(select(Person).where(Person.id.in_(ACCOUNTS)))}
    for person_id in ACCOUNTS:
        person = people[person_id]
        post = college.post_name(person_id)
        click.echo(f"  {person.staff_no}  {person.name_zh}  {post}")
    click.echo("按 Ctrl-C 停止；再次启动会保留数据。")
