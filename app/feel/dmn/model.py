"""A decision model as the caller holds it: loaded once, asked often."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.feel.budget import MAX_IMPORTS, MAX_NODES, Noticing, start_budget, tick
from app.feel.calls import BUILTINS
from app.feel.compiler import TYPES_KEY, Env, Run
from app.feel.dmn.boxed import Boxes
from app.feel.dmn.graph import Graph, Node, Service, Walk, result_of
from app.feel.dmn.reading import Element, child, children, name_of, plain, read_xml, text
from app.feel.dmn.scopes import (
    Expressions,
    Names,
    Place,
    Problem,
    claim,
    fitted,
    guarded,
    told_so_far,
)
from app.feel.dmn.types import Types
from app.feel.errors import FeelError, LimitExceeded
from app.feel.expression import given_functions
from app.feel.names import free_names
from app.feel.operators import get_property
from app.feel.parser import parse_expression
from app.feel.values import Function, GivenFunction

NAMING = ("itemComponent", "output", "column", "variable")
Find = Callable[[str], "DecisionModel | None"]


def find_nothing(namespace: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """A decision's value, and a sentence with its place for everything that became null."""

    value: Any
    reasons: list[str]


def load_decisions(
    xml: str | bytes,
    find: Find = find_nothing,
    *,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> "DecisionModel":
    """Read a decision file and compile its expressions. Nothing in it is trusted.

    `find` gives the model of a namespace that the file imports; `functions` are lent to
    the expressions as to `compile_expression`. An expression that does not compile is no
    error: it is null, and among the model's `problems`.
    Raises `InvalidModel` and `LimitExceeded`.
    """
    try:
        return DecisionModel(read_xml(xml), find, given_functions((functions or {}).items()))
    except RecursionError:
        raise LimitExceeded("decision model nested too deep") from None


class DecisionModel:
    """The decisions of one file.

    `decisions` maps their ids to their names; `problems` says what is wrong in the file.
    """

    graph: Graph

    def __init__(
        self,
        root: Element,
        find: Find = find_nothing,
        functions: Mapping[str, GivenFunction] | None = None,
    ) -> None:
        self.namespace, self.name = root.get("namespace") or "", name_of(root)
        self.imports, missing = _imported(root, find)
        self.words = self._words(root)
        self._functions = functions or {}
        expressions = Expressions(self.words, self._functions)
        self.types = self._types(root, expressions)
        self.graph = Graph(self, root, {name: model.graph for name, model in self.imports.items()})
        self._logic = self._compiled(expressions)
        self.decisions = {each.id: each.name for each in self.graph.nodes if each.shape == "decision"}
        self.problems = (*missing, *self.graph.problems, *expressions.problems)

    # ---- what callers ask

    def evaluate(self, decision: str, variables: Mapping[str, Any], *, service: str | None = None) -> Any:
        """The value of a decision (or decision service), named by its id or its name.

        null where something does not fit. With `service`, the decision as that service
        answers it from the variables. Raises `UnknownDecision`, `LimitExceeded`, and
        `FeelError` for a variable that is used and no FEEL value.
        """
        start_budget()
        return self._answer(decision, service, Walk(variables))

    def explain(self, decision: str, variables: Mapping[str, Any], *, service: str | None = None) -> DecisionOutcome:
        """The value and the reasons for what became null. Raises like `evaluate`."""
        start_budget()
        with Noticing() as noticed:
            value = self._answer(decision, service, Walk(variables, explaining=True))
        return DecisionOutcome(value, noticed.sentences())

    def _answer(self, decision: str, service: str | None, walk: Walk) -> Any:
        node = self.graph.node(service or decision)
        try:
            if node.service is None:
                return self.value_of(node, walk)
            return self._serve(node.service, walk, only=plain(decision) if service else None)
        except RecursionError:
            raise LimitExceeded("nested too deep") from None

    # ---- reading

    def _words(self, root: Element) -> Names:
        """Every name that the file or its imports declare anywhere."""
        words = {name_of(each) for each in root.iter(*(f"{{*}}{name}" for name in NAMING))}
        for model in self.imports.values():
            words |= model.words | set(model.graph.by_name)
        return frozenset(words)

    def _types(self, root: Element, expressions: Expressions) -> Types:
        def compile_test(source: str, place: str) -> Callable[[Any], bool]:
            run = guarded(expressions.tests(source, Place(place, frozenset())))
            return lambda value: run({"?": value}) is True

        return Types(
            root,
            imported={prefix: model.types for prefix, model in self.imports.items()},
            compile_test=compile_test,
            unknown=lambda name: expressions.problem(f"type '{name}'", "nothing defines it"),
        )

    # ---- compiling

    def _compiled(self, expressions: Expressions) -> dict[Node, Run]:
        boxes = Boxes(expressions, self.types)
        logic = {}
        for node in self.graph.nodes:
            if node.shape in ("input", "service"):
                continue
            inputs = _inputs_of_table(node)
            place = self._place_of(node).knowing(*inputs)
            expressions.strays = set(inputs)
            if node.shape == "decision":
                run = boxes.decision(node.element, place)
            else:
                run = boxes.function(child(node.element, "encapsulatedLogic"), place)
            logic[node] = guarded(run)
            node.strays = tuple(sorted(expressions.strays))
        return logic

    @cached_property
    def _explaining_logic(self) -> dict[Node, Run]:
        return self._compiled(Expressions(self.words, self._functions, explaining=True))

    def _place_of(self, node: Node) -> Place:
        known = {prefix or need.name for need, prefix in node.needs} | set(self.imports)
        if node.shape == "function":
            known.add(node.name)
        return Place(node.words, frozenset(known))

    # ---- walking

    def value_of(self, node: Node, walk: Walk) -> Any:
        """The value of one node of this model. A node that requires itself gets null."""
        if node in walk.found:
            return walk.found[node]
        if len(walk.found) > MAX_NODES:
            raise LimitExceeded("too many decisions")
        walk.found[node] = None
        start = told_so_far()
        value = walk.found[node] = self._worked_out(node, walk)
        if walk.explaining:
            claim(start, node.words)
        return value

    def _worked_out(self, node: Node, walk: Walk) -> Any:
        if node.shape == "input":
            return fitted(walk.value(node.name), node.kind)
        if node.service is not None:
            return self._as_function(node.service, walk)
        logic = self._explaining_logic if walk.explaining else self._logic
        value = logic[node](self._env(node, walk))
        if node.shape == "decision":
            return fitted(value, node.kind)
        if type(value) is Function:
            value.result = result_of(node.kind)
        return value

    def _env(self, node: Node, walk: Walk) -> Env:
        """What a node's logic sees: exactly what it requires, and its strays."""
        env: Env = {TYPES_KEY: self.types.by_name}
        tick(1 + len(node.needs))
        for name in node.strays:
            if walk.has(name):
                env[name] = walk.value(name)
        for need, prefix in node.needs:
            if prefix is None:
                env[need.name] = self.value_of(need, walk)
            else:
                value = need.model.value_of(need, walk.into(prefix))
                env.setdefault(prefix, {})[need.name] = value
        return env

    def _as_function(self, service: Service, walk: Walk) -> Function:
        """A decision service, to be called with its inputs and input decisions in order."""
        parameters = [(each.name, each.kind) for each in (*service.inputs, *service.decisions)]
        names = [name for name, _ in parameters]

        def call(arguments: list[Any]) -> Any:
            given = dict(zip(names, arguments, strict=True))
            return self._serve(service, Walk(given, walk.explaining))

        return Function(parameters, call)

    def _serve(self, service: Service, walk: Walk, only: str | None = None) -> Any:
        """The answer of a service: its decision's value, or a context of several."""
        tick(5)
        for each in service.decisions:
            walk.found[each] = fitted(walk.value(each.name), each.kind)
        values = {each.name: each.model.value_of(each, walk) for each in service.outputs}
        if len(values) == 1:
            return fitted(next(iter(values.values())), service.result)
        together = fitted(values, service.result)
        return get_property(together, only) if only in values else together


def _imported(root: Element, find: Find) -> tuple[dict[str, DecisionModel], list[Problem]]:
    """The imported models by import name, and the problem of those that are not there."""
    found: dict[str, DecisionModel] = {}
    missing = []
    elements = children(root, "import")
    if len(elements) > MAX_IMPORTS:
        raise LimitExceeded("too many imports")
    for element in elements:
        name, namespace = name_of(element), element.get("namespace") or ""
        model = find(namespace)
        if model is None:
            missing.append(Problem(f"import '{name}'", f"there is no model {namespace}"))
        else:
            found[name] = model
    return found, missing


def _inputs_of_table(node: Node) -> set[str]:
    """The names that a table's inputs speak of, when no input data are drawn for it.

    Modellers who draw a table alone declare its inputs in this way.
    """
    names: set[str] = set()
    if any(need.shape in ("input", "decision") for need, _ in node.needs):
        return names
    table = child(node.element, "decisionTable")
    for column in children(table, "input") if table is not None else ():
        try:
            names.update(free_names(parse_expression(text(child(column, "inputExpression")))))
        except FeelError:
            continue  # compiling it will report it
    return names - BUILTINS.keys()
