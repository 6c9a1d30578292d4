"""What the overview of a term shows, in a fixed number of statements whatever the college's size."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Integer, Select, and_, cast, func, or_, select

from app import security
from app.engine import HumanTask, TaskState
from app.escalation import Escalation
from app.foundation.clock import COLLEGE_ZONE, now
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation.calendar import Term
from app.quality.assessment import queries as assessment
from app.quality.monitoring import queries as monitoring
from app.quality.monitoring.models import STANDING, Level, QualityWarning
from app.quality.monitoring.queries import WarningLine
from app.quality.rectification import queries as rectification
from app.quality.rectification.models import RectificationOrder
from app.quality.rectification.queries import OrderLine, Shelf
from app.quality.review import queries as review
from app.quality.review.models import MeetingItem, MeetingStatus, NatureDetermination, SpecialMeeting
from app.reports.grid import Grid, grid_of

WARNINGS_SHOWN = 8
ORDERS_SHOWN = 6
# Bounds the statement; the college's ledger of a term is far smaller.
MOST_ORDERS = 500


@dataclass(frozen=True)
class WarningFigures:
    """Standing warnings by level; notices (BLUE) are beside, not among them (decision 8)."""

    red: int
    yellow: int
    notices: int

    @property
    def warnings(self) -> int:
        return self.red + self.yellow


@dataclass(frozen=True)
class OrderFigures:
    """The ledger in figures: unfinished orders by band of age, and what was closed this term."""

    bands: dict[str, int]
    closed: int

    @property
    def unfinished(self) -> int:
        return sum(self.bands.values())

    @property
    def overdue(self) -> int:
        return sum(count for band, count in self.bands.items() if band.startswith("LATE"))


@dataclass(frozen=True)
class AgendaLine:
    """An item of a meeting, or one that waits for the next."""

    order_no: str
    problem: str
    meeting_id: int | None


@dataclass(frozen=True)
class MeetingFigures:
    """The next special meeting, its agenda, and what is on none yet. `opens`: its page is for the reader."""

    meeting: SpecialMeeting | None
    opens: bool
    agenda: list[AgendaLine]
    waiting: list[AgendaLine]


@dataclass(frozen=True)
class LateTasks:
    """Overdue tasks by the highest step of the ladder that was reached (0: none yet)."""

    by_step: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.by_step.values())


@dataclass(frozen=True)
class Overview:
    """Everything on the page. `meeting` is None for people who have nothing to do with meetings."""

    terms: list[Term]
    term: Term
    grid: Grid
    warnings: WarningFigures
    worst: list[WarningLine]
    orders: OrderFigures
    urgent: list[OrderLine]
    meeting: MeetingFigures | None
    late_tasks: LateTasks
    may_start_extra: bool


def overview(person_id: str, *, term_code: str | None, on: date) -> Overview:
    """Return the overview of a term (None: the one `on` lies in) as far as the person reaches.

    Raises `NotFound` for an unknown term, and for a person without any unit in reach.
    """
    reach = security.reach_of(person_id, "diagnosis.read")
    terms = list(db.session.scalars(select(Term).order_by(Term.start_on)))
    term = _chosen(terms, term_code, on)
    grid = grid_of(term, reach=reach, on=on)
    if not grid.units:
        raise NotFound("没有找到，或者您的职责范围里没有部门。")
    standing = monitoring.visible_warnings(person_id).where(QualityWarning.status.in_(STANDING))
    worst = standing.where(QualityWarning.level.in_(monitoring.WARNING_LEVELS))
    rows = rectification.order_lines(_orders_of(person_id, term), limit=MOST_ORDERS)
    return Overview(
        terms=[each for each in terms if each.start_on <= on],
        term=term,
        grid=grid,
        warnings=_warning_figures(standing),
        worst=monitoring.lines(person_id, worst, limit=WARNINGS_SHOWN),
        orders=_order_figures(rows),
        urgent=[row for row in rows if row.band != "CLOSED"][:ORDERS_SHOWN],
        meeting=_meeting(person_id) if security.reach_of(person_id, "meeting.hold") else None,
        late_tasks=_late_tasks(reach),
        may_start_extra=assessment.may_start_extra(person_id),
    )


def _chosen(terms: list[Term], code: str | None, on: date) -> Term:
    wanted = [each for each in terms if (each.code == code if code else each.start_on <= on)]
    if not wanted:
        raise NotFound("校历里没有这个学期。")
    return wanted[-1]


def _warning_figures(standing: Select[QualityWarning]) -> WarningFigures:
    counted: Counter[Level] = Counter()
    for (level, _status), count in monitoring.counted(standing).items():
        counted[level] += count
    return WarningFigures(red=counted[Level.RED], yellow=counted[Level.YELLOW], notices=counted[Level.BLUE])


def _orders_of(person_id: str, term: Term) -> Select[RectificationOrder]:
    """Return the orders of a term's ledger: unfinished, or closed since the term began."""
    began = datetime.combine(term.start_on, time(), COLLEGE_ZONE)
    ended = datetime.combine(term.end_on + timedelta(days=1), time(), COLLEGE_ZONE)
    return rectification.visible_orders(person_id).where(
        or_(
            rectification.on_shelf(Shelf.OPEN),
            and_(RectificationOrder.closed_at >= began, RectificationOrder.closed_at < ended),
        )
    )


def _order_figures(rows: list[OrderLine]) -> OrderFigures:
    bands = Counter(row.band for row in rows)
    return OrderFigures(closed=bands.pop("CLOSED", 0), bands=dict(bands))


def _meeting(person_id: str) -> MeetingFigures:
    """Return the nearest meeting to come; items of orders the person may not see are left out."""
    meeting = db.session.scalar(
        select(SpecialMeeting)
        .where(SpecialMeeting.status.in_((MeetingStatus.PLANNED, MeetingStatus.SCHEDULED)))
        .order_by(SpecialMeeting.held_on.is_(None), SpecialMeeting.held_on, SpecialMeeting.id)
        .limit(1)
    )
    visible = rectification.visible_orders(person_id).with_only_columns(RectificationOrder.no)
    on_agenda = MeetingItem.meeting_id == (meeting.id if meeting else None)
    rows = db.session.scalars(
        select(MeetingItem)
        .join(NatureDetermination, NatureDetermination.id == MeetingItem.determination_id)
        .where(or_(MeetingItem.meeting_id.is_(None), on_agenda), NatureDetermination.order_no.in_(visible))
        .order_by(MeetingItem.id)
    )
    lines = [
        AgendaLine(row.determination.order_no, row.determination.order.finding.problem, row.meeting_id) for row in rows
    ]
    return MeetingFigures(
        meeting,
        opens=meeting is not None and bool(review.listed_among(person_id, {meeting.id})),
        agenda=[line for line in lines if line.meeting_id is not None],
        waiting=[line for line in lines if line.meeting_id is None],
    )


def _late_tasks(reach: security.Reach) -> LateTasks:
    step = func.coalesce(func.max(cast(Escalation.step, Integer)), 0)
    highest = (
        select(step.label("step"))
        .select_from(HumanTask)
        .outerjoin(Escalation, and_(Escalation.task_id == HumanTask.id, Escalation.due_at == HumanTask.due_at))
        .where(HumanTask.state == TaskState.OPEN, HumanTask.due_at < now(), reach.condition(HumanTask.subject))
        .group_by(HumanTask.id)
        .subquery()
    )
    rows = db.session.execute(select(highest.c.step, func.count()).group_by(highest.c.step).order_by(highest.c.step))
    by_step: Counter[int] = Counter()
    for reached, count in rows:
        by_step[max(reached, 0)] += count
    return LateTasks(dict(by_step))
