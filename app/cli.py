"""Board: the `flask ...` commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app import engine
from app.config import shipped
from app.demo import clock as demo_clock
from app.demo import rehearsal, serving
from app.foundation import clock
from app.foundation.db import transaction
from app.foundation.errors import AppError
from app.organisation import calendar, frame, imports, notices, teaching_imports
from app.organisation.teaching import StudentStatus
from app.quality.cycles import jobs as launch_jobs
from app.quality.cycles import launching
from app.quality.cycles import service as cycles
from app.quality.goals import imports as goal_tables
from app.quality.monitoring import imports as readings
from app.quality.rectification import service as rectification
from app.quality.results import service as results
from app.quality.results.models import ReportKind

process = AppGroup("process", help="Diagrams: deploy what is shipped, or one file.")
people = AppGroup("people", help="Units, posts and people.")
goals = AppGroup("goals", help="Tables of goals and tasks.")
readings_group = AppGroup("readings", help="Values of indicators.")
calendar_group = AppGroup("calendar", help="Holidays, weeks and working days.")
term_group = AppGroup("term", help="The procedures of a term.")
report_group = AppGroup("report", help="The college's reports.")
students = AppGroup("students", help="Programmes, courses, classes, and where students stand.")
clock_group = AppGroup("clock", help="The clock of a demo database.")


def add_commands(app: Flask) -> None:
    """Make the commands known to `flask`."""
    app.cli.add_command(serving.demo_command)
    app.cli.add_command(rehearsal.rehearse_command)
    for group in (process, people, goals, readings_group, calendar_group, term_group, report_group, students, clock_group):
        app.cli.add_command(group)


@process.command("deploy")
@click.argument("diagram", type=click.Path(exists=True, path_type=Path), required=False)
def deploy(diagram: Path | None) -> None:
    """Deploy DIAGRAM (.bpmn), or everything in processes/ and forms/ that changed."""
    from_folder = shipped("processes"), shipped("forms")
    with _said(), transaction():
        if diagram is None:
            for row in engine.deploy_folder(*from_folder):
                click.echo(f"{row.key} v{row.version}  {row.name}")
        else:
            row = engine.deploy_file(diagram, forms=from_folder[1])
            click.echo(f"{row.key} v{row.version}  {row.name}")


@people.command("import")
@click.argument("workbook", type=click.Path(exists=True, path_type=Path))
def import_people(workbook: Path) -> None:
    """Import units, posts, people, assignments and roles from WORKBOOK (.xlsx): all of it, or nothing."""
    with _said(), transaction():
        done = imports.import_workbook(workbook, by=None)
    for sheet, count in done.items():
        click.echo(f"{sheet}: {count}")


@students.command("import")
@click.argument("workbook", type=click.Path(exists=True, path_type=Path))
def import_teaching(workbook: Path) -> None:
    """Import programmes, courses, classes, students and teams from WORKBOOK (.xlsx): all of it, or nothing."""
    with _said(), transaction():
        done = teaching_imports.import_teaching(workbook, by=None)
        for person, status in done.statuses.items():
            cycles.change_status(person, status, reason="学籍数据导入")
    for sheet, count in done.rows.items():
        click.echo(f"{sheet}: {count}")


@goals.command("import")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_goals(workbook: Path) -> None:
    """Import goals from WORKBOOK (.xlsx) in the layout of Table 1: all of it, or nothing; their units hand them in."""
    with _said(), transaction():
        done = goal_tables.import_table(workbook, by=None)
    for unit, added in done.added.items():
        click.echo(f"{unit}：新增 {added} 项，修改 {done.changed[unit]} 项")


@readings_group.command("import")
@click.argument("workbook", type=click.Path(exists=True, path_type=Path))
def import_readings(workbook: Path) -> None:
    """Import readings of indicators from WORKBOOK (.xlsx); bad rows are listed, the others stored."""
    with _said(), transaction():
        done = readings.import_readings(workbook, by=None)
    click.echo(f"已保存 {done.stored} 行。")
    for row, sentence in done.problems.items():
        click.echo(f"{row}：{sentence}", err=True)


@calendar_group.command("import")
@click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_notice(workbook: Path) -> None:
    """Import the state's holiday notice from WORKBOOK (.xlsx); open deadlines move, never to an earlier day."""
    with _said(), transaction():
        years = notices.import_notice(workbook, by=None)
        moved = cycles.redate()
        orders = rectification.redate(cycles.later_of)
    click.echo(f"已更新 {'、'.join(map(str, years))} 年的放假安排；{len(moved)} 项任务、{len(orders)} 份整改通知的期限顺延。")


@calendar_group.command("show")
@click.argument("term")
def show_term(term: str) -> None:
    """List the weeks of TERM with the number of working days in each."""
    with _said():
        weeks, days = calendar.weeks_of(term), calendar.work_calendar()
        click.echo(calendar.term(term).name_zh)
        for week in weeks:
            count = len(days.workdays(week.start_on, week.end_on))
            uncertain = "  暂定" if days.is_provisional(week.start_on, week.end_on) else ""
            click.echo(f"第{week.no:>2}周  {week.start_on} — {week.end_on}  {count} 个工作日{uncertain}")


@term_group.command("start")
@click.argument("layer", type=click.Choice(list(frame.LAYERS)))
@click.option("--term", help="Code of the term; without it, the present one.")
@click.option("--scope", default="", help="Code of a unit or programme: only its subjects.")
def start_term(layer: str, term: str | None, scope: str) -> None:
    """Start the procedure of LAYER for each of its subjects that has none in the term."""
    with _said():
        with transaction():
            present = calendar.term_on(clock.today())
            code = term or (present.code if present else "")
            launch_id = launching.order(code, layer, scope=scope).id
        done = 0
        while portion := launch_jobs.work_off_launch(launch_id, most=1):
            done += portion
            click.echo(f"{code}：已处理 {done} 个质量主体 …", err=True)
        with transaction():
            started = launching.started_by(launch_id)
    click.echo(f"{code}：新启动 {started} 个流程。")


@report_group.command("start")
@click.argument("kind", type=click.Choice(list(ReportKind)))
@click.option("--term", help="Code of the term; without it, the present one.")
def start_report(kind: str, term: str | None) -> None:
    """Begin the report KIND of a term: its figures are taken now, the quality office drafts."""
    with _said(), transaction():
        present = calendar.term_on(clock.today())
        row = results.start_report(ReportKind(kind), term or (present.code if present else ""))
        title = row.title
    click.echo(f"已开始编制：{title}")


@students.command("status")
@click.argument("student")
@click.argument("status", type=click.Choice(list(StudentStatus)))
@click.option("--reason", default="学籍变动", show_default=True)
def change_status(student: str, status: str, reason: str) -> None:
    """Suspend STUDENT (an id), take him back, or let him go: his windows and tasks follow."""
    with _said(), transaction():
        cycles.change_status(student, StudentStatus(status), reason=reason)
    click.echo(f"{student}：{status}")


@clock_group.command("advance")
@click.argument("to", type=click.Choice(["day", "deadline", "week"]), required=False)
@click.option("--days", type=int, help="Number of days to go on instead.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="College time to go on to.")
def advance(to: str | None, days: int | None, until: datetime | None) -> None:
    """Move a demo's clock to the next day, deadline or week; what is due on the way happens then."""
    with _said():
        target = _target(to, days, until)
        done = demo_clock.advance_to(target, work=current_app.extensions["work_off_everything"])
    local = clock.now().astimezone(clock.COLLEGE_ZONE)
    click.echo(f"{local:%Y-%m-%d %H:%M}，办理了 {done} 件到期的事。")


@clock_group.command("show")
def show() -> None:
    """Say what time it is for the college."""
    click.echo(f"{clock.now().astimezone(clock.COLLEGE_ZONE):%Y-%m-%d %H:%M}")


def _target(to: str | None, days: int | None, until: datetime | None) -> datetime:
    demo_clock.follow(current_app._get_current_object())  # type: ignore[attr-defined]
    if until is not None:
        return until.replace(tzinfo=clock.COLLEGE_ZONE)
    if days is not None:
        day = clock.today() + timedelta(days=days)
        return datetime.combine(day, demo_clock.MORNING, clock.COLLEGE_ZONE)
    return demo_clock.target(to or "day")


@contextmanager
def _said() -> Iterator[None]:
    """Turn an error meant for users into a message on the terminal, with each place it names."""
    try:
        yield
    except AppError as error:
        lines = [str(error), *(f"  {place}: {sentence}" for place, sentence in error.problems.items())]
        raise click.ClickException("\n".join(lines)) from None
