"""Who may see what: one SQL predicate for each kind, joined into every query before LIMIT (product.md, the table).

What an actor may not see does not exist for them: pages, counts, search, export, messages. Nothing is filtered in
Python or in a template. What may be *done* is `policy`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity
from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Action, AgendaItem, Body, Decision, Interest, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.money import Virement
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.reports import RouteStop
from commissioning.models.specifications import Package, PackagePart, Specification
from commissioning.models.units import Claimant, Duplication, SetupStep, Unit
from commissioning.policy import PAST_ROLES
from commissioning.statements import mapped, read

IdColumn = Any
"""A column of case ids, of a table or of a query."""

WIDE = "organisation"
"""The scope of a role that is granted for the whole organisation."""

DRAFT_ROLES = ("author", "contributor", "asked", "sponsor", "clerk", "other_clerk")
"""Who sees a draft, and the secret part of a paper, by their part in it."""


class Anybody(Actor):
    """Whoever has the same roles over the whole organisation: for a statement that is built once for all of them.

    Its people, posts and day stay open; `given` fills them in when the statement is run. Building a predicate takes
    longer than asking the database.
    """

    @property
    def person_ids(self) -> Any:
        return bindparam("person_ids", expanding=True, type_=BigInteger)

    @property
    def post_ids(self) -> Any:
        return bindparam("post_ids", expanding=True, type_=BigInteger)


DAY: Any = bindparam("today", type_=Date)
"""The day of a statement that is built once."""


@lru_cache(maxsize=256)
def anybody(actor: Actor) -> Actor:
    """Whom the statements of this actor are built for. (The service has no people: it stands for itself.)"""
    if actor.me is None:
        return actor
    wide = frozenset((role, "organisation") for i in actor.identities for role, scope in i.grants if scope == WIDE)
    return Anybody(Identity(0, "", frozenset({0} if actor.post_ids else ()), wide))


def given(actor: Actor, today: date, **more: Any) -> dict[str, Any]:
    """What a statement that was built for `anybody` asks of this actor and day."""
    return {"person_ids": actor.person_ids, "post_ids": actor.post_ids, "today": today, **more}


def has_part(actor: Actor, *roles: str, case_id: IdColumn | None = None) -> ColumnElement[bool]:
    """Whether the actor (or whom they act for) holds one of these roles in the case; any if none is named."""
    if not actor.identities:
        return false()
    mine: ColumnElement[bool] = CaseRole.person_id.in_(actor.person_ids)
    if any(i.posts for i in actor.identities):
        mine = or_(mine, CaseRole.post_id.in_(actor.post_ids))
    conditions = [CaseRole.case_id == (Case.id if case_id is None else case_id), mine]
    conditions.append(CaseRole.role.in_(roles) if roles else CaseRole.role.not_in(PAST_ROLES))
    return exists(select(CaseRole.id).where(*conditions).correlate_except(CaseRole))


def _is_member(actor: Actor, today: date, body_id: IdColumn) -> ColumnElement[bool]:
    if not actor.identities:
        return false()
    return exists(
        select(Membership.id)
        .where(
            Membership.body_id == body_id,
            Membership.person_id.in_(actor.person_ids),
            Membership.from_on <= today,
            or_(Membership.to_on.is_(None), Membership.to_on >= today),
        )
        .correlate_except(Membership)
    )


def _member_in_route(actor: Actor, today: date, report_id: IdColumn) -> ColumnElement[bool]:
    if not actor.identities:
        return false()
    return exists(
        select(RouteStop.id)
        .join(Membership, Membership.body_id == RouteStop.body_id)
        .where(
            RouteStop.report_id == report_id,
            Membership.person_id.in_(actor.person_ids),
            Membership.from_on <= today,
            or_(Membership.to_on.is_(None), Membership.to_on >= today),
        )
        .correlate_except(RouteStop, Membership)
    )


def _has_interest(actor: Actor, report_id: IdColumn) -> ColumnElement[bool]:
    if not actor.identities:
        return false()
    return exists(
        select(Interest.id)
        .where(Interest.report_id == report_id, Interest.person_id.in_(actor.person_ids))
        .correlate_except(Interest)
    )


def _public_body_in_route(report_id: IdColumn) -> ColumnElement[bool]:
    return exists(
        select(RouteStop.id)
        .join(Body, Body.case_id == RouteStop.body_id)
        .where(RouteStop.report_id == report_id, Body.meets_in_public)
        .correlate_except(RouteStop, Body)
    )


def may_read_secret(actor: Actor, today: date, report_id: IdColumn | None = None) -> ColumnElement[bool]:
    """Whether the actor may read the exempt or confidential parts of the report (correlated by its case id).

    Those who have a part in it, the director, and members of a body in its route less those with a declared interest;
    not administrators, and auditors see events alone.
    """
    if actor.system:
        return true()
    which = Case.id if report_id is None else report_id
    member = and_(_member_in_route(actor, today, which), ~_has_interest(actor, which), Case.exposure != "draft")
    director = and_(true() if actor.is_granted("director") else false(), Case.exposure != "draft")
    return or_(has_part(actor, *DRAFT_ROLES, case_id=which), member, director)


def reports(actor: Actor, today: date) -> ColumnElement[bool]:
    """Reports that the actor may know of."""
    director = true() if actor.is_granted("director") else false()
    shared = or_(has_part(actor, "chair", "other_chair"), director, _member_in_route(actor, today, Case.id))
    published = or_(shared, _public_body_in_route(Case.id) if actor.identities else false())
    by_exposure = or_(
        has_part(actor, *DRAFT_ROLES),
        and_(Case.exposure == "shared", shared),
        and_(Case.exposure == "published", published),
    )
    return and_(by_exposure, or_(Case.secrecy == "open", may_read_secret(actor, today)))


def bodies(actor: Actor, today: date) -> ColumnElement[bool]:
    """Bodies are known to everybody who is signed in."""
    del today
    return true() if actor.identities else false()


def _known_body(actor: Actor, today: date, body_id: IdColumn) -> ColumnElement[bool]:
    """Whether what belongs to a body is open to this actor: a public body's to all, an officer body's to its members,
    its officers and those above."""
    if not actor.identities:
        return false()
    public = exists(select(Body.case_id).where(Body.case_id == body_id, Body.meets_in_public).correlate_except(Body))
    director = true() if actor.is_granted("director") else false()
    officer = has_part(actor, "clerk", "chair", case_id=body_id)
    return or_(public, director, officer, _is_member(actor, today, body_id))


def meetings(actor: Actor, today: date) -> ColumnElement[bool]:
    """Meetings of bodies that are open to the actor, and those at which a paper of theirs is heard."""
    mine = exists(
        select(AgendaItem.case_id)
        .join(CaseRole, CaseRole.case_id == AgendaItem.report_id)
        .where(
            AgendaItem.meeting_id == Meeting.case_id,
            CaseRole.person_id.in_(actor.person_ids),
            CaseRole.role.not_in(PAST_ROLES),
        )
        .correlate_except(AgendaItem, CaseRole)
    )
    known = _known_body(actor, today, Meeting.body_id)
    return exists(select(Meeting.case_id).where(Meeting.case_id == Case.id, or_(known, mine)).correlate_except(Meeting))


def _report_seen(actor: Actor, today: date, report_id: IdColumn) -> ColumnElement[bool]:
    """Whether a report, named by id outside the query's own cases, is one that the actor may know of."""
    seen: ColumnElement[bool] = report_id.in_(select(Case.id).where(Case.kind == "report", reports(actor, today)))
    return seen


def agenda_items(actor: Actor, today: date) -> ColumnElement[bool]:
    """Items whose report the actor may know of. (An agenda lists the others by safe title, without a link.)"""
    return exists(
        select(AgendaItem.case_id)
        .where(AgendaItem.case_id == Case.id, _report_seen(actor, today, AgendaItem.report_id))
        .correlate_except(AgendaItem)
    )


def decisions(actor: Actor, today: date) -> ColumnElement[bool]:
    """Decisions on reports that the actor may know of; a secret one only for who may read the secret part."""
    return exists(
        select(Decision.case_id)
        .where(
            Decision.case_id == Case.id,
            _report_seen(actor, today, Decision.report_id),
            or_(Case.secrecy == "open", may_read_secret(actor, today, Decision.report_id)),
        )
        .correlate_except(Decision)
    )


def actions(actor: Actor, today: date) -> ColumnElement[bool]:
    """Actions in which the actor has a part, and those of decisions and bodies that are open to them."""
    open_to = exists(
        select(Action.case_id)
        .where(
            Action.case_id == Case.id,
            or_(
                Action.decision_id.in_(select(Case.id).where(Case.kind == "decision", decisions(actor, today))),
                and_(Action.decision_id.is_(None), Action.unit_id.is_(None), _known_body(actor, today, Action.body_id)),
                and_(Action.unit_id.is_not(None), _of_my_units(actor, Action.unit_id)),
            ),
        )
        .correlate_except(Action)
    )
    return or_(has_part(actor), open_to)


ABOVE_UNITS = ("commissioner", "director", "finance", "auditor")
"""Roles granted for the organisation that see every unit's return, specification and money."""
OF_A_UNIT = ("head", "contributor", "strategy_leader", "finance_leader", "director")
"""Roles in a unit's case that see what it returns, its specification and its money."""


def _of_my_units(actor: Actor, unit_id: IdColumn) -> ColumnElement[bool]:
    """Whether what belongs to a unit is open to this actor: to its head and contributors, its two leaders, and those
    above units (product.md, the table)."""
    if any(actor.is_granted(role) for role in ABOVE_UNITS):
        return true()
    return has_part(actor, *OF_A_UNIT, case_id=unit_id)


def units(actor: Actor, today: date) -> ColumnElement[bool]:
    """Units are known to everybody who is signed in, by name and remit; what they return is not."""
    del today
    return true() if actor.identities else false()


def specifications(actor: Actor, today: date) -> ColumnElement[bool]:
    """Specifications of units that are open to the actor."""
    del today
    mine = _of_my_units(actor, Specification.unit_id)
    return exists(
        select(Specification.case_id).where(Specification.case_id == Case.id, mine).correlate_except(Specification)
    )


def packages(actor: Actor) -> ColumnElement[bool]:
    """Packages (over `Package`) in which a unit takes part that is open to the actor."""
    if actor.system:
        return true()
    mine = _of_my_units(actor, PackagePart.unit_id)
    return exists(
        select(PackagePart.id).where(PackagePart.package_id == Package.id, mine).correlate_except(PackagePart)
    )


def setup_steps(actor: Actor, today: date) -> ColumnElement[bool]:
    """The programme's steps are known to everybody who is signed in; a unit's to those to whom the unit is open."""
    del today
    if not actor.identities:
        return false()
    open_to = or_(SetupStep.unit_id.is_(None), _of_my_units(actor, SetupStep.unit_id))
    seen = exists(select(SetupStep.case_id).where(SetupStep.case_id == Case.id, open_to).correlate_except(SetupStep))
    return or_(has_part(actor), seen)


def budget_years(actor: Actor, today: date) -> ColumnElement[bool]:
    """The whole money of a year: for those above units. A unit's head sees the unit's own on its page."""
    del today
    return true() if any(actor.is_granted(role) for role in ABOVE_UNITS) else has_part(actor, "finance", "director")


def returns(actor: Actor, today: date) -> ColumnElement[bool]:
    """Monthly returns of units that are open to the actor; never another unit's."""
    del today
    mine = _of_my_units(actor, Return.unit_id)
    return exists(select(Return.case_id).where(Return.case_id == Case.id, mine).correlate_except(Return))


def virements(actor: Actor, today: date) -> ColumnElement[bool]:
    """Virements in which the actor has a part, and those that give to or take from a unit open to them."""
    del today
    sides = or_(_of_my_units(actor, Virement.from_unit_id), _of_my_units(actor, Virement.to_unit_id))
    of_units = exists(select(Virement.case_id).where(Virement.case_id == Case.id, sides).correlate_except(Virement))
    return or_(has_part(actor), of_units)


def duplications(actor: Actor, today: date) -> ColumnElement[bool]:
    """Duplications in which the actor has a part, and those that a unit claims which is open to them."""
    del today
    mine = _of_my_units(actor, Claimant.unit_id)
    claims = exists(select(Claimant.id).where(Claimant.duplication_id == Case.id, mine).correlate_except(Claimant))
    return or_(has_part(actor), claims)


def statements(actor: Actor, today: date) -> ColumnElement[bool]:
    """Statements (over `Claimant`) that the actor may read: the core all of them, a unit its own.

    Who speaks for a claimant reads none of the others, whatever they are besides. Once one unit is designated or the
    case is over, whoever may see the case reads them all. Of a case that the actor may see.
    """
    del today
    if actor.system:
        return true()
    settled = exists(
        select(Duplication.case_id)
        .join(Case, Case.id == Duplication.case_id)
        .where(
            Duplication.case_id == Claimant.duplication_id,
            or_(Duplication.designated_unit_id.is_not(None), Case.is_done),
        )
        .correlate_except(Duplication, Case)
    )
    core = or_(
        has_part(actor, "commissioner", "adjudicator", "director", case_id=Claimant.duplication_id),
        _of_my_units(actor, Claimant.unit_id),
    )
    claims = has_part(actor, "claimant", case_id=Claimant.duplication_id)
    own = has_part(actor, "head", "contributor", case_id=Claimant.unit_id)
    return or_(and_(core, ~claims), own, settled)


def monitoring_meetings(actor: Actor, today: date) -> ColumnElement[bool]:
    """Monitoring meetings of units that are open to the actor: whoever sees the return sees its meeting."""
    del today
    mine = _of_my_units(actor, MonitoringMeeting.unit_id)
    return exists(
        select(MonitoringMeeting.case_id)
        .where(MonitoringMeeting.case_id == Case.id, mine)
        .correlate_except(MonitoringMeeting)
    )


def escalations(actor: Actor, today: date) -> ColumnElement[bool]:
    """What was escalated of a unit, and what was not (over `Unit`): who may see the unit, and the board it answers to.

    For the board: its members, its clerk and its chair. They see this and not the return itself.
    """
    if not actor.identities:
        return false()
    officer = has_part(actor, "clerk", "chair", case_id=Unit.board_id)
    return or_(_of_my_units(actor, Unit.case_id), officer, _is_member(actor, today, Unit.board_id))


PREDICATES: dict[str, Callable[[Actor, date], ColumnElement[bool]]] = {
    "report": reports,
    "meeting": meetings,
    "agenda_item": agenda_items,
    "decision": decisions,
    "action": actions,
    "body": bodies,
    "unit": units,
    "specification": specifications,
    "setup_step": setup_steps,
    "budget_year": budget_years,
    "return": returns,
    "virement": virements,
    "duplication": duplications,
    "monitoring_meeting": monitoring_meetings,
}


def visible(actor: Actor, kind: str, today: date) -> ColumnElement[bool]:
    """The predicate over `Case` for one kind; nothing of a kind that has none. The service sees everything."""
    if actor.system:
        return Case.kind == kind
    if kind not in PREDICATES:
        return false()
    return and_(Case.kind == kind, PREDICATES[kind](actor, today))


def visible_any(actor: Actor, today: date) -> ColumnElement[bool]:
    """The predicate over `Case` for things of every kind."""
    return or_(*(visible(actor, kind, today) for kind in PREDICATES))


def visible_cases(actor: Actor, kind: str, today: date) -> Select[Case]:
    """Cases of a kind that the actor may see."""
    return select(Case).where(visible(actor, kind, today))


@lru_cache(maxsize=256)
def _whether_seen(who: Actor, kind: str) -> Select[Any]:
    """Whether somebody may know of a case of a kind."""
    return select(Case.id).where(Case.id == bindparam("case_id"), visible(who, kind, DAY))


_cases: Any = Case.__table__
_CASE = select(_cases).where(_cases.c.id == bindparam("case_id"))


@lru_cache(maxsize=64)
def _seen_case(who: Actor, kind: str) -> Select[Any]:
    return _CASE.where(visible(who, kind, DAY))


def may_see(session: Session, actor: Actor, case_id: int, kind: str, today: date) -> bool:
    """Whether the actor may know of this case of a kind."""
    statement = _whether_seen(anybody(actor), kind)
    return bool(read(session, statement, given(actor, today, case_id=case_id)))


def get_case(session: Session, actor: Actor, case_id: int, today: date, kind: str | None = None) -> Case:
    """One case, or NotFound if there is none that this actor may know of (the two look alike)."""
    if kind is not None:
        rows = read(session, _seen_case(anybody(actor), kind), given(actor, today, case_id=case_id))
    else:
        rows = read(session, _CASE, {"case_id": case_id})
    if not rows or (kind is None and not may_see(session, actor, case_id, rows[0].kind, today)):
        raise NotFound
    return mapped(session, Case, rows[0])


def sees_unit(session: Session, actor: Actor, unit_id: int) -> bool:
    """Whether the actor may see what a unit returns, its specification and its money."""
    found = select(Case.id).where(Case.id == unit_id, Case.kind == "unit", _of_my_units(actor, Case.id))
    return actor.system is not None or session.execute(found).first() is not None
