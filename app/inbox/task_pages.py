"""One task: its page, its draft, its files, handing it in."""

from typing import Any, BinaryIO, cast

from flask import flash, jsonify, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from app.foundation.db import transaction
from app.foundation.errors import Invalid
from app.inbox import queries, service, sheet
from app.inbox.doors import blueprint
from app.security import current_person_id
from app.web import formatting
from app.web.i18n import translated as _

MOST_BUTTONS = 4


@blueprint.get("/tasks/<int:task_id>")
def task_page(task_id: int) -> ResponseReturnValue:
    """Show a task: to be done, to be read, or as it was done."""
    person_id = current_person_id()
    found = sheet.sheet_of(queries.visible_task(task_id, person_id), person_id)
    primary, others = _sorted_actions(found.actions)
    return render_template(
        "inbox/task.html",
        sheet=found,
        shown=found.summary,
        task=found.summary.task,
        primary=primary,
        others=others[:MOST_BUTTONS],
        more=others[MOST_BUTTONS:],
        opinion_wanted=[action["label"] for action in found.actions if action.get("opinion") == "required"],
        window=sheet.window_of(found.summary.task.due_rule),
    )


@blueprint.put("/tasks/<int:task_id>/draft")
def save_draft(task_id: int) -> ResponseReturnValue:
    """Keep what has been typed: `{data}`. Answers when it was kept."""
    person_id = current_person_id()
    data = _body().get("data")
    if not isinstance(data, dict):
        raise Invalid(_("草稿的内容不是表单数据。"))
    with transaction():
        row = service.keep_draft(task_id, person_id=person_id, data=data)
        saved_at = formatting.iso(row.draft_at)
    return jsonify(saved_at=saved_at)


@blueprint.post("/tasks/<int:task_id>/submit")
def submit(task_id: int) -> ResponseReturnValue:
    """Hand the task in: `{action, data, opinion, version}`. Answers where to go next."""
    person_id = current_person_id()
    body = _body()
    data, opinion = body.get("data") or {}, body.get("opinion") or ""
    if not isinstance(data, dict) or not isinstance(opinion, str):
        raise Invalid(_("提交的内容不是表单数据。"))
    with transaction():
        row = service.complete(
            task_id, person_id=person_id, action=str(body.get("action", "submit")), data=data, opinion=opinion
        )
        title, instance_id = row.title, row.instance_id
    flash(_("已办理“%(title)s”。", title=title) + _what_comes_next(instance_id), "ok")
    return jsonify(redirect=url_for("inbox.desk"))


@blueprint.post("/tasks/<int:task_id>/files")
def upload(task_id: int) -> ResponseReturnValue:
    """Keep one file at once, before the form is handed in. Answers `{id, name}`."""
    person_id = current_person_id()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid(_("没有收到文件，请重新选择。"))
    with transaction():
        row = service.attach(task_id, cast(BinaryIO, sent.stream), name=sent.filename, person_id=person_id)
        answer = {"id": row.id, "name": row.name}
    return jsonify(answer)


@blueprint.get("/files/<int:attachment_id>")
def download(attachment_id: int) -> ResponseReturnValue:
    """Send a file to whoever sees the task it was handed in with; a picture opens in the browser."""
    row = service.attachment(attachment_id, person_id=current_person_id())
    picture = row.media_type.startswith("image/")
    return send_file(row.path, mimetype=row.media_type, as_attachment=not picture, download_name=row.name)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid(_("提交的内容无法识别，请刷新页面后再试。"))
    return body


def _sorted_actions(actions: list[dict[str, Any]]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """Return the primary action (the marked one, or the first) and the others in the diagram's order."""
    if not actions:
        return None, []
    primary = next((action for action in actions if action.get("primary") == "true"), actions[0])
    return primary, [action for action in actions if action is not primary]


def _what_comes_next(instance_id: int) -> str:
    """Say what the instance waits for now, and for whom."""
    waits = queries.waited_for(instance_id)
    if not waits:
        return ""
    steps = dict.fromkeys(step for step, _person in waits)
    people = dict.fromkeys(person for _step, person in waits)
    return _("下一步：%(steps)s（%(people)s）。", steps="、".join(steps), people="、".join(people))
