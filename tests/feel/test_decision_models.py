"""Decision models: requirements, boxed logic, services, imports, and what is wrong in a file."""

import pytest

from app import feel
from tests.feel.drawing import DMN, decision, definitions, function, input_data, literal, table, text


def loaded(*parts, **kwargs):
    return feel.load_decisions(definitions(*parts), **kwargs)


def boxed(logic, *others, needs="", kind="", **given):
    """The value of one decision with the given logic."""
    model = loaded(*others, decision("d", logic, needs=needs, kind=kind))
    assert model.problems == ()
    return model.evaluate("d", given)


# ---- decisions and what they require


def test_decisions_are_listed_by_id_and_asked_by_id_or_name():
    model = loaded(decision("level", literal("1 + 1"), shown="等级 一"))

    assert list(model.decisions) == ["level"]
    assert model.decisions["level"] == "等级 一"
    assert model.evaluate("level", {}) == model.evaluate("等级 一", {}) == 2


@pytest.mark.parametrize("name", ["level", "score", ""])
def test_an_unknown_decision_is_an_error(name):
    with pytest.raises(feel.UnknownDecision):
        loaded(input_data("score")).evaluate(name, {"score": 1})


def test_a_decision_sees_what_it_requires():
    model = loaded(
        input_data("last score", "number").replace('id="last score"', 'id="last"'),
        decision("total", literal("last score + 1"), needs="input:last"),
        decision("grade", literal('if total > 80 then "A" else "B"'), needs="decision:total"),
    )

    assert model.problems == ()
    assert model.evaluate("grade", {"last score": 80}) == "A"


def test_a_decision_that_requires_itself_gets_null():
    model = loaded(decision("d", literal("d = null"), needs="decision:d"))

    assert model.evaluate("d", {}) is True


def test_a_chain_of_decisions_without_end_is_stopped():
    chain = [decision("d0", literal("1"))]
    chain += [decision(f"d{n}", literal(f"d{n - 1} + 1"), needs=f"decision:d{n - 1}") for n in range(1, 1500)]
    model = loaded(*chain)

    assert model.evaluate("d50", {}) == 51
    with pytest.raises(feel.LimitExceeded):
        model.evaluate("d1499", {})


def test_an_input_of_the_wrong_type_is_null_and_told():
    model = loaded(input_data("score", "number"), decision("d", literal("score"), needs="input:score"))

    assert model.explain("d", {"score": "a"}) == feel.DecisionOutcome(None, ["input 'score': text is not number"])


def test_types_of_the_model_are_checked():
    marks = (
        '<itemDefinition name="mark" isCollection="false"><typeRef>number</typeRef>'
        "<allowedValues><text>[0..100]</text></allowedValues></itemDefinition>"
        '<itemDefinition name="marks" isCollection="true"><typeRef>mark</typeRef></itemDefinition>'
    )
    model = loaded(marks, input_data("given", "marks"), decision("d", literal("sum(given)"), needs="input:given"))

    assert model.problems == ()
    assert model.evaluate("d", {"given": [60, 70]}) == 130
    assert model.evaluate("d", {"given": 60}) == 60
    assert model.evaluate("d", {"given": [60, 170]}) is None


def test_the_given_variables_are_converted_only_where_they_are_used():
    assert loaded(decision("d", literal("1"))).evaluate("d", {"x": object()}) == 1


# ---- boxed logic


def entry(name, logic):
    variable = f'<variable name="{name}"/>' if name else ""
    return f"<contextEntry>{variable}{logic}</contextEntry>"


def part(tag, logic):
    return f"<{tag}>{logic}</{tag}>"


def test_a_boxed_context_gives_its_entries_or_its_result():
    entries = entry("a", literal("1")) + entry("b c", literal("a + 1"))

    assert boxed(f"<context>{entries}</context>") == {"a": 1, "b c": 2}
    assert boxed(f"<context>{entries}{entry('', literal('b c * 10'))}</context>") == 20


def test_a_boxed_list_and_a_relation():
    rows = "".join(part("row", literal(f'"{name}"') + literal(points)) for name, points in (("x", "1"), ("y", "1 + 1")))

    assert boxed(part("list", literal("1") + literal('"a"'))) == [1, "a"]
    assert boxed(f'<relation><column name="name"/><column name="points"/>{rows}</relation>') == [
        {"name": "x", "points": 1},
        {"name": "y", "points": 2},
    ]


def test_a_boxed_invocation_calls_a_knowledge_model():
    bonus = function("bonus", ["points", "rate"], literal("points * rate"))
    bindings = "".join(
        f'<binding><parameter name="{name}"/>{literal(value)}</binding>'
        for name, value in (("rate", "2"), ("points", "21"))
    )

    assert boxed(f"<invocation>{literal('bonus')}{bindings}</invocation>", bonus, needs="knowledge:bonus") == 42
    assert boxed(literal("bonus(4, 5)"), bonus, needs="knowledge:bonus") == 20


def test_a_knowledge_model_may_hold_a_table_and_call_another():
    grade = function("grade", ["score"], table(['>= 60 | "pass"', '< 60 | "fail"'], inputs=["score"]))
    both = function("both", ["a", "b"], literal("[grade(a), grade(b)]"), needs="knowledge:grade")

    assert boxed(literal("both(70, 50)"), grade, both, needs="knowledge:both") == ["pass", "fail"]


def test_a_boxed_function_is_a_value():
    double = f'<functionDefinition><formalParameter name="x"/>{literal("x * 2")}</functionDefinition>'

    assert boxed(f"<context>{entry('f', double)}{entry('', literal('f(4)'))}</context>") == 8


def test_a_boxed_conditional_a_filter_and_loops():
    condition = part("if", literal("n > 1")) + part("then", literal('"many"')) + part("else", literal('"one"'))
    items = part("in", literal("[1, 2, 3, 4]"))

    assert boxed(part("conditional", condition), input_data("n"), needs="input:n", n=3) == "many"
    assert boxed(part("filter", items + part("match", literal("item > 2")))) == [3, 4]
    assert boxed(f'<for iteratorVariable="x">{items}{part("return", literal("x * count(partial)"))}</for>') == [
        0,
        2,
        6,
        12,
    ]
    assert boxed(f'<some iteratorVariable="x">{items}{part("satisfies", literal("x > 3"))}</some>') is True
    assert boxed(f'<every iteratorVariable="x">{items}{part("satisfies", literal("x > 3"))}</every>') is False


def test_a_loop_to_the_end_of_the_calendar_gives_null_beyond_it():
    items = part("in", literal('[date("9999-12-30")..date("9999-12-31")]'))
    body = part("return", literal('x + @"P1D"'))

    assert boxed(f'<for iteratorVariable="x">{items}{body}</for>')[-1] is None


def test_a_boxed_filter_sees_the_items_properties_without_a_false_alarm():
    logic = part("filter", part("in", literal("[{p: 1}, {p: 2}]")) + part("match", literal("p > 1")))

    assert boxed(logic) == [{"p": 2}]


def test_a_failure_inside_boxes_is_told_with_its_place():
    logic = f"<context>{entry('a', part('list', literal('1') + literal('1 + null')))}</context>"

    outcome = loaded(decision("d", logic)).explain("d", {})

    assert outcome.value == {"a": [1, None]}
    assert outcome.reasons == ["decision 'd', entry 'a', item 2: number + null cannot be calculated at '1 + null'"]


def test_a_failure_inside_a_knowledge_model_is_told_at_its_place():
    grade = function("grade", ["score"], table(['>= 60 | 1 + "x"'], inputs=["score"]))

    outcome = loaded(grade, decision("d", literal("grade(70)"), needs="knowledge:grade")).explain("d", {})

    assert outcome.reasons == [
        "function 'grade', rule 1, output 'result': number + text cannot be calculated at '1 + \"x\"'"
    ]


def test_lent_functions_reach_decisions():
    model = loaded(decision("d", literal("workdays after(3)")), functions={"workdays after": lambda n: n + 2})

    assert model.problems == ()
    assert model.evaluate("d", {}) == 5


# ---- services and imports

SERVICE = (
    '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#out"/>'
    '<encapsulatedDecision href="#mid"/><inputDecision href="#given"/><inputData href="#score"/></decisionService>'
)


def served(*others):
    return loaded(
        input_data("score"),
        decision("given", literal("1000")),
        decision("mid", literal("score + given"), needs="input:score decision:given"),
        decision("out", literal("mid * 2"), needs="decision:mid"),
        SERVICE,
        *others,
    )


def test_a_decision_service_takes_its_input_decisions_from_outside():
    model = served()

    assert model.problems == ()
    assert model.evaluate("s", {"score": 1, "given": 2}) == 6
    assert model.evaluate("out", {"score": 1, "given": 2}, service="s") == 6
    assert model.evaluate("out", {"score": 1}) == 2002


def test_a_decision_service_is_called_like_a_function():
    model = served(decision("caller", literal("s(1, 2) + s(score: 3, given: 4)"), needs="knowledge:s"))

    assert model.problems == ()
    assert model.evaluate("caller", {}) == 20


def test_imported_decisions_functions_and_types_go_by_the_import_name():
    other = feel.load_decisions(
        definitions(
            '<itemDefinition name="mark"><typeRef>number</typeRef></itemDefinition>',
            input_data("score", "mark"),
            decision("level", literal("score + 1"), needs="input:score"),
            function("twice", ["x"], literal("x * 2")),
            namespace="urn:other",
        )
    )
    needs = (
        '<informationRequirement><requiredDecision href="urn:other#level"/></informationRequirement>'
        '<knowledgeRequirement><requiredKnowledge href="urn:other#twice"/></knowledgeRequirement>'
    )
    logic = literal("lib.twice(lib.level)")
    model = loaded(
        f'<import name="lib" namespace="urn:other" importType="{DMN}"/>',
        decision("d", needs + logic, kind="lib.mark"),
        find={"urn:other": other}.get,
    )

    assert model.problems == ()
    assert model.evaluate("d", {"score": 4}) == 10
    assert model.evaluate("d", {"lib": {"score": 5}}) == 12


def test_an_import_that_is_not_there_is_a_problem():
    model = loaded(f'<import name="lib" namespace="urn:other" importType="{DMN}"/>')

    assert model.problems == (feel.Problem("import 'lib'", "there is no model urn:other"),)


# ---- what is wrong in a file


@pytest.mark.parametrize(
    ("parts", "cell", "message"),
    [
        ([decision("d", literal("1 +"))], "decision 'd'", "not FEEL: expected an expression"),
        ([decision("d", literal("1 + x"))], "decision 'd'", "nothing is known as 'x'"),
        ([decision("d", literal("1"), needs="input:gone")], "decision 'd'", "it needs #gone, which is not there"),
        ([decision("d", literal("1"), kind="marks")], "type 'marks'", "nothing defines it"),
        ([decision("d", literal("1")), decision("d", literal("2"))], "decision 'd'", "the id 'd' is used twice"),
        ([decision("d", literal(""))], "decision 'd'", "there is no expression"),
        (
            [decision("d", text("literalExpression", "1", expressionLanguage="python"))],
            "decision 'd'",
            "written in python, not in FEEL",
        ),
        (
            [decision("d", f'<functionDefinition kind="Java">{literal("1")}</functionDefinition>')],
            "decision 'd'",
            "a function in Java is refused",
        ),
        ([function("f", ["x"], literal("x + y"))], "function 'f'", "nothing is known as 'y'"),
        (
            [
                '<itemDefinition name="t"><typeRef>number</typeRef><allowedValues><text>[1</text></allowedValues></itemDefinition>'
            ],
            "type 't'",
            "not FEEL: ",
        ),
    ],
)
def test_a_mistake_is_a_problem_with_its_place(parts, cell, message):
    model = loaded(*parts)

    assert len(model.problems) == 1
    assert model.problems[0].cell == cell
    assert model.problems[0].message.startswith(message)


def test_a_decision_that_people_keep_to_themselves_is_no_problem():
    model = loaded(decision("d", ""))

    assert model.problems == ()
    assert model.explain("d", {}) == feel.DecisionOutcome(None, ["decision 'd': there is no expression"])


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "no XML",
        "<definitions>",
        "<definitions/>",
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        f'<decision xmlns="{DMN}"/>',
        b"\xff\xfe\x00",
        f'<!DOCTYPE definitions [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><definitions xmlns="{DMN}">&b;</definitions>',
        f'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]><definitions xmlns="{DMN}">&a;</definitions>',
        f'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd"><definitions xmlns="{DMN}"/>',
        f'<!DOCTYPE definitions [<!ENTITY a "b">]><definitions xmlns="{DMN}"/>'.encode("utf-16"),
        f'<definitions xmlns="{DMN}">&undefined;</definitions>',
    ],
)
def test_what_is_no_decision_model_is_refused(xml):
    with pytest.raises(feel.InvalidModel):
        feel.load_decisions(xml)


def test_a_declared_encoding_is_followed_in_bytes_and_ignored_in_text():
    xml = definitions(decision("d", literal('"诊改"'))).replace("UTF-8", "GB18030")

    assert feel.load_decisions(xml).evaluate("d", {}) == "诊改"
    assert feel.load_decisions(xml.encode("gb18030")).evaluate("d", {}) == "诊改"


@pytest.mark.parametrize(
    "parts",
    [
        ["<x/>" * 2_000_000],
        [decision(f"d{n}", literal("1")) for n in range(2_100)],
        [decision("d", "<decisionTable>" + "<rule/>" * 30_000 + "</decisionTable>")],
        [decision("d", part("list", literal("1") * 30_000))],
        [decision("d", "<list>" * 60 + literal("1") + "</list>" * 60)],
        [decision("d", part("context", "".join(entry(f"n{n}", literal("1")) for n in range(5_000))))],
        [decision("d", literal("1" * 9_000)).replace('"d"', f'"d{n}"') for n in range(100)],
    ],
    ids=["bytes", "decisions", "rules", "boxes", "nesting", "names", "characters"],
)
def test_a_file_that_is_too_large_is_refused(parts):
    with pytest.raises(feel.LimitExceeded):
        loaded(*parts)


def test_problems_are_not_without_end():
    assert len(loaded(*(decision(f"d{n}", literal("x")) for n in range(500))).problems) == 200
