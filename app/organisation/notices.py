"""The state's notice of a year's holidays, from a workbook."""

from datetime import date
from pathlib import Path

from app.foundation import audit
from app.organisation import calendar, sheets
from app.organisation.calendar import National
from app.organisation.sheets import Column, Problems

KINDS = {"放假": National.OFF, "调休上班": National.MAKEUP}
SHEET = "放假安排"
COLUMNS = (
    Column("日期", sheets.day),
    Column("类型", sheets.choice(KINDS)),
    Column("名称", sheets.words(40)),
)


def import_notice(path: Path, *, by: str | None) -> list[int]:
    """Replace the national days of the years a notice speaks of; returns these years.

    The workbook has one sheet 放假安排 with the columns 日期, 类型 (放假 or
    调休上班), 名称. Raises `Invalid` with a sentence per row; then nothing has
    changed. Deadlines are moved by whoever calls (`redate` in `quality`).
    """
    problems = Problems()
    rows = sheets.read(path, {SHEET: COLUMNS}, problems)[SHEET]
    first: dict[date, int] = {}
    for row in rows:
        if row.broken:
            continue
        day = row["日期"]
        if day in first:
            problems.say(row.place, f"{day} 与第 {first[day]} 行重复。")
        first.setdefault(day, row.number)
        if row["类型"] is National.MAKEUP and day.weekday() < 5:
            problems.say(row.place, f"{day} 不是周末，不会是调休上班。")
    problems.stop("通知没有导入：")
    calendar.import_notice([(row["日期"], row["类型"], row["名称"]) for row in rows])
    years = sorted({row["日期"].year for row in rows})
    audit.record("calendar.import_notice", "calendar", person_id=by, years=years, days=len(rows))
    return years
