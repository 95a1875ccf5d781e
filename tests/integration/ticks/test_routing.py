"""How messages go: by themselves, in one digest a day, to a deputy while somebody is on leave; and alarms of posts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update

from commissioning.actors import load_actor
from commissioning.db import in_transaction, reading
from commissioning.models.cases import CaseRole, Message, Task
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.policy import BARRED
from commissioning.reminders.commands import send_due
from commissioning.reminders.empty_posts import alarm_empty_posts
from commissioning.reminders.queries import why_not_wanted
from commissioning.reminders.recipients import administrators
from commissioning.routing import make_digest, route_queued
from tests.integration.ticks.test_outbox import get, queue, wanted
from tests.integration.ticks.trips import START, People, new_trip
from workflows.london import london_instant

TODAY = START.date()
DIGEST = london_instant(TODAY, time(8, 30))
NEXT = london_instant(TODAY + timedelta(days=1), time(8, 30))


def prefer(engine: Engine, person: int, *, immediately: bool) -> None:
    """What somebody wants to get at once."""
    change = update(Person).where(Person.id == person).values(email_immediately=immediately)
    in_transaction(engine, lambda session: session.execute(change))


def close(engine: Engine, person: int, *, is_active: bool = False) -> None:
    """Somebody may sign in no more."""
    change = update(Person).where(Person.id == person).values(is_active=is_active)
    in_transaction(engine, lambda session: session.execute(change))


def deputise(engine: Engine, person: int, deputy: int, days: int = 5) -> None:
    """A deputy from today."""
    row = Deputy(person_id=person, deputy_id=deputy, from_on=TODAY, to_on=TODAY + timedelta(days=days))
    in_transaction(engine, lambda session: session.add(row))


def of(engine: Engine, person: int, key: str) -> dict[str, Message]:
    """Somebody's messages of a key, by channel."""
    with reading(engine) as session:
        rows = session.scalars(select(Message).where(Message.person_id == person, Message.key == key)).all()
        return {m.channel: m for m in rows}


def digest(engine: Engine, now: datetime, still_wanted: Any = wanted) -> int:
    """All digests that are due."""
    total = 0
    while done := in_transaction(engine, make_digest, now, still_wanted):
        total += done
    return total


def test_one_digest_a_day_but_decisions_and_returns_at_once(engine: Engine, people: People) -> None:
    """product.md 5: one digest a day per person, immediate for decisions and returns; preferences."""
    prefer(engine, people.other, immediately=False)
    late = queue(engine, people.other, "a", about="reminder", subject="First thing")
    told = queue(engine, people.other, "b", about="handed_over", subject="Second thing")
    decided = queue(engine, people.other, "c", about="return.sent_back")
    chosen = queue(engine, people.runner, "a", about="reminder")
    in_transaction(engine, route_queued, START)
    assert [get(engine, m).route for m in (late, told, decided, chosen)] == ["digest", "digest", "direct", "direct"]
    assert digest(engine, DIGEST - timedelta(minutes=1)) == 0, "not before half past eight in London"
    assert digest(engine, DIGEST) == 1
    made = of(engine, people.other, f"digest:{TODAY}")["email"]
    assert (made.subject, made.route) == ("2 messages for you today", "direct")
    assert made.text == "1. First thing. Because.\n2. Second thing. Because."
    assert get(engine, late).last_error == "not sent by itself: in the digest of 2 March 2026"
    queue(engine, people.other, "d", about="reminder", subject="Third thing")
    gone = queue(engine, people.other, "e", about="reminder", subject="Done by then")
    in_transaction(engine, route_queued, START)
    assert digest(engine, START) == 0, "one a day"
    assert digest(engine, NEXT, lambda _s, m, _n: "not needed: done" if m.key == "e" else None) == 1
    assert of(engine, people.other, f"digest:{TODAY + timedelta(days=1)}")["email"].subject == "Third thing"
    assert get(engine, gone).last_error == "not needed: done"


def test_messages_of_somebody_on_leave_go_to_the_deputy_and_no_further(engine: Engine, people: People) -> None:
    """product.md 5: on leave goes to the deputy. Never chained; ends at once with either account."""
    case = new_trip(engine, people)
    deputise(engine, people.runner, people.other)
    deputise(engine, people.other, people.clerk)
    in_transaction(engine, send_due, london_instant(date(2026, 3, 9), time(9)))
    in_transaction(engine, update_deputies, date(2026, 3, 20))
    with reading(engine) as session:
        key = session.scalars(select(Message.key).where(Message.person_id == people.runner).limit(1)).one()
    mine = of(engine, people.runner, key)
    assert mine["in_app"].status == "sent", "theirs to find when they are back"
    code = queue(engine, people.runner, "code", about="sign_in_code")
    in_transaction(engine, route_queued, london_instant(date(2026, 3, 9), time(9)))
    assert of(engine, people.runner, key)["email"].last_error == "not sent: on leave, Other has it"
    deputys = of(engine, people.other, key)
    assert (deputys["in_app"].status, deputys["email"].route) == ("sent", "direct")
    assert deputys["email"].why.startswith("You deputise for Runner until 20 March 2026, whose message this is.")
    assert of(engine, people.clerk, key) == {}, "a deputy's deputy has nothing of it"
    assert get(engine, code).route == "direct", "a code is for whoever signs in"
    nine = london_instant(date(2026, 3, 9), time(9))
    with reading(engine) as session:
        assert session.get_one(Task, session.scalars(select(Task.id).where(Task.case_id == case)).one())
        assert why_not_wanted(session, deputys["email"], nine) is None
    close(engine, people.runner)
    with reading(engine) as session:
        assert why_not_wanted(session, deputys["email"], nine) is not None
    close(engine, people.runner, is_active=True)
    close(engine, people.other)
    again = queue(engine, people.runner, "later", about="reminder")
    in_transaction(engine, route_queued, nine)
    assert (get(engine, again).status, get(engine, again).route) == ("queued", "direct"), "the deputy is gone"


def update_deputies(session: Any, to_on: date) -> None:
    """Deputies until a day."""
    session.execute(update(Deputy).values(to_on=to_on))


def test_a_deputy_has_the_rights_of_whom_they_act_for_on_the_day_and_of_nobody_else(
    engine: Engine, people: People
) -> None:
    """product.md: bounded by the deputised's rights at the time of use, never chained, ends with either account."""
    deputise(engine, people.clerk, people.other)
    deputise(engine, people.administrator, people.clerk)

    def rights(who: int, on: date = TODAY) -> tuple[set[int], set[str]] | None:
        with reading(engine) as session:
            actor = load_actor(session, who, on)
        if actor is None:
            return None
        return set(actor.post_ids), {role for i in actor.identities for role, _ in i.grants}

    assert rights(people.other) == ({people.post}, set()), "the clerk's post, and nothing of the administrator's"
    assert rights(people.clerk) == ({people.post}, {"administrator"})
    assert rights(people.other, TODAY + timedelta(days=6)) == (set(), set()), "until the last day"
    in_transaction(engine, lambda s: s.execute(delete(Grant).where(Grant.role == "administrator")))
    assert rights(people.clerk) == ({people.post}, set()), "what is taken from them is taken from their deputy"
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(to_on=TODAY - timedelta(days=1))))
    assert rights(people.other) == (set(), set())
    close(engine, people.clerk)
    assert rights(people.clerk) is None
    assert rights(people.other) == (set(), set())


def test_a_post_with_nobody_on_a_due_date_alarms_ten_working_days_ahead(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """product.md, alarms: counted on the due date, told once, and again for another one; so if all are excluded."""
    case, elsewhere = new_trip(engine, people), new_trip(engine, people)
    in_transaction(engine, lambda s: s.execute(delete(Task).where(Task.case_id == elsewhere)))
    due = date(2026, 3, 27)
    in_transaction(
        engine, lambda s: s.execute(update(Task).values(person_id=None, post_id=people.post, due_on=due, step="fetch"))
    )

    def alarm(on: date) -> list[str]:
        in_transaction(engine, alarm_empty_posts, london_instant(on, time(9)))
        with reading(engine) as session:
            found = select(Message.subject).where(Message.about == "post_empty", Message.channel == "email")
            return list(session.scalars(found.order_by(Message.id)))

    assert alarm(date(2026, 3, 13)) == [], "somebody holds it"
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(to_on=due - timedelta(days=1))))
    assert alarm(date(2026, 3, 12)) == [], "eleven working days ahead"
    told = "Nobody can act for Clerk to the board on 27 March 2026"
    assert alarm(date(2026, 3, 13)) == [told], "today it is held, on the due date it is not"
    assert alarm(date(2026, 3, 16)) == [told], "once"
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(to_on=None)))
    assert alarm(date(2026, 3, 17)) == [told]
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(from_on=date(2026, 3, 27))))
    in_transaction(engine, lambda s: s.execute(update(Task).values(due_on=date(2026, 3, 26))))
    early = told.replace("27", "26")
    assert alarm(date(2026, 3, 17)) == [told, early], "it begins to be held on the day after"
    in_transaction(engine, lambda s: s.execute(update(Task).values(due_on=due)))
    close(engine, people.clerk)
    in_transaction(engine, lambda s: s.execute(update(Task).values(due_on=date(2026, 3, 30))))
    alarms = [told, early, told.replace("27", "30")]
    assert alarm(date(2026, 3, 18)) == alarms, "a closed account holds nothing"
    holder = {"person_id": people.runner}
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(holder)))
    in_transaction(engine, lambda s: s.execute(update(Task).values(due_on=date(2026, 3, 31))))
    assert alarm(date(2026, 3, 19)) == alarms
    for action in ("errand.fetch", "trip.accept"):
        monkeypatch.setitem(BARRED, action, ("runner",))
    assert alarm(date(2026, 3, 19)) == alarms, "excluded from the like of another kind, and from another step"
    monkeypatch.setitem(BARRED, "trip.fetch", ("runner",))
    runs = update(CaseRole).where(CaseRole.role == "runner", CaseRole.case_id == case)
    in_transaction(engine, lambda s: s.execute(runs.values(person_id=people.other)))
    assert alarm(date(2026, 3, 19)) == alarms, "excluded from another case alone"
    in_transaction(engine, lambda s: s.execute(runs.values(person_id=people.runner)))
    assert alarm(date(2026, 3, 19)) == [*alarms, told.replace("27", "31")], "the only holder is excluded"


def test_who_is_told_for_a_role_holds_it_today(engine: Engine, people: People) -> None:
    """Not whose grant ended yesterday or begins tomorrow, nor who may sign in no more; the last and first day count."""
    days = timedelta(days=1)
    held = (
        (people.runner, TODAY - days, TODAY - days),
        (people.other, TODAY + days, None),
        (people.clerk, TODAY, TODAY),
    )
    rows = [Grant(person_id=p, role="administrator", from_on=begins, to_on=ends) for p, begins, ends in held]
    in_transaction(engine, lambda session: session.add_all(rows))
    with reading(engine) as session:
        assert administrators(session, TODAY) == [people.clerk, people.administrator]
    close(engine, people.clerk)
    with reading(engine) as session:
        assert administrators(session, TODAY) == [people.administrator]
