"""Lawful erasure: the words of an audit chain go, the chain stays whole.

Each event's body and salt are deleted, so that what was bound to the chained bytes can neither be read nor guessed.
The erasure itself is an event of the chain `erasures`, which cannot be erased; the verifier calls an erased body
"erased" if it is on record there, and a finding if it is not. With a case's chain go the words of the case
itself: its draft and frozen editions, what signers wrote about it, its messages, and what search knew of it. Codes,
sums, days and hashes stay. Another case that names it (an agenda item) has a chain of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.models.bodies import Action, ActionLine, AgendaItem
from commissioning.models.cases import Case, Event, Message
from commissioning.models.outside import OutsideComment
from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.models.publishing import FileCheck
from commissioning.models.reports import (
    Appendix,
    Asked,
    Recommendation,
    RecommendationOption,
    Report,
    ReportEdition,
    ReportSignOff,
    Risk,
    Section,
    SignOffQuestion,
)
from commissioning.models.search import SearchPart
from commissioning.models.word import WordCopy, WordReturn

ERASURES = "erasures"


class CannotErase(Exception):
    """Why the words of a chain are kept, in a sentence."""


def erase_bodies(session: Session, actor: Actor, chain: str, *, now: datetime, reason: str) -> int:
    """Delete body and salt of every event of a chain, and the words of its case; how many events.

    `reason` goes into the record, so it must not name what is erased. Raises CannotErase for the record of erasures,
    for an unknown chain, for what is published, and without a reason.
    """
    if not reason.strip():
        raise CannotErase("Give the reason for the erasure: it goes into the record.")
    if chain == ERASURES:
        raise CannotErase("The record of erasures is kept.")
    last = session.scalar(select(func.max(Event.seq)).where(Event.chain == chain))
    if last is None:
        raise CannotErase(f"There is no audit chain {chain}.")
    case_id = session.scalar(select(Event.case_id).where(Event.chain == chain).limit(1))
    case = session.scalars(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
    if case is not None and case.exposure == "published":
        raise CannotErase(f"{case.reference} is published: published records are not erased.")
    count = session.scalars(select(func.count()).where(Event.chain == chain, Event.body.is_not(None))).one()
    audit.note(session, ERASURES, "audit.erased", actor, now, of=chain, up_to=last, reason=reason.strip())
    session.execute(
        update(Event)
        .where(Event.chain == chain, Event.seq <= last, Event.body.is_not(None))
        .values(body=None, salt=None)
    )
    if case is not None:
        _erase_words(session, case)
    return count


ERASED = "Erased"
_HEADER = (
    *("purpose", "report_of", "presenting_officer", "contact_name", "contact_phone", "contact_email"),
    *("public_interest", "key_reason", "background_papers", "short_notice_reason", "late_reason"),
)
_WORDS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (Report.case_id, dict.fromkeys(_HEADER, "")),
    (Section.report_id, {"text": ""}),
    (Recommendation.report_id, {"text": "", "reasons": "", "risks": ""}),
    (Risk.report_id, {"text": "", "consequence": "", "response": ""}),
    (Appendix.report_id, {"title": ERASED, "file_name": "", "file_sha256": None}),
    (
        ReportSignOff.report_id,
        {"comment": "", "conditions": "", "recorded_evidence": "", "dispute": "", "content": None},
    ),
    (SignOffQuestion.report_id, {"passage": "", "question": ERASED}),
    (
        OutsideComment.report_id,
        {"body": ERASED, "question": "", "text": "", "said_by": "", "file_name": "", "file_sha256": None},
    ),
    (ReportEdition.report_id, {"content": ""}),
    (WordCopy.report_id, {"base": "{}", "content": b""}),
    (WordReturn.report_id, {"file_name": ERASED, "content": b""}),
    (Asked.case_id, {"text": ""}),
    (Action.case_id, {"text": ERASED, "measure": "", "number": ""}),
    (ActionLine.action_id, {"priority": ERASED, "progress": "", "report_to_board": ""}),
    (Message.case_id, {"subject": ERASED, "text": "", "why": "", "calendar": ""}),
    (Case.id, {"title": ERASED, "safe_title": ERASED}),
)
"""What is written over the words of a case, by the column that says whose they are."""


def _erase_words(session: Session, case: Case) -> None:
    """Write over the words of a case; then search forgets it, whatever the triggers put there meanwhile."""
    mine = select(Recommendation.id).where(Recommendation.report_id == case.id)
    attached = [
        sha256
        for table in (Appendix, OutsideComment)
        for sha256 in session.scalars(select(table.file_sha256).where(table.report_id == case.id))
        if sha256 is not None
    ]
    _write(session, RecommendationOption, RecommendationOption.recommendation_id.in_(mine), {"text": ""})
    answered = (SignOffQuestion.report_id == case.id, SignOffQuestion.answer.is_not(None))
    session.execute(update(SignOffQuestion).where(*answered).values(answer=""), execution_options=_PLAIN)
    unsent = (Message.case_id == case.id, Message.status == "queued")
    session.execute(update(Message).where(*unsent).values(status="dropped"), execution_options=_PLAIN)
    for owner, values in _WORDS:
        _write(session, owner.class_, owner == case.id, values)
    files: list[str | None] = [*attached]
    # What was published is not erased, so that only drafts of packs can hold its words.
    with_it = select(AgendaItem.meeting_id).where(AgendaItem.report_id == case.id)
    drafts = select(PackBuild).where(PackBuild.meeting_id.in_(with_it), PackBuild.wanted.contains('"draft":true'))
    for draft in session.scalars(drafts).all():
        files.append(draft.file_sha256)
        session.execute(delete(PackBuild).where(PackBuild.id == draft.id), execution_options=_PLAIN)
    kept = [select(t.file_sha256).where(t.file_sha256.is_not(None)) for t in (Appendix, OutsideComment)]
    for table in (FileCheck, StoredFile):
        gone = delete(table).where(table.sha256.in_(files), *(table.sha256.not_in(used) for used in kept))
        session.execute(gone, execution_options=_PLAIN)
    session.execute(delete(SearchPart).where(SearchPart.case_id == case.id), execution_options=_PLAIN)
    session.expire_all()


_PLAIN = {"synchronize_session": False}


def _write(session: Session, model: Any, whose: Any, values: dict[str, Any]) -> None:
    session.execute(update(model).where(whose).values(**values), execution_options=_PLAIN)
