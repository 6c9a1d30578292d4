"""Doors for browsers: the ledger, and the request for more time. An order's own page is the review room's."""

from math import ceil

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.engine import HumanTask
from app.foundation.db import transaction
from app.foundation.errors import Invalid
from app.organisation import queries as organisation
from app.organisation.due import due_words
from app.quality.rectification import queries, rules, service
from app.quality.rectification.models import RectificationOrder
from app.quality.rectification.queries import Shelf
from app.quality.rectification.words import status_words
from app.security import current_person_id
from app.web.i18n import translated as _

blueprint = Blueprint("rectification", __name__)


@blueprint.get("/")
def ledger() -> ResponseReturnValue:
    """Show the ledger: query `shelf` (a part of it), `unit` (the responsible one), `page`."""
    person_id = current_person_id()
    shelf, unit = _shelf(request.args.get("shelf", "")), request.args.get("unit", "")
    page = max(request.args.get("page", 1, type=int), 1)
    query = queries.visible_orders(person_id)
    if unit:
        query = query.where(RectificationOrder.responsible_unit == unit)
    counts = queries.shelf_counts(query)
    rows = queries.ledger(query.where(queries.on_shelf(shelf)), offset=(page - 1) * queries.PAGE_SIZE)
    return render_template(
        "rectification/ledger.html",
        shelf=shelf, shelves=_shelf_names(), counts=counts, unit=unit, units=queries.responsible_units(person_id),
        rows=rows, first_number=(page - 1) * queries.PAGE_SIZE + 1, due_words=due_words,
        page=page, pages=ceil(counts[shelf] / queries.PAGE_SIZE), status_words=status_words(),
    )  # fmt: skip


@blueprint.get("/<no>/extension")
def extension_form(no: str) -> ResponseReturnValue:
    """Show the form that asks for more time."""
    return _form(no, values={}, problems={})


@blueprint.post("/<no>/extension")
def ask_for_extension(no: str) -> ResponseReturnValue:
    """Ask for more time: form fields `workdays` and `reason`. A refusal shows the form with what was typed."""
    person_id = current_person_id()
    values = {"workdays": request.form.get("workdays", ""), "reason": request.form.get("reason", "")}
    try:
        with transaction():
            order = queries.visible_order(person_id, no)
            service.ask_for_extension(
                order, workdays=_number(values["workdays"]), reason=values["reason"], by=person_id
            )
    except Invalid as error:
        return _form(no, values=values, problems=error.problems or {"workdays": str(error)}), 422
    flash(_("延期申请已送签发单位，2个工作日内答复；答复前原期限有效。"), "ok")
    return redirect(url_for("inbox.desk"))


def extension_button(task: HumanTask) -> list[tuple[str, str]]:
    """Return the button that a report's task page offers while more time may still be asked for."""
    order = queries.order_of_instance(task.instance_id)
    if order is None or queries.extension_of(order.no) is not None:
        return []
    return [(_("申请延期"), url_for("rectification.extension_form", no=order.no))]


def _shelf(text: str) -> Shelf:
    return Shelf(text) if text in set(Shelf) else Shelf.OPEN


def _shelf_names() -> dict[Shelf, str]:
    return {
        Shelf.OPEN: _("未销号"),
        Shelf.OVERDUE: _("逾期"),
        Shelf.REVIEW: _("待审核"),
        Shelf.VERIFY: _("待复核"),
        Shelf.REFERRED: _("已转专题会"),
        Shelf.CLOSED: _("已销号"),
        Shelf.ALL: _("全部"),
    }


def _number(text: str) -> int:
    if not text.strip().isdigit():
        raise Invalid(_("延期没有申请。"), {"workdays": _("请填写工作日数（1—10）。")})
    return int(text)


def _form(no: str, *, values: dict[str, str], problems: dict[str, str]) -> str:
    order = queries.visible_order(current_person_id(), no)
    return render_template(
        "rectification/extension.html",
        order=order,
        subject=organisation.subject(order.subject_code),
        values=values,
        problems=problems,
        longest=rules.LONGEST_EXTENSION_WORKDAYS,
    )
