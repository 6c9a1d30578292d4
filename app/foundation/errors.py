"""The errors a user may see. Anything else is a bug and answers 500.

Messages are written for the person in front of the screen, in Chinese; they
say where the trouble is and what to do next.
"""


class AppError(Exception):
    """Base of every error raised on purpose.

    `code` is stable and meant for programs. `problems` maps a place (field
    key, `points.2.measure`, `row 14`, a diagram element's id) to a sentence.
    """

    code = "app_error"
    http_status = 400

    def __init__(self, message: str, problems: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or {}


class NotFound(AppError):
    """There is no such thing, or not for this person: both answer alike."""

    code = "not_found"
    http_status = 404


class NotAllowed(AppError):
    """The thing is visible, but this act on it belongs to somebody else."""

    code = "not_allowed"
    http_status = 403


class Conflict(AppError):
    """Somebody else changed or finished it first."""

    code = "conflict"
    http_status = 409


class Invalid(AppError):
    """The input breaks a rule; `problems` names each place."""

    code = "invalid"
    http_status = 422
