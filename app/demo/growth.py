"""A college of real size around the demo's: by seed, so that two machines grow the same one.

The people of the story keep their ids and places; what is added gets ids with
a letter of its own (`X` programmes and courses, `N` staff, `T` students).
"""

import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

STUDENTS, TEACHERS, COURSES, PROGRAMMES, CLASSES = 10_240, 612, 512, 40, 230
GRADES = (2024, 2025, 2026)
SEED = 20260901
# Of a hundred: students on internship in their last year, students who have suspended their studies.
ON_INTERNSHIP_PERCENT, SUSPENDED_PERCENT = 60, 0.6
CLASSES_PER_COUNSELLOR = 6

NEW_PROGRAMMES = {
    "DEP-HGX": ("应用化工技术(中外合作)", "环境监测技术", "药品生产技术", "食品质量与安全"),
    "DEP-JDX": ("数控技术", "工业机器人技术", "新能源汽车技术", "模具设计与制造", "电气自动化技术"),
    "DEP-JZX": ("建筑装饰工程技术", "市政工程技术", "工程测量技术", "智能建造技术"),
    "DEP-XGX": ("人工智能技术应用", "大数据技术", "物联网应用技术", "信息安全技术应用"),
    "DEP-JGX": ("市场营销", "现代物流管理", "金融服务与管理", "跨境电子商务"),
    "DEP-HLX": ("助产", "康复治疗技术", "医学检验技术"),
    "DEP-YSX": ("视觉传达设计", "环境艺术设计", "早期教育", "音乐表演"),
}
LEVELS = ("基本", "基本", "校级特色", "校级骨干", "校级重点", "省级骨干")
COURSE_WORDS = (
    "导论", "基础", "原理", "实务", "技术", "综合实训", "项目实战", "案例分析", "质量检测", "设备维护", "工艺设计", "安全规范", "职业英语", "创新创业",
)  # fmt: skip
FORMS = (("A", "理论课"), ("B", "理实一体课"), ("B", "理实一体课"), ("C", "校内集中实训课"))
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严"
GIVEN = "子梓浩宇轩涵欣怡雨晨嘉佳俊杰文博思远明哲天佑心悦诗琪若曦雅婷晓彤志强建国海燕丽娜伟军静雯泽洋启航书瑶可馨一诺安然景行知远清扬乐天秋实春晖云舟"


def grown(data: dict[str, Any], *, seed: int = SEED) -> dict[str, Any]:
    """Return the demo's data with as many programmes, courses, teachers, classes and students as a real college has."""
    return _Growth(data, random.Random(seed)).data


class _Growth:
    def __init__(self, data: dict[str, Any], chance: random.Random) -> None:
        self.chance = chance
        self.data = deepcopy(data)
        self.departments = [
            each["code"] for each in data["org_units"] if each["kind"] == "DEPARTMENT" and each.get("has_programmes")
        ]
        self.teachers: dict[str, list[str]] = {code: [] for code in self.departments}
        for each in data["people"]:
            if each["kind"] == "TEACHER" and each["unit"] in self.teachers:
                self.teachers[each["unit"]].append(each["id"])
        self._programmes_with_their_leaders()
        counsellors = self._classes_with_their_counsellors()
        self._teachers(TEACHERS - len({each["person"] for each in self.data["role_grants"] if each["role"] == "TEACHER"}))
        self._courses()
        self._students(counsellors)

    def _programmes_with_their_leaders(self) -> None:
        number = len(self.data["programmes"])
        for department, names in NEW_PROGRAMMES.items():
            for name in names:
                number += 1
                code = f"X{number:02d}"
                leader = self._person(department, "TEACHER", f"P-{code}", f"{name}专业负责人", "PROGRAMME_LEADER")
                self.data["role_grants"].append({"person": leader, "role": "PROGRAMME_LEADER", "scope": code})
                self.data["programmes"].append(
                    {
                        "code": code, "name_zh": name, "national_code": f"{460000 + number * 17}",
                        "department": department, "leader": leader, "enrolment": 0, "duration_years": 3,
                        "construction_level_zh": self.chance.choice(LEVELS), "status": "ACTIVE",
                    }
                )  # fmt: skip
                team = [leader, *self.chance.sample(self.teachers[department], 2)]
                self.data["teams"].append(
                    {"subject": code, "kind": "PROGRAMME_TEAM", "leader": leader, "members": sorted(set(team))}
                )

    def _classes_with_their_counsellors(self) -> dict[str, str]:
        """Add classes until there are enough, grade by grade; return who looks after which class."""
        known = {each["code"] for each in self.data["classes"]}
        for code, programme, grade, number in self._class_places():
            if len(self.data["classes"]) >= CLASSES:
                break
            if code not in known:
                self.data["classes"].append(
                    {
                        "code": code, "name_zh": f"{programme['name_zh']}{grade}级{number}班",
                        "programme": programme["code"], "grade": grade, "department": programme["department"],
                        "counsellor": None,
                    }
                )  # fmt: skip
        waiting: dict[str, list[dict[str, Any]]] = {}
        for each in self.data["classes"]:
            if each["counsellor"] is None:
                waiting.setdefault(each["department"], []).append(each)
        for department, classes in waiting.items():
            for first in range(0, len(classes), CLASSES_PER_COUNSELLOR):
                code = f"P-FD-{department[4:]}-{first // CLASSES_PER_COUNSELLOR + 1}"
                counsellor = self._person(department, "COUNSELLOR", code, "辅导员", "COUNSELLOR")
                for each in classes[first : first + CLASSES_PER_COUNSELLOR]:
                    each["counsellor"] = counsellor
        return {each["code"]: each["counsellor"] for each in self.data["classes"]}

    def _class_places(self) -> Iterator[tuple[str, dict[str, Any], int, int]]:
        for number in range(1, 4):
            for grade in GRADES:
                for programme in self.data["programmes"]:
                    yield f"{programme['code']}-{grade}-{number}", programme, grade, number

    def _teachers(self, missing: int) -> None:
        for number in range(missing):
            department = self.departments[number % len(self.departments)]
            self.teachers[department].append(
                self._person(department, "TEACHER", f"P-JS-{department[4:]}-{number}", "专任教师", "TEACHER")
            )

    def _courses(self) -> None:
        everywhere = [each["code"] for each in self.data["programmes"]]
        for each in self.data["courses"]:
            if each.get("shared"):
                each["programmes"] = everywhere
        added = 0
        while len(self.data["courses"]) < COURSES:
            programme = self.data["programmes"][added % len(everywhere)]
            word = COURSE_WORDS[added // len(everywhere) % len(COURSE_WORDS)]
            added += 1
            kind, form = self.chance.choice(FORMS)
            department = programme["department"]
            leader = self.chance.choice(self.teachers[department])
            code = f"XK{added:03d}"
            self.data["courses"].append(
                {
                    "code": code, "name_zh": f"{programme['name_zh']}{word}", "type": kind,
                    "home_department": department, "programmes": [programme["code"]], "leader": leader,
                    "credits": self.chance.choice((2, 3, 4)), "hours": self.chance.choice((32, 48, 64)),
                    "running_form_zh": form, "shared": False,
                }
            )  # fmt: skip
            self.data["role_grants"].append({"person": leader, "role": "COURSE_LEADER", "scope": code})

    def _students(self, counsellors: dict[str, str]) -> None:
        enrolled: dict[str, int] = {}
        for number in range(STUDENTS - len(self.data["students"])):
            group = self.data["classes"][number % len(self.data["classes"])]
            enrolled[group["programme"]] = enrolled.get(group["programme"], 0) + 1
            self.data["students"].append(
                {
                    "id": f"T{number:05d}", "student_no": f"{group['grade']}9{number:05d}", "name_zh": self._name(),
                    "programme": group["programme"], "department": group["department"], "class": group["code"],
                    "grade": group["grade"], "counsellor": counsellors[group["code"]],
                    "status": "SUSPENDED" if self._happens(SUSPENDED_PERCENT) else "ENROLLED",
                    "on_internship": group["grade"] == GRADES[0] and self._happens(ON_INTERNSHIP_PERCENT),
                    "email": f"t{number:05d}@stu.qinglan.example",
                }
            )  # fmt: skip
        for programme in self.data["programmes"]:
            programme["enrolment"] = max(programme["enrolment"], enrolled.get(programme["code"], 0))

    def _person(self, department: str, kind: str, post: str, post_name: str, level: str) -> str:
        """Add somebody with a post of his own below the head of his department; returns his id."""
        number = len(self.data["people"]) + 1
        person = f"N{number:03d}"
        self.data["people"].append(
            {
                "id": person, "staff_no": f"20{1000 + number}9", "name_zh": self._name(), "kind": kind,
                "unit": department, "email": f"{person.lower()}@qinglan.example", "active": True,
            }
        )  # fmt: skip
        self.data["posts"].append(
            {
                "code": post, "name_zh": post_name, "unit": department, "direct_superior": f"P-{department}",
                "level": level,
            }
        )  # fmt: skip
        self.data["assignments"].append(
            {"person": person, "post": post, "from": "2025-09-01", "to": None, "primary": True}
        )
        self.data["role_grants"].append({"person": person, "role": "TEACHER", "scope": "SELF"})
        if kind == "COUNSELLOR":
            self.data["role_grants"].append({"person": person, "role": "COUNSELLOR", "scope": "SELF"})
        return person

    def _name(self) -> str:
        return self.chance.choice(SURNAMES) + "".join(self.chance.choices(GIVEN, k=self.chance.choice((1, 2, 2))))

    def _happens(self, percent: float) -> bool:
        return self.chance.random() * 100 < percent
