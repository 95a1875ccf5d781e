"""A return as a spreadsheet, out and in again: the same commands, the same checks, a message for every bad cell.

All or nothing. Rows that were not changed are left alone; one that somebody else changed meanwhile is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.audit import sha256
from commissioning.casework.errors import Forbidden, NotFound, Refused
from commissioning.casework.keys import claim
from commissioning.casework.locks import parties_of
from commissioning.models.cases import Case
from commissioning.models.monitoring import Return
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from commissioning.monitoring import commands, queries, tasks
from commissioning.monitoring.sheet_said import NONE, RowTaker, said_rows
from commissioning.policy import ACTIONS, identity_for
from workflows.registry import Refusal

HEADINGS = {
    "part": ("Part",),
    "code": ("Code",),
    "name": ("What it is",),
    "target": ("Target or budget",),
    "before": ("Last month",),
    "value": ("Value or own forecast",),
    "reason": ("Reason",),
    "method": ("Forecast method",),
    "comment": ("Comment",),
    "version": ("Version",),
}
NEEDED = ("part", "code", "name", "value", "reason", "method", "comment", "version")
RETURN = "Return"
"""The part of the row that says which return the sheet is of: last month’s sheet is not taken for this month."""
_METHODS = {words.lower(): code for code, words in labels.METHODS.items()}
_DECIMAL = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.([0-9]+))?")


class BadCells(Refused):
    """Cells that cannot be taken; nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} cells cannot be taken")
        self.problems = list(problems)


def write_sheet(session: Session, found: Return) -> bytes:
    """The return as it stands, as an Excel file with one table."""
    from openpyxl import Workbook  # when it is wanted: starting need not wait for it
    from openpyxl.styles import Font

    sheet = queries.get_sheet(session, found)
    book = Workbook()
    page = book.active
    assert page is not None  # a new book has a page
    page.title = "Return"
    page.append([words[0] for words in HEADINGS.values()])
    rows: list[tuple[Any, ...]] = [(RETURN, found.case.reference, found.case.title, *[""] * 7)]
    rows += [_outcome_row(o) for o in sheet.outcomes]
    rows += [_line_row(line) for line in sheet.money.lines]
    for code, name, value, comment in (
        ("posts", "Posts (full-time equivalent)", found.establishment_hundredths, ""),
        ("filled", "Filled (full-time equivalent)", found.in_post_hundredths, found.vacancies_note),
    ):
        number = None if value is None else value / 100
        rows.append(("Headcount", code, name, "", "", number, "", "", comment, found.version))
    rows += said_rows(sheet)
    for row in rows:
        page.append(row)
    for cells in page.iter_rows():
        for cell in cells:
            cell.font = Font(bold=cell.row == 1)
            if isinstance(cell.value, str):
                cell.data_type = "s"  # what begins with = is a text of ours, never a formula
    for letter, width in zip("ABCDEFGHIJ", (12, 10, 50, 16, 14, 20, 40, 22, 60, 9), strict=True):
        page.column_dimensions[letter].width = width
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _outcome_row(o: queries.OutcomeRow) -> tuple[Any, ...]:
    row, spec = o.row, o.spec
    actual = None if row.actual_thousandths is None else row.actual_thousandths / 1000
    target = tasks.figure(spec.target_thousandths, spec.measured_in)
    before = tasks.figure(row.earlier_thousandths)
    return ("Outcome", spec.code, f"{spec.statement} ({spec.measure})", target, before, actual, row.not_available, "",
            row.commentary, row.version)  # fmt: skip


def _line_row(line: Any) -> tuple[Any, ...]:
    own = line.forecast / 100 if line.method == "own" else None
    before = "" if line.earlier_forecast is None else line.earlier_forecast / 100
    return ("Money", line.code, line.name, line.budget / 100, before, own, line.own_reason,
            labels.METHODS[line.method], line.commentary, line.version)  # fmt: skip


def take_sheet(
    session: Session, actor: Actor, return_id: int, content: bytes, file_name: str, *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Take answers from a filled-in sheet; how many rows changed something. Raises BadCells, BadSheet, NotFound."""
    claimed = claim(session, actor, key, f"{return_id}/sheet", sha256(content.hex()), now)
    if claimed.is_replay:
        return 0
    found = session.get(Return, return_id)
    if found is None:
        raise NotFound
    case = session.get_one(Case, return_id)
    rule = ACTIONS["return.answer"]
    refusal = identity_for(actor, "return.answer", rule.by, parties_of(session, [return_id])[return_id], case.scope)
    if isinstance(refusal, Refusal):
        raise Forbidden([refusal])
    table = read_sheet(content, file_name, HEADINGS, NEEDED, once=NEEDED)
    _check_return(table, case)
    taker = _Taker(session, actor, queries.get_sheet(session, found), table, now)
    for number, cells in table.rows:
        taker.take(number, cells)
    taker.take_headcount()
    taker.take_no_risks()
    if table.problems:
        raise BadCells(table.problems)
    return taker.changed


def _check_return(table: Sheet, case: Case) -> None:
    """The sheet is of this return: of this unit and month. Raises BadCells."""
    named = [(n, cells) for n, cells in table.rows if str(table.cell(cells, "part") or "").strip() == RETURN]
    if not named:
        raise BadCells([Problem(0, "", "The sheet does not say which return it is of: take the sheet anew")])
    for number, cells in named:
        if str(table.cell(cells, "code") or "").strip() != case.reference:
            whose = str(table.cell(cells, "name") or "")[:80]
            table.say(number, "code", f"This sheet is of another return ({whose}): take the sheet of {case.title}")
            raise BadCells(table.problems)
    table.rows = [row for row in table.rows if row not in named]


class _Taker(RowTaker):
    """One sheet being taken: finds what each row is about."""

    def __init__(self, session: Session, actor: Actor, sheet: queries.Sheet, table: Sheet, now: datetime) -> None:
        super().__init__(session, actor, sheet, table, now)
        self.outcomes = {o.spec.code: o for o in sheet.outcomes}
        self.lines = {line.code: line for line in sheet.money.lines}
        self.counts: dict[str, tuple[int, Sequence[Any], int]] = {}

    def take(self, number: int, cells: Sequence[Any]) -> None:
        """One row."""
        part, code = self.text(number, cells, "part").lower(), self.text(number, cells, "code")
        if part == "outcome" and code in self.outcomes:
            self._outcome(number, cells, self.outcomes[code])
        elif part == "money" and code in self.lines:
            self._line(number, cells, self.lines[code])
        elif part == "headcount" and code in ("posts", "filled"):
            value = self._number(number, cells, 2)
            if value is not None:
                self.counts[code] = (number, cells, value)
        elif part == "risk" and code in ("", NONE, *self.risks):
            self.risk(number, cells, code)
        elif part == "action" and code in self.actions:
            self.action(number, cells, code)
        else:
            self.table.say(number, "code", f"“{code[:40]}” is not in this return: take the sheet anew")

    def _outcome(self, number: int, cells: Sequence[Any], o: queries.OutcomeRow) -> None:
        row = o.row
        new = commands.OutcomeAnswer(
            self._number(number, cells, 3), self.text(number, cells, "reason"), self.text(number, cells, "comment")
        )
        same = (row.actual_thousandths, row.not_available, row.commentary)
        if (new.actual_thousandths, new.not_available, new.commentary) != same:
            self.run(number, commands.save_outcome, row.id, new, seen=self.seen(number, cells))

    def _line(self, number: int, cells: Sequence[Any], line: Any) -> None:
        words = self.text(number, cells, "method")
        method = _METHODS.get(words.lower(), "")
        own = None
        if method == "own":
            own = self.table.pence(number, cells, "value", "Your own forecast")
        new = commands.LineAnswer(method, own, self.text(number, cells, "reason"), self.text(number, cells, "comment"))
        same = (line.method, line.forecast if line.method == "own" else None, line.own_reason, line.commentary)
        if (new.method, new.own_pence, new.own_reason, new.commentary) != same:
            self.run(number, commands.save_line, line.line_id, new, seen=self.seen(number, cells))

    def take_headcount(self) -> None:
        """Both rows of the headcount together, where both are filled in."""
        if len(self.counts) < 2:
            return
        (_, _, posts), (number, cells, filled) = self.counts["posts"], self.counts["filled"]
        note, found = self.text(number, cells, "comment"), self.found
        if (posts, filled, note) != (found.establishment_hundredths, found.in_post_hundredths, found.vacancies_note):
            self.run(number, commands.save_headcount, posts, filled, note, seen=self.seen(number, cells))

    def _number(self, number: int, cells: Sequence[Any], places: int) -> int | None:
        text = self.text(number, cells, "value").translate({0x2212: "-"}).removesuffix("%").strip()
        if not text:
            return None
        found = _DECIMAL.fullmatch(text)
        if not found:
            self.table.say(number, "value", f"“{text[:40]}” is not a number, like 95.5")
            return None
        sign, whole, rest = found[1], found[2].replace(",", ""), found[3] or ""
        if len(rest) > places:
            self.table.say(number, "value", f"{text[:40]} has more than {places} decimals")
            return None
        parts: int = int(whole) * 10**places + int(rest.ljust(places, "0") or 0)
        return -parts if sign else parts


__all__ = ["BadCells", "BadSheet", "take_sheet", "write_sheet"]
