"""Papers as a reader gets them: fetched through the door, opened again."""

import io
import shutil
import subprocess
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn

from tests.doors import signed_in

DIRECTOR = "E029"


def fetched(college, address: str, *, by: str = DIRECTOR) -> bytes:
    """Return the file behind `/documents/<address>`."""
    answer = signed_in(college.app, by).get(f"/documents/{address}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.data


def status(college, address: str, *, by: str) -> int:
    return signed_in(college.app, by).get(f"/documents/{address}").status_code


def word(college, address: str, *, by: str = DIRECTOR) -> docx.document.Document:
    return docx.Document(io.BytesIO(fetched(college, f"{address}.docx", by=by)))


def words_of(paper: docx.document.Document) -> str:
    """Return everything that stands in a Word file, in its order."""
    return "\n".join(text.text for text in paper.element.body.iter(qn("w:t")))


def sheet(college, address: str, *, by: str = DIRECTOR) -> openpyxl.worksheet.worksheet.Worksheet:
    name, _, query = address.partition("?")
    return openpyxl.load_workbook(io.BytesIO(fetched(college, f"{name}.xlsx?{query}", by=by))).active


def pdf_text(content: bytes, folder: Path) -> str:
    """Return the text of a PDF; skips where Poppler is missing."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (Debian: poppler-utils) is missing")
    path = folder / "paper.pdf"
    path.write_bytes(content)
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
