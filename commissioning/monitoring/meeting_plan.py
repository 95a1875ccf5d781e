"""A year's monitoring meetings: a standing slot for each unit, shown first, then made as one series (BR-35).

Here: from units, posts and the calendar to slots and back to days. The choice itself is `meeting_slots`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor, system_actor
from commissioning.audit import sha256
from commissioning.casework import Move, NewCase, create_many, perform_many
from commissioning.casework.allowing import require
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.errors import Invalid
from commissioning.casework.locks import lock_ids
from commissioning.casework.messages import queue_told
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.units import Unit
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.meeting_people import THREE, holders_between, overlap, posts_of
from commissioning.monitoring.meeting_slots import Needs, Slot, allocate, further
from commissioning.monitoring.opening import due_day, next_month
from commissioning.units.roles import contributors_of, post_roles, scope_of
from workflows.london import london_day
from workflows.working_days import Calendar, in_words

LUNCH = (time(12, 30), 60)
"""From when, and for how many minutes, no meeting is put."""
AT_ONCE = 500
"""Meetings invited to in one transaction."""
NOT_MONITORED = ("council", "core")
"""Kinds of unit that commission and do not return."""


@dataclass(frozen=True)
class Day:
    """When meetings can be held: the first and the last beginning of a day, and how many minutes each takes."""

    first_at: time = time(9, 30)
    last_at: time = time(16, 0)
    minutes_long: int = 30

    def times(self) -> list[time]:
        """The beginnings, in order."""
        found, at = [], datetime.combine(date.min, self.first_at)
        while at.date() == date.min and at.time() <= self.last_at:
            if not overlap(date.min, at.time(), self.minutes_long, *LUNCH):
                found.append(at.time())
            at += timedelta(minutes=self.minutes_long)
        return found


@dataclass(frozen=True, slots=True)
class Series:
    """What one unit is to have. `days` are (month reported, day of the meeting); `warnings` in words."""

    unit: Unit
    starts_at: time | None
    days: tuple[tuple[date, date], ...]
    represented: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A year's series by unit, and the fingerprint by which it is confirmed."""

    year: BudgetYear
    series: tuple[Series, ...]
    warnings: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of what would be made."""
        made = [[s.unit.case_id, str(s.starts_at), [str(on) for _, on in s.days], s.represented] for s in self.series]
        return sha256(json.dumps(made))


def periods_of(year: BudgetYear) -> list[date]:
    """The first days of a year's months."""
    found, on = [], year.starts_on.replace(day=1)
    while on <= year.ends_on:
        found.append(on)
        on = next_month(on)
    return found


def propose_year(session: Session, year_id: int, day: Day, today: date) -> Proposal:
    """What a year's meetings would be: of live units, for months without a meeting whose day is still to come.

    Raises Invalid.
    """
    year = session.get(BudgetYear, year_id)
    times = day.times()
    if year is None:
        raise Invalid({"year_id": "Select the financial year"})
    if not 10 <= day.minutes_long <= 240:
        raise Invalid({"minutes_long": "A meeting takes between 10 and 240 minutes"})
    if not times:
        raise Invalid({"last_at": "The last meeting cannot begin before the first"})
    calendar, periods = council_calendar(session), periods_of(year)
    due = {p: due_day(session, p) for p in periods}
    window = get_rules(session).window
    days = {n: {p: calendar.add_working_days(due[p], n) for p in periods} for n in (*window, *further(window))}
    units = _units(session)
    there = {(r.unit_id, r.period_on) for r in _meetings(session, periods)}
    missing = {u.case_id: [p for p in periods if (u.case_id, p) not in there] for u in units}
    units = [u for u in units if any(days[window[-1]][p] >= today for p in missing[u.case_id])]
    people = _people(session, units, year)
    wishes = _wishes(session, units, times, year, calendar, days)
    needs = [Needs(u.case_id, people[u.case_id], wishes.get(u.case_id)) for u in units]
    taken = _taken(session, year, days, times, day.minutes_long)
    names = _names(session, units, year)
    series = []
    for unit, given in zip(units, allocate(needs, len(times), taken, window), strict=True):
        if given.slot is None:
            series.append(Series(unit, None, (), (), ("No time is left at which its head is free",)))
            continue
        found = [(p, days[given.slot.days][p]) for p in missing[unit.case_id]]
        warnings = [*_warnings(given.slot, window, people[unit.case_id], names)]
        for role in given.represented:
            who = ", ".join(sorted(names[i] for i in people[unit.case_id][role]))
            warnings.append(f"{labels.ROLES[role]} sends a representative: {who} is in another meeting then")
        kept = tuple((p, on) for p, on in found if on >= today)
        series.append(Series(unit, times[given.slot.at], kept, given.represented, tuple(warnings)))
    last = max((on for s in series for _, on in s.days), default=today)
    said = () if calendar.is_known(last) else (_not_known(calendar),)
    return Proposal(year, tuple(s for s in series if s.days or s.starts_at is None), said)


def _not_known(calendar: Calendar) -> str:
    return f"Bank holidays are known only until {in_words(calendar.known_until)}: later days may have to be rearranged"


def _warnings(
    slot: Slot, window: range, people: Mapping[str, frozenset[int]], names: Mapping[int, str]
) -> Iterable[str]:
    if slot.days not in window:
        yield f"{slot.days} working days after the return is due: outside the {window[0]} to {window[-1]} wanted"
    for role in THREE:
        if not people[role]:
            yield f"Nobody holds the post of its {labels.ROLES[role].lower()}"
    twice = {p for a in THREE for b in THREE if a < b for p in people[a] & people[b]}
    for person in sorted(twice, key=lambda p: names[p]):
        yield f"{names[person]} holds two of the three posts: a meeting needs three people"


def plan_year(
    session: Session, actor: Actor, year_id: int, day: Day, *, seen: str = "", now: datetime, key: str | None = None
) -> int:
    """Make the meetings that `propose_year` shows, as one series for each unit, and invite the three; how many.

    `seen` is the digest of what was shown. Run again it makes nothing twice. Raises Forbidden, Invalid.
    """
    require(actor, "monitoring_meetings.plan")
    # Under the locks of the units: whoever plans at the same time, or changes posts, comes before or after this.
    lock_ids(session, [u.case_id for u in _units(session)])
    proposal = propose_year(session, year_id, day, london_day(now))
    if seen and seen != proposal.digest and proposal.series:
        raise Invalid({"": "Units, posts or meetings have changed since this was shown: look at it again"})
    series = [s for s in proposal.series if s.starts_at is not None]
    rows = [(s, period, on) for s in series for period, on in s.days]
    if not rows:
        return 0
    people = contributors_of(session, [s.unit.case_id for s in series])
    new = [_new_case(s, period, on, people[s.unit.case_id]) for s, period, on in rows]
    contexts = create_many(session, actor, new, now=now, request_key=key)
    insert_rows(
        session,
        MonitoringMeeting,
        [
            {
                "case_id": c.case.id,
                "unit_id": s.unit.case_id,
                "period_on": period,
                "meeting_on": on,
                "starts_at": s.starts_at,
                "minutes_long": day.minutes_long,
                "calendar_uid": f"{c.case.reference.lower()}@monitoring",
                "represented": ",".join(s.represented),
            }
            for c, (s, period, on) in zip(contexts, rows, strict=True)
        ],
    )
    first: dict[int, tuple[Context, Series]] = {}
    for context, (s, _, _) in zip(contexts, rows, strict=True):
        first.setdefault(s.unit.case_id, (context, s))
    for context, s in first.values():
        listed = ", ".join(f"{on:%-d %B %Y}" for _, on in s.days)
        context.tell(
            "monitoring_meeting.invited",
            f"Invited: monitoring meetings of {s.unit.name}, {proposal.year.label}",
            f"They begin at {s.starts_at:%H:%M}, on {listed}.",
            "You are one of the three of these meetings",
            roles=THREE,
        )
    queue_told(session, [context for context, _ in first.values()], now)
    return len(rows)


def invite_due(session: Session, now: datetime) -> int:
    """Invite to the planned meetings of months that are over; how many. For the tick."""
    today = london_day(now)
    rows = session.scalars(
        select(MonitoringMeeting.case_id)
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(Case.state == "planned", MonitoringMeeting.period_on < today.replace(day=1), Case.is_done.is_(False))
        .order_by(MonitoringMeeting.case_id)
        .limit(AT_ONCE)
    ).all()
    if rows:
        perform_many(session, system_actor("tick"), [Move(i, "invite") for i in rows], now=now)
    return len(rows)


def _new_case(series: Series, period_on: date, on: date, contributors: Sequence[int]) -> NewCase:
    unit = series.unit
    return NewCase(
        "monitoring_meeting",
        f"Monitoring meeting of {unit.name}, {period_on:%B %Y}",
        scope=scope_of(unit.case_id),
        roles=[*post_roles(unit, "monitoring_meeting"), *(("contributor", p, None, None) for p in contributors)],
        dates={"meeting_on": on},
        body={"period_on": period_on.isoformat(), "meeting_on": on.isoformat(), "starts_at": str(series.starts_at)},
    )


def _units(session: Session) -> list[Unit]:
    live = house.states_meaning("unit", "live")
    query = (
        select(Unit)
        .join(Case, Case.id == Unit.case_id)
        .where(Case.state.in_(live), Unit.kind.not_in(NOT_MONITORED))
        .order_by(Unit.name, Unit.case_id)
    )
    return list(session.scalars(query))


def _meetings(session: Session, periods: Sequence[date]) -> Sequence[MonitoringMeeting]:
    query = select(MonitoringMeeting).where(MonitoringMeeting.period_on.in_(periods))
    return session.scalars(query.order_by(MonitoringMeeting.case_id)).all()


def _held(session: Session, units: Iterable[Unit], year: BudgetYear) -> dict[int, dict[int, str]]:
    """Everybody who holds a post of these units while the year's meetings are held."""
    posts = {post for u in units for post in posts_of(u).values()}
    return holders_between(session, posts, year.starts_on, next_month(next_month(year.ends_on)))


def _people(session: Session, units: Sequence[Unit], year: BudgetYear) -> dict[int, dict[str, frozenset[int]]]:
    held = _held(session, units, year)
    return {u.case_id: {role: frozenset(held[post]) for role, post in posts_of(u).items()} for u in units}


def _names(session: Session, units: Sequence[Unit], year: BudgetYear) -> dict[int, str]:
    return {i: name for people in _held(session, units, year).values() for i, name in people.items()}


def _wishes(
    session: Session,
    units: Sequence[Unit],
    times: Sequence[time],
    year: BudgetYear,
    calendar: Calendar,
    offered: Collection[int],
) -> dict[int, Slot]:
    """The slot that each unit had most often in the twelve months before: a new year copies the calendar."""
    before = year.starts_on.replace(year=year.starts_on.year - 1)
    rows = session.scalars(
        select(MonitoringMeeting)
        .where(
            MonitoringMeeting.unit_id.in_([u.case_id for u in units]),
            MonitoringMeeting.period_on.between(before, year.ends_on),
            MonitoringMeeting.represented == "",
        )
        .order_by(MonitoringMeeting.period_on)
    )
    counts: dict[int, Counter[Slot]] = {}
    for m in rows:
        if m.starts_at in times:
            days = calendar.working_days_between(due_day(session, m.period_on), m.meeting_on)
            counts.setdefault(m.unit_id, Counter())[Slot(days, times.index(m.starts_at))] += 1
    usual = {unit: counted.most_common(1)[0][0] for unit, counted in counts.items()}
    return {unit: slot for unit, slot in usual.items() if slot.days in offered}


def _taken(
    session: Session, year: BudgetYear, days: Mapping[int, Mapping[date, date]], times: Sequence[time], minutes: int
) -> dict[Slot, frozenset[int]]:
    """Who sits in a meeting that is planned already, by each slot that it overlaps in any month."""
    on_days = {on for by_period in days.values() for on in by_period.values()}
    rows = session.execute(
        select(MonitoringMeeting, Unit)
        .join(Unit, Unit.case_id == MonitoringMeeting.unit_id)
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(MonitoringMeeting.meeting_on.in_(on_days), Case.is_done.is_(False))
    ).all()
    held = _held(session, [r.Unit for r in rows], year)
    found: dict[Slot, frozenset[int]] = {}
    for r in rows:
        m, sent = r.MonitoringMeeting, r.MonitoringMeeting.represented.split(",")
        people = frozenset(p for role, post in posts_of(r.Unit).items() if role not in sent for p in held[post])
        for n, by_period in days.items():
            if m.meeting_on not in by_period.values():
                continue
            for at, starts_at in enumerate(times):
                if overlap(m.meeting_on, starts_at, minutes, m.starts_at, m.minutes_long):
                    found[Slot(n, at)] = found.get(Slot(n, at), frozenset()) | people
    return found
