"""The columns of a file of outcomes, and one row of it as an outcome. Not here: which paper a row is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from commissioning import labels
from commissioning.decisions.decided import Decided
from commissioning.models.reports import Recommendation
from commissioning.money.sheets import Sheet

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "paper": ("Paper", "Paper reference", "Report", "Report reference", "Reference"),
    "number": ("Recommendation", "Recommendation number", "Recommendation no"),
    "outcome": ("Outcome", "Decision", "Resolution"),
    "minute_reference": ("Minute", "Minute reference", "Minute number", "Minute no"),
    "amended_text": ("Text as amended", "Amended text"),
    "amended_pence": ("Sum as amended", "Amended sum"),
    "chosen": ("Options chosen", "Chosen"),
    "referred_to_id": ("Referred to", "Referred to body"),
    "reasons": ("Reasons", "Reason"),
    "alternatives": ("Alternatives considered and rejected", "Alternatives"),
    "comments": ("Comments", "Comment"),
}
"""What each column is called, the template's own words first."""
NEEDED: Final = ("paper", "number", "outcome", "minute_reference")
_WORDS: Final = ("amended_text", "reasons", "alternatives", "comments")
_LONGEST: Final = 10_000
_CODES: Final = {words.lower(): code for code, words in labels.OUTCOMES.items()}


def read_outcome(
    sheet: Sheet, row: int, cells: Sequence[Any], bodies: dict[str, int], asked: Recommendation | None
) -> Decided | None:
    """A row's outcome; None with problems noted."""
    words = sheet.words(row, cells, "outcome", "Outcome", 60)
    code = _CODES.get(words.lower())
    if words and code is None:
        sheet.say(row, "outcome", f"“{words[:40]}” is no outcome. Write one of: {', '.join(labels.OUTCOMES.values())}")
    minute = sheet.words(row, cells, "minute_reference", "Minute reference", 200)
    said: dict[str, Any] = {
        name: sheet.words(row, cells, name, HEADINGS[name][0], _LONGEST)
        for name in _WORDS
        if not sheet.is_empty(cells, name)
    }
    if not sheet.is_empty(cells, "amended_pence"):
        said["amended_pence"] = sheet.pence(row, cells, "amended_pence", "Sum as amended")
    if not sheet.is_empty(cells, "referred_to_id"):
        name = sheet.words(row, cells, "referred_to_id", "Referred to")
        said["referred_to_id"] = bodies.get(name.lower())
        if name and said["referred_to_id"] is None:
            sheet.say(row, "referred_to_id", f"No body is called “{name[:60]}”")
    if asked is None or code is None:
        return None
    said["chosen"] = _chosen(sheet, row, cells, asked)
    return Decided(recommendation_id=asked.id, outcome=code, minute_reference=minute, **said)


def _chosen(sheet: Sheet, row: int, cells: Sequence[Any], asked: Recommendation) -> list[int]:
    """The ids of options named by their numbers, such as “1, 3”."""
    if sheet.is_empty(cells, "chosen"):
        return []
    options = {str(n): option.id for n, option in enumerate(asked.options, 1)}
    typed = sheet.words(row, cells, "chosen", "Options chosen").replace(";", ",").split(",")
    numbers = [t.strip() for t in typed if t.strip()]
    unknown = [n for n in numbers if n not in options]
    if unknown:
        sheet.say(
            row,
            "chosen",
            f"There is no option “{unknown[0][:20]}”: write numbers from 1 to {len(options)}, with commas",
        )
    return [options[n] for n in numbers if n in options]
