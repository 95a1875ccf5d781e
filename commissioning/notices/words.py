"""The words of notices: what each kind is called, what it must say, and who may agree in its stead (P-07 to P-11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "key_decision": "Notice of a key decision",
    "general_exception": "General exception: notice of a key decision at short notice",
    "special_urgency": "Special urgency: agreement that a key decision cannot wait",
    "private_meeting": "Notice of a matter to be considered in private",
    "private_response": "Further notice of a matter to be considered in private",
    "private_urgency": "Agreement that a matter in private cannot wait",
}
NEEDS = {"key": "Key decision", "private": "To be considered in private"}
NEED_OF = {kind: "private" if kind.startswith("private") else "key" for kind in KINDS}
MAY_AGREE = {
    "scrutiny_chair": "The chair of the scrutiny committee",
    "council_chair": "The chairman of the council: scrutiny’s chair is unable to act",
    "council_vice_chair": "The vice-chairman of the council: both chairs are unable to act",
}
"""Whose agreement special urgency needs, in this order (P-10)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a notice says. `rows`: lines of its box; 1 is a single line."""

    label: str
    missing: str
    hint: str = ""
    rows: int = 3


PARTS: Mapping[str, Part] = {
    "matter": Part("The matter", "Enter what is to be decided", "In words that reveal nothing exempt or confidential"),
    "decision_maker": Part(
        "Who decides", "Enter who makes the decision", "The body and its members; or name and title of the one person"
    ),
    "decided_when": Part("When", "Enter the day, or the period, of the decision", rows=1),
    "documents": Part(
        "Documents submitted for the decision", "Enter which documents are submitted", "One on a line; “None” if none"
    ),
    "address": Part("Where copies are to be had", "Enter the address where copies are to be had"),
    "other_documents": Part(
        "Other documents", "Enter whether other documents may follow", "That others may be submitted later, if so"
    ),
    "how_to_ask": Part("Whom to ask", "Enter whom to ask for documents, or to write to with representations", rows=2),
    "reasons": Part("Reasons", "Enter the reasons", "They are published"),
    "representations": Part("Representations received", "Enter the representations, or “None”", rows=4),
    "response": Part("Response to them", "Enter the response, or “None were received”", rows=4),
    "told": Part("Who was told in writing", "Enter who was told", "The chair of scrutiny; without one, each member"),
    "told_on": Part("Told on", "Enter the day on which they were told"),
    "agreed_as": Part("Whose agreement", "Select whose agreement was obtained"),
    "agreed_by": Part("Name", "Enter the name of who agreed", rows=1),
    "agreed_on": Part("Agreed on", "Enter the day on which they agreed"),
}
_MATTER = ("matter", "decision_maker", "decided_when")
_COPIES = ("documents", "address", "other_documents", "how_to_ask")
_AGREED = ("matter", "agreed_as", "agreed_by", "agreed_on", "reasons")
SAYS: Mapping[str, tuple[str, ...]] = {
    "key_decision": (*_MATTER, *_COPIES),
    "general_exception": (*_MATTER, "told", "told_on", "reasons", *_COPIES),
    "special_urgency": _AGREED,
    "private_meeting": (*_MATTER, "reasons", "how_to_ask"),
    "private_response": (*_MATTER, "reasons", "representations", "response"),
    "private_urgency": _AGREED,
}
"""What each kind of notice says, in order. All of it is needed."""
REASON_HINTS = {
    "general_exception": "Why 28 days’ notice was impracticable",
    "special_urgency": "Why it is urgent and cannot reasonably be deferred",
    "private_meeting": "Why it is to be considered in private, with the paragraph of Schedule 12A",
    "private_response": "Why it is still to be considered in private",
    "private_urgency": "Why it is urgent and cannot reasonably be deferred",
}
