"""The islands in a browser, under the strict policy."""

import pytest


@pytest.fixture
def task(page, site):
    page.goto(f"{site}/task")
    page.locator("[data-island=form][data-ready]").wait_for()
    return page


@pytest.fixture
def instance(page, site):
    page.goto(f"{site}/instance")
    page.locator("[data-island=viewer][data-ready]").wait_for()
    return page


def measure(page, row):
    return page.get_by_label("改进措施").nth(row)


def submit(page):
    page.get_by_role("button", name="提交整改报告").click()


def seen(sample, kind):
    return [body for what, body in sample.extensions["seen"] if what == kind]


def test_a_refusal_stands_beside_its_field_and_keeps_every_character(task, sample):
    task.expected = {422}
    task.get_by_label("整改措施").fill("新写的整改措施，至少二十个字，一个字也不能丢失。")
    submit(task)
    row = task.locator(".fjs-form-field-dynamiclist > .fjs-children > div").nth(1)
    row.get_by_text("与上次相同，请写明新增的措施。").wait_for()
    task.locator(".form-alert").get_by_text("第13周还没有开始。").wait_for()
    assert task.locator(".fjs-form-field-attachments").get_by_text("至少上传一件佐证。").is_visible()
    assert task.get_by_label("整改措施").input_value() == "新写的整改措施，至少二十个字，一个字也不能丢失。"
    assert measure(task, 1).input_value() == "继续努力"


def test_what_is_mended_goes_through_to_the_next_page(task, sample, site):
    measure(task, 1).fill("第13周起每周一次集体备课。")
    task.get_by_label("办理意见").fill("请审核")
    submit(task)
    task.wait_for_url(f"{site}/desk")
    [sent] = seen(sample, "submit")
    assert (sent["action"], sent["version"], sent["opinion"]) == ("submit", 3, "请审核")
    assert sent["data"]["points"][1]["measure"] == "第13周起每周一次集体备课。"
    assert "why" not in sent["data"]


def test_a_hidden_field_appears_with_its_condition_and_is_then_required(task, sample):
    assert not task.get_by_label("困难在哪里").is_visible()
    task.get_by_label("有困难").check()
    task.get_by_label("困难在哪里").wait_for()
    submit(task)
    task.get_by_text("此项必填。").wait_for()
    task.locator(".form-alert").get_by_text("有1处需要修改").wait_for()
    assert seen(sample, "submit") == []


def test_a_draft_is_kept_two_seconds_after_the_last_change(task, sample):
    task.get_by_label("整改措施").fill("草")
    task.get_by_text("已暂存 14:02").wait_for(timeout=6000)
    assert seen(sample, "draft")[-1]["data"]["measures"] == "草"


def test_without_a_network_the_text_waits_on_this_machine(task, sample):
    task.route("**/draft", lambda route: route.abort())
    task.get_by_label("整改措施").fill("地下室里写的")
    task.get_by_text("暂存在本机").wait_for(timeout=6000)
    task.problems.clear()  # chromium reports the failed request, which is the point here
    task.unroute("**/draft")
    task.reload()
    task.get_by_role("button", name="恢复").click()
    assert task.get_by_label("整改措施").input_value() == "地下室里写的"


def test_an_action_without_checks_sends_an_unfinished_form(task, sample, site):
    task.get_by_label("整改措施").fill("")
    task.get_by_role("button", name="暂存").click()
    task.wait_for_url(f"{site}/desk")
    assert seen(sample, "submit")[0]["action"] == "save"


def test_a_weighty_action_says_what_will_happen_first(task, sample, site):
    task.get_by_role("button", name="退回").click()
    task.get_by_role("dialog").get_by_text("将退回给 王五").wait_for()
    task.get_by_role("button", name="取消").click()
    assert seen(sample, "submit") == []
    task.get_by_role("button", name="退回").click()
    task.get_by_role("dialog").get_by_role("button", name="退回", exact=True).click()  # without its key
    task.wait_for_url(f"{site}/desk")


def test_a_stale_page_says_who_acted_and_offers_the_new_state(task):
    task.expected = {409}
    task.get_by_text("更多").click()
    task.get_by_role("button", name="撤回").click()
    alert = task.locator(".form-alert")
    alert.get_by_text("宣知白 14:01 已经审核通过").wait_for()
    assert alert.get_by_role("link", name="载入最新状态").is_visible()


def test_a_file_is_sent_at_once_and_can_be_removed(task, sample):
    task.locator(".fjs-form-field-attachments input[type=file]").set_input_files(
        {"name": "签到表.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    task.get_by_role("link", name="签到表.pdf", exact=True).wait_for()
    assert seen(sample, "upload") == ["签到表.pdf"]
    task.get_by_role("button", name="移除 答疑与补课签到表.pdf").click()
    measure(task, 1).fill("第13周起每周一次集体备课。")
    submit(task)
    task.wait_for_url("**/desk")
    assert seen(sample, "submit")[0]["data"]["evidence"] == [
        {"id": 11, "name": "第12周阶段测验统计.xlsx"},
        {"id": 41, "name": "签到表.pdf"},
    ]


def test_a_row_can_be_added_to_a_list(task):
    task.get_by_role("button", name="添加一条").click()
    assert task.get_by_label("改进措施").count() == 3


def test_the_diagram_shows_what_happened(instance):
    def stroke(node):
        shape = instance.locator(f'[data-element-id="{node}"] .djs-visual > :not(defs)').first
        return shape.evaluate("node => node.style.stroke")

    assert stroke("confirm") == "var(--q-green)"
    assert stroke("submit") == "var(--q-red)"
    assert stroke("extend") == "var(--q-accent)"
    assert stroke("close") == "var(--q-ahead)"
    assert stroke("f1") == "var(--q-green)"
    assert instance.locator(".node-badge-problem").inner_text() == "! 2"
    assert instance.get_by_text("逾期9个工作日", exact=True).count() == 2


def test_a_node_filters_the_lists_until_esc(instance):
    instance.locator('[data-element-id="verify"]').first.click()
    assert instance.locator("tr[data-node]:visible").count() == 1
    instance.keyboard.press("Escape")
    assert instance.locator("tr[data-node]:visible").count() == 3
    instance.locator('[data-element-id="submit"][tabindex]').press("Enter")
    assert instance.locator("tr[data-node]:visible").count() == 2


def test_the_mark_of_bpmn_io_is_visible_and_uncovered(instance):
    mark = instance.locator(".bjs-powered-by")
    assert mark.is_visible()
    on_top = mark.evaluate(
        """mark => { const box = mark.getBoundingClientRect();
        return mark.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)); }"""
    )
    assert on_top


def test_zoom_is_reachable_by_keyboard(instance):
    def scale():
        return instance.locator(".viewport").first.get_attribute("transform")

    before = scale()
    instance.get_by_role("button", name="放大").press("Enter")
    assert scale() != before


def test_the_keyboard_moves_through_the_rows(page, site):
    page.goto(f"{site}/desk")
    page.locator("tr[aria-selected=true]").wait_for()
    page.keyboard.press("j")
    assert "处置红色预警" in page.locator("tr[aria-selected=true]").inner_text()
    page.keyboard.press("?")
    assert page.get_by_role("dialog").is_visible()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    page.keyboard.press("o")
    page.wait_for_url(f"{site}/task")


def test_the_theme_is_kept_for_the_next_page(page, site):
    page.goto(f"{site}/desk")
    page.get_by_text("封以宁").first.click()
    page.get_by_role("button", name="深色界面").click()
    page.goto(f"{site}/parts")
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"


@pytest.mark.parametrize("address", ["desk", "task", "instance", "parts", "phone"])
def test_a_phone_shows_every_page_without_sideways_scrolling(page, site, address):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{site}/{address}")
    page.wait_for_timeout(500)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
