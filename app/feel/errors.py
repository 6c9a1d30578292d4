"""Everything this room raises on purpose.

Most trouble inside an expression is not raised: FEEL says that it gives null.
"""


class FeelError(Exception):
    """Base of every error raised here."""


class FeelSyntaxError(FeelError):
    """The text is not FEEL. `position` is the offset in the text where reading stopped."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position


class LimitExceeded(FeelError):
    """The expression is larger, or wanted more steps, memory or depth, than allowed."""


class EvaluationError(FeelError):
    """A function that was given from outside failed; `__cause__` is what it raised."""


class InvalidModel(FeelError):
    """The file is no decision model, or one that must not be read."""


class UnknownDecision(FeelError):
    """The model has nothing of that id or name that could be evaluated."""
