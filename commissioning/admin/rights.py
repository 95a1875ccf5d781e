"""Who may administer, and how it is recorded. Every command of `admin` begins here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.errors import Forbidden, NotNow, check_seen
from commissioning.models.cases import Chain
from commissioning.models.people import Grant, Person
from commissioning.policy import may_globally
from workflows.registry import Refusal


def require(actor: Actor, action: str) -> None:
    """Raises Forbidden unless the actor may do this global action (for themselves, or for whom they deputise)."""
    if not may_globally(actor, action):
        raise Forbidden([Refusal("not_yours", "This is for an administrator", "an administrator")])


def not_oneself(actor: Actor, person_id: int) -> None:
    """Nobody changes their own rights, nor those of whom they act for. Raises Forbidden."""
    if person_id in actor.person_ids:
        text = "Nobody changes their own roles, posts or standing, so somebody else must do this"
        raise Forbidden([Refusal("own_rights", text, "another administrator")])


def an_administrator_stays(session: Session, person_id: int, today: date) -> None:
    """There must be an administrator left besides this person. Raises NotNow."""
    others = select(func.count(Person.id.distinct())).join(Grant, Grant.person_id == Person.id)
    left = session.execute(
        others.where(
            Person.is_active,
            Person.id != person_id,
            Grant.role == "administrator",
            Grant.scope_kind == "organisation",
            Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
        )
    ).scalar_one()
    if not left:
        text = "There would be no administrator left. Make somebody else one first"
        raise NotNow([Refusal("last_administrator", text)])


def record(session: Session, chain: str, name: str, actor: Actor, now: datetime, **body: Any) -> None:
    """Note what was done; for whom too, where the right is that of somebody for whom the actor deputises."""
    if actor.me and not actor.me.is_granted("administrator"):
        body["acting_for"] = [i.name for i in actor.acting_for if i.is_granted("administrator")]
    audit.note(session, chain, name, actor, now, **body)


def version_of(session: Session, chain: str) -> int:
    """How often what this chain is about was changed: the version that a form carries."""
    return session.execute(select(Chain.seq).where(Chain.name == chain)).scalar() or 0


def check_version(session: Session, chain: str, seen: int | None, what: str) -> None:
    """Raises Stale if it was changed since the form was opened. The chain's head is locked from here on."""
    head = session.execute(select(Chain.seq).where(Chain.name == chain).with_for_update(key_share=True)).scalar() or 0
    check_seen(seen, head, what)


def changed_fields(row: Any, values: dict[str, Any]) -> dict[str, list[Any]]:
    """Old and new of every field that these values change; the row is changed."""
    found = {name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value}
    for name, value in values.items():
        setattr(row, name, value)
    return found
