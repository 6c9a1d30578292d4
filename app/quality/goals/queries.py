"""Questions about plans and goals."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.foundation.clock import today
from app.foundation.db import ask, db
from app.foundation.errors import NotFound
from app.organisation import queries as organisation
from app.organisation import teaching
from app.organisation.models import Assignment, OrgUnit, Person, Post, Subject, UnitKind
from app.quality.goals import rules
from app.quality.goals.models import Goal, GoalStatus, GoalYear, Plan, TaskType
from app.quality.standards import queries as standards

_GOALS = (
    select(Goal)
    .where(Goal.subject_code == bindparam("subject"), Goal.status != GoalStatus.CLOSED)
    .order_by(Goal.code)
    .options(joinedload(Goal.years), joinedload(Goal.parent).lazyload(Goal.years))
)


def goals_of(subject_code: str) -> list[Goal]:
    """Return the goals of a subject that are not closed, by code."""
    return list(db.session.scalars(_GOALS, {"subject": subject_code}).unique())


class Progress(NamedTuple):
    """How far a goal has come in a year, in percent; None where nothing was said.

    Of a goal that is `summed` up from those below it nobody reports.
    """

    code: str
    task_zh: str
    task_type: TaskType
    percent: float | None
    summed: bool


_LOWER = aliased(Goal)
_COUNTS = (_LOWER.status != GoalStatus.CLOSED, _LOWER.confirmed_at.is_not(None))
_SUMMED = select(_LOWER.id).where(_LOWER.parent_id == Goal.id, *_COUNTS).exists()
_PROGRESS = (
    select(Goal.code, Goal.task_zh, Goal.task_type, GoalYear.progress_percent, _SUMMED)
    .outerjoin(GoalYear, and_(GoalYear.goal_id == Goal.id, GoalYear.year == bindparam("year")))
    .where(Goal.subject_code == bindparam("subject"), Goal.status != GoalStatus.CLOSED)
    .order_by(Goal.code)
)


def progress_in(subject_code: str, year: int) -> list[Progress]:
    """Return the progress of a subject's goals that are not closed, by code."""
    return [Progress(*row) for row in ask(_PROGRESS, subject=subject_code, year=year)]


def goal(code: str) -> Goal:
    """Return the goal. Raises `NotFound`."""
    found = db.session.scalar(select(Goal).where(Goal.code == code))
    if found is None:
        raise NotFound(f"没有编号为“{code}”的目标。")
    return found


def as_row(goal: Goal, years: Sequence[int]) -> dict[str, Any]:
    """Return a goal as its form shows it; the plans of `years` are `year_1`, `year_2` and so on."""
    planned = {year.year: year.planned_text for year in goal.years}
    return {
        "code": goal.code,
        "task_zh": goal.task_zh,
        "task_type": goal.task_type.value,
        "plan": goal.plan_code,
        "basis": goal.basis,
        "observation_point": goal.observation_point,
        "post": goal.post_code,
        "responsible": goal.responsible_id,
        "indicator": goal.indicator_code,
        "parent": goal.parent.code if goal.parent else None,
        **{f"year_{position}": planned.get(year, "") for position, year in enumerate(years, start=1)},
    }


def in_words(goal: Goal) -> dict[str, str]:
    """Return what a goal rests on and who answers for it, as its confirmer reads it."""
    plan = db.session.get(Plan, goal.plan_code) if goal.plan_code else None
    ground = f"依据：{plan.name_zh if plan else goal.basis} · "
    if goal.parent:
        ground += f"上级目标：{goal.parent.task_zh} · "
    return {"plan_text": ground, "responsible_name": organisation.person(goal.responsible_id).name_zh}


def choices(subject_code: str) -> dict[str, list[dict[str, str]]]:
    """Return what the goal form offers: plans, indicators, parents, posts and people (`people_offered`)."""
    subject = organisation.subject(subject_code)
    posts = db.session.scalars(
        select(Post).where(Post.unit_code.in_(organisation.units_below(subject.unit_code))).order_by(Post.code)
    ).all()
    holders = _holders(subject)
    plans = db.session.scalars(select(Plan).order_by(Plan.code))
    points = [point.code for point in standards.points_of(subject.layer_code)]
    return {
        "indicators": [
            {"label": f"{each.code} {each.name_zh}", "value": each.code} for each in standards.indicators_of(points)
        ],
        "plans": [{"label": plan.name_zh, "value": plan.code} for plan in plans],
        "parents": [
            {"label": f"{name}：{each.task_zh}", "value": each.code} for each, name in offered_above(subject_code)
        ],
        "posts": _told_apart(posts, [(row.code, row.name_zh) for row in holders]),
        "people": people_offered(subject_code),
    }


def people_offered(subject_code: str) -> list[dict[str, str]]:
    """Return who may answer for a goal or a measure: the people of the subject's unit and sections.

    Whoever is a subject himself chooses among himself and those above him.
    """
    subject = organisation.subject(subject_code)
    if subject.ref_type == "PERSON":
        return _own_people(subject_code)
    return [{"label": f"{row.name_zh}（{row.post}）", "value": row.id} for row in _holders(subject)]


_HOLDERS = (
    select(Person.id, Person.name_zh, Post.name_zh.label("post"), Post.code)
    .join(Assignment, Assignment.person_id == Person.id)
    .join(Post, Post.code == Assignment.post_code)
    .where(
        Post.unit_code.in_(bindparam("units", expanding=True)), Person.active,
        organisation.holds_on(bindparam("on", type_=Date)),
    )
    .order_by(Person.id)
)  # fmt: skip


def _holders(subject: Subject) -> Sequence[Any]:
    return ask(_HOLDERS, units=sorted(organisation.units_below(subject.unit_code)), on=today()).all()


def _told_apart(posts: Sequence[Post], holders: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return posts to choose from; those of one name, as teachers' are, also say who holds them."""
    names = Counter(post.name_zh for post in posts)
    held: dict[str, list[str]] = defaultdict(list)
    for code, person in holders:
        held[code].append(person)
    return [
        {
            "label": post.name_zh if names[post.name_zh] == 1 else f"{post.name_zh}（{'、'.join(held[post.code]) or '空缺'}）",
            "value": post.code,
        }
        for post in posts
    ]


def _own_people(subject_code: str) -> list[dict[str, str]]:
    own = organisation.responsible_for(subject_code)
    found = organisation.people([*own, *(each for person in own for each in teaching.superiors_of(person))])
    return [{"label": found[each].name_zh, "value": each} for each in sorted(found, key=lambda each: each not in own)]


def holds_post(person_id: str, post_code: str) -> bool:
    """Say whether a person holds a post today (I-2)."""
    return person_id in organisation.holders_of_post(post_code)


def subjects_with_goals(codes: list[str]) -> set[str]:
    """Return which of these subjects have a goal that is not closed."""
    found = select(Goal.subject_code).where(Goal.subject_code.in_(codes), Goal.status != GoalStatus.CLOSED)
    return set(db.session.scalars(found.distinct()))


# The chain.


def level() -> ColumnElement[str]:
    """Return the level of a subject in the chain, for statements that join `Subject` and its `OrgUnit`."""
    return case(
        (Subject.layer_code != "COLLEGE", Subject.layer_code),
        (OrgUnit.kind == UnitKind.DEPARTMENT, "DEPARTMENT"),
        else_="OFFICE",
    )


def level_of(subject_code: str) -> str:
    """Return the level of one subject in the chain."""
    found = db.session.execute(
        select(level()).select_from(Subject).join(OrgUnit, OrgUnit.code == Subject.unit_code).where(Subject.code == subject_code)
    ).scalar_one_or_none()  # fmt: skip
    if found is None:
        raise NotFound(f"没有编码为“{subject_code}”的质量主体。")
    return str(found)


def offered_above(subject_code: str) -> list[tuple[Goal, str]]:
    """Return the goals that may be broken down into goals of a subject, with their subjects' names, from above.

    A unit's own goals are offered to its sections.
    """
    above = teaching.subjects_above(subject_code)
    found = organisation.subject(subject_code)
    own = [subject_code] if found.ref_type == "UNIT" else []
    rows = db.session.execute(
        select(Goal, Subject.name_zh)
        .join(Subject, Subject.code == Goal.subject_code)
        .join(OrgUnit, OrgUnit.code == Subject.unit_code)
        .where(
            Goal.status != GoalStatus.CLOSED,
            Goal.subject_code.in_(above) | (Goal.subject_code.in_(own) & Goal.section_code.is_(None)),
        )
        .order_by(case({name: number for number, name in enumerate(rules.LEVELS)}, value=level()).desc(), Goal.code)
        .options(selectinload(Goal.parent))
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def place_of(goal: Goal) -> rules.Place:
    """Return where a goal stands in the chain."""
    return rules.Place(goal.subject_code, level_of(goal.subject_code), goal.section_code is not None, plan_in_effect(goal))


def plan_in_effect(goal: Goal | None) -> str | None:
    """Return the plan of a goal or, without one, of the nearest goal above."""
    while goal is not None:
        if goal.plan_code:
            return goal.plan_code
        goal = goal.parent
    return None


def plan_parents() -> dict[str, str | None]:
    """Return the plan above each plan."""
    return {row.code: row.parent_code for row in db.session.execute(select(Plan.code, Plan.parent_code))}


_BELOW = select(_LOWER).where(_LOWER.parent_id.in_(bindparam("parents", expanding=True)), *_COUNTS).order_by(_LOWER.code)


def below(goal_ids: Collection[int]) -> dict[int, list[Goal]]:
    """Return the goals that hang at once below some goals and count: not closed, and confirmed at least once."""
    found: dict[int, list[Goal]] = {}
    for row in db.session.scalars(_BELOW, {"parents": list(goal_ids)}):
        found.setdefault(row.parent_id or 0, []).append(row)
    return found


def progress_of(goal: Goal, year: int) -> float | None:
    """Return how far a goal has come in a year, in percent."""
    return next((each.progress_percent for each in goal.years if each.year == year), None)
