"""D2: the standards, laid out as the founding document's Tables 2-9 by their templates."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.foundation.db import db
from app.quality.standards import rules
from app.quality.standards.models import Standard, StandardStatus, StandardTemplate
from app.reports.documents import names
from app.reports.documents.structure import Block, Column, Document, Fields, Signature, Table, in_lines
from app.reports.documents.words import day

STATUSES = {"DRAFT": "草案", "SUBMITTED": "待批准", "APPROVED": "已批准", "RETIRED": "已废止"}
# How many fields of a post's standard stand in each line, as in Table 2.
POST_HEAD = (3, 3, 2, 2, 2, 1)
WIDE_FROM = 6


def standard(row: Standard) -> Document:
    """Return the paper of one standard."""
    template = db.session.get_one(StandardTemplate, row.template_key)
    known = names.anything(_codes([*row.values.values(), row.owner_code, row.approved_by]))
    about = row.values.get("post_name") or known.of(row.owner_code) or _row_name(template, row.row_key)
    return Document(
        title=template.name_zh, number=row.code, about=about,
        blocks=[*_blocks(template, [row], known, only_filled=True)],
        notes=[f"版本：第{row.version}版（{STATUSES[row.status.value]}）"
               + (f"，批准日期：{day(row.approved_at)}" if row.approved_at else "")],
        signatures=[Signature("批准人", known.of(row.approved_by)), Signature("任职人确认")] if template.head_fields else [],
        landscape=_is_wide(template),
    )  # fmt: skip


def standard_table(template: StandardTemplate) -> Document:
    """Return a whole table of the founding document with every approved standard in its row."""
    rows = newest_approved(template.key)
    known = names.anything(_codes([value for row in rows for value in row.values.values()]))
    return Document(
        title=template.name_zh, blocks=_blocks(template, rows, known, only_filled=False),
        landscape=_is_wide(template),
    )  # fmt: skip


def newest_approved(template_key: str) -> list[Standard]:
    """Return the approved standards of a template, the highest version of each."""
    rows = db.session.scalars(
        select(Standard)
        .where(Standard.template_key == template_key, Standard.status == StandardStatus.APPROVED)
        .order_by(Standard.code, Standard.version)
    )
    return list({row.code: row for row in rows}.values())


def _blocks(template: StandardTemplate, rows: Sequence[Standard], known: names.Names, *, only_filled: bool) -> list[Block]:
    if template.head_fields:
        return [block for row in rows for block in _form(template, row.values, known)]
    section = template.sections[0]
    if "parts" in section:
        return [_part(part, rows, only_filled=only_filled) for part in section["parts"] if not only_filled or _fills(part, rows)]
    return [_single_table(section, rows, known, only_filled=only_filled)]


def _form(template: StandardTemplate, values: Mapping[str, Any], known: names.Names) -> list[Block]:
    head: Fields = in_lines(
        [(rules.plain(each["zh"]), _said(values.get(each["key"]), known)) for each in template.head_fields], *POST_HEAD
    )
    return [head, *(_section(section, values, known) for section in template.sections)]


def _section(section: Mapping[str, Any], values: Mapping[str, Any], known: names.Names) -> Table:
    keys = [column["key"] for column in section["columns"]]
    return Table(
        [Column(rules.plain(column["zh"]), 0.4 if column["key"] == "seq" else 1.5, centred=column["key"] == "seq")
         for column in section["columns"]],
        [[_said(entry.get(key), known) for key in keys] for entry in values.get(section["key"]) or []],
        caption=section["zh"],
    )  # fmt: skip


def _single_table(section: Mapping[str, Any], rows: Sequence[Standard], known: names.Names, *, only_filled: bool) -> Table:
    """Return a table whose rows the template names, or one row a standard where it names none."""
    columns = [Column("" if column["key"] == "extra" else rules.plain(column["zh"]), 0.6 if column["key"] == "level" else 1)
               for column in section["columns"]]  # fmt: skip
    keys = [column["key"] for column in section["columns"]]
    by_row = {row.row_key: row.values for row in rows}
    if "rows" not in section:
        return Table(columns, [[_said(row.values.get(key), known) for key in keys] for row in rows])
    fixed = [each for each in section["rows"] if not only_filled or each["key"] in by_row]
    return Table(columns, [
        [_fixed(each, key) or _said(by_row.get(each["key"], {}).get(key), known) for key in keys] for each in fixed
    ], merged=True)  # fmt: skip


def _fixed(row: Mapping[str, Any], key: str) -> str:
    return {"name": row["zh"], "level": row.get("level_zh", "")}.get(key, "")


def _part(part: Mapping[str, Any], rows: Sequence[Standard], *, only_filled: bool) -> Table:
    filled = {row.values.get("group"): row.values for row in rows if row.row_key == part["zh"]}
    lines = [
        [group["zh"], item, str(filled.get(group["zh"], {}).get(key, ""))]
        for group in part["groups"]
        if not only_filled or group["zh"] in filled
        for item, key in zip(group["items"], rules.item_keys(group["items"]), strict=True)
    ]
    columns = [Column("类别", 1.2), Column("项目", 1.2), Column("标准详细描述", 3)]
    return Table(columns, lines, caption=rules.plain(part["zh"]), merged=True)


def _fills(part: Mapping[str, Any], rows: Sequence[Standard]) -> bool:
    return any(row.row_key == part["zh"] for row in rows)


def _row_name(template: StandardTemplate, key: str | None) -> str:
    for row in template.sections[0].get("rows", []) if key else []:
        if row["key"] == key:
            return f"{row['zh']}{row.get('level_zh', '')}"
    return ""


def _is_wide(template: StandardTemplate) -> bool:
    return any(len(section.get("columns", [])) > WIDE_FROM for section in template.sections)


def _said(value: Any, known: names.Names) -> str:
    if isinstance(value, list):
        return "、".join(known.of(str(each)) for each in value)
    return "" if value is None else known.of(str(value))


def _codes(values: Sequence[Any]) -> list[str]:
    """Return what may be a code among values; texts longer than any code are none."""
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return [each for each in flat if isinstance(each, str) and len(each) <= 32]
