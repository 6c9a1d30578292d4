"""The kinds of mail (domain model, part 3d), what they are called, and when they may come."""

from typing import NamedTuple


class Kind(NamedTuple):
    chinese: str
    english: str


KINDS = {
    "M01": Kind("新任务", "New task"),
    "M02": Kind("到期提醒", "Reminder"),
    "M03": Kind("任务退回", "Returned"),
    "M04": Kind("授权代办", "Delegation"),
    "M05": Kind("逾期通知", "Overdue"),
    "M06": Kind("下属逾期", "Overdue, for the superior"),
    "M07": Kind("部门逾期清单", "Overdue list of a unit"),
    "M08": Kind("质量预警", "Warning"),
    "M09": Kind("红色预警", "Red warning"),
    "M10": Kind("预警解除", "Warning ended"),
    "M11": Kind("考核通知", "Assessment notice"),
    "M12": Kind("考核结果", "Assessment result"),
    "M13": Kind("整改通知", "Rectification order"),
    "M14": Kind("延期答复", "Extension"),
    "M15": Kind("整改报告", "Rectification report"),
    "M16": Kind("复核安排", "On-site verification"),
    "M17": Kind("复核结论", "Verification result"),
    "M18": Kind("结果发布", "Publication"),
    "M19": Kind("专题会", "Special meeting"),
    "M20": Kind("任务撤回", "Task withdrawn"),
    "M21": Kind("期限调整", "Deadlines moved"),
    "M22": Kind("数据导入", "Data import"),
    "M23": Kind("每周摘要", "Weekly digest"),
    "M24": Kind("系统故障", "System failure"),
}

# These also come in a break: they start or stop periods that run by law of the procedure.
HEARD_IN_BREAKS = frozenset({"M12", "M13", "M14", "M15", "M16", "M17"})

# What asks somebody to act also reaches whoever acts in his place (scenario 35).
ALSO_TO_DEPUTIES = frozenset({"M01", "M02", "M03", "M05"})
