"""The kinds of sheets that people import: whose right each is, the case that keeps it, and the command that stores it.

Pages, and the job that imports large sheets (`handing`), ask for a kind by its name; features add their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.money.actuals import Ledger, import_actuals
from commissioning.money.budgets import import_budgets
from commissioning.money.imports import Checked, Upload
from commissioning.money.registers import Register, import_register

LARGE: Final = 100_000
"""Bytes: a sheet of more is imported by a job; some two thousand rows, above which nobody should wait for an answer."""
LARGE_REGISTER: Final = 20_000
"""The same where each row is a change of its own: some two hundred rows."""


@dataclass(frozen=True, slots=True)
class Given:
    """A sheet for the case that keeps it, if one does; of actuals, with what is said of them besides."""

    keeper_id: int | None
    upload: Upload
    period_on: date | None = None
    control_pence: int = 0


class CarryOut(Protocol):
    """Stores all of a sheet, or raises BadImport and what commands raise."""

    def __call__(
        self, session: Session, actor: Actor, given: Given, *, now: datetime, key: str | None = None
    ) -> Checked: ...


@dataclass(frozen=True, slots=True)
class SheetKind:
    """`right`: the action that importing is, on a case of the kind `keeper`; without one, of the whole organisation."""

    right: str
    keeper: str
    carry_out: CarryOut
    large: int = LARGE


def _budgets(session: Session, actor: Actor, given: Given, *, now: datetime, key: str | None = None) -> Checked:
    assert given.keeper_id is not None
    return import_budgets(session, actor, given.keeper_id, given.upload, now=now, key=key)


def _actuals(session: Session, actor: Actor, given: Given, *, now: datetime, key: str | None = None) -> Checked:
    assert given.keeper_id is not None
    assert given.period_on is not None
    ledger = Ledger(given.period_on, given.control_pence, given.upload)
    return import_actuals(session, actor, given.keeper_id, ledger, now=now, key=key)


SHEETS: Final[dict[str, SheetKind]] = {
    "actuals": SheetKind("budget_year.import", "budget_year", _actuals),
    "budgets": SheetKind("budget_year.import_budgets", "budget_year", _budgets),
}
"""By name."""


def add_register(register: Register[Any], right: str, keeper: str) -> None:
    """Let a register be imported, whose rows are each carried out by their own command."""

    def carry_out(session: Session, actor: Actor, given: Given, *, now: datetime, key: str | None = None) -> Checked:
        assert given.keeper_id is not None
        return import_register(session, actor, register, given.keeper_id, given.upload, now=now, key=key)

    SHEETS[register.kind] = SheetKind(right, keeper, carry_out, LARGE_REGISTER)


def import_sheet(
    session: Session, actor: Actor, kind: str, given: Given, *, now: datetime, key: str | None = None
) -> Checked:
    """Store all of a sheet of a kind, or raise what its command raises."""
    return SHEETS[kind].carry_out(session, actor, given, now=now, key=key)


def said(kind: str, done: Checked) -> str:
    """What an import did, in words."""
    if done.is_known or (kind != "actuals" and not done.new and not done.changed):
        return "Nothing has changed: all of this file is recorded already."
    return f"Imported: {len(done.new)} new, {len(done.changed)} changed, {done.same} as before."
