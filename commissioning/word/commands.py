"""Taking a paper out as a Word document, holding what comes back, and taking from it what its author has chosen.

An edit like any other: whoever has signed what it changes is asked again, and nobody else (`reports.covers`). Documents
are written and read before a command begins, never inside its transaction.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, Stale
from commissioning.clock import fresh_id
from commissioning.models.reports import Recommendation, RecommendationOption, Section
from commissioning.models.word import WordCopy, WordReturn, WordTemplate
from commissioning.reports.checks import MAX_TEXT, contributes, stamp
from commissioning.reports.covers import Parts, read_parts
from commissioning.reports.recommending import MAX_PART, put_in_order, take_out_recommendation
from commissioning.reports.uploads import store_file
from commissioning.word.facts import DEADLINE, SUM, read_day, read_sum
from commissioning.word.marks import SECTION
from commissioning.word.pieces import NEW, UNPLACED
from commissioning.word.reading import WordDocument
from commissioning.word.understanding import (
    AFTER,
    FIELDS,
    KEEP,
    ORDER,
    PLACED,
    REMOVE,
    WITHOUT,
    Base,
    Proposal,
    ask_of,
    base_of,
    digest_of,
    proposals_of,
    stored,
)

MOST_HELD = 10
"""Documents of one report that may wait to be looked at."""


def take_out(
    session: Session,
    actor: Actor,
    report_id: int,
    copy_id: int,
    content: bytes,
    document: WordDocument,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Record that a copy goes out: `content` is the .docx written for this id, `document` the same read back."""

    def change(context: Context) -> None:
        session.add(
            WordCopy(
                id=copy_id,
                report_id=report_id,
                taken_by_id=context.actor.person_id,
                taken_at=context.now,
                content=content,
                base=json.dumps(base_of(document, read_parts(session, report_id))),
            )
        )
        context.notes["word_copy"] = hashlib.sha256(content).hexdigest()

    amend(session, actor, report_id, "report.edit", "report.word_taken_out", change, now=now, key=key)


def end_copy(
    session: Session, actor: Actor, report_id: int, copy_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that a copy will not come back: the report's page no longer names who has it."""

    def change(context: Context) -> None:
        copy = session.get(WordCopy, copy_id)
        if copy is None or copy.report_id != report_id:
            raise NotFound
        if copy.ended_at is None:
            copy.ended_at = context.now
            context.notes["word_copy_of"] = copy.taken_by.name

    amend(
        session, actor, report_id, "report.edit", "report.word_ended", change, now=now, key=key, body=copy_id
    )  # fmt: skip


def hold_return(
    session: Session,
    actor: Actor,
    report_id: int,
    copy_id: int | None,
    file_name: str,
    content: bytes,
    *,
    now: datetime,
    key: str | None = None,
) -> int:
    """Keep a document that came in until its author has looked at it; its id. Nothing of the report changes.

    `copy_id` is what the document's mark says, if it has one. Raises Invalid for a copy of another report.
    """
    digest = hashlib.sha256(content).hexdigest()
    made: list[int] = []

    def change(context: Context) -> None:
        copy = session.get(WordCopy, copy_id) if copy_id is not None else None
        if copy_id is not None and (copy is None or copy.report_id != report_id):
            raise Invalid({"file": "The file is a copy of another report; choose that of this one"})
        held = session.scalars(select(WordReturn.id).where(WordReturn.report_id == report_id)).all()
        if len(held) >= MOST_HELD:
            raise Invalid({"file": f"{len(held)} documents wait to be looked at already; finish or drop one first"})
        row = WordReturn(
            id=fresh_id(),
            report_id=report_id,
            copy_id=copy_id,
            brought_by_id=context.actor.person_id,
            brought_at=context.now,
            file_name=file_name,
            content=content,
        )
        session.add(row)
        if copy is not None:
            copy.returned_at = context.now
        context.notes |= {"word_file": digest, "word_return": row.id}
        made.append(row.id)

    amend(
        session, actor, report_id, "report.edit", "report.word_came_back", change,
        now=now, key=key, body=[copy_id, digest],
    )  # fmt: skip
    return made[0] if made else _last_held(session, report_id)


def _last_held(session: Session, report_id: int) -> int:
    """Of a request that was made twice: the document is held already."""
    found = session.scalars(
        select(WordReturn.id)
        .where(WordReturn.report_id == report_id)
        .order_by(WordReturn.brought_at.desc(), WordReturn.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFound
    return found


def drop_return(
    session: Session, actor: Actor, report_id: int, return_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Leave everything as it is: the document is let go of, the copy stays out."""

    def change(context: Context) -> None:
        row = _held(session, report_id, return_id)
        context.notes["word_file"] = hashlib.sha256(row.content).hexdigest()
        session.execute(delete(WordReturn).where(WordReturn.id == row.id))

    amend(session, actor, report_id, "report.edit", "report.word_dropped", change, now=now, key=key, body=return_id)


def _held(session: Session, report_id: int, return_id: int) -> WordReturn:
    row = session.get(WordReturn, return_id)
    if row is None or row.report_id != report_id:
        raise NotFound
    return row


def take_in(
    session: Session,
    actor: Actor,
    report_id: int,
    return_id: int,
    document: WordDocument,
    chosen: Mapping[str, str],
    seen: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Take what was chosen, by the names of the proposals; `seen` is the digest of what was shown.

    `document` is the held one, read before. Raises Stale if report or document has moved since, Invalid by name.
    """

    def change(context: Context) -> None:
        contributes(context)
        row = _held(session, report_id, return_id)
        parts = read_parts(session, report_id)
        base: Base | None = json.loads(row.copy.base) if row.copy is not None else None
        proposals = proposals_of(document, parts, base)
        if digest_of(proposals) != seen:
            raise Stale("The report")
        taking = _Taking(context, parts)
        for proposal in proposals:
            taking.take(proposal, chosen.get(proposal.name, ""))
        session.flush()
        if row.copy is not None and base is not None:
            row.copy.base = json.dumps(_renewed(base, taking.taken, session, report_id))
        context.notes |= {"word_file": hashlib.sha256(row.content).hexdigest(), "word_parts": len(taking.taken)}
        session.execute(delete(WordReturn).where(WordReturn.id == row.id))

    amend(
        session, actor, report_id, "report.edit", "report.word_taken_in", change,
        now=now, key=key, body=[return_id, sorted(chosen.items()), seen],
    )  # fmt: skip


def _renewed(base: Base, taken: Mapping[str, Mapping[str, str]], session: Session, report_id: int) -> Base:
    """The base of a copy for the next time that it comes back: what was taken is no change any more."""
    now = stored(read_parts(session, report_id))
    fresh = {n: {"was": now[n], "read": dict(read)} for n, read in taken.items() if n in now and n in base}
    return base | fresh


class _Taking:
    """The parts of a report while what was chosen is written into them."""

    def __init__(self, context: Context, parts: Parts) -> None:
        self.context, self.parts = context, parts
        self.sections = {s.id: s for s in parts.sections}
        self.asks = {r.id: r for r in parts.recommendations}
        self.taken: dict[str, Mapping[str, str]] = {}
        """What of the document is in the report now, by the name of the part."""

    def take(self, proposal: Proposal, choice: str) -> None:
        """One choice. Raises Invalid for one that was not offered."""
        if choice not in proposal.choices:
            raise Invalid({proposal.name: f"Choose what is to happen with {proposal.heading}"})
        if choice == KEEP:
            return
        if choice == REMOVE:
            take_out_recommendation(self.context, self.asks.pop(proposal.id), proposal.name)
            return
        if proposal.kind == ORDER:
            self.context.session.flush()
            put_in_order(self.context, [int(i) for i in proposal.values["text"].split(",")])
            return
        values = proposal.without if choice == WITHOUT and proposal.without is not None else proposal.values
        if proposal.kind == UNPLACED:
            section = self.sections[int(choice.removeprefix(PLACED))]
            self._write(section, _joined(section.text, f"### {proposal.heading}\n{values['text']}"), proposal)
        elif proposal.kind == SECTION:
            section = self.sections[proposal.id]
            text = _joined(section.text, values["text"]) if choice == AFTER else values["text"]
            self._write(section, text, proposal)
            self.taken[proposal.name] = proposal.read
        else:
            row = self._new() if proposal.kind == NEW else self.asks[proposal.id]
            self._ask(row, values, proposal)
            self.taken[proposal.name] = proposal.read

    def _write(self, section: Section, text: str, proposal: Proposal) -> None:
        if len(text) > MAX_TEXT:
            raise Invalid({proposal.name: f"{section.heading} would have more than {MAX_TEXT:,} characters"})
        if section.text != text:
            self.context.changed(f"section:{section.key}", section.text, text)
            section.text = text
            stamp(self.context, section)

    def _new(self) -> Recommendation:
        last = max((r.position for r in self.asks.values()), default=0)
        row = Recommendation(
            id=fresh_id(), report_id=self.context.case.id, position=last + 1, version=0, ask="", text="",
            reasons="", risks="",
        )  # fmt: skip
        self.context.session.add(row)
        self.asks[row.id] = row
        self.parts.options[row.id] = []
        return row

    def _ask(self, row: Recommendation, values: Mapping[str, str], proposal: Proposal) -> None:
        if not values["text"].strip():
            raise Invalid({proposal.name: f"{proposal.heading} would have no text: leave it, or take it out"})
        for name in FIELDS:
            if len(values.get(name, "")) > MAX_PART:
                raise Invalid({proposal.name: f"{name.capitalize()} must be {MAX_PART:,} characters or fewer"})
        self.context.changed(f"recommendation:{row.position}", row.text, values["text"])
        row.ask = row.ask or ask_of(values["text"])
        self._facts(row, values, proposal)
        row.text, row.reasons, row.risks = values["text"], values.get("reasons", ""), values.get("risks", "")
        stamp(self.context, row)
        self.context.session.flush()
        if row.ask == "choose":
            self._options(row, values.get("options", "").splitlines(), proposal)

    def _facts(self, row: Recommendation, values: Mapping[str, str], proposal: Proposal) -> None:
        """Its sum and its deadline, where the document says them. Raises Invalid for words that are neither."""
        try:
            found = {
                column: read(values[name])
                for name, column, read in ((SUM, "amount_pence", read_sum), (DEADLINE, "deadline_on", read_day))
                if name in values
            }
        except ValueError as error:
            raise Invalid({proposal.name: f"{proposal.heading}: {error}"}) from None
        for column, value in found.items():
            if getattr(row, column) != value:
                self.context.changed(f"{column}:{row.position}", getattr(row, column), value)
                setattr(row, column, value)

    def _options(self, row: Recommendation, lines: list[str], proposal: Proposal) -> None:
        wanted = [x.strip() for x in lines if x.strip()]
        if len(wanted) < max(row.least or 1, 2):
            raise Invalid({proposal.name: f"{proposal.heading} needs at least two things to choose from"})
        row.most = min(row.most, len(wanted)) if row.most else row.most
        known = self.parts.options[row.id]
        for place, text in enumerate(wanted):
            if place < len(known):
                known[place].text = text
            else:
                self.context.session.add(
                    RecommendationOption(id=fresh_id(), recommendation_id=row.id, position=place + 1, text=text)
                )
        for option in known[len(wanted) :]:
            self.context.session.delete(option)


def _joined(first: str, second: str) -> str:
    return f"{first}\n{second}".strip()


def set_template(
    session: Session,
    actor: Actor,
    body_id: int,
    content: bytes,
    file_name: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Give a body's papers the styles, header and footer of a document that was tried out before.

    Raises Invalid for the field `file`, in words.
    """
    stored_file = store_file(session, actor, content, file_name, now=now)

    def change(context: Context) -> None:
        row = session.get(WordTemplate, body_id)
        context.changed("word_template", row.file_name if row else None, stored_file.name)
        context.notes["word_file"] = stored_file.sha256
        if row is None:
            session.add(WordTemplate(body_id=body_id, file_sha256=stored_file.sha256, file_name=stored_file.name))
        else:
            row.file_sha256, row.file_name = stored_file.sha256, stored_file.name

    amend(
        session, actor, body_id, "body.edit", "body.edited", change, now=now, key=key, body=stored_file.sha256
    )  # fmt: skip
