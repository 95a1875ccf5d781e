"""What decisions will move on a day that is known, and what is told from then on, for the forecast.

What such a move opens, dates and plans is for its effects to say. So it is carried out in a transaction of its own, at
its hour, by the same command as by the tick, read, and undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NoReturn, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from commissioning.db import in_transaction, writable
from commissioning.models.cases import Event
from workflows.london import london_instant

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Later:
    """What a feature moves at hours that are known: whether anything waits until an end, and carrying all of that out;
    the cases that were moved, each with its hour. What is secret waits on unless `is_all`."""

    waits: Callable[[Session, datetime], bool]
    carry_out: Callable[[Session, datetime, datetime, bool], Mapping[int, datetime]]


LATER: list[Later] = []
"""What features move."""


def carry_out_at(
    session: Session, hours: Iterable[datetime], *commands: Callable[[Session, datetime], int]
) -> dict[int, datetime]:
    """Carry commands out at these hours, each until nothing is left to do; which cases that moves, and when."""
    moved: dict[int, datetime] = {}
    for at in sorted(set(hours)):
        for command in commands:
            while command(session, at):
                session.flush()
        touched = session.scalars(select(Event.case_id).where(Event.at == at, Event.case_id.is_not(None)))
        moved |= {case_id: at for case_id in touched if case_id is not None}
    return moved


class _Undone(Exception):
    """Carries the answer out of a transaction that is not to be."""

    def __init__(self, moved: Mapping[int, datetime], found: Any) -> None:
        super().__init__()
        self.moved, self.found = moved, found


def try_later(
    session: Session,
    now: datetime,
    last: date,
    read: Callable[[Session, Mapping[int, datetime]], T],
    *,
    is_all: bool,
) -> tuple[Mapping[int, datetime], T | None]:
    """The cases that will be moved until the end of a day, each with its hour, and what `read` finds then; None if none
    will be."""
    end = london_instant(last + timedelta(days=1), time(0))
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    waiting = [one for one in LATER if one.waits(session, end)]
    if not waiting:
        return {}, None

    def run(trial: Session) -> NoReturn:
        moved: dict[int, datetime] = {}
        for one in waiting:
            moved |= one.carry_out(trial, now, end, is_all)
        trial.flush()
        raise _Undone(moved, read(trial, moved))

    try:
        in_transaction(writable(engine), run)
    except _Undone as undone:
        return undone.moved, undone.found
    raise AssertionError("a trial always ends")  # pragma: no cover
