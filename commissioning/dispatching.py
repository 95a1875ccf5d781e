"""Who does what happens by itself: each process that ticks (`embedded`), or workers on any machine (`procrastinate`).

The jobs are the same, and so is what makes them safe: what is due stands in the database, rows are claimed, a job may
run twice or late. So a job that is handed to a worker is a request to look, never the only trace of what is to be done:
one that is lost with its worker is made good by the next tick.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session

from commissioning.db import in_transaction

if TYPE_CHECKING:
    from procrastinate import App

TASK = "commissioning.job"
"""The one task of workers: do the job of this name."""
TABLE = "procrastinate_jobs"
_chosen: dict[str, App] = {}


def use(dispatcher: str) -> None:
    """Choose for this process: "embedded" or "procrastinate" (the setting DISPATCHER)."""
    _chosen.clear()
    if dispatcher == "procrastinate":
        _chosen["workers"] = _handing()


def soon(session: Session, job: str, once_waiting: bool = False) -> None:
    """Have a job done as soon as this transaction is committed, and not if it is rolled back.

    Embedded, the next tick does it. `once_waiting` raises AlreadyEnqueued if it waits for a worker already; without it
    two transactions never wait for each other.
    """
    if "workers" in _chosen:
        lock: Any = {"queueing_lock": job} if once_waiting else {}
        _chosen["workers"].configure_task(TASK, connection=_raw(session), **lock).defer(job=job)


def hand_out(engine: Engine, jobs: Iterable[str]) -> None:
    """Have workers do what is due, each job at most once waiting, however many processes tick."""
    from procrastinate.exceptions import AlreadyEnqueued

    for job in jobs:
        try:
            in_transaction(engine, soon, job, once_waiting=True)
        except AlreadyEnqueued:
            continue


def prepare(engine: Engine) -> None:
    """Make the tables of the workers, if they are not there."""
    from procrastinate.schema import SchemaManager

    if not inspect(engine).has_table(TABLE):
        in_transaction(engine, lambda session: _raw(session).execute(SchemaManager.get_schema()))


def _raw(session: Session) -> Any:
    """The driver's own connection, in the session's transaction."""
    return session.connection().connection.driver_connection


@cache
def _handing() -> App:
    """Hands jobs over in transactions of ours alone, so it never opens a connection."""
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())
