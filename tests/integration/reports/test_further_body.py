"""BR-42, LI-03: the clerk adds a further body to the way of a paper whose text is frozen, and nothing else moves."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.db import make_engine
from commissioning.models.cases import Case, Event, Message
from commissioning.models.reports import RouteStop
from commissioning.reports.commands import Stop
from commissioning.reports.further import add_body
from commissioning.reports.heard import asked_of
from tests.integration.meetings.scenes import hold, outcome, publish
from tests.support.council import Council, make_council
from tests.support.pages import site_of


def _way(council: Council, report: int) -> list[tuple[int, str, int | None]]:
    query = select(RouteStop).where(RouteStop.report_id == report).order_by(RouteStop.position, RouteStop.id)
    way: list[tuple[int, str, int | None]] = council.read(
        lambda s: [(r.body_id, asked_of(r), r.meeting_id) for r in s.scalars(query)]
    )
    return way


def test_the_clerk_adds_a_further_body_before_the_decision_and_never_after_it(
    engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(engine_url)
    council = make_council(engine)
    scrutiny, cabinet = council.body("Scrutiny", "committee"), council.body()
    forum = council.body("Schools Forum", "partnership")
    meeting, between = council.meeting(scrutiny), council.meeting(forum, date(2026, 11, 24))
    early = council.meeting(forum, date(2026, 10, 20))
    report = council.report(meeting, [{"ask": "approve"}], route=[(scrutiny, False), (cabinet, True)])
    before = council.read(lambda s: s.get_one(Case, report).state)

    def refused(new: Stop, after: int, reason: str = "Schools asked") -> dict[str, str]:
        with pytest.raises(Invalid) as why:
            council.run("clerk", add_body, report, new, after, reason)
        return why.value.errors

    assert refused(Stop(cabinet, "note"), scrutiny) == {"body_id": "This body is on the route already"}
    assert list(refused(Stop(forum, "note"), cabinet)) == ["after_id"]
    assert list(refused(Stop(forum, "decide"), scrutiny)) == ["ask"]
    assert refused(Stop(forum, "note"), scrutiny, " ") == {"reason": "Enter why a further body is added"}
    assert refused(Stop(forum, "note", meeting), scrutiny) == {"meeting_id": "Choose a meeting of this body"}
    assert "comes first, on 3 November 2026" in refused(Stop(forum, "note", early), scrutiny)["meeting_id"]
    with pytest.raises(Forbidden):
        council.run("author", add_body, report, Stop(forum, "note"), scrutiny, "Schools asked")
    earlier = council.report(meeting, [{}], title="Submitted", route=[(scrutiny, False), (cabinet, True)])
    council.run("clerk", add_body, earlier, Stop(forum, "note", between), scrutiny, "Schools asked")
    assert [b for b, _, _ in _way(council, earlier)] == [scrutiny, forum, cabinet], "from Submitted as well"
    told = council.read(lambda s: s.scalars(select(Message).where(Message.case_id == earlier)).all())
    words = {(m.about, m.person_id): m.text for m in told if m.about in ("on_the_way", "body_added")}
    assert set(words) == {
        ("on_the_way", council.people["chair"]),
        *(("body_added", council.people[who]) for who in ("author", "sponsor")),
    }
    assert "Schools Forum is asked to note at its meeting on 24 November 2026" in words[
        "on_the_way", council.people["chair"]
    ].replace("Tuesday ", "").replace("Tue ", "")
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    hold(council, meeting)
    (item,), (recommendation,) = council.items(meeting), council.recommendations(report)
    given = {"action_title": "Write to schools", "action_due_on": date(2026, 11, 2)}
    with pytest.raises(Invalid) as late:
        outcome(council, meeting, item, recommendation, "commented", comments="Ask the schools", **given)
    said = "The day on which the action is due must be today or later, not 2 November 2026"
    assert late.value.errors == {"action_due_on": said}
    outcome(council, meeting, item, recommendation, "commented", comments="Ask the schools")
    council.step("clerk", meeting, "confirm_decisions")
    assert (before, council.state(report)) == ("submitted", "considered")
    with site_of(council, engine_url, monkeypatch) as site:
        clerk, page = site.visitor("clerk"), f"/reports/{report}/route/further"
        assert "Add a further body to its way" in clerk.get(f"/reports/{report}").text
        typed = {"body_id": forum, "after_id": scrutiny, "ask": "comment", "meeting_id": between}
        answer = clerk.fill(page, **typed, reason="")
        assert (answer.status, "Enter why a further body is added" in answer.text) == (422, True)
        assert clerk.fill(page, **typed, reason="Schools asked to be heard").status == 303
        assert "Schools asked to be heard" in clerk.get(f"/reports/{report}").text
        assert "Add this body" not in site.visitor("stranger").get(page).text
        assert "Add a further body" not in site.visitor("author").get(f"/reports/{report}").text
    assert [(b, a) for b, a, _ in _way(council, report)] == [
        (scrutiny, "comment"),
        (forum, "comment"),
        (cabinet, "decide"),
    ]
    assert _way(council, report)[1][2] == between
    event = council.read(
        lambda s: s.scalars(select(Event).where(Event.name == "report.body_added", Event.case_id == report)).one()
    )
    assert event.case_id == report
    assert "Schools asked to be heard" in event.body
    assert council.state(report) == "considered"
    council.step("clerk", report, "send_on", fields={"meeting_id": between})
    assert council.read(lambda s: s.get_one(Case, report).scope) == f"body:{forum}"
    paper = council.report(
        council.meeting(cabinet), [{"ask": "approve"}], title="Decided here", route=[(cabinet, True)]
    )
    with pytest.raises(NotNow, match="nothing comes after a decision"):
        council.run("clerk", add_body, paper, Stop(forum, "note"), cabinet, "Schools asked")
    engine.dispose()
