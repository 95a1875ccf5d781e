"""Creating and editing bodies, meetings and actions over the API, through the features' own commands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actions.commands import ActionInput, Line, create_action, edit_action
from commissioning.actors import Actor
from commissioning.api.bodies import (
    ActionBody,
    ActionPatch,
    AttendanceBody,
    BodyBody,
    BodyPatch,
    DecisionPatch,
    InterestBody,
    LineBody,
    MeetingBody,
    MeetingPatch,
    MemberBody,
    MovementBody,
    OutcomeBody,
    QuorumBody,
)
from commissioning.api.operations import about, as_it_stands, made, operation
from commissioning.api.schemas import CaseOut
from commissioning.boards.commands import NewBody, NewMember, add_member, create_body, edit_rules
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.locks import lock_ids
from commissioning.decisions.correcting import Correction, correct_decision
from commissioning.decisions.outcome_commands import save_outcome
from commissioning.decisions.outcomes import OutcomeInput
from commissioning.meetings.agenda_commands import ItemEdit, edit_agenda
from commissioning.meetings.commands import NewMeeting, create_meeting, edit_minutes
from commissioning.meetings.sitting_commands import (
    Came,
    declare_interest,
    record_movement,
    set_attendance,
    set_inquorate,
)
from commissioning.web import requests


def _fields(body: Any, *but: str) -> dict[str, Any]:
    """The fields of a body as a command takes them."""
    return {name: getattr(body, name) for name in type(body).model_fields if name not in but}


@operation("POST", "/bodies", CaseOut, tag="bodies", status=201, body=BodyBody, problems=(403, 409))
def add_body(body: BodyBody, key: str) -> CaseOut | None:
    """Record a body, or propose a group.

    With the rules of procedure and the report sections of its kind.
    """
    return made(requests.run(create_body, NewBody(**_fields(body)), key=key))


@operation("PATCH", "/bodies/{body_id}", CaseOut, tag="bodies", body=BodyPatch, problems=(403, 409))
def change_body(body_id: int, body: BodyPatch) -> CaseOut | None:
    """Change a body's remit and rules of procedure.

    Meetings already called keep their dates until they are moved.
    """
    about(body_id, "body")
    requests.run(edit_rules, body_id, body.sent(), seen=body.version)
    return as_it_stands()


@operation("POST", "/bodies/{body_id}/members", CaseOut, tag="bodies", body=MemberBody, problems=(403, 409))
def name_member(body_id: int, body: MemberBody, key: str) -> CaseOut | None:
    """Add a member.

    From a day to a day, both inclusive; nobody is a member twice on one day.
    """
    about(body_id, "body")
    requests.run(add_member, body_id, NewMember(**_fields(body)), key=key)
    return as_it_stands()


@operation("POST", "/meetings", CaseOut, tag="bodies", status=201, body=MeetingBody, problems=(403, 409))
def add_meeting(body: MeetingBody, key: str) -> CaseOut | None:
    """Call a meeting.

    When papers close and when the agenda is published follows from the body's rules.
    """
    return made(requests.run(create_meeting, NewMeeting(**_fields(body)), key=key))


@operation("PATCH", "/meetings/{meeting_id}", CaseOut, tag="bodies", body=MeetingPatch, problems=(403, 409))
def change_meeting(meeting_id: int, body: MeetingPatch) -> CaseOut | None:
    """Order the agenda and write the minutes.

    Both or neither. The day is moved by the step `reschedule`.
    """
    about(meeting_id, "meeting")
    requests.run(edit_meeting, meeting_id, body)
    return as_it_stands()


def edit_meeting(session: Session, actor: Actor, meeting_id: int, body: MeetingPatch, *, now: datetime) -> None:
    """Agenda and minutes in one transaction. Raises Stale if anything happened to the meeting since `version`."""
    case = lock_ids(session, {meeting_id}).get(meeting_id)
    if case is None:
        raise NotFound
    check_seen(body.version, case.chain_seq, case.safe_title)
    sent = body.sent()
    if "agenda" in sent:
        edits = [ItemEdit(**_fields(item)) for item in body.agenda]
        if len({e.item_id for e in edits}) < len(edits):
            raise Invalid({"agenda": "agenda names an item twice"})
        edit_agenda(session, actor, meeting_id, edits, now=now)
    if "minutes" in sent:
        edit_minutes(session, actor, meeting_id, body.minutes, now=now)


@operation("POST", "/meetings/{meeting_id}/attendance", CaseOut, tag="bodies", body=AttendanceBody, problems=(403, 409))
def record_attendance(meeting_id: int, body: AttendanceBody, key: str) -> CaseOut | None:
    """Record who came, and who presided.

    Until the decisions are confirmed. Who came and went during an item is recorded with `movements`.
    """
    about(meeting_id, "meeting")
    people = {p.person_id: Came(p.status, p.substitute, p.substitute_votes, p.is_remote) for p in body.people}
    requests.run(set_attendance, meeting_id, people, key=key, presided_by=body.presided_by_id)
    return as_it_stands()


@operation("POST", "/meetings/{meeting_id}/interests", CaseOut, tag="bodies", body=InterestBody, problems=(403, 409))
def add_interest(meeting_id: int, body: InterestBody, key: str) -> CaseOut | None:
    """Declare an interest in an item or a heading.

    Members declare their own, the clerk records anybody's; it takes the member out of vote and quorum there.
    """
    about(meeting_id, "meeting")
    requests.run(
        declare_interest, meeting_id, body.line_id, body.person_id, body.nature, key=key,
        dispensation=body.dispensation,
    )  # fmt: skip
    return as_it_stands()


@operation("POST", "/meetings/{meeting_id}/movements", CaseOut, tag="bodies", body=MovementBody, problems=(403, 409))
def add_movement(meeting_id: int, body: MovementBody, key: str) -> CaseOut | None:
    """Record that a member came or went.

    During a line of the agenda: out from it on, or there from it on. From the day of the meeting.
    """
    about(meeting_id, "meeting")
    more = {"is_arrival": body.is_arrival, "at": body.at}
    requests.run(record_movement, meeting_id, body.person_id, body.line_id, **more, key=key)
    return as_it_stands()


@operation("POST", "/meetings/{meeting_id}/quorum", CaseOut, tag="bodies", body=QuorumBody, problems=(403, 409))
def record_quorum(meeting_id: int, body: QuorumBody, key: str) -> CaseOut | None:
    """Record an item as inquorate.

    It cannot be decided and rolls on; or that its quorum is there again.
    """
    about(meeting_id, "meeting")
    requests.run(set_inquorate, meeting_id, body.item_id, is_inquorate=body.is_inquorate, key=key)
    return as_it_stands()


@operation("POST", "/meetings/{meeting_id}/outcomes", CaseOut, tag="bodies", body=OutcomeBody, problems=(403, 409))
def record_outcome(meeting_id: int, body: OutcomeBody, key: str) -> CaseOut | None:
    """Enter the outcome of a recommendation.

    A draft until the clerk confirms the decisions. A stale version answers 409 with both.
    """
    about(meeting_id, "meeting")
    fields = _fields(body, "item_id", "recommendation_id", "version", "chosen", "named")
    named = tuple((vote.person_id, vote.vote) for vote in body.named)
    given = OutcomeInput(**fields, chosen=tuple(body.chosen), named=named)
    requests.run(save_outcome, meeting_id, body.item_id, body.recommendation_id, given, key=key, version=body.version)
    return as_it_stands()


@operation("PATCH", "/decisions/{decision_id}", CaseOut, tag="bodies", body=DecisionPatch, problems=(403, 409))
def change_decision(decision_id: int, body: DecisionPatch) -> CaseOut | None:
    """Correct the record of a decision.

    Only what is sent is changed, what it said before is kept, and nothing that it moved is reversed.
    """
    about(decision_id, "decision")
    case = as_it_stands()
    if case is None:
        raise NotFound
    kept = {name: case.data[name] for name in ("text", "reasons", "alternatives", "interests")}
    requests.run(correct_decision, decision_id, Correction(**kept | body.sent()), seen=body.version)
    return as_it_stands()


@operation("POST", "/actions", CaseOut, tag="bodies", status=201, body=ActionBody, problems=(403, 409))
def add_action(body: ActionBody, key: str) -> CaseOut | None:
    """Record an action of a body.

    It is proposed until the body's clerk agrees it.
    """
    given = {name: getattr(body, name) for name in body.model_fields_set - {"body_id", "lines"}}
    lines = _lines(body.lines) if "lines" in body.model_fields_set else ()
    return made(requests.run(create_action, body.body_id, ActionInput(**given, lines=lines), key=key))


@operation("PATCH", "/actions/{action_id}", CaseOut, tag="bodies", body=ActionPatch, problems=(403, 409))
def change_action(action_id: int, body: ActionPatch) -> CaseOut | None:
    """Change an action's words, measure, lines and owner.

    Only what is sent is changed; lines are sent all together.
    """
    about(action_id, "action")
    case = as_it_stands()
    if case is None:
        raise NotFound
    kept = {name: case.data[name] for name in ("text", "owner_id", "measure", "number")}
    sent = body.sent()
    lines = (
        _lines(sent.pop("lines"))
        if "lines" in sent
        else tuple(Line(line["priority"], line["progress"], line["report_to_board"]) for line in case.data["lines"])
    )
    requests.run(edit_action, action_id, ActionInput(**kept | sent, lines=lines), seen=body.version)
    return as_it_stands()


def _lines(lines: list[LineBody]) -> tuple[Line, ...]:
    return tuple(Line(**_fields(line)) for line in lines)
