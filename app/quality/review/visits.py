"""The calendar of on-site verifications: a month of visits, and what still waits for verifiers."""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from app.engine import HumanTask, ProcessInstance, TaskPerformer, TaskState
from app.foundation.db import db
from app.organisation import calendar
from app.organisation import queries as organisation
from app.organisation.calendar import Week
from app.organisation.models import Subject
from app.organisation.workdays import DayKind
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import OnSiteVerification, OrderStatus, RectificationOrder
from app.quality.review.models import MeetingItem, NatureDetermination, Resolution, ResolutionTask

FIRST_YEAR, LAST_YEAR = 2000, 2100
# Where verifiers have something to do, in either procedure.
NODES = ("verify", "sign", "sm_follow_up", "sm_sign")


@dataclass(frozen=True)
class Visit:
    """A verification, planned or done. `opens` says whether the order's page is for the reader."""

    row: OnSiteVerification
    subject_name: str
    problem: str
    verifiers: list[str]
    is_mine: bool
    opens: bool
    task_id: int | None

    @property
    def is_done(self) -> bool:
        return self.row.concluded_at is not None


@dataclass(frozen=True)
class Day:
    """A day of the month's page; `name` says what makes it special."""

    on: date
    in_month: bool
    kind: DayKind
    name: str
    visits: list[Visit]


@dataclass(frozen=True)
class Line:
    """A row of the calendar: seven days, with the teaching week they belong to."""

    week_no: int | None
    days: list[Day]


@dataclass(frozen=True)
class Month:
    """The page: the weeks that touch a month, the visits in it by whose they are."""

    first: date
    lines: list[Line]
    everybody: int
    mine: int

    @property
    def before(self) -> date | None:
        return self.first - timedelta(days=1) if self.first.year > FIRST_YEAR else None

    @property
    def after(self) -> date | None:
        return self.first + timedelta(days=31) if self.first.year < LAST_YEAR else None


@dataclass(frozen=True)
class Unappointed:
    """An order, or a resolution done with, for which nobody has appointed verifiers yet."""

    order: RectificationOrder
    subject_name: str
    resolution_no: str | None


def month_of(text: str, *, on: date) -> date:
    """Return the first day of the month written `2026-10`; of the present one for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return on.replace(day=1)
    return first if FIRST_YEAR <= first.year <= LAST_YEAR else on.replace(day=1)


def month(person_id: str, first: date, *, mine: bool) -> Month:
    """Return a month of the visits a person may see, `mine` only those he makes himself."""
    start = first - timedelta(days=first.weekday())
    last = first.replace(day=monthrange(first.year, first.month)[1])
    end = last + timedelta(days=6 - last.weekday())
    found = _visits(person_id, start, end)
    in_month = [each for each in found if first <= each.row.verify_on <= last]
    by_day = defaultdict(list)
    for each in found:
        if each.is_mine or not mine:
            by_day[each.row.verify_on].append(each)
    days = calendar.work_calendar()
    weeks = _weeks(start, end)
    lines = []
    for number in range((end - start).days // 7 + 1):
        monday = start + timedelta(weeks=number)
        row = [monday + timedelta(days=each) for each in range(7)]
        lines.append(
            Line(
                next((week.no for week in weeks if week.start_on <= row[-1] and week.end_on >= monday), None),
                [Day(day, first <= day <= last, days.kind(day), days.name(day), by_day[day]) for day in row],
            )
        )
    return Month(first, lines, everybody=len(in_month), mine=sum(each.is_mine for each in in_month))


def unappointed(person_id: str) -> list[Unappointed]:
    """Return what waits for verifiers among the orders a person may see: accepted reports, finished resolutions."""
    visible = rectification.visible_orders(person_id).join(Subject, Subject.code == RectificationOrder.subject_code)
    accepted = db.session.execute(
        visible.where(RectificationOrder.status == OrderStatus.ACCEPTED)
        .add_columns(Subject.name_zh)
        .order_by(RectificationOrder.due_at, RectificationOrder.no)
    )
    asked = select(OnSiteVerification.id).where(OnSiteVerification.resolution_id == Resolution.id)
    unfinished = select(ResolutionTask.id).where(
        ResolutionTask.resolution_id == Resolution.id, ResolutionTask.done_at.is_(None)
    )
    resolved = db.session.execute(
        visible.join(NatureDetermination, NatureDetermination.order_no == RectificationOrder.no)
        .join(MeetingItem, MeetingItem.determination_id == NatureDetermination.id)
        .join(Resolution, Resolution.item_id == MeetingItem.id)
        .where(Resolution.settled_at.is_(None), ~asked.exists(), ~unfinished.exists())
        .add_columns(Subject.name_zh, Resolution.no)
        .order_by(Resolution.no)
    )
    return [
        *(Unappointed(order, name, resolution_no=None) for order, name in accepted),
        *(Unappointed(order, name, resolution_no=no) for order, name, no in resolved),
    ]


def _visits(person_id: str, start: date, end: date) -> list[Visit]:
    visible = RectificationOrder.no.in_(
        rectification.visible_orders(person_id).with_only_columns(RectificationOrder.no)
    )
    mine = rectification.verified_by(person_id)
    rows = db.session.execute(
        select(OnSiteVerification, RectificationOrder, Subject.name_zh, Resolution.no, visible)
        .join(RectificationOrder, RectificationOrder.no == OnSiteVerification.order_no)
        .join(Subject, Subject.code == RectificationOrder.subject_code)
        .outerjoin(Resolution, Resolution.id == OnSiteVerification.resolution_id)
        .where(OnSiteVerification.verify_on.between(start, end), visible | mine)
        .order_by(OnSiteVerification.verify_on, OnSiteVerification.id)
    ).all()
    people = organisation.people([each for row in rows for each in row[0].verifiers])
    tasks = _my_tasks(person_id)
    return [
        Visit(
            row, subject_name, order.finding.problem, [people[each].name_zh for each in row.verifiers],
            is_mine=person_id in row.verifiers, opens=opens,
            task_id=None if row.concluded_at else tasks.get(resolution_no or order.no),
        )
        for row, order, subject_name, resolution_no, opens in rows
    ]  # fmt: skip


def _my_tasks(person_id: str) -> dict[str | None, int]:
    """Return the open tasks of a verifier by what they belong to: an order, or a resolution."""
    rows = db.session.execute(
        select(ProcessInstance.business_key, HumanTask.id)
        .join(HumanTask, HumanTask.instance_id == ProcessInstance.id)
        .join(TaskPerformer, TaskPerformer.task_id == HumanTask.id)
        .where(
            TaskPerformer.person_id == person_id, HumanTask.state == TaskState.OPEN, HumanTask.node.in_(NODES)
        )
    )
    return {row[0]: row[1] for row in rows}


def _weeks(start: date, end: date) -> list[Week]:
    return list(db.session.scalars(select(Week).where(Week.start_on <= end, Week.end_on >= start)))
