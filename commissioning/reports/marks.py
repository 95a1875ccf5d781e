"""Paragraphs that are exempt or confidential in a section that is open, marked in its text [exempt] or [confidential].

The mark stands anywhere in the paragraph, so it travels with the words through every edit, and every signature covers
it. Who may not read the paragraph reads that it is withheld, under the same number.
"""

from __future__ import annotations

import re

from commissioning.reports.numbering import blocks

MARK = re.compile(r"\[\s*(exempt|confidential)\s*\]", re.IGNORECASE)
WITHHELD_BEGINS = "[Withheld: "
WITHHELD = WITHHELD_BEGINS + "{}]"


def class_of(words: str) -> str:
    """The class of a paragraph: confidential is the stronger."""
    found = {m.lower() for m in MARK.findall(words)}
    return "confidential" if "confidential" in found else "exempt" if found else "open"


def has_marks(text: str) -> bool:
    """Whether some paragraph of a text is marked."""
    return MARK.search(text) is not None


def open_text(text: str) -> str:
    """A text without its marked paragraphs; one that has none comes back as it is."""
    if not has_marks(text):
        return text
    kept = []
    for _line, lines in blocks(text):
        words = "\n".join(lines)
        secrecy = class_of(words)
        kept.append(words if secrecy == "open" else WITHHELD.format(secrecy))
    return "\n\n".join(kept)


def without_marks(text: str) -> str:
    """A text whose paragraphs are all open."""
    return re.sub(r"[ \t]*" + MARK.pattern + r"[ \t]*", " ", text, flags=re.IGNORECASE).strip()
