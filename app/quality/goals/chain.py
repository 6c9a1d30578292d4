"""The chain of goals as its pages show it; every list a person sees starts from `visible_goals` (3c)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from app import security
from app.foundation.db import db
from app.foundation.errors import NotFound
from app.organisation.models import OrgUnit, Person, Subject
from app.quality.goals import queries, rules
from app.quality.goals.models import Goal, GoalStatus, GoalYear, Plan
from app.quality.goals.rules import Coverage, Link

PAGE_SIZE = 40
MOST_MISSING = 60
# Their goals are many and their own: the tree counts them, a list of their level shows them.
PERSONS = ("TEACHER", "STUDENT")


def visible_goals(person_id: str) -> ColumnElement[bool]:
    """Return the condition on `Goal` that a person may see it: by reach on the subject, or as who answers for it."""
    reach = security.reach_of(person_id, "goals.view", reading=True)
    return or_(reach.condition(Goal.subject_code), Goal.responsible_id == person_id)


def visible_goal(person_id: str, code: str) -> Goal:
    """Return one goal. Raises `NotFound` when it is absent or not for this person."""
    found = db.session.scalar(select(Goal).where(Goal.code == code, visible_goals(person_id)))
    if found is None:
        raise NotFound("没有这项目标，或者您无权查看。")
    return found


def may_report(person_id: str, goal: Goal) -> bool:
    """Say whether a person reports on a goal: who answers for it, or who enters its subject's goals."""
    return goal.responsible_id == person_id or security.reach_of(person_id, "goals.edit").covers(goal.subject_code)


@dataclass(frozen=True)
class Row:
    """A goal in the tree. `taken` are the levels on which something hangs below it, of those in `lower`.

    A goal shown only because of what lies below it is `context`; `above` names
    the goal it hangs below where that one is not shown.
    """

    goal: Goal
    level: str
    subject: str
    responsible: str
    year: GoalYear | None
    plan: str
    summed: bool
    context: bool
    above: str
    taken: frozenset[str]
    children: list["Row"] = field(default_factory=list)

    @property
    def lower(self) -> tuple[str, ...]:
        """The levels a plan's goal is to be broken down to; a goal of no plan asks for none."""
        return rules.LEVELS[rules.LEVELS.index(self.level) + 1 :] if self.goal.plan_code else ()


@dataclass(frozen=True)
class Missing:
    """A plan's goal that a level has not taken up."""

    code: str
    task: str
    subject: str


@dataclass(frozen=True)
class Chain:
    """What the page shows: a page of trees, the goals by level, and the coverage of the plans' goals."""

    roots: list[Row]
    by_level: dict[str, int]
    coverage: list[Coverage]
    missing: dict[str, list[Missing]]
    page: int
    pages: int


def chain_of(person_id: str, *, year: int, plan: str = "", level: str = "", page: int = 1) -> Chain:
    """Return the goals in reach as trees, of one plan with those below it and of one level, if asked."""
    facts = _links(or_(Goal.parent_id.is_not(None), Subject.layer_code.not_in(PERSONS)))
    visible = {link.id: link for link in _links(visible_goals(person_id))}
    every = list({**visible, **{link.id: link for link in facts}}.values())
    effective, parents = rules.plans_in_effect(every), queries.plan_parents()
    of_plan = {key for key in visible if not plan or rules.in_branch(effective[key], plan, parents)}
    counted = {key for key in of_plan if visible[key].plan}
    shown = {key for key in of_plan if _is_shown(visible[key].level, level)}
    context = _above(shown, visible) - shown if level not in PERSONS else set()
    roots = _roots([visible[key] for key in shown | context], flat=level in PERSONS)
    pages = max(ceil(len(roots) / PAGE_SIZE), 1)
    page = min(max(page, 1), pages)
    tree = _below(roots[(page - 1) * PAGE_SIZE : page * PAGE_SIZE], shown | context, visible, flat=level in PERSONS)
    taken = rules.taken_up(every)
    covered = [each for each in rules.coverage(every, counted) if each.total]
    return Chain(
        _rows(tree, year, context, effective, taken, flat=level in PERSONS),
        _by_level(visible[key].level for key in of_plan), covered, _missing(covered), page, pages,
    )  # fmt: skip


def plans() -> list[Plan]:
    """Return the plans, the college's first."""
    return list(db.session.scalars(select(Plan).order_by(Plan.code)))


def _is_shown(of: str, asked: str) -> bool:
    return of == asked if asked else of not in PERSONS


def _links(where: ColumnElement[bool]) -> list[Link]:
    rows = db.session.execute(
        select(Goal.id, Goal.parent_id, queries.level(), Goal.plan_code)
        .join(Subject, Subject.code == Goal.subject_code)
        .join(OrgUnit, OrgUnit.code == Subject.unit_code)
        .where(Goal.status != GoalStatus.CLOSED, where)
        .order_by(Goal.code)
    )
    return [Link(*row) for row in rows]


def _above(keys: Collection[int], visible: dict[int, Link]) -> set[int]:
    found: set[int] = set()
    for key in keys:
        parent = visible[key].parent
        while parent in visible and parent not in found:
            found.add(parent)
            parent = visible[parent].parent
    return found


def _roots(links: Sequence[Link], *, flat: bool) -> list[Link]:
    inside = {link.id for link in links}
    tops = [link for link in links if flat or link.parent not in inside]
    has_below = {link.parent for link in links}

    def order(link: Link) -> tuple[int, int, int]:
        kind = 0 if link.id in has_below else 1 if link.plan else 2
        return kind, rules.LEVELS.index(link.level), link.id

    return sorted(tops, key=order)


def _below(roots: Sequence[Link], keys: Collection[int], visible: dict[int, Link], *, flat: bool) -> list[Link]:
    """Return the roots and everything shown below them, each goal after the one above."""
    children: dict[int | None, list[Link]] = {}
    for key in sorted(keys):
        children.setdefault(visible[key].parent, []).append(visible[key])
    found, waiting = list(roots), [] if flat else list(roots)
    while waiting:
        more = children.get(waiting.pop().id, [])
        found += more
        waiting += more
    return found


def _rows(
    links: Sequence[Link], year: int, context: Collection[int], effective: dict[int, str | None],
    taken: dict[int, set[str]], *, flat: bool,
) -> list[Row]:  # fmt: skip
    """Read what a page shows of its goals, and hang each below the one above."""
    level = {link.id: link.level for link in links}
    rows = db.session.execute(
        select(Goal, Subject.name_zh, Person.name_zh)
        .join(Subject, Subject.code == Goal.subject_code)
        .join(Person, Person.id == Goal.responsible_id)
        .where(Goal.id.in_(level))
    )
    facts = {row[0].id: row for row in rows}
    summed = queries.below(level)
    plan_names = {plan.code: plan.name_zh for plan in plans()}
    hidden = _named([link.parent for link in links if link.parent and (flat or link.parent not in level)])
    found: dict[int, Row] = {}
    roots: list[Row] = []
    for link in links:
        goal, subject, responsible = facts[link.id]
        row = Row(
            goal, link.level, subject, responsible, next((each for each in goal.years if each.year == year), None),
            plan_names.get(effective[link.id] or "", ""), link.id in summed, link.id in context,
            hidden.get(link.parent or 0, ""), frozenset(taken[link.id]),
        )  # fmt: skip
        found[link.id] = row
        above = None if flat else found.get(link.parent or 0)
        (above.children if above else roots).append(row)
    return roots


def _named(ids: Collection[int]) -> dict[int, str]:
    """Return `教务处：建成省级一流专业` of some goals; what a goal rests on is no secret."""
    rows = db.session.execute(
        select(Goal.id, Subject.name_zh, Goal.task_zh).join(Subject, Subject.code == Goal.subject_code).where(Goal.id.in_(ids))
    )
    return {row[0]: f"{row[1]}：{row[2]}" for row in rows}


def _by_level(levels: Iterable[str]) -> dict[str, int]:
    found = dict.fromkeys(rules.LEVELS, 0)
    for level in levels:
        found[level] += 1
    return found


def _missing(covered: Sequence[Coverage]) -> dict[str, list[Missing]]:
    wanted = {key for each in covered for key in each.missing[:MOST_MISSING]}
    rows = db.session.execute(
        select(Goal.id, Goal.code, Goal.task_zh, Subject.name_zh)
        .join(Subject, Subject.code == Goal.subject_code)
        .where(Goal.id.in_(wanted))
    )
    facts = {row[0]: Missing(*row[1:]) for row in rows}
    return {each.level: [facts[key] for key in each.missing[:MOST_MISSING]] for each in covered}


# One goal, and a person's own.


@dataclass(frozen=True)
class Step:
    """A goal above or below another: what it is called is no secret, its page is only for who reaches it (`is_open`)."""

    code: str
    task: str
    subject: str
    progress: float | None
    is_open: bool


@dataclass(frozen=True)
class Card:
    """A goal with everything around it; `above` from the nearest goal up."""

    goal: Goal
    subject: str
    responsible: str
    ground: str
    year: GoalYear | None
    above: list[Step]
    below: list[Step]
    may_report: bool


def own_goals(person_id: str) -> list[Goal]:
    """Return the goals a person answers for, by code."""
    return list(
        db.session.scalars(
            select(Goal)
            .where(Goal.responsible_id == person_id, Goal.status != GoalStatus.CLOSED)
            .order_by(Goal.code)
        )
    )


def cards(goals: Sequence[Goal], person_id: str, *, year: int) -> list[Card]:
    """Return some goals with what they rest on and what they are broken down into, in a few statements."""
    above = _ancestors(goals)
    below = queries.below([goal.id for goal in goals])
    around = [*goals, *above.values(), *(each for rows in below.values() for each in rows)]
    names = _read(Subject.code, Subject.name_zh, {goal.subject_code for goal in around})
    people = _read(Person.id, Person.name_zh, {goal.responsible_id for goal in goals})
    plan_names = {plan.code: plan.name_zh for plan in plans()}
    edits = security.reach_of(person_id, "goals.edit").condition(Goal.subject_code)
    editable = select(Goal.id).where(Goal.id.in_([goal.id for goal in goals]), or_(edits, Goal.responsible_id == person_id))
    mine = set(db.session.scalars(editable))
    seen = select(Goal.id).where(Goal.id.in_([goal.id for goal in around]), visible_goals(person_id))
    visible = set(db.session.scalars(seen))

    def step(goal: Goal) -> Step:
        progress = queries.progress_of(goal, year)
        return Step(goal.code, goal.task_zh, names[goal.subject_code], progress, goal.id in visible)

    return [
        Card(
            goal, names[goal.subject_code], people[goal.responsible_id],
            plan_names.get(goal.plan_code or "", goal.basis),
            next((each for each in goal.years if each.year == year), None),
            [step(each) for each in _upwards(goal, above)], [step(each) for each in below.get(goal.id, [])],
            goal.id in mine and goal.confirmed_at is not None,
        )
        for goal in goals
    ]  # fmt: skip


def _read(key: Any, label: Any, wanted: Collection[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in db.session.execute(select(key, label).where(key.in_(wanted)))}


def _ancestors(goals: Sequence[Goal]) -> dict[int, Goal]:
    """Return the goals above some goals, one statement for each level."""
    found: dict[int, Goal] = {}
    wanted = {goal.parent_id for goal in goals if goal.parent_id}
    while wanted:
        rows = db.session.scalars(select(Goal).where(Goal.id.in_(wanted))).all()
        found |= {row.id: row for row in rows}
        wanted = {row.parent_id for row in rows if row.parent_id} - found.keys()
    return found


def _upwards(goal: Goal, known: dict[int, Goal]) -> list[Goal]:
    found: list[Goal] = []
    parent = known.get(goal.parent_id or 0)
    while parent is not None and parent not in found:
        found.append(parent)
        parent = known.get(parent.parent_id or 0)
    return found

