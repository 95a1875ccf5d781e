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
from tests.bench import workload
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts
from tests.bench.product import Product

MONTHS = 2
MILLION = 1_000_000


def reminders(bench: Bench) -> None:
    """Two months of planned reminders, told when all are due: how many a second, and whether the last take longer."""
    system = Product()
    with bench.on_new_database(system):
        system.add_units(workload.units(bench.sizes.units))
        opener = workload.HOLDERS["portfolio"][0]
        started = time.perf_counter()
        for number in range(MONTHS):
            system.open_month(opener, workload.month(number), workload.comment(number, "open"))
        planning = time.perf_counter() - started
        planned = MONTHS * bench.sizes.units * len(workload.REMINDER_DAYS)
        now = datetime.combine(workload.month(MONTHS + 1), datetime.min.time(), UTC)
        paces: list[tuple[int, float]] = []
        while True:
            started = time.perf_counter()
            done = in_transaction(system.engine, send_due, now)
            if not done:
                break
            paces.append((done, time.perf_counter() - started))
        settled, seconds = (sum(column) for column in zip(*paces, strict=True))
        if settled != planned or in_transaction(system.engine, _pending):
            raise WrongFacts(f"{settled} of {planned} reminders were settled")
        bench.add("reminders planned with their cases", "1/s", planned / planning, n=planned)
        bench.add("reminders told, messages queued", "1/s", settled / seconds, n=int(settled), aim=2000)
        tenth = max(1, len(paces) // 10)
        growth = _pace(paces[-tenth:]) / _pace(paces[:tenth])
        bench.add("time of a reminder, last tenth against first", "x", growth, n=int(settled), must=1.5, lower=True)


def _pace(chunks: list[tuple[int, float]]) -> float:
    return sum(seconds for _, seconds in chunks) / sum(done for done, _ in chunks)


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
