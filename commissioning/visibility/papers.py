"""Who may see reports, meetings, agenda items, decisions, actions and bodies (product.md, the table)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from commissioning.actors import Actor
from commissioning.models.bodies import Action, AgendaItem, Body, Decision, Interest, Meeting, Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.models.reports import RouteStop
from commissioning.policy import PAST_ROLES
from commissioning.visibility.parts import IdColumn, has_part, is_member, of_my_units

DRAFT_ROLES = ("author", "contributor", "asked", "sponsor", "clerk", "other_clerk")
"""Who sees a draft, and the secret part of a paper, by their part in it."""


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
        .where(Interest.report_id == report_id, Interest.person_id.in_(actor.person_ids), Interest.dispensation == "")
        .correlate_except(Interest)
    )


def _public_body_in_route(report_id: IdColumn) -> ColumnElement[bool]:
    return exists(
        select(RouteStop.id)
        .join(Body, Body.case_id == RouteStop.body_id)
        .where(RouteStop.report_id == report_id, Body.meets_in_public)
        .correlate_except(RouteStop, Body)
    )


@lru_cache(maxsize=64)
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
    decider = and_(has_part(actor, "decider", case_id=which), Case.exposure != "draft")
    return or_(has_part(actor, *DRAFT_ROLES, case_id=which), member, director, decider)


def reports(actor: Actor, today: date) -> ColumnElement[bool]:
    """Reports that the actor may know of."""
    director = true() if actor.is_granted("director") else false()
    shared = or_(has_part(actor, "chair", "other_chair", "decider"), director, _member_in_route(actor, today, Case.id))
    everybodys = and_(Case.restricted.is_(False), _public_body_in_route(Case.id)) if actor.identities else false()
    published = or_(shared, everybodys)
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
    return or_(public, director, officer, is_member(actor, today, body_id))


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
    """Decisions on reports that the actor may know of; a secret one only for who may read the secret part.

    Until it is published, only for who has a step in it, and the director.
    """
    director = true() if actor.is_granted("director") else false()
    is_out = or_(Case.exposure == "published", has_part(actor, "clerk", "chair", "publisher"), director)
    known = exists(
        select(Decision.case_id)
        .where(
            Decision.case_id == Case.id,
            _report_seen(actor, today, Decision.report_id),
            or_(Case.secrecy == "open", may_read_secret(actor, today, Decision.report_id)),
        )
        .correlate_except(Decision)
    )
    return and_(known, is_out)


def actions(actor: Actor, today: date) -> ColumnElement[bool]:
    """Actions in which the actor has a part, and those of decisions and bodies that are open to them."""
    open_to = exists(
        select(Action.case_id)
        .where(
            Action.case_id == Case.id,
            or_(
                Action.decision_id.in_(select(Case.id).where(Case.kind == "decision", decisions(actor, today))),
                and_(Action.decision_id.is_(None), Action.unit_id.is_(None), _known_body(actor, today, Action.body_id)),
                and_(Action.unit_id.is_not(None), of_my_units(actor, Action.unit_id)),
            ),
        )
        .correlate_except(Action)
    )
    return or_(has_part(actor), open_to)
