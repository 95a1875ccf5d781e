"""BR-42, LI-03: a report goes through several bodies; what one says stands in the paper at the next."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from commissioning.casework.errors import Invalid
from commissioning.db import make_engine
from commissioning.models.bodies import Body
from commissioning.models.cases import Case, CaseRole
from commissioning.models.reports import ReportEdition, RouteStop
from commissioning.packs.document import said_in_public
from commissioning.reports.commands import Stop, change_route
from commissioning.reports.heard import list_heard
from tests.integration.meetings.scenes import hold, outcome, publish, tick_papers
from tests.support.council import Council, make_council
from tests.support.pages import site_of


def test_the_route_is_written_checked_and_carries_comments_to_the_next_body(
    engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(engine_url)
    council = make_council(engine)
    scrutiny, cabinet = council.body("Scrutiny", "committee"), council.body()
    board = council.body("Board", "partnership")
    meeting, later = council.meeting(scrutiny), council.meeting(cabinet, date(2026, 12, 1))
    asked = {"ask": "approve", "deadline_on": date(2026, 11, 20)}
    report = council.report(meeting, [asked], state="drafting")

    def refused(*stops: Stop) -> dict[str, str]:
        with pytest.raises(Invalid) as why:
            council.run("author", change_route, report, stops)
        return why.value.errors

    here = Stop(scrutiny, "comment", meeting)
    assert "begins at the body" in refused(Stop(cabinet), here)["route"]
    assert refused(here, Stop(cabinet, "note")) == {"route": "Say which body decides"}
    assert refused(here, Stop(cabinet), Stop(cabinet)) == {"stop_3": "This body is on the route already"}
    assert refused(here, Stop(cabinet, "decide", meeting)) == {"meeting_2": "Choose a meeting of this body"}
    early = council.meeting(board, date(2026, 10, 20))
    assert (
        "before the meeting that comes first, on 3 November 2026"
        in refused(here, Stop(board, "decide", early))["meeting_2"]
    )
    with site_of(council, engine_url, monkeypatch) as site:
        author = site.visitor("author")
        typed = {"stop_1": scrutiny, "ask_1": "comment", "stop_2": cabinet, "ask_2": "decide", "meeting_2": later}
        assert author.fill(f"/reports/{report}/route", **typed | {"ask_2": "comment"}).status == 422
        assert author.fill(f"/reports/{report}/route", **typed).status == 303
        shown = author.get(f"/reports/{report}").text
        assert "To decide, Tue 1 Dec 2026" in shown
        # LI-14: the deadline is after scrutiny, and still 11 days before the meeting that decides.
        assert "falls 11 days before the meeting that decides, on 1 December 2026" in shown
        assert site.visitor("stranger").get(f"/reports/{report}/route").status == 404
    _heard_by_scrutiny(council, meeting, report)
    council.step("clerk", report, "send_on", fields={"meeting_id": later})
    with site_of(council, engine_url, monkeypatch) as site:
        paper = site.visitor("ann").get(f"/reports/{report}/preview").text
        assert "What other bodies said" in paper
        assert "Ask the schools first" in paper
        assert "Scrutiny, 3 November 2026 , on recommendation 1: Commented" in paper
        assert "Commented" in site.visitor("ann").get(f"/reports/{report}").text
    frozen = council.read(lambda s: s.scalars(select(ReportEdition).order_by(ReportEdition.number.desc())).first())
    assert [h["comments"] for h in json.loads(frozen.content)["heard"]] == ["Ask the schools first"]
    council.step("clerk", report, "put_on_agenda")
    council.now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    tick_papers(council)
    council.step("clerk", later, "publish_agenda")
    with site_of(council, engine_url, monkeypatch) as site:
        read = site.visitor("ann").get(f"/meetings/{later}/read/{council.items(later)[0]}").text
        assert "Ask the schools first" in read, "members read it with the paper"
    content = json.loads(frozen.content)
    assert council.read(lambda s: [h["body"] for h in said_in_public(s, content)]) == ["Scrutiny"]
    council.write(lambda s: s.execute(update(Body).values(meets_in_public=False)))
    assert council.read(lambda s: said_in_public(s, content)) == [], "a pack that everybody reads names no closed body"
    roles = council.read(lambda s: s.scalars(select(CaseRole.role).where(CaseRole.case_id == report)).all())
    assert roles.count("clerk") == 1
    assert council.read(
        lambda s: [r.meeting_id for r in s.scalars(select(RouteStop).order_by(RouteStop.position))]
    ) == [
        None,
        later,
    ]
    engine.dispose()


def _heard_by_scrutiny(council: Council, meeting: int, report: int) -> None:
    """Scrutiny may comment on what the Cabinet is asked to approve; nothing of that is told at Scrutiny itself."""
    submitted = update(Case).where(Case.id == report).values(state="submitted", exposure="shared")
    council.write(lambda s: s.execute(submitted))
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    hold(council, meeting)
    (item,) = council.items(meeting)
    (recommendation,) = council.recommendations(report)
    outcome(council, meeting, item, recommendation, "commented", comments="Ask the schools first")
    council.step("clerk", meeting, "confirm_decisions")
    assert council.state(report) == "considered"
    here = council.read(lambda s: s.get_one(Case, report).scope)
    assert council.read(lambda s: list_heard(s, report, here)) == []
