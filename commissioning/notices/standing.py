"""Whether a decision may lawfully be taken on a day: the notice that it needs, what has been given and from when.

Here: from a body's rules and published notices to days and words. Not here: counting days (`workflows`), reading rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from commissioning.models.bodies import Body
from commissioning.models.notices import Notice
from workflows.back_planning import earliest_decision, latest_publication
from workflows.registry import Refusal
from workflows.working_days import BeyondCalendar, Calendar, ClearDayRule, in_words

EXCEPTION_DAYS = 5
"""Clear days after the notice of a general exception (P-09), and of the second notice of a private matter (P-11)."""
FULL = {"key": "key_decision", "private": "private_meeting"}
URGENT = {"key": "special_urgency", "private": "private_urgency"}
_WHAT = {"key": "this key decision", "private": "taking this in private"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a need for notice stands for a meeting. Days are None where nothing has been given, or cannot be counted."""

    need: str
    notice_days: int
    meeting_on: date | None
    due_on: date | None
    """The last working day on which to give notice for the meeting."""
    counts: Notice | None
    """What has been given, and counts."""
    earliest_on: date | None
    """The first day on which it may be decided, by what has been given."""
    if_today_on: date | None
    """The first day on which it may be decided if notice were given today."""
    exception_on: date | None
    """The same by a general exception."""

    @property
    def is_met(self) -> bool:
        """Whether the meeting may lawfully decide."""
        return self.earliest_on is not None and self.meeting_on is not None and self.earliest_on <= self.meeting_on

    @property
    def is_overdue(self) -> bool:
        """Whether the meeting can no longer be made by ordinary notice given today."""
        return bool(
            not self.is_met and self.meeting_on and (not self.if_today_on or self.if_today_on > self.meeting_on)
        )


def needs_of(*, is_key: bool, secrecy: str, body: Body | None) -> tuple[str, ...]:
    """Which notices the law asks for before this body decides: of a key decision, of taking it in private."""
    if body is None or not body.notice_days:
        return ()
    return (*(("key",) if is_key else ()), *(("private",) if secrecy != "open" else ()))


def standing_of(
    need: str, given: Sequence[Notice], body: Body, meeting_on: date | None, today: date, calendar: Calendar
) -> Standing:
    """How a need stands, by what has been given for this body and not been withdrawn.

    Of several notices of a kind the oldest counts: a later one has corrected it and takes nothing back.
    """
    out = sorted(
        (n for n in given if n.withdrawn_at is None and n.body_id == body.case_id), key=lambda n: (n.published_on, n.id)
    )
    found: list[tuple[date, Notice]] = []
    for notice in out:
        day = _counts_from(need, notice, body, meeting_on, calendar)
        if day is not None:
            found.append((day, notice))
    best = min(found, key=lambda pair: (pair[0], pair[1].published_on, pair[1].id), default=None)
    return Standing(
        need,
        body.notice_days,
        meeting_on,
        _latest(meeting_on, body.notice_days, calendar) if meeting_on else None,
        best[1] if best else None,
        best[0] if best else None,
        earliest_decision(today, body.notice_days, ClearDayRule.CALENDAR, calendar),
        _exception(today, body, calendar) if need == "key" else None,
    )


def _counts_from(need: str, notice: Notice, body: Body, meeting_on: date | None, calendar: Calendar) -> date | None:
    if notice.kind == FULL[need]:
        return earliest_decision(notice.published_on, body.notice_days, ClearDayRule.CALENDAR, calendar)
    if notice.kind == "general_exception" and need == "key":
        return _exception(notice.published_on, body, calendar)
    # An agreement that it cannot wait is for the meeting that was named, and for no later one.
    if notice.kind == URGENT[need] and notice.meeting_on == meeting_on:
        return notice.published_on
    return None


def _latest(meeting_on: date, days: int, calendar: Calendar) -> date | None:
    try:
        return latest_publication(meeting_on, days, ClearDayRule.CALENDAR, calendar)
    except BeyondCalendar:
        return None


def _exception(published_on: date, body: Body, calendar: Calendar) -> date | None:
    try:
        return earliest_decision(published_on, EXCEPTION_DAYS, ClearDayRule(body.clear_day_rule), calendar)
    except BeyondCalendar:
        return None


def why_not(standing: Standing) -> Refusal | None:
    """Why the meeting may not decide, with the earliest lawful day; None if it may (P-08 to P-11)."""
    if standing.is_met or standing.meeting_on is None:
        return None
    what, on = _WHAT[standing.need], in_words(standing.meeting_on)
    if standing.counts is not None and standing.earliest_on is not None:
        said = (
            f"Notice of {what} was published on {in_words(standing.counts.published_on)}, so the earliest lawful day is"
            f" {in_words(standing.earliest_on)}; the meeting is on {on}"
        )
    else:
        by = f" It was due by {in_words(standing.due_on)} for the meeting on {on}." if standing.due_on else ""
        said = f"No notice of {what} has been published.{by}"
        if standing.if_today_on:
            said += f" Given today, the earliest lawful day is {in_words(standing.if_today_on)}"
    return Refusal(f"notice_{standing.need}", f"{said}. {ways_out(standing)}", "the clerk")


def ways_out(standing: Standing) -> str:
    """Which recorded route would make the meeting all the same, in words."""
    urgent = "special urgency" if standing.need == "key" else "an agreement that it is urgent"
    if standing.exception_on and standing.meeting_on and standing.exception_on <= standing.meeting_on:
        return f"A general exception recorded today allows {in_words(standing.exception_on)}; else record {urgent}"
    return f"Choose a later meeting, or record {urgent}"


def why_not_yet(given: Sequence[Notice], body: Body, meeting_on: date, calendar: Calendar) -> Refusal | None:
    """P-11: after the 28 days, a further notice with representations and response is out 5 clear days before."""
    mine = [n for n in given if n.withdrawn_at is None and n.body_id == body.case_id]
    if any(n.kind == "private_urgency" and n.meeting_on == meeting_on for n in mine):
        return None
    days = [_exception(n.published_on, body, calendar) for n in mine if n.kind == "private_response"]
    if any(day is not None and day <= meeting_on for day in days):
        return None
    text = (
        f"The further notice of taking this in private, with representations and response, must be out {EXCEPTION_DAYS}"
        f" clear days before {in_words(meeting_on)}"
    )
    return Refusal("notice_response", text, "the clerk")
