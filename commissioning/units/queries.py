"""Reading units: the register with its filters, one unit, the core as the council draws it, who holds its posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Person, Post, PostHolding
from commissioning.models.units import Unit, UnitName, UnitSuccession
from commissioning.visibility import has_part, visible

PER_PAGE = 50


def _seen(actor: Actor, today: date) -> Select[Unit]:
    return select(Unit).join(Case, Case.id == Unit.case_id).where(visible(actor, "unit", today))


_SHOWN = (joinedload(Unit.case), joinedload(Unit.head_post), joinedload(Unit.strategy_post))


def list_units(
    session: Session,
    actor: Actor,
    today: date,
    *,
    kind: str = "",
    state: str = "",
    words: str = "",
    page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Sequence[Unit], int]:
    """Units by name and how many there are; of a kind ("": all but the core), in a state ("open": not ended)."""
    wanted: list[ColumnElement[bool]] = []
    if kind == "":
        wanted.append(Unit.kind != "core")
    elif kind != "all":
        wanted.append(Unit.kind == kind)
    if state:
        wanted.append(Case.is_done.is_(False) if state == "open" else Case.state == state)
    for word in words.split()[:12]:
        earlier = select(UnitName.unit_id).where(UnitName.name.icontains(word, autoescape=True))
        now = (column.icontains(word, autoescape=True) for column in (Unit.name, Unit.remit, Unit.area))
        wanted.append(or_(*now, Unit.case_id.in_(earlier)))
    found = _seen(actor, today).where(*wanted)
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    rows = session.scalars(
        found.options(*_SHOWN).order_by(Unit.name, Unit.case_id).limit(per_page).offset((page - 1) * per_page)
    ).all()
    return rows, total


def get_unit(session: Session, actor: Actor, unit_id: int, today: date) -> Unit:
    """One unit with its posts. Raises NotFound."""
    found = session.scalars(
        _seen(actor, today).where(Unit.case_id == unit_id).options(*_SHOWN, joinedload(Unit.finance_post))
    ).first()
    if found is None:
        raise NotFound
    return found


def list_core(session: Session, actor: Actor, today: date) -> list[tuple[str, list[Unit]]]:
    """The units of the core that have not ended, by the groups in which the council draws them (BR-03)."""
    rows = session.scalars(
        _seen(actor, today)
        .where(Unit.kind == "core", Case.is_done.is_(False))
        .options(*_SHOWN)
        .order_by(Unit.core_group, Unit.name, Unit.case_id)
    )
    groups: dict[str, list[Unit]] = {}
    for unit in rows:
        groups.setdefault(unit.core_group or "Other core units", []).append(unit)
    return list(groups.items())


def holders_of(session: Session, post_ids: Iterable[int], today: date) -> dict[int, str]:
    """Who holds these posts on a day, in words. One query."""
    found: dict[int, list[str]] = {i: [] for i in post_ids}
    rows = session.execute(
        select(PostHolding.post_id, Person.name)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            PostHolding.post_id.in_(list(found)),
            PostHolding.from_on <= today,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
            Person.is_active,
        )
        .order_by(PostHolding.from_on, PostHolding.id)
    )
    for post_id, name in rows:
        found[post_id].append(name)
    return {post_id: ", ".join(names) for post_id, names in found.items()}


def names_of_posts(session: Session, post_ids: Iterable[int]) -> dict[int, str]:
    """Names of posts by id."""
    rows = session.execute(select(Post.id, Post.name).where(Post.id.in_(list(post_ids))))
    return {row.id: row.name for row in rows}


def list_contributors(session: Session, unit_id: int) -> Sequence[Person]:
    """People whom the head named to contribute, in the order in which they were named."""
    return session.scalars(
        select(Person)
        .join(CaseRole, CaseRole.person_id == Person.id)
        .where(CaseRole.case_id == unit_id, CaseRole.role == "contributor")
        .order_by(CaseRole.id)
    ).all()


def list_posts(session: Session) -> Sequence[Post]:
    """Posts and teams that a unit may be given, by name."""
    return session.scalars(select(Post).where(Post.speciality.is_(None)).order_by(Post.name, Post.id)).all()


def list_core_units(session: Session, actor: Actor, today: date) -> Sequence[Unit]:
    """Core units that may commission another, by name."""
    found = _seen(actor, today).where(Unit.kind == "core", Case.is_done.is_(False))
    return session.scalars(found.order_by(Unit.name, Unit.case_id)).all()


def list_like_named(session: Session, unit: Unit) -> Sequence[Unit]:
    """Units of another kind with the same name, or nearly so: on both sides of the core (BR-05)."""
    stem = unit.name.split("(", maxsplit=1)[0].strip()
    rows = session.scalars(
        select(Unit)
        .where(Unit.case_id != unit.case_id, Unit.kind != unit.kind, Unit.name.istartswith(stem, autoescape=True))
        .order_by(Unit.name, Unit.case_id)
        .limit(5)
    )
    return [u for u in rows if u.name.split("(", maxsplit=1)[0].strip().lower() == stem.lower()]


def list_names(session: Session, unit_id: int) -> Sequence[UnitName]:
    """The earlier names of a unit, the last one first."""
    query = select(UnitName).where(UnitName.unit_id == unit_id)
    return session.scalars(query.order_by(UnitName.until_on.desc(), UnitName.id.desc())).all()


def list_successions(session: Session, unit_id: int) -> tuple[list[UnitSuccession], list[UnitSuccession]]:
    """What a unit took over from others, and who took over from it. One query; that units follow is no secret."""
    query = select(UnitSuccession).where(
        or_(UnitSuccession.to_unit_id == unit_id, UnitSuccession.from_unit_id == unit_id)
    )
    loaded = query.options(joinedload(UnitSuccession.from_unit), joinedload(UnitSuccession.to_unit))
    rows = session.scalars(loaded.order_by(UnitSuccession.from_on, UnitSuccession.id)).all()
    return [r for r in rows if r.to_unit_id == unit_id], [r for r in rows if r.from_unit_id == unit_id]


def works_in(session: Session, actor: Actor, unit_id: int) -> bool:
    """Whether the actor is of the unit itself (its head, a contributor): nobody else reads its own plan (BR-16)."""
    found = select(Case.id).where(Case.id == unit_id, has_part(actor, "head", "contributor"))
    return session.execute(found).first() is not None
