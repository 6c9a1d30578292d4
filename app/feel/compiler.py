"""Syntax tree to closures: each node becomes one function of `env`, a dict of names to values."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from app.feel.budget import MAX_LIST, list_of, tick
from app.feel.calls import BUILTINS, invoke
from app.feel.errors import LimitExceeded
from app.feel.kinds import conforms, resolved
from app.feel.names import mentioned_names
from app.feel.operators import (
    ARITHMETIC,
    COMPARATORS,
    eq,
    get_property,
    in_range,
    less,
    negative,
    passes,
)
from app.feel.parser import Node
from app.feel.values import FUNCTIONS, NUMBERS, VALUE_ERRORS, Function, GivenFunction, Range

Env = dict[Any, Any]
Run = Callable[[Env], Any]
Test = Callable[[Env, Any], Any]

TYPES_KEY = 0  # env[0] holds the model's own types; no FEEL name can be 0

# Number against number, without the generic route.
FAST = {"<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__}


class NotIterable(Exception):
    """The value after `in` cannot be walked through."""


class Compiler:
    """Compiles trees with the given functions (by name) within reach."""

    def __init__(self, functions: Mapping[str, GivenFunction] | None = None) -> None:
        self.functions = functions or {}

    def compile(self, node: Node) -> Run:
        method: Callable[[Node], Run] = getattr(self, NAMED_OTHERWISE.get(node[0], node[0]))
        return method(node)

    # ---- values and names

    def const(self, node: Node) -> Run:
        value = node[1]
        return lambda env: value

    def paren(self, node: Node) -> Run:
        return self.compile(node[1])

    def name(self, node: Node) -> Run:
        name = node[1]
        function = self.function_named(name)
        if function is not None:
            return lambda env: env.get(name, function)
        return lambda env: env.get(name)

    def function_named(self, name: str) -> Any:
        return self.functions.get(name) or BUILTINS.get(name)

    def list(self, node: Node) -> Run:
        items = [self.compile(item) for item in node[1]]
        return lambda env: [item(env) for item in items]

    def context(self, node: Node) -> Run:
        entries = [(name, self.compile(entry)) for name, entry in node[1]]

        def run(env: Env) -> Any:
            tick(1 + len(env) // 16)
            inner, made = dict(env), {}
            for name, entry in entries:
                inner[name] = made[name] = entry(inner)
            return made

        return run

    def range(self, node: Node) -> Run:
        _, low, high, low_included, high_included = node
        low_end, high_end = self.compile(low), self.compile(high)

        def run(env: Env) -> Any:
            a, b = low_end(env), high_end(env)
            if a is not None and b is not None and less(a, b, True) is not True:
                return None
            return Range(a, b, low_included, high_included)

        return run

    def compare(self, node: Node) -> Run:
        _, op, inner = node
        end = self.compile(inner)
        low_included, high_included = op in (">=", "=", "!="), op in ("<=", "=", "!=")

        def run(env: Env) -> Any:
            value = end(env)
            low = None if op in ("<", "<=") else value
            high = None if op in (">", ">=") else value
            return Range(low, high, low_included, high_included, op)

        return run

    # ---- operators

    def bin(self, node: Node) -> Run:
        _, op, a, b = node
        left, right = self.compile(a), self.compile(b)
        if op in ARITHMETIC:
            calculate = ARITHMETIC[op]

            def run(env: Env) -> Any:
                try:
                    return calculate(left(env), right(env))
                except VALUE_ERRORS:
                    return None

            return run
        compare = COMPARATORS[op]
        if b[0] == "const" and type(b[1]) is Decimal and op in FAST:
            number, fast = b[1], FAST[op]

            def run_fast(env: Env) -> Any:  # the usual test: a name against a number
                value = left(env)
                return fast(value, number) if type(value) is Decimal else compare(value, number)

            return run_fast
        return lambda env: compare(left(env), right(env))

    def both(self, node: Node) -> Run:
        left, right = self.compile(node[2]), self.compile(node[3])

        def run(env: Env) -> Any:
            a = left(env)
            if a is False:
                return False
            b = right(env)
            if b is False:
                return False
            return True if a is True and b is True else None

        return run

    def either(self, node: Node) -> Run:
        left, right = self.compile(node[2]), self.compile(node[3])

        def run(env: Env) -> Any:
            a = left(env)
            if a is True:
                return True
            b = right(env)
            if b is True:
                return True
            return False if a is False and b is False else None

        return run

    def neg(self, node: Node) -> Run:
        inner = self.compile(node[1])
        return lambda env: negative(inner(env))

    def between(self, node: Node) -> Run:
        subject, low, high = (self.compile(part) for part in node[1:])

        def run(env: Env) -> Any:
            value = subject(env)
            above, below = less(low(env), value, True), less(value, high(env), True)
            if above is False or below is False:
                return False
            return None if above is None or below is None else True

        return run

    # ---- tests

    def tests(self, node: Node) -> Run:
        _, subject, tests, negate = node
        value_of, run_tests = self.compile(subject), [self.test(test) for test in tests]
        if len(run_tests) == 1:
            only = run_tests[0]

            def run_one(env: Env) -> Any:
                result = only(env, value_of(env))
                return result if not negate else result is not True

            return run_one

        def run(env: Env) -> Any:
            value = value_of(env)
            result: bool | None = False
            for test in run_tests:
                one = test(env, value)
                if one is True:
                    return not negate
                if one is None:
                    result = None
            return result if not negate else True

        return run

    def test(self, node: Node) -> Test:
        """One unary test; the common shapes have short routes."""
        if node[0] == "compare":
            compare, end = COMPARATORS[node[1]], self.compile(node[2])
            return lambda env, value: compare(value, end(env))
        run = self.compile(node)
        if uses_input(node):  # an expression over `?` says itself whether it holds
            return lambda env, value: run(env)
        if node[0] == "const" and type(node[1]) in (str, Decimal, bool):
            wanted, kind = node[1], type(node[1])
            return lambda env, value: value == wanted if type(value) is kind else eq(value, wanted)
        if node[0] == "range" and all(_is_number(end) for end in node[1:3]):
            fixed = run({})
            return lambda env, value: in_range(value, fixed) if fixed else None
        return lambda env, value: passes(value, run(env))

    # ---- choices and loops

    def choice(self, node: Node) -> Run:
        wanted, then, otherwise = (self.compile(part) for part in node[1:])
        return lambda env: then(env) if wanted(env) is True else otherwise(env)

    def span(self, node: Node) -> Run:
        start, end = self.compile(node[1]), self.compile(node[2])
        return lambda env: span(start(env), end(env))

    def loop(self, node: Node) -> Run:
        _, iterators, body = node
        sources = [(name, self.compile(items)) for name, items in iterators]
        each, cost = self.compile(body), 2 + size(body)
        looks_back = "partial" in mentioned_names(node)

        def run(env: Env) -> Any:
            tick(1 + len(env) // 16)
            inner, made = dict(env), list[Any]()
            inner["partial"] = []
            try:
                for _ in combinations(sources, 0, inner, cost):
                    if looks_back:  # a copy: the list must not come to hold itself
                        tick(len(made) // 16)
                        inner["partial"] = made.copy()
                    made.append(each(inner))
                    if len(made) > MAX_LIST:
                        raise LimitExceeded("list too long")
            except NotIterable:
                return None
            return made

        return run

    def quantified(self, node: Node) -> Run:
        _, some, iterators, condition = node
        sources = [(name, self.compile(items)) for name, items in iterators]
        holds, cost = self.compile(condition), 2 + size(condition)

        def run(env: Env) -> Any:
            tick(1 + len(env) // 16)
            inner = dict(env)
            result: bool | None = not some
            try:
                for _ in combinations(sources, 0, inner, cost):
                    one = holds(inner)
                    if one is some:
                        return some
                    if type(one) is not bool:
                        result = None
            except NotIterable:
                return None
            return result

        return run

    def filter(self, node: Node) -> Run:
        _, source, condition = node
        items_of, holds = self.compile(source), self.compile(condition)
        cost = 2 + size(condition)
        fixed = condition[0] in ("const", "neg")

        def run(env: Env) -> Any:
            try:
                items = listed(items_of(env))
            except NotIterable:
                return None
            if fixed:
                return pick(items, holds(env))
            found = []
            for item in items:
                in_context = type(item) is dict
                tick(cost + (len(env) + len(item) if in_context else len(env)) // 16)
                inner = {**env, "item": item}
                if in_context:
                    inner.update(item)
                result = holds(inner)
                if type(result) is Decimal:
                    return element(items, result)
                if result is True:
                    found.append(item)
            if items:
                return found
            return found if type(holds(env)) is not Decimal else None

        return run

    # ---- paths, functions, types

    def dot(self, node: Node) -> Run:
        _, source, name = node
        value_of = self.compile(source)
        return lambda env: get_property(value_of(env), name)

    def callee(self, node: Node) -> Run:
        """What is called: data of the same name does not hide a function."""
        run = self.compile(node)
        function = self.function_named(node[1]) if node[0] == "name" else None
        if function is None:
            return run
        name = node[1]

        def find(env: Env) -> Any:
            value = env.get(name, function)
            return value if type(value) in FUNCTIONS else function

        return find

    def call(self, node: Node) -> Run:
        _, function, positional, named = node
        find = self.callee(function)
        arguments = [self.compile(argument) for argument in positional]
        by_name = [(name, self.compile(argument)) for name, argument in named]
        cost = len(arguments) + 1

        def run(env: Env) -> Any:
            tick(cost)
            given = [(name, argument(env)) for name, argument in by_name] if by_name else ()
            return invoke(find(env), [argument(env) for argument in arguments], given)

        return run

    def fn(self, node: Node) -> Run:
        _, parameters, body = node
        run_body, cost = self.compile(body), 2 + size(body)
        names = [name for name, _ in parameters]

        def run(env: Env) -> Any:
            outer = dict(env)  # kept alive by the function, so charged dearly
            tick(1 + len(outer) // 2)

            def call(arguments: list[Any]) -> Any:
                tick(cost + len(outer) // 16)
                return run_body({**outer, **dict(zip(names, arguments, strict=True))})

            return Function(parameters, call)

        return run

    def instance(self, node: Node) -> Run:
        _, subject, written = node
        value_of = self.compile(subject)

        def run(env: Env) -> Any:
            tick(2)
            kind = resolved(written, env.get(TYPES_KEY) or {})
            value = value_of(env)
            if kind == "unknown":
                return None
            return conforms(value, kind) and not (kind == "Any" and value is None)

        return run


# Kinds of nodes whose methods cannot have the same name.
NAMED_OTHERWISE = {"and": "both", "or": "either", "if": "choice", "for": "loop"}


# ---- looking at trees


def size(node: Any) -> int:
    """How many parts a tree has: what one round of a loop over it costs."""
    if not isinstance(node, (tuple, list)):
        return 1
    return 1 + sum(size(part) for part in node if isinstance(part, (tuple, list)))


def uses_input(node: Node) -> bool:
    return "?" in mentioned_names(node)


def _is_number(node: Node) -> bool:
    return node[0] == "const" and type(node[1]) is Decimal


# ---- walking through values


def span(start: Any, end: Any) -> Iterator[Any]:
    """start..end (whole numbers or dates), either way, one at a time."""
    step: Any
    if type(start) is type(end) is Decimal and _is_whole(start) and _is_whole(end):
        step = Decimal(1 if start <= end else -1)
        advance: Any = NUMBERS.add
    elif type(start) is type(end) is date:
        step = timedelta(1 if start <= end else -1)
        advance = date.__add__
    else:
        raise NotIterable
    while True:
        yield start
        if start == end:
            return
        start = advance(start, step)


def _is_whole(number: Decimal) -> bool:
    return number == number.to_integral_value()


def iterate(value: Any) -> Any:
    """An iterable over a value's items: of a list, a range, or the value alone.

    Raises `NotIterable`, perhaps only when the first item is wanted.
    """
    if type(value) is list or isinstance(value, Iterator):
        return value
    if type(value) is Range:
        if value.low is None or value.high is None:
            raise NotIterable
        return (
            each
            for each in span(value.low, value.high)
            if (value.low_included or each != value.low) and (value.high_included or each != value.high)
        )
    return [value] if value is not None else []


def listed(value: Any) -> list[Any]:
    """What a filter works on, as a list."""
    if type(value) is list:
        return value
    if value is None:
        return []
    if type(value) is Range:
        return list_of(list(islice(iterate(value), MAX_LIST + 1)))
    return [value]


def combinations(sources: list[tuple[str, Run]], position: int, env: Env, cost: int) -> Iterator[None]:
    """Bind the iterators from the given one on in env (changed), once for each combination."""
    name, items_of = sources[position]
    value = items_of(env)
    if value is None:
        raise NotIterable
    for item in iterate(value):
        tick(cost)
        env[name] = item
        if position + 1 < len(sources):
            yield from combinations(sources, position + 1, env, cost)
        else:
            yield


def element(items: list[Any], number: Decimal) -> Any:
    """The item at a position from 1 on, or from -1 back; null when there is none."""
    position = int(number) if abs(number) <= len(items) else 0
    if position == 0:
        return None
    return items[position - 1] if position > 0 else items[position]


def pick(items: list[Any], condition: Any) -> Any:
    """A filter whose condition does not depend on the item."""
    if type(condition) is Decimal:
        return element(items, condition)
    if condition is True:
        return list(items)
    return [] if condition is False or condition is None else None
