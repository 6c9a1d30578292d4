"""The tiny sample application that the tests of the shared furniture drive."""

import pytest

from tests.doors import browser_context_args, browser_type_launch_args, page, served, skip_without_browser
from tests.web.sample import create_sample

__all__ = ["browser_context_args", "browser_type_launch_args", "page"]


def pytest_collection_modifyitems(items):
    skip_without_browser(items)


@pytest.fixture
def sample():
    return create_sample()


@pytest.fixture
def client(sample):
    sample.config["WTF_CSRF_ENABLED"] = False
    return sample.test_client()


@pytest.fixture
def site(sample):
    """Serve the sample application and return its address; what it received is in `sample.extensions["seen"]`."""
    with served(sample) as address:
        yield address
