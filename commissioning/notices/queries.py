"""Reading notices: of one report, one as it was published, and where a report's decision is to be taken."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.boards.queries import list_members
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.notices import Notice
from commissioning.models.people import Post
from commissioning.models.reports import Appendix, Report, RouteStop
from commissioning.notices.standing import Standing, needs_of, standing_of
from workflows.working_days import in_words


@dataclass(frozen=True, slots=True)
class Deciding:
    """Where a report is to be decided: the first body of its route that decides, and its meeting if one is chosen."""

    body: Body
    meeting: Meeting | None


def list_deciding(
    session: Session,
    reports: Sequence[Report],
    known: Sequence[Meeting] = (),
    route: Sequence[RouteStop] | None = None,
) -> dict[int, Deciding]:
    """Where these reports are to be decided, by report. Two queries; none if meetings are `known` and `route` given."""
    if route is None:
        of_all = RouteStop.report_id.in_([r.case_id for r in reports])
        order = (RouteStop.report_id, RouteStop.position, RouteStop.id)
        route = session.scalars(
            select(RouteStop).where(of_all).options(joinedload(RouteStop.body)).order_by(*order)
        ).all()
    stops: dict[int, RouteStop] = {}
    for stop in (s for s in route if s.decides):
        stops.setdefault(stop.report_id, stop)
    wanted = {r.meeting_id for r in reports} | {s.meeting_id for s in stops.values()}
    meetings = {m.case_id: m for m in known}
    if missing := wanted - meetings.keys() - {None}:
        of = select(Meeting).where(Meeting.case_id.in_(missing)).options(joinedload(Meeting.body))
        meetings |= {m.case_id: m for m in session.scalars(of)}
    found = {}
    for report in reports:
        meeting = meetings.get(report.meeting_id or 0)
        here = stops.get(report.case_id)
        body = here.body if here else meeting.body if meeting else None
        if body is not None:
            # Until the report is there, the meeting that is meant on its route; then its own.
            at = meeting if meeting is not None and meeting.body_id == body.case_id else None
            meant = meetings.get(here.meeting_id or 0) if here else None
            found[report.case_id] = Deciding(body, at or meant)
    return found


def list_notices(session: Session, report_ids: Sequence[int]) -> dict[int, list[Notice]]:
    """What has been published for these reports, by report, the oldest first; withdrawn ones too."""
    found: dict[int, list[Notice]] = {i: [] for i in report_ids}
    rows = session.scalars(
        select(Notice)
        .where(Notice.report_id.in_(report_ids))
        .options(joinedload(Notice.published_by))
        .order_by(Notice.report_id, Notice.published_on, Notice.id)
    )
    for row in rows:
        found[row.report_id].append(row)
    return found


def list_standings(
    session: Session, report: Report, secrecy: str, deciding: Deciding, given: Sequence[Notice], today: date
) -> list[Standing]:
    """How the needs of a report for notice stand, for the meeting that is to decide it."""
    needs = needs_of(is_key=report.is_key_decision, secrecy=secrecy, body=deciding.body)
    if not needs:
        return []
    calendar = council_calendar(session, deciding.body.case_id)
    on = deciding.meeting.meeting_on if deciding.meeting else None
    return [standing_of(need, given, deciding.body, on, today, calendar) for need in needs]


def get_notice(session: Session, notice_id: int) -> Notice:
    """One notice as it was published: it is public, whoever may read the report. Raises NotFound."""
    found = session.scalars(
        select(Notice).where(Notice.id == notice_id).options(joinedload(Notice.body), joinedload(Notice.published_by))
    ).first()
    if found is None:
        raise NotFound
    return found


def says(notice: Notice) -> Mapping[str, str]:
    """What a notice says, by field."""
    said: dict[str, str] = json.loads(notice.content)
    return said


def get_first_words(session: Session, report_id: int, deciding: Deciding, today: date) -> dict[str, Any]:
    """What a new notice begins with: from the report by its safe title, and from the body's last notice."""
    body, meeting = deciding.body, deciding.meeting
    case = session.get_one(Case, report_id)
    members = [m.person.name for m in list_members(session, body.case_id, today) if m.is_voting]
    files = session.scalars(
        select(Appendix)
        .where(Appendix.report_id == report_id, Appendix.secrecy == "open")
        .order_by(Appendix.position, Appendix.id)
    ).all()
    listed = [f"Appendix {a.letter}: {a.title}" for a in files] if case.secrecy == "open" else []
    clerk = session.get_one(Post, body.clerk_post_id).name
    found: dict[str, Any] = {
        "matter": case.safe_title,
        "decision_maker": f"{body.name}: {', '.join(members)}" if members else body.name,
        "decided_when": in_words(meeting.meeting_on) if meeting else "",
        "documents": "\n".join([f"Report: {case.safe_title}", *listed]),
        "other_documents": "Other documents relevant to the matter may be submitted later.",
        "how_to_ask": f"Ask {clerk}.",
    }
    scrutiny = session.get(Body, body.scrutiny_id) if body.scrutiny_id else None
    if scrutiny is not None:
        found["told"] = f"{session.get_one(Post, scrutiny.chair_post_id).name}, in writing"
    last = session.scalars(
        select(Notice)
        .where(Notice.body_id == body.case_id, Notice.withdrawn_at.is_(None))
        .order_by(Notice.published_at.desc(), Notice.id.desc())
        .limit(5)
    ).all()
    for name in ("address", "how_to_ask"):
        kept = next((said for n in last if (said := says(n).get(name))), None)
        found |= {name: kept} if kept else {}
    return found
