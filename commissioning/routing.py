"""How each queued e-mail goes: to its reader by itself or in the digest of the day, or to whoever deputises for them.

Decided when it is sent, not when it is queued: a deputy is one on that day, with rights of that day, and a message that
went to a deputy goes no further. What people read in the service is there at once for themselves, always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import exists, insert, select, update
from sqlalchemy.orm import Session, aliased

from commissioning.clock import fresh_id
from commissioning.models.cases import Message
from commissioning.models.people import Deputy, Person
from workflows.london import london_day, london_instant

CHUNK: Final = 200
"""Messages in one transaction."""
DIGEST_AT: Final = time(8, 30)
"""London time of the digest: after the reminders of the day."""
DIGEST: Final = "digest"
PERSONAL: Final = ("sign_in_code", "checkpoint", "mail_failed", "invitation", "deputy", DIGEST)
"""About somebody's own account, office or calendar: never for a deputy, never in a digest."""
SAME: Final = ("key", "about", "case_id", "subject", "text")
"""What a deputy's message has in common with the one that it stands for."""
AT_ONCE: Final = (
    *PERSONAL,
    "overview",
    "asked",
    "nobody_reminded",
    "post_empty",
    "not_carried_out",
    "pack_failed",
    "corrected",
    "changes_requested",
    "late_agreed",
    "document_withdrawn",
    "meeting_moved",
    "meeting_off",
    "recorded_elsewhere",
    "return.submitted",
    "return.sent_back",
    "return.accepted",
    "return.concern_raised",
    "report.returned",
)
"""What goes by itself whatever its reader prefers: decisions, returns, alarms, and what another person waits for."""

StillWanted = Callable[[Session, Message, datetime], str | None]
"""Why a message is no longer wanted, in words for the log; None if it is."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who deputises for somebody on a day, until when."""

    person_id: int
    name: str
    to_on: date
    email_immediately: bool


def stand_ins(session: Session, people: Sequence[int], today: date) -> dict[int, list[StandIn]]:
    """Who deputises for each of these people on a day; only where both accounts are open."""
    deputised, deputy = aliased(Person), aliased(Person)
    rows = session.execute(
        select(Deputy.person_id, deputy.id, deputy.name, Deputy.to_on, deputy.email_immediately)
        .join(deputised, deputised.id == Deputy.person_id)
        .join(deputy, deputy.id == Deputy.deputy_id)
        .where(
            Deputy.person_id.in_(sorted(set(people))),
            Deputy.from_on <= today,
            Deputy.to_on >= today,
            deputised.is_active,
            deputy.is_active,
        )
        .order_by(Deputy.id)
    )
    found: dict[int, list[StandIn]] = {}
    for person_id, deputy_id, name, to_on, is_immediate in rows:
        found.setdefault(person_id, []).append(StandIn(deputy_id, name, to_on, is_immediate))
    return found


def route_queued(session: Session, now: datetime) -> int:
    """Say how up to CHUNK queued e-mails go, and hand those of people on leave to their deputies; how many."""
    rows = session.execute(
        select(Message, Person)
        .join(Person, Person.id == Message.person_id)
        .where(Message.channel == "email", Message.status == "queued", Message.route.is_(None))
        .order_by(Message.next_try_at, Message.id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True, of=Message)
    ).all()
    deputies = stand_ins(session, [person.id for _, person in rows], london_day(now)) if rows else {}
    routed: dict[str, list[int]] = {"direct": [], DIGEST: []}
    for message, person in rows:
        standing_in = [] if message.about in PERSONAL else deputies.get(person.id, [])
        if standing_in:
            _hand_over(session, message, person, standing_in, now)
        else:
            routed[_route(message.about, is_immediate=person.email_immediately)].append(message.id)
    for route, ids in routed.items():
        if ids:
            session.execute(update(Message).where(Message.id.in_(ids)).values(route=route))
    return len(rows)


def _route(about: str, *, is_immediate: bool) -> str:
    return "direct" if is_immediate or about in AT_ONCE else DIGEST


def _hand_over(
    session: Session, message: Message, person: Person, standing_in: Sequence[StandIn], now: datetime
) -> None:
    """The same to each deputy, who is told once even if it was theirs as well; the message itself need not go."""
    rows: list[dict[str, Any]] = []
    for one in standing_in:
        told = exists().where(Message.key == message.key, Message.person_id == one.person_id)
        if session.execute(select(told)).scalar():
            continue
        why = f"You deputise for {person.name} until {one.to_on:%-d %B %Y}, whose message this is. {message.why}"
        route = _route(message.about, is_immediate=one.email_immediately)
        facts = {name: getattr(message, name) for name in SAME} | {"person_id": one.person_id, "why": why}
        rows += both_ways(facts, now, route)
    if rows:
        session.execute(insert(Message), rows)
    names = ", ".join(one.name for one in standing_in)
    message.status, message.last_error = "dropped", f"not sent: on leave, {names} has it"
    session.flush()


def both_ways(facts: Mapping[str, Any], now: datetime, route: str | None = None) -> list[dict[str, Any]]:
    """The rows of a message to one person: in the service at once, and by e-mail. `facts` say whom, what and why."""
    common = {**facts, "made_at": now, "next_try_at": now, "tries": 0}
    return [
        common | {"id": fresh_id(), "channel": "in_app", "status": "sent", "sent_at": now, "route": None},
        common | {"id": fresh_id(), "channel": "email", "status": "queued", "sent_at": None, "route": route},
    ]


def make_digest(session: Session, now: datetime, still_wanted: StillWanted) -> int:
    """Put what waits for one reader's digest into one e-mail; 1, or 0 if nobody's is due. At most one a day each.

    Call it until it returns 0. What is no longer wanted by then is left out.
    """
    today = london_day(now)
    if now < london_instant(today, DIGEST_AT):
        return 0
    key = f"{DIGEST}:{today}"
    done, waits = aliased(Message), (Message.channel == "email", Message.status == "queued", Message.route == DIGEST)
    has_one = exists().where(done.key == key, done.person_id == Message.person_id)
    person_id = session.execute(
        select(Message.person_id).where(*waits, ~has_one).order_by(Message.person_id).limit(1)
    ).scalar()
    if person_id is None:
        return 0
    messages = session.scalars(
        select(Message).where(*waits, Message.person_id == person_id).order_by(Message.made_at, Message.id)
    ).all()
    kept = []
    for message in messages:
        unwanted = still_wanted(session, message, now)
        message.status = "dropped"
        message.last_error = unwanted or f"not sent by itself: in the digest of {today:%-d %B %Y}"
        if not unwanted:
            kept.append(message)
    if kept:
        session.execute(insert(Message), [_digest(key, person_id, kept, now)])
    session.flush()
    return 1


def _digest(key: str, person_id: int, kept: Sequence[Message], now: datetime) -> Mapping[str, Any]:
    count = len(kept)
    return {
        "id": fresh_id(),
        "key": key,
        "person_id": person_id,
        "channel": "email",
        "about": DIGEST,
        "subject": kept[0].subject if count == 1 else f"{count} messages for you today",
        "text": kept[0].text if count == 1 else "\n".join(f"{n}. {m.subject}. {m.why}" for n, m in enumerate(kept, 1)),
        "why": f"{kept[0].why if count == 1 else 'Each says why.'} You get one e-mail a day; "
        "your account page lets you choose each at once.",
        "case_id": kept[0].case_id if count == 1 else None,
        "made_at": now,
        "next_try_at": now,
        "tries": 0,
        "status": "queued",
        "route": "direct",
    }
