"""Reading a table from a CSV or Excel file: its heading row, its cells with their places, amounts and words in them.

Here: from bytes to typed cells, and a problem for every cell that cannot be read. Not here: what the columns mean to
the ledger (`actuals`, `budgets`). Nothing is stored, followed or run; formulas are refused, not worked out.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_BYTES = 2_500_000
MAX_UNPACKED = 60_000_000
MAX_ROWS = 20_000
MAX_COLUMNS = 60
HEADING_ROWS = 15
"""Among how many first rows the headings may stand: ledgers print titles above them."""
MOST_PENCE = 10**13

YES = frozenset({"yes", "y", "fixed", "true", "1", "x"})
NO = frozenset({"", "no", "n", "false", "0", "-"})

_AMOUNT = re.compile(r"(-?)£?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?(-?)")
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%Y-%m-%d %H:%M:%S")
_QUOTED = ("=", "+", "-", "@")
_DASHES = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell (or, with row 0, with the file): where it is, and words that say what to do."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that a spreadsheet would work out."""

    text: str


class BadSheet(Exception):
    """The file is no table that can be read; the words say why."""


@dataclass
class Sheet:
    """The rows below the headings. `columns`: where each wanted column is, by name; rows keep their own numbers.

    `heading_row` is the number of the row of headings itself.
    """

    columns: dict[str, int]
    headings: dict[str, str]
    rows: list[tuple[int, list[Any]]]
    heading_row: int = 1
    problems: list[Problem] = field(default_factory=list)
    unread: dict[int, str] = field(default_factory=dict)
    """Headings of columns that are not read, by their place."""
    again: dict[int, str] = field(default_factory=dict)
    """Of those, the ones that mean a column which stands before them: that column's name."""

    def cell(self, row: Sequence[Any], name: str) -> Any:
        """A cell of a row by the name of its column; None where the file has no such column."""
        at = self.columns.get(name)
        return row[at] if at is not None and at < len(row) else None

    def place(self, name: str) -> str:
        """A column as people find it, by its letter and heading; "" where the file has none."""
        from openpyxl.utils import get_column_letter  # a tenth of the time that starting takes, for the few that import

        at = self.columns.get(name)
        return f"{get_column_letter(at + 1)} ({self.headings[name]})" if at is not None else ""

    def say(self, row: int, name: str, text: str) -> None:
        """Note a problem with a cell."""
        self.problems.append(Problem(row, self.place(name), text))

    def say_unread(self, at: int, text: str) -> None:
        """Note a problem with a column that is not read, by its letter and heading."""
        from openpyxl.utils import get_column_letter

        self.problems.append(Problem(self.heading_row, f"{get_column_letter(at + 1)} ({self.unread[at]})", text))

    def words(self, row: int, cells: Sequence[Any], name: str, what: str, longest: int = 200) -> str:
        """Text of a cell; "" with a problem noted where it is empty, too long or a formula."""
        value = self.cell(cells, name)
        if isinstance(value, Formula):
            self.say(row, name, f"This is a formula ({value.text[:40]}): put its value there")
            return ""
        text = " ".join(_text(value).split())
        if text[:1] == "'" and text[1:2] in _QUOTED:
            text = text[1:]  # as our own downloads write what a spreadsheet would run
        if not text:
            self.say(row, name, f"{what} is missing")
        elif len(text) > longest:
            self.say(row, name, f"{what} is longer than {longest} characters")
            return ""
        return text

    def optional(self, row: int, cells: Sequence[Any], name: str, what: str, longest: int = 200) -> str:
        """Text of a cell that may be empty."""
        return "" if self.is_empty(cells, name) else self.words(row, cells, name, what, longest)

    def yes(self, row: int, cells: Sequence[Any], name: str) -> bool:
        """Whether a cell says yes; an empty one says no. With a problem noted where it says neither."""
        value = self.cell(cells, name)
        text = "" if value is None else _text(value).strip().lower()
        if text not in YES and text not in NO:
            self.say(row, name, f"“{text[:20]}” is neither yes nor no")
        return text in YES

    def coded(self, row: int, cells: Sequence[Any], name: str, what: str, words: Mapping[str, str]) -> str:
        """The code whose words (whole, or before their colon) stand in a cell; "" with a problem noted."""
        text = self.words(row, cells, name, what)
        if not text:
            return ""
        by_words = {w.lower(): code for code, w in words.items()} | {code: code for code in words}
        by_words |= {w.partition(":")[0].lower(): code for code, w in words.items()}
        if text.lower() not in by_words:
            self.say(row, name, f"“{text[:40]}” is none of: {'; '.join(words.values())}")
        return by_words.get(text.lower(), "")

    def pence(self, row: int, cells: Sequence[Any], name: str, what: str, *, empty: int | None = None) -> int | None:
        """Exact pence of a cell in pounds; None with a problem noted. `empty`: what an empty cell means."""
        if self.is_empty(cells, name):
            if empty is None:
                self.say(row, name, f"{what} is missing: enter 0 if it is nothing")
            return empty
        try:
            return to_pence(self.cell(cells, name))
        except ValueError as error:
            self.say(row, name, str(error))
            return None

    def is_empty(self, cells: Sequence[Any], name: str) -> bool:
        """Whether a cell holds nothing, or its column is not there."""
        value = self.cell(cells, name)
        return value is None or (isinstance(value, str) and not value.strip())

    def day(self, row: int, cells: Sequence[Any], name: str, what: str) -> date | None:
        """A day of a cell; None with a problem noted where it is empty or no day."""
        if self.is_empty(cells, name):
            self.say(row, name, f"{what} is missing")
            return None
        try:
            return to_day(self.cell(cells, name))
        except ValueError as error:
            self.say(row, name, str(error))
            return None

    def whole(self, row: int, cells: Sequence[Any], name: str) -> int | None:
        """A whole number from 0 of a cell, an empty one being 0; None with a problem noted."""
        value = self.cell(cells, name)
        text = _text(value).strip()
        if not text:
            return 0
        if isinstance(value, Formula):
            self.say(row, name, f"This is a formula ({text[:40]}): put its value there")
            return None
        if text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        self.say(row, name, f"“{text[:40]}” is not a whole number")
        return None


def read_sheet(
    content: bytes, file_name: str, wanted: Mapping[str, Sequence[str]], needed: Sequence[str],
    once: Collection[str] = (),
) -> Sheet:  # fmt: skip
    """The table in a file. `wanted`: headings by column name, matched loosely; `needed`: columns that must be there.

    A second column that means one of `once` is a problem: which of the two counts, nobody can know. Raises BadSheet.
    """
    ending = file_name.rpartition(".")[2].lower()
    if not content:
        raise BadSheet("The file is empty: choose another one")
    if len(content) > MAX_BYTES:
        raise BadSheet(f"The file must be {MAX_BYTES / 1_000_000:g} MB or smaller")
    if ending == "xls":
        raise BadSheet("This is a sheet of an old format (XLS): save it as XLSX or CSV")
    if ending not in ("csv", "xlsx", "txt"):
        raise BadSheet("The file must be a CSV or XLSX file")
    rows = list(_excel(content) if ending == "xlsx" else _csv(content))
    if len(rows) > MAX_ROWS:
        raise BadSheet(f"The file has more than {MAX_ROWS:,} rows")
    return _table(rows, wanted, needed, once)


def _csv(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    if b"\x00" in content:
        raise BadSheet("This is not a CSV file: save the sheet as CSV (UTF-8) or XLSX")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = next((line for line in text.splitlines() if line.strip(" ,;\t")), "")
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(100_000)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
            cells: list[Any] = [Formula(c) if c.lstrip().startswith("=") else c for c in row[:MAX_COLUMNS]]
            yield number, cells
    except csv.Error:
        raise BadSheet("The file cannot be read as CSV: save the sheet as CSV (UTF-8) or XLSX") from None


def _excel(content: bytes) -> Iterator[tuple[int, list[Any]]]:
    """Cells of the first sheet. A file that would unpack to very much is refused before it is opened."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    bad = "The file cannot be read as Excel: open it, save it as XLSX without a password, and send it again"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BadSheet("The file holds too much: keep the one sheet, without pictures")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 1), 1):
            yield number, [Formula(str(c.value)) if c.data_type == "f" else c.value for c in row]
        book.close()
    except BadSheet:
        raise
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        OSError,
        SyntaxError,
        TypeError,
    ):
        raise BadSheet(bad) from None


def _table(
    rows: Sequence[tuple[int, list[Any]]], wanted: Mapping[str, Sequence[str]], needed: Sequence[str],
    once: Collection[str],
) -> Sheet:  # fmt: skip
    best: dict[str, int] = {}
    for at, (number, cells) in enumerate(rows[:HEADING_ROWS]):
        found, unread, again = _headings(cells, wanted)
        if set(needed) <= found.keys():
            headings = {name: _heading(cells[i]) for name, i in found.items()}
            below = [(n, c) for n, c in rows[at + 1 :] if any(_text(v).strip() for v in c)]
            if not below:
                raise BadSheet("There is nothing below the headings")
            sheet = Sheet(found, headings, below, number, unread={i: _heading(cells[i]) for i in unread}, again=again)
            for i, name in again.items():
                if name in once:
                    sheet.say_unread(i, f"This stands in column {sheet.place(name)} already: keep one of the two")
            return sheet
        best = found if len(found) > len(best) else best
    missing = [wanted[name][0] for name in needed if name not in best]
    raise BadSheet(f"There is no heading for: {', '.join(missing)}. The template has every heading")


def _headings(
    cells: Sequence[Any], wanted: Mapping[str, Sequence[str]]
) -> tuple[dict[str, int], list[int], dict[int, str]]:
    """Where each wanted column is, which columns have another heading, and which of those mean one that was there."""
    names = {_plain(alias): name for name, aliases in wanted.items() for alias in aliases}
    found: dict[str, int] = {}
    again: dict[int, str] = {}
    unread = []
    for at, cell in enumerate(cells):
        text = _plain(_heading(cell))
        if text in names and names[text] not in found:
            found[names[text]] = at
        elif text:
            unread.append(at)
            if text in names:
                again[at] = names[text]
    return found, unread, again


def _heading(cell: Any) -> str:
    """The words of a heading. A spreadsheet turns "April 2026" into a day: it is that month again here."""
    return f"{cell:%B %Y}" if isinstance(cell, date) else " ".join(_text(cell).split())[:40]


def _plain(text: str) -> str:
    """A heading without what people vary: capitals, spaces, signs, the currency."""
    return re.sub(r"[^a-z0-9]", "", text.lower().replace("(£)", "").replace("gbp", ""))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def to_day(value: Any) -> date:
    """A cell as a day: a date of a spreadsheet, 2027-03-31, 31/03/2027 (the day first), 31 March 2027 or 31 Mar 2027.

    Raises ValueError in words.
    """
    if isinstance(value, Formula):
        raise ValueError(f"This is a formula ({value.text[:40]}): put its value there")
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = " ".join(_text(value).replace(",", " ").split())
    for form in _DAYS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"“{text[:40]}” is not a day, like 31/03/2027")


def to_pence(value: Any) -> int:
    """A cell in pounds as whole pence: 1,250.50, £1,250.50, -5, (1,250.50) and 5- are taken, nothing is rounded away.

    A number of a spreadsheet is binary: what differs from whole pence by less than a thousandth of one is that whole.
    Raises ValueError in words.
    """
    if isinstance(value, Formula):
        raise ValueError(f"This is a formula ({value.text[:40]}): put its value there")
    if isinstance(value, bool):
        raise ValueError("This is yes or no, not an amount in pounds")
    if isinstance(value, int | float | Decimal):
        return _number(value)
    if not isinstance(value, str):
        raise ValueError(f"“{_text(value)[:40]}” is not an amount in pounds")
    text = value.translate(_DASHES).strip()
    in_brackets = text.startswith("(") and text.endswith(")")
    bare = (text[1:-1] if in_brackets else text).replace(" ", "").replace("£-", "-£")
    found = _AMOUNT.fullmatch(bare)
    if not found or (in_brackets and "-" in bare) or (found[1] and found[4]):
        raise ValueError(f"“{value.strip()[:40]}” is not an amount in pounds, like 1,250.50 or (1,250.50)")
    sign, whole, part = found[1] or found[4], found[2].replace(",", ""), found[3] or ""
    if len(part) > 2 and part[2:].strip("0"):
        raise ValueError(f"“{value.strip()[:40]}” has more than 2 figures for pence")
    pence = int(whole[:16]) * 100 + int(part[:2].ljust(2, "0"))
    if len(whole) > 15 or pence > MOST_PENCE:
        raise ValueError("This is more than £100,000 million: a figure too many?")
    return -pence if sign or in_brackets else pence


def _number(value: float | Decimal) -> int:
    try:
        exact = Decimal(repr(value)) * 100 if isinstance(value, float) else Decimal(value) * 100
    except InvalidOperation:
        raise ValueError("This is not a number") from None
    if not exact.is_finite():
        raise ValueError("This is not a number")
    if abs(exact) > MOST_PENCE:
        raise ValueError("This is more than £100,000 million: a figure too many?")
    whole = exact.to_integral_value()
    if abs(exact - whole) >= Decimal("0.001"):
        raise ValueError(f"{value} has more than 2 figures for pence")
    return int(whole)
