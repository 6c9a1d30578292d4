"""The diagram of an instance in a real browser, wide and narrow."""

import time

import pytest

from app import engine
from app.foundation.db import transaction
from tests import weekly
from tests.doors import signed_in
from tests.engine.diagrams import LARGEST_BYTES, LARGEST_NODES, large


@pytest.fixture
def shown(page, site, app):
    instance = weekly.start(["E011"], number="ZC-2026-013")
    client = signed_in(app, "E011")
    task = weekly.open_task(instance)
    client.post(f"/tasks/{task.id}/submit", json={"action": "submit", "data": weekly.REPORT})
    value = client.get_cookie("session").value
    page.context.add_cookies([{"name": "session", "value": value, "url": site}])
    page.goto(f"{site}/procedures/{instance.id}")
    page.locator("[data-island=viewer][data-ready]").wait_for()
    return page


def test_the_diagram_shows_where_it_stands(shown):
    def stroke(node):
        return shown.locator(f'[data-element-id="{node}"] .djs-visual > :not(defs)').first.evaluate(
            "node => node.style.stroke"
        )

    assert stroke("report") == "var(--q-green)"
    assert stroke("review") == "var(--q-accent)"
    assert shown.locator(".djs-overlays").get_by_text("还剩4个工作日").is_visible()


def test_a_node_filters_tasks_and_axis_until_esc(shown):
    assert shown.locator("tr[data-node]:visible").count() == 2

    shown.locator('[data-element-id="review"]').first.click()
    assert shown.locator("tr[data-node]:visible").count() == 1
    assert shown.locator(".axis > li:not(.of-ahead):visible").count() == 0, "nothing has happened there yet"
    assert shown.locator(".axis > li.of-ahead:visible").count() > 0, "its reminders are to come"

    shown.keyboard.press("Escape")
    assert shown.locator("tr[data-node]:visible").count() == 2


def test_a_phone_shows_it_without_sideways_scrolling(shown):
    shown.set_viewport_size({"width": 390, "height": 844})
    shown.reload()
    shown.locator("[data-island=viewer][data-ready]").wait_for()

    assert shown.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_largest_real_diagrams_are_drawn_in_under_two_seconds(shown, site):
    xml = large(LARGEST_NODES, LARGEST_BYTES, drawn=True)
    assert LARGEST_BYTES * 0.9 < len(xml) < LARGEST_BYTES * 1.1
    with transaction():
        engine.deploy(xml)
        instance = engine.start("large", {}, person_id="E011").id

    began = time.perf_counter()
    shown.goto(f"{site}/procedures/{instance}")
    shown.locator("[data-island=viewer][data-ready]").wait_for()
    spent = time.perf_counter() - began

    assert shown.locator(".djs-shape").count() >= LARGEST_NODES
    assert spent < 2, "from the click to the picture with its colours"
