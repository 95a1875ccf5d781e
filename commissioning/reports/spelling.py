"""Whether a change of text is spelling and layout alone. Here: comparing two texts. Not here: who may correct what.

A rule of thumb that errs towards refusing: figures, dates, cited appendices and the words that turn a sentence round
stay as they are; a word may become one that looks like it; only little words may be added or dropped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

_FIGURES = re.compile(r"[£$€%]|\d+")
_LETTERS = re.compile(r"\bappendi(?:x|ces)\b[^.;:\n]{0,40}", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_WEIGHTY = re.compile(
    "not|no|never|nor|none|neither|cannot|without|unless|except|until|must|shall|may|might|should|will|would|could|can"
    "|only|all|any|every|each"
)
"""Words that change what is decided or allowed."""
_LITTLE = re.compile("(?:(?:an?|the|of|to|in|on|at|by|for|is|are|be|that|and|as)(?: |$))*")
LONGEST = 4000
"""Words between the first change and the last: more than that is not one correction."""
ALIKE = 0.6


def beyond_spelling(old: str, new: str) -> str:
    """What in the change is more than spelling and layout, as a sentence without its full stop; "" if nothing is."""
    if _FIGURES.findall(old) != _FIGURES.findall(new):
        return "A figure, a date or a sum has changed"
    if _cited(old) != _cited(new):
        return "It cites other appendices than before"
    if _weighty(old) != _weighty(new):
        return "A word that changes the sense was added or taken out, such as “not”, “must” or “may”"
    before, after = _between(old.split(), new.split())
    if max(len(before), len(after)) > LONGEST:
        return "That is too much at once: correct one place at a time"
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal" and not _is_slip(before, i1, i2, after, j1, j2):
            was, now = " ".join(before[i1:i2]), " ".join(after[j1:j2])
            return f"“{was}” to “{now}” is more than spelling" if was and now else f"“{was or now}” is more than a slip"
    return ""


def _cited(text: str) -> list[str]:
    return [letter for found in _LETTERS.findall(text) for letter in re.findall(r"\b[A-Z]\b", found)]


def _weighty(text: str) -> Counter[str]:
    words = [w.lower().replace("’", "'") for w in _WORD.findall(text)]
    return Counter("not" if w.endswith("n't") else w for w in words if _WEIGHTY.fullmatch(w) or w.endswith("n't"))


def _between(before: Sequence[str], after: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The words from the first that differs to the last."""
    start, most = 0, min(len(before), len(after))
    while start < most and before[start] == after[start]:
        start += 1
    end = 0
    while end < most - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return before[start : len(before) - end], after[start : len(after) - end]


def _is_slip(before: Sequence[str], i1: int, i2: int, after: Sequence[str], j1: int, j2: int) -> bool:
    was, now = _bare(before[i1:i2]), _bare(after[j1:j2])
    if was == now:
        return True
    if not was or not now:
        return _LITTLE.fullmatch(was + now) is not None or (was != "" and was in _around(before, i1, i2))
    return SequenceMatcher(None, was, now, autojunk=False).ratio() >= ALIKE


def _around(words: Sequence[str], start: int, end: int) -> set[str]:
    """The words beside a stretch: a word written twice is a slip."""
    return {_bare(words[max(0, start - 1) : start]), _bare(words[end : end + 1])}


def _bare(words: Sequence[str]) -> str:
    """Words without punctuation or capitals."""
    return " ".join(_WORD.findall(" ".join(words))).lower()
