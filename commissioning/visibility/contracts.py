"""Who may see the register of contracts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, exists, false, or_, select, true

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.contracts import Contract
from commissioning.models.people import Post
from commissioning.visibility.parts import ABOVE_UNITS, has_part


def contracts(actor: Actor, today: date) -> ColumnElement[bool]:
    """Contracts: those above units and holders of legal posts see all of them, others those that they manage and those
    of cycles that they lead. Not the members of boards, who read what published papers say."""
    del today
    if not actor.identities:
        return false()
    if any(actor.is_granted(role) for role in ABOVE_UNITS):
        return true()
    seen = [has_part(actor, "manager")]
    led = has_part(actor, "lead", case_id=Contract.cycle_id)
    seen.append(exists(select(Contract.case_id).where(Contract.case_id == Case.id, led).correlate_except(Contract)))
    if any(i.posts for i in actor.identities):
        seen.append(exists(select(Post.id).where(Post.id.in_(actor.post_ids), Post.speciality == "legal")))
    return or_(*seen)
