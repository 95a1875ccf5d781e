"""Functions of the example, and work that two units seem to do: suspected, being stated, designated (BR-31, BR-32)."""

from __future__ import annotations

from datetime import timedelta

from commissioning.demo.builder import Builder
from commissioning.demo.sources import load_units
from commissioning.demo.units import DIRECTOR, code_of
from commissioning.duplications.commands import NewDuplication, create_duplication, state_case
from commissioning.units.functions import record_function

_COMMISSIONER, _DIRECTOR = "commissioner", "director"
_FUNCTIONS = (
    ("Following up absence", "Attendance", ""),
    ("Assessment of need", "SS Area 1", "Area 1"),
    ("Advice on improvement to schools", "School Improvement (non core)", ""),
)


def tell_duplications(b: Builder) -> None:
    """A few functions of the register, and three duplications between the core and the business units."""
    for n, (name, unit, area) in enumerate(_FUNCTIONS):
        b.do(_COMMISSIONER, b.at(-60, 9 + n), record_function, name, "", b.units["business", unit], area)
    units = load_units()
    heads = {("business", u.name): code_of(u, "head") for u in units.business_units}
    heads |= {("core", u.name): u.held_by for u in units.core if not u.centre}

    pair = [("business", "Knowledge Management"), ("core", "Knowledge Management")]
    _suspect(b, -2, "Statistics of the service", pair, "Both are about: knowledge")

    pair = [("business", "Finance Services (inc student finance)"), ("core", "Finance Unit")]
    made = _suspect(b, -9, "Payment of invoices", pair, "Both are about: finance")
    _ask(b, -7, made)
    said = "We pay nine invoices in ten today, and the system is ours."
    b.do(heads[pair[0]], b.at(-3), state_case, made, b.units[pair[0]], said)

    pair = [("business", "School Improvement (non core)"), ("core", "School Improvement")]
    made = _suspect(b, -30, "Advice on improvement to schools", pair, "Head teachers are visited by both")
    _ask(b, -28, made)
    for n, (side, said) in enumerate(
        zip(pair, ("Our advisers are in every school each term.", "The core buys advice, and need not give it."),
            strict=True)
    ):  # fmt: skip
        b.do(heads[side], b.at(-25 + n), state_case, made, b.units[side], said)
    b.step(_COMMISSIONER, b.at(-22), made, "close_statements")
    reason = "Schools say that one adviser is enough, and that it be the one who knows them."
    b.step(_DIRECTOR, b.at(-2, 15), made, "designate", fields={"unit_id": b.units[pair[0]]}, reason=reason)


def _suspect(b: Builder, day: int, what: str, pair: list[tuple[str, str]], why: str) -> int:
    new = NewDuplication(what, tuple(b.units[side] for side in pair), b.posts[DIRECTOR], "", why)
    return b.do(_COMMISSIONER, b.at(day, 11), create_duplication, new)


def _ask(b: Builder, day: int, made: int) -> None:
    by = b.day(day) + timedelta(days=14)
    fields = {"statements_on": by.isoformat(), "criteria": "Who does most of it, what users say, what it costs"}
    b.step(_COMMISSIONER, b.at(day), made, "request_statements", fields=fields)
