"""The return as a spreadsheet: out, filled in, in again; every bad cell named, all or nothing."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from commissioning.casework.errors import Forbidden
from commissioning.models.monitoring import Return, ReturnAction, ReturnRisk
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.sheet import BadCells, BadSheet, take_sheet, write_sheet
from tests.support.returns import Month, open_return, rows_of


def book_of(month: Month) -> Any:
    """The sheet as it is taken."""
    return load_workbook(io.BytesIO(month.town.read(lambda s: write_sheet(s, s.get_one(Return, month.id)))))


def send(month: Month, book: Any, who: str = "heidi") -> int:
    """Send a sheet back; how many rows changed something."""
    out = io.BytesIO()
    book.save(out)
    return int(month.town.run(who, take_sheet, month.id, out.getvalue(), "return.xlsx"))


def put(book: Any, code: str, **values: Any) -> None:
    """Write into the row of a code: value, reason, method, comment."""
    columns = {"value": 6, "reason": 7, "method": 8, "comment": 9}
    row = next(r for r in book.active.iter_rows() if r[1].value == code)
    for name, value in values.items():
        book.active.cell(row[0].row, columns[name], value)


def test_out_and_in_gives_what_the_pages_give(month: Month) -> None:
    month.release()
    book = book_of(month)
    put(book, "A1", value=80.5, comment="=Flu")
    book.active["I3"].data_type = "s"
    put(book, "A2", reason="The survey is out in June")
    put(book, "staff", method="Your own figure", value=590_000.5, reason="One post stays empty")
    put(book, "posts", value=20)
    put(book, "filled", value=18.5, comment="One vacancy")
    assert send(month, book) == 4
    first, second = rows_of(month.town, month.id)
    assert (first.actual_thousandths, first.rag, first.commentary) == (80_500, "amber", "=Flu")
    assert second.not_available == "The survey is out in June"
    assert (month.get().establishment_hundredths, month.get().in_post_hundredths) == (2_000, 1_850)
    assert send(month, book_of(month)) == 0, "taken and sent back as it is, it changes nothing"
    assert book_of(month).active["I3"].data_type == "s", "a comment that looks like a formula stays a text"


def risks(month: Month) -> list[tuple[str, str, str]]:
    query = select(ReturnRisk).where(ReturnRisk.return_id == month.id).order_by(ReturnRisk.position)
    return [(r.text, r.rag, r.mitigation) for r in month.town.read(lambda s: s.scalars(query).all())]


def write_risk(book: Any, nth: int, text: str | None, rag: str | None, done: str | None = None) -> None:
    """Write into the nth row of a risk, those that are there first, then that there is none, then the spare ones."""
    row = [r for r in book.active.iter_rows() if r[0].value == "Risk"][nth][0].row
    for column, value in ((3, text), (6, rag), (9, done)):
        book.active.cell(row, column).value = value


def test_risks_go_out_and_come_in_again(month: Month) -> None:
    """New in a spare row, changed, taken out when emptied; then that there is none. The same checks as on the page."""
    book = book_of(month)
    write_risk(book, 1, "Two posts stay empty", "red", "Agency staff until May")
    write_risk(book, 3, "The van fails", "Green")
    assert send(month, book) == 2
    assert risks(month) == [("Two posts stay empty", "red", "Agency staff until May"), ("The van fails", "green", "")]
    assert send(month, book_of(month)) == 0, "taken and sent back as it is, it changes nothing"
    book = book_of(month)
    write_risk(book, 0, "Two posts stay empty", "Amber", "One is filled")
    write_risk(book, 1, None, None)
    late = book_of(month)
    assert send(month, book) == 2
    assert risks(month) == [("Two posts stay empty", "amber", "One is filled")]
    write_risk(late, 0, "Three posts", "Red")
    with pytest.raises(BadCells, match="cells"):
        send(month, late)
    book = book_of(month)
    write_risk(book, 0, None, None)
    write_risk(book, 1, "No risks to report: write yes", "yes")
    put(book, "posts", value=20)
    put(book, "filled", value=19)
    assert send(month, book) == 3
    assert (risks(month), month.get().no_risks, month.get().in_post_hundredths) == ([], True, 1_900)


@pytest.mark.parametrize(
    ("nth", "text", "rag", "said"),
    [
        (1, "A risk", "purple", "Select how serious it is"),
        (1, None, "Red", "Enter the risk"),
        (1, "=A1", "Red", "This is a formula"),
        (0, "No risks", "perhaps", "neither yes nor no"),
    ],
)
def test_a_bad_risk_is_named_and_nothing_is_stored(
    month: Month, nth: int, text: str | None, rag: str, said: str
) -> None:
    book = book_of(month)
    put(book, "A2", value=95)
    write_risk(book, nth, text, rag)
    with pytest.raises(BadCells) as refused:
        send(month, book)
    assert any(said in p.text and p.row > 1 for p in refused.value.problems), refused.value.problems
    assert (risks(month), rows_of(month.town, month.id)[1].actual_thousandths) == ([], None)


def test_how_an_action_stands_comes_in_by_the_sheet(month: Month) -> None:
    month.release(staff=6_000_000)
    owner = month.town.people["helper"]
    month.town.run("heidi", commands_said.add_recovery, month.id, "Freeze overtime", owner, date(2026, 9, 1))
    book, late = book_of(month), book_of(month)
    row = next(r for r in book.active.iter_rows() if r[0].value == "Action")
    assert (row[2].value, row[3].value) == ("Freeze overtime", "by 1 September 2026")
    for page, words in ((book, "Begun on Monday"), (late, "Not begun")):
        page.active.cell(row[0].row, 9, words)
    assert send(month, book) == 1
    query = select(ReturnAction.progress).where(ReturnAction.return_id == month.id)
    assert month.town.read(lambda s: s.scalars(query).one()) == "Begun on Monday"
    with pytest.raises(BadCells) as refused:
        send(month, late)
    assert "Somebody changed this" in refused.value.problems[0].text


@pytest.mark.parametrize(
    ("code", "values", "said"),
    [
        ("A1", {"value": "ninety"}, "“ninety” is not a number"),
        ("A1", {"value": 1.2345}, "more than 3 decimals"),
        ("A1", {"value": "=1+1"}, "This is a formula"),
        ("staff", {"method": "Guess"}, "Select how the year is forecast"),
        ("staff", {"method": "Your own figure", "value": 5.005, "reason": "x"}, "more than 2 figures for pence"),
        ("staff", {"method": "Your own figure", "value": 5}, "Enter the reason for your own figure"),
        ("staff", {"method": "By last year’s share"}, "Last year is not known"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_stored(month: Month, code: str, values: Any, said: str) -> None:
    month.release()
    book = book_of(month)
    put(book, "A2", value=95)
    put(book, code, **values)
    with pytest.raises(BadCells) as refused:
        send(month, book)
    assert any(said in p.text and p.row > 1 and p.column for p in refused.value.problems), refused.value.problems
    assert [r.actual_thousandths for r in rows_of(month.town, month.id)] == [None, None]
    assert month.town.state(month.id) == "open"


def test_a_row_that_changed_meanwhile_is_refused(month: Month) -> None:
    book = book_of(month)
    row = rows_of(month.town, month.id)[0]
    month.town.run("heidi", commands.save_outcome, month.id, row.id, commands.OutcomeAnswer(90_000))
    put(book, "A1", value=95)
    with pytest.raises(BadCells) as refused:
        send(month, book)
    assert "Somebody changed this" in refused.value.problems[0].text


def test_last_months_sheet_is_not_taken_for_this_month(month: Month) -> None:
    """Its codes and versions are the same, so only the row that names its return tells the two apart."""
    april = book_of(month)
    put(april, "A1", value=95)
    month.town.at(date(2026, 6, 1))
    may = open_return(month.town, month.unit, date(2026, 5, 1))
    nameless = load_workbook(io.BytesIO(month.town.read(lambda s: write_sheet(s, s.get_one(Return, may)))))
    nameless.active.delete_rows(2)
    for book, said in ((april, "This sheet is of another return (Return of Attendance, April 2026)"),
                       (nameless, "does not say which return it is of")):  # fmt: skip
        out = io.BytesIO()
        book.save(out)
        with pytest.raises(BadCells) as refused:
            month.town.run("heidi", take_sheet, may, out.getvalue(), "return.xlsx")
        assert said in refused.value.problems[0].text
    assert [r.actual_thousandths for r in rows_of(month.town, may)] == [None, None]


def test_another_sheet_and_another_person_are_refused(month: Month) -> None:
    with pytest.raises(BadSheet):
        send(month, Workbook())
    for who in ("hugo", "leo"):
        with pytest.raises(Forbidden):
            send(month, book_of(month), who)
