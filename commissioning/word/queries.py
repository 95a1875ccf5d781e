"""Reading copies that are out, documents that wait, and what taking one in would change; for who writes the paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Body
from commissioning.models.people import StoredFile
from commissioning.models.reports import Recommendation
from commissioning.models.word import WordCopy, WordReturn, WordTemplate
from commissioning.reports.covers import Parts
from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.reports.queries import ReportView
from commissioning.reports.risk_words import cells_of
from commissioning.word.facts import lines_of
from commissioning.word.marks import SECTION
from commissioning.word.papers import WordAsk, WordPaper, WordSection
from commissioning.word.pieces import UNPLACED
from commissioning.word.reading import WordDocument, read_document
from commissioning.word.understanding import KEEP, ORDER, Proposal, absent, not_taken, proposals_of


def list_copies(session: Session, report_id: int) -> Sequence[WordCopy]:
    """Copies that are out, the last taken first. One query."""
    query = select(WordCopy).where(WordCopy.report_id == report_id, WordCopy.ended_at.is_(None))
    query = query.options(joinedload(WordCopy.taken_by))
    return session.scalars(query.order_by(WordCopy.taken_at.desc(), WordCopy.id)).all()


def list_returns(session: Session, report_id: int) -> Sequence[WordReturn]:
    """Documents that came in and wait to be looked at, the oldest first. One query."""
    query = select(WordReturn).where(WordReturn.report_id == report_id)
    query = query.options(joinedload(WordReturn.brought_by))
    return session.scalars(query.order_by(WordReturn.brought_at, WordReturn.id)).all()


def find_copy(session: Session, report_id: int, copy_id: int) -> int:
    """The id of a copy that was just taken out; of a request that was made twice, that of the first."""
    return copy_id if session.get(WordCopy, copy_id) is not None else list_copies(session, report_id)[0].id


def get_copy(session: Session, report_id: int, copy_id: int) -> WordCopy:
    """A copy of this report with its content. Raises NotFound."""
    row = session.get(WordCopy, copy_id)
    if row is None or row.report_id != report_id:
        raise NotFound
    return row


@dataclass(frozen=True)
class Held:
    """A document that waits: what it says, what would change, whose sign-offs each change would make stale."""

    row: WordReturn
    document: WordDocument
    proposals: list[Proposal]
    absent: list[str]
    not_taken: list[str]
    """What the document says otherwise and is changed in the service alone, a sentence each."""
    stale: dict[str, list[str]]
    """Posts to be asked again, by the name of the proposal that their signature covers."""


def get_return(session: Session, report_id: int, return_id: int, parts: Parts) -> Held:
    """A document that waits to be looked at, read anew. Raises NotFound."""
    row = session.get(WordReturn, return_id)
    if row is None or row.report_id != report_id:
        raise NotFound
    document = read_document(row.content)
    base = json.loads(row.copy.base) if row.copy is not None else None
    proposals = proposals_of(document, parts, base)
    gone = absent(document, parts, base) if base is not None else []
    stays = not_taken(document, parts, base)
    return Held(row, document, proposals, gone, stays, {p.name: _signers(parts, p) for p in proposals})


def find_document(session: Session, report_id: int, return_id: int) -> WordDocument | None:
    """What a document that waits says; None if none waits under this id."""
    row = session.get(WordReturn, return_id)
    return read_document(row.content) if row is not None and row.report_id == report_id else None


def _signers(parts: Parts, proposal: Proposal) -> list[str]:
    """Who has signed what a proposal would change; any recommendation is covered by all."""
    signed = [s for s in parts.sign_offs if s.outcome is not None]
    if proposal.kind in (UNPLACED, ORDER):
        return []
    if proposal.kind != SECTION:
        return [s.post.name for s in signed]
    section = next(s for s in parts.sections if s.id == proposal.id)
    return [
        s.post.name
        for s in signed
        if (section.speciality and s.speciality == section.speciality) or section.key in s.covers.split(",")
    ]


def default_choices(proposals: Sequence[Proposal]) -> dict[str, str]:
    """What is chosen beforehand, by name; empty where the author has to choose."""
    return {p.name: p.chosen if p.chosen or p.choices != [KEEP] else KEEP for p in proposals}


def find_template(session: Session, body_id: int) -> WordTemplate | None:
    """The document whose styles the papers of a body have in Word; None for the plain ones."""
    return session.get(WordTemplate, body_id)


def styles_of(session: Session, body: Body | None) -> bytes | None:
    """The content of a body's template."""
    row = find_template(session, body.case_id) if body is not None else None
    return session.get_one(StoredFile, row.file_sha256).content if row is not None else None


def sample(body: Body, today: date) -> WordPaper:
    """A paper with nothing in it, to try a template with before it is kept."""
    return WordPaper(1, "A paper", "", body.name, today, "", [WordSection(1, "Summary", "- words")], None, [], 1)


def paper_of(view: ReportView, body: Body | None, copy_id: int) -> WordPaper:
    """A report as it goes out, for a reader who may read all of it."""
    parts = view.parts
    keys = [s.key for s in parts.sections]
    lead = next((s for s in parts.sections if s.key == RECOMMENDATIONS), None)
    return WordPaper(
        copy_id=copy_id,
        title=view.case.title,
        reference=view.case.reference,
        body=body.name if body else "",
        meeting_on=view.meeting.meeting_on if view.meeting else None,
        secrecy="" if view.case.secrecy == "open" else view.case.secrecy,
        sections=[
            WordSection(s.id, s.heading, s.text, [cells_of(r) for r in parts.risks_of(s)])
            for s in parts.sections
            if s.key != RECOMMENDATIONS
        ],
        lead=WordSection(lead.id, lead.heading, lead.text) if lead else None,
        asks=[_asked(number, r, parts) for number, r in enumerate(parts.recommendations, 1)],
        asks_at=keys.index(RECOMMENDATIONS) if lead else len(keys),
    )


def _asked(number: int, row: Recommendation, parts: Parts) -> WordAsk:
    facts = lines_of(row.amount_pence, row.deadline_on)
    options = [o.text for o in parts.options[row.id]]
    return WordAsk(row.id, number, labels.ASKS[row.ask], row.text, row.reasons, row.risks, options, facts)
