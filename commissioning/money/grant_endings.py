"""How a grant ends: absorbed into the base of its unit, or ended, and what becomes of what it paid for (LG-24).

What is absorbed is a balanced entry of the year: baseline and cash limit grow by it (BR-22). Ring-fenced money leaves
for its purpose alone, so nothing of it is absorbed before the ring-fence is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.rows import require_seen
from commissioning.models.cases import Case
from commissioning.models.money import UNFENCED, BudgetYear, FundingGrant, GrantSpending
from commissioning.money import words
from commissioning.money.arithmetic import in_pounds
from commissioning.money.grants import LONGEST_TEXT, get_grant, left_of, spent_of
from commissioning.money.ledger import Entry, enter


@dataclass(frozen=True)
class Ending:
    """How a grant ends, as it is typed; `into_base_pence` where it is absorbed."""

    how: str
    on: date
    destination: str
    note: str = ""
    into_base_pence: int = 0


def end_grant(
    session: Session, actor: Actor, year_id: int, grant_id: int, ending: Ending, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Say how a grant ends. Money that is absorbed into the base is entered by finance, in the year of the day.

    Raises NotFound, Forbidden, NotNow, Stale, Invalid by field.
    """

    def change(context: Context) -> None:
        grant = get_grant(session, year_id, grant_id)
        require_seen(context, grant, seen)
        errors = _problems(session, session.get_one(BudgetYear, year_id), grant, ending, context.today)
        if errors:
            raise Invalid(errors)
        is_absorbed = ending.how == "absorbed"
        values = {
            "ended_how": ending.how, "ended_on": ending.on, "destination_note": ending.note.strip(),
            "destination": words.BASE if is_absorbed else ending.destination,
            "absorbed_pence": ending.into_base_pence if is_absorbed else 0,
        }  # fmt: skip
        for name, value in values.items():
            context.changed(name, getattr(grant, name), value)
            setattr(grant, name, value)
        grant.version += 1
        context.notes["grant"] = {"id": grant_id, "name": grant.name}
        if is_absorbed:
            reason = f"{grant.name}: absorbed into the base"
            enter(context, year_id, [Entry("baseline", "baseline", grant.unit_id, "limit", grant.unit_id,
                                           ending.into_base_pence, reason)])  # fmt: skip

    action = "budget_year.enter" if ending.how == "absorbed" else "budget_year.allocate"
    amend(session, actor, year_id, action, "budget_year.grant_ended", change, now=now, key=key,
          body=[grant_id, {n: str(v) for n, v in vars(ending).items()}])  # fmt: skip


def _problems(session: Session, year: BudgetYear, grant: FundingGrant, new: Ending, today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if grant.absorbed_pence:
        errors[""] = "It is absorbed into the base already: its unit’s baseline is where that money stands now"
    if new.how not in words.ENDINGS:
        errors["how"] = "Select how it ends"
    last = session.scalar(select(func.max(GrantSpending.spent_on)).where(GrantSpending.grant_id == grant.id))
    if new.on < grant.starts_on:
        errors["on"] = f"It begins on {grant.starts_on:%-d %B %Y}"
    elif last is not None and new.on <= last:
        errors["on"] = f"Money was spent from it on {last:%-d %B %Y}: enter a later day"
    if len(new.note) > LONGEST_TEXT:
        errors["note"] = f"This must be {LONGEST_TEXT:,} characters or fewer"
    if new.how == "absorbed":
        if not year.starts_on <= new.on <= min(year.ends_on, today):
            errors.setdefault("on", "Its money comes into the base on a day of this financial year, today or earlier")
        errors |= _not_absorbed(session, grant, new.into_base_pence)
    elif new.destination not in words.DESTINATIONS:
        errors["destination"] = "Select what becomes of what it paid for"
    elif not new.note.strip():
        errors["note"] = "Enter what it paid for, and what becomes of it"
    return errors


def _not_absorbed(session: Session, grant: FundingGrant, pence: int) -> dict[str, str]:
    """Why its money cannot come into the base of its unit."""
    left = left_of(grant, spent_of(session, [grant.id])[grant.id])
    if grant.purpose != UNFENCED:
        own = labels.GRANT_PURPOSES[grant.purpose].lower()
        text = f"It is ring-fenced: its money may leave for {own} alone. Record first that the ring-fence is lifted"
        return {"into_base": text}
    if grant.unit_id is None or session.get_one(Case, grant.unit_id).is_done:
        return {"how": "Say first which unit it is for: it comes into the base of a unit that has not ended"}
    if not 0 < pence <= left:
        return {"into_base": f"Enter an amount above £0, and no more than the {in_pounds(left)} that is left"}
    return {}
