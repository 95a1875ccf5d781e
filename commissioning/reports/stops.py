"""A report's way through several bodies: in order, each with its meeting and what it is asked (BR-42, LI-03).

Here: writing the route and who holds the papers of each body. What earlier bodies made of it is `heard`; sending it on
is a step of its definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, CaseRole
from commissioning.models.reports import Report, RouteStop
from commissioning.reports.checks import add_role, contributes
from commissioning.reports.heard import STOP_ASKS
from workflows.working_days import in_words

OFFICERS = ("clerk", "chair", "other_clerk", "other_chair")
MOST_STOPS = 5


@dataclass(frozen=True, slots=True)
class Stop:
    """One body on the way. `ask`: "decide", or what a body that does not decide is asked (`STOP_ASKS`)."""

    body_id: int
    ask: str = "decide"
    meeting_id: int | None = None

    @property
    def decides(self) -> bool:
        """Whether this body decides."""
        return self.ask == "decide"


def route_of(
    session: Session, meeting: Meeting, route: Sequence[tuple[int, bool]]
) -> tuple[list[Stop], dict[int, Body]]:
    """The route from a meeting, with what is known of bodies (id, decides) on it; the meeting's own first if it is not
    among them. Raises Invalid for a body twice or one that there is not."""
    stops = [Stop(body, "decide" if decides else "comment") for body, decides in route]
    if not stops:
        stops = [Stop(meeting.body_id)]
    if meeting.body_id not in [s.body_id for s in stops]:
        stops.insert(0, Stop(meeting.body_id, "comment"))
    return stops, _bodies(session, stops)


def _bodies(session: Session, stops: Sequence[Stop]) -> dict[int, Body]:
    rows = session.scalars(select(Body).where(Body.case_id.in_([s.body_id for s in stops])))
    bodies = {b.case_id: b for b in rows}
    if len(bodies) != len(stops):
        raise Invalid({"route": "Choose bodies that exist, each once"})
    return {s.body_id: bodies[s.body_id] for s in stops}


def store_route(session: Session, report_id: int, stops: Sequence[Stop]) -> None:
    """Write the route in place of what stood there."""
    session.execute(delete(RouteStop).where(RouteStop.report_id == report_id))
    rows = [
        {"report_id": report_id, "body_id": s.body_id, "position": n, "decides": s.decides, "ask": s.ask,
         "meeting_id": s.meeting_id}
        for n, s in enumerate(stops, 1)
    ]  # fmt: skip
    session.execute(insert(RouteStop), rows)


def officers_of(bodies: dict[int, Body], at: int) -> list[tuple[str, int | None, int | None, int | None]]:
    """Clerk and chair of the body that it is at, who take its steps; those of the others, who may read it."""
    here = posts_of(bodies[at])
    others = [
        (f"other_{role}", post) for b in bodies.values() for role, post in posts_of(b) if (role, post) not in here
    ]
    return [(role, None, post, None) for role, post in dict.fromkeys([*here, *others])]


def posts_of(body: Body) -> tuple[tuple[str, int], tuple[str, int]]:
    """The posts of its clerk and its chair, by role."""
    return ("clerk", body.clerk_post_id), ("chair", body.chair_post_id)


def seat_beside(session: Session, report_id: int, body: Body) -> None:
    """Give clerk and chair of a further body their parts, beside those of the bodies that it has; each post once."""
    session.flush()
    held = {(r.role, r.post_id) for r in session.scalars(select(CaseRole).where(CaseRole.case_id == report_id))}
    rows = [
        {
            "id": fresh_id(),
            "case_id": report_id,
            "role": f"other_{role}",
            "person_id": None,
            "post_id": post,
            "part": None,
        }
        for role, post in posts_of(body)
        if not held & {(role, post), (f"other_{role}", post)}
    ]
    insert_rows(session, CaseRole, rows)


def seat_officers(context: Context, bodies: dict[int, Body], at: int) -> None:
    """Give clerks and chairs of a new route their parts, in place of those of the old one."""
    held = CaseRole.case_id == context.case.id
    context.session.execute(delete(CaseRole).where(held, CaseRole.role.in_(OFFICERS)))
    context.parties[:] = [p for p in context.parties if p.role not in OFFICERS]
    for role, _, post, _ in officers_of(bodies, at):
        add_role(context, role, post_id=post)


def change_route(
    session: Session, actor: Actor, report_id: int, stops: Sequence[Stop], *, now: datetime, key: str | None = None
) -> None:
    """Say through which bodies the report goes, in order. The first is the body of the report's own meeting.

    Raises Invalid by `stop_N` (or `route`) for a body twice, a meeting of another body, in the past or out of order,
    a route without anybody who decides, or one that leaves out where the report is.
    """

    def change(context: Context) -> None:
        contributes(context)
        report = session.get_one(Report, report_id)
        meeting = session.get(Meeting, report.meeting_id) if report.meeting_id else None
        _check(session, stops, meeting, context.today)
        bodies = _bodies(session, stops)
        old = session.scalars(select(RouteStop).where(RouteStop.report_id == report_id).order_by(RouteStop.position))
        was = [words_of(session, Stop(s.body_id, s.ask or ("decide" if s.decides else "comment"))) for s in old]
        context.changed("route", was, [words_of(session, s) for s in stops])
        context.notes["meetings"] = [s.meeting_id for s in stops]
        store_route(session, report_id, stops)
        seat_officers(context, bodies, stops[0].body_id)
        report.version += 1

    body = [list(astuple(s)) for s in stops]
    amend(session, actor, report_id, "report.edit", "report.route_changed", change, now=now, key=key, body=body)


def words_of(session: Session, stop: Stop) -> str:
    """The body and what it is asked, as the record of a report says it."""
    return f"{session.get_one(Body, stop.body_id).name}: {STOP_ASKS[stop.ask].lower()}"


def _check(session: Session, stops: Sequence[Stop], at: Meeting | None, today: date) -> None:
    errors: dict[str, str] = {}
    if not stops or (at is not None and stops[0].body_id != at.body_id):
        errors["route"] = "The route begins at the body of the report’s own meeting; change the meeting first"
    if len(stops) > MOST_STOPS:
        errors["route"] = f"A report goes through {MOST_STOPS} bodies at most"
    if not any(s.decides for s in stops):
        errors["route"] = "Say which body decides"
    before, seen = at.meeting_on if at else today, set[int]()
    for n, stop in enumerate(stops, 1):
        if stop.body_id in seen:
            errors[f"stop_{n}"] = "This body is on the route already"
        seen.add(stop.body_id)
        if stop.ask not in STOP_ASKS:
            errors[f"ask_{n}"] = "Select what the body is asked"
        if stop.meeting_id is None or n == 1:
            continue
        meeting = session.get(Meeting, stop.meeting_id)
        if meeting is None or meeting.body_id != stop.body_id:
            errors[f"meeting_{n}"] = "Choose a meeting of this body"
        elif meeting.meeting_on < today or session.get_one(Case, meeting.case_id).is_done:
            errors[f"meeting_{n}"] = "Choose a meeting that is still to come"
        elif meeting.meeting_on < before:
            errors[f"meeting_{n}"] = f"It must not be before the meeting that comes first, on {in_words(before)}"
        else:
            before = meeting.meeting_on
    if errors:
        raise Invalid(errors)
