"""Board: what every page carries around its content: who, when, where to.

The places in the top bar are listed here, one line each; a place whose room is
not built in, or not meant for this person, does not show.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from flask import Flask, current_app, g, has_request_context, request, url_for
from sqlalchemy import and_, or_, select

from app.foundation.clock import now, today
from app.foundation.db import db
from app.foundation.reference import remembered
from app.organisation.calendar import Break, Term, Week
from app.organisation.models import Assignment, OrgUnit, Person, Post, UnitKind
from app.security import permissions, roles_held
from app.web import formatting
from app.web.i18n import translated as _

# They see their own unit's row of the overview.
HEADS = {"OFFICE_HEAD", "DEPT_HEAD"}


class Place(NamedTuple):
    """A place in the top bar. `roles` empty: for everybody."""

    endpoint: str
    label: Callable[[], str]
    roles: frozenset[str] = frozenset()


PLACES = [
    Place("inbox.desk", lambda: _("工作台")),
    Place("overview.show", lambda: _("质管总览"), frozenset(permissions.OVERSEERS | HEADS)),
    Place("subjects.listed", lambda: _("质量主体"), frozenset(permissions.roles_with("diagnosis.read"))),
    Place("procedures.listed", lambda: _("流程")),
    Place("goals.listed", lambda: _("目标"), frozenset(permissions.roles_with("goals.view")) - {"STUDENT"}),
    Place("standards.listed", lambda: _("标准"), frozenset(permissions.roles_with("goals.view")) - {"STUDENT"}),
    Place("goals.mine", lambda: _("我的目标"), frozenset({"STUDENT"})),
    Place("monitoring.listed", lambda: _("预警"), frozenset(permissions.roles_with("warnings.view"))),
    Place("rectification.ledger", lambda: _("整改台账")),
    Place("results.listed", lambda: _("结果公布")),
    Place("notifications.listed", lambda: _("邮件")),
]


def furnish(app: Flask) -> None:
    """Give every template `shell` and `navigation()`."""
    app.context_processor(_furniture)


def _furniture() -> dict[str, Any]:
    person: Person | None = g.get("person") if has_request_context() else None
    shell: dict[str, Any] = {"clock_is_virtual": current_app.config.get("DEMO", False) and person is not None}
    on = today()
    shell["today_label"] = formatting.day(on)
    named, post = _names(person.id if person else None, on)
    shell["college_name"] = current_app.config.get("COLLEGE_NAME") or named or _("诊改通")
    if person is None:
        return {"shell": shell, "navigation": list}
    shell |= _calendar_labels(on)
    shell["person"] = {"id": person.id, "name": person.name_zh, "post": post, "initials": person.name_zh[:1]}
    shell["logout_url"] = url_for("security.sign_out")
    shell["search_url"] = url_for("inbox.search")
    shell["person_links"] = [
        (url_for("goals.mine"), _("我的目标")),
        (url_for("organisation.show"), _("组织与职责")),
        (url_for("inbox.delegations"), _("授权代办")),
        (url_for("security.show_password"), _("修改密码")),
    ]
    if shell["clock_is_virtual"]:
        shell["clock_template"] = "demo/_clock.html"
        shell["clock_label"] = formatting.moment(now())
    return {"shell": shell, "navigation": lambda: _navigation(person)}


def _navigation(person: Person) -> list[tuple[str, str, bool, int]]:
    """Return (address, label, whether the reader is there, count) of the places this person sees."""
    built_in = [place for place in PLACES if place.endpoint in current_app.view_functions]
    roles = {role for role, _scope in roles_held(person.id)} if any(place.roles for place in built_in) else set()
    room = (request.endpoint or "").partition(".")[0]
    return [
        (url_for(place.endpoint), place.label(), room == place.endpoint.partition(".")[0], 0)
        for place in built_in
        if not place.roles or place.roles & roles
    ]


@remembered
def _names(person_id: str | None, on: date) -> tuple[str, str]:
    """Return the college's name and the person's post, empty where there is none."""
    college = select(OrgUnit.name_zh).where(OrgUnit.kind == UnitKind.COLLEGE).limit(1).scalar_subquery()
    post = (
        select(Post.name_zh)
        .join(Assignment, Assignment.post_code == Post.code)
        .where(
            Assignment.person_id == person_id,
            Assignment.from_on <= on,
            or_(Assignment.to_on.is_(None), Assignment.to_on >= on),
        )
        .order_by(Assignment.is_primary.desc(), Assignment.from_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    row = db.session.execute(select(college.label("college"), post.label("post"))).one()
    return row.college or "", row.post or ""


def _calendar_labels(on: date) -> dict[str, str]:
    """Return the term and the teaching week, or the break, of a day."""
    found = _place_in_the_year(on)
    if found is None:
        return {}
    term, number, pause = found
    week = _("第%(no)s周", no=number) if number else (pause or "")
    return {"term_label": term.rpartition("学年")[2], "week_label": week}


@remembered
def _place_in_the_year(on: date) -> tuple[str, int | None, str | None] | None:
    row = db.session.execute(
        select(Term.name_zh, Week.no, Break.name_zh.label("break_name"))
        .outerjoin(Week, and_(Week.term_code == Term.code, Week.start_on <= on, Week.end_on >= on))
        .outerjoin(Break, and_(Break.start_on <= on, Break.end_on >= on))
        .where(Term.start_on <= on)
        .order_by(Term.start_on.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.name_zh, row.no, row.break_name)
