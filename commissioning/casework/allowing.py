"""Refusing what somebody may do nowhere: the first line of a command that is on no case."""

from __future__ import annotations

from commissioning.actors import Actor
from commissioning.casework.errors import Forbidden
from commissioning.policy import GLOBAL_ACTIONS, may_globally
from workflows.registry import Refusal


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden, naming who may, if the actor may not do one of `policy.GLOBAL_ACTIONS`; the service may."""
    if not actor.system and not may_globally(actor, action):
        who = ", ".join(role.replace("_", " ") for role in GLOBAL_ACTIONS[action].by)
        raise Forbidden([Refusal("not_yours", f"This is for: {who}")])
