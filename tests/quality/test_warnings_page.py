"""The list of warnings, and what may be done to them."""

import re

import pytest
from sqlalchemy import select

from app.foundation.db import db, transaction
from app.quality.monitoring import service
from app.quality.monitoring.models import Origin, QualityWarning, WarningStatus
from tests.builders import TERM
from tests.doors import signed_in, statements

DIRECTOR, OFFICER, HEAD, STRANGER, DEPARTMENT_HEAD = "E029", "E038", "E011", "E014", "E044"


def reads(code: str, value: float, *, subject: str = "OFF-JWC", week: int = 12) -> None:
    with transaction():
        service.record_reading(
            code, subject_code=subject, period=f"{TERM}-W{week:02d}", value=value, origin=Origin.MANUAL
        )


def warning(subject: str = "OFF-JWC") -> QualityWarning:
    db.session.expire_all()
    return db.session.scalars(select(QualityWarning).where(QualityWarning.subject_code == subject)).one()


def page(college, address: str = "/warnings/", *, by: str = DIRECTOR) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


@pytest.fixture
def three(college):
    """A notice at 财务处, a yellow one at 人事处 and, last, a red one at 教务处."""
    college.at("2026-11-23 09:00")
    reads("IC15", 55, subject="OFF-CWC")
    reads("IC12", 85, subject="OFF-RSC")
    reads("IC12", 60)
    return college


def test_the_worst_comes_first_and_notices_are_left_out(three):
    shown = page(three)

    assert shown.index("<b class=\"b\">教务处</b>") < shown.index("<b class=\"b\">人事处</b>")
    assert "<b class=\"b\">财务处</b>" not in shown
    assert '预警 <span class="mute">2</span>' in shown and '◆ 提示 <span class="mute">1</span>' in shown


def test_a_row_tells_the_value_against_its_standard_and_who_was_told(three):
    shown = page(three)

    assert "<b>60%</b>" in shown and "标准</span>" not in shown
    assert 'aria-label="师生服务满意度 60，标准88，目标92"' in shown
    assert "已告知：崔砚秋、温若涵" in shown
    assert "11月23日（周一）" in shown and "第12周" in shown


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("level=RED", ["教务处"]), ("level=YELLOW", ["人事处"]), ("level=BLUE", ["财务处"]),
        ("status=ACKNOWLEDGED", []), ("unit=OFF-RSC", ["人事处"]), ("level=nonsense", ["教务处", "人事处"]),
    ],
)  # fmt: skip
def test_filters(three, query, subjects):
    shown = page(three, f"/warnings/?{query}")

    assert [name for name in ("教务处", "人事处", "财务处") if f'<b class="b">{name}</b>' in shown] == subjects
    assert subjects or "没有符合的预警" in shown


def test_a_head_sees_the_own_ones_and_another_head_none(three):
    assert '<b class="b">人事处</b>' not in page(three, by="E014")
    assert "没有未解除的预警" in page(three, by=STRANGER)


@pytest.fixture
def department(three):
    """机电系 has a red warning, so has its programme PG03, which another leads; three offices have others."""
    reads("IC12", 60, subject="DEP-JDX")
    reads("IG12", 1, subject="PG03")
    return three


def chips(shown: str) -> dict[str, str]:
    """Return the count of each chip by what it says, with a star for the chosen one."""
    group = shown.partition('aria-label="谁负责"')[2].partition("</div>")[0]
    found = re.findall(r'(aria-current="true")?>(\S+) <span class="mute">(\d+)<', group)
    return {label + ("*" if chosen else ""): count for chosen, label, count in found}


def test_a_head_first_sees_what_he_answers_for_and_may_look_at_all(department):
    first = page(department, by=DEPARTMENT_HEAD)
    assert chips(first) == {"全部": "2", "我负责的*": "1"}
    assert first.count("data-row") == 1

    everything = page(department, "/warnings/?whose=all", by=DEPARTMENT_HEAD)
    assert chips(everything) == {"全部*": "2", "我负责的": "1"}
    assert everything.count("data-row") == 2


def test_the_other_chips_keep_whose_warnings_are_shown(department):
    assert "/warnings/?level=RED&amp;whose=mine" in page(department, by=DEPARTMENT_HEAD)
    assert "/warnings/?level=RED&amp;whose=all" in page(department, "/warnings/?whose=all", by=DEPARTMENT_HEAD)


def test_what_nobody_of_mine_has_is_not_hidden_behind_an_empty_list(department):
    shown = page(department, "/warnings/?status=ACKNOWLEDGED", by=DEPARTMENT_HEAD)
    assert chips(shown) == {"全部*": "0", "我负责的": "0"}


def test_overseers_first_see_everything_and_may_ask_for_their_own(department):
    assert chips(page(department, by=DIRECTOR)) == {}  # answers for no subject with a warning
    assert chips(page(department, by=HEAD)) == {"全部*": "4", "我负责的": "1"}  # sits on the committee
    assert page(department, "/warnings/?whose=mine", by=HEAD).count("data-row") == 1


def test_taking_a_warning_up_says_who_did_and_keeps_the_filter(three):
    answer = signed_in(three.app, OFFICER).post(f"/warnings/{warning().id}/acknowledge?level=RED")

    assert answer.status_code == 303 and answer.location.endswith("/warnings/?level=RED")
    assert (warning().status, warning().acknowledged_by) == (WarningStatus.ACKNOWLEDGED, OFFICER)
    assert "沐亦辰" in page(three)


def test_the_second_to_take_it_up_learns_of_the_first(three):
    signed_in(three.app, OFFICER).post(f"/warnings/{warning().id}/acknowledge")

    assert signed_in(three.app, DIRECTOR).post(f"/warnings/{warning().id}/acknowledge").status_code == 409


def test_a_false_alarm_needs_a_reason_beside_its_field(three):
    answer = signed_in(three.app, OFFICER).post(f"/warnings/{warning().id}/false-alarm", data={"reason": " "})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text and "必填。" in answer.text
    assert warning().status is WarningStatus.OPEN


def test_a_false_alarm_ends_the_warning_and_tells_those_who_were_told(three):
    signed_in(three.app, OFFICER).post(f"/warnings/{warning().id}/false-alarm", data={"reason": "采集口径有误"})

    assert (warning().status, warning().note) == (WarningStatus.FALSE_ALARM, "采集口径有误")
    assert three.mails("M10", to=HEAD)
    assert '<b class="b">教务处</b>' not in page(three)
    assert '<b class="b">教务处</b>' in page(three, "/warnings/?status=FALSE_ALARM")


def test_whoever_only_sees_a_warning_may_not_take_it_up(three):
    leader = "E003"  # the supervising leader of 教务处

    assert '<b class="b">教务处</b>' in page(three, by=leader)
    assert f"/warnings/{warning().id}/acknowledge" not in page(three, by=leader)
    for act in ("acknowledge", "false-alarm"):
        assert signed_in(three.app, leader).post(f"/warnings/{warning().id}/{act}").status_code == 403


def test_a_warning_that_is_absent_or_out_of_reach_is_not_there(three):
    stranger = signed_in(three.app, STRANGER)

    assert stranger.post(f"/warnings/{warning().id}/acknowledge").status_code == 404
    assert stranger.post("/warnings/99999/false-alarm", data={"reason": "x"}).status_code == 404


def test_missing_data_and_lagging_plans_are_said_in_words(three):
    with transaction():
        service.warn_of_progress(
            "OFF-XSC", period=f"{TERM}-W13",
            goals=[service.Progress(goal_code="G1", task="宿舍文明建设", percent=20, lags=True)],
        )
        service.tell_untold("OFF-XSC")

    assert "“宿舍文明建设”进度20%，落后于时间进度。" in page(three)


def test_the_list_has_pages_and_costs_the_same_for_one_row_and_for_many(three, monkeypatch):
    client = signed_in(three.app, DIRECTOR)
    client.get("/warnings/")
    with statements() as few:
        client.get("/warnings/?level=RED")
    for subject in ("OFF-XSC", "OFF-KYC", "OFF-ZJC"):
        reads("IC12", 60, subject=subject)
    with statements() as many:
        client.get("/warnings/?level=RED")
    assert len(many) == len(few) <= 14, "\n".join(many)

    monkeypatch.setattr("app.quality.monitoring.pages.PAGE_SIZE", 2)
    assert "第1页，共2页" in page(three, "/warnings/?level=RED")
    assert page(three, "/warnings/?level=RED&page=2").count("data-row") == 2


def test_the_place_shows_in_the_top_bar_for_people_with_warnings_in_reach(three):
    assert '<a href="/warnings/">预警</a>' in page(three, "/", by=HEAD)
