"""The council's own numbers for the month: when a return is due, and how far off a figure may be before it is rated.

Here: reading them from the settings. The rules themselves are `money.arithmetic`. What was submitted keeps the ratings
that it was submitted with, whatever is set later.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from commissioning.money.arithmetic import Tolerance
from commissioning.settings_table import get_settings


@dataclass(frozen=True, slots=True)
class LocalRules:
    """`due_days`: working days after the first on which a return opens."""

    due_days: int
    tolerance: Tolerance


def get_rules(session: Session) -> LocalRules:
    """The rules in force. Read once for each session."""
    key = "monitoring rules"
    if key not in session.info:
        settings = get_settings(session)
        due, share, pounds, off = (
            int(settings[f"returns.{name}"]) for name in ("due_days", "red_percent", "red_pounds", "outcome_percent")
        )
        session.info[key] = LocalRules(due, Tolerance(share, pounds * 100, off))
    found: LocalRules = session.info[key]
    return found
