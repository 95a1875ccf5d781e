"""The lints run on a stored report, with the severities of the body that it goes to."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.people import StoredFile
from commissioning.models.reports import RouteStop
from commissioning.reports import lints
from commissioning.reports.covers import Parts
from commissioning.reports.lints import Appendix, BodyName, Finding, PaperText, Recommendation, Section, lint


def paper_text(session: Session, parts: Parts) -> PaperText:
    """A stored report as the lints read it."""
    report = parts.report
    meeting = session.get(Meeting, report.meeting_id) if report.meeting_id else None
    bodies = {b.case_id: b for b in session.scalars(select(Body).order_by(Body.name))}
    names = {i: BodyName(b.name, (b.short_name,) if b.short_name else ()) for i, b in bodies.items()}
    stops = session.scalars(
        select(RouteStop).where(RouteStop.report_id == report.case_id).order_by(RouteStop.position)
    ).all()
    tabled = meeting.body_id if meeting else (stops[0].body_id if stops else None)
    decider = next((s for s in stops if s.decides), None)
    deciding = decider.body_id if decider else tabled
    # A deadline is measured against the meeting that decides, where the route names one (LI-14, BR-42).
    later = session.get(Meeting, decider.meeting_id) if decider and decider.meeting_id and deciding != tabled else None
    texts = _texts(session, parts)
    return PaperText(
        title=session.get_one(Case, report.case_id).title,
        tabled_at=names[tabled] if tabled else BodyName("the board", ()),
        meeting_on=later.meeting_on if later else meeting.meeting_on if meeting else None,
        decided_at=names[deciding] if deciding and deciding != tabled else None,
        known_bodies=tuple(names.values()),
        sections=tuple(
            Section(
                key=s.key,
                heading=s.heading,
                text=parts.text_of(s),
                number=str(n),
                kind="implication" if s.kind == "implication" else "section",
            )
            for n, s in enumerate(parts.sections, 1)
        ),
        recommendations=tuple(
            Recommendation(
                number=str(n),
                ask=r.ask,
                text=r.text,
                reasons=r.reasons,
                risks=r.risks,
                amount_pence=r.amount_pence,
                deadline_on=r.deadline_on,
                options=tuple(o.text for o in parts.options[r.id]),
            )
            for n, r in enumerate(parts.recommendations, 1)
        ),
        risks=tuple(r.arises for r in parts.risks),
        appendices=tuple(
            Appendix(a.letter, a.title, a.file_sha256 is not None, texts.get(a.file_sha256 or ""))
            for a in parts.appendices
        ),
    )


def findings_of(session: Session, parts: Parts, today: date) -> list[Finding]:
    """What the lints find in a report today; the body where it is tabled says which of them hold it back."""
    meeting = session.get(Meeting, parts.report.meeting_id) if parts.report.meeting_id else None
    body = session.get(Body, meeting.body_id) if meeting else None
    blocking = set(body.blocking_findings.split(",")) if body else set()
    severities = {code: ("blocker" if code in blocking else "warning") for code in lints.TITLES} if body else None
    return lint(paper_text(session, parts), today, severities)  # type: ignore[arg-type]  # literals by construction


def _texts(session: Session, parts: Parts) -> dict[str, str | None]:
    hashes = [a.file_sha256 for a in parts.appendices if a.file_sha256]
    if not hashes:
        return {}
    rows = session.execute(select(StoredFile.sha256, StoredFile.text).where(StoredFile.sha256.in_(hashes)))
    return {r.sha256: r.text for r in rows}
