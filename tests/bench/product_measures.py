"""What is measured of the product alone: planning and telling reminders, verifying the audit trail."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.audit_checkpoints import make_checkpoint
from commissioning.audit_verify import snapshot, verify
from commissioning.casework.sets import insert_rows
from commissioning.db import in_transaction
from commissioning.models.cases import Case, Event, Message, Occurrence
from commissioning.reminders.commands import send_due
from commissioning.routing import route_queued
from tests.bench import workload
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts
from tests.bench.product import Product
from tests.bench.product_load import CHUNK, LOADER, OPENED_AT, settle
from tests.bench.product_rules import REPORT

MONTHS = 10
EVENTS_A_CASE = 10
LATER = OPENED_AT + timedelta(hours=1)
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
    """The whole audit trail of a filled database, chains of ten events under a checkpoint; and that one altered word in
    the middle of it is found."""
    system = Product()
    with bench.on_new_database(system):
        system.load_inbox(bench.sizes.inbox[-1] // EVENTS_A_CASE)
        while in_transaction(system.engine, _add_event):
            pass
        in_transaction(system.engine, make_checkpoint, LATER, now=LATER)
        settle(system.engine)
        started = time.perf_counter()
        with snapshot(system.engine) as session:
            result = verify(session)
        seconds = time.perf_counter() - started
        if not result.is_whole or result.events < bench.sizes.inbox[-1] or not result.checkpoints:
            raise WrongFacts(f"{result.events} events verified, {result.found} findings: {result.findings[:3]}")
        in_transaction(system.engine, _alter)
        with snapshot(system.engine) as session:
            found = verify(session).found
        if found != 1:
            raise WrongFacts(f"one word was altered, and {found} findings tell of it")
        name = f"verifying a million events, from {result.events:,}"
        bench.add(name, "s", seconds / result.events * MILLION, n=result.events, must=30, aim=10, lower=True)


def _add_event(session: Session) -> int:
    """One more event to a chunk of the chains that have the fewest; how many, nothing when all have ten."""
    fewest = session.scalar(select(func.min(Case.chain_seq)).where(Case.kind == REPORT))
    if fewest is None or fewest >= EVENTS_A_CASE:
        return 0
    heads = select(Case.id, Case.chain_seq, Case.chain_hash).where(Case.kind == REPORT, Case.chain_seq == fewest)
    events = [
        audit.seal(
            f"case:{case_id}", seq + 1, head, name=f"{REPORT}.noted", at=LATER, actor=LOADER, case_id=case_id,
            body={"text": f"Note {seq} of a paper, as long as what is noted of one usually is"},
        )
        for case_id, seq, head in session.execute(heads.limit(CHUNK)).all()
    ]  # fmt: skip
    insert_rows(session, Event, events)
    moved = [{"key": e["case_id"], "seq": e["seq"], "head": e["hash"]} for e in events]
    session.execute(text("UPDATE cases SET chain_seq = :seq, chain_hash = :head WHERE id = :key"), moved)
    return len(events)


def _alter(session: Session) -> None:
    """Other words in one event, by somebody who holds the database and takes its trigger away for a moment."""
    which = session.scalar(select(Event.id).order_by(Event.id).offset(100).limit(1))
    altered = text("UPDATE events SET body = '{}' WHERE id = :which").bindparams(which=which)
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(altered)
        return
    trigger = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'events_no_update'"))
    session.execute(text("DROP TRIGGER events_no_update"))
    session.execute(altered)
    session.execute(text(str(trigger).replace(":", "\\:")))
