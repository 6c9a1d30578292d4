"""Door for browsers: papers as files, and the page that lists those of no procedure."""

from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.foundation import audit
from app.foundation.db import transaction
from app.foundation.errors import NotFound
from app.foundation.files import KINDS as MEDIA_TYPES
from app.organisation import queries as organisation
from app.reports.documents import names, offers
from app.reports.documents.access import Asked
from app.reports.documents.catalogue import KINDS, opened
from app.reports.documents.docx_writer import as_docx
from app.reports.documents.pdf_writer import as_pdf
from app.reports.documents.structure import Document
from app.reports.documents.xlsx_writer import as_xlsx
from app.security import current_person_id

blueprint = Blueprint("documents", __name__)

WRITERS = {"docx": as_docx, "pdf": as_pdf, "xlsx": as_xlsx}


@blueprint.get("/")
def listed() -> ResponseReturnValue:
    """List the tables of goals in reach and the standards in force."""
    tables = offers.goal_tables(current_person_id())
    return render_template("reports/documents.html", tables=tables, standards=offers.standards())


@blueprint.get("/<kind>/<key>.<form>")
def download(kind: str, key: str, form: str) -> ResponseReturnValue:
    """Give a paper as a file: query `unit` narrows the ledger. A PDF opens in the browser, the others are saved."""
    if kind not in KINDS or form not in KINDS[kind].forms:
        raise NotFound("没有这种文书。")
    asked = Asked(current_person_id(), key, unit=request.args.get("unit", ""))
    document = opened(kind, asked)
    content = WRITERS[form](document, college=names.college())
    _leave_a_trace(document, asked, thing=f"document:{kind}/{key}")
    return send_file(
        BytesIO(content), mimetype=MEDIA_TYPES[f".{form}"], download_name=f"{document.file_name}.{form}",
        as_attachment=form != "pdf", max_age=0,
    )  # fmt: skip


def _leave_a_trace(document: Document, asked: Asked, *, thing: str) -> None:
    """Write down who else read of somebody's sensitive points (I-14)."""
    if not document.sensitive:
        return
    subject = organisation.subject(document.sensitive)
    if asked.person_id not in (subject.code, subject.responsible_id):
        with transaction():
            audit.record("document.read_sensitive", thing, person_id=asked.person_id, subject=subject.code)
