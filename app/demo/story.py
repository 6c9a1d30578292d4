"""What has happened at the made-up college by the day a visitor arrives."""

from collections.abc import Callable
from datetime import datetime

from app.foundation.clock import COLLEGE_ZONE

BEGINS_AT = datetime(2026, 8, 28, 9, 0, tzinfo=COLLEGE_ZONE)


def play(work: Callable[[], int], *, say: Callable[[str], object]) -> None:
    """Live through the term up to the present of the story."""
