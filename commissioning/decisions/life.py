"""A decision between its record and its effect: publication, call-in, and what came of that (P-21).

Here: what the definition `decision` names besides taking effect, which is in `effects`. What is called in has no effect
until scrutiny lets it stand; what is referred back is decided anew, by a decision that replaces it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotNow
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect, guard, tally
from commissioning.db import TryAgain
from commissioning.decisions.effects import carried
from commissioning.decisions.recording import set_going
from commissioning.decisions.returning import come_again, next_meeting_ids
from commissioning.decisions.telling import tell_of
from commissioning.meetings.agenda_rules import new_item, takes_items
from commissioning.meetings.queries import list_next_meetings
from commissioning.models.bodies import AgendaItem, Body, CallIn, Decision, Meeting
from commissioning.models.cases import Case, DueEffect
from workflows.registry import Refusal
from workflows.working_days import in_words

_LONG = 10_000


def _decision(context: Context) -> Decision:
    return context.session.get_one(Decision, context.case.id)


def _publish(context: Context) -> None:
    decision = _decision(context)
    context.changed("published_on", None, context.today)
    decision.published_on = context.today


effect(
    "publish_decision@1",
    touches=carried,
    record=_publish,
    run=lambda context: set_going(context, _decision(context)),
    fires=frozenset({"decision.open_call_in", "decision.take_effect"}),
)


@guard("call_in_still_open@1")
def call_in_still_open(context: Context) -> Refusal | None:
    """Open to the end of the last day, London time; afterwards it takes effect whatever is asked (P-21)."""
    effective_at = _decision(context).effective_at
    if effective_at is not None and context.now < effective_at:
        return None
    return Refusal("window_over", "The time for calling it in is over")


class CallInFields(BaseModel):
    """Who calls it in, and why."""

    model_config = ConfigDict(extra="forbid")

    members: Annotated[
        str,
        Field(
            max_length=4000,
            title="Members who call it in",
            description="Their names, one on each line",
            json_schema_extra={"widget": "textarea", "rows": 6},
        ),
    ]
    grounds: Annotated[
        str,
        Field(
            max_length=_LONG, title="Grounds", description="As they stated them: they are published with the decision"
        ),
    ]


def names_of(text: str) -> list[str]:
    """Names that were typed one on a line; inner space is one space."""
    return [name for line in text.splitlines() if (name := " ".join(line.split()))]


def _check_call_in(context: Context, body: Body) -> list[str]:
    """As many members as the body's rules want, each once, with grounds. Raises Invalid by field."""
    fields: CallInFields = context.fields
    names, errors = names_of(fields.members), {}
    counts = Counter(name.casefold() for name in names)
    twice = next((name for name in names if counts[name.casefold()] > 1), None)
    if twice is not None:
        errors["members"] = f"{twice} is named twice"
    elif len(names) < body.call_in_members:
        wanted = "1 member" if body.call_in_members == 1 else f"{body.call_in_members} members"
        errors["members"] = f"It takes {wanted} to call in a decision of {body.name}, and {len(names)} are named"
    if not fields.grounds.strip():
        errors["grounds"] = "Enter the grounds on which it is called in"
    if errors:
        raise Invalid(errors)
    return names


def _call_in(context: Context) -> None:
    session, decision = context.session, _decision(context)
    body = session.get_one(Body, decision.body_id)
    names = _check_call_in(context, body)
    row = CallIn(
        decision_id=decision.case_id,
        members="\n".join(names),
        grounds=context.fields.grounds.strip(),
        called_on=context.today,
    )
    session.add(row)
    context.changed("members", None, ", ".join(names))
    context.changed("grounds", None, row.grounds)
    context.changed("effective_at", decision.effective_at and decision.effective_at.isoformat(), None)
    decision.effective_at = None
    session.execute(
        update(DueEffect)
        .where(DueEffect.cause_id == decision.case_id, DueEffect.status == "waiting")
        .values(status="refused", refusal="It was called in", settled_at=context.now)
    )
    due = context.calendar.add_working_days(context.today, 10)
    tell_of(
        context,
        "decision_called_in",
        f"Called in: {context.case.safe_title}",
        f"It has no effect until scrutiny has looked at it, which is due by {in_words(due)}.",
        "You are clerk or chair of the body that decided, or of its scrutiny.",
        roles=("clerk", "chair", "scrutiny"),
    )


effect("record_call_in@1", fields=CallInFields, record=_call_in)

_SETTLED = {"upheld": "It stands, and takes effect", "referred_back": "It is referred back to be decided again"}


class SettleFields(BaseModel):
    """What scrutiny made of it."""

    model_config = ConfigDict(extra="forbid")

    settled_as: Annotated[
        Literal["upheld", "referred_back"], Field(title="What came of it", json_schema_extra={"labels": _SETTLED})
    ]
    advice: Annotated[
        str,
        Field(max_length=_LONG, title="What scrutiny says", description="Needed where it is referred back"),
    ] = ""


@tally("settled_as@1", "upheld", "referred_back", "on_agenda")
def settled_as(context: Context) -> str:
    """Upheld; or referred back, straight to the body's next meeting where one is called."""
    if getattr(context.fields, "settled_as", "upheld") == "upheld":
        return "upheld"
    following = list_next_meetings(context.session, _decision(context).body_id, context.today, context.today)
    return "on_agenda" if following else "referred_back"


def _settle_touches(context: Context) -> Iterable[int]:
    decision = _decision(context)
    return {*carried(context), decision.report_id, *next_meeting_ids(context, decision.body_id, context.today)}


def _settle(context: Context) -> None:
    fields: SettleFields = context.fields
    if fields.settled_as == "referred_back" and not fields.advice.strip():
        raise Invalid({"advice": "Enter why it is referred back: the body that decides again goes by it"})
    decision = _decision(context)
    row = context.session.get_one(CallIn, decision.case_id)
    row.settled_as, row.advice, row.settled_on = fields.settled_as, fields.advice.strip(), context.today
    context.changed("settled_as", None, fields.settled_as)
    context.changed("advice", None, row.advice or None)
    if fields.settled_as == "upheld":
        context.changed("effective_at", None, context.now.isoformat())
        decision.effective_at = context.now


def _after_call_in(context: Context) -> None:
    assert context.fire is not None
    decision = _decision(context)
    if context.fields.settled_as == "upheld":
        context.fire(Move(decision.case_id, "take_effect"))
        tell_of(
            context,
            "decision_upheld",
            f"Upheld: {context.case.safe_title}",
            "Scrutiny lets it stand: it is in effect.",
            "You are clerk or chair of the body that decided.",
            roles=("clerk", "chair"),
        )
        return
    if not context.case.where.asks:  # it goes to a meeting that is called
        report = context.locked.get(decision.report_id)
        if report is None or not come_again(context, decision.body_id, report, context.today):
            raise TryAgain
    tell_of(
        context,
        "decision_referred_back",
        f"Referred back: {context.case.safe_title}",
        "Scrutiny refers it back: it has no effect, and the body that made it decides again.",
        "You are clerk or chair of the body that decides again.",
        roles=("clerk", "chair"),
    )


effect(
    "settle_call_in@1",
    fields=SettleFields,
    touches=_settle_touches,
    record=_settle,
    run=_after_call_in,
    fires=frozenset({"decision.take_effect"}),
)


@guard("not_on_agenda@1")
def not_on_agenda(context: Context) -> Refusal | None:
    """It comes to one meeting at a time."""
    decision = _decision(context)
    found = context.session.execute(
        select(func.count())
        .select_from(AgendaItem)
        .join(Case, Case.id == AgendaItem.case_id)
        .join(Meeting, Meeting.case_id == AgendaItem.meeting_id)
        .where(AgendaItem.report_id == decision.report_id, Meeting.body_id == decision.body_id, Case.is_done.is_(False))
    ).scalar_one()
    return Refusal("on_agenda", "It is on an agenda of the body already", "that meeting") if found else None


class HearAgainFields(BaseModel):
    """The meeting at which it is decided again."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: Annotated[int, Field(title="Meeting", json_schema_extra={"noun": "the meeting"})]


def _meeting_named(context: Context) -> Iterable[int]:
    """The meeting in the fields, before they are parsed, and the report."""
    given: Any = context.fields
    named = str(given.get("meeting_id") if isinstance(given, dict) else given.meeting_id)
    found = {_decision(context).report_id}
    return found | {int(named)} if named.isdecimal() else found


def _check_meeting(context: Context) -> None:
    meeting = context.session.get(Meeting, context.fields.meeting_id)
    if meeting is None or meeting.body_id != _decision(context).body_id:
        raise Invalid({"meeting_id": "Select a meeting of the body that decides again"})
    refusal = takes_items(context, meeting.case_id)
    if refusal:
        raise NotNow([refusal])


def _put_on_agenda(context: Context) -> None:
    decision = _decision(context)
    meeting = context.session.get_one(Meeting, context.fields.meeting_id)
    new_item(context, meeting, context.locked[decision.report_id], state=None)


effect("hear_again@1", fields=HearAgainFields, touches=_meeting_named, record=_check_meeting, run=_put_on_agenda)
