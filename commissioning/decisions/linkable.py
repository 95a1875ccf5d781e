"""What a recommendation can be about so that its decision acts: the kinds and steps that a decision may fire.

Here: the list, in words. Other parts of the service add theirs with `linkable`. Not here: firing (`decision_rules`).
"""

from __future__ import annotations

LINKABLE: dict[str, str] = {
    "action.supersede": "Supersede this action",
    "body.approve": "Approve this group",
    "body.stand_down": "Stand this group down",
    "cycle.approve_plan": "Let this cycle go on to Do",
    "cycle.close": "Close this cycle",
    "cycle.decommission": "Decommission what this cycle commissions",
    "cycle.renew": "Renew this cycle: open the next one",
    "cycle.turn_down_plan": "Send this cycle back to Plan",
    "cycle.turn_down_review": "Send this cycle back to Review",
    "specification.bring_into_force": "Bring this specification into force",
    "specification.end": "End this specification",
    "unit.set_cash_limit": "Set this unit’s cash limit to the sum of the recommendation",
    "virement.apply": "Apply this virement",
    "virement.turn_down": "Reject this virement",
}
"""`kind.step` of each step that a decision may fire, with what it does."""

OTHERWISE: dict[str, str] = {
    "cycle.approve_plan": "turn_down_plan",
    "cycle.close": "turn_down_review",
    "cycle.decommission": "turn_down_review",
    "cycle.renew": "turn_down_review",
    "virement.apply": "turn_down",
}
"""What a decision fires in place of a step that it rejected, where the thing would wait for ever else."""


WITH_SUM = frozenset({"set_cash_limit"})
"""Steps that take the sum of the recommendation, as decided."""


def is_linkable(kind: str, step: str) -> bool:
    """Whether a decision may fire this step of this kind."""
    return f"{kind}.{step}" in LINKABLE
