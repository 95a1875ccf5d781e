"""Queueing what people are told: rows in the same transaction; e-mail leaves after the commit (`outbox`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.audit import sha256
from commissioning.casework.context import Context, Told
from commissioning.casework.sets import insert_ignoring
from commissioning.dispatching import soon
from commissioning.models.cases import Message
from commissioning.models.people import Grant, Person, PostHolding
from commissioning.routing import both_ways

MAX_SUBJECT = 200


def holders_of_posts(session: Session, posts: Sequence[int], today: date) -> dict[int, list[int]]:
    """Active people who hold these posts today, by post."""
    found: dict[int, list[int]] = {p: [] for p in posts}
    if posts:
        rows = session.execute(
            select(PostHolding.post_id, PostHolding.person_id)
            .join(Person, Person.id == PostHolding.person_id)
            .where(
                PostHolding.post_id.in_(posts),
                Person.is_active,
                PostHolding.from_on <= today,
                or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
            )
            .order_by(PostHolding.id)
        )
        for row in rows:
            found[row.post_id].append(row.person_id)
    return found


def people_granted(session: Session, roles: Sequence[str], today: date) -> list[int]:
    """Active people who have one of these roles for the whole organisation today, in order."""
    found = (
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role.in_(roles), Grant.scope_kind == "organisation", Person.is_active)
        .where(Grant.from_on <= today, or_(Grant.to_on.is_(None), Grant.to_on >= today))
        .distinct()
    )
    return list(session.scalars(found.order_by(Grant.person_id)))


def queue_told(session: Session, contexts: Sequence[Context], now: datetime) -> None:
    """Queue everything that these contexts want told, once for each person and channel."""
    told = [(c, t) for c in contexts for t in c.told]
    if not told:
        return
    posts = {p.post_id for _, t in told for p in _asked(t) if p.post_id is not None}
    held = holders_of_posts(session, sorted(posts), contexts[0].today)
    rows: list[dict[str, Any]] = []
    for context, message in told:
        people = dict.fromkeys(message.people)
        for party in _asked(message):
            people |= dict.fromkeys(held[party.post_id] if party.post_id is not None else [party.person_id or 0])
        people.pop(context.actor.person_id or 0, None)
        for person in people:
            rows += message_rows(message, _key(message), person, now)
    for context in contexts:
        context.told.clear()
    queue(session, rows)
    if rows:
        soon(session, "mail")


def queue(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Queue rows of `rows_for`; what was told to a person by the same key is not told again."""
    if rows:
        insert_ignoring(session, Message, rows, ("key", "person_id", "channel"))


def queued(session: Session, keys: Collection[str]) -> set[str]:
    """Which of these keys somebody was told by already."""
    return set(session.scalars(select(Message.key).where(Message.key.in_(keys)))) if keys else set()


def _key(message: Told) -> str:
    """Once for each event and wording: two things told of one case at once are two messages, the same thing is one."""
    words = sha256(f"{message.subject}\n{message.text}")[:12]
    return f"{message.about}:{message.case.id}:{message.seq or message.case.chain_seq}:{words}"


def _asked(message: Told) -> list[Any]:
    return [
        p for p in message.parties if p.role in message.roles and (message.parts is None or p.part in message.parts)
    ]


def message_rows(message: Told, key: str, person: int, now: datetime) -> list[dict[str, Any]]:
    """The rows for one person about a case. No secret is ever in subject or text."""
    words = (message.subject, message.text, message.why)
    return rows_for(person, key, message.about, words, now, message.case.id, by_mail=message.by_mail)


def rows_for(
    person: int, key: str, about: str, words: tuple[str, str, str], now: datetime, case_id: int | None = None, *,
    by_mail: bool = True,
) -> list[dict[str, Any]]:  # fmt: skip
    """The rows for one person: in the service at once, and by e-mail. `words`: subject, text, why it is told."""
    subject, text, why = words
    facts = {"key": key, "person_id": person, "about": about, "case_id": case_id}
    rows = both_ways(facts | {"subject": subject[:MAX_SUBJECT], "text": text, "why": why}, now)
    return rows if by_mail else rows[:1]
