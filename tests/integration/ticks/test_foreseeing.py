"""The forecast beside what is then told, where the clock itself moves a case on; small things of a change beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import NewCase, plans
from commissioning.casework.context import OwnRules
from commissioning.casework.making import create_many
from commissioning.casework.plans import MANY
from commissioning.clock import fresh_ids
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Message, Occurrence
from commissioning.models.people import Person, PostHolding
from commissioning.models.reminding import Recount
from commissioning.reminders import alarming, forecast, turning
from commissioning.reminders.forecast import list_foreseen
from commissioning.reminders.foreseeing import foresee_change
from commissioning.reminders.recounting import Reach, ask_recount
from commissioning.reminders.turning import Turn
from tests.integration.ticks.test_counting_again import due_on, nine, planned
from tests.integration.ticks.test_reminders import march, run_daily
from tests.integration.ticks.trips import START, People, actor, new_trip, step
from workflows.definition import Reminder


@pytest.fixture(autouse=True)
def trips_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of other features opens or tells by itself: their kinds are not in force here."""
    for name in ("COMING", "FORETOLD"):
        monkeypatch.setattr(forecast, name, [])


def foreseen(engine: Engine) -> list[tuple[int, str, str]]:
    """(day in March, rule, who) of all that is foreseen for the month."""
    with reading(engine) as session:
        found = list_foreseen(session, system_actor("test"), march(2), march(31), START)
        return [(f.on.day, f.rule, who) for f in found for who in f.who]


def told(engine: Engine) -> list[tuple[int, str]]:
    """(day in March, to whom) of all that was told."""
    with reading(engine) as session:
        rows = session.execute(
            select(Message.made_at, Person.name)
            .join(Person, Person.id == Message.person_id)
            .where(Message.channel == "in_app")
        )
        return sorted((r.made_at.day, r.name) for r in rows)


def test_what_a_state_will_tell_that_the_clock_enters_is_foreseen_as_it_is_told(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then what is planned; from then on what the next state asks and whom it escalates to, by who holds the
    post on that day: the clerk's goes to another on the 18th."""
    case, other = new_trip(engine, people), new_trip(engine, people)
    step(engine, other, people.runner, "fetch", nine(2))

    def hand_over(session: Session) -> None:
        session.execute(update(PostHolding).where(PostHolding.post_id == people.post).values(to_on=march(17)))
        session.add(PostHolding(post_id=people.post, person_id=people.other, from_on=march(18)))

    in_transaction(engine, hand_over)
    monkeypatch.setattr(turning, "TURNS", [lambda _s, _now, end: [Turn(case, nine(11), "fetch")] * (end > nine(11))])
    found = foreseen(engine)
    assert found == [
        (9, "accept_due+0", "Clerk"),
        (9, "fetch_due-5", "Runner"),
        (10, "accept_late+1", "Runner"),
        (18, "accept_due+0", "Other"),
        (19, "accept_late+1", "Runner"),
    ]
    with reading(engine) as session:
        hidden = forecast.list_open(session, [Case.id == other], (march(2), march(31)), START)
        assert {f.case_id for f in hidden} == {other}, "of what may be seen alone"
    monkeypatch.setattr(turning, "TURNS", [])
    run_daily(engine, march(2), march(10))
    step(engine, case, people.runner, "fetch", nine(11))
    run_daily(engine, march(11), march(31))
    assert told(engine) == sorted((day, who) for day, _, who in found)


def test_a_post_that_nobody_holds_is_asked_of_by_the_cases_that_move_and_one_that_cannot_hides_none(
    engine: Engine, people: People
) -> None:
    """Without a clerk nobody could be asked next: that case is left out, and the one after it is not."""
    alone = NewCase("trip", "Fetch it alone", roles=[("runner", people.runner, None, None)])

    def make(session: Session) -> int:
        return create_many(session, actor(session, people.clerk, START), [alone], now=START)[0].case.id

    cases = [in_transaction(engine, make), new_trip(engine, people)]
    with reading(engine) as session:
        turns = [Turn(case, nine(11), "fetch") for case in cases]
        assert [context.case.id for context, _ in turning.enter_turned(session, turns)] == [cases[1]]
        assert alarming.list_asked(session, {cases[1]: nine(11)}) == []
    step(engine, cases[1], people.runner, "fetch", nine(2))
    in_transaction(engine, lambda s: s.execute(update(PostHolding).values(to_on=march(3))))
    with reading(engine) as session:
        assert alarming.list_asked(session, {cases[0]: nine(11)}) == []
        (asked,) = alarming.list_asked(session, {cases[1]: nine(11)})
        assert (asked.post_id, asked.case_id, asked.from_on) == (people.post, cases[1], march(11))


def test_a_change_that_only_adds_or_only_takes_away_is_shown_too(engine: Engine, people: People) -> None:
    new_trip(engine, people)
    due = Reminder("fetch_due", (-5, -2, 0))
    more = due, Reminder("fetch_late", (1, 3, 4), "clerk")
    fewer = due, Reminder("fetch_late", (1,), "clerk")
    today = Reminder("fetch_due", (-10, -5, -2, 0)), Reminder("fetch_late", (1, 3), "clerk")
    late, asked = [17, 19], [9, 12, 16]
    with reading(engine) as session:
        for rules, before, after in (
            (more, late, [17, 19, 20]), (fewer, late, [17]), (today, asked, [2, 9, 12, 16]),
        ):  # fmt: skip
            own = OwnRules(reminders={("trip", "asked"): rules})
            (shift,) = foresee_change(session, own, Reach("trip", "asked"), START).shifts
            assert ([d.day for d in shift.before], [d.day for d in shift.after]) == (before, after)


def test_what_a_change_reaches_is_kept_with_it(engine: Engine, people: People) -> None:
    reach = Reach("trip", "asked")
    in_transaction(engine, ask_recount, system_actor("test"), "Another rule", START, reach)
    with reading(engine) as session:
        (kept,) = session.scalars(select(Recount)).all()
        assert (kept.definition, kept.state, kept.body_id, kept.why) == ("trip", "asked", None, "Another rule")


def test_many_that_are_made_at_once_are_planned_as_one_alone(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On their first visit, with the very ids that were drawn for them."""
    drawn: list[list[int]] = []

    def draw(count: int) -> list[int]:
        drawn.append(fresh_ids(count))
        return drawn[-1]

    monkeypatch.setattr(plans, "fresh_ids", draw)
    alone = new_trip(engine, people)
    roles = [("runner", people.runner, None, None), ("clerk", None, people.post, None)]
    new = [NewCase("trip", f"Fetch map {n}", roles=roles) for n in range(MANY)]

    def make(session: Session) -> list[int]:
        made = create_many(session, actor(session, people.clerk, START), new, now=START)
        return [one.case.id for one in made]

    many = in_transaction(engine, make)
    assert [planned(engine, one) for one in (many[0], many[-1])] == [planned(engine, alone)] * 2
    assert len(planned(engine, alone)) == 5
    with reading(engine) as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.case_id.in_(many))).all()
        assert sorted(o.id for o in rows) in drawn
        assert len(rows) == 5 * MANY
        assert {(o.visit, o.status, o.settled_at) for o in rows} == {(1, "planned", None)}
    assert due_on(engine, many[0]) == due_on(engine, alone)
