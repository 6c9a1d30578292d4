"""Boxed expressions: the logic of decisions and functions that is drawn instead of written."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.feel.budget import MAX_BOXES, MAX_LIST, list_of, note, tick
from app.feel.calls import invoke
from app.feel.compiler import Env, NotIterable, Run, element, iterate, listed
from app.feel.dmn.reading import Element, child, children, name_of, plain, tag, text
from app.feel.dmn.scopes import Expressions, Place, guarded
from app.feel.dmn.tables import compile_table
from app.feel.dmn.types import Types
from app.feel.errors import LimitExceeded
from app.feel.values import FUNCTIONS, Function, kind_of

ROUND_COST = 10  # steps charged for one round of a boxed loop
CALL_COST = 5


class Boxes:
    """Compiles the boxed expressions of one model."""

    def __init__(self, expressions: Expressions, types: Types) -> None:
        self.expressions, self.types, self.depth = expressions, types, 0

    def compile(self, element: Element | None, place: Place) -> Run:
        """A box, with its type check. Raises `LimitExceeded` when nested too deep."""
        if element is None:
            return self.expressions.refused(place, "there is no expression")
        self.expressions.count()
        self.depth += 1
        if self.depth > MAX_BOXES:
            raise LimitExceeded("boxed expressions nested too deep")
        run = METHODS[tag(element)](self, element, place)
        self.depth -= 1
        return self.expressions.typed(run, self.types.of(element), place)

    def decision(self, element: Element, place: Place) -> Run:
        """The logic of a decision. People may keep it to themselves: that is no problem."""
        if child(element, *METHODS) is not None:
            return self.inside(element, place)
        return self.expressions.silent(place, "there is no expression")

    def inside(self, element: Element | None, place: Place) -> Run:
        """The one box that an element holds."""
        return self.compile(child(element, *METHODS), place)

    # ---- values

    def literal(self, element: Element, place: Place) -> Run:
        language = element.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            return self.expressions.refused(place, f"written in {language}, not in FEEL")
        source = text(element)
        if not source:
            return self.expressions.refused(place, "there is no expression")
        return guarded(self.expressions.expression(source, place))

    def table(self, element: Element, place: Place) -> Run:
        return compile_table(self.expressions, self.types, element, place)

    def list(self, element: Element, place: Place) -> Run:
        items = [
            self.compile(each, place.inside(f"item {number}"))
            for number, each in enumerate(children(element, *METHODS), 1)
        ]
        return lambda env: [item(env) for item in items]

    def relation(self, element: Element, place: Place) -> Run:
        """A list of contexts, drawn as rows and columns."""
        columns = [name_of(each) for each in children(element, "column")]
        rows = []
        for number, row in enumerate(children(element, "row"), 1):
            cells = children(row, *METHODS)
            if len(cells) != len(columns):
                at = place.inside(f"row {number}").words
                self.expressions.problem(at, "its cells do not match the columns")
            rows.append(
                [
                    (column, self.compile(cell, place.inside(f"row {number}, column '{column}'")))
                    for column, cell in zip(columns, cells, strict=False)
                ]
            )
        return lambda env: [{column: cell(env) for column, cell in row} for row in rows]

    def context(self, element: Element, place: Place) -> Run:
        """Entries that see those above them; an entry without a name is the result."""
        entries: list[tuple[str | None, Run]] = []
        for each in children(element, "contextEntry"):
            variable = child(each, "variable")
            name = name_of(variable) if variable is not None else None
            at = place.inside("result" if name is None else f"entry '{name}'")
            entry = self.expressions.typed(self.inside(each, at), self.types.of(variable), at)
            entries.append((name, entry))
            if name is not None:
                place = place.knowing(name)

        def run(env: Env) -> Any:
            inner, made = dict(env), {}
            tick(1 + len(env) // 16)
            for name, entry in entries:
                value = entry(inner)
                if name is None:
                    return value
                inner[name] = made[name] = value
            return made

        return run

    # ---- functions

    def invocation(self, element: Element, place: Place) -> Run:
        callee = self.inside(element, place)
        bindings = []
        for each in children(element, "binding"):
            name = name_of(child(each, "parameter"))
            bindings.append((name, self.inside(each, place.inside(f"argument '{name}'"))))

        def run(env: Env) -> Any:
            tick(2)
            function, arguments = callee(env), [(name, value(env)) for name, value in bindings]
            if type(function) not in FUNCTIONS:
                note(f"{kind_of(function)} is not a function")
            return invoke(function, [], arguments)

        return run

    def function(self, element: Element | None, place: Place) -> Run:
        """A function definition or the logic of a business knowledge model."""
        if element is None:
            return self.expressions.refused(place, "there is no expression")
        language = element.get("kind", "FEEL")
        if language != "FEEL":
            return self.expressions.refused(place, f"a function in {language} is refused")
        parameters = [(name_of(each), self.types.of(each)) for each in children(element, "formalParameter")]
        names = [name for name, _ in parameters]
        body = self.inside(element, place.knowing(*names))

        def run(env: Env) -> Any:
            tick(1 + len(env) // 2)

            def call(arguments: list[Any]) -> Any:
                tick(CALL_COST + len(env) // 16)
                return body({**env, **dict(zip(names, arguments, strict=True))})

            return Function(parameters, call)

        return run

    # ---- choices and loops

    def conditional(self, element: Element, place: Place) -> Run:
        wanted, then, otherwise = (
            self.inside(child(element, part), place.inside(part)) for part in ("if", "then", "else")
        )

        def run(env: Env) -> Any:
            condition = wanted(env)
            if condition is not None and type(condition) is not bool:
                note("the condition is not true or false")
                return None
            return then(env) if condition is True else otherwise(env)

        return run

    def filter(self, box: Element, place: Place) -> Run:
        items_of = self.inside(child(box, "in"), place.inside("in"))
        within = place.inside("match")  # an item's own properties are within reach there
        match = self.inside(child(box, "match"), Place(within.words, within.known | {"item"}, open=True))

        def run(env: Env) -> Any:
            try:
                items = listed(items_of(env))
            except NotIterable:
                return None
            found = []
            for item in items:
                own = item if type(item) is dict else {}
                tick(ROUND_COST + (len(env) + len(own)) // 16)
                result = match({**env, "item": item, **own})
                if type(result) is Decimal:
                    return element(items, result)
                if type(result) is not bool:
                    note("the filter's answer is not true or false")
                    return None
                if result:
                    found.append(item)
            return found

        return run

    def rounds(self, box: Element, place: Place, last: str) -> Run:
        """The value of the part named `last` for every item, or None when there are no items."""
        variable = plain(box.get("iteratorVariable"))
        items_of = self.inside(child(box, "in"), place.inside("in"))
        each = self.inside(child(box, last), place.inside(last).knowing(variable, "partial"))

        def run(env: Env) -> Any:
            made: list[Any] = []
            inner, items = dict(env), items_of(env)
            try:
                for item in iterate(items) if items is not None else ():
                    tick(ROUND_COST + (len(env) + len(made)) // 16)
                    inner[variable], inner["partial"] = item, made.copy()
                    made.append(each(inner))
                    if len(made) > MAX_LIST:
                        raise LimitExceeded("list too long")
            except NotIterable:
                items = None
            if items is None:
                note("this cannot be walked through")
            return made if items is not None else None

        return run

    def loop(self, element: Element, place: Place) -> Run:
        return self.rounds(element, place, "return")

    def some(self, element: Element, place: Place) -> Run:
        return self.quantified(element, place, some=True)

    def every(self, element: Element, place: Place) -> Run:
        return self.quantified(element, place, some=False)

    def quantified(self, element: Element, place: Place, *, some: bool) -> Run:
        answers_of = self.rounds(element, place, "satisfies")

        def run(env: Env) -> Any:
            answers = answers_of(env)
            if answers is None:
                return None
            if any(type(answer) is not bool for answer in list_of(answers)):
                note("not every answer is true or false")
                return None
            return some if some in answers else not some

        return run


METHODS: dict[str, Callable[[Boxes, Element, Place], Run]] = {
    "literalExpression": Boxes.literal,
    "decisionTable": Boxes.table,
    "context": Boxes.context,
    "invocation": Boxes.invocation,
    "relation": Boxes.relation,
    "list": Boxes.list,
    "functionDefinition": Boxes.function,
    "conditional": Boxes.conditional,
    "filter": Boxes.filter,
    "for": Boxes.loop,
    "some": Boxes.some,
    "every": Boxes.every,
}
