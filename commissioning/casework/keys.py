"""Idempotency keys: a form or a request that is sent twice does the thing once."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import canonical, sha256
from commissioning.casework.errors import Invalid, KeyReused
from commissioning.casework.sets import ignoring
from commissioning.models.cases import Event, RequestKey
from commissioning.statements import Work, read_ahead, run

_NO_TEXT = re.compile(r"(?<!\\)(?:\\\\)*\\u0000|[\ud800-\udfff]")


class Claim:
    """A claimed key. `is_replay` is True when the same request was done before: its effect stands, none is added."""

    def __init__(self, key: str | None, is_replay: bool) -> None:
        self.key, self.is_replay = key, is_replay


def claim(
    session: Session, actor: Actor, key: str | None, target: str, body: Any, now: datetime, then: Sequence[Work] = ()
) -> Claim:
    """Claim the key for this actor, target and body; it is kept only if the transaction commits.

    A rival with the same key waits here for the first one's commit. Raises KeyReused if it came with another body.
    `then`: what is asked next whatever comes of it, which travels with the claim.
    """
    text = canonical([target, body])
    check_text(text)
    if not key:
        return Claim(None, False)
    stored = _stored(actor, key)
    digest = sha256(text)
    row = {"key": stored, "target": target, "body_sha256": digest, "at": now}
    claiming = ignoring(session, RequestKey, [row], ("key",))
    if then:
        read_ahead(session, claiming, *then)
    (is_new,) = run(session.connection(), claiming)
    if is_new:
        return Claim(stored, False)
    seen = session.execute(select(RequestKey.body_sha256).where(RequestKey.key == stored)).scalar_one()
    if seen != digest:
        raise KeyReused
    return Claim(stored, True)


def _stored(actor: Actor, key: str) -> str:
    return sha256(f"{actor.person_id or actor.system}\n{key}")[:40]


def noted(session: Session, actor: Actor, key: str, name: str) -> Any:
    """What the request with this key noted under a name when it was done; None if it was not, or noted nothing."""
    found = select(Event.body).where(Event.request_key == _stored(actor, key)).order_by(Event.id).limit(1)
    body = session.execute(found).scalar()
    return json.loads(body).get(name) if body else None


def check_text(text: str) -> None:
    """Raises Invalid for what is no text: the zero character (as JSON writes it) and halves of characters."""
    if _NO_TEXT.search(text):
        raise Invalid({"": "There is a character in it that cannot be stored. Take it out and send it again"})


def answers(session: Session, claimed: Claim) -> dict[int, tuple[str, int]]:
    """Where a replayed request left the cases that it moved: state and version by case id, as it was told then."""
    rows = session.execute(
        select(Event.case_id, Event.to_state, Event.version)
        .where(Event.request_key == claimed.key, Event.to_state.is_not(None))
        .order_by(Event.id)
    )
    return {row.case_id: (row.to_state, row.version) for row in rows}


def done_case(session: Session, claimed: Claim) -> int | None:
    """The case that a replayed request moved or made first."""
    return session.execute(
        select(Event.case_id).where(Event.request_key == claimed.key).order_by(Event.id).limit(1)
    ).scalar()
