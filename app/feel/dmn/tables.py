"""Decision tables: which rules fit, and what their hit policy makes of them."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.feel.budget import note, tick
from app.feel.calls import BUILTINS, invoke
from app.feel.compiler import Env, Run
from app.feel.dmn.reading import Element, child, children, name_of, plain, text
from app.feel.dmn.scopes import Expressions, Place, claimed, guarded
from app.feel.dmn.types import Types
from app.feel.operators import eq
from app.feel.values import VALUE_ERRORS

AGGREGATORS = {"COUNT": "count", "SUM": "sum", "MIN": "min", "MAX": "max"}


@dataclass(frozen=True, slots=True)
class Input:
    """An input column: its value and the test of its allowed values."""

    label: str
    value: Run
    allowed: Run | None


@dataclass(frozen=True, slots=True)
class Output:
    """An output column; `ranking` gives its values, the most important first."""

    name: str
    label: str
    kind: Any
    ranking: Run | None
    default: Run | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: tests as (column, test), without those that always hold."""

    number: int
    tests: list[tuple[int, Run]]
    cells: list[Run]


class TableReader:
    """Reads one table's columns and rows."""

    def __init__(self, expressions: Expressions, types: Types, place: Place) -> None:
        self.expressions, self.types, self.place = expressions, types, place

    def input(self, element: Element, number: int) -> Input:
        expression = child(element, "inputExpression")
        label = plain(element.get("label")) or plain(text(expression)) or str(number)
        place = self.place.inside(f"input '{label}'")
        if expression is None or not text(expression):
            value = self.expressions.refused(place, "an input needs an expression")
        else:
            value = guarded(self.expressions.expression(text(expression), place))
        allowed = text(child(element, "inputValues"))
        test = self.expressions.tests(allowed, place) if allowed else None
        return Input(label, self.expressions.typed(value, self.types.of(expression), place), test)

    def output(self, element: Element, number: int) -> Output:
        name, kind = name_of(element), self.types.of(element)
        label = name or plain(element.get("label")) or str(number)
        place = self.place.inside(f"output '{label}'")
        ranking, default = text(child(element, "outputValues")), text(child(element, "defaultOutputEntry"))
        return Output(
            name or label,
            label,
            kind,
            guarded(self.expressions.expression(f"[{ranking}]", place)) if ranking else None,
            self.cell(default, kind, place) if default else None,
        )

    def rule(self, element: Element, number: int, inputs: list[Input], outputs: list[Output]) -> Rule | None:
        """The row, or None (and a problem) when its cells do not match the columns."""
        self.expressions.count()
        place = self.place.inside(f"rule {number}")
        entries, results = children(element, "inputEntry"), children(element, "outputEntry")
        if len(entries) != len(inputs) or len(results) != len(outputs):
            self.expressions.problem(place.words, "its cells do not match the table's columns")
            return None
        tests = []
        for column, (entry, clause) in enumerate(zip(entries, inputs, strict=True)):
            source = text(entry)
            if source not in ("", "-"):
                cell = place.inside(f"input '{clause.label}'")
                tests.append((column, self.expressions.tests(source, cell)))
        cells = [
            self.cell(text(entry), clause.kind, place.inside(f"output '{clause.label}'"))
            for entry, clause in zip(results, outputs, strict=True)
        ]
        return Rule(number, tests, cells)

    def cell(self, source: str, kind: Any, place: Place) -> Run:
        """What an output entry gives; an empty one gives null."""
        if not source:
            return lambda env: None
        return self.expressions.typed(guarded(self.expressions.expression(source, place)), kind, place)


class Table:
    """A compiled decision table; `run` is its value."""

    def __init__(
        self,
        inputs: list[Input],
        outputs: list[Output],
        rules: list[Rule],
        policy: str,
        aggregation: str | None,
    ) -> None:
        self.inputs, self.outputs, self.rules = inputs, outputs, rules
        self.aggregation, self.first_only = aggregation, policy == "FIRST"
        self.settle = POLICIES[policy]

    def run(self, env: Env) -> Any:
        inner = dict(env)
        values = self.input_values(inner)
        if values is None:
            return None
        hits = self.hits(inner, values)
        return self.settle(self, env, hits) if hits else self.without_hits(env)

    def input_values(self, env: Env) -> list[Any] | None:
        """The value of each input, or None when one is not among its allowed values."""
        values = []
        for column in self.inputs:
            value = column.value(env)
            if column.allowed is not None and value is not None:
                env["?"] = value
                if guarded(column.allowed)(env) is not True:
                    note(f"the input '{column.label}' is not among its allowed values")
                    return None
            values.append(value)
        return values

    def hits(self, env: Env, values: list[Any]) -> list[Rule]:
        """The rules that fit; charged for each rule and column. Changes env["?"]."""
        hits, cost = [], 1 + len(values)
        for rule in self.rules:
            tick(cost)
            try:
                for column, test in rule.tests:
                    env["?"] = values[column]
                    if test(env) is not True:
                        break
                else:
                    hits.append(rule)
                    if self.first_only:
                        break
            except VALUE_ERRORS as error:
                note(str(error))
        return hits

    def row(self, env: Env, rule: Rule) -> Any:
        return self.together([cell(env) for cell in rule.cells])

    def together(self, values: list[Any]) -> Any:
        """The outputs of one row: a value, or a context of them when there are several."""
        if len(values) == 1:
            return values[0]
        return {output.name: value for output, value in zip(self.outputs, values, strict=True)}

    def without_hits(self, env: Env) -> Any:
        if any(output.default for output in self.outputs):
            return self.together([output.default(env) if output.default else None for output in self.outputs])
        if self.aggregation == "COUNT":
            return Decimal(0)
        note("no rule fits")
        return None

    # ---- hit policies

    def unique(self, env: Env, hits: list[Rule]) -> Any:
        if len(hits) == 1:
            return self.row(env, hits[0])
        note(f"{_numbers(hits)} fit, but only one may")
        return None

    def any(self, env: Env, hits: list[Rule]) -> Any:
        first, *others = [self.row(env, rule) for rule in hits]
        if all(eq(first, other) is True for other in others):
            return first
        note(f"{_numbers(hits)} fit, but do not agree")
        return None

    def priority(self, env: Env, hits: list[Rule]) -> Any:
        return self.output_order(env, hits)[0]

    def output_order(self, env: Env, hits: list[Rule]) -> list[Any]:
        rankings = [output.ranking(env) if output.ranking else [] for output in self.outputs]

        def rank(value: Any) -> list[int]:
            parts = [value] if len(self.outputs) == 1 else list(value.values())
            return [
                _position(part, ranking) for part, ranking in zip(parts, rankings, strict=True) if type(ranking) is list
            ]

        return sorted((self.row(env, rule) for rule in hits), key=rank)

    def collect(self, env: Env, hits: list[Rule]) -> Any:
        found = [self.row(env, rule) for rule in hits]
        if not self.aggregation:
            return found
        return invoke(BUILTINS[AGGREGATORS[self.aggregation]], [found])


POLICIES: dict[str, Callable[[Table, Env, list[Rule]], Any]] = {
    "UNIQUE": Table.unique,
    "ANY": Table.any,
    "PRIORITY": Table.priority,
    "FIRST": Table.unique,
    "RULE ORDER": Table.collect,
    "OUTPUT ORDER": Table.output_order,
    "COLLECT": Table.collect,
}


def _numbers(rules: list[Rule]) -> str:
    numbers = [str(rule.number) for rule in rules]
    return f"rules {', '.join(numbers[:-1])} and {numbers[-1]}"


def _position(value: Any, ranking: list[Any]) -> int:
    return next((at for at, each in enumerate(ranking) if eq(each, value) is True), len(ranking))


def compile_table(expressions: Expressions, types: Types, element: Element, place: Place) -> Run:
    """The value of a table, or null and a problem when it cannot be one."""
    reader = TableReader(expressions, types, place)
    inputs = [reader.input(each, n) for n, each in enumerate(children(element, "input"), 1)]
    outputs = [reader.output(each, n) for n, each in enumerate(children(element, "output"), 1)]
    rows = [reader.rule(each, n, inputs, outputs) for n, each in enumerate(children(element, "rule"), 1)]
    policy, aggregation = plain(element.get("hitPolicy")) or "UNIQUE", element.get("aggregation")
    if policy not in POLICIES or (aggregation and aggregation not in AGGREGATORS):
        return expressions.refused(place, f"the hit policy {policy} {aggregation or ''} is unknown")
    if len({output.name for output in outputs}) < max(len(outputs), 1):
        return expressions.refused(place, "the table needs outputs of different names")
    table = Table(inputs, outputs, [row for row in rows if row], policy, aggregation)
    return claimed(table.run, place.words) if expressions.explaining else table.run
