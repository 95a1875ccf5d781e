"""Setting up a financial year, its baselines and its saving; corrections of them. Virements are cases of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create_once
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.models.money import BudgetYear
from commissioning.models.people import Post
from commissioning.models.units import Unit
from commissioning.money.ledger import Entry, allocated, enter, get_balances, savings_due

MOST_PENCE = 10**13
"""A hundred thousand million pounds: beyond it a zero too many was typed."""


@dataclass(frozen=True)
class NewYear:
    """A financial year as it is typed; amounts in pence, the saving in hundredths of a per cent."""

    label: str
    starts_on: date
    ends_on: date
    outturn_on: date
    finance_post_id: int
    director_post_id: int
    saving_basis_points: int = 600
    director_from_pence: int = 10_000_000
    board_from_pence: int = 50_000_000


def create_year(session: Session, actor: Actor, new: NewYear, *, now: datetime, key: str | None = None) -> int:
    """Set up a financial year; its id. Raises Forbidden, or Invalid by field."""
    require(actor, "years.create")
    asked = {name: str(value) for name, value in vars(new).items()}
    return create_once(session, actor, "budget_year", asked, lambda: _new_case(session, new), now=now, key=key)


def _new_case(session: Session, new: NewYear) -> NewCase:
    errors = {}
    if not new.label.strip():
        errors["label"] = "Enter a name, such as 2008/09"
    elif session.scalars(select(BudgetYear).where(BudgetYear.label == new.label.strip())).first():
        errors["label"] = "There is a year of that name already"
    if new.ends_on <= new.starts_on:
        errors["ends_on"] = "Last day must be after the first day"
    elif session.scalars(
        select(BudgetYear).where(BudgetYear.starts_on <= new.ends_on, BudgetYear.ends_on >= new.starts_on)
    ).first():
        errors["starts_on"] = "Another year covers some of these days"
    if new.outturn_on <= new.ends_on:
        errors["outturn_on"] = "Closing day must be after the last day"
    if not 0 <= new.saving_basis_points <= 10_000:
        errors["saving"] = "Saving must be between 0 and 100 %"
    if not 0 < new.director_from_pence <= new.board_from_pence:
        errors["board_from"] = "A board decides on more than the director does"
    for name, words in (("finance_post_id", "finance team"), ("director_post_id", "director")):
        if session.get(Post, getattr(new, name)) is None:
            errors[name] = f"Select the post of the {words}"
    if errors:
        raise Invalid(errors)
    return NewCase(
        "budget_year",
        f"Financial year {new.label.strip()}",
        roles=[("finance", None, new.finance_post_id, None), ("director", None, new.director_post_id, None)],
        facts=lambda case_id: [BudgetYear(case_id=case_id, **{**vars(new), "label": new.label.strip()})],
        body={k: str(v) for k, v in vars(new).items()},
    )


def set_baselines(
    session: Session, actor: Actor, year_id: int, baselines: Mapping[int, int], *, now: datetime, key: str | None = None
) -> None:
    """Set the baselines of units, in pence; each difference is an entry that moves the unit's cash limit with it.

    Those not named stay. Once the year is opened it is refused: from then a cash limit moves by virement or decision
    alone. Raises Forbidden, NotNow, Invalid with fields named by unit id.
    """

    def change(context: Context) -> None:
        errors = {}
        known = set(session.scalars(select(Unit.case_id).where(Unit.case_id.in_(list(baselines)))))
        held = get_balances(session, year_id)
        entries = []
        for unit_id, wanted in baselines.items():
            if unit_id not in known:
                errors[str(unit_id)] = "There is no such unit"
                continue
            if not 0 <= wanted <= MOST_PENCE:
                errors[str(unit_id)] = "Baseline must be 0 or more, and less than £100,000 million"
                continue
            differs = wanted - held.baselines.get(unit_id, 0)
            if differs < 0 and held.limits.get(unit_id, 0) + differs < 0:
                errors[str(unit_id)] = "Its cash limit would be less than nothing: move money back first"
            elif differs > 0:
                entries.append(Entry("baseline", "baseline", unit_id, "limit", unit_id, differs))
            elif differs < 0:
                entries.append(Entry("baseline", "limit", unit_id, "baseline", unit_id, -differs))
        if errors:
            raise Invalid(errors)
        enter(context, year_id, entries)

    body = ["budget_year.baselines_set", sorted(baselines.items())]
    amend(session, actor, year_id, "budget_year.set_baselines", "budget_year.baselines_set", change, now=now, key=key,
          body=body)  # fmt: skip


def take_saving(session: Session, actor: Actor, year_id: int, *, now: datetime, key: str | None = None) -> None:
    """Take the year's efficiency saving from every unit's baseline into the commissioning budget (BR-21), once.

    What was taken before counts: done again after a new baseline it takes the difference. Once the year is opened it is
    refused, as a new baseline is: from then a cash limit moves by virement or decision alone. Raises Forbidden, NotNow,
    Invalid where a unit, or the commissioning budget, has not got what it is to give.
    """

    def change(context: Context) -> None:
        held = get_balances(session, year_id)
        entries, short = [], []
        left = held.pot - allocated(session, year_id)
        for unit_id, due in savings_due(session, session.get_one(BudgetYear, year_id), held).items():
            left += due
            if due > held.limits.get(unit_id, 0):
                short.append(unit_id)
            if due > 0:
                entries.append(Entry("saving", "limit", unit_id, "pot", None, due))
            else:
                entries.append(Entry("saving", "pot", None, "limit", unit_id, -due))
        if short:
            names = session.scalars(select(Unit.name).where(Unit.case_id.in_(short)).order_by(Unit.name).limit(3))
            raise Invalid({"": f"The cash limit is less than the saving of: {', '.join(names)}. Move money back first"})
        if left < 0:
            raise Invalid({"": "The commissioning budget has less than what goes back to the units: free some first"})
        enter(context, year_id, entries)

    amend(session, actor, year_id, "budget_year.set_baselines", "budget_year.saving_taken", change, now=now, key=key,
          body=["budget_year.saving_taken", "saving"])  # fmt: skip
