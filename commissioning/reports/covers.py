"""What a sign-off covers, and its hash: the source text, so that white space, numbering and layout are not content.

By default a sign-off covers its own implication, all recommendations and options, sums, classification, and the
appendices that these cite (product.md, "Sign-offs"); a council may add sections by key. Editing something covered makes
that sign-off stale and no other: stale is derived here by comparing hashes, never stored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.audit import canonical, sha256
from commissioning.casework.errors import NotFound
from commissioning.casework.sets import table_of
from commissioning.decisions.linkable import LINKABLE
from commissioning.models.people import Post
from commissioning.models.reports import (
    RISK,
    Appendix,
    Recommendation,
    RecommendationOption,
    Report,
    ReportSignOff,
    Risk,
    Section,
)
from commissioning.reports.risk_words import line_of, words_of
from commissioning.statements import mapped, one_of, run
from workflows.engine import SignOffStatus
from workflows.quorum import Signature
from workflows.working_days import in_words

MET = frozenset({"cleared", "cleared_with_conditions", "not_applicable"})
CLASSIFYING = ("is_confidential", "is_exempt", "exempt_paragraph", "is_key_decision")
"""Fields of the header that every sign-off covers."""
_CITED = re.compile(r"\b(?i:appendi(?:x|ces))\s+((?:[A-Z]\b[\s,]*(?:and\b|&|to\b|-|–)?\s*)+)")
_RANGE = re.compile(r"\b([A-Z])\s*(?:to\b|-|–)\s*([A-Z])\b")


@dataclass(frozen=True)
class Parts:
    """A report's parts as they stand, read once."""

    report: Report
    sections: list[Section]
    recommendations: list[Recommendation]
    options: dict[int, list[RecommendationOption]]
    appendices: list[Appendix]
    sign_offs: list[ReportSignOff]
    risks: list[Risk]

    def risks_of(self, section: Section) -> list[Risk]:
        """The risks that are listed in a section."""
        return self.risks if section.key == RISK else []

    def text_of(self, section: Section) -> str:
        """A section's text with its risks, each of them a paragraph, as it is read, numbered, withheld and frozen."""
        return "\n\n".join(x for x in (section.text, *map(line_of, self.risks_of(section))) if x)


def read_parts(session: Session, report_id: int) -> Parts:
    """All parts of a report, each in its order. Seven queries, whatever its length. Raises NotFound."""
    found = read_many_parts(session, [report_id])
    if report_id not in found:
        raise NotFound
    return found[report_id]


def _each(model: Any) -> Any:
    part = table_of(model)
    return select(part).where(one_of(part.c.report_id, "ids")).order_by(part.c.position, part.c.id)


_LISTS = {
    Section: "sections",
    Recommendation: "recommendations",
    Appendix: "appendices",
    ReportSignOff: "sign_offs",
    Risk: "risks",
}
_reports, _asks, _choices = table_of(Report), table_of(Recommendation), table_of(RecommendationOption)
_WHOLE: dict[Any, Any] = {
    Report: select(_reports).where(one_of(_reports.c.case_id, "ids")),
    RecommendationOption: select(_choices)
    .join(_asks, _asks.c.id == _choices.c.recommendation_id)
    .where(one_of(_asks.c.report_id, "ids"))
    .order_by(_choices.c.position, _choices.c.id),
    **{model: _each(model) for model in _LISTS},
}


def read_many_parts(session: Session, report_ids: Sequence[int]) -> dict[int, Parts]:
    """The parts of several reports by id, in as many queries as for one and one round trip."""
    answers = run(session.connection(), *((statement, [{"ids": report_ids}]) for statement in _WHOLE.values()))
    found = {m: [mapped(session, m, row) for row in rows] for m, rows in zip(_WHOLE, answers, strict=True)}
    by_report = {r.case_id: Parts(r, [], [], {}, [], [], []) for r in found[Report]}
    for model, name in _LISTS.items():
        for row in found[model]:
            getattr(by_report[row.report_id], name).append(row)
    options = {ask.id: by_report[ask.report_id].options.setdefault(ask.id, []) for ask in found[Recommendation]}
    for option in found[RecommendationOption]:
        options[option.recommendation_id].append(option)
    return by_report


def plain(text: str | None) -> str:
    """Text with its white space made one: what counts as the same words."""
    return " ".join((text or "").split())


def _as_written(text: str | None) -> str:
    return (text or "").strip()


def covered(parts: Parts, sign_off: ReportSignOff, *, to_read: bool = False) -> dict[str, Any]:
    """What this sign-off covers, as it stands now; keys are words that a signer knows.

    `to_read`: with the paragraphs as they are written and the risks as they are numbered, which are no content.
    """
    sections, recommendations = _texts(parts, sign_off, to_read=to_read)
    cited = _cited(sections, recommendations)
    return {
        "classification": [getattr(parts.report, name) for name in CLASSIFYING],
        "sections": sections,
        "recommendations": recommendations,
        "appendices": {
            a.letter: [plain(a.title), a.file_sha256, a.secrecy, a.is_illustrative]
            for a in parts.appendices
            if a.letter in cited
        },
    }


def _texts(
    parts: Parts, sign_off: ReportSignOff, *, to_read: bool = False
) -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Its sections by key, and the recommendations."""
    extra = {k for k in sign_off.covers.split(",") if k}
    words, risks = (_as_written, _risks_as_listed) if to_read else (plain, _risks_by_id)
    sections = {
        s.key: [s.heading, words(s.text), s.secrecy, *risks(parts.risks_of(s))]
        for s in parts.sections
        if s.speciality == sign_off.speciality or s.key in extra
    }
    # By id, not by place: numbering is no content, so moving a recommendation or a risk makes nothing stale.
    in_order = sorted(parts.recommendations, key=_id)
    return sections, [_recommendation(r, parts.options[r.id], words) for r in in_order]


def _risks_by_id(risks: Sequence[Risk]) -> list[str]:
    return [words_of(r) for r in sorted(risks, key=_id)]


def _risks_as_listed(risks: Sequence[Risk]) -> list[str]:
    return [line_of(r) for r in risks]


def _id(row: Recommendation | Risk) -> int:
    return row.id


def cited_in(parts: Parts, sign_off: ReportSignOff) -> frozenset[str]:
    """Letters of the appendices that its sections and the recommendations cite, attached or not."""
    return _cited(*_texts(parts, sign_off))


def _cited(sections: dict[str, list[str]], recommendations: list[dict[str, Any]]) -> frozenset[str]:
    said = [x for _, text, _, *risks in sections.values() for x in (text, *risks)]
    return cited_letters(" ".join(said + [canonical(r) for r in recommendations]))


def _recommendation(
    r: Recommendation, options: Sequence[RecommendationOption], words: Callable[[str | None], str]
) -> dict[str, Any]:
    return {
        "id": r.id,
        "ask": r.ask,
        "text": words(r.text),
        "reasons": words(r.reasons),
        "risks": words(r.risks),
        "amount_pence": r.amount_pence,
        "deadline_on": r.deadline_on.isoformat() if r.deadline_on else None,
        "choose": [r.least, r.most],
        "options": [[plain(o.text), o.is_suggested] for o in options],
        "about": [r.about_id, r.about_step],
        "secrecy": r.secrecy,
    }


def cited_letters(text: str) -> frozenset[str]:
    """Letters of the appendices that a text cites ("Appendix D", "Appendices A and B", "Appendices A to D")."""
    found: set[str] = set()
    for match in _CITED.finditer(text):
        found |= set(re.findall(r"\b[A-Z]\b", match[1]))
        for first, last in _RANGE.findall(match[1]):
            found |= {chr(n) for n in range(ord(first), ord(last) + 1)}
    return frozenset(found)


def covered_text(parts: Parts, sign_off: ReportSignOff) -> str:
    """The canonical text that is hashed and kept with the signature."""
    return canonical(covered(parts, sign_off))


def is_current(parts: Parts, sign_off: ReportSignOff) -> bool:
    """Whether the signature still covers what is there."""
    return sign_off.content_sha256 is not None and sign_off.content_sha256 == sha256(covered_text(parts, sign_off))


def covered_words(
    parts: Parts, sign_off: ReportSignOff, things: Mapping[int, str] | None = None
) -> list[tuple[str, str]]:
    """All that the sign-off covers, as headings and text to read, in the words of `what_changed`; in reading order.

    `things` that decisions move, by id, as far as the reader may know of them: the others have only their number.
    """
    found = covered(parts, sign_off, to_read=True)
    asks = {r["id"]: r for r in found["recommendations"]}
    return [
        *((s[0], _section(s)) for s in found["sections"].values()),
        *((f"Recommendation {n}", _words(asks[r.id], things)) for n, r in enumerate(parts.recommendations, 1)),
        ("Classification", _flags(found["classification"])),
        *((f"Appendix {letter}", _appendix(a)) for letter, a in found["appendices"].items()),
    ]


def what_changed(
    parts: Parts, sign_off: ReportSignOff, things: Mapping[int, str] | None = None
) -> list[tuple[str, str, str]]:
    """(what, as signed, as it is now) for each covered thing that changed since the signature; in reading order."""
    if sign_off.content is None:
        return []
    old, new = json.loads(sign_off.content), json.loads(covered_text(parts, sign_off))
    changes: list[tuple[str, str, str]] = []
    for key in dict.fromkeys([*old["sections"], *new["sections"]]):
        before, after = old["sections"].get(key), new["sections"].get(key)
        if before != after:
            changes.append(((after or before)[0], _section(before), _section(after)))
    before_by_id = {r["id"]: r for r in old["recommendations"]}
    numbers = {r.id: n for n, r in enumerate(parts.recommendations, 1)}
    after_by_id = {r["id"]: (numbers[r["id"]], r) for r in new["recommendations"]}
    for identity in dict.fromkeys([*before_by_id, *after_by_id]):
        number, after = after_by_id.get(identity, (0, None))
        if before_by_id.get(identity) != after:
            name = f"Recommendation {number}" if number else "A recommendation that was taken out"
            changes.append((name, _words(before_by_id.get(identity), things), _words(after, things)))
    if old["classification"] != new["classification"]:
        changes.append(("Classification", _flags(old["classification"]), _flags(new["classification"])))
    for letter in dict.fromkeys([*old["appendices"], *new["appendices"]]):
        before, after = old["appendices"].get(letter), new["appendices"].get(letter)
        if before != after:
            changes.append((f"Appendix {letter}", _appendix(before), _appendix(after)))
    return changes


def _words(recommendation: dict[str, Any] | None, things: Mapping[int, str] | None = None) -> str:
    if recommendation is None:
        return ""
    r = recommendation
    lines = [f"The board is asked to: {labels.ASKS[r['ask']].lower()}", r["text"]]
    lines += [f"Reasons: {r['reasons']}"] if r["reasons"] else []
    lines += [f"Risks: {r['risks']}"] if r["risks"] else []
    if r["options"]:
        least, most = r["choose"]
        lines.append(f"Choose {labels.how_many(least, most, len(r['options']))} of these:")
        lines.append("\n".join(f"- {text}{' (suggested)' if suggested else ''}" for text, suggested in r["options"]))
    if r["amount_pence"] is not None:
        lines.append(f"Sum: £{r['amount_pence'] // 100:,}.{r['amount_pence'] % 100:02d}")
    if r["deadline_on"]:
        lines.append(f"Deadline: {in_words(date.fromisoformat(r['deadline_on']))}")
    thing, step = r["about"]
    if step:
        does = next((words for code, words in LINKABLE.items() if code.endswith(f".{step}")), "Move what it is about")
        lines.append(f"What the decision does by itself: {does} ({(things or {}).get(thing, thing)})")
    lines += [_kept(r["secrecy"])] if r["secrecy"] != "open" else []
    return "\n\n".join(lines)


def _kept(secrecy: str) -> str:
    return f"{labels.SECRECY[secrecy]}: not for the public"


def _section(values: list[str] | None) -> str:
    if values is None:
        return ""
    _, text, secrecy, *risks = values
    return "\n\n".join(x for x in (text, *risks, "" if secrecy == "open" else _kept(secrecy)) if x)


def _appendix(values: list[Any] | None) -> str:
    if values is None:
        return ""
    title, sha256, secrecy, is_illustrative = values
    lines = [title, f"The attached file with the fingerprint {sha256[:12]}" if sha256 else "No file yet"]
    lines += ["For illustrative purposes"] if is_illustrative else []
    lines += [_kept(secrecy)] if secrecy != "open" else []
    return "\n\n".join(lines)


def _flags(values: list[Any]) -> str:
    confidential, exempt, paragraph, key = values
    said = ["Confidential" if confidential else "Not confidential"]
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
