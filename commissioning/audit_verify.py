"""Verifying the audit trail: chains, checkpoints, columns, states, triggers. Reads only; in one snapshot.

What is found: any change, deletion, insertion or exchange of events; heads and states that differ from the last event;
bodies altered, or erased without a record; tails cut off before the last checkpoint; checkpoints that differ from their
leaves, from each other, or from the files kept outside; missing triggers. What cannot be found: a tail cut off, or a
chain forged anew, after the last checkpoint, by somebody who sets heads and states back as well.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.orm import Session

from commissioning.audit_checkpoints import Leaf, root_of
from commissioning.audit_erasure import ERASURES
from commissioning.audit_triggers import missing_triggers
from commissioning.db import read_only
from commissioning.models.cases import Case
from commissioning.statements import one_of, run

KEPT_FINDINGS = 1000
BATCH = 2000
_FACTS = ("chain", "seq", "case_id", "at", "name", "step", "actor_id", "for_id", "from_state", "to_state")
FACTS = (*_FACTS, "version", "request_key")
_facts_of = itemgetter(*FACTS)
_WIDTH = len(FACTS)

_CASE_HEADS = select(Case.id, Case.chain_seq, Case.chain_hash, Case.state, Case.version).where(
    one_of(Case.__table__.c.id, "ids")
)
_OTHER_HEADS = text("SELECT name, seq, hash FROM chains WHERE name IN :names").bindparams(
    bindparam("names", expanding=True)
)
_read_json = json.JSONDecoder().raw_decode

Progress = Callable[[int, int], None]
"""Called with the number of events checked and the number there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be. `kind` is a code; `words` say where and what, for an auditor."""

    kind: str
    words: str
    chain: str = ""
    seq: int | None = None


@dataclass
class Verification:
    """What was checked and what was found. Beyond KEPT_FINDINGS they are only counted."""

    events: int = 0
    chains: int = 0
    erased: int = 0
    checkpoints: int = 0
    last_checkpoint: str = ""
    findings: list[Finding] = field(default_factory=list)
    found: int = 0

    @property
    def is_whole(self) -> bool:
        """True when nothing was found."""
        return self.found == 0

    def add(self, kind: str, words: str, chain: str = "", seq: int | None = None) -> None:
        """Note a finding."""
        self.found += 1
        if len(self.findings) < KEPT_FINDINGS:
            self.findings.append(Finding(kind, words, chain, seq))


@dataclass(slots=True)
class _End:
    """Where a chain ends, and the last state that it tells."""

    chain: str
    seq: int = 0
    hash: str = ""
    case_id: int | None = None
    told_state: str | None = None
    told_version: int | None = None


def snapshot(engine: Engine) -> AbstractContextManager[Session]:
    """A session whose every query sees the same moment, without a limit on how long a query may take."""
    reader = read_only(engine)
    if engine.dialect.name == "sqlite":
        return Session(reader, autoflush=False)
    session = Session(reader.execution_options(isolation_level="REPEATABLE READ"), autoflush=False)
    session.execute(text("SET LOCAL statement_timeout = 0"))
    return session


def verify(
    session: Session, *, kept: Iterable[Mapping[str, Any]] = (), progress: Progress | None = None
) -> Verification:
    """Check the whole trail. `session` is one of `snapshot`; `kept` are checkpoints from outside the database."""
    result = Verification()
    _triggers(session, result)
    _chains(session, result, progress)
    _heads_without_events(session, result)
    _checkpoints(session, result, kept)
    _leaves(session, result)
    return result


def instant_sql(session: Session, column: str) -> str:
    """SQL that writes an instant as the chained bytes do."""
    if session.get_bind().dialect.name == "sqlite":
        return f"replace({column}, ' ', 'T') || 'Z'"
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"


def events_query(session: Session, where: str = "1 = 1") -> str:
    """SQL for the events in order of chain and sequence; columns are FACTS, then chained, hash, salt, body."""
    columns = ", ".join(f"{instant_sql(session, 'at')} AS at" if name == "at" else name for name in FACTS)
    return f"SELECT {columns}, chained, hash, salt, body FROM events WHERE {where} ORDER BY chain, seq"  # noqa: S608


def stream(session: Session, sql: str) -> Iterator[Sequence[Any]]:
    """Rows in batches, never all in memory."""
    statement = text(sql.replace(":", "\\:"))
    return session.execute(statement, execution_options={"stream_results": True, "max_row_buffer": BATCH}).partitions(
        BATCH
    )


def _triggers(session: Session, result: Verification) -> None:
    for name in missing_triggers(session):
        result.add("trigger", f"The database no longer refuses changes: the trigger {name} is missing, off or altered.")


def _chains(session: Session, result: Verification, progress: Progress | None) -> None:
    total = session.scalars(text("SELECT count(*) FROM events")).one()
    recorded = _recorded_erasures(session)
    end = _End("")
    ends: list[_End] = []
    for rows in stream(session, events_query(session)):
        for row in rows:
            if row[0] != end.chain:
                end = _End(row[0])
                ends.append(end)
            _event(row, end, recorded, result)
        result.events += len(rows)
        if progress:
            progress(result.events, total)
        if len(ends) > BATCH:
            _heads(session, result, ends[:-1])
            ends = ends[-1:]
    _heads(session, result, ends)


def _recorded_erasures(session: Session) -> dict[str, int]:
    """The chains whose words were lawfully erased, with the last event that it covers."""
    found: dict[str, int] = {}
    rows = session.execute(text("SELECT body FROM events WHERE chain = 'erasures' AND body IS NOT NULL ORDER BY seq"))
    for (body,) in rows:
        with suppress(ValueError, KeyError, TypeError):  # an altered body is found when its own event is checked
            facts = json.loads(body)
            found[facts["of"]] = facts["up_to"]
    return found


def _event(row: Any, end: _End, recorded: Mapping[str, int], result: Verification) -> None:
    """Check one event against the one before, its columns, its hash and its body."""
    columns, (chained, stored_hash, salt, body) = row[:_WIDTH], row[_WIDTH:]
    chain, seq = columns[:2]
    if seq != end.seq + 1:
        result.add("sequence", f"Event {end.seq + 1} is missing before event {seq}.", chain, seq)
    if hashlib.sha256(chained.encode()).hexdigest() != stored_hash:
        result.add("hash", "The stored bytes do not have the stored hash.", chain, seq)
    try:
        facts, _ = _read_json(chained)
        if facts["previous"] != end.hash:
            result.add("previous", "It does not follow from the event before.", chain, seq)
        if _facts_of(facts) != columns:
            differing = ", ".join(n for n, v in zip(FACTS, columns, strict=True) if facts[n] != v)
            result.add("column", f"Columns differ from the chained bytes: {differing}.", chain, seq)
        _body(chain, seq, facts["body_mac"], salt, body, recorded, result)
    except (ValueError, KeyError, TypeError):
        result.add("unreadable", "The stored bytes are not those of an event.", chain, seq)
    end.seq, end.hash, end.case_id = seq, stored_hash, columns[2]
    if columns[9] is not None:
        end.told_state, end.told_version = columns[9], columns[10]


def _body(
    chain: str,
    seq: int,
    mac: str,
    salt: str | None,
    body: str | None,
    recorded: Mapping[str, int],
    result: Verification,
) -> None:
    if body is None and salt is None:
        result.erased += 1
        if chain == ERASURES or seq > recorded.get(chain, 0):
            result.add("erased", "Its words are gone and no erasure is on record.", chain, seq)
    elif body is None or salt is None:
        result.add("body", "Half of its words' record is gone.", chain, seq)
    else:
        try:
            key = bytes.fromhex(salt)
        except ValueError:
            key = b""
        if hmac.digest(key, body.encode(), "sha256").hex() != mac:
            result.add("body", "Its words were altered.", chain, seq)


def _heads(session: Session, result: Verification, ends: Sequence[_End]) -> None:
    """Compare where chains end with their heads, and cases with the last state that their events tell."""
    result.chains += len(ends)
    cases = [e.case_id for e in ends if e.case_id is not None]
    others = [e.chain for e in ends if not e.chain.startswith("case:")]
    heads: dict[str, Sequence[Any]] = {}
    if cases:
        (rows,) = run(session.connection(), (_CASE_HEADS, [{"ids": cases}]))
        heads |= {f"case:{row[0]}": row[1:] for row in rows}
    if others:
        heads |= {row[0]: row[1:] for row in session.execute(_OTHER_HEADS, {"names": others})}
    for end in ends:
        head = heads.get(end.chain)
        if head is None:
            result.add("head", "It has events and no head.", end.chain)
            continue
        if (head[0], head[1]) != (end.seq, end.hash):
            result.add(
                "head", f"It ends at event {end.seq}, its head says {head[0]}{_same(head[0], end.seq)}.", end.chain
            )
        if len(head) > 2 and (head[2], head[3]) != (end.told_state, end.told_version):
            told = f"{end.told_state}, version {end.told_version}"
            words = f"The case is in {head[2]}, version {head[3]}; its events say {told}."
            result.add("state", words, end.chain)


def _same(head: int, last: int) -> str:
    return " with another hash" if head == last else ""


def _heads_without_events(session: Session, result: Verification) -> None:
    sql = """SELECT h.chain, h.seq FROM (SELECT 'case:' || id AS chain, chain_seq AS seq FROM cases
        UNION ALL SELECT name, seq FROM chains) h
        WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.chain = h.chain) ORDER BY h.chain"""
    for rows in stream(session, sql):
        for chain, seq in rows:
            result.add("head", f"Its head says {seq} events, and there is none.", chain)


def _checkpoints(session: Session, result: Verification, kept: Iterable[Mapping[str, Any]]) -> None:
    at = instant_sql(session, "nominal_at")
    previous, roots = "", {}
    query = f"SELECT id, {at}, previous_root, root, leaf_count FROM checkpoints ORDER BY id"  # noqa: S608
    for key, nominal, before, root, count in session.execute(text(query.replace(":", "\\:"))).all():
        leaves = [
            Leaf(*row)
            for row in session.execute(
                text("SELECT chain, seq, hash FROM checkpoint_leaves WHERE checkpoint_id = :key"), {"key": key}
            )
        ]
        if before != previous:
            result.add("checkpoint", f"The checkpoint of {nominal} does not follow from the one before.")
        if len(leaves) != count or root_of(nominal, before, leaves) != root:
            result.add("checkpoint", f"The checkpoint of {nominal} is not the root of its {len(leaves)} leaves.")
        previous, roots[nominal] = root, root
        result.checkpoints += 1
        result.last_checkpoint = nominal
    for record in kept:
        nominal = str(record["nominal_at"])
        if root_of(nominal, record["previous_root"], [Leaf(*leaf) for leaf in record["leaves"]]) != record["root"]:
            result.add("kept", f"The kept file of the checkpoint of {nominal} was altered.")
        elif roots.get(nominal) != record["root"]:
            what = "is not the one kept outside" if nominal in roots else "is kept outside and missing here"
            result.add("kept", f"The checkpoint of {nominal} {what}.")


def _leaves(session: Session, result: Verification) -> None:
    """Every chain head that a checkpoint saw must still be an event with that hash."""
    sql = """SELECT l.chain, l.seq, e.hash, coalesce((SELECT max(seq) FROM events t WHERE t.chain = l.chain), 0) AS last
        FROM checkpoint_leaves l LEFT JOIN events e ON e.chain = l.chain AND e.seq = l.seq
        WHERE e.hash IS NULL OR e.hash <> l.hash ORDER BY l.chain, l.seq"""
    for rows in stream(session, sql):
        for chain, seq, found, last in rows:
            if found is not None:
                result.add("forged", f"A checkpoint saw event {seq} with another hash.", chain, seq)
            elif last < seq:
                result.add("cut", f"A checkpoint saw {seq} events; events {last + 1} to {seq} are gone.", chain, seq)
            else:
                result.add("forged", f"A checkpoint saw event {seq}, which is gone.", chain, seq)
