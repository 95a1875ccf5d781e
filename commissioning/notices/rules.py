"""What `board-report` asks of notices: its guards. Importing this module registers them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from commissioning.casework.context import Context
from commissioning.casework.registry import guard
from commissioning.meetings.agenda_rules import named_meeting
from commissioning.meetings.queries import is_deciding, list_meetings_taking_items
from commissioning.models.bodies import Body, Meeting
from commissioning.models.deciding import Arrangement
from commissioning.models.reports import Recommendation, Report
from commissioning.notices.queries import list_deciding, list_notices
from commissioning.notices.standing import needs_of, standing_of, why_not, why_not_yet
from workflows.registry import Refusal

POUND = 100


def _needs(context: Context, body_id: int) -> tuple[Body, tuple[str, ...]]:
    body = context.session.get_one(Body, body_id)
    report = context.session.get_one(Report, context.case.id)
    if not body.notice_days or not is_deciding(context.session, report.case_id, body.case_id):
        return body, ()
    return body, needs_of(is_key=report.is_key_decision, secrecy=context.case.secrecy, body=body)


def _refusal(context: Context, meeting: Meeting) -> Refusal | None:
    return _why_not(context, meeting.body_id, meeting.meeting_on)


def _why_not(context: Context, body_id: int, on: date) -> Refusal | None:
    body, needs = _needs(context, body_id)
    if not needs:
        return None
    given = list_notices(context.session, [context.case.id])[context.case.id]
    calendar = context.body_calendar(body.case_id)
    for need in needs:
        refusal = why_not(standing_of(need, given, body, on, context.today, calendar))
        if refusal is not None:
            return refusal
    return None


@guard("notice_given@1")
def notice_given(context: Context) -> Refusal | None:
    """P-08 to P-11: a key decision, or a matter in private, is put before an executive body once its notice has been
    out long enough, or a general exception or special urgency is on record."""
    meeting = context.session.get(Meeting, named_meeting(context) or 0)
    if meeting is None:
        return None  # another guard says that there is no meeting
    refusal = _refusal(context, meeting)
    if refusal is None or context.fields not in ({}, None) or context.case.where.has("public"):
        return refusal
    # Only a form is asked for: it is worth opening if another meeting of the body could lawfully decide.
    others = list_meetings_taking_items(context.session, [meeting.body_id], context.today)
    return None if any(_refusal(context, m) is None for m in others) else refusal


@guard("notice_complete@1")
def notice_complete(context: Context) -> Refusal | None:
    """The same on the day of publication, when the further notice of a matter in private must be out too (P-11)."""
    report = context.session.get_one(Report, context.case.id)
    meeting = context.session.get(Meeting, report.meeting_id) if report.meeting_id else None
    if meeting is None:
        return None
    refusal = _refusal(context, meeting)
    body, needs = _needs(context, meeting.body_id)
    if refusal is not None or "private" not in needs:
        return refusal
    given = list_notices(context.session, [context.case.id])[context.case.id]
    return why_not_yet(given, body, meeting.meeting_on, context.body_calendar(body.case_id))


@guard("notice_before_deciding@1")
def notice_before_deciding(context: Context) -> Refusal | None:
    """A key decision that is made without a meeting waits for its notice as one at a meeting does (P-08 to P-10)."""
    arrangement = context.session.get(Arrangement, context.case.id)
    if arrangement is None:
        return None
    return _why_not(context, int((context.case.scope or "body:0").rpartition(":")[2]), context.today)


@guard("key_answered@1")
def key_answered(context: Context) -> Refusal | None:
    """P-06: from the body's own threshold on, a paper says that its decision is key, or why it is not."""
    report = context.session.get_one(Report, context.case.id)
    if report.is_key_decision or report.key_reason.strip():
        return None
    deciding = list_deciding(context.session, [report]).get(report.case_id)
    threshold = deciding.body.key_threshold_pence if deciding else None
    if deciding is None or threshold is None:
        return None
    most = context.session.execute(
        select(func.max(Recommendation.amount_pence)).where(Recommendation.report_id == report.case_id)
    ).scalar_one()
    if most is None or most < threshold:
        return None
    text = (
        f"It asks {deciding.body.name} for £{most // POUND:,}, and a key decision there begins at"
        f" £{threshold // POUND:,}: say in the header that it is one, or why it is not"
    )
    return Refusal("key_unanswered", text, "the author")
