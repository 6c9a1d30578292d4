"""Whatever the text says: FEEL values come out, within the budget, and Python stays untouched."""

import sys
import time
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from app import feel
from app.feel.budget import RUN
from app.feel.values import FUNCTIONS, Range
from tests.feel.drawing import decision, definitions, table
from tests.feel.hostile import REACHING

SECONDS = 2.0  # for one text; the budget lets it run for some hundredths
examples = settings(max_examples=300, deadline=None, derandomize=True, database=None)

CONTEXT = {
    "a": 7,
    "b": "text",
    "items": [1, 2, 3],
    "unit": {"name": "教务处", "score": 72.5},
    "last score": 60,
}


# ---- texts

ATOMS = [
    *CONTEXT, "1", "0", "-3", "0.5", "1e300", '"x"', '"2025-03-01"', "true", "false", "null", "item", "partial", "?",
    '@"2025-03-01"', '@"P1D"', '@"10:00:00@Asia/Shanghai"', "[1..5]", "(< 3)", "[]", "{}", "lent", "count",
]  # fmt: skip
SHAPES = [
    "({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / ({})", "({}) ** ({})", "({}) < ({})", "({}) = ({})",
    "({}) and ({})", "({}) or ({})", "({}) in ({})", "({}) between ({}) and ({})", "-({})", "not({})",
    "[{}, {}]", "{{k: {}, l: {}}}", "({})[{}]", "({})[item > ({})]", "({}).name", "({}).k", "({}).__class__", "({}).year",
    "if {} then {} else {}", "for x in {} return {}", "for x in 1..({}) return [x, {}]", "some x in {} satisfies {}",
    "every x in {} satisfies x = ({})", "(function(x) {})({})", "function(x, y) {}", "sum({})", "count({})", "string({})",
    "flatten({})", "concatenate({}, {})", "sort({})", "sort({}, function(x, y) x < y)", "distinct values({})", "min({}, {})",
    "replace({}, {}, {})", "matches({}, {})", "split({}, {})", "substring({}, {})", "string join({}, {})", "lent({})",
    "get entries({})", "context put({}, {}, {})", "date({})", "time({})", "duration({})", "range({})", "number({})",
    "decimal({}, {})", "({}) instance of list<number>", "({})({})", "[({})..({})]", "({}) > ({}), < ({})", "upper case({})",
]  # fmt: skip
HOSTILE = [
    *REACHING.values(),
    "__class__",
    ".__dict__",
    "().__class__",
    "\\u0041",
    "/*",
    "//",
    '"',
    "[",
    "]..",
    "{",
    "@",
]


def shaped(inner):
    return st.sampled_from(SHAPES).flatmap(
        lambda shape: st.lists(inner, min_size=shape.count("{}"), max_size=shape.count("{}")).map(
            lambda parts: shape.format(*parts)
        )
    )


sentences = st.recursive(st.sampled_from(ATOMS), shaped, max_leaves=12)
scraps = st.lists(
    st.one_of(st.sampled_from([*ATOMS, *HOSTILE, *"()[]{}.,:+-*/<>=?"]), st.text(max_size=8)), max_size=12
).map(" ".join)
texts = st.one_of(sentences, scraps)


# ---- watching

FORBIDDEN = ("os.", "subprocess.", "socket.", "ctypes.", "shutil.", "object.__", "exec", "compile", "code.__new__")
watching: list[str] | None = None


def watch(event, arguments):
    if watching is None or not event.startswith(FORBIDDEN):
        return
    if "tzdata" not in str(arguments) and event not in ("os.listdir", "os.scandir"):  # zones are read from files
        watching.append(event)


sys.addaudithook(watch)
ZoneInfo("Asia/Shanghai")


def lent(*arguments):
    assert all(is_feel(argument) for argument in arguments)
    return arguments[0] if arguments else None


def is_feel(value, depth=0):
    if type(value) is list:
        return depth > 5 or all(is_feel(each, depth + 1) for each in value[:50])
    if type(value) is dict:
        return all(type(key) is str and is_feel(each, depth + 1) for key, each in value.items())
    return type(value) in feel.VALUE_TYPES


def comparable(value, depth=0):
    """A value without the identity of functions and ranges."""
    if type(value) is list:
        return [comparable(each, depth + 1) for each in value[:50]] if depth < 5 else "deeper"
    if type(value) is dict:
        return {key: comparable(each, depth + 1) for key, each in value.items()}
    if type(value) is Range:
        return [comparable(end, depth + 1) for end in value.key()]
    return "function" if type(value) in FUNCTIONS else value


def watched(run):
    """What it gives, or None when it is refused. Fails when it touches Python or takes long."""
    global watching
    started, watching = time.perf_counter(), []
    try:
        value = run()
        assert RUN.left >= 0
    except feel.FeelError:
        value = None
    finally:
        seen, watching = watching, None
    assert not seen
    assert time.perf_counter() - started < SECONDS
    assert is_feel(value)
    return value


# ---- what holds for every text


@examples
@given(texts)
def test_any_expression_gives_a_feel_value_or_is_refused(text):
    watched(lambda: feel.compile_expression(text, CONTEXT, {"lent": lent})(CONTEXT))


@examples
@given(sentences)
def test_explaining_gives_the_value_that_calling_gives(text):
    def explained():
        return feel.compile_expression(text, CONTEXT, {"lent": lent}).evaluate(CONTEXT).value

    value = watched(lambda: feel.compile_expression(text, CONTEXT, {"lent": lent})(CONTEXT))

    assert comparable(watched(explained)) == comparable(value)


@examples
@given(texts, st.sampled_from([None, 7, "text", [1], {"a": 1}, True]))
def test_any_unary_test_passes_or_not(text, value):
    watched(lambda: feel.compile_unary_tests(text, CONTEXT, {"lent": lent})(value, CONTEXT))


@settings(examples, max_examples=100)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20), texts)
def test_any_cell_of_a_table_is_a_problem_or_a_value(name, text):
    printable = "".join(each for each in text if each.isprintable())
    xml = definitions(decision("d", table([f"{printable} | {printable}"], inputs=["a"])))

    def run():
        model = feel.load_decisions(xml)
        return [model.evaluate("d", {**CONTEXT, name: 1}), model.explain("d", CONTEXT).value]

    watched(run)
