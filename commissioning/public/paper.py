"""A paper as the public reads it, made once, when it is published.

What is kept is named here one by one: whatever is added to a paper later stays inside until somebody names it. In place
of an exempt or confidential part stands that it is withheld, with the paragraph of Schedule 12A and the reason in the
public interest: the numbers are those of the whole paper.
"""

from __future__ import annotations

from typing import Any

from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.reports.numbering import paragraphs

HEADER = (
    *("purpose", "report_of", "ward", "presenting_officer", "contact_name", "contact_phone", "contact_email"),
    *("is_key_decision", "key_reason", "background_papers", "late_reason"),
)
ASKED = ("number", "ask", "text", "reasons", "risks", "amount_pence", "deadline_on", "least", "most", "options")
SIGNED = ("post", "outcome", "comment", "conditions", "signed_by", "signed_for", "recorded_by", "signed_at")


def public_paper(paper: dict[str, Any]) -> dict[str, Any]:
    """The open parts of an edition (in plain values), and placeholders for the others."""
    secret = {s["speciality"] for s in paper["sections"] if s["secrecy"] != "open" and s["speciality"]}
    signed = [s for s in paper["sign_offs"] if s["outcome"] and s["speciality"] not in secret]
    implications = {s["speciality"] for s in paper["sections"] if s["kind"] == "implication"}
    keys = [s["key"] for s in paper["sections"]]
    lead = next((s for s in paper["sections"] if s["key"] == RECOMMENDATIONS), None)
    return {
        "body": paper["body"],
        "meeting_on": paper["meeting_on"],
        "header": {name: paper["header"][name] for name in HEADER},
        "people": paper["people"],
        "sections": [_section(s, signed, paper) for s in paper["sections"] if s["key"] != RECOMMENDATIONS],
        "asks_at": keys.index(RECOMMENDATIONS) if RECOMMENDATIONS in keys else len(keys),
        "asks_lead": lead["text"] if lead is not None and lead["secrecy"] == "open" else "",
        "recommendations": [
            {name: r[name] for name in ASKED} if r["secrecy"] == "open" else withheld(r, paper, number=r["number"])
            for r in paper["recommendations"]
        ],
        "appendices": [_appendix(a, paper) for a in paper["appendices"]],
        "signed": [_signature(s) for s in signed if s["speciality"] not in implications],
    }


def withheld(part: dict[str, Any], paper: dict[str, Any], **kept: Any) -> dict[str, Any]:
    """What stands in place of a secret part."""
    header = paper["header"]
    is_exempt = part["secrecy"] == "exempt"
    return {
        **kept,
        "withheld": part["secrecy"],
        "paragraph": header["exempt_paragraph"] if is_exempt else None,
        "reason": header["public_interest"] if is_exempt else "",
    }


def _section(section: dict[str, Any], signed: list[dict[str, Any]], paper: dict[str, Any]) -> dict[str, Any]:
    if section["secrecy"] != "open":
        return withheld(section, paper, number=section["number"])
    own = [s for s in signed if section["kind"] == "implication" and s["speciality"] == section["speciality"]]
    return {
        "number": section["number"],
        "heading": section["heading"],
        "paragraphs": [{"number": p.number, "text": p.text} for p in paragraphs(section["number"], section["text"])],
        "signed": [_signature(s) for s in own],
    }


def _appendix(appendix: dict[str, Any], paper: dict[str, Any]) -> dict[str, Any]:
    if appendix["secrecy"] != "open":
        return withheld(appendix, paper, letter=appendix["letter"])
    # The name under which a file was attached stays inside: it may say more than its title.
    return {name: appendix[name] for name in ("letter", "title", "is_illustrative", "file_sha256")}


def _signature(sign_off: dict[str, Any]) -> dict[str, Any]:
    return {name: sign_off[name] for name in SIGNED}
