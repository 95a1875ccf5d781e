"""The words that people read of the life of a decision."""

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
}
"""What happened to a decision."""

CALL_IN_SETTLED = {"upheld": "It stands", "referred_back": "Referred back to be decided again"}
"""What came of a call-in."""
