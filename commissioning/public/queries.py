"""Reading the public edition. Nobody is asked who they are: every query carries its predicate of `visibility.public`.

Instants that are given out are those of public acts alone: an agenda published, minutes approved, a paper put out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.bodies import AgendaItem, Body, Decision, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.people import StoredFile
from commissioning.models.publishing import Publication, Withdrawal
from commissioning.visibility.public import (
    body_is_public,
    decision_is_public,
    meeting_is_public,
    publication_is_public,
    withdrawn,
)

PER_PAGE = 30
IN_A_FEED = 50
MOST_IN_JSON = 1000
PUBLIC_ACTS = ("meeting.agenda_published", "meeting.minutes_approved", "meeting.cancelled")


@dataclass(frozen=True, slots=True)
class PublicPaper:
    """A paper as it was put out last for an item, with the meeting that hears it. `content` is None if withdrawn."""

    item_id: int
    title: str
    content: dict[str, Any] | None
    meeting: Meeting
    published_at: datetime
    withdrawn_letters: frozenset[str]


@dataclass(frozen=True, slots=True)
class PublicDecision:
    """A decision with the title of its paper and where to read it; `is_withdrawn`: nothing of it may be shown."""

    decision: Decision
    is_withdrawn: bool
    paper_title: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the register of decisions is narrowed to."""

    body_id: int | None = None
    outcome: str = ""
    from_on: date | None = None
    to_on: date | None = None
    words: str = ""
    meeting_id: int | None = None


def list_bodies(session: Session) -> Sequence[Body]:
    """Bodies that meet in public and have published an agenda, by name."""
    return session.scalars(select(Body).where(body_is_public(Body.case_id)).order_by(Body.name, Body.case_id)).all()


def get_body(session: Session, body_id: int) -> Body:
    """One body. Raises NotFound."""
    found = session.scalars(select(Body).where(Body.case_id == body_id, body_is_public(Body.case_id))).first()
    if found is None:
        raise NotFound
    return found


def _meetings() -> Select[Meeting]:
    return (
        select(Meeting)
        .where(meeting_is_public(Meeting.case_id))
        .options(joinedload(Meeting.body), joinedload(Meeting.case))
    )


def list_meetings(
    session: Session, *, body_id: int | None = None, page: int = 1, per_page: int = PER_PAGE
) -> tuple[Sequence[Meeting], int]:
    """Meetings with a published agenda, latest first, and how many there are."""
    found = _meetings()
    if body_id is not None:
        found = found.where(Meeting.body_id == body_id)
    total = session.execute(select(func.count()).select_from(found.options().subquery())).scalar_one()
    order = (Meeting.meeting_on.desc(), Meeting.starts_at.desc(), Meeting.case_id)
    return session.scalars(found.order_by(*order).limit(per_page).offset((page - 1) * per_page)).all(), total


def get_meeting(session: Session, meeting_id: int) -> Meeting:
    """One meeting. Raises NotFound."""
    found = session.scalars(_meetings().where(Meeting.case_id == meeting_id)).first()
    if found is None:
        raise NotFound
    return found


def list_acts(session: Session, meetings: Iterable[Meeting]) -> dict[int, datetime]:
    """When the last public act of each meeting was: its agenda, a paper, its minutes, something withdrawn."""
    ids = [m.case_id for m in meetings]
    acts: list[tuple[Any, Any, ColumnElement[bool]]] = [
        (Event.case_id, Event.at, Event.name.in_(PUBLIC_ACTS)),
        (AgendaItem.meeting_id, Publication.published_at, Publication.item_id == AgendaItem.case_id),
        (AgendaItem.meeting_id, Withdrawal.withdrawn_at, Withdrawal.case_id == AgendaItem.report_id),
        (Withdrawal.case_id, Withdrawal.withdrawn_at, Withdrawal.document == "minutes"),
    ]
    found: dict[int, datetime] = {}
    for whose, at, condition in acts:
        rows = session.execute(select(whose, func.max(at)).where(whose.in_(ids), condition).group_by(whose))
        for meeting_id, moment in rows:
            found[meeting_id] = max(moment, found.get(meeting_id, moment))
    return found


def get_paper(session: Session, item_id: int) -> PublicPaper:
    """A paper by its agenda item. Raises NotFound, also for one of which the whole is withheld."""
    row = session.execute(
        select(Publication, AgendaItem.meeting_id, withdrawn(Publication.report_id, "report"))
        .join(AgendaItem, AgendaItem.case_id == Publication.item_id)
        .where(Publication.item_id == item_id, Publication.is_whole, publication_is_public())
    ).first()
    if row is None:
        raise NotFound
    put_out, meeting_id, is_withdrawn = row
    letters = session.scalars(
        select(Withdrawal.part).where(
            Withdrawal.case_id == put_out.report_id,
            Withdrawal.document == "appendix",
            Withdrawal.restored_at.is_(None),
        )
    )
    return PublicPaper(
        put_out.item_id,
        "" if is_withdrawn else put_out.title,
        None if is_withdrawn else json.loads(put_out.content),
        get_meeting(session, meeting_id),
        put_out.published_at,
        frozenset(letters),
    )


def get_appendix(session: Session, item_id: int, letter: str) -> tuple[StoredFile | None, dict[str, Any]]:
    """The file of an open appendix and what it is called; no file where it was withdrawn. Raises NotFound."""
    paper = get_paper(session, item_id)
    if paper.content is None:
        return None, {"letter": ""}
    for one in paper.content["appendices"]:
        if one["letter"] == letter and one.get("file_sha256"):
            if letter in paper.withdrawn_letters:
                return None, one
            return session.get_one(StoredFile, one["file_sha256"]), one
    raise NotFound


def find_minutes(session: Session, meeting: Meeting) -> tuple[str, bool]:
    """The minutes once they are public (empty until then), and whether they were withdrawn."""
    state = house.workflows[meeting.case.definition].states[meeting.case.state]
    if not state.has("minutes_public") or not meeting.minutes:
        return "", False
    query = select(Meeting.case_id).where(Meeting.case_id == meeting.case_id, withdrawn(Meeting.case_id, "minutes"))
    return ("", True) if session.scalars(query).first() is not None else (meeting.minutes, False)


_SHOWN_WITH = [joinedload(x) for x in (Decision.body, Decision.case, Decision.meeting, Decision.call_in)]


def _decisions(wanted: Wanted, today: date) -> Select[Any, Any]:
    gone = withdrawn(Decision.case_id, "decision") | withdrawn(Decision.report_id, "report")
    found: Select[Any, Any] = select(Decision, gone).join(Case, Case.id == Decision.case_id)
    found = found.where(decision_is_public(today))
    for column, value in ((Decision.body_id, wanted.body_id), (Decision.meeting_id, wanted.meeting_id)):
        found = found.where(column == value) if value is not None else found
    found = found.where(Decision.outcome == wanted.outcome) if wanted.outcome else found
    found = found.where(Decision.decided_on >= wanted.from_on) if wanted.from_on else found
    found = found.where(Decision.decided_on <= wanted.to_on) if wanted.to_on else found
    for word in wanted.words.split()[:8]:
        # What is withdrawn is not found by its words either.
        said = or_(*(c.icontains(word, autoescape=True) for c in (Decision.text, Decision.reasons)))
        found = found.where(~gone, said)
    return found


def list_decisions(
    session: Session, wanted: Wanted, today: date, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[PublicDecision], int]:
    """The register, newest first, and how many there are."""
    found = _decisions(wanted, today)
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    rows = session.execute(
        found.options(
            joinedload(Decision.body),
            joinedload(Decision.case),
            joinedload(Decision.meeting),
            joinedload(Decision.call_in),
        )
        .order_by(Decision.decided_on.desc(), Decision.body_id, Decision.number.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return _with_papers(session, rows), total


def get_decision(session: Session, decision_id: int, today: date) -> PublicDecision:
    """One decision. Raises NotFound."""
    query = _decisions(Wanted(), today).where(Decision.case_id == decision_id)
    rows = session.execute(
        query.options(
            joinedload(Decision.body),
            joinedload(Decision.case),
            joinedload(Decision.meeting),
            joinedload(Decision.call_in),
        )
    ).all()
    if not rows:
        raise NotFound
    return _with_papers(session, rows)[0]


def list_related(session: Session, decision: Decision, today: date) -> list[tuple[str, int]]:
    """The public decision that took this one's place, and the one whose place it took: in words, with its id."""
    rows = session.scalars(
        select(Decision.case_id)
        .join(Case, Case.id == Decision.case_id)
        .where(or_(Decision.replaces_id == decision.case_id, Decision.case_id == (decision.replaces_id or 0)))
        .where(decision_is_public(today))
        .order_by(Decision.case_id)
    )
    older = "The decision that it replaces"
    return [(older if i == decision.replaces_id else "The decision that replaced it", i) for i in rows]


def _with_papers(session: Session, rows: Sequence[Any]) -> list[PublicDecision]:
    items = [d.item_id for d, _ in rows]
    papers = session.execute(
        select(Publication.item_id, Publication.title).where(
            Publication.item_id.in_(items), Publication.is_whole, publication_is_public()
        )
    )
    titles = {r.item_id: r.title for r in papers}
    return [
        PublicDecision(
            d,
            bool(gone),
            titles.get(d.item_id, ""),
            house.workflows[d.case.definition].states[d.case.state].label,
        )
        for d, gone in rows
    ]
