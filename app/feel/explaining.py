"""The compiler for those who ask why: the same closures, which note why something became null.

Only the deepest cause is told: a node stays silent when something below it has spoken.
"""

from typing import Any

from app.feel.budget import RUN, note, tick
from app.feel.calls import bind, invoke
from app.feel.compiler import Compiler, Env, Run, Test
from app.feel.operators import ARITHMETIC, COMPARATORS, PROPERTIES, get_property
from app.feel.parser import Node
from app.feel.values import FUNCTIONS, VALUE_ERRORS, Builtin, Function, GivenFunction, kind_of

# Null without a failure, or told about by the parts themselves.
SILENT = ("paren", "list", "context", "compare", "fn", "if", "name", "bin", "dot", "call")
SENTENCES = {
    "const": "this has no value",
    "range": "the ends do not make a range",
    "neg": "this has no negative",
    "between": "the values cannot be compared",
    "tests": "the values cannot be compared",
    "and": "not every part is true or false",
    "or": "not every part is true or false",
    "span": "the ends do not make a range",
    "for": "this cannot be walked through",
    "quantified": "not every answer is true or false",
    "filter": "the filter finds nothing",
    "instance": "the type is unknown",
}


class ExplainingCompiler(Compiler):
    """Compiles closures that call `note` where they fail; slower, and only made when wanted."""

    def compile(self, node: Node) -> Run:
        run = super().compile(node)
        kind = node[0]
        if kind in SILENT or (kind == "const" and (node[1] is not None or node.text == "null")):
            return run
        sentence = SENTENCES[kind]

        def explained(env: Env) -> Any:
            before = RUN.noted
            try:
                value = run(env)
            except VALUE_ERRORS:
                value = None
            if value is None and RUN.noted == before:
                note(at(sentence, node))
            return value

        return explained

    def name(self, node: Node) -> Run:
        run, name = super().name(node), node[1]
        if self.function_named(name) is not None:
            return run

        def explained(env: Env) -> Any:
            if name not in env:
                note(f"nothing is known as '{name}'")
            return env.get(name)

        return explained

    def bin(self, node: Node) -> Run:
        _, op, a, b = node
        left, right = self.compile(a), self.compile(b)
        calculate: Any = ARITHMETIC.get(op) or COMPARATORS[op]
        verb = "calculated" if op in ARITHMETIC else "compared"

        def explained(env: Env) -> Any:
            before = RUN.noted
            x, y = left(env), right(env)
            try:
                value = calculate(x, y)
            except VALUE_ERRORS:
                value = None
            if value is None and RUN.noted == before:
                note(at(f"{kind_of(x)} {op} {kind_of(y)} cannot be {verb}", node))
            return value

        return explained

    def test(self, node: Node) -> Test:
        if node[0] == "compare":
            return self.comparison_test(node)
        test = super().test(node)

        def explained(env: Env, value: Any) -> Any:
            before = RUN.noted
            result = test(env, value)
            if result is None and RUN.noted == before:
                note(at(f"{kind_of(value)} cannot be compared with this", node))
            return result

        return explained

    def comparison_test(self, node: Node) -> Test:
        _, op, inner = node
        compare, end_of = COMPARATORS[op], self.compile(inner)

        def explained(env: Env, value: Any) -> Any:
            before = RUN.noted
            end = end_of(env)
            result = compare(value, end)
            if result is None and RUN.noted == before:
                note(at(f"{kind_of(value)} {op} {kind_of(end)} cannot be compared", node))
            return result

        return explained

    def choice(self, node: Node) -> Run:
        wanted, then, otherwise = (self.compile(part) for part in node[1:])

        def explained(env: Env) -> Any:
            before = RUN.noted
            condition = wanted(env)
            if type(condition) is not bool and RUN.noted == before:
                note(at(f"the condition is {kind_of(condition)}, not true or false", node[1]))
            return then(env) if condition is True else otherwise(env)

        return explained

    def dot(self, node: Node) -> Run:
        _, source, name = node
        value_of = self.compile(source)

        def explained(env: Env) -> Any:
            before = RUN.noted
            value = value_of(env)
            if RUN.noted == before and type(value) is not list:
                known = value if type(value) is dict else PROPERTIES.get(type(value), {})
                if name not in known:
                    note(at(f"{kind_of(value)} has no '{name}'", node))
            return get_property(value, name)

        return explained

    def call(self, node: Node) -> Run:
        _, called, positional, named = node
        find = self.callee(called)
        arguments = [self.compile(argument) for argument in positional]
        by_name = [(name, self.compile(argument)) for name, argument in named]
        cost = len(arguments) + 1

        def explained(env: Env) -> Any:
            before = RUN.noted
            tick(cost)
            function, given = find(env), [argument(env) for argument in arguments]
            given_by_name = [(name, argument(env)) for name, argument in by_name]
            RUN.trouble = None
            try:
                value = invoke(function, given, given_by_name)
            except VALUE_ERRORS as error:
                RUN.trouble, value = str(error), None
            if value is None and RUN.noted == before:
                why = _why_no_answer(called.text, function, given, bool(named))
                note(at(why, node))
            return value

        return explained


def at(sentence: str, node: Node) -> str:
    return f"{sentence} at '{node.text[:120]}'" if node.text else sentence


def _why_no_answer(text: str, function: Any, given: list[Any], named: bool) -> str:
    kinds = ", ".join(kind_of(value) for value in given)
    if type(function) not in FUNCTIONS:
        return f"'{text}' is {kind_of(function)}, not a function"
    if RUN.trouble:
        return f"'{text}' failed: {RUN.trouble}"
    if type(function) is GivenFunction and not named:
        return f"'{text}' gave null for ({kinds})"
    if type(function) is Function and not named and len(given) != len(function.parameters):
        return f"'{text}' takes {len(function.parameters)} arguments, not {len(given)}"
    if type(function) is Builtin and not named:
        fits = any(bind(parameters, given) is not None for parameters, _ in function.overloads)
        if not fits:
            return f"'{text}' does not take ({kinds})"
    return f"'{text}' gave null" + (f" for ({kinds})" if not named else "")
