"""The cohort launch: look at who would do what, start the procedures of many subjects, take it back.

A launch is worked off in portions, each in a transaction of its own: the door
or the scheduler calls `work_on` until nothing is left. What is started is
found again by its key (term, layer, subject), so two launches of the same
subjects start each once.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import bindparam, delete, func, insert, select, update

from app import engine
from app.foundation import audit
from app.foundation.clock import now
from app.foundation.db import ask, db, locked
from app.foundation.errors import Conflict, Invalid
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.organisation.models import Layer, Person, Subject, SubjectState
from app.quality.cycles.models import CohortLaunch, Doubt, LaunchItem, LaunchState
from app.quality.goals import queries as goals

# How many subjects one transaction deals with: short enough that a page's save does not wait for it.
PORTION = 200
# A launch that was only looked at is forgotten after so long; the people it names change.
LOOK_LASTS = timedelta(days=1)


def look(term: str, layer_code: str, *, scope: str = "", by: str) -> CohortLaunch:
    """Prepare a launch: its subjects are listed, who would do what is looked up next (`work_on`).

    Raises `Invalid` for an unknown term or scope, or one without any subject.
    """
    _forget_old_looks()
    return _new_launch(term, layer_code, scope=scope, by=by, state=LaunchState.RESOLVING)


def order(term: str, layer_code: str, *, scope: str = "", by: str | None = None) -> CohortLaunch:
    """Order a launch without a look before it: what the timer and the command do. Raises `Invalid`."""
    launch = _new_launch(term, layer_code, scope=scope, by=by, state=LaunchState.STARTING)
    launch.started_at = now()
    return launch


def begin(launch: CohortLaunch, *, by: str) -> None:
    """Let a launch that was looked at start. Raises `Conflict` when it is not ready for it."""
    if launch.state is not LaunchState.READY:
        raise Conflict("这次启动还没有准备好，或者已经启动过了，请刷新页面。")
    launch.state, launch.started_at, launch.asked_by = LaunchState.STARTING, now(), by


def undo(launch: CohortLaunch, *, by: str) -> None:
    """Take back what a launch has started, as long as nobody has acted (`work_on` does it in portions).

    Raises `Conflict` when there is nothing to take back, or somebody has handed in a task of it.
    """
    if launch.state is not LaunchState.DONE:
        raise Conflict("只有启动完毕的批次可以撤销。")
    first = first_act(launch)
    if first is not None:
        raise Conflict(f"已有人开始办理（{first.title}），不能再整批撤销；个别主体可以单独撤销其流程。")
    db.session.execute(update(LaunchItem).where(LaunchItem.launch_id == launch.id).values(settled=False))
    launch.state, launch.undone_by = LaunchState.UNDOING, by


def first_act(launch: CohortLaunch) -> engine.HumanTask | None:
    """Return the first task of what was launched that somebody has handed in, or None."""
    mine = select(LaunchItem.instance_id).where(LaunchItem.launch_id == launch.id, LaunchItem.instance_id.is_not(None))
    return db.session.scalar(
        select(engine.HumanTask)
        .where(engine.HumanTask.instance_id.in_(mine), engine.HumanTask.state == engine.TaskState.COMPLETED)
        .order_by(engine.HumanTask.closed_at)
        .limit(1)
    )


def work_on(launch: CohortLaunch) -> int:
    """Deal with the next portion of what the launch's state asks for; returns how many subjects that were.

    The portion that leaves nothing to do moves the launch on to its next state.
    """
    items = _portion(launch)
    match launch.state:
        case LaunchState.RESOLVING:
            _resolve(launch, items)
            following = LaunchState.READY
        case LaunchState.STARTING:
            _start(launch, items)
            following = LaunchState.DONE
        case LaunchState.UNDOING:
            _take_back(launch, items)
            following = LaunchState.UNDONE
        case _:
            return 0
    db.session.flush()
    if len(items) < PORTION:
        launch.state = following
        if following in (LaunchState.DONE, LaunchState.UNDONE):
            launch.ended_at = now()
            audit.record(
                f"launch.{following.value.lower()}", f"launch:{launch.id}", person_id=launch.undone_by or launch.asked_by,
                term=launch.term_code, layer=launch.layer_code, scope=launch.scope, subjects=started_by(launch.id),
            )  # fmt: skip
    return len(items)


def start_term(
    term: str, layer_code: str, *, only: Collection[str] = (), by: str | None = None
) -> list[engine.ProcessInstance]:
    """Start the layer's procedure at once for every active subject (or `only` these) that has none for the term yet.

    Calling it again starts only what is missing (key: term, layer, subject).
    """
    codes = only or [each.code for each in organisation.subjects(layer_code)]
    started = _begin_procedures(term, layer_code, codes, by=by)
    audit.record("term.start", f"term:{term}", person_id=by, layer=layer_code, started=len(started))
    return started


def is_launched(term: str, layer_code: str) -> bool:
    """Say whether the whole layer has been launched in a term, so that who joins later is taken along."""
    found = select(CohortLaunch.id).where(
        CohortLaunch.term_code == term, CohortLaunch.layer_code == layer_code, CohortLaunch.scope == "",
        CohortLaunch.state.in_([LaunchState.STARTING, LaunchState.DONE]),
    )  # fmt: skip
    return db.session.scalar(found.limit(1)) is not None


def started_by(launch_id: int) -> int:
    """Return how many procedures a launch has started."""
    mine = (LaunchItem.launch_id == launch_id, LaunchItem.instance_id.is_not(None))
    return db.session.scalar(select(func.count()).select_from(LaunchItem).where(*mine)) or 0


# Who took a launch back had a reason: the layer counts as launched.
_LAUNCHED = (
    select(CohortLaunch.id)
    .where(
        CohortLaunch.term_code == bindparam("term"), CohortLaunch.layer_code == Layer.code, CohortLaunch.scope == "",
        CohortLaunch.started_at.is_not(None),
    )
    .exists()
)  # fmt: skip
_WAITING = select(Layer.code).where(Layer.self_starting, ~_LAUNCHED).order_by(Layer.position)


def waiting_layers(term: str) -> list[str]:
    """Return the layers that start by themselves and that nobody has launched as a whole in a term yet."""
    return list(ask(_WAITING, term=term).scalars())


def business_key(term: str, subject_code: str) -> str:
    """Return the key that makes a subject's procedure of a term unique."""
    return f"{term}:{subject_code}"


def _new_launch(term: str, layer_code: str, *, scope: str, by: str | None, state: LaunchState) -> CohortLaunch:
    calendar.term(term)
    if db.session.get(Layer, layer_code) is None:
        raise Invalid(f"没有层面“{layer_code}”。", {"layer": "请选择层面。"})
    codes = _subjects_in(layer_code, scope)
    if not codes:
        raise Invalid("所选范围内没有这个层面的质量主体。", {"scope": "请换一个范围或层面。"})
    launch = CohortLaunch(term_code=term, layer_code=layer_code, scope=scope, asked_by=by, state=state)
    db.session.add(launch)
    db.session.flush()
    rows = [
        {"launch_id": launch.id, "subject_code": code, "performers": {}, "doubts": [], "resolved": False, "settled": False}
        for code in codes
    ]
    db.session.execute(insert(LaunchItem), rows)
    return launch


def _subjects_in(layer_code: str, scope: str) -> list[str]:
    query = select(Subject.code).where(Subject.layer_code == layer_code, Subject.state != SubjectState.CLOSED)
    if scope:
        programme = db.session.get(teaching.Programme, scope)
        if programme is not None:
            query = query.where(Subject.code.in_(teaching.subjects_of_programme(scope)))
        else:
            organisation.unit(scope)
            query = query.where(Subject.unit_code.in_(organisation.units_below(scope)))
    return list(db.session.scalars(query.order_by(Subject.code)))


def _portion(launch: CohortLaunch) -> list[LaunchItem]:
    waits = LaunchItem.resolved if launch.state is LaunchState.RESOLVING else LaunchItem.settled
    return list(
        db.session.scalars(
            select(LaunchItem)
            .where(LaunchItem.launch_id == launch.id, waits.is_(False))
            .order_by(LaunchItem.subject_code)
            .limit(PORTION)
        )
    )


def _resolve(launch: CohortLaunch, items: Sequence[LaunchItem]) -> None:
    """Write down who would do what for each subject, and what to look at before it starts."""
    layer = db.session.get_one(Layer, launch.layer_code)
    codes = [item.subject_code for item in items]
    known = {each.code: each for each in db.session.scalars(select(Subject).where(Subject.code.in_(codes)))}
    running = _running(launch.term_code, codes)
    with_goals = goals.subjects_with_goals(codes)
    resolved = {
        code: engine.who_would(layer.process_key, _variables(known[code], launch.term_code)) for code in codes
    }
    named = {person for steps in resolved.values() for step in steps for person in step.people or ()}
    absent = _absent(named)
    for item in items:
        steps = resolved[item.subject_code]
        item.performers = {
            step.node: {"name": step.name, "people": step.people, "passed_by": step.passed_by} for step in steps
        }
        doubts = []
        if item.subject_code in running:
            doubts.append(Doubt.RUNNING)
        if known[item.subject_code].state is SubjectState.SUSPENDED:
            doubts.append(Doubt.SUSPENDED)
        if any(step.vacant for step in steps):
            doubts.append(Doubt.VACANT)
        if any(person in absent for step in steps for person in step.people or ()):
            doubts.append(Doubt.AWAY)
        if item.subject_code not in with_goals:
            doubts.append(Doubt.NO_GOALS)
        item.doubts, item.resolved = [doubt.value for doubt in doubts], True


def _absent(people: set[str]) -> set[str]:
    """Return who of these is away today (somebody stands in) or has left."""
    away = organisation.delegates_of(sorted(people)) if people else {}
    left = db.session.scalars(select(Person.id).where(Person.id.in_(people), Person.active.is_(False)))
    return set(away) | set(left)


def _start(launch: CohortLaunch, items: Sequence[LaunchItem]) -> None:
    codes = [item.subject_code for item in items]
    started = {
        each.subject: each for each in _begin_procedures(launch.term_code, launch.layer_code, codes, by=launch.asked_by)
    }
    for item in items:
        instance = started.get(item.subject_code)
        item.instance_id, item.settled = instance.id if instance else None, True


def _begin_procedures(
    term: str, layer_code: str, codes: Collection[str], *, by: str | None
) -> list[engine.ProcessInstance]:
    """Start the procedure of each active subject of these that has none for the term yet."""
    # Two who start the same layer take turns: the second must see what the first has started.
    layer = locked(Layer, layer_code)
    assert layer is not None
    running = _running(term, codes)
    subjects = db.session.scalars(
        select(Subject)
        .where(Subject.code.in_(codes), Subject.layer_code == layer_code, Subject.state == SubjectState.ACTIVE)
        .order_by(Subject.code)
    )
    starts = [
        engine.Start(_variables(subject, term), business_key(term, subject.code))
        for subject in subjects
        if subject.code not in running
    ]
    return engine.start_many(layer.process_key, starts, person_id=by)


def _take_back(launch: CohortLaunch, items: Sequence[LaunchItem]) -> None:
    """End what was started; its key becomes free, so that the subjects can be launched again."""
    for item in items:
        item.settled = True
        if item.instance_id is None:
            continue
        instance = db.session.get_one(engine.ProcessInstance, item.instance_id)
        engine.cancel(instance.id, reason="整批启动已撤销", person_id=launch.undone_by)
        instance.business_key = f"{instance.business_key}:undone:{launch.id}"


def _variables(subject: Subject, term: str) -> dict[str, object]:
    return {
        "subject": subject.code, "subject_name": subject.name_zh, "unit": subject.unit_code,
        "layer": subject.layer_code, "term": term, "year": calendar.plan_years(calendar.term(term))[0],
    }  # fmt: skip


def _running(term: str, codes: Collection[str]) -> set[str]:
    """Return which of these subjects have their procedure of the term already, ended ones too."""
    keys = {business_key(term, code): code for code in codes}
    found = db.session.scalars(
        select(engine.ProcessInstance.business_key).where(
            engine.ProcessInstance.business_key.in_(keys), engine.ProcessInstance.parent_id.is_(None)
        )
    )
    return {keys[each] for each in found if each}


def _forget_old_looks() -> None:
    old = select(CohortLaunch.id).where(
        CohortLaunch.state.in_([LaunchState.RESOLVING, LaunchState.READY]), CohortLaunch.asked_at < now() - LOOK_LASTS
    )
    db.session.execute(delete(LaunchItem).where(LaunchItem.launch_id.in_(old)))
    db.session.execute(delete(CohortLaunch).where(CohortLaunch.id.in_(old)))
