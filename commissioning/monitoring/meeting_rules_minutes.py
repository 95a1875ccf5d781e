"""The minutes of a monitoring meeting: head (part 1), strategy leader (2) and finance leader (3) agree them.

Three people, each for themselves. What one of them asks to change holds them until they are written again.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select

from commissioning import labels
from commissioning.audit import sha256
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import effect, guard
from commissioning.clock import fresh_id
from commissioning.models.monitoring import MinutesAgreement
from commissioning.monitoring.meeting_rules import LONGEST, PLACES, THREE, get_row
from workflows.registry import Refusal


@guard("has_minutes@1")
def has_minutes(context: Context) -> Refusal | None:
    """There is something to agree."""
    if get_row(context).minutes.strip():
        return None
    # Who may send them writes them, and does not wait for themself.
    return Refusal("no_minutes", "Write the minutes first", None if context.identity else "its strategy leader")


@guard("not_agreed_twice@1")
def not_agreed_twice(context: Context) -> Refusal | None:
    """Three people agree the minutes, each once for one of the three."""
    rows = context.session.scalars(select(MinutesAgreement).where(MinutesAgreement.meeting_id == context.case.id))
    if any(r.agreed_by_id == context.actor.person_id and r.outcome == "agreed" for r in rows):
        return Refusal("agreed_already", "You have agreed them: the three are three people")
    return None


def _ask_all_three(context: Context) -> None:
    """A new round: what was agreed before was another text."""
    context.session.execute(delete(MinutesAgreement).where(MinutesAgreement.meeting_id == context.case.id))
    context.hashes["minutes"] = sha256(get_row(context).minutes)
    context.tell(
        "monitoring_meeting.minutes_drafted",
        f"Minutes to agree: {context.case.safe_title}",
        "The minutes are written. All three are asked to agree them.",
        "You are one of the three of this meeting",
        roles=THREE,
    )


effect("ask_all_three@1", record=_ask_all_three)


def _reopen_minutes(context: Context) -> None:
    """The answers stay until the next round: what is to change is read while it is written."""
    found = get_row(context)
    found.minutes_version += 1
    context.notes["minutes_version"] = found.minutes_version


effect("reopen_minutes@1", record=_reopen_minutes)


class AgreeFields(BaseModel):
    """One of the three answers."""

    model_config = ConfigDict(extra="forbid")

    outcome: Annotated[
        Literal["agreed", "changes_requested"],
        Field(title="Your answer", json_schema_extra={"labels": labels.SPEC_SIGNATURES}),
    ]
    comment: Annotated[str, Field(title="Comment", max_length=LONGEST)] = ""


def _record_agreement(context: Context) -> None:
    fields: AgreeFields = context.fields
    me = context.identity
    assert me is not None  # the step is for people
    part = context.memo["part"]
    mine = [p.part for p in context.parties if p.part in PLACES and (p.post_id in me.posts)]
    if part is None:
        part = mine[0] if mine else None
    if part not in mine:
        raise Invalid({"outcome": "Only the three of this meeting agree its minutes"})
    if fields.outcome == "changes_requested" and not fields.comment.strip():
        raise Invalid({"comment": "Enter what is to change"})
    session, found = context.session, get_row(context)
    session.execute(
        delete(MinutesAgreement).where(
            MinutesAgreement.meeting_id == found.case_id,
            (MinutesAgreement.part == part) | (MinutesAgreement.agreed_by_id == context.person_id),
        )
    )
    session.add(
        MinutesAgreement(
            id=fresh_id(), meeting_id=found.case_id, part=part, outcome=fields.outcome, comment=fields.comment.strip(),
            agreed_by_id=context.person_id, agreed_at=context.now, minutes_version=found.minutes_version,
        )
    )  # fmt: skip
    context.hashes["minutes"] = sha256(found.minutes)
    context.notes |= {"part": part, "outcome": fields.outcome, "minutes_version": found.minutes_version}
    if fields.comment.strip():
        context.notes["comment"] = fields.comment.strip()
    if fields.outcome == "changes_requested":
        context.tell(
            "monitoring_meeting.changes_requested",
            f"Changes to the minutes: {context.case.safe_title}",
            f"{context.actor.name} asks for changes; what is to change stands in its history.",
            "You write these minutes",
            roles=("strategy_leader",),
        )


effect("record_agreement@1", fields=AgreeFields, record=_record_agreement)
