"""Facts that start diagrams, calls that start children, children that report back."""

from typing import Any

from sqlalchemy import select

from app.engine import runtime, store
from app.engine.models import (
    InstanceState,
    Message,
    MessageKind,
    ProcessDefinition,
    ProcessInstance,
    Subscription,
)
from app.foundation.db import db
from app.foundation.reference import remembered
from app.foundation.worklist import come_again


def deliver(message: Message) -> None:
    """Carry one message to where it belongs."""
    if message.instance_id is None:
        _spread(message)
        return
    # Held until the message is carried out, so that whoever ends the parent finds the child.
    parent = store.taken_if_free(message.instance_id)
    if parent is None:
        come_again(message)
    elif message.kind is MessageKind.START_CHILD:
        _start_child(message, parent)
    else:
        assert message.workflow_task is not None
        runtime.finish_act(parent.id, message.workflow_task, message.payload)


def _start_child(message: Message, parent: ProcessInstance) -> None:
    waits = message.workflow_task is not None
    if waits and parent.state is not InstanceState.RUNNING:
        return  # cancelled between the call and this moment
    runtime.start(
        message.name,
        message.payload,
        business_key=message.payload.get("business_key") or parent.business_key,
        parent={
            "parent_id": parent.id,
            "parent_node": message.node,
            "parent_task": message.workflow_task,
            "child_key": message.child_key,
            "detached": not waits,
        },
    )


def _spread(message: Message) -> None:
    for key in _started_by(message.name):
        runtime.start(key, message.payload, business_key=message.business_key)
    waiting = (
        select(Subscription.instance_id)
        .join(ProcessInstance, ProcessInstance.id == Subscription.instance_id)
        .where(Subscription.message == message.name)
    )
    if message.business_key is not None:
        waiting = waiting.where(ProcessInstance.business_key == message.business_key)
    for instance_id in sorted(set(db.session.scalars(waiting))):
        runtime.send(instance_id, message.name, message.payload)


@remembered
def _started_by(name: str) -> list[str]:
    newest: dict[str, Any] = {}
    rows = select(ProcessDefinition.key, ProcessDefinition.starts_on).order_by(ProcessDefinition.version)
    for row in db.session.execute(rows):
        newest[row.key] = row.starts_on
    return [key for key, starts_on in newest.items() if starts_on == name]
