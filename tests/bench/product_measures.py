"""What is measured of the product alone: planning and telling reminders, verifying the audit trail."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commissioning.audit_verify import snapshot, verify
from commissioning.db import in_transaction
from commissioning.models.cases import Message, Occurrence
from commissioning.reminders.commands import send_due
from commissioning.routing import route_queued
from tests.bench import workload
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts
from tests.bench.product import Product

MONTHS = 10
MILLION = 1_000_000


def reminders(bench: Bench) -> None:
    """Month after month its reminders are planned, and told when all of them are due: how many a second, and whether
    those of the last month take longer than those of the first, with all the others on record."""
    system = Product()
    units = bench.sizes.units * 2 // MONTHS
    planning, paces = 0.0, list[tuple[int, float]]()
    with bench.on_new_database(system):
        system.add_units(workload.units(units))
        opener = workload.HOLDERS["portfolio"][0]
        for number in range(MONTHS):
            started = time.perf_counter()
            system.open_month(opener, workload.month(number), workload.comment(number, "open"))
            planning += time.perf_counter() - started
            paces.append(_tell(system, datetime.combine(workload.month(number + 2), datetime.min.time(), UTC)))
        planned = MONTHS * units * len(workload.REMINDER_DAYS)
        settled, seconds = (sum(column) for column in zip(*paces, strict=True))
        if settled != planned or in_transaction(system.engine, _pending):
            raise WrongFacts(f"{settled} of {planned} reminders were settled")
        bench.add("reminders planned with their cases", "1/s", planned / planning, n=planned)
        bench.add("reminders told, messages queued", "1/s", settled / seconds, n=int(settled), aim=2000)
        (first, first_s), (last, last_s) = paces[0], paces[-1]
        growth = (last_s / last) / (first_s / first)
        routed, seconds = _route(system, datetime.combine(workload.month(MONTHS + 2), datetime.min.time(), UTC))
        if not routed:
            raise WrongFacts("no e-mail was routed")
        bench.add("e-mails routed before they are sent", "1/s", routed / seconds, n=routed)
        bench.add("time of a reminder, last month against first", "x", growth, n=int(settled), must=1.5, lower=True)


def _tell(system: Product, now: datetime) -> tuple[int, float]:
    """Tell all that are due; how many, in how many seconds."""
    told, started = 0, time.perf_counter()
    while done := in_transaction(system.engine, send_due, now):
        told += done
    return told, time.perf_counter() - started


def _route(system: Product, now: datetime) -> tuple[int, float]:
    """Say of all that is queued how it goes: at once, in a digest, to a deputy; how many, in how many seconds."""
    routed, started = 0, time.perf_counter()
    while done := in_transaction(system.engine, route_queued, now):
        routed += done
    return routed, time.perf_counter() - started


def _pending(session: Session) -> int:
    left = session.execute(select(func.count()).where(Occurrence.status == "planned")).scalar_one()
    told = session.execute(select(func.count()).select_from(Message)).scalar_one()
    return int(left or not told)


def verification(bench: Bench) -> None:
    """The whole audit trail of a filled database, and that one altered word is found in it."""
    system = Product()
    with bench.on_new_database(system):
        system.load_inbox(bench.sizes.inbox[-1])
        started = time.perf_counter()
        with snapshot(system.engine) as session:
            result = verify(session)
        seconds = time.perf_counter() - started
        if not result.is_whole or result.events < bench.sizes.inbox[-1]:
            raise WrongFacts(f"{result.events} events verified, {result.found} findings: {result.findings[:3]}")
        in_transaction(system.engine, _alter)
        with snapshot(system.engine) as session:
            found = verify(session).found
        if not found:
            raise WrongFacts("a head that was altered is not found")
        name = f"verifying a million events, from {result.events:,}"
        bench.add(name, "s", seconds / result.events * MILLION, n=result.events, must=30, aim=10, lower=True)


def _alter(session: Session) -> None:
    session.execute(text("UPDATE cases SET chain_hash = 'other' WHERE id = (SELECT max(id) FROM cases)"))
