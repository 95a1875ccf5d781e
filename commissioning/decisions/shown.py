"""How a decision stands, in a word: the same on the register, its meeting's page and its paper's."""

from __future__ import annotations

from commissioning.casework.registry import house
from commissioning.models.bodies import Decision

_TONES = {"in_effect": "green", "replaced": "grey", "called_in": "yellow", "referred_back": "yellow"}


def state_of(decision: Decision) -> str:
    """The state as people call it."""
    return house.workflows[decision.case.definition].states[decision.case.state].label


def standing_of(decision: Decision) -> dict[str, str]:
    """A tag of text and tone. What could not be carried out says so, though the decision itself is in effect."""
    if decision.not_carried_out:
        return {"text": "Not carried out", "tone": "red"}
    return {"text": state_of(decision), "tone": _TONES.get(decision.case.state, "blue")}
