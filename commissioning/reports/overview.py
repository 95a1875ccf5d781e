"""What the page of one report is made of: its parts with how far they are, findings with their spots, its dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.meetings.dates import RUNGS, rungs
from commissioning.models.reports import RISK
from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.reports.lints import TITLES, Anchor, Finding
from commissioning.reports.lints.paper import lines_of
from commissioning.reports.numbering import number_of_line
from commissioning.reports.queries import ReportView
from workflows.back_planning import ladder
from workflows.london import london_day
from workflows.working_days import BeyondCalendar

DONE = ("Complete", "")
TO_DO = ("Not started", "blue")
OPTIONAL = ("Optional", "grey")


@dataclass(frozen=True)
class PartItem:
    """One line of the list of parts. `path` is below the report's own address."""

    group: str
    title: str
    path: str
    status: str
    tone: str
    hint: str = ""


def part_list(view: ReportView) -> list[PartItem]:
    """Every part of the report with how far it is, in the order in which one writes it."""
    items = [_header(view), _people(view)]
    numbered = enumerate((s for s in view.parts.sections if s.key != RECOMMENDATIONS), 1)
    for number, s in numbered:
        group = "Implications" if s.kind == "implication" else "Sections"
        status = DONE if view.parts.text_of(s).strip() else (TO_DO if s.is_required else OPTIONAL)
        hint = "“None, because ...” is an answer; blank is not" if group == "Implications" and not s.text else ""
        if s.secrecy != "open":
            hint = s.secrecy.capitalize()
        items.append(PartItem(group, f"{number}. {s.heading}", f"sections/{s.id}", *status, hint))
        if s.key == RISK:
            items.append(_risks(view, group))
    count = len(view.parts.recommendations)
    what = (f"{count} written", "") if count else TO_DO
    items.append(PartItem("What is asked", "Recommendations", "recommendations", *what))
    files = len([a for a in view.parts.appendices if a.file_sha256])
    missing = len(view.parts.appendices) - files
    what = (f"{missing} without a file", "orange") if missing else (f"{files} attached", "") if files else OPTIONAL
    items.append(PartItem("What is asked", "Appendices", "appendices", *what))
    return items


def _risks(view: ReportView, group: str) -> PartItem:
    risks = view.parts.risks
    has_other = any(r.arises == "not_decided" for r in risks)
    status = (f"{len(risks)} listed", "") if risks else OPTIONAL
    return PartItem(group, "Risks, one by one", "risks", *status, "" if has_other else "Also of not deciding")


def _header(view: ReportView) -> PartItem:
    r = view.parts.report
    missing = [
        words
        for value, words in (
            (r.purpose, "purpose"),
            (r.report_of, "whose report it is"),
            (r.contact_name, "contact officer"),
        )
        if not value
    ]
    status = ("Started", "blue") if missing else DONE
    return PartItem("Cover", "Header", "header", *status, f"Missing: {', '.join(missing)}" if missing else "")


def _people(view: ReportView) -> PartItem:
    missing = [] if view.people("sponsor") else ["sponsor"]
    missing += [] if view.parts.sign_offs else ["who signs off"]
    status = TO_DO if missing else DONE
    return PartItem("Cover", "People", "people", *status, f"Missing: {', '.join(missing)}" if missing else "")


@dataclass(frozen=True)
class Spot:
    """A finding with the address of its spot, below the report's own, and its number as it is printed."""

    finding: Finding
    title: str
    place: str
    path: str


def find_spots(view: ReportView, found: Sequence[Finding], may_edit: bool) -> list[Spot]:
    """Findings, those that hold the report back first, each with where to go."""
    ordered = sorted(found, key=lambda f: f.severity != "blocker")
    return [Spot(f, TITLES[f.code], *_place(view, f.where, may_edit)) for f in ordered]


def _place(view: ReportView, where: Anchor, may_edit: bool) -> tuple[str, str]:
    if where.part == "section":
        lead = next((s for s in view.parts.sections if s.key == RECOMMENDATIONS == where.key), None)
        if lead is not None:
            return f"Before {lead.heading.lower()}", f"sections/{lead.id}" if may_edit else "preview#asks"
        sections = [s for s in view.parts.sections if s.key != RECOMMENDATIONS]
        number, found = next(((n, s) for n, s in enumerate(sections, 1) if s.key == where.key), (0, None))
        if found is not None:
            text = view.parts.text_of(found)
            label = number_of_line(number, text, where.paragraph) if where.paragraph else str(number)
            is_listed = found.key == RISK and (where.paragraph is None or where.paragraph > len(lines_of(found.text)))
            path = "risks" if is_listed else f"sections/{found.id}"
            path = path if may_edit else f"preview#section-{number}"
            return f"{label} {found.heading}", path
    if where.part == "recommendation":
        row = next((r for r in view.parts.recommendations if str(r.position) == where.key), None)
        if row is not None:
            return f"Recommendation {row.position}", f"recommendations/{row.id}" if may_edit else "preview#asks"
    if where.part == "appendix":
        return where.label, "appendices" if may_edit else "preview#appendices"
    return where.label[:1].upper() + where.label[1:], "header" if may_edit else "preview"


@dataclass(frozen=True)
class Step:
    """One date that leads to the meeting; `skipped` says which days did not count, and why."""

    name: str
    on: date
    skipped: str
    is_past: bool
    days_left: int


def dates_to_meeting(session: Session, view: ReportView, now: datetime, notice_days: int = 0) -> list[Step]:
    """Every date that leads to the meeting, the meeting itself last. Nothing where the calendar is not known so far.

    `notice_days`: of a notice that is still to be given.
    """
    if view.meeting is None or view.body is None:
        return []
    calendar, today = council_calendar(session, view.body.case_id), london_day(now)
    try:
        steps = ladder(view.meeting.meeting_on, rungs(view.body, notice_days), calendar)
    except BeyondCalendar:
        return []
    found = [
        Step(
            RUNGS[s.rung.code],
            s.on,
            ", ".join(f"{d.on:%-d %b} ({d.why})" for d in s.skipped if d.why not in ("Sat", "Sun")),
            now >= s.due_at,
            calendar.working_days_left(today, s.on),
        )
        for s in steps
    ]
    on = view.meeting.meeting_on
    return [*found, Step("Meeting", on, "", on < today, calendar.working_days_left(today, on))]
