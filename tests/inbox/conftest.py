"""The desk with one small procedure, on Monday of week 13."""

from tests.doors import browser_context_args, browser_type_launch_args, page, skip_without_browser
from tests.weekly.visits import monday, site, visitor

__all__ = ["browser_context_args", "browser_type_launch_args", "monday", "page", "site", "visitor"]


def pytest_collection_modifyitems(items):
    skip_without_browser(items)
