"""Every requirement that must work has a test that shows it, and that test is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
INDEX = TESTS / "requirements.md"
# The numbers the document's list does not use, and the one of these groups that is only a "should".
UNUSED, SHOULD = {40, 59, 60, 70, 137, 143, 144}, {75}
MUST = {f"R-{number:03d}" for number in (*range(20, 81), *range(131, 170)) if number not in UNUSED | SHOULD}


def index() -> dict[str, list[str]]:
    rows = re.findall(r"^\| (R-\d{3}) \| [^|]+ \| ([^|]+) \|$", INDEX.read_text(encoding="utf-8"), re.M)
    assert len(rows) == len({requirement for requirement, _tests in rows}), "a requirement stands twice"
    return {requirement: re.findall(r"`([^`]+)`", tests) for requirement, tests in rows}


def test_every_must_is_listed_and_nothing_else():
    assert set(index()) == MUST


@pytest.mark.parametrize("requirement", sorted(MUST))
def test_each_is_shown_by_tests_that_are_there(requirement):
    named = index()[requirement]
    assert named, "nothing shows it"
    for each in named:
        file, _, name = each.partition("::")
        source = (TESTS.parent / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {name}\(", source, re.M), f"{each} is not there"
