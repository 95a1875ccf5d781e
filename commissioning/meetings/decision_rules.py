"""Decisions act: from confirmed outcomes to decisions, and from a decision in effect to the thing that it is about.

Here: what the definitions `meeting` (make_decisions) and `decision` name. A decision's effect runs through the door as
"decision N" and re-checks the guards on its day; refused, the decision stands as "not carried out" with a dated task.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, insert, select, update

from commissioning.actors import system_actor
from commissioning.boards.queries import scope_of
from commissioning.casework.context import Context
from commissioning.casework.linked import attempt, would_touch
from commissioning.casework.making import NewCase, RoleRow, create_many
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.db import TryAgain
from commissioning.meetings.agenda_rules import new_item, step_leaves
from commissioning.meetings.linkable import LINKABLE, is_linkable
from commissioning.meetings.outcomes import CALLABLE_IN, CARRIES_OUT, STAYS_OPEN
from commissioning.meetings.queries import (
    is_deciding,
    list_interests,
    list_items,
    list_next_meetings,
    means,
    numbers_of,
    open_recommendations,
    outcomes_of,
)
from commissioning.models.bodies import Action, AgendaItem, Body, Decision, Meeting, Outcome
from commissioning.models.cases import CaseRole, DueEffect
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from workflows.back_planning import call_in
from workflows.london import in_london
from workflows.registry import Refusal
from workflows.working_days import in_words

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
    """The published items of the meeting with their open recommendations and outcomes."""
    items = [i for i in list_items(context.session, context.case.id, is_open=True) if means(i.case, "to_hear")]
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
        found |= would_touch(context, [m for r in heard.recommendations if (m := _about(r))])
    return found


def _about(recommendation: Recommendation, reason: str = "") -> Move | None:
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
            *("agenda_item.hear", "agenda_item.defer", "agenda_item.remove"),
        }
    ),
)


@guard("effective_day_reached@1")
def effective_day_reached(context: Context) -> Refusal | None:
    """A decision that can be called in takes effect when the time for it is over (P-21)."""
    effective_at = context.session.get_one(Decision, context.case.id).effective_at
    if context.now >= effective_at:
        return None
    local = in_london(effective_at)
    return Refusal("call_in_open", f"It takes effect on {local.day} {local:%B %Y}", "the call-in period")


def _carried(context: Context) -> Iterable[int]:
    decision = context.session.get_one(Decision, context.case.id)
    move = _about(context.session.get_one(Recommendation, decision.recommendation_id))
    return would_touch(context, [move]) if move else ()


def _carry_out(context: Context) -> None:
    """Fire the step of the thing decided on, as "decision N". Refused, the decision stands and says why it did not act.

    Before the event is sealed, so that it records whether the decision was carried out.
    """
    session = context.session
    decision = session.get_one(Decision, context.case.id)
    context.actor = system_actor(f"decision {decision.number}")
    recommendation = session.get_one(Recommendation, decision.recommendation_id)
    refused: list[Refusal] = []
    move = _about(
        recommendation, f"Decision {decision.number}, {in_words(decision.decided_on)}: {decision.text}"[:4000]
    )
    acts = decision.outcome in CARRIES_OUT and is_deciding(session, decision.report_id, decision.body_id)
    if move is not None and acts:
        about = context.locked.get(move.case_id)
        if about is None:
            raise TryAgain
        if is_linkable(about.kind, move.step):
            refused = attempt(context, move)
        else:
            refused = [Refusal("not_linkable", "A decision cannot move this")]
        context.notes["about"] = {"reference": about.reference, "step": move.step, "carried_out": not refused}
    said = "; ".join(dict.fromkeys(r.text for r in refused))
    if refused:
        context.changed("not_carried_out", decision.not_carried_out, said)
        decision.not_carried_out = said
    session.execute(
        update(DueEffect)
        .where(DueEffect.cause_id == decision.case_id, DueEffect.status == "waiting")
        .values(status="refused" if refused else "done", refusal=said or None, settled_at=context.now)
    )


def _follow_up(context: Context) -> None:
    """A decision that was not carried out leaves a dated task for the clerk and for the owner of the thing."""
    session = context.session
    decision = session.get_one(Decision, context.case.id)
    if not decision.not_carried_out:
        return
    body = session.get_one(Body, decision.body_id)
    owner = _owner(context, decision)
    owners: list[RoleRow] = [("owner", None, body.clerk_post_id, None)]
    if owner is not None:
        owners.insert(0, ("owner", owner, None, None))
    made_action(
        context,
        body,
        f"Decision {decision.number} was not carried out: {decision.not_carried_out}",
        decision,
        owner_roles=owners,
        owner_id=owner,
        due_on=context.calendar.add_working_days(context.today, PUT_RIGHT_DAYS),
        overseer=body.chair_post_id,
    )
    context.tell(
        "not_carried_out",
        f"Not carried out: {context.case.safe_title}",
        "The decision stands, but what it decided could not be done. A task says why and by when to put it right.",
        "You are clerk of the body that decided, or you answer for what it decided on.",
        roles=("clerk",),
        people=[owner] if owner is not None else [],
    )


def _owner(context: Context, decision: Decision) -> int | None:
    """Who answers for the thing decided on: its owner, else the author of the report; somebody who is still here."""
    about = context.session.get_one(Recommendation, decision.recommendation_id).about_id
    for case_id, role in ((about, "owner"), (decision.report_id, "author")):
        found = context.session.scalars(
            select(CaseRole.person_id)
            .join(Person, Person.id == CaseRole.person_id)
            .where(CaseRole.case_id == case_id, CaseRole.role == role, Person.is_active)
            .order_by(CaseRole.id)
        ).first()
        if found is not None:
            return found
    return None


effect("carry_out@1", touches=_carried, record=_carry_out, run=_follow_up, fires=frozenset(LINKABLE))
