"""What a member reads on a screen: what is asked, each paper with its numbers, what is new, their own notes and place.

The levels are those of the pack: what is withheld from a reader there is withheld here. Not here: writing
(`reading_commands`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.audit import sha256
from commissioning.casework.errors import NotFound
from commissioning.meetings.queries import get_meeting
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.packs import MemberQuestion, ReadingDone, ReadingNote, ReadingPlace
from commissioning.packs.agenda import HEADING, NAMED, OPEN, Item, read_items
from commissioning.packs.document import in_pounds, paper_of
from commissioning.reports.comparing import layout
from commissioning.reports.covers import plain
from commissioning.visibility import has_part
from workflows.london import london_day
from workflows.working_days import in_words

WORDS_A_PAGE = 420
ANSWERS = ("author", "contributor", "sponsor")


@dataclass(frozen=True)
class Asked:
    """One thing that the body is asked, in short."""

    number: int
    ask: str
    text: str
    sum: str
    deadline: str


@dataclass(frozen=True)
class ReadItem:
    """An item as a reader finds it. `how`: new, changed, read, or nothing for what has no paper to read."""

    item: Item
    asks: tuple[Asked, ...]
    pages: int
    how: str


@dataclass(frozen=True)
class Paragraph:
    """A numbered paragraph; `words` is the hash by which a note finds it again."""

    number: str
    text: str
    section_key: str
    words: str
    is_new: bool
    notes: tuple[ReadingNote, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A paper as it is read: its sections with paragraphs, and notes whose paragraph is gone."""

    item: Item
    paper: dict[str, Any]
    sections: list[dict[str, Any]]
    asks_at: int
    asks_lead: str
    signed: list[dict[str, Any]]
    loose: tuple[ReadingNote, ...]
    is_changed: bool
    gone: int
    """How many paragraphs were taken out since it was read."""
    questions: Sequence[MemberQuestion] = ()
    may_answer: bool = False


def get_agenda(
    session: Session, actor: Actor, meeting_id: int, now: datetime
) -> tuple[Meeting, list[ReadItem], ReadingPlace | None]:
    """The agenda with what is asked, how far the reader is, and where they stopped. Raises NotFound."""
    today = london_day(now)
    meeting = get_meeting(session, actor, meeting_id, today)
    items = read_items(session, meeting, actor, today)
    done = {
        r.item_id: r.edition
        for r in session.execute(
            select(ReadingDone.item_id, ReadingDone.edition).where(
                ReadingDone.person_id == actor.person_id, ReadingDone.item_id.in_([i.id for i in items])
            )
        )
    }
    place = session.get(ReadingPlace, (actor.person_id or 0, meeting_id))
    return meeting, [_read_item(session, i, done.get(i.id)) for i in items], place


def _read_item(session: Session, item: Item, done: str | None) -> ReadItem:
    paper = paper_of(session, item) if has_paper(item) else None
    if paper is None:
        return ReadItem(item, (), 0, "")
    words = sum(len(s["text"].split()) for s in paper["sections"])
    how = "new" if done is None else "read" if done == item.edition else "changed"
    return ReadItem(item, tuple(map(_asked, paper["recommendations"])), max(1, -(-words // WORDS_A_PAGE)), how)


def has_paper(item: Item) -> bool:
    """Whether there is a paper to read."""
    return item.stage == "published" and item.level != NAMED


def _asked(r: dict[str, Any]) -> Asked:
    deadline = in_words(date.fromisoformat(r["deadline_on"])) if r["deadline_on"] else ""
    sum_ = in_pounds(r["amount_pence"]) if r["amount_pence"] is not None else ""
    return Asked(r["number"], labels.ASKS[r["ask"]], r["text"], sum_, deadline)


def get_paper(
    session: Session, actor: Actor, meeting_id: int, item_id: int, now: datetime
) -> tuple[Meeting, list[Item], Paper]:
    """One paper with the reader's notes and what is new; and the agenda around it. Raises NotFound."""
    today = london_day(now)
    meeting = get_meeting(session, actor, meeting_id, today)
    items = [i for i in read_items(session, meeting, actor, today) if i.stage != HEADING]
    item = next((i for i in items if i.id == item_id and has_paper(i)), None)
    if item is None:
        raise NotFound
    return meeting, items, read_paper(session, actor, item)


def read_paper(session: Session, actor: Actor, item: Item) -> Paper:
    """A paper that the reader may read. Raises NotFound where its words are not there."""
    paper = paper_of(session, item)
    if paper is None:
        raise NotFound
    laid = layout(paper)
    done = session.get(ReadingDone, (actor.person_id or 0, item.id))
    before = _words_before(session, item, done)
    notes = list_notes(session, actor, item.report_id)
    found, now_there = [], set()
    for section in laid["sections"]:
        paragraphs = []
        for p in section["paragraphs"]:
            words = sha256(plain(p.text))
            now_there.add(words)
            paragraphs.append(
                Paragraph(p.number, p.text, section["key"], words, before is not None and words not in before)
            )
        found.append({**section, "paragraphs": paragraphs})
    loose = _tie(found, notes)
    questions, may_answer = _questions(session, actor, item.report_id)
    return Paper(
        item, paper, found, laid["asks_at"], laid["asks_lead"], laid["other_signed"], loose,
        before is not None, len(before - now_there) if before else 0, questions, may_answer,
    )  # fmt: skip


def _words_before(session: Session, item: Item, done: ReadingDone | None) -> set[str] | None:
    """The paragraphs of the text that the reader had read; None if it is this one, or none."""
    if done is None or done.edition == item.edition:
        return None
    paper = paper_of(session, replace(item, edition=done.edition))
    if paper is None:
        return None
    return {sha256(plain(p.text)) for s in layout(paper)["sections"] for p in s["paragraphs"]}


def list_notes(session: Session, actor: Actor, report_id: int) -> list[ReadingNote]:
    """The reader's own notes on a report: theirs alone, and not those of whom they deputise for."""
    query = select(ReadingNote).where(ReadingNote.report_id == report_id, ReadingNote.person_id == actor.person_id)
    return list(session.scalars(query.order_by(ReadingNote.at, ReadingNote.id)))


def _tie(sections: list[dict[str, Any]], notes: Sequence[ReadingNote]) -> tuple[ReadingNote, ...]:
    """Put notes to their paragraphs: by the words, else by the place; those that find neither are loose."""
    by_words: dict[tuple[str, str], tuple[int, int]] = {}
    by_place: dict[tuple[str, str], tuple[int, int]] = {}
    for n, section in enumerate(sections):
        for k, p in enumerate(section["paragraphs"]):
            by_words.setdefault((p.section_key, p.words), (n, k))
            by_place[p.section_key, p.number.rpartition(".")[2]] = (n, k)
    loose = []
    for note in notes:
        at = by_words.get((note.section_key, note.words)) or by_place.get((note.section_key, note.number))
        if at is None:
            loose.append(note)
            continue
        paragraphs = sections[at[0]]["paragraphs"]
        paragraphs[at[1]] = replace(paragraphs[at[1]], notes=(*paragraphs[at[1]].notes, note))
    return tuple(loose)


def _questions(session: Session, actor: Actor, report_id: int) -> tuple[Sequence[MemberQuestion], bool]:
    """Questions that the reader may read: their own, and for whoever presents the paper all of them."""
    presents = has_part(actor, *ANSWERS, case_id=MemberQuestion.report_id)
    rows = session.scalars(
        select(MemberQuestion)
        .options(joinedload(MemberQuestion.asked_by))
        .where(
            MemberQuestion.report_id == report_id,
            or_(MemberQuestion.asked_by_id.in_(actor.person_ids), presents),
        )
        .order_by(MemberQuestion.asked_at, MemberQuestion.id)
    ).all()
    mine = select(Case.id).where(Case.id == report_id, has_part(actor, *ANSWERS))
    return rows, session.execute(mine).first() is not None


def is_partly_withheld(item: Item) -> bool:
    """Whether something of a paper is left out for this reader."""
    return item.level == OPEN
