"""Refuse what SpiffWorkflow would accept and then ignore, loop on for ever, or lose.

How a diagram speaks to the engine (namespace `https://zhengai.example/schema/qa`):

process
    `qa:layer`, `qa:title` (FEEL), `qa:fallback` (FEEL, performer when a rule
    finds nobody); `<qa:variable name=.../>`, or a `property` that a
    multi-instance walks through, declares each variable expressions may use.
userTask
    `qa:performer` (FEEL: person ids), `qa:due` (FEEL: a deadline), `qa:form`,
    `qa:title` (FEEL), `qa:why` (one line: why mine), `qa:prefill` and
    `qa:complete` (steps; inputs by `<qa:input name value>`, the latter also
    gets `form` and `opinion`), `qa:escalation` (policy),
    `<qa:action verb label primary opinion="required" novalidate>`.
    Its result is the variable named after its id: `{verb, by, ...}`;
    `<qa:output name value>` sets further variables from it.
serviceTask
    `qa:step` with `<qa:input name value>` (FEEL).
businessRuleTask
    `qa:decision`, `qa:result` (variable).
callActivity
    `calledElement`; `qa:mode`: `wait` (default; `<qa:output name value>` takes
    from the child's data), `detached` (`qa:foreach`, `qa:as`), `recurring`
    (`qa:frequency`, `qa:term`, `qa:skip`). Children are instances of their own.
timers
    `timeDate` or `timeDuration` in FEEL.

Problems are returned by element id, never raised one at a time.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree

from app import feel
from app.engine import expressions, parsing
from app.engine import forms as checking
from app.engine.errors import DiagramError
from app.engine.parsing import BPMN, QA
from app.engine.steps import catalogue

MOST_NODES = 300
MOST_FLOWS = 1_000
# What the columns hold that these become part of.
LONGEST_KEY, LONGEST_ID, LONGEST_NAME = 60, 80, 120
# Ids are variables' names too; these SpiffWorkflow keeps for itself.
_ID = re.compile(r"[^\W\d][\w.-]*")
_TAKEN_IDS = {"Start", "End", "Root"}
# What a waiting event keeps about itself lies beside the message's payload under these names.
_TAKEN_MESSAGES = {"due_at", "due_rule", "event_fired", "event_value"}
_NODES = {
    "startEvent", "endEvent", "userTask", "serviceTask", "businessRuleTask", "callActivity",
    "exclusiveGateway", "parallelGateway", "intermediateCatchEvent", "boundaryEvent", "subProcess",
}  # fmt: skip
_SILENT = {
    "sequenceFlow", "extensionElements", "incoming", "outgoing", "documentation", "laneSet", "lane",
    "flowNodeRef", "conditionExpression", "timerEventDefinition", "messageEventDefinition",
    "timeDate", "timeDuration", "multiInstanceLoopCharacteristics", "loopDataInputRef",
    "inputDataItem", "property", "textAnnotation", "association", "text", "terminateEventDefinition",
}  # fmt: skip
_WHY_REFUSED = {
    "scriptTask": "不允许脚本任务，请改用服务任务（qa:step）。",
    "complexGateway": "复杂网关无法执行，请改用排他或并行网关。",
    "inclusiveGateway": "包容网关在循环中会出错，请改用排他加并行网关。",
    "eventBasedGateway": "事件网关的多个定时会互相干扰，请改用边界事件。",
    "adHocSubProcess": "不支持临时子流程。",
    "transaction": "不支持事务子流程。",
    "manualTask": "请改用用户任务，并写明办理人。",
    "task": "请选定任务类型（用户任务或服务任务）。",
    "sendTask": "请改用服务任务（qa:step）。",
    "receiveTask": "请改用消息捕获事件。",
    "intermediateThrowEvent": "抛出事件会丢失，请改用服务任务（qa:step）。",
    "linkEventDefinition": "链接事件不会跳转。",
    "signalEventDefinition": "信号不会发出，请改用消息。",
    "compensateEventDefinition": "补偿不会执行。",
    "errorEventDefinition": "不支持错误事件。",
    "escalationEventDefinition": "升级由策略（qa:escalation）办理，不画在图里。",
    "conditionalEventDefinition": "条件事件不会被唤醒。",
    "cancelEventDefinition": "不支持取消事件。",
    "timeCycle": "不支持循环定时，请用重复的调用活动（qa:mode=recurring）。",
    "standardLoopCharacteristics": "不支持标准循环，请用网关画出循环。",
    "dataObject": "数据对象不会保存，请用流程变量。",
    "dataObjectReference": "数据对象不会保存，请用流程变量。",
    "ioSpecification": "不支持输入输出规格。",
    "completionCondition": "不支持多实例完成条件。",
    "loopCardinality": "请用清单（loopDataInputRef）写明多实例。",
}


@dataclass(frozen=True)
class Used:
    """What a diagram refers to outside itself; `calls` maps each call activity's id to the diagram it calls."""

    forms: frozenset[str]
    decisions: frozenset[str]
    steps: frozenset[str]
    calls: dict[str, str]


def used_by(xml: str | bytes) -> Used:
    """Return the forms, decisions, steps and diagrams a diagram names."""
    root = parsing.read_xml(xml)

    def every(name: str) -> frozenset[str]:
        return frozenset(str(v) for e in root.iter(etree.Element) if (v := e.get(f"{{{QA}}}{name}")))

    calls = {str(e.get("id", "")): str(e.get("calledElement", "")) for e in root.iter(f"{{{BPMN}}}callActivity")}
    steps = every("step") | every("prefill") | every("complete")
    return Used(every("form"), every("decision"), steps, calls)


def problems_of(
    xml: str | bytes, *, decisions: dict[str, str], forms: dict[str, Any]
) -> dict[str, str]:
    """Return what is wrong with a diagram, by element id; empty when it may be deployed."""
    root = parsing.read_xml(xml)
    processes = root.findall(f"{{{BPMN}}}process")
    if len(processes) != 1:
        return {"definitions": f"一个文件应当恰好包含一个流程，这里有 {len(processes)} 个。"}
    if not _ID.fullmatch(processes[0].get("id", "")):
        return {"definitions": "流程要有 id（字母开头，不含空格）。"}
    linter = _Linter(processes[0], decisions, forms)
    linter.check()
    if not linter.problems:
        try:
            parsing.parse(xml)
        except DiagramError as error:
            return error.problems or {processes[0].get("id", ""): str(error)}
    return {node: "；".join(said) for node, said in linter.problems.items()}


class _Linter:
    def __init__(self, process: etree._Element, decisions: dict[str, str], forms: dict[str, Any]) -> None:
        self.process, self.decisions, self.forms = process, decisions, forms
        self.problems: dict[str, list[str]] = {}
        self.flows = list(process.iter(f"{{{BPMN}}}sequenceFlow"))
        self.nodes: dict[str, etree._Element] = {
            str(e.get("id")): e for e in process.iter() if _tag(e) in _NODES and e.get("id")
        }
        self.known = self._known_names()

    def say(self, element: etree._Element | str, message: str) -> None:
        place = element if isinstance(element, str) else _place(element)
        said = self.problems.setdefault(place, [])
        if message not in said:
            said.append(message)

    def check(self) -> None:
        if len(self.nodes) > MOST_NODES:
            self.say(self.process, f"流程有 {len(self.nodes)} 个节点，上限 {MOST_NODES}。")
            return
        if len(self.flows) > MOST_FLOWS:
            self.say(self.process, f"流程有 {len(self.flows)} 条连线，上限 {MOST_FLOWS}。")
            return
        if len(self.process.get("id", "")) > LONGEST_KEY:
            self.say(self.process, f"流程的 id 过长，最多 {LONGEST_KEY} 个字符。")
        for element in self.process.iter():
            self._element(element)
        for scope in [self.process, *self.process.iter(f"{{{BPMN}}}subProcess")]:
            self._scope(scope)
        for name in ("title", "fallback"):
            self._expression(self.process, self.process.get(f"{{{QA}}}{name}"))
        for element in self.nodes.values():
            self._flows_of(element)
            if checker := _CHECKERS.get(_tag(element)):
                checker(self, element)
        for flow in self.flows:
            self._flow(flow)
        self._endless_loops()

    def _known_names(self) -> set[str]:
        names = {e.get("name") for e in self.process.iter(f"{{{QA}}}variable")}
        names |= {e.get("id") for e in self.process.iter(f"{{{BPMN}}}property")}
        names |= {e.get("name") for e in self.process.iter(f"{{{QA}}}output")}
        names |= {e.get("id") for e in self.process.iter(f"{{{BPMN}}}userTask")}
        names |= {e.get(f"{{{QA}}}result") or e.get("id") for e in self.process.iter(f"{{{BPMN}}}businessRuleTask")}
        names |= {e.get(f"{{{QA}}}as") for e in self.process.iter(f"{{{BPMN}}}callActivity")}
        names |= {e.get("name") or e.get("id") for e in self.process.iter(f"{{{BPMN}}}inputDataItem")}
        return {name for name in names if name}

    def _element(self, element: etree._Element) -> None:
        tag = _tag(element)
        if not tag or etree.QName(element).namespace != BPMN or element is self.process:
            return
        if element.getparent() is not None and _tag(element.getparent()) == "extensionElements":
            return
        if tag in _WHY_REFUSED:
            self.say(element, _WHY_REFUSED[tag])
        elif tag not in _NODES | _SILENT:
            self.say(element, f"不支持的元素“{tag}”。")
        if tag == "subProcess" and element.get("triggeredByEvent") == "true":
            self.say(element, "事件子流程会自己启动，不能使用；请用边界事件。")
        if tag in _NODES and not element.get("id"):
            self.say(element, "节点没有 id。")
        if tag in _NODES:
            self._named(element)

    def _named(self, element: etree._Element) -> None:
        node, name = element.get("id", ""), element.get("name", "")
        if len(node) > LONGEST_ID or len(name) > LONGEST_NAME:
            self.say(element, f"id 最多 {LONGEST_ID} 个字符，名称最多 {LONGEST_NAME} 个字。")
        if node and (not _ID.fullmatch(node) or node in _TAKEN_IDS):
            self.say(element, f"“{node}”不能用作 id。")
        if self.nodes.get(node, element) is not element:
            self.say(element, f"id“{node}”用了两次。")

    def _scope(self, scope: etree._Element) -> None:
        starts = [e for e in scope if _tag(e) == "startEvent"]
        ends = [e for e in scope if _tag(e) == "endEvent"]
        if len(starts) != 1:
            self.say(scope, f"应当恰好有一个开始事件，这里有 {len(starts)} 个。")
        if not ends:
            self.say(scope, "没有结束事件。")
        reached = {e.get("id") for e in starts}
        while True:
            more = {
                f.get("targetRef") for f in self.flows if f.get("sourceRef") in reached
            } | {
                e.get("id") for e in scope
                if _tag(e) == "boundaryEvent" and e.get("attachedToRef") in reached
            }  # fmt: skip
            if more <= reached:
                break
            reached |= more
        for element in scope:
            if _tag(element) in _NODES and element.get("id") not in reached:
                self.say(element, "从开始事件走不到这里。")

    def _flows_of(self, element: etree._Element) -> None:
        tag, node = _tag(element), element.get("id")
        incoming = [f for f in self.flows if f.get("targetRef") == node]
        outgoing = [f for f in self.flows if f.get("sourceRef") == node]
        if not tag.endswith("Gateway"):
            if len(incoming) > 1 and tag != "endEvent":
                self.say(element, "有多条进线，请先用网关汇合（否则循环无法启动）。")
            if len(outgoing) > 1:
                self.say(element, "有多条出线，请用网关分支。")
        if tag != "endEvent" and not outgoing:
            self.say(element, "没有出线，流程会停在这里。")
        if tag == "exclusiveGateway" and len(outgoing) > 1:
            default = element.get("default")
            if default not in {f.get("id") for f in outgoing}:
                self.say(element, "排他网关要指定默认出线，否则都不满足时流程会中断。")
            for flow in outgoing:
                if flow.get("id") != default and _condition(flow) is None:
                    self.say(flow, "排他网关的出线要写条件。")

    def _endless_loops(self) -> None:
        """Refuse a loop that an instance would run round without ever waiting for anybody."""
        onward: dict[str, list[str]] = {}
        for flow in self.flows:
            onward.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
        passing = {node for node, element in self.nodes.items() if not self._waits(element, onward)}
        for node in sorted(passing):
            if _tag(self.nodes[node]).endswith("Gateway") and node in _reached(onward, onward.get(node, []), passing):
                self.say(node, "这里的循环里没有任务、定时或消息，流程会一直空转。")

    def _waits(self, element: etree._Element, onward: dict[str, list[str]]) -> bool:
        """Say whether an instance always stops at a node before it goes on."""
        tag = _tag(element)
        if tag == "callActivity":
            return element.get(f"{{{QA}}}mode", "wait") != "detached"
        if tag != "subProcess":
            return tag in {"userTask", "intermediateCatchEvent", "boundaryEvent"}
        inner = [e for e in element if _tag(e) in _NODES]
        passing = {e.get("id", "") for e in inner if not self._waits(e, onward)}
        starts = [e.get("id", "") for e in inner if _tag(e) == "startEvent"]
        ends = {e.get("id", "") for e in inner if _tag(e) == "endEvent"}
        return not ends & _reached(onward, starts, passing)

    def _flow(self, flow: etree._Element) -> None:
        source = self.nodes.get(flow.get("sourceRef", ""))
        if source is None or flow.get("targetRef") not in self.nodes:
            self.say(flow, "连线的一端不存在。")
            return
        if not flow.getparent() is source.getparent() is self.nodes[flow.get("targetRef", "")].getparent():
            self.say(flow, "连线不能跨越子流程的边界。")
        condition = _condition(flow)
        if condition is None:
            return
        if _tag(source) != "exclusiveGateway":
            self.say(flow, "只有排他网关的出线可以写条件，这里的条件会被忽略。")
        self._expression(flow, condition)

    def _user_task(self, task: etree._Element) -> None:
        performer = task.get(f"{{{QA}}}performer")
        if not performer:
            self.say(task, "没有办理人规则（qa:performer）。")
        for name in ("performer", "title"):
            self._expression(task, task.get(f"{{{QA}}}{name}"))
        self._moment(task, task.get(f"{{{QA}}}due"))
        form = task.get(f"{{{QA}}}form")
        if form and form not in self.forms:
            self.say(task, f"找不到表单“{form}”。")
        elif form:
            self._form(task, form, self.forms[form])
        for name in ("prefill", "complete"):
            if step := task.get(f"{{{QA}}}{name}"):
                extra = {"form", "opinion"} if name == "complete" else set()
                self._step(task, step, extra, exact=False)
        self._inputs(task)
        for each in task.iter(f"{{{QA}}}output"):
            self._expression(task, each.get("value"))
        verbs = [a.get("verb") for a in task.iter(f"{{{QA}}}action")]
        if len(verbs) != len(set(verbs)) or None in verbs:
            self.say(task, "动作（qa:action）的 verb 缺失或重复。")
        self._multi(task)

    def _service_task(self, task: etree._Element) -> None:
        if not (step := task.get(f"{{{QA}}}step")):
            self.say(task, "没有写明动作（qa:step）。")
            return
        self._step(task, step, set(), exact=True)
        self._inputs(task)

    def _business_rule_task(self, task: etree._Element) -> None:
        key = task.get(f"{{{QA}}}decision")
        if not key:
            self.say(task, "没有写明决策表（qa:decision）。")
        elif key not in self.decisions:
            self.say(task, f"找不到决策表“{key}”。")
        else:
            for problem in feel.load_decisions(self.decisions[key], functions=catalogue.functions).problems:
                self.say(task, f"决策表“{key}”{problem.cell}：{problem.message}")

    def _call_activity(self, call: etree._Element) -> None:
        if not call.get("calledElement"):
            self.say(call, "没有写明调用的流程（calledElement）。")
        mode = call.get(f"{{{QA}}}mode", "wait")
        if mode not in {"wait", "detached", "recurring"}:
            self.say(call, f"调用方式“{mode}”不存在（wait、detached、recurring）。")
        if mode == "recurring" and call.get(f"{{{QA}}}frequency") not in {"WEEKLY", "BIWEEKLY"}:
            self.say(call, "重复调用要写频率（qa:frequency：WEEKLY 或 BIWEEKLY）。")
        skip = call.get(f"{{{QA}}}skip")
        if skip and skip not in catalogue.skip_rules:
            self.say(call, f"找不到跳过规则“{skip}”。")
        for name in ("foreach", "term"):
            self._expression(call, call.get(f"{{{QA}}}{name}"))
        self._inputs(call)
        self._multi(call)

    def _boundary_event(self, event: etree._Element) -> None:
        attached = self.nodes.get(event.get("attachedToRef", ""))
        if attached is None or _tag(attached) not in {"userTask", "subProcess", "callActivity"}:
            self.say(event, "边界事件要附在用户任务、调用活动或子流程上。")
        elif attached.getparent() is not event.getparent():
            self.say(event, "边界事件要与所附的节点在同一层。")
        self._catching(event)

    def _intermediate_catch_event(self, event: etree._Element) -> None:
        self._catching(event)

    def _end_event(self, event: etree._Element) -> None:
        if event.find(f"{{{BPMN}}}messageEventDefinition") is not None:
            self.say(event, "结束事件的消息会丢失，请改用服务任务（qa:step）。")

    def _catching(self, event: etree._Element) -> None:
        timer = event.find(f"{{{BPMN}}}timerEventDefinition")
        message = event.find(f"{{{BPMN}}}messageEventDefinition")
        if (timer is None) == (message is None):
            self.say(event, "这里要恰好有一个定时或消息定义。")
        if timer is not None:
            texts = [e for e in timer if _tag(e) in {"timeDate", "timeDuration"}]
            if len(texts) != 1 or not (texts[0].text or "").strip():
                self.say(event, "定时事件要写日期（timeDate）或时长（timeDuration）。")
            else:
                self._moment(event, texts[0].text)
        self._message(event, message)

    def _start_event(self, event: etree._Element) -> None:
        self._message(event, event.find(f"{{{BPMN}}}messageEventDefinition"))

    def _message(self, event: etree._Element, definition: etree._Element | None) -> None:
        if definition is None:
            return
        declared = {
            str(e.get("id")): e.get("name", "") for e in event.getroottree().getroot().findall(f"{{{BPMN}}}message")
        }
        name = declared.get(definition.get("messageRef", ""))
        if not name:
            self.say(event, "消息事件没有写明消息（messageRef 要指向一个有名称的消息）。")
        elif not _ID.fullmatch(name) or len(name) > LONGEST_ID or name in _TAKEN_MESSAGES:
            self.say(event, f"“{name}”不能用作消息的名称。")

    def _multi(self, element: etree._Element) -> None:
        multi = element.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
        if multi is None:
            return
        if _tag(element) != "userTask":
            self.say(element, "只有用户任务可以多实例；调用活动请用 qa:foreach。")
        listed = multi.find(f"{{{BPMN}}}loopDataInputRef")
        if listed is None or not listed.text:
            self.say(element, "多实例要写明清单（loopDataInputRef）。")
        elif listed.text not in self.known:
            self.say(element, f"多实例的清单“{listed.text}”不是已声明的变量。")

    def _step(self, task: etree._Element, name: str, extra: set[str], *, exact: bool) -> None:
        step = catalogue.steps.get(name)
        if step is None:
            self.say(task, f"找不到动作“{name}”。")
            return
        given = {e.get("name") for e in task.iter(f"{{{QA}}}input")} | extra
        missing = [p for p in step.required if p not in given]
        if missing:
            self.say(task, f"动作“{name}”缺少输入：{'、'.join(missing)}。")
        if exact:
            unknown = [p for p in given if p not in step.parameters]
            if unknown:
                self.say(task, f"动作“{name}”没有这些输入：{'、'.join(map(str, unknown))}。")

    def _inputs(self, task: etree._Element) -> None:
        for each in task.iter(f"{{{QA}}}input"):
            if not each.get("name") or each.get("value") is None:
                self.say(task, "输入（qa:input）要有 name 和 value。")
            else:
                self._expression(task, each.get("value"))

    def _form(self, task: etree._Element, key: str, schema: dict[str, Any]) -> None:
        for component in _components(schema):
            if component.get("type") not in checking.KNOWN_TYPES:
                self.say(task, f"表单“{key}”有不支持的字段类型“{component.get('type')}”。")
            pattern = (component.get("validate") or {}).get("pattern")
            if pattern and (problem := checking.pattern_problem(str(pattern))):
                self.say(task, f"表单“{key}”的字段“{component.get('key')}”格式规则不能使用：{problem}")
            condition = (component.get("conditional") or {}).get("hide")
            if condition:
                try:
                    feel.compile_expression(str(condition).removeprefix("="))
                except feel.FeelError as error:
                    self.say(task, f"表单“{key}”的字段“{component.get('key')}”条件有误：{error}")

    def _moment(self, element: etree._Element, text: str | None) -> None:
        if text:
            for problem in expressions.problems_of_moment(text, self.known):
                self.say(element, problem)

    def _expression(self, element: etree._Element, text: str | None) -> None:
        if text:
            for problem in expressions.problems_of(text, self.known):
                self.say(element, problem)


_CHECKERS: dict[str, Callable[[_Linter, etree._Element], None]] = {
    "startEvent": _Linter._start_event,
    "userTask": _Linter._user_task,
    "serviceTask": _Linter._service_task,
    "businessRuleTask": _Linter._business_rule_task,
    "callActivity": _Linter._call_activity,
    "boundaryEvent": _Linter._boundary_event,
    "intermediateCatchEvent": _Linter._intermediate_catch_event,
    "endEvent": _Linter._end_event,
}


def _reached(onward: dict[str, list[str]], starts: list[str], through: set[str]) -> set[str]:
    """Return the nodes among `through` that are reached from `starts` by way of such nodes only."""
    found: set[str] = set()
    waiting = [node for node in starts if node in through]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [each for each in onward.get(node, []) if each in through]
    return found


def _components(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for component in schema.get("components", []):
        yield component
        yield from _components(component)


def _condition(flow: etree._Element) -> str | None:
    element = flow.find(f"{{{BPMN}}}conditionExpression")
    return element.text.strip() if element is not None and element.text else None


def _tag(element: Any) -> str:
    return etree.QName(element).localname if element is not None and isinstance(element.tag, str) else ""


def _place(element: etree._Element) -> str:
    """Return the id of the drawn element this is or belongs to: what lies directly in a process or subprocess."""
    above: etree._Element | None = element
    while above is not None:
        drawn = _tag(above) == "process" or _tag(above.getparent()) in {"process", "subProcess"}
        if drawn and above.get("id"):
            return str(above.get("id"))
        above = above.getparent()
    return "definitions"
