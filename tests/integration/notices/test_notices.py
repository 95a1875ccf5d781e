"""Key decisions are put before the executive once their notice is out; the forward plan shows what may be known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning.boards.commands import edit_rules
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.db import in_transaction
from commissioning.meetings.due import close_due_papers
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case, Event, Message
from commissioning.models.notices import Notice
from commissioning.models.reports import Report
from commissioning.notices.ahead import Option, list_options
from commissioning.notices.commands import publish_notice, withdraw_notice
from commissioning.notices.queries import list_notices
from commissioning.notices.reminding import remind_of_notices
from commissioning.reminders.forecast import list_foreseen
from tests.support.council import NOW, PUBLISH_AT, Council
from tests.support.pages import site_of

KEY = {
    "matter": "Short breaks from April",
    "decision_maker": "Cabinet: Ann, Bob, Cat, Dan",
    "decided_when": "3 November 2026",
    "documents": "Report",
    "address": "Town Hall",
    "other_documents": "None",
    "how_to_ask": "Ask the clerk",
}


def refused(council: Council, report: int, step: str = "put_on_agenda", **more: Any) -> str:
    with pytest.raises(NotNow) as why:
        council.step("clerk", report, step, **more)
    return str(why.value)


def options(session: Session, report: int, council: Council) -> list[Option]:
    """Which meetings the report can still make, and how."""
    row, case = session.get_one(Report, report), session.get_one(Case, report)
    meeting = session.get_one(Meeting, row.meeting_id)
    return list_options(session, case, row, meeting.body, list_notices(session, [report])[report], council.now)


def test_a_key_decision_waits_for_its_notice_and_each_route_opens_the_way(council: Council) -> None:
    """P-07 to P-10: refused with the earliest lawful day; frozen and an event; withdrawn it counts no more."""
    body = council.body()
    meeting = council.meeting(body)
    report = council.report(meeting, [{}], is_key_decision=True, key_reason="Costs")
    said = refused(council, report)
    assert "was due by 5 October 2026 for the meeting on 3 November 2026" in said
    assert "the earliest lawful day is 30 October 2026" in said
    with pytest.raises(Invalid) as blank:
        council.run("clerk", publish_notice, report, "key_decision", KEY | {"matter": " ", "address": ""})
    assert set(blank.value.errors) == {"matter", "address"}
    with pytest.raises(Forbidden):
        council.run("author", publish_notice, report, "key_decision", KEY)

    council.at(date(2026, 10, 7))
    first = council.run("clerk", publish_notice, report, "key_decision", KEY, key="a" * 32)
    assert council.run("clerk", publish_notice, report, "key_decision", KEY, key="a" * 32) == first
    assert "the earliest lawful day is 5 November 2026; the meeting is on 3 November 2026" in refused(council, report)
    assert "General exception recorded today allows 15 October 2026".lower() in refused(council, report).lower()
    event = council.read(lambda s: s.scalars(select(Event).where(Event.name == "report.notice_published")).one())
    assert event.case_id == report
    with pytest.raises(NotNow):
        council.run("clerk", publish_notice, report, "key_decision", KEY)

    later = council.meeting(body, date(2026, 12, 1))
    own, next_one = council.read(lambda s: options(s, report, council))
    assert (own.meeting.case_id, own.routes, own.is_own) == (meeting, ("exception",), True)
    assert own.why == ("its notice allows a decision from 5 November 2026",)
    assert (next_one.meeting.case_id, next_one.is_ordinary) == (later, True)

    exception = KEY | {"told": "Chair of Scrutiny", "told_on": date(2026, 10, 8), "reasons": "The grant came late"}
    with pytest.raises(Invalid) as future:
        council.run("clerk", publish_notice, report, "general_exception", exception)
    assert future.value.errors == {"told_on": "Told on must be today or earlier"}
    exception["told_on"] = date(2026, 10, 7)
    made = council.run("clerk", publish_notice, report, "general_exception", exception)
    council.step("clerk", report, "put_on_agenda")
    council.run("clerk", withdraw_notice, made, "Wrong chair told")
    council.now = PUBLISH_AT
    own = council.read(lambda s: options(s, report, council))[0]
    assert own.routes == ("late", "exception")  # papers closed on Friday; five clear days are left, but just
    in_transaction(council.engine, close_due_papers, council.now)
    council.step("clerk", meeting, "publish_agenda")
    assert council.state(report) == "on_agenda"  # listed as to follow: the agenda is not held up
    assert council.state(council.items(meeting)[0]) == "to_follow"
    urgent = {
        "matter": "Short breaks",
        "agreed_as": "scrutiny_chair",
        "agreed_by": "Eve",
        "reasons": "It ends in a week",
    }
    council.run("clerk", publish_notice, report, "special_urgency", urgent | {"agreed_on": date(2026, 10, 26)})
    council.step("chair", report, "agree_late", reason="The grant came late")
    council.step("clerk", report, "publish_supplement", reason="Late")
    assert council.state(report) == "published"


def test_p08_the_clerk_is_told_in_good_time_that_a_notice_is_due(council: Council) -> None:
    """Twice for a day, again where the meeting moves, and not once it is out; nobody is told a title that is secret."""
    body = council.body()
    meeting = council.meeting(body, date(2026, 12, 1))
    report = council.report(meeting, [{}], title="Purchase of Castle Road", is_key_decision=True)
    council.write(lambda s: s.execute(update(Case).where(Case.id == report).values(secrecy="exempt")))

    def told() -> list[str]:
        in_transaction(council.engine, remind_of_notices, council.now)
        of = (Message.about == "notice_due", Message.channel == "in_app")
        rows = council.read(lambda s: s.execute(select(Message.subject, Message.text).where(*of)).all())
        assert not any("Castle" in subject + text for subject, text in rows)
        return [text.split(" for the meeting")[0] for _, text in rows]

    last = date(2026, 12, 31)

    def ahead(who: str = "admin") -> list[tuple[date, tuple[str, ...]]]:
        found = council.read(lambda s: list_foreseen(s, council.actor(who, s), NOW.date(), last, council.now))
        return [(f.on, f.who) for f in found if f.rule.startswith("notice_due")]

    key = "Notice of this key decision must be published by"
    foreseen, days = ahead(), {date(2026, 10, 19), date(2026, 10, 29)}
    assert len(foreseen) == 4, "two needs, twice each"
    assert ({on for on, _ in foreseen}, {who for _, who in foreseen}) == (days, {("Clerk",)})
    assert ahead("clerk") == foreseen
    assert ahead("author") == [], "whether it is secret, a notice would tell"
    for day, count in ((16, 0), (19, 2), (20, 2), (29, 4), (30, 4)):
        council.at(date(2026, 10, day))
        assert len(told()) == count, day
    assert f"{key} 2 November 2026" in told()
    moved = {"meeting_on": "2026-12-03"}
    council.step("clerk", meeting, "reschedule", reason="The hall is closed", fields=moved)
    assert len(told()) == 6
    assert f"{key} 4 November 2026" in told()
    assert [on for on, _ in ahead()] == [date(2026, 11, 2)] * 2
    council.run("clerk", publish_notice, report, "key_decision", KEY)
    assert [on for on, _ in ahead()] == [date(2026, 11, 2)], "one of them is out"
    council.at(date(2026, 11, 2))
    assert told()[6:] == ["Notice of taking this in private must be published by 4 November 2026"]
    council.at(date(2026, 11, 5))
    assert len(told()) == 7  # too late: what is left is an exception, and no reminder helps


def test_a_matter_in_private_is_announced_twice_and_its_title_is_not(council: Council) -> None:
    """P-11: 28 days with reasons, then five clear days with representations; no words of the notice give it away."""
    body = council.body()
    meeting = council.meeting(body)
    report = council.report(meeting, [{}], title="Purchase of Castle Road")
    council.write(lambda s: s.execute(update(Case).where(Case.id == report).values(secrecy="exempt")))
    assert "taking this in private" in refused(council, report)
    private = {n: KEY[n] for n in ("matter", "decision_maker", "decided_when", "how_to_ask")}
    private["reasons"] = "Paragraph 3: purchase of castle road"
    with pytest.raises(Invalid) as leak:
        council.run("clerk", publish_notice, report, "private_meeting", private)
    assert set(leak.value.errors) == {"reasons"}
    private |= {"reasons": "Paragraph 3", "matter": "A property matter"}
    second = private | {"representations": "None", "response": "None were received"}
    with pytest.raises(NotNow):
        council.run("clerk", publish_notice, report, "private_response", second)
    council.run("clerk", publish_notice, report, "private_meeting", private)
    council.step("clerk", report, "put_on_agenda")
    with pytest.raises(NotNow, match="no such notice"):
        council.run("clerk", publish_notice, report, "key_decision", KEY)
    council.now = PUBLISH_AT
    in_transaction(council.engine, close_due_papers, council.now)
    council.run("clerk", publish_notice, report, "private_response", second)
    council.step("clerk", meeting, "publish_agenda")
    assert council.state(report) == "published"


def test_a_body_that_advises_or_gives_no_notice_is_not_held_up_and_a_sum_asks_whether_it_is_key(
    council: Council,
) -> None:
    """P-06, BR-42: only who decides needs the notice; from the threshold on, the paper says whether it is key."""
    cabinet, scrutiny = council.body(), council.body("Cabinet Committee", "executive")
    meeting = council.meeting(scrutiny)
    route = [(scrutiny, False), (cabinet, True)]
    heard = council.report(meeting, [{}], is_key_decision=True, key_reason="Costs", route=route)
    council.step("clerk", heard, "put_on_agenda")
    costly = council.report(
        council.meeting(cabinet), [{"amount_pence": 25_000_000}], state="with_sponsor", title="Costly"
    )
    with pytest.raises(NotNow, match="a key decision there begins at £250,000"):
        council.step("sponsor", costly, "submit")
    council.run("clerk", edit_rules, cabinet, {"key_threshold_pence": 15_000_000})
    with pytest.raises(NotNow, match="a key decision there begins at £150,000"):
        council.step("sponsor", costly, "submit")  # the threshold is the body's own
    council.write(lambda s: s.execute(update(Report).where(Report.case_id == costly).values(key_reason="A loan")))
    council.step("sponsor", costly, "submit")
    council.run("clerk", edit_rules, cabinet, {"key_threshold_pence": 15_000_001})
    below = [{"amount_pence": 15_000_000}]
    council.step(
        "sponsor", council.report(council.meeting(cabinet), below, state="with_sponsor", title="Less"), "submit"
    )


def test_the_forward_plan_and_notices_by_forms(
    council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LI-23, NY-09: entries by visibility; a notice is public; a promise gets a date and who owes it."""
    body = council.body()
    meeting = council.meeting(body)
    report = council.report(meeting, [{}], state="drafting", is_key_decision=True, key_reason="Costs")
    with site_of(council, engine_url, monkeypatch) as site:
        clerk, stranger = site.visitor("clerk"), site.visitor("stranger")
        assert "Mon 5 Oct 2026" in clerk.get("/forward-plan").text
        assert "No notice of this key decision" in clerk.get(f"/meetings/{meeting}").text
        assert "No notice of this key decision" not in stranger.get(f"/meetings/{meeting}").text
        assert "Not given" in clerk.get("/forward-plan?due=missing&kind=key").text
        assert "Paper: Short" not in stranger.get("/forward-plan").text
        way = f"/reports/{report}/notices/new?kind=key_decision"
        assert stranger.get(way).status == 404
        page = clerk.fill(way, address="")
        assert page.status == 422
        assert "Enter the address" in page.text
        page = clerk.send(page, way, page.form("matter"), address="Town Hall", matter="Breaks from April")
        assert page.status == 303
        shown = stranger.get(page.location).text
        assert "Breaks from April" in shown
        assert "Cabinet: Ann, Bob, Cat, Dan" in shown
        plan = stranger.get("/forward-plan")
        assert "Breaks from April" in plan.text
        assert "Short breaks" not in plan.text
        assert f"/reports/{report}" not in plan.html
        assert "Breaks from April" in stranger.get("/forward-plan.csv").text
        given = {"text": "A fuller report in March", "paper_to_id": body, "owner_id": council.people["ann"]}
        assert "A report in due course" in clerk.get("/forward-plan/promise?text=A+report+in+due+course").text
        assert clerk.fill("/forward-plan/promise", **given).status == 422
        given |= {"due_on": date(2027, 3, 1), "due_precision": "month"}
        assert clerk.fill("/forward-plan/promise", **given).status == 303
        promised = stranger.get("/forward-plan?kind=promise").text
        assert "March 2027" in promised
        assert "owed by Ann" in promised
        notice = council.read(lambda s: s.scalars(select(Notice.id)).one())
        assert clerk.fill(f"/notices/{notice}/withdraw", reason="A wrong day").status == 303
        gone = stranger.get(f"/notices/{notice}").text
        assert "Withdrawn" in gone
        assert "Breaks from April" not in gone
        assert "Breaks from April" not in stranger.get("/forward-plan").text
