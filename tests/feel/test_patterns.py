"""The bound on regular expressions leans on the parse tree that Python keeps to itself."""

import re._parser as parser

import pytest

from app import feel
from app.feel.patterns import ways


def tree(pattern):
    return [(str(code), argument) for code, argument in parser.parse(pattern)]


def test_the_parse_tree_has_the_shape_that_the_bound_expects():
    ((code, (low, high, inner)),) = tree("a{2,5}")
    assert (code, low, high) == ("MAX_REPEAT", 2, 5)
    assert [str(each[0]) for each in inner] == ["LITERAL"]

    ((code, argument),) = tree("(a)")
    assert code == "SUBPATTERN"
    assert [str(each[0]) for each in argument[3]] == ["LITERAL"]

    ((code, argument),) = tree("ab|a+")
    assert code == "BRANCH"
    assert len(argument[1]) == 2

    assert tree("(?!a)")[0][0] == "ASSERT_NOT"
    assert [str(each[0]) for each in tree("(?!a)")[0][1][1]] == ["LITERAL"]
    assert tree("a*?")[0][0] == "MIN_REPEAT"
    assert tree("a*+")[0][0] == "POSSESSIVE_REPEAT"
    assert tree("(?>a)")[0][0] == "ATOMIC_GROUP"


def test_ways_are_counted():
    assert ways(parser.parse("abc"), 10) == 1
    assert ways(parser.parse("a*"), 10) == 11
    assert ways(parser.parse("a*a*"), 10) == 121
    assert ways(parser.parse("a?b"), 10) == 2


@pytest.mark.parametrize("pattern", ["^(a+)+$", "(a|aa)*b", "(a*)*", "((a{1,30}){1,30}){1,30}b", "a?" * 40 + "a" * 40])
def test_dear_patterns_are_refused_and_give_null(pattern):
    outcome = feel.compile_expression(f'matches(text, "{pattern}")').evaluate({"text": "a" * 40 + "!"})

    assert outcome.value is None
    assert "too long" in outcome.reasons[0]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('matches("2025-3", "^\\d{4}-\\d$")', True),
        ('matches("Abc", "abc", "i")', True),
        ('replace("abc", "[a-b]", "x")', "xxc"),
        ('replace("2025-03", "(\\d+)-(\\d+)", "$2/$1")', "03/2025"),
        ('split("a;b;c", ";")', ["a", "b", "c"]),
        ('matches("a", "(?i)A")', None),
        ('matches("a", "[")', None),
        ('replace("abc", "x*", "-")', None),
    ],
)
def test_patterns_of_the_standard_work(text, wanted):
    assert feel.compile_expression(text.replace("\\d", "\\\\d"))({}) == wanted
