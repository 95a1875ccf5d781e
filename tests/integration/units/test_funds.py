"""Grants that are ring-fenced, absorbed or ended; pooled functions; personal budgets: a story each, by forms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, Stale
from commissioning.cycles.commands import CycleInput, create_cycle
from commissioning.models.money import FundingGrant, GrantSpending, Pool
from commissioning.money.commands import set_baselines, take_saving
from commissioning.money.duties import DutyInput, list_duties, save_duty
from commissioning.money.grant_endings import Ending, end_grant
from commissioning.money.grants import GrantInput, SpendingInput, save_grant, spend_grant
from commissioning.money.ledger import get_balances
from commissioning.money.pools import PoolInput, amounts, list_pools, save_pool
from commissioning.specifications.personal import PersonalInput, list_personal, save_personal
from commissioning.units.functions import record_function
from tests.support.pages import Site
from tests.support.units import END, START, Town

DAY = date(2026, 4, 2)


def refused(town: Town, who: str, *call: object) -> dict[str, str]:
    """The words by field with which a command is refused."""
    with pytest.raises(Invalid) as error:
        town.run(who, *call)
    return error.value.errors


def test_lg24_a_ring_fenced_grant_is_lifted_and_absorbed(town: Town, site: Site) -> None:
    """LG-24: money leaves for its purpose alone; absorbed, baseline and limit grow by it (BR-22)."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 1_000_000})
    new = GrantInput("Early Intervention", "DfE", 50_000, "service", START, END, unit_id=unit)
    grant = int(town.run("finn", save_grant, year, new))
    town.run("finn", spend_grant, year, grant, SpendingInput("service", 10_000, DAY))
    said = refused(town, "finn", spend_grant, year, grant, SpendingInput("reward", 1, DAY))
    assert said == {
        "purpose": "This grant is ring-fenced for running a service: it may not be spent on reward payments"
    }
    row = {"grant_id": grant, "purpose": "service", "spent_for": "reward", "amount_pence": 1, "spent_on": DAY,
           "note": "", "entered_by_id": town.people["finn"]}  # fmt: skip
    with pytest.raises(IntegrityError):
        town.write(lambda s: s.execute(GrantSpending.__table__.insert().values(**row)))

    absorbed = Ending("absorbed", date(2026, 4, 3), "", "", 40_000)
    town.at(date(2026, 4, 3))
    assert "ring-fenced: its money may leave for running a service alone" in refused(
        town, "finn", end_grant, year, grant, absorbed
    )["into_base"]  # fmt: skip
    town.run("finn", save_grant, year, replace(new, purpose="any"), grant)
    assert town.read(lambda s: s.scalars(select(GrantSpending.purpose)).all()) == ["any"], "the lock follows"
    town.run("finn", spend_grant, year, grant, SpendingInput("reward", 1_000, DAY))
    for change, field, words in (
        ({"into_base_pence": 39_001}, "into_base", "£390 that is left"),
        ({"into_base_pence": 0}, "into_base", "above £0"),
        ({"on": DAY}, "on", "Money was spent from it on 2 April 2026"),
        ({"on": date(2026, 4, 4)}, "on", "today or earlier"),
    ):
        assert words in refused(town, "finn", end_grant, year, grant, replace(absorbed, **change))[field]
    with pytest.raises(Forbidden):
        town.run("carla", end_grant, year, grant, replace(absorbed, into_base_pence=30_000))
    town.run("finn", end_grant, year, grant, replace(absorbed, into_base_pence=30_000))
    held = town.read(lambda s: get_balances(s, year))
    assert held.is_balanced
    assert (held.baselines[unit], held.limits[unit]) == (1_030_000, 970_000)
    late = SpendingInput("service", 1, date(2026, 4, 3))
    assert "ended on 3 April 2026" in refused(town, "finn", spend_grant, year, grant, late)["spent_on"]
    over = SpendingInput("service", 9_001, DAY)
    assert refused(town, "finn", spend_grant, year, grant, over)["amount"] == "Only £90 of it is left"
    assert "already" in refused(town, "finn", end_grant, year, grant, absorbed)[""]
    page = site.visitor("carla").get(f"/money/{year}/grants/{grant}")
    assert "Came into the base £300 Left £90" in page.text
    assert "The unit’s cash limit pays for it" in page.text
    assert "Say how it ends" not in page.text


def test_no_saving_is_taken_of_a_grant_that_was_absorbed(town: Town, site: Site) -> None:
    """BR-19, BR-21: it came into the base without one. Once the year is open no page offers to take any."""
    unit, year, finn = town.unit(), town.year(), site.visitor("finn")
    new = GrantInput("Early Intervention", "DfE", 50_000, "any", START, END, unit_id=unit)
    town.run("finn", set_baselines, year, {unit: 1_000_000})
    town.run("finn", end_grant, year, int(town.run("finn", save_grant, year, new)),
             Ending("absorbed", DAY, "", "", 50_000))  # fmt: skip
    assert "Take the saving of 6 %" in finn.get(f"/money/{year}").text
    for _ in range(2):
        town.run("finn", take_saving, year)
        held = town.read(lambda s: get_balances(s, year))
        assert (held.baselines[unit], held.limits[unit], held.pot) == (1_050_000, 990_000, 60_000)
    assert "Take the saving" not in finn.get(f"/money/{year}").text
    town.run("finn", set_baselines, year, {unit: 1_100_000})
    stale = finn.get(f"/money/{year}")
    town.step("finn", year, "open_year")
    assert "Take the saving" not in finn.get(f"/money/{year}").text
    assert finn.send(stale, f"/money/{year}", stale.form(button="Take the saving of 6 %")).status == 409
    assert town.read(lambda s: get_balances(s, year)).limits == {unit: 1_040_000}


def test_a_row_that_somebody_else_changed_meanwhile_is_not_overwritten(town: Town) -> None:
    """What was typed over an older version is refused, and a request that is sent again makes no second row."""
    year = town.year()
    new = GrantInput("School standards", "DfE", 50_000, "staff", START, END)
    grant = int(town.run("finn", save_grant, year, new, key="one"))
    assert town.run("finn", save_grant, year, new, key="one") == grant
    town.run("finn", save_grant, year, replace(new, amount_pence=60_000), grant, seen=1)
    with pytest.raises(Stale):
        town.run("finn", save_grant, year, replace(new, amount_pence=70_000), grant, seen=1)
    rows = town.read(lambda s: s.execute(select(FundingGrant.amount_pence, FundingGrant.version)).all())
    assert [tuple(row) for row in rows] == [(60_000, 2)]


def test_lg24_a_grant_ends_and_what_it_paid_for_has_a_destination(town: Town, site: Site) -> None:
    """LG-24: ended with a day, and what becomes of what it paid for; in the register, its file, and for no head."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 1_000_000})
    new = GrantInput("School standards", "DfE", 50_000, "staff", START, END)
    grant = int(town.run("finn", save_grant, year, new))
    path = f"/money/{year}/grants/{grant}/end"
    carla = site.visitor("carla")
    assert "Select what becomes of what it paid for" in carla.fill(path, how="ended", on=DAY).text
    page = carla.fill(path, how="ended", on=DAY, destination="dsg")
    assert page.status == 422
    assert "Enter what it paid for" in page.text
    page = carla.fill(path, how="ended", on=DAY, destination="dsg", note="Three mentors, now paid by schools")
    assert page.status == 303
    page = carla.get(f"/money/{year}/grants/{grant}")
    assert "Ended, from Thu 2 Apr 2026" in page.text
    assert "The Dedicated Schools Grant pays for it. Three mentors" in page.text
    assert "School standards,DfE,The whole service,yes,Staff and training,500.00" in (
        carla.get(f"/money/{year}/grants.csv").html
    )
    assert "ended on 2 April 2026: Ended" in refused(
        town, "finn", spend_grant, year, grant, SpendingInput("staff", 1, DAY)
    )["spent_on"]  # fmt: skip
    for closed in (path, f"/money/{year}/grants.csv"):
        assert site.visitor("heidi").get(closed).status == 404
    with pytest.raises(IntegrityError):
        town.write(lambda s: s.execute(update(FundingGrant).values(ended_on=None)))


def test_lg14_shares_of_a_pooled_function_come_to_the_whole(town: Town, site: Site) -> None:
    """LG-14, LI-30: shares come to 100 %, sums to the penny; a unit's is out of its cash limit (BR-19)."""
    unit, trust = town.unit(), town.unit("Primary Care Trust", head="head_two", kind="partner")
    police = town.unit("Police", head="head_two", kind="partner")
    year = town.year()
    town.money(year, {unit: 100_000})
    town.run("carla", record_function, "Out-of-hours team", "", unit)
    function = town.read(lambda s: int(s.execute(text("SELECT id FROM functions")).scalar_one()))
    carla = site.visitor("carla")
    path = f"/money/{year}/pools/new"
    given = {"function_id": function, "holder_id": trust, "amount": "1,000.00", "unit-0": unit, "points-0": "33.33"}
    given |= {"unit-1": trust, "points-1": "33.33", "unit-2": police, "points-2": "33.33"}
    page = carla.fill(path, **given)
    assert page.status == 422
    assert "The shares come to 99.99 %, not to 100 %" in page.text
    assert "Enter two organisations at least" in carla.fill(path, **(given | {"unit-2": trust})).text
    given["points-2"] = "33.34"
    nights = CycleInput("Nights", town.people["leo"], town.posts["team"], town.posts["director_post"], START, END)
    given["cycle_id"] = cycle = int(town.run("carla", create_cycle, nights))
    assert "Attendance would bear £3,333, its cash limit is £940" in carla.fill(
        path, **(given | {"amount": "10,000"})
    ).text  # fmt: skip
    assert carla.fill(path, **given, saves="Two on-call rotas become one").status == 303
    page = carla.get(f"/money/{year}/pools")
    assert (
        "Attendance 33.33 % £333.30 Primary Care Trust 33.33 % £333.30 Police 33.34 % £333.40 All 100 % £1,000"
        in page.text
    )
    assert "Out-of-hours team,Primary Care Trust,Police,33.34,333.40,Two on-call" in (
        carla.get(f"/money/{year}/pools.csv").html
    )
    told = "Out-of-hours team: £1,000, Attendance 33.33 % (£333.30), Primary Care Trust"
    assert told in carla.get(f"/cycles/{cycle}").text
    leads = site.visitor("leo").get(f"/cycles/{cycle}")
    assert leads.status == 200
    assert "Out-of-hours" not in leads.text, "the money of all is not the lead's to read"
    (pool,) = town.read(lambda s: [p.id for p in list_pools(s, year)])
    thirds = PoolInput(function, trust, 100, ((unit, 3_333), (trust, 3_333), (police, 3_334)))
    assert amounts(thirds) == [33, 33, 34]
    assert "already" in refused(town, "carla", save_pool, year, thirds)["function_id"]
    assert (
        "one of those who pay"
        in refused(town, "carla", save_pool, year, replace(thirds, holder_id=0), pool)["holder_id"]
    )
    assert carla.fill(f"/money/{year}/pools/{pool}", amount="900").status == 303
    assert town.read(lambda s: [[x.amount_pence for x in p.shares] for p in list_pools(s, year)]) == [
        [29997, 29997, 30006]
    ]
    assert town.read(lambda s: s.get_one(Pool, pool).version) == 2
    for who in ("heidi", "stranger"):
        for path in ("pools", "pools.csv", "pools/new"):
            assert site.visitor(who).get(f"/money/{year}/{path}").status == 404
    assert site.visitor("audrey").get(f"/money/{year}/pools/{pool}").status == 404


def test_lg23_personal_budgets_stay_within_the_limit_and_the_unit(town: Town, site: Site) -> None:
    """LG-23: references alone, a lead professional who holds the budget, never more than the cash limit; no other unit
    knows that there is one."""
    unit, other, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {unit: 100_000, other: 100_000})
    spec = town.in_force(unit)
    heidi, path = site.visitor("heidi"), f"/specifications/{spec}/personal-budgets"
    given = {"family": "F-0417", "way": "lead_professional", "amount": "400", "starts_on": START, "ends_on": END}
    page = heidi.fill(f"{path}/new", **given)
    assert page.status == 422
    assert "Select the lead professional who holds it" in page.text
    given["lead_id"] = town.people["helper"]
    for change, words in (
        ({"family": "Jane Smith"}, "nothing of who they are"),
        ({"amount": "940.01"}, "more than the £940 of the cash limit"),
        ({"paid": "400.01"}, "Paid must be between £0 and the amount"),
        ({"ends_on": date(2027, 4, 1)}, "from the first day to 31 March 2027"),
    ):
        assert words in heidi.fill(f"{path}/new", **(given | change)).text
    assert heidi.fill(f"{path}/new", **given).status == 303
    assert "already" in heidi.fill(f"{path}/new", **given).text
    assert "more than the £540" in heidi.fill(f"{path}/new", **(given | {"family": "F-0418", "amount": "540.01"})).text
    (budget,) = town.read(lambda s: [b.id for b in list_personal(s, unit)])
    assert heidi.fill(f"{path}/{budget}", paid="150.50").status == 303
    page = heidi.get(path)
    assert "F-0417" in page.text
    assert "£400 £150.50 £249.50" in page.text
    assert "F-0417,Held for them by a lead professional,Helper,400.00,150.50" in heidi.get(f"{path}.csv").html
    for who in ("hugo", "stranger"):
        for end in ("", ".csv", "/new", f"/{budget}"):
            assert site.visitor(who).get(path + end).status == 404, who
    for who in ("leo", "carla", "audrey"):
        assert "F-0417" in site.visitor(who).get(path).text
        assert site.visitor(who).get(f"{path}/new").status == 404
    new = PersonalInput("F-9", "direct_payment", 1, START, END)
    with pytest.raises(Forbidden):
        town.run("leo", save_personal, spec, new)


def test_lg17_is_the_budget_enough_for_the_statutory_duties(town: Town, site: Site) -> None:
    """LG-17: what each duty needs beside the cash limit of its unit; all duties of a unit count, and a limit that is
    too small says by how much. The money of all is no head's to read."""
    unit, other, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {unit: 100_000, other: 50_000})
    carla, path = site.visitor("carla"), f"/money/{year}/duties"
    given = {"name": "School attendance", "law": "Education Act 1996", "unit_id": unit, "needed": "600"}
    assert "Enter how the need was worked out" in carla.fill(f"{path}/new", **given).text
    given["basis"] = "Last year"
    assert "more than £0" in carla.fill(f"{path}/new", **(given | {"needed": "0"})).text
    assert carla.fill(f"{path}/new", **given).status == 303
    assert "already" in carla.fill(f"{path}/new", **given).text
    assert carla.fill(f"{path}/new", **(given | {"unit_id": other, "needed": "470"})).status == 303
    text = carla.get(path).text
    assert "Each limit covers its unit’s duties" in text
    assert "£940 £340 left" in text
    assert carla.fill(f"{path}/new", **(given | {"name": "Prosecution", "needed": "340.01"})).status == 303
    text = carla.get(path).text
    assert "Too small for them: the limit of 1 unit, by £0.01 in all." in text
    assert "Short by £0.01" in text
    assert "Attendance,Prosecution,Education Act 1996,340.01,Last year,940.00,'-0.01" in carla.get(f"{path}.csv").html
    short = town.read(lambda s: list_duties(s, year)[0])
    assert (short.name, short.left, short.duties[0].name) == ("Attendance", -1, "Prosecution")
    page = carla.get(f"{path}/{short.duties[0].id}")
    assert carla.send(page, "", page.form(button="Take it out")).status == 303
    assert "Prosecution" not in carla.get(path).text
    for who in ("heidi", "stranger"):
        for end in ("", ".csv", "/new"):
            assert site.visitor(who).get(path + end).status == 404
    assert site.visitor("audrey").get(f"{path}/new").status == 404
    with pytest.raises(Forbidden):
        town.run("leo", save_duty, year, DutyInput(unit, "x", 1, "y"))
