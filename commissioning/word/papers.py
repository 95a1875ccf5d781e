"""A paper as it goes out to Word, before it is written.

Apart from `writing`, which loads the library that writes Word files: whoever only names a paper does not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


class Unusable(Exception):
    """The template cannot be used; the text goes on after "The file "."""


@dataclass(frozen=True)
class WordSection:
    """A section to write."""

    id: int
    heading: str
    text: str
    risks: Sequence[Sequence[str]] = ()
    """The rows of the table of risks that are listed in it."""


@dataclass(frozen=True)
class WordAsk:
    """A recommendation to write. `facts` are the lines of its sum and deadline."""

    id: int
    number: int
    ask: str
    text: str
    reasons: str
    risks: str
    options: Sequence[str]
    facts: Sequence[str]


@dataclass(frozen=True)
class WordPaper:
    """What goes out. `asks_at`: before which of the sections the recommendations stand (their number, from 0)."""

    copy_id: int
    title: str
    reference: str
    body: str
    meeting_on: date | None
    secrecy: str
    sections: Sequence[WordSection]
    lead: WordSection | None
    """Words before the recommendations, where the body's template has them."""
    asks: Sequence[WordAsk]
    asks_at: int
