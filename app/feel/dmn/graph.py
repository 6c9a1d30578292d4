"""What is drawn in a decision model, what requires what, and one walk through it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.feel.dmn.reading import Element
from app.feel.json_form import from_json
from app.feel.values import READY

if TYPE_CHECKING:
    from app.feel.dmn.model import DecisionModel

SHAPES = {
    "inputData": "input",
    "decision": "decision",
    "businessKnowledgeModel": "function",
    "decisionService": "service",
}


@dataclass(eq=False, slots=True)
class Node:
    """An input, a decision, a function or a decision service, as `shape` says.

    `needs` are what it requires, each with the import name when it is another model's.
    `strays` are names that its logic uses without requiring them, as tables drawn alone
    do: they are looked for among the variables given.
    """

    model: "DecisionModel"
    element: Element
    shape: str
    id: str
    name: str
    kind: Any = None
    needs: list[tuple["Node", str | None]] = field(default_factory=list)
    strays: tuple[str, ...] = ()
    service: "Service | None" = None

    @property
    def words(self) -> str:
        return f"{self.shape} '{self.name}'"


@dataclass(frozen=True, slots=True)
class Service:
    """What a decision service is given, which decisions it answers, and their type."""

    inputs: list[Node]
    decisions: list[Node]
    outputs: list[Node]
    result: Any


@dataclass(slots=True)
class Walk:
    """One evaluation: what was given, and what has been worked out so far.

    `path` holds the import names that lead to the model at hand.
    """

    given: Mapping[str, Any]
    explaining: bool = False
    path: tuple[str, ...] = ()
    found: dict[Node, Any] = field(default_factory=dict)
    imported: dict[str, "Walk"] = field(default_factory=dict)

    def into(self, prefix: str) -> "Walk":
        """The walk through an imported model."""
        if prefix not in self.imported:
            self.imported[prefix] = Walk(self.given, self.explaining, (*self.path, prefix))
        return self.imported[prefix]

    def value(self, name: str) -> Any:
        """What was given under a name; null when nothing was.

        An imported model's inputs may be given under its import name.
        """
        own = self._own()
        value = own[name] if name in own else self.given.get(name)
        return value if type(value) in READY else from_json(value)

    def has(self, name: str) -> bool:
        return name in self.given or name in self._own()

    def _own(self) -> Mapping[str, Any]:
        own = self.given
        for prefix in self.path:
            inner = own.get(prefix)
            own = inner if isinstance(inner, Mapping) else {}
        return own
