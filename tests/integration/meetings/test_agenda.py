"""The agenda editor: headings, order, times, the private part, numbers that stay, and what is carried over."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework.errors import Forbidden, Invalid, NotNow, Stale
from commissioning.meetings.agenda import AgendaLine, list_agenda, list_shown_agenda, next_number
from commissioning.meetings.agenda_commands import (
    HeadingInput,
    ItemEdit,
    edit_agenda,
    move_line,
    remove_heading,
    save_heading,
    save_item,
    save_opening,
)
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.sittings import AgendaHeading
from commissioning.public.agenda import list_items
from tests.integration.meetings.scenes import publish
from tests.support.council import Council

OPENING = [("apologies", "Apologies", 2), ("interests", "Interests", None), ("standing", "Public questions", 15)]


def agenda(council: Council, meeting: int) -> list[AgendaLine]:
    """The lines, as the pack would take them."""
    return list(council.read(lambda s: list_agenda(s, meeting)))


def told(council: Council, meeting: int) -> list[str]:
    """The numbered titles."""
    return [f"{line.number} {line.title}" for line in agenda(council, meeting)]


def seen_by(council: Council, who: str, meeting: int) -> list[str]:
    """The numbered titles that a reader is shown."""

    def read(session: Any) -> list[str]:
        found = session.get_one(Meeting, meeting)
        lines = list_shown_agenda(session, council.actor(who, session), found, council.now.date())
        return [f"{line.number} {line.title}" for line in lines]

    return list(council.read(read))


def secret_report(council: Council, meeting: int, title: str) -> int:
    """A paper that is exempt under paragraph 3."""
    report = council.report(meeting, [{}], title=title, is_exempt=True, exempt_paragraph=3)
    council.write(lambda s: s.execute(Case.__table__.update().where(Case.id == report).values(secrecy="exempt")))
    return report


def line_id(council: Council, meeting: int, title: str) -> int:
    """The id of a line by its title."""
    return next(line.id for line in agenda(council, meeting) if line.title == title)


def put_on(council: Council, meeting: int, *titles: str, **facts: Any) -> list[int]:
    """Papers on the agenda of a meeting."""
    reports = [council.report(meeting, [{}], title=title, **facts) for title in titles]
    for report in reports:
        council.step("clerk", report, "put_on_agenda")
    return reports


def test_an_agenda_is_written_ordered_timed_published_and_added_to(council: Council) -> None:
    """BR-39, P-01, P-03, P-12, P-13: numbers follow the order until it is out, and stay then; private items last.

    NY-20: each paper that goes out with the agenda is an item of its own.
    """
    body = council.body(kind="committee")
    council.run("clerk", save_opening, body, OPENING)
    meeting = council.meeting(body)
    put_on(council, meeting, "Schools", "Roads")
    council.step("clerk", secret_report(council, meeting, "Lease of the depot"), "put_on_agenda")
    assert told(council, meeting) == [
        *("1 Apologies", "2 Interests", "3 Public questions", "4 Schools", "5 Roads"),
        *("6 Exclusion of the public", "7 Lease of the depot"),
    ]
    resolution = agenda(council, meeting)[5]
    assert "leave for item 7: exempt information, paragraph 3 of Part 1 of Schedule 12A" in resolution.text

    new = HeadingInput("Visit of the youth council", "presentation", presenter="Its chair", length=20)
    after = line_id(council, meeting, "Public questions")
    council.run("clerk", save_heading, meeting, new, after_id=after)
    council.run("clerk", move_line, meeting, line_id(council, meeting, "Roads"), -1)
    council.run("clerk", save_item, meeting, line_id(council, meeting, "Roads"), length=30)
    lines = agenda(council, meeting)
    assert [line.title for line in lines][3:6] == ["Visit of the youth council", "Roads", "Schools"]
    assert [line.starts_at for line in lines][:6] == [
        *(time(14, 0), time(14, 2), time(14, 2), time(14, 17), time(14, 37), time(15, 7)),
    ]
    assert seen_by(council, "stranger", meeting) == [], "who is not at the table sees no agenda before it is published"
    assert seen_by(council, "ann", meeting) == told(council, meeting)

    publish(council, meeting)
    assert seen_by(council, "stranger", meeting)[-1] == "8 Paper: Lease", "of a secret paper the safe title alone"
    before = told(council, meeting)
    council.run("clerk", move_line, meeting, line_id(council, meeting, "Schools"), -1)
    assert sorted(told(council, meeting)) == sorted(before), "published, a line keeps its number wherever it stands"
    council.run("clerk", remove_heading, meeting, line_id(council, meeting, "Visit of the youth council"))
    late = council.report(meeting, [{}], title="Flood damage")
    council.step("chair", late, "agree_late", reason="The grant ends on 30 November")
    council.step("clerk", late, "put_on_agenda")
    council.run("clerk", save_heading, meeting, HeadingInput("A gift"), after_id=after)
    assert told(council, meeting) == [
        *("1 Apologies", "2 Interests", "3 Public questions", "3a A gift", "6 Schools", "5 Roads", "5a Flood damage"),
        *("7 Exclusion of the public", "8 Lease of the depot"),
    ]
    assert [line.title for line in agenda(council, meeting) if line.is_late] == ["Flood damage"]
    kept = council.read(lambda s: s.scalars(select(AgendaHeading.number).where(AgendaHeading.is_off)).all())
    assert kept == ["4"], "the number of what was taken off is not given again"


def test_what_an_agenda_cannot_be_is_refused_and_says_why(council: Council) -> None:
    meeting = council.meeting(council.body(kind="committee"))
    put_on(council, meeting, "Schools", "Roads")
    council.step("clerk", secret_report(council, meeting, "Lease of the depot"), "put_on_agenda")
    schools, lease = line_id(council, meeting, "Schools"), line_id(council, meeting, "Lease of the depot")
    for given, words in (
        (HeadingInput("  "), "Enter the heading"),
        (HeadingInput("Talk", secrecy="exempt"), "Select the paragraph of Schedule 12A"),
        (HeadingInput("Talk", length=0), "Minutes must be 1 to 600"),
        (HeadingInput("Talk", kind="song"), "Select what the heading is about"),
    ):
        with pytest.raises(Invalid, match=words):
            council.run("clerk", save_heading, meeting, given)
    with pytest.raises(Invalid, match="Select a line of this agenda"):
        council.run("clerk", save_heading, meeting, HeadingInput("Talk"), after_id=1)
    with pytest.raises(Invalid, match="at the end of the agenda"):
        council.run("clerk", move_line, meeting, lease, 1)
    with pytest.raises(Invalid, match="Private items stand after the resolution"):
        council.run("clerk", move_line, meeting, lease, -1)
    with pytest.raises(NotNow, match="excluded only by a resolution"):
        council.run("clerk", remove_heading, meeting, line_id(council, meeting, "Exclusion of the public"))
    with pytest.raises(Invalid, match="one heading at least"):
        council.run("clerk", save_opening, council.read(lambda s: s.get_one(Meeting, meeting).body_id), [])
    lines = agenda(council, meeting)
    edits = [ItemEdit(line.id, 9 if line.id == schools else n) for n, line in enumerate(lines)]
    council.run("clerk", edit_agenda, meeting, edits)
    assert [line.title for line in agenda(council, meeting)][4:6] == ["Roads", "Schools"]
    with pytest.raises(Stale):
        council.run("clerk", edit_agenda, meeting, edits[:1])
    with pytest.raises(Forbidden):
        council.run("ann", edit_agenda, meeting, edits)
    with pytest.raises(Stale):
        council.run("clerk", save_heading, meeting, HeadingInput("Talk"), seen=1)
    assert next_number("12", {"12", "12a"}) == "12b"
    assert next_number("12a", {f"12{chr(97 + n)}" for n in range(26)}) == "12aa"


def test_a_meeting_that_does_not_take_place_hands_its_agenda_on(council: Council) -> None:
    """Cancelled: reports and headings go to the next meeting, opening headings once. Moved: it is numbered anew."""
    body = council.body(kind="partnership")
    meeting, following = council.meeting(body), council.meeting(body, date(2026, 12, 1))
    council.run("clerk", save_heading, meeting, HeadingInput("Visit of the youth council", "presentation", length=20))
    publish(council, meeting)
    talk = line_id(council, meeting, "Minutes of the last meeting")
    council.run("clerk", remove_heading, meeting, talk)
    council.step("clerk", meeting, "reschedule", reason="Snow", fields={"meeting_on": "2026-11-10"})
    assert told(council, meeting) == [
        *(
            "1 Apologies for absence",
            "2 Declarations of interests",
            "3 Matters arising",
            "4 Visit of the youth council",
        ),
    ]
    put_on(council, meeting, "Schools")
    council.step("clerk", meeting, "cancel", reason="The hall is flooded")
    assert seen_by(council, "stranger", meeting) == [], "cancelled before it was out, its agenda stays inside"
    assert council.read(lambda s: list_items(s, [meeting])) == {meeting: []}, "nor does the public see any of it"
    assert len(seen_by(council, "ann", meeting)) > 4
    assert told(council, following) == [
        *("1 Apologies for absence", "2 Declarations of interests", "3 Minutes of the last meeting"),
        *("4 Matters arising", "5 Visit of the youth council", "6 Schools"),
    ]
