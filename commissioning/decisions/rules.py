"""From confirmed outcomes to decisions: the records (P-14), their actions, and where items and reports go then.

Here: what the definition `meeting` names as make_decisions. What a decision does when it takes effect is in `effects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from commissioning.casework.context import Context
from commissioning.casework.linked import would_touch
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect
from commissioning.db import TryAgain
from commissioning.decisions.acting import ask_to_call, made_action
from commissioning.decisions.linkable import WITH_SUM
from commissioning.decisions.outcomes import STAYS_OPEN
from commissioning.decisions.recording import last_number, new_decision, replace, set_going
from commissioning.decisions.replying import ask_reply, due_on, executive_of, repliers
from commissioning.decisions.returning import come_again, join_route, next_meeting_ids
from commissioning.meetings.agenda_rules import step_leaves
from commissioning.meetings.queries import (
    list_interests,
    list_items,
    list_next_meetings,
    list_to_decide_again,
    means,
    open_recommendations,
    outcomes_of,
)
from commissioning.meetings.rolling import roll_inquorate_on
from commissioning.models.bodies import AgendaItem, Body, Decision, Meeting, Outcome
from commissioning.models.reports import Recommendation

REFERRED = "Call a meeting and put on its agenda what was referred to it of"


@dataclass(frozen=True)
class _Item:
    """One item with what was entered for it."""

    item: AgendaItem
    recommendations: Sequence[Recommendation]
    outcomes: dict[int, Outcome]


def _heard(context: Context) -> list[_Item]:
    """The published items of the meeting that it could decide, with what its body is to decide, and the outcomes."""
    items = [i for i in list_items(context.session, context.case.id, is_open=True) if means(i.case, "to_hear")]
    items = [i for i in items if not i.inquorate]
    body_id = context.session.get_one(Meeting, context.case.id).body_id
    wanted = open_recommendations(context.session, [i.report_id for i in items], body_id)
    entered = outcomes_of(context.session, [i.case_id for i in items])
    return [
        _Item(
            item,
            wanted[item.report_id],
            {r.id: entered[item.case_id, r.id] for r in wanted[item.report_id] if (item.case_id, r.id) in entered},
        )
        for item in items
    ]


def _touches_meeting(context: Context) -> set[int]:
    """Items, reports, the body (its numbers), next meetings, decisions to be replaced, and what is decided on."""
    session = context.session
    meeting = session.get_one(Meeting, context.case.id)
    heard = _heard(context)
    found = {meeting.body_id}
    for item in list_items(session, context.case.id, is_open=True):
        found |= {item.case_id, item.report_id}
    found |= {d.case_id for d in list_to_decide_again(session, [h.item.report_id for h in heard])}
    referred_to = {o.referred_to_id for h in heard for o in h.outcomes.values() if o.referred_to_id}
    for body_id in {meeting.body_id, *referred_to}:
        found |= next_meeting_ids(context, body_id, meeting.meeting_on)
    for one in heard:
        found |= would_touch(context, [m for r in one.recommendations if (m := about_move(r))])
    return found


def about_move(recommendation: Recommendation, reason: str = "", decision: Decision | None = None) -> Move | None:
    """The step that a decision on this recommendation fires, if it is about something; with the sum that was decided,
    where the step takes one."""
    if recommendation.about_id is None or not recommendation.about_step:
        return None
    fields = {}
    if recommendation.about_step in WITH_SUM:
        amount = recommendation.amount_pence if decision is None else decision.amount_pence
        fields = {"limit_pence": amount, "source_id": decision.case_id if decision else 0}
    return Move(recommendation.about_id, recommendation.about_step, reason, fields)


def _confirm(context: Context) -> None:
    meeting = context.session.get_one(Meeting, context.case.id)
    context.changed("decisions_confirmed_at", None, context.now.isoformat())
    meeting.decisions_confirmed_at = context.now


def _make_decisions(context: Context) -> None:
    """A decision for each recommendation with its outcome, then each item and report moves on (LI-04, P-14)."""
    session = context.session
    meeting = session.get_one(Meeting, context.case.id)
    body = session.get_one(Body, meeting.body_id)
    all_heard = _heard(context)
    earlier = {d.recommendation_id: d for d in list_to_decide_again(session, [h.item.report_id for h in all_heard])}
    number = last_number(session, body.case_id)
    for heard in all_heard:
        for recommendation in heard.recommendations:
            number += 1
            again = earlier.get(recommendation.id)
            decision = _record(context, meeting, heard, recommendation, number, again)
            set_going(context, decision)
            if decision.replaces_id is not None:
                replace(context, decision)
            _record_action(context, body, decision, heard.outcomes[recommendation.id])
            _ask_executive(context, decision)
        _conclude(context, heard)
    following = list_next_meetings(session, body.case_id, meeting.meeting_on, context.today)
    for item in list_items(session, context.case.id, is_open=True):
        if item.inquorate:
            roll_inquorate_on(context, item, following[0] if following else None)
    late = [i for i in list_items(session, context.case.id, is_open=True) if i.case_id in context.locked]
    for item in late:  # listed as to follow, and it never came
        _never_came(context, item)


def _ask_executive(context: Context, decision: Decision) -> None:
    """What scrutiny recommends opens a reply of the executive that it scrutinises."""
    executive = executive_of(context.session, decision.body_id, decision.outcome)
    if executive is None:
        return
    action = made_action(
        context,
        executive,
        f"Reply to scrutiny’s decision {decision.number}: {decision.text}",
        decision,
        owner_roles=[("owner", None, executive.clerk_post_id, None)],
        due_on=due_on(context),
        overseer=executive.chair_post_id,
    )
    ask_reply(context, decision, executive, action)


def _record(
    context: Context,
    meeting: Meeting,
    heard: _Item,
    recommendation: Recommendation,
    number: int,
    again: Decision | None,
) -> Decision:
    """One decision with the fields of a decision record: reasons, alternatives, interests (P-14)."""
    report, outcome = context.locked[heard.item.report_id], heard.outcomes[recommendation.id]
    interests = "; ".join(f"{i.person.name}: {i.nature}" for i in list_interests(context.session, [heard.item.case_id]))
    options = {o.id: o.text for o in recommendation.options}
    amended = outcome.outcome == "agreed_as_amended" and outcome.amended_pence is not None
    kept = ("outcome", "reasons", "alternatives", "comments", "votes_for", "votes_against", "abstentions")
    row = {
        "body_id": meeting.body_id,
        "meeting_id": meeting.case_id,
        "item_id": heard.item.case_id,
        "number": number,
        "text": outcome.amended_text.strip() or recommendation.text,
        "amount_pence": outcome.amended_pence if amended else recommendation.amount_pence,
        "chosen": "\n".join(options[int(i)] for i in outcome.chosen.split(",") if i),
        "interests": interests,
        "decided_on": meeting.meeting_on,
        "published_on": context.today,
        "referred_to_id": outcome.referred_to_id,
        "replaces_id": again.case_id if again is not None and outcome.outcome != STAYS_OPEN else None,
        **{name: getattr(outcome, name) for name in kept},
    }
    more = repliers(executive_of(context.session, meeting.body_id, outcome.outcome))
    return new_decision(context, report, recommendation, row, state="published", more=more)


def _record_action(context: Context, body: Body, decision: Decision, outcome: Outcome) -> None:
    """The action that the body asked for comes from the decision, not retyped; without an owner it is proposed only."""
    if not outcome.action_title.strip():
        return
    made_action(
        context,
        body,
        outcome.action_title.strip(),
        decision,
        owner_roles=[("owner", outcome.action_owner_id, None, None)] if outcome.action_owner_id else [],
        due_on=outcome.action_due_on,
    )


def _conclude(context: Context, heard: _Item) -> None:
    """The report is decided, considered or put off as a whole, the item heard or put off; what was deferred comes to
    the next meeting again, what was referred goes to the other body."""
    assert context.fire is not None
    report = context.locked.get(heard.item.report_id)
    if report is None:
        raise TryAgain
    given = [o.outcome for o in heard.outcomes.values()]
    is_put_off = bool(given) and all(o == STAYS_OPEN for o in given)
    first_time = step_leaves(report, "conclude")
    if first_time:
        context.fire(Move(report.id, "conclude"))
    context.fire(Move(heard.item.case_id, "defer" if is_put_off else "hear"))
    meeting = context.session.get_one(Meeting, context.case.id)
    if STAYS_OPEN in given and not (is_put_off and first_time):
        _bring_back(context, heard, meeting.body_id, "Call a meeting and bring back what was deferred of")
    for body_id in sorted({o.referred_to_id for o in heard.outcomes.values() if o.referred_to_id is not None}):
        join_route(context, report.id, body_id)
        _bring_back(context, heard, body_id, REFERRED)


def _bring_back(context: Context, heard: _Item, body_id: int, otherwise: str) -> None:
    """A new item of the next meeting of the body that it waits for; without one a task for that body's clerk."""
    meeting = context.session.get_one(Meeting, context.case.id)
    report = context.locked[heard.item.report_id]
    if come_again(context, body_id, report, meeting.meeting_on):
        return
    decision = context.session.scalars(
        select(Decision).where(Decision.item_id == heard.item.case_id).order_by(Decision.number.desc())
    ).first()
    assert decision is not None
    ask_to_call(context, body_id, report, decision, otherwise)


def _never_came(context: Context, item: AgendaItem) -> None:
    """An item to follow whose paper did not come: put off, and the paper goes back to the clerk for another meeting."""
    assert context.fire is not None
    report = context.locked[item.report_id]
    if not context.locked[item.case_id].where.has("open"):
        return
    if step_leaves(report, "come_off"):
        context.fire(Move(report.id, "come_off"))
    for step in ("defer", "remove"):
        if step_leaves(context.locked[item.case_id], step):
            context.fire(Move(item.case_id, step))


effect(
    "make_decisions@1",
    record=_confirm,
    touches=_touches_meeting,
    run=_make_decisions,
    fires=frozenset(
        {
            *("decision.take_effect", "decision.open_call_in", "decision.replace"),
            *("report.conclude", "report.come_off"),
            *("agenda_item.hear", "agenda_item.defer", "agenda_item.remove", "agenda_item.roll_on"),
        }
    ),
)
