"""The first page of who works on papers: author, signing officer, sponsor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.home.queries import Named
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case, CaseRole
from commissioning.models.reports import Report, ReportSignOff
from commissioning.reports.covers import MET, Parts, is_current, read_many_parts, what_changed
from commissioning.statements import Work, run
from commissioning.visibility import DAY, asking, visible

MOST = 25
CHANGES = "Changes requested"


@dataclass(frozen=True, slots=True)
class SignOffLine:
    """One sign-off of a paper: who holds it and since when, or what became of it."""

    sign_off: ReportSignOff
    status: str
    tone: str
    changed: tuple[str, ...] = ()
    """What is covered and changed since the signature, in reading order."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One report on its author's or sponsor's page."""

    case: Any
    report: Report
    meeting: Meeting | None
    state_label: str
    blank: tuple[str, ...]
    """Required headings that are still blank."""
    sign_offs: tuple[SignOffLine, ...]

    @property
    def changes_requested(self) -> tuple[ReportSignOff, ...]:
        """Answers that ask for changes, while sign-offs are asked and what they cover stands unchanged: they wait for
        the author, not for the team (BR-41)."""
        asks = house.workflows[self.case.definition].states[self.case.state].asks
        is_asked = any(a.step in ("sign_off", "resign") for a in asks)
        return tuple(s.sign_off for s in self.sign_offs if is_asked and s.status == CHANGES)


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One sign-off asked of a team, with the paper that it is about."""

    case: Case
    line: SignOffLine


@lru_cache(maxsize=64)
def _own_papers(who: Actor) -> Any:
    return (
        select(CaseRole.role, Case.id, Case.title, Case.reference, Case.due_on, Case.definition, Case.state)
        .join(Case, Case.id == CaseRole.case_id)
        .where(
            CaseRole.person_id.in_(who.person_ids),
            CaseRole.role.in_(("author", "contributor", "sponsor")),
            visible(who, "report", DAY),
            Case.is_done.is_(False),
        )
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(4 * MOST)
    )


def ahead(actor: Actor, today: date) -> list[Work]:
    """What `list_own_papers` is about to ask, for `read_ahead`."""
    return [asking(_own_papers, actor, today)]


def list_own_papers(session: Session, actor: Actor, today: date) -> tuple[list[PaperLine], list[PaperLine]]:
    """Reports under way that the reader writes, and those that they sponsor, by name, each by due date."""
    (rows,) = run(session.connection(), *ahead(actor, today))
    written = list({r.id: r for r in rows if r.role != "sponsor"}.values())[:MOST]
    sponsored = list({r.id: r for r in rows if r.role == "sponsor"}.values())[:MOST]
    parts = read_many(session, sorted({r.id for r in (*written, *sponsored)}))
    meetings = _meetings(session, sorted({p.report.meeting_id for p in parts.values() if p.report.meeting_id}))
    return (
        [_paper_line(r, parts[r.id], meetings) for r in written],
        [_paper_line(r, parts[r.id], meetings) for r in sponsored],
    )


def _paper_line(case: Any, parts: Parts, meetings: dict[int, Meeting]) -> PaperLine:
    return PaperLine(
        case,
        parts.report,
        meetings.get(parts.report.meeting_id or 0),
        house.workflows[case.definition].states[case.state].label,
        tuple(s.heading for s in parts.sections if s.is_required and not parts.text_of(s).strip()),
        tuple(sign_off_line(parts, s) for s in parts.sign_offs),
    )


def _meetings(session: Session, ids: Sequence[int]) -> dict[int, Meeting]:
    if not ids:
        return {}
    found = session.scalars(select(Meeting).where(Meeting.case_id.in_(ids)).options(joinedload(Meeting.body)))
    return {m.case_id: m for m in found}


def list_asked(session: Session, actor: Actor, teams: Sequence[Named], today: date) -> list[AskedLine]:
    """Sign-offs asked of these teams that wait for them: unanswered, or stale because something covered changed."""
    if not teams:
        return []
    rows = session.execute(
        select(Case, ReportSignOff)
        .join(ReportSignOff, ReportSignOff.report_id == Case.id)
        .where(
            visible(actor, "report", today),
            Case.is_done.is_(False),
            Case.state.in_(("in_clearance", "with_sponsor", "submitted", "on_agenda")),
            ReportSignOff.post_id.in_([t.id for t in teams]),
            ReportSignOff.asked_at.is_not(None),
        )
        .options(joinedload(ReportSignOff.post))
        .order_by(ReportSignOff.due_on, Case.id, ReportSignOff.id)
        .limit(2 * MOST)
    ).all()
    parts = read_many(session, sorted({r[0].id for r in rows}))
    found = [AskedLine(case, sign_off_line(parts[case.id], sign_off)) for case, sign_off in rows]
    return [a for a in found if a.line.status != "Signed" and a.line.tone != "green"][:MOST]


def sign_off_line(parts: Parts, sign_off: ReportSignOff) -> SignOffLine:
    """Where one sign-off stands, in words."""
    if sign_off.outcome is None:
        status = "Waiting" if sign_off.asked_at else "Not asked yet"
        return SignOffLine(sign_off, status, "yellow" if sign_off.asked_at else "grey")
    if not is_current(parts, sign_off):
        changed = tuple(what for what, _, _ in what_changed(parts, sign_off))
        return SignOffLine(sign_off, "Changed since signed", "orange", changed)
    if sign_off.outcome in MET:
        return SignOffLine(sign_off, "Signed", "green")
    return SignOffLine(sign_off, CHANGES, "red")


def read_many(session: Session, report_ids: Sequence[int]) -> dict[int, Parts]:
    """The parts of several reports, with who signs and who signed."""
    if not report_ids:
        return {}
    parts = read_many_parts(session, report_ids)
    signs = joinedload(ReportSignOff.post), joinedload(ReportSignOff.signed_by)
    session.scalars(select(ReportSignOff).where(ReportSignOff.report_id.in_(report_ids)).options(*signs)).all()
    return parts
