"""Deadlines, extensions, returns and verifiers of rectification. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

LONGEST_EXTENSION_WORKDAYS = 10
MOST_RETURNS = 2
LAST_ROUND = 2
FEWEST_VERIFIERS = 2
RESUBMISSION_WORKDAYS = 5
SUPPLEMENTARY_WORKDAYS = 10
# Working days after the deadline at which an unanswered order goes to determination.
GRACE_WORKDAYS = 10
RESULTS = {"PASS": "符合", "PARTLY": "部分符合", "FAIL": "不符合"}
CONCLUSIONS = {"EFFECTIVE": "有效", "PARTLY_EFFECTIVE": "部分有效", "NO_EVIDENT_EFFECT": "无明显成效"}


def problems_of_extension(
    *, workdays: int, reason: str, asked_at: datetime, due_at: datetime, asked_before: bool, awaits_submission: bool
) -> dict[str, str]:
    """Return why more time may not be asked for (scenario 27): once, at most 10 days, before the deadline."""
    if not awaits_submission:
        return {"workdays": "整改报告已经提交，不需要延期。"}
    if asked_before:
        return {"workdays": "每份整改通知只能申请一次延期，之前已经申请过。"}
    if asked_at > due_at:
        return {"workdays": "整改期限已过，不能再申请延期；仍可提交整改报告，记为逾期。"}
    problems = {}
    if not 1 <= workdays <= LONGEST_EXTENSION_WORKDAYS:
        problems["workdays"] = f"延期最长 {LONGEST_EXTENSION_WORKDAYS} 个工作日。"
    if not reason.strip():
        problems["reason"] = "请写明延期理由。"
    return problems


def problems_of_verifiers(
    chosen: Sequence[str], *, involved: Collection[str], eligible: Collection[str], names: Mapping[str, str]
) -> dict[str, str]:
    """Return why the chosen people may not verify (I-11): at least two, none from the subject."""
    if len(set(chosen)) < FEWEST_VERIFIERS:
        return {"verifiers": f"实地复核至少要 {FEWEST_VERIFIERS} 名复核人员。"}
    if partial := [each for each in chosen if each in involved]:
        return {"verifiers": f"{_named(partial, names)}属于被复核的部门，必须回避（I-11）。"}
    if strangers := [each for each in chosen if each not in eligible]:
        return {"verifiers": f"{_named(strangers, names)}不在质管办认可的复核人员名单中。"}
    return {}


def problems_of_checks(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return which checks are not filled in; a conclusion needs all of them (I-11)."""
    if not rows:
        return {"checks": "请至少填写一项复核内容。"}
    problems = {}
    for number, row in enumerate(rows):
        for field, sentence in (("item", "请写明复核内容。"), ("found", "请写明现场情况。"), ("result", "请选择结果。")):
            if not str(row.get(field) or "").strip():
                problems[f"checks.{number}.{field}"] = sentence
    return problems


def after_verification(conclusion: str, *, round: int) -> str:
    """Return what follows a conclusion: CLOSE, SUPPLEMENTARY (once) or DETERMINE (scenario 29)."""
    if conclusion == "EFFECTIVE":
        return "CLOSE"
    if conclusion == "PARTLY_EFFECTIVE" and round < LAST_ROUND:
        return "SUPPLEMENTARY"
    return "DETERMINE"


def after_return(returns: int) -> str:
    """Return what follows a return: SUBMIT again, or DETERMINE after the second."""
    return "SUBMIT" if returns <= MOST_RETURNS else "DETERMINE"


# The ledger's bands of working days past the deadline; they follow the steps of the escalation ladder.
AGE_BANDS = (("LATE_3", 3), ("LATE_5", 5), ("LATE_10", 10))


def age_band(*, status: str, awaits_submission: bool, late_workdays: int) -> str:
    """Return where an order stands in the ledger's ageing.

    CLOSED, REFERRED, IN_REVIEW (a report is being reviewed or verified), ON_TIME, or how long it
    is overdue: LATE_3, LATE_5, LATE_10, LATE_MORE. `late_workdays` is negative before the deadline.
    """
    if status in ("CLOSED", "REFERRED"):
        return status
    if not awaits_submission:
        return "IN_REVIEW"
    if late_workdays < 0:
        return "ON_TIME"
    return next((name for name, most in AGE_BANDS if late_workdays <= most), "LATE_MORE")


def _named(people: Sequence[str], names: Mapping[str, str]) -> str:
    return "、".join(names.get(each, each) for each in people)
