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
from workflows.working_days import in_words

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
    casting_vote: str = ""
    named: tuple[tuple[int, str], ...] = ()
    """Votes by name, as (person, vote): of everybody, or of who asked for it (P-19)."""

    @property
    def has_votes(self) -> bool:
        """Whether votes were counted."""
        return any(v is not None for v in (self.votes_for, self.votes_against, self.abstentions))

    @property
    def votes(self) -> int:
        """All votes together, abstentions included."""
        return sum(v or 0 for v in (self.votes_for, self.votes_against, self.abstentions))


@dataclass(frozen=True, slots=True)
class Voting:
    """How a body votes: `decides_by` of its rules, and whether its chair has a casting vote."""

    decides_by: str
    chair_casts: bool


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
    why_inquorate: str,
    voting: Voting,
    *,
    advises: bool = False,
) -> dict[str, str]:
    """What is wrong with an outcome, by field; empty if nothing is.

    `advises`: another body decides. `voters` are those who may vote on the item; `why_inquorate` says why it cannot be
    decided, and is empty if it can.
    """
    found: dict[str, str] = {}
    offered = outcomes_for(recommendation.ask, advises=advises)
    if given.outcome not in offered:
        words = ", ".join(labels.OUTCOMES[o] for o in offered)
        return {"outcome": f"Select one of: {words}"}
    if why_inquorate:
        return {"outcome": f"{why_inquorate}. Nothing can be decided: record it as inquorate, and it rolls on"}
    found |= _words_needed(given) or _amendment(recommendation, given)
    found |= _choice(recommendation, options, given)
    found |= _votes(given, voters, voting)
    if (given.action_owner_id or given.action_due_on) and not given.action_title.strip():
        found["action_title"] = "Enter what is to be done"
    return found


def past_deadline(given: OutcomeInput, was: date | None, today: date) -> dict[str, str]:
    """An action that follows is due today or later; what was entered in time (`was`) stands once its day is past."""
    due = given.action_due_on
    if due is None or due >= today or due == was:
        return {}
    return {"action_due_on": f"The day on which the action is due must be today or later, not {in_words(due)}"}


def _votes(given: OutcomeInput, voters: Collection[int], voting: Voting) -> dict[str, str]:
    """Votes are not more than those who may vote, and say what the outcome says; each has one, but for the chair."""
    if (given.has_votes or given.named or given.casting_vote) and voting.decides_by == "consensus":
        return {"votes_for": "This body decides by consensus, so no votes are counted"}
    below = [n for n in ("votes_for", "votes_against", "abstentions") if (getattr(given, n) or 0) < 0]
    if below:
        return dict.fromkeys(below, "Votes must be 0 or more")
    if given.votes > len(voters):
        return {"votes_for": f"{given.votes} votes are more than the {len(voters)} who may vote on this"}
    return _named(given, voters) or _carried(given, voting)


def _named(given: OutcomeInput, voters: Collection[int]) -> dict[str, str]:
    if not given.named:
        return {}
    people, votes = [p for p, _ in given.named], [v for _, v in given.named]
    if len(set(people)) < len(people) or not set(people) <= set(voters):
        return {"named": "Each who may vote on this has one vote by name, and nobody else"}
    if not set(votes) <= {"for", "against", "abstained"}:
        return {"named": "Select for, against or abstained"}
    if not given.has_votes:
        return {"votes_for": "Enter the votes as counted, or the vote of everybody by name"}
    for vote, name in (("for", "votes_for"), ("against", "votes_against"), ("abstained", "abstentions")):
        if votes.count(vote) > (getattr(given, name) or 0):
            return {name: f"{votes.count(vote)} are named as {vote}, which is more than were counted"}
    return {}


def _carried(given: OutcomeInput, voting: Voting) -> dict[str, str]:
    """More for than against carries it; where they are equal, the chair's casting vote, or it falls."""
    if given.casting_vote not in ("", "for", "against"):
        return {"casting_vote": "Select for or against"}
    ayes, noes = given.votes_for or 0, given.votes_against or 0
    if given.casting_vote and not voting.chair_casts:
        return {"casting_vote": "The chair of this body has no casting vote"}
    if given.casting_vote and (ayes != noes or not given.has_votes):
        return {"casting_vote": "There is a casting vote only where votes are equal"}
    if not given.has_votes or given.outcome not in _DECIDED:
        return {}
    is_carried = ayes > noes or (ayes == noes and given.casting_vote == "for")
    if is_carried == (given.outcome in CARRIES_OUT):
        return {}
    said = f"{ayes} for and {noes} against: it is {'carried' if is_carried else 'not carried'}"
    helped = (
        "; enter the chair’s casting vote" if ayes == noes and voting.chair_casts and not given.casting_vote else ""
    )
    return {"votes_for": said + helped}


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


def _amendment(recommendation: Recommendation, given: OutcomeInput) -> dict[str, str]:
    """An amendment changes something: the words, or the sum."""
    if given.outcome != "agreed_as_amended":
        return {}
    same_words = given.amended_text.split() == recommendation.text.split()
    if same_words and given.amended_pence in (None, recommendation.amount_pence):
        return {"amended_text": "The text is as it was proposed: change it, or record it as agreed"}
    return {}


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
        wanted = labels.how_many(recommendation.least, recommendation.most, len(known))
        return {"chosen": f"Select {wanted} of the {len(known)} options"}
    return {}
