"""Every date that concerns a reader, from the queries that other pages ask too; and whose feed a secret link is.

Here: one list for the page, the file and the feed. Not here: how a calendar program is told (`entries`, `ics`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.accounts.browsers import token_hash
from commissioning.actors import Actor, load_actor
from commissioning.casework.inbox import list_tasks
from commissioning.casework.registry import house
from commissioning.ladder.queries import list_ladder
from commissioning.models.bodies import Action, AgendaItem, Meeting
from commissioning.models.cases import Case, CaseRole
from commissioning.models.monitoring import Return
from commissioning.models.people import CalendarFeed
from commissioning.models.reports import Report
from commissioning.monitoring.coming import list_coming
from commissioning.monitoring.meeting_queries import list_my_meetings
from commissioning.policy import PAST_ROLES
from commissioning.visibility import has_part, visible
from workflows.london import london_day

MOST = 1000
"""Of each kind of date; the earliest first."""
MEETING_MINUTES = 120
"""How long a calendar keeps free for a meeting of a body, which has a beginning alone."""
ANSWERS = ("head", "contributor")
"""Who fills in a monthly return."""
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Dated:
    """One date. `at` and `minutes` are of a meeting, in London; `uid` stays the same when the date moves."""

    on: date
    what: str
    kind: str
    case_id: int
    title: str
    uid: str
    place: str = ""
    at: time | None = None
    minutes: int = 0
    sequence: int = 0
    is_cancelled: bool = False
    of_meeting: int | None = None
    """The meeting whose day this is as well."""
    is_asked: bool = False
    """Whether this is what an open task asks, so that one line of its thing says it."""

    @property
    def is_meeting(self) -> bool:
        """Whether people meet; anything else is to be done by that day."""
        return self.at is not None


def list_dates(session: Session, actor: Actor, now: datetime, first: date, last: date) -> list[Dated]:
    """What concerns the reader from one day to another, both inclusive, in order of day and time.

    Meetings to which they go or that hold their papers, monthly returns (also those not opened yet), what waits for
    them, their actions, and the dates of their ladder. Nothing that they may not see. What is asked is said once.
    """
    if not actor.identities:
        return []
    meetings = [*_meetings(session, actor, now, first, last), *_monitoring(session, actor, now, first, last)]
    shown = {m.case_id for m in meetings}
    found: list[Dated] = []
    for source in (_returns, _tasks, _actions, _rungs):
        taken = {(d.case_id, d.on) for d in found}
        for dated in source(session, actor, now):
            is_said = dated.is_asked and (dated.case_id, dated.on) in taken
            if first <= dated.on <= last and not is_said:
                found.append(dated)
    found = [*meetings, *(d for d in found if d.of_meeting not in shown)]
    unique = {d.uid: d for d in sorted(found, key=lambda d: d.on, reverse=True)}
    return sorted(unique.values(), key=lambda d: (d.on, d.at or time.min, d.title, d.what))


def _meetings(session: Session, actor: Actor, now: datetime, first: date, last: date) -> Iterable[Dated]:
    """Meetings in which the reader has a part, and those that hold a paper in which they have one by name."""
    off = house.states_meaning("meeting", "called_off")
    mine = (CaseRole.person_id.in_(actor.person_ids), CaseRole.role.not_in(PAST_ROLES))
    on_agenda = (
        select(AgendaItem.case_id)
        .join(CaseRole, CaseRole.case_id == AgendaItem.report_id)
        .where(AgendaItem.meeting_id == Meeting.case_id, *mine)
        .correlate_except(AgendaItem, CaseRole)
    )
    meant = (
        select(Report.case_id)
        .join(CaseRole, CaseRole.case_id == Report.case_id)
        .where(Report.meeting_id == Meeting.case_id, *mine)
        .correlate_except(Report, CaseRole)
    )
    rows = session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(
            Meeting.meeting_on.between(first, last),
            visible(actor, "meeting", london_day(now)),
            or_(has_part(actor, "clerk", "chair", "member"), exists(on_agenda), exists(meant)),
        )
        .options(joinedload(Meeting.case), joinedload(Meeting.body))
        .order_by(Meeting.meeting_on, Meeting.case_id)
        .limit(MOST)
    )
    for m in rows:
        is_off = m.case.state in off
        yield Dated(
            m.meeting_on, "Cancelled" if is_off else "Meeting", "meeting", m.case_id, m.body.name, m.calendar_uid,
            m.place, m.starts_at, MEETING_MINUTES, m.sequence, is_off,
        )  # fmt: skip


def _monitoring(session: Session, actor: Actor, now: datetime, first: date, last: date) -> Iterable[Dated]:
    for m in list_my_meetings(session, actor, london_day(now)):
        if first <= m.meeting_on <= last:
            yield Dated(
                m.meeting_on, "Monitoring meeting", "monitoring_meeting", m.case_id, m.case.title, m.calendar_uid,
                m.place, m.starts_at, m.minutes_long, m.sequence,
            )  # fmt: skip


def _returns(session: Session, actor: Actor, now: datetime) -> Iterable[Dated]:
    """Returns that the reader fills in: those that are open, then those of months to come."""
    today = london_day(now)
    rows = session.execute(
        select(Case.id, Case.title, Case.due_on, Return.unit_id, Return.period_on)
        .join(Return, Return.case_id == Case.id)
        .where(
            visible(actor, "return", today),
            has_part(actor, *ANSWERS),
            Case.state.in_(house.states_meaning("monthly-return", "editable")),
            Case.due_on.is_not(None),
        )
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    for r in rows:
        yield Dated(
            r.due_on, "Monthly return is due", "return", r.id, r.title, f"return-{r.unit_id}-{r.period_on:%Y%m}"
        )
    for c in list_coming(session, actor, today, ANSWERS):
        what = f"Monthly return for {c.period_on:%B %Y} will be due"
        yield Dated(c.due_on, what, "unit", c.unit_id, c.name, f"return-{c.unit_id}-{c.period_on:%Y%m}")


def _tasks(session: Session, actor: Actor, now: datetime) -> Iterable[Dated]:
    """Whatever waits for the reader: sign-offs and every other step."""
    for t in list_tasks(session, actor, MOST, now=now):
        uid = f"task-{t.case_id}-{t.step}-{t.part or 0}"
        yield Dated(t.due_on, t.step_label, t.kind if t.is_seen else "", t.case_id, t.title, uid, is_asked=True)


def _actions(session: Session, actor: Actor, now: datetime) -> Iterable[Dated]:
    """Actions that the reader owns, whoever it is that they wait for now."""
    rows = session.execute(
        select(Case.id, Case.title, Action.action_due_on)
        .join(Action, Action.case_id == Case.id)
        .where(
            visible(actor, "action", london_day(now)),
            Action.owner_id.in_(actor.person_ids),
            Case.is_done.is_(False),
            Action.action_due_on.is_not(None),
        )
        .order_by(Action.action_due_on, Case.id)
        .limit(MOST)
    )
    for r in rows:
        yield Dated(r.action_due_on, "Action is due", "action", r.id, r.title, f"action-{r.id}", is_asked=True)


def _rungs(session: Session, actor: Actor, now: datetime) -> Iterable[Dated]:
    """The dates of "my ladder": papers, stages, outputs, contracts."""
    for x in list_ladder(session, actor, now):
        uid = f"date-{x.case_id}-{x.key}"
        yield Dated(x.on, x.what, x.kind, x.case_id, x.title, uid, x.place, of_meeting=x.meeting_id, is_asked=x.is_now)


def find_owner(session: Session, token: str, now: datetime) -> Actor | None:
    """Whose feed a secret link is, with what they may see now; None for a link that is not, or not any more."""
    if not token or len(token) > LONGEST:
        return None
    person_id = session.scalar(select(CalendarFeed.person_id).where(CalendarFeed.token_hash == token_hash(token)))
    return load_actor(session, person_id, london_day(now)) if person_id is not None else None


def get_feed(session: Session, person_id: int) -> CalendarFeed | None:
    """When somebody's link was made; None if they have none."""
    return session.get(CalendarFeed, person_id)


def safe_titles(session: Session, case_ids: Iterable[int]) -> dict[int, str]:
    """What these cases are called where others may read along: by their references where not by their titles."""
    rows = session.execute(
        select(Case.id, Case.title, Case.safe_title, Case.reference).where(Case.id.in_(sorted(set(case_ids))))
    )
    return {
        r.id: r.safe_title
        if r.safe_title == r.title or r.reference in r.safe_title
        else f"{r.safe_title} ({r.reference})"
        for r in rows
    }
