"""Runs of a unit's sizing: working one out, changing it until it is frozen, reading them (BR-27 to BR-29).

Freezing one together with the cash limit stands with the money (`money.freezing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, check_seen
from commissioning.clock import fresh_id
from commissioning.models.units import Sizing, Unit, Volumetric
from commissioning.settings_table import get_number
from commissioning.units.sizing import Line, Sized, size, warnings
from commissioning.visibility import may_see, sees_unit
from workflows.registry import Refusal

MOST_LINES, LONGEST, MOST_VOLUME, MOST_DAYS = 60, 200, 100_000_000, 100_000


@dataclass(frozen=True)
class SizingInput:
    """A run as it is typed. `support_hundredths`: business support that is planned, in hundredths of a person."""

    title: str
    lines: tuple[Line, ...]
    months: int = 12
    support_hundredths: int = 0


def save_sizing(
    session: Session, actor: Actor, unit_id: int, given: SizingInput, sizing_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Work out a unit's staffing with the council's settings of today, or change a run that is not frozen; its id.

    `seen`: the run's version as it was shown. Raises NotFound, Forbidden, NotNow, Stale, Invalid (`lines-N-field`).
    """
    made = sizing_id or fresh_id()

    def change(context: Context) -> None:
        _check(given)
        row = _row(context, sizing_id, seen) if sizing_id else Sizing(id=made, unit_id=unit_id, made_at=now)
        before = _shown(row, get_lines(session, made)) if sizing_id else None
        row.title, row.months, row.support_hundredths = given.title.strip(), given.months, given.support_hundredths
        row.productive_days = get_number(session, "sizing.productive_days")
        row.support_ratio = get_number(session, "sizing.support_ratio")
        row.made_by_id = context.person_id
        session.add(row)
        session.flush()
        write_lines(session, made, given.lines)
        context.changed("sizing", before, _shown(row, given.lines))

    body = [sizing_id, seen, repr(given)]
    done = amend(session, actor, unit_id, "unit.size", "unit.sized", change, now=now, key=key, body=body)
    return made if done.changes else _same(session, unit_id, sizing_id, given)


def _same(session: Session, unit_id: int, sizing_id: int | None, given: SizingInput) -> int:
    """The run that a form sent twice made the first time."""
    if sizing_id is not None:
        return sizing_id
    query = select(Sizing.id).where(Sizing.unit_id == unit_id, Sizing.title == given.title.strip())
    return session.scalars(query.order_by(Sizing.made_at.desc(), Sizing.id.desc())).first() or 0


def write_lines(session: Session, sizing_id: int, lines: Sequence[Line]) -> None:
    """Write the lines of a run, all of them in order."""
    session.execute(delete(Volumetric).where(Volumetric.sizing_id == sizing_id))
    session.add_all(
        Volumetric(
            sizing_id=sizing_id,
            position=n,
            activity=line.activity.strip(),
            volume=line.volume,
            day_hundredths=line.day_hundredths,
        )
        for n, line in enumerate(lines, 1)
    )
    session.flush()


def _row(context: Context, sizing_id: int, seen: int | None) -> Sizing:
    row = context.session.get(Sizing, sizing_id, populate_existing=True)
    if row is None or row.unit_id != context.case.id:
        raise NotFound
    if row.is_frozen:
        raise NotNow([Refusal("frozen", "This run is frozen: work out another one")])
    check_seen(seen, row.version, row.title)
    row.version += 1
    return row


def _shown(row: Sizing, lines: Sequence[Line]) -> list[Any]:
    return [row.title, row.months, row.support_hundredths, [[x.activity, x.volume, x.day_hundredths] for x in lines]]


def _check(given: SizingInput) -> None:
    errors = {}
    if not given.title.strip():
        errors["title"] = "Enter what this run is for"
    elif len(given.title) > LONGEST:
        errors["title"] = f"Name must be {LONGEST} characters or fewer"
    if not 1 <= given.months <= 12:
        errors["months"] = "Months must be between 1 and 12"
    if not 0 <= given.support_hundredths <= MOST_DAYS * 100:
        errors["support_hundredths"] = "Business support must be 0 or more"
    if len(given.lines) > MOST_LINES:
        errors[""] = f"A run has at most {MOST_LINES} activities"
    for n, line in enumerate(given.lines):
        if not line.activity.strip() or len(line.activity) > LONGEST:
            errors[f"lines-{n}-activity"] = f"Enter the activity, in {LONGEST} characters or fewer"
        if not 0 <= line.volume <= MOST_VOLUME:
            errors[f"lines-{n}-volume"] = f"Volume must be between 0 and {MOST_VOLUME:,}"
        if not 0 <= line.day_hundredths <= MOST_DAYS * 100:
            errors[f"lines-{n}-days"] = f"Days must be between 0 and {MOST_DAYS:,}"
    if errors:
        raise Invalid(errors)


@dataclass(frozen=True)
class Worked:
    """A run with what comes of it."""

    row: Sizing
    lines: list[Line]
    sized: Sized
    warnings: list[str]


def list_sizings(session: Session, actor: Actor, unit_id: int, today: date) -> list[Worked]:
    """The runs of a unit, the last one first. Raises NotFound where the unit is not open to the actor."""
    if not may_see(session, actor, unit_id, "unit", today) or not sees_unit(session, actor, unit_id):
        raise NotFound
    unit = session.get_one(Unit, unit_id)
    query = select(Sizing).where(Sizing.unit_id == unit_id).options(selectinload(Sizing.lines))
    rows = session.scalars(query.order_by(Sizing.made_at.desc(), Sizing.id.desc()))
    return [worked(row, unit) for row in rows]


def worked(row: Sizing, unit: Unit) -> Worked:
    """A run worked out with the settings that it was made with."""
    lines = [Line(x.activity, x.volume, x.day_hundredths) for x in row.lines]
    sized = size(lines, row.productive_days, row.support_ratio, row.months)
    said = warnings(lines, sized, row.support_hundredths, unit.fte_hundredths, row.months)
    return Worked(row, lines, sized, said)


def get_sizing(session: Session, actor: Actor, unit_id: int, sizing_id: int, today: date) -> Worked:
    """One run. Raises NotFound."""
    found = next((w for w in list_sizings(session, actor, unit_id, today) if w.row.id == sizing_id), None)
    if found is None:
        raise NotFound
    return found


def last_run(session: Session, unit_id: int) -> Sizing | None:
    """The last run of a unit's sizing."""
    query = select(Sizing).where(Sizing.unit_id == unit_id).order_by(Sizing.made_at.desc(), Sizing.id.desc())
    return session.scalars(query.limit(1)).first()


def get_lines(session: Session, sizing_id: int) -> list[Line]:
    """The lines of a run in order, as they stand."""
    query = select(Volumetric).where(Volumetric.sizing_id == sizing_id)
    rows = session.scalars(query.order_by(Volumetric.position, Volumetric.id))
    return [Line(x.activity, x.volume, x.day_hundredths) for x in rows]
