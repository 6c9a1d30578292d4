"""Board: every step a diagram may call and every function its expressions may use.

The names are what diagrams say; the labels are what the modeler shows.
`plug_in` connects them to the engine, which knows nothing of the college.
"""

from collections.abc import Callable
from typing import Any

from app import engine, escalation
from app.engine import Step
from app.organisation import calendar, teaching
from app.organisation import queries as organisation
from app.quality.assessment import queries as assessment_queries
from app.quality.assessment import steps as assessment
from app.quality.cycles import steps as cycles
from app.quality.cycles import windows
from app.quality.diagnosis import reports
from app.quality.diagnosis import steps as diagnosis
from app.quality.goals import steps as goals
from app.quality.monitoring import steps as monitoring
from app.quality.rectification import queries as rectification_queries
from app.quality.rectification import steps as rectification
from app.quality.results import steps as results
from app.quality.review import steps as review

STEPS = [
    Step("goals.show", goals.show_goals, "显示目标任务"),
    Step("goals.enter", goals.enter_goals, "保存目标任务"),
    Step("goals.confirm", goals.confirm_goals, "确认目标任务"),
    Step("goals.build_logic", goals.build_logic, "启用诊断逻辑"),
    Step("cycle.close", cycles.close_term, "学期结束"),
    Step("cycle.cancel", cycles.cancel, "主体撤销"),
    Step("diagnosis.collect", diagnosis.collect, "采集数据"),
    Step("diagnosis.evaluate", diagnosis.evaluate, "评估指标"),
    Step("monitoring.issue", monitoring.issue_warnings, "发布预警"),
    Step("monitoring.show", monitoring.show_warning, "显示预警"),
    Step("monitoring.settle", monitoring.settle_warning, "处置预警"),
    Step("diagnosis.show", diagnosis.show_points, "显示诊断点"),
    Step("diagnosis.submit", diagnosis.submit, "保存自我诊改"),
    Step("diagnosis.miss", diagnosis.miss, "记为缺失"),
    Step("diagnosis.show_adjustments", diagnosis.show_adjustments, "显示计划调整"),
    Step("diagnosis.decide_adjustments", diagnosis.decide_adjustments, "批复计划调整"),
    Step("diagnosis.show_report", diagnosis.show_report, "显示学期报告"),
    Step("diagnosis.write_report", diagnosis.write_report, "保存学期报告"),
    Step("diagnosis.decide_report", diagnosis.decide_report, "批复学期报告"),
    Step("assessment.show_schedule", assessment.show_schedule, "显示考核安排"),
    Step("assessment.plan", assessment.plan, "保存考核安排"),
    Step("assessment.notify", assessment.notify, "发出考核通知"),
    Step("assessment.show_hearing", assessment.show_hearing, "显示考核表"),
    Step("assessment.hold", assessment.hold, "保存考核记录"),
    Step("assessment.show_result", assessment.show_result, "显示考核结果"),
    Step("assessment.grade", assessment.grade, "保存考核等级"),
    Step("assessment.answer", assessment.answer, "登记申诉"),
    Step("assessment.decide_objection", assessment.decide_objection, "裁定申诉"),
    Step("rectification.issue", rectification.issue_orders, "下达整改通知"),
    Step("rectification.begin", rectification.begin, "整改立案"),
    Step("rectification.show", rectification.show_order, "显示整改通知"),
    Step("rectification.acknowledge", rectification.acknowledge, "签收整改通知"),
    Step("rectification.submit", rectification.submit, "保存整改报告"),
    Step("rectification.cosign", rectification.cosign, "签署整改报告"),
    Step("rectification.mark_overdue", rectification.mark_overdue, "记为逾期"),
    Step("rectification.show_extension", rectification.show_extension, "显示延期申请"),
    Step("rectification.decide_extension", rectification.decide_extension, "批复延期"),
    Step("rectification.review", rectification.review, "审核整改报告"),
    Step("rectification.renew_due", rectification.renew_due, "更新整改期限"),
    Step("rectification.show_appointment", rectification.show_appointment, "显示复核安排"),
    Step("rectification.appoint", rectification.appoint, "指派复核人员"),
    Step("rectification.show_verification", rectification.show_verification, "显示复核记录"),
    Step("rectification.verify", rectification.verify, "保存复核记录"),
    Step("rectification.sign", rectification.sign, "复核签字"),
    Step("rectification.conclude", rectification.conclude, "复核结论"),
    Step("rectification.close", rectification.close, "销号"),
    Step("review.determine", review.determine, "问题性质认定"),
    Step("review.show_determination", review.show_determination, "显示认定书"),
    Step("review.confirm", review.confirm, "委员会确认"),
    Step("review.begin_meeting", review.begin_meeting, "会议立项"),
    Step("review.show_agenda", review.show_agenda, "显示议题"),
    Step("review.schedule", review.schedule, "保存会议安排"),
    Step("review.hold", review.hold, "保存会议讨论"),
    Step("review.show_record", review.show_record, "显示会议记录"),
    Step("review.record", review.record, "保存纪要与决议"),
    Step("review.tasks", review.tasks_of, "列出决议任务"),
    Step("review.show_task", review.show_task, "显示决议任务"),
    Step("review.finish_task", review.finish_task, "完成决议任务"),
    Step("review.settle", review.settle, "决议结案"),
    Step("results.gather", results.gather, "汇总五个层面"),
    Step("results.show_report", results.show_report, "显示诊断与改进报告"),
    Step("results.draft", results.draft, "保存报告草稿"),
    Step("results.remark", results.remark, "登记单位意见"),
    Step("results.review", results.review, "审核报告"),
    Step("results.approve", results.approve, "审定报告"),
    Step("results.publish", results.publish, "发布报告与考核结果"),
    Step("results.show_links", results.show_links, "显示挂钩建议"),
    Step("results.check_links", results.check_links, "核对挂钩建议"),
    Step("results.propose_links", results.propose_links, "提请审定挂钩"),
    Step("results.decide_links", results.decide_links, "审定挂钩"),
    Step("results.show_approved_links", results.show_approved_links, "显示已批准的挂钩"),
    Step("results.apply_links", results.apply_links, "兑现挂钩"),
]

FUNCTIONS: dict[str, Callable[..., Any]] = {
    # Who: each gives a list of person ids, resolved by the organisation of the day.
    "responsible": organisation.responsible_for,
    "superior": teaching.superiors_of,
    "head": organisation.head_of,
    "leader": organisation.leader_of,
    "holders": organisation.holders,
    "holders of post": organisation.holders_of_post,
    "committee chair": organisation.committee_chair,
    "hr head": organisation.hr_head,
    "department head": teaching.department_head,
    "programme leaders": teaching.programme_leaders,
    "counsellor": teaching.counsellor,
    "report parts": reports.parts_of,
    "order issuers": rectification_queries.issuers_of,
    "order overseers": rectification_queries.overseers_of,
    "assessment schedulers": assessment_queries.schedulers,
    "assessment deciders": assessment_queries.deciders,
    # Whether: what gateways ask.
    "sampled": assessment_queries.is_sampled,
    "term number": calendar.term_number,
    # When: deadlines with the rule that explains them, and mornings.
    "workdays": calendar.workdays_after,
    "first workday": lambda term, week, last=None: calendar.edge_workday(term, week, last, end="first"),
    "last workday": lambda term, week, last=None: calendar.edge_workday(term, week, last, end="last"),
    "with notice": calendar.with_notice,
    "opening": calendar.opening,
    "last week": calendar.last_week,
}

SKIP_RULES = {"inactive": cycles.skip_inactive, "idle": cycles.skip_idle}


def plug_in() -> None:
    """Connect all this to the engine; called once when the application is put together."""
    engine.plug(
        steps=STEPS,
        functions=FUNCTIONS,
        windows=windows.for_engine,
        skip_rules=SKIP_RULES,
        observer=escalation.observer,
    )
