"""A large sheet is handed over with a yes and imported by a job, in the process that ticks or by a worker."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from commissioning import clock, dispatching
from commissioning.casework.errors import Forbidden
from commissioning.jobs import tick
from commissioning.models.money import BudgetLine
from commissioning.models.people import Person
from commissioning.models.sheets import HandedSheet
from commissioning.money.handing import BROKEN, LEASE, hand_sheet, import_handed
from commissioning.money.imports import Upload
from commissioning.money.sheet_kinds import SHEETS, Given
from commissioning.scheduler_commands import Installation
from commissioning.worker_commands import work
from config import load_settings
from tests.integration.units.test_money_pages import ACTUALS, BUDGETS
from tests.support.pages import Site, send_file
from tests.support.units import Town


def lines(town: Town) -> int:
    return int(town.read(lambda s: s.scalar(select(func.count()).select_from(BudgetLine))) or 0)


def large(monkeypatch: pytest.MonkeyPatch, *kinds: str) -> None:
    """Take every sheet of these kinds as a large one."""
    for kind in kinds:
        monkeypatch.setitem(SHEETS, kind, replace(SHEETS[kind], large=20))


def test_a_large_sheet_is_imported_once_by_a_job_and_says_how_far_it_is(
    town: Town, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing, with what was wrong; one whose worker died is taken again when its lease has run out."""
    one, two, year = town.unit(), town.unit("=Study Centre", head="head_two"), town.year()
    town.money(year, {one: 125_000_000, two: 125_000_000})
    large(monkeypatch, "budgets", "actuals")
    finn = site.visitor("finn")
    page = send_file(finn, f"/money/{year}/import/budgets", BUDGETS)
    for _ in range(2):
        assert finn.send(page, "", page.form("content")).status == 303
    shown = finn.get(f"/money/{year}/actuals").text
    assert shown.count("Load this page again to see how far it is") == 1, "the same yes twice is one"
    assert "Waits" in shown
    assert lines(town) == 0
    assert import_handed(town.engine, town.now) == 1
    assert lines(town) == 2
    assert "Imported: 2 new, 0 changed, 0 as before." in finn.get(f"/money/{year}/actuals").text
    assert town.read(lambda s: s.scalars(select(HandedSheet.content)).all()) == [b""]

    page = send_file(finn, f"/money/{year}/import/actuals", ACTUALS, period="2026-04", control="500.50")
    assert finn.send(page, "", page.form("content")).status == 303
    held = update(HandedSheet).where(HandedSheet.progress == "waiting")
    town.write(lambda s: s.execute(held.values(progress="running", lease_until=town.now + LEASE)))
    assert import_handed(town.engine, town.now) == 0, "somebody is at it"
    assert "Being imported" in finn.get(f"/money/{year}/actuals").text
    assert import_handed(town.engine, town.now + LEASE + timedelta(seconds=1)) == 1
    assert "Ready to release" in finn.get(f"/money/{year}/actuals").text

    with pytest.raises(Forbidden):
        town.run("carla", hand_sheet, "budgets", Given(year, Upload("b.csv", b"x")))
    bad = "Unit,Line code,Line name,Budget\n" + "".join(f"Nowhere {n},1,A,1\n" for n in range(30))
    town.run("finn", hand_sheet, "budgets", Given(year, Upload("bad.csv", bad.encode())))
    town.run("finn", hand_sheet, "budgets", Given(year, Upload("late.csv", BUDGETS.encode())))
    monkeypatch.setitem(SHEETS, "actuals", replace(SHEETS["actuals"], carry_out=None))
    town.run("finn", hand_sheet, "actuals", Given(year, Upload("a.csv", ACTUALS.encode()), town.now.date(), 1))
    import_handed(town.engine, town.now)
    shown = finn.get(f"/money/{year}/actuals").text
    assert "Refused: nothing was imported Row 2, A (Unit): There is no unit called “Nowhere 0”" in shown
    assert "And 25 more" in shown
    assert BROKEN in shown
    town.run("finn", hand_sheet, "budgets", Given(year, Upload("late.csv", BUDGETS.encode())))
    town.write(lambda s: s.execute(update(Person).where(Person.id == town.people["finn"]).values(is_active=False)))
    import_handed(town.engine, town.now)
    said = town.read(lambda s: s.scalars(select(HandedSheet.said).order_by(HandedSheet.id.desc())).first())
    assert said == "Whoever handed it over has no open account any more"


def test_a_large_sheet_is_imported_by_whoever_jobs_are_handed_to(town: Town) -> None:
    """DISPATCHER=procrastinate: handed out in the transaction of the yes; embedded: by the next tick."""
    url = town.engine.url.render_as_string(hide_password=False)
    way = "procrastinate" if town.engine.dialect.name == "postgresql" else "embedded"
    settings = load_settings(database_url=url, dispatcher=way, secret_key="k" * 40, demo=False)
    one, two, year = town.unit(), town.unit("=Study Centre", head="head_two"), town.year()
    town.money(year, {one: 125_000_000, two: 125_000_000})
    dispatching.use(way)
    try:
        if way == "procrastinate":
            dispatching.prepare(town.engine)
        town.run("finn", hand_sheet, "budgets", Given(year, Upload("b.csv", BUDGETS.encode())))
        if way == "embedded":
            assert tick(town.engine, clock.now(), settings, ["imports"]) == {"imports": "1"}
        else:
            options = {"wait": False, "install_signal_handlers": False}
            worker = threading.Thread(target=work, args=[Installation(town.engine, settings)], kwargs=options)
            worker.start()
            worker.join(60)
    finally:
        dispatching.use("embedded")
    assert lines(town) == 2
