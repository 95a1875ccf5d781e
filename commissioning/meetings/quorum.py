"""Who counts at a meeting: who sits there, who comes and goes, the quorum, who may vote on an item.

One person counts once, whatever they are; a declared interest takes a member out of one line only, unless there is a
dispensation; who leaves during an item is out from it on, who arrives counts from it on (product.md, 1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from commissioning.boards.queries import list_members
from commissioning.models.bodies import AgendaItem, Attendance, Body, Interest, Meeting
from commissioning.models.sittings import AgendaHeading, Movement, SittingRules

SITTING = {
    "executive": (False, True),
    "committee": (False, True),
    "partnership": (False, False),
    "officer": (True, False),
}
"""By kind: whether members may take part from elsewhere, and whether the chair has a casting vote (P-25)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place on the day, and who sits on it: the member, a substitute, or nobody."""

    person_id: int
    name: str
    is_voting: bool
    status: str = ""
    substitute: str = ""
    substitute_votes: bool = False
    is_remote: bool = False

    @property
    def is_taken(self) -> bool:
        """Whether somebody sits on it at some time of the meeting."""
        return self.status == "present" or bool(self.substitute)

    @property
    def counts(self) -> bool:
        """Whether who sits there counts for the quorum and may vote."""
        return self.is_voting and (self.status == "present" or bool(self.substitute and self.substitute_votes))

    @property
    def who(self) -> str:
        """The name of who sits there."""
        return f"{self.substitute} (for {self.name})" if self.substitute and self.status != "present" else self.name


@dataclass(frozen=True, slots=True)
class Move:
    """A person came or went during a line."""

    person_id: int
    line_id: int
    is_arrival: bool
    at: time


@dataclass(frozen=True, slots=True)
class Present:
    """The seats of the day, the moves in the order of the agenda, interests by line, and how many it takes.

    `places` says which line comes before which; `excused` are those whose dispensation lets them stay in.
    """

    seats: tuple[Seat, ...]
    quorum: int
    moves: tuple[Move, ...] = ()
    places: Mapping[int, int] | None = None
    interests: Mapping[int, frozenset[int]] | None = None

    @property
    def voting(self) -> frozenset[int]:
        """Members who vote."""
        return frozenset(s.person_id for s in self.seats if s.is_voting)

    @property
    def present(self) -> frozenset[int]:
        """Whose seat was taken by somebody who counts, at some time of the meeting."""
        return frozenset(s.person_id for s in self.seats if s.counts)

    @property
    def is_quorate(self) -> bool:
        """Whether enough of them came."""
        return len(self.present) >= self.quorum

    def in_room(self, line_id: int | None) -> frozenset[int]:
        """Whose seat is taken at a line of the agenda, whether or not they vote; at the end, if none is named."""
        found = {s.person_id for s in self.seats if s.is_taken}
        places = self.places or {}
        until = places.get(line_id, 0) if line_id is not None else None
        first: dict[int, Move] = {}
        for move in self.moves:
            first.setdefault(move.person_id, move)
        found -= {person for person, move in first.items() if move.is_arrival}
        for move in self.moves:
            if until is not None and places.get(move.line_id, 0) > until:
                continue
            found = found | {move.person_id} if move.is_arrival else found - {move.person_id}
        return frozenset(found)

    def is_from_start(self, seat: Seat, line_id: int) -> bool:
        """Whether who is marked as there at a line was there from the start, so that nobody "came in": it is the first
        line, and nothing was recorded of them yet."""
        return not seat.status and self.is_first(line_id)

    def is_first(self, line_id: int) -> bool:
        """Whether a line is the first of the agenda."""
        places = self.places or {}
        return line_id in places and places[line_id] == min(places.values())

    def voters_on(self, line_id: int) -> frozenset[int]:
        """Whose seat counts at a line: there, entitled to vote, and without an interest in it."""
        return (self.in_room(line_id) & self.present) - (self.interests or {}).get(line_id, frozenset())

    def is_quorate_for(self, line_id: int) -> bool:
        """Whether a line can be decided."""
        return len(self.voters_on(line_id)) >= self.quorum

    def why_inquorate(self, line_id: int) -> str:
        """Why it cannot, in words; empty if it can."""
        voters = self.voters_on(line_id)
        if len(voters) >= self.quorum:
            return ""
        out = len(self.present & (self.interests or {}).get(line_id, frozenset()) & self.in_room(line_id))
        said = f" ({out} out with an interest)" if out else ""
        members = "1 voting member is" if len(voters) == 1 else f"{len(voters)} voting members are"
        return f"Not quorate: {members} present for this item{said}, the quorum is {self.quorum}"


def quorum_of(voting: int, divisor: int, minimum: int) -> int:
    """One in `divisor` of the voting members, rounded up, and at least `minimum`."""
    return max(-(-voting // divisor), minimum)


def sitting_rules(session: Session, body: Body) -> SittingRules:
    """How a body sits: as it has said, else as its kind does."""
    found = session.get(SittingRules, body.case_id)
    remote, casts = SITTING[body.kind]
    return found or SittingRules(body_id=body.case_id, allows_remote=remote, chair_casts=casts)


def attended_at(session: Session, meeting: Meeting, attendance: Mapping[int, Attendance] | None = None) -> Present:
    """Who came to a meeting and how many it takes, whatever happened during it. Two queries."""
    body = session.get_one(Body, meeting.body_id)
    if attendance is None:
        rows = session.scalars(select(Attendance).where(Attendance.meeting_id == meeting.case_id))
        attendance = {row.person_id: row for row in rows}
    seats: dict[int, Seat] = {}
    for member in list_members(session, meeting.body_id, meeting.meeting_on):
        known = seats.get(member.person_id)
        votes = member.is_voting or (known is not None and known.is_voting)
        seats[member.person_id] = _seat(member.person_id, member.person.name, votes, attendance.get(member.person_id))
    voting = sum(seat.is_voting for seat in seats.values())
    return Present(tuple(seats.values()), quorum_of(voting, body.quorum_divisor, body.quorum_minimum))


def present_at(session: Session, meeting: Meeting, attendance: Mapping[int, Attendance] | None = None) -> Present:
    """Who is present at each line of a meeting's agenda. Five queries; four, where the caller has the attendance."""
    places = places_of(session, meeting.case_id)
    return replace(
        attended_at(session, meeting, attendance),
        moves=tuple(_moves(session, meeting.case_id, places)),
        places=places,
        interests=_interests(session, list(places)),
    )


def _seat(person_id: int, name: str, is_voting: bool, row: Attendance | None) -> Seat:
    if row is None:
        return Seat(person_id, name, is_voting)
    substitute = row.substitute if row.status != "present" else ""
    return Seat(person_id, name, is_voting, row.status, substitute, row.substitute_votes, row.is_remote)


def places_of(session: Session, meeting_id: int) -> dict[int, int]:
    """The place of every line of an agenda, by its id."""
    rows = session.execute(
        union_all(
            select(AgendaItem.case_id, AgendaItem.position).where(AgendaItem.meeting_id == meeting_id),
            select(AgendaHeading.id, AgendaHeading.position).where(AgendaHeading.meeting_id == meeting_id),
        )
    )
    return {row.case_id: row.position for row in rows}


def _moves(session: Session, meeting_id: int, places: Mapping[int, int]) -> Sequence[Move]:
    rows = session.scalars(select(Movement).where(Movement.meeting_id == meeting_id).order_by(Movement.id)).all()
    rows = sorted(rows, key=lambda m: (places.get(m.line_id, 0), m.at, m.id))
    return [Move(m.person_id, m.line_id, m.is_arrival, m.at) for m in rows]


def _interests(session: Session, line_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    """Who is out for a line of the agenda: with an interest, and no dispensation."""
    found: dict[int, set[int]] = {}
    rows = session.execute(
        select(Interest.line_id, Interest.person_id).where(Interest.line_id.in_(line_ids), Interest.dispensation == "")
    )
    for line_id, person_id in rows:
        found.setdefault(line_id, set()).add(person_id)
    return {line_id: frozenset(people) for line_id, people in found.items()}
