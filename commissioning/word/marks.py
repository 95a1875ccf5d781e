"""The marks of a Word document that went out: bookmarks, which Word and other writers keep when they save it.

A mark says what a heading begins: a section, its list of risks, a recommendation, or (on the title) which copy it is,
and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SECTION, RECOMMENDATION, COPY, LISTED = "section", "recommendation", "copy", "listed"
_LETTERS = {SECTION: "s", RECOMMENDATION: "r", COPY: "c", LISTED: "l"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_NAME = re.compile(r"^paper_([srcl])_(\d{1,19})$")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a place in the document is, with its id."""

    kind: str
    id: int

    @property
    def name(self) -> str:
        """The bookmark's name; at most 40 characters, which is all that Word takes."""
        return f"paper_{_LETTERS[self.kind]}_{self.id}"


def mark_of(name: str) -> Mark | None:
    """The mark that a bookmark's name says; None for any other bookmark."""
    found = _NAME.match(name)
    return Mark(_KINDS[found[1]], int(found[2])) if found else None
