"""What changed between two versions of a text, as pieces to draw.

Belongs here: the comparison. Does not belong here: which versions to compare, or the page
(``macros/text.html``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]
# Above this many words a paragraph is shown as replaced whole: comparing words costs their number squared.
WORDS_MAX = 1_500


@dataclass(frozen=True)
class Piece:
    """A run of text that stayed, came or went."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: ``kind`` "changed" when only parts of it came or went."""

    kind: Literal["same", "added", "removed", "changed"]
    pieces: tuple[Piece, ...]


def difference(old: str, new: str) -> list[Paragraph]:
    """The paragraphs of both texts in reading order, unchanged ones included."""
    before, after = _paragraphs(old), _paragraphs(new)
    result: list[Paragraph] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            result += [_whole("same", text) for text in before[i1:i2]]
            continue
        pairs = min(i2 - i1, j2 - j1)
        for left, right in zip(before[i1 : i1 + pairs], after[j1 : j1 + pairs], strict=True):
            result += _words(left, right)
        result += [_whole("removed", text) for text in before[i1 + pairs : i2]]
        result += [_whole("added", text) for text in after[j1 + pairs : j2]]
    return result


def is_same(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether nothing changed."""
    return all(paragraph.kind == "same" for paragraph in paragraphs)


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _whole(kind: Kind, text: str) -> Paragraph:
    return Paragraph(kind, (Piece(kind, text),))


def _words(left: str, right: str) -> list[Paragraph]:
    """One changed paragraph, or (too different, or too long) the old one removed and the new one added."""
    before, after = re.findall(r"\S+\s*", left), re.findall(r"\S+\s*", right)
    apart = [_whole("removed", left), _whole("added", right)]
    if max(len(before), len(after)) > WORDS_MAX:
        return apart
    matcher = SequenceMatcher(None, [w.strip() for w in before], [w.strip() for w in after], autojunk=False)
    if matcher.ratio() < 0.3:
        return apart
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(after[j1:j2])))
            continue
        if i2 > i1:
            pieces.append(Piece("removed", "".join(before[i1:i2])))
        if j2 > j1:
            pieces.append(Piece("added", "".join(after[j1:j2])))
    return [Paragraph("changed", tuple(pieces))]
