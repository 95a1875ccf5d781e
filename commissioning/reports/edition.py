"""The whole paper as one value: what is frozen on submission, shown in previews, and compared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import CaseRole
from commissioning.models.people import Person, Post
from commissioning.models.reports import ReportSignOff
from commissioning.reports.covers import Parts
from commissioning.reports.heard import list_heard
from commissioning.reports.marks import has_marks, open_text
from commissioning.reports.references import with_references

RECOMMENDATIONS = "recommendations"
"""The key of a template's section in whose place the recommendations stand; without one they stand last."""

HEADER = (
    "purpose",
    "report_of",
    "ward",
    "presenting_officer",
    "contact_name",
    "contact_phone",
    "contact_email",
    "is_confidential",
    "is_exempt",
    "exempt_paragraph",
    "public_interest",
    "exempt_review_on",
    "is_key_decision",
    "key_reason",
    "changes_terms",
    "background_papers",
    "late_reason",
)


def edition(session: Session, parts: Parts, case: Any) -> dict[str, Any]:
    """The paper with header, people, sections, recommendations, appendices and sign-offs, in plain values."""
    meeting = session.get(Meeting, parts.report.meeting_id) if parts.report.meeting_id else None
    body = session.get(Body, meeting.body_id) if meeting else None
    roles = session.scalars(
        select(CaseRole)
        .where(CaseRole.case_id == case.id, CaseRole.role.in_(("author", "contributor", "sponsor")))
        .order_by(CaseRole.role, CaseRole.id)
    )
    # Numbers are those of the whole paper, also in an edition from which something is withheld.
    headed = [s.key for s in parts.sections if s.key != RECOMMENDATIONS]
    numbers = {key: n for n, key in enumerate(headed, 1)}
    paper = {
        "reference": case.reference,
        "title": case.title,
        "body": body.name if body else None,
        "meeting_on": meeting.meeting_on if meeting else None,
        "header": {name: getattr(parts.report, name) for name in HEADER},
        "people": [[r.role, r.holder_name] for r in roles],
        "sections": [
            {
                "number": numbers.get(s.key),
                "key": s.key,
                "heading": s.heading,
                "kind": s.kind,
                "speciality": s.speciality,
                "text": parts.text_of(s),
                "secrecy": s.secrecy,
            }
            for s in parts.sections
        ],
        "recommendations": [
            {
                "number": r.position,
                "ask": r.ask,
                "text": r.text,
                "reasons": r.reasons,
                "risks": r.risks,
                "amount_pence": r.amount_pence,
                "deadline_on": r.deadline_on,
                "least": r.least,
                "most": r.most,
                "options": [[o.text, o.is_suggested] for o in parts.options[r.id]],
                "secrecy": r.secrecy,
            }
            for r in parts.recommendations
        ],
        "appendices": [
            {
                "letter": a.letter,
                "title": a.title,
                "kind": a.kind,
                "is_illustrative": a.is_illustrative,
                "file_name": a.file_name,
                "file_sha256": a.file_sha256,
                "secrecy": a.secrecy,
            }
            for a in parts.appendices
        ],
        "sign_offs": [_signed(session, s) for s in parts.sign_offs],
        "heard": list_heard(session, case.id, case.scope),
    }
    return with_references(paper)


def _signed(session: Session, sign_off: ReportSignOff) -> dict[str, Any]:
    """A signature as it is printed: the signer's own words with name, post and date (BR-41)."""

    def name(person_id: int | None) -> str | None:
        return session.get_one(Person, person_id).name if person_id else None

    return {
        "post": sign_off.signed_post_name or session.get_one(Post, sign_off.post_id).name,
        "speciality": sign_off.speciality,
        "outcome": sign_off.outcome,
        "comment": sign_off.comment,
        "conditions": sign_off.conditions,
        "signed_by": name(sign_off.signed_by_id),
        "signed_for": name(sign_off.signed_for_id),
        "recorded_by": name(sign_off.recorded_by_id),
        "signed_at": sign_off.signed_at,
        "covers": sign_off.content_sha256,
    }


def withheld_specialities(paper: dict[str, Any]) -> set[str]:
    """Whose comments go with their implication: of one that is secret, or has a secret paragraph."""
    secret = (s for s in paper["sections"] if s["secrecy"] != "open" or has_marks(s["text"]))
    return {s["speciality"] for s in secret if s["speciality"]}


def open_edition(paper: dict[str, Any]) -> dict[str, Any]:
    """An edition without what is exempt or confidential in it; a signer's comment goes with its implication."""
    return paper | {
        "sections": [s | {"text": open_text(s["text"])} for s in paper["sections"] if s["secrecy"] == "open"],
        "recommendations": [r for r in paper["recommendations"] if r["secrecy"] == "open"],
        "appendices": [a for a in paper["appendices"] if a["secrecy"] == "open"],
        "sign_offs": [s for s in paper["sign_offs"] if s["speciality"] not in withheld_specialities(paper)],
        "heard": [h for h in paper.get("heard", []) if h["secrecy"] == "open"],
    }
