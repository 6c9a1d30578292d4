"""Build the house: create_app() puts the rooms together, ground floor first."""

import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from app import cli, demo, security, shell, sitemap, step_catalogue
from app.config import settings, shipped
from app.foundation.db import db
from app.web import assets, errors, headers, i18n, intake, templating
from scheduler import timetable


def create_app(**given: Any) -> Flask:
    """Return the application. `given` are settings of `app.config` or of Flask."""
    app = Flask("app", static_folder=None, template_folder=None)
    app.config.update(settings(**given))
    app.config["DATA_DIR"].mkdir(parents=True, exist_ok=True)
    app.config["SECRET_KEY"] = app.config["SECRET_KEY"] or _kept_secret(app.config["DATA_DIR"])
    app.config.update(SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax", WTF_CSRF_TIME_LIMIT=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    db.init_app(app)
    Migrate(app, db, directory=str(shipped("migrations")), render_as_batch=True)
    CSRFProtect(app)
    i18n.set_up_languages(app)
    templating.use_room_templates(app, sitemap.ROOMS_WITH_TEMPLATES)
    headers.add_security_headers(app)
    errors.register_error_pages(app)
    assets.serve_assets(app)
    step_catalogue.plug_in()
    demo.follow_the_demo_clock(app)
    security.guard_pages(app)
    intake.refuse_zero_characters(app)  # after the guard: who is signed in is told in the usual frame
    shell.furnish(app)
    app.extensions["create_app"] = create_app
    app.extensions["work_off_everything"] = timetable.work_off_everything
    app.extensions["start_scheduler"] = timetable.start
    for prefix, blueprint in sitemap.ADDRESSES:
        app.register_blueprint(blueprint, url_prefix=prefix or None)
    cli.add_commands(app)
    if app.config["CLUSTER"]:
        import_module("scheduler.cluster").join(app)  # needs the extra "cluster", which one machine does without
    return app


def _kept_secret(folder: Path) -> str:
    path = folder / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()
