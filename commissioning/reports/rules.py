"""What the definition `board-report` names: its guards and effects, the days it counts from, where signatures stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import insert, select

from commissioning.audit import canonical, sha256
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, Stale
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.meetings.following import dates_anew
from commissioning.models.bodies import Body, Meeting
from commissioning.models.deciding import Arrangement
from commissioning.models.people import Person, Post
from commissioning.models.reports import Report, ReportEdition, ReportSignOff
from commissioning.reports.claimed import list_unexplained, read_exemptions
from commissioning.reports.covers import MET, Parts, covered_text, is_current, read_parts, status
from commissioning.reports.deadlines import sign_offs_by, why_too_late
from commissioning.reports.edition import RECOMMENDATIONS, edition
from commissioning.reports.findings import findings_of
from workflows.engine import SignOffStatus
from workflows.london import london_day
from workflows.registry import Refusal

KIND = "report"
RECORDED_WITHIN = 5
"""Working days after a meeting that another system runs within which its outcomes are recorded here."""


def parts_of(context: Context) -> Parts:
    """The report's parts, read once for each step."""
    if "parts" not in context.memo:
        context.memo["parts"] = read_parts(context.session, context.case.id)
    parts: Parts = context.memo["parts"]
    return parts


def meeting_of(context: Context) -> Meeting | None:
    """The meeting that the report is for."""
    meeting_id = context.session.get_one(Report, context.case.id).meeting_id
    return context.session.get(Meeting, meeting_id) if meeting_id else None


def arrangement_of(context: Context) -> Arrangement | None:
    """How the report is decided without a meeting, if it is."""
    return context.session.get(Arrangement, context.case.id)


def _dates(context: Context) -> Mapping[str, date]:
    report = context.session.get_one(Report, context.case.id)
    meeting = context.session.get(Meeting, report.meeting_id) if report.meeting_id else None
    return _days(context, report, meeting, london_day(meeting.papers_close_at) if meeting else None)


def _dates_anew(context: Context) -> Mapping[str, date]:
    """The same by the calendar as it is now, which may move the dates of the meeting."""
    report = context.session.get_one(Report, context.case.id)
    meeting = context.session.get(Meeting, report.meeting_id) if report.meeting_id else None
    found = dates_anew(context, meeting) if meeting else None
    return _days(context, report, meeting, london_day(found.papers_close_at)) if found else _dates(context)


def _days(context: Context, report: Report, meeting: Meeting | None, closing: date | None) -> Mapping[str, date]:
    arrangement = arrangement_of(context)
    settle = _settled_by(context, meeting, closing) if meeting and closing else None
    if arrangement is not None:
        closing = settle = arrangement.decide_on
    found = {"draft_on": report.draft_on or closing, "sign_off_on": report.sign_off_on or closing}
    found |= {"papers_close_on": closing, "settle_on": settle}
    return {name: day for name, day in found.items() if day is not None}


def _settled_by(context: Context, meeting: Meeting, closing: date) -> date:
    """By when a submitted paper is on the agenda; of a body kept elsewhere, by when its outcomes are recorded."""
    kept = context.session.get_one(Body, meeting.body_id).kept_in
    base, days = (meeting.meeting_on, RECORDED_WITHIN) if kept else (closing, 1)
    return context.calendar.add_working_days(base, days)


def _sign_offs(context: Context) -> SignOffStatus:
    parts = read_parts(context.session, context.case.id)
    meeting = context.session.get(Meeting, parts.report.meeting_id) if parts.report.meeting_id else None
    body = context.session.get(Body, meeting.body_id) if meeting else None
    return status(context.session, parts, in_order=bool(body and body.sign_off_order == "in_order"))


house.kind(Kind(KIND, "REP", "board-report", dates=_dates, dates_anew=_dates_anew, sign_offs=_sign_offs))


@guard("has_meeting@1")
def has_meeting(context: Context) -> Refusal | None:
    """A paper is for a meeting: its dates follow from it."""
    if meeting_of(context) is None and arrangement_of(context) is None:
        return Refusal("no_meeting", "Choose the meeting that it is for", "the author")
    return None


@guard("has_sponsor@1")
def has_sponsor(context: Context) -> Refusal | None:
    """LI-01: a report has a sponsor, who is not its author."""
    if not any(p.role == "sponsor" for p in context.parties):
        return Refusal("no_sponsor", "Name the report’s sponsor", "the author")
    return None


@guard("has_recommendation@1")
def has_recommendation(context: Context) -> Refusal | None:
    """LI-04: there is something to decide, comment on or note."""
    if not parts_of(context).recommendations:
        return Refusal("no_recommendation", "Add at least one recommendation", "the author")
    return None


@guard("has_sign_offs@1")
def has_sign_offs(context: Context) -> Refusal | None:
    """BR-41: somebody answers for the implications."""
    if not parts_of(context).sign_offs:
        return Refusal("no_sign_offs", "Choose who signs off the implications", "the author")
    return None


@guard("parts_complete@1")
def parts_complete(context: Context) -> Refusal | None:
    """BR-40: every required heading is answered; "None, because ..." is an answer, blank is not.

    BR-45: what changes the status or terms of staff comes with its assessment. P-13: what is exempt comes with its
    paragraph of Schedule 12A, the reason and a day of review.
    """
    parts = parts_of(context)
    sections = [s for s in parts.sections if s.key != RECOMMENDATIONS]
    blank = [s.heading for s in sections if s.is_required and not parts.text_of(s).strip()]
    if blank:
        return Refusal("parts_blank", "Still blank: " + ", ".join(blank), "the author")
    assessed = any(a.kind == "assessment" and a.file_sha256 for a in parts.appendices)
    if parts.report.changes_terms and not assessed:
        text = (
            "It changes the status or terms of staff: attach the equality impact assessment, an appendix of that kind"
        )
        return Refusal("not_assessed", text, "the author")
    unexplained = list_unexplained(parts, read_exemptions(context.session, [context.case.id])[context.case.id])
    if unexplained:
        text = (
            f"Exempt, and nothing says why: {', '.join(p.name for p in unexplained)}. See “What is withheld, and why”"
        )
        return Refusal("unexplained", text, "the author")
    return None


@guard("sign_offs_current@1")
def sign_offs_current(context: Context) -> Refusal | None:
    """Every sign-off covers the text as it is now; silence never counts."""
    sign_off = context.case.workflow.sign_offs["clearance"]
    found = context.sign_off_status()
    return (found or SignOffStatus()).refusal(sign_off)


@guard("no_blocking_findings@1")
def no_blocking_findings(context: Context) -> Refusal | None:
    """The findings that this body holds submission back for."""
    blockers = [f for f in findings_of(context.session, parts_of(context), context.today) if f.severity == "blocker"]
    if blockers:
        said = "; ".join(f"{f.where.label}: {f.message}" for f in blockers[:5])
        return Refusal("blocking_findings", f"Put right first: {said}", "the author")
    return None


class AskFields(BaseModel):
    """By when the sign-offs are asked for, and why at short notice if it is short."""

    model_config = ConfigDict(extra="forbid")

    sign_off_on: date | None = Field(None, title="Sign-offs are needed by")
    short_notice_reason: Annotated[str, Field(max_length=1000)] = Field(
        "",
        title="Reason for short notice",
        description="Only if a team gets fewer working days than its notice asks for. The team will see it.",
    )


def _ask_sign_offs(context: Context) -> None:
    """Ask everybody named who has not answered for what stands there; each team has its own notice."""
    fields: AskFields = context.fields
    report = context.session.get_one(Report, context.case.id)
    parts = read_parts(context.session, context.case.id)
    closing = _dates(context).get("papers_close_on")
    due = fields.sign_off_on or sign_offs_by(context.calendar, context.today, report.sign_off_on, closing)
    if due < context.today:
        raise Invalid({"sign_off_on": "Date for sign-offs must be today or later"})
    if why := why_too_late("sign_off_on", due, meeting_of(context)):
        raise Invalid({"sign_off_on": why})
    posts = {
        p.id: p for p in context.session.scalars(select(Post).where(Post.id.in_([s.post_id for s in parts.sign_offs])))
    }
    notice = context.calendar.working_days_between(context.today, due)
    waiting = [s for s in parts.sign_offs if not (s.outcome in MET and is_current(parts, s))]
    short = [posts[s.post_id].name for s in waiting if notice < posts[s.post_id].notice_days]
    if short and not fields.short_notice_reason.strip():
        names = ", ".join(short)
        raise Invalid({"short_notice_reason": f"That is short notice for {names}: enter a reason, which they will see"})
    context.changed("sign_off_on", report.sign_off_on, due)
    report.sign_off_on = due
    report.short_notice_reason = fields.short_notice_reason.strip()
    for sign_off in waiting:
        sign_off.due_on, sign_off.asked_at = due, context.now
    context.notes["asked"] = sorted(posts[s.post_id].name for s in waiting)
    context.tell(
        "sign_off_asked",
        f"Sign-off asked by {due:%-d %B %Y}: {context.case.safe_title}",
        "A report is waiting for your team’s sign-off.",
        "Your team is asked to sign this report off.",
        roles=("asked",),
        parts=[s.id for s in waiting],
    )


effect("ask_sign_offs@1", fields=AskFields, record=_ask_sign_offs)

Outcome = Literal["cleared", "cleared_with_conditions", "changes_requested", "not_applicable"]


class SignOffFields(BaseModel):
    """A signer's answer. `version` is the sign-off's own, as the signer saw it; `seen` the hash of the text shown."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome
    comment: Annotated[str, Field(max_length=10_000)] = ""
    conditions: Annotated[str, Field(max_length=4000)] = ""
    corrections_allowed: bool = False
    version: int | None = None
    seen: str | None = None


def _record_sign_off(context: Context) -> None:
    """Store the answer in the signer's own words, bound to the text that it covers (BR-41)."""
    fields: SignOffFields = context.fields
    parts = read_parts(context.session, context.case.id)
    sign_off = next((s for s in parts.sign_offs if s.id == context.memo.get("part")), None)
    if sign_off is None:
        raise NotFound
    text = covered_text(parts, sign_off)
    _check_answer(context, sign_off, fields, text)
    context.changed("outcome", sign_off.outcome, fields.outcome)
    sign_off.outcome, sign_off.comment = fields.outcome, fields.comment.strip()
    sign_off.conditions, sign_off.corrections_allowed = fields.conditions.strip(), fields.corrections_allowed
    sign_off.signed_by_id, sign_off.signed_for_id = context.person_id, context.acting_for
    sign_off.recorded_by_id, sign_off.recorded_evidence = None, ""
    sign_off.disputed_at, sign_off.dispute = None, ""
    sign_off.signed_at = context.now
    sign_off.signed_post_name = context.session.get_one(Post, sign_off.post_id).name
    sign_off.content, sign_off.content_sha256 = text, sha256(text)
    sign_off.version += 1
    context.notes |= {"post": sign_off.signed_post_name, "comment": sign_off.comment, "outcome": fields.outcome}
    context.hashes["covered"] = sign_off.content_sha256
    if fields.outcome == "changes_requested":
        context.tell(
            "changes_requested",
            f"Changes requested: {context.case.safe_title}",
            f"{sign_off.signed_post_name} asks for changes before signing off.",
            "You are the author or a contributor of this report.",
            roles=("author", "contributor"),
        )


def _check_answer(context: Context, sign_off: ReportSignOff, fields: SignOffFields, text: str) -> None:
    if fields.version is not None and fields.version != sign_off.version:
        who = context.session.get(Person, sign_off.signed_by_id) if sign_off.signed_by_id else None
        raise Stale(
            "This sign-off",
            who.name if who else "",
            sign_off.signed_at,
            theirs=sign_off.comment,
            yours=fields.comment,
            version=sign_off.version,
        )
    if fields.seen is not None and fields.seen != sha256(text):
        raise Stale(
            "The text that you were reading", yours=fields.comment, theirs="It was edited while you were reading."
        )
    if fields.outcome == "cleared_with_conditions" and not fields.conditions.strip():
        raise Invalid({"conditions": "Enter the conditions: they are printed under the implication"})
    if fields.outcome in ("changes_requested", "not_applicable") and not fields.comment.strip():
        raise Invalid({"comment": "Enter a comment that says why"})


effect("record_sign_off@1", fields=SignOffFields, record=_record_sign_off)


def freeze(context: Context) -> None:
    """What is submitted is frozen: a copy of the whole paper, its hash in the event."""
    parts = read_parts(context.session, context.case.id)
    text = canonical(edition(context.session, parts, context.case))
    previous = context.session.scalars(
        select(ReportEdition.number).where(ReportEdition.report_id == context.case.id).order_by(ReportEdition.number)
    ).all()
    number = (previous[-1] if previous else 0) + 1
    digest = sha256(text)
    context.session.execute(
        insert(ReportEdition).values(
            report_id=context.case.id, number=number, made_at=context.now, content=text, sha256=digest
        )
    )
    context.hashes["edition"] = digest
    context.notes["edition"] = number


effect("freeze_edition@1", record=freeze)
