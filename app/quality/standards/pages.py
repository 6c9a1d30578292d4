"""Doors for browsers: the standards in force, their versions, and the forms that templates ask for."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.foundation.db import transaction
from app.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from app.organisation import names, teaching
from app.organisation import queries as organisation
from app.quality.standards import queries, rules, service
from app.quality.standards.models import Standard, StandardStatus, StandardTemplate
from app.quality.standards.rules import Field
from app.security import current_person_id, reach_of
from app.web.i18n import translated as _

blueprint = Blueprint("standards", __name__)

BLANK_ROWS, MOST_ROWS, LONGEST = 2, 60, 2000


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the standards by table, with what they cover and what waits for the reader."""
    person_id = current_person_id()
    rows = queries.newest(person_id)
    by_table: dict[str, list[Standard]] = {}
    for row in rows:
        by_table.setdefault(row.template_key, []).append(row)
    return render_template(
        "standards/list.html",
        templates=queries.templates(), by_table=by_table, titles=queries.titles(rows), coverage=queries.coverage(),
        status_words=status_words(), draftable=queries.draftable_tables(person_id),
        waiting=[row for row in rows if row.status is StandardStatus.SUBMITTED] if queries.may_approve(person_id) else [],
        proposals=_proposals(person_id), subjects=queries.bound_subjects(person_id),
    )  # fmt: skip


@blueprint.get("/new")
def new_form() -> ResponseReturnValue:
    """Ask what a new standard is for: query `template`."""
    return _new(queries.template(request.args.get("template", "")), {})


@blueprint.post("/new")
def create() -> ResponseReturnValue:
    """Begin a standard: form fields `template`, and `name` with `level`, `group` or `owner`."""
    person_id = current_person_id()
    template = queries.template(request.form.get("template", ""))
    try:
        with transaction():
            row = _begin(template, person_id)
            code = row.code
    except Invalid as error:
        return _new(template, error.problems), 422
    return redirect(url_for("standards.edit", code=code), 303)


@blueprint.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show a standard: query `version`; the newest without. Beside it what has changed since the version before."""
    return _show(code)


@blueprint.get("/<code>/edit")
def edit(code: str) -> ResponseReturnValue:
    """Show the form of a draft."""
    return _form(_draft_of(code), {}, None)


@blueprint.post("/<code>/edit")
def write(code: str) -> ResponseReturnValue:
    """Keep a draft, or hand it to the committee: form field `do` (`save`, `submit`, `more` rows)."""
    person_id = current_person_id()
    row = _draft_of(code)
    values = _typed(row)
    act = request.form.get("do", "save")
    if act == "more":
        return _form(row, {}, values, blank=BLANK_ROWS + 3)
    try:
        with transaction():
            row = _draft_of(code)
            service.write(row, values=values, by=person_id)
            if act == "submit":
                service.submit(row, by=person_id)
    except Invalid as error:
        return _form(_draft_of(code), error.problems, values, message=str(error)), 422
    flash(_("标准已提交，等待委员会批准。") if act == "submit" else _("草案已保存。"), "ok")
    return redirect(url_for("standards.show" if act == "submit" else "standards.edit", code=code), 303)


@blueprint.post("/<code>/versions")
def next_version(code: str) -> ResponseReturnValue:
    """Begin the next version from the one in force: form field `reason`."""
    person_id, reason = current_person_id(), request.form.get("reason", "").strip()
    try:
        with transaction():
            last = queries.readable_versions(person_id, code)[0]
            _must_draft(person_id, last.owner_code)
            if not reason:
                raise Invalid(_("没有起草新版本。"), {"reason": _("请写明修订的理由。")})
            service.draft(
                code, template=last.template_key, owner_code=last.owner_code, row_key=last.row_key,
                values=dict(last.values), by=person_id, reason=reason[:300],
            )  # fmt: skip
    except Invalid as error:
        return _show(code, error.problems), 422
    return redirect(url_for("standards.edit", code=code), 303)


@blueprint.post("/<code>/decide")
def decide(code: str) -> ResponseReturnValue:
    """Approve or return a submitted version, or retire one in force: form fields `do`, `opinion`."""
    person_id, opinion = current_person_id(), request.form.get("opinion", "")
    act = request.form.get("do", "")
    try:
        with transaction():
            row = queries.readable_versions(person_id, code)[0]
            if not queries.may_approve(person_id):
                raise NotAllowed(_("标准由质量保证委员会批准。"))
            if act == "approve":
                service.approve(row, by=person_id)
            elif act == "return":
                service.give_back(row, by=person_id, opinion=opinion)
            elif act == "retire":
                service.retire(row, by=person_id, reason=opinion)
            else:
                raise NotFound(_("没有这种操作。"))
    except Invalid as error:
        return _show(code, error.problems), 422
    flash({"approve": _("标准已批准，即日起施行。"), "return": _("标准已退回起草人。")}.get(act, _("标准已废止。")), "ok")
    return redirect(url_for("standards.show", code=code), 303)


def status_words() -> dict[str, tuple[str, str]]:
    """Return (words, tone) of each state of a standard."""
    return {
        "DRAFT": (_("草案"), ""), "SUBMITTED": (_("待批准"), "mid"), "APPROVED": (_("施行"), "ok"),
        "RETIRED": (_("已废止"), "bad"),
    }  # fmt: skip


def _proposals(person_id: str) -> list[tuple[Any, str]]:
    """Return the proposed limits that wait for this reader, with their subjects' names."""
    decides = reach_of(person_id, "indicators.change", remarks={"", "approve"})
    found = queries.open_proposals() if decides.everything else []
    known = names.anything(each.subject_code for each in found)
    return [(each, known.of(each.subject_code)) for each in found]


def _new(template: StandardTemplate, problems: dict[str, str]) -> str:
    person_id = current_person_id()
    table = template.sections[0]
    offered = queries.owners(template.key)
    mine = queries.draftable(person_id, [code for code, _name in offered])
    owners = [(code, name) for code, name in offered if code in mine]
    if not owners and not queries.may_draft(person_id, None):
        raise NotAllowed(_("这一类标准由质管办起草；您可以起草本部门岗位、所负责专业或课程的标准。"))
    return render_template(
        "standards/new.html",
        template=template, problems=problems, owners=owners,
        typed={key: request.form.get(key, "") for key in ("name", "level", "group", "owner")},
        levels=rules.levels_by_name(table.get("rows", [])), parts=table.get("parts", []),
    )  # fmt: skip


def _begin(template: StandardTemplate, person_id: str) -> Standard:
    """Draft the first version. Raises `Invalid` by field, `Conflict` when the row, group or owner has a standard."""
    table = template.sections[0]
    row_key, owner, values, suffix = None, None, {}, ""
    if table.get("rows"):
        row_key, problems = rules.row_named(table["rows"], request.form.get("name", ""), request.form.get("level", ""))
        if problems:
            raise Invalid(_("标准没有建立。"), problems)
        suffix = row_key or ""
    elif table.get("parts"):
        row_key, group, suffix = _group(table["parts"])
        values = {"group": group}
    else:
        owner = request.form.get("owner", "")
        if owner not in dict(queries.owners(template.key)):
            raise Invalid(_("标准没有建立。"), {"owner": _("请选择标准的对象。")})
        values, suffix = _named_by_owner(template, owner), owner
    _must_draft(person_id, owner)
    if twin := queries.twin_of(template.key, row_key, owner, str(values.get("group") or "")):
        raise Invalid(_("标准没有建立。"), {"twin": _("已有标准 %(code)s，请在它的页面上起草新版本。", code=twin.code)})
    return service.draft(
        f"STD-T{template.table_no}-{suffix}"[:32], template=template.key, owner_code=owner, row_key=row_key,
        values=values, by=person_id,
    )  # fmt: skip


def _group(parts: list[dict[str, Any]]) -> tuple[str, str, str]:
    """Return the part and the group that `group` (`1.2`) names, and that itself."""
    asked = request.form.get("group", "")
    for number, part in enumerate(parts, start=1):
        for position, group in enumerate(part["groups"], start=1):
            if asked == f"{number}.{position}":
                return part["zh"], group["zh"], asked
    raise Invalid(_("标准没有建立。"), {"group": _("请选择类别。")})


def _named_by_owner(template: StandardTemplate, owner: str) -> dict[str, Any]:
    """Return what the owner says already: a post's name and unit, a programme, a course with its programme."""
    if template.key == "TRAINING_PLAN_EXEC":
        return {"programme": owner}
    if template.key == "COURSE_BASIC":
        programmes = teaching.programmes_of(owner)
        return {"course": owner, "programme": programmes[0].code if programmes else ""}
    return {"post_name": dict(queries.owners(template.key))[owner], "unit": organisation.unit_of_post(owner)}


def _must_draft(person_id: str, owner: str | None) -> None:
    if not queries.may_draft(person_id, owner):
        raise NotAllowed(_("这份标准由质管办，或者对象所在部门、专业、课程的负责人起草。"))


def _draft_of(code: str) -> Standard:
    """Return the draft. Raises `NotFound`, `Conflict` when the newest version is none, `NotAllowed`."""
    person_id = current_person_id()
    row = queries.readable_versions(person_id, code)[0]
    _must_draft(person_id, row.owner_code)
    if row.status is not StandardStatus.DRAFT:
        raise Conflict(_("这个版本已经提交或批准，不能修改；请起草新版本。"))
    return row


def _fields(row: Standard) -> list[Field]:
    template = queries.template(row.template_key)
    return rules.fields_of(
        template.head_fields, template.sections, row_key=row.row_key, group=str(row.values.get("group") or "")
    )


def _typed(row: Standard) -> dict[str, Any]:
    """Return the values of a draft as the form says them; what the form does not ask stays."""
    values, shown = dict(row.values), _named(row.values)
    for field in _fields(row):
        if field.columns:
            values[field.key] = _typed_rows(field)
        elif field.many:
            values[field.key] = request.form.getlist(f"v.{field.key}")
        else:
            text = request.form.get(f"v.{field.key}", "").strip().replace("\r\n", "\n")[:LONGEST]
            values[field.key] = row.values.get(field.key) if rules.in_words(shown.get(field.key)) == text else text
    return {key: value for key, value in values.items() if value not in ("", None, [])}


def _typed_rows(field: Field) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(MOST_ROWS):
        cells = {
            key: request.form.get(f"r.{field.key}.{number}.{key}", "").strip().replace("\r\n", "\n")[:LONGEST]
            for key, _heading in field.columns
        }
        if any(cells.values()):
            found.append({"seq": len(found) + 1, **cells})
    return found


def _form(
    row: Standard, problems: dict[str, str], values: dict[str, Any] | None, *, message: str = "", blank: int = BLANK_ROWS
) -> str:
    fields = _fields(row)
    return render_template(
        "standards/edit.html",
        row=row, title=queries.titles([row])[row.id], template=queries.template(row.template_key), fields=fields,
        values=_shown(row.values if values is None else values, fields), problems=problems, message=message, blank=blank,
        programmes=queries.owners("TRAINING_PLAN_EXEC") if any(field.many for field in fields) else [],
    )  # fmt: skip


def _shown(values: dict[str, Any], fields: list[Field]) -> dict[str, Any]:
    """Return values as the form shows them: names for codes, but where codes are ticked."""
    named = _named(values)
    return {key: values[key] if any(field.many and field.key == key for field in fields) else named[key] for key in values}


def _show(code: str, problems: dict[str, str] | None = None) -> str:
    person_id = current_person_id()
    versions = queries.readable_versions(person_id, code)
    asked = request.args.get("version", type=int)
    row = next((each for each in versions if each.version == asked), versions[0])
    before = next((each for each in versions if each.version < row.version), None)
    template = queries.template(row.template_key)
    headings = rules.headings(template.head_fields, template.sections)
    return render_template(
        "standards/show.html",
        row=row, versions=versions, before=before, template=template, title=queries.titles([row])[row.id],
        changes=rules.changes(_named(before.values), _named(row.values), headings) if before else [],
        lines=_lines(row), people=names.people(each for one in versions for each in (one.drafted_by, one.approved_by)),
        status_words=status_words(), problems=problems or {}, opinion=request.form.get("opinion", ""),
        may_draft=queries.may_draft(person_id, row.owner_code), may_approve=queries.may_approve(person_id),
        wrote=row.drafted_by == person_id, is_newest=row is versions[0],
    )  # fmt: skip


def _lines(row: Standard) -> list[tuple[Field, Any]]:
    """Return what a version fills in, by field, codes replaced by names."""
    values = _named(row.values)
    return [(field, values.get(field.key)) for field in _fields(row)]


def _named(values: dict[str, Any]) -> dict[str, Any]:
    """Return values with names instead of the codes of people, posts, units and programmes."""
    flat = [each for value in values.values() for each in (value if isinstance(value, list) else [value])]
    known = names.anything(each for each in flat if isinstance(each, str) and len(each) <= 24)

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        return known.get(value, value) if isinstance(value, str) else value

    return {key: named(value) for key, value in values.items()}
