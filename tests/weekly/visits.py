"""Fixtures of pages with one small procedure: on Monday of week 13 it is deployed, and people come in."""

import pytest

from tests import weekly
from tests.doors import served, signed_in


@pytest.fixture
def monday(app, at):
    """The clock stands on Monday of week 13, 9:00, and the weekly procedure is deployed."""
    at("2026-11-23 09:00")
    weekly.deploy()
    return at


@pytest.fixture
def visitor(app, monday):
    """Come in as somebody: `visitor("E011").get("/")`."""
    return lambda person_id: signed_in(app, person_id)


@pytest.fixture
def site(app, monday):
    """Serve the application and return its address."""
    with served(app) as address:
        yield address
