"""Who is a member at a meeting: those whose membership of the body covers its day.

Here: keeping the roles of a meeting in step with memberships. Not here: memberships themselves (`boards`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.boards.queries import list_members
from commissioning.casework.making import RoleRow
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, CaseRole


def roles_of_meeting(session: Session, body: Body, meeting_on: date) -> list[RoleRow]:
    """The roles that a meeting of a body on a day begins with."""
    people = dict.fromkeys(m.person_id for m in list_members(session, body.case_id, meeting_on))
    return [
        ("clerk", None, body.clerk_post_id, None),
        ("chair", None, body.chair_post_id, None),
        *(("member", person, None, None) for person in people),
    ]


def open_meeting_ids(session: Session, body_id: int) -> list[int]:
    """Meetings of a body that are not finished."""
    rows = session.execute(
        select(Meeting.case_id)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == body_id, Case.is_done.is_(False))
        .order_by(Meeting.case_id)
    )
    return [row.case_id for row in rows]


def sync_members(session: Session, meeting_id: int) -> None:
    """Make the members of a meeting those whose membership covers its day. The caller has locked the meeting."""
    session.flush()
    meeting = session.get_one(Meeting, meeting_id)
    wanted = {m.person_id for m in list_members(session, meeting.body_id, meeting.meeting_on)}
    rows = session.execute(
        select(CaseRole.id, CaseRole.person_id).where(CaseRole.case_id == meeting_id, CaseRole.role == "member")
    ).all()
    gone = [r.id for r in rows if r.person_id not in wanted]
    if gone:
        session.execute(delete(CaseRole).where(CaseRole.id.in_(gone)))
    there = {r.person_id for r in rows}
    new = [
        {"id": fresh_id(), "case_id": meeting_id, "role": "member", "person_id": p, "post_id": None, "part": None}
        for p in sorted(wanted - there)
    ]
    insert_rows(session, CaseRole, new)
