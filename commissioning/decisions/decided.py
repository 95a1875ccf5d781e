"""What was decided on each recommendation without a meeting of ours, and what is wrong with it.

Typed in a form or read from a file of another committee system, an outcome stands the same checks. Not here: storing it
(`without_meeting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from commissioning.decisions.outcomes import STAYS_OPEN, OutcomeInput, Voting, problems
from commissioning.meetings.queries import numbers_of, open_recommendations
from commissioning.models.bodies import Body

ELSEWHERE = "elsewhere"
"""The way of a decision of a body whose meetings are run in another system."""
LONG = 10_000


class Decided(BaseModel):
    """What was decided on one recommendation."""

    model_config = ConfigDict(extra="forbid")

    recommendation_id: int
    outcome: str
    amended_text: Annotated[str, Field(max_length=LONG)] = ""
    amended_pence: int | None = None
    chosen: list[int] = []
    reasons: Annotated[str, Field(max_length=LONG)] = ""
    alternatives: Annotated[str, Field(max_length=LONG)] = ""
    comments: Annotated[str, Field(max_length=LONG)] = ""
    referred_to_id: int | None = None
    minute_reference: Annotated[str, Field(max_length=200)] = ""


def wrong_outcomes(
    session: Session, report_id: int, body_id: int, way: str, outcomes: Sequence[Decided]
) -> dict[tuple[int, str], str]:
    """What is wrong, by the number of the recommendation and the field; an outcome stands as one at a meeting would."""
    open_ones = {r.id: r for r in open_recommendations(session, [report_id], body_id)[report_id]}
    numbers = numbers_of(session, [report_id])
    found: dict[tuple[int, str], str] = {}
    seen: set[int] = set()
    for given in outcomes:
        asked = open_ones.get(given.recommendation_id)
        number = numbers.get(given.recommendation_id, 0)
        if asked is None or given.recommendation_id in seen:
            found[number, "outcome"] = "It is not open for a decision here"
            continue
        seen.add(asked.id)
        wrong = problems(asked, asked.options, _typed(given), [], "", Voting("consensus", False))
        if way != ELSEWHERE and given.outcome == STAYS_OPEN:
            wrong = {"outcome": "Leave out what is not decided: it stays open"}
        if way != ELSEWHERE and not given.reasons.strip() and not wrong:
            wrong = {"reasons": "Enter the reasons: the record must state them (P-14)"}
        other = session.get(Body, given.referred_to_id) if given.referred_to_id is not None else None
        if given.referred_to_id is not None and other is None:
            wrong["referred_to_id"] = "Select a body from the list"
        elif other is not None and other.case_id == body_id:
            wrong["referred_to_id"] = "Select another body: this one has it already"
        found |= {(number, name): text for name, text in wrong.items()}
    return found


def _typed(given: Decided) -> OutcomeInput:
    values = given.model_dump(exclude={"recommendation_id", "minute_reference", "chosen"})
    return OutcomeInput(**values, chosen=tuple(given.chosen))
