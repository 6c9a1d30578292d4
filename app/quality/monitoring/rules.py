"""How warnings grow and end. Pure."""

from collections.abc import Mapping

# Consecutive YELLOW periods after which a warning turns RED (rule PERSISTENCE).
YELLOW_PERIODS_TO_RED = 3
ORDER = {"GREEN": 0, "BLUE": 1, "YELLOW": 2, "RED": 3}
# Who is told at which level (model 3d, M08 and M09).
TOLD: Mapping[str, tuple[str, ...]] = {
    "BLUE": ("SUBJECT",),
    "YELLOW": ("SUBJECT", "SUPERIOR"),
    "RED": ("SUBJECT", "SUPERIOR", "UNIT_HEAD", "QA_OFFICE"),
}


def side_of(level: str, *, direction: str) -> str:
    """Return whether a level means too low or too high a value."""
    if level in ("YELLOW_HIGH", "YELLOW_LOW"):
        return level.removeprefix("YELLOW_")
    return {"UP": "LOW", "DOWN": "HIGH"}.get(direction, "")


def plain(level: str) -> str:
    """Return the level without the side: YELLOW for YELLOW_HIGH and YELLOW_LOW."""
    return "YELLOW" if level.startswith("YELLOW") else level


def next_level(*, standing: str, reading: str, yellow_periods: int) -> str:
    """Return the level of a warning after another period's reading.

    The third consecutive YELLOW makes it RED and further YELLOWs keep it there.
    """
    if reading == "YELLOW" and yellow_periods >= YELLOW_PERIODS_TO_RED:
        return "RED"
    return reading


def got_worse(before: str, after: str) -> bool:
    """Say whether a warning has to be sent again."""
    return ORDER[after] > ORDER[before]
