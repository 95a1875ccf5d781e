"""Reading duplications: the list, one with the statements that the actor may read, pairs that are suspected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.units import Claimant, Duplication, Unit
from commissioning.units.functions import list_open_units
from commissioning.units.likeness import find_pairs
from commissioning.visibility import statements, visible

PER_PAGE = 50
KIND = "duplication"


def list_duplications(session: Session, actor: Actor, today: date, page: int = 1) -> tuple[Sequence[Duplication], int]:
    """Duplications that the actor may see, open ones first; how many."""
    seen = select(Duplication).join(Case, Case.id == Duplication.case_id).where(visible(actor, KIND, today))
    total = session.scalar(select(func.count()).select_from(seen.with_only_columns(Duplication.case_id).subquery()))
    ordered = seen.options(joinedload(Duplication.case)).order_by(Case.is_done, Case.due_on, Case.id)
    rows = session.scalars(ordered.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all()
    return rows, int(total or 0)


def get_duplication(session: Session, actor: Actor, duplication_id: int, today: date) -> Duplication:
    """One duplication. Raises NotFound."""
    found = session.scalars(
        select(Duplication)
        .join(Case, Case.id == Duplication.case_id)
        .where(Duplication.case_id == duplication_id, visible(actor, KIND, today))
        .options(joinedload(Duplication.case))
    ).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimant. `statement` is None where the actor may not read it; `is_stated` says whether there is one."""

    unit: Unit
    is_stated: bool
    statement: str | None


def list_claims(session: Session, actor: Actor, duplication_id: int, today: date) -> list[Claim]:
    """The claimants of a duplication that the actor may see, with the statements that they may read."""
    rows = session.execute(
        select(Unit, Claimant.stated_at, Claimant.id)
        .join(Claimant, Claimant.unit_id == Unit.case_id)
        .where(Claimant.duplication_id == duplication_id)
        .order_by(Claimant.id)
    ).all()
    query = select(Claimant.id, Claimant.statement).where(Claimant.duplication_id == duplication_id)
    readable = {row.id: row.statement for row in session.execute(query.where(statements(actor, today)))}
    return [Claim(unit, stated_at is not None, readable.get(i)) for unit, stated_at, i in rows]


@dataclass(frozen=True, slots=True)
class Suspect:
    """Two units whose names are alike."""

    one: Unit
    other: Unit
    why: str


def list_suspects(session: Session) -> list[Suspect]:
    """Units that have not ended and whose names are alike, but for pairs that a duplication names already."""
    units = {u.case_id: u for u in list_open_units(session)}
    known: dict[int, set[int]] = {}
    for duplication_id, unit_id in session.execute(select(Claimant.duplication_id, Claimant.unit_id)):
        known.setdefault(duplication_id, set()).add(unit_id)
    found = []
    for pair in find_pairs({i: u.name for i, u in units.items()}):
        if not any({pair.one, pair.other} <= claimed for claimed in known.values()):
            found.append(Suspect(units[pair.one], units[pair.other], pair.why))
    return sorted(found, key=lambda s: (s.one.name, s.other.name, s.one.case_id))
