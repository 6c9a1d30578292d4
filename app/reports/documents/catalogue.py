"""Board: the kinds of papers, who may open each, how it is made, and as which files."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.quality.rectification.models import OnSiteVerification, RectificationSubmission
from app.quality.rectification.queries import Shelf
from app.quality.rectification.words import status_words
from app.quality.review import queries as review
from app.quality.review.models import NatureDetermination
from app.reports.documents import access, assessment, diagnosis, goals, ledger, meeting, orders, results, standards
from app.reports.documents.access import WHOLE_COLLEGE, Asked
from app.reports.documents.structure import Document

PAPER = ("docx", "pdf")
SHEET = ("xlsx", "pdf")
SHELVES = {
    Shelf.OPEN: "未销号", Shelf.OVERDUE: "逾期", Shelf.REVIEW: "待审核", Shelf.VERIFY: "待复核",
    Shelf.REFERRED: "已转专题会", Shelf.CLOSED: "已销号", Shelf.ALL: "全部",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """`find` gives what the paper is made of or raises `NotFound`; `build` makes it."""

    name: str
    find: Callable[[Asked], Any]
    build: Callable[[Any, Asked], Document]
    forms: tuple[str, ...] = PAPER


def _of(build: Callable[[Any], Document]) -> Callable[[Any, Asked], Document]:
    return lambda row, _asked: build(row)


def _goal_table(subjects: Any, asked: Asked) -> Document:
    return goals.goal_table(subjects, about="全院" if asked.key == WHOLE_COLLEGE else subjects[0].name_zh)


def _ledger(rows: Any, asked: Asked) -> Document:
    unit = organisation.unit(asked.unit).name_zh if asked.unit else ""
    progress = {status.value: words for status, (words, _tone) in status_words().items()}
    return ledger.ledger(rows, about=" ".join(filter(None, (SHELVES[Shelf(asked.key)], unit))), progress=progress)


def _task_sheet(row: Any, asked: Asked) -> Document:
    return meeting.task_sheet(row, review.resolutions_for(asked.person_id, row.id))


KINDS = {
    "goals": Kind("目标任务分解表", access.goal_subjects, _goal_table, ("docx", "pdf", "xlsx")),
    "standard": Kind("标准说明书", access.standard, _of(standards.standard)),
    "standard-table": Kind("标准说明书（全表）", access.standard_template, _of(standards.standard_table)),
    "self-diagnosis": Kind("自我诊改记录", access.self_diagnosis, _of(diagnosis.self_diagnosis)),
    "semester-report": Kind("学期运行报告", access.semester_report, _of(diagnosis.semester_report)),
    "assessment": Kind("考核性诊断记录", access.assessment, _of(assessment.assessment_record)),
    "order": Kind("限期整改通知书", access.order, _of(orders.order_notice)),
    "rectification-report": Kind(
        "整改报告", partial(access.of_order, RectificationSubmission), _of(orders.rectification_report)
    ),
    "verification": Kind("实地复核记录表", partial(access.of_order, OnSiteVerification), _of(orders.verification_record)),
    "ledger": Kind("整改台账", access.ledger, _ledger, SHEET),
    "determination": Kind("问题性质认定书", partial(access.of_order, NatureDetermination), _of(orders.determination)),
    "meeting-agenda": Kind("专题会议题表", access.meeting, _of(meeting.agenda)),
    "meeting-minutes": Kind("专题会纪要", access.meeting, _of(meeting.minutes)),
    "meeting-resolutions": Kind("专题会决议", access.meeting, _of(meeting.resolutions)),
    "meeting-tasks": Kind("决议任务单", access.task_meeting, _task_sheet),
    "college-report": Kind("诊断与改进报告", access.college_report, _of(results.college_report)),
    "result-announcement": Kind("考核结果公告", access.published_report, _of(results.announcement)),
    "personal-result": Kind("考核结果通知单", access.personal_result, _of(results.personal_sheet)),
}


def opened(kind: str, asked: Asked) -> Document:
    """Return a paper. Raises `NotFound` for an unknown kind or key, and for what is not for this person."""
    if kind not in KINDS:
        raise NotFound("没有这种文书。")
    return KINDS[kind].build(KINDS[kind].find(asked), asked)


def is_open_to(kind: str, asked: Asked) -> bool:
    """Say whether a person may open a paper."""
    try:
        KINDS[kind].find(asked)
    except NotFound:
        return False
    return True
