"""What a diagram may not contain is refused when it is deployed, at the element's id."""

import pytest

from app import engine
from app.engine import linting, parsing
from app.engine.errors import DiagramError
from tests.engine import diagrams as d
from tests.engine.diagrams import END, START, chain, flow, fork, gateway, one_task, process, step, task, timer

WAY = chain("start", "a", "end")
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:d">
<decision id="level" name="level"><variable name="level"/><literalExpression><text>1 +</text></literalExpression></decision></definitions>"""


def element(tag: str, inside: str = "") -> str:
    return process(START, f'<{tag} id="a">{inside}</{tag}>', END, WAY)


def in_the_way(definition: str) -> str:
    return element("intermediateCatchEvent", f"<{definition}/>")


def form(*components: dict) -> dict:
    return {"forms": {"f": {"components": list(components)}}}


LONG_CHAIN = [f"t{n}" for n in range(600)]
REFUSED: dict[str, tuple[str, str, str]] = {
    "script task": (element("scriptTask"), "a", "不允许脚本任务"),
    "untyped task": (element("task"), "a", "选定任务类型"),
    "manual task": (element("manualTask"), "a", "用户任务"),
    "send task": (element("sendTask"), "a", "服务任务"),
    "receive task": (element("receiveTask"), "a", "消息捕获事件"),
    "throw event": (element("intermediateThrowEvent"), "a", "抛出事件会丢失"),
    "ad hoc subprocess": (element("adHocSubProcess"), "a", "临时子流程"),
    "transaction": (element("transaction"), "a", "事务子流程"),
    "complex gateway": (element("complexGateway"), "a", "复杂网关"),
    "inclusive gateway": (element("inclusiveGateway"), "a", "包容网关"),
    "event gateway": (element("eventBasedGateway"), "a", "事件网关"),
    "link": (in_the_way("linkEventDefinition"), "a", "链接事件"),
    "signal": (in_the_way("signalEventDefinition"), "a", "信号"),
    "compensation": (in_the_way("compensateEventDefinition"), "a", "补偿"),
    "error": (in_the_way("errorEventDefinition"), "a", "错误事件"),
    "escalation": (in_the_way("escalationEventDefinition"), "a", "升级"),
    "condition": (in_the_way("conditionalEventDefinition"), "a", "条件事件"),
    "cancel": (in_the_way("cancelEventDefinition"), "a", "取消事件"),
    "cycle timer": (in_the_way("timerEventDefinition><timeCycle>R/P7D</timeCycle></timerEventDefinition><x"), "a", "循环定时"),
    "standard loop": (process(START, task("a", "<standardLoopCharacteristics/>"), END, WAY), "a", "标准循环"),
    "data object": (process(START, task("a"), '<dataObject id="o"/>', END, WAY), "o", "数据对象"),
    "io specification": (process(START, task("a", "<ioSpecification/>"), END, WAY), "a", "输入输出规格"),
    "completion condition": (
        process(START, task("a", "<multiInstanceLoopCharacteristics><loopDataInputRef>items</loopDataInputRef>"
                "<completionCondition>true</completionCondition></multiInstanceLoopCharacteristics>"), END, WAY, variables="items"),
        "a", "完成条件",
    ),
    "cardinality": (
        process(START, task("a", "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality>"
                "</multiInstanceLoopCharacteristics>"), END, WAY), "a", "清单",
    ),
    "list unknown": (process(START, task("a", d.each_of("nobody", "x")), END, WAY), "a", "不是已声明的变量"),
    "multi-instance call": (
        process(START, d.call("a", "c").replace("</callActivity>", d.each_of("items", "x") + "</callActivity>"), END, WAY, variables="items"),
        "a", "qa:foreach",
    ),
    "event subprocess": (
        process(START, task("a"), '<subProcess id="s" triggeredByEvent="true"><startEvent id="b"/><endEvent id="e"/>'
                '<sequenceFlow id="f" sourceRef="b" targetRef="e"/></subProcess>', END, WAY), "s", "事件子流程",
    ),
    "unknown element": (process(START, task("a"), '<choreographyTask id="c"/>', END, WAY), "c", "不支持的元素“choreographyTask”"),
    "two ways in": (
        process(START, task("a"), gateway("g", default="end"), END, WAY.replace(flow("a", "end"), ""),
                flow("a", "g"), flow("g", "end"), flow("g", "a", "true")), "a", "有多条进线",
    ),
    "two ways out": (process(START, task("a"), task("b"), END, WAY, flow("a", "b"), flow("b", "end")), "a", "有多条出线"),
    "dead end": (process(START, task("a"), END, chain("start", "a"), flow("start", "end")), "a", "没有出线"),
    "no default": (
        process(START, gateway("g"), task("a"), END, chain("start", "g", "a", "end"), flow("g", "end", "true")), "g", "默认出线",
    ),
    "no condition": (
        process(START, gateway("g", default="end"), task("a"), END, chain("start", "g", "a", "end"), flow("g", "end")),
        "g__a", "要写条件",
    ),
    "condition on a task's flow": (process(START, task("a"), END, flow("start", "a"), flow("a", "end", "true")), "a__end", "会被忽略"),
    "condition on a fork": (
        process(START, fork("g"), task("a"), task("b"), fork("j"), END, chain("start", "g", "a", "j", "end"),
                flow("g", "b", "true"), flow("b", "j")), "g__b", "会被忽略",
    ),
    "flow into nothing": (process(START, task("a"), END, WAY, flow("a", "nowhere")), "a__nowhere", "一端不存在"),
    "flow across a border": (
        process(START, d.subprocess("s", '<startEvent id="b"/>', task("a"), '<endEvent id="e"/>', chain("b", "a", "e")),
                task("c"), END, chain("start", "s", "c"), flow("c", "e")), "c__e", "跨越子流程",
    ),
    "unreachable": (process(START, task("a"), task("lost"), END, WAY, flow("lost", "end")), "lost", "走不到这里"),
    "no end": (process(START, task("a"), chain("start", "a")), "small", "没有结束事件"),
    "no start": (process(task("a"), END, chain("a", "end")), "small", "恰好有一个开始事件"),
    "two starts": (process(START, '<startEvent id="s2"/>', task("a"), END, WAY, flow("s2", "end")), "small", "恰好有一个开始事件"),
    "no performer": (one_task(performer=None), "a", "没有办理人规则"),
    "unknown form": (one_task(form="nothing"), "a", "找不到表单“nothing”"),
    "unknown step": (process(START, step("a", "test.nothing"), END, WAY), "a", "找不到动作“test.nothing”"),
    "unknown prefill": (one_task(prefill="test.nothing"), "a", "找不到动作"),
    "no step": (process(START, '<serviceTask id="a"/>', END, WAY), "a", "没有写明动作"),
    "missing input": (process(START, step("a", "test.give"), END, WAY), "a", "缺少输入：value"),
    "unknown input": (process(START, step("a", "test.give", value="1", colour="2"), END, WAY), "a", "没有这些输入：colour"),
    "unknown decision": (
        process(START, '<businessRuleTask id="a" qa:decision="level"/>', END, WAY), "a", "找不到决策表“level”",
    ),
    "no decision": (process(START, '<businessRuleTask id="a"/>', END, WAY), "a", "没有写明决策表"),
    "unknown variable": (one_task(performer="boss"), "a", "未知的名称“boss”"),
    "unknown variable in a condition": (
        process(START, gateway("g", default="a"), task("a"), END, chain("start", "g", "a", "end"), flow("g", "end", "score > 3")),
        "g__end", "未知的名称“score”",
    ),
    "expression that is none": (one_task(due="1 +"), "a", "有误"),
    "title that is none": (one_task(title='"a'), "a", "有误"),
    "output that is none": (
        process(START, task("a").replace("></userTask>", f"><extensionElements>{d.take('x', '1 +')}</extensionElements></userTask>"),
                END, WAY), "a", "有误",
    ),
    "input without a value": (
        process(START, '<serviceTask id="a" qa:step="test.note"><extensionElements><qa:input name="value"/></extensionElements></serviceTask>',
                END, WAY), "a", "name 和 value",
    ),
    "verb twice": (one_task(actions="ok ok"), "a", "verb 缺失或重复"),
    "call of nothing": (process(START, '<callActivity id="a"/>', END, WAY), "a", "没有写明调用的流程"),
    "unknown mode": (process(START, d.call("a", "c", mode="sometimes"), END, WAY), "a", "“sometimes”不存在"),
    "recurring without frequency": (process(START, d.call("a", "c", mode="recurring"), END, WAY), "a", "要写频率"),
    "unknown skip rule": (
        process(START, d.call("a", "c", mode="recurring", frequency="WEEKLY", term='"t"', skip="never"), END, WAY),
        "a", "找不到跳过规则",
    ),
    "boundary on a gateway": (
        process(START, gateway("g"), timer("t", 'duration("P1D")', on="g"), task("a"), END, chain("start", "g", "a", "end"), flow("t", "end")),
        "t", "边界事件要附在",
    ),
    "boundary on nothing": (
        process(START, task("a"), timer("t", 'duration("P1D")', on="b"), END, WAY, flow("t", "end")), "t", "边界事件要附在",
    ),
    "timer without a time": (
        process(START, task("a"), timer("t", " ", on="a"), END, WAY, flow("t", "end")), "t", "要写日期",
    ),
    "timer that is no expression": (
        process(START, task("a"), timer("t", "P7D", on="a"), END, WAY, flow("t", "end")), "t", "未知的名称“P7D”",
    ),
    "event of nothing": (in_the_way("x"), "a", "恰好有一个定时或消息定义"),
    "message unknown": (in_the_way('messageEventDefinition messageRef="m_x"'), "a", "messageRef"),
    "message without a reference": (in_the_way("messageEventDefinition"), "a", "messageRef"),
    "start message unknown": (
        process('<startEvent id="start"><messageEventDefinition messageRef="m_x"/></startEvent>', task("a"), END, WAY),
        "start", "messageRef",
    ),
    "message with a name of the engine's": (
        process(START, d.message("a", "event_fired"), END, WAY, messages="event_fired"), "a", "不能用作消息的名称",
    ),
    "message end": (
        process(START, task("a"), '<endEvent id="end"><messageEventDefinition/></endEvent>', WAY), "end", "消息会丢失",
    ),
    "node without an id": (process(START, task("a"), END, WAY, "<userTask/>"), "small", "没有 id"),
    "id that is no name": (process(START, task("a b"), END, chain("start", "a b", "end")), "a b", "不能用作 id"),
    "id that is taken": (process(START, task("Start"), END, chain("start", "Start", "end")), "Start", "不能用作 id"),
    "id twice": (process(START, task("a"), task("a"), END, WAY), "a", "用了两次"),
    "long id": (process(START, task("a" * 81), END, chain("start", "a" * 81, "end")), "a" * 81, "最多 80 个字符"),
    "long key": (one_task(key="k" * 61), "k" * 61, "id 过长"),
    "key that is no name": (one_task(key="1 2"), "definitions", "流程要有 id"),
    "loop without a wait": (
        process(START, gateway("g"), step("n", "test.note"), gateway("h", default="end"), END,
                chain("start", "g", "n", "h", "end"), flow("h", "g", "true")), "g", "一直空转",
    ),
    "loop through a subprocess without a wait": (
        process(START, gateway("g"), d.subprocess("s", '<startEvent id="b"/>', step("n", "test.note"), '<endEvent id="e"/>', chain("b", "n", "e")),
                gateway("h", default="end"), END, chain("start", "g", "s", "h", "end"), flow("h", "g", "true")), "h", "一直空转",
    ),
    "loop through a detached call": (
        process(START, gateway("g"), d.call("c", "x", mode="detached"), gateway("h", default="end"), END,
                chain("start", "g", "c", "h", "end"), flow("h", "g", "true")), "g", "一直空转",
    ),
    "too many nodes": (process(START, *map(task, LONG_CHAIN[:300]), END, chain("start", *LONG_CHAIN[:300], "end")), "small", "上限 300"),
    "a very long chain": (process(START, *map(task, LONG_CHAIN), END, chain("start", *LONG_CHAIN, "end")), "small", "上限 300"),
    "too many flows": (process(START, task("a"), END, WAY, flow("a", "end") * 1000), "small", "上限 1000"),
}  # fmt: skip


@pytest.mark.parametrize(("xml", "place", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_at_the_element(machine, xml, place, sentence):
    with pytest.raises(DiagramError) as caught:
        machine.deploy(xml)

    assert sentence in caught.value.problems[place]


def test_every_word_of_the_table_of_refusals_is_tested():
    tested = " ".join(sentence for _, _, sentence in REFUSED.values())
    missing = [tag for tag, why in linting._WHY_REFUSED.items() if not any(part and part in why for part in tested.split(" "))]

    assert missing == []


FORMS = {
    "condition": ({"type": "textfield", "key": "x", "conditional": {"hide": "=1 +"}}, "条件有误"),
    "unknown type": ({"type": "hologram", "key": "x"}, "不支持的字段类型“hologram”"),
    "pattern that is none": ({"type": "textfield", "key": "x", "validate": {"pattern": "["}}, "格式规则不能使用"),
    "pattern inside a list": (
        {"type": "dynamiclist", "path": "p", "components": [{"type": "textfield", "key": "x", "validate": {"pattern": "(?=a)"}}]},
        "格式规则不能使用",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("component", "sentence"), FORMS.values(), ids=FORMS.keys())
def test_a_form_that_cannot_be_checked_is_refused_at_its_task(machine, component, sentence):
    with pytest.raises(DiagramError) as caught:
        machine.deploy(one_task(form="f"), **form(component))

    assert sentence in caught.value.problems["a"]


def test_a_broken_cell_of_a_decision_is_refused_at_its_task(machine):
    xml = process(START, '<businessRuleTask id="a" qa:decision="level"/>', END, WAY)

    with pytest.raises(DiagramError) as caught:
        machine.deploy(xml, decisions={"level": TABLE})

    assert "决策表“level”" in caught.value.problems["a"]


def test_every_problem_is_named_at_once(machine):
    with pytest.raises(DiagramError) as caught:
        machine.deploy(process(START, task("a", performer=None), step("b", "nix"), END, chain("start", "a", "b", "end")))

    assert set(caught.value.problems) == {"a", "b"}


def test_a_refused_diagram_leaves_nothing_behind(machine):
    with pytest.raises(DiagramError):
        machine.deploy(element("scriptTask"))

    with pytest.raises(engine.DefinitionNotFound):
        engine.newest("small")


def test_a_loop_that_waits_may_be_deployed(machine):
    for waits in (task("w"), timer("w", 'duration("P1D")'), d.message("w", "go"), d.call("w", "child")):
        machine.deploy(
            process(START, gateway("g"), waits, gateway("h", default="end"), END,
                    chain("start", "g", "w", "h", "end"), flow("h", "g", "true"), messages="go")
        )  # fmt: skip


HOSTILE = {
    "doctype": '<?xml version="1.0"?><!DOCTYPE definitions><definitions/>',
    "external doctype": '<!DOCTYPE definitions SYSTEM "http://127.0.0.1:9/x.dtd"><definitions/>',
    "file entity": '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions>&x;</definitions>',
    "billion laughs": "<!DOCTYPE d [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12))
    + "]><definitions>&a11;</definitions>",
    "too large": "<definitions>" + " " * 2_000_000 + "</definitions>",
    "too deep": "<definitions>" + "<a>" * 5_000 + "</a>" * 5_000 + "</definitions>",
    "not closed": "<definitions>",
    "empty": "",
    "not xml": "PK\x03\x04",
}


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_refused(machine, xml):
    with pytest.raises(DiagramError) as caught:
        machine.deploy(xml)

    assert "root:" not in str(caught.value)


@pytest.mark.parametrize("xml", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_is_refused_by_the_reader_itself(xml):
    with pytest.raises(DiagramError):
        parsing.parse(xml)


@pytest.mark.parametrize("count", [0, 2])
def test_a_file_holds_one_diagram(machine, count):
    one = '<process id="p{}"><startEvent id="s"/></process>'
    xml = f'<definitions xmlns="{d.BPMN}">{"".join(one.format(n) for n in range(count))}</definitions>'

    with pytest.raises(DiagramError) as caught:
        machine.deploy(xml)

    assert f"这里有 {count} 个" in caught.value.problems["definitions"]


def test_a_chain_too_long_for_the_parser_is_a_problem_and_no_crash():
    nodes = [f"t{n}" for n in range(1_500)]

    with pytest.raises(DiagramError):
        parsing.parse(process(START, *map(task, nodes), END, chain("start", *nodes, "end")))


def test_the_longest_chain_allowed_can_be_walked_to_its_end(machine):
    nodes = [f"n{n}" for n in range(297)]
    last = task("last")
    xml = process(START, *(step(n, "test.note") for n in nodes), last, END, chain("start", *nodes, "last", "end"))

    instance = machine.runs(xml)
    machine.does("last")

    assert len(machine.called) == 297
    assert machine.state(instance.id) == "COMPLETED"


def test_comments_and_processing_instructions_do_no_harm(machine):
    xml = one_task().replace("<endEvent", "<!-- x --><?pi y?><endEvent")

    assert machine.deploy(xml).version == 1
    assert linting.used_by(xml).forms == frozenset()
