"""Expressions as the caller holds them: parsed once, compiled once, evaluated often."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.feel import library
from app.feel.budget import Noticing, note, start_budget
from app.feel.calls import BUILTINS
from app.feel.compiler import Compiler, Env, Run
from app.feel.errors import LimitExceeded
from app.feel.explaining import ExplainingCompiler
from app.feel.json_form import from_json
from app.feel.kinds import TYPE_PHRASES
from app.feel.names import free_names, mentioned_names
from app.feel.operators import PROPERTY_PHRASES
from app.feel.parser import Node, parse_expression, parse_unary_tests
from app.feel.phrases import make_common
from app.feel.values import READY, VALUE_ERRORS, GivenFunction

Functions = Mapping[str, Callable[..., Any]]

assert library  # importing it fills BUILTINS
for _phrase in (*PROPERTY_PHRASES, *TYPE_PHRASES):
    make_common(_phrase)

CACHED = 2048
EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, and a sentence for everything that became null on the way to it."""

    value: Any
    reasons: list[str]


class Expression:
    """A compiled FEEL expression: call it with a mapping of names to values."""

    __slots__ = ("_explained", "_functions", "_mentioned", "_run", "free_names", "text", "tree")

    def __init__(self, text: str, tree: Node, functions: Mapping[str, GivenFunction]) -> None:
        self.text, self.tree, self._functions = text, tree, functions
        self._explained: Run | None = None
        try:
            self._run = Compiler(functions).compile(tree)
            self._mentioned = tuple(mentioned_names(tree))
            free = dict.fromkeys(free_names(tree))
        except RecursionError:
            raise LimitExceeded("expression nested too deep") from None
        known = {"?", *functions, *BUILTINS} if tree[0] == "tests" else {*functions, *BUILTINS}
        self.free_names = frozenset(name for name in free if name not in known)

    def __call__(self, context: Mapping[str, Any] = EMPTY) -> Any:
        """The value; null when something does not fit.

        Raises `LimitExceeded`, `EvaluationError` when a given function fails, and `FeelError`
        when the context holds what is no FEEL value under a name that is used.
        """
        start_budget()
        return _guarded(self._run, self._env(context))

    def evaluate(self, context: Mapping[str, Any] = EMPTY) -> Outcome:
        """The value and the reasons for what became null. Raises like calling."""
        start_budget()
        if self._explained is None:
            self._explained = ExplainingCompiler(self._functions).compile(self.tree)
        env = self._env(context)
        with Noticing() as noticed:
            value = _guarded(self._explained, env)
        return Outcome(value, noticed.sentences())

    def _env(self, context: Mapping[str, Any]) -> Env:
        env: Env = {}
        for name in self._mentioned:
            if name in context:
                value = context[name]
                env[name] = value if type(value) in READY else from_json(value)
        return env


class UnaryTests:
    """Compiled unary tests, such as `[70..85)` or `"a", "b"`: call with a value."""

    __slots__ = ("_expression",)

    def __init__(self, expression: Expression) -> None:
        self._expression = expression

    @property
    def free_names(self) -> frozenset[str]:
        return self._expression.free_names

    def __call__(self, value: Any, context: Mapping[str, Any] = EMPTY) -> bool:
        """Whether the value passes; null counts as no. Raises like an expression."""
        return self._expression({**context, "?": value}) is True

    def evaluate(self, value: Any, context: Mapping[str, Any] = EMPTY) -> Outcome:
        outcome = self._expression.evaluate({**context, "?": value})
        return Outcome(outcome.value is True, outcome.reasons)


def _guarded(run: Run, env: Env) -> Any:
    try:
        return run(env)
    except VALUE_ERRORS as error:
        note(str(error))
        return None
    except RecursionError:
        raise LimitExceeded("nested too deep") from None


def compile_expression(text: str, names: Iterable[str] = (), functions: Functions | None = None) -> Expression:
    """Compile an expression; asking again gives the same object.

    `names` announces variables whose spaces or signs belong to the name. `functions` lends
    Python functions by name (spaces allowed), called with positional FEEL values.
    Raises `FeelSyntaxError` and `LimitExceeded`.
    """
    return _expression(text, frozenset(names), tuple(functions.items()) if functions else ())


def compile_unary_tests(text: str, names: Iterable[str] = (), functions: Functions | None = None) -> UnaryTests:
    """Compile a decision table's input entry. Raises like `compile_expression`."""
    return _unary_tests(text, frozenset(names), tuple(functions.items()) if functions else ())


def unknown_names(text: str, known: Iterable[str], functions: Functions | None = None) -> list[str]:
    """The names an expression uses that are not among the known ones, in order of use.

    A known `a.b` makes `a` known. Raises like `compile_expression`.
    """
    known = set(known)
    expression = compile_expression(text, known, functions)
    roots = known | {name.split(".", 1)[0] for name in known}
    used = dict.fromkeys(free_names(expression.tree))
    return [name for name in used if name in expression.free_names and name not in roots]


GivenItems = tuple[tuple[str, Callable[..., Any]], ...]


@lru_cache(CACHED)
def _expression(text: str, names: frozenset[str], functions: GivenItems) -> Expression:
    given = given_functions(functions)
    return Expression(text, parse_expression(text, (*names, *given)), given)


@lru_cache(CACHED)
def _unary_tests(text: str, names: frozenset[str], functions: GivenItems) -> UnaryTests:
    given = given_functions(functions)
    return UnaryTests(Expression(text, parse_unary_tests(text, (*names, *given)), given))


def given_functions(
    functions: Iterable[tuple[str, Callable[..., Any]]],
) -> dict[str, GivenFunction]:
    return {name: GivenFunction(name, call) for name, call in functions}
