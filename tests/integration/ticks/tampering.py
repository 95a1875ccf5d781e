"""What somebody may do to the trail who holds the database itself: behind the triggers' back, one deed at a time.

Each deed is done in a transaction that is rolled back, with triggers out of the way as the engine allows, and back in
place before anybody looks. A deed that changed nothing says so by returning False and is drawn again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from commissioning.audit import body_mac, canonical, sha256
from commissioning.models.triggers import create_statements

TEXTS = ("chain", "name", "step", "from_state", "to_state", "request_key", "chained", "hash", "salt", "body")
NUMBERS = ("seq", "case_id", "actor_id", "for_id", "version")
GUARDED = ("events", "checkpoints", "checkpoint_leaves")

Deed = Callable[[Session, random.Random], bool]


@contextmanager
def behind_the_back(engine: Engine) -> Iterator[Session]:
    """A transaction in which triggers and foreign keys are silent; it is rolled back at the end."""
    session = Session(engine.execution_options(writes=True), autoflush=False)
    try:
        if engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            for table in GUARDED:
                for verb in ("update", "delete"):
                    session.execute(text(f"DROP TRIGGER {table}_no_{verb}"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session
    finally:
        session.rollback()
        session.close()


def cover_up(session: Session) -> None:
    """Put the triggers back, as somebody would who wants nothing noticed."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET LOCAL session_replication_role = origin"))
        return
    names = tuple(f"CREATE TRIGGER {t}_no_{verb}" for t in GUARDED for verb in ("update", "delete"))
    for statement in create_statements("sqlite"):
        if statement.startswith(names):
            session.execute(text(statement.replace(":", "\\:")))


def _event(session: Session, draw: random.Random) -> dict[str, object]:
    rows = session.execute(text("SELECT * FROM events ORDER BY chain, seq")).mappings().all()
    return dict(draw.choice(rows))


def _other(draw: random.Random, value: object) -> object:
    """A value near the old one: a character exchanged, a number moved, something for nothing."""
    if value is None:
        return "x" if draw.random() < 0.5 else ""
    old = str(value)
    if not old:
        return "x"
    at = draw.randrange(len(old))
    put = draw.choice([c for c in "0123456789abcdef" if c != old[at]])
    return old[:at] + put + old[at + draw.choice((0, 1)) :]


def change_text(session: Session, draw: random.Random) -> bool:
    """Alter one text column of one event."""
    event, column = _event(session, draw), draw.choice(TEXTS)
    new = _other(draw, event[column])
    if new == event[column] or (len(str(new)) > 64 and column not in ("chained", "body")):
        return False
    session.execute(text(f"UPDATE events SET {column} = :new WHERE id = :id"), {"new": new, "id": event["id"]})
    return True


def change_number(session: Session, draw: random.Random) -> bool:
    """Alter one number of one event."""
    event, column = _event(session, draw), draw.choice(NUMBERS)
    old = event[column]
    new = draw.choice([1, 7, 1000]) if old is None else int(str(old)) + draw.choice([-1, 1, 100])
    clash = "SELECT 1 FROM events WHERE chain = :chain AND seq = :seq"
    if column == "seq" and session.execute(text(clash), {"chain": event["chain"], "seq": new}).first():
        return False
    session.execute(text(f"UPDATE events SET {column} = :new WHERE id = :id"), {"new": new, "id": event["id"]})
    return True


def change_time(session: Session, draw: random.Random) -> bool:
    """Move one event in time, by as little as a microsecond."""
    event = _event(session, draw)
    by = timedelta(microseconds=draw.choice([1, -1, 1_000_000, 86_400_000_000]))
    at = event["at"]
    new: object
    if isinstance(at, datetime):
        new = at + by
    else:
        new = (datetime.fromisoformat(str(at)) + by).isoformat(" ", timespec="microseconds")
    session.execute(text("UPDATE events SET at = :new WHERE id = :id"), {"new": new, "id": event["id"]})
    return True


def erase_unrecorded(session: Session, draw: random.Random) -> bool:
    """Make the words of one event vanish without a record."""
    event = _event(session, draw)
    session.execute(text("UPDATE events SET body = NULL, salt = NULL WHERE id = :id"), {"id": event["id"]})
    return True


def rewrite_words(session: Session, draw: random.Random) -> bool:
    """Other words with a fitting MAC and hash: the one event is perfect, the chain is not (or its leaf)."""
    event = _event(session, draw)
    facts = json.loads(str(event["chained"]))
    body = canonical({"actor": "Somebody else"})
    facts["body_mac"] = body_mac(str(event["salt"]), body)
    chained = canonical(facts)
    session.execute(
        text("UPDATE events SET body = :body, chained = :chained, hash = :hash WHERE id = :id"),
        {"body": body, "chained": chained, "hash": sha256(chained), "id": event["id"]},
    )
    return True


def delete_event(session: Session, draw: random.Random) -> bool:
    """Take one event out; sometimes close the gap."""
    event = _event(session, draw)
    session.execute(text("DELETE FROM events WHERE id = :id"), {"id": event["id"]})
    if draw.random() < 0.5:
        later = session.execute(
            text("SELECT id FROM events WHERE chain = :chain AND seq > :seq ORDER BY seq"), event
        ).all()
        for (later_id,) in later:
            session.execute(text("UPDATE events SET seq = seq - 1 WHERE id = :id"), {"id": later_id})
    return True


def insert_event(session: Session, draw: random.Random) -> bool:
    """A copy of an event at the end of its chain, or of another; numbered to fit, without a new hash or with one."""
    event = _event(session, draw)
    chain = str(_event(session, draw)["chain"])
    last = session.execute(
        text("SELECT seq, hash FROM events WHERE chain = :chain ORDER BY seq DESC LIMIT 1"), {"chain": chain}
    ).one()
    event |= {"id": 10**9 + draw.randrange(10**6), "chain": chain, "seq": last.seq + 1}
    if draw.random() < 0.5:
        facts = json.loads(str(event["chained"])) | {"chain": chain, "seq": last.seq + 1, "previous": last.hash}
        event |= {"chained": canonical(facts), "hash": sha256(canonical(facts))}
    names = ", ".join(event)
    session.execute(text(f"INSERT INTO events ({names}) VALUES ({', '.join(':' + n for n in event)})"), event)
    return True


def swap_events(session: Session, draw: random.Random) -> bool:
    """Exchange the places, or the contents, of two events."""
    one, other = _event(session, draw), _event(session, draw)
    if one["id"] == other["id"]:
        return False
    if draw.random() < 0.5:
        for event, chain, seq in (
            (one, "x", 0),
            (other, one["chain"], one["seq"]),
            (one, other["chain"], other["seq"]),
        ):
            session.execute(
                text("UPDATE events SET chain = :chain, seq = :seq WHERE id = :id"),
                {"chain": chain, "seq": seq, "id": event["id"]},
            )
        return True
    for event, source in ((one, other), (other, one)):
        session.execute(
            text("UPDATE events SET chained = :chained, hash = :hash, salt = :salt, body = :body WHERE id = :target"),
            {n: source[n] for n in ("chained", "hash", "salt", "body")} | {"target": event["id"]},
        )
    return True


def cut_tail(session: Session, case_id: int, keep: int) -> None:
    """Cut the chain of a case after `keep` events, and set head, state and version back so that all fits."""
    chain = f"case:{case_id}"
    session.execute(text("DELETE FROM events WHERE chain = :chain AND seq > :keep"), {"chain": chain, "keep": keep})
    last = session.execute(
        text("SELECT hash FROM events WHERE chain = :chain AND seq = :keep"), {"chain": chain, "keep": keep}
    ).scalar()
    state = session.execute(
        text(
            "SELECT to_state, version FROM events WHERE chain = :chain AND to_state IS NOT NULL"
            " ORDER BY seq DESC LIMIT 1"
        ),
        {"chain": chain},
    ).first()
    values = {"id": case_id, "seq": keep, "hash": last or "", "state": "asked", "version": 1}
    values |= {"state": state[0], "version": state[1]} if state else {}
    session.execute(
        text(
            "UPDATE cases SET chain_seq = :seq, chain_hash = :hash, state = :state, version = :version WHERE id = :id"
        ),
        values,
    )


def cut_sealed_tail(session: Session, draw: random.Random) -> bool:
    """Cut off what a checkpoint saw, and set everything else back."""
    leaves = session.execute(text("SELECT chain, seq FROM checkpoint_leaves WHERE chain LIKE 'case:%'")).all()
    chain, seq = draw.choice(leaves)
    cut_tail(session, int(chain.split(":")[1]), draw.randrange(seq))
    return True


def forge_anew(session: Session, draw: random.Random) -> bool:
    """Rewrite a sealed chain from some event on with fitting hashes, and set the head to match."""
    leaves = session.execute(text("SELECT chain, seq FROM checkpoint_leaves WHERE chain LIKE 'case:%'")).all()
    chain, sealed = draw.choice(leaves)
    first = draw.randint(1, sealed)
    rows = session.execute(
        text("SELECT id, seq, chained, hash FROM events WHERE chain = :chain ORDER BY seq"), {"chain": chain}
    ).all()
    previous = ""
    for row in rows:
        if row.seq < first:
            previous = row.hash
            continue
        facts = json.loads(row.chained) | {"previous": previous, "request_key": "forged"}
        previous = sha256(canonical(facts))
        session.execute(
            text("UPDATE events SET chained = :chained, hash = :hash, request_key = 'forged' WHERE id = :id"),
            {"chained": canonical(facts), "hash": previous, "id": row.id},
        )
    session.execute(
        text("UPDATE cases SET chain_hash = :hash WHERE id = :id"), {"hash": previous, "id": int(chain.split(":")[1])}
    )
    return True


def change_case(session: Session, draw: random.Random) -> bool:
    """Move a case past the door."""
    case_id = draw.choice(session.execute(text("SELECT id FROM cases ORDER BY id")).scalars().all())
    change = draw.choice(
        ["state = 'elsewhere'", "version = version + 1", "chain_seq = chain_seq - 1", "chain_hash = 'f00d'"]
    )
    session.execute(text(f"UPDATE cases SET {change} WHERE id = :id"), {"id": case_id})
    return True


def change_chain(session: Session, draw: random.Random) -> bool:
    """Move or remove the head of a chain that is not a case's."""
    name = draw.choice(session.execute(text("SELECT name FROM chains ORDER BY name")).scalars().all())
    deed = draw.choice(["UPDATE chains SET seq = seq + 1", "UPDATE chains SET hash = 'f00d'", "DELETE FROM chains"])
    session.execute(text(f"{deed} WHERE name = :name"), {"name": name})
    return True


def change_checkpoint(session: Session, draw: random.Random) -> bool:
    """Alter or remove a checkpoint (not the last alone: only files kept outside tell that) or one of its leaves."""
    first = session.execute(text("SELECT min(id) FROM checkpoints")).scalar()
    leaf = draw.choice(session.execute(text("SELECT checkpoint_id, chain FROM checkpoint_leaves ORDER BY chain")).all())
    deed = draw.choice(
        [
            "UPDATE checkpoints SET root = 'f00d' WHERE id = :first",
            "UPDATE checkpoints SET previous_root = 'f00d' WHERE id = :first",
            "UPDATE checkpoints SET leaf_count = leaf_count + 1 WHERE id = :first",
            "DELETE FROM checkpoints WHERE id = :first",
            "UPDATE checkpoint_leaves SET seq = seq - 1 WHERE checkpoint_id = :id AND chain = :chain",
            "UPDATE checkpoint_leaves SET hash = 'f00d' WHERE checkpoint_id = :id AND chain = :chain",
            "DELETE FROM checkpoint_leaves WHERE checkpoint_id = :id AND chain = :chain",
            "INSERT INTO checkpoint_leaves (checkpoint_id, chain, seq, hash)"
            " SELECT :id, 'person:0', 1, hash FROM events WHERE seq = 1 AND chain = :chain",
        ]
    )
    parameters = {"first": first, "id": leaf[0], "chain": leaf[1]}
    session.execute(text(deed), {k: v for k, v in parameters.items() if f":{k}" in deed})
    return True


DEEDS: tuple[Deed, ...] = (
    change_text,
    change_number,
    change_time,
    erase_unrecorded,
    rewrite_words,
    delete_event,
    insert_event,
    swap_events,
    cut_sealed_tail,
    forge_anew,
    change_case,
    change_chain,
    change_checkpoint,
)
