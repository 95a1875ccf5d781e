"""The council's own numbers for the month: when a return is due, how far off a figure may be before it is rated, when a
meeting is wanted, and what goes to a board.

Here: reading them from the settings. The rules themselves are `money.arithmetic`, `meeting_slots` and
`meeting_escalations`. What was submitted keeps its ratings, what was escalated stays so, whatever is set later.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy.orm import Session

from commissioning.money.arithmetic import Tolerance
from commissioning.monitoring.meeting_escalations import Counts
from commissioning.settings_table import get_settings


@dataclass(frozen=True, slots=True)
class LocalRules:
    """`due_days`: working days after the first on which a return opens; `window`: working days after that due date in
    which a meeting is wanted."""

    due_days: int
    tolerance: Tolerance
    window: range
    counts: Counts


def get_rules(session: Session) -> LocalRules:
    """The rules in force. Read once for each session."""
    key = "monitoring rules"
    if key not in session.info:
        settings = get_settings(session)
        due, share, pounds, off = (
            int(settings[f"returns.{name}"]) for name in ("due_days", "red_percent", "red_pounds", "outcome_percent")
        )
        first, last = sorted(int(settings[f"meetings.{name}"]) for name in ("first_day", "last_day"))
        counts = Counts(**{f.name: int(settings[f"escalation.{f.name}"]) for f in fields(Counts)})
        session.info[key] = LocalRules(due, Tolerance(share, pounds * 100, off), range(first, last + 1), counts)
    found: LocalRules = session.info[key]
    return found
