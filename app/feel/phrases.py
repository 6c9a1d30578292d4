"""Names of several tokens ("date and time", "head of unit", "A-B"): found by longest match.

A table maps a first token to {key: name}, where key is the tuple of the
name's tokens; under None it keeps the keys' lengths, longest first.
"""

from typing import Any

from app.feel.lexer import tokenize

Table = dict[str, dict[Any, Any]]

# Names that every expression may use: built-in functions, properties, types.
COMMON: Table = {}


def name_key(name: str) -> tuple[str, ...]:
    return tuple(token[1] for token in tokenize(name))


def add_phrase(phrases: dict[Any, Any], key: tuple[str, ...], name: str) -> None:
    phrases[key] = name
    lengths = phrases.get(None, ())
    if len(key) not in lengths:
        phrases[None] = sorted({*lengths, len(key)}, reverse=True)


def make_common(name: str) -> None:
    """Let every expression use a name of several tokens."""
    key = name_key(name)
    if len(key) > 1:
        add_phrase(COMMON.setdefault(key[0], {}), key, name)
