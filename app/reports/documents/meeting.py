"""D11: the papers of a special meeting: agenda, minutes, resolutions, tasks."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from app.foundation.db import db
from app.organisation import queries as organisation
from app.quality.review import queries
from app.quality.review.models import MeetingItem, Resolution, SpecialMeeting
from app.reports.documents import names, words
from app.reports.documents.structure import Block, Column, Document, Fields, Seal, Signature, Table, Text, in_lines


def agenda(meeting: SpecialMeeting) -> Document:
    """Return the agenda: each item with its whole origin (I-13)."""
    chains = [{**queries.chain_of(item), "held_on": _assessed_on(item)} for item in meeting.items]
    return Document(
        title="专题会议题表", about=meeting.title,
        blocks=[
            _head(meeting),
            Table(
                [Column("序号", 0.4, centred=True), Column("责任主体", 0.9), Column("问题与佐证", 1.8),
                 Column("整改要求", 1.8), Column("复核结论", 1), Column("问题性质认定", 1.7)],
                [[number, each["subject"], f"{each['held_on']}考核性诊断：{each['finding']}", each["order"], each["verification"],
                  each["determination"] + (f"（{each['reason']}）" if each["reason"] else "")]
                 for number, each in enumerate(chains, 1)],
                caption="议题", empty="还没有议题",
            ),
        ],
        landscape=True,
    )  # fmt: skip


def minutes(meeting: SpecialMeeting) -> Document:
    """Return the minutes: discussion, what was decided on each item, the record."""
    return Document(
        title="专题会纪要", about=meeting.title,
        blocks=[
            _head(meeting),
            Text(_items_in_words(meeting.items) or "无。", heading="一、议题与决定", indented=False),
            Text(meeting.discussion or "无。", heading="二、讨论情况"),
            Text(meeting.minutes or "尚未记录。", heading="三、会议记录"),
            _resolutions_table(_resolutions(meeting)),
        ],
        signatures=[Signature("主持人"), Signature("记录人")],
    )  # fmt: skip


def resolutions(meeting: SpecialMeeting) -> Document:
    """Return the resolutions of a meeting, each with its responsibility and its tasks."""
    rows = _resolutions(meeting)
    blocks: list[Block] = [_head(meeting)]
    for row in rows:
        determination = row.item.determination
        blocks += [
            in_lines(
                [
                    ("决议编号", row.no), ("整改通知", determination.order_no),
                    ("议题", determination.order.finding.problem), ("决议", row.text),
                    ("责任认定", row.responsibility or "无"), ("落实情况", _standing(row)),
                ],
                2, 1, 1, 1, 1,
            )
        ]  # fmt: skip
    return Document(
        title="专题会决议", about=meeting.title, blocks=blocks if rows else [*blocks, Text("尚未形成决议。")],
        signatures=[Signature("主持人")], seal=Seal(organisation.unit(organisation.committee()).name_zh, meeting.held_on),
    )  # fmt: skip


def task_sheet(meeting: SpecialMeeting, rows: Sequence[Resolution]) -> Document:
    """Return the tasks of those of a meeting's resolutions that the reader may see."""
    known = names.anything(code for row in rows for task in row.tasks for code in (task.person_id, task.unit_code))
    return Document(
        title="决议任务单", about=meeting.title,
        blocks=[
            _head(meeting),
            Table(
                [Column("决议", 1.7), Column("任务", 1.5), Column("责任部门", 0.9), Column("责任人", 0.7), Column("完成期限", 1),
                 Column("完成情况", 1.5), Column("完成日期", 1)],
                [[f"{row.no} {row.text}", task.text, known.of(task.unit_code), known.of(task.person_id),
                  words.day(task.due_on), task.result, words.day(task.done_at)] for row in rows for task in row.tasks],
                caption="任务", empty="没有任务", merged=True,
            ),
        ],
        landscape=True,
    )  # fmt: skip


def _head(meeting: SpecialMeeting) -> Fields:
    known = names.people([meeting.chair_id, *meeting.attendees])
    return in_lines(
        [
            ("会议名称", meeting.title), ("会议日期", words.day(meeting.held_on) or "待定"), ("地点", meeting.place or "待定"),
            ("主持人", known.of(meeting.chair_id)), ("出席人员", known.joined(meeting.attendees)),
        ],
        1, 3, 1,
    )  # fmt: skip


def _assessed_on(item: MeetingItem) -> str:
    return words.day(item.determination.order.finding.assessment.held_on)


def _items_in_words(items: Sequence[MeetingItem]) -> str:
    return "\n".join(
        f"{number}. {item.determination.order_no} {item.determination.order.finding.problem}"
        + (f"：{item.decision}" if item.decision else "")
        for number, item in enumerate(items, 1)
    )


def _resolutions_table(rows: Sequence[Resolution]) -> Table:
    known = names.people(task.person_id for row in rows for task in row.tasks)
    return Table(
        [Column("决议编号", 0.8), Column("决议", 2), Column("任务（责任人，期限）", 2.2)],
        [[row.no, row.text, "\n".join(f"{task.text}（{known.of(task.person_id)}，{words.day(task.due_on)}）" for task in row.tasks)]
         for row in rows],
        caption="四、决议", empty="尚未形成决议",
    )  # fmt: skip


def _resolutions(meeting: SpecialMeeting) -> list[Resolution]:
    return list(
        db.session.scalars(
            select(Resolution)
            .where(Resolution.item_id.in_([item.id for item in meeting.items]))
            .options(selectinload(Resolution.tasks))
            .order_by(Resolution.no)
        )
    )


def _standing(row: Resolution) -> str:
    if row.settled_at is None:
        return "落实中"
    return f"{words.day(row.settled_at)}后续复核：" + ("有效" if row.effective else "未见成效")
