"""Loading the example council: a whole council, its papers in every state, its history real (interface.md).

Built through the same commands as real work, in one transaction. Bulk cases for measurements are not made here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from commissioning.db import in_transaction, reading
from commissioning.demo import (
    contracts_told,
    cycles_told,
    deciding_told,
    duplications_told,
    duties_told,
    edges_told,
    elsewhere_told,
    from_work_told,
    funds_told,
    library_told,
    money_told,
    months_told,
    notices_told,
    outside_told,
    partners_told,
    settling,
    setup_told,
    sources_told,
    stories,
    units_told,
    weighing_told,
    word_told,
)
from commissioning.demo.builder import Builder, Progress
from commissioning.demo.sources import load_papers
from commissioning.models.cases import Message, Occurrence
from commissioning.models.people import Person
from commissioning.packs.building import build_waiting, want_due
from config import Settings

Size = Literal["small", "full"]


class NotEmpty(Exception):
    """The database holds people already: the example is loaded into an empty one alone."""


def is_empty(session: Session) -> bool:
    """Whether nobody is there yet."""
    return session.scalars(select(Person.id).limit(1)).first() is None


def load(engine: Engine, now: datetime, size: Size = "full", progress: Progress | None = None) -> int:
    """Load the example council as of `now`; how many steps its people took. Raises NotEmpty, and changes nothing."""
    steps = in_transaction(engine, _load, now, size, progress or _silent)
    if size == "full":
        (progress or _silent)("the packs of agendas that are out")
        want_due(engine, now)
        usual = Settings.model_fields
        build_waiting(engine, now, usual["brand_colour"].default, usual["base_url"].default)
    return steps


def load_if_empty(engine: Engine, now: datetime, progress: Progress | None = None) -> int | None:
    """Load the full example into an empty database; None if it is not empty."""
    with reading(engine) as session:
        empty = is_empty(session)
    return load(engine, now, "full", progress) if empty else None


def chapters(size: Size) -> list[tuple[str, Callable[[Builder], object]]]:
    """What is told, in order, by name: a line of progress each."""
    papers = load_papers()
    found: list[tuple[str, Callable[[Builder], object]]] = [
        ("people and teams", settling.settle_people),
        ("boards and members", lambda b: settling.settle_boards(b, papers)),
        ("Lincolnshire, in clearance", lambda b: sources_told.tell_lincolnshire(b, papers["LI"])),
        ("North Yorkshire, on the agenda", lambda b: sources_told.tell_north_yorkshire(b, papers["NY"])),
        ("Bristol, being drafted", lambda b: sources_told.tell_bristol(b, papers["BR"])),
        ("the programme of setting units up", setup_told.tell_programme),
        ("the core and the business units", units_told.tell_units),
        ("their money of the year", units_told.tell_year),
        ("their specifications", lambda b: units_told.tell_specifications(b, every=size == "full")),
    ]
    found.append(("two units on their way", setup_told.tell_set_up))
    found.append(("functions and duplications", duplications_told.tell_duplications))
    found.append(("the year’s money at work", lambda b: money_told.tell_money(b, every=size == "full")))
    found.append(("the months of the units", lambda b: months_told.tell_months(b, size)))
    told: list[tuple[str, Callable[[Builder], object]]] = [
        ("the plan and its cycles", cycles_told.tell_cycles),
        ("a report from the work", from_work_told.tell_from_work),
        ("options weighed", weighing_told.tell_weighing),
        ("the library and what is asked of it", library_told.tell_library),
        ("what partners are asked for", partners_told.tell_partners),
        ("contracts", contracts_told.tell_contracts),
        ("what is shared", funds_told.tell_shared),
        ("what the law asks", duties_told.tell_duties),
        ("a paper in Word", word_told.tell_word),
        ("what is asked outside", outside_told.tell_outside),
        ("a decision called in, and one of an officer", deciding_told.tell_deciding),
        ("a paper that was promised", notices_told.tell_promise),
        ("the Trust’s last meeting, not as planned", edges_told.tell_edges),
        ("a body kept in another system", elsewhere_told.tell_elsewhere),
    ]
    return found + ([*stories.CHAPTERS, *told] if size == "full" else [])


def _load(session: Session, now: datetime, size: Size, progress: Progress) -> int:
    if not is_empty(session):
        raise NotEmpty("The database is not empty. The example council is loaded into an empty one alone.")
    builder = Builder(session, now, progress)
    for name, tell in chapters(size):
        progress(name)
        tell(builder)
    _settle_past(session, now)
    return builder.steps


def _settle_past(session: Session, now: datetime) -> None:
    """Reminders of days gone by count as overtaken, and what was told then is not mailed today."""
    session.execute(
        update(Occurrence)
        .where(Occurrence.status == "planned", Occurrence.send_at <= now)
        .values(status="superseded", settled_at=now)
    )
    session.execute(update(Message).where(Message.channel == "email").values(status="dropped"))


def _silent(_name: str) -> None:
    """No progress is shown."""
