"""How days, levels and decisions read on paper: in full, since a paper is read years later. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from app.foundation.clock import COLLEGE_ZONE
from app.quality.rectification.rules import CONCLUSIONS
from app.web.formatting import figure, level_look

SEVERITIES = {"MINOR": "一般", "MODERATE": "较重", "SERIOUS": "严重"}
GRADES = {"A": "A（优秀）", "B": "B（合格）", "C": "C（基本合格）", "D": "D（不合格）"}
VERDICTS = {"ACCEPTED": "审核通过", "RETURNED": "退回"}
STATES = {"UNCHANGED": "无变化", "IMPROVED": "有改进", "PROBLEM": "有问题"}
DECISIONS = {"OPEN": "待批", "APPROVED": "同意", "REFUSED": "不同意"}
DIAGNOSES = {"OPEN": "待提交", "SUBMITTED": "按时提交", "LATE": "逾期提交", "MISSED": "缺失", "EXCUSED": "免于提交"}
REPORTS = {"SUBMITTED": "待审核", "RETURNED": "已退回", "APPROVED": "上级已审核", "ACCEPTED": "质管办已验收"}
MODES = {"ON_SITE": "现场", "DESK": "书面"}


def day(value: date | datetime | None) -> str:
    """Return `2026年10月16日`; nothing for None. A moment counts on the college's day."""
    if value is None:
        return ""
    shown = value.astimezone(COLLEGE_ZONE).date() if isinstance(value, datetime) else value
    return f"{shown.year}年{shown.month}月{shown.day}日"


def moment(value: datetime | None) -> str:
    """Return `2026年10月16日 17:30` in college time; nothing for None."""
    return "" if value is None else f"{day(value)} {value.astimezone(COLLEGE_ZONE):%H:%M}"


def level(value: str) -> str:
    """Return a level's word; a dash where nothing was measured."""
    return level_look(value).chinese if value else "—"


def conclusion(value: str | None) -> str:
    return CONCLUSIONS.get(value or "", "未结论")


def file_names(files: list[dict[str, Any]]) -> str:
    """Return the names of attached files, one a line."""
    return "\n".join(str(each.get("name", "")) for each in files)


def lines(words: Mapping[str, str]) -> str:
    """Return `问题：…` per line, without those that are empty."""
    return "\n".join(f"{label}：{text}" for label, text in words.items() if text)


def percent(value: float | None) -> str:
    return "—" if value is None else f"{figure(value)}%"
