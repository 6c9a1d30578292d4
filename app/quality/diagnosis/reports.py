"""The reports of a term: of a subject, of the sections, posts and people of an office (R-134), and what they embed.

The system fills in the figures, people write the text. A report embeds what
the reports below it say at that moment; nobody waits for the slowest of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, and_, func, or_, select

from app import engine
from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.errors import Conflict
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.calendar import Term
from app.organisation.models import Assignment, OrgUnit, Person, Post, Subject, UnitKind
from app.quality.diagnosis import queries
from app.quality.diagnosis.models import DiagnosisStatus, ImprovementMeasure, ReportLevel, ReportStatus, SemesterReport
from app.quality.goals import queries as goals
from app.quality.goals.models import Goal
from app.quality.monitoring import queries as monitoring

LEVEL_NAMES = {
    "UNIT": "部门", "SECTION": "科室", "POST": "岗位", "PERSON": "个人", "PROGRAMME": "专业", "COURSE": "课程",
}  # fmt: skip
WRITTEN = (ReportStatus.SUBMITTED, ReportStatus.APPROVED, ReportStatus.ACCEPTED)
# How many of the problems written below a report shows; the reports themselves say all.
PROBLEMS_SHOWN = 12
# Whose reports a part's report embeds.
BELOW = {ReportLevel.SECTION: (ReportLevel.POST, ReportLevel.PERSON), ReportLevel.POST: (ReportLevel.PERSON,)}


@dataclass(frozen=True)
class Part:
    """A part of an office that reports for itself: its level, code and name, and who writes."""

    level: str
    code: str
    name: str
    writer: str


def parts_of(subject_code: str) -> list[dict[str, str]]:
    """Function `report parts(subject)`: the sections, posts and people of an office that report for themselves.

    The college chooses the levels (setting REPORT_LEVELS). Whoever writes for
    the unit or a section gives his own account there, and a teacher reports as
    a subject of his own layer. A section or post that nobody holds has no report.
    """
    subject = organisation.subject(subject_code)
    if subject.ref_type != "UNIT":
        return []
    wanted = {each.strip() for each in current_app.config["REPORT_LEVELS"].split(",")}
    heads = set(organisation.head_of(subject.unit_code))
    found: list[Part] = []
    for section in _sections(subject.unit_code):
        head = organisation.head_of(section.code)
        if head and not heads.issuperset(head):
            heads |= set(head)
            if "SECTION" in wanted:
                found.append(Part("SECTION", section.code, section.name_zh, head[0]))
    held = [row for row in _held_posts(subject.unit_code) if row[2].id not in heads and not _reports_himself(row[2])]
    posts: set[str] = set()
    for code, name, person in held:
        if "POST" in wanted and code not in posts:
            posts.add(code)
            found.append(Part("POST", code, name, person.id))
    if "PERSON" in wanted:
        people = {person.id: person for _code, _name, person in held}
        found += [Part("PERSON", each.id, each.name_zh, each.id) for each in people.values()]
    return [asdict(each) for each in found]


def report(
    subject_code: str, *, term: str, level: ReportLevel | None = None, part: str = ""
) -> SemesterReport | None:
    """Return the report of a term of a subject, or of a part of it, if it was written."""
    query = select(SemesterReport).where(
        SemesterReport.subject_code == subject_code, SemesterReport.term_code == term, SemesterReport.part == part
    )
    if level is not None:
        query = query.where(SemesterReport.level == level)
    return db.session.scalar(query)


def figures(subject_code: str, *, term: str, year: int, level: ReportLevel | None = None, part: str = "") -> dict[str, Any]:
    """Return what the system fills into a report (D4): goals, self-diagnoses, warnings, measures, tasks.

    For a section, post or person: its goals, measures and tasks. `below` is
    what the reports below say.
    """
    if level is None or not part:
        found = _of_subject(subject_code, term=term, year=year)
    else:
        found = _of_part(subject_code, term=term, year=year, level=level, part=part)
    return {**found, "below": _below(subject_code, term=term, level=level, part=part)}


def write(
    subject_code: str, *, term: str, form: dict[str, Any], by: str | None, level: ReportLevel = ReportLevel.UNIT,
    part: str = "", instance_id: int | None = None,
) -> SemesterReport:
    """Keep the text of a report with the figures of this moment. Raises `Conflict` once it was approved."""
    row = report(subject_code, term=term, level=level, part=part)
    if row is None:
        row = SemesterReport(subject_code=subject_code, term_code=term, level=level, part=part)
        db.session.add(row)
    elif row.status in (ReportStatus.APPROVED, ReportStatus.ACCEPTED):
        raise Conflict("这份报告已经审核通过，不能再改。")
    row.figures = figures(
        subject_code, term=term, year=calendar.plan_years(calendar.term(term))[0], level=level, part=part
    )
    row.text, row.problems = form["text"], form.get("problems", "")
    row.measures, row.next_goals = form.get("measures", ""), form.get("next_goals", "")
    row.status, row.written_by, row.written_at, row.instance_id = ReportStatus.SUBMITTED, by, now(), instance_id
    db.session.flush()
    return row


def move(
    subject_code: str, *, term: str, status: ReportStatus, level: ReportLevel | None = None, part: str = ""
) -> None:
    """Note what became of a report. Raises `Conflict` when none was written."""
    row = report(subject_code, term=term, level=level, part=part)
    if row is None:
        raise Conflict("还没有学期报告。")
    row.status = status


def part_name(row: SemesterReport) -> str:
    """Return what the part of a report is called; empty for a whole subject."""
    if not row.part:
        return ""
    found: Any = None
    match row.level:
        case ReportLevel.SECTION:
            found = db.session.get(OrgUnit, row.part)
        case ReportLevel.POST:
            found = db.session.get(Post, row.part)
        case _:
            found = db.session.get(Person, row.part)
    return found.name_zh if found is not None else row.part


def _sections(unit_code: str) -> Sequence[OrgUnit]:
    return db.session.scalars(
        select(OrgUnit).where(OrgUnit.parent_code == unit_code, OrgUnit.kind == UnitKind.SECTION).order_by(OrgUnit.code)
    ).all()


def _held_posts(unit_code: str) -> list[tuple[str, str, Person]]:
    """Return (post, name, holder) of a unit and its sections; several hold one post."""
    rows = db.session.execute(
        select(Post.code, Post.name_zh, Person)
        .join(Assignment, Assignment.post_code == Post.code)
        .join(Person, Person.id == Assignment.person_id)
        .where(
            Post.unit_code.in_(organisation.units_below(unit_code)), Person.active, organisation.holds_on(today()),
            Assignment.is_primary,
        )
        .order_by(Post.code, Person.id)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _reports_himself(person: Person) -> bool:
    """Say whether a person is a quality subject of his own (a teacher): his report is his layer's."""
    return db.session.get(Subject, person.id) is not None


def _of_subject(subject_code: str, *, term: str, year: int) -> dict[str, Any]:
    counted = Counter(record.status for record in queries.of_subject(subject_code, term=term))
    levels = Counter(warning.level.value for warning in monitoring.standing_warnings(subject_code))
    return {
        **_of_goals(goals.goals_of(subject_code), year),
        "submitted": counted[DiagnosisStatus.SUBMITTED],
        "late": counted[DiagnosisStatus.LATE],
        "missed": counted[DiagnosisStatus.MISSED],
        "standing_yellow": levels["YELLOW"],
        "standing_red": levels["RED"],
    }


def _of_part(subject_code: str, *, term: str, year: int, level: ReportLevel, part: str) -> dict[str, Any]:
    mine = {
        ReportLevel.SECTION: lambda goal: goal.section_code == part,
        ReportLevel.POST: lambda goal: goal.post_code == part,
    }.get(level, lambda goal: goal.responsible_id == part)
    people = _people_of(level, part)
    measures = db.session.execute(
        select(ImprovementMeasure.done_on.is_not(None), func.count())
        .where(ImprovementMeasure.subject_code == subject_code, ImprovementMeasure.responsible_id.in_(people))
        .group_by(ImprovementMeasure.done_on.is_not(None))
    ).all()
    found = {bool(done): count for done, count in measures}
    done, late = _tasks_of(people, calendar.term(term))
    return {
        **_of_goals([goal for goal in goals.goals_of(subject_code) if mine(goal)], year),
        "measures_open": found.get(False, 0), "measures_done": found.get(True, 0), "tasks_done": done, "tasks_late": late,
    }  # fmt: skip


def _of_goals(found: Iterable[Goal], year: int) -> dict[str, Any]:
    years = [each for goal in found for each in goal.years if each.year == year]
    progress = [each.progress_percent for each in years if each.progress_percent is not None]
    return {"goals": len(years), "progress_percent": round(sum(progress) / len(progress), 1) if progress else None}


def _people_of(level: ReportLevel, part: str) -> list[str]:
    if level is ReportLevel.SECTION:
        return organisation.members_of(part)
    return organisation.holders_of_post(part) if level is ReportLevel.POST else [part]


def _tasks_of(people: Sequence[str], term: Term) -> tuple[int, int]:
    """Return how many tasks these people have done in a term, and how many of them late."""
    done = and_(
        engine.HumanTask.closed_by.in_(people), engine.HumanTask.state == engine.TaskState.COMPLETED,
        engine.HumanTask.closed_at >= calendar.opening(term.code, 1),
    )  # fmt: skip
    late = engine.HumanTask.closed_at > engine.HumanTask.due_at
    counts = [
        db.session.scalar(select(func.count(engine.HumanTask.id)).where(condition)) or 0
        for condition in (done, and_(done, late))
    ]
    return counts[0], counts[1]


def _below(subject_code: str, *, term: str, level: ReportLevel | None, part: str) -> dict[str, Any]:
    """Return how many reports below are written and approved, by level, their mean progress, and their problems."""
    which = _reports_below(organisation.subject(subject_code), level, part)
    if which is None:
        return {}
    rows = db.session.scalars(
        select(SemesterReport).where(which, SemesterReport.term_code == term).order_by(SemesterReport.id)
    ).all()
    written = [row for row in rows if row.status in WRITTEN]
    progress = [row.figures["progress_percent"] for row in written if row.figures.get("progress_percent") is not None]
    return {
        "written": dict(Counter(row.level.value for row in written)),
        "approved": sum(row.status in (ReportStatus.APPROVED, ReportStatus.ACCEPTED) for row in written),
        "progress_percent": round(sum(progress) / len(progress), 1) if progress else None,
        "submitted": sum(row.figures.get("submitted") or 0 for row in written),
        "late": sum(row.figures.get("late") or 0 for row in written),
        "missed": sum(row.figures.get("missed") or 0 for row in written),
        "problems": [
            {"name": _name(row), "text": row.problems} for row in written if row.problems and _is_shown(row)
        ][:PROBLEMS_SHOWN],
    }  # fmt: skip


def _reports_below(subject: Subject, level: ReportLevel | None, part: str) -> ColumnElement[bool] | None:
    """Return which reports a report embeds; None at the bottom."""
    own = SemesterReport.subject_code == subject.code
    if part and level is not None:
        if level not in BELOW:
            return None
        if level is ReportLevel.SECTION:
            posts = select(Post.code).where(Post.unit_code == part)
            people = organisation.members_of(part)
            return and_(own, or_(SemesterReport.part.in_(posts), SemesterReport.part.in_(people)))
        return and_(own, SemesterReport.part.in_(organisation.holders_of_post(part)))
    if subject.ref_type == "UNIT":
        others = select(Subject.code).where(Subject.unit_code == subject.unit_code, Subject.layer_code != "COLLEGE")
        return or_(and_(own, SemesterReport.part != ""), SemesterReport.subject_code.in_(others))
    if subject.layer_code == "PROGRAMME":
        return SemesterReport.subject_code.in_(teaching.subjects_of_programme(subject.code) - {subject.code})
    return None


def _is_shown(row: SemesterReport) -> bool:
    """Say whether a report's own words may stand in the one above: a person's are for his line only (I-14)."""
    return row.level is not ReportLevel.PERSON


def _name(row: SemesterReport) -> str:
    return part_name(row) or organisation.subject(row.subject_code).name_zh

