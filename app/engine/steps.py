"""Steps and functions: the only ways out of a diagram.

A diagram names a step (`rectification.close`) or calls a function in an
expression (`head(subject)`). Both come from the board `app.step_catalogue`,
which plugs them in when the application is put together; the engine knows
nothing of what they do.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from app.engine import plain_data
from app.engine.errors import StepFailed


@dataclass(frozen=True, kw_only=True)
class Run:
    """The instance a step is called from, and who set it going.

    `variables` are the instance's variables as the step's node sees them; a
    step returns what it wants to add instead of writing here.
    """

    instance_id: int
    definition_key: str
    business_key: str | None
    node: str
    variables: Mapping[str, Any]
    person_id: str | None = None
    on_behalf_of: str | None = None
    task_id: int | None = None
    verb: str | None = None


@dataclass(frozen=True)
class Step:
    """A step a diagram may name: `run` is called with a `Run` and the step's inputs by name.

    It returns the variables to add (JSON values) or None. `label` is what the
    modeler shows.
    """

    name: str
    run: Callable[..., dict[str, Any] | None]
    label: str

    @cached_property
    def parameters(self) -> list[str]:
        return [p for p in inspect.signature(self.run).parameters if p != "run"]

    @cached_property
    def required(self) -> list[str]:
        parameters = inspect.signature(self.run).parameters.values()
        return [
            p.name
            for p in parameters
            if p.name != "run" and p.default is p.empty and p.kind is not p.VAR_KEYWORD
        ]


@dataclass(frozen=True, kw_only=True)
class Window:
    """One turn of a recurring call activity. `skipped` windows open no child."""

    no: int
    opens_at: datetime
    due_at: datetime | None
    due_rule: dict[str, Any] | None
    skipped: bool = False
    variables: dict[str, Any] = field(default_factory=dict)


class TaskObserver(Protocol):
    """Who wants to know of human tasks, in the transaction that opens or ends them."""

    def opening(self, tasks: list[Any]) -> None:
        """Tasks are about to be stored: what the observer keeps on their rows it writes now."""


    def opened(self, tasks: list[tuple[Any, list[str]]], *, verb: str | None, opinion: str) -> None:
        """Tasks were opened, each with who may act on it; `verb` and `opinion` are of the act that led to them, if any."""


    def withdrawn(self, tasks: list[Any], *, reason: str) -> None:
        """Tasks were taken back before anybody did them."""



@dataclass
class Catalogue:
    """Everything plugged into the engine."""

    steps: dict[str, Step] = field(default_factory=dict)
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    windows: Callable[[str, str], list[Window]] | None = None
    skip_rules: dict[str, Callable[..., bool]] = field(default_factory=dict)
    observer: TaskObserver | None = None


catalogue = Catalogue()


def plug(
    *,
    steps: Iterable[Step],
    functions: Mapping[str, Callable[..., Any]],
    windows: Callable[[str, str], list[Window]],
    skip_rules: Mapping[str, Callable[..., bool]],
    observer: TaskObserver,
) -> None:
    """Connect the rooms' steps, functions, windows and the task observer. Called once by the board."""
    catalogue.steps = {step.name: step for step in steps}
    catalogue.functions = dict(functions)
    catalogue.windows = windows
    catalogue.skip_rules = dict(skip_rules)
    catalogue.observer = observer


def run_step(name: str, run: Run, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Call the step with those inputs that it takes: a task's inputs serve both its steps.

    Returns plain JSON. Raises `StepFailed` for an unknown one, and for one
    that gives what is no JSON; its own errors pass through.
    """
    step = catalogue.steps.get(name)
    if step is None:
        raise StepFailed(f"流程图引用了未知的动作“{name}”。", node=run.node)
    taken = step.parameters
    given = step.run(run, **{name: value for name, value in inputs.items() if name in taken}) or {}
    try:
        return plain_data.as_json(given)
    except TypeError as error:
        raise StepFailed(f"动作“{name}”给出了无法保存的值：{error}", node=run.node) from error
