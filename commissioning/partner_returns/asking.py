"""Asking partners for something again and again, and defining the indicators. For commissioners."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.keys import claim
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.partners import (
    INDICATOR_KINDS,
    MOST_LEVEL,
    REQUEST_KINDS,
    PartnerIndicator,
    PartnerRequest,
    PartnerReturn,
)
from commissioning.partner_returns.words import USUAL
from commissioning.visibility import visible
from workflows.london import london_day

LONGEST, LONGEST_CODE, LONGEST_TITLE = 4000, 20, 200
LAST_DAY = 28
"""Requests begin on a day that every month has."""
MOST_DAYS = 120
WRITE = "partner_requests.write"


@dataclass(frozen=True)
class RequestInput:
    """Something that partners are asked for again and again, as it is typed."""

    plan_id: int
    kind: str
    first_on: date
    every_months: int
    due_working_days: int
    level: int = 1
    """How much is asked about spend (NY-29)."""


def save_request(
    session: Session, actor: Actor, request_id: int | None, new: RequestInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Ask every partner for something on a day of each year, or change when; its id.

    Raises Forbidden, NotFound, Invalid by field, Stale.
    """
    _may(actor)
    said = _plain(new)
    if claim(session, actor, key, "partner_requests/save", [request_id, said, seen], now).is_replay:
        return _there(session, PartnerRequest.plan_id == new.plan_id, PartnerRequest.kind == new.kind)
    _check_request(session, actor, request_id, new, london_day(now))
    if request_id is None:
        row = PartnerRequest(id=fresh_id(), version=0)
        session.add(row)
    else:
        row = get_request(session, request_id)
    check_seen(seen, row.version, "The request")
    for name, value in asdict(new).items():
        setattr(row, name, value)
    row.version += 1
    session.flush()
    audit.note(session, "partner_requests", "partner_request.saved", actor, now, id=row.id, **said)
    return row.id


def begin_usual(session: Session, actor: Actor, plan_id: int, *, now: datetime, key: str | None = None) -> int:
    """Ask for everything usual of a plan that is not asked for yet, from its next usual day on; how many requests."""
    _may(actor)
    if claim(session, actor, key, "partner_requests/usual", plan_id, now).is_replay:
        return 0
    today = london_day(now)
    there = set(session.scalars(select(PartnerRequest.kind).where(PartnerRequest.plan_id == plan_id)))
    wanted = [kind for kind in REQUEST_KINDS if kind not in there]
    for kind in wanted:
        month, every, due = USUAL[kind]
        first = min(d for n in (0, 1) for d in _days(today.year + n, month, every) if d >= today)
        save_request(session, actor, None, RequestInput(plan_id, kind, first, every, due), now=now)
    return len(wanted)


def _days(year: int, month: int, every: int) -> list[date]:
    return [date(year, month, 1)] if every == 12 else [date(year, month, 1), date(year, month + 6, 1)]


def end_request(session: Session, actor: Actor, request_id: int, *, now: datetime, key: str | None = None) -> None:
    """Ask no more from today on; what is open stays open. Ending twice is harmless. Raises Forbidden, NotFound."""
    _may(actor)
    row = get_request(session, request_id)
    claim(session, actor, key, "partner_requests/end", request_id, now)
    if row.ended_on is None:
        row.ended_on = london_day(now)
        row.version += 1
        audit.note(session, "partner_requests", "partner_request.ended", actor, now, id=row.id)


@dataclass(frozen=True)
class IndicatorInput:
    """An indicator as it is typed; `kind`: staff or performance."""

    code: str
    title: str
    definition: str
    is_asked: bool = True
    kind: str = "staff"


def save_indicator(
    session: Session, actor: Actor, indicator_id: int | None, new: IndicatorInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Define an indicator, or change one (NY-22, NY-25); its id. Its kind stays. Raises Forbidden, NotFound, Invalid,
    Stale."""
    _may(actor)
    code, errors = new.code.strip(), {}
    if claim(session, actor, key, "partner_indicators/save", [indicator_id, asdict(new), seen], now).is_replay:
        return session.scalars(select(PartnerIndicator.id).where(PartnerIndicator.code == code)).one()
    for name, longest, words in (("code", LONGEST_CODE, "a code"), ("title", LONGEST_TITLE, "what is counted"),
                                 ("definition", LONGEST, "how it is counted")):  # fmt: skip
        text = getattr(new, name).strip()
        if not text or len(text) > longest:
            errors[name] = f"Enter {words}, {longest:,} characters or fewer"
    same = session.scalars(select(PartnerIndicator.id).where(PartnerIndicator.code == code)).first()
    if new.kind not in INDICATOR_KINDS:
        errors["kind"] = "Select what it is about"
    if same is not None and same != indicator_id:
        errors["code"] = "There is an indicator of that code already"
    if errors:
        raise Invalid(errors)
    if indicator_id is None:
        last = session.scalar(select(func.max(PartnerIndicator.position))) or 0
        row = PartnerIndicator(id=fresh_id(), kind=new.kind, position=last + 1, version=0)
        session.add(row)
    else:
        row = get_indicator(session, indicator_id)
    check_seen(seen, row.version, "The indicator")
    row.code, row.title, row.definition = code, new.title.strip(), new.definition.strip()
    row.is_asked = new.is_asked
    row.version += 1
    session.flush()
    audit.note(session, "partner_requests", "partner_indicator.saved", actor, now, id=row.id, **asdict(new))
    return row.id


def get_request(session: Session, request_id: int) -> PartnerRequest:
    """A request. Raises NotFound."""
    found = session.get(PartnerRequest, request_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def get_indicator(session: Session, indicator_id: int) -> PartnerIndicator:
    """An indicator. Raises NotFound."""
    found = session.get(PartnerIndicator, indicator_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def _may(actor: Actor) -> None:
    require(actor, WRITE)


def _there(session: Session, *where: Any) -> int:
    return session.scalars(select(PartnerRequest.id).where(*where)).one()


def _plain(new: RequestInput) -> dict[str, Any]:
    return {**asdict(new), "first_on": new.first_on.isoformat()}


def _check_request(session: Session, actor: Actor, request_id: int | None, new: RequestInput, today: date) -> None:
    """Raises Invalid by field. A request that was asked already keeps its days: another one takes its place."""
    errors: dict[str, str] = {}
    if new.kind not in REQUEST_KINDS:
        errors["kind"] = "Select what is asked for"
    plan = select(Case.id).where(Case.id == new.plan_id, visible(actor, "plan", today), Case.is_done.is_(False))
    if session.scalars(plan).first() is None:
        errors["plan_id"] = "Select the plan whose priorities it is about"
    if new.every_months not in (6, 12):
        errors["every_months"] = "Select how often it is asked"
    if not 1 <= new.due_working_days <= MOST_DAYS:
        errors["due_working_days"] = f"Working days must be between 1 and {MOST_DAYS}"
    if not 1 <= new.level <= (MOST_LEVEL if new.kind == "spend" else 1):
        errors["level"] = "Select how much is asked; for anything but spend, that is what is planned alone"
    same = select(PartnerRequest).where(PartnerRequest.plan_id == new.plan_id, PartnerRequest.kind == new.kind)
    other = session.scalars(same).first()
    if other is not None and other.id != request_id:
        errors["kind"] = "That is asked for already: change it instead"
    row = session.get(PartnerRequest, request_id) if request_id is not None else None
    moved = row is None or row.first_on != new.first_on
    if moved and new.first_on < today:
        errors["first_on"] = "The first day must be today or later"
    elif new.first_on.day > LAST_DAY:
        errors["first_on"] = f"The day must be one that every month has: the {LAST_DAY}th or earlier"
    asked = select(PartnerReturn.case_id).where(PartnerReturn.request_id == request_id).limit(1)
    if row is not None and session.scalars(asked).first() is not None:
        kept = ("plan_id", "kind", "first_on", "every_months")
        errors |= {n: "It was asked already, so this stays" for n in kept if getattr(row, n) != getattr(new, n)}
    if errors:
        raise Invalid(errors)
