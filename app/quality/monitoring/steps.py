"""What the diagrams call to evaluate a window and to send its warnings."""

from typing import Any

from app.engine import Run
from app.quality.monitoring import queries, service


def issue_warnings(run: Run, *, subject: str) -> dict[str, Any]:
    """Step `monitoring.issue`: tell whoever has to know of the subject's new warnings."""
    service.tell_untold(subject)
    return {}


def untold(subject: str) -> int:
    """Return how many standing warnings of a subject nobody has been told of."""
    return sum(not warning.told for warning in queries.standing_warnings(subject))
