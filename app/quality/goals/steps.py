"""What the diagrams call to have goals entered and confirmed, and the diagnosis logic built from them."""

from typing import Any

from app.engine import Run
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.goals import queries, service
from app.quality.standards import service as standards


def show_goals(run: Run, *, subject: str, term: str) -> dict[str, Any]:
    """Step `goals.show`: Table 1 of the subject with the choices of its form."""
    years = _years(term)
    return {
        "goals": [{**queries.as_row(goal, years), **queries.in_words(goal)} for goal in queries.goals_of(subject)],
        "years": years,
        **queries.choices(subject),
    }


def enter_goals(
    run: Run, *, subject: str, term: str, form: dict[str, Any], opinion: str, basis: str = ""
) -> dict[str, Any]:
    """Step `goals.enter`: keep the form's rows as submitted goals; gives `count`.

    `basis` names the development plan on which a person's own goals rest.
    """
    entered = service.enter(subject, form.get("goals", []), years=_years(term), by=run.person_id, basis=basis)
    return {"count": len(entered)}


def confirm_goals(
    run: Run, *, subject: str, form: dict[str, Any], opinion: str, final: bool = True
) -> dict[str, Any]:
    """Step `goals.confirm`: on the `final` approval the submitted goals become the active ones."""
    if run.verb == "approve" and final:
        service.confirm(subject, by=run.person_id)
    return {}


def build_logic(run: Run, *, subject: str, term: str) -> dict[str, Any]:
    """Step `goals.build_logic`: bind the layer's indicators to the subject (R-132); gives `bindings`.

    Refuses, naming the points, when a point has no indicator.
    """
    year = _years(term)[0]
    goals = {goal.indicator_code: goal.id for goal in queries.goals_of(subject) if goal.indicator_code}
    layer = organisation.subject(subject).layer_code
    return {"bindings": len(standards.bind(subject, layer_code=layer, year=year, goals=goals, by=run.person_id))}


def _years(term: str) -> list[int]:
    return calendar.plan_years(calendar.term(term))
