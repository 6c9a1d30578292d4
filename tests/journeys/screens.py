"""A browser at which people of the college sit down one after the other, and what they do there.

`screen.sits("E038")` signs somebody in, at a desk or on a phone; `screen.takes_up("…")`
opens a task from the list of what is to be done; `screen.hands_in("提交…")` presses a
button of its form and lets the scheduler do what follows.
"""

import re
from pathlib import Path

from flask.testing import FlaskCliRunner
from openpyxl import Workbook
from playwright.sync_api import Locator, Page, expect

from tests.builders import College
from tests.doors import signed_in

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
STATION_STATES = ("已完成", "当前", "未到", "有预警")


class Screen:
    """One browser, used by one person at a time."""

    def __init__(self, college: College, page: Page, site: str) -> None:
        self.college, self.page, self.site = college, page, site

    # Coming in and going about

    def sits(self, person_id: str, *, on: dict[str, int] = DESK) -> None:
        """Somebody takes his place, signed in without typing: the gate has its own tests."""
        key = signed_in(self.college.app, person_id).get_cookie("session")
        assert key is not None
        self.page.context.add_cookies([{"name": "session", "value": key.value, "url": self.site}])
        self.page.set_viewport_size(on)

    def opens(self, address: str) -> None:
        """Open a page that is there, and that fits the screen."""
        answer = self.page.goto(self.site + address)
        assert answer.ok, f"{address}: {answer.status}"
        self.fits()

    def fits(self) -> None:
        """Nothing stands outside the screen to the right."""
        width = self.page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], f"{self.page.url} is {width} wide"

    def finds_nothing_at(self, address: str) -> None:
        """A page that is not for this person answers as if it were not there."""
        self.page.expected.add(404)
        assert self.page.goto(self.site + address).status == 404

    def reads(self, *words: str) -> None:
        """Each of these stands on the page."""
        for each in words:
            expect(self.page.locator("main").get_by_text(each).first).to_be_visible()

    def does_not_read(self, *words: str) -> None:
        """None of these stands anywhere on the page."""
        for each in words:
            expect(self.page.get_by_text(each)).to_have_count(0)

    def clicks(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    # Tasks

    def takes_up(self, title: str) -> None:
        """Open the first task of that title from the list, by Enter or by a tap; its form is then ready."""
        self.opens("/")
        link = self.page.get_by_role("row").get_by_role("link", name=re.compile(title)).first
        link.click() if self.page.viewport_size == PHONE else link.press("Enter")
        self.page.locator("[data-island=form][data-ready]").wait_for(state="attached")
        self.fits()

    def hands_in(self, button: str, *, opinion: str = "", confirms: bool = False) -> None:
        """Press a button of the task's form, and again where it asks; it is taken, and the desk says so."""
        if opinion:
            self.page.get_by_label("办理意见").fill(opinion)
        with self.page.expect_response("**/submit") as sent:
            self.page.get_by_role("toolbar", name="办理").get_by_role("button", name=button).click()
            if confirms:
                self.page.get_by_role("dialog").get_by_role("button", name=button).click()
        assert sent.value.ok, sent.value.text()
        self.page.wait_for_url(f"{self.site}/")
        self.reads("已办理")
        self.college.work()

    # Fields of a form

    def field(self, label: str, *, within: Locator | None = None) -> Locator:
        """Return the last field of that label: a row that was added comes last. A star marks what is required."""
        return (within or self.page).get_by_label(re.compile(rf"^{re.escape(label)}\*?$")).last

    def writes(self, label: str, text: str, *, within: Locator | None = None) -> None:
        self.field(label, within=within).fill(text)

    def writes_date(self, label: str, date: str, *, within: Locator | None = None) -> None:
        """Type a date (`2026-12-08`) the way the field shows one."""
        field = self.field(label, within=within)
        field.fill(date.replace("-", "/"))
        field.press("Enter")

    def ticks(self, label: str, *, within: Locator | None = None) -> None:
        self.field(label, within=within).check()

    def picks(self, label: str, *options: str, within: Locator | None = None) -> None:
        """Choose from a list that opens: one option, or several of a list of tags."""
        named = self.page.get_by_text(re.compile(rf"^{re.escape(label)}\*?$"))
        field = (within or self.page).locator(".fjs-form-field", has=named).last
        for option in options:
            field.locator(".fjs-input-group, .fjs-taglist-input").first.click()
            field.locator(".fjs-dropdownlist-item", has_text=option).first.click()

    def adds_a_row(self) -> None:
        self.page.get_by_role("button", name="添加一条").last.click()

    def removes_row(self, number: int) -> None:
        """Take the row of that number out of the form's list."""
        self.page.get_by_role("button", name=f"移除第 {number}").click()

    def row_of(self, words: str) -> Locator:
        """Return the row of a list in the form in which these words stand."""
        return self.page.get_by_role("group").locator("> .fjs-children > div", has_text=words).first

    # The subject's page

    def stations(self) -> dict[str, str]:
        """Return the state of each station of the spiral, by its name: drawn at a desk, listed on a phone."""
        spiral = self.page.get_by_role("region", name="质量改进螺旋")
        names = spiral.get_by_role("link").evaluate_all("links => links.map(each => each.getAttribute('aria-label'))")
        return {
            name.partition("：")[0]: next(state for state in STATION_STATES if name.endswith(state)) for name in names
        }


def imports_reading(cli: FlaskCliRunner, folder: Path, indicator: str, subject: str, period: str, value: float) -> None:
    """The data steward imports a workbook with one value."""
    book = Workbook()
    sheet = book.active
    sheet.title = "采集值"
    sheet.append(["指标编码", "主体编码", "期间", "采集值"])
    sheet.append([indicator, subject, period, value])
    book.save(folder / "采集值.xlsx")
    done = cli.invoke(args=["readings", "import", str(folder / "采集值.xlsx")])
    assert done.exit_code == 0, done.output
