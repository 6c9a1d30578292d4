"""Which names an expression uses, read off its syntax tree."""

from collections.abc import Iterator
from typing import Any

from app.feel.parser import Node


def mentioned_names(node: Any) -> set[str]:
    """Every name in the tree, wherever it comes from: what a context may have to supply."""
    found, left = set(), [node]
    while left:
        each = left.pop()
        if type(each) is Node and each[0] == "name":
            found.add(each[1])
        elif isinstance(each, (tuple, list)):
            left.extend(each)
    return found


def free_names(node: Node, declared: frozenset[str] = frozenset()) -> Iterator[str]:
    """Names used but not declared inside, in order; built-in functions included.

    In a filter a name may be a property of the items (`points[value < 60]`), which nobody can
    tell before there are items. Names there are only counted when the filter speaks of `item`:
    then it has no need for the short form.
    """
    kind = node[0]
    if kind == "name":
        if node[1] not in declared:
            yield node[1]
    elif kind == "context":
        for name, entry in node[1]:
            yield from free_names(entry, declared)
            declared |= {name}
    elif kind in ("for", "quantified"):
        for name, items in node[-2]:
            yield from free_names(items, declared)
            declared |= {name}
        yield from free_names(node[-1], declared | {"partial"} if kind == "for" else declared)
    elif kind == "fn":
        yield from free_names(node[2], declared | {name for name, _ in node[1]})
    elif kind == "filter":
        yield from free_names(node[1], declared)
        if "item" in mentioned_names(node[2]):
            yield from free_names(node[2], declared | {"item"})
    else:
        for part in _parts(node):
            yield from free_names(part, declared)


def _parts(node: Any) -> Iterator[Node]:
    """The nodes directly below, through lists and (name, node) pairs; types hold no nodes."""
    for part in node:
        if type(part) is Node:
            yield part
        elif isinstance(part, (list, tuple)):
            yield from _parts(part)
