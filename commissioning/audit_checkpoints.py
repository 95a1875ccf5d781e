"""Checkpoints: the heads of all audit chains at one moment, bound to the checkpoint before.

A chain alone does not see its own tail cut off; a checkpoint kept elsewhere does. A leaf is a chain's head
(`chain seq hash`); only heads that moved since the checkpoint before are leaves, and

    root = SHA-256(canonical JSON of nominal time, previous root, SHA-256 of the leaves' lines in order of chain)

so the last root binds every leaf ever kept, and with them the head of every chain. What lies after the last checkpoint
is not protected. Verifying is `audit_verify`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from commissioning.audit import canonical, instant, sha256
from commissioning.clock import fresh_id
from commissioning.models.cases import Checkpoint, CheckpointLeaf
from workflows.london import london_day, london_instant

NOMINAL = time(2)
"""London time to which the daily checkpoint belongs, whenever it is made. Clocks never skip it nor show it twice."""
CHUNK = 5000

_MOVED = """
SELECT h.chain, h.seq, h.hash FROM (
  SELECT 'case:' || id AS chain, chain_seq AS seq, chain_hash AS hash FROM cases WHERE chain_seq > 0
  UNION ALL SELECT name, seq, hash FROM chains
) h LEFT JOIN checkpoint_leaves l ON l.chain = h.chain AND l.seq = h.seq AND l.hash = h.hash
WHERE l.chain IS NULL
"""


class Leaf(NamedTuple):
    """The head of one chain."""

    chain: str
    seq: int
    hash: str


class AlreadyMade(Exception):
    """There is a checkpoint for this nominal time."""


def root_of(nominal_at: str, previous_root: str, leaves: Iterable[Leaf]) -> str:
    """The root over leaves, which it sorts; `nominal_at` as `audit.instant` writes it."""
    lines = hashlib.sha256()
    for leaf in sorted(leaves):
        lines.update(f"{leaf.chain} {leaf.seq} {leaf.hash}\n".encode())
    return sha256(
        canonical({"v": 1, "nominal_at": nominal_at, "previous_root": previous_root, "leaves": lines.hexdigest()})
    )


def nominal_time(now: datetime) -> datetime:
    """The latest daily checkpoint time that has come: 2 o'clock in London, the same for every process."""
    today = london_day(now)
    nominal = london_instant(today, NOMINAL)
    return nominal if nominal <= now else london_instant(today - timedelta(days=1), NOMINAL)


def make_checkpoint(session: Session, nominal_at: datetime, *, now: datetime) -> Checkpoint:
    """Seal the heads of all chains as they are in one statement's snapshot. All or nothing.

    Raises AlreadyMade if there is one for this nominal time. Two makers queue up, so that roots form one line.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("LOCK TABLE checkpoints IN SHARE ROW EXCLUSIVE MODE"))
    if session.scalar(select(Checkpoint.id).where(Checkpoint.nominal_at == nominal_at)) is not None:
        raise AlreadyMade
    previous = session.scalar(select(Checkpoint.root).order_by(Checkpoint.id.desc()).limit(1)) or ""
    leaves = sorted(Leaf(*row) for row in session.execute(text(_MOVED)))
    checkpoint = Checkpoint(
        nominal_at=nominal_at,
        made_at=now,
        previous_root=previous,
        root=root_of(instant(nominal_at), previous, leaves),
        leaf_count=len(leaves),
    )
    session.add(checkpoint)
    session.flush()
    for start in range(0, len(leaves), CHUNK):
        rows = [{"checkpoint_id": checkpoint.id, **leaf._asdict()} for leaf in leaves[start : start + CHUNK]]
        session.execute(insert(CheckpointLeaf), rows)
    return checkpoint


def leaves_of(session: Session, checkpoint_id: int) -> list[Leaf]:
    """The leaves of one checkpoint, in the order of its root."""
    rows = session.execute(
        select(CheckpointLeaf.chain, CheckpointLeaf.seq, CheckpointLeaf.hash).where(
            CheckpointLeaf.checkpoint_id == checkpoint_id
        )
    )
    return sorted(Leaf(*row) for row in rows)


def as_record(checkpoint: Checkpoint, leaves: Iterable[Leaf]) -> dict[str, Any]:
    """A checkpoint as files and exports hold it."""
    return {
        "type": "checkpoint",
        "nominal_at": instant(checkpoint.nominal_at),
        "made_at": instant(checkpoint.made_at),
        "previous_root": checkpoint.previous_root,
        "root": checkpoint.root,
        "leaves": [list(leaf) for leaf in leaves],
    }


def file_name(nominal_at: datetime) -> str:
    """The name of a checkpoint's file, for example checkpoint-20120501T010000Z.json."""
    return f"checkpoint-{instant(nominal_at)[:19].replace('-', '').replace(':', '')}Z.json"


def write_missing_files(session: Session, directory: Path) -> list[Path]:
    """Write every checkpoint that has no file yet, also one whose maker was killed in between.

    A file that is there is never written again: it is the witness against the database.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for checkpoint in session.scalars(select(Checkpoint).order_by(Checkpoint.id)):
        path = directory / file_name(checkpoint.nominal_at)
        if not path.exists():
            _write(path, canonical(as_record(checkpoint, leaves_of(session, checkpoint.id))) + "\n")
            written.append(path)
    return written


def read_files(directory: Path) -> list[dict[str, Any]]:
    """The checkpoints kept in a directory, oldest first. Raises ValueError naming a file that cannot be read."""
    found = []
    for path in sorted(directory.glob("checkpoint-*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            [record[name] for name in ("nominal_at", "previous_root", "root", "leaves")]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: expected a checkpoint, found something else ({error})") from None
        found.append(record)
    return found


def _write(path: Path, content: str) -> None:
    partial = path.with_suffix(f".{fresh_id()}.part")
    with partial.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(partial, path)
    except FileExistsError:
        return
    except OSError:  # a file system without links
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
