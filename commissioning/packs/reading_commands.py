"""What a member does while reading: keeps their place and notes, sends apologies, asks those who present a paper."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.sets import upsert
from commissioning.clock import fresh_id
from commissioning.labels import EVENTS
from commissioning.models.bodies import Attendance
from commissioning.models.cases import CaseRole
from commissioning.models.packs import MemberQuestion, ReadingDone, ReadingNote, ReadingPlace
from commissioning.packs.reading import ANSWERS, get_paper

LONGEST = 4000
EVENTS |= {
    "meeting.apologies_sent": "Apologies sent",
    "meeting.question_asked": "Question asked of a paper’s author",
    "report.member_answered": "Member’s question answered",
}


def keep_place(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    anchor: str = "",
    *,
    is_read: bool = False,
    now: datetime,
    key: str | None = None,
) -> int | None:
    """Remember where somebody is, and with `is_read` that they have read the item as it stands; the next paper's item.

    Doing it twice is doing it once.
    """
    del key
    _, items, paper = get_paper(session, actor, meeting_id, item_id, now)
    names = {f"p-{p.number}" for s in paper.sections for p in s["paragraphs"]} | {
        f"section-{s['number']}" for s in paper.sections
    }
    following = [i.id for i in items[items.index(paper.item) + 1 :] if i.stage == "published" and i.level != "named"]
    at = following[0] if is_read and following else item_id
    here = anchor if anchor in names and not is_read else ""
    row = {"person_id": actor.person_id, "meeting_id": meeting_id, "item_id": at, "anchor": here, "at": now}
    _put(session, ReadingPlace, row, ["person_id", "meeting_id"])
    if is_read:
        seen = {"person_id": actor.person_id, "item_id": item_id, "edition": paper.item.edition, "at": now}
        _put(session, ReadingDone, seen, ["person_id", "item_id"])
    return following[0] if following else None


def _put(
    session: Session, table: type[ReadingPlace] | type[ReadingDone], row: Mapping[str, object], key: list[str]
) -> None:
    statement = upsert(session, table).values(**row)
    rest = {name: value for name, value in row.items() if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=rest))


def save_note(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    number: str,
    text: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Write one's note on a paragraph, or with an empty text take it away. Nothing of it goes into any record."""
    del key
    if len(text) > LONGEST:
        raise Invalid({"text": f"A note must be {LONGEST:,} characters or fewer"})
    _, _, paper = get_paper(session, actor, meeting_id, item_id, now)
    found = next((p for s in paper.sections for p in s["paragraphs"] if p.number == number), None)
    if found is None:
        raise NotFound
    session.execute(delete(ReadingNote).where(ReadingNote.id.in_([n.id for n in found.notes])))
    if text.strip():
        session.add(
            ReadingNote(
                id=fresh_id(), person_id=actor.person_id, report_id=paper.item.report_id,
                section_key=found.section_key, number=number.rpartition(".")[2], words=found.words,
                text=text.strip(), at=now,
            )
        )  # fmt: skip


def send_apologies(
    session: Session, actor: Actor, meeting_id: int, substitute: str = "", *, now: datetime, key: str | None = None
) -> None:
    """A member's own apologies before the meeting, and who comes instead; the clerk is told."""
    name = " ".join(substitute.split())
    if len(name) > 200:
        raise Invalid({"substitute": "Name must be 200 characters or fewer"})

    def change(context: Context) -> None:
        person_id = context.person_id
        query = select(Attendance).where(Attendance.meeting_id == meeting_id, Attendance.person_id == person_id)
        row = session.scalars(query).first()
        if row is None:
            row = Attendance(meeting_id=meeting_id, person_id=person_id, status="", substitute="")
            session.add(row)
        who = context.identity.name if context.identity else ""
        context.changed(who, row.status, "apologies")
        context.changed(f"in place of {who}", row.substitute, name)
        row.status, row.substitute = "apologies", name
        instead = f" {name} comes instead." if name else ""
        context.tell(
            "apologies_sent",
            f"Apologies: {context.case.safe_title}",
            f"{who} sends apologies.{instead}",
            "You are the clerk of this meeting.",
            roles=("clerk",),
        )

    amend(
        session, actor, meeting_id, "meeting.send_apologies", "meeting.apologies_sent", change,
        now=now, key=key, body=name,
    )  # fmt: skip


def ask_officer(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    question: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """A member's question to those who present a paper. They are told that there is one; its words stay inside."""
    text = question.strip()
    if not text or len(text) > LONGEST:
        raise Invalid({"question": "Enter a question" if not text else f"It must be {LONGEST:,} characters or fewer"})
    _, _, paper = get_paper(session, actor, meeting_id, item_id, now)
    report_id, label = paper.item.report_id, paper.item.label
    authors = session.scalars(
        select(CaseRole.person_id).where(
            CaseRole.case_id == report_id, CaseRole.role.in_(ANSWERS), CaseRole.person_id.is_not(None)
        )
    ).all()

    def change(context: Context) -> None:
        session.add(
            MemberQuestion(
                id=fresh_id(), report_id=report_id, meeting_id=meeting_id, asked_by_id=context.person_id,
                question=text, asked_at=now,
            )
        )  # fmt: skip
        context.notes["item"] = label
        context.tell(
            "member_question",
            f"A member’s question on item {label}: {context.case.safe_title}",
            f"A member asks about your paper, item {label}. Read and answer it under “Read the papers” of the meeting.",
            "You have a part in this paper.",
            people=[a for a in authors if a is not None],
        )

    amend(
        session, actor, meeting_id, "meeting.ask_officer", "meeting.question_asked", change,
        now=now, key=key, body=[item_id, text],
    )  # fmt: skip


def answer_member(
    session: Session, actor: Actor, question_id: int, answer: str, *, now: datetime, key: str | None = None
) -> None:
    """Answer a member's question; they are told."""
    text = answer.strip()
    row = session.get(MemberQuestion, question_id)
    if row is None:
        raise NotFound
    if not text or len(text) > LONGEST:
        raise Invalid({"answer": "Enter an answer" if not text else f"It must be {LONGEST:,} characters or fewer"})

    def change(context: Context) -> None:
        row.answer, row.answered_by_id, row.answered_at = text, context.person_id, now
        context.notes["question"] = question_id
        context.tell(
            "member_answer",
            f"Your question was answered: {context.case.safe_title}",
            "The answer stands with the paper, under “Read the papers” of the meeting.",
            "You asked it.",
            people=[row.asked_by_id],
        )

    amend(
        session, actor, row.report_id, "report.answer_member", "report.member_answered", change,
        now=now, key=key, body=[question_id, text],
    )  # fmt: skip
