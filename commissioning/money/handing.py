"""Large sheets of budgets and actuals: handed over with a yes, imported by a job of whoever ticks or works.

The import itself is the same command, as whoever handed it over, in one transaction with the mark that it is done: all
of it once, or nothing. A worker that died leaves the sheet to the next, when its lease has run out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor, load_actor
from commissioning.casework.errors import Forbidden, Invalid, Refused
from commissioning.casework.keys import claim
from commissioning.casework.locks import parties_of
from commissioning.db import in_transaction
from commissioning.dispatching import soon
from commissioning.models.sheets import HandedSheet
from commissioning.money.actuals import Ledger, import_actuals
from commissioning.money.budgets import import_budgets
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.policy import ACTIONS, identity_for
from commissioning.visibility import get_case
from workflows.london import london_day
from workflows.registry import Refusal

log = logging.getLogger(__name__)

IMPORTS: Final = {"actuals": "budget_year.import", "budgets": "budget_year.import_budgets"}
"""The action that each kind of sheet is."""
LARGE_BYTES: Final = 100_000
"""A sheet of more is handed over: some two thousand rows, above which nobody should wait for an answer."""
LEASE: Final = timedelta(minutes=10)
"""Longer than the largest sheet takes."""
SHOWN: Final = 5
PROBLEMS_SHOWN: Final = 5
BROKEN: Final = (
    "Something went wrong that is not the sheet’s fault. Import it again; if it stays so, tell an administrator."
)


def hand_sheet(
    session: Session, actor: Actor, year_id: int, kind: str, upload: Upload, ledger: tuple[date | None, int], *,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Have a sheet imported soon; `ledger`: for actuals its month and control total. Raises NotFound, Forbidden."""
    case, action = get_case(session, actor, year_id, london_day(now), "budget_year"), IMPORTS[kind]
    parties = parties_of(session, [case.id])[case.id]
    found = identity_for(actor, action, ACTIONS[action].by, parties, case.scope)
    if isinstance(found, Refusal):
        raise Forbidden([found])
    if claim(session, actor, key, f"{year_id}/hand/{kind}", upload.sha256, now).is_replay:
        return
    session.add(
        HandedSheet(
            year_id=year_id, kind=kind, file_name=upload.file_name, content=upload.content, period_on=ledger[0],
            control_pence=ledger[1], asked_by_id=actor.person_id, asked_at=now,
        )
    )  # fmt: skip
    session.flush()
    soon(session, "imports")


def list_handed(session: Session, year_id: int) -> Sequence[HandedSheet]:
    """The last sheets that were handed over for a year, newest first."""
    return session.scalars(
        select(HandedSheet)
        .where(HandedSheet.year_id == year_id)
        .options(joinedload(HandedSheet.asked_by))
        .order_by(HandedSheet.id.desc())
        .limit(SHOWN)
    ).all()


def import_handed(engine: Engine, now: datetime) -> int:
    """Import every sheet that waits; how many were settled."""
    count = 0
    while (sheet_id := in_transaction(engine, _claim, now)) is not None:
        try:
            in_transaction(engine, _import, sheet_id, now)
        except BadImport as error:
            lines = [f"Row {p.row}, {p.column}: {p.text}" if p.row else p.text for p in error.problems]
            in_transaction(engine, _settle, sheet_id, "refused", _cut(lines), now)
        except Invalid as error:
            in_transaction(engine, _settle, sheet_id, "refused", list(error.errors.values()), now)
        except Refused as error:
            in_transaction(engine, _settle, sheet_id, "refused", [str(error)], now)
        except Exception:
            log.exception("sheet %s could not be imported", sheet_id)
            in_transaction(engine, _settle, sheet_id, "refused", [BROKEN], now)
        count += 1
    return count


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - PROBLEMS_SHOWN
    return lines if more <= 0 else [*lines[:PROBLEMS_SHOWN], f"And {more} more"]


def _claim(session: Session, now: datetime) -> int | None:
    left = and_(HandedSheet.progress == "running", HandedSheet.lease_until < now)
    row = session.scalars(
        select(HandedSheet)
        .where(or_(HandedSheet.progress == "waiting", left))
        .order_by(HandedSheet.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    row.progress, row.lease_until = "running", now + LEASE
    session.flush()
    return row.id


def _import(session: Session, sheet_id: int, now: datetime) -> None:
    row = session.get_one(HandedSheet, sheet_id, with_for_update=True)
    if row.progress != "running":
        return  # another worker has settled it
    actor = load_actor(session, row.asked_by_id, london_day(now))
    if actor is None:
        raise Forbidden([Refusal("not_yours", "Whoever handed it over has no open account any more")])
    upload = Upload(row.file_name, row.content)
    if row.period_on is None:
        done = import_budgets(session, actor, row.year_id, upload, now=now)
    else:
        done = import_actuals(session, actor, row.year_id, Ledger(row.period_on, row.control_pence, upload), now=now)
    _settle(session, sheet_id, "done", [said(row.kind, done)], now)


def _settle(session: Session, sheet_id: int, progress: str, lines: Sequence[str], now: datetime) -> None:
    row = session.get_one(HandedSheet, sheet_id, with_for_update=True)
    row.progress, row.said, row.done_at, row.lease_until, row.content = progress, "; ".join(lines), now, None, b""
    session.flush()


def said(kind: str, done: Checked) -> str:
    """What an import did, in words."""
    if done.is_known or (kind == "budgets" and not done.new and not done.changed):
        return "This file was imported already: nothing has changed."
    return f"Imported: {len(done.new)} new lines, {len(done.changed)} changed, {done.same} as before."
