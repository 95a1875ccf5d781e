"""A further body on the way of a report whose text is frozen: the clerk adds it, and nothing of the paper changes.

Only from where the report is, and only before it is decided: what was heard stays heard, and nothing comes after a
decision (BR-42, LI-03).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report, RouteStop
from commissioning.reports.heard import STOP_ASKS, asked_of, list_stops
from commissioning.reports.stops import MOST_STOPS, Stop, posts_of, seat_beside, words_of
from workflows.definition import State
from workflows.registry import Refusal
from workflows.working_days import in_words

LONGEST_REASON = 1000


def why_no_further(state: State, stops: Sequence[RouteStop], scope: str | None) -> list[Refusal]:
    """Why no body can be added to the way of a report in this state; empty if one can."""
    if not state.has("frozen"):
        return [Refusal("not_frozen", "Its text is still being written: its author writes the whole way")]
    if state.has("decided") or state.has("done"):
        return [
            Refusal("is_decided", f"It is {state.label.lower()}, and nothing of that changes: begin another report")
        ]
    if len(stops) >= MOST_STOPS:
        return [Refusal("too_many", f"A report goes through {MOST_STOPS} bodies at most")]
    if not list_places(stops, scope):
        said = (
            "The body where it is decides on it, and nothing comes after a decision: that body can refer it to another"
        )
        return [Refusal("nothing_after", said)]
    return []


def list_places(stops: Sequence[RouteStop], scope: str | None) -> list[RouteStop]:
    """The stops after which a further body can come: from where the report is, up to the one before a decision."""
    here = next((n for n, s in enumerate(stops) if scope == f"body:{s.body_id}"), len(stops))
    found: list[RouteStop] = []
    for stop in stops[here:]:
        if stop.decides:
            break
        found.append(stop)
    return found


def add_body(
    session: Session,
    actor: Actor,
    report_id: int,
    new: Stop,
    after_id: int,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Add a body to the way of a frozen report, after the body `after_id`, with why. Its members may read it from now
    on; its clerk and chair have their parts and are told, as are those who run the paper.

    Raises NotNow where nothing can be added, and Invalid by `body_id`, `after_id`, `ask`, `meeting_id` or `reason`.
    """

    def change(context: Context) -> None:
        stops = list_stops(session, report_id)
        if refusals := why_no_further(context.case.where, stops, context.case.scope):
            raise NotNow(refusals)
        _check(context, stops, new, after_id, reason.strip())
        place = next(s.position for s in stops if s.body_id == after_id)
        was = [words_of(session, Stop(s.body_id, asked_of(s))) for s in stops]
        later = (RouteStop.report_id == report_id) & (RouteStop.position > place)
        session.execute(update(RouteStop).where(later).values(position=RouteStop.position + 1))
        session.add(
            RouteStop(
                report_id=report_id,
                body_id=new.body_id,
                position=place + 1,
                decides=new.decides,
                ask=new.ask,
                meeting_id=new.meeting_id,
            )
        )
        body = session.get_one(Body, new.body_id)
        seat_beside(session, report_id, body)
        _tell(context, body, new)
        context.reason = reason.strip()
        context.changed(
            "route", was, [words_of(session, Stop(s.body_id, asked_of(s))) for s in list_stops(session, report_id)]
        )
        context.notes["meetings"] = [new.meeting_id]

    body = [*astuple(new), after_id, reason]
    amend(session, actor, report_id, "report.extend_route", "report.body_added", change, now=now, key=key, body=body)


def _tell(context: Context, body: Body, new: Stop) -> None:
    """Those who are waited for from now on, and those who wait."""
    session, title = context.session, context.case.safe_title
    meeting = session.get(Meeting, new.meeting_id) if new.meeting_id else None
    on = f" at its meeting on {in_words(meeting.meeting_on)}" if meeting else ""
    asked = STOP_ASKS[new.ask].lower()
    held = holders_of_posts(session, [post for _, post in posts_of(body)], context.today)
    theirs = dict.fromkeys(person for people in held.values() for person in people)
    context.tell(
        "on_the_way",
        f"A paper is on its way to {body.name}: {title}",
        f"{body.name} is asked {asked}{on}. The clerk of the body where it is sends it on.",
        f"You are clerk or chair of {body.name}.",
        people=theirs,
    )
    context.tell(
        "body_added",
        f"{body.name} is added to the way of a paper: {title}",
        f"{body.name} is asked {asked}{on}.",
        "You write, sponsor or run this paper.",
        people=[i for i in _who_wait(context) if i not in theirs],
    )


def _who_wait(context: Context) -> list[int]:
    """Who write, sponsor or run the paper, as people."""
    mine = [p for p in context.parties if p.role in ("author", "contributor", "sponsor", "clerk")]
    held = holders_of_posts(context.session, [p.post_id for p in mine if p.post_id is not None], context.today)
    people = [p.person_id for p in mine if p.person_id is not None]
    return list(dict.fromkeys([*people, *(i for found in held.values() for i in found)]))


def _check(context: Context, stops: Sequence[RouteStop], new: Stop, after_id: int, reason: str) -> None:
    session, errors = context.session, dict[str, str]()
    if session.get(Body, new.body_id) is None:
        errors["body_id"] = "Choose a body from the list"
    elif new.body_id in [s.body_id for s in stops]:
        errors["body_id"] = "This body is on the route already"
    if new.ask not in STOP_ASKS:
        errors["ask"] = "Select what the body is asked"
    if after_id not in [s.body_id for s in list_places(stops, context.case.scope)]:
        errors["after_id"] = (
            "Choose the body that it comes after: where the report is or a later one, before a decision"
        )
    elif new.decides and any(s.decides for s in stops):
        errors["ask"] = "Another body on the way decides already: this one can be asked to comment, endorse or note"
    if not reason:
        errors["reason"] = "Enter why a further body is added"
    elif len(reason) > LONGEST_REASON:
        errors["reason"] = f"Reason must be {LONGEST_REASON:,} characters or fewer"
    if new.meeting_id is not None and "after_id" not in errors:
        errors |= _wrong_meeting(context, stops, new, after_id)
    if errors:
        raise Invalid(errors)


def _wrong_meeting(context: Context, stops: Sequence[RouteStop], new: Stop, after_id: int) -> dict[str, str]:
    """A meeting of that body, to come, between those of the bodies before it and after it."""
    session = context.session
    meeting = session.get(Meeting, new.meeting_id)
    if meeting is None or meeting.body_id != new.body_id:
        return {"meeting_id": "Choose a meeting of this body"}
    if meeting.meeting_on < context.today or session.get_one(Case, meeting.case_id).is_done:
        return {"meeting_id": "Choose a meeting that is still to come"}
    at = next(n for n, s in enumerate(stops) if s.body_id == after_id)
    before = max((d for s in stops[: at + 1] if (d := _day(context, s))), default=None)
    after = min((d for s in stops[at + 1 :] if (d := _day(context, s))), default=None)
    if before is not None and meeting.meeting_on < before:
        return {"meeting_id": f"It must not be before the meeting that comes first, on {in_words(before)}"}
    if after is not None and meeting.meeting_on > after:
        return {"meeting_id": f"It must not be after the meeting that comes next, on {in_words(after)}"}
    return {}


def _day(context: Context, stop: RouteStop) -> date | None:
    """When the body of a stop meets on the report; where the report is, its own meeting counts."""
    session = context.session
    is_here = context.case.scope == f"body:{stop.body_id}"
    meeting_id = session.get_one(Report, stop.report_id).meeting_id if is_here else stop.meeting_id
    meeting = session.get(Meeting, meeting_id) if meeting_id else None
    return meeting.meeting_on if meeting else None
