"""What a body may make of a recommendation: the outcomes by ask, and what each of them needs (LI-04 to LI-08).

Here: the table of product.md, "Outcomes by ask", and its checks. Not here: storing outcomes (`commands`), or what
follows from them (`decision_rules`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from commissioning import labels
from commissioning.models.reports import Recommendation, RecommendationOption

_DECIDED = ("agreed", "agreed_as_amended", "rejected")
_ALWAYS = ("deferred", "referred", "withdrawn")
BY_ASK = {
    **dict.fromkeys(("approve", "agree", "agree_not_to", "choose", "proceed", "delegate", "refer"), _DECIDED),
    "comment": ("commented",),
    "note": ("noted",),
}
CARRIES_OUT = frozenset({"agreed", "agreed_as_amended"})
"""Outcomes on which the linked thing moves."""

CALLABLE_IN = frozenset(_DECIDED)
"""Outcomes that decide something, and so can be called in (P-21)."""

STAYS_OPEN = "deferred"
"""The outcome after which the recommendation comes to another meeting."""

LONGEST = 10_000
MOST_PENCE = 10**13


@dataclass(frozen=True)
class OutcomeInput:
    """What the clerk enters for one recommendation; ids of options in `chosen`, votes as counted."""

    outcome: str
    amended_text: str = ""
    chosen: tuple[int, ...] = ()
    reasons: str = ""
    alternatives: str = ""
    comments: str = ""
    referred_to_id: int | None = None
    votes_for: int | None = None
    votes_against: int | None = None
    abstentions: int | None = None
    action_title: str = ""
    action_owner_id: int | None = None
    action_due_on: date | None = None
    amended_pence: int | None = None

    @property
    def votes(self) -> int:
        """All votes together, abstentions included."""
        return sum(v or 0 for v in (self.votes_for, self.votes_against, self.abstentions))


def outcomes_for(ask: str, *, advises: bool = False) -> tuple[str, ...]:
    """The outcomes that an ask can have, in the order in which they are offered; a body that only advises another may
    comment on whatever that one is asked (BR-42). Raises KeyError."""
    heard = ("commented", "noted") if advises else ()
    return tuple(dict.fromkeys((*heard, *BY_ASK[ask], *_ALWAYS)))


def problems(
    recommendation: Recommendation,
    options: Sequence[RecommendationOption],
    given: OutcomeInput,
    voters: Collection[int],
    quorum: int,
    *,
    advises: bool = False,
) -> dict[str, str]:
    """What is wrong with an outcome, by field; empty if nothing is.

    `advises`: another body decides. `voters` are the voting members present without an interest in the item, `quorum`
    how many it takes.
    """
    found: dict[str, str] = {}
    offered = outcomes_for(recommendation.ask, advises=advises)
    if given.outcome not in offered:
        words = ", ".join(labels.OUTCOMES[o] for o in offered)
        return {"outcome": f"Select one of: {words}"}
    if given.outcome != STAYS_OPEN and len(voters) < quorum:
        text = f"{len(voters)} voting members are present without an interest and the quorum is {quorum}"
        return {"outcome": f"{text}, so this can only be deferred"}
    found |= _words_needed(given)
    found |= _choice(recommendation, options, given)
    for name in ("votes_for", "votes_against", "abstentions"):
        if (getattr(given, name) or 0) < 0:
            found[name] = "Votes must be 0 or more"
    if given.votes > len(voters) and not found:
        found["votes_for"] = f"{given.votes} votes are more than the {len(voters)} who may vote on this"
    if (given.action_owner_id or given.action_due_on) and not given.action_title.strip():
        found["action_title"] = "Enter what is to be done"
    return found


def _words_needed(given: OutcomeInput) -> dict[str, str]:
    if given.outcome == "agreed_as_amended" and not given.amended_text.strip():
        return {"amended_text": "Enter the text as amended"}
    if given.outcome == "commented" and not given.comments.strip():
        return {"comments": "Enter the comments that were made"}
    if given.outcome == "rejected" and not given.reasons.strip():
        return {"reasons": "Enter why it was rejected: it goes into the decision record"}
    if given.outcome == "referred" and given.referred_to_id is None:
        return {"referred_to_id": "Select the body that it is referred to"}
    if given.amended_pence is not None and not 0 <= given.amended_pence <= MOST_PENCE:
        return {"amended_pence": f"Sum as amended must be between £0 and £{MOST_PENCE // 100:,}"}
    long = [n for n in ("amended_text", "reasons", "alternatives", "comments") if len(getattr(given, n)) > LONGEST]
    return dict.fromkeys(long, f"This must be {LONGEST:,} characters or fewer")


def _choice(
    recommendation: Recommendation, options: Sequence[RecommendationOption], given: OutcomeInput
) -> dict[str, str]:
    if recommendation.ask != "choose" or given.outcome not in CARRIES_OUT:
        return {"chosen": "Options are chosen only where the board is asked to choose"} if given.chosen else {}
    known = {o.id for o in options}
    if not set(given.chosen) <= known:
        return {"chosen": "Select options from the list"}
    least, most = recommendation.least or 1, recommendation.most or len(known)
    if not least <= len(set(given.chosen)) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        return {"chosen": f"Select {wanted} of the {len(known)} options"}
    return {}
