"""The machine room: all of SpiffWorkflow, nothing of the college.

This is its only handle; nobody reaches past it. Diagrams are deployed,
instances started, tasks completed, messages posted; people's tasks, timers,
messages and windows are rows that other rooms may query through the models
named here. How a diagram speaks to us (`qa:*` attributes) is listed in
`app/engine/linting.py`, which refuses what would not work.
"""

from app.engine.deployment import (
    decide,
    deploy,
    deploy_folder,
    forget_parsed,
    newest,
    parsed_of,
    xml_of,
)
from app.engine.errors import (
    BudgetExceeded,
    DefinitionNotFound,
    DiagramError,
    NotWaiting,
    StepFailed,
    TaskNotOpen,
)
from app.engine.history import acts_of, picture_of, steps_of
from app.engine.jobs import deliver_messages, fire_due_timers, open_windows
from app.engine.linting import problems_of
from app.engine.models import (
    HumanTask,
    InstanceState,
    Message,
    ProcessDefinition,
    ProcessInstance,
    Recurrence,
    StepLog,
    Subscription,
    TaskPerformer,
    TaskState,
    Timer,
)
from app.engine.runtime import (
    cancel,
    complete_task,
    move_deadline,
    post,
    prefill,
    send,
    start,
    start_on,
    task_form,
)
from app.engine.steps import Run, Step, Window, plug

__all__ = [
    "BudgetExceeded",
    "DefinitionNotFound",
    "DiagramError",
    "HumanTask",
    "InstanceState",
    "Message",
    "NotWaiting",
    "ProcessDefinition",
    "ProcessInstance",
    "Recurrence",
    "Run",
    "Step",
    "StepFailed",
    "StepLog",
    "Subscription",
    "TaskNotOpen",
    "TaskPerformer",
    "TaskState",
    "Timer",
    "Window",
    "acts_of",
    "cancel",
    "complete_task",
    "decide",
    "deliver_messages",
    "deploy",
    "deploy_folder",
    "fire_due_timers",
    "forget_parsed",
    "move_deadline",
    "newest",
    "open_windows",
    "parsed_of",
    "picture_of",
    "post",
    "prefill",
    "problems_of",
    "send",
    "start",
    "start_on",
    "steps_of",
    "task_form",
    "xml_of",
]
