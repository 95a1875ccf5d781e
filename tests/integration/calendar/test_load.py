"""How many sign-offs teams will be asked for, beside what they managed, for whom may see the papers (product.md, 5)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import insert, select, update

from commissioning.clock import fresh_id
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.notices import NOTICE_KINDS, Notice
from commissioning.models.reports import Report, ReportSignOff
from commissioning.reports.load import Load, list_load, monday, weeks_from
from tests.support.council import MEETING_ON, NOW
from tests.support.pages import Site
from tests.support.units import Town


def load(town: Town, who: str) -> list[Load]:
    return list(town.read(lambda s: list_load(s, town.actor(who, s), town.now)))


def test_papers_on_their_way_are_counted_in_the_week_that_asks_for_their_sign_offs(town: Town, site: Site) -> None:
    """Three drafts for one meeting, one asked already, two signed of late; nobody else's drafts are counted."""
    town.now = NOW
    meeting = town.meeting(town.body("Partnership Board"), MEETING_ON)

    def paper(title: str, *, signed: bool = False, state: str = "drafting", **row: object) -> None:
        made = town.report(meeting, [{}], title=title, state=state, signed=signed)
        if row:
            town.write(lambda s: s.execute(update(ReportSignOff).where(ReportSignOff.report_id == made).values(**row)))

    for title in ("One", "Two", "Three"):
        paper(title, asked_at=None)
    paper("Asked", state="in_clearance")
    for title in ("Four", "Five"):
        paper(title, signed=True, state="submitted", signed_at=NOW - timedelta(days=9))
    week = weeks_from(NOW.date()).index(monday(date(2026, 10, 14)))
    expected = tuple(3 if n == week else 0 for n in range(8))
    assert load(town, "author") == load(town, "lawyer") == [Load("Legal", expected, 1, 2, 2)]
    assert [n for n, busy in enumerate(load(town, "author")[0].busy) if busy] == [week], "three are more than two"
    assert load(town, "stranger") == []

    def without_meeting(report: int, **row: object) -> None:
        town.write(lambda s: s.execute(update(Report).where(Report.case_id == report).values(meeting_id=None, **row)))

    body = town.read(lambda s: s.get_one(Meeting, meeting).body_id)
    facts = {"body_id": body, "kind": NOTICE_KINDS[0], "published_on": NOW.date(), "published_at": NOW}
    facts |= {"published_by_id": town.people["clerk"], "content": "{}", "sha256": "0" * 64}
    days = ((MEETING_ON, None), (date(2026, 12, 1), "Not now"))
    for n, title in enumerate(("One", "Two")):
        report = town.read(lambda s, t=title: s.scalar(select(Case.id).where(Case.title == t)))
        without_meeting(report, sign_off_on=date(2026, 10, 20) if n else None)
        for meeting_on, reason in days[: 0 if n else 2]:
            gone = {"withdrawn_at": NOW, "withdrawn_reason": reason} if reason else {}
            notice = {"id": fresh_id(), "report_id": report, "meeting_on": meeting_on, **facts, **gone}
            town.write(lambda s, row=notice: s.execute(insert(Notice).values(**row)))
    later = week + 1
    assert load(town, "author")[0].asked == tuple({week: 2, later: 1}.get(n, 0) for n in range(8)), "without a meeting"
    town.at(date(2026, 10, 28))
    assert load(town, "author")[0].asked[0] == 3, "what should have been asked is asked now"
    assert "Legal" in site.visitor("lawyer").get("/sign-offs/ahead").text
    assert "Legal" not in site.visitor("stranger").get("/sign-offs/ahead.csv").html
