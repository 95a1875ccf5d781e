"""Self-assessment: levels with evidence by heading, frozen rounds, corrections, rounds beside each other (NY-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from commissioning.assurance import assessments as commands
from commissioning.assurance import queries, radar
from commissioning.assurance.assessments import RatingInput
from commissioning.assurance.lists import list_entries, save_list
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.bodies import Action
from commissioning.models.library import Assessment, AssessmentRating, ChecklistEntry
from commissioning.models.people import Grant
from commissioning.plans.commands import PlanInput, create_plan
from tests.support.council import NOW
from tests.support.cycles import Shire
from tests.support.pages import Site, two_windows

WHO = "Commissioning team, with five partners"


def begun(shire: Shire, plan: int | None = None, on: date | None = None) -> int:
    """A round that is open."""
    return int(shire.run("carla", commands.start_assessment, plan, on or shire.now.date(), WHO))


def entries(shire: Shire, round_id: int) -> list[int]:
    """Ids of the headings of a round, in order."""
    checklist = select(Assessment.checklist_id).where(Assessment.id == round_id).scalar_subquery()
    found = select(ChecklistEntry.id).where(ChecklistEntry.checklist_id == checklist).order_by(ChecklistEntry.position)
    return list(shire.read(lambda s: s.scalars(found).all()))


def rate_all(shire: Shire, round_id: int, level: int) -> None:
    """Every heading at one level."""
    for entry in entries(shire, round_id):
        shire.run("carla", commands.rate, round_id, entry, RatingInput(level, "Minutes of the team"))


def test_a_round_goes_from_its_headings_to_frozen_and_is_corrected_with_a_reason(shire: Shire, site: Site) -> None:
    """NY-12: level, evidence and what is to be done by heading; a finished round stays, a correction says why."""
    carla, reader = site.visitor("carla"), site.visitor("stranger")
    refused = carla.fill("/assessments/new", held_on=date(2026, 12, 1), assessed_by="")
    assert refused.status == 422
    made = carla.fill("/assessments/new", held_on=NOW.date(), assessed_by=WHO)
    assert made.status == 303
    path = made.location
    round_id = int(path.rpartition("/")[2])
    assert carla.get(path).text.count("No level yet") == 8
    assert reader.get(path).status == 404, "it is not finished"
    first, *others = entries(shire, round_id)
    where = f"{path}/headings/{first}"
    assert carla.fill(where, level="3", evidence="").status == 422
    assert "Known from the experience of staff" in carla.get(where).text
    two = [carla.get(where) for _ in range(2)]
    said = {"level": "3", "evidence": "Assessment of May", "improvement": "Ask partners for their figures"}
    assert carla.send(two[0], where, two[0].form("evidence"), **said).status == 303
    clash = carla.send(two[1], where, two[1].form("evidence"), **said | {"level": "2"})
    assert clash.status == 409
    assert "is what is saved now" in clash.text
    assert "“Assessment of May”" not in clash.text, "they say the same"
    clash = two_windows(carla, f"{path}/edit", {"assessed_by": "Others"}, held_on=NOW.date() - timedelta(days=1))
    assert "“Others” is what is saved now" in clash.text
    finish = carla.get(path)
    carla.send(finish, "", finish.form(button="Finish"))
    assert "“Hearing those who use services” has no level yet" in carla.get(path).text
    for entry in others:
        shire.run("carla", commands.rate, round_id, entry, RatingInput(2, "Minutes"))
    finish = carla.get(path)
    carla.send(finish, "", finish.form(button="Finish"))
    page = reader.get(path)
    assert "Assessment of May" in page.text
    assert "What you can do" not in page.text
    with pytest.raises(NotNow):
        shire.run("carla", commands.rate, round_id, first, RatingInput(4, "Better"))
    assert carla.get(where).status == 404
    corrected = carla.fill(f"{path}/correct", reason="One level was typed wrongly")
    assert corrected.status == 303
    later = int(corrected.location.rpartition("/")[2])
    assert "Finished" in reader.get("/assessments").text, "the first stands until the correction is finished"
    shire.run("carla", commands.rate, later, first, RatingInput(2, "Assessment of May"))
    shire.run("carla", commands.finish_assessment, later)
    assert "Replaced by a correction" in reader.get("/assessments").text
    assert "Level 3" in reader.get(path).text
    assert "One level was typed wrongly" in reader.get(corrected.location).text
    with pytest.raises(NotNow):
        shire.run("carla", commands.correct_assessment, round_id, "Again")
    with pytest.raises(Forbidden):
        shire.run("stranger", commands.correct_assessment, later, "Mine")


def test_what_is_to_be_done_becomes_an_action_of_a_board_once(shire: Shire, site: Site) -> None:
    """It is recorded as any action is, so by who may record one for the board; the board's clerk agrees it."""
    shire.write(lambda session: session.add(_grant(shire.people["carla"], "officer")))
    round_id = begun(shire)
    entry = entries(shire, round_id)[0]
    rating = RatingInput(1, "None is written", "Write the assessment of needs")
    shire.run("carla", commands.rate, round_id, entry, rating)
    rating_id = shire.read(lambda s: s.scalars(select(AssessmentRating.id)).one())
    given = {"body_id": str(shire.board), "owner_id": str(shire.people["olaf"]), "due_on": date(2026, 12, 1)}
    assert site.visitor("carla").fill(f"/assessments/{round_id}/headings/{entry}/action", **given).status == 303
    action = shire.read(lambda s: s.scalars(select(Action)).one())
    assert (action.text, action.owner_id) == (rating.improvement, shire.people["olaf"])
    assert f"/actions/{action.case_id}" in site.visitor("carla").get(f"/assessments/{round_id}").html
    with pytest.raises(NotNow):
        shire.run("carla", commands.open_action, rating_id, shire.board, None, None, "")
    with pytest.raises(Stale):
        shire.run("carla", commands.rate, round_id, entry, rating, seen=0)


def test_rounds_stand_beside_each_other_by_heading_through_versions_of_the_list(shire: Shire, site: Site) -> None:
    """A heading is the same while its code is, whatever its words; one that was not asked has no level."""
    first = begun(shire)
    rate_all(shire, first, 2)
    shire.run("carla", commands.finish_assessment, first)
    _, headings = shire.read(lambda s: list_entries(s, "assessment"))
    changed = [*headings[:6], replace(headings[7], title="Learning"), replace(headings[0], title="New one", code="")]
    shire.run("carla", save_list, "assessment", changed, seen=1)
    with pytest.raises(Stale):
        shire.run("carla", save_list, "assessment", changed, seen=1)
    with pytest.raises(Invalid):
        shire.run("carla", save_list, "assessment", [replace(headings[0], levels=("", "", "", ""))])
    with pytest.raises(Forbidden):
        shire.run("stranger", save_list, "assessment", changed)
    shire.now = NOW + timedelta(days=30)
    second = begun(shire)
    rate_all(shire, second, 3)
    shire.run("carla", commands.finish_assessment, second)
    rounds, rows = shire.read(lambda s: queries.list_compared(s, shire.actor("carla", s), None, shire.now.date()))
    assert [r.assessment.id for r in rounds] == [first, second]
    levels = {row.title: (row.levels, row.change) for row in rows}
    assert levels["Learning"] == ([2, 3], 1)
    assert levels["New one"] == ([None, 3], None)
    assert levels["Watching results"] == ([2, None], None)
    page = site.visitor("stranger").get("/assessments/council")
    assert "7. Learning 2 3 Up 1" in page.text
    assert page.html.count('class="app-radar__shape app-radar__shape--1" points=') == 1
    assert "Learning,2,3" in site.visitor("stranger").get("/assessments/council.csv").html
    assert "Version 2" in site.visitor("stranger").get("/checklists/assessment").text


def test_a_round_of_a_draft_plan_is_there_for_nobody_who_may_not_see_the_plan(shire: Shire, site: Site) -> None:
    plan = PlanInput("Canary plan", date(2027, 4, 1), date(2030, 3, 31))
    draft = shire.run("carla", create_plan, plan, shire.people["carla"], shire.posts["team"])
    hidden, known = begun(shire, draft), begun(shire, shire.plan)
    for round_id in (hidden, known):
        rate_all(shire, round_id, 2)
        shire.run("carla", commands.finish_assessment, round_id)
    reader, carla = site.visitor("stranger"), site.visitor("carla")
    for path in (f"/assessments/{hidden}", f"/assessments/plans/{draft}", f"/assessments/plans/{draft}.csv"):
        assert carla.get(path).status == 200
        assert reader.get(path).status == 404
    assert "Canary" not in reader.get("/assessments").html
    assert "1 round" in reader.get("/assessments").text
    assert "Children and Young People’s Plan 2008 to 2011" in reader.get(f"/assessments/plans/{shire.plan}").text
    with pytest.raises(Invalid):
        shire.run("dora", commands.start_assessment, 12345, NOW.date(), WHO)
    with pytest.raises(NotFound):
        shire.run("carla", commands.finish_assessment, 12345)


def test_a_radar_has_an_axis_for_each_heading_and_a_ring_for_each_level() -> None:
    assert radar.draw([[1, 2]]) is None
    drawn = radar.draw([[4, 4, 4, 4], [2, None, 1, 4]])
    assert drawn is not None
    assert drawn.rings[3] == drawn.shapes[0] == "160,40 280,160 160,280 40,160"
    assert drawn.shapes[1] == "160,100 160,160 160,190 40,160"
    assert len(drawn.axes) == 4


def _grant(person_id: int, role: str) -> Grant:
    return Grant(person_id=person_id, role=role, scope_kind="organisation", from_on=date(2026, 1, 1))
