"""The whole college served on this machine, and a browser in which its people come and go."""

import pytest

from tests.doors import browser_context_args, browser_type_launch_args, page, served, skip_without_browser

__all__ = ["browser_context_args", "browser_type_launch_args", "page"]


def pytest_collection_modifyitems(items):
    skip_without_browser(items)


@pytest.fixture
def site(college):
    """Serve the college and return its address."""
    with served(college.app) as address:
        yield address


@pytest.fixture
def visit(page, site):
    """Come in as somebody through the gate: `visit("201011", "/tasks/7")`."""

    def come_in(staff_no: str, address: str = "/"):
        page.context.clear_cookies()
        page.goto(f"{site}/login?next={address}")
        page.get_by_label("工号或学号").fill(staff_no)
        page.get_by_label("密码").fill("zhengai")
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{site}{address}")
        return page

    return come_in
