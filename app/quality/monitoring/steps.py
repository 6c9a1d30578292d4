"""What the diagrams call to send a window's warnings and to have a red one taken up."""

from typing import Any

from app.engine import Run
from app.organisation import queries as organisation
from app.quality.monitoring import queries, service
from app.quality.monitoring.models import WarningStatus
from app.web.formatting import figure


def issue_warnings(run: Run, *, subject: str) -> dict[str, Any]:
    """Step `monitoring.issue`: tell whoever has to know of the subject's new warnings."""
    service.tell_untold(subject)
    return {}


def show_warning(run: Run, *, warning: int) -> dict[str, Any]:
    """Step `monitoring.show`: the warning in words, with standard and red line."""
    row = queries.warning(warning)
    indicator = row.indicator
    red_lines = [] if indicator is None else [indicator.warn_low, indicator.warn_high]
    return {
        "subject_name": organisation.subject(row.subject_code).name_zh,
        "indicator": indicator.name_zh if indicator else row.note,
        "value": f"{figure(row.value)}{indicator.unit if indicator else ''}",
        "standard": figure(indicator.standard if indicator else None),
        "red_line": "、".join(figure(each) for each in red_lines if each is not None) or "—",
        "period": row.period,
        "persisted": f"（连续 {row.periods} 期未达标，已升为红色）" if row.persisted else "",
    }


def settle_warning(run: Run, *, warning: int, form: dict[str, Any], opinion: str) -> dict[str, Any]:
    """Step `monitoring.settle`: take the warning up, or call it a false alarm with the reason."""
    assert run.person_id is not None
    row = queries.warning(warning)
    if run.verb == "false_alarm":
        service.call_false_alarm(row, by=run.person_id, reason=opinion)
    elif row.status is WarningStatus.OPEN:
        service.acknowledge(row, by=run.person_id)
    return {}
