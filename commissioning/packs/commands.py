"""Asking for a pack to be built. Building is a job (`building`); a request only writes down that it is wanted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import dispatching
from commissioning.actors import Actor
from commissioning.models.packs import PackBuild
from commissioning.packs.queries import Offer, get_pack
from commissioning.reports.readings import note_reading

JOB = "packs"


def ask_for_pack(
    session: Session,
    actor: Actor,
    meeting_id: int,
    edition: str,
    part: str = "",
    *,
    lacks: bool = False,
    now: datetime,
    key: str | None = None,
) -> None:
    """Have a pack built that the actor may have, unless it is there or on its way. Raises NotFound.

    `lacks`: build it without appendices that are missing. Asking twice asks once, so no key is needed.
    """
    del key
    _, offer = get_pack(session, actor, meeting_id, edition, part, now)
    want(session, offer, actor.person_id, now, lacks=lacks)


def want(session: Session, offer: Offer, person_id: int | None, now: datetime, *, lacks: bool = False) -> bool:
    """Write down that a pack is wanted as things stand; whether that is new."""
    there = session.scalars(
        select(PackBuild).where(
            PackBuild.meeting_id == offer.wanted.meeting_id,
            PackBuild.variant == offer.wanted.variant,
            PackBuild.source == offer.source,
        )
    ).all()
    if any(r.progress in ("ready", "waiting", "building") for r in there):
        return False
    row = next((r for r in there if r.lacks is lacks), None)
    if row is None:
        row = PackBuild(
            meeting_id=offer.wanted.meeting_id,
            part=offer.wanted.part,
            edition=offer.wanted.edition,
            variant=offer.wanted.variant,
            source=offer.source,
            lacks=lacks,
            wanted=offer.wanted.content,
            facts=offer.facts,
        )
        session.add(row)
    row.progress, row.reason, row.done, row.steps = "waiting", "", 0, 0
    row.asked_at, row.asked_by_id = now, person_id
    session.flush()
    dispatching.soon(session, JOB)
    return True


def note_pack_reading(session: Session, actor: Actor, report_ids: list[int], *, now: datetime) -> None:
    """That somebody took a pack with the secret parts of these reports: each reading is in the audit trail."""
    for report_id in report_ids:
        note_reading(session, actor, report_id, ("in an agenda pack",), now=now)
