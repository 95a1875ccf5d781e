"""What can happen on a small definition, by brute force: every concrete position, two named signers, all pairs closed.

Imports nothing of the product. A definition is a plain dict:

    {"states": {name: {"final": bool, "standing": bool}}, "initial": name,
     "steps": {name: {"from": [..], "to": [..] or ["previous"] or [], "people": bool,
                      "needs": bool, "gives": bool}},
     "signing": None or {"state": name, "step": name, "done": name, "blocks": bool, "people": bool, "met": bool}}

`needs` is a guard that nothing opens but a step with `gives`. Reading the rules: both signers must have cleared for
`done`; a signer may answer again at any time; any answer may be made out of date from outside; a step by the system
alone happens only in a standing state, or as `done`. What happens from outside is never relied on to finish.
"""

from __future__ import annotations

from itertools import product
from typing import Any

Spec = dict[str, Any]
Place = tuple[str, str | None, tuple[str, str], bool]
BLANK = ("", "")


def places(spec: Spec) -> list[Place]:
    """Every place that could be written down, reachable or not."""
    signing = spec["signing"]
    answers = ["", "yes", "no", "old"]
    return [
        (state, previous, votes, opened)
        for state in spec["states"]
        for previous in [None, *spec["states"]]
        for votes in (product(answers, answers) if signing and signing["state"] == state else [BLANK])
        for opened in (False, True)
    ]


def happenings(spec: Spec, place: Place) -> list[tuple[str, Place]]:
    """What may happen next: (step name, or "outside") and the place after."""
    state, previous, votes, opened = place
    signing = spec["signing"] if spec["signing"] and spec["signing"]["state"] == state else None
    found: list[tuple[str, Place]] = []
    for name, step in spec["steps"].items():
        if state not in step["from"] or (step["needs"] and not opened):
            continue
        after = opened or step["gives"]
        if signing and name == signing["step"]:
            if signing["people"]:
                found += [(name, (state, previous, v, after)) for v in signatures(votes, signing)]
            continue
        done = bool(signing and name == signing["done"])
        if done and votes != ("yes", "yes"):
            continue
        if not done and not step["people"] and not spec["states"][state]["standing"]:
            continue
        if not step["to"]:
            found.append((name, (state, previous, votes, after)))
        for target in step["to"]:
            to = previous if target == "previous" else target
            if to is not None:
                found.append((name, (to, previous if to == state else state, BLANK, after)))
    for who in (0, 1):
        if votes[who] in ("yes", "no"):
            found.append(("outside", (state, previous, replaced(votes, who, "old"), opened)))
    return found


def signatures(votes: tuple[str, str], signing: dict[str, Any]) -> list[tuple[str, str]]:
    """The votes after one more signature. Where the quorum names only barred roles, no answer ever counts."""
    answers = (["yes"] if signing["met"] else []) + (["no"] if signing["blocks"] else [])
    return [votes, *(replaced(votes, who, answer) for who in (0, 1) for answer in answers)]


def replaced(votes: tuple[str, str], who: int, answer: str) -> tuple[str, str]:
    """The votes with one of them changed."""
    return (answer, votes[1]) if who == 0 else (votes[0], answer)


def closed(rows: list[int]) -> list[int]:
    """Warshall's closure over bit sets."""
    for middle in range(len(rows)):
        for i, row in enumerate(rows):
            if row >> middle & 1:
                rows[i] = row | rows[middle]
    return rows


def verdict(spec: Spec) -> tuple[set[str], set[str], set[str]]:
    """States that a case can be in, states in which some case cannot finish, steps that can happen."""
    every = places(spec)
    number = {place: i for i, place in enumerate(every)}
    anyhow, surely = [1 << i for i in range(len(every))], [1 << i for i in range(len(every))]
    for place, i in number.items():
        for name, to in happenings(spec, place):
            anyhow[i] |= 1 << number[to]
            if name != "outside":
                surely[i] |= 1 << number[to]
    start = number[(spec["initial"], None, BLANK, False)]
    from_start = closed(anyhow)[start]
    reachable = [place for place, i in number.items() if from_start >> i & 1]
    ends = sum(1 << i for place, i in number.items() if spec["states"][place[0]]["final"])
    surely = closed(surely)
    reached = {place[0] for place in reachable}
    stuck = {place[0] for place in reachable if not surely[number[place]] & ends}
    fired = {name for place in reachable for name, _ in happenings(spec, place)} - {"outside"}
    return reached, stuck, fired
