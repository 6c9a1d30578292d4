"""The gate: sign in, sign out, change one's password."""

from typing import NamedTuple

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from app.foundation.db import transaction
from app.foundation.errors import Invalid
from app.organisation import queries as organisation
from app.organisation.models import Person
from app.security import login
from app.security.guards import begin_session, current_person_id
from app.security.rules import SHORTEST_PASSWORD, safe_next
from app.web.i18n import translated as _

blueprint = Blueprint("security", __name__)


class DemoAccount(NamedTuple):
    """An account that a demo's sign-in page offers: what it is good for, and whose it is."""

    role: str
    staff_no: str
    name: str
    post: str


@blueprint.get("/login")
def show_login() -> ResponseReturnValue:
    """Show the sign-in page; who is signed in already goes on."""
    if g.get("person") is not None:
        return redirect(safe_next(request.args.get("next")))
    return _login_page(staff_no="", problem="")


@blueprint.post("/login")
def sign_in() -> ResponseReturnValue:
    """Check number and password and begin a session."""
    staff_no = request.form.get("staff_no", "").strip()
    attempt = login.checked(staff_no, request.form.get("password", ""))
    with transaction():
        account = login.sign_in(attempt)
    if account is None:
        problem = _("工号或密码不正确。连续输错5次，账号会锁定15分钟。")
        return _login_page(staff_no=staff_no, problem=problem), 401
    begin_session(account, hours=current_app.config["SESSION_HOURS"])
    return redirect(safe_next(request.form.get("next")), 303)


@blueprint.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End the session; the language stays."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    return redirect(url_for("security.show_login"), 303)


@blueprint.get("/password")
def show_password() -> ResponseReturnValue:
    """Show the page on which people change their own password."""
    return _password_page({})


@blueprint.post("/password")
def change_password() -> ResponseReturnValue:
    """Change the password; this session goes on, others end."""
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _password_page({"again": _("两次输入的新密码不一样。")}), 422
    try:
        with transaction():
            account = login.set_password(current_person_id(), old=request.form.get("old", ""), new=new)
    except Invalid as error:
        return _password_page(error.problems), 422
    begin_session(account, hours=current_app.config["SESSION_HOURS"])
    flash(_("密码已修改，其他设备上的登录已退出。"), "ok")
    return redirect("/", 303)


def _password_page(problems: dict[str, str]) -> str:
    return render_template(
        "security/password.html", problems=problems, shortest=SHORTEST_PASSWORD, must_change=g.account.must_change
    )


def _login_page(*, staff_no: str, problem: str) -> str:
    return render_template(
        "security/login.html",
        staff_no=staff_no,
        problem=problem,
        next_address=safe_next(request.values.get("next")),
        accounts=_demo_accounts() if current_app.config["DEMO"] else [],
        demo_password=current_app.config.get("DEMO_PASSWORD", "zhengai"),
    )


def _demo_accounts() -> list[DemoAccount]:
    """Return a handful of people to try the demo as, found by what they do in the college."""
    found: dict[str, list[str]] = {
        _("质管办主任"): organisation.holders("QA_DIRECTOR"),
        _("质管办专员"): organisation.holders("QA_OFFICER"),
        _("处室负责人"): organisation.head_of("OFF-JWC"),
        _("主管领导"): organisation.leader_of("OFF-JWC"),
        _("委员会主任"): organisation.holders_of_post("P-YZ"),
        _("党政办秘书"): organisation.head_of("SEC-DZ1"),
        _("系统管理员"): organisation.holders("SYS_ADMIN"),
    }
    first = {role: held[0] for role, held in found.items() if held}
    people = organisation.people(list(first.values()))
    return [_account(role, people[person_id]) for role, person_id in first.items()]


def _account(role: str, person: Person) -> DemoAccount:
    post = organisation.post_of(person.id)
    return DemoAccount(role, person.staff_no, person.name_zh, post.name_zh if post else "")
