"""Spelling and layout corrections by the clerk, of what signers have allowed it for (product.md, "Sign-offs").

A signer may clear with "spelling and layout corrections by the clerk allowed". The correction is a new version with the
old and the new text in the record; it is shown to the signers and stales nothing: a signature that was current covers
the corrected text from then on, and the event holds the hash before and after. What was corrected is read back from
the events. Not here: what is more than spelling (`spelling`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.audit import sha256
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.models.cases import Event
from commissioning.models.people import Post
from commissioning.models.reports import ReportSignOff, Risk
from commissioning.reports.checks import check_version
from commissioning.reports.covers import Parts, covered_text, is_current, read_parts
from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.reports.marks import WITHHELD_BEGINS
from commissioning.reports.risk_words import DONE, FOLLOWS
from commissioning.reports.rules import freeze
from commissioning.reports.spelling import beyond_spelling
from workflows.definition import State, Workflow
from workflows.registry import Refusal

CORRECTED = "report.corrected"


@dataclass(frozen=True)
class Passage:
    """A stretch of text that can be corrected. `code` names it in addresses; `name` in the record."""

    code: str
    name: str
    heading: str
    text: str
    version: int
    row: Any
    field: str
    signers: tuple[ReportSignOff, ...]
    """The sign-offs that cover it, answered or not."""


def passages(parts: Parts) -> list[Passage]:
    """Everything in a paper that some sign-off covers, in reading order."""
    found: list[Passage] = []
    everybody = tuple(parts.sign_offs)
    for s in parts.sections:
        signers = tuple(x for x in everybody if s.speciality == x.speciality or s.key in x.covers.split(","))
        if s.key != RECOMMENDATIONS and signers:
            name = f"section:{s.key}"
            found.append(Passage(f"section-{s.id}", name, s.heading, s.text, s.version, s, "text", signers))
            found += [p for r in parts.risks_of(s) for p in _of_risk(r, signers)]
    for r in parts.recommendations if everybody else ():
        for field, words in (("text", ""), ("reasons", ", reasons"), ("risks", ", risks")):
            code, name = f"recommendation-{r.id}-{field}", f"recommendation:{r.position}:{field}"
            heading = f"Recommendation {r.position}{words}"
            found.append(Passage(code, name, heading, getattr(r, field), r.version, r, field, everybody))
    return [p for p in found if p.text.strip()]


def _of_risk(r: Risk, signers: tuple[ReportSignOff, ...]) -> list[Passage]:
    fields = (("text", ""), ("consequence", f", {FOLLOWS.lower()}"), ("response", f", {DONE.lower()}"))
    return [
        Passage(
            f"risk-{r.id}-{field}", f"risk:{r.position}:{field}", f"Risk {r.position}{words}", getattr(r, field),
            r.version, r, field, signers,
        )
        for field, words in fields
    ]  # fmt: skip


def find_passage(parts: Parts, code: str) -> Passage:
    """The passage of that code. Raises NotFound."""
    found = next((p for p in passages(parts) if p.code == code), None)
    if found is None:
        raise NotFound
    return found


def is_correctable(workflow: Workflow, state: State) -> bool:
    """Whether the paper is with its sponsor or later, and not published: earlier its writers change it themselves."""
    return state.name in workflow.steps["resign"].sources


def why_not_correct(passage: Passage, posts: dict[int, str], workflow: Workflow, state: State) -> list[Refusal]:
    """Why this passage cannot be corrected by the clerk; empty if it can. `posts` are names by id."""
    if state.has("public"):
        return [Refusal("published", "It is published: a correction is a new version of the paper, with a reason")]
    if not is_correctable(workflow, state):
        return [Refusal("wrong_state", f"It is {state.label}: the clerk corrects only what has been cleared")]
    answered = [s for s in passage.signers if s.outcome is not None]
    if not answered:
        return [Refusal("nobody_allowed", "Nobody who signs for it has answered, so nobody has allowed corrections")]
    text = "has not allowed spelling and layout corrections by the clerk"
    return [
        Refusal("not_allowed", f"{posts[s.post_id]} {text}", posts[s.post_id])
        for s in answered
        if not s.corrections_allowed
    ]


def names_of_posts(session: Session, passages: Iterable[Passage]) -> dict[int, str]:
    """Names of the posts that cover these passages, by id. One query."""
    ids = {s.post_id for p in passages for s in p.signers}
    return {r.id: r.name for r in session.execute(select(Post.id, Post.name).where(Post.id.in_(ids)))}


def correct_passage(
    session: Session,
    actor: Actor,
    report_id: int,
    code: str,
    text: str,
    reason: str,
    version: int | None,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Correct spelling or layout of a passage; nothing becomes stale by it.

    Raises NotNow where a signer who covers it has not allowed that, or the paper is published; Invalid where it is more
    than spelling and layout, or no reason is given; Stale if the passage was changed since `version`.
    """
    new = text.replace("\r\n", "\n").strip()
    if not reason.strip():
        raise Invalid({"reason": "Enter what you corrected: it goes into the record"})
    if len(reason) > 1000:
        raise Invalid({"reason": "What you corrected must be 1,000 characters or fewer"})

    def change(context: Context) -> None:
        parts = read_parts(session, report_id)
        passage = find_passage(parts, code)
        names = names_of_posts(session, [passage])
        refusals = why_not_correct(passage, names, context.case.workflow, context.case.where)
        if refusals:
            raise NotNow(refusals)
        check_version(context, passage.row, passage.heading, version, passage.text, new)
        if passage.text == new:
            raise Invalid({"text": "Nothing is corrected yet"})
        more = beyond_spelling(passage.text, new)
        if more:
            raise Invalid({"text": f"{more}. Send the report back to the author for that"})
        _store(context, parts, passage, new, names)
        context.notes["what"] = reason.strip()
        if passage.row.secrecy == "open":
            context.reason = reason.strip()

    amend(
        session, actor, report_id, "report.correct", CORRECTED, change,
        now=now, key=key, body=[code, new, reason.strip()],
    )  # fmt: skip


def _store(context: Context, parts: Parts, passage: Passage, new: str, names: dict[int, str]) -> None:
    """Write the new version; signatures that were current cover it, and the record says from which hash to which."""
    current = [s for s in passage.signers if is_current(parts, s)]
    context.changed(passage.name, passage.text, new)
    setattr(passage.row, passage.field, new)
    passage.row.version += 1
    context.session.flush()
    for signed in current:
        before, signed.content = signed.content_sha256, covered_text(parts, signed)
        signed.content_sha256 = sha256(signed.content)
        context.hashes[f"signed:{signed.id}"] = before or ""
        context.hashes[f"corrected:{signed.id}"] = signed.content_sha256
    told = [s for s in passage.signers if s.outcome is not None]
    context.notes |= {
        "passage": passage.code,
        "heading": passage.heading,
        "sign_offs": [s.id for s in told],
        "signers": sorted(names[s.post_id] for s in told),
    }
    if context.case.where.has("frozen"):
        freeze(context)
    why = "You have a part in this report, and what you answer for was corrected."
    words = "The clerk has corrected spelling or layout. Nobody has to sign again; the page shows the difference."
    subject = f"Corrected by the clerk: {context.case.safe_title}"
    context.tell("corrected", subject, words, why, roles=("author", "sponsor"))
    context.tell("corrected", subject, words, why, roles=("asked",), parts=[s.id for s in told])


@dataclass(frozen=True)
class Correction:
    """One correction as it stands in the record."""

    code: str
    heading: str
    old: str
    new: str
    by: str
    at: datetime
    reason: str
    sign_off_ids: Sequence[int]


def list_corrections(session: Session, report_id: int, parts: Parts) -> list[Correction]:
    """Corrections of a report, newest first. `parts` are those that the reader may read: of others nothing is told."""
    # Of a section with a paragraph that is withheld from the reader no text is shown, old or new.
    shown = {p.code for p in passages(parts) if WITHHELD_BEGINS not in p.text}
    events = session.scalars(
        select(Event)
        .options(joinedload(Event.actor))
        .where(Event.case_id == report_id, Event.name == CORRECTED, Event.body.is_not(None))
        .order_by(Event.seq.desc())
    )
    found = []
    for event in events:
        body = json.loads(event.body or "{}")
        if body["passage"] not in shown:
            continue
        ((old, new),) = body["changes"].values()
        by = event.actor.name if event.actor else body["actor"]
        found.append(
            Correction(body["passage"], body["heading"], old, new, by, event.at, body["what"], tuple(body["sign_offs"]))
        )
    return found
