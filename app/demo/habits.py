"""How the people of the made-up college behave: who is punctual, who is late, what they write. Seeded."""

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from app import engine
from app.foundation.clock import COLLEGE_ZONE, today
from app.organisation import calendar
from app.organisation import queries as organisation
from app.quality.standards.models import Direction, Indicator

Answer = tuple[str, dict[str, Any], str]

FINDING_FIELDS = ("point", "problem", "evidence", "severity", "requirement", "measurable_target")
FINDINGS = {
    "OFF-HQC": ("DC06", "食堂卫生投诉处理超时", "抽查30件投诉，11件超过3个工作日", "MINOR", "投诉3个工作日内办结", "超时件数≤1/30"),
    "OFF-XXZX": ("DC02", "系统运维工单逾期", "工单系统导出：逾期率12%", "MINOR", "完善值班与派单", "逾期率≤3%"),
    "OFF-KYC": ("DC03", "横向课题结题率偏低", "到期课题18项，结题9项", "MODERATE", "逐项督办到期课题", "结题率≥90%"),
    "OFF-TSG": ("DC06", "自习座位预约失约率高", "近四周失约率21%", "MINOR", "启用失约提醒与限约", "失约率≤8%"),
    "OFF-BWC": ("DC05", "夜间巡查记录缺失", "抽查14天，3天无记录", "MINOR", "巡查打卡到点到人", "缺失天数=0"),
    "OFF-SXZX": ("DC03", "实训设备完好率不足", "清点120台，完好98台", "SERIOUS", "制定维修更新计划", "完好率≥95%"),
}
# From this week on assessments are the half-year's planned ones, held from week 14.
PLANNED_FROM_WEEK, HELD_FROM_WEEK = 11, 14
DUTIES = (("日常业务按时办结", "按时办结率", "95%", "97%", "98%"), ("师生服务满意度提升", "师生满意度", "88%", "90%", "92%"))


# What an assessment may find where nothing is written above.
ORDINARY_FINDING = ("DC02", "督办事项办结超时", "抽查20件，4件超期", "MINOR", "建立到期提醒并按周通报", "超期件数≤1/20")


@dataclass(frozen=True, kw_only=True)
class Habits:
    """Who does what when. Units are codes of subjects; `chance` makes the same life of the same seed.

    `stops` names steps that a unit's people never take; `findings` what an
    assessment finds at a unit, `finding_chance` how often it finds the ordinary
    elsewhere; `meets` whether special meetings are held.
    """

    chance: random.Random
    data: Mapping[str, Any]
    late: Collection[str] = ()
    silent: Collection[str] = ()
    stops: Mapping[str, Collection[str]] = field(default_factory=dict)
    without_effect: Collection[str] = ()
    findings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    finding_chance: float = 0.0
    meets: bool = True

    def acts_now(self, task: engine.HumanTask, on: date) -> bool:
        """Say whether the task's performer does it that afternoon."""
        if task.node in self.stops.get(task.subject or "", ()):
            return False
        if task.node == "sm_schedule":
            return self.meets
        opened = task.opened_at.astimezone(COLLEGE_ZONE).date()
        waited = calendar.work_calendar().between(opened, on)
        if task.node == "enter_goals" and waited < GOALS_WAIT.get(_level_of(task), 0):
            return False
        due = task.due_at.astimezone(COLLEGE_ZONE).date() if task.due_at else on + timedelta(days=3)
        if task.node == "diagnose" and task.subject in self.silent:
            return False
        if task.node == "diagnose" and task.subject in self.late:
            return on > due and self.chance.random() < 0.4
        if task.node in ("hold", "sm_hold"):
            return on >= due
        if on >= due:
            return self.chance.random() < 0.995 or task.node != "diagnose"
        if task.node in ("appoint", "verify", "sign", "review"):
            return waited >= 3
        return waited >= 1 and self.chance.random() < 0.45

    def answer(self, task: engine.HumanTask, shown: dict[str, Any]) -> Answer:
        """Return what the performer does with a task: the verb, what he typed, his opinion."""
        write = _ANSWERS.get(task.node)
        return write(self, task, shown) if write else ("submit", {}, "")

    def reading(
        self, indicator: Indicator, subject: str, week: int, given: Mapping[tuple[str, str], float]
    ) -> float | None:
        """Return what the other systems deliver for an indicator this week; None when nothing is due."""
        if (indicator.code, subject) in given:
            return given[indicator.code, subject]
        due = {"WEEKLY": True, "MONTHLY": week % 4 == 1, "TERM": week == 2, "YEAR": week == 2}
        if indicator.source == "IQA" or not due.get(indicator.frequency, False) or indicator.standard is None:
            return None
        return likely_value(indicator, self.chance)


def likely_value(indicator: Indicator, chance: random.Random) -> float:
    """Return a believable value of an indicator that has a standard: mostly good, one of twenty-five bad."""
    standard = indicator.standard or 0.0
    target = indicator.target if indicator.target is not None else standard
    bad = chance.random() < 0.04
    if indicator.unit in ("件", "项/年"):
        return float(round(standard + (1 if bad else 0)) if indicator.direction is Direction.DOWN else round(target))
    span = abs(standard) * 0.05 if bad else abs(target - standard) or abs(standard) * 0.02
    sign = 1 if indicator.direction is Direction.UP else -1
    drift = -chance.uniform(0.2, 1.4) if bad else chance.uniform(0.6, 1.8)
    value = standard + sign * span * drift
    return round(min(value, 100.0) if indicator.unit == "%" else value, 1)


# The goals of a level rest on those of the levels above: each waits until these are entered (working days).
GOALS_WAIT = {"DEPARTMENT": 4, "PROGRAMME": 6, "COURSE": 7, "TEACHER": 8, "STUDENT": 8}
# What a goal is broken down from, beside what the data says: a task of the level above by the words of its own.
PARENTS = {
    "护理专业对接执业资格": "建成省级一流专业", "专业建成省级一流专业": "软件技术专业一流建设",
    "提高课程学习达标率": "专业建成省级一流专业", "赴企业实践提升双师能力": "青年教师企业实践", "取得职业技能等级证书": "专业建成省级一流专业",
}  # fmt: skip
# Goals beside the offices, by layer: goal, what measures it, three years.
GOALS = {
    "PROGRAMME": (("专业建成省级一流专业", "专业课程数字资源覆盖率", "80%", "90%", "95%"),),
    "COURSE": (("提高课程学习达标率", "课程及格率", "85%", "90%", "92%"),),
    "TEACHER": (("赴企业实践提升双师能力", "年企业实践天数", "30天", "30天", "30天"), ("主持校级以上课题", "课题数", "1项", "1项", "2项")),
    "STUDENT": (("取得职业技能等级证书", "证书数", "1项", "1项", "2项"), ("平均学分绩点稳步提高", "绩点", "3.0", "3.2", "3.3")),
}
LAYER_PLANS = {"PROGRAMME": "PLAN08", "COURSE": "PLAN10"}


def _level_of(task: engine.HumanTask) -> str:
    return "DEPARTMENT" if (task.subject or "").startswith("DEP-") else task.layer or ""


def _parent(task_zh: str, named: str | None, shown: Any) -> str | None:
    """Return the code of the offered goal that `named` or the table above names; None where it is not entered yet."""
    wanted = named or PARENTS.get(task_zh)
    return next((each["value"] for each in shown["parents"] if each["label"].partition("：")[2] == wanted), None)


def _goals_of_layer(layer: str, shown: Any) -> list[dict[str, Any]]:
    rows = []
    for name, point, one, two, three in GOALS[layer]:
        row = {
            "task_zh": name, "observation_point": point, "year_1": one, "year_2": two, "year_3": three,
            "parent": _parent(name, None, shown),
        }  # fmt: skip
        if layer in ("PROGRAMME", "COURSE"):  # who answers is on the form, for a person's own goals it is not
            post, person = next(
                (each["value"], held[0]) for each in shown["posts"] if (held := organisation.holders_of_post(each["value"]))
            )
            row |= {"task_type": "A", "plan": LAYER_PLANS[layer], "post": post, "responsible": person}
        rows.append(row)
    return rows


def _goals(habits: Habits, task: Any, shown: Any) -> Answer:
    if task.layer in GOALS:
        return "submit", {"goals": _goals_of_layer(task.layer, shown)}, ""
    tasks = {each["code"]: each["task_zh"] for each in habits.data["goals"]}
    rows = [
        _goal_row({**each, "parent": tasks.get(each["parent"])}, shown)
        for each in habits.data["goals"] if each["responsible_unit"] == task.subject
    ]  # fmt: skip
    people = shown["people"]
    post = shown["posts"][0]["value"]
    while len(rows) < 2:  # every unit has at least its routine duties
        name, point, one, two, three = DUTIES[len(rows)]
        head = organisation.holders_of_post(post)
        rows.append(
            {
                "task_zh": name, "task_type": "C", "basis": "部门职责", "observation_point": point, "year_1": one,
                "year_2": two, "year_3": three, "post": post, "responsible": head[0] if head else people[0]["value"],
            }
        )  # fmt: skip
    return "submit", {"goals": rows}, ""


def _goal_row(each: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    plans = {plan["label"]: plan["value"] for plan in shown["plans"]}
    known = {indicator["value"] for indicator in shown["indicators"]}
    row = {
        "task_zh": each["task_zh"], "task_type": each["task_type"], "observation_point": each["observation_point_zh"],
        "post": each["post"], "responsible": each["responsible_person"],
    }  # fmt: skip
    row |= {f"year_{n}": text for n, text in enumerate(each["annual_plan"].values(), start=1)}
    if each["task_type"] == "A":
        row["plan"] = plans.get(each["source_plan"], "PLAN01")
    else:
        row["basis"] = each["source_plan"]
    row["parent"] = _parent(each["task_zh"], each["parent"], shown)
    if each["indicator"] in known:
        row["indicator"] = each["indicator"]
    return row


def _diagnosis(habits: Habits, task: Any, shown: Any) -> Answer:
    who = shown["people"][0]["value"]
    on = calendar.work_calendar().after(today(), 10).isoformat()
    points = []
    for each in shown["points"]:
        row = {"point": each["point"]}
        if each["state"] is None:
            row |= {
                "state": "PROBLEM", "problem": f"{each['name']}未达标准：{each['reading']}"[:200], "cause": "过程跟踪不够及时",
                "measure": "每周检查并通报进展", "measure_by": who, "measure_due": on,
            }  # fmt: skip
        else:
            row["state"] = "UNCHANGED"
        points.append(row)
    elapsed = 100 * today().timetuple().tm_yday / 365
    pace = 0.82 if task.subject in habits.late else 1.0
    progress = [
        {"goal": each["goal"], "percent": round(min(elapsed * pace * habits.chance.uniform(1.0, 1.06), 100), 1)}
        for each in shown["progress"]
    ]
    return "submit", {"points": points, "progress": progress}, ""


def _schedule(habits: Habits, task: Any, shown: Any) -> Answer:
    people = [each["value"] for each in shown["candidates"]]
    days = calendar.work_calendar()
    day = days.after(today(), 5)
    week = calendar.week_on(today())
    if week is not None and week.no >= PLANNED_FROM_WEEK:
        first = calendar.weeks_of(week.term_code)[HELD_FROM_WEEK - 1].start_on
        day = max(day, days.after(first, habits.chance.randint(1, 14)))
    return "submit", {
        "held_on": day.isoformat(), "assessors": people[1:3] or people, "mode": "ON_SITE", "materials": "台账、记录、佐证材料",
    }, ""  # fmt: skip


def _hold(habits: Habits, task: Any, shown: Any) -> Answer:
    points = [{"point": each["point"], "score": habits.chance.randint(72, 95)} for each in shown["points"]]
    found = habits.findings.get(task.subject)
    if found is None and habits.chance.random() < habits.finding_chance:
        found = (shown["points"][1]["point"], *ORDINARY_FINDING[1:])
    findings = [dict(zip(FINDING_FIELDS, found, strict=True))] if found else []
    return "submit", {"points": points, "findings": findings, "summary": "总体运行平稳，个别环节需限期整改。"}, ""


def _verify(habits: Habits, task: Any, shown: Any) -> Answer:
    effective = task.subject not in habits.without_effect
    checks = [
        {"item": each["item"], "requirement": each["requirement"], "found": "现场核对，与报告一致" if effective else "抽查仍有超时",
         "result": "PASS" if effective else "FAIL"}
        for each in shown["checks"]
    ]  # fmt: skip
    conclusion = "EFFECTIVE" if effective else "NO_EVIDENT_EFFECT"
    remark = "措施已落实，目标达到。" if effective else "措施未落到岗位，目标未达到。"
    return "submit", {"checks": checks, "conclusion": conclusion, "remark": remark}, ""


def _appoint(habits: Habits, task: Any, shown: Any) -> Answer:
    day = calendar.work_calendar().after(today(), 3)
    return "submit", {
        "verifiers": [each["value"] for each in shown["candidates"][1:3]], "verify_on": day.isoformat(),
        "place": shown["place"], "checklist": shown["checklist"],
    }, ""  # fmt: skip


def _confirm(habits: Habits, task: Any, shown: Any) -> Answer:
    return "approve", {"category": shown["category"], "severity": shown["severity"]}, "同意认定"


def _sm_record(habits: Habits, task: Any, shown: Any) -> Answer:
    days = calendar.work_calendar()
    items = [each["value"] for each in shown["agenda"]]
    person = shown["people"][0]["value"]
    return "submit", {
        "minutes": "会议听取汇报，形成决议。",
        "resolutions": [{"item": item, "text": "统筹解决，限期落实"} for item in items],
        "tasks": [
            {"item": item, "text": "落实整改资源", "person": person, "due_on": days.after(today(), 10).isoformat()}
            for item in items
        ],
    }, ""  # fmt: skip


def _sm_schedule(habits: Habits, task: Any, shown: Any) -> Answer:
    day = calendar.work_calendar().after(today(), 5)
    return "submit", {"held_on": day.isoformat(), "place": "第一会议室", "chair": shown["chair"], "attendees": []}, ""


def _as_shown(*fields: str) -> Callable[[Habits, Any, Any], Answer]:
    return lambda habits, task, shown: ("submit", {field: shown[field] for field in fields}, "")


def _on_links(**typed: Any) -> Callable[[Habits, Any, Any], Answer]:
    return lambda habits, task, shown: (
        "submit", {"links": [{"link": each["link"], **typed} for each in shown["links"]]}, "同意"
    )  # fmt: skip


def _plain(action: str, opinion: str = "", **typed: Any) -> Callable[[Habits, Any, Any], Answer]:
    return lambda habits, task, shown: (action, typed, opinion)


_ANSWERS: dict[str, Callable[[Habits, Any, Any], Answer]] = {
    "enter_goals": _goals,
    "confirm_programme": _plain("approve", "同意"),
    "confirm_goals": _plain("approve", "同意"),
    "diagnose": _diagnosis,
    "handle": _plain("acknowledge", "已安排改进"),
    "approve_adjustment": _plain("approve", "同意调整"),
    "schedule": _schedule,
    "hold": _hold,
    "draft_result": _plain("submit", "按考核记录评定", grade="B", summary="总体合格，按期整改。"),
    "objection": _plain("accept", "无异议"),
    "acknowledge": _plain("submit", "已阅", planned_measures="明确责任人，按周推进整改"),
    "submit": _plain("submit", "", measures="修订流程、明确责任、每周通报", result="抽查合格，指标达到要求"),
    "cosign": _plain("approve", "情况属实，同意送审"),
    "review": _plain("approve", "材料齐全，同意验收"),
    "appoint": _appoint,
    "verify": _verify,
    "sign": _plain("agree", "同意"),
    "determine": _plain("submit", "", category="COORDINATION", severity="SERIOUS", grounds="涉及多部门协作，需学院统筹解决"),
    "confirm": _confirm,
    "semester_report": _plain(
        "submit", text="本学期按计划开展各项工作，目标基本完成。", problems="个别事项推进偏慢。", measures="按周跟踪，及时提醒。"
    ),
    "approve_report": _plain("approve", "同意"),
    "write_part": _plain(
        "submit", text="本学期按岗位职责完成各项工作，任务按时办结。", problems="无", measures="及时沟通，提前安排。"
    ),
    "approve_part": _plain("approve", "同意"),
    "accept_report": _plain("approve", "验收"),
    "decide_objection": _plain("dismiss", "证据充分，维持结果"),
    "extension": _plain("grant", "同意"),
    "sm_schedule": _sm_schedule,
    "sm_hold": _plain("submit", "", discussion="会议讨论后一致同意。"),
    "sm_record": _sm_record,
    "sm_task": _plain("submit", "", result="已按决议完成"),
    "sm_appoint": _appoint,
    "sm_follow_up": lambda habits, task, shown: _verify(replace(habits, without_effect=()), task, shown),
    "sm_sign": _plain("agree", "同意"),
    "cr_draft": _as_shown("college", "programme", "course", "teacher", "student", "summary"),
    "cr_opinions": _plain("agree", "没有意见"),
    "cr_review": _as_shown("college", "programme", "course", "teacher", "student", "summary"),
    "cr_approve": _plain("approve", "同意发布"),
    "ap_check": _as_shown("links"),
    "ap_propose": _as_shown("links"),
    "ap_decide": _on_links(decision="APPROVED"),
    "ap_apply": _on_links(note="已计入绩效"),
}
