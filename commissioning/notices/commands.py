"""Publishing a notice, frozen from then on, and withdrawing one that was wrong. Events of the report that it is of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import canonical, sha256
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.rows import id_made
from commissioning.clock import fresh_id
from commissioning.models.notices import Notice
from commissioning.models.reports import Report
from commissioning.notices import words
from commissioning.notices.queries import Deciding, list_deciding, list_notices
from commissioning.notices.standing import needs_of
from workflows.registry import Refusal
from workflows.working_days import BeyondCalendar

LONGEST = 4000
_DAYS = ("told_on", "agreed_on")


def publish_notice(
    session: Session,
    actor: Actor,
    report_id: int,
    kind: str,
    said: Mapping[str, str | date | None],
    *,
    now: datetime,
    key: str | None = None,
) -> int:
    """Publish a notice of a report's decision today; its id. What it says is frozen (P-07, P-09 to P-11).

    `said`: all that the kind of notice says, by field. Raises Invalid by field for what is missing, lies in the future
    or repeats a secret title; NotNow where the report needs no such notice, or it is out already.
    """
    if kind not in words.SAYS:
        raise Invalid({"kind": "Select which notice it is"})
    made = fresh_id()

    def change(context: Context) -> None:
        report = session.get_one(Report, report_id)
        deciding = list_deciding(session, [report]).get(report_id)
        given = list_notices(session, [report_id])[report_id]
        _check_wanted(context, report, deciding, given, kind)
        assert deciding is not None
        content = canonical(_checked(context, kind, said))
        on = deciding.meeting.meeting_on if deciding.meeting else None
        _check_days(context, deciding)
        session.add(
            Notice(
                id=made, report_id=report_id, body_id=deciding.body.case_id, kind=kind, published_on=context.today,
                published_at=now, published_by_id=context.person_id, meeting_on=on, content=content,
                sha256=sha256(content),
            )
        )  # fmt: skip
        context.notes["published"] = {"id": made, "kind": kind, "meeting_on": on}
        context.hashes["notice"] = sha256(content)
        context.tell(
            "notice_published",
            f"{words.KINDS[kind]}: {context.case.safe_title}",
            "It is published, and cannot be changed any more.",
            "You have a part in this report.",
            roles=("author", "sponsor"),
        )

    amend(
        session, actor, report_id, "report.give_notice", "report.notice_published", change,
        now=now, key=key, body=[kind, {k: str(v) for k, v in said.items()}],
    )  # fmt: skip
    return id_made(session, actor, key, "published", made)


def _check_wanted(context: Context, report: Report, deciding: Deciding | None, given: list[Notice], kind: str) -> None:
    needs = needs_of(
        is_key=report.is_key_decision, secrecy=context.case.secrecy, body=deciding.body if deciding else None
    )
    if words.NEED_OF[kind] not in needs:
        raise NotNow([Refusal("no_notice_needed", "The law asks for no such notice of this report at this body")])
    here = [n for n in given if n.withdrawn_at is None and deciding and n.body_id == deciding.body.case_id]
    meeting_on = deciding.meeting.meeting_on if deciding and deciding.meeting else None
    urgent = kind in ("special_urgency", "private_urgency")
    if any(n.kind == kind and (not urgent or n.meeting_on == meeting_on) for n in here):
        raise NotNow([Refusal("notice_out", "It is published already; withdraw that one first", "the clerk")])
    if kind == "private_response" and not any(n.kind == "private_meeting" for n in here):
        raise NotNow([Refusal("no_first_notice", "The 28-day notice comes first; publish that one", "the clerk")])
    if urgent and meeting_on is None:
        raise NotNow([Refusal("no_meeting", "Choose the meeting that is to decide it first", "the author")])


def _checked(context: Context, kind: str, said: Mapping[str, str | date | None]) -> dict[str, Any]:
    found, errors = {}, {}
    for name in words.SAYS[kind]:
        value = said.get(name)
        if isinstance(value, date):
            if value > context.today:
                errors[name] = f"{words.PARTS[name].label} must be today or earlier"
            found[name] = value.isoformat()
            continue
        found[name] = (value or "").strip().replace("\r\n", "\n")
        if not found[name] or name in _DAYS:
            errors[name] = words.PARTS[name].missing
        elif len(found[name]) > LONGEST:
            errors[name] = f"{words.PARTS[name].label} must be {LONGEST:,} characters or fewer"
        elif name == "agreed_as" and found[name] not in words.MAY_AGREE:
            errors[name] = words.PARTS[name].missing
        elif context.case.secrecy != "open" and context.case.title.casefold() in found[name].casefold():
            errors[name] = f"{words.PARTS[name].label} repeats the title of the report, which is not public"
    if errors:
        raise Invalid(errors)
    return found


def _check_days(context: Context, deciding: Deciding) -> None:
    """A notice whose days cannot be counted is refused, not guessed."""
    calendar = context.body_calendar(deciding.body.case_id)
    try:
        calendar.require(context.today)
        if deciding.meeting is not None:
            calendar.require(deciding.meeting.meeting_on)
    except BeyondCalendar as beyond:
        raise Invalid({"": str(beyond)}) from None


def withdraw_notice(
    session: Session, actor: Actor, notice_id: int, reason: str, *, now: datetime, key: str | None = None
) -> None:
    """Withdraw a notice with a reason: it stays on record, and counts no longer. Raises NotFound, Invalid, NotNow."""
    found = session.scalars(select(Notice).where(Notice.id == notice_id)).first()
    if found is None:
        raise NotFound
    if not reason.strip():
        raise Invalid({"reason": "Enter why it is withdrawn"})

    def change(context: Context) -> None:
        session.refresh(found)
        if found.withdrawn_at is not None:
            raise NotNow([Refusal("withdrawn", "It has been withdrawn already")])
        found.withdrawn_at, found.withdrawn_reason = now, reason.strip()[:LONGEST]
        context.notes["withdrawn"] = {"id": notice_id, "kind": found.kind, "reason": found.withdrawn_reason}

    amend(
        session, actor, found.report_id, "report.give_notice", "report.notice_withdrawn", change,
        now=now, key=key, body=[notice_id, reason],
    )  # fmt: skip
