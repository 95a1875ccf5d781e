"""What a sign-off covers, and its hash: the source text, so that white space, numbering and layout are not content.

By default a sign-off covers its own implication, all recommendations and options, sums, classification, and the
appendices that these cite (product.md, "Sign-offs"); a council may add sections by key. Editing something covered makes
that sign-off stale and no other: stale is derived here by comparing hashes, never stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.audit import canonical, sha256
from commissioning.models.people import Post
from commissioning.models.reports import (
    Appendix,
    Recommendation,
    RecommendationOption,
    Report,
    ReportSignOff,
    Section,
)
from workflows.engine import SignOffStatus
from workflows.quorum import Signature

MET = frozenset({"cleared", "cleared_with_conditions", "not_applicable"})
_CITED = re.compile(r"\bAppendi(?:x|ces)\s+((?:[A-Z]\b[\s,]*(?:and|&|to|-|–)?\s*)+)")


@dataclass(frozen=True)
class Parts:
    """A report's parts as they stand, read once."""

    report: Report
    sections: Sequence[Section]
    recommendations: Sequence[Recommendation]
    options: dict[int, list[RecommendationOption]]
    appendices: Sequence[Appendix]
    sign_offs: Sequence[ReportSignOff]


def read_parts(session: Session, report_id: int) -> Parts:
    """All parts of a report, each in its order. Six queries, whatever its length."""
    recommendations = session.scalars(
        select(Recommendation)
        .where(Recommendation.report_id == report_id)
        .order_by(Recommendation.position, Recommendation.id)
    ).all()
    options: dict[int, list[RecommendationOption]] = {r.id: [] for r in recommendations}
    if options:
        rows = session.scalars(
            select(RecommendationOption)
            .where(RecommendationOption.recommendation_id.in_(options))
            .order_by(RecommendationOption.position, RecommendationOption.id)
        )
        for option in rows:
            options[option.recommendation_id].append(option)
    return Parts(
        session.get_one(Report, report_id),
        session.scalars(
            select(Section).where(Section.report_id == report_id).order_by(Section.position, Section.id)
        ).all(),
        recommendations,
        options,
        session.scalars(
            select(Appendix).where(Appendix.report_id == report_id).order_by(Appendix.position, Appendix.id)
        ).all(),
        session.scalars(
            select(ReportSignOff)
            .where(ReportSignOff.report_id == report_id)
            .order_by(ReportSignOff.position, ReportSignOff.id)
        ).all(),
    )


def plain(text: str | None) -> str:
    """Text with its white space made one: what counts as the same words."""
    return " ".join((text or "").split())


def covered(parts: Parts, sign_off: ReportSignOff) -> dict[str, Any]:
    """What this sign-off covers, as it stands now; keys are words that a signer knows."""
    report = parts.report
    extra = {k for k in sign_off.covers.split(",") if k}
    sections = {
        s.key: [s.heading, plain(s.text), s.secrecy]
        for s in parts.sections
        if s.speciality == sign_off.speciality or s.key in extra
    }
    recommendations = [_recommendation(r, parts.options[r.id]) for r in parts.recommendations]
    words = " ".join([v[1] for v in sections.values()] + [canonical(r) for r in recommendations])
    cited = cited_letters(words)
    return {
        "classification": [report.is_confidential, report.is_exempt, report.exempt_paragraph, report.is_key_decision],
        "sections": sections,
        "recommendations": recommendations,
        "appendices": {
            a.letter: [plain(a.title), a.file_sha256, a.secrecy, a.is_illustrative]
            for a in parts.appendices
            if a.letter in cited
        },
    }


def _recommendation(r: Recommendation, options: Sequence[RecommendationOption]) -> dict[str, Any]:
    return {
        "id": r.id,
        "ask": r.ask,
        "text": plain(r.text),
        "reasons": plain(r.reasons),
        "risks": plain(r.risks),
        "amount_pence": r.amount_pence,
        "deadline_on": r.deadline_on.isoformat() if r.deadline_on else None,
        "choose": [r.least, r.most],
        "options": [[plain(o.text), o.is_suggested] for o in options],
        "about": [r.about_id, r.about_step],
        "secrecy": r.secrecy,
    }


def cited_letters(text: str) -> frozenset[str]:
    """Letters of the appendices that a text cites ("Appendix D", "Appendices A and B")."""
    return frozenset(letter for match in _CITED.finditer(text) for letter in re.findall(r"\b[A-Z]\b", match[1]))


def covered_text(parts: Parts, sign_off: ReportSignOff) -> str:
    """The canonical text that is hashed and kept with the signature."""
    return canonical(covered(parts, sign_off))


def is_current(parts: Parts, sign_off: ReportSignOff) -> bool:
    """Whether the signature still covers what is there."""
    return sign_off.content_sha256 is not None and sign_off.content_sha256 == sha256(covered_text(parts, sign_off))


def what_changed(parts: Parts, sign_off: ReportSignOff) -> list[tuple[str, str, str]]:
    """(what, as signed, as it is now) for each covered thing that changed since the signature; in reading order."""
    if sign_off.content is None:
        return []
    old, new = json.loads(sign_off.content), json.loads(covered_text(parts, sign_off))
    changes: list[tuple[str, str, str]] = []
    for key in dict.fromkeys([*old["sections"], *new["sections"]]):
        before, after = old["sections"].get(key), new["sections"].get(key)
        if before != after:
            changes.append(((after or before)[0], before[1] if before else "", after[1] if after else ""))
    before_by_id = {r["id"]: r for r in old["recommendations"]}
    after_by_id = {r["id"]: (n, r) for n, r in enumerate(new["recommendations"], 1)}
    for identity in dict.fromkeys([*before_by_id, *after_by_id]):
        number, after = after_by_id.get(identity, (0, None))
        if before_by_id.get(identity) != after:
            name = f"Recommendation {number}" if number else "A recommendation that was taken out"
            changes.append((name, _words(before_by_id.get(identity)), _words(after)))
    if old["classification"] != new["classification"]:
        changes.append(("Classification", _flags(old["classification"]), _flags(new["classification"])))
    for letter in dict.fromkeys([*old["appendices"], *new["appendices"]]):
        before, after = old["appendices"].get(letter), new["appendices"].get(letter)
        if before != after:
            changes.append((f"Appendix {letter}", before[0] if before else "", after[0] if after else ""))
    return changes


def _words(recommendation: dict[str, Any] | None) -> str:
    if recommendation is None:
        return ""
    parts = [recommendation["text"], recommendation["reasons"], recommendation["risks"]]
    parts += [o[0] + (" (suggested)" if o[1] else "") for o in recommendation["options"]]
    if recommendation["amount_pence"] is not None:
        parts.append(f"£{recommendation['amount_pence'] / 100:,.2f}")
    if recommendation["deadline_on"]:
        parts.append(f"by {recommendation['deadline_on']}")
    return " · ".join(p for p in parts if p)


def _flags(values: list[Any]) -> str:
    confidential, exempt, paragraph, key = values
    said = ["confidential" if confidential else "not confidential"]
    said.append(f"exempt (paragraph {paragraph})" if exempt else "not exempt")
    said.append("key decision" if key else "not a key decision")
    return ", ".join(said)


def status(session: Session, parts: Parts, *, in_order: bool) -> SignOffStatus:
    """Where the signatures stand: current ones that clear, places asked, who is outstanding, who blocks."""
    posts = {
        row.id: row.name
        for row in session.execute(select(Post.id, Post.name).where(Post.id.in_([s.post_id for s in parts.sign_offs])))
    }
    signatures, outstanding, blocked = [], [], []
    for sign_off in parts.sign_offs:
        current = is_current(parts, sign_off)
        if current and sign_off.outcome in MET and sign_off.signed_by_id is not None:
            signatures.append(Signature(sign_off.signed_by_id, frozenset({sign_off.speciality}), sign_off.id))
        elif current and sign_off.outcome == "changes_requested":
            blocked.append(posts[sign_off.post_id])
        else:
            outstanding.append(posts[sign_off.post_id])
    return SignOffStatus(
        tuple(signatures), tuple(s.id for s in parts.sign_offs), tuple(outstanding), tuple(blocked), in_order
    )
