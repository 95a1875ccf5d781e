"""Writing a report: its beginning, its header and its sections. Every change goes through the door.

Each part has its own version: a save on a stale one raises `Stale` with both texts, and nothing that was typed is lost.
Recommendations are in `recommending`, appendices in `attaching`, people in `naming`, signing in `sign_offs`; all of
them are commands of this feature, and can be had from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.bodies import Meeting, SectionTemplate
from commissioning.models.cases import Case
from commissioning.models.reports import Report, RouteStop, Section
from commissioning.policy import may_globally
from commissioning.reports.attaching import remove_appendix, save_appendix
from commissioning.reports.checks import (
    MAX_TEXT,
    check_secrecy,
    check_title,
    check_version,
    contributes,
    secrecy_of,
    stamp,
)
from commissioning.reports.claimed import FIELDS, keep_claim
from commissioning.reports.deadlines import why_too_late
from commissioning.reports.naming import (
    name_contributor,
    name_signer,
    name_sponsor,
    remove_contributor,
    remove_signer,
)
from commissioning.reports.recommending import (
    Wording,
    move_recommendation,
    remove_recommendation,
    save_recommendation,
)
from commissioning.reports.stops import Stop, change_route, officers_of, route_of, seat_officers, store_route
from workflows.london import london_day
from workflows.registry import Refusal
from workflows.working_days import in_words

__all__ = [
    "Header",
    "Stop",
    "Wording",
    "change_meeting",
    "change_route",
    "create_report",
    "edit_header",
    "edit_section",
    "move_recommendation",
    "name_contributor",
    "name_signer",
    "name_sponsor",
    "remove_appendix",
    "remove_contributor",
    "remove_recommendation",
    "remove_signer",
    "save_appendix",
    "save_recommendation",
]

_ON_CASE = frozenset({"title", "safe_title", "restricted"})
DATES = ("exempt_review_on", "draft_on", "sign_off_on")


@dataclass(frozen=True)
class Header:
    """A report's header as typed (LI-01, LI-02, BR-39). None leaves a field as it is; `clear` names dates to empty."""

    title: str | None = None
    safe_title: str | None = None
    restricted: bool | None = None
    purpose: str | None = None
    report_of: str | None = None
    ward: str | None = None
    presenting_officer: str | None = None
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    is_confidential: bool | None = None
    is_exempt: bool | None = None
    exempt_paragraph: int | None = None
    public_interest: str | None = None
    exempt_review_on: date | None = None
    is_key_decision: bool | None = None
    key_reason: str | None = None
    background_papers: str | None = None
    changes_terms: bool | None = None
    draft_on: date | None = None
    sign_off_on: date | None = None
    clear: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """What is to be stored, by name."""
        typed = {n: v for n, v in vars(self).items() if v is not None and n != "clear"}
        stripped = {n: v.strip() if isinstance(v, str) else v for n, v in typed.items()}
        return stripped | {n: None for n in self.clear if n in DATES and n not in stripped}


def create_report(
    session: Session,
    actor: Actor,
    title: str,
    meeting_id: int,
    *,
    now: datetime,
    key: str | None = None,
    header: Header | None = None,
    route: Sequence[tuple[int, bool]] = (),
    author_id: int | None = None,
    is_allowed: bool = False,
) -> int:
    """Start a report for a meeting, with the sections of that body's template; its case id.

    `route` are further (body id, decides) after the meeting's own; the first body that decides need not be the first.
    `author_id` is for whom the service starts it; anybody else starts their own. `is_allowed`: who calls has found that
    the actor may start this one by their part in the work that it is about.
    Raises Forbidden, NotFound or Invalid.
    """
    author = author_id if actor.system else actor.person_id
    if author is None or not (actor.system or is_allowed or may_globally(actor, "reports.create")):
        raise Forbidden([Refusal("not_yours", "Only officers can start a report")])
    check_title(title)
    meeting = _meeting(session, meeting_id, london_day(now))
    stops, bodies = route_of(session, meeting, route)
    fields = header or Header()
    _check_header(fields.values(), Report(), meeting, london_day(now))
    roles = [("author", author, None, None), *officers_of(bodies, meeting.body_id)]
    case_id = create(
        session,
        actor,
        NewCase(
            "report",
            title.strip(),
            safe_title=(fields.safe_title or "").strip(),
            scope=f"body:{meeting.body_id}",
            secrecy=secrecy_of(fields.is_confidential, fields.is_exempt),
            restricted=bool(fields.restricted),
            roles=roles,
            facts=lambda case_id: [
                Report(
                    case_id=case_id,
                    meeting_id=meeting_id,
                    **{n: v for n, v in fields.values().items() if n not in _ON_CASE},
                ),
                *_first_sections(session, case_id, meeting.body_id),
            ],
            body={"meeting": meeting_id, "route": [[s.body_id, s.decides] for s in stops]},
        ),
        now=now,
        key=key,
    )
    if not session.scalars(select(RouteStop.id).where(RouteStop.report_id == case_id)).first():
        store_route(session, case_id, stops)
    if fields.is_exempt:
        keep_claim(session, session.get_one(Report, case_id))
    return case_id


def change_meeting(
    session: Session,
    actor: Actor,
    report_id: int,
    meeting_id: int,
    *,
    now: datetime,
    key: str | None = None,
    route: Sequence[tuple[int, bool]] = (),
) -> None:
    """Write the report for another meeting, perhaps of another body: its dates, clerks and chairs follow.

    A chair's agreement to take it late was for the old meeting and ends. Sections stay as they are written.
    """

    def change(context: Context) -> None:
        contributes(context)
        report = session.get_one(Report, report_id)
        meeting = _meeting(session, meeting_id, context.today)
        stops, bodies = route_of(session, meeting, route)
        context.changed("meeting_id", report.meeting_id, meeting_id)
        report.meeting_id = meeting_id
        report.late_reason, report.late_agreed_by_id, report.late_agreed_at = "", None, None
        report.version += 1
        context.case.scope = f"body:{meeting.body_id}"
        session.execute(delete(RouteStop).where(RouteStop.report_id == report_id))
        store_route(session, report_id, stops)
        seat_officers(context, bodies, meeting.body_id)

    amend(
        session, actor, report_id, "report.edit", "report.meeting_changed", change,
        now=now, key=key, body=[meeting_id, list(route)],
    )  # fmt: skip


def _meeting(session: Session, meeting_id: int, today: date) -> Meeting:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise Invalid({"meeting_id": "Choose a meeting"})
    if meeting.meeting_on < today or session.get_one(Case, meeting_id).is_done:
        raise Invalid({"meeting_id": "Choose a meeting that is still to come"})
    return meeting


def _first_sections(session: Session, case_id: int, body_id: int) -> list[Section]:
    templates = session.scalars(
        select(SectionTemplate)
        .where(SectionTemplate.body_id == body_id)
        .order_by(SectionTemplate.position, SectionTemplate.id)
    )
    return [
        Section(
            id=fresh_id(),
            report_id=case_id,
            position=t.position,
            key=t.key,
            heading=t.heading,
            kind=t.kind,
            speciality=t.speciality,
            hint=t.hint,
            is_required=t.is_required,
        )
        for t in templates
    ]


def edit_header(
    session: Session,
    actor: Actor,
    report_id: int,
    header: Header,
    version: int | None,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Change header fields. Raises Stale if somebody else changed the header since `version`."""

    def change(context: Context) -> None:
        contributes(context)
        report, case = session.get_one(Report, report_id), context.case
        values = header.values()
        if {"title", "safe_title", "restricted", "is_confidential", "is_exempt"} & values.keys():
            values["safe_title"] = _safe_title(values, report, case)
        holders: dict[str, Any] = {n: case if n in _ON_CASE else report for n in values}
        if all(getattr(holders[n], n) == v for n, v in values.items()):
            return
        check_version(context, report, "The header", version, _words(holders, values, stored=True), _words({}, values))
        meeting = session.get(Meeting, report.meeting_id) if report.meeting_id else None
        _check_header(values, report, meeting, context.today)
        for name, new in values.items():
            context.changed(name, getattr(holders[name], name), new)
            setattr(holders[name], name, new)
        case.secrecy = secrecy_of(report.is_confidential, report.is_exempt)
        report.version += 1
        if any(name in values for name in FIELDS):
            keep_claim(session, report)

    amend(session, actor, report_id, "report.edit", "report.header_edited", change, now=now, key=key, body=vars(header))


def edit_section(
    session: Session,
    actor: Actor,
    report_id: int,
    section_id: int,
    text: str,
    version: int | None,
    *,
    now: datetime,
    key: str | None = None,
    secrecy: str | None = None,
) -> int:
    """Store a section's text; its new version. Raises Stale with both texts, or Invalid if it is too long."""
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"Text must be {MAX_TEXT:,} characters or fewer; it has {len(text):,}"})
    check_secrecy(secrecy)
    found: list[int] = []

    def change(context: Context) -> None:
        contributes(context)
        section = session.get(Section, section_id)
        if section is None or section.report_id != report_id:
            raise NotFound
        new = text.replace("\r\n", "\n").strip()
        if section.text == new and (secrecy is None or section.secrecy == secrecy):
            found.append(section.version)
            return
        check_version(context, section, section.heading, version, section.text, new)
        context.changed(f"section:{section.key}", section.text, new)
        section.text = new
        if secrecy is not None:
            context.changed(f"secrecy:{section.key}", section.secrecy, secrecy)
            section.secrecy = secrecy
        stamp(context, section)
        found.append(section.version)

    amend(
        session, actor, report_id, "report.edit", "report.section_edited", change,
        now=now, key=key, body=[section_id, text, secrecy],
    )  # fmt: skip
    return found[0] if found else session.get_one(Section, section_id).version


_PAST = {
    "draft_on": "The draft’s date must be today or later",
    "sign_off_on": "Date for sign-offs must be today or later",
    "exempt_review_on": "Date of the review must be today or later",
}

_AFTER = "The draft must be ready by the day on which sign-offs are needed"


def _check_header(values: dict[str, Any], report: Report, meeting: Meeting | None, today: date) -> None:
    """Raises Invalid by field for the header as it would stand with these values. A date that stood stays as it was."""
    errors = _check_dates(values, report, meeting, today)
    if "title" in values:
        check_title(values["title"])
    for name, value in values.items():
        if isinstance(value, str) and len(value) > 4000:
            errors[name] = f"{name.replace('_', ' ').capitalize()} must be 4,000 characters or fewer"

    def would_be(name: str) -> Any:
        return values[name] if name in values else getattr(report, name)

    if would_be("is_exempt"):
        if would_be("exempt_paragraph") not in range(1, 8):
            errors["exempt_paragraph"] = "Choose the paragraph of Schedule 12A, 1 to 7"
        if not (would_be("public_interest") or "").strip():
            errors["public_interest"] = "Enter why withholding it outweighs the public interest in disclosing it"
        if would_be("exempt_review_on") is None:
            errors["exempt_review_on"] = "Enter the date on which the exemption is reviewed"
    if would_be("is_key_decision") and not (would_be("key_reason") or "").strip():
        errors["key_reason"] = "Enter why it is a key decision"
    if errors:
        raise Invalid(errors)


def _check_dates(values: dict[str, Any], report: Report, meeting: Meeting | None, today: date) -> dict[str, str]:
    """What is wrong with the days that are changed: past, too late for the meeting, or a draft after its sign-offs."""
    new = {n: values[n] for n in DATES if values.get(n) is not None and values[n] != getattr(report, n)}
    errors = {name: _PAST[name] for name, day in new.items() if day < today}
    for name in new.keys() & {"draft_on", "sign_off_on"}:
        if why := why_too_late(name, new[name], meeting):
            errors.setdefault(name, why)
    draft, signed = (values.get(n, getattr(report, n)) for n in ("draft_on", "sign_off_on"))
    if new.keys() & {"draft_on", "sign_off_on"} and draft and signed and draft > signed:
        errors.setdefault("draft_on", f"{_AFTER}, {in_words(signed)}")
    return errors


def _safe_title(values: dict[str, Any], report: Report, case: CaseRow) -> str:
    """What others read, as the header would stand: what was typed; else the title, or the reference if withheld."""
    alone = f"Report {case.reference}"
    stood = "" if case.safe_title in (case.title, alone) else case.safe_title
    typed: str = values.get("safe_title", stood)
    if typed:
        return typed
    secret = (values.get(name, getattr(report, name)) for name in ("is_confidential", "is_exempt"))
    is_withheld = any(secret) or values.get("restricted", case.restricted)
    return alone if is_withheld else str(values.get("title", case.title))


def _words(holders: dict[str, Any], values: dict[str, Any], *, stored: bool = False) -> str:
    """Header fields in words, as stored or as typed, for the two versions of a stale save."""
    lines = []
    for name, typed in values.items():
        value = getattr(holders[name], name) if stored else typed
        shown = ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else value
        lines.append(f"{name.removeprefix('is_').removesuffix('_on').replace('_', ' ').capitalize()}: {shown}")
    return "\n".join(lines)
