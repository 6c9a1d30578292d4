"""Decision tables: hit policies, outputs, types, and why they give nothing."""

from datetime import date
from decimal import Decimal

import pytest

from app import feel
from tests.feel.drawing import decision, definitions, input_data, table

GRADES = ['>= 85 | "优秀"', '[70..85) | "良好"', '[60..70) | "合格"', '< 60 | "不合格"']
# 75 fits the rules 1 and 3, 95 all of them, 10 only rule 3
OVERLAPPING = ['> 50 | "b" | 1', '> 90 | "a" | 2', '- | "c" | 3']


def loaded(*args, **kwargs):
    return feel.load_decisions(definitions(decision("grade", table(*args, **kwargs))))


def overlapping(policy, rows=OVERLAPPING, **kwargs):
    return loaded(rows, inputs=["value"], outputs=["letter", "points"], policy=policy, **kwargs)


@pytest.mark.parametrize(("score", "grade"), [(85, "优秀"), (84.9, "良好"), (70, "良好"), (60, "合格"), (59, "不合格")])
def test_a_table_drawn_alone_speaks_of_the_variables(score, grade):
    model = loaded(GRADES, inputs=["score"], kinds={"score": "number", "result": "string"})

    assert model.problems == ()
    assert model.evaluate("grade", {"score": score, "unused": object()}) == grade


@pytest.mark.parametrize(
    ("cell", "fitting", "other"),
    [
        (">= 85", 85, 84),
        ("[70..85)", 84, 85),
        ('not("a","b")', "c", "a"),
        ("-", None, None),
        ("", 3, None),
        ('"a","b"', "b", "c"),
        ('date("2025-09-01")', date(2025, 9, 1), date(2025, 9, 2)),
        ("true", True, False),
        ("limit", 7, 8),
        ("? > limit", 8, 7),
        ("null", None, 1),
    ],
)
def test_a_cell_is_read_as_drawn(cell, fitting, other):
    model = loaded([f'{cell} | - | "fits"'], inputs=["value", "limit"])

    assert model.problems == ()
    assert model.evaluate("grade", {"value": fitting, "limit": 7}) == "fits"
    assert model.evaluate("grade", {"value": other, "limit": 7}) == (None if cell not in ("-", "") else "fits")


def test_unique_gives_the_row_that_fits():
    assert overlapping("UNIQUE").evaluate("grade", {"value": 10}) == {"letter": "c", "points": 3}


def test_unique_gives_null_when_several_fit_and_names_them():
    outcome = overlapping("UNIQUE").explain("grade", {"value": 75})

    assert outcome.value is None
    assert outcome.reasons == ["decision 'grade': rules 1 and 3 fit, but only one may"]


def test_first_gives_the_first_row_that_fits():
    assert overlapping("FIRST").evaluate("grade", {"value": 95}) == {"letter": "b", "points": 1}


def test_any_gives_the_row_when_all_agree():
    model = loaded(["> 50 | 1", "> 90 | 1", "< 10 | 2", "< 5 | 3"], inputs=["value"], policy="ANY")

    assert model.evaluate("grade", {"value": 95}) == 1
    assert model.evaluate("grade", {"value": 7}) == 2
    outcome = model.explain("grade", {"value": 3})
    assert outcome == feel.DecisionOutcome(None, ["decision 'grade': rules 3 and 4 fit, but do not agree"])


def test_priority_gives_the_most_important_output():
    model = overlapping("PRIORITY", values={"letter": '"a", "b", "c"'})

    assert model.evaluate("grade", {"value": 95}) == {"letter": "a", "points": 2}
    assert model.evaluate("grade", {"value": 75}) == {"letter": "b", "points": 1}


def test_output_order_sorts_by_importance():
    model = overlapping("OUTPUT ORDER", values={"letter": '"c", "a", "b"'})

    assert [row["letter"] for row in model.evaluate("grade", {"value": 95})] == ["c", "a", "b"]


def test_several_ordered_outputs_are_compared_one_after_the_other():
    rows = ['- | "b" | 1', '- | "a" | 1', '- | "a" | 2']
    model = overlapping("OUTPUT ORDER", rows, values={"letter": '"a", "b"', "points": "2, 1"})

    assert [tuple(row.values()) for row in model.evaluate("grade", {"value": 0})] == [("a", 2), ("a", 1), ("b", 1)]


@pytest.mark.parametrize("policy", ["RULE ORDER", "COLLECT"])
def test_rule_order_and_collect_give_all_rows_as_drawn(policy):
    assert [row["points"] for row in overlapping(policy).evaluate("grade", {"value": 95})] == [1, 2, 3]


@pytest.mark.parametrize(("aggregator", "wanted"), [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)])
def test_collect_aggregates(aggregator, wanted):
    model = loaded(["> 50 | 1", "> 90 | 2", "- | 3"], inputs=["value"], policy=f"COLLECT/{aggregator}")

    assert model.evaluate("grade", {"value": 95}) == wanted


def test_nothing_counted_is_zero_and_nothing_summed_is_null():
    counted = loaded(["> 50 | 1"], inputs=["value"], policy="COLLECT/COUNT")
    summed = loaded(["> 50 | 1"], inputs=["value"], policy="COLLECT/SUM")

    assert counted.evaluate("grade", {"value": 0}) == Decimal(0)
    assert summed.evaluate("grade", {"value": 0}) is None


def test_the_default_is_given_when_no_rule_fits():
    one = loaded(["> 50 | 1"], inputs=["value"], defaults={"result": "0"})
    two = overlapping("UNIQUE", OVERLAPPING[:2], defaults={"letter": '"none"'})

    assert one.evaluate("grade", {"value": 0}) == 0
    assert two.evaluate("grade", {"value": 0}) == {"letter": "none", "points": None}


def test_no_rule_that_fits_is_null_and_told():
    outcome = loaded(["> 50 | 1"], inputs=["value"]).explain("grade", {"value": 0})

    assert outcome == feel.DecisionOutcome(None, ["decision 'grade': no rule fits"])


def test_an_empty_output_is_null():
    assert loaded(["- | "], inputs=["value"]).evaluate("grade", {"value": 1}) is None


def test_outputs_may_calculate_with_the_inputs():
    model = loaded(["> 50 | value * 2", "- | -value"], inputs=["value"], policy="FIRST")

    assert model.evaluate("grade", {"value": 60}) == 120
    assert model.evaluate("grade", {"value": 5}) == -5


def test_an_input_of_the_wrong_type_is_null_and_told():
    model = loaded(GRADES, inputs=["score"], kinds={"score": "number"})

    outcome = model.explain("grade", {"score": "seventy"})

    assert outcome.value is None
    assert "decision 'grade', input 'score': text is not number" in outcome.reasons


def test_an_output_of_the_wrong_type_is_null_and_told():
    outcome = loaded(['- | "a"'], inputs=["score"], kinds={"result": "number"}).explain("grade", {"score": 1})

    assert outcome == feel.DecisionOutcome(None, ["decision 'grade', rule 1, output 'result': text is not number"])


@pytest.mark.parametrize("kind", ["integer", "long", "double", "number"])
def test_numbers_go_by_the_names_that_other_tools_give_them(kind):
    assert loaded(["> 1 | 5"], inputs=["n"], kinds={"n": kind, "result": kind}).evaluate("grade", {"n": 2}) == 5


def test_every_failed_cell_is_named():
    rows = ["< 10 | 1", '> "a" | 2', '- | 1 + "x"']

    outcome = loaded(rows, inputs=["value"], policy="COLLECT").explain("grade", {"value": 50})

    assert outcome.value == [None]
    assert outcome.reasons == [
        "decision 'grade', rule 2, input 'value': number > text cannot be compared at '> \"a\"'",
        "decision 'grade', rule 3, output 'result': number + text cannot be calculated at '1 + \"x\"'",
    ]


def test_explaining_a_table_that_works_tells_nothing():
    outcome = loaded(GRADES, inputs=["score"]).explain("grade", {"score": 72})

    assert outcome == feel.DecisionOutcome("良好", [])


def test_cells_that_are_no_feel_are_problems_with_their_place():
    model = loaded([">= | 1", "> 1 | (2"], inputs=["value"])

    assert [problem.cell for problem in model.problems] == [
        "decision 'grade', rule 1, input 'value'",
        "decision 'grade', rule 2, output 'result'",
    ]
    assert all(problem.message.startswith("not FEEL: ") for problem in model.problems)
    assert model.evaluate("grade", {"value": 5}) is None


def test_unknown_names_are_problems_with_their_place():
    model = loaded(["> limit | valeu"], inputs=["value"])

    assert model.problems == (
        feel.Problem("decision 'grade', rule 1, input 'value'", "nothing is known as 'limit'"),
        feel.Problem("decision 'grade', rule 1, output 'result'", "nothing is known as 'valeu'"),
    )


def test_with_input_data_drawn_a_table_may_speak_of_nothing_else():
    logic = table(["- | 1"], inputs=["scoer"])

    model = feel.load_decisions(definitions(input_data("score"), decision("grade", logic, needs="input:score")))

    assert model.problems == (feel.Problem("decision 'grade', input 'scoer'", "nothing is known as 'scoer'"),)


@pytest.mark.parametrize("row", ["-", "- | -", "- | - | 1 | 2"])
def test_rows_that_do_not_match_the_columns_are_problems_and_never_fit(row):
    model = loaded([row], inputs=["a", "b"])

    assert model.problems[0].cell == "decision 'grade', rule 1"
    assert model.evaluate("grade", {"a": 1, "b": 1}) is None


@pytest.mark.parametrize("policy", ["SOMETIMES", "COLLECT/AVERAGE"])
def test_an_unknown_hit_policy_is_a_problem(policy):
    assert "unknown" in loaded(["- | 1"], inputs=["value"], policy=policy).problems[0].message


def test_a_table_with_too_many_rules_for_the_budget_is_stopped():
    model = loaded(["> 1 | sum(for i in 1..100 return i)"] * 500, inputs=["value"], policy="COLLECT")

    with pytest.raises(feel.LimitExceeded):
        model.evaluate("grade", {"value": 2})


def test_outputs_of_the_same_name_are_a_problem():
    model = loaded(["- | 1 | 2"], inputs=["value"], outputs=["a", "a"], policy="OUTPUT ORDER")

    assert model.problems == (feel.Problem("decision 'grade'", "the table needs outputs of different names"),)
    assert model.evaluate("grade", {"value": 1}) is None
