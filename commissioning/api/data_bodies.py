"""What bodies, meetings, agenda items, decisions and actions hold, for `GET /cases/{id}`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.casework.registry import house
from commissioning.meetings.agenda import list_shown_agenda, opening_of
from commissioning.meetings.queries import list_interests
from commissioning.meetings.quorum import present_at, sitting_rules
from commissioning.models.bodies import (
    Action,
    AgendaItem,
    Attendance,
    Body,
    Decision,
    Interest,
    Meeting,
    Membership,
    Outcome,
)
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation
from commissioning.models.sittings import Movement
from commissioning.visibility import has_part, may_read_secret, visible_any

_RULES = (
    *("remit", "clear_days", "clear_day_rule", "notice_days", "call_in_days", "meets_in_public", "decides_by"),
    *("close_days", "close_time", "quorum_divisor", "quorum_minimum", "sign_off_order", "blocking_findings"),
    *("allows_elsewhere", "key_threshold_pence", "call_in_members", "scrutiny_id", "kept_in"),
)


@data_of("body")
def body_data(reader: Reader) -> Data:
    """A body, its rules, how its meetings run, and its members. `version` counts what happened to it, for PATCH."""
    body = reader.session.get_one(Body, reader.case.id)
    members = reader.session.scalars(
        select(Membership)
        .where(Membership.body_id == body.case_id)
        .options(selectinload(Membership.person))
        .order_by(Membership.from_on, Membership.id)
    )
    return {
        "version": reader.case.chain_seq,
        **columns_of(body, "kind", "name", "short_name", "parent_id", "clerk_post_id", "chair_post_id", *_RULES),
        **columns_of(sitting_rules(reader.session, body), "allows_remote", "chair_casts"),
        "opening": [
            {"kind": kind, "title": title, "length": length}
            for kind, title, length in opening_of(reader.session, body.case_id)
        ],
        "members": [
            {**columns_of(m, "id", "person_id", "organisation", "is_voting", "from_on", "to_on"), "name": m.person.name}
            for m in members
        ],
    }


@data_of("meeting")
def meeting_data(reader: Reader) -> Data:
    """A meeting's dates, agenda and attendance; minutes once approved, and before for who has a part in the meeting."""
    session, meeting = reader.session, reader.session.get_one(Meeting, reader.case.id)
    takes_part = reader.holds(has_part(reader.actor))
    state = house.workflows[reader.case.definition].states[reader.case.state]
    attendances = session.scalars(
        select(Attendance)
        .where(Attendance.meeting_id == meeting.case_id)
        .options(selectinload(Attendance.person))
        .order_by(Attendance.id)
    )
    items = _items(reader, takes_part)
    return {
        "version": reader.case.chain_seq,
        **columns_of(meeting, "body_id", "meeting_on", "starts_at", "place", "papers_close_at", "publish_on"),
        **columns_of(meeting, "short_notice", "convened_on"),
        "presided_by_id": meeting.presided_by_id,
        "decisions_confirmed_at": meeting.decisions_confirmed_at,
        "minutes": meeting.minutes if takes_part or state.has("minutes_public") else None,
        "minutes_version": meeting.minutes_version,
        "items": items,
        "agenda": _agenda(reader, meeting, takes_part),
        "movements": _movements(reader, meeting) if takes_part else [],
        "attendance": [
            {
                **columns_of(a, "person_id", "status", "substitute", "substitute_votes", "is_remote"),
                "name": a.person.name,
            }
            for a in attendances
        ],
        "outcomes": _outcomes(reader, items) if takes_part else [],
    }


_LINE = ("id", "number", "kind", "title", "text", "presenter", "length", "starts_at", "secrecy", "exempt_paragraph")


def _agenda(reader: Reader, meeting: Meeting, takes_part: bool) -> list[Data]:
    """The lines of the agenda; for who has a part in the meeting with the interests in each, and whether it has its
    quorum by who is there (P-20)."""
    lines = list_shown_agenda(reader.session, reader.actor, meeting, reader.today)
    found = [columns_of(line, *_LINE) for line in lines]
    if not takes_part:
        return found
    present = present_at(reader.session, meeting)
    interests = list_interests(reader.session, [line.id for line in lines if line.heading or line.report_id])
    for line in found:
        line["interests"] = [_interest(i) for i in interests if i.line_id == line["id"]]
        voters = len(present.voters_on(line["id"]))
        line["quorum"] = {"needed": present.quorum, "voters": voters, "is_quorate": voters >= present.quorum}
    return found


def _movements(reader: Reader, meeting: Meeting) -> list[Data]:
    rows = reader.session.scalars(
        select(Movement)
        .where(Movement.meeting_id == meeting.case_id)
        .options(selectinload(Movement.person))
        .order_by(Movement.at, Movement.id)
    )
    return [{**columns_of(m, "person_id", "line_id", "is_arrival", "at"), "name": m.person.name} for m in rows]


def _interest(row: Interest) -> Data:
    return {**columns_of(row, "person_id", "nature", "dispensation"), "name": row.person.name}


def _items(reader: Reader, takes_part: bool) -> list[Data]:
    """Items on the agenda: a report that the reader may not know of by its safe title, without its id."""
    rows = reader.session.execute(
        select(AgendaItem, Case, visible_any(reader.actor, reader.today).label("is_seen"))
        .join(Case, Case.id == AgendaItem.report_id)
        .where(AgendaItem.meeting_id == reader.case.id)
        .order_by(AgendaItem.position, AgendaItem.case_id)
    ).all()
    ids = [row[0].case_id for row in rows]
    states = {r.id: r.state for r in reader.session.execute(select(Case.id, Case.state).where(Case.id.in_(ids)))}
    shown = []
    for item, report, is_seen in rows:
        where = house.workflows["agenda-item.v1"].states[states[item.case_id]]
        if not (is_seen or takes_part or where.exposure == "published"):
            continue
        shown.append(
            {
                "id": item.case_id,
                "report_id": report.id if is_seen else None,
                "title": report.title if is_seen else report.safe_title,
                "state": where.name,
                **columns_of(item, "position", "number", "is_late", "to_follow_reason", "expected_on"),
            }
        )
    return shown


_ENTERED = (
    *("id", "item_id", "recommendation_id", "outcome", "amended_text", "chosen", "reasons", "alternatives"),
    *("comments", "referred_to_id", "votes_for", "votes_against", "abstentions", "casting_vote"),
    *("action_title", "action_owner_id", "action_due_on", "version"),
)


def _outcomes(reader: Reader, items: list[Data]) -> list[Data]:
    """Outcomes as entered, of items whose whole paper the reader may read."""
    readable = select(Case.id).where(Case.kind == "report", may_read_secret(reader.actor, reader.today))
    rows = reader.session.scalars(
        select(Outcome)
        .join(AgendaItem, AgendaItem.case_id == Outcome.item_id)
        .join(Recommendation, Recommendation.id == Outcome.recommendation_id)
        .where(
            Outcome.item_id.in_([i["id"] for i in items if i["report_id"]]),
            (Recommendation.secrecy == "open") | AgendaItem.report_id.in_(readable),
        )
        .order_by(Outcome.item_id, Outcome.id)
    )
    return [columns_of(row, *_ENTERED) for row in rows]


@data_of("agenda_item")
def item_data(reader: Reader) -> Data:
    """One report at one meeting, and the interests declared in it."""
    item = reader.session.get_one(AgendaItem, reader.case.id)
    return {
        **columns_of(item, "meeting_id", "report_id", "position", "number", "length", "is_late", "inquorate"),
        **columns_of(item, "to_follow_reason", "expected_on"),
        "interests": [_interest(i) for i in list_interests(reader.session, [item.case_id])],
    }


_RECORD = (
    *("body_id", "meeting_id", "report_id", "recommendation_id", "number", "ask", "outcome", "text", "original_text"),
    *("chosen", "reasons", "alternatives", "comments", "interests", "votes_for", "votes_against", "abstentions"),
    *("decided_on", "published_on", "call_in_until_on", "effective_at", "not_carried_out", "amount_pence"),
    *("referred_to_id", "replaces_id", "corrected_on", "way", "decided_by", "authority", "dispensations"),
    "minute_reference",
)


@data_of("decision")
def decision_data(reader: Reader) -> Data:
    """The record of a decision (P-14), and of its call-in. `version` counts what happened to it, for PATCH."""
    found = reader.session.get_one(Decision, reader.case.id)
    called = found.call_in
    known = reader.seen({found.replaces_id})
    kept = ("members", "grounds", "called_on", "settled_as", "advice", "settled_on")
    return {
        "version": reader.case.chain_seq,
        **columns_of(found, *_RECORD),
        "replaces_id": found.replaces_id if found.replaces_id in known else None,
        "call_in": columns_of(called, *kept) if called else None,
    }


@data_of("action")
def action_data(reader: Reader) -> Data:
    """What is to be done, by whom and by when, with its lines (NY-03 to NY-05)."""
    action = reader.session.get_one(Action, reader.case.id)
    known = reader.seen({action.decision_id})
    return {
        "version": reader.case.chain_seq,
        **columns_of(action, "number", "text", "owner_id", "action_due_on", "due_precision", "measure", "body_id"),
        "owner": action.owner_name or None,
        "decision_id": action.decision_id if action.decision_id in known else None,
        "blocked_until_on": action.blocked_until_on,
        "lines": [
            columns_of(line, "id", "position", "priority", "progress", "report_to_board") for line in action.lines
        ],
    }
