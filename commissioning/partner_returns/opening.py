"""Opening partner returns: on the day of a request, one for every partner organisation. Harmless twice; catches up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import NewCase, create_many
from commissioning.casework.context import council_calendar
from commissioning.casework.locks import lock_ids
from commissioning.casework.sets import insert_rows
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.models.units import PARTNER_KINDS, Unit
from commissioning.partner_returns.figures import list_indicators
from commissioning.partner_returns.rules import KIND
from commissioning.partner_returns.words import title_of
from commissioning.units.roles import contributors_of, post_roles, scope_of
from workflows.london import london_day, london_instant

AT_ONCE = 500
"""Partners whose returns are opened in one transaction."""


def days_of(request: PartnerRequest, until: date) -> Iterator[date]:
    """The days on which a request is asked, up to a day."""
    day = request.first_on
    while day <= until and (request.ended_on is None or day < request.ended_on):
        yield day
        months = day.month - 1 + request.every_months
        day = date(day.year + months // 12, months % 12 + 1, day.day)


def open_due(session: Session, now: datetime) -> int:
    """Open what is due to be opened by today, the oldest asking first; how many returns. For the tick."""
    today = london_day(now)
    oldest = date(today.year - 1, today.month, 1)  # a scheduler that stood still catches up on a year
    requests = session.scalars(select(PartnerRequest).order_by(PartnerRequest.first_on, PartnerRequest.id)).all()
    asked = sorted((day, r.id, r) for r in requests for day in days_of(r, today) if day >= oldest)
    for day, _, request in asked:
        if request.kind == "workforce" and not list_indicators(session):
            continue  # the indicators are defined first (NY-25); once they are, this asking is caught up
        opened = _open(session, request, day, now)
        if opened:
            return opened
    return 0


def _open(session: Session, request: PartnerRequest, day: date, now: datetime) -> int:
    units = _without(session, request.id, day)
    if not units:
        return 0
    # Under the locks of the partners: another scheduler, or a change of posts, comes before or after this.
    lock_ids(session, [u.case_id for u in units])
    there = set(session.scalars(
        select(PartnerReturn.unit_id).where(PartnerReturn.request_id == request.id, PartnerReturn.period_on == day)
    ))  # fmt: skip
    units = [u for u in units if u.case_id not in there]
    due_on = council_calendar(session).add_working_days(day, request.due_working_days)
    people = contributors_of(session, [u.case_id for u in units])
    title = title_of(request.kind, day)
    new = [
        NewCase(
            KIND,
            f"{u.name}: {title}",
            title,
            scope=scope_of(u.case_id),
            roles=[*post_roles(u, KIND), *(("contributor", p, None, None) for p in people[u.case_id])],
            dates={"partner_due_on": due_on},
            body={"request_id": request.id, "period_on": day.isoformat()},
        )
        for u in units
    ]
    made = create_many(session, system_actor("tick"), new, now=now)
    rows = [
        {"case_id": c.case.id, "request_id": request.id, "unit_id": u.case_id, "period_on": day,
         "partner_due_on": due_on}
        for u, c in zip(units, made, strict=True)
    ]  # fmt: skip
    insert_rows(session, PartnerReturn, rows)
    return len(rows)


def _without(session: Session, request_id: int, day: date) -> Sequence[Unit]:
    """Partner organisations that work, were known on the day, and have no return for this asking."""
    there = exists().where(
        PartnerReturn.unit_id == Unit.case_id, PartnerReturn.request_id == request_id, PartnerReturn.period_on == day
    )
    found = (
        select(Unit)
        .join(Case, Case.id == Unit.case_id)
        .where(Unit.kind.in_(PARTNER_KINDS), Case.state == "live", ~there)
        .where(Case.created_at < london_instant(day + timedelta(days=1), time(0)))
        .where(or_(Unit.from_on.is_(None), Unit.from_on <= day), or_(Unit.to_on.is_(None), Unit.to_on >= day))
        .order_by(Unit.case_id)
        .limit(AT_ONCE)
    )
    return session.scalars(found).all()
