"""The quality office's pages, in tests of their own and in a browser."""

import pytest

from tests.doors import browser_context_args, browser_type_launch_args, page, served, signed_in, skip_without_browser

__all__ = ["browser_context_args", "browser_type_launch_args", "page"]


def pytest_collection_modifyitems(items):
    skip_without_browser(items)


@pytest.fixture
def visitor(app):
    """Come in as somebody: `visitor("E029").get("/overview/")`."""
    return lambda person_id: signed_in(app, person_id)


@pytest.fixture
def site(app):
    """Serve the application and return its address."""
    with served(app) as address:
        yield address
