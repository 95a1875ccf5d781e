"""What every command that writes in a report checks: versions, who writes, that a code is one that is known."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, Stale
from commissioning.clock import fresh_id
from commissioning.models.cases import CaseRole, Event
from commissioning.models.people import Person
from commissioning.models.reports import SECRECY, ReportSignOff
from commissioning.policy import Party
from workflows.registry import Refusal

MAX_TITLE = 300
MAX_TEXT = 100_000


WRITERS = ("author", "contributor", "past_writer")
"""Whose own work a report is."""
WRITING = (
    *("report.created", "report.header_edited", "report.section_edited", "report.meeting_changed"),
    "report.route_changed",
    *("report.recommendation_saved", "report.recommendation_removed", "report.recommendations_ordered"),
    *("report.risk_saved", "report.risk_removed", "report.risks_ordered"),
    *("report.appendix_saved", "report.appendix_removed", "report.passages_taken"),
    "report.word_taken_in",
)
"""Events by which somebody has written in a report."""


def has_written(session: Session, report_id: int, person_id: int) -> bool:
    """Whether the person has written in the report, themselves or by somebody who acted for them."""
    query = select(Event.id).where(
        Event.case_id == report_id,
        Event.name.in_(WRITING),
        or_(Event.actor_id == person_id, Event.for_id == person_id),
    )
    return session.scalars(query.limit(1)).first() is not None


def add_role(
    context: Context, role: str, *, person_id: int | None = None, post_id: int | None = None, part: int | None = None
) -> None:
    """Give a role in the case to a person or post."""
    context.session.add(
        CaseRole(id=fresh_id(), case_id=context.case.id, role=role, person_id=person_id, post_id=post_id, part=part)
    )
    context.session.flush()
    context.parties.append(Party(role, person_id, post_id, part))


def contributes(context: Context) -> None:
    """Whoever writes in a report becomes a contributor, a deputy of the author too: they cannot sign it.

    Raises Forbidden for somebody who sponsors the report or has signed it.
    """
    me = context.actor.person_id
    if me is None or any(p.person_id == me and p.role in ("author", "contributor") for p in context.parties):
        return
    if any(p.person_id == me and p.role == "sponsor" for p in context.parties):
        raise Forbidden([Refusal("own_work", "You sponsor this report, so you cannot write in it")])
    signed = context.session.scalars(
        select(ReportSignOff.id).where(
            ReportSignOff.report_id == context.case.id,
            (ReportSignOff.signed_by_id == me) | (ReportSignOff.signed_for_id == me),
        )
    ).first()
    if signed:
        raise Forbidden([Refusal("own_work", "You have signed this report off, so you cannot write in it")])
    add_role(context, "contributor", person_id=me)
    context.notes["became_contributor"] = context.actor.name


def check_title(title: str) -> None:
    """Raises Invalid for a title that is blank or too long."""
    if not title.strip():
        raise Invalid({"title": "Enter a title"})
    if len(title) > MAX_TITLE:
        raise Invalid({"title": f"Title must be {MAX_TITLE} characters or fewer"})


def check_secrecy(code: str | None) -> None:
    """Raises Invalid for anything but open, exempt, confidential, or None (leave it as it is)."""
    if code is not None and code not in SECRECY:
        raise Invalid({"secrecy": "Choose open, exempt or confidential"})


def check_version(context: Context, row: Any, what: str, version: int | None, theirs: Any, yours: Any) -> None:
    """Raises Stale with both texts if the part was changed since `version`."""
    if version is None or row.version == version:
        return
    editor = context.session.get(Person, row.edited_by_id) if getattr(row, "edited_by_id", None) else None
    raise Stale(what, editor.name if editor else "", getattr(row, "edited_at", None), theirs, yours, row.version)


def stamp(context: Context, row: Any) -> None:
    """A new version of a part, with who made it."""
    row.version += 1
    row.edited_by_id, row.edited_at = context.actor.person_id, context.now


def secrecy_of(is_confidential: bool | None, is_exempt: bool | None) -> str:
    """One code from the two answers of the header (LI-02); confidential is the stronger."""
    if is_confidential:
        return "confidential"
    return "exempt" if is_exempt else "open"
