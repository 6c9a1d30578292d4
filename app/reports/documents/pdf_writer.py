"""A paper as PDF, from the print template `reports/paper.html`."""

from importlib import import_module
from typing import Any

from flask import render_template

from app.foundation.errors import AppError, Invalid
from app.reports.documents.structure import Document, Fields, Table, Text, groups, printable, spans
from app.reports.documents.words import day

# Laying out a row of many columns costs about 10 ms; more rows than these would keep a reader waiting and a thread busy.
MOST_ROWS = 1000


class PdfUnavailable(AppError):
    """WeasyPrint or one of the system's libraries it needs is not installed."""

    code = "pdf_unavailable"
    http_status = 503


def as_pdf(document: Document, *, college: str) -> bytes:
    """Return the PDF of a paper.

    Raises `PdfUnavailable` where WeasyPrint or its libraries are missing, `Invalid` for a table of too many rows.
    """
    if sum(len(table.rows) for table in document.tables) > MOST_ROWS:
        raise Invalid(f"超过{MOST_ROWS}行，不便打印成 PDF。请先筛选，或下载 Excel 版。")
    weasyprint = _weasyprint()
    # A paper holds nothing but text: whatever address turns up in it is not fetched.
    nothing = weasyprint.urls.URLFetcher(allowed_protocols=())
    return weasyprint.HTML(string=as_html(document, college=college), url_fetcher=nothing).write_pdf()


def as_html(document: Document, *, college: str) -> str:
    """Return the page that is printed; every text is escaped by the template."""
    return render_template(
        "reports/paper.html", document=document, college=college, blocks=[_named(block) for block in document.blocks],
        day=day, groups=groups, spans=spans, printable=printable,
    )  # fmt: skip


def _named(block: Table | Fields | Text) -> tuple[str, Any]:
    return type(block).__name__.lower(), block


def _weasyprint() -> Any:
    """Import it when the first PDF is asked for: it takes seconds, and an installation may do without."""
    try:
        return import_module("weasyprint")
    except (ImportError, OSError) as error:
        raise PdfUnavailable(
            "服务器没有安装生成 PDF 所需的组件，请先下载 Word 版；管理员可按 README 安装 report 组件和 Pango 库。"
        ) from error

