"""From confirmed outcomes to decisions, and from decisions to the things that they are about (product.md, 1)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from commissioning.boards.commands import NewBody, create_body
from commissioning.casework import perform
from commissioning.casework.errors import Forbidden, NotNow
from commissioning.casework.registry import house
from commissioning.decisions.linkable import LINKABLE
from commissioning.models.bodies import Action
from commissioning.models.cases import DueEffect, Event, Message, Task
from tests.integration.meetings.scenes import an_action, decide, outcome, published, tick
from tests.support.council import Council

CALL_IN_ENDS = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)


def effects(council: Council) -> list[tuple[str, str | None]]:
    rows = council.read(lambda s: s.execute(select(DueEffect.status, DueEffect.refusal).order_by(DueEffect.id)).all())
    return [tuple(r) for r in rows]


def actors_of(council: Council, case_id: int, name: str) -> list[str]:
    import json

    rows = council.read(
        lambda s: s.execute(select(Event.chained).where(Event.case_id == case_id, Event.name == name)).scalars().all()
    )
    return [json.loads(r)["system"] for r in rows]


def follow_ups(council: Council) -> list[Action]:
    query = select(Action).where(Action.text.contains("not carried out")).order_by(Action.case_id)
    return list(council.read(lambda s: s.scalars(query).all()))


def test_li04_each_recommendation_is_decided_on_its_own_and_numbered_by_body(council: Council) -> None:
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}, {"ask": "note"}, {"ask": "comment"}])
    first, second, third = council.recommendations(report)
    outcome(council, meeting, item, first, "agreed_as_amended", amended_text="That it be agreed from May")
    outcome(council, meeting, item, second, "noted")
    outcome(council, meeting, item, third, "commented", comments="Say more about cost")
    council.step("clerk", meeting, "confirm_decisions")
    made = council.decisions(meeting)
    assert [(d.number, d.outcome) for d in made] == [(1, "agreed_as_amended"), (2, "noted"), (3, "commented")]
    assert (made[0].text, made[0].original_text) == ("That it be agreed from May", "That recommendation 1 be agreed")
    assert {council.state(d.case_id) for d in made} == {"in_effect"}
    assert (council.state(report), council.state(item)) == ("decided", "heard")
    council.step("clerk", report, "close")


def test_p21_a_decision_can_be_called_in_for_five_working_days_after_publication(council: Council) -> None:
    """Published Tue 3 Nov 2026, open to the end of Tue 10 Nov, in effect Wed 11 Nov 00:00 London."""
    body = council.body(kind="executive")
    meeting, report, item = published(council, body, [{}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    assert (decision.published_on, decision.call_in_until_on) == (date(2026, 11, 3), date(2026, 11, 10))
    assert decision.effective_at == CALL_IN_ENDS
    assert council.state(decision.case_id) == "call_in_open"
    with pytest.raises(NotNow, match="not in effect"):
        council.step("clerk", report, "close")
    council.now = CALL_IN_ENDS.replace(hour=23, day=10)
    assert tick(council) == 0
    council.now = CALL_IN_ENDS
    assert tick(council) == 1
    assert council.state(decision.case_id) == "in_effect"
    council.step("clerk", report, "close")


def test_what_is_not_decided_on_the_merits_cannot_be_called_in(council: Council) -> None:
    body = council.body(kind="executive")
    meeting, report, item = published(council, body, [{"ask": "note"}, {}])
    decide(council, meeting, report, item, "noted", "withdrawn")
    assert {council.state(d.case_id) for d in council.decisions(meeting)} == {"in_effect"}


def test_a_decision_moves_an_action_at_once_as_itself(council: Council) -> None:
    body = council.body(kind="partnership")
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    assert council.state(action) == "superseded"
    assert actors_of(council, action, "action.superseded") == ["decision 1"]
    assert council.decisions(meeting)[0].not_carried_out == ""


@pytest.mark.parametrize("is_", ["rejected", "deferred", "withdrawn"])
def test_only_agreement_moves_the_thing(council: Council, is_: str) -> None:
    body = council.body(kind="partnership")
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, is_)
    assert council.state(action) == "proposed"
    assert follow_ups(council) == []


def test_br42_a_body_that_advises_moves_nothing(council: Council) -> None:
    body = council.body("Scrutiny", kind="committee")
    cabinet = council.body("Cabinet")
    action = an_action(council, body)
    recommendation = {"about_id": action, "about_step": "supersede"}
    meeting, report, item = published(council, body, [recommendation], route=[(body, False), (cabinet, True)])
    decide(council, meeting, report, item, "agreed")
    assert (council.state(report), council.state(action)) == ("considered", "proposed")
    later = council.meeting(cabinet, date(2026, 12, 1))
    council.step("clerk", report, "send_on", fields={"meeting_id": later})
    assert council.state(report) == "submitted"
    council.step("clerk", report, "put_on_agenda")
    assert council.state(report) == "on_agenda"


def test_late_effect_on_an_action_is_refused_on_its_day_and_leaves_nothing_of_it(council: Council) -> None:
    """The action was verified during call-in: the decision stands, "not carried out", with a dated task for two."""
    body = council.body(kind="executive")
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    for who, step, more in (
        ("clerk", "agree", {}),
        ("ann", "start", {}),
        ("ann", "report_complete", {"reason": "It is done"}),
        ("clerk", "verify", {}),
    ):
        council.step(who, action, step, **more)
    before = council.events(action)
    council.now = CALL_IN_ENDS
    assert tick(council) == 1
    (decision,) = council.decisions(meeting)
    assert council.state(decision.case_id) == "in_effect"
    assert "It is Verified" in decision.not_carried_out
    assert (council.state(action), council.events(action)) == ("verified", before)
    (status, refusal) = effects(council)[0]
    assert (status, refusal) == ("refused", decision.not_carried_out)
    (follow_up,) = follow_ups(council)
    holders = council.read(
        lambda s: s.execute(
            select(Task.person_id, Task.post_id, Task.due_on).where(
                Task.case_id == follow_up.case_id, Task.closed_at.is_(None)
            )
        ).all()
    )
    assert {(r.person_id, r.post_id) for r in holders} == {
        (council.people["ann"], None),
        (None, council.posts["clerk"]),
    }
    assert {r.due_on for r in holders} == {date(2026, 11, 18)}
    told = council.read(lambda s: s.scalars(select(Message.person_id).where(Message.about == "not_carried_out")).all())
    assert set(told) == {council.people["ann"], council.people["clerk"]}


def test_the_clerk_does_not_verify_the_task_that_the_clerk_shares(council: Council) -> None:
    test_late_effect_on_an_action_is_refused_on_its_day_and_leaves_nothing_of_it(council)
    (follow_up,) = follow_ups(council)
    council.step("clerk", follow_up.case_id, "report_complete", reason="Put right")
    with pytest.raises(Forbidden):
        council.step("clerk", follow_up.case_id, "verify")
    council.step("chair", follow_up.case_id, "verify")


def test_ny16_a_group_is_approved_and_later_stood_down_by_decisions(council: Council) -> None:
    body = council.body(kind="partnership")
    group = propose(council, body)
    meeting, report, item = published(council, body, [{"about_id": group, "about_step": "approve"}])
    decide(council, meeting, report, item, "agreed")
    assert council.state(group) == "approved"
    with pytest.raises(NotNow, match="needs at least 3"):
        council.step("clerk", group, "start_sitting")


def test_ny38_a_sub_group_sets_up_a_working_group_and_asks_a_finance_officer_by_a_day(council: Council) -> None:
    sub_group = council.body("Performance Sub-Group", "partnership", parent_id=council.body(kind="partnership"))
    group = propose(council, sub_group)
    asks: list[dict[str, Any]] = [{"about_id": group, "about_step": "approve"}, {"ask": "delegate"}]
    meeting, report, item = published(council, sub_group, asks)
    one, two = council.recommendations(report)
    outcome(council, meeting, item, one, "agreed")
    wanted: dict[str, Any] = {"action_title": "Cost the plan", "action_owner_id": council.people["author"]}
    outcome(council, meeting, item, two, "agreed", **wanted, action_due_on=date(2026, 12, 11))
    council.step("clerk", meeting, "confirm_decisions")
    assert council.state(group) == "approved"
    action = council.read(lambda s: s.scalars(select(Action)).one())
    (task,) = council.read(lambda s: s.scalars(select(Task).where(Task.case_id == action.case_id)).all())
    assert (task.person_id, task.due_on) == (council.people["author"], date(2026, 12, 11))


def propose(council: Council, parent: int, name: str = "Working Group") -> int:
    new = NewBody(
        name, "partnership", council.posts["clerk"], council.posts["chair"], parent_id=parent, is_sitting=False
    )
    made: int = council.run("admin", create_body, new)
    return made


def test_late_effect_on_a_group_is_refused_on_its_day(council: Council) -> None:
    """NY-16: a proposal that was dropped during call-in cannot be approved; its decision says why."""
    body = council.body(kind="executive")
    group = propose(council, body)
    meeting, report, item = published(council, body, [{"about_id": group, "about_step": "approve"}])
    decide(council, meeting, report, item, "agreed")
    council.step("clerk", group, "drop", reason="No longer wanted")
    council.now = CALL_IN_ENDS
    tick(council)
    (decision,) = council.decisions(meeting)
    assert (council.state(group), council.state(decision.case_id)) == ("dropped", "in_effect")
    assert "Not approved" in decision.not_carried_out
    assert len(follow_ups(council)) == 1


def test_standing_down_waits_for_open_papers_and_is_checked_on_the_day(council: Council) -> None:
    body = council.body(kind="executive")
    group = council.body("Old Group", kind="partnership")
    meeting, report, item = published(council, body, [{"about_id": group, "about_step": "stand_down"}])
    decide(council, meeting, report, item, "agreed")
    council.meeting(group, date(2026, 12, 8))
    council.now = CALL_IN_ENDS
    tick(council)
    (decision,) = council.decisions(meeting)
    assert council.state(group) == "sitting"
    assert "1 of its meetings" in decision.not_carried_out


def test_carrying_out_twice_does_it_once(council: Council) -> None:
    body = council.body(kind="executive")
    action = an_action(council, body)
    meeting, report, item = published(council, body, [{"about_id": action, "about_step": "supersede"}])
    decide(council, meeting, report, item, "agreed")
    council.now = CALL_IN_ENDS
    assert (tick(council), tick(council)) == (1, 0)
    assert council.events(action).count("action.superseded") == 1
    assert actors_of(council, action, "action.superseded") == ["decision 1"]
    assert effects(council) == [("done", None)]


def test_a_due_effect_that_cannot_even_begin_is_settled_with_the_reason(council: Council) -> None:
    """The row says due, the decision says later: it is refused once, not tried for ever."""
    body = council.body(kind="executive")
    meeting, report, item = published(council, body, [{}])
    decide(council, meeting, report, item, "agreed")
    early = council.now
    council.write(lambda s: s.query(DueEffect).update({"due_at": early}))
    assert (tick(council), tick(council)) == (1, 0)
    ((status, refusal),) = effects(council)
    assert status == "refused"
    assert "takes effect on 11 November 2026" in str(refusal)


def test_p14_the_record_holds_reasons_alternatives_interests_votes_and_the_action(council: Council) -> None:
    from commissioning.meetings.sitting_commands import declare_interest

    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    council.run("dan", declare_interest, meeting, item, council.people["dan"], "Trustee of the provider")
    outcome(
        council,
        meeting,
        item,
        recommendation,
        reasons="It serves the priority",
        alternatives="Doing nothing",
        votes_for=2,
        votes_against=1,
        action_title="Write to the provider",
        action_owner_id=council.people["ann"],
        action_due_on=date(2026, 12, 1),
    )
    council.step("clerk", meeting, "confirm_decisions")
    (decision,) = council.decisions(meeting)
    assert (decision.reasons, decision.alternatives) == ("It serves the priority", "Doing nothing")
    assert decision.interests == "Dan: Trustee of the provider"
    assert (decision.votes_for, decision.votes_against) == (2, 1)
    action = council.read(lambda s: s.scalars(select(Action)).one())
    assert (action.decision_id, action.text, action.owner_id) == (
        decision.case_id,
        "Write to the provider",
        council.people["ann"],
    )
    assert council.state(action.case_id) == "agreed"


def test_one_deferred_recommendation_becomes_a_new_item_and_the_report_is_decided(council: Council) -> None:
    body = council.body(kind="partnership")
    later = council.meeting(body, date(2026, 12, 1))
    meeting, report, item = published(council, body, [{}, {}])
    decide(council, meeting, report, item, "agreed", "deferred")
    assert council.state(report) == "decided"
    (new_item,) = council.items(later)
    assert council.state(new_item) == "listed"
    with pytest.raises(NotNow, match="on an agenda again"):
        council.step("clerk", report, "close")
    finish_later(council, later, report, new_item)
    council.step("clerk", report, "close")


def finish_later(council: Council, later: int, report: int, item: int) -> None:
    from tests.integration.meetings.scenes import attend, tick_papers

    council.at(date(2026, 11, 20))
    tick_papers(council)
    council.step("clerk", later, "publish_agenda")
    assert council.state(item) == "published"
    council.at(date(2026, 12, 1), 15)
    attend(council, later)
    council.step("clerk", later, "hold")
    outcome(council, later, item, council.recommendations(report)[1])
    council.step("clerk", later, "confirm_decisions")
    assert [(d.number, d.outcome) for d in council.decisions(later)] == [(3, "agreed")]


def test_a_deferred_recommendation_without_a_next_meeting_is_a_task_for_the_clerk(council: Council) -> None:
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}, {}])
    decide(council, meeting, report, item, "agreed", "deferred")
    action = council.read(lambda s: s.scalars(select(Action)).one())
    assert action.text.startswith("Call a meeting and bring back what was deferred")


def test_a_report_whose_recommendations_are_all_deferred_is_deferred_as_a_whole(council: Council) -> None:
    body = council.body(kind="partnership")
    later = council.meeting(body, date(2026, 12, 1))
    meeting, report, item = published(council, body, [{}, {}])
    decide(council, meeting, report, item, "deferred", "deferred")
    assert (council.state(report), council.state(item)) == ("deferred", "deferred")
    council.step("clerk", report, "bring_back", fields={"meeting_id": later})
    council.step("clerk", report, "put_on_agenda")
    assert council.state(report) == "on_agenda"
    assert len(council.items(later)) == 1


def test_confirming_waits_for_every_outcome_and_happens_once(council: Council) -> None:
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}, {}])
    first, second = council.recommendations(report)
    outcome(council, meeting, item, first)
    with pytest.raises(NotNow, match="item 5, 1 of 2 recommendations"):
        council.step("clerk", meeting, "confirm_decisions")
    with pytest.raises(NotNow, match="Confirm the decisions first"):
        council.step("clerk", meeting, "draft_minutes", fields={"text": "Minutes"})
    outcome(council, meeting, item, second)
    council.step("clerk", meeting, "confirm_decisions", key="once")
    council.step("clerk", meeting, "confirm_decisions", key="once")
    with pytest.raises(NotNow, match="confirmed already"):
        council.step("clerk", meeting, "confirm_decisions")
    assert len(council.decisions(meeting)) == 2


def test_every_step_that_a_decision_may_fire_is_the_systems(council: Council) -> None:
    for name in LINKABLE:
        kind, step = name.split(".")
        found = [w for w in house.workflows.values() if w.kind == kind and step in w.steps]
        assert found, name
        assert all("system" in w.steps[step].by for w in found), name


def test_nobody_puts_a_decision_into_effect_by_hand(council: Council) -> None:
    body = council.body(kind="executive")
    meeting, report, item = published(council, body, [{}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    for who in ("clerk", "admin", "chair"):
        with pytest.raises(Forbidden):
            council.run(who, perform, decision.case_id, "take_effect")


def test_a_decision_on_a_secret_part_is_known_only_to_those_who_may_read_it(council: Council) -> None:
    from commissioning.meetings.queries import list_decisions

    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{"secrecy": "exempt", "text": "canary"}, {}])
    decide(council, meeting, report, item, "agreed", "agreed")

    def numbers(who: str) -> list[int]:
        rows = council.read(lambda s: list_decisions(s, council.actor(who, s), council.now.date())[0])
        return sorted(d.number for d in rows)

    assert numbers("ann") == [1, 2]
    assert numbers("stranger") == [2]


def count(council: Council, model: Any) -> int:
    return int(council.read(lambda s: s.execute(select(func.count()).select_from(model)).scalar_one()))
