"""Papers that come after papers have closed: they are submitted like others, and no agenda takes them until its chair
has agreed with a reason (P-03).

Submitted first, because a chair who is to agree has to know of the paper, and a draft is for fewer.
"""

from __future__ import annotations

from sqlalchemy import func, select

from commissioning.casework.context import Context
from commissioning.casework.registry import effect, guard
from commissioning.models.bodies import Body, Meeting
from commissioning.models.people import Post
from commissioning.models.reports import Report, ReportEdition
from commissioning.reports.rules import arrangement_of, meeting_of
from workflows.registry import Refusal


@guard("in_time@1")
def in_time(context: Context) -> Refusal | None:
    """Papers close at a fixed hour; what is submitted after it is late and needs the chair's agreement with a reason.
    What is decided without a meeting has no such hour."""
    meeting = meeting_of(context)
    if meeting is None or not _is_late(context, meeting) or arrangement_of(context) is not None:
        return None
    words = "It was submitted after papers for this meeting had closed; the chair may agree to take it late"
    return Refusal("papers_closed", words, _chair(context, meeting))


@guard("came_late@1")
def came_late(context: Context) -> Refusal | None:
    """The chair is asked to agree only where there is something to agree to."""
    if in_time(context) is not None:
        return None
    return Refusal("in_time", "It came in time, or may come late")


@guard("papers_closed@1")
def papers_closed(context: Context) -> Refusal | None:
    """Agreeing to take a paper late makes sense only once papers have closed, and once."""
    meeting = meeting_of(context)
    if meeting is None or context.now < meeting.papers_close_at:
        return Refusal("papers_open", "Papers have not closed yet, so nobody needs to agree")
    if context.session.get_one(Report, context.case.id).late_agreed_at is not None:
        return Refusal("late_agreed", "It has been agreed already")
    return None


@guard("late_agreed@1")
def late_agreed(context: Context) -> Refusal | None:
    """P-03: a late item needs the chair's agreement and a recorded reason."""
    if context.session.get_one(Report, context.case.id).late_agreed_at is None:
        meeting = meeting_of(context)
        return Refusal(
            "late_not_agreed",
            "The chair has not agreed to take it late",
            _chair(context, meeting) if meeting else None,
        )
    return None


def _is_late(context: Context, meeting: Meeting) -> bool:
    """Whether the words that it was submitted with came after papers closed, and nobody has agreed to that."""
    report = context.session.get_one(Report, context.case.id)
    if context.now < meeting.papers_close_at or report.late_agreed_at is not None:
        return False
    last = select(func.max(ReportEdition.made_at)).where(ReportEdition.report_id == context.case.id)
    made_at = context.session.scalars(last).one()
    return made_at is not None and made_at >= meeting.papers_close_at


def _chair(context: Context, meeting: Meeting) -> str:
    body = context.session.get_one(Body, meeting.body_id)
    return context.session.get_one(Post, body.chair_post_id).name


def _agree_late(context: Context) -> None:
    report = context.session.get_one(Report, context.case.id)
    report.late_reason, report.late_agreed_by_id = context.reason, context.person_id
    report.late_agreed_at = context.now
    context.tell(
        "late_agreed",
        f"May come late: {context.case.safe_title}",
        "The chair has agreed to take this report late.",
        "You have a part in this report.",
        roles=("author", "sponsor", "clerk"),
    )


effect("record_late_agreement@1", record=_agree_late)
