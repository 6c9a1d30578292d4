"""Workbooks to import: good ones, and ones nobody would wish for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.organisation import imports
from app.organisation.sheets import Column

UNIT = ("OFF-NEW", "新设处", "", "职能部门", "QLP", "决策指挥系统")
POST = ("P-NEW", "新设处处长", "OFF-NEW", "部门负责人", "P-YZ")
PERSON = ("990001", "柳知行", "职员", "liu@qinglan.example", "是")
ASSIGNMENT = ("990001", "P-NEW", "2026-09-01", "")
ROLE = ("990001", "处室负责人", "OFF-NEW", "2026-09-01", "")
GOOD = {"部门": [UNIT], "岗位": [POST], "人员": [PERSON], "任岗": [ASSIGNMENT], "角色": [ROLE]}


def workbook(
    path: Path, sheets: dict[str, list[tuple[Any, ...]]], *, heads: dict[str, tuple[str, ...]] | None = None,
    layout: Mapping[str, tuple[Column, ...]] = imports.SHEETS,
) -> Path:
    """Write a workbook with the right heads (or given ones) and these rows; returns its path."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        columns: tuple[Column, ...] = layout.get(name, ())
        sheet.append((heads or {}).get(name) or tuple(column.name for column in columns))
        for row in rows:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # typed as text: no formula
    book.save(path)
    return path


def but(row: tuple[Any, ...], **changed: Any) -> tuple[Any, ...]:
    """Return the row with other cells: `but(PERSON, c0="", c3="x")`."""
    cells = list(row)
    for place, value in changed.items():
        cells[int(place.removeprefix("c"))] = value
    return tuple(cells)
