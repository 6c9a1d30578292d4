"""`evaluate` tells why something became null, the deepest cause only."""

import pytest

from app import feel


def reasons(text, **context):
    return feel.compile_expression(text, names=context).evaluate(context).reasons


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('1 + "a"', "number + text cannot be calculated at '1 + \"a\"'"),
        ('score > "a"', "number > text cannot be compared at 'score > \"a\"'"),
        ("missing", "nothing is known as 'missing'"),
        ("score.points", "number has no 'points' at 'score.points'"),
        ("sqrt(-1)", "'sqrt' failed: "),
        ('sqrt("a")', "'sqrt' does not take (text) at 'sqrt(\"a\")'"),
        ("score(1)", "'score' is number, not a function"),
        ("if score then 1 else 2", "the condition is number, not true or false at 'score'"),
        ("today()", "'today' failed: no clock was given"),
        ("(function(x) x)(1, 2)", "takes 1 arguments, not 2"),
        ("for x in missing return x", "nothing is known as 'missing'"),
        ("true and score", "not every part is true or false"),
        ("{inner: 1 + null}.inner * 2", "number + null cannot be calculated at '1 + null'"),
    ],
)
def test_a_failure_says_what_and_where(text, reason):
    told = reasons(text, score=72)

    assert len(told) == 1
    assert reason in told[0]


@pytest.mark.parametrize("text", ["1 + 1", "null", "[null]", "score = null", "if true then null else 1"])
def test_what_is_no_failure_is_not_told(text):
    assert reasons(text, score=72) == []


def test_a_given_null_is_no_failure_until_it_is_used():
    assert reasons("a", a=None) == []
    assert reasons("a + 1", a=None) == ["null + number cannot be calculated at 'a + 1'"]


@pytest.mark.parametrize("text", ["1 + 2", "1 + null", "[1, 2][item > 1]", 'sum([1, "a"])', "{a: b}.a"])
def test_explaining_gives_the_same_value(text):
    expression = feel.compile_expression(text)

    assert expression.evaluate({}).value == expression({})


def test_a_test_says_why_it_cannot_pass():
    outcome = feel.compile_unary_tests(">= 60").evaluate("sixty")

    assert outcome == feel.Outcome(False, ["text >= number cannot be compared at '>= 60'"])


def test_reasons_are_not_without_end():
    outcome = feel.compile_expression('for i in 1..1000 return i + "a"').evaluate()

    assert len(outcome.reasons) <= 200
