"""Taking back an entry that was made by mistake, whole or in part, by an entry the other way.

A correction undoes an entry and does no more, so it is no way around a virement; a baseline is set anew instead.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.money import MoneyEntry
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import Entry, enter, why_not_there

LONGEST_REASON = 2000
CORRECTABLE = ("saving", "virement", "decision")
"""Kinds of entries that may be taken back."""


def get_entry(session: Session, year_id: int, entry_id: int) -> MoneyEntry:
    """An entry of a year that may be taken back. Raises NotFound."""
    row = session.get(MoneyEntry, entry_id)
    if row is None or row.year_id != year_id or row.kind not in CORRECTABLE:
        raise NotFound
    return row


def left_of(session: Session, entry: MoneyEntry) -> int:
    """What of an entry has not been taken back yet, in pence."""
    taken = select(func.sum(MoneyEntry.amount_pence)).where(MoneyEntry.corrects_id == entry.id)
    return entry.amount_pence - int(session.scalar(taken) or 0)


def correct_entry(
    session: Session, actor: Actor, year_id: int, entry_id: int, amount_pence: int, reason: str, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Take back so much of an entry. Raises NotFound, Forbidden, NotNow, or Invalid by field (`amount`, `reason`)."""

    def change(context: Context) -> None:
        entry = get_entry(session, year_id, entry_id)
        left = left_of(session, entry)
        errors = {}
        if amount_pence <= 0:
            errors["amount"] = "Amount must be more than £0"
        elif amount_pence > left:
            errors["amount"] = f"Only {in_pounds(left)} of this entry can be taken back"
        elif missing := why_not_there(session, year_id, entry.to_unit_id, amount_pence):
            errors["amount"] = missing
        if not reason.strip():
            errors["reason"] = "Enter what was wrong"
        elif len(reason) > LONGEST_REASON:
            errors["reason"] = f"Reason must be {LONGEST_REASON:,} characters or fewer"
        if errors:
            raise Invalid(errors)
        there, back = (entry.to_account, entry.to_unit_id), (entry.from_account, entry.from_unit_id)
        enter(context, year_id, [Entry("correction", *there, *back, amount_pence, reason.strip(), entry.id)])
        context.notes |= {"corrects": entry.id, "reason": reason.strip()}

    amend(session, actor, year_id, "budget_year.enter", "budget_year.entry_corrected", change, now=now, key=key,
          body=[entry_id, amount_pence, reason])  # fmt: skip
