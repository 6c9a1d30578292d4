"""What can go wrong in the machine room, in the user's words."""

from app.foundation.errors import AppError, Conflict, Invalid, NotFound


class TaskNotOpen(Conflict):
    """The task was completed, withdrawn or never existed."""

    code = "task_not_open"


class NotWaiting(Conflict):
    """The instance does not wait for this message now."""

    code = "not_waiting"


class DefinitionNotFound(NotFound):
    """No diagram with this key has been deployed."""

    code = "definition_not_found"


class DiagramError(Invalid):
    """The diagram cannot be deployed; `problems` maps an element's id to a sentence."""

    code = "diagram_refused"


class StateUnreadable(AppError):
    """What was stored of an instance is damaged, or of a format that this release does not know."""

    code = "state_unreadable"
    http_status = 409


class StepFailed(AppError):
    """A step that follows the task refused or broke; nothing was changed.

    `node` is the diagram element at fault.
    """

    code = "step_failed"
    http_status = 409

    def __init__(self, message: str, *, node: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(message, problems)
        self.node = node


class BudgetExceeded(StepFailed):
    """The instance ran more steps, or grew larger, than a procedure may."""

    code = "budget_exceeded"
