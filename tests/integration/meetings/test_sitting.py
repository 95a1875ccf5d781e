"""Who counts at a meeting, item by item: substitutes, coming and going, interests, quorum, votes (P-19, P-20, P-25)."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.meetings.agenda import OPENING, list_headings
from commissioning.meetings.agenda_commands import save_opening
from commissioning.meetings.minutes import draft_minutes
from commissioning.meetings.quorum import Present, present_at
from commissioning.meetings.sitting_commands import (
    Came,
    declare_interest,
    record_movement,
    set_attendance,
    set_inquorate,
)
from commissioning.models.bodies import AgendaItem, Meeting
from commissioning.models.cases import Message
from commissioning.models.people import Grant
from commissioning.models.sittings import RecordedVote
from tests.integration.meetings.scenes import attend, outcome, publish, published
from tests.support.council import MEETING_AT, Council


def present(council: Council, meeting: int) -> Present:
    """Who counts."""
    found: Present = council.read(lambda s: present_at(s, s.get_one(Meeting, meeting)))
    return found


def names(council: Council, people: frozenset[int]) -> str:
    """Names in order, for short."""
    return " ".join(sorted(name for name, person in council.people.items() if person in people))


def two_papers(council: Council, **more: Any) -> tuple[int, list[int], list[int]]:
    """A meeting with two published papers, everybody there: (meeting, reports, items)."""
    meeting = council.meeting(council.body(**more))
    reports = [council.report(meeting, [{}], title=f"Paper {n}") for n in (1, 2)]
    for report in reports:
        council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.now = MEETING_AT
    attend(council, meeting)
    return meeting, reports, council.items(meeting)


def test_who_may_vote_on_an_item_follows_from_who_is_there(council: Council) -> None:
    """P-20: an interest takes out for its item; a dispensation does not; who leaves is out until they are back."""
    meeting, _, (first, second) = two_papers(council)
    clerk: Any = council.run
    ann, bob, cat, dan = (council.people[n] for n in ("ann", "bob", "cat", "dan"))
    with pytest.raises(Forbidden, match="clerk records a dispensation"):
        clerk("ann", declare_interest, meeting, first, ann, "Governor", dispensation="Given")
    keeper = Grant(person_id=council.people["stranger"], role="monitoring_officer", from_on=date(2026, 1, 1))
    council.write(lambda s: s.add(keeper))
    clerk("ann", declare_interest, meeting, first, ann, "Governor of the school")
    told = council.read(lambda s: s.scalars(select(Message).where(Message.about == "interest_declared")).all())
    assert {m.person_id for m in told} == {council.people["stranger"]}, "who declares it reads it on the page"
    assert all("the monitoring officer must be notified of it by 1 December 2026" in m.text for m in told)
    assert not any("school" in m.text for m in told), "the nature of it is for its page"
    clerk("clerk", declare_interest, meeting, first, bob, "Tenant", dispensation="Standards Committee, 1 June")
    clerk("clerk", record_movement, meeting, cat, first, is_arrival=False, at=time(14, 20))
    with pytest.raises(Invalid, match="Cat is not there at this item already"):
        clerk("clerk", record_movement, meeting, cat, second, is_arrival=False)
    found = present(council, meeting)
    assert names(council, found.voters_on(first)) == "bob dan"
    assert names(council, found.voters_on(second)) == "ann bob dan"
    assert (found.is_quorate_for(first), found.is_quorate_for(second)) == (False, True)
    assert "2 voting members are present for this item (1 out with an interest), the quorum is 3" in (
        found.why_inquorate(first)
    )
    clerk("clerk", record_movement, meeting, cat, second, is_arrival=True, at=time(15, 0))
    assert names(council, present(council, meeting).voters_on(second)) == "ann bob cat dan"
    assert names(council, present(council, meeting).voters_on(first)) == "bob dan", "what was, stays"
    attend(council, meeting, "bob", "cat", "dan")
    clerk("clerk", record_movement, meeting, ann, second, is_arrival=True)
    assert names(council, present(council, meeting).in_room(first)) == "bob dan", "who comes later was not there before"
    with pytest.raises(Invalid, match="Select a line of this agenda"):
        clerk("clerk", record_movement, meeting, dan, 1, is_arrival=False)
    headings = {row.kind: row.id for row in council.read(lambda s: list(list_headings(s, meeting)))}
    with pytest.raises(Invalid, match="Nothing is discussed under “Apologies for absence”"):
        clerk("dan", declare_interest, meeting, headings["apologies"], dan, "Governor")
    for who in (bob, dan):
        clerk("clerk", declare_interest, meeting, headings["matters_arising"], who, "Trustee of the provider")
    found = present(council, meeting)
    assert names(council, found.voters_on(headings["matters_arising"])) == "cat"
    assert names(council, found.voters_on(first)) == "bob dan", "out for that heading alone"
    minutes = council.read(lambda s: draft_minutes(s, s.get_one(Meeting, meeting)))
    assert "- Item 4: Dan, Trustee of the provider; took no part." in minutes
    arising = minutes.split("## 4. Matters arising")[1].split("## 5.")[0]
    assert "1 voting member is present for this item (2 out with an interest), the quorum is 3." in arising


def test_p25_a_substitute_sits_for_one_and_votes_only_where_entitled(council: Council) -> None:
    """A member twice is refused, and so is a member from elsewhere where the body meets in person."""
    meeting, _, (item, _) = two_papers(council)
    ann, bob, cat, dan = (council.people[n] for n in ("ann", "bob", "cat", "dan"))

    def came(**people: Came) -> None:
        given = {council.people[name]: value for name, value in people.items()}
        council.run("clerk", set_attendance, meeting, given, presided_by=dan)

    came(ann=Came("apologies", "Zoe Orr", True), bob=Came("apologies", "Yan Lee"), cat=Came("present"))
    found = present(council, meeting)
    assert (found.voters_on(item), found.in_room(item)) == ({ann, cat, dan}, {ann, bob, cat, dan})
    for wrong, words in (
        ({"bob": Came("absent", "zoe orr", True)}, "zoe orr has a seat already, and one person counts once"),
        ({"bob": Came("absent", "Dan")}, "Dan has a seat already"),
        ({"cat": Came("present", "Max Roe")}, "Cat is present, so nobody sits in their place"),
        ({"cat": Came("present", is_remote=True)}, "this body meets in person"),
    ):
        with pytest.raises(Invalid, match=words):
            came(**wrong)
    with pytest.raises(Invalid, match="Select somebody who is present"):
        council.run("clerk", set_attendance, meeting, {bob: Came("absent")}, presided_by=bob)
    body = council.read(lambda s: s.get_one(Meeting, meeting).body_id)
    council.run("clerk", save_opening, body, OPENING, sits=(True, True))
    came(cat=Came("present", is_remote=True))
    assert council.read(lambda s: s.get_one(Meeting, meeting).presided_by_id) == dan


def test_an_item_without_a_quorum_is_not_decided_and_rolls_on(council: Council) -> None:
    """Being inquorate is a fact of an item: no outcome, it says why, and the other item is not touched."""
    meeting, reports, (first, second) = two_papers(council)
    following = council.meeting(council.read(lambda s: s.get_one(Meeting, meeting).body_id), date(2026, 12, 1))
    (recommendation,), (other,) = (council.recommendations(report) for report in reports)
    outcome(council, meeting, first, recommendation, votes_for=4)
    council.step("clerk", meeting, "hold")
    with pytest.raises(NotNow, match="Enough members are present"):
        council.run("clerk", set_inquorate, meeting, first, is_inquorate=True)
    for who in ("ann", "bob"):
        council.run("clerk", declare_interest, meeting, first, council.people[who], "Governor of the school")
    for is_ in ("agreed", "deferred"):
        with pytest.raises(Invalid, match="Nothing can be decided: record it as inquorate, and it rolls on"):
            outcome(council, meeting, first, recommendation, is_, version=1)
    outcome(council, meeting, second, other, votes_for=3)
    council.run("clerk", record_movement, meeting, council.people["cat"], second, is_arrival=False)
    council.run("clerk", record_movement, meeting, council.people["cat"], second, is_arrival=True)
    with pytest.raises(NotNow, match=r"item 5, inquorate \(Not quorate: 2 voting"):
        council.step("clerk", meeting, "confirm_decisions")
    council.run("clerk", set_inquorate, meeting, first, is_inquorate=True)
    with pytest.raises(NotNow, match="It rolls on to the next meeting"):
        outcome(council, meeting, first, recommendation, version=1)
    council.step("clerk", meeting, "confirm_decisions")
    assert (council.state(first), council.state(second)) == ("rolled_on", "heard")
    assert [council.state(report) for report in reports] == ["published", "decided"]
    assert [d.item_id for d in council.decisions(meeting)] == [second]
    (again,) = council.items(following)
    assert council.read(lambda s: s.get_one(AgendaItem, again).report_id) == reports[0]
    told = council.read(lambda s: s.scalars(select(Message.text).where(Message.about == "rolled_on")).first())
    assert "could not decide it. Not quorate: 2 voting" in told


def test_votes_say_what_the_outcome_says(council: Council) -> None:
    """P-19: more for than against carries it; equal, the chair casts; a member may have their own vote recorded."""
    meeting, report, item = published(council, council.body(), [{}, {}])
    first, second = council.recommendations(report)
    people = {n: council.people[n] for n in ("ann", "bob", "cat", "dan")}
    for is_, given, words in (
        ("agreed", {"votes_for": 1, "votes_against": 3}, "1 for and 3 against: it is not carried"),
        ("rejected", {"votes_for": 3, "votes_against": 1, "reasons": "x"}, "it is carried"),
        ("agreed", {"votes_for": 2, "votes_against": 2}, "not carried; enter the chair’s casting vote"),
        ("agreed", {"votes_for": 3, "votes_against": 1, "casting_vote": "for"}, "only where votes are equal"),
        ("agreed", {"votes_for": 5}, "5 votes are more than the 4 who may vote"),
        ("agreed", {"named": ((people["ann"], "for"),)}, "or the vote of everybody by name"),
        ("agreed", {"votes_for": 3, "named": ((people["ann"], "against"),)}, "named as against"),
        ("agreed", {"votes_for": 3, "named": ((council.people["chair"], "for"),)}, "and nobody else"),
    ):
        with pytest.raises(Invalid, match=words):
            outcome(council, meeting, item, first, is_, **given)
    outcome(council, meeting, item, first, votes_for=2, votes_against=2, casting_vote="for")
    by_name = tuple((person, "against" if name == "dan" else "for") for name, person in people.items())
    outcome(council, meeting, item, second, named=by_name)
    council.run("clerk", declare_interest, meeting, item, people["dan"], "A late thought")
    with pytest.raises(NotNow, match="item 5, 4 votes and 3 who may vote"):
        council.step("clerk", meeting, "confirm_decisions")
    outcome(council, meeting, item, first, votes_for=2, votes_against=1, version=1)
    outcome(council, meeting, item, second, named=by_name[:3], version=1)
    council.step("clerk", meeting, "confirm_decisions")
    assert [(d.votes_for, d.votes_against) for d in council.decisions(meeting)] == [(2, 1), (3, 0)]
    assert council.read(lambda s: len(s.scalars(select(RecordedVote)).all())) == 3
    officers, paper, topic = published(council, council.body("Management Team", kind="officer"), [{}])
    with pytest.raises(Invalid, match="decides by consensus, so no votes are counted"):
        outcome(council, officers, topic, council.recommendations(paper)[0], votes_for=3)
