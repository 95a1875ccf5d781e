"""Consultations in words: codes, where one stands on a day, its tally, and it as a passage of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from commissioning.models.weighing import Consultation

AUDIENCES = {"internal": "Internal", "external": "External", "named": "Named organisations"}
STANCES = {"supports": "Supports", "against": "Against", "neither": "Neither"}
STANCE_TONES = {"supports": "green", "against": "red", "neither": "grey"}
_COUNTED = {"supports": ("supports", "support"), "against": ("against", "against"), "neither": ("neither", "neither")}
IMPACTS = {"not_yet": "Not yet", "done": "Done", "not_needed": "Not needed"}
WAYS = {
    "email": "By e-mail",
    "letter": "By letter",
    "telephone": "By telephone",
    "meeting": "At a meeting",
    "survey": "In a survey",
}
WINDOWS = {"before": ("Not open yet", "grey"), "open": ("Open", "blue"), "closed": ("Closed", "green")}
"""Where it stands, as (words, colour of the tag)."""
SHOWN = {"open": "Open, or still to open", "closed": "Closed", "impact": "Impact not assessed yet", "": "All"}
"""What the register can be narrowed to."""


def window_of(consultation: Consultation, today: date) -> str:
    """Where it stands on a day: "before", "open" to the end of its last day, "closed"."""
    if today < consultation.opens_on:
        return "before"
    return "open" if today <= consultation.closes_on else "closed"


def tally(stances: Iterable[str | None]) -> str:
    """What those who were asked said, in words: "5 of 5 asked have answered: 4 support, 1 neither"."""
    asked = list(stances)
    counts = Counter(s for s in asked if s is not None)
    if not asked:
        return "Nobody is asked by name yet"
    said = [f"{counts[s]} {one if counts[s] == 1 else many}" for s, (one, many) in _COUNTED.items() if counts[s]]
    have = "has" if counts.total() == 1 else "have"
    return f"{counts.total()} of {len(asked)} asked {have} answered" + (f": {', '.join(said)}" if said else "")


def passage(consultation: Consultation) -> str:
    """The consultation as paragraphs of a paper."""
    c = consultation
    whom = f"{AUDIENCES[c.audience].lower()}: {c.audience_words}" if c.audience_words else AUDIENCES[c.audience].lower()
    found = [f"{c.title} ({whom}), {_day(c.opens_on)} to {_day(c.closes_on)}."]
    if c.closes_on != c.first_closes_on:
        found.append(f"It was to close on {_day(c.first_closes_on)}: {_stop(c.close_reason)}")
    if c.answers:
        found.append(_stop(tally(a.stance for a in c.answers)))
    found += [_stop(c.summary)] if c.summary else []
    impact = {"not_yet": "not done yet.", "done": f"done. {_stop(c.impact_words)}",
              "not_needed": f"not needed. {_stop(c.impact_words)}"}  # fmt: skip
    return " ".join(found) + f"\n\nImpact assessment: {impact[c.impact]}"


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _stop(text: str) -> str:
    plain = text.strip()
    return plain if plain.endswith((".", "!", "?")) else plain + "."
