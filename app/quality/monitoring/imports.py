"""Readings from a spreadsheet: every bad row named, the good ones stored."""

import math
from dataclasses import dataclass, field
from pathlib import Path

from app import notifications
from app.foundation.errors import AppError
from app.organisation import queries as organisation
from app.organisation import sheets
from app.organisation.sheets import Column
from app.quality.monitoring import service
from app.quality.monitoring.models import Origin

SHEET = "采集值"


@dataclass
class Imported:
    """What an import did: rows stored, and a sentence per refused row (`采集值 第 7 行`)."""

    stored: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def import_readings(path: Path, *, by: str | None) -> Imported:
    """Store each row of the workbook's sheet 采集值; refused rows go to the data stewards (M22).

    Raises `Invalid` for what is no workbook, a dangerous one, or one without the sheet.
    """
    problems = sheets.Problems()
    done = Imported(problems=problems)
    for row in sheets.read(path, {SHEET: COLUMNS}, problems)[SHEET]:
        if row.broken:
            continue
        try:
            service.record_reading(
                row["指标编码"], subject_code=row["主体编码"], period=row["期间"], value=row["采集值"],
                origin=Origin.IMPORT, by=by,
            )  # fmt: skip
            done.stored += 1
        except AppError as error:
            problems.say(row.place, str(error))
    if problems:
        notifications.enqueue(
            [*organisation.holders("DATA_STEWARD"), *([by] if by else [])], kind="M22",
            template="monitoring/mail/import_rejected",
            values={"file": path.name, "stored": done.stored, "problems": list(problems.items())},
        )  # fmt: skip
    return done


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}”不是数字。") from None
    if not math.isfinite(value):
        raise ValueError(f"“{text[:40]}”不是有效的数字。")
    return value


COLUMNS = (Column("指标编码", str), Column("主体编码", str), Column("期间", str), Column("采集值", _number))
