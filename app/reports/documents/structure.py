"""What every paper is made of, before it becomes Word, PDF or Excel. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

# What XML 1.0, and so every office format, cannot hold; it gets in by pasting into forms.
_UNPRINTABLE = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Cell = str | int


@dataclass(frozen=True)
class Column:
    """A heading; `share` is its width against the other columns'; columns of one `group` stand under it."""

    heading: str
    share: float = 1
    group: str = ""
    centred: bool = False


@dataclass(frozen=True)
class Table:
    """A table with borders. `merged` joins equal neighbours of the first column into one cell."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    empty: str = "无"
    merged: bool = False

    @property
    def is_grouped(self) -> bool:
        """Whether its head takes two rows."""
        return any(column.group for column in self.columns)


@dataclass(frozen=True)
class Fields:
    """The head of a form: lines of (label, value), each line divided evenly."""

    lines: Sequence[Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Text:
    """A paragraph, or several divided by line breaks, under a heading or none."""

    body: str
    heading: str = ""
    indented: bool = True


@dataclass(frozen=True)
class Signature:
    """A place to sign; `name` is who signed in the system."""

    label: str
    name: str = ""


@dataclass(frozen=True)
class Seal:
    """The place of the seal: the unit that seals, and the day or moment of the paper (None: left to be written)."""

    unit: str
    on: date | datetime | None = None


Block = Table | Fields | Text


@dataclass(frozen=True)
class Document:
    """A paper. `sensitive` is the code of the subject whose sensitive points it tells of (I-14), or empty."""

    title: str
    blocks: Sequence[Block]
    number: str = ""
    about: str = ""
    notes: Sequence[str] = field(default_factory=list)
    signatures: Sequence[Signature] = field(default_factory=list)
    seal: Seal | None = None
    landscape: bool = False
    sensitive: str = ""

    @property
    def file_name(self) -> str:
        """Return the name without its ending: title, number and what it is about."""
        words = " ".join(filter(None, (self.title, self.number, self.about)))
        return re.sub(r'[\\/:*?"<>|\s]+', " ", printable(words)).strip()[:100]

    @property
    def subtitle(self) -> str:
        """What the paper is about, where neither a number nor a form's head says so."""
        has_head = self.number or any(isinstance(block, Fields) for block in self.blocks)
        return "" if has_head else self.about

    @property
    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]


def printable(value: Cell | None) -> str:
    """Return the text without characters that no office format can hold."""
    return "" if value is None else _UNPRINTABLE.sub("", str(value).replace("\r\n", "\n"))


def in_lines(pairs: Sequence[tuple[str, str]], *counts: int) -> Fields:
    """Return a form's head with so many pairs in each line; what is left over gets lines of its own."""
    waiting, lines = list(pairs), []
    for count in counts:
        if waiting:
            lines.append(waiting[:count])
            waiting = waiting[count:]
    return Fields([*lines, *([pair] for pair in waiting)])


def spans(cells: Sequence[Cell]) -> list[int]:
    """Return how many rows each cell covers when equal neighbours are joined; 0 for those joined into one above."""
    found: list[int] = []
    first = 0
    for position, cell in enumerate(cells):
        if position and cell == cells[first]:
            found[first] += 1
            found.append(0)
        else:
            first = position
            found.append(1)
    return found


def groups(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Return (group, number of columns) from left to right; a column without a group stands alone."""
    found: list[tuple[str, int]] = []
    for column in columns:
        if column.group and found and found[-1][0] == column.group:
            found[-1] = (column.group, found[-1][1] + 1)
        else:
            found.append((column.group, 1))
    return found
