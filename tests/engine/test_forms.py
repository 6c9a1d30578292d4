"""What a browser may send for a form: everything is checked again, and nothing strange gets in."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import forms, plain_data
from app.foundation.errors import Invalid

TEXT = {"type": "textfield", "key": "x"}


def checked(component: dict, value, **others):
    return forms.check({"components": [component]}, {component.get("key") or component["path"]: value, **others})


def refused(component: dict, value) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        checked(component, value)
    return caught.value.problems


def with_rules(kind: str = "textfield", **rules) -> dict:
    return {"type": kind, "key": "x", "validate": rules}


CHOICE = {"type": "select", "key": "x", "values": [{"value": "A", "label": "甲"}, {"value": 1, "label": "一"}]}
CHOICES = {**CHOICE, "type": "taglist"}
DAY = {"type": "datetime", "key": "x", "subtype": "date"}
FILES = {"type": "filepicker", "key": "x"}
LIST = {
    "type": "dynamiclist", "path": "points",
    "components": [with_rules("number", required=True, min=0), {"type": "textfield", "key": "why"}],
}  # fmt: skip

WRONG = {
    "nothing where something is required": (with_rules(required=True), None, "必填。"),
    "blanks where something is required": (with_rules(required=True), " \n\t　", "必填。"),
    "an empty list where one is required": (with_rules("taglist", required=True), [], "必填。"),
    "no tick where one is required": (with_rules("checkbox", required=True), False, "必填。"),
    "no text": (TEXT, 3, "这里应当是文字。"),
    "too short": (with_rules(minLength=5), "  四个字  ", "至少 5 字。"),
    "too long": (with_rules(maxLength=3), "四个字呀", "最多 3 字。"),
    "endless": (TEXT, "x" * 10_001, "最多 10000 字。"),
    "another pattern": (with_rules(pattern=r"^\d{4}$"), "20x6", "格式不对。"),
    "another pattern, in the form's words": (with_rules(pattern=r"^\d{4}$", patternMessage="四位数字"), "x", "四位数字"),
    "too small": (with_rules("number", min=1), 0.5, "不能小于 1。"),
    "too large": (with_rules("number", max="10"), 11, "不能大于 10。"),
    "a number as text": (with_rules("number"), "3", "这里应当是数字。"),
    "a tick as a number": (with_rules("number"), True, "这里应当是数字。"),
    "a number as a tick": (with_rules("checkbox"), 1, "这里应当是勾选框。"),
    "none of the options": (CHOICE, "B", "请从选项中选择。"),
    "a tick that equals an option": (CHOICE, True, "请从选项中选择。"),
    "a list as one option": (CHOICE, ["A"], "请从选项中选择。"),
    "a structure where options come with the data": ({**CHOICE, "values": None}, {"a": 1}, "请从选项中选择。"),
    "one option for several": (CHOICES, "A", "这里应当是多个选项。"),
    "one wrong of several": (CHOICES, ["A", "B"], "请从选项中选择。"),
    "endless options": (CHOICES, ["A"] * 201, "最多选 200 项。"),
    "a day that is none": (DAY, "2026-02-30", "日期格式应当是 2026-09-11。"),
    "a day without dashes": (DAY, "20260911", "日期格式应当是 2026-09-11。"),
    "a week": (DAY, "2026-W37-5", "日期格式应当是 2026-09-11。"),
    "a number as a day": (DAY, 20260911, "日期格式应当是 2026-09-11。"),
    "a file that was not uploaded": (FILES, [{"name": "x.pdf"}], "附件没有上传成功，请重新上传。"),
    "a file's number that is none": (FILES, [{"id": True}], "附件没有上传成功，请重新上传。"),
    "no list": (LIST, "x", "这里应当是一张清单。"),
    "a list of no rows": (LIST, [1], "这里应当是一张清单。"),
    "endless rows": (LIST, [{"x": 1}] * 201, "最多 200 行。"),
}  # fmt: skip


@pytest.mark.parametrize(("component", "value", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_it_is_refused_at_its_field(component, value, sentence):
    assert refused(component, value) == {component.get("key") or component["path"]: sentence}


FINE = {
    "text": (TEXT, "文字\n第二行"),
    "nothing in a voluntary field": (TEXT, ""),
    "a pattern found": (with_rules(pattern=r"^\d{4}$"), "2026"),
    "a pattern found anywhere, as in the browser": (with_rules(pattern=r"\d"), "a1b"),
    "a number": (with_rules("number", min=0, max=5), 2.5),
    "zero": (with_rules("number", required=True), 0),
    "an option": (CHOICE, 1),
    "several options": (CHOICES, ["A", 1]),
    "an option that came with the data": ({**CHOICE, "values": None}, "E001"),
    "a day": (DAY, "2026-09-11"),
    "no tick": (with_rules("checkbox"), False),
    "files": (FILES, [{"id": 3, "name": "x.pdf"}]),
    "rows": (LIST, [{"x": 1, "why": "因为"}, {"x": 0}]),
    "no rows": (LIST, []),
}


@pytest.mark.parametrize(("component", "value"), FINE.values(), ids=FINE.keys())
def test_it_is_taken_as_it_is(component, value):
    assert checked(component, value) == {component.get("key") or component["path"]: value}


class TestLists:
    def test_a_problem_in_a_row_names_row_and_field(self):
        assert refused(LIST, [{"x": 1}, {"x": -1}, {"why": "x"}]) == {"points.1.x": "不能小于 0。", "points.2.x": "必填。"}

    def test_lists_may_hold_lists(self):
        outer = {"type": "dynamiclist", "path": "outer", "components": [LIST]}

        assert refused(outer, [{"points": [{"x": 1}]}, {"points": [{"x": "?"}]}]) == {"outer.1.points.0.x": "这里应当是数字。"}

    def test_an_unknown_field_of_a_row_is_refused(self):
        assert refused(LIST, [{"x": 1, "hidden": 2}]) == {"points.0.hidden": "表单里没有这一项。"}


class TestConditions:
    SHOWN_FOR_A = {**TEXT, "key": "why", "conditional": {"hide": '=kind != "A"'}, "validate": {"required": True}}
    KIND = {"type": "textfield", "key": "kind"}

    def check(self, data, *components):
        return forms.check({"components": list(components)}, data)

    def test_what_is_hidden_is_dropped_and_not_required(self):
        assert self.check({"kind": "B", "why": "x"}, self.KIND, self.SHOWN_FOR_A) == {"kind": "B"}
        assert self.check({"kind": "B"}, self.KIND, self.SHOWN_FOR_A) == {"kind": "B"}

    def test_what_is_shown_is_checked(self):
        with pytest.raises(Invalid) as caught:
            self.check({"kind": "A"}, self.KIND, self.SHOWN_FOR_A)

        assert caught.value.problems == {"why": "必填。"}

    def test_a_hidden_group_hides_a_field_with_a_condition_of_its_own(self):
        group = {"type": "group", "components": [self.SHOWN_FOR_A], "conditional": {"hide": "=true"}}

        assert self.check({"kind": "A", "why": "x"}, self.KIND, group) == {"kind": "A"}

    def test_a_row_may_look_at_itself_and_at_the_form(self):
        row = {
            "type": "dynamiclist", "path": "rows",
            "components": [{"type": "textfield", "key": "k"}, {**TEXT, "conditional": {"hide": '=this.k = "no" or parent.kind = "B"'}}],
        }  # fmt: skip

        assert self.check({"kind": "A", "rows": [{"k": "no", "x": "1"}, {"k": "yes", "x": "2"}]}, self.KIND, row)["rows"] == [
            {"k": "no"}, {"k": "yes", "x": "2"},
        ]  # fmt: skip
        assert self.check({"kind": "B", "rows": [{"k": "yes", "x": "2"}]}, self.KIND, row)["rows"] == [{"k": "yes"}]

    def test_a_rows_field_is_not_known_by_its_bare_name_as_in_the_browser(self):
        row = {
            "type": "dynamiclist", "path": "rows",
            "components": [{"type": "textfield", "key": "k"}, {**TEXT, "conditional": {"hide": '=k != "yes"'}}],
        }  # fmt: skip

        assert self.check({"rows": [{"k": "yes", "x": "1"}]}, row)["rows"] == [{"k": "yes"}]

    def test_a_condition_that_costs_too_much_hides_nothing(self):
        dear = {**TEXT, "conditional": {"hide": "=every a in 1..9999, b in 1..9999 satisfies a < b"}}

        assert self.check({"x": "1"}, dear) == {"x": "1"}


class TestUnknown:
    def test_a_field_the_form_does_not_have_is_refused(self):
        with pytest.raises(Invalid) as caught:
            checked(TEXT, "a", grade="A", __class__="x")

        assert set(caught.value.problems) == {"grade", "__class__"}

    @pytest.mark.parametrize("data", [None, [], "x", 3])
    def test_what_is_no_form_data_is_refused(self, data):
        with pytest.raises(Invalid, match="不是表单数据"):
            forms.check({"components": [TEXT]}, data)

    def test_what_is_only_shown_comes_back_as_it_was_sent(self):
        assert checked({**TEXT, "readonly": True, "validate": {"required": True}}, None) == {"x": None}


STRANGE = {
    "not a number": float("nan"), "without end": float("inf"), "beyond what a browser counts": 2**53 + 1, "astronomical": 10**400,
    "a zero character": "a\0b", "an escape": "\x1b[31m", "half a character": "\ud83d", "no character": "\uffff",
    "a set": {1}, "bytes": b"x",
}  # fmt: skip


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE.keys())
@pytest.mark.parametrize(
    "component",
    [TEXT, {**TEXT, "readonly": True}, {**CHOICE, "values": None}, {"type": "number", "key": "x"}, FILES, DAY],
    ids=lambda component: component["type"] + ("-readonly" if component.get("readonly") else ""),
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_wherever_it_is(component, value):
    assert "x" in refused(component, value)
    assert "x.0.id" in refused(component, [{"id": value}])


@pytest.mark.parametrize("key", ["a\0", "\ud800", 3])
def test_names_of_fields_are_looked_at_too(key):
    with pytest.raises(Invalid):
        forms.check({"components": [TEXT]}, {key: 1})


def test_deep_and_endless_data_is_refused_without_walking_through_it():
    deep: list = []
    for _ in range(100_000):
        deep = [deep]
    started = time.process_time()

    with pytest.raises(Invalid):
        checked({**TEXT, "readonly": True}, deep)
    with pytest.raises(Invalid):
        checked({**TEXT, "readonly": True}, [[1] * 1_000] * 1_000)

    assert time.process_time() - started < 1
    while deep:  # taken apart by hand: freeing it at once would exhaust the stack
        deep = deep[0]


class TestPatterns:
    @pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(.*a){20}", "^(a?){40}a{40}$", r"(\w+\s?)*!", "(x+x+)+y"])
    def test_a_catastrophic_pattern_does_not_hang(self, pattern):
        started = time.process_time()

        problems = refused(with_rules(pattern=pattern), "a" * 5_000 + "!?")

        assert problems == {"x": "内容太长，无法核对格式，请缩短。"}
        assert time.process_time() - started < 0.5

    def test_an_ordinary_pattern_may_be_used_on_an_ordinary_text(self):
        mail = with_rules(pattern=r"^[\w.]+@[\w.]+\.[a-z]+$")

        assert checked(mail, "liu.zhixing@qinglan.example")
        assert refused(mail, "liu.zhixing at qinglan.example")

    @pytest.mark.parametrize("pattern", ["[", "(?=a)b", "(?P<x>a)", r"(\d)\g<1>", "a" * 501])
    def test_a_pattern_that_cannot_be_used_is_found_when_the_diagram_is_deployed(self, pattern):
        assert forms.pattern_problem(pattern)

    def test_the_longest_time_a_pattern_may_take(self):
        started = time.process_time()

        for length in (50, 200, 1_000, 10_000):
            with suppress(Invalid):
                checked(with_rules(pattern=r"^\w*\w*!$"), "a" * length)

        assert time.process_time() - started < 2


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=30,
)
ALL_KINDS = {
    "components": [
        TEXT, {**CHOICE, "key": "c"}, {**CHOICES, "key": "cs"}, {**DAY, "key": "d"}, {**FILES, "key": "f"}, LIST,
        {"type": "number", "key": "n"}, {"type": "checkbox", "key": "t"}, {"type": "text", "text": "hello"},
    ]
}  # fmt: skip


@settings(max_examples=200)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("x", "c", "cs", "d", "f", "points", "n", "t", "other"), json_values)))
def test_any_json_is_taken_or_refused_with_a_place(data):
    try:
        clean = forms.check(ALL_KINDS, data)
    except Invalid as error:
        assert error.problems and all(sentence.endswith("。") for sentence in error.problems.values())
    else:
        assert plain_data.problems_in(clean) == {}
        assert all(clean[key] == data[key] for key in clean if key in data and data[key] is not None and clean[key] != "")


@pytest.mark.filterwarnings("ignore:Possible nested set")
@settings(max_examples=50)
@given(st.lists(st.text(alphabet="ab()*+?|[]{}12,^$.\\", max_size=12), min_size=1, max_size=3))
def test_any_pattern_ends_soon(parts):
    started = time.process_time()

    for pattern in parts:
        with suppress(Invalid):
            checked(with_rules(pattern=pattern), "ab" * 60 + "!")

    assert time.process_time() - started < 2
