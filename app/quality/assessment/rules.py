"""Who may assess whom, and what a finding needs. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

SHORTEST_DEADLINE_WORKDAYS = 5
FIRST_WEEK, LAST_WEEK = 14, 17
NOTICE_WORKDAYS = 5
# One of how many students the quality office assesses (decision 6).
ONE_OF = 10


def sample(codes: Sequence[str], *, draw: str) -> set[str]:
    """Return at least a tenth of the codes, the same for the same draw and others for the next."""
    wanted = -(-len(codes) // ONE_OF)
    return set(sorted(codes, key=lambda code: sha256(f"{draw}:{code}".encode()).digest())[:wanted])


def problems_of_assessors(
    chosen: Sequence[str], *, involved: Collection[str], eligible: Collection[str], names: Mapping[str, str]
) -> dict[str, str]:
    """Return why the chosen people may not assess (I-9). `involved` belong to the subject."""
    if not chosen:
        return {"assessors": "请至少选择一名考核人员。"}
    if partial := [each for each in chosen if each in involved]:
        who = "、".join(names.get(each, each) for each in partial)
        return {"assessors": f"{who}属于被考核的主体，必须回避（I-9），请改选他人。"}
    if strangers := [each for each in chosen if each not in eligible]:
        who = "、".join(names.get(each, each) for each in strangers)
        return {"assessors": f"{who}没有考核该主体的资格，请从名单中选择。"}
    return {}


def problems_of_date(day: date, *, earliest: date, first: date, last: date) -> dict[str, str]:
    """Return why an assessment may not be held that day: notice of 5 working days, weeks 14-17."""
    if day < earliest:
        return {"held_on": f"要提前 {NOTICE_WORKDAYS} 个工作日通知，最早 {earliest.isoformat()}。"}
    if not first <= day <= last:
        return {"held_on": f"考核在第{FIRST_WEEK}—{LAST_WEEK}周进行（{first.isoformat()} 至 {last.isoformat()}）。"}
    return {}


def problems_of_findings(rows: Sequence[Mapping[str, Any]], *, of_person: bool) -> dict[str, str]:
    """Return what findings lack (I-10), by place (`findings.0.evidence`); only one `of_person` may be not his own."""
    needed = {
        "point": "请选择诊断点。",
        "problem": "请写明问题。",
        "evidence": "每个问题都要有佐证（I-10）。",
        "severity": "请选择严重程度。",
        "requirement": "请写明整改要求。",
        "measurable_target": "请写明可衡量的整改目标（I-10）。",
    }
    problems = {
        f"findings.{number}.{field}": sentence
        for number, row in enumerate(rows)
        for field, sentence in needed.items()
        if not str(row.get(field) or "").strip()
    }
    for number, row in enumerate(rows):
        days = row.get("workdays")
        if days is not None and days < SHORTEST_DEADLINE_WORKDAYS:
            problems[f"findings.{number}.workdays"] = f"整改期限最短 {SHORTEST_DEADLINE_WORKDAYS} 个工作日。"
        if row.get("common") and not of_person:
            problems[f"findings.{number}.common"] = "只有考核教师或学生个人时，才能把问题交给专业整改。"
    return problems
