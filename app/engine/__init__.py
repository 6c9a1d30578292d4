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
    deploy_decisions,
    deploy_file,
    deploy_folder,
    forget_parsed,
    newest,
    parsed_of,
    xml_of,
)
from app.engine.describing import Resolved, form_at, handed_in, node_names, verb_labels, who_would
from app.engine.ending import cancel, cancel_children
from app.engine.errors import (
    BudgetExceeded,
    DefinitionNotFound,
    DiagramError,
    NotWaiting,
    StateUnreadable,
    StepFailed,
    TaskNotOpen,
)
from app.engine.history import acts_of, instances_with, picture_of, steps_of
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
    complete_task,
    move_deadline,
    post,
    prefill,
    send,
    start,
    start_on,
    task_form,
)
from app.engine.stamping import Start, start_many
from app.engine.steps import Run, Step, Window, plug
from app.engine.task_index import redate as redate_tasks
from app.engine.timers import redate as redate_timers

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
    "Resolved",
    "Run",
    "Start",
    "StateUnreadable",
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
    "cancel_children",
    "complete_task",
    "decide",
    "deliver_messages",
    "deploy",
    "deploy_decisions",
    "deploy_file",
    "deploy_folder",
    "fire_due_timers",
    "forget_parsed",
    "form_at",
    "handed_in",
    "instances_with",
    "move_deadline",
    "newest",
    "node_names",
    "open_windows",
    "parsed_of",
    "picture_of",
    "plug",
    "post",
    "prefill",
    "problems_of",
    "redate_tasks",
    "redate_timers",
    "send",
    "start",
    "start_many",
    "start_on",
    "steps_of",
    "task_form",
    "verb_labels",
    "who_would",
    "xml_of",
]
