"""The pages of money: a year from its set-up to a virement by forms alone, the pot, grants, and who sees what."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from commissioning.money.virements import NewVirement, create_virement
from commissioning.specifications.commands import OutcomeInput, write_outcomes
from commissioning.specifications.making import OUTCOME_COLUMNS, list_outcomes
from tests.support.pages import Page, Site, Visitor, send_file
from tests.support.units import Town


@pytest.fixture
def world(town: Town) -> tuple[int, int, int]:
    """An open year and two units with a million and a quarter each: (year, one, two)."""
    one, two, year = town.unit(), town.unit("=Study Centre", head="head_two"), town.year()
    town.money(year, {one: 125_000_000, two: 125_000_000})
    return year, one, two


def last(location: str | None) -> int:
    return int(re.findall(r"[0-9]+", str(location))[-1])


def press(visitor: Visitor, path: str, button: str) -> Page:
    """Press a button of a page."""
    page = visitor.get(path)
    return visitor.send(page, path, page.form(button=button))


def test_a_year_is_set_up_filled_and_opened_by_forms(town: Town, site: Site) -> None:
    """BR-20, BR-21: the worked example by hand, GBP 1,250,000 to 75,000 and 1,175,000."""
    one, two = town.unit(), town.unit("Study Centre", head="head_two")
    finn = site.visitor("finn")
    given: dict[str, Any] = {"label": "2026/27", "starts_on": date(2026, 4, 1), "ends_on": date(2027, 3, 31)}
    given |= {"outturn_on": date(2027, 5, 28), "finance_post_id": town.posts["finance_team"]}
    given |= {"director_post_id": town.posts["director_post"]}
    assert "must be between 0 and 100" in finn.fill("/money/new", **given, saving="101").text
    assert "A board decides on more" in finn.fill("/money/new", **given, board_from="99,999").text
    page = finn.fill("/money/new", **given)
    assert page.status == 303
    year = last(page.location)
    for wrong, said in (
        ("1.2.3", "must be an amount in pounds"),
        ("-5", "must be £0 or more"),
        ("5.005", "no more than 2"),
    ):
        page = finn.fill(f"/money/{year}/baselines", **{str(one): wrong, str(two): "17"})
        assert page.status == 422
        assert said in page.text
        assert f'value="{wrong}"' in page.html
        assert 'value="17"' in page.html
    assert finn.fill(f"/money/{year}/baselines", **{str(one): "1,250,000", str(two): "£99.99"}).status == 303
    assert press(finn, f"/money/{year}", "Take the saving of 6 %").status == 303
    page = finn.get(f"/money/{year}")
    assert "Take the saving" not in page.text, "it is taken"
    assert "1,175,000" in page.text
    assert "Cash limits £1,175,093.99 + commissioning budget £75,006 = baselines £1,250,099.99" in page.text
    assert press(finn, f"/money/{year}", "Open the year").status == 303
    assert town.state(year) == "open"
    assert "2026/27" in finn.get("/money").text


def test_a_virement_is_proposed_and_approved_by_forms(town: Town, site: Site, world: tuple[int, int, int]) -> None:
    year, one, two = world
    leo = site.visitor("leo")
    given = {"from_unit_id": one, "to_unit_id": two, "purpose": "Two more tutors"}
    page = leo.fill("/virements/new", **given, amount="1,175,000.01")
    assert page.status == 422
    assert "The cash limit has £1,175,000, less than £1,175,000.01" in page.text
    assert "Two more tutors" in page.text
    page = leo.fill("/virements/new", **given, amount="10,000.50")
    assert page.status == 303
    made = last(page.location)
    page = leo.get(f"/virements/{made}")
    assert "1,164,999.50" in page.text
    fay = site.visitor("fay")
    assert press(fay, f"/virements/{made}", "Approve").status == 303
    assert town.state(made) == "applied"
    page = leo.get(f"/money/{year}/units/{one}")
    assert "Two more tutors" in page.text
    assert "1,164,999.50" in page.text
    assert "10,000.50" in site.visitor("carla").get("/virements?state=done").text


def test_a_head_sees_the_own_units_money_alone(town: Town, site: Site, world: tuple[int, int, int]) -> None:
    """Product.md: a head never sees another unit; nor the year, the pot, grants or somebody else's virement."""
    year, one, two = world
    made = int(town.run("carla", create_virement, year, NewVirement(two, None, 100, "Zqsecret")))
    heidi = site.visitor("heidi")
    assert heidi.get(f"/money/{year}/units/{one}").status == 200
    closed = ["/money", "/money/new", f"/money/{year}", f"/money/{year}.csv", f"/money/{year}/units/{two}"]
    closed += [f"/money/{year}/pot", f"/money/{year}/grants", f"/money/{year}/baselines", f"/money/{year}/grants/new"]
    closed += [f"/money/{year}/pot/new", f"/virements/{made}", "/virements/new"]
    for path in closed:
        assert heidi.get(path).status == 404, path
    assert "Zqsecret" not in heidi.get("/virements?state=").text
    assert site.visitor("hugo").get(f"/virements/{made}").status == 200
    for who in ("audrey", "director", "carla", "finn"):
        assert site.visitor(who).get(f"/money/{year}").status == 200, who
    for who in ("audrey", "carla"):
        assert site.visitor(who).get(f"/money/{year}/baselines").status == 404, who
    assert site.visitor("stranger").get(f"/money/{year}/units/{one}").status == 404


def test_the_table_as_csv_is_safe_in_a_spreadsheet(site: Site, world: tuple[int, int, int]) -> None:
    year, _, _ = world
    text = site.visitor("finn").get(f"/money/{year}.csv").html
    assert "'=Study Centre,Business unit,1250000.00,75000.00,0.00,0.00,1175000.00" in text
    assert text.splitlines()[-1] == "All,,2500000.00,0.00,0.00,0.00,2500000.00"


def test_allocations_are_never_more_than_the_pot(town: Town, site: Site, world: tuple[int, int, int]) -> None:
    """BR-23: purpose, priority, end date; what is allocated cannot go by virement; the page splits by priority."""
    year, one, _ = world
    carla = site.visitor("carla")
    given: dict[str, Any] = {"purpose": "Speech therapy", "priority": "Enjoy and achieve", "ends_on": date(2027, 3, 31)}
    page = carla.fill(f"/money/{year}/pot/new", **given, amount="150,000.01")
    assert page.status == 422
    assert "more than the £150,000 that is not allocated yet" in page.text
    assert "Enter the priority" in carla.fill(f"/money/{year}/pot/new", **(given | {"priority": " "}), amount="5").text
    assert carla.fill(f"/money/{year}/pot/new", **given, amount="100,000").status == 303
    assert "more than the £50,000" in carla.fill(f"/money/{year}/pot/new", **given, amount="50,000.01").text
    page = carla.get(f"/money/{year}/pot")
    assert "Enjoy and achieve £0 £100,000 +£100,000" in page.text
    assert "No priority named £2,500,000 £2,400,000 −£100,000" in page.text
    found = re.search(rf"/money/{year}/pot/(\d+)", page.html)
    assert found
    path = f"/money/{year}/pot/{found[1]}"
    assert "between £0 and the amount" in carla.fill(path, spent="100,000.01").text
    stale = carla.get(path)
    assert carla.fill(path, amount="60,000", spent="10").status == 303
    again = carla.send(stale, path, stale.form("purpose"), amount="70,000")
    assert again.status == 409
    page = carla.fill(
        "/virements/new", from_unit_id="pot", to_unit_id=one, amount="90,000.01", purpose="All that is left and more"
    )
    assert "£90,000 that is not allocated" in page.text


def test_br24_a_units_money_follows_the_weights_of_its_outcomes(
    town: Town, site: Site, world: tuple[int, int, int]
) -> None:
    """BR-24: before and now by priority, to the penny; BR-15: the grade aimed at stands with the outcomes."""
    year, one, _ = world
    spec = town.draft(one, target_grade="Excellent (four stars)")
    kept = town.read(lambda s: list_outcomes(s, spec))
    wanted = [("Stay safe", 67), ("Enjoy and achieve", 33)]
    rows = [
        OutcomeInput(id=o.id, **{c: getattr(o, c) for c in OUTCOME_COLUMNS} | {"priority": name, "weight": weight})
        for o, (name, weight) in zip(kept, wanted, strict=True)
    ]
    town.run("leo", write_outcomes, spec, rows)
    carla = site.visitor("carla")
    assert "Stay safe" not in carla.get(f"/money/{year}/pot").text, "a draft moves nothing"
    assert "Excellent (four stars)" in carla.get(f"/specifications/{spec}").text
    town.step("leo", spec, "send_to_provider")
    for who, part in (("heidi", 1), ("leo", 2)):
        town.step(who, spec, "sign", fields={"outcome": "agreed"}, part=part)
    town.step("carla", spec, "bring_into_force")
    page = carla.get(f"/money/{year}/pot").text
    assert "Stay safe £837,500 £787,250 −£50,250" in page
    assert "Enjoy and achieve £412,500 £387,750 −£24,750" in page
    assert "No priority named £1,250,000 £1,325,000 +£75,000" in page


def test_li17_a_trial_grant_refuses_reward_spending(town: Town, site: Site, world: tuple[int, int, int]) -> None:
    """LI-17: GBP 49,300 for trial development only; conditions and the risk of withdrawal stand with it (BR-26)."""
    year, one, _ = world
    finn = site.visitor("finn")
    given: dict[str, Any] = {
        "name": "Trial grant, year 1", "funder": "The Department", "amount": "49,300", "purpose": "trial",
        "starts_on": date(2026, 4, 1), "ends_on": date(2027, 3, 31), "conditions": "Trial development alone",
        "withdrawal_risk": "May be removed after three years", "unit_id": one,
    }  # fmt: skip
    page = finn.fill(f"/money/{year}/grants/new", **(given | {"ends_on": date(2025, 3, 31), "amount": "0"}))
    assert page.status == 422
    assert "on or after the first day" in page.text
    assert "more than £0" in page.text
    page = finn.fill(f"/money/{year}/grants/new", **given)
    assert page.status == 303
    path = str(page.location)
    spend = {"amount": "100", "spent_on": date(2026, 4, 2)}
    page = finn.fill(path, **spend, purpose="reward")
    assert page.status == 422
    assert "This grant is ring-fenced for trial development: it may not be spent on reward payments" in page.text
    assert "Only £49,300 of it is left" in finn.fill(path, **(spend | {"amount": "49,300.01"}), purpose="trial").text
    assert "today or earlier" in finn.fill(path, **(spend | {"spent_on": date(2026, 4, 3)}), purpose="trial").text
    assert "It runs from" in finn.fill(path, **(spend | {"spent_on": date(2026, 3, 3)}), purpose="trial").text
    assert finn.fill(path, **spend, purpose="trial").status == 303
    assert "£49,200" in finn.get(path).text
    page = finn.fill(f"{path}/edit", purpose="reward")
    assert "Money is spent for its purpose already" in page.text
    assert "is spent already" in finn.fill(f"{path}/edit", amount="99.99").text
    page = site.visitor("audrey").get(path)
    assert page.status == 200
    assert "Record spending" not in page.text


BUDGETS = "Unit,Line code,Line name,Budget\nAttendance,4000,Salaries,1000000\n'=Study Centre,4000,Salaries,5\n"
ACTUALS = "Unit,Line code,Line name,Actual to date,This month,Commitment\nAttendance,4000,Salaries,500.50,500.50,\n"


def test_actuals_are_looked_at_confirmed_and_released_by_forms(
    town: Town, site: Site, world: tuple[int, int, int]
) -> None:
    """Two pages, a look that stores nothing and a yes; a wrong file is named cell by cell and stores nothing."""
    year, _, _ = world
    finn = site.visitor("finn")
    page = send_file(finn, f"/money/{year}/import/budgets", BUDGETS)
    assert page.status == 200
    assert "=Study Centre, 4000 Salaries: £5" in page.text
    assert "no budget lines yet" in finn.get(f"/money/{year}/actuals").text
    assert finn.send(page, "", page.form("content")).status == 303
    assert "2 budget lines, £1,000,005 in all" in finn.get(f"/money/{year}/actuals").text

    path = f"/money/{year}/import/actuals"
    assert send_file(finn, path, ACTUALS, period="2026-05", control="1").status == 422
    page = send_file(finn, path, ACTUALS + "Atendance,1,x,=1,1,1\n", period="2026-04", control="500.50")
    assert page.status == 422
    assert "3 A (Unit) There is no unit called “Atendance”: did you mean “Attendance”?" in page.text
    assert "3 D (Actual to date) This is a formula" in page.text
    page = send_file(finn, path, ACTUALS, period="2026-04", control="500")
    assert "Differ by £0.50" in page.text
    assert finn.send(page, "", page.form("content")).status == 303
    assert "Totals differ" in finn.get(f"/money/{year}/actuals").text
    page = send_file(finn, path, ACTUALS, period="2026-04", control="500.50")
    assert "The two Agree" in page.text
    assert finn.send(page, "", page.form("content"), content="?").status == 303
    assert finn.send(page, "", page.form("content"), control="x").status == 303
    assert "Totals differ" in finn.get(f"/money/{year}/actuals").text
    assert finn.send(page, "", page.form("content")).status == 303
    assert press(finn, f"/money/{year}/actuals", "Release").status == 303
    assert "Released" in finn.get(f"/money/{year}/actuals").text
    assert "Attendance,4000,Salaries" in finn.get(f"{path}/template.csv").html
    assert "Fixed cost,April,Last year April,May" in finn.get(f"/money/{year}/import/budgets/template.csv").html
    site.app.config["WTF_CSRF_ENABLED"] = False
    for who in ("heidi", "carla"):
        visitor = site.visitor(who)
        assert visitor.get(path).status == 404
        assert visitor.get(f"{path}/template.csv").status == 404
        assert visitor.client.post(f"{path}/confirm").status_code == 404
        assert visitor.client.post(f"/money/{year}/actuals/2026-04/release").status_code == 404
    assert site.visitor("carla").get(f"/money/{year}/actuals").status == 200
    assert finn.get(f"/money/{year}/import/nonsense").status == 404
