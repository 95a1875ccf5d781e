"""Correcting the record of a decision that is published: a new version of its words, with a reason.

A correction never reverses an effect: where the decision had one, somebody is given a dated task to look at it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, check_seen
from commissioning.decisions.effects import put_right
from commissioning.decisions.outcomes import LONGEST
from commissioning.models.bodies import Decision
from commissioning.models.reports import Recommendation


@dataclass(frozen=True)
class Correction:
    """What the record is to say, and why."""

    text: str
    reasons: str
    alternatives: str
    interests: str
    why: str


def correct_decision(
    session: Session,
    actor: Actor,
    decision_id: int,
    new: Correction,
    *,
    now: datetime,
    key: str | None = None,
    seen: int | None = None,
) -> None:
    """Correct the words of a record; the old ones stay in the trail. `seen`: the last event that the editor saw.

    Raises Invalid by field, Stale.
    """
    words = {name: value.strip() for name, value in asdict(new).items()}
    reason = words.pop("why")
    errors = {n: f"This must be {LONGEST:,} characters or fewer" for n, value in words.items() if len(value) > LONGEST}
    if not words["text"]:
        errors["text"] = "Enter what was decided"
    if not reason:
        errors["why"] = "Enter why the record is corrected: it goes into the record"
    if errors:
        raise Invalid(errors)

    def change(context: Context) -> None:
        decision = session.get_one(Decision, decision_id)
        check_seen(seen, context.case.chain_seq, "The record")
        for name, value in words.items():
            context.changed(name, getattr(decision, name), value)
            setattr(decision, name, value)
        if not context.changes:
            raise Invalid({"text": "Nothing is different from what the record says now"})
        context.notes["reason"] = reason
        decision.corrected_on = context.today
        about = session.get_one(Recommendation, decision.recommendation_id).about_id
        if context.case.is_done and about is not None and "text" in context.changes:
            text = f"The record of decision {decision.number} was corrected after it took effect ({reason})"
            put_right(context, decision, f"{text}. Check whether what it moved still fits")

    amend(
        session, actor, decision_id, "decision.correct", "decision.corrected", change,
        now=now, key=key, body=[asdict(new), seen],
    )  # fmt: skip
