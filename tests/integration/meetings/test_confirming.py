"""Minutes from what was recorded, confirmed at the next meeting and signed by who presided; matters arising (P-19)."""

from datetime import date, time
from typing import Any

import pytest

from commissioning.casework.errors import Invalid, NotNow
from commissioning.decisions.outcome_commands import Line, Note, record_line
from commissioning.meetings.agenda import list_agenda
from commissioning.meetings.minutes import draft_minutes
from commissioning.meetings.sitting_commands import Came, declare_interest, record_movement, set_attendance
from commissioning.models.bodies import Meeting
from commissioning.packs.minutes import find_minutes, set_minutes
from tests.integration.meetings.scenes import outcome, publish, tick_papers
from tests.integration.meetings.test_agenda import line_id
from tests.support.council import MEETING_AT, Council
from tests.support.pdf import opened, words_of


def minutes(council: Council, meeting: int) -> str:
    """The draft."""
    return str(council.read(lambda s: draft_minutes(s, s.get_one(Meeting, meeting))))


def test_minutes_say_what_was_recorded_and_are_confirmed_at_the_next_meeting(council: Council) -> None:
    run: Any = council.run
    body = council.body(kind="committee")
    meeting, following = council.meeting(body), council.meeting(body, date(2026, 12, 1))
    report = council.report(meeting, [{"text": "That the grant be £10,000"}, {}], title="Short breaks")
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.now = MEETING_AT
    ann, bob, cat, dan = (council.people[n] for n in ("ann", "bob", "cat", "dan"))
    came = {ann: Came("present"), bob: Came("present"), cat: Came("present"), dan: Came("apologies", "Zoe Orr", True)}
    run("clerk", set_attendance, meeting, came, presided_by=ann)
    (item,), (first, second) = council.items(meeting), council.recommendations(report)
    run("clerk", declare_interest, meeting, item, cat, "Trustee", dispensation="Standards Committee")
    run("clerk", record_line, meeting, Line(item, note=Note("Members asked how many families it reaches.")))
    by_name = ((ann, "for"), (bob, "for"), (cat, "against"), (dan, "against"))
    given = {"amended_text": "That the grant be £8,000", "casting_vote": "for", "action_title": "Tell the provider"}
    outcome(council, meeting, item, first, "agreed_as_amended", named=by_name, action_owner_id=bob, **given)
    outcome(council, meeting, item, second, "deferred")
    later = line_id(council, meeting, "Short breaks")
    run("clerk", record_movement, meeting, bob, later, is_arrival=False, at=time(15, 10))
    run("clerk", record_movement, meeting, bob, later, is_arrival=True, at=time(15, 20))
    council.step("clerk", meeting, "hold")
    council.step("clerk", meeting, "confirm_decisions")
    text = minutes(council, meeting)
    for said in (
        "## Present\n\nAnn (in the chair), Bob, Cat, Zoe Orr (substitute for Dan).",
        "## Apologies\n\nDan.",
        "## 2. Declarations of interests\n\n- Item 5: Cat, Trustee; stayed by dispensation: Standards Committee.",
        "## 5. Short breaks\n\nMembers asked how many families it reaches.",
        "Bob left at 15:10.\n\nBob came in at 15:20.",
        "(agreed as amended): That the grant be £8,000\n\nAs proposed: That the grant be £10,000",
        "Votes: 2 for, 2 against, 0 abstained; the chair’s casting vote was for.",
        "By name: Ann for, Bob for, Cat against, Dan against.",
        "Action: Tell the provider",
        "(deferred): That recommendation 2 be agreed",
    ):
        assert said in text, text
    council.step("clerk", meeting, "draft_minutes", fields={"text": text})
    council.step("chair", meeting, "approve_minutes")

    sign = {"at_meeting_id": following, "signed_by_id": dan, "corrections": "Item 5: for “reaches” read “reached”."}
    council.at(date(2026, 11, 20))
    tick_papers(council)
    council.step("clerk", following, "publish_agenda")
    texts = {line.kind: line.text for line in council.read(lambda s: list_agenda(s, following))}
    assert texts["minutes"] == "To confirm the minutes of 3 November 2026."
    assert texts["matters_arising"] == "Open actions: Tell the provider (Bob)."
    with pytest.raises(NotNow, match="confirmed at the next meeting of the body, on its day"):
        council.step("clerk", meeting, "confirm_minutes", fields=sign)
    council.at(date(2026, 12, 1))
    run("clerk", set_attendance, following, {p: Came("present") for p in (ann, bob, dan)}, presided_by=dan)
    for wrong, words in (
        ({"signed_by_id": ann}, "Who presided at that meeting signs"),
        ({"at_meeting_id": meeting}, "Select a later meeting of the body"),
    ):
        with pytest.raises(Invalid, match=words):
            council.step("clerk", meeting, "confirm_minutes", fields=sign | wrong)
    council.step("clerk", meeting, "confirm_minutes", fields=sign)
    assert council.state(meeting) == "closed"
    assert council.read(lambda s: s.get_one(Meeting, meeting).minutes) == text.strip(), "a correction rewrites nothing"
    said = "The minutes of 3 November 2026 were confirmed, with these corrections, and signed by Dan, who presided."
    assert f"## 3. Minutes of the last meeting\n\n{said}\n\nItem 5: for" in minutes(council, following)

    _, document = council.read(lambda s: find_minutes(s, council.actor("ann", s), meeting, "#1d4f5c", council.now))
    content = set_minutes(document)
    signed = (
        "Confirmed at the meeting of 1 December 2026, with these corrections: Item 5: for “reaches” read “reached”."
    )
    words = words_of(content)
    assert words[0].startswith(" Cabinet, 3 November 2026 Minutes "), "no draft any more"
    assert f"Signature {signed} Signed Date Dan, who presided" in words[-1]
    pdf = opened(content)
    assert pdf.Root.MarkInfo.Marked
    with pdf.open_metadata() as about:
        assert about["pdfuaid:part"] == "1"
