"""What is drawn in a decision model, what requires what, and one walk through it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.feel.budget import MAX_NODES
from app.feel.dmn.reading import Element, child, children, name_of, plain, tag
from app.feel.dmn.scopes import Problem
from app.feel.errors import LimitExceeded, UnknownDecision
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


class Graph:
    """The nodes of one model, and `problems` where they do not hang together."""

    def __init__(self, model: "DecisionModel", root: Element, imported: Mapping[str, "Graph"]) -> None:
        """`imported` are the graphs of other models by import name. Raises `LimitExceeded`."""
        self.namespace, self.imported = model.namespace, imported
        self.problems: list[Problem] = []
        elements = children(root, *SHAPES)
        if len(elements) > MAX_NODES:
            raise LimitExceeded("too many decisions")
        self.nodes = [self._drawn(model, element) for element in elements]
        self.by_id = {node.id: node for node in self.nodes}
        # a decision before an input of the same name
        self.by_name = {node.name: node for node in sorted(self.nodes, key=lambda node: node.shape != "input")}
        for node in self.nodes:
            if self.by_id[node.id] is not node:
                self.problems.append(Problem(node.words, f"the id '{node.id}' is used twice"))
            self._connect(node)

    def node(self, wanted: str) -> Node:
        """What can be evaluated, by id before name. Raises `UnknownDecision`."""
        found = self.by_id.get(wanted) or self.by_name.get(plain(wanted))
        if found is None or found.shape == "input":
            raise UnknownDecision(f"no decision is called '{wanted}'")
        return found

    def _drawn(self, model: "DecisionModel", element: Element) -> Node:
        name = name_of(element)
        kind = model.types.of(child(element, "variable"))
        return Node(model, element, SHAPES[tag(element)], element.get("id") or name, name, kind)

    def _connect(self, node: Node) -> None:
        """Find what a node requires, or serves."""
        for requirement in children(node.element, "informationRequirement", "knowledgeRequirement"):
            node.needs.extend(self._referred(node, requirement))
        if node.shape == "service":
            inputs, decisions, outputs = (
                [other for other, _ in self._referred(node, node.element, reference)]
                for reference in ("inputData", "inputDecision", "outputDecision")
            )
            node.service = Service(inputs, decisions, outputs, result_of(node.kind))

    def _referred(self, node: Node, element: Element, *tags: str) -> Iterator[tuple[Node, str | None]]:
        """The nodes behind the `href` of the references inside, with their import names.

        An `href` may begin with another model's namespace.
        """
        for reference in children(element, *tags) if tags else element:
            namespace, _, wanted = (reference.get("href") or "").rpartition("#")
            prefix = next((name for name, graph in self.imported.items() if graph.namespace == namespace), None)
            if not namespace:
                prefix = None
            found = (self.imported[prefix] if prefix is not None else self).by_id.get(wanted)
            if found is not None:
                yield found, prefix
            else:
                self.problems.append(Problem(node.words, f"it needs {reference.get('href')}, which is not there"))


def result_of(kind: Any) -> Any:
    """The type a function gives: its own, or that of the function type it is declared with."""
    return kind[2] if isinstance(kind, tuple) and kind[0] == "function" else kind


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
