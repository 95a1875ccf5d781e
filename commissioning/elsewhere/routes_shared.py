"""What the pages of a body kept in another committee system have in common: for whom they are there."""

from __future__ import annotations

from commissioning.casework.errors import NotFound
from commissioning.elsewhere.papers import get_kept
from commissioning.models.bodies import Meeting
from commissioning.web import requests
from commissioning.web.steps import may_amend


def kept_meeting(meeting_id: int) -> Meeting:
    """A meeting that another system runs, for its clerk; for anybody else the page is not there."""
    session = requests.reading()
    found = get_kept(session, requests.actor(), meeting_id, requests.today())
    if not may_amend(session, found.case, "meeting.record_outcome"):
        raise NotFound
    return found
