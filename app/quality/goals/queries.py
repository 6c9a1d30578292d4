"""Questions about plans and goals."""

from typing import Any

from sqlalchemy import select

from app.foundation.clock import today
from app.foundation.db import db
from app.organisation import queries as organisation
from app.organisation import teaching
from app.organisation.models import Assignment, Person, Post
from app.quality.goals.models import Goal, GoalStatus, Plan
from app.quality.standards import queries as standards


def goals_of(subject_code: str) -> list[Goal]:
    """Return the goals of a subject that are not closed, by code."""
    return list(
        db.session.scalars(
            select(Goal)
            .where(Goal.subject_code == subject_code, Goal.status != GoalStatus.CLOSED)
            .order_by(Goal.code)
        )
    )


def as_row(goal: Goal) -> dict[str, Any]:
    """Return a goal as its form shows it; yearly plans are `year_1`, `year_2` and so on."""
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
        **{f"year_{position}": year.planned_text for position, year in enumerate(goal.years, start=1)},
    }


def in_words(goal: Goal) -> dict[str, str]:
    """Return what a goal rests on and who answers for it, as its confirmer reads it."""
    plan = db.session.get(Plan, goal.plan_code) if goal.plan_code else None
    ground = f"依据：{plan.name_zh if plan else goal.basis} · "
    return {"plan_text": ground, "responsible_name": organisation.person(goal.responsible_id).name_zh}


def choices(subject_code: str) -> dict[str, list[dict[str, str]]]:
    """Return what the goal form offers: plans, indicators, posts and people of the subject's unit and sections.

    Whoever is a subject himself chooses among himself and those above him.
    """
    subject = organisation.subject(subject_code)
    units = organisation.units_below(subject.unit_code)
    posts = db.session.scalars(select(Post).where(Post.unit_code.in_(units)).order_by(Post.code))
    holders = db.session.execute(
        select(Person.id, Person.name_zh, Post.name_zh.label("post"))
        .join(Assignment, Assignment.person_id == Person.id)
        .join(Post, Post.code == Assignment.post_code)
        .where(Post.unit_code.in_(units), Person.active, organisation.holds_on(today()))
        .order_by(Person.id)
    )
    plans = db.session.scalars(select(Plan).order_by(Plan.code))
    points = [point.code for point in standards.points_of(subject.layer_code)]
    return {
        "indicators": [
            {"label": f"{each.code} {each.name_zh}", "value": each.code} for each in standards.indicators_of(points)
        ],
        "plans": [{"label": plan.name_zh, "value": plan.code} for plan in plans],
        "posts": [{"label": post.name_zh, "value": post.code} for post in posts],
        "people": _own_people(subject_code)
        if subject.ref_type == "PERSON"
        else [{"label": f"{row.name_zh}（{row.post}）", "value": row.id} for row in holders],
    }


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
