"""Registers that come from a sheet: grants, pooled functions, what is bought, personal budgets. A look first; every bad
cell by row and column; all or nothing; the same file twice is harmless."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from commissioning.casework.errors import Forbidden, NotFound
from commissioning.clock import fresh_id
from commissioning.models.cases import Event
from commissioning.models.money import BudgetLine, DemandCount, FundingGrant, PersonalBudget, Pool
from commissioning.money.handing import hand_sheet, import_handed
from commissioning.money.import_commands import Installation, import_group
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.pools import list_pools
from commissioning.money.registers import check_register, import_register
from commissioning.money.registers_of_year import YEAR_REGISTERS
from commissioning.money.sheet_kinds import SHEETS, Given
from commissioning.specifications.import_commands import import_personal_command
from commissioning.specifications.personal import list_personal
from commissioning.units.functions import record_function
from tests.support.pages import Page, Site, Visitor, send_file
from tests.support.units import START, Town

GRANTS = """Grant,From,Unit,Only for,Amount,First day,Last day,Risk of withdrawal
School standards,DfE,The whole service,Staff and training,"50,000",01/04/2026,31/03/2027,Ends with the review
Early Intervention,DfE,Attendance,Anything,"1,200.50",2026-04-01,2028-03-31,
"""
POOLS = """Function,Who holds the money,Organisation,Share %,Whole sum,What it saves
Out-of-hours team,Trust,Attendance,33.33,1000,Two rotas become one
Out-of-hours team,Trust,Trust,66.67 %,1000,Two rotas become one
"""
DEMAND = """What is bought,Unit,Budget line,One is,Watched,Planned,Cost elsewhere,Who says so,Counted to,Count
Placements,Attendance,4000,a week,yes,1200,480,CIPFA,April 2026,101
"""
FAMILIES = """Family,How it is held,Lead professional,Amount,Paid,First day,Last day
F-0417,Held for them by a lead professional,Helper,400,150.50,1 April 2026,31 March 2027
F-0418,Paid to the family,,540,0,1 April 2026,31 March 2027
"""


@pytest.fixture
def world(town: Town) -> tuple[Town, int, int, int]:
    """A unit with money, a partner, a function, a budget line, a specification in force: (town, year, unit, spec)."""
    unit, year = town.unit(), town.year()
    town.unit("Trust", head="head_two", kind="partner")
    town.money(year, {unit: 100_000})
    town.run("carla", record_function, "Out-of-hours team", "", unit)
    line = {"code": "4000", "name": "Placements", "budget_pence": 60_000, "position": 1}
    town.write(lambda s: s.add(BudgetLine(id=fresh_id(), year_id=year, unit_id=unit, **line)))
    return town, year, unit, town.in_force(unit)


def look(town: Town, kind: str, year: int, text: str) -> Checked:
    upload = Upload("sheet.csv", text.encode())
    return town.read(lambda s: check_register(YEAR_REGISTERS[kind], s, year, upload, town.now.date()))


def said(checked: Checked) -> list[tuple[int, str, str]]:
    return [(p.row, p.column, p.text) for p in checked.problems]


def confirm(visitor: Visitor, path: str, text: str) -> Page:
    """Look, then say yes."""
    looked = send_file(visitor, path, text)
    assert looked.status == 200, looked.text
    return visitor.send(looked, f"{path}/confirm", looked.form("content"))


def count(town: Town, table: Any) -> int:
    return int(town.read(lambda s: s.scalar(select(func.count()).select_from(table))))


def test_a_large_sheet_of_a_register_is_imported_by_a_job(
    world: tuple[Town, int, int, int], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the register, its page says how far the sheet is, to who may import there."""
    town, year, _, spec = world
    sheets = {f"/money/{year}/import/{kind}": ("carla", text) for kind, text in (("grants", GRANTS), ("pools", POOLS))}
    sheets[f"/specifications/{spec}/personal-budgets/import"] = ("heidi", FAMILIES)
    for kind in ("grants", "pools", "personal-budgets"):
        monkeypatch.setitem(SHEETS, kind, replace(SHEETS[kind], large=20))
    for path, (who, text) in sheets.items():
        visitor = site.visitor(who)
        assert confirm(visitor, path, text).location == path
        assert "Waits" in visitor.get(path).text, path
    assert (count(town, FundingGrant), count(town, PersonalBudget)) == (0, 0)
    assert import_handed(town.engine, town.now) == 3
    for path, (who, _) in sheets.items():
        new = 1 if path.endswith("pools") else 2
        assert f"Imported: {new} new, 0 changed, 0 as before." in site.visitor(who).get(path).text, path
    upload = Given(spec, Upload("f.csv", FAMILIES.encode()))
    with pytest.raises((NotFound, Forbidden)):
        town.run("carla", hand_sheet, "personal-budgets", upload)


def test_registers_of_a_year_come_from_a_sheet(world: tuple[Town, int, int, int], site: Site) -> None:
    """LG-24, LG-14, LG-09: by page; our own download is a sheet that changes nothing."""
    town, year, _, _ = world
    carla = site.visitor("carla")
    for kind, sheet, table in (
        ("grants", GRANTS, FundingGrant),
        ("pools", POOLS, Pool),
        ("demand", DEMAND, BudgetLine),
    ):
        path = f"/money/{year}/import/{kind}"
        assert "Import a sheet" in carla.get(f"/money/{year}/{kind}").text
        head = carla.get(f"{path}/template.csv").html.lstrip("\ufeff").strip().split(",")
        assert set(sheet.splitlines()[0].split(",")) <= set(head)
        looked = send_file(carla, path, sheet)
        assert ("What the file would change" in looked.text, count(town, table)) == (True, int(kind == "demand"))
        assert confirm(carla, path, sheet).location == f"/money/{year}/{kind}"
        events = count(town, Event)
        for again in (sheet, carla.get(f"/money/{year}/{kind}.csv").html.lstrip("\ufeff")):
            assert "Nothing has changed" in carla.get(str(confirm(carla, path, again).location)).text, again
        assert count(town, Event) == events
        for who in ("heidi", "audrey"):
            assert site.visitor(who).get(path).status == 404
    shares = town.read(lambda s: [[x.amount_pence for x in p.shares] for p in list_pools(s, year)])
    assert shares == [[33_330, 66_670]]
    assert town.read(lambda s: s.execute(select(DemandCount.period_on, DemandCount.count)).one()) == (START, 101)
    changed = look(town, "grants", year, GRANTS.replace("1,200.50", "1,300.50").replace("Ends with", "After"))
    assert changed.changed == ["School standards, DfE: risk of withdrawal", "Early Intervention, DfE: amount"]
    fewer = "Grant,From,Only for,Amount,First day,Last day\nSchool standards,DfE,staff,50000,2026-04-01,2027-03-31\n"
    left = look(town, "grants", year, fewer)
    assert (left.same, left.absent) == (1, 1), "a column that is not there leaves what is recorded"


def test_every_bad_cell_of_a_register_and_all_or_nothing(world: tuple[Town, int, int, int]) -> None:
    """By row and column; what rows break together; what a later row breaks undoes the earlier ones."""
    town, year, _, spec = world
    bad = GRANTS + (
        "School standards,dfe,Attendence,Beer,1.234,31/02/2027,31/03/2027,\n"
        "=1+1,DfE,,Anything,-5,01/04/2026,31/03/2026,\n"
    )
    found = said(look(town, "grants", year, bad))
    assert [(row, column) for row, column, _ in found] == [
        *((4, c) for c in ("C (Unit)", "D (Only for)", "E (Amount)", "F (First day)")),
        (5, "A (Grant)"),
    ]
    assert "did you mean “Attendance”?" in found[0][2]
    twice = look(town, "grants", year, GRANTS + GRANTS.splitlines()[2])
    assert said(twice) == [(4, "A (Grant)", "Early Intervention stands in row 3 already")]
    late = look(town, "grants", year, GRANTS.replace("2028-03-31", "2020-03-31"))
    assert said(late) == [(3, "G (Last day)", "Last day must be on or after the first day")]
    late_file = Upload("late.csv", GRANTS.replace("2028-03-31", "2020-03-31").encode())
    with pytest.raises(BadImport):
        town.run("carla", import_register, YEAR_REGISTERS["grants"], year, late_file)
    assert count(town, FundingGrant) == 0
    for wrong, column, words in (
        (POOLS.replace("66.67", "66.66"), "D (Share %)", "The shares come to 99.99 %, not to 100 %"),
        (POOLS.replace("66.67 %", "most"), "D (Share %)", "“most” is not a share in per cent, like 33.33"),
        (POOLS.replace("%,1000", "%,1001"), "E (Whole sum)", "This is another one than in row 2"),
        (POOLS.replace(",1000", ",10000"), "D (Share %)", "Attendance would bear £3,333, its cash limit is £940"),
        (POOLS.replace("team,Trust,Att", "crew,Trust,Att"), "A (Function)", "There is no function “Out-of-hours crew”"),
    ):
        assert any(c == column and t.startswith(words) for _, c, t in said(look(town, "pools", year, wrong))), words
    for wrong, column, words in (
        (DEMAND.replace("4000", "4711"), "C (Budget line)", "No budget line to spend from is called “4711” there"),
        (DEMAND.replace("April 2026", "June 2026"), "I (Counted to)", "June 2026 has not begun"),
        (DEMAND.replace("CIPFA", ""), "H (Who says so)", "Enter an amount above £0, and who says so"),
        (DEMAND.replace("1200", "12.5"), "F (Planned)", "“12.5” is not a whole number"),
    ):
        assert any(c == column and t.startswith(words) for _, c, t in said(look(town, "demand", year, wrong))), words
    assert town.read(lambda s: list_personal(s, spec)) == []


def test_personal_budgets_come_from_a_sheet_of_the_head(world: tuple[Town, int, int, int], site: Site) -> None:
    """LG-23: within the cash limit all together, also where one gives what another takes; for the head alone. LG-09: a
    head sees what one costs of the own unit, and of no other."""
    town, year, unit, spec = world
    heidi, path = site.visitor("heidi"), f"/specifications/{spec}/personal-budgets"
    over = send_file(heidi, f"{path}/import", FAMILIES.replace("540", "541"))
    assert over.status == 422
    assert "All families together would have £941, the cash limit is £940" in over.text
    assert "nothing of who they are" in send_file(heidi, f"{path}/import", FAMILIES.replace("F-0418", "Jane")).text
    assert (
        "Nobody is called “Someone”" in send_file(heidi, f"{path}/import", FAMILIES.replace("Helper", "Someone")).text
    )
    assert confirm(heidi, f"{path}/import", FAMILIES).location == path
    swapped = FAMILIES.replace("540", "139").replace("417,Held", "417,HELD").replace(",400,", ",801,")
    assert confirm(heidi, f"{path}/import", swapped).status == 303, "what is freed first makes room"
    rows = town.read(lambda s: [(b.family, b.amount_pence, b.version) for b in list_personal(s, unit)])
    assert rows == [("F-0417", 80_100, 2), ("F-0418", 13_900, 2)]
    downloaded = heidi.get(f"{path}.csv").html.lstrip("\ufeff")
    assert "2 (they stay)" not in send_file(heidi, f"{path}/import", downloaded).text
    for who in ("hugo", "leo", "carla", "stranger"):
        for end in ("/import", "/import/template.csv"):
            assert site.visitor(who).get(path + end).status == 404, who
    upload = Upload("demand.csv", DEMAND.encode())
    town.run("finn", import_register, YEAR_REGISTERS["demand"], year, upload)
    costs = f"/money/{year}/units/{unit}/demand"
    assert "Placements Attendance 8 % used" in heidi.get(costs).text
    assert costs in heidi.get(f"/money/{year}/units/{unit}").html
    for who, status in (("leo", 200), ("carla", 200), ("hugo", 404), ("stranger", 404)):
        assert site.visitor(who).get(costs).status == status, who


def test_the_commands_import_registers(world: tuple[Town, int, int, int], tmp_path: Path) -> None:
    """Interface.md: `flask import KIND FILE --dry-run`, exit 0 and 1."""
    town, _, _, _ = world
    group = import_group(lambda: Installation(town.engine, town.now))
    group.add_command(import_personal_command(lambda: Installation(town.engine, town.now)))

    def run(text: str, kind: str, *arguments: str) -> Any:
        file = tmp_path / "sheet.csv"
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(group, [kind, str(file), *arguments])

    year = ("--year", "2026/27", "--as", "finn@example.org")
    done = run(GRANTS, "grants", *year, "--dry-run")
    assert (done.exit_code, count(town, FundingGrant)) == (0, 0), done.output
    assert "new: School standards, DfE" in done.output
    assert "2 rows new, 0 changed, 0 as before." in run(GRANTS, "grants", *year).output
    assert run(GRANTS, "grants", *year, "--year", "1999").exit_code == 1
    bad = run(GRANTS.replace("50,000", "much"), "grants", *year)
    assert bad.exit_code == 1
    assert "sheet.csv: row 2, column E (Amount): “much” is not an amount" in bad.output
    assert run(POOLS, "pools", *year[:3], "heidi@example.org").exit_code == 1
    head = ("--unit", "attendance", "--as", "heidi@example.org")
    assert run(FAMILIES, "personal-budgets", *head).exit_code == 0
    assert count(town, PersonalBudget) == 2
    assert "no specification in force" in run(FAMILIES, "personal-budgets", "--unit", "Trust", *head[2:]).output


def test_an_older_count_of_a_sheet_is_not_lost(world: tuple[Town, int, int, int]) -> None:
    """A file of another month adds its count; one that goes back below an earlier month is refused."""
    town, year, _, _ = world
    kind = YEAR_REGISTERS["demand"]
    town.run("finn", import_register, kind, year, Upload("april.csv", DEMAND.encode()))
    town.at(date(2026, 6, 2))
    may = DEMAND.replace("April 2026", "2026-05").replace(",101", ",99")
    assert "101 by an earlier month" in said(look(town, "demand", year, may))[0][2]
    town.run("finn", import_register, kind, year, Upload("may.csv", may.replace(",99", ",150").encode()))
    assert count(town, DemandCount) == 2
