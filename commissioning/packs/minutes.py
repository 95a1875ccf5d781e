"""The minutes of a meeting as they are signed: a PDF whose leaves are numbered and have a line for initials (P-19).

Here: who may have them, and their document. They are the words that the meeting's page shows, in which nothing that is
exempt is written; so there is one edition. How they look: `minutes.typ`.
"""

from __future__ import annotations

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.meetings.confirming import find_confirmation
from commissioning.meetings.minutes import may_read_minutes
from commissioning.meetings.queries import get_meeting
from commissioning.models.bodies import Meeting
from commissioning.packs.setting import Limits, set_pages
from workflows.london import london_day
from workflows.working_days import in_words

LIMITS = Limits(patience_s=20, cpu_s=15, memory_mb=1024)
"""Somebody waits for them: it takes a second."""


def find_minutes(
    session: Session, actor: Actor, meeting_id: int, colour: str, now: datetime
) -> tuple[Meeting, dict[str, Any] | None]:
    """The meeting, and the document of its minutes where there are any that this reader may have. Raises NotFound."""
    meeting = get_meeting(session, actor, meeting_id, london_day(now))
    if not meeting.minutes or not may_read_minutes(session, actor, meeting):
        return meeting, None
    return meeting, _document(session, meeting, colour, now)


def _document(session: Session, meeting: Meeting, colour: str, now: datetime) -> dict[str, Any]:
    day, row = in_words(meeting.meeting_on), find_confirmation(session, meeting.case_id)
    notes, signed = ["Draft: these minutes are not confirmed yet."], ["To be signed by the person presiding."]
    signer = "The person presiding"
    if row is not None:
        at, notes, signer = session.get_one(Meeting, row.at_meeting_id), [], f"{row.signed_by.name}, who presided"
        confirmed = f"Confirmed at the meeting of {in_words(at.meeting_on)}"
        corrections = row.corrections.splitlines()
        signed = [f"{confirmed}, with these corrections:" if corrections else f"{confirmed}, as a correct record."]
        signed += [line for line in corrections if line.strip()]
    what = "Draft minutes" if row is None else "Minutes"
    return {
        "title": f"{what}: {meeting.body.name}, {day}",
        "body": meeting.body.name,
        "what": what,
        "day": day,
        "notes": notes,
        "minutes": meeting.minutes,
        "signed": signed,
        "signer": signer,
        "colour": colour,
        "at": int(now.timestamp()),
        "items": [],
    }


def set_minutes(document: dict[str, Any]) -> bytes:
    """The PDF. Raises NotSet."""
    with tempfile.TemporaryDirectory(prefix="minutes-") as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        (folder / "document.json").write_text(json.dumps(document))
        set_pages(folder, LIMITS)
        return (folder / "pack.pdf").read_bytes()
