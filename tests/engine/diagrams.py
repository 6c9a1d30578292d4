"""Small diagrams written in one line each.

    process(START, task("a"), END, chain("start", "a", "end"))
"""

from itertools import pairwise
from xml.sax.saxutils import quoteattr

OMG = "http://www.omg.org/spec"
BPMN = f"{OMG}/BPMN/20100524/MODEL"
QA = "https://zhengai.example/schema/qa"
# The largest diagrams people have published: about 110 nodes, 830 KB.
LARGEST_NODES, LARGEST_BYTES = 110, 830_000
START, END = '<startEvent id="start"/>', '<endEvent id="end"/>'


def process(*parts: str, key: str = "small", variables: str = "", messages: str = "", name: str = "小流程", **qa: str) -> str:
    """Return a diagram; `variables` and `messages` are names with spaces between."""
    declared = "".join(f'<qa:variable name="{each}"/>' for each in variables.split())
    sent = "".join(f'<message id="m_{each}" name="{each}"/>' for each in messages.split())
    return (
        f'<definitions xmlns="{BPMN}" xmlns:qa="{QA}" targetNamespace="urn:test">{sent}'
        f'<process id="{key}" name="{name}" isExecutable="true"{_attributes(qa)}>'
        f"<extensionElements>{declared}</extensionElements>{''.join(parts)}</process></definitions>"
    )


def task(node: str, *inside: str, performer: str | None = '"P1"', actions: str = "", **qa: str) -> str:
    """Return a user task; `actions` are verbs with spaces between."""
    if performer is not None:
        qa["performer"] = performer
    offered = "".join(f'<qa:action verb="{verb}" label="{verb}"/>' for verb in actions.split())
    return f'<userTask id="{node}" name="{node}"{_attributes(qa)}>{_extensions(offered)}{"".join(inside)}</userTask>'


def step(node: str, name: str, **inputs: str) -> str:
    """Return a service task that calls a step with inputs in FEEL."""
    given = "".join(f"<qa:input name={quoteattr(key)} value={quoteattr(text)}/>" for key, text in inputs.items())
    return f'<serviceTask id="{node}" name="{node}" qa:step="{name}">{_extensions(given)}</serviceTask>'


def call(node: str, child: str, *inside: str, **qa: str) -> str:
    """Return a call activity; `inside` are `put(...)` and `take(...)`."""
    return f'<callActivity id="{node}" calledElement="{child}"{_attributes(qa)}>{_extensions("".join(inside))}</callActivity>'


def put(name: str, value: str) -> str:
    """Return a `qa:input`."""
    return f"<qa:input name={quoteattr(name)} value={quoteattr(value)}/>"


def take(name: str, value: str) -> str:
    """Return a `qa:output`."""
    return f"<qa:output name={quoteattr(name)} value={quoteattr(value)}/>"


def gateway(node: str, *, default: str | None = None, kind: str = "exclusive") -> str:
    """Return a gateway; `default` is the node its default flow leads to."""
    preferred = f' default="{node}__{default}"' if default else ""
    return f'<{kind}Gateway id="{node}"{preferred}/>'


def fork(node: str) -> str:
    """Return a parallel gateway."""
    return gateway(node, kind="parallel")


def timer(node: str, when: str, *, on: str | None = None, interrupting: bool = True) -> str:
    """Return a timer event, on a task's border or in the way."""
    return _event(node, f"<timerEventDefinition><timeDate>{when}</timeDate></timerEventDefinition>", on, interrupting)


def message(node: str, name: str, *, on: str | None = None, interrupting: bool = True) -> str:
    """Return a message event, on a task's border or in the way."""
    return _event(node, f'<messageEventDefinition messageRef="m_{name}"/>', on, interrupting)


def subprocess(node: str, *parts: str) -> str:
    return f'<subProcess id="{node}" name="{node}">{"".join(parts)}</subProcess>'


def each_of(items: str, name: str, *, sequential: bool = False) -> str:
    """Return what makes a task multi-instance over a list."""
    order = "true" if sequential else "false"
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{order}"><loopDataInputRef>{items}</loopDataInputRef>'
        f'<inputDataItem id="in_{name}" name="{name}"/></multiInstanceLoopCharacteristics>'
    )


def flow(source: str, target: str, condition: str | None = None) -> str:
    """Return a flow called `source__target`."""
    when = f"<conditionExpression>{_text(condition)}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}__{target}" sourceRef="{source}" targetRef="{target}">{when}</sequenceFlow>'


def chain(*nodes: str) -> str:
    """Return the flows from node to node."""
    return "".join(flow(source, target) for source, target in pairwise(nodes))


def one_task(node: str = "a", **given: str) -> str:
    """Return the smallest diagram that waits for somebody."""
    extra = {name: given.pop(name) for name in ("key", "variables", "name") if name in given}
    return process(START, task(node, **given), END, chain("start", node, "end"), **extra)


def large(nodes: int, size: int, *, drawn: bool = False) -> str:
    """Return a diagram with that many nodes in a row and documentation up to that many bytes.

    `drawn` adds its picture, ten nodes to a line, over and above the size.
    """
    names = [f"t{number}" for number in range(nodes - 2)]
    bare = process(START, *(task(name) for name in names), END, chain("start", *names, "end"), key="large")
    note = "x" * ((size - len(bare)) // len(names) - len("<documentation></documentation>"))
    xml = process(
        START, *(task(name, f"<documentation>{note}</documentation>") for name in names), END, chain("start", *names, "end"), key="large"
    )
    return xml.replace("</definitions>", f'{_picture("start", *names, "end")}</definitions>') if drawn else xml


def _picture(*nodes: str) -> str:
    places = {node: (160 * (number % 10), 120 * (number // 10)) for number, node in enumerate(nodes)}
    shapes = "".join(
        f'<di:BPMNShape id="{node}_di" bpmnElement="{node}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/></di:BPMNShape>'
        for node, (x, y) in places.items()
    )
    edges = "".join(
        f'<di:BPMNEdge id="{a}__{b}_di" bpmnElement="{a}__{b}"><dd:waypoint x="{places[a][0] + 100}" y="{places[a][1] + 40}"/>'
        f'<dd:waypoint x="{places[b][0]}" y="{places[b][1] + 40}"/></di:BPMNEdge>'
        for a, b in pairwise(nodes)
    )
    return (
        f'<di:BPMNDiagram xmlns:di="{OMG}/BPMN/20100524/DI" xmlns:dc="{OMG}/DD/20100524/DC" xmlns:dd="{OMG}/DD/20100524/DI" id="d">'
        f'<di:BPMNPlane id="p" bpmnElement="large">{shapes}{edges}</di:BPMNPlane></di:BPMNDiagram>'
    )


def _event(node: str, definition: str, on: str | None, interrupting: bool) -> str:
    if on is None:
        return f'<intermediateCatchEvent id="{node}">{definition}</intermediateCatchEvent>'
    cancel = "true" if interrupting else "false"
    return f'<boundaryEvent id="{node}" attachedToRef="{on}" cancelActivity="{cancel}">{definition}</boundaryEvent>'


def _attributes(qa: dict[str, str]) -> str:
    return "".join(f" qa:{name}={quoteattr(value)}" for name, value in qa.items())


def _extensions(inside: str) -> str:
    return f"<extensionElements>{inside}</extensionElements>" if inside else ""


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
