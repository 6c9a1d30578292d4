"""Read spreadsheets that anybody may have made: guarded, row by row, every problem with its place.

A sheet is described by its columns; each column's reader turns a cell into a
value or raises `ValueError` with the sentence the importer is shown. Text is
never evaluated: what looks like a formula but was typed as text stays text.
"""

import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from openpyxl import load_workbook

from app.foundation.errors import Invalid

LARGEST_FILE_BYTES = 20 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 100 * 1024 * 1024
# Spreadsheets of many alike rows pack well, some 50 times; bombs a thousand times and more.
LARGEST_RATIO = 300
MOST_PARTS = 1_000
# Every XML tag costs memory while it is read; a full sheet of ours has some 600,000.
MOST_TAGS = 4_000_000
MOST_ROWS = 20_000
MOST_PROBLEMS = 200
_CHUNK = 256 * 1024

Reader = Callable[[str], Any]
Taken = TypeVar("Taken")


@dataclass(frozen=True)
class Column:
    """One column of a sheet. `read` takes the cell's text, which is empty only where not `required`."""

    name: str
    read: Reader
    required: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a sheet. A `broken` one lacks the cells that could not be read, but its code may be known."""

    sheet: str
    number: int
    values: Mapping[str, Any]
    broken: bool = False

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    @property
    def place(self) -> str:
        return f"{self.sheet} 第 {self.number} 行"


class Problems(dict[str, str]):
    """Sentences by place; several at one place are joined."""

    def say(self, place: str, sentence: str) -> None:
        said = self.get(place)
        if said is None:
            self[place] = sentence
        elif sentence not in said:
            self[place] = said.removesuffix("。") + "；" + sentence

    def stop(self, message: str) -> None:
        """Raise `Invalid` when anything was said, with the first `MOST_PROBLEMS` places."""
        if self:
            raise Invalid(f"{message}有 {len(self)} 处问题。", dict(list(self.items())[:MOST_PROBLEMS]))


def read(path: Path, layout: Mapping[str, tuple[Column, ...]], problems: Problems) -> dict[str, list[Row]]:
    """Return the rows of those sheets of `layout` that the workbook has.

    Cells and headers at fault are added to `problems`. Raises `Invalid` for
    what is no workbook, a dangerous one, or one with none of the sheets.
    """
    return _of_sheets(path, layout, lambda sheet, name: _rows_of(sheet, name, layout[name], problems))


def texts(path: Path, sheet: str, *, width: int) -> list[list[str]]:
    """Return the first `width` cells of each row of one sheet, for a layout whose head is more than one row.

    Raises `Invalid` as `read` does, and for a sheet of too many rows.
    """

    def lines(found: Any, _name: str) -> list[list[str]]:
        found.reset_dimensions()  # what a sheet says of its own size is not believed
        rows = found.iter_rows(min_row=1, max_row=MOST_ROWS + 1, max_col=width, values_only=True)
        return [[text_of(cell) for cell in row] + [""] * (width - len(row)) for row in rows]

    found = _of_sheets(path, [sheet], lines)[sheet]
    if len(found) > MOST_ROWS:
        raise Invalid(f"一张表最多 {MOST_ROWS} 行。")
    return found


def _of_sheets(path: Path, names: Iterable[str], take: Callable[[Any, str], Taken]) -> dict[str, Taken]:
    """Return what is taken from each of the named sheets that the workbook has."""
    _guard(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            found = {name: take(book[name], name) for name in names if name in book.sheetnames}
        finally:
            book.close()
    except Exception as error:  # openpyxl raises whatever a broken file makes it stumble over
        raise Invalid("这个文件不能作为 Excel 工作簿读取，请用 Excel 重新另存为 .xlsx。") from error
    if not found:
        raise Invalid(f"工作簿里没有可以导入的工作表，应当有：{'、'.join(names)}。")
    return found


def _guard(path: Path) -> None:
    """Unpack once without keeping anything: what a file says of its own sizes is not believed."""
    packed = path.stat().st_size
    if packed > LARGEST_FILE_BYTES:
        raise Invalid(f"文件超过 {LARGEST_FILE_BYTES // 1024 // 1024} MB。")
    unpacked = tags = 0
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise Invalid("文件结构异常：部件过多。")
            for part in parts:
                tail = b""
                with archive.open(part) as stream:
                    while chunk := stream.read(_CHUNK):
                        unpacked += len(chunk)
                        if unpacked > min(LARGEST_UNPACKED_BYTES, max(packed, _CHUNK) * LARGEST_RATIO):
                            raise Invalid("文件解压后过大，没有导入。")
                        if part.filename.endswith((".xml", ".rels")):
                            tags += chunk.count(b"<")
                            _refuse_declarations(tail + chunk)
                            tail = chunk[-16:]
                        if tags > MOST_TAGS:
                            raise Invalid("工作表过大，没有导入；请分成几个文件。")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise Invalid("这个文件不是 Excel 工作簿（.xlsx）。") from error
    except Exception as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid("这个文件已损坏，不能读取。") from error  # zlib.error, lzma.LZMAError


def _refuse_declarations(text: bytes) -> None:
    # Workbooks are UTF-8 and declare no types; in UTF-16 every second byte is a zero.
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
        raise Invalid("文件结构异常：含有文档类型声明。")


def _rows_of(sheet: Any, name: str, columns: tuple[Column, ...], problems: Problems) -> list[Row]:
    sheet.reset_dimensions()  # what a sheet says of its own size is not believed
    lines = sheet.iter_rows(min_row=1, max_row=MOST_ROWS + 2, max_col=len(columns) + 1, values_only=True)
    head = [text_of(cell) for cell in next(lines, ())]
    wanted = [column.name for column in columns]
    if head[: len(wanted)] != wanted or any(head[len(wanted) :]):
        problems.say(f"{name} 第 1 行", f"表头应当依次是：{'、'.join(wanted)}。")
        return []
    rows = []
    for number, cells in enumerate(lines, start=2):
        texts = [text_of(cell) for cell in cells[: len(columns)]]
        texts += [""] * (len(columns) - len(texts))
        if not any(texts):
            continue
        if number > MOST_ROWS + 1:
            problems.say(f"{name} 第 {number} 行", f"一张表最多 {MOST_ROWS} 行。")
            break
        rows.append(_row(name, number, columns, texts, problems))
    return rows


def _row(
    sheet: str, number: int, columns: tuple[Column, ...], texts: list[str], problems: Problems
) -> Row:
    values, broken = {}, False
    for column, text in zip(columns, texts, strict=True):
        try:
            values[column.name] = cell(column, text)
        except ValueError as error:
            problems.say(f"{sheet} 第 {number} 行", f"{column.name}：{error}")
            broken = True
    return Row(sheet, number, values, broken)


def cell(column: Column, text: str) -> Any:
    """Return what a cell says. Raises `ValueError` with the sentence for the importer."""
    if not text:
        if column.required:
            raise ValueError("没有填写。")
        return None
    if any(letter < " " or "\ud800" <= letter <= "\udfff" or letter in "\x7f\ufffe\uffff" for letter in text):
        raise ValueError("含有不可见的字符。")
    return column.read(text)


def text_of(cell: Any) -> str:
    """Return a cell as its reader would type it: whole numbers without a point, days as 2026-09-01."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell).strip()


# Readers of cells.


def words(longest: int) -> Reader:
    """Return a reader of free text of at most `longest` characters."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"最多 {longest} 字。")
        return text

    return read


def code(longest: int) -> Reader:
    """Return a reader of a code: no spaces, nothing that has a meaning in a scope."""

    def read(text: str) -> str:
        if len(text) > longest:
            raise ValueError(f"“{text[:40]}”过长，最多 {longest} 个字符。")
        if any(letter.isspace() or letter in ",，*?[]" for letter in text):
            raise ValueError(f"编码“{text}”不能含有空格、逗号、星号、问号和方括号。")
        return text

    return read


def choice(named: Mapping[str, Any]) -> Reader:
    """Return a reader of one of some words."""

    def read(text: str) -> Any:
        if text not in named:
            raise ValueError(f"“{text[:40]}”不在可选范围内（{'、'.join(w for w in named if not w.isascii())}）。")
        return named[text]

    return read


def day(text: str) -> date:
    """Read a day: 2026-09-01, 2026/9/1 or 2026年9月1日."""
    parts = text.replace("年", "-").replace("月", "-").removesuffix("日").replace("/", "-").split("-")
    try:
        year, month, on = (int(part) for part in parts)
        found = date(year, month, on)
    except ValueError:
        raise ValueError(f"“{text[:40]}”不是日期，请写成 2026-09-01。") from None
    if not 1900 <= found.year <= 2100:
        raise ValueError(f"“{text[:40]}”的年份不对。")
    return found


def email(text: str) -> str:
    """Read a mail address."""
    name, at, host = text.rpartition("@")
    plain = text.isascii() and not any(letter.isspace() or letter in '<>(),;:"[]\\@' for letter in name + host)
    if not (plain and at and name and "." in host and all(host.split("."))) or len(text) > 120:
        raise ValueError(f"“{text[:60]}”不是邮箱地址。")
    return text
