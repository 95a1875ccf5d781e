"""A pack that could not be built: noted, and told to who asked and to the clerk, with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import dispatching
from commissioning.casework.messages import holders_of_posts, queue, rows_for
from commissioning.models.bodies import Meeting
from commissioning.models.cases import CaseRole
from commissioning.models.packs import PackBuild
from workflows.london import london_day


def note_failed(session: Session, build_id: int, words: str, spots: Sequence[str], now: datetime) -> None:
    """Keep why a pack could not be built, and tell who asked for it and the clerk of the meeting, once each time.

    `words` may name a paper and stand on the page of the pack alone; a message has its `spots` (item and letter).
    """
    row = session.get_one(PackBuild, build_id)
    row.progress, row.reason, row.lease_until = "failed", words, None
    meeting = session.get_one(Meeting, row.meeting_id)
    whys = dict.fromkeys(_clerks(session, meeting.case_id, now), "You are the clerk of this meeting.")
    if row.asked_by_id is not None:
        whys[row.asked_by_id] = "You asked for this pack."
    what = f"supplement for item {row.part}" if row.part else "agenda pack"
    subject = f"The {row.edition} edition of the {what} could not be built: {meeting.case.safe_title}"
    about = f"It is about {', '.join(spots)}. " if spots else ""
    text = (
        f"{about}The page of the pack says what is wrong.\n"
        "Mend it there, then press “Try again”. Nothing is lost: the earlier pack, if there was one, is still there."
    )
    key = f"pack:{row.id}:{int(row.asked_at.timestamp())}"
    rows = [
        r
        for person, why in sorted(whys.items())
        for r in rows_for(person, key, "pack_failed", (subject, text, why), now, meeting.case_id)
    ]
    queue(session, rows)
    if rows:
        dispatching.soon(session, "mail")


def _clerks(session: Session, meeting_id: int, now: datetime) -> list[int]:
    """Who is the clerk of a meeting today, in person or by the post."""
    clerks = select(CaseRole).where(CaseRole.case_id == meeting_id, CaseRole.role == "clerk").order_by(CaseRole.id)
    parties = session.scalars(clerks).all()
    held = holders_of_posts(session, sorted({p.post_id for p in parties if p.post_id is not None}), london_day(now))
    return [
        *(p.person_id for p in parties if p.person_id is not None),
        *(one for some in held.values() for one in some),
    ]
