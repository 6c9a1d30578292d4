"""The tables of a paper as an Excel file in which no text can act as a formula."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from app.reports.documents.structure import Cell, Document, Table, groups, printable

# A cell that begins so would be worked out as a formula when it is typed again or saved as CSV.
_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDTH_OF_SHARE = 13
MOST_LETTERS = 32767
_LINE = Side(style="thin", color="FF888888")
_BORDER = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_TITLE, _BOLD, _PLAIN = Font(name="宋体", size=16, bold=True), Font(name="宋体", size=10, bold=True), Font(name="宋体", size=10)
_SHADE = PatternFill("solid", fgColor="FFEFEFEF")
_WRAPPED, _CENTRED = Alignment(wrap_text=True, vertical="center"), Alignment(wrap_text=True, vertical="center", horizontal="center")


def as_xlsx(document: Document, *, college: str) -> bytes:
    """Return the Excel file of a paper of one table: title, head, rows, notes; ready to print on A4."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    table = document.tables[0]
    sheet.title = printable(document.title)[:31]
    _title(sheet, document, college, len(table.columns))
    first = _head(sheet, table)
    for number, row in enumerate(table.rows, first):
        for position, text in enumerate(row, 1):
            centred = table.columns[position - 1].centred
            _write(sheet, number, position, text, alignment=_CENTRED if centred else _WRAPPED, border=_BORDER)
    for number, note in enumerate(document.notes, first + max(len(table.rows), 1)):
        _write(sheet, number, 1, note)
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(table.columns))
        sheet.row_dimensions[number].height = 32
    _print_setup(sheet, table, first)
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def safe_text(cell: SheetCell, text: str) -> None:
    """Put a text into a cell as text, whatever it begins with; without text the cell stays empty."""
    if not text:
        return
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_ACTS)


def _title(sheet: Worksheet, document: Document, college: str, width: int) -> None:
    for number, text, font in ((1, f"{college}{document.title}", _TITLE), (2, document.subtitle, _PLAIN)):
        _write(sheet, number, 1, text, font=font, alignment=_CENTRED)
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=width)
    sheet.row_dimensions[1].height = 30


def _head(sheet: Worksheet, table: Table) -> int:
    """Write the headings from the third row on; return the first row below them."""
    rows = 2 if table.is_grouped else 1
    for position, column in enumerate(table.columns, 1):
        for number in range(3, 3 + rows):
            _write(sheet, number, position, "", font=_BOLD, alignment=_CENTRED, border=_BORDER, fill=_SHADE)
        safe_text(_cell(sheet, 2 + rows if column.group else 3, position), printable(column.heading))
        if rows > 1 and not column.group:
            sheet.merge_cells(start_row=3, end_row=4, start_column=position, end_column=position)
    first = 1
    for group, count in groups(table.columns) if rows > 1 else []:
        if group:
            safe_text(_cell(sheet, 3, first), group)
            sheet.merge_cells(start_row=3, end_row=3, start_column=first, end_column=first + count - 1)
        first += count
    return 3 + rows


def _write(
    sheet: Worksheet, row: int, column: int, text: Cell, *, font: Font = _PLAIN, alignment: Alignment = _WRAPPED,
    border: Border | None = None, fill: PatternFill | None = None,
) -> None:  # fmt: skip
    cell = _cell(sheet, row, column)
    if isinstance(text, int):
        cell.value = text
    else:
        safe_text(cell, printable(text)[:MOST_LETTERS])
    cell.font, cell.alignment = font, alignment
    if border:
        cell.border = border
    if fill:
        cell.fill = fill


def _cell(sheet: Worksheet, row: int, column: int) -> SheetCell:
    found = sheet.cell(row, column)
    assert isinstance(found, SheetCell)
    return found


def _print_setup(sheet: Worksheet, table: Table, first: int) -> None:
    for position, column in enumerate(table.columns, 1):
        sheet.column_dimensions[get_column_letter(position)].width = column.share * WIDTH_OF_SHARE
    sheet.freeze_panes = f"A{first}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", Worksheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"3:{first - 1}"
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(text="第&P页 共&N页"))
    _filter(sheet, table.rows, first, len(table.columns))


def _filter(sheet: Worksheet, rows: Sequence[Sequence[Cell]], first: int, width: int) -> None:
    if rows:
        sheet.auto_filter.ref = f"A{first - 1}:{get_column_letter(width)}{first - 1 + len(rows)}"
