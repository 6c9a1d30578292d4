"""From a diagram's XML to SpiffWorkflow's specification.

The XML is read without entities or network, normalised (what SpiffWorkflow
would lose or misread is rewritten), and parsed with our own task classes:

* human tasks keep every `qa:*` attribute and element in `spec.extensions`;
* service tasks, send tasks of ours and call activities become `Act`, which
  hands over to `app.engine.acts`;
* timers never look at a clock: they fire when their row does;
* a parallel join counts only the arrivals of its own round.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.task_parsers import GatewayParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.defaults import (
    ParallelGateway,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.util.task import TaskState

from app.engine import acts
from app.engine.errors import DiagramError, StepFailed

BPMN = DEFAULT_NSMAP["bpmn"]
QA = "https://zhengai.example/schema/qa"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
_PREFIXES = {QA: "qa", CAMUNDA: "camunda"}
LARGEST_XML_BYTES = 2_000_000
# Beyond what anybody draws; reading some hundred thousand would take a minute.
MOST_ELEMENTS, MOST_ATTRIBUTES = 20_000, 100


@dataclass
class Parsed:
    """A diagram ready to run, shared by all its instances and never changed."""

    key: str
    name: str
    layer: str | None
    spec: BpmnProcessSpec
    subprocesses: dict[str, BpmnProcessSpec]
    extensions: dict[str, Any]
    starts_on: str | None = None
    names: dict[str, str] = field(default_factory=dict)


def read_xml(xml: str | bytes) -> etree._Element:
    """Parse untrusted XML. Raises `DiagramError` with the line at fault."""
    try:
        data = xml.encode() if isinstance(xml, str) else xml
    except UnicodeEncodeError as error:
        raise DiagramError("流程图含有无法保存的字符。") from error
    if len(data) > LARGEST_XML_BYTES:
        raise DiagramError("流程图文件过大（上限 2 MB）。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DiagramError(f"流程图不是有效的 XML：第 {error.lineno} 行，{error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DiagramError("流程图不得包含文档类型声明（DOCTYPE）。")
    for number, element in enumerate(root.iter()):
        if number == MOST_ELEMENTS or len(element.attrib) > MOST_ATTRIBUTES:
            raise DiagramError(
                f"流程图的元素或属性过多（最多 {MOST_ELEMENTS} 个元素，每个最多 {MOST_ATTRIBUTES} 个属性）："
                f"第 {element.sourceline} 行。"
            )
    return root


def parse(xml: str | bytes) -> Parsed:
    """Return the executable diagram. Raises `DiagramError` with problems by element id."""
    root = read_xml(xml)
    processes = root.findall(f"{{{BPMN}}}process")
    if len(processes) != 1:
        raise DiagramError(f"一个文件应当恰好包含一个流程，这里有 {len(processes)} 个。")
    process, key = processes[0], str(processes[0].get("id"))
    starts_on = _normalise(root, process)
    parser = _QaParser(namespaces={**DEFAULT_NSMAP, "qa": QA})
    try:
        parser.add_bpmn_xml(root)
        spec = parser.get_spec(key)
        subprocesses = parser.get_subprocess_specs(key)
    except ValidationException as error:
        raise DiagramError("流程图无法执行。", {getattr(error, "id", None) or key: str(error)}) from error
    except RecursionError as error:
        raise DiagramError("流程图过长，请分成几个流程。", {key: "连续的节点过多。"}) from error
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        # SpiffWorkflow's parser stumbles over some dangling references instead of naming them.
        raise DiagramError("流程图无法执行。", {key: f"流程图的结构有误（{error}）。"}) from error
    for each in (spec, *subprocesses.values()):
        _prepare(each)
    return Parsed(
        key=key,
        name=process.get("name") or key,
        layer=process.get(f"{{{QA}}}layer"),
        spec=spec,
        subprocesses=subprocesses,
        extensions=extensions_of(process),
        starts_on=starts_on,
        names={
            str(element.get("id")): element.get("name") or ""
            for element in process.iter()
            if isinstance(element.tag, str) and element.get("id")
        },
    )


def extensions_of(node: etree._Element) -> dict[str, Any]:
    """Return qa:* and camunda:* attributes and extension elements as plain values.

    `<qa:input name="a" value="b"/>` becomes `{"qa:input": [{"name": "a", "value": "b"}]}`.
    """
    found: dict[str, Any] = {}
    for name, value in node.attrib.items():
        if etree.QName(name).namespace in _PREFIXES:
            found[_short(name)] = value
    for holder in node.findall(f"{{{BPMN}}}extensionElements"):
        for element in holder.iterchildren(tag=etree.Element):
            found.setdefault(_short(element.tag), []).append(_as_dict(element))
    return found


def _short(tag: Any) -> str:
    name = etree.QName(tag)
    if not name.namespace:
        return name.localname
    return f"{_PREFIXES.get(name.namespace, name.namespace)}:{name.localname}"


def _as_dict(element: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {_short(name): value for name, value in element.attrib.items()}
    for child in element.iterchildren(tag=etree.Element):
        found.setdefault(_short(child.tag), []).append(_as_dict(child))
    if element.text and element.text.strip():
        found["text"] = element.text.strip()
    return found


def _normalise(root: etree._Element, process: etree._Element) -> str | None:
    """Rewrite what SpiffWorkflow 3.2.0 would lose; return the start message's name."""
    for number, flow in enumerate(process.iter(f"{{{BPMN}}}sequenceFlow")):
        if flow.get("id") is None:  # flows without an id are dropped silently
            flow.set("id", f"flow_without_id_{number}")
    for item in process.iter(f"{{{BPMN}}}inputDataItem"):
        if name := item.get("name"):  # the child's variable would be called by the generated id
            item.set("id", name)
    starts_on = None
    messages = {m.get("id"): m.get("name") for m in root.iter(f"{{{BPMN}}}message")}
    for start in process.findall(f"{{{BPMN}}}startEvent"):
        for event in list(start):
            if event.tag == f"{{{BPMN}}}messageEventDefinition":
                starts_on = messages.get(event.get("messageRef"))
                start.remove(event)
            elif event.tag == f"{{{BPMN}}}timerEventDefinition":
                start.remove(event)  # the cohort launch starts it (quality/cycles)
    for call in list(process.iter(f"{{{BPMN}}}callActivity")):
        # Children are instances of their own; the parent's node waits as a service task.
        call.set(f"{{{QA}}}call", call.attrib.pop("calledElement", ""))
        call.tag = f"{{{BPMN}}}serviceTask"
    for rule in list(process.iter(f"{{{BPMN}}}businessRuleTask")):
        rule.tag = f"{{{BPMN}}}serviceTask"
    return starts_on


class DueTimer(TimerEventDefinition):
    """A timer that fires when its row says so.

    Arming evaluates the expression once; the moment and its rule wait in the
    task's internal data until `app.engine.timers` has made a row of them.
    """

    def has_fired(self, my_task: Any) -> bool:
        if "due_at" not in my_task.internal_data and not my_task.internal_data.get("event_fired"):
            engine = my_task.workflow.script_engine
            moment, rule = engine.deadline(my_task, self.expression)
            my_task.internal_data["due_at"] = moment.isoformat()
            my_task.internal_data["due_rule"] = rule
        return my_task.internal_data.get("event_fired", False)


class Act(BpmnTaskSpec):
    """A service task, decision or call: `app.engine.acts` does it.

    Stays STARTED while a child instance runs.
    """

    def _run_hook(self, my_task: Any) -> bool | None:
        return acts.carry_out(my_task)


class RoundParallelGateway(ParallelGateway):
    """A parallel join that counts only the arrivals of the current round.

    SpiffWorkflow's own also counts cancelled arrivals of earlier rounds of a
    loop, so the second round of a rework could pass with one branch missing.
    And it takes over everything a branch remembers: what one branch decided
    would be undone by the other, which still knows it as it was at the fork.
    """

    @staticmethod
    def _under(task: Any, anchor: Any) -> bool:
        while task is not None:
            if task is anchor:
                return True
            task = task.parent
        return False

    def _round(self, my_task: Any) -> list[Any]:
        """Return the join's tasks that came from the same passing of the fork as this one (itself too)."""
        mine = list(_line(my_task))
        return [
            task
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and (self._under(task, my_task) or _in_one_round(mine, list(_line(task))))
        ]

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        waiting = {spec.name for spec in self.inputs}
        for task in self._round(my_task):
            if self._under(task, my_task) and task is not my_task:
                parent = task.parent  # only reachable after this join: a back edge into it
                while parent is not None and parent.task_spec.name not in waiting:
                    parent = parent.parent
                if parent is not None:
                    waiting.discard(parent.task_spec.name)
            elif task.parent.state == TaskState.COMPLETED:
                waiting.discard(task.parent.task_spec.name)
        return not waiting

    def _run_hook(self, my_task: Any) -> bool:
        arrived = [
            task
            for task in self._round(my_task)
            if task.has_state(TaskState.FINISHED_MASK) and not self._under(my_task, task)
        ]
        branches = sorted({task.parent for task in (*arrived, my_task)}, key=lambda each: each.last_state_change)
        before = _common_ancestor(branches).data
        after = dict(before)
        for branch in branches:
            after.update(_changes(before, branch.data))
        my_task.data.clear()
        my_task.data.update(after)
        return True


def _in_one_round(mine: list[Any], other: list[Any]) -> bool:
    """Say whether neither line has passed again the element at which they part.

    The lines lead from two tasks up to the root. Of an earlier round of a loop
    there may be arrivals left; my line then comes by the fork a second time.
    """
    above = {task.id for task in other}
    parting = next(task for task in mine if task.id in above)
    again = parting.task_spec
    return not any(
        task.task_spec is again for line in (mine, other) for task in takewhile(lambda each: each is not parting, line)
    )


def _common_ancestor(tasks: list[Any]) -> Any:
    """Return the nearest task that all of these lie below (or are)."""
    lines = [list(_line(task)) for task in tasks]
    shared = set.intersection(*({task.id for task in line} for line in lines))
    return next(task for task in lines[0] if task.id in shared)


def _line(task: Any) -> Iterator[Any]:
    while task is not None:
        yield task
        task = task.parent


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


class _Round:
    """A multi-instance that can be entered again in a loop.

    SpiffWorkflow leaves a child's item among the variables and refuses the
    next child, or the next round, because it "already exists". It also walks
    through a text letter by letter and waits for ever for an item that is null.
    """

    data_input: Any
    input_item: Any

    def refuse_no_list(self, my_task: Any) -> None:
        items = self.data_input.get(my_task)
        if not isinstance(items, list) or None in items:
            node = my_task.task_spec.name
            raise StepFailed(f"“{node}”的清单“{self.data_input.bpmn_id}”不是一张没有空项的清单。", node=node)

    def create_child(self, my_task: Any, item: Any, key_or_index: Any = None) -> None:
        self._forget_item(my_task)
        super().create_child(my_task, item, key_or_index)  # type: ignore[misc]

    def merge_child(self, workflow: Any, child: Any) -> None:
        # Only what this child changed: the others' changes are not its to undo.
        remembered = child.data
        child.data = _changes(child.parent.parent.data, remembered)
        super().merge_child(workflow, child)  # type: ignore[misc]
        child.data = remembered
        self._forget_item(child.parent)

    def _forget_item(self, my_task: Any) -> None:
        if self.input_item is not None:
            my_task.data.pop(self.input_item.bpmn_id, None)


class RoundParallelMultiInstance(_Round, ParallelMultiInstanceTask):
    """All children at once."""

    def create_children(self, my_task: Any) -> None:
        self.refuse_no_list(my_task)
        super().create_children(my_task)


class RoundSequentialMultiInstance(_Round, SequentialMultiInstanceTask):
    """One child after the other."""

    def init_remaining_items(self, my_task: Any) -> list[Any]:
        self.refuse_no_list(my_task)
        return super().init_remaining_items(my_task)


class _Extensions:
    """Mixin over every element parser of SpiffWorkflow."""

    node: etree._Element
    PARALLEL_MI_CLASS = RoundParallelMultiInstance
    SEQUENTIAL_MI_CLASS = RoundSequentialMultiInstance

    def parse_extensions(self, node: etree._Element | None = None) -> dict[str, Any]:
        return extensions_of(self.node if node is None else node)

    def parse_timer_event(self, event: etree._Element) -> DueTimer:
        for kind in ("timeDate", "timeDuration"):
            text = event.find(f"{{{BPMN}}}{kind}")
            words = (text.text or "").strip() if text is not None else ""
            if words:
                return DueTimer(self.node.get("name") or self.node.get("id"), words)
        raise ValidationException("定时事件要写日期（timeDate）或时长（timeDuration）", node=self.node)


def _with_extensions(parser: type) -> type:
    return type(f"Qa{parser.__name__}", (_Extensions, parser), {})


class _QaParser(BpmnParser):
    OVERRIDE_PARSER_CLASSES = {
        **{
            tag: (_with_extensions(parser), spec)
            for tag, (parser, spec) in BpmnParser.PARSER_CLASSES.items()
        },
        full_tag("serviceTask"): (_with_extensions(TaskParser), Act),
        full_tag("parallelGateway"): (_with_extensions(GatewayParser), RoundParallelGateway),
    }


def _prepare(spec: BpmnProcessSpec) -> None:
    """Connect loops to their children once, which SpiffWorkflow does lazily.

    Without it an instance that is loaded in another process waits for ever
    for its multi-instance children.
    """
    for task_spec in spec.task_specs.values():
        if isinstance(task_spec, LoopTask):
            child = spec.task_specs[task_spec.task_spec]
            if not child.completed_event.is_connected(task_spec.merge_child):
                child.completed_event.connect(task_spec.merge_child)
