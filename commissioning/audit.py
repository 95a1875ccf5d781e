"""Sealing events: what is hashed, how chains go on. Verifying is `audit_verify`; tables and triggers are in `models`.

The hash covers stored bytes (`chained`, canonical JSON). Names, reasons, old and new values are in `body`, which the
chained bytes bind by HMAC with a salt of its own: lawful erasure deletes body and salt, and the chain still verifies.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.db import TryAgain
from commissioning.models.cases import Chain, Event

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode
_quoted = json.encoder.encode_basestring
"""A JSON string, as `canonical` writes it."""


def canonical(value: Any) -> str:
    """JSON text with one way to write each value: sorted keys, no white space, UTF-8."""
    return _encode(value)


def sha256(text: str) -> str:
    """Hex SHA-256 of UTF-8 text."""
    return hashlib.sha256(text.encode()).hexdigest()


def body_mac(salt: str, body: str) -> str:
    """What binds a body to its chained bytes."""
    return hmac.digest(bytes.fromhex(salt), body.encode(), "sha256").hex()


def _number(value: int | None) -> str:
    return "null" if value is None else str(value)


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """An instant as it stands in chained bytes: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def seal(
    chain: str,
    seq: int,
    previous: str,
    *,
    name: str,
    at: datetime,
    actor: Actor,
    acting_for: int | None = None,
    case_id: int | None = None,
    step: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    version: int | None = None,
    request_key: str | None = None,
    hashes: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The row of the next event of a chain. `previous` is the hash before it ("" for the first)."""
    salt = secrets.token_hex(16)
    full = {"actor": actor.name, **(body or {})}
    body_text = canonical(full)
    # The canonical text of these seventeen members, written out: several times as fast as sorting them each time.
    chained = (
        f'{{"actor_id":{_number(actor.person_id)},"at":"{instant(at)}","body_mac":"{body_mac(salt, body_text)}"'
        f',"case_id":{_number(case_id)},"chain":{_quoted(chain)},"for_id":{_number(acting_for)}'
        f',"from_state":{_text(from_state)},"hashes":{canonical(hashes) if hashes else "{}"},"name":{_quoted(name)}'
        f',"previous":"{previous}","request_key":{_text(request_key)},"seq":{seq},"step":{_text(step)}'
        f',"system":{_text(actor.system)},"to_state":{_text(to_state)},"v":1,"version":{_number(version)}}}'
    )
    return {
        "chain": chain,
        "seq": seq,
        "case_id": case_id,
        "at": at,
        "name": name,
        "step": step,
        "actor_id": actor.person_id,
        "for_id": acting_for,
        "from_state": from_state,
        "to_state": to_state,
        "version": version,
        "request_key": request_key,
        "chained": chained,
        "hash": sha256(chained),
        "salt": salt,
        "body": body_text,
    }


def note(session: Session, chain: str, name: str, actor: Actor, now: datetime, **body: Any) -> None:
    """Append an event to a chain that is not a case's: a sign-in, a grant, a setting, a reading of a secret thing."""
    note_request(session, chain, name, actor, now, None, body)


def note_request(
    session: Session, chain: str, name: str, actor: Actor, now: datetime, request_key: str | None, body: dict[str, Any]
) -> None:
    """The same with the claimed key of the request, so that `keys.noted` finds what it made when it is sent again.

    The chain's head is locked first, so two writers of one subject queue up and nobody else waits.
    """
    head = session.execute(
        select(Chain.seq, Chain.hash).where(Chain.name == chain).with_for_update(key_share=True)
    ).first()
    seq, previous = (head.seq + 1, head.hash) if head else (1, "")
    row = seal(chain, seq, previous, name=name, at=now, actor=actor, request_key=request_key, body=body)
    if head:
        session.execute(update(Chain).where(Chain.name == chain).values(seq=seq, hash=row["hash"]))
    else:
        try:
            with session.begin_nested():
                session.execute(insert(Chain).values(name=chain, seq=seq, hash=row["hash"]))
        except IntegrityError:
            raise TryAgain from None
    session.execute(insert(Event).values(**row))
