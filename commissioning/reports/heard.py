"""What the bodies on a report's route made of it: each with its meeting, what it is asked, and its outcome; and what
travels with the paper to the next body (BR-42, LI-03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.models.bodies import Body, Decision, Meeting
from commissioning.models.cases import Case
from commissioning.models.outside import OutsideComment
from commissioning.models.reports import Recommendation, Report, RouteStop

STOP_ASKS = {"decide": "To decide", "comment": "To comment", "endorse": "To endorse", "note": "To note"}
"""What a body on a report's route is asked (BR-42, LI-03)."""


@dataclass(frozen=True, slots=True)
class StopView:
    """One body on the way, as the report's page shows it. `outcome`: how it ended there, in words."""

    body: Body
    meeting: Meeting | None
    asked: str
    is_here: bool
    outcome: str
    decides: bool


def list_stops(session: Session, report_id: int) -> Sequence[RouteStop]:
    """The stops of a report, in order, with their bodies."""
    return session.scalars(
        select(RouteStop)
        .where(RouteStop.report_id == report_id)
        .options(joinedload(RouteStop.body))
        .order_by(RouteStop.position, RouteStop.id)
    ).all()


def asked_of(stop: RouteStop) -> str:
    """What a stop asks of its body, as a code of `STOP_ASKS`."""
    return stop.ask or ("decide" if stop.decides else "comment")


def list_route(session: Session, report: Report, scope: str | None, stops: Sequence[RouteStop]) -> list[StopView]:
    """The whole way of a report that goes through more bodies than one; nothing of a shorter one. Two queries."""
    if len(stops) < 2:
        return []
    made: dict[int, list[Decision]] = {}
    rows = session.scalars(
        select(Decision)
        .where(Decision.report_id == report.case_id)
        .options(joinedload(Decision.meeting))
        .order_by(Decision.number)
    )
    for row in rows:
        made.setdefault(row.body_id, []).append(row)
    wanted = {m for s in stops if (m := _meeting_id(s, report, scope)) is not None}
    meetings = {m.case_id: m for m in session.scalars(select(Meeting).where(Meeting.case_id.in_(wanted)))}
    found = []
    for stop in stops:
        mine = made.get(stop.body_id, [])
        outcomes = dict.fromkeys(labels.OUTCOMES[d.outcome] for d in mine)
        meeting = mine[-1].meeting if mine else meetings.get(_meeting_id(stop, report, scope) or 0)
        is_here = scope == f"body:{stop.body_id}"
        asked = STOP_ASKS[asked_of(stop)]
        found.append(StopView(stop.body, meeting, asked, is_here, ", ".join(outcomes), stop.decides))
    return found


def _meeting_id(stop: RouteStop, report: Report, scope: str | None) -> int | None:
    return report.meeting_id if scope == f"body:{stop.body_id}" else stop.meeting_id


def list_heard(session: Session, report_id: int, scope: str | None) -> list[dict[str, Any]]:
    """What earlier bodies made of each recommendation, and what bodies outside said, for the paper at the next body;
    plain values, in order. `number` is 0 for what is said of the whole paper, by `said_by` of a body outside."""
    rows = session.execute(
        select(Decision, Body.name, Recommendation.position, Recommendation.secrecy, Case.secrecy)
        .join(Body, Body.case_id == Decision.body_id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.report_id == report_id)
        .order_by(Decision.decided_on, Decision.number)
    ).all()
    found = []
    for decision, body, number, own, secrecy in rows:
        if scope == f"body:{decision.body_id}":
            continue
        found.append(
            {
                "body": body,
                "on": decision.decided_on,
                "number": number,
                "outcome": decision.outcome,
                "text": decision.text if decision.outcome == "agreed_as_amended" else "",
                "comments": decision.comments,
                "reasons": decision.reasons,
                "secrecy": own if own != "open" else secrecy,
                "said_by": "",
                "is_outside": False,
            }
        )
    return sorted([*found, *_heard_outside(session, report_id)], key=lambda one: one["on"])


def _heard_outside(session: Session, report_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(OutsideComment)
        .where(OutsideComment.report_id == report_id, OutsideComment.answer == "commented")
        .order_by(OutsideComment.said_on, OutsideComment.id)
    )
    return [
        {
            "body": row.body,
            "on": row.said_on,
            "number": 0,
            "outcome": "commented",
            "text": "",
            "comments": row.text,
            "reasons": "",
            "secrecy": row.secrecy,
            "said_by": row.said_by,
            "is_outside": True,
        }
        for row in rows
    ]
