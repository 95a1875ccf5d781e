"""How many sign-offs each team will be asked for, week by week, beside what it has managed.

Here: counting, from papers on the way to meetings that the reader may see. Not here: the queue itself (`queue`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.meetings.dates import meeting_dates
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.notices import Notice
from commissioning.models.people import Post
from commissioning.models.reports import Report, ReportSignOff
from commissioning.visibility import visible
from workflows.london import london_day, start_of_day
from workflows.working_days import BeyondCalendar

WEEKS_AHEAD, WEEKS_BACK = 8, 12
MOST = 5000


@dataclass(frozen=True, slots=True)
class Load:
    """One team: sign-offs that it will be asked for by week, what it signed in the last weeks, the most in one."""

    team: str
    asked: tuple[int, ...]
    waiting: int
    """Asked already and not answered."""
    managed: int
    most_managed: int

    @property
    def busy(self) -> tuple[bool, ...]:
        """Whether a week asks for more than the team has managed in any one of the last weeks."""
        return tuple(count > self.most_managed for count in self.asked)


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def weeks_from(today: date) -> list[date]:
    """The Mondays of this week and the next ones."""
    return [monday(today) + timedelta(weeks=n) for n in range(WEEKS_AHEAD)]


def list_load(session: Session, actor: Actor, now: datetime) -> list[Load]:
    """Every team that is asked for something, or has signed of late, as far as the reader may see the papers.

    A sign-off not asked yet is expected on the day on which the ladder of its paper's meeting asks for it, or today if
    that has gone by. A paper without a meeting goes by the day that its notice in the forward plan announces, and one
    without a notice by its own day for sign-offs.
    """
    today = london_day(now)
    weeks = weeks_from(today)
    since = weeks[0] - timedelta(weeks=WEEKS_BACK)
    given = aliased(Notice)
    newest = (
        select(given.id)
        .where(given.report_id == Report.case_id, given.withdrawn_at.is_(None), given.meeting_on.is_not(None))
        .order_by(given.published_at.desc(), given.id.desc())
        .limit(1)
        .correlate(Report)
    ).scalar_subquery()
    rows = session.execute(
        select(ReportSignOff.post_id, ReportSignOff.asked_at, ReportSignOff.signed_at, Report.sign_off_on,
               func.coalesce(Meeting.meeting_on, Notice.meeting_on).label("meeting_on"),
               func.coalesce(Meeting.body_id, Notice.body_id).label("body_id"))
        .join(Case, Case.id == ReportSignOff.report_id)
        .join(Report, Report.case_id == Case.id)
        .outerjoin(Meeting, Meeting.case_id == Report.meeting_id)
        .outerjoin(Notice, Report.meeting_id.is_(None) & (Notice.id == newest))
        .where(
            visible(actor, "report", today),
            or_(ReportSignOff.signed_at >= start_of_day(since),
                ReportSignOff.signed_at.is_(None) & Case.is_done.is_(False) & Case.state.in_(_under_way())),
        )
        .order_by(ReportSignOff.id)
        .limit(MOST)
    ).all()  # fmt: skip
    asked: Counter[tuple[int, date]] = Counter()
    signed: Counter[tuple[int, date]] = Counter()
    waiting: Counter[int] = Counter()
    days: dict[tuple[int, date], date | None] = {}
    for row in rows:
        if row.signed_at is not None:
            signed[row.post_id, monday(london_day(row.signed_at))] += 1
        elif row.asked_at is not None:
            waiting[row.post_id] += 1
        else:
            on = row.sign_off_on
            if row.meeting_on is not None:
                key = (row.body_id, row.meeting_on)
                if key not in days:
                    days[key] = _asks_on(session, *key)
                on = days[key]
            if on is not None:
                asked[row.post_id, monday(max(on, today))] += 1
    names = {p.id: p.name for p in session.scalars(select(Post).where(Post.id.in_({r.post_id for r in rows})))}
    found = []
    for post, name in sorted(names.items(), key=lambda n: (n[1], n[0])):
        past = [count for (team, week), count in signed.items() if team == post and week < weeks[0]]
        ahead = tuple(asked[post, week] for week in weeks)
        found.append(Load(name, ahead, waiting[post], sum(past), max(past, default=0)))
    return found


def _under_way() -> list[str]:
    """States of a report in which a sign-off can still be asked or given."""
    writing = {s for w in house.workflows.values() if w.kind == "report" for s in w.states_meaning("editable")}
    return sorted(writing | {"in_clearance", "with_sponsor"})


def _asks_on(session: Session, body_id: int, meeting_on: date) -> date | None:
    """The day on which sign-offs go out for a meeting; None beyond what is known of the calendar."""
    try:
        dates = meeting_dates(session.get_one(Body, body_id), meeting_on, council_calendar(session, body_id))
    except BeyondCalendar:
        return None
    return next(step.on for step in dates.ladder if step.rung.code == "sign_offs_out")
