"""Limits, counted instead of timed, so that a replay ends at the same point on every machine.

Whatever loops, compares, copies or calls charges the step budget of the
running evaluation with `tick`. The state belongs to the thread.
"""

import threading
from typing import Any

from app.feel.errors import LimitExceeded

MAX_STEPS = 40_000
MAX_SOURCE = 10_000  # characters of one expression
MAX_DEPTH = 60  # nesting while parsing
MAX_CHAIN = 200  # operators or path steps in a row: a + b + c ...
MAX_HEIGHT = 250  # of the syntax tree: bounds Python's stack while evaluating
MAX_STRING = 100_000
MAX_LIST = 10_000
MAX_CALLS = 40  # calls of user-defined functions inside each other
MAX_NESTING = 20  # of values that come from outside
MAX_REASONS = 200
MAX_PROBLEMS = 200
PATTERN_WORK = 200_000  # bound on the ways a pattern can match, times the text's length
GIVEN_FUNCTION_COST = 50  # steps charged for one call of a function given from outside

MAX_XML = 5_000_000  # bytes of one decision file
MAX_PARTS = 20_000  # expressions, boxes and rules of one decision file
MAX_TOTAL_SOURCE = 300_000  # characters of all expressions of one decision file
MAX_BOXES = 40  # boxed expressions inside each other
MAX_NODES = 2_000  # decisions evaluated for one answer
MAX_IMPORTS = 20
MAX_NAMES = 3_000  # within reach of one expression of a decision file


class Run(threading.local):
    """What the evaluation running in this thread has left and has noticed.

    `reasons` is None unless somebody asked why: then a list of [place, sentence],
    where place is None until an enclosing decision table cell claims it.
    """

    left = MAX_STEPS
    calls = 0
    reasons: list[list[str | None]] | None = None
    noted = 0
    trouble: str | None = None  # what the last built-in function that failed said


RUN = Run()


def start_budget(steps: int = MAX_STEPS) -> None:
    RUN.left, RUN.calls = steps, 0


def tick(steps: int = 1) -> None:
    """Charge steps. Raises `LimitExceeded` when none are left."""
    RUN.left -= steps
    if RUN.left < 0:
        raise LimitExceeded("step budget used up")


def text_of(text: str) -> str:
    """Charge for a text just made and give it back. Raises `LimitExceeded`."""
    if len(text) > MAX_STRING:
        raise LimitExceeded("text too long")
    tick(1 + len(text) // 50)
    return text


def list_of(items: Any) -> Any:
    """Charge for a list (or context) copied or walked through. Raises `LimitExceeded`."""
    if len(items) > MAX_LIST:
        raise LimitExceeded("list too long")
    tick(1 + len(items))
    return items


def note(sentence: str) -> None:
    """Remember why something became null, when somebody wants to know."""
    RUN.noted += 1
    if RUN.reasons is not None and len(RUN.reasons) < MAX_REASONS:
        RUN.reasons.append([None, sentence])


class Noticing:
    """With-block that collects reasons: `with Noticing() as found: ...; found.sentences()`."""

    found: list[list[str | None]]

    def __enter__(self) -> "Noticing":
        self.outer = RUN.reasons
        RUN.reasons = self.found = []
        return self

    def __exit__(self, *exc: object) -> None:
        RUN.reasons = self.outer

    def sentences(self) -> list[str]:
        """The reasons found, each once, with the place in front when there is one."""
        told = (f"{place}: {sentence}" if place else str(sentence) for place, sentence in self.found)
        return list(dict.fromkeys(told))
