"""Decisions act: from a decision in effect to the thing that it is about.

Here: what the definition `decision` names. The linked step runs through the door as "decision N" and re-checks the
guards on its day; refused, the decision stands as "not carried out: reason" with a dated task for clerk and owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select, update

from commissioning.actors import system_actor
from commissioning.casework.context import Context
from commissioning.casework.linked import attempt, would_touch
from commissioning.casework.making import RoleRow
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect, guard
from commissioning.db import TryAgain
from commissioning.decisions.acting import PUT_RIGHT_DAYS, made_action
from commissioning.decisions.linkable import LINKABLE, OTHERWISE, is_linkable
from commissioning.decisions.outcomes import CARRIES_OUT
from commissioning.decisions.rules import about_move
from commissioning.meetings.queries import is_deciding
from commissioning.models.bodies import Body, Decision
from commissioning.models.cases import Case, CaseRole, DueEffect
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from workflows.london import in_london
from workflows.registry import Refusal
from workflows.working_days import in_words


@guard("effective_day_reached@1")
def effective_day_reached(context: Context) -> Refusal | None:
    """A decision that can be called in takes effect when the time for it is over (P-21)."""
    effective_at = context.session.get_one(Decision, context.case.id).effective_at
    if effective_at is None:
        return Refusal("called_in", "It is called in", "scrutiny")
    if context.now >= effective_at:
        return None
    local = in_london(effective_at)
    return Refusal("call_in_open", f"It takes effect on {local.day} {local:%B %Y}", "the call-in period")


def carried(context: Context) -> Iterable[int]:
    """What the decision may move when it takes effect; for `touches`."""
    decision = context.session.get_one(Decision, context.case.id)
    move = about_move(context.session.get_one(Recommendation, decision.recommendation_id), "", decision)
    return would_touch(context, [move]) if move else ()


def _carry_out(context: Context) -> None:
    """Fire the step of the thing decided on, as "decision N". Refused, the decision stands and says why it did not act.

    Before the event is sealed, so that it records whether the decision was carried out.
    """
    session = context.session
    decision = session.get_one(Decision, context.case.id)
    context.actor = system_actor(f"decision {decision.number}")
    refused: list[Refusal] = []
    move = _move(context, decision)
    if move is not None:
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


def _move(context: Context, decision: Decision) -> Move | None:
    """What the decision fires: the step that was recommended, or, rejected, what stands in its place; else nothing."""
    reason = f"Decision {decision.number}, {in_words(decision.decided_on)}: {decision.text}"[:4000]
    move = about_move(context.session.get_one(Recommendation, decision.recommendation_id), reason, decision)
    if move is None or not is_deciding(context.session, decision.report_id, decision.body_id):
        return None
    if decision.outcome in CARRIES_OUT:
        return move
    kind = context.session.get_one(Case, move.case_id).kind
    instead = OTHERWISE.get(f"{kind}.{move.step}") if decision.outcome == "rejected" else None
    return replace(move, step=instead) if instead else None


def _follow_up(context: Context) -> None:
    """A decision that was not carried out leaves a dated task for the clerk and for the owner of the thing."""
    session = context.session
    decision = session.get_one(Decision, context.case.id)
    if not decision.not_carried_out:
        return
    owner = put_right(context, decision, f"Decision {decision.number} was not carried out: {decision.not_carried_out}")
    context.tell(
        "not_carried_out",
        f"Not carried out: {context.case.safe_title}",
        "The decision stands, but what it decided could not be done. A task says why and by when to put it right.",
        "You are clerk of the body that decided, or you answer for what it decided on.",
        roles=("clerk",),
        people=[owner] if owner is not None else [],
    )


def put_right(context: Context, decision: Decision, text: str) -> int | None:
    """A dated task for the clerk and for who answers for the thing decided on; that person, if there is one."""
    body = context.session.get_one(Body, decision.body_id)
    owner = _owner(context, decision)
    owners: list[RoleRow] = [("owner", None, body.clerk_post_id, None)]
    if owner is not None:
        owners.insert(0, ("owner", owner, None, None))
    made_action(
        context,
        body,
        text,
        decision,
        owner_roles=owners,
        due_on=context.calendar.add_working_days(context.today, PUT_RIGHT_DAYS),
        overseer=body.chair_post_id,
    )
    return owner


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


effect("carry_out@1", touches=carried, record=_carry_out, run=_follow_up, fires=frozenset(LINKABLE))
