"""Keeping when things came on the list and left it, and the mail of Monday 07:00."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from commissioning.actors import load_actor, system_actor
from commissioning.casework.messages import queue, rows_for
from commissioning.casework.sets import upsert
from commissioning.models.cases import Message
from commissioning.models.overview import Concern
from commissioning.models.people import Grant, Person
from commissioning.overview.lines import Line
from commissioning.overview.queries import Overview, find_all, get_overview, is_whole
from commissioning.policy import GLOBAL_ACTIONS
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day, london_instant

MAIL_AT: Final = time(7, 0)
"""London time on Mondays."""
CHUNK: Final = 20
"""Mails made in one transaction."""
ABOUT: Final = "overview"


def note_concerns(session: Session, now: datetime) -> int:
    """Note what is on the list today and was not, and what has left it; how many changed. As the service, of all."""
    today = london_day(now)
    lines = find_all(session, system_actor("overview"), now)
    standing = {(line.case_id, line.code): line for line in lines}
    rows = session.execute(select(Concern.id, Concern.case_id, Concern.code).where(Concern.left_on.is_(None))).all()
    known = {(row.case_id, row.code) for row in rows}
    gone = [row.id for row in rows if (row.case_id, row.code) not in standing] if is_whole(lines) else []
    new = [_row(line) for key, line in standing.items() if key not in known]
    if gone:
        session.execute(update(Concern).where(Concern.id.in_(gone)).values(left_on=today))
    if new:
        statement = upsert(session, Concern)
        again = {"left_on": None, "since_on": statement.excluded.since_on}
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=["case_id", "code"], set_=again), new
        )
    return len(gone) + len(new)


def _row(line: Line) -> dict[str, Any]:
    return {"case_id": line.case_id, "code": line.code, "since_on": line.since_on, "left_on": None}


def last_monday(now: datetime) -> date | None:
    """The Monday of this week once its mail is due; before that there is nothing to send."""
    today = london_day(now)
    monday = today - timedelta(days=today.weekday())
    return monday if now >= london_instant(monday, MAIL_AT) else None


def send_overview(session: Session, now: datetime) -> int:
    """Queue this week's mail for up to CHUNK readers who have none yet; how many. Call it until it returns 0.

    Readers are those who may read the page since Monday at least; one who has nothing going wrong is told that.
    """
    monday = last_monday(now)
    if monday is None:
        return 0
    key = f"{ABOUT}:{monday}"
    people = session.scalars(_readers(monday, london_day(now)).limit(CHUNK)).all()
    rows: list[dict[str, Any]] = []
    for person_id in people:
        actor = load_actor(session, person_id, london_day(now))
        if actor is not None:
            # Of what one deputises for, the person deputised has the mail.
            own = type(actor)(actor.me)
            rows += _mail(key, person_id, get_overview(session, own, now), now)
    queue(session, rows)
    return len(people)


def _readers(monday: date, today: date) -> Select[int]:
    """Who may read the page, since a Monday at least, and was not told of that week."""
    key = f"{ABOUT}:{monday}"
    told = select(Message.person_id).where(Message.key == key, Message.channel == "in_app")
    return (
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role.in_(GLOBAL_ACTIONS["overview.read"].by),
            Person.is_active,
            Grant.from_on <= monday,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
            Grant.person_id.not_in(told),
        )
        .distinct()
        .order_by(Grant.person_id)
    )


def list_ahead(session: Session, now: datetime, last: date) -> Iterator[Foretold]:
    """The mails until a day, for the forecast: that of this week to who has not had it, then one every Monday."""
    today = london_day(now)
    on = last_monday(now) or today
    while on <= last:
        people = tuple(session.scalars(_readers(on, max(on, today))))
        if people:
            yield Foretold(max(on, today), "Read what is going wrong", ABOUT, title="The whole council", people=people)
        on += timedelta(days=7)


FORETOLD.append(list_ahead)


def _mail(key: str, person_id: int, found: Overview, now: datetime) -> list[dict[str, Any]]:
    count = len(found.lines)
    head = (
        f"{found.total} {'things are' if found.total != 1 else 'thing is'} going wrong"
        if count
        else "Nothing is going wrong"
    )
    lines = [_words(n, line) for n, line in enumerate(found.lines, 1)]
    if found.total > count:
        lines.append(f"And {found.total - count} more, which are less urgent.")
    if found.left:
        lines.append("What left the list this week:")
        lines += [f"{left.safe_title} (since {left.since_on:%-d %b})" for left in found.left]
    text = "\n".join(lines) or "There is nothing that you may see on the list of what is going wrong."
    why = "You are a director, lead member or commissioner: this comes every Monday."
    return rows_for(person_id, key, ABOUT, (f"{head} today", text, why), now)


def _words(number: int, line: Line) -> str:
    more = f" And {line.more} more wait there." if line.more else ""
    return (
        f"{number}. {line.safe_title}. {line.what}, since {line.since_on:%-d %b %Y}. With {line.holder}.{more} "
        f"Last day to act: {line.act_on:%-d %b %Y}. If nobody does: {line.if_nobody}"
    )
