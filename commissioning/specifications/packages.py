"""Packages: several units' specifications that work together towards one outcome for a user (BR-17).

A package is no case: it is put together and changed by the commissioning team, each change in the audit trail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.keys import claim
from commissioning.clock import fresh_id
from commissioning.models.specifications import Package, PackagePart
from commissioning.models.units import Unit

LONGEST_NAME = 120
LONGEST = 4000
LEAST_UNITS = 2
"""What one unit does alone is its specification, not a package."""


@dataclass(frozen=True)
class PartInput:
    """One unit's part in a package, in words."""

    unit_id: int
    part: str = ""


def create_package(
    session: Session, actor: Actor, name: str, user_outcome: str, parts: Sequence[PartInput], *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Put a package together; its id. Raises Forbidden, or Invalid by field."""
    _require(actor)
    body = [name.strip(), user_outcome.strip(), [[p.unit_id, p.part.strip()] for p in parts]]
    if claim(session, actor, key, "packages", body, now).is_replay:
        return session.scalars(select(Package.id).where(Package.name == name.strip())).one()
    _check(session, name, user_outcome, parts, None)
    package = Package(id=fresh_id(), name=name.strip(), user_outcome=user_outcome.strip())
    session.add(package)
    session.flush()
    _write_parts(session, package.id, parts)
    audit.note(session, f"package:{package.id}", "package.created", actor, now, package=body)
    return package.id


def change_package(
    session: Session, actor: Actor, package_id: int, name: str, user_outcome: str, parts: Sequence[PartInput], *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Change a package: its words and the units in it, all of them in order. `seen`: its version as it was shown.

    Raises Forbidden, NotFound, Stale, or Invalid by field.
    """
    _require(actor)
    body = [name.strip(), user_outcome.strip(), [[p.unit_id, p.part.strip()] for p in parts]]
    if claim(session, actor, key, f"package:{package_id}", body, now).is_replay:
        return
    package = session.scalars(select(Package).where(Package.id == package_id).with_for_update()).first()
    if package is None:
        raise NotFound
    check_seen(seen, package.version, package.name)
    _check(session, name, user_outcome, parts, package_id)
    package.name, package.user_outcome = name.strip(), user_outcome.strip()
    package.version += 1
    session.flush()
    _write_parts(session, package_id, parts)
    audit.note(session, f"package:{package_id}", "package.changed", actor, now, package=body)


def pass_part(
    session: Session, actor: Actor, package_id: int, from_unit_id: int, to_unit_id: int, *, now: datetime
) -> None:
    """Give a unit's part in a package to its successor; where that has one of its own, the words of both stand in it.

    Raises Forbidden.
    """
    _require(actor)
    query = select(PackagePart).where(PackagePart.package_id == package_id).with_for_update()
    parts = {p.unit_id: p for p in session.scalars(query.order_by(PackagePart.id))}
    given, own = parts[from_unit_id], parts.get(to_unit_id)
    if own is None:
        given.unit_id = to_unit_id
    else:
        own.part = "; ".join(dict.fromkeys(text for text in (own.part, given.part) if text))
        session.delete(given)
    session.get_one(Package, package_id).version += 1
    session.flush()
    audit.note(session, f"package:{package_id}", "package.part_passed", actor, now, units=[from_unit_id, to_unit_id])


def _require(actor: Actor) -> None:
    require(actor, "packages.write")


def _check(session: Session, name: str, user_outcome: str, parts: Sequence[PartInput], package_id: int | None) -> None:
    errors = {}
    if not name.strip():
        errors["name"] = "Enter a name for the package"
    elif len(name) > LONGEST_NAME:
        errors["name"] = f"Name must be {LONGEST_NAME} characters or fewer"
    elif session.execute(select(Package.id).where(Package.name == name.strip(), Package.id != package_id)).first():
        errors["name"] = "There is a package of that name already"
    if not user_outcome.strip():
        errors["user_outcome"] = "Enter what is better for the user"
    elif len(user_outcome) > LONGEST:
        errors["user_outcome"] = f"Outcome must be {LONGEST:,} characters or fewer"
    wanted = [p.unit_id for p in parts]
    known = set(session.scalars(select(Unit.case_id).where(Unit.case_id.in_(wanted))))
    if set(wanted) - known or len(set(wanted)) < len(wanted):
        errors["units"] = "Select each unit once"
    elif len(wanted) < LEAST_UNITS:
        errors["units"] = "Select two units or more"
    for given in parts:
        if len(given.part) > LONGEST:
            errors[f"part-{given.unit_id}"] = f"Part must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)


def _write_parts(session: Session, package_id: int, parts: Sequence[PartInput]) -> None:
    session.execute(delete(PackagePart).where(PackagePart.package_id == package_id))
    session.add_all(PackagePart(package_id=package_id, unit_id=p.unit_id, part=p.part.strip()) for p in parts)
    session.flush()
