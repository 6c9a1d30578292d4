"""The chain of goals: broken down from above, made up from below, seen by those it concerns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app import engine
from app.foundation.audit import AuditEvent
from app.foundation.clock import now
from app.foundation.db import db, transaction
from app.foundation.errors import Conflict, Invalid
from app.quality.goals import chain, queries, rules, service
from app.quality.goals.models import Goal, GoalStatus
from app.quality.goals.rules import Link, Place
from tests.builders import GOAL, PERSONAL_GOAL
from tests.doors import signed_in, statements

YEARS = [2026, 2027, 2028]
OFFICE, DEPARTMENT, PROGRAMME, COURSE, TEACHER, STUDENT = "OFF-JWC", "DEP-XGX", "PG08", "KC16", "E065", "S008"
DIRECTOR, DEPARTMENT_HEAD, LEADER, OTHER_HEAD = "E029", "E046", "E059", "E014"
PLANS = {"PLAN01": None, "PLAN02": "PLAN01", "PLAN03": "PLAN02", "PLAN06": "PLAN01", "PLAN12": "PLAN06"}
TOP = {**GOAL, "task_zh": "建成省级一流专业", "task_type": "A", "plan": "PLAN02", "post": "P-OFF-JWC", "responsible": "E011", "indicator": None}
MIDDLE = {**TOP, "task_zh": "软件技术专业一流建设", "post": "P-PG08", "responsible": "E059"}
OWN = {**MIDDLE, "task_zh": "专业课程数字化", "plan": "PLAN08"}
LOWER = {**TOP, "task_zh": "提高课程学习达标率", "plan": "PLAN10", "post": "P-T02", "responsible": "E065"}


def enters(subject: str, *rows: dict, basis: str = "", confirmed: bool = True) -> list[Goal]:
    """A subject's goals are entered, and confirmed, without going through its procedure."""
    with transaction():
        goals = service.enter(subject, [dict(row) for row in rows], years=YEARS, by=None, basis=basis)
        if confirmed:
            service.confirm(subject, by=None)
    return goals


@pytest.fixture
def broken_down(college) -> dict[str, Goal]:
    """A goal of the college goes down to a student; a second one of the college is taken up by nobody."""
    top, _lone = enters(OFFICE, TOP, {**TOP, "task_zh": "提高实践教学比例"})
    middle = enters(DEPARTMENT, {**MIDDLE, "parent": top.code})[0]
    own = enters(PROGRAMME, {**OWN, "parent": middle.code})[0]
    lower = enters(COURSE, {**LOWER, "parent": own.code})[0]
    teacher = enters(TEACHER, {**PERSONAL_GOAL, "parent": lower.code}, basis="教师职业发展规划")[0]
    student = enters(STUDENT, {**PERSONAL_GOAL, "parent": own.code}, basis="学生职业生涯规划")[0]
    return {"top": top, "middle": middle, "own": own, "lower": lower, "teacher": teacher, "student": student}


def page(college, address: str, *, by: str = DIRECTOR) -> str:
    db.session.rollback()
    return signed_in(college.app, by).get(address).text


def percent(goal: Goal) -> float | None:
    db.session.rollback()
    return queries.progress_of(db.session.get_one(Goal, goal.id), 2026)


# Breaking down.


def test_the_form_offers_what_lies_above_and_keeps_the_choice(college):
    top = enters(OFFICE, TOP)[0]
    college.begins("PROGRAMME", PROGRAMME)
    task = college.task("enter_goals", subject=PROGRAMME)

    college.does("enter_goals", subject=PROGRAMME, goals=[{**OWN, "parent": top.code}])

    assert queries.goals_of(PROGRAMME)[0].parent.code == top.code
    assert task.layer == "PROGRAMME"
    offered = {each["value"]: each["label"] for each in queries.choices(PROGRAMME)["parents"]}
    assert offered == {top.code: "教务处：建成省级一流专业"}
    assert "上级目标：建成省级一流专业" in queries.in_words(queries.goals_of(PROGRAMME)[0])["plan_text"]


def test_posts_of_one_name_say_who_holds_them(college):
    offered = {each["value"]: each["label"] for each in queries.choices(COURSE)["posts"]}

    assert offered["P-T02"] == "专任教师（古今也）"
    assert offered["P-DEP-XGX"] == "信息工程系主任"


@pytest.mark.parametrize(
    ("subject", "offered"),
    [(OFFICE, {"top"}), (DEPARTMENT, {"top", "middle"}), (PROGRAMME, {"top", "middle"}), (COURSE, {"top", "middle", "own"}),
     (TEACHER, {"top", "middle", "own", "lower"}), (STUDENT, {"top", "middle", "own", "lower"})],
)  # fmt: skip
def test_each_level_breaks_down_what_lies_above_it(broken_down, subject, offered):
    codes = {goal.code for goal, _name in queries.offered_above(subject)}

    assert {name for name, goal in broken_down.items() if goal.code in codes} == offered


def test_a_parent_in_another_plans_branch_is_refused_at_its_field(college):
    top = enters(OFFICE, {**TOP, "plan": "PLAN06"})[0]
    college.begins("PROGRAMME", PROGRAMME)

    answer = college.hands_in(college.task("enter_goals", subject=PROGRAMME), goals=[{**OWN, "parent": top.code}])

    assert answer.status_code == 422 and "I-3" in answer.json["problems"]["goals.0.parent"]


def test_a_parent_that_was_not_offered_is_refused(college):
    beside = enters("PG09", {**OWN, "post": "P-PG09", "responsible": "E060"})[0]
    college.begins("PROGRAMME", PROGRAMME)

    answer = college.hands_in(college.task("enter_goals", subject=PROGRAMME), goals=[{**OWN, "parent": beside.code}])

    assert "goals.0.parent" in answer.json["problems"]


def test_a_goal_does_not_leave_the_branch_of_those_below_it(broken_down):
    with pytest.raises(Invalid) as refused, transaction():
        row = queries.as_row(queries.goals_of(DEPARTMENT)[0], YEARS)
        service.enter(DEPARTMENT, [{**row, "plan": "PLAN06", "parent": None}], years=YEARS, by=None)

    assert "专业课程数字化" in refused.value.problems["goals.0.plan"]


@pytest.mark.parametrize(
    ("lower", "upper", "fine"),
    [
        (Place("PG", "PROGRAMME", plan="PLAN03"), Place("OFF", "OFFICE", plan="PLAN02"), True),
        (Place("PG", "PROGRAMME", plan="PLAN02"), Place("OFF", "OFFICE", plan="PLAN03"), True),
        (Place("PG", "PROGRAMME", plan="PLAN03"), Place("OFF", "OFFICE", plan="PLAN01"), True),
        (Place("PG", "PROGRAMME", plan="PLAN01"), Place("OFF", "OFFICE", plan="PLAN02"), False),
        (Place("PG", "PROGRAMME", plan="PLAN12"), Place("OFF", "OFFICE", plan="PLAN02"), False),
        (Place("PG", "PROGRAMME", plan="PLAN02"), Place("OFF", "OFFICE"), False),
        (Place("PG", "PROGRAMME"), Place("OFF", "OFFICE", plan="PLAN02"), True),
        (Place("PG", "PROGRAMME"), Place("OFF", "OFFICE"), True),
        (Place("PG", "PROGRAMME"), Place("KC", "COURSE"), False),
        (Place("PG", "PROGRAMME"), Place("PG2", "PROGRAMME"), False),
        (Place("OFF", "OFFICE", in_section=True), Place("OFF", "OFFICE"), True),
        (Place("OFF", "OFFICE"), Place("OFF", "OFFICE"), False),
        (Place("OFF", "OFFICE", in_section=True), Place("OFF2", "OFFICE"), False),
    ],
)  # fmt: skip
def test_a_goal_hangs_below_a_level_above_and_in_one_branch(lower, upper, fine):
    assert (rules.problem_of_parent(lower, upper, PLANS) is None) == fine


trees = st.lists(
    st.tuples(st.integers(0, 30), st.sampled_from(rules.LEVELS), st.sampled_from([None, *PLANS])), min_size=1, max_size=25
).map(lambda rows: [Link(n, up if up < n else None, level, plan) for n, (up, level, plan) in enumerate(rows)])


@given(trees)
def test_coverage_counts_each_plan_goal_once_on_every_level_below_it(links):
    counted = {link.id for link in links if link.plan}

    for each in rules.coverage(links, counted):
        above = [link.id for link in links if link.id in counted and rules.LEVELS.index(link.level) < rules.LEVELS.index(each.level)]
        assert each.total == len(above) and set(each.missing) <= set(above)
        for key in set(above) - set(each.missing):
            assert each.level in rules.taken_up(links)[key]


@given(trees, st.integers(0, 24), st.integers(0, 24))
def test_a_circle_is_seen_wherever_it_would_close(links, goal, parent):
    parents = {link.id: link.parent for link in links}
    upwards, at = set(), parent
    while at is not None and at not in upwards:
        upwards.add(at)
        at = parents.get(at)

    assert rules.makes_circle(goal, parent, parents) == (goal in upwards)


# Progress.


def test_what_lies_below_makes_the_progress_of_all_above(college, broken_down):
    with transaction():
        service.report_progress(db.session.get_one(Goal, broken_down["student"].id), year=2026, percent=40)
    assert [percent(broken_down[name]) for name in ("own", "middle", "top")] == [20, 20, 20]

    with transaction():
        service.report_progress(db.session.get_one(Goal, broken_down["teacher"].id), year=2026, percent=80)

    assert [percent(broken_down[name]) for name in ("lower", "own", "middle", "top")] == [80, 60, 60, 60]


def test_a_goal_that_is_summed_up_is_never_typed(college, broken_down):
    with pytest.raises(Conflict), transaction():
        service.report_progress(db.session.get_one(Goal, broken_down["top"].id), year=2026, percent=99)

    assert [each.task_zh for each in queries.progress_in(OFFICE, 2026) if not each.summed] == ["提高实践教学比例"]
    answer = signed_in(college.app, "E011").post(f"/goals/{broken_down['top'].code}/progress", data={"actual": "1"})
    assert answer.status_code == 409 and "下级目标汇总" in answer.text


def test_goals_not_yet_confirmed_do_not_count(college):
    top = enters(OFFICE, TOP)[0]
    with transaction():
        service.report_progress(db.session.get_one(Goal, top.id), year=2026, percent=50)
    enters(DEPARTMENT, {**MIDDLE, "parent": top.code}, confirmed=False)
    assert percent(top) == 50

    with transaction():
        service.confirm(DEPARTMENT, by=None)
        service.report_progress(queries.goals_of(DEPARTMENT)[0], year=2026, percent=10)

    assert percent(top) == 10


def test_a_closed_goal_leaves_its_own_to_the_goal_above(college, broken_down):
    enters(PROGRAMME, {**OWN, "task_zh": "另一项专业建设任务"})

    db.session.rollback()
    lower = db.session.get_one(Goal, broken_down["lower"].id)
    assert db.session.get_one(Goal, broken_down["own"].id).status is GoalStatus.CLOSED
    assert lower.parent_id == broken_down["middle"].id


@pytest.mark.parametrize(
    ("plan", "actual", "percent"),
    [("90%", 45, 50), ("90%", 95, 100), ("≤3%", 2, 100), ("≤3%", 6, 50), ("0件", 0, 100), ("≤0件", 2, 0), ("3件以内", 4, 75),
     ("55%-85%", 60, 100), ("55%-85%", 44, 80), ("55%-85%", 100, 85), ("12门", -3, 0)],
)  # fmt: skip
def test_a_value_attains_a_share_of_its_plan(plan, actual, percent):
    assert rules.attained_percent(plan, actual) == percent


# Pages.


def test_the_tree_shows_the_chain_its_coverage_and_what_nobody_took_up(college, broken_down):
    shown = page(college, "/goals/")

    assert shown.index("建成省级一流专业") < shown.index("软件技术专业一流建设") < shown.index("专业课程数字化") < shown.index("提高课程学习达标率")
    assert "分解到系部" in shown and "1/2项" in shown and "还没有被承接的规划目标" in shown
    missing = shown[shown.index("还没有被承接"):]
    assert "提高实践教学比例" in missing and "建成省级一流专业" not in missing.partition("</details>")[0]
    assert "取得职业技能等级证书" not in shown


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [("level=COURSE", ["提高课程学习达标率", "建成省级一流专业"], ["提高实践教学比例"]), ("level=STUDENT", ["取得职业技能等级证书", "承接 软件技术：专业课程数字化"], []),
     ("plan=PLAN10", ["提高课程学习达标率"], ["提高实践教学比例"]), ("plan=PLAN06", ["这里没有目标"], ["建成省级一流专业"])],
)  # fmt: skip
def test_the_tree_is_filtered_by_level_and_plan(college, broken_down, query, there, absent):
    shown = page(college, f"/goals/?{query}")
    tree = shown[shown.index("goal-tree"):].partition("</section>")[0]

    assert all(words in tree for words in there) and not any(words in tree for words in absent)


def test_everybody_sees_only_the_goals_in_reach_and_what_they_rest_on(college, broken_down):
    leader = page(college, "/goals/", by=LEADER)
    other = page(college, "/goals/", by=OTHER_HEAD)

    assert "专业课程数字化" in leader and "提高实践教学比例" not in leader
    assert "还没有目标" in other
    assert signed_in(college.app, OTHER_HEAD).get(f"/goals/{broken_down['own'].code}").status_code == 404
    own = page(college, f"/goals/{broken_down['own'].code}", by=LEADER)
    assert "教务处" in own and f"/goals/{broken_down['lower'].code}" in own and f"/goals/{broken_down['top'].code}" not in own


def test_a_student_finds_his_goals_reports_and_plans_milestones(college, broken_down):
    client, code = signed_in(college.app, STUDENT), broken_down["student"].code
    shown = client.get("/goals/mine").text
    assert "取得职业技能等级证书" in shown and "专业课程数字化" in shown and "建成省级一流专业" in shown
    assert 'href="/goals/mine"' in client.get("/").text and 'href="/goals/"' not in shown

    answer = client.post(f"/goals/{code}/progress?on=mine", data={"actual": "0.5"})
    client.post(f"/goals/{code}/milestones?on=mine", data={"text": "报名考试", "due": "2026-10-20"})
    client.post(f"/goals/{code}/milestones?on=mine", data={"text": "通过理论", "due": "2026-09-30", "done": "0"})

    assert answer.headers["Location"] == f"/goals/mine#{code}"
    assert percent(broken_down["student"]) == 50
    year = db.session.get_one(Goal, broken_down["student"].id).years[0]
    assert [(each["text"], each["done"]) for each in year.milestones] == [("通过理论", False), ("报名考试", True)]
    acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.person_id == STUDENT)).all()
    assert acts == ["goals.report", "goals.milestones", "goals.milestones"]


@pytest.mark.parametrize("actual", ["", "很多", "nan", "1e400"])
def test_what_is_no_number_is_refused_and_stays_typed(college, broken_down, actual):
    code = broken_down["student"].code

    answer = signed_in(college.app, STUDENT).post(f"/goals/{code}/progress?on=mine", data={"actual": actual})

    assert answer.status_code == 422 and "请填写数字" in answer.text and f'value="{actual}"' in answer.text


def test_a_milestone_needs_a_day(college, broken_down):
    answer = signed_in(college.app, STUDENT).post(f"/goals/{broken_down['student'].code}/milestones?on=mine", data={"text": "报名"})

    assert answer.status_code == 422 and "请写明里程碑和日期" in answer.text


def test_only_who_answers_for_a_goal_reports_on_it(college, broken_down):
    code = broken_down["teacher"].code

    assert signed_in(college.app, DIRECTOR).post(f"/goals/{code}/progress", data={"actual": "1"}).status_code == 403
    assert signed_in(college.app, STUDENT).post(f"/goals/{code}/progress", data={"actual": "1"}).status_code == 404
    assert signed_in(college.app, DEPARTMENT_HEAD).post(f"/goals/{code}/progress", data={"actual": "1"}).status_code == 303


def test_goals_that_are_not_confirmed_take_no_progress(college):
    goal = enters(STUDENT, PERSONAL_GOAL, basis="学生职业生涯规划", confirmed=False)[0]

    assert signed_in(college.app, STUDENT).post(f"/goals/{goal.code}/progress", data={"actual": "1"}).status_code == 409
    assert "填报进度" not in page(college, "/goals/mine", by=STUDENT).partition("<main")[2].partition("可以随时")[0]


def test_a_self_diagnosis_asks_progress_only_of_goals_that_are_not_summed_up(college):
    college.confirms_goals(OFFICE, goal=TOP)
    top = queries.goals_of(OFFICE)[0]
    enters(DEPARTMENT, {**MIDDLE, "parent": top.code})
    db.session.rollback()
    college.work()

    assert engine.prefill(college.task("diagnose", subject=OFFICE))["progress"] == []


@pytest.mark.parametrize(("address", "most"), [("/goals/", 30), ("/goals/mine", 26), ("/goals/table/college", 28)])
def test_the_pages_cost_the_same_for_few_goals_and_for_many(college, broken_down, address, most):
    client = signed_in(college.app, DIRECTOR)
    client.get(address)
    with statements() as few:
        client.get(address)
    more = [{**TOP, "task_zh": f"新增规划任务{number}", "post": "P-OFF-XSC", "responsible": "E012", "parent": None} for number in range(8)]
    enters("OFF-XSC", *more)
    with transaction():
        for goal in queries.goals_of("OFF-XSC"):
            goal.confirmed_at = now()

    with statements() as many:
        client.get(address)

    assert len(many) <= len(few) + 1 and len(many) <= most, "\n".join(many)


def test_chain_of_nothing_is_empty(college):
    found = chain.chain_of(DIRECTOR, year=2026)

    assert found.roots == [] and found.coverage == []
