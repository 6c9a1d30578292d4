r"""Regular expressions of the standard (XPath's), with a bound on the work they may cause.

Python's `re` can take exponential time. From a pattern's parse tree we work out an upper
bound on the number of ways in which its parts can match; dear patterns are refused - safe
ones such as `(\d+,)*` too. The parse tree is private to Python (`re._parser`), so a test
pins what we rely on.
"""

import re
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

from app.feel.budget import PATTERN_WORK

MAX_PATTERN = 500
FLAGS = {"s": re.DOTALL, "m": re.MULTILINE, "i": re.IGNORECASE, "x": 0}
REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


def has_match(pattern: str, text: str, *, most_work: int) -> bool:
    """Say whether a pattern is found in a text. Raises `ValueError` when it is refused.

    For patterns that do not come from an expression (a form's fields), with a
    bound of their own: `most_work` is the ways of matching times the length.
    """
    return compile_pattern(pattern, "", text, most_work=most_work).search(text) is not None


def compile_pattern(
    pattern: str, flags: str | None, text: str, *, most_work: int = PATTERN_WORK
) -> re.Pattern[str]:
    """A pattern to be used on this text. Raises `ValueError` when it is refused."""
    flags = flags or ""
    if len(pattern) > MAX_PATTERN or set(flags) - set(FLAGS):
        raise ValueError("the pattern or its flags are not allowed")
    pattern = _translated(pattern, flags)
    bits = 0
    for flag in set(flags):
        bits |= FLAGS[flag]
    try:
        work = ways(parser.parse(pattern, bits), len(text), most=most_work) * (len(text) + 1)
        if work > most_work:
            raise ValueError("the pattern may take too long on this text")
        return re.compile(pattern, bits)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"not a pattern: {error}") from None


def _translated(pattern: str, flags: str) -> str:
    """XPath's way of writing as Python's."""
    if "(?" in pattern.replace("(?:", "") or re.search(r"\\[AZzbBGgkK]", pattern):
        raise ValueError("this kind of pattern is not allowed")
    if re.search(r"\[[^\]]*\\\d", pattern):
        raise ValueError("a back reference inside [...] is not allowed")
    if "x" in flags:  # white space counts only inside [..]
        pattern = re.sub(r"(\[[^\]]*\])|\s", r"\1", pattern)
        pattern = re.sub(r"\\p\{[^}]*\}", lambda m: re.sub(r"\s", "", m[0]), pattern)
    # class subtraction: [A-Z-[OI]]
    pattern = re.sub(r"\[([^\[\]]+)-\[([^\[\]]+)\]\]", r"(?:(?![\2])[\1])", pattern)
    pattern = pattern.replace(r"\p{IsBasicLatin}", r"[\x00-\x7f]")
    if "s" not in flags:
        pattern = re.sub(r"(\\.|\[[^\]]*\])|\.", lambda m: m[1] or r"[^\n\r]", pattern)
    return pattern


def ways(tree: Any, length: int, *, most: int = PATTERN_WORK) -> int:
    """An upper bound on the ways in which the parts can match in a text of that length.

    Raises `ValueError` as soon as it is too high.
    """
    total = 1
    for code, argument in tree:
        operation = str(code)
        if operation in REPEATS:
            low, high, inner = argument
            high, each = min(int(high), length), ways(inner, length, most=most)
            total *= max(1, high - min(low, high) + 1) if each == 1 else each ** min(high + 1, 64)
        elif operation == "SUBPATTERN":
            total *= ways(argument[3], length, most=most)
        elif operation == "BRANCH":
            total *= _branches(argument[1], length, most)
        elif operation == "ASSERT_NOT":  # only from class subtraction; (?! itself is refused
            total *= ways(argument[1], length, most=most)
        elif operation in ("ASSERT", "GROUPREF_EXISTS", "ATOMIC_GROUP"):
            raise ValueError("this kind of pattern is not allowed")
        if total > most:
            raise ValueError("the pattern may take too long on this text")
    return total


def _branches(branches: Any, length: int, most: int) -> int:
    firsts = [str(branch[0]) if len(branch) else "" for branch in branches]
    literal = all("LITERAL" in first and "NOT" not in first for first in firsts)
    distinct = literal and len(set(firsts)) == len(firsts)
    counts = [ways(branch, length, most=most) for branch in branches]
    return max(counts) if distinct else sum(counts)
