"""Compiling the expressions of a decision model, and reporting what is wrong with them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from app.feel.budget import MAX_NAMES, MAX_PARTS, MAX_PROBLEMS, MAX_TOTAL_SOURCE, RUN, note
from app.feel.calls import BUILTINS
from app.feel.compiler import Compiler, Env, Run
from app.feel.errors import FeelError, FeelSyntaxError, LimitExceeded
from app.feel.explaining import ExplainingCompiler
from app.feel.kinds import coerce, kind_text
from app.feel.names import free_names
from app.feel.parser import Node, parse_expression, parse_unary_tests
from app.feel.values import VALUE_ERRORS, GivenFunction, kind_of

FIRST_WORD = re.compile(r"[^\W\d]+")
Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a decision file, and where: cell = "decision 'Grade', rule 3, input 'score'"."""

    cell: str
    message: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands, and what it may speak of.

    `known` are the names within reach. Where that cannot be told (the properties of
    whatever a filter finds) `open` is true, and unknown names are no problem.
    """

    words: str
    known: Names
    open: bool = False

    def inside(self, words: str) -> "Place":
        return Place(f"{self.words}, {words}", self.known, self.open)

    def knowing(self, *names: str) -> "Place":
        return Place(self.words, self.known | set(names), self.open)


class Expressions:
    """Compiles a model's expressions; what does not compile is null and becomes a problem."""

    def __init__(
        self,
        words: Names,
        functions: Mapping[str, GivenFunction],
        *,
        explaining: bool = False,
    ) -> None:
        """`words` are names whose spaces or signs belong to them, wherever they stand;
        `functions` are lent to every expression."""
        self._problems: dict[Problem, None] = {}
        self.strays: set[str] = set()  # names that no place knew
        self.explaining = explaining
        self._compiler = (ExplainingCompiler if explaining else Compiler)(functions)
        self._always_known = {"?", *BUILTINS, *functions}
        self._phrases = _phrases(frozenset((*words, *functions)))
        self._parts = self._length = 0

    def problem(self, place: str, message: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems[Problem(place, message)] = None  # each once

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(self._problems)

    def count(self, length: int = 0) -> None:
        """Charge for one more part of the model, of a length in characters.

        Raises `LimitExceeded` when there are too many.
        """
        self._parts += 1
        self._length += length
        if self._parts > MAX_PARTS or self._length > MAX_TOTAL_SOURCE:
            raise LimitExceeded("decision file too large")

    def expression(self, text: str, place: Place) -> Run:
        return self._compiled(parse_expression, text, place)

    def tests(self, text: str, place: Place) -> Run:
        """Unary tests of the value that stands in the env under `?`."""
        return self._compiled(parse_unary_tests, text, place)

    def typed(self, run: Run, kind: Any, place: Place) -> Run:
        """The same, with its value as the type wants it."""
        if kind is None:
            return run

        def suited(env: Env) -> Any:
            return fitted(run(env), kind)

        return claimed(suited, place.words) if self.explaining else suited

    def _compiled(self, parse: Callable[..., Node], text: str, place: Place) -> Run:
        self.count(len(text))
        try:
            tree = parse(text, self._names_in(text, place))
            run = self._compiler.compile(tree)
        except FeelError as error:
            return self.refused(place, _sentence(error))
        self._look_for_strays(tree, place)
        return claimed(run, place.words) if self.explaining else run

    def refused(self, place: Place, message: str) -> Run:
        """Report a problem; gives null, and says so to those who ask why."""
        self.problem(place.words, message)
        return self.silent(place, message)

    def silent(self, place: Place, message: str) -> Run:
        """null, with the message for those who ask why."""

        def run(env: Env) -> Any:
            note(message)
            return None

        return claimed(run, place.words) if self.explaining else run

    def _names_in(self, text: str, place: Place) -> list[str]:
        """The names of several words that can stand in the text."""
        known = self._phrases | _phrases(place.known)
        return [name for first, name in known if first in text]

    def _look_for_strays(self, tree: Node, place: Place) -> None:
        for name in dict.fromkeys(free_names(tree)):
            if name not in place.known and name not in self._always_known:
                self.strays.add(name)
                if not place.open:
                    self.problem(place.words, f"nothing is known as '{name}'")


def _sentence(error: FeelError) -> str:
    return f"not FEEL: {error}" if isinstance(error, FeelSyntaxError) else str(error)


@lru_cache(16)
def _phrases(names: Names) -> frozenset[tuple[str, str]]:
    """(first word, name) for the names of several tokens. Raises `LimitExceeded`."""
    if len(names) > MAX_NAMES:
        raise LimitExceeded("too many names")
    found = set()
    for name in names:
        if not name.isidentifier():
            first = FIRST_WORD.match(name)
            found.add((first[0] if first else "", name))
    return frozenset(found)


def claimed(run: Run, place: str) -> Run:
    """The same, and the reasons that it gives and nobody has claimed yet stand at this place."""

    def explained(env: Env) -> Any:
        start = told_so_far()
        try:
            return run(env)
        finally:
            claim(start, place)

    return explained


def told_so_far() -> int:
    return len(RUN.reasons or ())


def claim(start: int, place: str) -> None:
    """Give the place to the reasons from `start` on that have none."""
    for reason in (RUN.reasons or [])[start:]:
        if reason[0] is None:
            reason[0] = place


def guarded(run: Run) -> Run:
    """The same, giving null where values do not fit an operation."""

    def safe(env: Env) -> Any:
        try:
            return run(env)
        except VALUE_ERRORS as error:
            note(str(error))
            return None

    return safe


def fitted(value: Any, kind: Any) -> Any:
    """The value as the type wants it; null, and a reason, when it does not fit."""
    suited = coerce(value, kind)
    if suited is None and value is not None:
        note(f"{kind_of(value)} is not {kind_text(kind)}")
    return suited
