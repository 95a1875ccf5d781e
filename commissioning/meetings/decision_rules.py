"""From confirmed outcomes to decisions: the records (P-14), their actions, and where items and reports go then.

Here: what the definition `meeting` names as make_decisions. What a decision does when it takes effect is in `effects`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select

from commissioning.boards.queries import scope_of
from commissioning.casework.context import Context
from commissioning.casework.linked import would_touch
from commissioning.casework.making import NewCase, RoleRow, create_many
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, house
from commissioning.db import TryAgain
from commissioning.meetings.agenda_rules import new_item, roll_inquorate_on, step_leaves
from commissioning.meetings.outcomes import CALLABLE_IN, STAYS_OPEN
from commissioning.meetings.queries import (
    list_interests,
    list_items,
    list_next_meetings,
    means,
    numbers_of,
    open_recommendations,
    outcomes_of,
)
from commissioning.models.bodies import Action, AgendaItem, Body, Decision, Meeting, Outcome
from commissioning.models.cases import DueEffect
from commissioning.models.reports import Recommendation
from workflows.back_planning import call_in

KIND = "decision"
PUT_RIGHT_DAYS = 5
"""Working days in which a decision that was not carried out is to be put right."""
_SHORT = 80

house.kind(Kind(KIND, "DEC", "decision"))


@dataclass(frozen=True)
class _Item:
    """One item with what was entered for it."""

    item: AgendaItem
    recommendations: Sequence[Recommendation]
    outcomes: dict[int, Outcome]


def _heard(context: Context) -> list[_Item]:
    """The published items of the meeting that it could decide, with their open recommendations and outcomes."""
    items = [i for i in list_items(context.session, context.case.id, is_open=True) if means(i.case, "to_hear")]
    items = [i for i in items if not i.inquorate]
    wanted = open_recommendations(context.session, [i.report_id for i in items])
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
    """Items, reports, the body (its numbers), the next meeting, and whatever the decisions may move at once."""
    meeting = context.session.get_one(Meeting, context.case.id)
    found = {meeting.body_id}
    following = list_next_meetings(context.session, meeting.body_id, meeting.meeting_on, context.today)
    found |= {following[0].case_id} if following else set()
    for item in list_items(context.session, context.case.id, is_open=True):
        found |= {item.case_id, item.report_id}
    for heard in _heard(context):
        found |= would_touch(context, [m for r in heard.recommendations if (m := about_move(r))])
    return found


def about_move(recommendation: Recommendation, reason: str = "") -> Move | None:
    """The step that a decision on this recommendation fires, if it is about something."""
    if recommendation.about_id is None or not recommendation.about_step:
        return None
    return Move(recommendation.about_id, recommendation.about_step, reason)


def _confirm(context: Context) -> None:
    meeting = context.session.get_one(Meeting, context.case.id)
    context.changed("decisions_confirmed_at", None, context.now.isoformat())
    meeting.decisions_confirmed_at = context.now


def _make_decisions(context: Context) -> None:
    """A decision for each recommendation with its outcome, then each item and report moves on (LI-04, P-14)."""
    session = context.session
    meeting = session.get_one(Meeting, context.case.id)
    body = session.get_one(Body, meeting.body_id)
    number = session.execute(
        select(func.coalesce(func.max(Decision.number), 0)).where(Decision.body_id == body.case_id)
    ).scalar_one()
    for heard in _heard(context):
        for recommendation in heard.recommendations:
            number += 1
            decision = _record(context, body, meeting, heard, recommendation, number)
            _set_going(context, decision)
            _record_action(context, body, decision, heard.outcomes[recommendation.id])
        _conclude(context, heard)
    following = list_next_meetings(session, body.case_id, meeting.meeting_on, context.today)
    for item in list_items(session, context.case.id, is_open=True):
        if item.inquorate:
            roll_inquorate_on(context, item, following[0] if following else None)
    late = [i for i in list_items(session, context.case.id, is_open=True) if i.case_id in context.locked]
    for item in late:  # listed as to follow, and it never came
        _never_came(context, item)


def _record(
    context: Context, body: Body, meeting: Meeting, heard: _Item, recommendation: Recommendation, number: int
) -> Decision:
    """One decision with the fields of a decision record: reasons, alternatives, interests (P-14)."""
    report, outcome = context.locked[heard.item.report_id], heard.outcomes[recommendation.id]
    text = outcome.amended_text.strip() or recommendation.text
    secrecy = recommendation.secrecy if recommendation.secrecy != "open" else report.secrecy
    interests = "; ".join(f"{i.person.name}: {i.nature}" for i in list_interests(context.session, [heard.item.case_id]))
    options = {o.id: o.text for o in recommendation.options}
    chosen = "\n".join(options[int(i)] for i in outcome.chosen.split(",") if i)
    effective_at, until = _effective(context, body, outcome.outcome)
    row = {
        "body_id": body.case_id,
        "meeting_id": meeting.case_id,
        "item_id": heard.item.case_id,
        "report_id": report.id,
        "recommendation_id": recommendation.id,
        "number": number,
        "ask": recommendation.ask,
        "outcome": outcome.outcome,
        "text": text,
        "original_text": recommendation.text,
        "chosen": chosen,
        "interests": interests,
        "decided_on": meeting.meeting_on,
        "published_on": context.today,
        "call_in_until_on": until,
        "effective_at": effective_at,
    }
    kept = ("reasons", "alternatives", "comments", "votes_for", "votes_against", "abstentions")
    row |= {name: getattr(outcome, name) for name in kept}
    position = numbers_of(context.session, [report.id])[recommendation.id]
    made = create_many(
        context.session,
        context.actor,
        [
            NewCase(
                KIND,
                f"Decision {number}: {report.title}, recommendation {position}",
                f"Decision {number}: {report.safe_title}, recommendation {position}",
                scope=scope_of(body.case_id),
                secrecy=secrecy,
                roles=[("clerk", None, body.clerk_post_id, None)],
                facts=lambda case_id: [Decision(case_id=case_id, **row)],
                body={"number": number, "outcome": outcome.outcome, "text": text, "chosen": chosen},
            )
        ],
        now=context.now,
    )[0]
    context.locked[made.case.id] = made.case
    return context.session.get_one(Decision, made.case.id)


def _effective(context: Context, body: Body, outcome: str) -> tuple[datetime, date | None]:
    """When it takes effect: at once, or after the call-in of a body that has one (P-21)."""
    if not body.call_in_days or outcome not in CALLABLE_IN:
        return context.now, None
    window = call_in(context.today, body.call_in_days, context.body_calendar(body.case_id))
    return window.in_effect_at, window.last_day_open


def _set_going(context: Context, decision: Decision) -> None:
    assert context.fire is not None
    if decision.call_in_until_on is None:
        context.fire(Move(decision.case_id, "take_effect"))
        return
    context.fire(Move(decision.case_id, "open_call_in"))
    context.session.execute(
        insert(DueEffect).values(
            cause_id=decision.case_id,
            case_id=decision.case_id,
            step="take_effect",
            due_at=decision.effective_at,
            status="waiting",
        )
    )


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
        owner_id=outcome.action_owner_id,
        due_on=outcome.action_due_on,
    )


def made_action(
    context: Context,
    body: Body,
    text: str,
    decision: Decision,
    *,
    owner_roles: Sequence[RoleRow],
    owner_id: int | None,
    due_on: date | None,
    overseer: int | None = None,
) -> int:
    """An action that follows from a decision; agreed if somebody owns it. `overseer`: the post that verifies it."""
    secrecy = context.locked[decision.case_id].secrecy
    title = text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"
    made = create_many(
        context.session,
        context.actor,
        [
            NewCase(
                "action",
                title,
                title if secrecy == "open" else f"Action from decision {decision.number} of {body.name}",
                scope=scope_of(body.case_id),
                secrecy=secrecy,
                roles=[
                    *owner_roles,
                    ("clerk", None, overseer or body.clerk_post_id, None),
                    ("chair", None, body.chair_post_id, None),
                ],
                facts=lambda case_id: [
                    Action(
                        case_id=case_id,
                        text=text,
                        owner_id=owner_id,
                        action_due_on=due_on,
                        body_id=body.case_id,
                        decision_id=decision.case_id,
                        number=str(decision.number),
                    )
                ],
                body={"decision": decision.number},
                state="agreed" if owner_roles else None,
            )
        ],
        now=context.now,
    )[0]
    return made.case.id


def _conclude(context: Context, heard: _Item) -> None:
    """The report is decided, considered or put off as a whole, the item heard or put off; what was deferred returns."""
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
    if STAYS_OPEN in given and not (is_put_off and first_time):
        _bring_back(context, heard)


def _bring_back(context: Context, heard: _Item) -> None:
    """One deferred recommendation becomes a new item of the next meeting, and the report is decided all the same."""
    meeting = context.session.get_one(Meeting, context.case.id)
    body = context.session.get_one(Body, meeting.body_id)
    report = context.locked[heard.item.report_id]
    following = list_next_meetings(context.session, body.case_id, meeting.meeting_on, context.today)
    if following:
        new_item(context, following[0], report, state=None)
        return
    decision = context.session.scalars(
        select(Decision).where(Decision.item_id == heard.item.case_id).order_by(Decision.number.desc())
    ).first()
    assert decision is not None
    text = f"Call a meeting and bring back what was deferred of {report.safe_title}"
    made_action(
        context,
        body,
        text,
        decision,
        owner_roles=[("owner", None, body.clerk_post_id, None)],
        owner_id=None,
        due_on=context.calendar.add_working_days(context.today, PUT_RIGHT_DAYS),
        overseer=body.chair_post_id,
    )


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
            *("decision.take_effect", "decision.open_call_in", "report.conclude", "report.come_off"),
            *("agenda_item.hear", "agenda_item.defer", "agenda_item.remove", "agenda_item.roll_on"),
        }
    ),
)
