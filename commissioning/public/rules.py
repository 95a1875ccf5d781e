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
from commissioning.casework.context import Context
from commissioning.casework.registry import effect
from commissioning.clock import fresh_id
from commissioning.meetings.queries import find_open_item
from commissioning.models.bodies import Body, Meeting
from commissioning.models.publishing import Publication
from commissioning.public.paper import public_paper, withheld
from commissioning.reports.covers import read_parts
from commissioning.reports.edition import edition


def put_out(context: Context) -> None:
    """Freeze what the public reads of the report whose step it is, for the item under which it is heard."""
    item = find_open_item(context.session, context.case.id)
    if item is not None:
        put_out_for(context, item.case_id, item.meeting_id)


def put_out_for(context: Context, item_id: int, meeting_id: int) -> None:
    """A further publication for an item; the hash of what was put out is in the event."""
    session, case = context.session, context.case
    meeting = session.get_one(Meeting, meeting_id)
    if not session.get_one(Body, meeting.body_id).meets_in_public:
        return
    last = session.execute(select(func.max(Publication.number)).where(Publication.item_id == item_id)).scalar()
    put = publication_of(session, case, item_id, (last or 0) + 1, context.now)
    session.add(put)
    context.hashes["public"] = sha256(put.content)


def publication_of(session: Session, case: Any, item_id: int, number: int, now: datetime) -> Publication:
    """What the public reads of a report from now on; `case` is its row."""
    paper = json.loads(canonical(edition(session, read_parts(session, case.id), case)))
    is_whole = case.secrecy == "open" and not case.restricted
    return Publication(
        id=fresh_id(),
        report_id=case.id,
        item_id=item_id,
        number=number,
        title=case.title if is_whole else case.safe_title,
        content=canonical(public_paper(paper) if is_whole else withheld({"secrecy": _why(case.secrecy)}, paper)),
        is_whole=is_whole,
        published_at=now,
    )


def _why(secrecy: str) -> str:
    """A restricted paper (procurement, staffing) that is neither exempt nor confidential is not for publication yet."""
    return secrecy if secrecy != "open" else "restricted"


effect("put_out@1", record=put_out)
