"""What the diagrams call around a term: its end, and the end of a subject."""

from typing import Any

from app import engine
from app.engine import Run
from app.organisation import queries as organisation
from app.organisation import teaching
from app.organisation.models import SubjectState


def close_term(run: Run, *, subject: str, term: str) -> dict[str, Any]:
    """Step `cycle.close`: end what the term's procedure still has open; orders outlive it."""
    return {"withdrawn": engine.cancel_children(run.instance_id, reason="学期结束")}


def cancel(run: Run, *, reason: str) -> dict[str, Any]:
    """Step `cycle.cancel`: the subject was closed; its open windows and assessments are withdrawn."""
    return {"withdrawn": engine.cancel_children(run.instance_id, reason=reason, person_id=run.person_id)}


def skip_inactive(*, window: engine.Window, subject: str, **_: Any) -> bool:
    """Skip rule `inactive`: no window for a subject that is suspended or closed (scenario 33)."""
    return organisation.subject(subject).state is not SubjectState.ACTIVE


def skip_idle(*, window: engine.Window, subject: str, term: str, **_: Any) -> bool:
    """Skip rule `idle`: like `inactive`, and no window for a course that does not run in the term (scenario 21)."""
    return skip_inactive(window=window, subject=subject) or not teaching.runs_in(subject, term)
