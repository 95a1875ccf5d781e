"""Who can see a case, by name: the answer that every case page gives. The rule itself is `visibility`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.sets import table_of
from commissioning.models.bodies import Action, Body, Decision, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.contracts import Contract
from commissioning.models.money import Virement
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.models.people import Grant, Person, Post, PostHolding
from commissioning.models.reports import RouteStop
from commissioning.models.units import Claimant, Unit
from commissioning.policy import PAST_ROLES
from commissioning.statements import Work, read, run
from commissioning.visibility import ABOVE_UNITS, DAY, DRAFT_ROLES, OF_A_UNIT

EVERYBODY = "Everybody who is signed in"


_KNOWN = {
    "body": "Boards and groups are known to everybody.",
    "unit": "Units are known to everybody. What a unit is asked for and returns is not.",
    "setup_step": "Steps of the whole programme are known to everybody.",
}
"""Kinds that are no secret, and why (a unit's own set-up step is the unit's)."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Names, and the rule in words."""

    names: tuple[str, ...]
    why: str


class _Body(NamedTuple):
    id: int
    meets_in_public: bool


def get_audience(session: Session, case: Case, today: date) -> Audience:
    """Who may see a case that the caller has been allowed to see."""
    if _is_known(case):
        return Audience((EVERYBODY,), _KNOWN[case.kind])
    if case.kind in ("budget_year", "virement", "contract"):
        return (_of_contract if case.kind == "contract" else _of_money)(session, case, today)
    if case.kind == "duplication" or (case.scope or "").startswith("unit:"):
        return _of_unit(session, case, today)
    bodies = _bodies_of(session, case)
    is_public = any(b.meets_in_public for b in bodies)
    if case.kind in ("report", "agenda_item", "decision"):
        return _of_paper(session, case, bodies, is_public, today)
    if is_public:
        return Audience((EVERYBODY,), "It belongs to a body that meets in public.")
    names = [*_parties(session, case.id, today), *_members(session, bodies, today), *_granted(session, today)]
    return Audience(tuple(dict.fromkeys(names)), "Those who have a part in it, the body’s members, and directors.")


def _is_known(case: Case) -> bool:
    return case.kind in _KNOWN and not (case.kind == "setup_step" and case.scope)


def ahead(case: Case, today: date) -> list[Work]:
    """What `get_audience` is about to ask of most kinds, for `read_ahead`."""
    if _is_known(case):
        return []
    bodies: list[Work] = [(_BODIES[case.kind], [{"case_id": case.id}])] if case.kind in _BODIES else []
    if bodies and case.exposure == "published" and case.secrecy == "open":
        return bodies
    of_unit = (case.scope or "").startswith("unit:") or case.kind in ("budget_year", "virement", "contract")
    roles = ABOVE_UNITS if of_unit else ("director",) if case.exposure != "draft" or not bodies else ()
    return [*bodies, *_asking_parties(case.id, today), *(_asking_granted(today, role) for role in roles)]


def _of_paper(session: Session, case: Case, bodies: list[_Body], is_public: bool, today: date) -> Audience:
    report_id, state = case.id, case
    if case.kind == "decision":
        report_id = session.get_one(Decision, case.id).report_id
        state = session.get_one(Case, report_id)
    if state.exposure == "draft":
        names = _parties(session, report_id, today, DRAFT_ROLES)
        return Audience(tuple(names), "It is a draft: those who have a part in it, and the clerks of its bodies.")
    if state.exposure == "published" and is_public and state.secrecy == "open":
        return Audience((EVERYBODY,), "It is published, and its body meets in public.")
    names = _parties(session, report_id, today, (*DRAFT_ROLES, "chair", "other_chair"))
    names += [*_members(session, bodies, today), *_granted(session, today)]
    why = "Those who have a part in it, the bodies’ members (less those with an interest in it), and directors."
    return Audience(tuple(dict.fromkeys(names)), why)


def _of_unit(session: Session, case: Case, today: date) -> Audience:
    """What a unit is asked for and returns: to its own people, their leaders, and those above units."""
    names = _parties(session, case.id, today)
    claims = select(Claimant.unit_id).where(Claimant.duplication_id == case.id).order_by(Claimant.id)
    for unit_id in session.scalars(claims) if case.kind == "duplication" else ():
        names += _parties(session, unit_id, today, OF_A_UNIT)
    names += [n for role in ABOVE_UNITS for n in _granted(session, today, role)]
    if case.kind == "duplication":
        why = "Those who answer for the units that claim it, and commissioners, finance, directors and auditors."
        return Audience(tuple(dict.fromkeys(names)), why + " Until one is designated, statements are for fewer.")
    why = "The unit’s head and contributors, their leaders, and commissioners, finance, directors and auditors."
    if case.kind == "partner_return" and case.exposure == "published":
        return _of_published_return(session, case, Audience(tuple(names), why), today)
    return Audience(tuple(dict.fromkeys(names)), why)


def _of_published_return(session: Session, case: Case, before: Audience, today: date) -> Audience:
    """What a partner answered, published: besides to who may read the plan, and the board that the partner answers to.

    `before`: who could see it before it was published.
    """
    query = (
        select(PartnerRequest.plan_id, Case.exposure, Unit.board_id)
        .join(PartnerReturn, PartnerReturn.request_id == PartnerRequest.id)
        .join(Case, Case.id == PartnerRequest.plan_id)
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .where(PartnerReturn.case_id == case.id)
    )
    plan_id, exposure, board_id = session.execute(query).one()
    if exposure == "published":
        return Audience((EVERYBODY,), "It is published, and so is the plan that it was asked for.")
    names = [*before.names, *_parties(session, plan_id, today)]
    if board_id is not None:
        names += _members(session, [_Body(board_id, False)], today)
        names += _parties(session, board_id, today, ("clerk", "chair"))
    why = f"{before.why} It is published: also those who write the plan, and the board that the partner answers to."
    return Audience(tuple(dict.fromkeys(names)), why)


def _of_money(session: Session, case: Case, today: date) -> Audience:
    """A year, to those above units; a virement, to the units that it is between as well."""
    names = _parties(session, case.id, today)
    sides = select(Virement.from_unit_id, Virement.to_unit_id).where(Virement.case_id == case.id)
    for row in session.execute(sides):
        for unit_id in row:
            names += _parties(session, unit_id, today, OF_A_UNIT) if unit_id is not None else []
    names += [n for role in ABOVE_UNITS for n in _granted(session, today, role)]
    between = ", those who answer for the units that it is between," if case.kind == "virement" else ""
    why = f"Those who have a part in it{between} and commissioners, finance, directors and auditors."
    return Audience(tuple(dict.fromkeys(names)), why)


def _of_contract(session: Session, case: Case, today: date) -> Audience:
    """A contract, to who manages it and who leads its cycle, and to those above units and legal teams."""
    cycle_id = session.execute(select(Contract.cycle_id).where(Contract.case_id == case.id)).scalar()
    names = _parties(session, case.id, today)
    names += _parties(session, cycle_id, today, ("lead",)) if cycle_id is not None else []
    names += [n for role in ABOVE_UNITS for n in _granted(session, today, role)]
    names += session.scalars(select(Post.name).where(Post.speciality == "legal").order_by(Post.name, Post.id))
    why = "Who manages it, who leads its cycle, and commissioners, finance, directors, auditors and legal teams."
    return Audience(tuple(dict.fromkeys(names)), why)


_OWNERS: dict[str, Any] = {
    "report": RouteStop.body_id.label("body_id"),
    "agenda_item": RouteStop.body_id.label("body_id"),
    "meeting": Meeting.body_id,
    "decision": Decision.body_id,
    "action": Action.body_id,
}
_KEYS: dict[str, Any] = {
    "report": RouteStop.report_id,
    "agenda_item": RouteStop.report_id,
    "meeting": Meeting.case_id,
    "decision": Decision.case_id,
    "action": Action.case_id,
}
_BODIES: dict[str, Any] = {
    kind: select(Body.case_id, Body.meets_in_public)
    .where(Body.case_id.in_(select(owner).where(_KEYS[kind] == bindparam("case_id"))))
    .order_by(Body.name)
    for kind, owner in _OWNERS.items()
}


def _bodies_of(session: Session, case: Case) -> list[_Body]:
    if case.kind not in _BODIES:
        return []
    return [_Body(*row) for row in read(session, _BODIES[case.kind], {"case_id": case.id})]


def _on(row: type[PostHolding | Membership | Grant]) -> ColumnElement[bool]:
    return and_(row.from_on <= DAY, or_(row.to_on.is_(None), row.to_on >= DAY))


_holder = table_of(Person).alias("holder")
_PARTIES: Any = (
    select(CaseRole.role, Person.name, CaseRole.post_id, Post.name.label("post"))
    .outerjoin(Person, Person.id == CaseRole.person_id)
    .outerjoin(Post, Post.id == CaseRole.post_id)
    .where(CaseRole.case_id == bindparam("case_id"))
    .order_by(CaseRole.id)
)
_HOLDERS: Any = (
    select(PostHolding.post_id, _holder.c.name)
    .join(_holder, and_(_holder.c.id == PostHolding.person_id, _holder.c.is_active))
    .where(
        PostHolding.post_id.in_(select(CaseRole.post_id).where(CaseRole.case_id == bindparam("case_id"))),
        _on(PostHolding),
    )
    .order_by(PostHolding.id)
)


def _asking_parties(case_id: int, today: date) -> tuple[Work, Work]:
    about = {"case_id": case_id}
    return (_PARTIES, [about]), (_HOLDERS, [about | {"today": today}])


def _parties(session: Session, case_id: int, today: date, roles: tuple[str, ...] = ()) -> list[str]:
    parties, holding = run(session.connection(), *_asking_parties(case_id, today))
    holders: dict[int, list[str]] = {}
    for post_id, name in holding:
        holders.setdefault(post_id, []).append(name)
    found = []
    for role, name, post_id, post in parties:
        if role in PAST_ROLES or (roles and role not in roles):
            continue
        if post is None:
            found.append(f"{name}, {labels.role(role).lower()}")
        else:
            found.append(f"{post}: {', '.join(holders.get(post_id, ())) or 'nobody at present'}")
    return list(dict.fromkeys(found))


_MEMBERS: Any = (
    select(Person.name, Body.name.label("body"))
    .join(Membership, Membership.person_id == Person.id)
    .join(Body, Body.case_id == Membership.body_id)
    .where(Membership.body_id.in_(bindparam("bodies", expanding=True)), _on(Membership))
    .order_by(Body.name, Person.name, Person.id)
)


def _members(session: Session, bodies: list[_Body], today: date) -> list[str]:
    if not bodies:
        return []
    rows = read(session, _MEMBERS, {"bodies": [b.id for b in bodies], "today": today})
    return [f"{row.name}, member of {row.body}" for row in rows]


_GRANTED: Any = (
    select(Person.name)
    .join(Grant, Grant.person_id == Person.id)
    .where(Grant.role == bindparam("role"), _on(Grant), Person.is_active)
    .order_by(Person.name, Person.id)
)


def _asking_granted(today: date, role: str) -> Work:
    return _GRANTED, [{"today": today, "role": role}]


def _granted(session: Session, today: date, role: str = "director") -> list[str]:
    (rows,) = run(session.connection(), _asking_granted(today, role))
    return [f"{row.name}, {labels.role(role).lower()}" for row in rows]


def get_paper_audience(session: Session, body: Body, today: date) -> tuple[list[str], list[str]]:
    """Who will see a report for a body: the clerk from the first draft on, and who besides once it is submitted.

    Its author, and whom the author names, come to these; for a paper that is not written yet.
    """
    holding = select(Post.id, Post.name, Person.name.label("holder")).where(
        Post.id.in_([body.clerk_post_id, body.chair_post_id])
    )
    on = and_(PostHolding.post_id == Post.id, PostHolding.from_on <= today,
              or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today))  # fmt: skip
    rows = session.execute(
        holding.outerjoin(PostHolding, on)
        .outerjoin(Person, Person.id == PostHolding.person_id)
        .order_by(Post.id, Person.name)
    ).all()

    def named(post_id: int) -> list[str]:
        names = [r.holder for r in rows if r.id == post_id and r.holder]
        post = next(r.name for r in rows if r.id == post_id)
        return [f"{post}: {', '.join(names) or 'nobody at present'}"]

    shown = _Body(body.case_id, body.meets_in_public)
    later = [*named(body.chair_post_id), *_members(session, [shown], today), *_granted(session, today)]
    return named(body.clerk_post_id), list(dict.fromkeys(later))
