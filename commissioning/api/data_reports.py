"""What a report holds, for `GET /cases/{id}`; its secret parts only for who may read them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm import selectinload

from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.audit import sha256
from commissioning.models.cases import CaseRole
from commissioning.models.outside import OutsideComment
from commissioning.models.reports import (
    RISK,
    Appendix,
    Recommendation,
    RecommendationOption,
    Report,
    ReportSignOff,
    Risk,
    RouteStop,
    Section,
)
from commissioning.reports.covers import covered_text, is_current, read_parts
from commissioning.reports.edition import HEADER
from commissioning.reports.heard import asked_of
from commissioning.reports.marks import class_of, has_marks, open_text
from commissioning.visibility import has_part, may_read_secret

_TEXTS = ("heading", "kind", "speciality", "hint", "is_required", "text", "secrecy", "version")
_ASKS = ("ask", "text", "reasons", "risks", "amount_pence", "deadline_on", "least", "most", "secrecy", "version")
_RISKS = ("text", "arises", "rating", "consequence", "response", "secrecy", "version")
_OUTSIDE = (
    *("id", "body", "question", "asked_on", "due_on", "answer", "text", "said_by", "said_on", "secrecy", "file_name"),
    "recorded_at",
)
_DAYS = ("draft_on", "sign_off_on", "short_notice_reason", "late_agreed_at")
_SIGNED = ("speciality", "outcome", "comment", "conditions", "corrections_allowed")


@data_of("report")
def report_data(reader: Reader) -> Data:
    """A paper's header, way, people, parts and sign-offs. `version` is the header's own, for PATCH."""
    session, report_id = reader.session, reader.case.id
    report = session.get_one(Report, report_id)
    is_open = true() if reader.holds(may_read_secret(reader.actor, reader.today)) else None
    sections = session.scalars(_parts(Section, report_id, is_open)).all()
    return {
        "version": report.version,
        "safe_title": reader.case.safe_title,
        "secrecy": reader.case.secrecy,
        "meeting_id": report.meeting_id,
        **columns_of(report, *HEADER, *_DAYS),
        "route": [
            {**columns_of(stop, "body_id", "position", "decides", "meeting_id"), "ask": asked_of(stop)}
            for stop in session.scalars(
                select(RouteStop).where(RouteStop.report_id == report_id).order_by(RouteStop.position, RouteStop.id)
            )
        ],
        "outside": _outside(reader, is_open is not None),
        "people": _people(reader),
        "sections": [
            {
                "id": s.id,
                "key": s.key,
                **columns_of(s, *_TEXTS),
                "text": open_text(s.text) if is_open is None else s.text,
            }
            for s in sections
        ],
        "risks": [
            {"id": r.id, "number": r.position, **columns_of(r, *_RISKS)}
            for r in session.scalars(_parts(Risk, report_id, is_open))
            if any(s.key == RISK for s in sections)
        ],
        "recommendations": _recommendations(reader, is_open),
        "appendices": [
            columns_of(a, "id", "letter", "title", "kind", "is_illustrative", "file_name", "secrecy", "version")
            for a in session.scalars(_parts(Appendix, report_id, is_open))
        ],
        "sign_offs": _sign_offs(reader, is_open is not None),
    }


def _outside(reader: Reader, may_read: bool) -> list[Data]:
    """What bodies outside are asked, and what they said; for who has a part in the report."""
    if not reader.holds(has_part(reader.actor)):
        return []
    mine = [OutsideComment.report_id == reader.case.id]
    if not may_read:
        mine.append(OutsideComment.secrecy == "open")
    rows = reader.session.scalars(select(OutsideComment).where(*mine).order_by(OutsideComment.id))
    return [columns_of(row, *_OUTSIDE) for row in rows]


def secret_read(data: Data) -> tuple[str, ...]:
    """What of a report's data is exempt or confidential, as words that reveal nothing of it."""
    found = ["the whole report"] if data["secrecy"] != "open" else []
    for name in ("sections", "risks", "recommendations", "appendices", "outside"):
        count = sum(p["secrecy"] != "open" or has_marks(str(p.get("text", ""))) for p in data[name])
        found += [f"{name}: {count}"] if count else []
    return tuple(found)


def _parts(model: Any, report_id: int, is_open: ColumnElement[bool] | None) -> Select[Any]:
    allowed = model.secrecy == "open" if is_open is None else is_open
    return select(model).where(model.report_id == report_id, allowed).order_by(model.position, model.id)


def _people(reader: Reader) -> list[Data]:
    rows = reader.session.scalars(
        select(CaseRole)
        .where(CaseRole.case_id == reader.case.id)
        .options(selectinload(CaseRole.person), selectinload(CaseRole.post))
        .order_by(CaseRole.role, CaseRole.id)
    )
    return [{**columns_of(r, "role", "person_id", "post_id", "part"), "name": r.holder_name} for r in rows]


def _recommendations(reader: Reader, is_open: ColumnElement[bool] | None) -> list[Data]:
    rows = reader.session.scalars(_parts(Recommendation, reader.case.id, is_open)).all()
    options: dict[int, list[Data]] = {r.id: [] for r in rows}
    for option in reader.session.scalars(
        select(RecommendationOption)
        .where(RecommendationOption.recommendation_id.in_(options))
        .order_by(RecommendationOption.position, RecommendationOption.id)
    ):
        options[option.recommendation_id].append(columns_of(option, "id", "text", "is_suggested"))
    known = reader.seen({r.about_id for r in rows})
    return [
        {
            "id": r.id,
            "number": r.position,
            **columns_of(r, *_ASKS),
            "about_id": r.about_id if r.about_id in known else None,
            "about_step": r.about_step if r.about_id in known else None,
            "options": options[r.id],
        }
        for r in rows
    ]


def _sign_offs(reader: Reader, may_read: bool) -> list[Data]:
    """Who was asked and what they said; their words only for who may read all that they cover."""
    session = reader.session
    parts = read_parts(session, reader.case.id)
    secrecies = [
        *(s.secrecy if s.secrecy != "open" else class_of(parts.text_of(s)) for s in parts.sections),
        *(r.secrecy for r in parts.recommendations),
        *(a.secrecy for a in parts.appendices),
    ]
    if not may_read and any(secrecy != "open" for secrecy in secrecies):
        return []
    as_read = {s.id: s for s in parts.sign_offs}
    rows = session.scalars(
        select(ReportSignOff)
        .where(ReportSignOff.report_id == reader.case.id)
        .options(selectinload(ReportSignOff.post), selectinload(ReportSignOff.signed_by))
        .order_by(ReportSignOff.position, ReportSignOff.id)
    )
    return [
        {
            "id": s.id,
            "post_id": s.post_id,
            "post": s.post.name,
            **columns_of(s, *_SIGNED, "asked_at", "due_on", "signed_at", "version"),
            "signed_by": s.signed_by.name if s.signed_by else None,
            "is_stale": s.outcome is not None and not is_current(parts, as_read[s.id]),
            "covered_sha256": sha256(covered_text(parts, as_read[s.id])),
        }
        for s in rows
    ]
