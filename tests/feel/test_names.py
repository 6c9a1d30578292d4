"""Names with spaces and signs, names of the college, and names that nobody knows."""

import pytest

from app import feel


@pytest.mark.parametrize(
    "name",
    ["score", "last score", "总成绩", "总 成绩", "A-B", "head of unit", "grade 2", "a.b+c", "if only", "满意度(%)"],
)
def test_a_name_may_hold_spaces_and_signs_when_it_is_announced(name):
    expression = feel.compile_expression(f"{name} + 1", names=[name])

    assert expression({name: 2}) == 3
    assert expression.free_names == {name}


def test_the_longest_known_name_is_meant():
    names = {"unit": 1, "unit head": 2, "unit head office": 3}

    assert feel.compile_expression("unit head", names=names)(names) == 2
    assert feel.compile_expression("unit head office + unit", names=names)(names) == 4
    assert feel.compile_expression("unit + unit head", names=names)(names) == 3


def test_without_being_announced_two_words_are_a_mistake():
    with pytest.raises(feel.FeelSyntaxError):
        feel.compile_expression("last score + 1")


def test_names_declared_on_the_way_may_hold_spaces():
    assert feel.compile_expression("{a b: 1, c: a b + 1}.c")({}) == 2
    assert feel.compile_expression("for my item in [1, 2] return my item + 1")({}) == [2, 3]
    assert feel.compile_expression("(function(left side, b) left side - b)(5, 3)")({}) == 2


def test_unknown_names_are_told_in_order_of_use():
    assert feel.unknown_names("b + a + known", ["known"]) == ["b", "a"]


@pytest.mark.parametrize(
    "text",
    [
        "count(list)",
        "list[value > 3]",
        "for x in list return x + sum(partial)",
        "some x in list satisfies x > 1",
        "{a: 1, b: a}",
        "(function(x) x)(1)",
        "list.anything",
        "[1, 2][item > 1]",
        "list instance of list<number>",
    ],
)
def test_what_an_expression_declares_itself_is_not_unknown(text):
    assert feel.unknown_names(text, ["list"]) == []


def test_an_unknown_name_inside_a_filter_over_item_is_told():
    assert feel.unknown_names("list[item.value > limit]", ["list"]) == ["limit"]


def test_a_known_path_makes_its_root_known():
    assert feel.unknown_names("college.name", ["college.name"]) == []


def test_lent_functions_are_known():
    assert feel.unknown_names("workdays after(3)", [], {"workdays after": lambda n: n}) == []


def test_data_of_the_same_name_hides_no_function():
    assert feel.compile_expression("count([1, 2]) + count")({"count": 5}) == 7


def test_compiling_again_gives_the_same_object():
    assert feel.compile_expression("a + 1") is feel.compile_expression("a + 1")
