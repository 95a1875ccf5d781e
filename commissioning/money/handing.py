"""Large sheets: handed over with a yes, imported by a job of whoever ticks or works.

The import itself is the same command, as whoever handed it over, in one transaction with the mark that it is done: all
of it once, or nothing. A worker that died leaves the sheet to the next, when its lease has run out.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor, load_actor
from commissioning.casework.allowing import require
from commissioning.casework.errors import Forbidden, Invalid, Refused
from commissioning.casework.keys import claim
from commissioning.casework.locks import parties_of
from commissioning.db import in_transaction
from commissioning.dispatching import soon
from commissioning.models.sheets import HandedSheet
from commissioning.money.imports import BadImport, Upload
from commissioning.money.sheet_kinds import SHEETS, Given, import_sheet, said
from commissioning.policy import ACTIONS, identity_for
from commissioning.visibility import get_case
from workflows.london import london_day
from workflows.registry import Refusal

log = logging.getLogger(__name__)

LEASE: Final = timedelta(minutes=10)
"""Longer than the largest sheet takes."""
SHOWN: Final = 5
PROBLEMS_SHOWN: Final = 5
BROKEN: Final = (
    "Something went wrong that is not the sheet’s fault. Import it again; if it stays so, tell an administrator."
)


def hand_sheet(
    session: Session, actor: Actor, kind: str, given: Given, *, now: datetime, key: str | None = None
) -> None:
    """Have a sheet imported soon. Raises NotFound, Forbidden."""
    _require(session, actor, kind, given.keeper_id, now)
    upload = given.upload
    if claim(session, actor, key, f"{given.keeper_id}/hand/{kind}", upload.sha256, now).is_replay:
        return
    session.add(
        HandedSheet(
            keeper_id=given.keeper_id, kind=kind, file_name=upload.file_name, content=upload.content,
            period_on=given.period_on, control_pence=given.control_pence, asked_by_id=actor.person_id, asked_at=now,
        )
    )  # fmt: skip
    session.flush()
    soon(session, "imports")


def _require(session: Session, actor: Actor, kind: str, keeper_id: int | None, now: datetime) -> None:
    sheet = SHEETS[kind]
    if keeper_id is None:
        require(actor, sheet.right)
        return
    case = get_case(session, actor, keeper_id, london_day(now), sheet.keeper)
    parties = parties_of(session, [case.id])[case.id]
    found = identity_for(actor, sheet.right, ACTIONS[sheet.right].by, parties, case.scope)
    if isinstance(found, Refusal):
        raise Forbidden([found])


def list_handed(session: Session, keeper_id: int | None, *kinds: str) -> Sequence[HandedSheet]:
    """The last sheets of these kinds that were handed over for a case that keeps them, newest first."""
    return session.scalars(
        select(HandedSheet)
        .where(HandedSheet.kind.in_(kinds), HandedSheet.keeper_id.is_not_distinct_from(keeper_id))
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
    given = Given(row.keeper_id, Upload(row.file_name, row.content), row.period_on, row.control_pence)
    done = import_sheet(session, actor, row.kind, given, now=now)
    _settle(session, sheet_id, "done", [said(row.kind, done)], now)


def _settle(session: Session, sheet_id: int, progress: str, lines: Sequence[str], now: datetime) -> None:
    row = session.get_one(HandedSheet, sheet_id, with_for_update=True)
    row.progress, row.said, row.done_at, row.lease_until, row.content = progress, "; ".join(lines), now, None, b""
    session.flush()
