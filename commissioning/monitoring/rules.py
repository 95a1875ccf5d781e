"""What the definition `monthly-return` names: what a return must say, who accepts it, what follows (BR-34, BR-36).

Strategy leader (part 1) and finance (part 2) accept in any order; they are two people, and neither submitted it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.clock import fresh_id
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.monitoring import (
    Acceptance,
    MonitoringMeeting,
    Return,
    ReturnAction,
    ReturnOutcome,
    ReturnRisk,
)
from commissioning.models.people import Post
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.figures import Money, get_money
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.snapshot import as_text, digest, store_lines
from commissioning.units.roles import PARTS
from workflows.definition import State
from workflows.engine import SignOffStatus
from workflows.quorum import Signature
from workflows.registry import Refusal

KIND = "return"
PLACES = {part: role for role, part in PARTS[KIND].items()}
LATE_WORDS = ("red", "amber")
MOST_NAMED = 4


def _dates(context: Context) -> Mapping[str, date]:
    return {"return_due_on": context.session.get_one(Return, context.case.id).return_due_on}


def _sign_offs(context: Context) -> SignOffStatus:
    if context.case.state != "submitted":
        return SignOffStatus(asked=tuple(PLACES))
    rows = context.session.scalars(select(Acceptance).where(Acceptance.return_id == context.case.id)).all()
    answered = {r.part for r in rows}
    unit = context.session.get_one(Unit, context.session.get_one(Return, context.case.id).unit_id)
    posts = {1: unit.strategy_post_id, 2: unit.finance_post_id}
    return SignOffStatus(
        tuple(Signature(r.accepted_by_id, frozenset({PLACES[r.part]}), r.part) for r in rows),
        tuple(PLACES),
        tuple(context.session.get_one(Post, posts[part]).name for part in PLACES if part not in answered),
    )


def _leads(session: Session) -> Mapping[str, int]:
    return {"return_due_on": get_rules(session).due_days}


house.kind(Kind(KIND, "RET", "monthly-return", dates=_dates, sign_offs=_sign_offs, leads=_leads))


def money_of(context: Context) -> Money:
    """The money part of the return as it stands, read once for each step."""
    if "money" not in context.memo:
        found = context.session.get_one(Return, context.case.id)
        live = [found.case_id] if context.case.where.has("editable") else []
        context.memo["money"] = get_money(context.session, [found], live=live)[found.case_id]
    money: Money = context.memo["money"]
    return money


def _the_head(context: Context) -> str | None:
    """Whom a return waits for that is not ready to be sent; nobody else, where its head is who asks."""
    return "the head of the unit" if context.identity is None else None


@guard("money_is_open@1")
def money_is_open(context: Context) -> Refusal | None:
    """The money part opens when finance releases the period; without a financial year there is none to fill in."""
    money = money_of(context)
    if money.is_open or not money.is_asked:
        return None
    return Refusal("money_not_open", "Finance has not released the month’s figures yet", "finance")


@guard("answers_complete@1")
def answers_complete(context: Context) -> Refusal | None:
    """Every outcome has a value or the reason why there is none; headcount and risks are answered."""
    session, found = context.session, context.session.get_one(Return, context.case.id)
    open_codes = session.scalars(
        select(SpecOutcome.code)
        .join(ReturnOutcome, ReturnOutcome.outcome_id == SpecOutcome.id)
        .where(
            ReturnOutcome.return_id == found.case_id,
            ReturnOutcome.actual_thousandths.is_(None),
            ReturnOutcome.not_available == "",
        )
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    ).all()
    missing = [f"outcome {code}" for code in open_codes]
    if found.establishment_hundredths is None or found.in_post_hundredths is None:
        missing.append("headcount")
    if (
        not found.no_risks
        and not session.scalars(select(ReturnRisk.id).where(ReturnRisk.return_id == found.case_id)).first()
    ):
        missing.append("risks (or that there are none)")
    if not missing:
        return None
    return Refusal("not_answered", f"Still to answer: {_named(missing)}", _the_head(context))


@guard("comments_given@1")
def comments_given(context: Context) -> Refusal | None:
    """What is red or amber is commented, outcome and budget line alike."""
    bare = context.session.scalars(
        select(SpecOutcome.code)
        .join(ReturnOutcome, ReturnOutcome.outcome_id == SpecOutcome.id)
        .where(
            ReturnOutcome.return_id == context.case.id,
            ReturnOutcome.rag.in_(LATE_WORDS),
            ReturnOutcome.commentary == "",
        )
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    ).all()
    names = [f"outcome {code}" for code in bare]
    names += [f"budget line {x.code}" for x in money_of(context).lines if x.rag in LATE_WORDS and not x.commentary]
    if not names:
        return None
    return Refusal("no_commentary", f"Red or amber without a comment: {_named(names)}", _the_head(context))


@guard("overspend_has_recovery@1")
def overspend_has_recovery(context: Context) -> Refusal | None:
    """A forecast above the cash limit has a recovery action that is still open, with an owner and a date to come."""
    money = money_of(context)
    if not money.lines or money.over <= 0:
        return None
    found = context.session.scalars(
        select(ReturnAction.id)
        .join(Action, Action.case_id == ReturnAction.action_id)
        .join(Case, Case.id == Action.case_id)
        .where(
            ReturnAction.return_id == context.case.id,
            ReturnAction.is_recovery,
            Case.is_done.is_(False),
            Action.action_due_on >= context.today,
        )
    ).first()
    if found is not None:
        return None
    text = f"The forecast is £{money.over / 100:,.2f} over the cash limit: add a recovery action with a date"
    return Refusal("no_recovery", text, _the_head(context))


@guard("not_own_return@1")
def not_own_return(context: Context) -> Refusal | None:
    """Who submitted it does not accept it, and nobody accepts it for both sides: neither themselves nor by a deputy."""
    me = context.actor.person_id
    if me is None:
        return None
    mine = {me, context.acting_for} - {None}
    if context.session.get_one(Return, context.case.id).submitted_by_id in mine:
        return Refusal("own_work", "You submitted it, so somebody else accepts it")
    accepted = select(Acceptance.accepted_by_id, Acceptance.accepted_for_id)
    for row in context.session.execute(accepted.where(Acceptance.return_id == context.case.id)):
        if me in row:
            return Refusal("accepted_already", "You have accepted it: strategy leader and finance are two people")
        if mine & set(row):
            whose = "Whom you act for has accepted it: strategy leader and finance are two people"
            return Refusal("accepted_already", whose)
    return None


def get_meeting(session: Session, found: Return) -> tuple[Case, State] | None:
    """The monitoring meeting of the return's unit and month, and where it stands; None if none was planned."""
    case = session.scalars(
        select(Case)
        .join(MonitoringMeeting, MonitoringMeeting.case_id == Case.id)
        .where(MonitoringMeeting.unit_id == found.unit_id, MonitoringMeeting.period_on == found.period_on)
    ).first()
    return None if case is None else (case, house.workflows[case.definition].states[case.state])


@guard("meeting_settled@1")
def meeting_settled(context: Context) -> Refusal | None:
    """A month is closed after its meeting was held, or is recorded as not held; or none was planned."""
    meeting = get_meeting(context.session, context.session.get_one(Return, context.case.id))
    if meeting is None or meeting[1].has("sat") or meeting[1].has("missed"):
        return None
    return Refusal("meeting_open", f"Its monitoring meeting is {meeting[1].label.lower()}", "its monitoring meeting")


@guard("meeting_held@1")
def meeting_held(context: Context) -> Refusal | None:
    """A return has been discussed when its monitoring meeting was held."""
    meeting = get_meeting(context.session, context.session.get_one(Return, context.case.id))
    if meeting is not None and meeting[1].has("sat"):
        return None
    return Refusal("not_met", "Its monitoring meeting has not been held", "its monitoring meeting")


def _take_snapshot(context: Context) -> None:
    """Store what is submitted; the event holds its hash. Says whether it was late, by the first submission."""
    session = context.session
    found = session.get_one(Return, context.case.id)
    money = get_money(session, [found], live=[found.case_id])[found.case_id]
    store_lines(session, found, money)
    if found.submitted_at is None:
        found.is_late = context.today > found.return_due_on
    found.cash_limit_pence = money.limit
    found.forecast_pence = money.forecast if money.lines else None
    found.budget_rag = money.rag
    found.submitted_by_id, found.submitted_at = context.actor.person_id, context.now
    found.snapshot = as_text(session, found, money)
    found.snapshot_sha256 = context.hashes["snapshot"] = digest(found.snapshot)
    found.version += 1
    context.notes |= {"budget_rag": money.rag, "is_late": found.is_late}
    context.memo.pop("money", None)
    context.tell(
        "return.submitted",
        f"To accept: {context.case.safe_title}",
        "It was submitted. Strategy leader and finance accept it, each for themselves.",
        "You accept the returns of this unit",
        roles=("strategy_leader", "finance_leader"),
    )


effect("take_snapshot@1", record=_take_snapshot)


class AcceptFields(BaseModel):
    """A word with an acceptance."""

    model_config = ConfigDict(extra="forbid")

    comment: Annotated[str, Field(title="Comment", max_length=4000, json_schema_extra={"widget": "textarea"})] = ""


def _record_acceptance(context: Context) -> None:
    fields: AcceptFields = context.fields
    part = context.memo["part"]
    me = context.identity
    assert me is not None  # the step is for people
    mine = [
        p.part for p in context.parties if p.part in PLACES and (p.person_id == me.person_id or p.post_id in me.posts)
    ]
    if part is None:
        part = mine[0] if mine else None
    if part not in mine:
        raise Invalid({"comment": "Only its strategy leader and finance accept it, each for themselves"})
    found = context.session.get_one(Return, context.case.id)
    there = select(Acceptance.id).where(Acceptance.return_id == found.case_id, Acceptance.part == part)
    if context.session.scalars(there).first() is not None:
        raise Invalid({"comment": "It was accepted for this side already"})
    assert found.snapshot_sha256 is not None  # it was submitted
    context.session.add(
        Acceptance(
            id=fresh_id(),
            return_id=found.case_id,
            part=part,
            accepted_by_id=context.person_id,
            accepted_for_id=context.acting_for,
            accepted_at=context.now,
            snapshot_sha256=found.snapshot_sha256,
            comment=fields.comment.strip(),
        )
    )
    context.hashes["snapshot"] = found.snapshot_sha256
    context.notes["part"] = part
    if fields.comment.strip():
        context.notes["comment"] = fields.comment.strip()


effect("record_acceptance@1", fields=AcceptFields, record=_record_acceptance)


def _clear_acceptances(context: Context) -> None:
    """What was accepted was another text; the unit is told what is wanted by the reason in the record."""
    context.session.execute(delete(Acceptance).where(Acceptance.return_id == context.case.id))
    context.tell(
        "return.sent_back",
        f"Sent back: {context.case.safe_title}",
        "It was sent back with a comment, which stands in its history.",
        "You answer for this return",
        roles=("head", "contributor"),
    )


effect("clear_acceptances@1", record=_clear_acceptances)


def _discuss_if_met(context: Context) -> None:
    """A return accepted after its meeting was held has been discussed."""
    context.tell(
        "return.accepted",
        f"Accepted: {context.case.safe_title}",
        "Strategy leader and finance have accepted it.",
        "You answer for this return",
        roles=("head", "contributor"),
    )
    meeting = get_meeting(context.session, context.session.get_one(Return, context.case.id))
    if meeting is not None and meeting[1].has("sat"):
        assert context.fire is not None
        context.fire(Move(context.case.id, "discuss", f"Discussed at {meeting[0].reference}"))


effect("discuss_if_met@1", run=_discuss_if_met, fires=frozenset({"monthly-return.discuss"}))


def _note_meeting(context: Context) -> None:
    meeting = get_meeting(context.session, context.session.get_one(Return, context.case.id))
    context.notes["meeting"] = f"{meeting[0].reference}: {meeting[1].label}" if meeting else "none was planned"


effect("note_meeting@1", record=_note_meeting)


class DueFields(BaseModel):
    """The new date."""

    model_config = ConfigDict(extra="forbid")

    due_on: Annotated[date, Field(title="New due date", json_schema_extra={"noun": "the new due date"})]


def _set_due_date(context: Context) -> None:
    fields: DueFields = context.fields
    found = context.session.get_one(Return, context.case.id)
    if fields.due_on < context.today:
        raise Invalid({"due_on": "New due date must be today or later"})
    context.changed("return_due_on", found.return_due_on, fields.due_on)
    context.memo["due_before"] = found.return_due_on
    found.return_due_on = fields.due_on


effect("set_due_date@1", fields=DueFields, record=_set_due_date)


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return shown + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
