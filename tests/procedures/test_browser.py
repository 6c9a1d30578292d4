"""The diagram of an instance in a real browser, wide and narrow."""

import time
from itertools import pairwise

import pytest

from app import engine
from app.foundation.db import transaction
from tests import weekly
from tests.doors import signed_in
from tests.engine.diagrams import END, START, chain, process
from tests.engine.diagrams import task as user_task

# The largest diagrams people have published: about 110 nodes, 830 KB.
NODES, BYTES = 110, 830_000
DI = "http://www.omg.org/spec/BPMN/20100524/DI"


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


def drawn(nodes: int, size: int) -> str:
    """Return a diagram with that many nodes, drawn in rows of ten, with documentation up to that many bytes."""
    names = ["start", *(f"t{number}" for number in range(nodes - 2)), "end"]
    note = f"<documentation>{'x' * (size // nodes - 700)}</documentation>"
    xml = process(START, *(user_task(name, note) for name in names[1:-1]), END, chain(*names), key="large")
    places = {name: (160 * (number % 10), 120 * (number // 10)) for number, name in enumerate(names)}
    shapes = "".join(
        f'<di:BPMNShape id="{name}_di" bpmnElement="{name}"><dc:Bounds x="{x}" y="{y}" width="100" height="80"/></di:BPMNShape>'
        for name, (x, y) in places.items()
    )
    edges = "".join(
        f'<di:BPMNEdge id="{a}__{b}_di" bpmnElement="{a}__{b}"><dd:waypoint x="{places[a][0] + 100}" y="{places[a][1] + 40}"/>'
        f'<dd:waypoint x="{places[b][0]}" y="{places[b][1] + 40}"/></di:BPMNEdge>'
        for a, b in pairwise(names)
    )
    picture = (
        f'<di:BPMNDiagram xmlns:di="{DI}" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
        'xmlns:dd="http://www.omg.org/spec/DD/20100524/DI" id="d"><di:BPMNPlane id="p" bpmnElement="large">'
        f"{shapes}{edges}</di:BPMNPlane></di:BPMNDiagram></definitions>"
    )
    return xml.replace("</definitions>", picture)


def test_the_largest_real_diagrams_are_drawn_in_under_two_seconds(shown, site):
    xml = drawn(NODES, BYTES)
    assert BYTES * 0.9 < len(xml) < BYTES * 1.1
    with transaction():
        engine.deploy(xml)
        instance = engine.start("large", {}, person_id="E011").id

    began = time.perf_counter()
    shown.goto(f"{site}/procedures/{instance}")
    shown.locator("[data-island=viewer][data-ready]").wait_for()
    spent = time.perf_counter() - began

    assert shown.locator(".djs-shape").count() >= NODES
    assert spent < 2, "from the click to the picture with its colours"
