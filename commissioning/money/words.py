"""The words that people read for grants, pooled budgets and personal budgets."""

from __future__ import annotations

from commissioning import labels
from commissioning.models.money import UNFENCED

FENCES = labels.GRANT_PURPOSES | {UNFENCED: "Anything: it is not ring-fenced"}
"""What a grant may be spent on."""
ENDINGS = {
    "absorbed": "Absorbed into the base: its unit’s baseline and cash limit grow",
    "ended": "It ends, or has ended",
}
ENDED = {"absorbed": "Absorbed into the base", "ended": "Ended"}
BASE = "base"
DESTINATIONS = {
    BASE: "The unit’s cash limit pays for it",
    "pot": "The commissioning budget pays for it",
    "dsg": "The Dedicated Schools Grant pays for it",
    "pupil_premium": "The Pupil Premium pays for it",
    "other_grant": "Another grant pays for it",
    "partner": "A partner or schools pay for it",
    "stops": "It stops",
}
"""What becomes of what a grant paid for."""
WAYS = {
    "direct_payment": "Paid to the family",
    "lead_professional": "Held for them by a lead professional",
    "notional": "Kept by the unit, spent as the family decides",
}
"""How a family's personal budget is held."""
