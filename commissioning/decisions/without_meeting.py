"""Decisions that no meeting of ours makes: by one member, by an officer, urgently, or in another committee system.

Here: arranging one, and what the definition `board-report` names of recording it. The record, the call-in and what the
decision moves are those of any other decision (P-10, P-14 to P-16).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.boards.queries import list_members
from commissioning.casework import amend
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import Invalid, NotNow
from commissioning.casework.linked import would_touch
from commissioning.casework.registry import effect, guard
from commissioning.clock import fresh_id
from commissioning.decisions.acting import ask_to_call
from commissioning.decisions.decided import ELSEWHERE, LONG, Decided, wrong_outcomes
from commissioning.decisions.outcomes import STAYS_OPEN
from commissioning.decisions.recording import last_number, new_decision, replace, set_going
from commissioning.decisions.returning import come_again, join_route, next_meeting_ids
from commissioning.decisions.rules import REFERRED, about_move
from commissioning.labels_decisions import DECISION_WAYS
from commissioning.meetings.queries import (
    find_open_item,
    is_deciding,
    list_to_decide_again,
    open_recommendations,
)
from commissioning.models.bodies import Body
from commissioning.models.cases import CaseRole
from commissioning.models.deciding import WAYS, Arrangement
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from workflows.registry import Refusal


@dataclass(frozen=True)
class NewArrangement:
    """Who decides on which day and by what authority, and who must publish it by the next working day."""

    way: str
    decider_id: int
    publisher_id: int
    decide_on: date
    authority: str


def body_id_of(case: CaseRow) -> int:
    """The body for which a paper is decided: that where the paper is."""
    return int((case.scope or "body:0").rpartition(":")[2])


def arrange(
    session: Session, actor: Actor, report_id: int, new: NewArrangement, *, now: datetime, key: str | None = None
) -> None:
    """Say that a paper is decided without a meeting, or change who decides. Raises Invalid by field."""

    def change(context: Context) -> None:
        if find_open_item(session, report_id) is not None or context.case.where.has("public"):
            raise NotNow([Refusal("on_agenda", "It is on an agenda; take it off first", "the clerk")])
        _check_arrangement(context, new)
        row = session.get(Arrangement, report_id)
        if row is None:
            row = Arrangement(report_id=report_id, made_by_id=context.person_id, made_at=now, **vars(new))
            session.add(row)
            context.changed("without_meeting", None, DECISION_WAYS[new.way])
        else:
            for name, value in vars(new).items():
                context.changed(name, getattr(row, name), value)
                setattr(row, name, value)
        decider = session.scalars(
            select(CaseRole).where(CaseRole.case_id == report_id, CaseRole.role == "decider")
        ).first()
        if decider is None:
            session.add(CaseRole(id=fresh_id(), case_id=report_id, role="decider", person_id=new.decider_id))
        else:
            decider.person_id = new.decider_id
        context.tell(
            "report_arranged",
            f"To be decided without a meeting: {context.case.safe_title}",
            "You decide on it, or must publish what is decided by the next working day.",
            "You are named as who decides or publishes.",
            people=sorted({new.decider_id, new.publisher_id}),
        )

    body = [*vars(new).values()]
    amend(session, actor, report_id, "report.arrange", "report.arranged", change, now=now, key=key, body=body)


def _check_arrangement(context: Context, new: NewArrangement) -> None:
    session, errors = context.session, {}
    body = session.get(Body, body_id_of(context.case))
    if new.way not in WAYS:
        errors["way"] = "Select how it is decided"
    for name in ("decider_id", "publisher_id"):
        person = session.get(Person, getattr(new, name))
        if person is None or not person.is_active:
            errors[name] = "Select a person from the list"
    barred = ("author", "contributor", "sponsor", "asked", "past_writer", "past_sponsor")
    if any(p.role in barred and p.person_id == new.decider_id for p in context.parties):
        errors["decider_id"] = "Who wrote, sponsors or signs the paper does not decide on it: select somebody else"
    members = {m.person_id for m in list_members(session, body.case_id, context.today)} if body else set()
    if new.way == "member" and "decider_id" not in errors and new.decider_id not in members:
        errors["decider_id"] = f"Select a member of {body.name if body else 'the body'}"
    if new.decide_on < context.today:
        errors["decide_on"] = "The day of the decision must be today or later"
    if not new.authority.strip():
        said = {"urgent": "Enter why it cannot wait and who agreed that it is urgent (P-10)"}
        errors["authority"] = said.get(new.way, "Enter by what delegation it is decided")
    if errors:
        raise Invalid(errors)


class DecidedFields(BaseModel):
    """The record of what was decided without a meeting of ours (P-14)."""

    model_config = ConfigDict(extra="forbid")

    decided_on: date
    published_on: date | None = None
    interests: Annotated[str, Field(max_length=LONG)] = ""
    dispensations: Annotated[str, Field(max_length=LONG)] = ""
    outcomes: Annotated[list[Decided], Field(min_length=1, max_length=200)]


def way_of(session: Session, case: CaseRow) -> str:
    """How a paper is decided without a meeting of ours; "" where it goes to one."""
    arrangement = session.get(Arrangement, case.id)
    if arrangement is not None:
        return arrangement.way
    body = session.get(Body, body_id_of(case))
    return ELSEWHERE if body is not None and body.kept_in else ""


@guard("arranged@1")
def arranged(context: Context) -> Refusal | None:
    """One member, an officer or an urgent way decides on it."""
    if context.session.get(Arrangement, context.case.id) is not None:
        return None
    return Refusal("not_arranged", "It is not arranged to be decided without a meeting", "the author")


@guard("kept_elsewhere@1")
def kept_elsewhere(context: Context) -> Refusal | None:
    """The body's meetings are run in another committee system (of a report: those of the body where it is)."""
    if _kept_in(context):
        return None
    return Refusal("kept_here", "Its meetings are run here, so nothing is handed over")


@guard("meets_here@1")
def meets_here(context: Context) -> Refusal | None:
    """No agenda of ours is made for a body whose meetings are run elsewhere."""
    kept = _kept_in(context)
    if not kept:
        return None
    return Refusal("kept_elsewhere", f"Its meetings are run in {kept}: papers are handed over, outcomes recorded here")


def _kept_in(context: Context) -> str:
    body = context.session.get(Body, body_id_of(context.case))
    return body.kept_in if body is not None else ""


@guard("decided_without_meeting@1")
def decided_without_meeting(context: Context) -> Refusal | None:
    """The paper was arranged to be decided so, or its body is kept in another system; and something is still open."""
    way = way_of(context.session, context.case)
    if not way:
        return Refusal("no_arrangement", "It goes to a meeting: say first that it is decided without one", "the author")
    body_id = body_id_of(context.case)
    if not is_deciding(context.session, context.case.id, body_id):
        return Refusal("advises", "The body where it is only advises; another one on its route decides")
    if not open_recommendations(context.session, [context.case.id], body_id)[context.case.id]:
        return Refusal("all_decided", "Every recommendation of it is decided")
    return None


def _touches(context: Context) -> Iterable[int]:
    session, body_id = context.session, body_id_of(context.case)
    found = {body_id, *(d.case_id for d in list_to_decide_again(session, [context.case.id]))}
    given = context.fields
    outcomes = given.get("outcomes", []) if isinstance(given, dict) else [o.model_dump() for o in given.outcomes]
    referred = {str(o.get("referred_to_id")) for o in outcomes if isinstance(o, dict)}
    for other in referred:
        found |= next_meeting_ids(context, int(other), context.today) if other.isdecimal() else set()
    open_ones = open_recommendations(session, [context.case.id], body_id)[context.case.id]
    return found | would_touch(context, [m for r in open_ones if (m := about_move(r))])


def _check(context: Context) -> None:
    """Every outcome stands as one entered at a meeting would. Raises Invalid by field, `outcome_<number>` for one."""
    fields: DecidedFields = context.fields
    session, errors = context.session, {}
    way = way_of(session, context.case)
    if fields.decided_on > context.today:
        errors["decided_on"] = "The day of the decision must be today or earlier"
    if way == ELSEWHERE and (fields.published_on is None or not fields.decided_on <= fields.published_on):
        errors["published_on"] = "Enter when it was published, not before it was decided"
    elif fields.published_on is not None and fields.published_on > context.today:
        errors["published_on"] = "The day of publication must be today or earlier"
    found = wrong_outcomes(session, context.case.id, body_id_of(context.case), way, fields.outcomes)
    errors |= {f"{name}_{number}": f"Recommendation {number}: {text}" for (number, name), text in found.items()}
    if errors:
        raise Invalid(errors)
    context.notes["decided_on"] = fields.decided_on.isoformat()


def _decide(context: Context) -> None:
    """One decision for each outcome: recorded until its publisher publishes it, or, kept elsewhere, published there."""
    fields: DecidedFields = context.fields
    session, report = context.session, context.case
    body = session.get_one(Body, body_id_of(report))
    way = way_of(session, report)
    again = {d.recommendation_id: d for d in list_to_decide_again(session, [report.id])}
    number = last_number(session, body.case_id)
    rows = {r.id: r for r in open_recommendations(session, [report.id], body.case_id)[report.id]}
    for given in fields.outcomes:
        number += 1
        recommendation = rows[given.recommendation_id]
        row = _row(context, body, way, given, recommendation) | {"number": number}
        old = again.get(recommendation.id)
        row["replaces_id"] = old.case_id if old is not None and given.outcome != STAYS_OPEN else None
        decision = new_decision(
            context, report, recommendation, row, state="published" if way == ELSEWHERE else "recorded",
            more=_publisher(session, report.id),
        )  # fmt: skip
        if way == ELSEWHERE:
            set_going(context, decision)
        if decision.replaces_id is not None:
            replace(context, decision)
        if given.referred_to_id is not None:
            join_route(context, report.id, given.referred_to_id)
            if not come_again(context, given.referred_to_id, report, context.today):
                ask_to_call(context, given.referred_to_id, report, decision, REFERRED)


def _publisher(session: Session, report_id: int) -> Sequence[tuple[str, int | None, int | None, int | None]]:
    arrangement = session.get(Arrangement, report_id)
    return [("publisher", arrangement.publisher_id, None, None)] if arrangement else []


def _row(context: Context, body: Body, way: str, given: Decided, recommendation: Recommendation) -> dict[str, object]:
    fields: DecidedFields = context.fields
    arrangement = context.session.get(Arrangement, context.case.id)
    amended = given.outcome == "agreed_as_amended"
    options = {o.id: o.text for o in recommendation.options}
    sum_ = given.amended_pence if amended and given.amended_pence is not None else recommendation.amount_pence
    return {
        "body_id": body.case_id,
        "meeting_id": None,
        "item_id": None,
        "outcome": given.outcome,
        "text": given.amended_text.strip() if amended else recommendation.text,
        "amount_pence": sum_,
        "chosen": "\n".join(options[i] for i in dict.fromkeys(given.chosen)),
        "reasons": given.reasons.strip(),
        "alternatives": given.alternatives.strip(),
        "comments": given.comments.strip(),
        "interests": fields.interests.strip(),
        "dispensations": fields.dispensations.strip(),
        "decided_on": fields.decided_on,
        "published_on": fields.published_on if way == ELSEWHERE else None,
        "referred_to_id": given.referred_to_id if given.outcome == "referred" else None,
        "way": way,
        "decided_by": arrangement.decider.name if arrangement else body.name,
        "authority": arrangement.authority if arrangement else "",
        "minute_reference": given.minute_reference.strip(),
    }


effect(
    "decide_without_meeting@1",
    fields=DecidedFields,
    touches=_touches,
    record=_check,
    run=_decide,
    fires=frozenset({"decision.open_call_in", "decision.take_effect", "decision.replace"}),
)
