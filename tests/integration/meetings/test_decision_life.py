"""The whole life of a decision: call-in, what comes of it, referral, correction (product.md, 1; P-21)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from commissioning.boards.commands import NewBody, NewMember, add_member, create_body, edit_rules
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.clock import fresh_id
from commissioning.db import make_engine
from commissioning.decisions.correcting import Correction, correct_decision
from commissioning.meetings.queries import list_decisions
from commissioning.models.bodies import Action, AgendaItem, CallIn, Decision
from commissioning.models.cases import CaseRole, DueEffect, Message, Task
from commissioning.models.money import MoneyEntry
from commissioning.models.people import Post, PostHolding
from commissioning.money.ledger import get_balances
from commissioning.public.queries import list_related
from tests.integration.meetings.scenes import (
    an_action,
    attend,
    decide,
    outcome,
    published,
    tick,
    tick_papers,
)
from tests.support.council import NOW, Council
from tests.support.pages import Site, site_of, two_windows
from tests.support.units import make_town

CALL_IN_ENDS = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)
FIVE = "Cllr One\nCllr Two\nCllr  Three\n\nCllr Four\nCllr Five"
CALLED = {"members": FIVE, "grounds": "No alternatives were considered"}


def a_scrutiny(council: Council, executive: int) -> int:
    """A body that hears what is called in of another: Stranger is its chair, Ann its clerk."""

    def posts(session: Any) -> None:
        for code, person in (("scrutiny_chair", "stranger"), ("scrutiny_clerk", "ann")):
            post = Post(code=code, name=f"Post of {person}")
            session.add(post)
            session.flush()
            council.posts[code] = post.id
            row = {"post_id": post.id, "person_id": council.people[person], "from_on": date(2026, 1, 1)}
            session.execute(insert(PostHolding).values(**row))

    council.write(posts)
    new = NewBody("Scrutiny", "committee", council.posts["scrutiny_clerk"], council.posts["scrutiny_chair"])
    body = int(council.run("admin", create_body, new))
    council.run("admin", edit_rules, executive, {"scrutiny_id": body})
    return body


def called_in(council: Council) -> tuple[int, int, Decision, int]:
    """A decision of the cabinet about an action, called in: (body, report, decision, action)."""
    body = council.body()
    a_scrutiny(council, body)
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    council.step("clerk", decision.case_id, "call_in", fields=CALLED)
    return body, report, decision, action


def decision_of(council: Council, case_id: int) -> Decision:
    found: Decision = council.read(lambda s: s.get_one(Decision, case_id))
    return found


def told_of(council: Council, about: str) -> dict[int, str]:
    """Who was told something, and why they were."""
    rows = select(Message.person_id, Message.why).where(Message.about == about, Message.channel == "in_app")
    found = council.read(lambda s: s.execute(rows).all())
    assert len(found) == len({r.person_id for r in found})  # once each
    return {r.person_id: r.why for r in found}


OF_PAPER = "You are author or sponsor of the report that it decided on."


def waits_for(council: Council, case_id: int) -> set[tuple[str, int | None]]:
    rows = select(Task.step, Task.post_id).where(Task.case_id == case_id, Task.closed_at.is_(None))
    return {(r.step, r.post_id) for r in council.read(lambda s: s.execute(rows).all())}


def test_p21_what_is_called_in_has_no_effect_until_scrutiny_lets_it_stand(council: Council) -> None:
    body = council.body()
    a_scrutiny(council, body)
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    called = decision.case_id
    for fields, said in (
        ({"members": "Cllr One\nCllr Two", "grounds": "x"}, "takes 5 members to call in a decision of Cabinet"),
        ({"members": FIVE + "\ncllr  two", "grounds": "x"}, "Cllr Two is named twice"),
        ({"members": FIVE, "grounds": "  "}, "grounds on which"),
    ):
        with pytest.raises(Invalid, match=said):
            council.step("clerk", called, "call_in", fields=fields)
    with pytest.raises(Forbidden):
        council.step("bob", called, "call_in", fields=CALLED)
    council.now = CALL_IN_ENDS - timedelta(minutes=1)
    council.step("stranger", called, "call_in", fields=CALLED)
    assert council.state(called) == "called_in"
    assert decision_of(council, called).effective_at is None
    council.now = CALL_IN_ENDS
    assert tick(council) == 0
    assert council.state(action) == "proposed"
    assert council.read(lambda s: s.scalars(select(DueEffect.refusal)).one()) == "It was called in"
    posts = council.posts
    assert waits_for(council, called) == {
        ("settle_call_in", posts["scrutiny_chair"]),
        ("settle_call_in", posts["scrutiny_clerk"]),
    }
    with pytest.raises(Forbidden):  # who chairs the body that decided does not settle it
        council.step("chair", called, "settle_call_in", fields={"settled_as": "upheld"})
    with pytest.raises(NotNow, match="not in effect"):
        council.step("clerk", report, "close")
    people, of_paper = council.people, {council.people["author"]: OF_PAPER, council.people["sponsor"]: OF_PAPER}
    told = told_of(council, "decision_called_in")
    assert told.items() >= of_paper.items()
    assert told.keys() == of_paper.keys() | {people["clerk"], people["chair"], people["ann"]}  # not who recorded it
    council.step("stranger", called, "settle_call_in", fields={"settled_as": "upheld", "advice": "Go on"})
    told = told_of(council, "decision_upheld")
    assert told.items() >= of_paper.items()
    assert told.keys() == of_paper.keys() | {people["clerk"], people["chair"]}
    assert (council.state(called), council.state(action)) == ("in_effect", "superseded")
    assert council.events(called)[-3:] == ["decision.called_in", "decision.call_in_settled", "decision.took_effect"]
    row = council.read(lambda s: s.get_one(CallIn, called))
    assert (row.members.splitlines()[2], row.settled_as, row.advice) == ("Cllr Three", "upheld", "Go on")
    council.step("clerk", report, "close")


def test_p21_a_decision_is_called_in_within_its_time_and_once(council: Council) -> None:
    """Referred back, it is decided again at the next meeting; the new decision cannot be called in a second time."""
    body, report, old, action = called_in(council)
    later = council.meeting(body, date(2026, 12, 1))
    with pytest.raises(Invalid, match="why it is referred back"):
        council.step("ann", old.case_id, "settle_call_in", fields={"settled_as": "referred_back"})
    council.step("ann", old.case_id, "settle_call_in", fields={"settled_as": "referred_back", "advice": "Cost it"})
    assert council.state(old.case_id) == "heard_again"
    (item,) = council.items(later)
    with pytest.raises(NotNow, match="on an agenda of the body already"):
        council.step("clerk", old.case_id, "hear_again", fields={"meeting_id": later})
    council.at(date(2026, 11, 20))
    tick_papers(council)
    council.step("clerk", later, "publish_agenda")
    council.at(date(2026, 12, 1), 15)
    attend(council, later)
    council.step("clerk", later, "hold")
    (recommendation,) = council.recommendations(report)
    outcome(council, later, item, recommendation, "agreed_as_amended", amended_text="That it be superseded in May")
    council.step("clerk", later, "confirm_decisions")
    (new,) = council.decisions(later)
    assert (new.replaces_id, new.number, new.call_in_until_on) == (old.case_id, 2, None)
    of_paper = {council.people["author"]: OF_PAPER, council.people["sponsor"]: OF_PAPER}
    assert told_of(council, "decision_referred_back").items() >= of_paper.items()
    assert told_of(council, "decision_replaced") == of_paper
    assert (council.state(old.case_id), council.state(new.case_id)) == ("replaced", "in_effect")
    today = council.now.date()
    assert council.read(lambda s: list_related(s, s.get_one(Decision, old.case_id), today)) == [
        ("The decision that replaced it", new.case_id)
    ]
    assert council.read(lambda s: list_related(s, s.get_one(Decision, new.case_id), today)) == [
        ("The decision that it replaces", old.case_id)
    ]
    assert (old.text, new.text) == ("That recommendation 1 be agreed", "That it be superseded in May")
    assert council.state(action) == "superseded"
    with pytest.raises(NotNow):
        council.step("clerk", new.case_id, "call_in", fields=CALLED)
    council.step("clerk", report, "close")


def test_p21_window_and_signatories_are_the_bodys_and_after_the_last_day_it_is_over(council: Council) -> None:
    """Published Tue 3 Nov 2026: by a body's own three working days open to the end of Fri 6 Nov, for two members."""
    body = council.body()
    council.run("clerk", edit_rules, body, {"call_in_days": 3, "call_in_members": 2})
    meeting, report, item = published(council, body, [{}, {}])
    decide(council, meeting, report, item, "agreed", "agreed")
    other, decision = council.decisions(meeting)
    assert decision.call_in_until_on == date(2026, 11, 6)
    one, two = ({"members": names, "grounds": "Cost"} for names in ("A Member", "A Member\nB Member"))
    with pytest.raises(Invalid, match="2 members"):
        council.step("clerk", other.case_id, "call_in", fields=one)
    council.step("clerk", other.case_id, "call_in", fields=two)
    council.at(date(2026, 11, 7), 0)  # and the tick is late
    with pytest.raises(NotNow, match="time for calling it in is over"):
        council.step("clerk", decision.case_id, "call_in", fields=CALLED)


def test_referred_back_without_a_next_meeting_it_waits_for_the_clerk(council: Council) -> None:
    body, report, old, action = called_in(council)
    other = council.meeting(council.body("Other", kind="partnership"), date(2026, 12, 2))
    fields = {"settled_as": "referred_back", "advice": "Cost it"}
    council.step("stranger", old.case_id, "settle_call_in", fields=fields)
    assert council.state(old.case_id) == "referred_back"
    assert waits_for(council, old.case_id) == {("hear_again", council.posts["clerk"])}
    with pytest.raises(Invalid, match="meeting of the body that decides again"):
        council.step("clerk", old.case_id, "hear_again", fields={"meeting_id": other})
    later = council.meeting(body, date(2026, 12, 1))
    council.step("clerk", old.case_id, "hear_again", fields={"meeting_id": later})
    assert len(council.items(later)) == 1
    assert (council.state(old.case_id), council.state(action)) == ("heard_again", "proposed")
    assert council.state(report) == "decided"


def test_what_is_referred_goes_to_the_other_body_which_decides_it(council: Council) -> None:
    """Its members see the paper from then on, and the first body has it no more."""
    first, second = council.body("First", kind="partnership"), council.body("Second", kind="officer")
    council.run("admin", add_member, second, NewMember(council.people["stranger"], date(2026, 1, 1)))
    action = an_action(council, first)
    meeting, report, item = published(council, first, [{"about_id": action, "about_step": "supersede"}, {}])
    later = council.meeting(second, date(2026, 12, 1))
    one, two = council.recommendations(report)
    for to, said in ((None, "Select the body that it is referred to"), (first, "Select another body")):
        with pytest.raises(Invalid, match=said):
            outcome(council, meeting, item, one, "referred", referred_to_id=to)
    outcome(council, meeting, item, one, "referred", referred_to_id=second)
    outcome(council, meeting, item, two)
    council.step("clerk", meeting, "confirm_decisions")
    assert council.state(action) == "proposed"
    assert [d.referred_to_id for d in council.decisions(meeting)] == [second, None]
    (there,) = council.items(later)
    with pytest.raises(NotNow, match="on an agenda again"):
        council.step("clerk", report, "close")
    council.at(date(2026, 12, 1), 15)
    tick_papers(council)
    council.step("clerk", later, "publish_agenda")
    attend(council, later)
    council.step("clerk", later, "hold")
    with pytest.raises(Invalid):
        outcome(council, later, there, one, "referred", referred_to_id=second)
    outcome(council, later, there, one)
    council.step("clerk", later, "confirm_decisions")
    assert (council.state(action), council.state(there)) == ("superseded", "heard")
    council.step("clerk", report, "close")


def test_what_is_referred_to_a_body_without_a_meeting_waits_for_the_next_one_that_is_called(council: Council) -> None:
    """A task asks its clerk to call one; there the paper is on the agenda, once. So it is from outside a meeting."""
    first, second = council.body("First", kind="partnership"), council.body("Second", kind="officer")
    meeting, report, item = published(council, first, [{}, {}])
    one, two = council.recommendations(report)
    outcome(council, meeting, item, one, "referred", referred_to_id=second)
    outcome(council, meeting, item, two)
    council.step("clerk", meeting, "confirm_decisions")
    council.meeting(council.body("Third"), date(2026, 12, 2))
    alone = council.report(council.meeting(first, date(2026, 12, 15)), [{}], title="Alone")
    council.run("admin", edit_rules, first, {"kept_in": "Modern.Gov"})
    (ask,) = council.recommendations(alone)
    given = {"recommendation_id": ask, "outcome": "referred", "minute_reference": "1", "referred_to_id": second}
    day = council.now.date().isoformat()
    fields = {"decided_on": day, "published_on": day, "outcomes": [given]}
    council.step("clerk", alone, "decide_without_meeting", fields=fields)
    tasks = council.read(lambda s: s.scalars(select(Action.text).where(Action.body_id == second)).all())
    said = "Call a meeting and put on its agenda what was referred to it of Paper:"
    assert sorted(tasks) == [f"{said} Alone", f"{said} Short"]
    later = council.meeting(second, date(2026, 12, 1))
    query = select(AgendaItem.report_id).where(AgendaItem.meeting_id == later)
    assert set(council.read(lambda s: s.scalars(query).all())) == {report, alone}
    assert council.items(council.meeting(second, date(2026, 12, 8))) == []
    council.at(date(2026, 12, 1), 15)
    tick_papers(council)
    council.step("clerk", later, "publish_agenda")
    attend(council, later)
    council.step("clerk", later, "hold")
    for i in council.items(later):
        of = council.read(lambda s, i=i: s.get_one(AgendaItem, i).report_id)
        outcome(council, later, i, one if of == report else ask)
    council.step("clerk", later, "confirm_decisions")
    assert [d.outcome for d in council.decisions(later)] == ["agreed", "agreed"]
    assert council.items(council.meeting(second, date(2026, 12, 15))) == []  # decided: nothing waits any more


def test_a_correction_keeps_the_old_words_and_never_reverses_an_effect(council: Council) -> None:
    body = council.body(kind="partnership")
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    right = Correction("That it be superseded from May", "Because of it", "None", "", "The month was left out")
    with pytest.raises(Forbidden):
        council.run("chair", correct_decision, decision.case_id, right)
    same = Correction(decision.text, decision.reasons, decision.alternatives, decision.interests, "Typing error")
    with pytest.raises(Invalid, match="Nothing is different"):
        council.run("clerk", correct_decision, decision.case_id, same)
    council.run("clerk", correct_decision, decision.case_id, right)
    found = decision_of(council, decision.case_id)
    assert (found.text, found.original_text) == (right.text, "That recommendation 1 be agreed")
    assert found.corrected_on == date(2026, 11, 3)
    assert (council.state(action), council.state(decision.case_id)) == ("superseded", "in_effect")
    task = council.read(lambda s: s.scalars(select(Action).where(Action.decision_id == decision.case_id)).one())
    assert "Check whether what it moved still fits" in task.text
    assert task.action_due_on == date(2026, 11, 10)


def test_br22_a_decision_sets_a_cash_limit_by_a_balanced_entry_and_ends_a_specification(engine_url: str) -> None:
    engine = make_engine(engine_url)
    town = make_town(engine)
    unit = town.unit("Attendance")
    year = town.year()
    town.money(year, {unit: 100_000_000})
    spec = town.in_force(unit, cash_limit_pence=94_000_000)
    town.now = NOW
    board = town.body("Trust Board", "partnership")
    meeting, report, item = published(
        town,
        board,
        [
            {"about_id": unit, "about_step": "set_cash_limit", "amount_pence": 90_000_000},
            {"about_id": spec, "about_step": "end"},
            {"about_id": unit, "about_step": "set_cash_limit", "amount_pence": 990_000_000},
        ],
    )
    first, second, third = town.recommendations(report)
    amended = {"amended_text": "That it be less", "amended_pence": 91_000_000}
    outcome(town, meeting, item, first, "agreed_as_amended", **amended)
    outcome(town, meeting, item, second)
    outcome(town, meeting, item, third)
    town.step("clerk", meeting, "confirm_decisions")
    set_, ended, refused = town.decisions(meeting)
    balances = town.read(lambda s: get_balances(s, year))
    assert balances.limits == {unit: 91_000_000}
    assert (balances.pot, balances.is_balanced) == (9_000_000, True)
    (entry,) = town.read(lambda s: s.scalars(select(MoneyEntry).where(MoneyEntry.kind == "decision")).all())
    assert (entry.source_id, entry.amount_pence) == (set_.case_id, 3_000_000)
    assert town.state(spec) == "ended"
    assert (set_.not_carried_out, ended.not_carried_out) == ("", "")
    assert "has not enough that is free" in refused.not_carried_out
    assert town.state(refused.case_id) == "in_effect"
    engine.dispose()


def test_a_secret_decision_that_is_called_in_is_settled_where_it_may_be_read(council: Council) -> None:
    body = council.body()
    a_scrutiny(council, body)
    meeting, report, item = published(council, body, [{"secrecy": "exempt", "text": "canary"}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    once = {"id": fresh_id(), "case_id": report, "role": "past_writer", "person_id": council.people["director"]}
    council.write(lambda s: s.execute(insert(CaseRole).values(**once)))
    council.step("clerk", decision.case_id, "call_in", fields=CALLED)
    assert waits_for(council, decision.case_id) == {("settle_call_in", council.posts["clerk"])}
    told = told_of(council, "decision_called_in")  # in the words of the safe title, and to those who may read it
    assert told.keys() == {council.people[name] for name in ("chair", "author", "sponsor")}
    assert not council.read(lambda s: s.scalars(select(Message).where(Message.subject.contains("Short breaks"))).all())

    def known(who: str) -> int:
        return int(council.read(lambda s: list_decisions(s, council.actor(who, s), council.now.date())[1]))

    assert (known("stranger"), known("dan"), known("clerk")) == (0, 1, 1)
    assert (known("author"), known("sponsor")) == (1, 1)


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def test_p14_the_statement_the_call_in_and_the_register_by_pages_alone(site: Site) -> None:
    """Called in, settled and corrected by forms; what is wrong keeps what was typed; the register finds it all."""
    council = site.council
    body = council.body()
    a_scrutiny(council, body)
    meeting, report, item = published(council, body, [{}, {"secrecy": "exempt", "text": "canary in exempt"}])
    decide(council, meeting, report, item, "agreed", "rejected")
    first, second = council.decisions(meeting)
    at = f"/cases/{first.case_id}/steps/call_in"
    clerk, stranger = site.visitor("clerk"), site.visitor("stranger")
    page = clerk.fill(at, members="Cllr One", grounds="No alternatives")
    assert page.status == 422
    assert "It takes 5 members" in page.text
    assert "No alternatives</textarea>" in page.html
    assert clerk.fill(at, **CALLED).status == 303
    shown = clerk.get(f"/decisions/{first.case_id}").text
    for said in ("Cllr Three", "No alternatives were considered", "Not yet: it was called in", "Called in"):
        assert said in shown, said
    for path in (f"/meetings/{meeting}", f"/reports/{report}"):
        assert "Called in" in clerk.get(path).text, path
    for path in (f"/public/decisions/{first.case_id}", f"/public/meetings/{meeting}"):
        assert "Called in" in clerk.get(path).text, path
    assert "No alternatives were considered" in clerk.get(f"/public/decisions/{first.case_id}").text, "as the form says"
    (shape,) = (d for d in site.visitor("bob").client.get("/public/decisions.json").json["decisions"])
    assert (shape["call_in"]["members"][2], shape["call_in"]["settled_as"]) == ("Cllr Three", None)
    assert stranger.fill(f"/cases/{first.case_id}/steps/settle_call_in", settled_as="referred_back").status == 422
    assert stranger.fill(f"/cases/{first.case_id}/steps/settle_call_in", settled_as="upheld").status == 303
    correct = f"/decisions/{first.case_id}/correct"
    assert stranger.get(correct).status == 404
    page = clerk.fill(correct, text="That it be agreed from May", why="")
    assert page.status == 422
    assert "That it be agreed from May" in page.text
    clash = two_windows(clerk, correct, {"text": "That it be agreed from April", "why": "A month"}, why="Another")
    assert "is what is saved now" in clash.text
    assert "“Another”" not in clash.text, "why is said anew each time"
    assert clerk.fill(correct, text="That it be agreed from May", why="The month was left out").status == 303
    assert "it said before" in clerk.get(f"/decisions/{first.case_id}").text
    for query, found in (
        ("called_in=yes", [1]),
        ("outcome=rejected", [2]),
        ("ask=agree&q=may", [1]),
        ("q=canary", [2]),
        ("from=2026-11-04", []),
        ("to=2026-11-03&state=in_effect", [1]),
    ):
        shown = clerk.get(f"/decisions?{query}").text
        assert [n for n in (1, 2) if re.search(rf"Decision {n}\b", shown)] == found, query
    assert "is not a day like" in clerk.get("/decisions?from=soon").text
    for url in ("/decisions", "/decisions?q=canary", "/decisions.csv"):
        assert "canary in" not in stranger.get(url).text, url
    assert "canary in exempt" in clerk.get("/decisions.csv?outcome=rejected").text
    assert stranger.get(f"/decisions/{second.case_id}").status == 404


def test_what_scrutiny_recommends_is_replied_to_within_two_months_and_shown_at_both_bodies(site: Site) -> None:
    council = site.council
    cabinet, scrutiny = council.body("Cabinet"), council.body("Scrutiny", kind="committee")
    council.run("admin", edit_rules, cabinet, {"scrutiny_id": scrutiny})
    meeting, report, item = published(council, scrutiny, [{"text": "That fares be cut"}, {}])
    decide(council, meeting, report, item, "agreed", "rejected")
    first, second = council.decisions(meeting)
    (task,) = council.read(lambda s: s.scalars(select(Action)).all())
    assert (task.decision_id, task.body_id, task.action_due_on) == (first.case_id, cabinet, date(2027, 1, 3))
    clerk, stranger = site.visitor("clerk"), site.visitor("stranger")
    shown = html.unescape(re.sub(r"<[^>]+>", " ", clerk.get("/actions").text))
    assert re.search(r"That fares be cut\s+Aspiration: no measure yet\s+Head of Democratic Services", shown), (
        "its post owns it"
    )
    at = f"/decisions/{first.case_id}/reply"
    assert (stranger.get(at).status, clerk.get(f"/decisions/{second.case_id}/reply").status) == (404, 404)
    assert "Due by Sun 3 Jan 2027" in stranger.get(f"/boards/{cabinet}").text
    page = clerk.fill(at, answer="partly", reasons="")
    assert (page.status, "Enter the reasons" in page.text) == (422, True)
    assert clerk.fill(at, answer="partly", reasons="From April, for children").status == 303
    assert council.state(task.case_id) == "superseded"
    for page in (f"/boards/{cabinet}", f"/boards/{scrutiny}", f"/decisions/{first.case_id}"):
        assert "Accepted in part" in stranger.get(page).text
