"""Putting a paper before the public: what the steps `publish` and `publish_supplement` of a report do besides moving.

A body that meets without the public publishes to its members alone: then nothing is put out.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.audit import canonical, sha256
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.registry import effect
from commissioning.clock import fresh_id
from commissioning.meetings.queries import find_open_item
from commissioning.models.bodies import Body, Meeting
from commissioning.models.publishing import Exemption, Publication
from commissioning.public.paper import Bases, public_paper, withheld
from commissioning.reports.covers import Parts, read_parts
from commissioning.reports.edition import edition


def put_out(context: Context) -> None:
    """Freeze what the public reads of the report whose step it is, for the item under which it is heard."""
    item = find_open_item(context.session, context.case.id)
    if item is not None:
        put_out_for(context, context.case, item.case_id, item.meeting_id)


def put_out_for(context: Context, case: CaseRow, item_id: int, meeting_id: int) -> None:
    """A further publication of a report (`case`) for an item; the hash of what was put out is in the event."""
    session = context.session
    meeting = session.get_one(Meeting, meeting_id)
    if not session.get_one(Body, meeting.body_id).meets_in_public:
        return
    last = session.execute(select(func.max(Publication.number)).where(Publication.item_id == item_id)).scalar()
    put = publication_of(session, case, item_id, (last or 0) + 1, context.now)
    session.add(put)
    context.hashes[f"public:{item_id}"] = sha256(put.content)


def publication_of(session: Session, case: Any, item_id: int, number: int, now: datetime) -> Publication:
    """What the public reads of a report from now on; `case` is its row."""
    content, is_whole = public_content(session, case)
    return Publication(
        id=fresh_id(),
        report_id=case.id,
        item_id=item_id,
        number=number,
        title=case.title if is_whole else case.safe_title,
        content=canonical(content),
        is_whole=is_whole,
        published_at=now,
    )


def public_content(session: Session, case: Any) -> tuple[dict[str, Any], bool]:
    """A paper as the public would read it now, and whether it is there at all: else what stands in its place."""
    parts = read_parts(session, case.id)
    paper = json.loads(canonical(edition(session, parts, case)))
    bases = _bases(session, parts)
    # A body behind closed doors does not exist for the public, nor what it said; nor what was said from outside.
    known = set(session.scalars(select(Body.name).where(Body.meets_in_public)))
    paper["heard"] = [h for h in paper.get("heard", []) if h["body"] in known and not h["is_outside"]]
    if case.secrecy == "open" and not case.restricted:
        return public_paper(paper, bases), True
    return withheld({"secrecy": _why(case.secrecy)}, paper, bases.get(("report", 0))), False


def _bases(session: Session, parts: Parts) -> Bases:
    """Why parts are withheld, by what names them in an edition."""
    names: dict[tuple[str, int], Any] = {("section", s.id): s.key for s in parts.sections}
    names |= {("recommendation", r.id): r.position for r in parts.recommendations}
    names |= {("appendix", a.id): a.letter for a in parts.appendices}
    names["report", 0] = 0
    rows = session.scalars(select(Exemption).where(Exemption.report_id == parts.report.case_id))
    return {(e.level, names[e.level, e.part_id]): (e.paragraph, e.reason)
            for e in rows if (e.level, e.part_id) in names}  # fmt: skip


def _why(secrecy: str) -> str:
    """A restricted paper (procurement, staffing) that is neither exempt nor confidential is not for publication yet."""
    return secrecy if secrecy != "open" else "restricted"


effect("put_out@1", record=put_out)
