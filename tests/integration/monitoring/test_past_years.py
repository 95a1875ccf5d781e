"""Past years of a small council: what became of every reminder, against what its dates alone plan.

COUNCIL_MONTHS says how many months are lived through (5); for a release: COUNCIL_MONTHS=120. What was entered and left,
and when, is read from the trail; due dates, working days, reminders and how each ends are counted here a second time.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from holidays.countries.united_kingdom import UnitedKingdom
from sqlalchemy import select, update

from commissioning import jobs
from commissioning.actors import system_actor
from commissioning.casework import perform, plans
from commissioning.db import make_engine
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case, Event, Occurrence
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.people import Grant, PostHolding
from commissioning.models.specifications import Specification
from commissioning.monitoring.meeting_plan import Day, plan_year
from config import load_settings
from tests.support.databases import FreshDatabase
from tests.support.units import Town, make_town
from workflows.london import in_london, london_instant

MONTHS = int(os.environ.get("COUNCIL_MONTHS", "5"))
FIRST = date(2009, 4, 1)
JOBS = ("papers", "returns", "monitoring meetings", "reminders")
HOLIDAYS = UnitedKingdom(subdiv="ENG", years=range(2008, 2023))
RULES = {
    ("return", "open"): ("return_due_on", 0, [("return_due", -5), ("return_due", -2), ("return_due", 0),
        ("return_due", 1), ("return_late!", 1), ("return_very_late!", 3)]),
    ("monitoring_meeting", "invited"): ("meeting_on", -3, [("confirm_due", 0), ("confirm_late!", 2)]),
    ("monitoring_meeting", "confirmed"): ("meeting_on", 0, [("meeting_due", -1), ("meeting_late!", 2)]),
    ("meeting", "scheduled"): ("papers_close_on", -20, [("open_due", 0), ("open_late!", 5)]),
    ("meeting", "open_for_papers"): ("papers_close_on", 0, [("papers_close", -5), ("papers_close", -1),
        ("papers_late!", 1)]),
    ("meeting", "papers_closed"): ("publish_on", 0, [("publish_due", -1), ("publish_due", 0), ("publish_late!", 1)]),
}  # fmt: skip
"""What the definitions promise: the date that a state is due by, and reminders by working days; "!" escalates."""
RULES["return", "in_progress"] = RULES["return", "open"]
_NEVER = date.max
Ends = Counter[tuple[int, int, str, date, str, date]]
"""(case, visit, rule, nominal day, how it ended, on which day)."""


@dataclass(frozen=True)
class Visit:
    """A case's stay in a state, and the days that it knows."""

    case: int
    number: int
    kind: str
    state: str
    entered: datetime
    left: datetime | None
    dates: dict[str, date]


def works(day: date) -> bool:
    """Neither a weekend nor a bank holiday of England."""
    return day.weekday() < 5 and day not in HOLIDAYS


def count(day: date, days: int) -> date:
    """So many working days on, or back."""
    while days:
        day += timedelta(days=1 if days > 0 else -1)
        if works(day):
            days -= 1 if days > 0 else -1
    return day


def month_on(month: date, months: int = 1) -> date:
    """The first of a month so many months later."""
    return date(month.year + (month.month - 1 + months) // 12, (month.month - 1 + months) % 12 + 1, 1)


def expected(visits: list[Visit], ticks: list[datetime]) -> Ends:
    """How the reminders of these visits end, if the tick runs at these moments."""
    found: Ends = Counter()
    for visit in visits:
        after, offset, rules = RULES.get((visit.kind, visit.state), ("", 0, []))
        if not rules:
            continue
        due, entered = count(visit.dates[after], offset), in_london(visit.entered).date()
        days = [(name.rstrip("!"), by, count(due, by), name.endswith("!")) for name, by in rules]
        waiting = [d for d in days if d[3] or d[2] >= entered]
        for at in ticks:
            if at < visit.entered or not waiting or (visit.left is not None and at >= visit.left):
                continue
            ready = [d for d in waiting if london_instant(d[2], time(8)) <= at]
            for name, by, day, escalates in ready:
                newest = escalates or day == max(d[2] for d in ready if d[0] == name)
                end = "sent" if newest else "superseded"
                found[visit.case, visit.number, f"{name}{by:+d}", day, end, in_london(at).date()] += 1
            waiting = [d for d in waiting if d not in ready]
        for name, by, day, _ in waiting:
            end = ("planned", _NEVER) if visit.left is None else ("cancelled", in_london(visit.left).date())
            found[visit.case, visit.number, f"{name}{by:+d}", day, *end] += 1
    return found


class Years:
    """The council that lives through them: two units that return, a board that meets each month."""

    def __init__(self, town: Town) -> None:
        self.town, self.ticks, self.turns = town, list[datetime](), dict[int, int]()
        self.units = [town.unit("Attendance"), town.unit("Study Centre", head="head_two")]
        for unit in self.units:
            town.in_force(unit)
        self.board = town.body()
        self.settings = load_settings(database_url=str(town.engine.url), secret_key="k" * 40)
        town.write(self._long_ago)

    def _long_ago(self, session: Any) -> None:
        """As if all of that had been so before the first of the years."""
        early = date(2005, 1, 3)
        session.execute(update(PostHolding).values(from_on=early))
        session.execute(update(Grant).values(from_on=early))
        session.execute(update(Specification).values(starts_on=FIRST, ends_on=date(2030, 3, 31)))
        session.execute(update(Case).where(Case.kind == "specification").values(entered_on=FIRST))

    def live(self, months: int) -> None:
        """Every weekday at nine the tick, at noon the people; in late August of each year nothing ticks for a week."""
        day, last = FIRST, month_on(FIRST, months)
        while day < last:
            if day.weekday() < 5:
                self.town.at(day, 8)
                self._plan(day)
                if not (day.month == 8 and 10 <= day.day < 18):
                    now = london_instant(day, time(9))
                    done = jobs.tick(self.town.engine, now, self.settings, JOBS)
                    assert not [r for r in done.values() if r.startswith("failed")], done
                    self.ticks.append(now)
                self.town.at(day)
                self._work(day)
            day += timedelta(days=1)

    def _plan(self, day: date) -> None:
        """The year's monitoring meetings in its first days, the board's meeting three months ahead."""
        if day.day > 7 or day.weekday() != 0:
            return
        if day.month == 4:
            new = {"starts_on": date(day.year, 4, 1), "ends_on": date(day.year + 1, 3, 31)}
            new |= {"outturn_on": date(day.year + 1, 5, 28)}
            year = self.town.year(label=f"{day.year}/{(day.year + 1) % 100:02}", **new)
            self.town.run("carla", plan_year, year, Day())
        self.town.meeting(self.board, count(month_on(day.replace(day=1), 3), 7))

    def _work(self, day: date) -> None:
        """Half of what is asked is done, some of it late: begun, confirmed, called off, given up."""
        for case, kind, state, entered in self.town.read(lambda s: s.execute(_OPEN).all()):
            age, turn = (day - entered).days, self.turns.setdefault(case, len(self.turns)) % 4
            match kind, state:
                case "return", "open" if turn < 2 and age >= 4 + 3 * turn:
                    self.town.step("heidi" if self._is_first(case) else "hugo", case, "start")
                case "return", ("open" | "in_progress") if age >= 12 + 5 * turn:
                    self._end(case, "lapse")
                case "monitoring_meeting", "invited" if turn < 3 and age >= 9 + 4 * turn:
                    self.town.step("heidi" if self._is_first(case) else "hugo", case, "confirm")
                case "monitoring_meeting", ("invited" | "confirmed") if age >= 20:
                    self._end(case, "lapse")
                case "meeting", "scheduled" if turn < 2 and age >= 45 + 5 * turn:
                    self.town.step("clerk", case, "open_for_papers")
                case "meeting", "papers_closed" if age >= 2 * turn + 1:
                    self.town.step("clerk", case, "cancel", reason="Nothing to decide")

    def _end(self, case: int, step: str) -> None:
        self.town.write(lambda s: perform(s, system_actor("tick"), case, step, now=self.town.now, reason="Given up"))

    def _is_first(self, case: int) -> bool:
        scope = self.town.read(lambda s: s.get_one(Case, case).scope)
        return str(scope).endswith(f":{self.units[0]}")

    def visits(self) -> list[Visit]:
        """Every stay in a state, from the trail."""
        known = self.town.read(_known_dates)
        rows = self.town.read(lambda s: s.execute(_MOVES).all())
        found = []
        for this, after in zip(rows, [*rows[1:], None], strict=True):
            left = after.at if after is not None and after.id == this.id else None
            found.append(Visit(this.id, this.version, this.kind, this.to_state, this.at, left, known[this.id]))
        return found

    def ends(self) -> Ends:
        """How the reminders of these kinds ended."""
        rows = self.town.read(lambda s: s.execute(_ENDED).all())
        return Counter(
            (
                r.case_id,
                r.visit,
                r.rule,
                r.nominal_on,
                r.status,
                in_london(r.settled_at).date() if r.settled_at else _NEVER,
            )
            for (r,) in rows
        )


def _day_of(at: datetime | None) -> date:
    return in_london(at).date() if at else _NEVER


_KINDS = ("return", "monitoring_meeting", "meeting")
_OPEN = (
    select(Case.id, Case.kind, Case.state, Case.entered_on)
    .where(Case.kind.in_(_KINDS), Case.is_done.is_(False))
    .order_by(Case.id)
)
_MOVES = (
    select(Case.id, Case.kind, Event.version, Event.to_state, Event.at)
    .join(Event, Event.case_id == Case.id)
    .where(Case.kind.in_(_KINDS), Event.to_state.is_not(None))
    .where((Event.from_state.is_(None)) | (Event.from_state != Event.to_state))
    .order_by(Case.id, Event.seq)
)
_ENDED = select(Occurrence).join(Case, Case.id == Occurrence.case_id).where(Case.kind.in_(_KINDS))


def _known_dates(session: Any) -> dict[int, dict[str, date]]:
    """A return's day from its month, counted here; of meetings the days that they were called for."""
    found: dict[int, dict[str, date]] = {}
    for row in session.scalars(select(Return)):
        found[row.case_id] = {"return_due_on": count(month_on(row.period_on), 8)}
    for row in session.scalars(select(MonitoringMeeting)):
        found[row.case_id] = {"meeting_on": row.meeting_on}
    for row in session.scalars(select(Meeting)):
        found[row.case_id] = {"papers_close_on": in_london(row.papers_close_at).date(), "publish_on": row.publish_on}
    return found


@contextmanager
def years_of(url: str) -> Iterator[Years]:
    engine = make_engine(url)
    yield Years(make_town(engine))
    engine.dispose()


def test_past_years_give_exactly_the_planned_occurrences(engine_url: str) -> None:
    """NY-22, NY-24, BR-34, BR-35: none missed, none early, none twice."""
    with years_of(engine_url) as years:
        lived_through(years)


def lived_through(years: Years) -> None:
    """Every reminder of these months ended as its dates alone say, each on its day."""
    years.live(MONTHS)
    visits, ends = years.visits(), years.ends()
    wanted = expected(visits, years.ticks)
    assert (wanted - ends, ends - wanted) == (Counter(), Counter())
    returns = Counter(v.case for v in visits if (v.kind, v.state) == ("return", "open"))
    assert len(returns) == len(years.units) * (MONTHS - 1), "each month of each unit opened once"
    how = Counter(end[4] for end in ends)
    print(f"{MONTHS} months: {len(ends)} reminders, {dict(how)}; {len(years.ticks)} ticks, {len(visits)} visits")
    assert set(how) >= {"sent", "cancelled", "superseded"}
    assert {(v.kind, v.state) for v in visits} >= set(RULES)


def test_control_a_planner_that_knows_no_holidays_is_noticed(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = plans.reminder_days

    def without(rules: Any, due: date, calendar: Any, today: date) -> Any:
        return real(rules, due, replace(calendar, closed_days=frozenset(), names={}), today)

    monkeypatch.setattr(plans, "reminder_days", without)
    with years_of(fresh_database("sqlite")) as years:
        years.live(2)
        assert expected(years.visits(), years.ticks) != years.ends()
