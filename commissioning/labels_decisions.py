"""The words that people read of items and of the life of a decision."""

from __future__ import annotations

DECISION_EVENTS = {
    "decision.created": "Decision recorded",
    "decision.published": "Published",
    "decision.call_in_opened": "Opened for call-in",
    "decision.called_in": "Called in",
    "decision.call_in_settled": "Call-in settled",
    "decision.put_on_agenda_again": "Put on an agenda again",
    "decision.replaced": "Replaced by a new decision",
    "decision.corrected": "Record corrected",
    "decision.took_effect": "Took effect",
    "report.decided_without_meeting": "Decided without a meeting",
    "decision.replied": "The executive replied",
    "report.arranged": "To be decided without a meeting",
    "agenda_item.created": "Put on the agenda",
    "agenda_item.published": "Item published",
    "agenda_item.to_follow": "Listed as to follow",
    "agenda_item.heard": "Item heard",
    "agenda_item.deferred": "Item deferred",
    "agenda_item.rolled_on": "Item rolled on",
    "agenda_item.removed": "Item taken off",
}
"""What happened to items and decisions."""

CALL_IN_SETTLED = {"upheld": "It stands", "referred_back": "Referred back to be decided again"}
"""What came of a call-in."""

DECISION_WAYS = {
    "meeting": "At a meeting",
    "member": "By one cabinet member",
    "officer": "By an officer under delegation",
    "urgent": "Urgently",
    "elsewhere": "At a meeting that is kept in another system",
}
"""How a decision was made."""

REPLIES = {"accepted": "Accepted", "partly": "Accepted in part", "not_accepted": "Not accepted"}
"""What an executive answers to scrutiny's recommendation."""
