"""Decisions without a meeting of ours: a member, an officer, urgent, a body kept elsewhere (P-10, P-14 to P-16)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from commissioning.auditing.queries import count_from_elsewhere
from commissioning.boards.commands import edit_rules
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.decisions.without_meeting import NewArrangement, arrange
from commissioning.meetings.queries import list_decisions
from commissioning.models.bodies import Decision
from commissioning.models.cases import Message, Task
from commissioning.reports.queries import get_report
from tests.integration.meetings.scenes import an_action, tick, tick_papers
from tests.support.council import PUBLISH_AT, Council
from tests.support.pages import Site, site_of

ON = date(2026, 10, 6)


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def decisions_on(council: Council, report: int) -> list[Decision]:
    query = select(Decision).where(Decision.report_id == report).order_by(Decision.number)
    return list(council.read(lambda s: s.scalars(query).all()))


def how(council: Council, decider: str = "ann", way: str = "member", **more: object) -> NewArrangement:
    people = council.people
    given = {"publisher_id": people["clerk"], "decide_on": ON, "authority": "Scheme of delegation 4.2"} | more
    return NewArrangement(way, people[decider], **given)


def test_p15_one_member_decides_and_one_named_person_publishes_by_the_next_working_day(council: Council) -> None:
    body = council.body()
    action = an_action(council, body)
    report = council.report(council.meeting(body), [{"about_id": action, "about_step": "supersede"}, {"ask": "note"}])
    for wrong, said in (
        (how(council, "author"), "does not decide on it"),
        (how(council, "stranger"), "Select a member of Cabinet"),
        (how(council, decide_on=date(2026, 9, 30)), "must be today or later"),
        (how(council, way="urgent", authority=" "), "why it cannot wait"),
    ):
        with pytest.raises(Invalid, match=said):
            council.run("author", arrange, report, wrong)
    one, two = council.recommendations(report)
    agreed = {"recommendation_id": one, "outcome": "agreed", "reasons": "It is time", "alternatives": "Wait"}
    fields = {"decided_on": ON.isoformat(), "interests": "None", "dispensations": "None asked", "outcomes": [agreed]}
    council.at(ON)
    with pytest.raises(NotNow, match="say first that it is decided without one"):
        council.step("clerk", report, "decide_without_meeting", fields=fields)
    council.run("author", arrange, report, how(council))
    told = council.read(lambda s: set(s.scalars(select(Message.person_id).where(Message.about == "report_arranged"))))
    assert told == {council.people["ann"], council.people["clerk"]}
    asked = ("decide_without_meeting", council.people["ann"], ON)
    assert open_tasks(council, report) == [asked], "who decides is asked, and no clerk to put it on an agenda"
    with pytest.raises(Forbidden):
        council.step("bob", report, "decide_without_meeting", fields=fields)
    for changed, said in (
        ({"decided_on": "2026-10-07"}, "must be today or earlier"),
        ({"outcomes": [agreed | {"reasons": ""}]}, "Recommendation 1: Enter the reasons"),
        ({"outcomes": [agreed, agreed]}, "Recommendation 1: It is not open"),
        ({"outcomes": [agreed | {"outcome": "deferred"}]}, "stays open"),
    ):
        with pytest.raises(Invalid, match=said):
            council.step("ann", report, "decide_without_meeting", fields=fields | changed)
    council.step("ann", report, "decide_without_meeting", fields=fields)
    (made,) = decisions_on(council, report)
    assert (council.state(report), council.state(made.case_id)) == ("decided", "recorded")
    assert (made.way, made.decided_by, made.authority) == ("member", "Ann", "Scheme of delegation 4.2")
    assert (made.meeting_id, made.published_on, made.dispensations) == (None, None, "None asked")
    assert known(council, "stranger") == []  # recorded and not yet published
    assert known(council, "clerk") == [1]
    (task,) = council.read(lambda s: s.scalars(select(Task).where(Task.case_id == made.case_id)).all())
    assert (task.step, task.person_id, task.due_on) == ("publish", council.people["clerk"], date(2026, 10, 7))
    council.at(date(2026, 10, 7))
    council.step("clerk", made.case_id, "publish")
    assert council.state(made.case_id) == "call_in_open"
    (found,) = decisions_on(council, report)
    assert (found.published_on, found.call_in_until_on) == (date(2026, 10, 7), date(2026, 10, 14))
    assert known(council, "stranger") == [1]
    # P-22: by then any member reads the paper that it was made on.
    assert council.read(lambda s: get_report(s, council.actor("stranger", s), report, council.now)).case.id == report
    council.now = datetime(2026, 10, 14, 23, 0, tzinfo=UTC)
    assert (council.state(action), tick(council), council.state(action)) == ("proposed", 1, "superseded")
    council.step("ann", report, "decide_without_meeting", fields=noted(two))
    assert [d.outcome for d in decisions_on(council, report)] == ["agreed", "noted"]


def open_tasks(council: Council, case_id: int) -> list[tuple[str, int | None, date]]:
    """What is asked of a case: step, person (None: a post), due."""
    query = select(Task).where(Task.case_id == case_id, Task.closed_at.is_(None), Task.step != "resign")
    return [(t.step, t.person_id, t.due_on) for t in council.read(lambda s: s.scalars(query).all())]


def noted(recommendation: int) -> dict[str, object]:
    one = {"recommendation_id": recommendation, "outcome": "noted", "reasons": "For information"}
    return {"decided_on": "2026-10-08", "outcomes": [one]}


def known(council: Council, who: str) -> list[int]:
    rows = council.read(lambda s: list_decisions(s, council.actor(who, s), council.now.date())[0])
    return sorted(d.number for d in rows)


def test_p08_a_key_decision_without_a_meeting_waits_for_its_notice(council: Council) -> None:
    body = council.body()
    report = council.report(council.meeting(body), [{}], is_key_decision=True)
    council.run("author", arrange, report, how(council, "dan", "officer"))
    council.at(ON)
    (one,) = council.recommendations(report)
    fields = {
        "decided_on": ON.isoformat(),
        "outcomes": [{"recommendation_id": one, "outcome": "agreed", "reasons": "It is time"}],
    }
    with pytest.raises(NotNow, match=r"[Nn]otice"):
        council.step("dan", report, "decide_without_meeting", fields=fields)


def test_a_body_kept_elsewhere_has_its_outcomes_entered_and_decisions_act(council: Council) -> None:
    """With minute references; call-in counts from the day of publication there; what is deferred stays open."""
    body = council.body("Trust Board")
    council.run("admin", edit_rules, body, {"kept_in": "Modern.Gov"})
    action = an_action(council, body)
    meeting = council.meeting(body)
    report = council.report(meeting, [{"about_id": action, "about_step": "supersede"}, {}])
    assert open_tasks(council, report) == [("decide_without_meeting", None, date(2026, 11, 10))]
    with pytest.raises(NotNow, match=r"run in Modern\.Gov: papers are handed over"):
        council.step("clerk", report, "put_on_agenda")
    council.now = PUBLISH_AT
    tick_papers(council)
    assert open_tasks(council, meeting) == [("hand_over", None, date(2026, 10, 26))]
    council.run("admin", edit_rules, body, {"kept_in": ""})
    assert open_tasks(council, meeting) == [("publish_agenda", None, date(2026, 10, 26))]
    assert [t[0] for t in open_tasks(council, report)] == ["put_on_agenda"], "the body comes back to us"
    council.run("admin", edit_rules, body, {"kept_in": "Modern.Gov"})
    with pytest.raises(NotNow, match=r"run in Modern\.Gov: papers are handed over"):
        council.step("clerk", meeting, "publish_agenda")
    council.step("clerk", meeting, "hand_over")
    assert open_tasks(council, meeting) == [("settle", None, date(2026, 11, 10))]
    one, two = council.recommendations(report)
    outcomes = [
        {"recommendation_id": one, "outcome": "agreed", "minute_reference": "TB/26/41"},
        {"recommendation_id": two, "outcome": "deferred", "minute_reference": "TB/26/42"},
    ]
    council.at(date(2026, 11, 5))
    fields = {"decided_on": "2026-11-03", "outcomes": outcomes}
    with pytest.raises(Invalid, match="when it was published"):
        council.step("clerk", report, "decide_without_meeting", fields=fields)
    fields |= {"published_on": "2026-11-04"}
    with pytest.raises(NotNow, match="No outcomes are recorded of REP-"):
        council.step("clerk", meeting, "settle")
    council.step("clerk", report, "decide_without_meeting", fields=fields)
    council.step("clerk", meeting, "settle")
    assert (council.state(meeting), open_tasks(council, meeting)) == ("settled", [])
    first, second = decisions_on(council, report)
    assert (first.minute_reference, first.way, first.call_in_until_on) == ("TB/26/41", "elsewhere", date(2026, 11, 11))
    assert (council.state(first.case_id), council.state(second.case_id)) == ("call_in_open", "in_effect")
    council.now = datetime(2026, 11, 12, 0, 0, tzinfo=UTC)
    tick(council)
    assert council.state(action) == "superseded"
    again = {"recommendation_id": two, "outcome": "agreed", "minute_reference": "TB/26/55"}
    fields = {"decided_on": "2026-11-11", "published_on": "2026-11-11", "outcomes": [again]}
    council.step("clerk", report, "decide_without_meeting", fields=fields)
    assert [d.minute_reference for d in decisions_on(council, report)][-1] == "TB/26/55"
    assert council.read(count_from_elsewhere).decisions == 3, "such records are counted"


def test_a_decision_without_a_meeting_by_pages_alone(site: Site) -> None:
    """Arranged, recorded with what is wrong said and what was typed kept, published; the register shows it."""
    council = site.council
    body = council.body()
    report = council.report(council.meeting(body), [{"text": "That breaks be bought"}])
    author, ann, clerk = site.visitor("author"), site.visitor("ann"), site.visitor("clerk")
    assert "Have it decided without a meeting" in author.get(f"/reports/{report}").text
    at = f"/reports/{report}/without-meeting"
    people = {"decider_id": council.people["ann"], "publisher_id": council.people["clerk"]}
    page = author.fill(at, way="member", authority="", decide_on=ON, **people)
    assert page.status == 422
    assert author.fill(at, way="member", authority="Delegation 4.2", decide_on=ON, **people).status == 303
    assert "Ann decides, planned for" in author.get(f"/reports/{report}").text
    assert site.visitor("stranger").get(at).status == 404
    decide = f"/reports/{report}/decide"
    page = ann.fill(decide, decided_on=council.now.date())
    assert (page.status, "at least one recommendation" in page.text) == (422, True)
    page = ann.fill(decide, decided_on=council.now.date(), outcome_1="agreed", alternatives_1="Wait a year")
    assert (page.status, "Recommendation 1: Enter the reasons" in page.text, "Wait a year" in page.html) == (
        422,
        True,
        True,
    )
    assert ann.fill(decide, decided_on=council.now.date(), outcome_1="agreed", reasons_1="It is time").status == 303
    (made,) = decisions_on(council, report)
    assert "By one cabinet member: Ann" in clerk.get(f"/decisions/{made.case_id}").text
    assert site.visitor("stranger").get(f"/decisions/{made.case_id}").status == 404
    council.step("clerk", made.case_id, "publish")
    assert "That breaks be bought" in site.visitor("stranger").get("/decisions").text
