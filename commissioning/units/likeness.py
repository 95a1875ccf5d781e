"""Names that seem to mean the same work: what two units, or two functions, are suspected of doing twice (BR-31).

Pure: names in, pairs out. It only suspects; people decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations

GENERIC = frozenset(
    {
        *("unit", "service", "team", "group", "department", "office", "area", "manager", "management", "head", "lead"),
        *("core", "non", "business", "enabler", "support", "strategy", "the", "a", "an"),
    }
)
"""Words that say what kind of thing it is, not what it does."""
SMALL = frozenset(["and", "of", "for", "in", "to", "with", "on", "by", "&"])
ALIKE = 0.85
"""How alike two words are that count as one (singular and plural, a slip of the pen)."""
SUSPICIOUS = 0.66
"""Twice the words in common, by the words of both."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two keys whose names are alike, and why."""

    one: int
    other: int
    why: str


def find_pairs(names: Mapping[int, str]) -> list[Pair]:
    """Every two names that seem to mean the same, the keys of each pair in their order."""
    known = {key: (name, words_of(name)) for key, name in names.items()}
    found = []
    for one, other in combinations(sorted(known), 2):
        why = _alike(known[one], known[other])
        if why:
            found.append(Pair(one, other, why))
    return found


def words_of(name: str) -> frozenset[str]:
    """The words that say what it does: without brackets, small words, words of every unit; the plain form of each."""
    plain = re.sub(r"\([^)]*\)", " ", name).casefold().replace("’s", "").replace("'s", "")
    words = {_singular(w) for w in re.findall(r"[a-z0-9]+", plain)}
    return frozenset(words - GENERIC - SMALL) or frozenset(words)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _alike(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> str:
    (name, words), (other_name, other_words) = one, other
    common = sum(1 for w in words if any(_same(w, o) for o in other_words))
    if 2 * common >= SUSPICIOUS * (len(words) + len(other_words)):
        shared = sorted(w for w in words if any(_same(w, o) for o in other_words))
        return f"Both are about: {', '.join(shared)}"
    for short, long in ((name, other_name), (other_name, name)):
        if short.strip().casefold() == _initials(long) and len(short.strip()) > 2:
            return f"{short.strip()} are the initials of {long.strip()}"
    return ""


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    if one.isdigit() or other.isdigit() or min(len(one), len(other)) < 5:
        return False
    return SequenceMatcher(None, one, other).ratio() >= ALIKE


def _initials(name: str) -> str:
    plain = re.sub(r"\([^)]*\)", " ", name).casefold()
    return "".join(w[0] for w in re.findall(r"[a-z0-9]+", plain) if _singular(w) not in GENERIC)
