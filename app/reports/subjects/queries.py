"""What the page of a subject shows, in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from app import engine, security
from app.foundation.db import db, mentions
from app.foundation.errors import NotFound
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.calendar import Term
from app.organisation.models import Layer, OrgUnit, Person, Subject, SubjectState
from app.quality.assessment.models import Assessment
from app.quality.cycles import launching
from app.quality.cycles.models import DiagnosisWindow
from app.quality.diagnosis import queries as diagnosis
from app.quality.diagnosis.models import (
    DiagnosisEntry,
    DiagnosisStatus,
    ImprovementMeasure,
    PlanAdjustment,
    SelfDiagnosis,
)
from app.quality.goals import queries as goals
from app.quality.goals.models import Goal, GoalStatus
from app.quality.monitoring import queries as monitoring
from app.quality.monitoring.models import Level, Measurement, QualityWarning
from app.quality.rectification.models import OrderStatus, RectificationOrder
from app.quality.standards import queries as standards
from app.quality.standards.models import DiagnosisPoint, Indicator, IndicatorBinding, Standard
from app.reports.subjects.spiral import Facts
from app.reports.subjects.trend import Chart, Limits, chart

# How many of the newest values a small chart shows.
VALUES_SHOWN = 12
PAGE_SIZE = 50
HANDED_IN = (DiagnosisStatus.SUBMITTED, DiagnosisStatus.LATE)
WORST_FIRST = {Level.RED: 0, Level.YELLOW: 1, Level.YELLOW_HIGH: 1, Level.YELLOW_LOW: 1, Level.BLUE: 2, Level.GREEN: 3}


@dataclass(frozen=True)
class IndicatorCard:
    """An indicator with its newest value and its chart; without any value `reading` is None."""

    indicator: Indicator
    point: DiagnosisPoint
    limits: Indicator | IndicatorBinding
    reading: Measurement | None
    before: Measurement | None
    chart: Chart
    periods: tuple[str, str]


@dataclass(frozen=True)
class WindowLine:
    """A window with what the subject gave for it; `record` is None while nothing was asked."""

    window: DiagnosisWindow
    record: SelfDiagnosis | None


@dataclass(frozen=True)
class View:
    """The whole page."""

    subject: Subject
    layer: Layer
    unit: OrgUnit
    term: Term
    responsible: list[Person]
    team: list[Person]
    instance: engine.ProcessInstance | None
    facts: Facts
    levels: dict[str, int]
    cards: list[IndicatorCard]
    windows: list[WindowLine]
    goals: list[Goal]
    standards: list[Standard]
    standard_titles: dict[int, str]
    warnings: list[QualityWarning]
    measures: list[tuple[ImprovementMeasure, str]]
    achievements: list[DiagnosisEntry]
    assessments: list[Assessment]
    orders: list[RectificationOrder]
    programmes: list[tuple[str, str, bool]]
    open_task: engine.HumanTask | None


def visible_subjects(person_id: str) -> Select[Subject]:
    """Return the subjects whose self-diagnoses a person may read (RBAC "diagnosis.read", I-14)."""
    reach = security.reach_of(person_id, "diagnosis.read")
    return select(Subject).where(reach.condition(Subject.code))


def listed(
    person_id: str, *, layer: str, text: str, page: int
) -> tuple[list[tuple[Subject, str, int, int]], int]:
    """Return a page of (subject, unit, standing red, standing yellow) and how many there are."""
    query = visible_subjects(person_id).where(Subject.state != SubjectState.CLOSED)
    if layer:
        query = query.where(Subject.layer_code == layer)
    if text:
        query = query.where(mentions(text, Subject.name_zh, Subject.code))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.execute(
        query.join(Layer, Layer.code == Subject.layer_code)
        .join(OrgUnit, OrgUnit.code == Subject.unit_code)
        .with_only_columns(Subject, OrgUnit.name_zh)
        .order_by(Layer.position, Subject.unit_code, Subject.code)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    ).all()
    standing = _standing([row[0].code for row in rows])
    return [
        (subject, unit, standing[subject.code, Level.RED], standing[subject.code, Level.YELLOW]) for subject, unit in rows
    ], total


def layers_seen(person_id: str) -> list[tuple[Layer, int]]:
    """Return the layers a person sees subjects of, with how many."""
    query = visible_subjects(person_id).where(Subject.state != SubjectState.CLOSED)
    counted = db.session.execute(
        query.with_only_columns(Subject.layer_code, func.count()).group_by(Subject.layer_code)
    ).all()
    numbers = {row[0]: row[1] for row in counted}
    return [
        (layer, numbers[layer.code])
        for layer in db.session.scalars(select(Layer).order_by(Layer.position))
        if layer.code in numbers
    ]


def view(person_id: str, code: str, *, term: Term) -> View:
    """Return what the page of a subject shows. Raises `NotFound` when it is not for this person."""
    subject = db.session.scalar(visible_subjects(person_id).where(Subject.code == code))
    if subject is None:
        raise NotFound("没有这个质量主体，或者您无权查看。")
    layer = db.session.get_one(Layer, subject.layer_code)
    year = calendar.plan_years(term)[0]
    windows = _windows(subject, layer, term)
    cards = _cards(subject, year)
    found_goals = goals.goals_of(code)
    instance = _instance(subject, term)
    orders = _orders(code)
    measures, achievements = _measures(code), _achievements(code, term)
    assessments = _assessments(code, term)
    warnings = monitoring.standing_warnings(code)
    people = organisation.people(_team(code))
    responsible = organisation.people(organisation.responsible_for(code))
    applying = standards.applying(subject)
    done, all_tasks, open_task = _tasks(person_id, code, term, instance)
    facts = Facts(
        goals=len(found_goals),
        goals_confirmed=sum(goal.status is GoalStatus.ACTIVE for goal in found_goals),
        standards=len(applying),
        plans=sum(row.year == year for goal in found_goals for row in goal.years),
        people=len(people) or len(responsible),
        tasks_done=done,
        tasks=all_tasks,
        diagnoses_done=sum(line.record is not None and line.record.status in HANDED_IN for line in windows),
        windows_due=sum(line.record is not None for line in windows),
        diagnosis_open=any(
            line.record is not None and line.record.status is DiagnosisStatus.OPEN for line in windows
        ),
        assessments=len(assessments),
        assessments_issued=sum(each.issued_at is not None for each in assessments),
        achievements=len(achievements),
        measures_open=sum(measure.done_on is None for measure, _name in measures),
        measures_done=sum(measure.done_on is not None for measure, _name in measures),
        orders_open=sum(order.status is not OrderStatus.CLOSED for order in orders),
        orders_closed=sum(order.status is OrderStatus.CLOSED for order in orders),
        indicators_read=sum(card.reading is not None for card in cards),
        indicators=len(cards),
        warnings=sum(each.level in monitoring.WARNING_LEVELS for each in warnings),
        adjustments=_adjustments(code, term),
        running=instance is not None and instance.state is engine.InstanceState.RUNNING,
    )
    return View(
        subject=subject, layer=layer, unit=organisation.unit(subject.unit_code), term=term,
        responsible=list(responsible.values()), team=list(people.values()), instance=instance, facts=facts,
        levels=_levels(cards), cards=cards, windows=windows, goals=found_goals, standards=applying,
        standard_titles=standards.titles(applying), warnings=warnings,
        measures=measures, achievements=achievements, assessments=assessments, orders=orders,
        programmes=_programmes(subject, person_id), open_task=open_task,
    )  # fmt: skip


def has_sensitive(page: View) -> bool:
    """Say whether the page tells of a sensitive point of a person (I-14)."""
    return any(card.point.sensitive and card.reading is not None for card in page.cards)


def _standing(codes: Sequence[str]) -> dict[tuple[str, Level], int]:
    rows = db.session.execute(
        select(QualityWarning.subject_code, QualityWarning.level, func.count())
        .where(QualityWarning.subject_code.in_(codes), QualityWarning.status.in_(monitoring.STANDING))
        .group_by(QualityWarning.subject_code, QualityWarning.level)
    )
    return defaultdict(int, {(row[0], row[1]): row[2] for row in rows})


def _windows(subject: Subject, layer: Layer, term: Term) -> list[WindowLine]:
    windows = db.session.scalars(
        select(DiagnosisWindow)
        .where(DiagnosisWindow.term_code == term.code, DiagnosisWindow.frequency == layer.frequency)
        .order_by(DiagnosisWindow.no)
    )
    records = {each.window_no: each for each in diagnosis.of_subject(subject.code, term=term.code)}
    return [WindowLine(window, records.get(window.no)) for window in windows]


def _cards(subject: Subject, year: int) -> list[IndicatorCard]:
    """Return the indicators of the points the subject diagnoses, the worst first, those without a value last."""
    points = {each.code: each for each in diagnosis.points_asked(subject.code, layer=subject.layer_code)}
    indicators = standards.indicators_of(list(points))
    bindings = standards.bindings_of(subject.code, year)
    series: dict[str, list[Measurement]] = defaultdict(list)
    rows = db.session.scalars(
        select(Measurement)
        .where(Measurement.subject_code == subject.code, Measurement.superseded_by_id.is_(None))
        .order_by(Measurement.period.desc(), Measurement.id.desc())
        .limit(VALUES_SHOWN * max(len(indicators), 1))
    )
    for row in rows:
        series[row.indicator_code].append(row)
    cards = [_card(each, points[each.point_code], bindings.get(each.code) or each, series[each.code]) for each in indicators]
    return sorted(cards, key=lambda card: WORST_FIRST[card.reading.level] if card.reading else 9)


def _card(
    indicator: Indicator, point: DiagnosisPoint, limits: Indicator | IndicatorBinding, newest_first: list[Measurement]
) -> IndicatorCard:
    shown = newest_first[:VALUES_SHOWN][::-1]
    drawn = Limits(
        indicator.direction.value, target=limits.target, target_high=limits.target_high, standard=limits.standard,
        warn_low=limits.warn_low, warn_high=limits.warn_high,
    )  # fmt: skip
    return IndicatorCard(
        indicator=indicator, point=point, limits=limits, reading=shown[-1] if shown else None,
        before=shown[-2] if len(shown) > 1 else None, chart=chart([row.value for row in shown], drawn),
        periods=(shown[0].period, shown[-1].period) if shown else ("", ""),
    )  # fmt: skip


def _levels(cards: list[IndicatorCard]) -> dict[str, int]:
    found = {"GREEN": 0, "BLUE": 0, "YELLOW": 0, "RED": 0}
    for card in cards:
        if card.reading is not None:
            found[card.reading.level.value.partition("_")[0]] += 1
    return found


def _instance(subject: Subject, term: Term) -> engine.ProcessInstance | None:
    return db.session.scalar(
        select(engine.ProcessInstance)
        .where(
            engine.ProcessInstance.business_key == launching.business_key(term.code, subject.code),
            engine.ProcessInstance.parent_id.is_(None),
        )
        .order_by(engine.ProcessInstance.id.desc())
        .limit(1)
    )


def _tasks(
    person_id: str, code: str, term: Term, instance: engine.ProcessInstance | None
) -> tuple[int, int, engine.HumanTask | None]:
    """Return the subject's tasks of the term that are done, all of them, and one that waits for the reader."""
    if instance is None:
        return 0, 0, None
    of_term = (engine.HumanTask.subject == code, engine.HumanTask.opened_at >= _begin(term))
    rows = db.session.execute(
        select(engine.HumanTask.state, func.count()).where(*of_term).group_by(engine.HumanTask.state)
    )
    counted = {row[0]: row[1] for row in rows}
    done, still_open = counted.get(engine.TaskState.COMPLETED, 0), counted.get(engine.TaskState.OPEN, 0)
    mine = db.session.scalar(
        select(engine.HumanTask)
        .join(engine.TaskPerformer)
        .where(
            *of_term, engine.HumanTask.state == engine.TaskState.OPEN, engine.TaskPerformer.person_id == person_id
        )
        .order_by(engine.HumanTask.due_at)
        .limit(1)
    )
    return done, done + still_open, mine


def _begin(term: Term) -> datetime:
    return calendar.opening(term.code, 1)


def _team(code: str) -> list[str]:
    found = db.session.get(teaching.Team, code)
    return [member.person_id for member in found.members] if found else []


def _measures(code: str) -> list[tuple[ImprovementMeasure, str]]:
    rows = db.session.execute(
        select(ImprovementMeasure, DiagnosisPoint.name_zh)
        .join(DiagnosisPoint, DiagnosisPoint.code == ImprovementMeasure.point_code)
        .where(ImprovementMeasure.subject_code == code)
        .order_by(ImprovementMeasure.done_on.is_not(None), ImprovementMeasure.due_on, ImprovementMeasure.id)
    )
    return [(row[0], row[1]) for row in rows]


def _achievements(code: str, term: Term) -> list[DiagnosisEntry]:
    return list(
        db.session.scalars(
            select(DiagnosisEntry)
            .join(SelfDiagnosis, SelfDiagnosis.id == DiagnosisEntry.diagnosis_id)
            .where(
                SelfDiagnosis.subject_code == code, SelfDiagnosis.term_code == term.code, DiagnosisEntry.achievement != ""
            )
            .order_by(DiagnosisEntry.id.desc())
        )
    )


def _assessments(code: str, term: Term) -> list[Assessment]:
    return list(
        db.session.scalars(
            select(Assessment)
            .where(Assessment.subject_code == code, Assessment.term_code == term.code)
            .order_by(Assessment.held_on, Assessment.id)
        )
    )


def _orders(code: str) -> list[RectificationOrder]:
    return list(
        db.session.scalars(
            select(RectificationOrder).where(RectificationOrder.subject_code == code).order_by(RectificationOrder.no.desc())
        )
    )


def _adjustments(code: str, term: Term) -> int:
    return (
        db.session.scalar(
            select(func.count(PlanAdjustment.id))
            .join(SelfDiagnosis, SelfDiagnosis.id == PlanAdjustment.diagnosis_id)
            .where(SelfDiagnosis.subject_code == code, SelfDiagnosis.term_code == term.code)
        )
        or 0
    )


def _programmes(subject: Subject, person_id: str) -> list[tuple[str, str, bool]]:
    """Return the programmes a course belongs to, as (code, name, whether the reader may open it).

    A public course is shown in each of them.
    """
    if subject.layer_code != "COURSE":
        return []
    found = teaching.programmes_of(subject.code)
    seen = visible_subjects(person_id).where(Subject.code.in_([each.code for each in found]))
    open_to_him = set(db.session.scalars(seen.with_only_columns(Subject.code)))
    return [(each.code, each.name_zh, each.code in open_to_him) for each in found]
