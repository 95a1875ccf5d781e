"""A small house for these tests: a kind of case, a few people, and the steps that they take through the door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from commissioning import casework
from commissioning.actors import Actor, load_actor
from commissioning.casework.registry import Kind, house
from commissioning.db import in_transaction
from commissioning.models.people import Grant, Person, Post, PostHolding
from workflows.catalogue import load_catalogue
from workflows.london import london_day

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LONG_AGO = date(2020, 1, 1)


@dataclass(frozen=True)
class People:
    """Who there is: ids."""

    runner: int
    other: int
    clerk: int
    administrator: int
    auditor: int
    post: int


@contextmanager
def trips_in_force() -> Iterator[None]:
    """Put kind and definition in force beside whatever else is; take them out again."""
    house.kind(Kind("trip", "TRP", "trip"))
    house.use(load_catalogue([Path(__file__).parent], house.rules))
    yield
    del house.kinds["trip"], house.workflows["trip.v1"]


def add_people(engine: Engine) -> People:
    """A runner, another, a clerk who holds a post, an administrator and an auditor."""

    def add(session: Session) -> People:
        people = [
            Person(name=name, email=f"{name.lower()}@example.gov.uk", created_at=START, email_immediately=True)
            for name in ("Runner", "Other", "Clerk", "Administrator", "Auditor")
        ]
        post = Post(code="clerk-to-the-board", name="Clerk to the board")
        session.add_all([*people, post])
        session.flush()
        runner, other, clerk, administrator, auditor = (p.id for p in people)
        session.add_all(
            [
                PostHolding(post_id=post.id, person_id=clerk, from_on=LONG_AGO),
                Grant(person_id=administrator, role="administrator", from_on=LONG_AGO),
                Grant(person_id=auditor, role="auditor", from_on=LONG_AGO),
            ]
        )
        return People(runner, other, clerk, administrator, auditor, post.id)

    return in_transaction(engine, add)


def actor(session: Session, person: int, now: datetime) -> Actor:
    """The person as an actor on that day."""
    found = load_actor(session, person, london_day(now))
    assert found is not None
    return found


def new_trip(engine: Engine, people: People, now: datetime = START, **more: object) -> int:
    """A trip asked of the runner, with the post of the clerk behind it."""

    def make(session: Session) -> int:
        roles = [("runner", people.runner, None, None), ("clerk", None, people.post, None)]
        new = casework.NewCase("trip", "Fetch the map", roles=roles, **more)
        return casework.create(session, actor(session, people.clerk, now), new, now=now)

    return in_transaction(engine, make)


def step(engine: Engine, case: int, person: int, name: str, now: datetime = START, reason: str = "") -> None:
    """Take a step through the door."""

    def take(session: Session) -> None:
        casework.perform(session, actor(session, person, now), case, name, now=now, reason=reason)

    in_transaction(engine, take)
