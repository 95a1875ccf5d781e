"""Taking what is recorded into a report's passages: at its start, and again whenever its author asks, until submission.

An edit like any other: whoever has signed what it changes is asked again, and nobody else (`covers`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, Stale
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.passages import Passage, ReportOrigin
from commissioning.models.reports import Section
from commissioning.reports.checks import contributes, stamp
from commissioning.reports.passages import TAKE, Change, apply, digest_of, find_changes, words_of
from commissioning.reports.sources import gather
from commissioning.visibility import may_see, visible_any
from workflows.london import london_day


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh would change, and whether the author may still see what the report began from."""

    changes: list[Change]
    is_open: bool
    unseen: int = 0
    """Passages whose source the author may not see: they stay as they are."""


def list_passages(session: Session, report_id: int, section_id: int | None = None) -> Sequence[Passage]:
    """The passages of a report, or of one section of it, in order, with their sources."""
    query = select(Passage).where(Passage.report_id == report_id)
    if section_id is not None:
        query = query.where(Passage.section_id == section_id)
    query = query.options(joinedload(Passage.source), joinedload(Passage.section))
    return session.scalars(query.order_by(Passage.position, Passage.id)).all()


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as the page of its section names it; the link to its source is for who may see that."""

    case_id: int
    reference: str
    on: date
    is_seen: bool
    is_rewritten: bool


def list_shown(session: Session, actor: Actor, section: Section, today: date) -> list[Shown]:
    """The passages of a section for a reader of the report."""
    rows = list_passages(session, section.report_id, section.id)
    ids = {p.source_id for p in rows}
    seen = set(session.scalars(select(Case.id).where(Case.id.in_(ids), visible_any(actor, today)))) if ids else set()
    return [
        Shown(p.source_id, p.source.reference, p.facts_on, p.source_id in seen, words_of(p) not in section.text)
        for p in rows
    ]


def get_refresh(session: Session, actor: Actor, report_id: int, now: datetime) -> Refresh:
    """What a refresh by this author would change. Raises NotFound for a report that did not begin from the work."""
    origin = session.get(ReportOrigin, report_id)
    if origin is None:
        raise NotFound
    today = london_day(now)
    about = session.get_one(Case, origin.source_id)
    if not actor.system and not may_see(session, actor, about.id, about.kind, today):
        return Refresh([], False)
    passages = list_passages(session, report_id)
    sources = {p.source_id for p in passages}
    seen = sources if actor.system else set(
        session.scalars(select(Case.id).where(Case.id.in_(sources), visible_any(actor, today)))
    )  # fmt: skip
    unseen = frozenset(sources - seen)
    sections = session.scalars(
        select(Section).where(Section.report_id == report_id).order_by(Section.position, Section.id)
    ).all()
    facts = gather(session, actor, about, origin.occasion, now)
    changes = find_changes(sections, passages, facts, today, unseen)
    return Refresh(changes, True, sum(p.source_id in unseen for p in passages))


def take_all(session: Session, actor: Actor, report_id: int, *, now: datetime) -> None:
    """Fill a report that was just started: every passage in its section, one event."""
    _amend(session, actor, report_id, None, None, now, None)


def take_changes(
    session: Session,
    actor: Actor,
    report_id: int,
    chosen: Mapping[str, str],
    seen: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Take what the author has chosen, by the names of the changes; `seen` is the digest of what was shown.

    Raises Stale if the record or the text has moved since, and what `amend` raises once it is submitted.
    """
    _amend(session, actor, report_id, chosen, seen, now, key)


def _amend(
    session: Session,
    actor: Actor,
    report_id: int,
    chosen: Mapping[str, str] | None,
    seen: str | None,
    now: datetime,
    key: str | None,
) -> None:
    def change(context: Context) -> None:
        contributes(context)
        found = get_refresh(session, actor, report_id, now)
        if seen is not None and digest_of(found.changes) != seen:
            raise Stale("What is recorded")
        _take(context, found.changes, chosen)

    body = [sorted(chosen.items()) if chosen else None, seen]
    amend(session, actor, report_id, "report.refresh", "report.passages_taken", change, now=now, key=key, body=body)


def _take(context: Context, changes: Sequence[Change], chosen: Mapping[str, str] | None) -> None:
    session = context.session
    texts: dict[int, str] = {}
    passages = list_passages(session, context.case.id)
    # The rewritten ones first: where each stands is known by the others, as they were taken.
    for change in sorted(changes, key=lambda c: c.how != "rewritten"):
        choice = chosen.get(change.name, change.choices[0]) if chosen is not None else TAKE
        if choice not in change.choices:
            raise Invalid({change.name: "Choose what is to stand there"})
        section = change.section
        beside = [p for p in passages if p.section_id == section.id]
        texts[section.id] = apply(texts.get(section.id, section.text), change, choice, beside)
    last = max((p.position for p in passages), default=0)
    for number, change in enumerate(changes, last + 1):
        _note(context, change, number)
    sections = {c.section.id: c.section for c in changes}
    for section_id, text in texts.items():
        section = sections[section_id]
        if text != section.text:
            context.changed(f"section:{section.key}", section.text, text)
            section.text = text
            stamp(context, section)
    context.notes["passages"] = len(changes)


def _note(context: Context, change: Change, position: int) -> None:
    """Keep what the author has looked at now, whether they took it or not: it is not asked again until it moves."""
    today = context.today
    if change.passage is None:
        values = {"topic": change.topic, "source_id": change.source.id, "facts": change.facts, "facts_on": today}
        context.session.add(
            Passage(id=fresh_id(), report_id=context.case.id, section_id=change.section.id, position=position, **values)
        )
    elif not change.facts:
        context.session.delete(change.passage)
    else:
        change.passage.facts, change.passage.facts_on = change.facts, today
