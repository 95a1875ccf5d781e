"""`/metrics` for Prometheus: numbers about the service, none about a person or a case.

It is there only with `METRICS_TOKEN`, for who sends that token as a bearer; for everybody else there is no such page.
By address alone it could not be kept: behind a web server on the same machine everybody comes from 127.0.0.1. The
numbers are those of the database, so every process answers the same, and of this process; requests are counted by the
web server in front, which sees them all.
"""

from __future__ import annotations

import hmac
import resource
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, request
from sqlalchemy import ColumnElement, CompoundSelect, Select, String, func, literal, select, union_all
from sqlalchemy.orm import Session

from commissioning.models.cases import Checkpoint, DueEffect, Event, Message, Occurrence, Task, Tick
from commissioning.models.people import SignInSession
from commissioning.web import access
from commissioning.web.requests import now, reading
from workflows.london import london_day

blueprint = Blueprint("metrics", __name__)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_HELP = {
    "tasks_open": "Open tasks.",
    "tasks_overdue": "Open tasks past their day.",
    "messages_waiting": "E-mails that have not left yet.",
    "messages_late": "E-mails that should have left by now.",
    "reminders_late": "Planned reminders whose moment has passed.",
    "effects_late": "Effects of decisions that are due and not carried out.",
    "sessions_active": "Sessions signed in.",
    "audit_events_total": "Events in the audit trail.",
}
_COUNTERS = {"audit_events_total", "process_cpu_seconds_total"}


@blueprint.get("/metrics")
@access.public
def metrics() -> Response:
    """The numbers, for who has the token."""
    wanted = str(current_app.config["SETTINGS"].metrics_token)
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    is_given = scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted.encode())
    if not wanted or not is_given:
        abort(404)
    return Response("".join(_lines(reading(), now())), content_type=CONTENT_TYPE)


def _lines(session: Session, at: datetime) -> Iterator[str]:
    found = {row[0]: row[1] for row in session.execute(_counting(at))}
    for name, words in _HELP.items():
        yield from _metric(f"commissioning_{name}", words, found[name])
    last = session.scalar(select(func.max(Checkpoint.made_at)))
    if last is not None:
        yield from _metric("commissioning_checkpoint_age_seconds", "Since the last checkpoint.", _age(at, last))
    yield from _ticks(session, at)
    yield from _process()


def _counting(at: datetime) -> CompoundSelect[Any]:
    """Every number in one query; each is counted from an index on what is open."""
    today = london_day(at)
    queued = Message.status.in_(("queued", "sending"))

    def count(name: str, *where: ColumnElement[bool]) -> Select[str, int]:
        return select(_named(name), func.count()).where(*where)

    return union_all(
        count("tasks_open", Task.closed_at.is_(None)),
        count("tasks_overdue", Task.closed_at.is_(None), Task.due_on < today),
        count("messages_waiting", queued),
        count("messages_late", queued, Message.next_try_at < at),
        count("reminders_late", Occurrence.status == "planned", Occurrence.send_at < at),
        count("effects_late", DueEffect.status == "waiting", DueEffect.due_at < at),
        count("sessions_active", SignInSession.ends_at > at),
        select(_named("audit_events_total"), func.coalesce(func.max(Event.id), 0)),
    )


def _named(name: str) -> ColumnElement[str]:
    return literal(name, String())


def _ticks(session: Session, at: datetime) -> Iterator[str]:
    """How long each job has not run, and whether its last run failed."""
    ticks = session.scalars(select(Tick).order_by(Tick.job)).all()
    for name, words in (("tick_age_seconds", "Since each job last ran."), ("tick_failed", "1 if its last run failed.")):
        yield f"# HELP commissioning_{name} {words}\n# TYPE commissioning_{name} gauge\n"
        for tick in ticks:
            value = _age(at, tick.last_at) if name == "tick_age_seconds" else int(tick.result.startswith("failed"))
            yield f'commissioning_{name}{{job="{tick.job}"}} {value}\n'


def _process() -> Iterator[str]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    yield from _metric("process_cpu_seconds_total", "Of this process.", round(time.process_time(), 2))
    yield from _metric("process_max_resident_memory_bytes", "The most that this process had.", used.ru_maxrss * 1024)


def _age(at: datetime, before: datetime) -> int:
    return round((at - before).total_seconds())


def _metric(name: str, words: str, value: float) -> Iterator[str]:
    kind = "counter" if name.removeprefix("commissioning_") in _COUNTERS else "gauge"
    yield f"# HELP {name} {words}\n# TYPE {name} {kind}\n{name} {value}\n"
