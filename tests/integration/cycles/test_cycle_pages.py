"""The pages of plans and cycles: what is shown to whom, forms and their refusals, the trace with its gaps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from commissioning.casework.errors import Invalid
from commissioning.cycles.commands import CycleInput, edit_cycle, link_case
from commissioning.db import make_engine
from commissioning.library.commands import ItemInput, cite_item, save_item
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.models.plans import PlanAim, PlanOutcome
from commissioning.plans.aims import remove_aim
from commissioning.plans.commands import PriorityInput, save_priority
from tests.integration.test_query_budgets import counting
from tests.support.cycles import ENDS, STARTS, Shire, copy_cycles, make_shire
from tests.support.databases import FreshDatabase
from tests.support.pages import Site, site_of, two_windows


@pytest.fixture
def site(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council that commissions."""
    engine = make_engine(engine_url)
    with site_of(make_shire(engine), engine_url, monkeypatch) as made:
        yield made
    engine.dispose()


def shire_of(site: Site) -> Shire:
    assert isinstance(site.council, Shire)
    return site.council


def test_a_cycle_from_the_form_to_assess(site: Site) -> None:
    """LI-29: for which localities; LG-25: with whom it is bought."""
    shire, carla = shire_of(site), site.visitor("carla")
    page = carla.get("/cycles/new")
    form = page.form("title")
    chosen = {
        "lead_id": str(shire.people["lena"]), "commissioner_post_id": str(shire.posts["team"]),
        "director_post_id": str(shire.posts["director"]), "board_id": str(shire.board),
        "priority_id": str(shire.priority), "starts_on": date(2027, 4, 1),
    }  # fmt: skip
    bare = carla.send(page, "/cycles/new", form, title="", ends_on=date(2026, 1, 1), starts_on=date(2027, 4, 1)).text
    assert "Enter what is commissioned" in bare
    assert "The last day must be on or after the first" in bare, "everything that is wrong is said at once"
    refused = carla.send(page, "/cycles/new", form, title="Short breaks", ends_on=date(2026, 1, 1), **chosen)
    assert refused.status == 422
    assert "The last day must be on or after the first" in refused.text
    assert dict(refused.form("title").values)["title"] == "Short breaks"
    wrong = carla.send(refused, "/cycles/new", refused.form("title"), ends_on=date(2030, 3, 31), share_bought="101")
    assert "hare bought must be" in wrong.text, "LG-25"
    again = carla.send(
        refused, "/cycles/new", refused.form("title"), title="Short breaks", remit="Breaks", ends_on=date(2030, 3, 31),
        share_bought="55", locality="Ryedale and Selby", consortium="Two neighbouring councils", **chosen,
    )  # fmt: skip
    assert again.status == 303
    lena = site.visitor("lena")
    cycle = lena.get(again.location)
    assert "Short breaks" in cycle.text
    assert "Start Assess" in cycle.text
    assert "Localities Ryedale and Selby" in cycle.text
    assert "Bought with Two neighbouring councils" in cycle.text
    assert "Bought from others 55 %" in cycle.text
    number = int(again.location.rpartition("/")[2])
    shire.step("lena", number, "start_assess")
    shown = lena.get(again.location)
    assert "7 outputs of Assess still to be done" in shown.text
    board = lena.get("/cycles")
    assert "0 days in Assess" in board.text
    assert "Scope and remit" in board.text
    assert "15 Oct" in board.text
    assert "Scope and remit" in lena.get("/cycles/register").text
    assert "Short breaks" in lena.get("/cycles.csv").html


def test_a_cycle_does_not_exist_for_who_may_not_see_it(site: Site) -> None:
    shire = shire_of(site)
    cycle = shire.cycle("Canary breaks")
    shire.step("lena", cycle, "start_assess")
    output = shire.outputs(cycle, "assess")[0][1].id
    for path in (
        f"/cycles/{cycle}",
        f"/cycles/{cycle}/edit",
        f"/cycles/outputs/{output}",
        f"/cycles/{cycle}/links/new",
    ):
        assert site.visitor("stranger").get(path).status == 404
        assert site.visitor("lena").get(path).status == 200
    for path in (
        "/cycles",
        "/cycles/register",
        "/cycles.csv",
        f"/plans/{shire.plan}",
        f"/plans/{shire.plan}/trace.csv",
    ):
        assert "Canary" not in site.visitor("stranger").get(path).html
        assert "Canary" in site.visitor("carla").get(path).html
    assert site.visitor("stranger").get("/cycles/new").status == 404


def test_a_plan_shows_what_is_missing_on_the_way(site: Site) -> None:
    """LG-18, BR-12: a priority nobody works on, an outcome without a measure."""
    shire, carla = shire_of(site), site.visitor("carla")
    shire.run("carla", save_priority, shire.plan, None, PriorityInput("6.7", "Workforce", cost_pence=1_000_000))
    page = carla.get(f"/plans/{shire.plan}")
    assert "6.7 Workforce 3 gaps" in page.text
    assert "No cycle works on it" in page.text
    form = carla.get(f"/plans/{shire.plan}/priorities/{shire.priority}")
    refused = carla.send(form, f"/plans/{shire.plan}/priorities/{shire.priority}", form.form("code"), code="6.7")
    assert refused.status == 422
    assert "There is a priority 6.7 in this plan already" in refused.text
    saved = carla.send(
        form, f"/plans/{shire.plan}/priorities/{shire.priority}", form.form("code"), cost_pence="12,500.00"
    )
    assert saved.status == 303
    assert "£12,500" in carla.get(f"/plans/{shire.plan}").text
    add = f"/plans/{shire.plan}/priorities/{shire.priority}/outcomes/new"
    page = carla.get(add)
    assert carla.send(page, add, page.form("statement"), statement="Fewer family breakdowns").status == 303
    assert "“Fewer family breakdowns” has no measure" in carla.get(f"/plans/{shire.plan}").text
    assert site.visitor("lena").get(add).status == 404


def test_each_measure_is_tied_to_an_aim_of_the_programme(site: Site) -> None:
    """LI-31: aims are recorded; an aim that nothing measures and a measure without an aim are gaps."""
    shire, carla = shire_of(site), site.visitor("carla")
    plan = f"/plans/{shire.plan}"
    add = f"{plan}/priorities/{shire.priority}/outcomes/new"
    page = carla.get(add)
    said = {"statement": "Fewer breakdowns", "measure": "Number a year"}
    assert carla.send(page, add, page.form("statement"), **said).status == 303
    assert "tied to no aim" not in carla.get(plan).text  # no aims are recorded: nothing to tie it to
    page = carla.get(f"{plan}/aims/new")
    for title, status in (("", 422), ("Help comes early", 303), ("Help comes early", 303)):
        assert carla.send(page, f"{plan}/aims/new", page.form("title"), title=title).status == status
    page = carla.get(f"{plan}/aims/new")
    twice = carla.send(page, f"{plan}/aims/new", page.form("title"), title="Help comes early")
    assert twice.status == 422
    assert "The plan has this aim already" in twice.text
    shown = carla.get(plan).text
    assert "Help comes early Gap: no measure is tied to it" in shown
    assert "The measure of “Fewer breakdowns” is tied to no aim" in shown

    aim = shire.read(lambda s: s.scalars(select(PlanAim)).one())
    outcome = shire.read(
        lambda s: s.scalars(select(PlanOutcome).where(PlanOutcome.statement == "Fewer breakdowns")).one()
    )
    at = f"{plan}/priorities/{shire.priority}/outcomes/{outcome.id}"
    page = carla.get(at)
    assert carla.send(page, at, page.form("statement"), aim_id="1").status == 422
    assert carla.send(page, at, page.form("statement"), aim_id=str(aim.id)).status == 303
    shown = carla.get(plan).text
    assert "Help comes early 1 measure" in shown
    assert "Measured by: Number a year. Aim: Help comes early" in shown
    assert "“Fewer breakdowns” is tied to no aim" not in shown
    assert "no measure is tied" not in shown
    assert "Help comes early" in carla.get(f"{plan}/trace.csv").text
    with pytest.raises(Invalid, match="1 outcome is tied to “Help comes early”"):
        shire.run("carla", remove_aim, shire.plan, aim.id)
    page = carla.get(at)
    assert carla.send(page, at, page.form("statement"), aim_id="").status == 303
    shire.run("carla", remove_aim, shire.plan, aim.id)
    assert "No aims are recorded" in carla.get(plan).text
    assert site.visitor("lena").get(f"{plan}/aims/new").status == 404


def test_who_saves_second_is_told_at_each_field_what_is_saved_now(site: Site) -> None:
    """Whatever else was changed meanwhile stands at its own field, so that it is not undone unseen."""
    shire, lena, carla = shire_of(site), site.visitor("lena"), site.visitor("carla")
    edit = f"/cycles/{shire.cycle('Short breaks')}/edit"
    saved = {"ends_on": date(2031, 5, 2), "is_pooled": "yes", "priority_id": ""}
    clash = two_windows(lena, edit, saved, remit="Breaks")
    told = (
        "“2 May 2031” is what is saved now",
        "“Budgets are pooled for it” is what",
        "serves: nothing is saved here now",
    )
    for said in told:
        assert said in clash.text
    assert "“Short breaks”" not in clash.text, "what is the same is not said"
    assert lena.send(clash, edit, clash.form("remit"), title="Breaks", **saved).status == 303
    plan = f"/plans/{shire.plan}"
    clash = two_windows(carla, f"{plan}/edit", {"about": "Of all"}, name="Another name")
    assert "“Of all” is what is saved now" in clash.text
    clash = two_windows(carla, f"{plan}/priorities/{shire.priority}", {"cost_pence": "70,000"}, title="Another")
    assert "“£70,000” is what is saved now" in clash.text


def test_two_who_take_a_step_are_told_which_case_and_where_it_stands(site: Site) -> None:
    """The page of a step bears the case's own title; the second is told the state and by whom, and is led there."""
    shire, lena = shire_of(site), site.visitor("lena")
    cycle = shire.cycle("Short breaks")
    shire.step("lena", cycle, "start_assess")
    path = f"/cases/{cycle}/steps/pause"
    first, second = lena.get(path), lena.get(path)
    assert first.html.count("Short breaks") >= 3, "title, way back and heading"
    typed: dict[str, Any] = {"reason": "Inspection", "resume_on": date(2027, 1, 11)}
    assert lena.send(first, path, first.form("reason"), **typed).status == 303
    told = lena.send(second, path, second.form("reason"), **typed)
    assert told.status == 409
    assert "It is now “Paused”: changed by Lena" in told.text
    assert "Waiting for" not in told.text
    assert "Inspection" in told.html, "what was typed is kept"
    assert f'href="/cycles/{cycle}"' in told.html
    page = lena.get(f"/cycles/{cycle}")
    resume, path = page.form(button="Resume"), f"/cases/{cycle}/steps/resume"
    assert lena.send(page, path, resume).status == 303
    told = lena.send(page, path, resume, idempotency_key="a" * 32)
    assert (told.status, "It is now “Assess”: changed by Lena" in told.text) == (409, True)
    assert "What you typed" not in told.text
    assert "See how it stands now" in told.text
    assert not [f for f in told.forms if f.button.startswith("Resume")], "it is not offered again"


def test_the_outputs_of_the_stages_are_changed_in_versions(site: Site) -> None:
    carla = site.visitor("carla")
    page = carla.get("/cycles/template")
    assert "The usual list" in page.text
    new, other = carla.get("/cycles/template/new"), carla.get("/cycles/template/new")
    form = new.form("title")
    typed = {"stage": "plan", "title": "Whole-life cost", "working_days": "50", "is_required": "yes"}
    refused = carla.send(new, "/cycles/template/new", form, **(typed | {"title": "Gap analysis"}))
    assert "There are two outputs “Gap analysis” in this stage" in refused.text
    assert carla.send(new, "/cycles/template/new", form, **typed, brings="tender").status == 303
    assert "Of contracts: the tender is out" in carla.get("/cycles/template").text
    assert "Version 1" in carla.get("/cycles/template").text
    stale = carla.send(other, "/cycles/template/new", other.form("title"), **(typed | {"title": "Another"}))
    assert stale.status == 409
    lena = site.visitor("lena")
    assert "Whole-life cost" in lena.get("/cycles/template").text
    assert lena.get("/cycles/template/new").status == 404


def test_what_goes_with_a_cycle_is_added_and_taken_out(site: Site) -> None:
    shire, lena = shire_of(site), site.visitor("lena")
    one, two = shire.cycle("Framework"), shire.cycle("Strategy")
    page = lena.get(f"/cycles/{one}/links/new")
    assert lena.send(page, f"/cycles/{one}/links/new", page.form("case_id"), case_id=str(two)).status == 303
    assert "Commissioning cycle: Strategy" in lena.get(f"/cycles/{one}").text
    shown = lena.get(f"/cycles/{two}")
    assert "Commissioning cycle: Framework" in shown.text
    page = lena.get(f"/cycles/{one}")
    path = f"/cycles/{one}/links/{two}/remove"
    assert lena.send(page, path, next(f for f in page.forms if f.action == path)).status == 303
    assert "Commissioning cycle: Strategy" not in lena.get(f"/cycles/{one}").text


def test_board_and_first_page_take_as_many_statements_for_2000_cycles_as_for_one(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column is cut, and says how many more there are."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_shire(engine), url, monkeypatch) as site:
        shire = shire_of(site)
        shire.step("lena", shire.cycle(), "start_assess")
        carla = site.visitor("carla")
        with counting(site.app) as few:
            carla.get("/cycles")
            carla.get("/")
        shire.write(lambda s: copy_cycles(s, 1_999))
        with counting(site.app) as many:
            board, first = carla.get("/cycles"), carla.get("/")
        assert "1975 more in Assess" in board.text
        assert "Assess 2000" in first.text
        assert len(many) <= len(few)
    engine.dispose()


def test_the_first_page_counts_the_stages_for_who_commissions(site: Site) -> None:
    """Only for a commissioner, and late ones are said; a paused cycle and a draft are in no stage."""
    shire = shire_of(site)
    shire.cycle("Draft")
    shire.step("lena", shire.cycle(), "start_assess")
    paused = shire.cycle("Paused")
    shire.step("lena", paused, "start_assess")
    shire.step("lena", paused, "pause", reason="Inspection", fields={"resume_on": "2027-01-11"})
    assert "Assess 1" in site.visitor("carla").get("/").text
    assert "late" not in site.visitor("carla").get("/").text.partition("All four columns")[0]
    assert "All four columns" not in site.visitor("lena").get("/").text
    (stage_due,) = {c.due_on for c in shire.read(lambda s: list(s.scalars(select(Case).where(Case.state == "assess"))))}
    first = shire.read(lambda s: s.scalars(select(func.min(CycleOutput.output_due_on))).one())
    shire.at(first + timedelta(days=1))
    assert first + timedelta(days=1) < stage_due
    carla = site.visitor("carla")
    assert "Assess 1 1 late" in carla.get("/").text, "an output is, as the board says too"
    assert carla.get("/cycles").html.count("app-card--late") == 1
    shire.at(date(2027, 2, 1))
    assert "Assess 1 1 late" in site.visitor("carla").get("/").text


def test_a_pause_does_not_begin_the_days_in_a_stage_anew(site: Site) -> None:
    """Nor does the day on which it was to be resumed outlast it."""
    shire = shire_of(site)
    cycle, begun = shire.cycle("Short breaks"), shire.now.date()
    shire.step("lena", cycle, "start_assess")
    shire.at(begun + timedelta(days=40))
    shire.step("lena", cycle, "pause", reason="Inspection", fields={"resume_on": "2027-01-11"})
    shire.at(begun + timedelta(days=45))
    assert "In this state for 5 days" in site.visitor("lena").get(f"/cycles/{cycle}").text
    shire.step("lena", cycle, "resume")
    assert shire.read(lambda s: s.get_one(Cycle, cycle).resume_on) is None
    shire.at(begun + timedelta(days=50))
    lena = site.visitor("lena")
    assert "50 days in Assess" in lena.get("/cycles").text
    assert f",{begun.isoformat()},50," in lena.get("/cycles.csv").html


def test_a_report_from_the_gate_and_its_refresh_on_pages(site: Site) -> None:
    """The button leads to a page that says who will read it; old beside new; whoever may not see it finds nothing."""
    shire, lena = shire_of(site), site.visitor("lena")
    cycle = shire.cycle()
    shire.reach(cycle, "plan")
    shire.meeting(shire.board)
    start = f"/reports/from/{cycle}"
    assert "Start the report" in lena.get(f"/cycles/{cycle}").text
    assert "Start the report" not in site.visitor("ann").get(f"/cycles/{cycle}").text
    assert site.visitor("stranger").get(start).status == 404
    page = lena.get(start)
    assert "Once it is submitted, besides: Chair of Cabinet: Chair; Ann, member of" in page.text
    made = lena.send(page, start, page.form("meeting_id"))
    assert made.status == 303
    assert lena.get(start).location == made.location, "the button leads to the one that there is"
    assert "Lena is writing the report on the gate" in site.visitor("carla").get(f"/cycles/{cycle}").text
    refresh = f"{made.location}/refresh"
    assert "Nothing that is recorded has changed" in lena.get(refresh).text
    output = next(c.id for o, c in shire.outputs(cycle, "plan") if o.title == "Risk")
    shire.step("lena", output, "provide", fields={"evidence": "None that is high"})
    shown = lena.get(refresh)
    assert "Risk: None that is high" in shown.text
    assert site.visitor("clerk").get(refresh).text.count("None that is high") == 0
    taken = lena.send(shown, refresh, shown.form("seen"))
    assert taken.status == 303
    assert "Risk: None that is high" in lena.get(f"{made.location}/preview").text
    again = lena.send(shown, refresh, shown.form("seen"), idempotency_key="another-key-0123456789")
    assert again.status == 409, "what was shown is not what is there any more"
    ladder = lena.get("/ladder")
    assert "Output: Gap analysis" in ladder.text
    assert "Draft ready" in lena.get("/ladder.csv?whose=all").html
    assert "Draft ready" not in site.visitor("ann").get("/ladder.csv?whose=all").html


def test_cycles_and_plans_are_found_by_their_words_by_who_may_see_them(site: Site) -> None:
    """A draft cycle is found by those with a part in it alone; a plan in force, its priorities and outcomes by all."""
    shire = shire_of(site)
    shire.cycle("Overnight stays", remit="Respite in the dales")
    for words, shown in (("overnight", "Overnight stays"), ("respite dales", "Remit"), ("WT5", "Priority: WT5")):
        assert shown in site.visitor("lena").get(f"/search?q={words}").text
    assert "Nothing found" in site.visitor("stranger").get("/search?q=respite&kind=cycle").text
    found = site.visitor("stranger").get("/search?q=parents&kind=plan").text
    assert "1 result" in found
    assert "Outcome" in found


def test_a_cycles_history_says_what_was_added_and_changed_to_who_may_know_it(site: Site) -> None:
    """By name and with its values; of what a reader may not see, only that there was something."""
    shire = shire_of(site)
    cycle, other = shire.cycle("Short breaks"), shire.cycle("Canary respite")
    shire.step("lena", cycle, "start_assess")
    shire.run("lena", link_case, cycle, other)
    item = shire.run("carla", save_item, None, ItemInput("benchmark", "Unit costs of neighbours"))
    shire.run("lena", cite_item, cycle, item)
    people = (shire.people["lena"], shire.posts["team"], shire.posts["director"])
    told: dict[str, Any] = {"remit": "Breaks", "priority_id": shire.priority, "board_id": shire.board}
    shire.run("lena", edit_cycle, cycle, CycleInput("Short breaks", *people, STARTS, ENDS, **told, locality="Selby"))
    mine, board = (site.visitor(who).get(f"/cycles/{cycle}") for who in ("lena", "ann"))
    reference = shire.read(lambda s: s.get_one(Case, other).reference)
    said = mine.text.split("What happened")[-1]
    assert f"{reference} Canary respite" in said
    assert "Unit costs of neighbours" in said
    assert "locality set to “Selby”" in said
    assert board.status == 200
    assert "Something that goes with it was added" in board.text
    assert "locality set to “Selby”" in board.text
    assert "Canary" not in board.html
