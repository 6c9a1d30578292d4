"""What has happened at the made-up college by the day a visitor arrives: Monday of week 13.

So the story is also a walk through the product: it finds an order at every
step of its way, units that are late and one that is silent.
"""

import random
from collections.abc import Callable
from datetime import date, datetime

from app.demo import clock as demo_clock
from app.demo import college, habits
from app.demo.living import Life, moments
from app.foundation import clock
from app.foundation.clock import COLLEGE_ZONE
from app.foundation.db import transaction
from app.organisation import calendar
from app.quality import cycles

BEGINS_AT = datetime(2026, 8, 28, 9, 0, tzinfo=COLLEGE_ZONE)
PRESENT = datetime(2026, 11, 23, 8, 40, tzinfo=COLLEGE_ZONE)
SEED = 2026
TERM = "2026-2027-1"
# Subjects of the layers that the college only tries out; the visitor starts the others (`flask term start`).
TRIAL = {"PROGRAMME": ("PG08",), "COURSE": ("KC15", "KC16"), "TEACHER": ("E065",), "STUDENT": ("S008", "S020")}
TRIAL_BEGINS_AT = datetime(2026, 8, 31, 15, 0, tzinfo=COLLEGE_ZONE)
# Assessments outside the plan, by the day the quality office began them.
EXTRA_ASSESSMENTS: dict[date, tuple[str, ...]] = {
    date(2026, 9, 7): ("OFF-HQC",),
    date(2026, 9, 21): ("OFF-XXZX", "OFF-KYC"),
    date(2026, 10, 12): ("OFF-TSG", "OFF-BWC", "OFF-SXZX"),
}
# Steps that nobody takes, so that a visitor finds an order at each of them.
STOPS = {
    "OFF-KYC": ("submit", "determine"),
    "OFF-SXZX": ("submit",),
    "OFF-TSG": ("review",),
    "OFF-BWC": ("verify",),
}


def play(work: Callable[[], int], *, say: Callable[[str], object]) -> None:
    """Live through the term up to the present of the story; `say` is told of each week."""
    data = college.read()
    life = Life(
        habits.Habits(
            chance=random.Random(SEED), data=data, late=("OFF-XYY", "OFF-GH"), silent=("OFF-JJY",),
            stops=STOPS, without_effect=("OFF-HQC",), findings=habits.FINDINGS, meets=False,
        ),
        work,
        EXTRA_ASSESSMENTS,
        aside=habits.Habits(chance=random.Random(SEED + 1), data=data),
    )  # fmt: skip
    told = 0
    for moment in moments(BEGINS_AT.date(), PRESENT):
        if moment > clock.now():
            with transaction():
                demo_clock.set_to(moment)
        if moment == TRIAL_BEGINS_AT:
            _try_out()
        life.live(moment)
        week = calendar.week_on(moment.date())
        if week is not None and week.no != told:
            told = week.no
            say(f"  第{told}周 …")
    work()


def _try_out() -> None:
    """Let a few subjects of the other layers begin their term."""
    for layer, codes in TRIAL.items():
        with transaction():
            cycles.start_term(TERM, layer, only=codes, by="E029")
