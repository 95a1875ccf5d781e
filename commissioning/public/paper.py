"""A paper as the public reads it, made once, when it is published.

What is kept is named here one by one: whatever is added to a paper later stays inside until somebody names it. In place
of an exempt or confidential part stands that it is withheld, with the paragraph of Schedule 12A and the reason in the
public interest: the numbers are those of the whole paper.
"""

from __future__ import annotations

from typing import Any

from commissioning.reports.edition import RECOMMENDATIONS, withheld_specialities
from commissioning.reports.marks import class_of, open_text
from commissioning.reports.numbering import Paragraph, paragraphs

HEADER = (
    *("purpose", "report_of", "ward", "presenting_officer", "contact_name", "contact_phone", "contact_email"),
    *("is_key_decision", "key_reason", "background_papers", "late_reason"),
)
ASKED = ("number", "ask", "text", "reasons", "risks", "amount_pence", "deadline_on", "least", "most", "options")
SIGNED = ("post", "outcome", "comment", "conditions", "signed_by", "signed_for", "recorded_by", "signed_at")


Bases = dict[tuple[str, Any], tuple[int | None, str]]
"""Paragraph of Schedule 12A and reason, by (level, key of a section | number of a recommendation | letter)."""


def public_paper(paper: dict[str, Any], bases: Bases) -> dict[str, Any]:
    """The open parts of an edition (in plain values), and placeholders for the others."""
    secret = withheld_specialities(paper)
    signed = [s for s in paper["sign_offs"] if s["outcome"] and s["speciality"] not in secret]
    implications = {s["speciality"] for s in paper["sections"] if s["kind"] == "implication"}
    keys = [s["key"] for s in paper["sections"]]
    lead = next((s for s in paper["sections"] if s["key"] == RECOMMENDATIONS), None)
    return {
        "body": paper["body"],
        "meeting_on": paper["meeting_on"],
        "header": {name: paper["header"][name] for name in HEADER},
        "people": paper["people"],
        "sections": [_section(s, signed, paper, bases) for s in paper["sections"] if s["key"] != RECOMMENDATIONS],
        "asks_at": keys.index(RECOMMENDATIONS) if RECOMMENDATIONS in keys else len(keys),
        "asks_lead": open_text(lead["text"]) if lead is not None and lead["secrecy"] == "open" else "",
        "recommendations": [
            {name: r[name] for name in ASKED}
            if r["secrecy"] == "open"
            else withheld(r, paper, bases.get(("recommendation", r["number"])), number=r["number"])
            for r in paper["recommendations"]
        ],
        "appendices": [_appendix(a, paper, bases) for a in paper["appendices"]],
        "signed": [_signature(s) for s in signed if s["speciality"] not in implications],
        "heard": [h for h in paper.get("heard", []) if h["secrecy"] == "open"],
    }


def withheld(
    part: dict[str, Any], paper: dict[str, Any], basis: tuple[int | None, str] | None = None, **kept: Any
) -> dict[str, Any]:
    """What stands in place of a secret part: its own basis, or that of the whole paper."""
    header = paper["header"]
    whole = (header["exempt_paragraph"], header["public_interest"]) if part["secrecy"] == "exempt" else (None, "")
    paragraph, reason = basis or whole
    return {**kept, "withheld": part["secrecy"], "paragraph": paragraph, "reason": reason}


def _section(
    section: dict[str, Any], signed: list[dict[str, Any]], paper: dict[str, Any], bases: Bases
) -> dict[str, Any]:
    basis = bases.get(("section", section["key"]))
    if section["secrecy"] != "open":
        return withheld(section, paper, basis, number=section["number"])
    own = [s for s in signed if section["kind"] == "implication" and s["speciality"] == section["speciality"]]
    return {
        "number": section["number"],
        "heading": section["heading"],
        "paragraphs": [_paragraph(p, paper, basis) for p in paragraphs(section["number"], section["text"])],
        "signed": [_signature(s) for s in own],
    }


def _paragraph(paragraph: Paragraph, paper: dict[str, Any], basis: tuple[int | None, str] | None) -> dict[str, Any]:
    secrecy = class_of(paragraph.text)
    if secrecy == "open":
        return {"number": paragraph.number, "text": paragraph.text}
    return withheld({"secrecy": secrecy}, paper, basis, number=paragraph.number)


def _appendix(appendix: dict[str, Any], paper: dict[str, Any], bases: Bases) -> dict[str, Any]:
    if appendix["secrecy"] != "open":
        return withheld(appendix, paper, bases.get(("appendix", appendix["letter"])), letter=appendix["letter"])
    # The name under which a file was attached stays inside: it may say more than its title.
    return {name: appendix[name] for name in ("letter", "title", "is_illustrative", "file_sha256")}


def _signature(sign_off: dict[str, Any]) -> dict[str, Any]:
    return {name: sign_off[name] for name in SIGNED}
