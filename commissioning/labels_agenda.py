"""The words that people read for the codes of agendas and votes; `labels` has them too."""

from __future__ import annotations

HEADINGS = {
    "apologies": "Apologies",
    "interests": "Declarations of interests",
    "minutes": "Minutes of the last meeting",
    "matters_arising": "Matters arising",
    "presentation": "Presentation",
    "standing": "Standing item of the body",
    "exclusion": "Resolution to exclude the public",
    "other": "Something else",
}
"""What a heading of an agenda is about."""

VOTES = {"for": "For", "against": "Against", "abstained": "Abstained"}
