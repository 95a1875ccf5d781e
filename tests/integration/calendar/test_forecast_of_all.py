"""The forecast of a whole council, lived through: every kind of case, what opens by itself, what the clock moves on."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import amend
from commissioning.db import in_transaction, make_engine, reading
from commissioning.jobs import tick
from commissioning.models.cases import Case, Message
from commissioning.models.monitoring import Return
from commissioning.models.people import Post, PostHolding
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.reminders.digests import list_digests
from commissioning.reminders.forecast import list_foreseen
from commissioning.reminders.queries import why_not_wanted
from commissioning.reminders.words import family
from commissioning.routing import make_digest, route_queued
from config import load_settings
from tests.support.example_council import NOW, CouncilFile
from workflows.london import in_london

TO = NOW.date() + timedelta(days=37)
REMINDING = {
    *("return", "partner_return", "monitoring_meeting", "meeting", "report", "decision", "action", "virement"),
    *("cycle", "cycle_output", "setup_step", "duplication", "specification", "unit"),
}
JOBS = (
    *("papers", "due_effects", "returns", "partner_returns", "monitoring meetings", "late_periods", "reminders"),
    *("late_returns", "escalations", "first days", "exemptions", "notices due", "comments from outside"),
    *("deadlines set from outside", "challenge questions", "days of the library", "empty posts", "overview mail"),
)
TOLD = {
    *("exemption_due", "notice_due", "outside_due", "deadline_due", "challenge", "library", "post_empty", "overview"),
}
"""What jobs tell without a planned reminder; each names its rule in the forecast."""


LEFT = ("Head of Attendance", "Secretary to the Directorate Management Team", "Chair of the Strategic Partnership")
LATE = ("Attendance", "The Park")
SETTINGS = load_settings(database_url="sqlite:////nowhere.db", secret_key="k" * 40)


def send_out(engine: Engine, now: datetime) -> None:
    """What is queued, on its way."""
    while in_transaction(engine, route_queued, now):
        pass
    while in_transaction(engine, make_digest, now, why_not_wanted):
        pass


def live_on(engine: Engine, last: date) -> None:
    """Every day's ticks until a day, in the order of a tick: in the morning, and in the afternoon."""
    at = NOW.replace(hour=0, minute=5) + timedelta(days=1)
    while at.date() <= last:
        for hour in (8, 13):
            now = at + timedelta(hours=hour)
            results = tick(engine, now, SETTINGS, JOBS)
            assert not [r for r in results.values() if r.startswith("failed")], results
            send_out(engine, now)
        at += timedelta(days=1)


def let_things_go_wrong(session: Session) -> None:
    """Posts that nobody holds when something is due: that opens by itself, that the clock asks, that is open already;
    units whose return will be late a second time; and a specification that is agreed and begins by itself."""
    left = select(Post.id).where(Post.name.in_(LEFT)).scalar_subquery()
    session.execute(update(PostHolding).where(PostHolding.post_id.in_(left)).values(to_on=date(2026, 3, 25)))
    late = select(Unit.case_id).where(Unit.name.in_(LATE)).scalar_subquery()
    before = (Return.unit_id.in_(late), Return.period_on == date(2026, 1, 1))
    assert session.execute(update(Return).where(*before).values(is_late=True).returning(Return.case_id)).all()
    agreed = session.scalars(select(Case.id).where(Case.kind == "specification", Case.state == "agreed")).all()
    begins = update(Specification).where(Specification.case_id.in_(agreed))
    session.execute(begins.values(starts_on=date(2026, 3, 25), ends_on=date(2027, 3, 31)))
    for case_id in agreed:
        amend(session, system_actor("calendar"), case_id, "case.replan", "case.replanned", lambda _: None, now=NOW)


def test_what_is_foreseen_of_every_kind_is_what_is_sent(council_file: CouncilFile, tmp_path: Path) -> None:
    shutil.copyfile(council_file("full"), tmp_path / "full.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'full.db'}")
    first = NOW.date() + timedelta(days=1)
    in_transaction(engine, let_things_go_wrong)
    tick(engine, NOW, SETTINGS, JOBS)  # what is told today already is not foreseen for tomorrow
    send_out(engine, NOW)
    with reading(engine) as session:
        ahead = list_foreseen(session, system_actor("forecast"), first, TO, NOW)
        digests = {(d.on, d.person_id) for d in list_digests(session, ahead)}
    live_on(engine, TO)
    with reading(engine) as session:
        rows = session.execute(
            select(Message.made_at, Message.person_id, Case.safe_title, Case.kind)
            .join(Case, Case.id == Message.case_id)
            .where(Message.channel == "in_app", Message.key.like("occurrence:%"), Message.made_at > NOW)
            .where(Message.about != "nobody_reminded", Message.why.not_like("You deputise for %"))
        ).all()
        to_nobody = session.execute(
            select(Message.made_at, Message.person_id, Case.safe_title)
            .join(Case, Case.id == Message.case_id)
            .where(Message.channel == "in_app", Message.about == "nobody_reminded", Message.made_at > NOW)
        ).all()
        told = session.execute(
            select(Message.made_at, Message.person_id, Message.about)
            .where(Message.about.in_(TOLD), Message.channel == "in_app", Message.made_at > NOW)
            .where(Message.why.not_like("You deputise for %"))
        ).all()
        made = session.execute(
            select(Message.made_at, Message.person_id).where(Message.about == "digest", Message.made_at > NOW)
        ).all()
    engine.dispose()
    sent = Counter((in_london(r.made_at).date(), r.person_id, r.safe_title) for r in rows)
    assert sent == Counter((f.on, person, f.title) for f in ahead for person in f.people if family(f.rule) not in TOLD)
    assert {(in_london(r.made_at).date(), r.safe_title) for r in to_nobody} == {
        (f.on, f.title) for f in ahead if not f.people
    }, "administrators are told where there is nobody"
    assert {r.about for r in told} >= TOLD - {"exemption_due", "notice_due"}, "what the example has something due of"
    assert Counter((in_london(r.made_at).date(), r.person_id, r.about) for r in told) == Counter(
        (f.on, person, family(f.rule)) for f in ahead for person in f.people if family(f.rule) in TOLD
    )
    assert {(in_london(r.made_at).date(), r.person_id) for r in made} == digests, (
        "deputies have those of who is on leave"
    )
    assert {r.kind for r in rows} >= REMINDING, "every kind that the example has something due of"
    papers = {f.title for f in ahead if not f.is_there and "monitoring in" in f.title}
    assert papers == {f"{unit}: monitoring in February 2026" for unit in LATE}, "papers that late returns set going"
    empty = Counter(f.title for f in ahead if f.rule == "post_empty")
    assert empty.keys() == set(LEFT), "each once for its first due date, and anew for an earlier one"
    rules = {f.rule for f in ahead if f.case_id is not None}
    assert {"publish_due+0", "confirm_due+0"} <= rules, "papers closed, meetings invited to: by the clock"
