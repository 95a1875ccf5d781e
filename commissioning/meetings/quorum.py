"""Who counts at a meeting: the quorum, who is present, who may vote on an item.

One person counts once, whatever they are; a declared interest takes a member out of one item only (product.md, 1).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.boards.queries import list_members
from commissioning.models.bodies import Attendance, Body, Interest, Meeting


@dataclass(frozen=True, slots=True)
class Present:
    """The voting members of the day, those of them who are present, and how many it takes."""

    voting: frozenset[int]
    present: frozenset[int]
    quorum: int

    @property
    def is_quorate(self) -> bool:
        """Whether enough voting members are present."""
        return len(self.present) >= self.quorum


def quorum_of(voting: int, divisor: int, minimum: int) -> int:
    """One in `divisor` of the voting members, rounded up, and at least `minimum`."""
    return max(-(-voting // divisor), minimum)


def present_at(session: Session, meeting: Meeting) -> Present:
    """Who is present at a meeting. Two queries."""
    body = session.get_one(Body, meeting.body_id)
    members = list_members(session, meeting.body_id, meeting.meeting_on)
    voting = frozenset(m.person_id for m in members if m.is_voting)
    rows = session.execute(
        select(Attendance.person_id).where(Attendance.meeting_id == meeting.case_id, Attendance.status == "present")
    )
    here = frozenset(r.person_id for r in rows)
    return Present(voting, voting & here, quorum_of(len(voting), body.quorum_divisor, body.quorum_minimum))


def voters_on(session: Session, present: Present, item_id: int) -> frozenset[int]:
    """Who of those present may vote on an item: the others have declared an interest in it."""
    rows = session.execute(select(Interest.person_id).where(Interest.item_id == item_id))
    return present.present - {r.person_id for r in rows}
