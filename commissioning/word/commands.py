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
from commissioning.models.word import WordCopy, WordReturn, WordTemplate
from commissioning.reports.checks import contributes
from commissioning.reports.covers import read_parts
from commissioning.reports.uploads import store_file
from commissioning.word.reading import WordDocument
from commissioning.word.taking import Taking
from commissioning.word.understanding import Base, base_of, digest_of, proposals_of, stored

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
    document: WordDocument | None,
    chosen: Mapping[str, str],
    seen: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Take what was chosen, by the names of the proposals, the others as they are chosen beforehand; `seen` is the
    digest of what was shown.

    `document` is the held one, read before; None if there is none any more. Raises NotFound, Stale if report or
    document has moved since, Invalid by name.
    """

    def change(context: Context) -> None:
        contributes(context)
        row = _held(session, report_id, return_id)
        if document is None:
            raise NotFound
        parts = read_parts(session, report_id)
        base: Base | None = json.loads(row.copy.base) if row.copy is not None else None
        proposals = proposals_of(document, parts, base)
        if digest_of(proposals) != seen:
            raise Stale("The report")
        taking = Taking(context, parts)
        for proposal in proposals:
            taking.take(proposal, chosen.get(proposal.name, proposal.chosen))
        taking.place(proposals)
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
