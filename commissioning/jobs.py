"""The tick: everything that happens by itself, one job after the other.

Each job finds what is due and does it through the same commands as people, as the service. A job may run twice, late,
or in several processes at once and do the thing once: rows are unique and claimed, due times are nominal. A job that
fails is logged and stops no other. What is due is in the database; APScheduler only makes the clock tick, and the
`ticks` table only tells when a job last ran.

Features add their own with `register` at import.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import CursorResult, Engine, delete, insert, or_, select
from sqlalchemy.orm import Session

from commissioning import bounces, clock, outbox
from commissioning.assurance.reminding import remind_due
from commissioning.audit_checkpoints import AlreadyMade, make_checkpoint, nominal_time, write_missing_files
from commissioning.audit_verify import snapshot, verify
from commissioning.calendar.invitations import tell_due
from commissioning.casework.errors import Refused
from commissioning.casework.sets import upsert
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.ics import Mailbox
from commissioning.library.reminding import remind_of_items
from commissioning.mail import MailServer, Sender
from commissioning.meetings.due import carry_out_due, close_due_papers
from commissioning.models.cases import Checkpoint, Message, RequestKey, Tick
from commissioning.models.people import FailedSignIn, Grant, Person, SignInCode, SignInSession, TrustedDevice
from commissioning.money.handing import import_handed
from commissioning.monitoring.meeting_escalating import draft_due, note_late_due
from commissioning.monitoring.meeting_plan import invite_due
from commissioning.monitoring.opening import move_for_late_periods, open_due
from commissioning.notices.reminding import remind_of_notices
from commissioning.notify import Notify
from commissioning.overview.commands import note_concerns, send_overview
from commissioning.packs.building import build_waiting, want_due
from commissioning.packs.keeping import drop_old
from commissioning.partner_returns.opening import open_due as open_partner_returns
from commissioning.public.exemptions import remind_of_reviews
from commissioning.reminders.commands import plan_waiting, send_due
from commissioning.reminders.empty_posts import alarm_empty_posts
from commissioning.reminders.queries import list_waiting_cases, why_not_wanted
from commissioning.reminders.recounting import recount_some
from commissioning.reports.reminding import remind_of_outside
from commissioning.reports.reminding_deadlines import remind_of_deadlines
from commissioning.reports.taking import give_back_left
from commissioning.specifications.due import bring_into_force_due
from config import Settings
from workflows.london import in_london, london_day

log = logging.getLogger(__name__)

PLAN_EVERY = timedelta(seconds=60)
SEND_EVERY = timedelta(seconds=10)
HOUSEKEEP_EVERY = timedelta(hours=1)
BACKWARDS = timedelta(minutes=5)
"""A clock that is set right goes back by less."""
KEYS_KEPT = timedelta(days=30)
FAILURES_KEPT = timedelta(days=30)
ROWS = 500
"""Rows deleted in one transaction."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a tick runs: `now` is its nominal moment, `clock()` goes on from it while it runs."""

    engine: Engine
    now: datetime
    settings: Settings
    started: float

    def clock(self) -> datetime:
        """The moment plus the time that has gone by since the tick began."""
        return self.now + timedelta(seconds=clock.monotonic() - self.started)


Work = Callable[[Moment], Any]
"""What a job does; what it returns is kept as its result, in words."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that happens by itself. Lower `order` runs first."""

    name: str
    run: Work
    every: timedelta
    order: int


_JOBS: dict[str, Job] = {}


def register(name: str, run: Work, every: timedelta = PLAN_EVERY, order: int = 50) -> None:
    """Add a job. Raises ValueError if another has the name."""
    if name in _JOBS and _JOBS[name].run is not run:
        raise ValueError(f"a job {name} is registered already")
    _JOBS[name] = Job(name, run, every, order)


def in_chunks(command: Callable[..., int]) -> Work:
    """A job that runs `command(session, now)` in one transaction after another until it returns 0."""

    def run(moment: Moment) -> int:
        total = 0
        while done := in_transaction(moment.engine, command, moment.now):
            total += done
        return total

    return run


def in_one(command: Callable[..., int]) -> Work:
    """A job that runs `command(session, now)` in one transaction; what is left, the next tick does."""

    def run(moment: Moment) -> int:
        return in_transaction(moment.engine, command, moment.now)

    return run


def all_jobs() -> list[Job]:
    """Every job, in the order of a tick."""
    return sorted(_JOBS.values(), key=lambda j: (j.order, j.name))


def tick(engine: Engine, now: datetime, settings: Settings, only: Iterable[str] | None = None) -> dict[str, str]:
    """Run every job (or those named) once, as of `now`; the result of each in words, "failed: ..." for a failure."""
    wanted = None if only is None else set(only)
    moment = Moment(engine, now, settings, clock.monotonic())
    return {job.name: _run(job, moment) for job in all_jobs() if wanted is None or job.name in wanted}


def _run(job: Job, moment: Moment) -> str:
    try:
        result = str(job.run(moment))
    except Exception as error:
        log.exception("job %s failed", job.name)
        result = f"failed: {type(error).__name__}"
    try:
        in_transaction(moment.engine, _record, job.name, moment.now, result)
    except Exception:
        log.exception("the tick of job %s could not be recorded", job.name)
    return result


def _record(session: Session, job: str, now: datetime, result: str) -> None:
    before = session.get(Tick, job)
    if before is not None and before.last_at > now + BACKWARDS:
        _tell_of_jump(session, before.last_at, now)
    statement = upsert(session, Tick).values(job=job, last_at=now, result=result[:500])
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["job"], set_={"last_at": statement.excluded.last_at, "result": statement.excluded.result}
        )
    )


def _tell_of_jump(session: Session, before: datetime, now: datetime) -> None:
    """Nothing is told twice, because due times are nominal; but nothing falls due until the clock is there again."""
    key = f"clock:{before.isoformat()}"
    if session.scalars(select(Message.id).where(Message.key == key).limit(1)).first() is not None:
        return
    there, here = (f"{in_london(at):%-d %B %Y %H:%M}" for at in (before, now))
    text = "Nothing is sent twice; what is due waits until that time has come again. Set the clock of the server."
    outbox.tell_administrators(session, key, f"The clock went back: {there} was before {here}", text, now)


def count_again(moment: Moment) -> str:
    """Plan the reminders that waited for their calendar, case by case: one that cannot be planned stops no other."""
    with reading(moment.engine) as session:
        waiting = list_waiting_cases(session)
    failed = 0
    for case_id in waiting:
        try:
            in_transaction(moment.engine, plan_waiting, case_id, moment.now)
        except Refused:
            log.exception("the reminders of case %s wait on", case_id)
            failed += 1
    return f"{len(waiting) - failed} planned, {failed} wait on"


def invite(moment: Moment) -> int:
    """Invite to meetings ahead, or say what has become of them."""
    settings = moment.settings
    organiser, total = Mailbox(settings.organisation_name, settings.email_from), 0
    while told := in_transaction(moment.engine, tell_due, organiser, settings.base_url, moment.now):
        total += told
    return total


def notify_of(moment: Moment) -> Notify | None:
    """GOV.UK Notify, if the settings name it."""
    given = moment.settings
    if not given.notify_api_key:
        return None
    return Notify(given.notify_api_key, given.notify_template_id, moment.clock, given.notify_url)


def read_failures(moment: Moment) -> str:
    """Ask Notify what came back, and give those messages up."""
    notify = notify_of(moment)
    if notify is None:
        return "nobody to ask"
    found = [
        failure
        for failure in notify.list_failures()
        if in_transaction(
            moment.engine,
            bounces.note_failure,
            failure.provider_id,
            f"GOV.UK Notify could not deliver it: {failure.status}",
            moment.now,
        )
    ]
    return f"{len(found)} came back"


def send_mail(moment: Moment) -> outbox.Sent:
    """Send what is queued."""
    settings = moment.settings
    server: outbox.Carrier | None = notify_of(moment)
    if server is None and settings.smtp_url:
        server = MailServer(settings.smtp_url)
    sender = Sender(settings.email_from, settings.organisation_name, settings.service_name, settings.base_url)
    return outbox.send_queued(moment.engine, moment.clock, server, sender, why_not_wanted)


def want_packs(moment: Moment) -> int:
    """Want the packs of agendas that are out."""
    return want_due(moment.engine, moment.now)


def build_packs(moment: Moment) -> int:
    """Build the packs that are wanted."""
    return build_waiting(moment.engine, moment.now, moment.settings.brand_colour, moment.settings.base_url)


def import_sheets(moment: Moment) -> int:
    """Import the large sheets that were handed over."""
    return import_handed(moment.engine, moment.now)


def checkpoint(moment: Moment) -> str:
    """Make the daily checkpoint if it is due and write every file that is missing."""
    words = "made already"
    nominal = nominal_time(moment.now)
    with reading(moment.engine) as session:
        is_there = session.scalar(select(Checkpoint.id).where(Checkpoint.nominal_at == nominal)) is not None
    if not is_there:
        try:
            words = in_transaction(moment.engine, _checkpoint, nominal, moment.now)
        except AlreadyMade:
            words = "made by another process"
    if moment.settings.checkpoint_dir:
        with reading(moment.engine) as session:
            write_missing_files(session, Path(moment.settings.checkpoint_dir))
    return words


def _checkpoint(session: Session, nominal: datetime, now: datetime) -> str:
    made = make_checkpoint(session, nominal, now=now)
    today = london_day(now)
    auditors = session.scalars(
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role == "auditor", Person.is_active, Grant.from_on <= today)
        .where(or_(Grant.to_on.is_(None), Grant.to_on >= today))
        .distinct()
    ).all()
    rows = [
        {
            "id": fresh_id(),
            "key": f"checkpoint:{made.root}",
            "person_id": person,
            "channel": "email",
            "about": "checkpoint",
            "subject": f"Checkpoint of the audit trail, {nominal:%Y-%m-%d %H:%M} UTC",
            "text": f"Root: {made.root}\nChain heads that moved: {made.leaf_count}\nKeep this message: it is what "
            "shows that nothing before it was cut off or written anew.",
            "why": "You are an auditor.",
            "made_at": now,
            "next_try_at": now,
            "tries": 0,
            "status": "queued",
        }
        for person in auditors
    ]
    if rows:
        session.execute(insert(Message), rows)
    return f"made, {made.leaf_count} heads moved"


def verification(moment: Moment) -> str:
    """Verify the whole trail once for each daily checkpoint time, so that auditors need not ask."""
    with reading(moment.engine) as session:
        last = session.get(Tick, "verification")
        if last is not None and last.last_at >= nominal_time(moment.now) and not last.result.startswith("failed"):
            return last.result
    with snapshot(moment.engine) as session:
        result = verify(session)
    if not result.is_whole:
        log.error("the audit trail is not whole: %s findings", result.found)
    words = f"{result.found} findings" if result.found else "whole"
    return f"{words}: {result.events} events, {result.chains} chains, {result.checkpoints} checkpoints"


def housekeeping(moment: Moment) -> str:
    """Delete what has run out: codes, sessions, devices, old request keys and failed sign-ins; a few rows at a time."""
    now = moment.now
    old = (
        (SignInCode.id, SignInCode.ends_at < now),
        (SignInSession.id, SignInSession.ends_at < now),
        (TrustedDevice.id, TrustedDevice.ends_at < now),
        (RequestKey.key, RequestKey.at < now - KEYS_KEPT),
        (FailedSignIn.id, FailedSignIn.at < now - FAILURES_KEPT),
    )
    total = 0
    for key, condition in old:
        while gone := in_transaction(moment.engine, _delete, key, condition):
            total += gone
    return f"{total} rows had run out"


def _delete(session: Session, key: Any, condition: Any) -> int:
    model = key.class_
    result = session.execute(
        delete(model)
        .where(key.in_(select(key).where(condition).order_by(key).limit(ROWS)))
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


register("papers", in_one(close_due_papers), PLAN_EVERY, order=10)
register("exemptions", in_one(remind_of_reviews), PLAN_EVERY, order=40)
register("notices due", in_one(remind_of_notices), PLAN_EVERY, order=41)
register("comments from outside", in_one(remind_of_outside), PLAN_EVERY, order=42)
register("deadlines set from outside", in_one(remind_of_deadlines), PLAN_EVERY, order=43)
register("packs wanted", want_packs, PLAN_EVERY, order=66)
register("imports", import_sheets, SEND_EVERY, order=67)
register("packs", build_packs, SEND_EVERY, order=68)
register("due_effects", in_one(carry_out_due), PLAN_EVERY, order=20)
register("first days", in_one(bring_into_force_due), PLAN_EVERY, order=22)
register("returns", in_chunks(open_due), PLAN_EVERY, order=30)
register("partner_returns", in_chunks(open_partner_returns), PLAN_EVERY, order=32)
register("monitoring meetings", in_chunks(invite_due), PLAN_EVERY, order=34)
register("late_periods", in_one(move_for_late_periods), PLAN_EVERY, order=35)
register("late_returns", in_chunks(note_late_due), PLAN_EVERY, order=36)
register("escalations", in_chunks(draft_due), PLAN_EVERY, order=37)
register("challenge questions", in_one(remind_due), HOUSEKEEP_EVERY, order=40)
register("days of the library", in_one(remind_of_items), HOUSEKEEP_EVERY, order=40)
register("sign-offs of who left", in_chunks(give_back_left), HOUSEKEEP_EVERY, order=50)
register("waiting_reminders", count_again, HOUSEKEEP_EVERY, order=55)
register("recounts", in_chunks(recount_some), PLAN_EVERY, order=56)
register("invitations", invite, PLAN_EVERY, order=58)
register("reminders", in_chunks(send_due), PLAN_EVERY, order=60)
register("empty posts", in_one(alarm_empty_posts), HOUSEKEEP_EVERY, order=61)
register("what is going wrong", in_one(note_concerns), HOUSEKEEP_EVERY, order=62)
register("overview mail", in_chunks(send_overview), PLAN_EVERY, order=64)
register("mail", send_mail, SEND_EVERY, order=70)
register("mail that waits", in_one(outbox.alarm_waiting), HOUSEKEEP_EVERY, order=72)
register("what came back", read_failures, HOUSEKEEP_EVERY, order=75)
register("checkpoint", checkpoint, HOUSEKEEP_EVERY, order=80)
register("verification", verification, HOUSEKEEP_EVERY, order=85)
register("packs that nobody was given", in_chunks(drop_old), HOUSEKEEP_EVERY, order=88)
register("housekeeping", housekeeping, HOUSEKEEP_EVERY, order=90)
