"""Start, complete, wake, cancel: the only file that makes a workflow move."""

from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.util.task import TaskState as SpiffState
from sqlalchemy import select

from app.engine import deployment, expressions, forms, plain_data, store, task_index, timers
from app.engine.acts import inputs_of
from app.engine.errors import NotWaiting, TaskNotOpen
from app.engine.models import (
    HumanTask,
    InstanceState,
    Message,
    ProcessDefinition,
    ProcessInstance,
    Subscription,
    TaskState,
    Timer,
)
from app.engine.parsing import Parsed
from app.engine.steps import run_step
from app.foundation import audit, worklist
from app.foundation.clock import now
from app.foundation.db import db
from app.foundation.errors import Invalid

# Where an instance hangs that nobody called.
NO_PARENT = {"parent_id": None, "parent_node": None, "parent_task": None, "child_key": None, "detached": False}


def start(
    key: str,
    variables: dict[str, Any],
    *,
    business_key: str | None = None,
    person_id: str | None = None,
    parent: dict[str, Any] | None = None,
) -> ProcessInstance:
    """Start an instance on the newest version and run it to its first wait.

    `variables` are JSON values; `subject` among them is the quality subject's
    code. `parent` holds parent_id, parent_node, parent_task, child_key for a
    call activity's child.
    """
    return start_on(
        deployment.newest(key), variables, business_key=business_key, person_id=person_id, parent=parent
    )


def start_on(
    definition: ProcessDefinition,
    variables: dict[str, Any],
    *,
    business_key: str | None = None,
    person_id: str | None = None,
    parent: dict[str, Any] | None = None,
) -> ProcessInstance:
    """Like `start`, on a given version."""
    instance = ProcessInstance(
        definition_id=definition.id,
        title=title_of(deployment.parsed_of(definition), variables),
        business_key=business_key,
        subject=variables.get("subject"),
        state=InstanceState.RUNNING,
        version=0,
        blob=None,
        ended_at=None,
        end_reason="",
        started_at=now(),
        started_by=person_id,
        **{**NO_PARENT, **(parent or {})},
    )
    with store.created(instance, variables, person_id=person_id) as lent:
        lent.go_on()
    return instance


def title_of(parsed: Parsed, variables: dict[str, Any]) -> str:
    """Return what an instance with these variables is called."""
    title = parsed.extensions.get("qa:title")
    text = expressions.evaluate_json(title, variables, node=parsed.key) if title else parsed.name
    return str(text or parsed.name)[:200]


def complete_task(
    task_id: int,
    data: dict[str, Any],
    *,
    person_id: str,
    verb: str = "submit",
    opinion: str = "",
    on_behalf_of: str | None = None,
) -> HumanTask:
    """Complete an open human task and run on. Returns its row.

    `data` is what the form sent; it is checked against the form of the
    instance's version. Raises `Invalid` with problems by field, `TaskNotOpen`
    when somebody was faster, `StepFailed` when a step that follows refuses;
    then nothing has changed and the task stays open.
    """
    row, instance = task_index.get_open(task_id)
    opinion = opinion.strip()
    actor = {
        "person_id": person_id, "on_behalf_of": on_behalf_of, "task_id": task_id, "verb": verb, "opinion": opinion,
    }  # fmt: skip
    with store.opened(instance, **actor) as lent:
        spiff_task = lent.workflow.find(row.workflow_task)
        if spiff_task is None or spiff_task._state != SpiffState.READY:
            raise TaskNotOpen(task_index.already_done(row))
        extensions = spiff_task.task_spec.extensions
        action = _action(extensions, verb)
        if action.get("opinion") == "required" and not opinion:
            raise Invalid("请写明理由。", {"opinion": "必填。"})
        clean = _checked(lent, extensions, action, data)
        result = {"verb": verb, "by": person_id}
        if step := extensions.get("qa:complete"):
            given = inputs_of(extensions, spiff_task.data, node=row.node)
            run = lent.present.run_of(row.node, spiff_task.data)
            result |= run_step(step, run, {**given, "form": clean, "opinion": opinion})
        spiff_task.data[row.node] = result
        for each in extensions.get("qa:output", []):
            value = expressions.evaluate_json(each["value"], spiff_task.data, node=row.node)
            spiff_task.data[each["name"]] = value
        # Saved first: a performer of the next task may be looked up among those who acted.
        task_index.close(
            row, state=TaskState.COMPLETED, closed_at=now(), closed_by=person_id, on_behalf_of=on_behalf_of, verb=verb,
            opinion=opinion,
        )  # fmt: skip
        lent.log(
            spiff_task, person_id=person_id, on_behalf_of=on_behalf_of, verb=verb,
            opinion=opinion, data=clean or None, task_id=row.id,
        )  # fmt: skip
        del lent.ready[row.workflow_task]  # done, not taken back
        spiff_task.run()
        lent.go_on()
    audit.record(
        "task.complete", f"task:{row.id}", person_id=person_id, on_behalf_of=on_behalf_of,
        verb=verb, node=row.node,
    )  # fmt: skip
    return row


def prefill(row: HumanTask) -> dict[str, Any]:
    """Return what a task's form shows before anybody has typed: its step's answer.

    Of a list's row the browser keeps only what is a field; texts in a list read
    the rest as `<list>_shown[i[1]]`.
    """
    lent, spiff_task = _look(row)
    extensions = spiff_task.task_spec.extensions
    if step := extensions.get("qa:prefill"):
        given = inputs_of(extensions, spiff_task.data, node=row.node)
        shown = run_step(step, lent.present.run_of(row.node, spiff_task.data), given)
        lists = {f"{key}_shown": value for key, value in shown.items() if _is_rows(value)}
        return {**shown, **lists}
    return {}


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) and "value" not in each for each in value)


def wake(timer: Timer) -> None:
    """Let a due timer's event happen. An instance that moved on meanwhile is left alone."""
    instance = store.taken_if_free(timer.instance_id)
    if instance is None:
        worklist.come_again(timer)
        return
    if instance.state is not InstanceState.RUNNING:
        return
    with store.opened(instance) as lent:
        if timers.fire(lent.workflow, timer.workflow_task):
            lent.go_on()


def send(
    instance_id: int,
    message: str,
    payload: dict[str, Any],
    *,
    person_id: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Give a message to an instance at once. Raises `NotWaiting` when it waits for no such thing."""
    waits = db.session.scalar(
        select(Subscription.instance_id)
        .where(Subscription.instance_id == instance_id, Subscription.message == message)
        .limit(1)
    )
    if waits is None:
        raise NotWaiting("现在不能这样做：流程已经走到别处，请刷新页面。")
    with store.opened(store.taken(instance_id), person_id=person_id, on_behalf_of=on_behalf_of) as lent:
        definition = MessageEventDefinition(message)
        lent.workflow.catch(BpmnEvent(definition, plain_data.as_json(payload)))
        lent.go_on()


def finish_act(instance_id: int, workflow_task: str, result: dict[str, Any]) -> None:
    """Let a node that waited for a child, or for its last window, complete with `result`."""
    instance = store.taken(instance_id)
    if instance.state is not InstanceState.RUNNING:
        return
    with store.opened(instance) as lent:
        task = lent.workflow.find(workflow_task)
        if task is None or task._state != SpiffState.STARTED:
            return
        outputs = task.task_spec.extensions.get("qa:output", [])
        for each in outputs:
            task.data[each["name"]] = expressions.evaluate_json(
                each["value"], result, node=task.task_spec.name
            )
        lent.log(task)
        task.complete()
        lent.go_on()


def move_deadline(
    instance_id: int,
    *,
    node: str,
    due_at: datetime,
    due_rule: dict[str, Any] | None,
    timers_at: dict[str, tuple[datetime, dict[str, Any] | None]] | None = None,
) -> None:
    """Give the open task at `node` another deadline (extension, I-16), and armed timers theirs.

    `timers_at` maps a timer's element id to its moment and rule.
    """
    tasks = db.session.scalars(
        select(HumanTask).where(
            HumanTask.instance_id == instance_id,
            HumanTask.node == node,
            HumanTask.state == TaskState.OPEN,
        )
    )
    for task in tasks:
        task.due_at, task.due_rule = due_at, due_rule
        task.nudge_no, task.nudge_at = 0, now()  # the ladder starts anew from the new date
    for timer, (moment, rule) in (timers_at or {}).items():
        timers.move(instance_id, timer, due_at=moment, due_rule=rule)


def post(
    name: str,
    payload: dict[str, Any],
    *,
    business_key: str | None = None,
) -> None:
    """Write down a fact; the clock carries it to the diagrams and instances that wait for it."""
    db.session.add(Message(name=name, payload=payload, business_key=business_key))


def task_form(row: HumanTask) -> tuple[dict[str, Any] | None, list[dict[str, Any]], dict[str, Any]]:
    """Return the form schema, the actions and the extensions of an open task."""
    lent, spiff_task = _look(row)
    extensions = spiff_task.task_spec.extensions
    schema = None
    if key := extensions.get("qa:form"):
        schema = deployment.form_of(lent.instance.definition, key)
    return schema, actions_of(extensions), extensions


def actions_of(extensions: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the verbs a task offers; a plain task offers 提交."""
    return extensions.get("qa:action") or [{"verb": "submit", "label": "提交", "primary": "true"}]


def _action(extensions: dict[str, Any], verb: str) -> dict[str, Any]:
    for action in actions_of(extensions):
        if action["verb"] == verb:
            return action
    raise Invalid(f"这项任务没有“{verb}”这个动作。", {"verb": "未知动作"})


def _checked(
    lent: store.Opened, extensions: dict[str, Any], action: dict[str, Any], data: dict[str, Any]
) -> dict[str, Any]:
    key = extensions.get("qa:form")
    if not key or action.get("novalidate") == "true":
        return {}
    schema = deployment.form_of(lent.instance.definition, key)
    return forms.check(schema or {}, data)


def _look(row: HumanTask) -> tuple[store.Opened, Any]:
    """Look at an open task's workflow without saving anything."""
    lent = store.peek(row.instance_id)
    task = lent.workflow.find(row.workflow_task)
    if task is None:
        raise TaskNotOpen(task_index.already_done(row))
    return lent, task
