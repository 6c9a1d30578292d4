"""Every mail the product sends is worded in both languages, with the values its caller gives."""

import ast
import re
from pathlib import Path

import pytest

from app.notifications import wording
from app.notifications.kinds import KINDS

APP = Path(__file__).resolve().parents[2] / "app"
SOURCES = [path for path in APP.rglob("*.py") if "frontend" not in path.parts]

DUE = "2026-11-27T09:30:00+00:00"
ORDER = {
    "order_no": "ZG-2026-007", "subject_name": "教务处", "problem": "覆盖率不足", "requirement": "补齐资源",
    "target": "覆盖率≥75%", "due_at": DUE, "round": 1,
}  # fmt: skip
WARNING = {
    "subject_name": "教务处", "indicator_name": "到课率", "unit": "%", "rule": "THRESHOLD", "level": "YELLOW",
    "side": "LOW", "persisted": False, "value": 78.0, "standard": 85.0, "period": "2026-2027-1-W12",
    "day": "2026-11-23", "note": "", "status": "OPEN",
}  # fmt: skip
TASK = {"title": "第13周自我诊改", "due_at": DUE}
LATE = {**TASK, "days": 3, "performers": ["崔砚秋"]}
DETERMINATION = {
    "order_no": "ZG-2026-003", "subject_name": "教务处", "problem": "覆盖率不足", "category": "能力不足",
    "severity": "较重", "opinion": "",
}  # fmt: skip
MEETING = {"title": "2026年第2次质量专题会", "held_on": "2026-12-04", "place": "第一会议室"}

# What callers pass, in every variant that words differently.
VALUES = {
    "escalation/mail/gathered": [{"tasks": [TASK, {**TASK, "due_at": None}]}, {"tasks": [TASK]}],
    "escalation/mail/assigned": [{**TASK, "why": "您是责任人", "due_text": "第13周"}, {**TASK, "why": "", "due_at": None, "due_text": ""}],
    "escalation/mail/returned": [{**TASK, "reason": "数据不全"}, {**TASK, "reason": ""}],
    "escalation/mail/reminder": [{**TASK, "days_left": n} for n in (0, 1, 5)],
    "escalation/mail/overdue": [LATE, {**LATE, "days": 1}],
    "escalation/mail/overdue_superior": [LATE, {**LATE, "days": 1, "performers": ["甲", "乙"]}],
    "escalation/mail/overdue_leader": [{**LATE, "unit_name": "教务处", "count": n, "tasks": [LATE]} for n in (1, 30)],
    "escalation/mail/withdrawn": [{**TASK, "reason": "主体撤销"}, {**TASK, "reason": ""}],
    "monitoring/mail/warning": [
        WARNING, {**WARNING, "level": "RED", "persisted": True}, {**WARNING, "side": "HIGH", "standard": None},
        {**WARNING, "level": "BLUE", "side": ""},
        {**WARNING, "rule": "DATA_ANOMALY", "note": "与上期相差过大。"},
        {**WARNING, "rule": "MISSING_DATA", "level": "BLUE", "value": None, "standard": None, "note": "本期没有采集到数据。"},
        {**WARNING, "rule": "PLAN_PROGRESS", "indicator_name": "进度落后", "note": "进度落后", "period": "2026-11", "standard": None},
    ],
    "monitoring/mail/warning_ended": [
        {**WARNING, "status": "RESOLVED", "value": 90.0}, {**WARNING, "status": "FALSE_ALARM", "value": None, "note": "录入错误"},
        {**WARNING, "rule": "PLAN_PROGRESS", "status": "RESOLVED"},
    ],
    "monitoring/mail/import_rejected": [
        {"file": "采集值.xlsx", "stored": 3, "problems": [("第 4 行", "没有编码为“IC99”的指标。")] * n} for n in (1, 60)
    ],
    "reports/mail/weekly_digest": [
        {"week": 13, "units": [{"name": "教务处", "diagnosis": said, "yellow": 1, "red": 0, "overdue": 2, "layers": layers}]}
        for said in ("SUBMITTED", "LATE", "MISSED", "OPEN", "")
        for layers in ([], [{"name": "学生层面", "owed": 40, "on_time": 38, "missing": 1, "red": 0}])
    ],
    "cycles/mail/deadlines_moved": [{"changes": [{"title": "自我诊改", "old": DUE, "new": "2027-01-04T09:30:00+00:00"}]}],
    "assessment/mail/notice": [
        {"subject_name": "教务处", "held_on": "2026-12-04", "mode": mode, "materials": materials, "assessors": ["甲", "乙"]}
        for mode, materials in (("ON_SITE", "台账\n报告"), ("OTHER", ""))
    ],
    "assessment/mail/result": [
        {"subject_name": "教务处", "grade": "B", "findings": n, "summary": text} for n, text in ((0, ""), (2, "总体良好"))
    ],
    "rectification/mail/order": [ORDER],
    "rectification/mail/submission": [
        {**ORDER, "measures": "已补齐", "late": late, "round": round} for late, round in ((False, 1), (True, 2))
    ],
    "rectification/mail/extension": [{**ORDER, "granted": yes, "opinion": text} for yes, text in ((True, ""), (False, "不必要"))],
    "rectification/mail/verification_planned": [
        {**ORDER, "verify_on": "2026-12-01", "place": "实训楼", "checklist": items} for items in (["看资源库"], [])
    ],
    "rectification/mail/conclusion": [
        {**ORDER, "conclusion": conclusion, "follows": follows, "opinion": ""}
        for conclusion, follows in (
            ("EFFECTIVE", "CLOSE"), ("PARTLY_EFFECTIVE", "SUPPLEMENTARY"), ("NO_EVIDENT_EFFECT", "DETERMINE"),
        )
    ],
    "review/mail/determination": [DETERMINATION, {**DETERMINATION, "opinion": "多次未见成效"}],
    "review/mail/agenda": [{**MEETING, "items": [DETERMINATION]}, {**MEETING, "items": [], "place": ""}],
    "review/mail/resolution": [
        {"title": "专题会", "resolution_no": "JY-2026-01", "text": "限期补齐", "task": "提交方案", "due_on": "2026-12-11", "order_no": "ZG-2026-003"}
    ],
    "results/mail/report": [{"title": "2026年度诊断与改进报告"}],
    "results/mail/own_result": [{"title": "2026年度诊断与改进报告"}],
    "notifications/mail/delegation": [
        {"from_name": "崔砚秋", "to_name": "封以宁", "from_on": "2026-12-01", "to_on": "2026-12-07", "reason": text} for text in ("出差", "")
    ],
    "notifications/mail/outage": [{"count": 3, "since": DUE, "problem": "ConnectionRefusedError"}],
}  # fmt: skip
LETTER = {"reader": "崔砚秋", "on_behalf_of": "", "link": "http://127.0.0.1:5000/tasks/7", "college": "清岚职业技术学院"}


def templates_named() -> set[str]:
    """Return every template that a call of `enqueue` names, also `f"room/mail/{name}"` with the names its callers give."""
    return {name for path in SOURCES for name in _named_in(ast.parse(path.read_text()))}


def _named_in(tree: ast.Module) -> set[str]:
    found = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            if keyword.arg != "template":
                continue
            if isinstance(keyword.value, ast.Constant):
                found.add(keyword.value.value)
            elif isinstance(keyword.value, ast.JoinedStr):
                folder = keyword.value.values[0].value
                found |= {folder + name for name in _third_arguments(tree)}
    return found


def _third_arguments(tree: ast.Module) -> set[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return {
        call.args[2].value
        for call in calls
        if call.func.id in {"_tell", "_mail"} and len(call.args) > 2 and isinstance(call.args[2], ast.Constant)
    }


def kinds_named() -> set[str]:
    return {
        node.value
        for path in SOURCES
        if path.name != "kinds.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) == 3
        and node.value[0] == "M" and node.value[1:].isdigit()
    }  # fmt: skip


def test_every_mail_that_is_sent_is_tried_here():
    assert templates_named() - set(VALUES) == set()


def test_every_kind_that_is_sent_has_a_name():
    assert {"M01", "M07", "M20"} < kinds_named() <= set(KINDS)


CASES = [
    pytest.param(template, values, id=f"{template.replace('/mail/', '-')}-{number}")
    for template, variants in VALUES.items()
    for number, values in enumerate(variants)
]


@pytest.mark.parametrize("locale", ["zh", "en"])
@pytest.mark.parametrize(("template", "values"), CASES)
def test_it_is_worded(app, at, template, values, locale):
    at("2026-11-23 09:00")

    worded = wording.word(template, {**LETTER, **values}, locale=locale)

    assert worded.subject.startswith("【诊改通】" if locale == "zh" else "[诊改通] ")
    assert 8 < len(worded.subject) < 90
    lines = worded.body.splitlines()
    assert lines[0] == ("崔砚秋，您好：" if locale == "zh" else "Dear 崔砚秋,")
    assert lines[1] == ""
    assert lines[2], "the letter begins with a sentence"
    assert "\n\n\n" not in worded.body
    assert LETTER["link"] in lines
    reason = r"您收到此邮件，因为[^。]+。$" if locale == "zh" else r"You receive this mail because \S.+\.$"
    assert re.search(reason, worded.body, re.MULTILINE)
    assert "None" not in worded.body
    assert "{" not in worded.body


@pytest.mark.parametrize(("template", "values"), CASES)
def test_no_figure_of_a_reading_stands_in_a_subject(app, at, template, values):
    at("2026-11-23 09:00")
    subject = wording.word(template, {**LETTER, **values}, locale="zh").subject

    assert "78" not in subject
    assert "覆盖率不足" not in subject


def test_days_and_moments_are_said_in_full(app, at):
    at("2026-11-23 09:00")

    assert wording.day("2026-11-27", language="zh") == "11月27日（周五）"
    assert wording.day("2027-01-15", language="en") == "Fri 15 Jan 2027"
    assert wording.moment("2026-11-27T16:30:00+00:00", language="zh") == "11月28日（周六）00:30"
    assert wording.moment(None, language="zh") == wording.day(None, language="zh") == ""
    with pytest.raises(ValueError, match="zone"):
        wording.moment("2026-11-27T16:30:00", language="zh")


def test_weeks_are_said_in_words():
    assert wording.week("2026-2027-1-W05", language="zh") == "2026-2027-1学期第5周"
    assert wording.week("2026-2027-1-W05", language="en") == "week 5 of term 2026-2027-1"
    assert wording.week("2026-11", language="zh") == "2026-11"


@pytest.mark.parametrize(
    ("level", "chinese", "english"),
    [("RED", "红色（严重）", "red"), ("YELLOW", "黄色（警示）", "yellow"), ("BLUE", "蓝色（提示）", "blue")],
)
def test_levels_are_named_by_their_colour(level, chinese, english):
    assert wording.level(level, language="zh") == chinese
    assert wording.level(level, language="en") == english
