"""What a report hides of small groups, what it says of its figures, and what a decision lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import engine
from app.quality.results import rules
from app.quality.results.rules import FEW, WITHHELD

GRADES = rules.GROUPS["grades"][1]


def seen(anonymous=True, **counts):
    return rules.shown(counts, GRADES, anonymous=anonymous)


def test_units_are_counted_openly():
    assert seen(anonymous=False, B=3, D=1).cells == {"A": "0", "B": "3", "C": "0", "D": "1"}


@pytest.mark.scenario(31)
def test_a_group_of_four_people_is_hidden_altogether():
    assert seen(B=3, D=1).total == FEW
    assert set(seen(B=3, D=1).cells.values()) == {FEW}


@pytest.mark.scenario(31)
def test_five_people_of_one_grade_are_not_a_small_group():
    assert seen(B=5).cells == {"A": "0", "B": "5", "C": "0", "D": "0"}


@pytest.mark.scenario(31)
def test_one_small_cell_takes_a_second_one_with_it_so_that_the_total_does_not_tell():
    found = seen(A=12, B=20, D=2)

    assert found.total == "34"
    assert found.cells == {"A": WITHHELD, "B": "20", "C": "0", "D": FEW}


def test_two_small_cells_hide_each_other():
    assert seen(B=20, C=2, D=1).cells == {"A": "0", "B": "20", "C": FEW, "D": FEW}


@given(st.dictionaries(st.sampled_from(sorted(GRADES)), st.integers(0, 60)))
def test_no_count_below_five_can_be_read_or_worked_out(counts):
    found = seen(**counts)

    hidden = [key for key, text in found.cells.items() if text in (FEW, WITHHELD)]
    assert all(not 0 < counts.get(key, 0) < 5 for key in found.cells if key not in hidden)
    assert len(hidden) != 1


def test_the_share_on_time_is_not_told_where_it_would_tell_a_small_count():
    few_late = {"diagnoses": {"SUBMITTED": 40, "LATE": 2}}
    many_late = {"diagnoses": {"SUBMITTED": 40, "LATE": 10}}

    assert rules.on_time_percent(few_late, "TEACHER") is None
    assert rules.on_time_percent(few_late, "COLLEGE") == 95
    assert rules.on_time_percent(many_late, "TEACHER") == 80
    assert rules.on_time_percent({}, "COLLEGE") is None


def test_a_chapter_says_what_was_counted():
    text = rules.chapter(
        {
            "subjects": 34, "diagnoses": {"SUBMITTED": 90, "LATE": 6, "MISSED": 4}, "warnings": {"RED": 1, "YELLOW": 2},
            "endings": {"RESOLVED": 2, "STANDING": 1}, "grades": {"B": 30, "D": 1}, "findings": {"MINOR": 3},
            "orders": {"CLOSED": 2, "OVERDUE": 1}, "verifications": {"EFFECTIVE": 2},
        },
        "COLLEGE",
    )  # fmt: skip

    assert text == (
        "本期共有34个质量主体。自我诊改应交100次，按时率90%（按时提交90、逾期提交6、缺失4）。\n"
        "发出预警3条（严重1、警示2），其中已解除2、误报0、未解除1。\n"
        "考核性诊断评定31个（B30、D1），发现问题3个（一般3）。\n"
        "下达限期整改3份（已销号2、逾期1）；实地复核2次（有效2）。"
    )


def test_a_layer_that_is_not_at_work_yet_says_so():
    assert rules.chapter({"subjects": 12}, "PROGRAMME") == "本期共有12个质量主体，尚未开展自我诊改和考核性诊断。"
    assert rules.chapter({"subjects": 3}, "STUDENT").startswith("本期共有不足5个质量主体")


def test_of_a_sensitive_point_the_problem_is_not_told():
    assert rules.problem_words({"problem": "某生违纪", "sensitive": True}) == "涉及敏感诊断点，内容不公开"
    assert rules.problem_words({"problem": "超时", "sensitive": False}) == "超时"


def test_people_are_no_entries_in_the_list_of_the_unresolved():
    named, others = rules.told([{"layer": "COURSE"}, {"layer": "STUDENT"}, {"layer": "TEACHER"}])

    assert [each["layer"] for each in named] == ["COURSE"] and others == 2


@pytest.mark.parametrize(("number", "kinds"), [(1, ("HALF_YEAR", "YEAR")), (2, ("HALF_YEAR",))])
def test_the_yearly_report_comes_with_the_autumn_term(number, kinds):
    assert rules.kinds_due(number) == kinds


def test_each_proposal_is_decided_and_each_refusal_reasoned():
    rows = [{"decision": "APPROVED"}, {}, {"decision": "REFUSED", "reason": " "}, {"decision": "REFUSED", "reason": "已处理"}]

    assert set(rules.problems_of_decisions(rows)) == {"links.1.decision", "links.2.reason"}


@pytest.mark.parametrize(("grade", "coefficient", "proposes"), [("A", 1.1, True), ("B", 1, False), ("C", 0.95, True), ("D", 0.85, True)])
def test_the_table_proposes_by_grade(app, grade, coefficient, proposes):
    row = engine.decide("appraisal_link", {"grade": grade})

    assert row["coefficient"] == coefficient
    assert bool(row["text"]) is proposes
