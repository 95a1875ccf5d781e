"""Reminding of the days that items of the library wait for: the next judgement of an inspection (BR-49), what a policy
under consultation becomes (NY-39), an event.

Twenty and five working days before and on the day; once for each person, whoever runs how many schedulers. A day that
moves is reminded of anew; after a pause only the newest of what was missed is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.casework.messages import people_granted, queue, queued, rows_for
from commissioning.casework.plans import SEND_AT
from commissioning.library.queries import is_watched
from commissioning.library.words import EXPECTED, KINDS, own_said
from commissioning.models.library import LibraryItem
from commissioning.policy import GLOBAL_ACTIONS
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day, london_instant
from workflows.working_days import BeyondCalendar, in_words

BEFORE = (20, 5, 0)
"""Working days before the day at which whoever keeps the library is reminded; then no more."""
AHEAD = timedelta(days=60)
"""Farther off than any day in BEFORE, whatever holidays lie between."""
LATEST = timedelta(days=14)
"""A day that is gone for longer is seen on the page alone."""
ABOUT = "library"


def remind_of_items(session: Session, now: datetime) -> int:
    """Queue the reminders that are due; how many people were told. For the tick; harmless twice."""
    today, calendar = london_day(now), council_calendar(session)
    if now < london_instant(today, SEND_AT):
        return 0
    due: dict[str, LibraryItem] = {}
    for item in _near(session, today, today):
        assert item.expected_on is not None  # only such items are near
        come = [n for n in BEFORE if calendar.add_working_days(item.expected_on, -n) <= today]
        if come:
            due[f"{ABOUT}:{item.id}:{item.expected_on}:{min(come)}"] = item
    there = queued(session, due)
    new = {key: item for key, item in due.items() if key not in there}
    people = people_granted(session, GLOBAL_ACTIONS["library.write"].by, today) if new else []
    said = [(key, _words(item, today)) for key, item in new.items()]
    rows = [row for key, words in said for p in people for row in rows_for(p, key, ABOUT, words, now)]
    queue(session, rows)
    return len(rows) // 2


def _near(session: Session, today: date, last: date) -> Iterable[LibraryItem]:
    """What is watched and may be reminded of until a day."""
    near = and_(LibraryItem.expected_on >= today - LATEST, LibraryItem.expected_on <= last + AHEAD)
    wanted = select(LibraryItem).where(is_watched(), LibraryItem.archived_on.is_(None), near)
    return session.scalars(wanted.order_by(LibraryItem.expected_on, LibraryItem.id))


def list_ahead(session: Session, now: datetime, last: date) -> Iterable[Foretold]:
    """Who will be told of which day until another; for the forecast."""
    today, calendar = london_day(now), council_calendar(session)
    items = list(_near(session, today, last))
    keys = {f"{ABOUT}:{item.id}:{item.expected_on}:{n}" for item in items for n in BEFORE}
    there = queued(session, keys)
    people = tuple(people_granted(session, GLOBAL_ACTIONS["library.write"].by, today)) if items else ()
    for item in items:
        assert item.expected_on is not None  # only such items are near
        try:
            days = {max(today, calendar.add_working_days(item.expected_on, -n)): n for n in BEFORE}
        except BeyondCalendar:
            continue
        for on, n in days.items():
            if f"{ABOUT}:{item.id}:{item.expected_on}:{n}" not in there:
                title, what = f"{KINDS[item.kind]}: {item.title}", EXPECTED[item.kind]
                yield Foretold(on, what, f"library-{n}", title=title, people=people)


FORETOLD.append(list_ahead)


def _words(item: LibraryItem, today: date) -> tuple[str, str, str]:
    assert item.expected_on is not None  # only such items are near
    day, what = in_words(item.expected_on), EXPECTED[item.kind]
    gone = "; that day is past" if item.expected_on < today else ""
    said = [f"{KINDS[item.kind]}. {what} on {day}{gone}."]
    said += [f"{label}: {text}" for label, text in own_said(item.kind, item.own)]
    return f"{what} on {day}: {item.title}", "\n".join(said), "You may keep the library, where this day is recorded."
