"""A paper as a Word file: A4, official fonts, bordered tables, college and page numbers on every page."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt

from app.foundation.clock import COLLEGE_ZONE, now
from app.reports.documents.structure import (
    Cell,
    Column,
    Document,
    Fields,
    Seal,
    Signature,
    Table,
    Text,
    groups,
    printable,
    spans,
)
from app.reports.documents.words import day

# Fonts that office software of Chinese colleges has; others replace them by their own serif.
BODY, TITLE, LATIN = "仿宋", "宋体", "Times New Roman"
SHORT_EDGE, LONG_EDGE, MARGIN = Mm(210), Mm(297), Mm(22)
TEXT_SIZE, TABLE_SIZE, SMALL_SIZE, TITLE_SIZE = Pt(12), Pt(10.5), Pt(9), Pt(18)
LABEL_SHARE = 0.36
PER_LINE = 2


def as_docx(document: Document, *, college: str) -> bytes:
    """Return the Word file of a paper."""
    word = docx.Document()
    word.core_properties.title, word.core_properties.author = printable(document.title), college
    word.core_properties.created = word.core_properties.modified = now().astimezone(COLLEGE_ZONE).replace(tzinfo=None)
    width = _page(word, landscape=document.landscape)
    _fonts(word)
    _header(word, college, width)
    _paragraph(word, document.title, size=TITLE_SIZE, font=TITLE, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    if document.subtitle:
        _paragraph(word, document.subtitle, size=TABLE_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER)
    if document.number:
        _paragraph(word, f"编号：{document.number}", size=TABLE_SIZE, align=WD_ALIGN_PARAGRAPH.RIGHT)
    for block in document.blocks:
        _block(word, block, width)
    for note in document.notes:
        _paragraph(word, note, size=SMALL_SIZE)
    _signatures(word, document.signatures, width)
    if document.seal:
        _seal(word, document.seal)
    kept = BytesIO()
    word.save(kept)
    return kept.getvalue()


def _page(word: Any, *, landscape: bool) -> Length:
    """Set the paper and return the width between its margins."""
    section = word.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (LONG_EDGE, SHORT_EDGE) if landscape else (SHORT_EDGE, LONG_EDGE)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    section.header_distance = section.footer_distance = Mm(12)
    return Length(section.page_width - 2 * MARGIN)


def _fonts(word: Any) -> None:
    style = word.styles["Normal"]
    style.font.name, style.font.size = LATIN, TEXT_SIZE
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
    style.paragraph_format.space_after = Pt(4)


def _header(word: Any, college: str, width: Length) -> None:
    paragraph = word.sections[0].header.paragraphs[0]
    paragraph.paragraph_format.tab_stops.clear_all()
    paragraph.paragraph_format.tab_stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    _run(paragraph, f"{college}\t第", size=SMALL_SIZE)
    _count(paragraph, "PAGE")
    _run(paragraph, "页 共", size=SMALL_SIZE)
    _count(paragraph, "NUMPAGES")
    _run(paragraph, "页", size=SMALL_SIZE)


def _count(paragraph: Any, instruction: str) -> None:
    """Add a field that Word works out itself: the page, or how many there are."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = paragraph.add_run("1")
    run.font.size = SMALL_SIZE
    field.append(run._r)
    paragraph._p.append(field)


def _block(word: Any, block: Table | Fields | Text, width: Length) -> None:
    match block:
        case Text():
            if block.heading:
                _heading(word, block.heading)
            for sentence in block.body.split("\n"):
                paragraph = _paragraph(word, sentence)
                paragraph.paragraph_format.first_line_indent = TEXT_SIZE * 2 if block.indented else None
        case Fields():
            for line in block.lines:
                _field_line(word, line, width)
            _gap(word)
        case Table():
            if block.caption:
                _heading(word, block.caption)
            _table(word, block, width)
            _gap(word)


def _heading(word: Any, text: str) -> None:
    _paragraph(word, text, font=TITLE, bold=True).paragraph_format.keep_with_next = True


def _field_line(word: Any, line: Sequence[tuple[str, str]], width: Length) -> None:
    """Add one line of a form's head. Tables that touch grow into one, so lines of any division fit together."""
    table = _grid(word, 1, len(line) * 2)
    share = int(width) // len(line)
    label_width = min(int(share * LABEL_SHARE), Mm(30)) if len(line) > 1 else Mm(30)
    _widths(table, [Length(size) for _pair in line for size in (label_width, share - label_width)])
    for position, (label, value) in enumerate(line):
        _fill(table.cell(0, position * 2), label, centred=True)
        _fill(table.cell(0, position * 2 + 1), value)


def _table(word: Any, block: Table, width: Length) -> None:
    head = 2 if block.is_grouped else 1
    table = _grid(word, head + max(len(block.rows), 1), len(block.columns))
    total = sum(column.share for column in block.columns)
    _widths(table, [Length(int(width * column.share / total)) for column in block.columns])
    _head(table, block.columns, head)
    if not block.rows:
        _fill(table.cell(head, 0).merge(table.cell(head, len(block.columns) - 1)), block.empty, centred=True)
    # Rows are listed once: python-docx walks the whole table for each that is asked for by number.
    for line, row in zip(list(table.rows)[head:], block.rows, strict=False):
        for cell, text, column in zip(line.cells, row, block.columns, strict=True):
            _fill(cell, text, centred=column.centred)
    if block.merged:
        _merge_first(table, block, head)


def _widths(table: Any, sizes: Sequence[Length]) -> None:
    """Set the widths twice: Word goes by the cells, LibreOffice by the table's grid."""
    for column, size in zip(table.columns, sizes, strict=True):
        column.width = size
    for row in table.rows:
        for cell, size in zip(row.cells, sizes, strict=True):
            cell.width = size


def _head(table: Any, columns: Sequence[Column], head: int) -> None:
    for row in table.rows[:head]:
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    first = 0
    for group, count in groups(columns) if head > 1 else []:
        cell = table.cell(0, first).merge(table.cell(0 if group else 1, first + count - 1))
        if group:
            _fill(cell, group, centred=True, bold=True)
        first += count
    for position, column in enumerate(columns):
        row = head - 1 if column.group or head == 1 else 0
        _fill(table.cell(row, position), column.heading, centred=True, bold=True)


def _merge_first(table: Any, block: Table, head: int) -> None:
    cells = [row[0] for row in block.rows]
    for number, count in enumerate(spans(cells)):
        if count > 1:
            merged = table.cell(head + number, 0).merge(table.cell(head + number + count - 1, 0))
            _fill(merged, cells[number])


def _grid(word: Any, rows: int, columns: int) -> Any:
    table = word.add_table(rows=rows, cols=columns, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
    return table


def _fill(cell: Any, text: Cell, *, centred: bool = False, bold: bool = False) -> None:
    """Write a cell anew; a merged one carries the texts and paragraphs of those it took in."""
    for extra in cell.paragraphs[1:]:
        extra._p.getparent().remove(extra._p)
    cell.paragraphs[0].clear()
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else None
    _run(paragraph, printable(text), size=TABLE_SIZE, bold=bold)


def _signatures(word: Any, signatures: Sequence[Signature], width: Length) -> None:
    if not signatures:
        return
    _gap(word)
    stops = [Length(int(width) * number // PER_LINE) for number in range(1, PER_LINE)]
    for first in range(0, len(signatures), PER_LINE):
        line = signatures[first : first + PER_LINE]
        paragraph = _paragraph(word, "\t".join(f"{each.label}（签名）：{each.name or '＿＿＿＿＿＿'}" for each in line))
        paragraph.paragraph_format.space_before = Pt(10)
        for stop in stops:
            paragraph.paragraph_format.tab_stops.add_tab_stop(stop)


def _seal(word: Any, seal: Seal) -> None:
    """Add unit and day at the right, with room above for the seal, kept on one page."""
    unit = _paragraph(word, f"{seal.unit}（盖章）", align=WD_ALIGN_PARAGRAPH.RIGHT)
    unit.paragraph_format.space_before, unit.paragraph_format.keep_with_next = Pt(48), True
    _paragraph(word, day(seal.on) or "　　年　　月　　日", align=WD_ALIGN_PARAGRAPH.RIGHT)


def _gap(word: Any) -> None:
    _paragraph(word, "", size=Pt(4))


def _paragraph(
    word: Any, text: str, *, size: Length = TEXT_SIZE, font: str = BODY, bold: bool = False, align: Any = None
) -> Any:
    paragraph = word.add_paragraph()
    paragraph.alignment = align
    _run(paragraph, printable(text), size=size, font=font, bold=bold)
    return paragraph


def _run(paragraph: Any, text: str, *, size: Length, font: str = BODY, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.name = size, bold, LATIN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
