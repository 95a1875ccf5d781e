"""The pages of money in a real browser: axe, narrow windows, a virement without a script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from commissioning.db import make_engine
from commissioning.money.actuals import Ledger, import_actuals
from commissioning.money.allocations import AllocationInput, save_allocation
from commissioning.money.budgets import import_budgets
from commissioning.money.grants import GrantInput, save_grant
from commissioning.money.imports import Upload
from commissioning.money.virements import NewVirement, create_virement
from tests.support.browser import OpenPage
from tests.support.databases import FreshDatabase
from tests.support.looking import look_at, look_over
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer
from tests.support.units import END, START, Town, make_town


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council with units."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_town(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


NAMES = ("IYSS: Youth and YOT", "Capital Assets School Org Transport", "Study Centre (PRU)")


def scene(town: Town) -> dict[str, str]:
    """Addresses of pages in the states that matter, by name."""
    units = [town.unit(name) for name in NAMES]
    year = town.year()
    town.money(year, dict(zip(units, (125_000_000, 4_626_712_345, 98_765_400), strict=True)))
    given = AllocationInput("Speech and language therapy in nurseries", "Be healthy", 20_000_000, date(2026, 12, 31))
    allocation = town.run("carla", save_allocation, year, given)
    grant = GrantInput(
        "Children’s centres payment by results trial, year 1", "Department for Education", 4_930_000, "trial",
        START, END, "Trial development alone; not to be used as a reward payment.", "May be removed after three years.",
    )  # fmt: skip
    made = town.run("finn", save_grant, year, grant)
    moves = NewVirement(units[1], units[0], 60_000_000, "Two more outreach workers from September")
    virement = town.run("carla", create_virement, year, moves)
    town.step("fay", virement, "approve")
    town.step("fay", town.run("leo", create_virement, year, NewVirement(units[0], None, 5, "Rounding")), "approve")
    lines = "Unit,Line code,Line name,Budget,Fixed cost\n" + "".join(
        f"{name},4000,Salaries,1000000,yes\n{name},5000,Premises,50000,no\n" for name in NAMES
    )
    town.run("finn", import_budgets, year, Upload("budgets.csv", lines.encode()))
    head = "Unit,Line code,Actual to date,This month\n"
    spent = head + "".join(f"{name},4000,83333.33,83333.33\n" for name in NAMES)
    town.run("finn", import_actuals, year, Ledger(START, 24_999_999, Upload("april.csv", spent.encode())))
    return {
        "money": "/money",
        "actuals": f"/money/{year}/actuals",
        "import": f"/money/{year}/import/actuals",
        "import budgets": f"/money/{year}/import/budgets",
        "new year": "/money/new",
        "year": f"/money/{year}",
        "baselines": f"/money/{year}/baselines",
        "unit": f"/money/{year}/units/{units[0]}",
        "pot": f"/money/{year}/pot",
        "allocate": f"/money/{year}/pot/new",
        "allocation": f"/money/{year}/pot/{allocation}",
        "grants": f"/money/{year}/grants",
        "new grant": f"/money/{year}/grants/new",
        "grant": f"/money/{year}/grants/{made}",
        "edit grant": f"/money/{year}/grants/{made}/edit",
        "virements": "/virements?state=",
        "new virement": "/virements/new",
        "virement": f"/virements/{virement}",
    }


FILES = {
    "looked at": b"Unit,Line code,Actual to date,This month\nStudy Centre (PRU),4000,1000,1000\n",
    "looked at, bad": b"Unit,Line code,Actual to date,This month\nStudy Center (PRU),4000,=A1,lots of money\n" * 3,
}


def test_a_file_that_was_looked_at_and_what_is_moved(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    assert isinstance(site.council, Town)
    paths = scene(site.council)
    address = live_server(site.app)
    moved = ("unit", "virements", "virement")  # every other page is looked at in `test_every_page`
    look_over(site, address, open_page, [(name, "finn", paths[name]) for name in moved])
    page = open_page()
    page.context.add_cookies([{"name": "session_id", "value": site.token("finn"), "url": address}])
    for kind, text in FILES.items():
        page.goto(address + paths["import"])
        page.get_by_label("Month").select_option("April 2026")
        page.get_by_label("Control total").fill("1,000")
        page.get_by_label("File").set_input_files({"name": "april.csv", "mimeType": "text/csv", "buffer": text})
        page.get_by_role("button", name="Look at the file").click()
        look_at(page, kind)


def test_a_virement_is_proposed_without_a_script(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    town = site.council
    assert isinstance(town, Town)
    one, two = town.unit(), town.unit("Study Centre")
    town.money(town.year(), {one: 125_000_000, two: 125_000_000})
    address = live_server(site.app)
    page = open_page(320, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("leo"), "url": address}])
    page.goto(f"{address}/virements/new")
    page.get_by_label("From").select_option("Attendance")
    page.get_by_label("To", exact=True).select_option("Study Centre")
    page.get_by_label("Amount").fill("ten thousand")
    page.get_by_role("button", name="Propose the virement").click()
    expect(page.get_by_role("link", name="Amount must be an amount in pounds")).to_be_visible()
    page.get_by_label("Amount").fill("10,000")
    page.get_by_label("What it is for").fill("Tutors")
    page.get_by_role("button", name="Propose the virement").click()
    expect(page.get_by_text("£10,000 from Attendance to Study Centre").first).to_be_visible()
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "session_id", "value": site.token("fay"), "url": address}])
    page.reload()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approve: done.")).to_be_visible()
