"""Importing budgets and actuals: every bad cell by row and column, all or nothing, once, released when totals agree."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook
from sqlalchemy import func, select

from commissioning.casework.errors import Forbidden, NotFound, NotNow
from commissioning.models.cases import Event
from commissioning.models.money import BudgetLine, BudgetYear, LedgerImport, LedgerLine, Period
from commissioning.models.units import Unit
from commissioning.money.actuals import Ledger, check_actuals, import_actuals, list_months, release_period
from commissioning.money.allocations import get_fixed_costs
from commissioning.money.arithmetic import profile_of
from commissioning.money.budgets import check_budgets, import_budgets
from commissioning.money.import_commands import Installation, import_group
from commissioning.money.imports import BadImport, Checked, Upload
from tests.support.units import Town

APRIL = date(2026, 4, 1)
MAY_5 = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
BUDGETS = """Budgets 2026/27,,,,
,,,,
Business Unit,Code,Line,Annual budget (£),Fixed costs
Attendance,4000,Salaries,"1,000,000",yes
attendance,9000,Income,"(20,000.00)",
Study Centre,4000,Salaries,500000.50,No
"""
ACTUALS = """Unit,Line code,Line name,Actual to date,This month,Commitment
Attendance,4000,Salaries,"83,333.33","83,333.33","1,000"
Attendance,9000,Income,"(1,500.50)",-1500.50,
Study Centre,4000,Salaries,£40000,40000.00,0
"""
TOTAL = 8_333_333 - 150_050 + 4_000_000


@pytest.fixture
def world(town: Town) -> tuple[Town, int]:
    """Two units, an open year, its budget lines; it is the fifth of May."""
    one, two, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {one: 125_000_000, two: 125_000_000})
    town.now = MAY_5
    town.run("finn", import_budgets, year, Upload("budgets.csv", BUDGETS.encode()))
    return town, year


def ledger(text: str, *, control: int = TOTAL, month: date = APRIL, name: str = "april.csv") -> Ledger:
    return Ledger(month, control, Upload(name, text.encode()))


def check(town: Town, year: int, found: Ledger) -> Checked:
    checked: Checked = town.read(lambda s: check_actuals(s, s.get_one(BudgetYear, year), found, town.now.date()))
    return checked


def said(checked: Checked) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.text) for p in checked.problems]


def count(town: Town, table: Any) -> int:
    return int(town.read(lambda s: s.scalar(select(func.count()).select_from(table))))


def test_budget_lines_come_from_a_sheet_with_loose_headings(world: tuple[Town, int]) -> None:
    """Headings below a title, names in any capitals, brackets for income, fixed costs (BR-25), once."""
    town, year = world
    rows = town.read(lambda s: s.scalars(select(BudgetLine).order_by(BudgetLine.position)).all())
    assert [(r.code, r.budget_pence, r.is_fixed_cost) for r in rows] == [
        ("4000", 100_000_000, True), ("9000", -2_000_000, False), ("4000", 50_000_050, False),
    ]  # fmt: skip
    assert sum(profile_of(rows[2].budget_pence, rows[2].profile)) == 50_000_050
    fixed = town.read(lambda s: get_fixed_costs(s, year))
    assert (fixed.fixed, fixed.budget, fixed.percent) == (100_000_000, 150_000_050, "66.7 %")
    before = count(town, Event)
    again = town.run("finn", import_budgets, year, Upload("again.csv", BUDGETS.encode()))
    assert (again.new, again.changed, again.same) == ([], [], 3)
    assert count(town, Event) == before
    dearer = BUDGETS.replace("500000.50", "600000.50")
    changed = town.run("finn", import_budgets, year, Upload("more.csv", dearer.encode()))
    assert changed.changed == ["Study Centre, 4000 Salaries: £500,000.50 becomes £600,000.50"]


def test_a_profile_has_twelve_months_that_come_to_the_budget(world: tuple[Town, int]) -> None:
    town, year = world
    months = "April,May,Jun,July,Aug,Sept,Oct,Nov,Dec,Jan,Feb,March 2027".replace("Sept", "Sep")
    head = f"Unit,Line code,Line name,Budget,{months}\n"
    good = head + "Attendance,4001,Supplies,120.00," + ",".join(["10"] * 12)

    def problems(text: str) -> list[tuple[int, str, str]]:
        return said(town.read(lambda s: check_budgets(s, s.get_one(BudgetYear, year), Upload("b.csv", text.encode()))))

    assert problems(good) == []
    town.run("finn", import_budgets, year, Upload("b.csv", good.encode()))
    row = town.read(lambda s: s.scalars(select(BudgetLine).where(BudgetLine.code == "4001")).one())
    assert profile_of(row.budget_pence, row.profile) == [1000] * 12
    assert problems(good.replace("120.00", "120.01")) == [
        (2, "D (Budget)", "The twelve months come to £120, the budget is £120.01")
    ]
    short = head + "Attendance,4001,Supplies,120.00," + ",".join(["10"] * 11)
    assert problems(short) == [(2, "P (March 2027)", "Give an amount for each of the twelve months, or for none")]


def test_the_sheet_of_another_year_is_refused_by_its_months(world: tuple[Town, int]) -> None:
    """Its profile would be lost without a word. What else is not read is said; a heading may be a spreadsheet's day."""
    town, year = world
    months = [date(2026 + (n > 8), 4 + n - 12 * (n > 8), 1) for n in range(12)]
    named = ["Unit", "Code", "Line", "Budget"]
    row = ["Attendance", "4001", "Supplies", 120, *[10] * 12, "n/a"]

    def look(headings: list[Any]) -> Checked:
        upload = Upload("b.xlsx", excel(["Budgets"], [*named, *headings, "Notes"], row))
        checked: Checked = town.read(lambda s: check_budgets(s, s.get_one(BudgetYear, year), upload))
        return checked

    days: list[Any] = [datetime(m.year, m.month, 1) for m in months]  # noqa: DTZ001 (as a spreadsheet gives them)
    for headings in (days, [f"{m:%b-%y}" for m in months], [f"{m:%B %Y}" for m in months]):
        good = look(headings)
        assert (said(good), good.unread, len(good.new)) == ([], ["Notes"], 1), headings
    last_year = look([f"{m:%B} {m.year - 1}" for m in months])
    assert len(said(last_year)) == 12
    assert said(last_year)[0] == (
        2, "E (April 2025)", "This is not a month of 2026/27: is it the sheet of another year?"
    )  # fmt: skip


def test_a_month_that_stands_twice_is_refused(world: tuple[Town, int]) -> None:
    """BR-21: under the same heading or another word for it; and so is a column of amounts of the ledger."""
    town, year = world
    months = "April,May,June,July,August,September,October,November,December,January,February,March"
    row = "Attendance,4001,Supplies,120," + ",".join(["10"] * 12)

    def look(more: str) -> list[tuple[int, str, str]]:
        text = f"Unit,Line code,Line name,Budget,{months},{more}\n{row},999\n"
        return said(town.read(lambda s: check_budgets(s, s.get_one(BudgetYear, year), Upload("b.csv", text.encode()))))

    words = "This stands in column E (April) already: keep one of the two"
    for again in ("April", "Month 1", "April 2026"):
        assert look(again) == [(1, f"Q ({again})", words)], again
    assert look("Service") == [], "another word for the unit is a column that is not read"
    double = ACTUALS.replace("Commitment", "In month")
    with pytest.raises(BadImport) as refused:
        town.run("finn", import_actuals, year, ledger(double))
    words = "This stands in column E (This month) already: keep one of the two"
    assert [(p.row, p.column, p.text) for p in refused.value.problems] == [(1, "F (In month)", words)]
    assert count(town, LedgerImport) == 0


def test_a_unit_that_ended_before_the_year_has_no_money_in_it(world: tuple[Town, int]) -> None:
    """Its name is still known, so the sheet says why, and not that there is no such unit."""
    town, year = world
    gone = town.unit("Sports", head="head_two")
    town.step("carla", gone, "end", reason="Its work went elsewhere")
    town.write(lambda s: setattr(s.get_one(Unit, gone), "to_on", date(2026, 3, 31)))
    text = BUDGETS + "Sports,4000,Salaries,1,no\n"
    found = town.read(lambda s: check_budgets(s, s.get_one(BudgetYear, year), Upload("b.csv", text.encode())))
    words = "Sports ended on 31 March 2026: it has no money in 2026/27"
    assert said(found) == [(7, "A (Business Unit)", words)]
    assert said(check(town, year, ledger(ACTUALS + "Sports,4000,x,1,1,\n"))) == [(5, "A (Unit)", words)]


def test_the_file_of_one_month_is_not_taken_for_another(world: tuple[Town, int]) -> None:
    town, year = world
    town.run("finn", import_actuals, year, ledger(ACTUALS))
    words = "This very file was imported for April 2026: choose the file of May 2026"
    assert said(check(town, year, ledger(ACTUALS, month=date(2026, 5, 1)))) == [(0, "", words)]


def test_a_look_stores_nothing_and_says_what_would_change(world: tuple[Town, int]) -> None:
    town, year = world
    before = count(town, Event)
    checked = check(town, year, ledger(ACTUALS))
    assert (said(checked), checked.total_pence, len(checked.new)) == ([], TOTAL, 3)
    assert checked.new[1] == "Attendance, 9000 Income: -£1,500.50"
    assert (count(town, Event), count(town, LedgerImport), count(town, LedgerLine)) == (before, 0, 0)


def test_actuals_are_stored_once_and_released_when_totals_agree(world: tuple[Town, int]) -> None:
    town, year = world
    town.run("finn", import_actuals, year, ledger(ACTUALS, control=TOTAL + 1))
    rows = town.read(lambda s: s.scalars(select(LedgerLine).order_by(LedgerLine.id)).all())
    assert [(r.actual_pence, r.month_pence, r.commitment_pence) for r in rows] == [
        (8_333_333, 8_333_333, 100_000), (-150_050, -150_050, 0), (4_000_000, 4_000_000, 0),
    ]  # fmt: skip
    with pytest.raises(NotNow, match=r"differs from the ledger’s control total by -£0\.01"):
        town.run("finn", release_period, year, APRIL)
    again = town.run("finn", import_actuals, year, ledger(ACTUALS))
    assert (again.is_known, count(town, LedgerImport), count(town, LedgerLine)) == (True, 1, 3)
    town.run("finn", release_period, year, APRIL)
    town.run("finn", release_period, year, APRIL)
    period = town.read(lambda s: s.scalars(select(Period)).one())
    assert (period.period_on, period.released_by_id) == (APRIL, town.people["finn"])
    assert town.events(year).count("budget_year.period_released") == 1


def test_a_later_file_is_an_import_of_its_own(world: tuple[Town, int]) -> None:
    """What was submitted on the first import stays: its figures are still there, and the month is released anew."""
    town, year = world
    town.run("finn", import_actuals, year, ledger(ACTUALS))
    town.run("finn", release_period, year, APRIL)
    first = town.read(lambda s: s.scalars(select(Period.import_id)).one())
    later = ledger(ACTUALS.replace("£40000", "£41000"), control=TOTAL + 100_000)
    town.now = MAY_5.replace(day=6)
    assert check(town, year, later).changed == ["Study Centre, 4000 Salaries: £40,000 becomes £41,000"]
    town.run("finn", import_actuals, year, later)
    assert town.read(lambda s: s.scalars(select(Period.import_id)).one()) == first
    months = town.read(lambda s: list_months(s, s.get_one(BudgetYear, year), town.now.date()))
    assert [(m.period_on, m.agrees, m.is_released) for m in months] == [
        (date(2026, 5, 1), False, False), (APRIL, True, False),
    ]  # fmt: skip
    town.run("finn", release_period, year, APRIL)
    assert town.read(lambda s: s.scalars(select(Period.import_id)).one()) != first
    assert town.read(lambda s: s.scalar(select(func.sum(LedgerLine.actual_pence)))) == 2 * TOTAL + 100_000


NO_AMOUNT = "is not an amount in pounds, like 1,250.50 or (1,250.50)"
BAD = [
    ("Attendence,4000,x,1,1,", "A (Unit)", "There is no unit called “Attendence”: did you mean “Attendance”?"),
    ("Sports,4000,x,1,1,", "A (Unit)", "There is no unit called “Sports”"),
    (",4000,x,1,1,", "A (Unit)", "Unit is missing"),
    ("Attendance,,x,1,1,", "B (Line code)", "Line code is missing"),
    ("Attendance,5000,x,1,1,", "B (Line code)", "Attendance has no budget line 5000: import the budgets first"),
    ("Attendance,4000,x,lots,1,", "D (Actual to date)", f"“lots” {NO_AMOUNT}"),
    ("Attendance,4000,x,,1,", "D (Actual to date)", "Actual to date is missing: enter 0 if it is nothing"),
    ("Attendance,4000,x,1.005,1,", "D (Actual to date)", "“1.005” has more than 2 figures for pence"),
    ('Attendance,4000,x,"1,00",1,', "D (Actual to date)", f"“1,00” {NO_AMOUNT}"),
    ("Attendance,4000,x,1,=A1+B1,", "E (This month)", "This is a formula (=A1+B1): put its value there"),
    ("=HYPERLINK(1),4000,x,1,1,", "A (Unit)", "This is a formula (=HYPERLINK(1)): put its value there"),
    ("Attendance,4000,x,1,1,9" + "9" * 13, "F (Commitment)", "This is more than £100,000 million: a figure too many?"),
]  # fmt: skip


def test_every_bad_cell_is_named_by_row_and_column_and_nothing_is_stored(world: tuple[Town, int]) -> None:
    town, year = world
    text = ACTUALS + "\n".join(row for row, _, _ in BAD)
    checked = check(town, year, ledger(text))
    assert said(checked) == [(5 + n, column, words) for n, (_, column, words) in enumerate(BAD)]
    with pytest.raises(BadImport) as refused:
        town.run("finn", import_actuals, year, ledger(text))
    assert len(refused.value.problems) == len(BAD)
    assert (count(town, LedgerImport), count(town, LedgerLine)) == (0, 0)


def test_a_line_twice_and_two_units_of_one_name(world: tuple[Town, int]) -> None:
    town, year = world
    twice = ACTUALS + "Attendance,4000,Salaries,1,1,\n"
    assert said(check(town, year, ledger(twice))) == [(5, "B (Line code)", "4000 of this unit stands in row 2 already")]
    town.unit("Study Centre", head="head_two", kind="core")
    assert said(check(town, year, ledger(ACTUALS)))[0][2].startswith("Two units are called “Study Centre”")
    exact = ACTUALS.replace("Study Centre", "Study Centre (business unit)")
    assert said(check(town, year, ledger(exact))) == []


@pytest.mark.parametrize(
    ("month", "words"),
    [
        (date(2026, 3, 1), "March 2026 is not a month of 2026/27"),
        (date(2027, 4, 1), "April 2027 is not a month of 2026/27"),
        (date(2026, 6, 1), "June 2026 has not begun: there are no actuals of it"),
    ],
)
def test_a_month_outside_the_year_or_to_come(world: tuple[Town, int], month: date, words: str) -> None:
    town, year = world
    assert said(check(town, year, ledger(ACTUALS, month=month))) == [(0, "", words)]
    with pytest.raises(BadImport):
        town.run("finn", import_actuals, year, ledger(ACTUALS, month=month))


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "The file is empty"),
        ("a.xls", b"x", "an old format (XLS)"),
        ("a.pdf", b"x", "must be a CSV or XLSX file"),
        ("a.xlsx", b"not a zip", "cannot be read as Excel"),
        ("a.xlsx", b"PK\x03\x04 broken", "cannot be read as Excel"),
        ("a.xlsx", bomb(), "holds too much"),
        ("a.csv", b"\x00\x01", "This is not a CSV file"),
        ("a.csv", b"Unit,Line code\nx,1\n", "There is no heading for: Actual to date, This month"),
        ("a.csv", ACTUALS.splitlines()[0].encode(), "There is nothing below the headings"),
        ("a.csv", b"x" * 2_500_001, "must be 2.5 MB or smaller"),
        ("a.csv", b"a\n" * 20_001, "more than 20,000 rows"),
    ],
    ids=lambda v: v[:20] if isinstance(v, str) else "",
)
def test_a_file_that_is_no_table_says_why(world: tuple[Town, int], name: str, content: bytes, words: str) -> None:
    town, year = world
    (problem,) = said(check(town, year, Ledger(APRIL, 0, Upload(name, content))))
    assert words in problem[2]


def excel(*rows: list[Any]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_excel_numbers_are_exact_and_formulas_refused(world: tuple[Town, int]) -> None:
    """A binary fraction of a spreadsheet becomes the pence that was typed; a formula is not worked out."""
    town, year = world
    head = ["Unit", "Line code", "Line name", "Actual to date", "This month", "Commitments"]
    good = excel(
        ["Ledger, April"], head, ["Attendance", 4000, "Salaries", 0.1 + 0.2, 1_234_567.89, None],
        ["Study Centre", "4000", "Salaries", "(5.25)", -3, 2.5],
    )  # fmt: skip
    made = Ledger(APRIL, 30 - 525, Upload("april.xlsx", good))
    assert said(check(town, year, made)) == []
    town.run("finn", import_actuals, year, made)
    rows = town.read(lambda s: s.scalars(select(LedgerLine).order_by(LedgerLine.id)).all())
    assert [(r.actual_pence, r.month_pence, r.commitment_pence) for r in rows] == [
        (30, 123_456_789, 0),
        (-525, -300, 250),
    ]
    bad = excel(head, ["Attendance", 4000, "x", "=SUM(A1:A2)", True, date(2026, 4, 1)])
    assert said(check(town, year, Ledger(APRIL, 0, Upload("b.xlsx", bad)))) == [
        (2, "D (Actual to date)", "This is a formula (=SUM(A1:A2)): put its value there"),
        (2, "E (This month)", "This is yes or no, not an amount in pounds"),
        (2, "F (Commitments)", "“2026-04-01 00:00:00” is not an amount in pounds"),
    ]


def test_only_finance_imports_and_releases(world: tuple[Town, int]) -> None:
    town, year = world
    for who in ("carla", "heidi", "fay", "audrey"):
        with pytest.raises(Forbidden):
            town.run(who, import_actuals, year, ledger(ACTUALS))
        with pytest.raises(Forbidden):
            town.run(who, import_budgets, year, Upload("b.csv", BUDGETS.encode()))
        with pytest.raises(Forbidden):
            town.run(who, release_period, year, APRIL)
    with pytest.raises(NotFound):
        town.run("finn", release_period, year, APRIL)


@pytest.fixture
def runner(world: tuple[Town, int], tmp_path: Path) -> Callable[..., Any]:
    """Runs `flask import ...` on a file of this text."""

    def run(text: str, *arguments: str) -> Any:
        file = tmp_path / "april.csv"
        file.write_text(text, encoding="utf-8")
        group = import_group(lambda: Installation(world[0].engine, world[0].now))
        common = ["--year", "2026/27", "--as", "finn@example.org"]
        return CliRunner().invoke(group, [arguments[0], str(file), *common, *arguments[1:]])

    return run


def test_the_command_looks_imports_and_refuses(world: tuple[Town, int], runner: Callable[..., Any]) -> None:
    """Interface.md: `flask import KIND FILE --dry-run`; errors name file, row and column; exit 0, 1, 2."""
    town, _ = world
    control = ("--control", "121,832.83", "--period", "2026-04")
    done = runner(ACTUALS, "actuals", *control, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "new: Attendance, 4000 Salaries: £83,333.33" in done.output
    assert "The total, £121,832.83, agrees." in done.output
    assert count(town, LedgerImport) == 0
    assert runner(ACTUALS, "actuals", *control).exit_code == 0
    assert count(town, LedgerImport) == 1
    bad = runner(ACTUALS + BAD[0][0], "actuals", *control)
    assert bad.exit_code == 1
    assert "april.csv: row 5, column A (Unit): There is no unit called" in bad.output
    assert runner(ACTUALS, "actuals", "--control", "1", "--period", "April").exit_code == 2
    assert runner(ACTUALS, "actuals", "--control", "much", "--period", "2026-04").exit_code == 2
    assert runner(BUDGETS, "budgets", "--dry-run").output.startswith("0 lines would be new, 0 changed, 3 as before")
    assert runner(BUDGETS, "budgets", "--year", "1999").exit_code == 1
    assert runner(BUDGETS, "budgets", "--as", "nobody@example.org").exit_code == 1
