"""Quorum expressions as data: "2 of finance and 1 of legal, or the chair".

Grammar: alternatives joined by ", or", needs in each by "and"; a need is "all asked", "N of ROLE" or "the ROLE".
One person counts once, whatever number of roles they hold: needs are met by a matching of people to places.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ALL_ASKED = "asked"


class QuorumError(ValueError):
    """The expression cannot be read; the message says what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class Need:
    """`count` people of `role`; `count` 0 stands for "all asked" (a role may be called `asked` too)."""

    count: int
    role: str

    @property
    def is_all_asked(self) -> bool:
        """True for "all asked": every asked place answered, whoever answered it."""
        return self.count == 0

    def __str__(self) -> str:
        if self.is_all_asked:
            return "all asked"
        return f"{self.count} of {self.role}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One current answer: who, in which roles they may count, and for which asked place (`part`) it was given."""

    person: int
    roles: frozenset[str]
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Quorum:
    """Alternatives, each a tuple of needs."""

    text: str
    alternatives: tuple[tuple[Need, ...], ...]

    def roles(self) -> frozenset[str]:
        """Every role named, without "asked"."""
        return frozenset(n.role for alt in self.alternatives for n in alt if not n.is_all_asked)

    def is_met(self, signatures: Iterable[Signature], asked: Iterable[int] = ()) -> bool:
        """Whether the signatures meet one alternative; `asked` are the places that "all asked" wants answered."""
        given, places = list(signatures), frozenset(asked)
        return any(_meets(alt, given, places) for alt in self.alternatives)

    def largest_need(self, eligible: Mapping[str, int]) -> str | None:
        """None if some alternative could be met by `eligible` people for each role, else a sentence saying why not."""
        problems = []
        for alt in self.alternatives:
            wanted: dict[str, int] = {}
            for need in alt:
                if not need.is_all_asked:
                    wanted[need.role] = wanted.get(need.role, 0) + need.count
            short = [Need(count, role) for role, count in wanted.items() if count > eligible.get(role, 0)]
            if not short:
                return None
            problems.append(f"{short[0]} is wanted but {eligible.get(short[0].role, 0)} may sign")
        return "; ".join(problems)


_ROLE = "[a-z][a-z0-9_]*"
_NEED = re.compile(rf"(?:(?P<all>all asked)|(?P<count>[0-9]+) of (?P<of>{_ROLE})|the (?P<the>{_ROLE}))")
MOST = 99
"""The largest number that a need may name: more people than any body has, few enough to count at once."""


def parse_quorum(text: str) -> Quorum:
    """Read an expression. Raises QuorumError naming the part that could not be read."""
    alternatives = []
    for alternative in re.split(r",?\s+or\s+", text.strip()):
        needs = []
        for part in re.split(r"\s+and\s+", alternative.strip()):
            match = _NEED.fullmatch(part.strip())
            if not match:
                raise QuorumError(f'found "{part.strip()}", expected "all asked", "N of ROLE" or "the ROLE"')
            if match["all"]:
                needs.append(Need(0, ALL_ASKED))
            elif match["the"]:
                needs.append(Need(1, match["the"]))
            else:
                if len(match["count"]) > 2 or not 1 <= int(match["count"]) <= MOST:
                    raise QuorumError(f'found "{part.strip()}", expected a number from 1 to {MOST}')
                needs.append(Need(int(match["count"]), match["of"]))
        alternatives.append(tuple(needs))
    return Quorum(text, tuple(alternatives))


def _meets(needs: tuple[Need, ...], given: list[Signature], asked: frozenset[int]) -> bool:
    if any(n.is_all_asked for n in needs) and not asked <= {s.part for s in given}:
        return False
    places = [n.role for n in needs for _ in range(n.count)]
    return _matching(places, given) == len(places)


def _matching(places: list[str], given: list[Signature]) -> int:
    """Size of the largest matching of places to distinct people, by augmenting paths (Kuhn); places are few."""
    people: dict[int, set[str]] = {}
    for signature in given:
        people.setdefault(signature.person, set()).update(signature.roles)
    taken: dict[int, int] = {}

    def place(index: int, seen: set[int]) -> bool:
        for person, roles in people.items():
            if places[index] in roles and person not in seen:
                seen.add(person)
                if person not in taken or place(taken[person], seen):
                    taken[person] = index
                    return True
        return False

    return sum(place(i, set()) for i in range(len(places)))
