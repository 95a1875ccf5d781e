"""Partner returns that are still to be opened, for the forecast of reminders. (Opening them is `opening`.)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.models.units import PARTNER_KINDS, Unit
from commissioning.partner_returns.figures import list_indicators
from commissioning.partner_returns.opening import days_of
from commissioning.partner_returns.rules import KIND
from commissioning.partner_returns.words import title_of
from commissioning.reminders import foretelling
from commissioning.reminders.forecast import knows_unit
from commissioning.units.roles import post_roles
from workflows.working_days import add_months

MONTHS_AHEAD = 13


def foresee(session: Session, actor: Actor, today: date) -> Iterable[foretelling.Coming]:
    """The returns that will be opened, if partners and indicators stay as they are. Four statements at most."""
    last = add_months(today, MONTHS_AHEAD)
    requests = session.scalars(select(PartnerRequest).order_by(PartnerRequest.first_on, PartnerRequest.id)).all()
    asked = [(day, r) for r in requests for day in days_of(r, last) if day >= today]
    if not asked:
        return
    units = session.scalars(
        select(Unit)
        .join(Case, Case.id == Unit.case_id)
        .where(Unit.kind.in_(PARTNER_KINDS), Case.state == "live", knows_unit(actor, Unit.case_id))
        .where(or_(Unit.to_on.is_(None), Unit.to_on >= today))
        .order_by(Unit.name, Unit.case_id)
    ).all()
    there = select(PartnerReturn.request_id, PartnerReturn.period_on, PartnerReturn.unit_id)
    opened = {(row.request_id, row.period_on, row.unit_id) for row in session.execute(there.where(
        PartnerReturn.period_on >= today
    ))}  # fmt: skip
    workflow, calendar, can_count = (
        house.latest("partner-return"),
        council_calendar(session),
        bool(list_indicators(session)),
    )
    for day, request in asked:
        if request.kind == "workforce" and not can_count:
            continue
        due_on, title = calendar.add_working_days(day, request.due_working_days), title_of(request.kind, day)
        for u in units:
            is_partner = (u.from_on is None or u.from_on <= day) and (u.to_on is None or u.to_on >= day)
            if is_partner and (request.id, day, u.case_id) not in opened:
                posts = {role: post for role, _, post, _ in post_roles(u, KIND) if post is not None}
                yield foretelling.Coming(title, workflow, due_on, day, posts)


foretelling.COMING.append(foresee)
