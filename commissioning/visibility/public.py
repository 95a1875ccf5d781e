"""What a reader who is nobody may see: the public edition. Its own predicates, made of nothing that asks who reads.

Only bodies that meet in public exist here, and of theirs only what is published, open and not restricted. What is
withdrawn is still listed, with "withdrawn" in its place: `withdrawn` says so.

As in `visibility`, the words of a predicate are kept, never an answer: to write them anew took longer than to ask.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from commissioning.models.bodies import AgendaItem, Body, Decision, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.publishing import Publication, Withdrawal
from commissioning.models.reports import Recommendation
from commissioning.visibility.parts import IdColumn

APART = ("removed", "rolled_on", "listed")
"""States of an agenda item in which it stands on no agenda that is out."""


@lru_cache(maxsize=32)
def meeting_is_public(meeting_id: IdColumn) -> ColumnElement[bool]:
    """Whether a meeting has a published agenda (or was called off) at a body that meets in public."""
    # Aliases everywhere: a table of the same name in the query around it would be compared with itself.
    its, of, body = aliased(Meeting), aliased(Case), aliased(Body)
    return exists(
        select(its.case_id)
        .join(of, of.id == its.case_id)
        .join(body, body.case_id == its.body_id)
        .where(its.case_id == meeting_id, of.exposure == "published", of.secrecy == "open")
        .where(of.restricted.is_(False), body.meets_in_public)
        .correlate_except(its, of, body)
    )


def called_off_unseen(meeting_id: IdColumn) -> ColumnElement[bool]:
    """Whether a meeting was cancelled before its agenda was out: that it was is public, what was to be on it is not."""
    its = aliased(Event)
    return exists(
        select(its.id)
        .where(its.case_id == meeting_id, its.name == "meeting.cancelled", its.from_state != "agenda_published")
        .correlate_except(its)
    )


@lru_cache(maxsize=8)
def body_is_public(body_id: IdColumn) -> ColumnElement[bool]:
    """Whether a body meets in public and has published an agenda, or a decision without a meeting: one that is only
    proposed is not there."""
    of, made, its = aliased(Meeting), aliased(Decision), aliased(Case)
    met = exists(select(of.case_id).where(of.body_id == body_id, meeting_is_public(of.case_id)).correlate_except(of))
    decided = exists(
        select(made.case_id)
        .join(its, its.id == made.case_id)
        .where(made.body_id == body_id, _made_without_meeting(made), *_open_decision(made, its))
        .correlate_except(made, its)
    )
    return or_(met, decided)


def _made_without_meeting(made: type[Decision]) -> ColumnElement[bool]:
    """By a member, an officer, urgently or in another system, for a body that meets in public (P-14 to P-16)."""
    body = aliased(Body)
    in_public = exists(
        select(body.case_id).where(body.case_id == made.body_id, body.meets_in_public).correlate_except(body)
    )
    return and_(made.meeting_id.is_(None), in_public)


def _open_decision(made: type[Decision], its: type[Case]) -> tuple[ColumnElement[bool], ...]:
    """A published decision on an open recommendation of a paper whose whole is not withheld."""
    paper, asked = aliased(Case), aliased(Recommendation)
    paper_open = exists(
        select(paper.id)
        .where(paper.id == made.report_id, paper.secrecy == "open", paper.restricted.is_(False))
        .correlate_except(paper)
    )
    ask_open = exists(
        select(asked.id).where(asked.id == made.recommendation_id, asked.secrecy == "open").correlate_except(asked)
    )
    return (its.exposure == "published", its.secrecy == "open", its.restricted.is_(False), paper_open, ask_open)


@lru_cache(maxsize=1)
def item_is_public() -> ColumnElement[bool]:
    """Over `AgendaItem` joined to its `Case`: on an agenda that is out, published or announced as to follow."""
    done = aliased(Publication)
    put_out = exists(select(done.id).where(done.item_id == AgendaItem.case_id).correlate_except(done))
    stands = or_(Case.state.not_in(APART), and_(Case.state == "rolled_on", put_out))
    return and_(meeting_is_public(AgendaItem.meeting_id), Case.exposure == "published", stands)


@lru_cache(maxsize=1)
def publication_is_public() -> ColumnElement[bool]:
    """Over `Publication`: the last one for an item of a public meeting."""
    later = aliased(Publication)
    last = select(func.max(later.number)).where(later.item_id == Publication.item_id).correlate(Publication)
    item = aliased(AgendaItem)
    heard = exists(
        select(item.case_id)
        .where(item.case_id == Publication.item_id, meeting_is_public(item.meeting_id))
        .correlate_except(item)
    )
    return and_(Publication.number == last.scalar_subquery(), heard)


@lru_cache(maxsize=8)
def decision_is_public(today: date) -> ColumnElement[bool]:
    """Over `Decision` joined to its `Case`: published by today, at a public meeting or without one for a body that
    meets in public, on an open recommendation of a paper whose whole is not withheld."""
    where = or_(meeting_is_public(Decision.meeting_id), _made_without_meeting(Decision))
    return and_(where, *_open_decision(Decision, Case), Decision.published_on <= today)


@lru_cache(maxsize=32)
def withdrawn(case_id: IdColumn, document: str, part: IdColumn | None = None) -> ColumnElement[bool]:
    """Whether a document is withdrawn from the public now. `document`: report, appendix (with its letter as `part`),
    minutes or decision; `case_id` that of the report, meeting or decision."""
    gone = aliased(Withdrawal)
    conditions = [gone.case_id == case_id, gone.document == document, gone.restored_at.is_(None)]
    conditions.append(gone.part == part if part is not None else true())
    return exists(select(gone.id).where(*conditions).correlate_except(gone))
