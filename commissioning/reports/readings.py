"""That somebody read the exempt or confidential part of a report: every reading is in the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor


def note_reading(session: Session, actor: Actor, report_id: int, parts: tuple[str, ...], *, now: datetime) -> None:
    """Append the reading to the report's own chain of readings. `parts` says what was shown, without its words."""
    audit.note(session, f"report-readings:{report_id}", "report.secret_read", actor, now, parts=list(parts))
