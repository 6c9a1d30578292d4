"""Two browsers at the same moment, and two schedulers: one is confirmed, the other is told who was faster."""

import logging
import re
from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from app import engine, escalation
from app.foundation.db import db, transaction
from app.notifications import OutgoingMail
from app.quality.cycles.models import CohortLaunch
from scheduler import timetable
from tests.at_once import at_once
from tests.builders import College
from tests.doors import signed_in
from tests.engine import diagrams as d

HEAD, DIRECTOR = "E011", "E029"
NAMES = {HEAD: "崔砚秋", DIRECTOR: "封以宁"}
# Two may do the task, the other side's way leads elsewhere, and it is due soon.
JUDGED = d.process(
    d.START, d.task("judge", performer=f'["{HEAD}", "{DIRECTOR}"]', actions="approve reject", due="workdays(3)"),
    d.gateway("g", default="yes"), d.task("yes", performer=f'"{HEAD}"'), d.task("no", performer=f'"{HEAD}"'), d.gateway("m"), d.END,
    d.chain("start", "judge", "g", "yes", "m", "end"), d.flow("g", "no", 'judge.verb = "reject"'), d.chain("no", "m"), key="judged",
)  # fmt: skip


class Answers(dict[str, tuple[int, str]]):
    """What each person was answered: status and message."""

    def sends(self, college: College, person: str, task_id: int, action: str) -> Callable[[], None]:
        client = signed_in(college.app, person)

        def act() -> None:
            answer = client.post(f"/tasks/{task_id}/submit", json={"action": action, "data": {}, "opinion": "见意见"})
            self[person] = (answer.status_code, (answer.json or {}).get("message", ""))

        return act

    def winner(self) -> str:
        """Return who was confirmed; the other must have been told that, and by whom."""
        assert sorted(status for status, _ in self.values()) == [200, 409], self
        (won,) = [person for person, (status, _) in self.items() if status == 200]
        (told,) = [message for status, message in self.values() if status == 409]
        assert re.match(rf"{NAMES[won]}已于.+办理了这项任务。您的内容没有提交，也没有产生重复记录。", told), told
        return won


def judged(college: College, count: int) -> list[int]:
    """Start so many instances; returns their open tasks."""
    with transaction():
        engine.deploy(JUDGED)
    with transaction():
        for _ in range(count):
            engine.start("judged", {})
    tasks = [task.id for task in college.tasks("judge")]
    db.session.rollback()
    return tasks


def acts_on(task_id: int) -> list[tuple[str | None, str | None]]:
    db.session.rollback()
    acts = select(engine.StepLog.person_id, engine.StepLog.verb).where(engine.StepLog.task_id == task_id)
    return [tuple(row) for row in db.session.execute(acts)]


def test_of_two_who_decide_one_is_confirmed_and_the_other_is_told_by_whom(college, pairs):
    college._at("2026-09-07 09:00")
    for task_id in judged(college, pairs):
        answers = Answers()

        at_once(college.app, answers.sends(college, HEAD, task_id, "approve"), answers.sends(college, DIRECTOR, task_id, "reject"))

        won = answers.winner()
        assert acts_on(task_id) == [(won, "approve" if won == HEAD else "reject")]


def test_of_two_who_review_an_order_one_decides(college, pairs):
    for number in range(pairs // 5):
        order = college.issues_order(on=f"2026-09-28 10:{number % 60:02}")
        instance = order.instance_id
        college.hands_in(_open(college, instance, "acknowledge"), planned_measures="上线手机审批")
        college.hands_in(_open(college, instance, "submit"), measures="上线手机审批并设置超时提醒", result="抽查20件，超时0件")
        review = _open(college, instance, "review")
        reviewer = college.performers(review)[0]
        task_id, clients = review.id, [signed_in(college.app, reviewer) for _ in range(2)]  # the same person at two screens
        statuses: list[int] = []

        def sends(client, action, task_id=task_id, statuses=statuses):
            def act() -> None:
                answer = client.post(f"/tasks/{task_id}/submit", json={"action": action, "data": {}, "opinion": "不够"})
                statuses.append(answer.status_code)

            return act

        at_once(college.app, sends(clients[0], "approve"), sends(clients[1], "return"))

        assert sorted(statuses) == [200, 409]
        assert len(acts_on(task_id)) == 1
        after = {task.node for task in college.tasks() if task.instance_id == instance}
        assert after in ({"appoint"}, {"submit"})


def _open(college: College, instance: int | None, node: str) -> engine.HumanTask:
    college.work()
    (task,) = [each for each in college.tasks(node) if each.instance_id == instance]
    return task


def test_who_hands_in_while_the_reminder_comes_is_not_told_that_it_is_done(college, pairs):
    college._at("2026-09-07 09:00")
    for task_id in judged(college, pairs):
        with transaction():
            nudged = db.session.get_one(engine.HumanTask, task_id)
            nudged.nudge_no, nudged.nudge_at = 1, nudged.opened_at
        answers = Answers()

        at_once(college.app, answers.sends(college, HEAD, task_id, "approve"), escalation.remind_and_escalate)

        assert answers[HEAD][0] == 200, answers
        assert acts_on(task_id) == [(HEAD, "approve")]


MORNINGS = ["2026-08-31 08:00", "2026-09-01 08:35", "2026-09-04 17:31", "2026-09-07 08:35", "2027-01-11 08:35"]


def test_two_schedulers_do_what_one_does(college, caplog):
    """The term starts, people are told, reminders climb, digests and the term's reports begin: each once."""
    ticks = [lambda: [timetable.tick(college.app, job) for job, _ in timetable.JOBS]] * 2
    college.begins("STUDENT", "S008", on="2026-08-30 09:00")
    with caplog.at_level(logging.ERROR):
        for morning in MORNINGS:
            college._at(morning)
            for _ in range(3):
                at_once(college.app, *ticks)

    assert [record.getMessage() for record in caplog.records] == []
    db.session.rollback()
    keys = Counter(db.session.scalars(select(engine.ProcessInstance.business_key).where(engine.ProcessInstance.parent_id.is_(None))))
    assert set(keys.values()) == {1} and len(keys) > 30
    mails = Counter(
        (mail.kind, mail.person_id, mail.task_id, mail.subject, mail.body) for mail in db.session.scalars(select(OutgoingMail))
    )
    assert [mail[:2] for mail, count in mails.items() if count > 1] == []
    launches = select(CohortLaunch.term_code, CohortLaunch.layer_code)
    assert set(Counter(map(tuple, db.session.execute(launches))).values()) == {1}
    steps = select(escalation.Escalation.task_id, escalation.Escalation.due_at, escalation.Escalation.step)
    assert [step for step, count in Counter(map(tuple, db.session.execute(steps))).items() if count > 1] == []


