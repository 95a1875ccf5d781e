"""Schedulers are killed while they send: every e-mail arrives, and twice only what was under way at a kill.

Counted at a real SMTP server. Each process runs the command `flask scheduler run`, forked from one that has imported
the service.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import Engine, Select, func, insert, select, update
from sqlalchemy.orm import Session

from commissioning import clock, jobs, outbox, scheduler  # noqa: F401 - the last before the fork, as it takes long
from commissioning.clock import fresh_ids
from commissioning.models.cases import Message, Occurrence
from commissioning.models.people import Person
from commissioning.scheduler_commands import Installation, scheduler_group
from config import Settings, load_settings
from tests.chaos.forks import Child
from tests.chaos.harness import Found
from tests.support.errands import Town
from tests.support.mail import MailServer, Received, mail_server
from workflows.london import london_day

PATIENCE_S = 30
QUEUED_A_KILL = 20
"""E-mails that are queued at the start, for each kill: more than two processes send between two kills."""
ERRANDS_A_KILL = 1
"""Errands with reminders that are due, for each kill."""
LATER = outbox.LEASE + timedelta(minutes=1)
"""When whoever comes last lives: the leases of those that were killed have run out."""


def kill_schedulers(town: Town, kills: int, seed: int = 1) -> Found:
    """Two schedulers send; each time that a few more mails have come in, the older is killed and another begins.

    One that lives LATER sends what is left. Wrong is: what did not arrive; what arrived again and was not the last on a
    connection that a kill broke off (one a kill at most); an occurrence or e-mail that is not settled at the end.
    """
    found, chance = Found(), random.Random(seed)
    with mail_server() as mail:
        settings = settings_of(town.engine, mail.url)
        jobs.tick(town.engine, clock.now(), settings)  # what is read once need not be read again by each process
        _queue(town, kills)
        running = [_start(town.engine, settings), _start(town.engine, settings)]
        in_flight: set[int] = set()
        for _ in range(kills):
            enough = len(mail.received) + chance.randint(1, 8)
            if not _wait(partial(_has_come, mail, enough)):
                found.wrong.append("nothing was being sent: the kill shows nothing")
                break
            time.sleep(chance.uniform(0, 0.05))
            running.pop(0).kill()
            in_flight |= _sending(town)
            running.append(_start(town.engine, settings))
            found.tried += 1
        for child in running:
            child.kill()
        in_flight |= _sending(town)
        last = _start(town.engine, settings, LATER)
        is_settled = _wait(lambda: not _unsettled(town), PATIENCE_S + kills)
        last.kill()
    if not is_settled:
        found.wrong.append(f"not settled in the end: {_unsettled(town)}")
    found.wrong += _wrong(town, mail, in_flight, kills + 2)
    found.kinds.update(_figures(mail.received, in_flight))
    return found


def settings_of(engine: Engine, smtp_url: str) -> Settings:
    """The settings that all schedulers share."""
    return load_settings(
        database_url=engine.url.render_as_string(hide_password=False), secret_key="k" * 40, smtp_url=smtp_url,
        email_from="no-reply@example.org", base_url="http://127.0.0.1:8000",
    )  # fmt: skip


def _start(engine: Engine, settings: Settings, later: timedelta = timedelta(0)) -> Child:
    return Child(engine, partial(_scheduler, settings=settings, later=later))


def _scheduler(engine: Engine, settings: Settings, later: timedelta) -> None:
    """A scheduler's whole life."""
    clock.live_at(clock.now() + later)
    scheduler_group(lambda: Installation(engine, settings)).main(["run"], standalone_mode=False)


def _queue(town: Town, kills: int) -> None:
    """E-mails to everybody, and errands whose reminders fell due."""
    now = clock.now()
    earlier = now - timedelta(days=30)
    ids = fresh_ids(QUEUED_A_KILL * kills)
    everybody = sorted(town.people.values())
    common = {
        "channel": "email", "about": "report.returned", "subject": "A paper was returned", "text": "Say what it costs.",
        "why": "You wrote it.", "made_at": now, "next_try_at": now, "tries": 0, "status": "queued",
    }  # fmt: skip
    rows = [common | {"id": i, "key": f"chaos:{i}", "person_id": everybody[i % len(everybody)]} for i in ids]

    def command(session: Session) -> None:
        session.execute(update(Person).values(email_immediately=True))
        session.execute(insert(Message), rows)

    town.run(command)
    for _ in range(ERRANDS_A_KILL * kills):
        town.errand(wanted_on=london_day(now) - timedelta(days=10), now=earlier)


def _wait(is_so: Callable[[], bool], patience_s: int = PATIENCE_S) -> bool:
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False


def _has_come(mail: MailServer, count: int) -> bool:
    return len(mail.received) >= count


def _sending(town: Town) -> set[int]:
    """E-mails that somebody has claimed and not marked."""
    return {row.id for row in town.read(select(Message.id).where(Message.status == "sending"))}


def _unsettled(town: Town) -> dict[str, int]:
    """How many e-mails are not at an end, and how many occurrences that are due."""
    mails = select(func.count()).where(Message.channel == "email", Message.status.in_(("queued", "sending")))
    due = select(func.count()).where(Occurrence.status == "planned", Occurrence.send_at <= clock.now())
    found = {"e-mails": int(town.read(mails)[0][0]), "occurrences": int(town.read(due)[0][0])}
    return {name: count for name, count in found.items() if count}


def _wrong(town: Town, mail: MailServer, in_flight: set[int], killed: int) -> list[str]:
    arrived = Counter(_number(r) for r in mail.received)
    rows = town.read(select(Message.id, Message.status).where(Message.channel == "email"))
    wrong = [f"e-mail {row.id} is {row.status}" for row in rows if row.status != "sent"]
    wrong += [f"e-mail {row.id} never arrived" for row in rows if row.id not in arrived]
    wrong += [f"{number} arrived and is not in the queue" for number in set(arrived) - {row.id for row in rows}]
    last_on = {r.connection: position for position, r in enumerate(mail.received)}
    again = {number for number, times in arrived.items() if times > 1}
    for number in sorted(again):
        copies = [(p, r) for p, r in enumerate(mail.received) if _number(r) == number]
        if len({str(r.message["Message-ID"]) for _, r in copies}) > 1:
            wrong.append(f"e-mail {number} came with two Message-IDs")
        if number not in in_flight or any(last_on[r.connection] != p for p, r in copies[:-1]):
            wrong.append(f"e-mail {number} came {len(copies)} times and was not under way at a kill")
    if len(again) > killed:
        wrong.append(f"{len(again)} e-mails came again after {killed} kills")
    told = Counter((row.case_id, row.person_id, row.key) for row in town.read(_reminders()))
    wrong += [f"occurrence told twice: {what}" for what, times in told.items() if times > 1]
    if not told:
        wrong.append("no reminder was sent: the trial shows less than it says")
    return wrong


def _reminders() -> Select[tuple[int | None, int, str]]:
    return select(Message.case_id, Message.person_id, Message.key).where(
        Message.channel == "email", Message.key.startswith("occurrence:")
    )


def _number(received: Received) -> int:
    """The message's own number, which its Message-ID ends with."""
    return int(str(received.message["Message-ID"]).partition("@")[0].rpartition(".")[2])


def _figures(received: list[Received], in_flight: set[int]) -> dict[str, int]:
    numbers = Counter(_number(r) for r in received)
    return {
        "e-mails": len(numbers),
        "claimed at a kill": len(in_flight),
        "came twice": sum(times > 1 for times in numbers.values()),
    }
