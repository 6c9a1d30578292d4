"""Functions over lists."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from app.feel.budget import MAX_LIST, list_of, tick
from app.feel.calls import builtin, invoke
from app.feel.errors import LimitExceeded
from app.feel.operators import add, eq, less
from app.feel.values import NUMBERS, Months

Items = list[Any]
MAX_FLATTEN_DEPTH = 100


def of_list_or_items(name: str) -> Callable[[Callable[[Items], Any]], Callable[[Items], Any]]:
    """Register under both forms: f(list) and f(a, b, ...)."""

    def register(implementation: Callable[[Items], Any]) -> Callable[[Items], Any]:
        builtin(f"{name}(list:l)")(implementation)
        builtin(f"{name}(*:x)")(implementation)
        return implementation

    return register


# ---- sums and the like


def are_numbers(items: Items) -> bool:
    list_of(items)
    return bool(items) and all(type(each) is Decimal for each in items)


def total(items: Items) -> Decimal:
    found = Decimal(0)
    for each in items:
        found = NUMBERS.add(found, each)
    return found


def _extreme(is_better: Callable[[Any, Any], bool | None]) -> Callable[[Items], Any]:
    def run(items: Items) -> Any:
        best = items[0] if items else None
        for each in items:
            tick()
            better = is_better(each, best)
            if better is None:
                return None
            best = each if better else best
        return best

    return run


minimum = of_list_or_items("min")(_extreme(lambda each, best: less(each, best, True)))
maximum = of_list_or_items("max")(_extreme(lambda each, best: less(best, each, True)))


@of_list_or_items("sum")
def sum_of(items: Items) -> Any:
    if items and all(type(each) in (timedelta, Months) for each in items):
        found = items[0]
        for each in items[1:]:
            found = add(found, each)
        return found
    return total(items) if are_numbers(items) else None


@of_list_or_items("mean")
def mean(items: Items) -> Any:
    return NUMBERS.divide(total(items), Decimal(len(items))) if are_numbers(items) else None


@of_list_or_items("product")
def product(items: Items) -> Any:
    if not are_numbers(items):
        return None
    found = Decimal(1)
    for each in items:
        found = NUMBERS.multiply(found, each)
    return found


@of_list_or_items("median")
def median(items: Items) -> Any:
    if not are_numbers(items):
        return None
    ordered, middle = sorted(items), len(items) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


@of_list_or_items("stddev")
def stddev(items: Items) -> Any:
    if not are_numbers(items) or len(items) < 2:
        return None
    middle = mean(items)
    apart = [NUMBERS.subtract(each, middle) for each in items]
    squares = total([NUMBERS.multiply(each, each) for each in apart])
    return NUMBERS.sqrt(NUMBERS.divide(squares, Decimal(len(items) - 1)))


@of_list_or_items("mode")
def mode(items: Items) -> Any:
    if items and not are_numbers(items):
        return None
    counts: dict[Decimal, int] = {}
    for each in items:
        counts[each] = counts.get(each, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, count in counts.items() if count == most)


@of_list_or_items("all")
def all_true(items: Items) -> bool | None:
    if any(each is False for each in items):
        return False
    return True if all(each is True for each in items) else None


@of_list_or_items("any")
def any_true(items: Items) -> bool | None:
    if any(each is True for each in items):
        return True
    return False if all(each is False for each in items) else None


builtin("count(list:l)")(lambda items: Decimal(len(items)))


@builtin("list contains(list:l, element:x)")
def list_contains(items: Items, wanted: Any) -> bool:
    return any(eq(each, wanted) is True for each in items)


@builtin("index of(list:l, match:x)")
def index_of(items: Items, match: Any) -> Items:
    return [Decimal(i) for i, each in enumerate(items, 1) if eq(each, match) is True]


# ---- new lists from old ones


def position(items: Items, number: Decimal) -> int | None:
    """Python's index of a position from 1 on, or from -1 back."""
    if abs(number) > len(items) or int(number) == 0:
        return None
    place = int(number)
    return place - 1 if place > 0 else len(items) + place


@builtin("sublist(list:l, start position:n, length:n?)")
def sublist(items: Items, start: Decimal, length: Decimal | None) -> Any:
    first = position(items, start)
    if first is None:
        return None
    if length is None or length >= len(items):
        return list_of(items[first:])
    return list_of(items[first : max(first, first + int(length))] if length > 0 else [])


@builtin("append(*:x)")
def append(items: Items) -> Any:
    if items[0] is None:
        return None
    head = items[0] if type(items[0]) is list else [items[0]]
    return list_of(head + items[1:])


@builtin("concatenate(*:l)")
def concatenate(lists: list[Items]) -> Any:
    if sum(map(len, lists)) > MAX_LIST:
        raise LimitExceeded("list too long")
    return list_of([each for items in lists for each in items])


@builtin("distinct values(list:l)")
def distinct(items: Items) -> Items:
    found: Items = []
    for each in items:
        if not any(eq(each, other) is True for other in found):
            found.append(each)
    return found


builtin("union(*:l)")(lambda lists: distinct(concatenate(lists)))


@builtin("insert before(list:l, position:n, newItem:x)")
def insert_before(items: Items, number: Decimal, item: Any) -> Any:
    place = position(items, number)
    return None if place is None else list_of([*items[:place], item, *items[place:]])


@builtin("remove(list:l, position:n)")
def remove(items: Items, number: Decimal) -> Any:
    place = position(items, number)
    return None if place is None else list_of([*items[:place], *items[place + 1 :]])


@builtin("list replace(list:l, position:n, newItem:x)")
def list_replace(items: Items, number: Decimal, item: Any) -> Any:
    place = position(items, number)
    return None if place is None else list_of([*items[:place], item, *items[place + 1 :]])


@builtin("list replace(list:l, match:f, newItem:x)")
def list_replace_matching(items: Items, match: Any, item: Any) -> Any:
    found = []
    for each in items:
        fits = invoke(match, [each, item])
        if type(fits) is not bool:
            return None
        found.append(item if fits else each)
    return list_of(found)


builtin("reverse(list:l)")(lambda items: list_of(items[::-1]))


@builtin("flatten(list:l)")
def flatten(items: Items) -> Items:
    flat: Items = []

    def walk(value: Any, depth: int) -> None:
        tick()
        if type(value) is not list:
            flat.append(value)
            return
        if depth > MAX_FLATTEN_DEPTH or len(flat) > MAX_LIST:
            raise LimitExceeded("list too long")
        for each in value:
            walk(each, depth + 1)

    walk(items, 0)
    return flat


@builtin("sort(list:l, precedes:f?)")
def sort(items: Items, precedes: Any) -> Items:
    list_of(items)

    def order(a: Any, b: Any) -> int:
        tick()
        before = invoke(precedes, [a, b]) if precedes else less(a, b)
        if type(before) is not bool:
            raise ValueError("the items have no order")
        return -1 if before else 1

    return sorted(items, key=cmp_to_key(order)) if len(items) > 1 else list(items)
