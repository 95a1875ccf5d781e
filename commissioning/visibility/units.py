"""Who may see what belongs to a unit: specification, money, returns, meetings, duplications (product.md, the table)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.money import Virement
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.models.specifications import Package, PackagePart, Specification
from commissioning.models.units import Claimant, Duplication, SetupStep, Unit
from commissioning.visibility.parts import ABOVE_UNITS, has_part, is_member, of_my_units


def units(actor: Actor, today: date) -> ColumnElement[bool]:
    """Units are known to everybody who is signed in, by name and remit; what they return is not."""
    del today
    return true() if actor.identities else false()


def specifications(actor: Actor, today: date) -> ColumnElement[bool]:
    """Specifications of units that are open to the actor."""
    del today
    mine = of_my_units(actor, Specification.unit_id)
    return exists(
        select(Specification.case_id).where(Specification.case_id == Case.id, mine).correlate_except(Specification)
    )


def packages(actor: Actor) -> ColumnElement[bool]:
    """Packages (over `Package`) in which a unit takes part that is open to the actor."""
    if actor.system:
        return true()
    mine = of_my_units(actor, PackagePart.unit_id)
    return exists(
        select(PackagePart.id).where(PackagePart.package_id == Package.id, mine).correlate_except(PackagePart)
    )


def setup_steps(actor: Actor, today: date) -> ColumnElement[bool]:
    """The programme's steps are known to everybody who is signed in; a unit's to those to whom the unit is open."""
    del today
    if not actor.identities:
        return false()
    open_to = or_(SetupStep.unit_id.is_(None), of_my_units(actor, SetupStep.unit_id))
    seen = exists(select(SetupStep.case_id).where(SetupStep.case_id == Case.id, open_to).correlate_except(SetupStep))
    return or_(has_part(actor), seen)


def budget_years(actor: Actor, today: date) -> ColumnElement[bool]:
    """The whole money of a year: for those above units. A unit's head sees the unit's own on its page."""
    del today
    return true() if any(actor.is_granted(role) for role in ABOVE_UNITS) else has_part(actor, "finance", "director")


def returns(actor: Actor, today: date) -> ColumnElement[bool]:
    """Monthly returns of units that are open to the actor; never another unit's."""
    del today
    mine = of_my_units(actor, Return.unit_id)
    return exists(select(Return.case_id).where(Return.case_id == Case.id, mine).correlate_except(Return))


def partner_returns(actor: Actor, today: date) -> ColumnElement[bool]:
    """What partners are asked for and answer: a partner its own alone, those above units all of it.

    Once it is published also who may read the plan that it was asked for, and the members and officers of the board
    that the partner answers to.
    """
    if not actor.identities:
        return false()
    mine = of_my_units(actor, PartnerReturn.unit_id)
    plan = aliased(Case)
    board = or_(is_member(actor, today, Unit.board_id), has_part(actor, "clerk", "chair", case_id=Unit.board_id))
    reads = or_(plan.exposure == "published", has_part(actor, case_id=plan.id), board)
    return exists(
        select(PartnerReturn.case_id)
        .join(PartnerRequest, PartnerRequest.id == PartnerReturn.request_id)
        .join(plan, plan.id == PartnerRequest.plan_id)
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .where(PartnerReturn.case_id == Case.id, or_(mine, and_(Case.exposure == "published", reads)))
        .correlate_except(PartnerReturn, PartnerRequest, plan, Unit)
    )


def virements(actor: Actor, today: date) -> ColumnElement[bool]:
    """Virements in which the actor has a part, and those that give to or take from a unit open to them."""
    del today
    sides = or_(of_my_units(actor, Virement.from_unit_id), of_my_units(actor, Virement.to_unit_id))
    of_units = exists(select(Virement.case_id).where(Virement.case_id == Case.id, sides).correlate_except(Virement))
    return or_(has_part(actor), of_units)


def duplications(actor: Actor, today: date) -> ColumnElement[bool]:
    """Duplications in which the actor has a part, and those that a unit claims which is open to them."""
    del today
    mine = of_my_units(actor, Claimant.unit_id)
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
        of_my_units(actor, Claimant.unit_id),
    )
    claims = has_part(actor, "claimant", case_id=Claimant.duplication_id)
    own = has_part(actor, "head", "contributor", case_id=Claimant.unit_id)
    return or_(and_(core, ~claims), own, settled)


def monitoring_meetings(actor: Actor, today: date) -> ColumnElement[bool]:
    """Monitoring meetings of units that are open to the actor: whoever sees the return sees its meeting."""
    del today
    mine = of_my_units(actor, MonitoringMeeting.unit_id)
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
    return or_(of_my_units(actor, Unit.case_id), officer, is_member(actor, today, Unit.board_id))
