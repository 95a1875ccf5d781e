"""What the definition `duplication` names: statements, who adjudicates, what a designation does to the register."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.making import RoleRow
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.units import Claimant, Duplication, Function, Unit
from commissioning.units.functions import active_holdings, find_function, hold, lock_function
from commissioning.units.roles import ELSEWHERE, OWN_ROLES
from workflows.registry import Refusal

KIND = "duplication"
STATEMENT_DAYS = 10
"""Working days in which units state their case, where no day was named."""


class Asked(BaseModel):
    """What the units are asked to state their case by."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    statements_on: date = Field(
        title="By when the units state their case",
        json_schema_extra={"noun": "the day by which the units state their case"},
    )
    criteria: str = Field(
        min_length=1,
        max_length=4000,
        title="By what it will be decided",
        description="For example: who does most of it now, what users say, what it costs",
        json_schema_extra={"widget": "textarea"},
    )


class Designation(BaseModel):
    """Which of the claimants is to do it."""

    model_config = ConfigDict(extra="forbid")

    unit_id: int = Field(title="The unit that is to do it")


class Benefits(BaseModel):
    """What doing it once saves in a year."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    benefit_pence: int = Field(
        title="Saved in a year",
        ge=0,
        le=10**13,
        json_schema_extra={"noun": "what is saved in a year", "widget": "money"},
    )
    benefit_fte: str = Field(
        title="Full-time people saved",
        description="Such as 1.5; 0 if none",
        max_length=10,
        json_schema_extra={"noun": "how many full-time people are saved"},
    )

    @field_validator("benefit_fte")
    @classmethod
    def _is_number(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,2})?", value):
            raise ValueError("Enter a number of people, such as 1.5")
        return value

    @property
    def fte_hundredths(self) -> int:
        """People in hundredths."""
        whole, _, rest = self.benefit_fte.partition(".")
        return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def _dates(context: Context) -> Mapping[str, date]:
    row = context.session.get_one(Duplication, context.case.id)
    return {
        "statements_on": row.statements_on or context.calendar.add_working_days(context.case.entered_on, STATEMENT_DAYS)
    }


house.kind(Kind(KIND, "DUP", "duplication", dates=_dates))


def claimant_roles(units: Sequence[Unit]) -> list[RoleRow]:
    """The head of each claimant speaks for it: the part is the unit. The first claimant's team and director lead."""
    return [
        *(("claimant", None, unit.head_post_id, unit.case_id) for unit in units),
        ("commissioner", None, units[0].commissioner_post_id, None),
        ("director", None, units[0].director_post_id, None),
    ]


def _own_roles(session: Session, _unit: Unit, case_id: int) -> list[RoleRow]:
    return claimant_roles([unit for _, unit in claims_of(session, case_id)])


def open_claims(session: Session, unit_id: int) -> list[int]:
    """Open duplications that a unit claims, in order."""
    query = select(Case.id).join(Claimant, Claimant.duplication_id == Case.id)
    return list(session.scalars(query.where(Claimant.unit_id == unit_id, Case.is_done.is_(False)).order_by(Case.id)))


OWN_ROLES[KIND] = _own_roles
ELSEWHERE.append(open_claims)


def claims_of(session: Session, duplication_id: int) -> list[tuple[Claimant, Unit]]:
    """The claimants with their units, in order."""
    query = select(Claimant, Unit).join(Unit, Unit.case_id == Claimant.unit_id)
    rows = session.execute(query.where(Claimant.duplication_id == duplication_id).order_by(Claimant.id))
    return [(claim, unit) for claim, unit in rows]


@guard("two_claimants@1")
def two_claimants(context: Context) -> Refusal | None:
    """There is nothing to adjudicate between fewer than two units."""
    if len(claims_of(context.session, context.case.id)) >= 2:
        return None
    return Refusal("one_claimant", "Name two units at least", "its commissioner")


@guard("statements_are_in@1")
def statements_are_in(context: Context) -> Refusal | None:
    """Every unit has stated its case, or its day is gone."""
    row = context.session.get_one(Duplication, context.case.id)
    if row.statements_on is not None and context.today > row.statements_on:
        return None
    missing = [unit.name for claim, unit in claims_of(context.session, context.case.id) if not claim.statement]
    if not missing:
        return None
    return Refusal("statements_open", f"These have not stated their case yet: {', '.join(missing)}", "their heads")


@guard("heads_no_claimant@1")
def heads_no_claimant(context: Context) -> Refusal | None:
    """Nobody adjudicates on a unit that they head today, themselves or through whom they act for."""
    if context.identity is None:
        return None
    mine = context.actor.identities[0].posts | context.identity.posts
    headed = [unit.name for _, unit in claims_of(context.session, context.case.id) if unit.head_post_id in mine]
    if not headed:
        return None
    return Refusal("heads_claimant", f"You head {', '.join(headed)}, so somebody else must decide")


def _ask_statements(context: Context) -> None:
    row = context.session.get_one(Duplication, context.case.id)
    if context.fields.statements_on < context.today:
        raise Invalid({"statements_on": "The day must be today or later"})
    context.changed("statements_on", row.statements_on, context.fields.statements_on)
    context.changed("criteria", row.criteria, context.fields.criteria)
    row.statements_on, row.criteria = context.fields.statements_on, context.fields.criteria
    context.tell(
        "statement_asked",
        f"State your unit’s case: {context.case.safe_title}",
        f"By {row.statements_on:%d %B %Y}. Until one unit is designated, only the core and your unit read it.",
        "You head a unit that seems to do this work.",
        roles=["claimant"],
    )


def _record_designation(context: Context) -> None:
    row = context.session.get_one(Duplication, context.case.id)
    if context.fields.unit_id not in {unit.case_id for _, unit in claims_of(context.session, context.case.id)}:
        raise Invalid({"unit_id": "Select one of the units that claim it"})
    context.changed("designated_unit_id", row.designated_unit_id, context.fields.unit_id)
    row.designated_unit_id, row.designated_by_id = context.fields.unit_id, context.actor.person_id


def _function_id(context: Context, row: Duplication) -> int:
    """The function in the register; it is recorded now if it was not there."""
    session = context.session
    known = session.get(Function, row.function_id) if row.function_id else find_function(session, row.function_name)
    if known is None:
        known = Function(id=fresh_id(), name=row.function_name, description="")
        session.add(known)
        session.flush()
    row.function_id = known.id
    lock_function(session, known.id)
    return known.id


def _move_function(context: Context) -> None:
    """The designated unit does it from today; whoever did it in that area does not any more."""
    row = context.session.get_one(Duplication, context.case.id)
    assert row.designated_unit_id is not None  # the definition lets nothing come here before a designation
    function_id = _function_id(context, row)
    held = active_holdings(context.session, function_id)
    gone = [h for h in held if h.area == row.area or not row.area]
    wide = next((h for h in held if not h.area and row.area), None)
    if wide is not None and wide.unit_id != row.designated_unit_id:
        raise Invalid({"": f"{wide.unit.name} does it everywhere: split it by area first, or designate for everywhere"})
    before = [[h.unit_id, h.area] for h in gone]
    for holding in gone:
        holding.to_on = context.today
    context.session.flush()
    if wide is None:
        hold(context.session, function_id, row.designated_unit_id, row.area, context.today)
    context.changed("held_by", before, [[row.designated_unit_id, row.area]])


def _split_function(context: Context) -> None:
    """Each of the claimants does it in its own area from today."""
    row, session = context.session.get_one(Duplication, context.case.id), context.session
    units = [unit for _, unit in claims_of(session, context.case.id)]
    areas = [unit.area.strip() for unit in units]
    if not all(areas) or len({a.casefold() for a in areas}) < len(areas):
        raise Invalid({"": "Give each of the units an area of its own first"})
    function_id = _function_id(context, row)
    mine = {unit.case_id for unit in units}
    held = active_holdings(session, function_id)
    strange = next((h for h in held if h.unit_id not in mine and (not h.area or h.area in areas)), None)
    if strange is not None:
        raise Invalid({"": f"{strange.unit.name} does it there too: name it as a claimant first"})
    for holding in held:
        if holding.unit_id in mine:
            holding.to_on = context.today
    session.flush()
    for unit, area in zip(units, areas, strict=True):
        hold(session, function_id, unit.case_id, area, context.today)
    context.changed("held_by", [[h.unit_id, h.area] for h in held], [[u.case_id, u.area] for u in units])


def _record_benefits(context: Context) -> None:
    row, given = context.session.get_one(Duplication, context.case.id), context.fields
    context.changed("benefit_pence", row.benefit_pence, given.benefit_pence)
    context.changed("benefit_fte_hundredths", row.benefit_fte_hundredths, given.fte_hundredths)
    row.benefit_pence, row.benefit_fte_hundredths = given.benefit_pence, given.fte_hundredths


effect("ask_statements@1", fields=Asked, record=_ask_statements)
effect("record_designation@1", fields=Designation, record=_record_designation)
effect("move_function@1", record=_move_function)
effect("split_function@1", record=_split_function)
effect("record_benefits@1", fields=Benefits, record=_record_benefits)
