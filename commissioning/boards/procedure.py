"""A body's rules of procedure in plain words, with the dates that they give its next meeting (P-01 to P-11, P-21).

Here: from settings to sentences. Not here: what the rules mean for a paper (`meetings`, `notices`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.context import council_calendar
from commissioning.meetings.dates import RUNGS, meeting_dates
from commissioning.meetings.quorum import sitting_rules
from commissioning.models.bodies import Body
from commissioning.models.people import ClosedDay
from commissioning.reports.lints import TITLES
from workflows.back_planning import call_in, earliest_decision
from workflows.working_days import BeyondCalendar, ClearDayRule, in_words

POUND = 100
_COUNTED = {
    "working": "Weekends, bank holidays and closed days do not count",
    "not_sundays": "Sundays, bank holidays and closed days do not count",
    "calendar": "All days count, weekends and holidays too",
}


def _days(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentences(session: Session, body: Body) -> list[tuple[str, str]]:
    """The rules, each by what it is about."""
    sits = sitting_rules(session, body)
    publish = (
        f"The agenda and its papers are published {_days(body.clear_days, 'clear day')} before the meeting. Neither the"
        f" day of publication nor that of the meeting counts. {_COUNTED[body.clear_day_rule]}."
        if body.clear_days
        else "No clear days are needed between publication and the meeting."
    )
    notice = (
        f"A key decision, and a matter to be taken in private, needs {body.notice_days} clear calendar days of notice;"
        " else a general exception or special urgency is recorded with its reasons."
        if body.notice_days
        else "No notice of key decisions is needed."
    )
    threshold = body.key_threshold_pence
    key = (
        f"From £{threshold // POUND:,} on, a paper says that its decision is key, or why it is not."
        if threshold is not None
        else "No sum makes a decision key by itself."
    )
    called = (
        f"A published decision can be called in for {_days(body.call_in_days, 'working day')}; it takes effect after"
        " the last of them."
        if body.call_in_days
        else "Decisions take effect at once; they cannot be called in."
    )
    held = [TITLES[c] for c in sorted(set(body.blocking_findings.split(",")) & TITLES.keys())]
    return [
        ("Papers", f"Papers close {_days(body.close_days, 'working day')} before the meeting, at"
                   f" {body.close_time:%H:%M}. A later one needs the chair’s agreement, with a reason."),
        ("Publication", publish),
        ("Notice", notice),
        ("Key decisions", key),
        ("Call-in", called),
        ("Quorum", f"One in {body.quorum_divisor} of the voting members, and {body.quorum_minimum} at least. A declared"
                   " interest takes a member out of discussion, vote and quorum of that item."),
        ("Attendance", ("Members may take part from elsewhere." if sits.allows_remote else "Members attend in person.")
                       + (" Where votes are equal, who presides has a second one." if sits.chair_casts else "")),
        ("Decisions", f"It decides by: {labels.DECIDES_BY[body.decides_by].lower()}."),
        ("Who may see", "It meets in public: everybody sees what is published, without what is exempt or confidential."
                        if body.meets_in_public
                        else "It meets in private: its members, its officers and those above see its papers."),
        ("Sign-offs", f"Sign-offs of a paper are asked: {labels.SIGN_OFF_ORDERS[body.sign_off_order].lower()}."
                      + ("" if body.allows_elsewhere else " None may be recorded from e-mail, telephone or paper.")),
        ("Findings that hold a paper back", "; ".join(held) or "None: all findings are warnings."),
    ]  # fmt: skip


def worked(session: Session, body: Body, on: date) -> list[tuple[str, str]]:
    """The dates that these rules give a meeting on a day; nothing where the calendar is not known so far."""
    calendar = council_calendar(session, body.case_id)
    try:
        found = meeting_dates(body, on, calendar, body.notice_days)
        shown = [(RUNGS[s.rung.code], f"by {in_words(s.on)}") for s in found.ladder if s.rung.code in _LAWFUL]
        if body.call_in_days:
            last = call_in(on, body.call_in_days, calendar).last_day_open
            shown.append(("Call-in, if published that day", f"until the end of {in_words(last)}"))
    except BeyondCalendar:
        return []
    if body.notice_days:
        notice = next(s for s in found.ladder if s.rung.code == "notice")
        first = earliest_decision(notice.on, body.notice_days, ClearDayRule.CALENDAR, calendar)
        shown.append(("First lawful day by that notice", in_words(first)))
    return shown


_LAWFUL = ("notice", "papers_close", "publish")


def list_closed(session: Session, body_id: int, today: date) -> list[tuple[date, str, bool]]:
    """Days ahead on which the council, or this body alone (True), is closed besides weekends and bank holidays."""
    rows = session.scalars(
        select(ClosedDay)
        .where(ClosedDay.on_day >= today, (ClosedDay.body_id == body_id) | ClosedDay.body_id.is_(None))
        .order_by(ClosedDay.on_day, ClosedDay.id)
    )
    return [(row.on_day, row.name, row.body_id is not None) for row in rows]
