"""Freezing a unit's headcount and its cash limit together (BR-29)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.models.money import BudgetYear
from commissioning.models.units import Sizing, Unit
from commissioning.money.ledger import limit_of
from commissioning.units.sizing import in_words, over_cap
from commissioning.units.sizings import worked
from workflows.registry import Refusal


def freeze_sizing(
    session: Session, actor: Actor, unit_id: int, sizing_id: int, year_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Freeze a run for a year, with the cash limit that the unit has at that moment. It is not changed any more.

    One run of a unit for each year; the limit goes on to move by virement or decision alone, what was frozen stays.
    Raises NotFound, Forbidden, NotNow (frozen already, no activity, too much business support), Invalid by field.
    """
    year = session.get(BudgetYear, year_id)
    if year is None:
        raise Invalid({"year_id": "Select a financial year"})

    def change(context: Context) -> None:
        row = session.get(Sizing, sizing_id, populate_existing=True)
        if row is None or row.unit_id != unit_id:
            raise NotFound
        reasons = _why_not(session, row, year_id)
        if reasons:
            raise NotNow(reasons)
        limit = limit_of(session, year_id, unit_id)
        if limit <= 0:
            raise Invalid({"year_id": f"The unit has no cash limit in {year.label} yet"})
        row.year_id, row.frozen_limit_pence, row.frozen_on = year_id, limit, context.today
        row.version += 1
        sized = worked(row, session.get_one(Unit, unit_id)).sized
        context.notes.update(
            sizing_id=sizing_id, year_id=year_id, limit_pence=limit, fte_hundredths=sized.fte_hundredths,
            support_hundredths=row.support_hundredths,
        )  # fmt: skip
        session.flush()

    amend(session, actor, unit_id, "unit.freeze", "unit.sizing_frozen", change, now=now, key=key,
          body=[sizing_id, year_id], also=[year_id])  # fmt: skip


def _why_not(session: Session, row: Sizing, year_id: int) -> list[Refusal]:
    if row.is_frozen:
        return [Refusal("frozen", "This run is frozen already")]
    found = worked(row, session.get_one(Unit, row.unit_id))
    reasons = []
    other = select(Sizing.title).where(Sizing.unit_id == row.unit_id, Sizing.year_id == year_id)
    title = session.scalar(other)
    if title is not None:
        reasons.append(Refusal("year_frozen", f"“{title}” is frozen for that year"))
    if not found.lines:
        reasons.append(Refusal("no_lines", "No activity is entered yet", "its head"))
    if over_cap(found.sized, row.support_hundredths):
        most = in_words(found.sized.support_hundredths)
        text = f"Business support of {in_words(row.support_hundredths)} is more than the {most} that are allowed"
        reasons.append(Refusal("over_cap", text, "its head"))
    return reasons
