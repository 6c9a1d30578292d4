"""The process every peer runs: goals, self-diagnosis, assessment, rectification with a deadline, verification.

`review` passes its five human tasks once; in `loop` the self-diagnosis may be
done again and again. Each peer has it in its own dialect, made here.
"""

from typing import Any

from tests.engine import diagrams as d

TASKS = ("goals", "self_diagnosis", "assess", "rectify", "verify")

_BPMN = 'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def payload(task: str, number: int, *, again: bool = False) -> dict[str, Any]:
    """Return what a person types into a task, about 0.5 KB; for the self-diagnosis also where it leads."""
    typed: dict[str, Any] = {
        task: {
            "summary": (f"{task} of office {number}: " + "the course met its aims and the lab hours fell short. " * 6)[:300],
            "scores": {f"c{point}": 60 + (number * 7 + point * 11) % 40 for point in range(6)},
            "evidence": [f"file-{number:06d}-{task}-{each}.pdf" for each in range(3)],
        }
    }
    if task == "self_diagnosis":
        typed |= {"needs_rectification": True, "again": again, "timer_dur": "P14D"}
    return typed


FORM = {
    "type": "default", "id": "bench", "schemaVersion": 18,
    "components": [
        {"type": "textarea", "key": "summary", "label": "summary", "validate": {"required": True, "maxLength": 2000}},
        *({"type": "number", "key": f"c{point}", "label": f"c{point}"} for point in range(6)),
        *({"type": "textfield", "key": f"evidence_{each}", "label": "evidence"} for each in range(3)),
    ],
}  # fmt: skip


def typed_into_form(task: str, number: int) -> dict[str, Any]:
    """Return the payload as the fields of `FORM`."""
    body = payload(task, number)[task]
    files = {f"evidence_{each}": name for each, name in enumerate(body["evidence"])}
    return {"summary": body["summary"], **body["scores"], **files}


def ours(key: str) -> str:
    """Return the process as our diagrams say it."""
    human = {
        name: d.task(
            name, performer="responsible(subject)", form="bench", due="workdays(10)",
            actions="submit again" if name == "self_diagnosis" else "",
        )
        for name in TASKS
    }  # fmt: skip
    flows = [d.chain("start", "goals", *(["g0"] if key == "loop" else []), "self_diagnosis")]
    parts = [d.START, *human.values(), d.timer("late", 'duration("P14D")', on="rectify"), '<endEvent id="end_late"/>', d.END]
    if key == "loop":
        parts += [d.gateway("g0"), d.gateway("g1", default="assess")]
        flows += [d.chain("self_diagnosis", "g1", "assess"), d.flow("g1", "g0", 'self_diagnosis.verb = "again"')]
    else:
        parts += [d.gateway("gw", default="assess")]
        flows += [d.chain("self_diagnosis", "gw", "assess"), d.flow("gw", "end", 'self_diagnosis.verb = "again"')]
    flows += [d.chain("assess", "rectify", "verify", "end"), d.chain("late", "end_late")]
    return d.process(*parts, *flows, key=key, variables="subject")


def spiff(key: str) -> str:
    """Return the process as plain SpiffWorkflow takes it: conditions in Python."""
    return _bpmn(key, again="again == True", rectify="needs_rectification == True", delay="timer_dur")


def bpmn_engine(key: str) -> str:
    """Return the process as bpmn-engine takes it: conditions ask what was typed so far."""
    typed = "${{environment.output.{}}}".format
    return _bpmn(key, again=typed("again"), rectify=typed("needs_rectification"), delay=typed("timer_dur"))


def _bpmn(key: str, *, again: str, rectify: str, delay: str) -> str:
    """Return the process as plain BPMN, with two conditions and a duration in a peer's own language."""
    flows = [("start", "goals", ""), ("goals", "self_diagnosis", "")]
    if key == "loop":
        flows += [("self_diagnosis", "again", ""), ("again", "self_diagnosis", again), ("again", "gw", "")]
    else:
        flows += [("self_diagnosis", "gw", "")]
    flows += [
        ("gw", "assess", rectify), ("gw", "end_ok", ""), ("assess", "rectify", ""),
        ("rectify", "verify", ""), ("verify", "end", ""), ("late", "end_late", ""),
    ]  # fmt: skip
    default = {node: f"{node}__{leads_to}" for node, leads_to, when in flows if node in ("gw", "again") and not when}
    parts = ['<bpmn:startEvent id="start"/>', *(f'<bpmn:userTask id="{name}" name="{name}"/>' for name in TASKS)]
    parts += [f'<bpmn:exclusiveGateway id="{node}" default="{flow}"/>' for node, flow in default.items()]
    parts += [f'<bpmn:endEvent id="{node}"/>' for node in ("end_ok", "end", "end_late")]
    parts.append(
        '<bpmn:boundaryEvent id="late" attachedToRef="rectify"><bpmn:timerEventDefinition id="td">'
        f'<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">{delay}</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )
    for node, leads_to, when in flows:
        test = f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{when}</bpmn:conditionExpression>' if when else ""
        parts.append(
            f'<bpmn:sequenceFlow id="{node}__{leads_to}" sourceRef="{node}" targetRef="{leads_to}">{test}</bpmn:sequenceFlow>'
        )
    body = "".join(parts)
    return f'<bpmn:definitions {_BPMN} targetNamespace="bench"><bpmn:process id="{key}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
