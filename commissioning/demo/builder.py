"""The tool with which the example council is built: real commands, by the person whose step it is, on past days.

One `Builder` works in one transaction, so a council is there whole or not at all. Days are counted in working days
from today; nothing is dated after the moment of loading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, load_actor
from commissioning.casework import perform
from commissioning.casework.context import council_calendar
from commissioning.models.bodies import Meeting
from commissioning.models.reports import ReportSignOff
from workflows.london import london_day, london_instant

T = TypeVar("T")
Progress = Callable[[str], None]
Told = tuple[datetime, Callable[[datetime], None]]
"""What is done, and when."""


class Builder:
    """Runs commands as people of the example, each at its own moment."""

    def __init__(self, session: Session, now: datetime, progress: Progress) -> None:
        self.session, self.now, self.progress = session, now, progress
        self.today = london_day(now)
        self.calendar = council_calendar(session)
        self.people: dict[str, int] = {}
        self.posts: dict[str, int] = {}
        self.bodies: dict[str, int] = {}
        self.units: dict[tuple[str, str], int] = {}
        """Units by kind and name."""
        self.specifications: dict[str, int] = {}
        """The specification that stands, by business unit."""
        self.year_id = 0
        self.steps = 0
        self._actors: dict[tuple[str, date], Actor] = {}

    def day(self, offset: int) -> date:
        """The working day so many working days from today."""
        return self.calendar.add_working_days(self.today, offset) if offset else self.today

    def at(self, offset: int, hour: int = 10, minute: int = 0) -> datetime:
        """A time of such a day in London; never after the moment of loading."""
        return min(london_instant(self.day(offset), time(hour, minute)), self.now - timedelta(minutes=1))

    def actor(self, person: str, when: datetime) -> Actor:
        """Somebody of the example, with what they hold on that day."""
        key = (person, london_day(when))
        if key not in self._actors:
            found = load_actor(self.session, self.people[person], key[1])
            assert found is not None, person
            self._actors[key] = found
        return self._actors[key]

    def do(self, person: str, when: datetime, command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Run a command as somebody at a moment, as the pages would."""
        result = command(self.session, self.actor(person, when), *args, now=when, **kwargs)
        self.session.flush()
        self.session.expunge_all()  # each request has a session of its own: nothing read before is trusted
        self.steps += 1
        return result

    def step(
        self,
        person: str,
        when: datetime,
        case_id: int,
        step: str,
        *,
        reason: str = "",
        fields: Mapping[str, Any] | None = None,
        part: int | None = None,
    ) -> None:
        """Take a step of a case."""
        self.do(person, when, perform, case_id, step, reason=reason, fields=fields or {}, part=part)

    def sign_off_id(self, report_id: int, post: str) -> int:
        """The sign-off of a report that is asked of a team."""
        return self.session.execute(
            select(ReportSignOff.id).where(
                ReportSignOff.report_id == report_id, ReportSignOff.post_id == self.posts[post]
            )
        ).scalar_one()

    def closes_at(self, meeting_id: int) -> datetime:
        """When papers close for a meeting."""
        return self.session.execute(select(Meeting.papers_close_at).where(Meeting.case_id == meeting_id)).scalar_one()

    def ids(self, people: Sequence[str]) -> list[int]:
        """Ids of people by code."""
        return [self.people[p] for p in people]
