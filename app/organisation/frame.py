"""The frame every college shares: the five vertical systems (五纵), the five layers (五横), the roles."""

from app.foundation.db import db
from app.organisation.models import Layer, VerticalSystem

SYSTEMS = {
    "DECISION": ("决策指挥系统", "Decision & command"),
    "GENERATION": ("质量生成系统", "Quality generation"),
    "RESOURCE": ("资源建设系统", "Resource building"),
    "SUPPORT": ("服务支持系统", "Service & support"),
    "SUPERVISION": ("监督控制系统", "Supervision & control"),
}
# Name, who its subjects are, how often they diagnose themselves, the procedure of a term.
LAYERS = {
    "COLLEGE": ("学校(学院)层面", "行政处室", "WEEKLY", "diag_college"),
    "PROGRAMME": ("专业层面", "专业团队", "BIWEEKLY", "diag_programme"),
    "COURSE": ("课程层面", "课程团队", "WEEKLY", "diag_course"),
    "TEACHER": ("教师层面", "教师(辅导员)本人", "BIWEEKLY", "diag_teacher"),
    "STUDENT": ("学生层面", "学生本人", "BIWEEKLY", "diag_student"),
}
ROLES = {
    "SYS_ADMIN": "系统管理员",
    "COMMITTEE": "质量保证委员会成员",
    "QA_DIRECTOR": "质管办主任",
    "QA_OFFICER": "质管办专员",
    "COLLEGE_LEADER": "院领导",
    "OFFICE_HEAD": "处室负责人",
    "SECTION_HEAD": "科室负责人",
    "STAFF": "行政教辅人员",
    "DEPT_HEAD": "系部负责人",
    "DEPT_ASSESSOR": "系部考核员",
    "PROGRAMME_LEADER": "专业负责人",
    "COURSE_LEADER": "课程负责人",
    "TEACHER": "教师",
    "COUNSELLOR": "辅导员",
    "STUDENT": "学生",
    "TEACHING_SUPERVISOR": "教学督导",
    "DATA_STEWARD": "数据管理员",
    "AUDITOR": "纪检审计",
}


def ensure_frame() -> None:
    """Create the systems and layers that are missing; what a college renamed stays."""
    for code, (name, english) in SYSTEMS.items():
        if db.session.get(VerticalSystem, code) is None:
            db.session.add(VerticalSystem(code=code, name_zh=name, name_en=english))
    for position, (code, (name, subject, frequency, process_key)) in enumerate(LAYERS.items()):
        if db.session.get(Layer, code) is None:
            db.session.add(
                Layer(
                    code=code, name_zh=name, subject_zh=subject, position=position, frequency=frequency,
                    process_key=process_key,
                )
            )  # fmt: skip
    db.session.flush()
