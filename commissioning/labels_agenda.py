"""The words that people read for the codes of meetings, agendas and votes; `labels` has them too."""

from __future__ import annotations

HEADINGS = {
    "apologies": "Apologies",
    "interests": "Declarations of interests",
    "minutes": "Minutes of the last meeting",
    "matters_arising": "Matters arising",
    "presentation": "Presentation",
    "standing": "Standing item of the body",
    "exclusion": "Resolution to exclude the public",
    "other": "Something else",
}
"""What a heading of an agenda is about."""

VOTES = {"for": "For", "against": "Against", "abstained": "Abstained"}

MEETING_EVENTS = {
    "meeting.redated": "Dates counted by the body’s new rules",
    "meeting.created": "Meeting called",
    "meeting.opened": "Opened for papers",
    "meeting.papers_closed": "Papers closed",
    "meeting.agenda_published": "Agenda published",
    "meeting.handed_over": "Papers handed over to another committee system",
    "meeting.settled": "Every outcome recorded",
    "meeting.held": "Held",
    "meeting.inquorate": "Inquorate",
    "meeting.decisions_confirmed": "Decisions confirmed",
    "meeting.minutes_drafted": "Minutes sent to the chair",
    "meeting.minutes_sent_back": "Changes to the minutes asked for",
    "meeting.minutes_approved": "Minutes approved",
    "meeting.minutes_confirmed": "Minutes confirmed",
    "meeting.closed": "Meeting closed",
    "meeting.rescheduled": "Moved to another day",
    "meeting.cancelled": "Cancelled",
    "meeting.agenda_edited": "Agenda changed",
    "meeting.attendance_recorded": "Attendance recorded",
    "meeting.quorum_recorded": "Quorum of an item recorded",
    "meeting.interest_declared": "Interest declared",
    "meeting.outcome_recorded": "Written down for the minutes",
    "meeting.minutes_edited": "Minutes written",
}
"""What happened to a meeting."""

ANSWERED = {
    "monitoring_meeting.minutes_agreed_by_one": {
        "agreed": "Minutes agreed by one of the three",
        "changes_requested": "Changes to the minutes requested",
    },
    "specification.signed": {"changes_requested": "Changes requested"},
}
"""Events that are an answer: what it was, in words. Their comment is for everybody who reads the case."""
