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
    """`count` people of `role`; `count` 0 with role `asked` stands for "all asked"."""

    count: int
    role: str

    def __str__(self) -> str:
        if self.role == ALL_ASKED:
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
        return frozenset(n.role for alt in self.alternatives for n in alt if n.role != ALL_ASKED)

    def is_met(self, signatures: Iterable[Signature], asked: Iterable[int] = ()) -> bool:
        """Whether the signatures meet one alternative; `asked` are the places that "all asked" wants answered."""
        given, places = list(signatures), frozenset(asked)
        return any(_meets(alt, given, places) for alt in self.alternatives)

    def largest_need(self, eligible: Mapping[str, int]) -> str | None:
        """None if some alternative could be met by `eligible` people for each role, else a sentence saying why not."""
        problems = []
        for alt in self.alternatives:
            short = [n for n in alt if n.role != ALL_ASKED and n.count > eligible.get(n.role, 0)]
            if not short:
                return None
            need = short[0]
            problems.append(f"{need} is wanted but {eligible.get(need.role, 0)} may sign")
        return "; ".join(problems)


_NEED = re.compile(r"^(?:(?P<all>all asked)|(?P<count>\d+) of (?P<of>[a-z_]+)|the (?P<the>[a-z_]+))$")


def parse_quorum(text: str) -> Quorum:
    """Read an expression. Raises QuorumError naming the part that could not be read."""
    alternatives = []
    for alternative in re.split(r",?\s+or\s+", text.strip()):
        needs = []
        for part in re.split(r"\s+and\s+", alternative.strip()):
            match = _NEED.match(part.strip())
            if not match:
                raise QuorumError(f'found "{part.strip()}", expected "all asked", "N of ROLE" or "the ROLE"')
            if match["all"]:
                needs.append(Need(0, ALL_ASKED))
            elif match["the"]:
                needs.append(Need(1, match["the"]))
            else:
                if int(match["count"]) < 1:
                    raise QuorumError(f'found "{part.strip()}", expected at least 1')
                needs.append(Need(int(match["count"]), match["of"]))
        alternatives.append(tuple(needs))
    return Quorum(text, tuple(alternatives))


def _meets(needs: tuple[Need, ...], given: list[Signature], asked: frozenset[int]) -> bool:
    if any(n.role == ALL_ASKED for n in needs) and not asked <= {s.part for s in given}:
        return False
    places = [n.role for n in needs if n.role != ALL_ASKED for _ in range(n.count)]
    return _matching(places, given) == len(places)


def _matching(places: list[str], given: list[Signature]) -> int:
    """Size of the largest matching of places to distinct people (augmenting paths; places are few)."""
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
