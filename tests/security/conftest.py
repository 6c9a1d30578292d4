"""The gate on an ordinary Monday."""

import pytest

from tests.doors import signed_in


@pytest.fixture
def monday(app, at):
    at("2026-11-23 09:00")
    return at


@pytest.fixture
def visitor(app, monday):
    """Come in as somebody: `visitor("E011").get("/")`."""
    return lambda person_id: signed_in(app, person_id)
