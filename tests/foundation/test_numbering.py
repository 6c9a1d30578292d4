"""Running numbers: none is given twice, none is skipped."""

from sqlalchemy import literal

from app.foundation.db import transaction
from app.foundation.numbering import next_number
from tests.at_once import at_once


def test_each_series_counts_for_itself_from_where_its_things_stand(app):
    with transaction():
        assert [next_number("ZG-2026"), next_number("ZG-2026")] == [1, 2]
        assert [next_number("JY-2026", given_before=literal(7)), next_number("JY-2026", given_before=literal(7))] == [8, 9]


def test_of_those_who_ask_first_in_a_year_at_the_same_moment_none_is_refused(app):
    """No row stands there yet that the second could wait for; counting what is there would give both the same."""
    given = []

    def ask() -> None:
        with transaction():
            given.append(next_number("ZG-2027"))

    at_once(app, *[ask] * 4)

    assert sorted(given) == [1, 2, 3, 4]
