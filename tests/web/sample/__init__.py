"""A tiny application that shows the shared furniture: no database, no college."""

import json
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask, jsonify, render_template, request
from flask_wtf import CSRFProtect

from app.foundation.errors import Conflict, Invalid, NotAllowed
from app.web import pages
from app.web.assets import serve_assets
from app.web.errors import register_error_pages
from app.web.headers import add_security_headers
from app.web.i18n import set_up_languages
from app.web.templating import use_room_templates

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "report.form").read_text())
DATA = json.loads((HERE / "report.json").read_text())
STATE = {
    "nodes": {
        "start": {"state": "done"},
        "confirm": {"state": "done"},
        "submit": {"state": "problem", "count": 2, "note": "逾期9个工作日"},
        "review": {"state": "done"},
        "gw1": {"state": "done"},
        "verify": {"state": "done", "note": "第1轮 部分有效"},
        "gw2": {"state": "done"},
        "extend": {"state": "current", "note": "还剩2个工作日"},
        "council": {"state": "cancelled"},
    },
    "flows": ["f1", "f2", "f4", "f5", "f7", "f8", "f11"],
}


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour - 8 if hour >= 8 else hour, minute, tzinfo=UTC)


def create_sample() -> Flask:
    app = Flask(__name__, static_folder=None, template_folder=None)
    app.config.update(SECRET_KEY="sample", TESTING=True)
    app.json.sort_keys = False
    CSRFProtect(app)
    set_up_languages(app)
    use_room_templates(app, ["sample"], root=HERE.parent)
    add_security_headers(app)
    register_error_pages(app)
    serve_assets(app)
    app.register_blueprint(pages.blueprint)
    app.extensions["seen"] = []

    @app.context_processor
    def shell():
        names = [
            ("工作台", "desk", 14),
            ("学院看板", "parts", 0),
            ("质量主体", "", 0),
            ("整改台账", "", 0),
            ("流程", "instance", 0),
            ("报告", "", 0),
        ]
        return {
            "shell": {
                "person": {"id": 7, "name": "封以宁", "post": "质量保证委员会办公室主任", "initials": "封"},
                "term_label": "第一学期",
                "week_label": "第13周",
                "today_label": "11月23日（周一）",
                "college_name": "清岚职业技术学院",
                "logout_url": "/logout",
            },
            "navigation": lambda: [(f"/{url}", label, request.path == f"/{url}", count) for label, url, count in names],
            "moment_of": moment,
        }

    @app.get("/<any(desk, task, instance, parts, phone, paper):page>")
    def show(page):
        return render_template(f"sample/{page}.html", schema=SCHEMA, data=DATA)

    @app.get("/diagram.xml")
    def diagram():
        return (HERE / "rectification.bpmn").read_text(), {"Content-Type": "application/xml"}

    @app.get("/state.json")
    def state():
        return STATE

    @app.put("/draft")
    def draft():
        app.extensions["seen"].append(("draft", request.get_json()))
        return {"saved_at": "2026-11-23T06:02:00+00:00"}

    @app.post("/submit")
    def submit():
        body = request.get_json()
        app.extensions["seen"].append(("submit", body))
        if body["action"] == "stale":
            raise Conflict("宣知白 14:01 已经审核通过，这件事已到实地复核。")
        if body["action"] == "submit" and body["data"]["points"][1]["measure"] == "继续努力":
            raise Invalid(
                "整改报告还不能提交。",
                {
                    "points.1.measure": "与上次相同，请写明新增的措施。",
                    "evidence": "至少上传一件佐证。",
                    "week": "第13周还没有开始。",
                },
            )
        return {"redirect": "/desk"}

    @app.post("/upload")
    def upload():
        sent = request.files["file"]
        app.extensions["seen"].append(("upload", sent.filename))
        return jsonify(id=41, name=sent.filename)

    @app.get("/refused")
    def refused():
        raise NotAllowed("只有签发单位可以审核这份报告。")

    @app.get("/broken")
    def broken():
        raise RuntimeError("secret detail")

    return app
