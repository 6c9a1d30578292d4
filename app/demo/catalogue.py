"""Load what the made-up college works with: templates, standards, points, indicators, plans."""

from typing import Any

from app.foundation.db import db
from app.quality.goals.models import Plan
from app.quality.standards.models import (
    DiagnosisPoint,
    Direction,
    Indicator,
    Standard,
    StandardStatus,
    StandardTemplate,
)

# What a student on internship is asked: discipline, working with others, fitting in, diligence, skill.
INTERNSHIP_POINTS = ("DS02", "DS05", "DS07", "DS10", "DS12")


def load_standards(data: dict[str, Any]) -> None:
    """Create the templates of Tables 2-9, the approved standards, the 55 points and their indicators."""
    for each in data["standard_templates"]:
        db.session.add(
            StandardTemplate(
                key=each["key"], table_no=each["table"], name_zh=each["zh"],
                head_fields=each.get("head_fields", []), sections=_sections(each),
            )
        )  # fmt: skip
    db.session.flush()
    for each in data["standards"]:
        named = {"code", "template", "version", "status", "owner", "head", "row", "part", "values"}
        values = dict(each.get("head") or each.get("values") or {})
        values |= {key: value for key, value in each.items() if key not in named}
        db.session.add(
            Standard(
                code=each["code"], version=each["version"], template_key=each["template"],
                row_key=each.get("row") or each.get("part"), owner_code=each.get("owner") or values.get("course") or values.get("programme"), values=values,
                status=StandardStatus(each["status"]),
            )
        )  # fmt: skip
    for position, each in enumerate(data["diagnosis_points"]):
        db.session.add(
            DiagnosisPoint(
                code=each["code"], layer_code=each["layer"], name_zh=each["name_zh"], name_en=each["name_en"],
                sensitive=each["sensitive"], position=position, on_internship=each["code"] in INTERNSHIP_POINTS,
            )
        )  # fmt: skip
    db.session.flush()
    db.session.add_all(_indicator(each) for each in data["indicators"])
    db.session.flush()


def load_plans(data: dict[str, Any]) -> None:
    """Create the plans, parents first."""
    for each in data["plans"]:
        db.session.add(
            Plan(
                code=each["code"], name_zh=each["name_zh"], owner_unit=each["owner_unit"],
                co_owners=each["co_owners"], parent_code=each["parent"],
            )
        )  # fmt: skip
        db.session.flush()


def _sections(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a template's tables; one that is a single table keeps its columns, rows and parts together."""
    if "sections" in template:
        return template["sections"]
    table: dict[str, Any] = {key: template[key] for key in ("columns", "rows", "parts") if key in template}
    return [{"key": "rows", "zh": template["zh"], **table}]


def _indicator(each: dict[str, Any]) -> Indicator:
    target = each["target"]
    low, high = target if isinstance(target, list) else (target, None)
    return Indicator(
        code=each["code"], point_code=each["diagnosis_point"], name_zh=each["name_zh"], name_en=each["name_en"],
        unit=each["unit"], direction=Direction(each["direction"]), source=each["source"],
        frequency=each["frequency"], owner_zh=each["owner"], basis=each["basis"] or "",
        target=low, target_high=high, standard=each["standard"], warn_low=each["warn_low"],
        warn_high=each["warn_high"],
    )  # fmt: skip
