"""Faults that a harness must notice, planted from outside into the running process (and so into its forks)."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import update

from commissioning import backups, outbox
from commissioning.casework import door, making
from commissioning.casework.keys import Claim
from commissioning.casework.registry import house
from commissioning.models.cases import Message
from workflows.registry import Refusal


def _commit_halfway(session: Any) -> None:
    """Commit, and go on writing in a transaction of one's own: without asking for it, the next one could only read."""
    session.commit()
    session.connection(execution_options={"writes": True})


@contextmanager
def no_transaction() -> Iterator[None]:
    """Case and event are committed before the tasks and reminders are written."""
    real = door.send

    def send(session: Any, rows: Any) -> None:
        case_and_event, rest = list(rows)[:2], list(rows)[2:]
        real(session, case_and_event)
        _commit_halfway(session)
        time.sleep(0.02)
        real(session, rest)

    with patch.object(door, "send", send):
        yield


@contextmanager
def no_key() -> Iterator[None]:
    """Keys are taken and not kept, as without their row."""
    with ExitStack() as stack:
        for module in (door, making):
            stack.enter_context(patch.object(module, "claim", lambda *_args: Claim(None, False)))
        yield


@contextmanager
def no_version_check() -> Iterator[None]:
    """Whoever comes second overwrites."""
    with patch.object(door, "_check_version", lambda *_args: None):
        yield


@contextmanager
def told_after_commit() -> Iterator[None]:
    """Messages are queued in a transaction of their own."""
    real = door.queue_told

    def queue(session: Any, contexts: Any, now: Any) -> None:
        _commit_halfway(session)
        real(session, contexts, now)

    with patch.object(door, "queue_told", queue):
        yield


@contextmanager
def errors_ignored() -> Iterator[None]:
    """What the database says when it cannot write is taken for a yes."""
    from tests.chaos import harness

    real = harness.in_transaction

    def careless(engine: Any, command: Any, *args: Any, **more: Any) -> Any:
        try:
            return real(engine, command, *args, **more)
        except Exception:
            return None

    with patch.object(harness, "in_transaction", careless):
        yield


@contextmanager
def own_work_through_a_deputy() -> Iterator[None]:
    """Each person is asked for alone, so that a deputy's own part in the case is forgotten."""
    real = door.identity_for

    def lax(actor: Any, action: str, *rest: Any) -> Any:
        found = None
        for identity in actor.identities:
            found = real(replace(actor, me=identity, acting_for=()), action, *rest)
            if not isinstance(found, Refusal):
                return found
        return found or real(actor, action, *rest)

    with patch.object(door, "identity_for", lax):
        yield


@contextmanager
def any_decision_opens() -> Iterator[None]:
    """A gate does not ask which board decided, what about, how, or when."""
    with patch.dict(house.rules.guards, {"decided_by_its_board@1": lambda _context: None}):
        yield


@contextmanager
def marked_before_sent() -> Iterator[None]:
    """E-mails are marked as sent when they are claimed."""
    real = outbox.claim

    def claim(session: Any, now: Any) -> Any:
        claimed = real(session, now)
        session.execute(update(Message).where(Message.id.in_([i for i, _ in claimed])).values(status="sent"))
        return claimed

    with patch.object(outbox, "claim", claim):
        yield


@contextmanager
def no_lease() -> Iterator[None]:
    """What one scheduler sends is not kept from the others."""
    with patch.object(outbox, "LEASE", timedelta(0)):
        yield


@contextmanager
def file_alone() -> Iterator[None]:
    """A backup that copies the database's file and not what still stands in its log."""

    def copy(source: str, target: Path, _progress: Any = None) -> None:
        shutil.copyfile(source, target)

    with patch.object(backups, "_copy", copy):
        yield
