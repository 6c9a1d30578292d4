"""Readings from a spreadsheet: every bad row named, the good ones stored."""

from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import load_workbook

from app import notifications
from app.foundation.errors import AppError, Invalid
from app.organisation import queries as organisation
from app.quality.monitoring import service
from app.quality.monitoring.models import Origin

COLUMNS = ("指标编码", "主体编码", "期间", "采集值")
MOST_ROWS = 20_000


@dataclass
class Imported:
    """What an import did: rows stored, and a sentence per refused row (`第 7 行`)."""

    stored: int = 0
    problems: dict[str, str] = field(default_factory=dict)


def import_readings(path: Path, *, by: str | None) -> Imported:
    """Store each row of a workbook with the columns `COLUMNS`; refused rows go to the data stewards (M22).

    Raises `Invalid` when the head is another.
    """
    book = load_workbook(path, read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(max_col=len(COLUMNS), max_row=MOST_ROWS + 1, values_only=True)
    head = tuple(str(cell or "").strip() for cell in next(rows, ()))
    if head != COLUMNS:
        raise Invalid(f"表头应当是：{'、'.join(COLUMNS)}。")
    done = Imported()
    for number, (indicator, subject, period, value) in enumerate(rows, start=2):
        if indicator is None and subject is None:
            continue
        try:
            service.record_reading(
                str(indicator), subject_code=str(subject), period=str(period), value=float(str(value)),
                origin=Origin.IMPORT, by=by,
            )  # fmt: skip
            done.stored += 1
        except (TypeError, ValueError):
            done.problems[f"第 {number} 行"] = f"采集值“{value}”不是数字。"
        except AppError as error:
            done.problems[f"第 {number} 行"] = str(error)
    if done.problems:
        notifications.enqueue(
            [*organisation.holders("DATA_STEWARD"), *([by] if by else [])], kind="M22",
            template="monitoring/mail/import_rejected",
            values={"file": path.name, "stored": done.stored, "problems": list(done.problems.items())},
        )  # fmt: skip
    return done
