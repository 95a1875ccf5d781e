"""How votes on decisions went beyond their totals: the chair's casting vote, and votes by name (P-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.meetings.queries import named_votes
from commissioning.models.bodies import Decision, Outcome
from commissioning.models.sittings import RecordedVote


@dataclass(frozen=True, slots=True)
class Voted:
    """What was recorded of one vote; `casting` is empty and `named` too where there was none."""

    casting: str = ""
    named: Sequence[RecordedVote] = ()

    @property
    def by_name(self) -> list[tuple[str, str]]:
        """How they voted, each with the names of who did so, in words."""
        said = [(vote, [v.person.name for v in self.named if v.vote == vote]) for vote in labels.VOTES]
        return [(labels.VOTES[vote], ", ".join(names)) for vote, names in said if names]


def votes_on(session: Session, decisions: Sequence[Decision]) -> dict[int, Voted]:
    """The votes on these decisions by decision. Two queries; whoever may read the decision may read its vote."""
    items = sorted({d.item_id for d in decisions if d.item_id is not None})
    if not items:
        return {d.case_id: Voted() for d in decisions}
    rows = session.execute(
        select(Outcome.item_id, Outcome.recommendation_id, Outcome.casting_vote).where(
            Outcome.item_id.in_(items), Outcome.casting_vote != ""
        )
    )
    casting = {(r.item_id, r.recommendation_id): r.casting_vote for r in rows}
    named = named_votes(session, items)
    found = {}
    for d in decisions:
        which = (d.item_id or 0, d.recommendation_id)
        found[d.case_id] = Voted(casting.get(which, ""), tuple(named.get(which, ())))
    return found
