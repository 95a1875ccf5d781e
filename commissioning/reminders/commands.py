"""Sending what is due, counting again what waited for its calendar, and what people do with their messages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning import audit, casework
from commissioning.actors import Actor, system_actor
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.errors import Forbidden, NotFound, NotNow
from commissioning.casework.messages import rows_for
from commissioning.casework.registry import house
from commissioning.casework.sets import table_of, upsert
from commissioning.models.cases import Case, Message, Occurrence
from commissioning.outbox import SECRET_TEXTS
from commissioning.policy import may_globally
from commissioning.reminders.recipients import Found, administrators, find_recipients
from commissioning.reminders.words import Words, family, for_escalation, for_holder, for_nobody
from workflows.london import london_day
from workflows.registry import Refusal

log = logging.getLogger(__name__)

CHUNK = 200
"""Occurrences in one transaction: well under a quarter of a second on either engine."""
MAX_ERROR = 500
_occurrences = table_of(Occurrence)


def send_due(session: Session, now: datetime) -> int:
    """Settle up to CHUNK due occurrences: message in the service and e-mail row in this same transaction; how many.

    Cases and occurrences are locked together, skipping what others hold, so that any number of schedulers may run. Of
    several due occurrences of one rule's family on one visit the newest is sent and the others are superseded;
    escalations are never superseded. One that raises is settled as failed, with its error, and the others go out.
    Call it until it returns 0.
    """
    pairs = _claim(session, now)
    if not pairs:
        return 0
    old = _outdated(session, pairs, now)
    current = [(o, case) for o, case in pairs if o.id not in old]
    today = london_day(now)
    found = find_recipients(session, current, today)
    rows, sent, cancelled = [], set(), set()
    nobody = administrators(session, today) if any(not found[o.id].people for o, _ in current) else []
    for occurrence, case in current:
        told = found[occurrence.id]
        if occurrence.to_role is None and not told.has_tasks:
            cancelled.add(occurrence.id)
            continue
        try:
            rows += _rows(occurrence, case, told, nobody, today, now)
            sent.add(occurrence.id)
        except Exception as error:
            # Its definition or its words may be broken; that of the others is not.
            log.exception("reminder %s of case %s failed", occurrence.id, case.id)
            _settle(session, "failed", {occurrence.id}, now, f"{type(error).__name__}: {error}"[:MAX_ERROR])
    _queue(session, rows)
    for status, ids in (("sent", sent), ("superseded", old), ("cancelled", cancelled)):
        _settle(session, status, ids, now)
    return len(pairs)


def _claim(session: Session, now: datetime) -> list[tuple[Occurrence, Case]]:
    rows = session.execute(
        select(Occurrence, Case)
        .join(Case, Case.id == Occurrence.case_id)
        .where(Occurrence.status == "planned", Occurrence.send_at <= now)
        .order_by(Occurrence.send_at, Occurrence.id)
        .limit(CHUNK)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return [(row[0], row[1]) for row in rows]


def _outdated(session: Session, pairs: Sequence[tuple[Occurrence, Case]], now: datetime) -> set[int]:
    """Those for which a newer one of the same family is due as well, or was sent by another scheduler that had this
    case before, when these were locked by us. Their cases are locked, so nobody settles it."""
    cases = sorted({case.id for _, case in pairs})
    due = session.execute(
        select(Occurrence.case_id, Occurrence.visit, Occurrence.rule, Occurrence.id)
        .where(
            Occurrence.case_id.in_(cases),
            Occurrence.status.in_(("planned", "sent")),
            Occurrence.send_at <= now,
            Occurrence.to_role.is_(None),
        )
        .order_by(Occurrence.nominal_on, Occurrence.id)
    )
    newest = {(row.case_id, row.visit, family(row.rule)): row.id for row in due}
    return {o.id for o, _ in pairs if o.to_role is None and newest[o.case_id, o.visit, family(o.rule)] != o.id}


def _rows(
    occurrence: Occurrence, case: Case, told: Found, nobody: Sequence[int], today: date, now: datetime
) -> list[dict[str, Any]]:
    """The messages of one occurrence; those `nobody` names get it where there is nobody to be told."""
    workflow = house.workflows[case.definition]
    rows: list[dict[str, Any]] = []
    if not told.people:
        asked = (occurrence.to_role or "").replace("_", " ") or told.asked_names
        words = for_nobody(case, workflow, occurrence, asked)
        return [m for p in nobody for m in _messages(occurrence, case, "nobody_reminded", words, p, now)]
    for person, post in told.people.items():
        if occurrence.to_role is None:
            words = for_holder(case, workflow, occurrence, list(dict.fromkeys(told.steps[person])), post, today)
            about = "reminder"
        else:
            words = for_escalation(case, workflow, occurrence, told.asked_names, today)
            about = "escalation"
        rows += _messages(occurrence, case, about, words, person, now)
    return rows


def _messages(
    occurrence: Occurrence, case: Case, about: str, words: Words, person: int, now: datetime
) -> list[dict[str, Any]]:
    key = f"occurrence:{occurrence.id}"
    return rows_for(person, key, about, (words.subject, words.text, words.why), now, case.id)


def _queue(session: Session, rows: list[dict[str, Any]]) -> None:
    """The UNIQUE of key, person and channel makes "once" true even if an occurrence came here twice."""
    if rows:
        session.connection().execute(upsert(session, Message).on_conflict_do_nothing(), rows)


def _settle(session: Session, status: str, ids: set[int], now: datetime, error: str | None = None) -> None:
    if ids:
        session.connection().execute(
            update(_occurrences)
            .where(_occurrences.c.id.in_(sorted(ids)))
            .values(status=status, settled_at=now, error=error)
        )


def plan_waiting(session: Session, case_id: int, now: datetime) -> None:
    """Plan the occurrences of a case whose calendar has become known (`list_waiting_cases`).

    Their days were counted with the usual pattern of holidays, so the date is counted again through the door. Raises
    what the door raises.
    """
    until = council_calendar(session).known_until
    casework.amend(session, system_actor("calendar"), case_id, "case.replan", "case.replanned", _nothing, now=now)
    session.connection().execute(
        update(_occurrences)
        .where(
            _occurrences.c.case_id == case_id, _occurrences.c.status == "waiting", _occurrences.c.nominal_on <= until
        )
        .values(status="planned")
    )


def _nothing(_context: Context) -> None:
    """The door counts the dates again whatever is amended."""


def mark_read(session: Session, actor: Actor, message_ids: Sequence[int] | None, *, now: datetime) -> int:
    """Mark one's own messages as read (None: all of them); how many were unread."""
    conditions = [Message.person_id == actor.person_id, Message.channel == "in_app", Message.read_at.is_(None)]
    if message_ids is not None:
        conditions.append(Message.id.in_(message_ids))
    changed = session.execute(update(Message).where(*conditions).values(read_at=now).returning(Message.id)).all()
    return len(changed)


def retry_message(session: Session, actor: Actor, message_id: int, *, now: datetime) -> None:
    """Queue an e-mail again that was given up or dropped. Raises Forbidden, NotFound or NotNow (no point)."""
    if not may_globally(actor, "messages.read_log"):
        raise Forbidden([Refusal("not_yours", "This is for administrators")])
    message = session.scalars(
        select(Message).where(Message.id == message_id, Message.channel == "email").with_for_update()
    ).first()
    if message is None:
        raise NotFound
    if message.status not in {"dead", "dropped"} or message.about in SECRET_TEXTS:
        raise NotNow([Refusal("wrong_state", "Only a message that was given up or dropped can be sent again")])
    session.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(status="queued", route="direct", tries=0, next_try_at=now, last_error=None, leased_until=None)
    )
    audit.note(session, "messages", "message.retried", actor, now, message=message_id, key=message.key)
