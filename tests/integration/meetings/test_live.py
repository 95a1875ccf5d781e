"""The page from which a meeting is run: outcomes, votes, coming and going and notes in one form; the running order."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from commissioning.casework.errors import Stale
from commissioning.decisions.outcome_commands import Line, Note, record_line
from commissioning.meetings.agenda import list_agenda
from commissioning.meetings.agenda_commands import HeadingInput, save_heading
from commissioning.meetings.minutes import draft_minutes
from commissioning.meetings.quorum import present_at
from commissioning.meetings.sitting_commands import declare_interest
from commissioning.models.bodies import Meeting, Outcome
from commissioning.models.cases import Case
from commissioning.models.sittings import LineNote
from tests.integration.meetings.scenes import attend, outcome, publish
from tests.support.council import MEETING_AT, Council
from tests.support.pages import Site, site_of


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council's database."""
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def begun(council: Council, *, attending: bool = True) -> tuple[int, int, list[int]]:
    """A meeting of a committee with a talk and a paper of two recommendations: (meeting, item, recommendations)."""
    meeting = council.meeting(council.body(kind="committee"))
    report = council.report(meeting, [{}, {"ask": "note"}], title="Short breaks", presenting_officer="Ida Berg")
    council.step("clerk", report, "put_on_agenda")
    council.run("clerk", save_heading, meeting, HeadingInput("Visit of the youth council", length=20))
    publish(council, meeting)
    council.now = MEETING_AT
    if attending:
        attend(council, meeting, "ann", "bob", "cat")
    return meeting, council.items(meeting)[0], council.recommendations(report)


def test_who_is_marked_at_the_first_line_was_there_from_the_start(site: Site) -> None:
    """Nobody "came in" before there was anything to come in to; who comes in later does, at a time (P-19)."""
    council = site.council
    meeting, item, _ = begun(council, attending=False)
    ann, bob = council.people["ann"], council.people["bob"]
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live"
    page = clerk.get(path)
    assert "Nobody’s attendance is recorded yet. “Is here” records somebody as attending from the start." in page.text
    assert clerk.send(page, "", page.form("note"), press=f"in:{ann}").status == 303
    page = clerk.get(f"{path}?line={item}")
    assert "Not everybody’s attendance is recorded. “Comes in” records that somebody came in now" in page.text
    assert clerk.send(page, "", page.form("note"), press=f"in:{bob}").status == 303
    minutes = council.read(lambda s: draft_minutes(s, s.get_one(Meeting, meeting)))
    assert "## Present\n\nAnn, Bob." in minutes
    assert re.findall(r"(\w+) came in at", minutes) == ["Bob"]


def test_a_meeting_is_run_from_one_page_without_scripts(site: Site) -> None:
    council = site.council
    meeting, item, (first, second) = begun(council)
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live"
    page = clerk.get(path)
    assert "1. Apologies for absence" in page.text
    assert "Short breaks" in page.text
    page = clerk.send(page, "", page.form("note"), press="next", note="Dan sent his apologies.")
    assert (page.status, page.location.endswith(path)) == (303, False)

    page = clerk.get(f"{path}?line={item}")
    assert "3 may vote on this, the quorum is 3." in page.text
    assert "Introduced by Ida Berg" in page.text
    typed = {f"outcome_{first}": "agreed", f"votes_for_{first}": "4", f"reasons_{first}": "It helps families"}
    page = clerk.send(page, "", page.form("note"), press="next", **typed)
    assert page.status == 422
    assert "Recommendation 1: 4 votes are more than the 3 who may vote on this" in page.text
    assert "It helps families" in page.text, "what was typed is still there"
    page = clerk.send(page, "", page.form("note"), press=f"in:{council.people['dan']}", **{f"votes_for_{first}": "4"})
    assert page.status == 303, "who comes in counts in the same moment"
    page = clerk.get(f"{path}?line={item}")
    page = clerk.send(page, "", page.form("note"), press="as_printed")
    assert page.status == 303
    rows = council.read(lambda s: s.scalars(select(Outcome).order_by(Outcome.id)).all())
    assert [(o.recommendation_id, o.outcome, o.votes_for) for o in rows] == [
        (first, "agreed", 4),
        (second, "noted", None),
    ]
    assert rows[0].reasons == "It helps families"
    assert rows[0].version == 2, "saved again, as it was shown"
    assert [n.text for n in council.read(lambda s: s.scalars(select(LineNote)).all())] == ["Dan sent his apologies."]

    for who in ("ann", "bob"):
        council.run("clerk", declare_interest, meeting, item, council.people[who], "Governor of the school")
    page = clerk.get(f"{path}?line={item}")
    assert "Not quorate: 2 voting members are present for this item (2 out with an interest)" in page.text
    assert clerk.send(page, "", page.form("note"), press="inquorate").status == 303
    page = clerk.get(f"{path}?line={item}")
    assert "It rolls on to the next meeting" in page.text
    assert clerk.send(page, "", page.form("note"), press="quorate").status == 409
    council.step("clerk", meeting, "hold")
    assert "Inquorate: it rolls on to the next meeting" in clerk.get(f"/meetings/{meeting}/decisions").text
    held = clerk.get(f"/meetings/{meeting}").text
    assert "Inquorate: rolls on" in held
    assert "no outcome yet" not in held, "no outcome is asked for of what rolls on"
    for who in ("ann", "chair", "author"):
        assert site.visitor(who).get(path).status == 404
    confirmed = update(Meeting).where(Meeting.case_id == meeting).values(decisions_confirmed_at=council.now)
    council.write(lambda s: s.execute(confirmed))
    page = clerk.get(path)
    assert "Dan sent his apologies." in page.text
    assert "<textarea" not in page.html, "nothing is offered to be typed that cannot be saved"


def test_what_is_wrong_names_its_recommendation_and_a_referral_is_made_here(site: Site) -> None:
    """Words and numbers for votes, an outcome left out, a body left out: nothing is lost; numbers are the paper's."""
    council = site.council
    meeting, item, (first, second) = begun(council)
    other = council.body("Trust Board")
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live?line={item}"
    page = clerk.get(path)
    typed = {f"outcome_{first}": "agreed", f"votes_for_{first}": "two", f"votes_against_{second}": "2000"}
    page = clerk.send(page, "", page.form("note"), press="next", note="A long debate.", **typed)
    assert page.status == 422
    for said in (
        "Votes for (recommendation 1) must be a whole number",
        "Votes against (recommendation 2) must be between 0 and 1,000",
        "A long debate.",
    ):
        assert said in page.text
    typed = {f"votes_for_{first}": "3", f"votes_against_{second}": "1"}
    page = clerk.send(page, "", page.form("note"), press="next", **typed)
    assert (page.status, "Select the outcome of recommendation 2" in page.text) == (422, True)
    typed = {f"outcome_{second}": "referred", f"votes_against_{second}": ""}
    page = clerk.send(page, "", page.form("note"), press="next", **typed)
    assert (page.status, "Recommendation 2: Select the body that it is referred to" in page.text) == (422, True)
    assert clerk.send(page, "", page.form("note"), press="next", **{f"referred_to_id_{second}": other}).status == 303
    rows = council.read(lambda s: s.scalars(select(Outcome).order_by(Outcome.id)).all())
    assert [(o.outcome, o.referred_to_id) for o in rows] == [("agreed", None), ("referred", other)]
    at = f"/meetings/{meeting}/interests?item={item}"
    mine = {"line_id": item, "person_id": council.people["cat"], "nature": "Governor"}
    page = clerk.fill(at, **mine)
    assert (page.status, page.location.endswith(path)) == (303, True), "back to where the meeting is"


def test_p17_a_private_item_has_a_summary_that_everybody_may_read(site: Site) -> None:
    """What was said stays out of the minutes; its summary is in them, and where there is none the clerk is told."""
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    report = council.report(meeting, [{"text": "CANARY"}], title="CANARY", is_exempt=True, exempt_paragraph=3)
    council.write(lambda s: s.execute(update(Case).where(Case.id == report).values(secrecy="exempt")))
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.now = MEETING_AT
    attend(council, meeting, "ann", "bob", "cat")
    (item,) = council.items(meeting)
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live"
    assert "Summary for the public" not in clerk.get(path).text, "nothing is private there"
    page = clerk.get(f"{path}?line={item}")
    assert "Kept from the minutes" in page.text
    page = clerk.send(page, "", page.form("note"), press="as_printed", note="CANARY was too dear.")
    assert page.status == 303
    council.step("clerk", meeting, "hold")
    page = clerk.get(f"/meetings/{meeting}/minutes")
    assert "CANARY" not in page.text
    assert "What was said is withheld." in page.html
    assert "Nothing that everybody may read is written of item 6, Paper: CANAR" in page.text
    page = clerk.get(f"{path}?line={item}")
    said = "Offers for a site were weighed, and one was accepted."
    assert clerk.send(page, "", page.form("note"), press="stay", public_note=said).status == 303
    page = clerk.get(f"/meetings/{meeting}/minutes")
    assert said in page.html
    assert "CANARY" not in page.html.replace("Paper: CANAR", "")
    assert "Nothing that everybody may read" not in page.text
    note = council.read(lambda s: s.scalars(select(LineNote)).one())
    assert (note.text, note.summary, note.version) == ("CANARY was too dear.", said, 2)


def test_what_two_clerks_write_is_shown_to_the_second_and_nothing_is_half_done(site: Site) -> None:
    council = site.council
    meeting, item, (first, _) = begun(council)
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live?line={item}"
    page = clerk.get(path)
    outcome(council, meeting, item, first, "rejected", reasons="Too dear")
    typed = {f"outcome_{first}": "agreed", f"reasons_{first}": "It helps", "note": "A long debate."}
    page = clerk.send(page, "", page.form("note"), press=f"out:{council.people['ann']}", **typed)
    assert page.status == 409
    assert "Rejected: Too dear" in page.text
    assert "A long debate." in page.text
    assert council.read(lambda s: s.scalars(select(LineNote)).all()) == []
    found = council.read(lambda s: present_at(s, s.get_one(Meeting, meeting)))
    assert council.people["ann"] in found.in_room(item)
    assert clerk.send(page, "", page.form("note"), press="stay").status == 303, "sent again, it is the last word"
    assert council.read(lambda s: s.scalars(select(Outcome.outcome)).one()) == "agreed"
    with pytest.raises(Stale):
        council.run("clerk", record_line, meeting, Line(item, note=Note("Mine", None)))


def test_the_chair_prints_a_running_order(site: Site) -> None:
    council = site.council
    meeting, item, _ = begun(council)
    council.run("ann", declare_interest, meeting, item, council.people["ann"], "Governor of the school")
    page = site.visitor("chair").get(f"/meetings/{meeting}/running-order")
    assert page.status == 200
    assert "The quorum is 3 of 4 voting members. Apologies: Dan." in page.text
    assert "14:00 5. Short breaks Introduced by Ida Berg. Ann has an interest, and is out for this item." in page.text
    assert "1. Agree: That recommendation 1 be agreed" in page.text
    assert site.visitor("stranger").get(f"/meetings/{meeting}/running-order").status == 404
    assert len(council.read(lambda s: list_agenda(s, meeting))) == 6


def test_a_sum_is_amended_where_the_meeting_is_run_and_shown_before_it_is_confirmed(site: Site) -> None:
    """Beside it the votes, the text as proposed, who may read it, and how many options are to be chosen."""
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    choose = {"ask": "choose", "options": ["A", "B", "C"], "least": 1, "most": 2}
    report = council.report(meeting, [{"amount_pence": 8_600_050, "secrecy": "exempt"}, choose])
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.now = MEETING_AT
    attend(council, meeting, "ann", "bob", "cat")
    item, (first, second) = council.items(meeting)[0], council.recommendations(report)
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/live?line={item}"
    page = clerk.get(path)
    assert "Choose 1 to 2" in page.text
    assert "Recommendation 1 Exempt" in page.text
    assert f'name="amended_pence_{first}"' in page.html
    assert f'name="amended_pence_{second}"' not in page.html
    typed = {
        f"outcome_{first}": "agreed_as_amended",
        f"amended_text_{first}": "That up to £90,000 is spent",
        f"amended_pence_{first}": "90000",
        f"votes_for_{first}": "2",
        f"votes_against_{first}": "1",
        f"abstentions_{first}": "0",
    }
    assert clerk.send(page, "", page.form("note"), press="stay", **typed).status == 303
    page = clerk.get(path)
    assert "Saved." in page.text
    assert re.search(rf'name="amended_pence_{first}"[^>]*value="90,?000(\.00)?"', page.html)
    council.step("clerk", meeting, "hold")
    checked = clerk.get(f"/meetings/{meeting}/decisions").text
    assert re.search(r"£90,000(\.00)? \(proposed: £86,000.50\)", checked)
    for said in ("2 for, 1 against, 0 abstentions", "Text as proposed", "Exempt: not for the public"):
        assert said in checked
