"""D1: the table that breaks the plans down into goals and tasks, eleven headings in the founding document's order."""

from collections.abc import Sequence

from app.foundation.clock import today
from app.organisation.models import Subject
from app.quality.goals import table
from app.reports.documents.structure import Column, Document, Table
from app.reports.documents.words import day

# Widths of the columns before, under and after 年度计划.
_BEFORE, _YEAR, _AFTER = (1.1, 0.8, 2.4, 0.6, 1.5), 0.8, (1.1, 1.2, 0.9)


def goal_table(subjects: Sequence[Subject], *, about: str) -> Document:
    """Return the table of some subjects' goals with the plan years of the present term.

    Raises `NotFound` without a term in the calendar.
    """
    years = table.plan_years()
    return Document(
        title=table.TITLE,
        about=about,
        blocks=[Table(columns(years), table.rows(subjects, years), empty="还没有目标任务")],
        notes=[table.TYPES_EXPLAINED, f"制表日期：{day(today())}"],
        landscape=True,
    )


def columns(years: Sequence[int]) -> list[Column]:
    """Return the headings; the plan years stand under 年度计划, the type refers to the note below."""
    return [
        *(
            Column(f"{name}*", share, centred=True) if name == "任务类型" else Column(name, share)
            for name, share in zip(table.BEFORE_YEARS, _BEFORE, strict=True)
        ),
        *(Column(str(year), _YEAR, group=table.YEARS, centred=True) for year in years),
        *(Column(name, share) for name, share in zip(table.AFTER_YEARS, _AFTER, strict=True)),
    ]
