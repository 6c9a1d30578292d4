"""A diagram with its decisions and forms becomes the next version of its key."""

import hashlib
import json
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app import feel
from app.engine import linting, parsing
from app.engine.acts import decision_model
from app.engine.errors import DefinitionNotFound, DiagramError, StepFailed
from app.engine.models import DecisionDefinition, ProcessDefinition
from app.engine.parsing import Parsed
from app.engine.steps import catalogue
from app.foundation import audit
from app.foundation.db import db
from app.foundation.errors import Conflict
from app.foundation.reference import remembered

# By content: a number may be given again, to another diagram, when a deployment is rolled back.
_parsed: dict[str, Parsed] = {}


def deploy(
    xml: str,
    *,
    decisions: dict[str, str] | None = None,
    forms: dict[str, Any] | None = None,
    person_id: str | None = None,
) -> ProcessDefinition:
    """Store the next version and return it; an unchanged diagram returns the present one.

    `decisions` maps decision ids to DMN files, `forms` form keys to form-js
    schemas. Raises `DiagramError` with a problem per element.
    """
    decisions, forms = decisions or {}, forms or {}
    problems = linting.problems_of(xml, decisions=decisions, forms=forms)
    if problems:
        raise DiagramError("流程图有问题，不能发布。", problems)
    parsed = parsing.parse(xml)
    content = json.dumps([xml, decisions, forms], sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    newest = _newest(parsed.key)
    if newest is not None and newest.sha256 == digest:
        return newest
    if circles := _circles(parsed.key, xml):
        raise DiagramError("流程图有问题，不能发布。", circles)
    row = ProcessDefinition(
        key=parsed.key,
        version=newest.version + 1 if newest else 1,
        name=parsed.name,
        layer=parsed.layer,
        starts_on=parsed.starts_on,
        sha256=digest,
        xml=xml,
        decisions=decisions,
        forms=forms,
        deployed_by=person_id,
    )
    db.session.add(row)
    _store_first()
    audit.record("process.deploy", f"process:{row.key}", person_id=person_id, version=row.version)
    return row


def _circles(key: str, xml: str) -> dict[str, str]:
    """Return the calls that lead back to the diagram itself: started once, it would start itself for ever."""
    return {
        node: "这里的调用会回到本流程自己，启动后没有尽头。" for node, called in linting.used_by(xml).calls.items() if _leads_to(key, called)
    }


def _leads_to(key: str, called: str) -> bool:
    waiting, seen = [called], set()
    while waiting:
        at = waiting.pop()
        if at == key:
            return True
        if at not in seen and (row := _newest(at)) is not None:
            waiting += linting.used_by(xml_of(row.id)).calls.values()
        seen.add(at)
    return False


def deploy_folder(processes: Path, forms: Path) -> list[ProcessDefinition]:
    """Deploy every shipped diagram: `processes/<key>/<key>.bpmn`, its `.dmn` files, its forms.

    Diagrams may use the decisions of any folder (`processes/decisions`).
    """
    decisions = {}
    for path in sorted(processes.glob("**/*.dmn")):
        text = path.read_text(encoding="utf-8")
        for decision in deploy_decisions(text):
            decisions[decision.key] = text
    schemas = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(forms.glob("*.form"))
    }
    return [
        _deploy_with(path.read_text(encoding="utf-8"), decisions, schemas)
        for path in sorted(processes.glob("*/*.bpmn"))
    ]


def deploy_file(path: Path, *, forms: Path) -> ProcessDefinition:
    """Deploy one diagram with the forms of a folder and the decisions already deployed."""
    schemas = {
        each.stem: json.loads(each.read_text(encoding="utf-8")) for each in sorted(forms.glob("*.form"))
    }
    xml = path.read_text(encoding="utf-8")
    known = {
        key: _xml_of_decision(row.id) for key in linting.used_by(xml).decisions if (row := _newest_decision(key))
    }
    return _deploy_with(xml, known, schemas)


def _deploy_with(xml: str, decisions: dict[str, str], schemas: dict[str, Any]) -> ProcessDefinition:
    used = linting.used_by(xml)
    return deploy(
        xml,
        decisions={key: text for key, text in decisions.items() if key in used.decisions},
        forms={key: schema for key, schema in schemas.items() if key in used.forms},
    )


def newest(key: str) -> ProcessDefinition:
    """Return the version new instances start on. Raises `DefinitionNotFound`."""
    found = _newest(key)
    if found is None:
        raise DefinitionNotFound(f"没有部署流程“{key}”。")
    return found


def parsed_of(definition: ProcessDefinition) -> Parsed:
    """Return the executable diagram, parsed once per process."""
    if definition.sha256 not in _parsed:
        _parsed[definition.sha256] = parsing.parse(xml_of(definition.id))
    return _parsed[definition.sha256]


@remembered
def xml_of(definition_id: int) -> str:
    """Return the diagram as it was deployed."""
    found = db.session.scalar(select(ProcessDefinition.xml).where(ProcessDefinition.id == definition_id))
    if found is None:
        raise DefinitionNotFound("没有这个流程版本。")
    return found


@remembered
def _deployed_with(definition_id: int) -> tuple[dict[str, str], dict[str, Any]]:
    found = select(ProcessDefinition.decisions, ProcessDefinition.forms).where(ProcessDefinition.id == definition_id)
    decisions, forms = db.session.execute(found).one()
    return decisions, forms


def decisions_of(definition: ProcessDefinition) -> dict[str, str]:
    """Return the decision files this version was deployed with."""
    return _deployed_with(definition.id)[0]


def form_of(definition: ProcessDefinition, key: str) -> dict[str, Any] | None:
    """Return a form as it was when this version was deployed."""
    return _deployed_with(definition.id)[1].get(key)


def forget_parsed() -> None:
    """Let this process begin anew, as one just started does."""
    _parsed.clear()


@remembered
def _newest(key: str) -> ProcessDefinition | None:
    top = select(func.max(ProcessDefinition.version)).where(ProcessDefinition.key == key)
    return db.session.scalar(
        select(ProcessDefinition).where(
            ProcessDefinition.key == key, ProcessDefinition.version == top.scalar_subquery()
        )
    )


def deploy_decisions(xml: str, *, person_id: str | None = None) -> list[DecisionDefinition]:
    """Store each decision of a DMN file as the next version of its key; unchanged ones stay.

    Raises `DiagramError` with a problem per cell.
    """
    try:
        model = feel.load_decisions(xml, functions=catalogue.functions)
    except feel.FeelError as error:
        raise DiagramError(f"决策表不能读取：{error}") from error
    if model.problems:
        raise DiagramError("决策表有问题，不能发布。", {each.cell: each.message for each in model.problems})
    digest = hashlib.sha256(xml.encode()).hexdigest()
    rows = []
    for key in model.decisions:
        newest = _newest_decision(key)
        if newest is None or newest.sha256 != digest:
            newest = DecisionDefinition(
                key=key, version=newest.version + 1 if newest else 1, sha256=digest, xml=xml, deployed_by=person_id
            )
            db.session.add(newest)
        rows.append(newest)
    _store_first()
    return rows


def _store_first() -> None:
    """Write new versions. Raises `Conflict` when somebody deployed the same key at the same moment."""
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict("别人刚刚发布了同一流程图或决策表的新版本，请再试一次。") from error


def decide(key: str, variables: dict[str, Any]) -> Any:
    """Evaluate the newest version of a decision outside any instance; the value is JSON.

    Raises `DefinitionNotFound`, and `StepFailed` with the cell when the table gives no answer.
    """
    row = _newest_decision(key)
    if row is None:
        raise DefinitionNotFound(f"没有部署决策表“{key}”。")
    model = decision_model(_xml_of_decision(row.id))
    value = model.evaluate(key, variables)
    if value is None:
        reasons = "；".join(model.explain(key, variables).reasons) or "没有一行符合"
        raise StepFailed(f"决策表“{key}”没有得出结果：{reasons}", node=key)
    return feel.to_json(value)


@remembered
def _newest_decision(key: str) -> DecisionDefinition | None:
    return db.session.scalar(
        select(DecisionDefinition)
        .where(DecisionDefinition.key == key)
        .order_by(DecisionDefinition.version.desc())
        .limit(1)
    )


@remembered
def _xml_of_decision(decision_id: int) -> str:
    return db.session.scalars(select(DecisionDefinition.xml).where(DecisionDefinition.id == decision_id)).one()
