"""What taking a Word document in would change in a report, part by part, each with the choices that there are.

Nothing is decided here for the author: what was changed in both places, what is tracked, and what could be placed
nowhere has to be chosen. What a copy said when it went out is its base: only what differs from that is a change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from commissioning import labels
from commissioning.audit import canonical, sha256
from commissioning.models.reports import Recommendation
from commissioning.reports.covers import Parts, plain
from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.word.facts import DEADLINE, SUM, facts_in, said_day, said_sum
from commissioning.word.marks import LISTED, RECOMMENDATION, SECTION
from commissioning.word.pieces import NEW, UNPLACED, Known, Piece, pieces_of
from commissioning.word.reading import Tracked, WordDocument

TAKE, WITHOUT, AFTER, KEEP, REMOVE = "take", "without", "after", "keep", "remove"
PLACED = "to_"
"""What a choice begins with that puts text without a place into a section, by its id."""
FIELDS = ("text", "reasons", "risks", "options")
FACT_FIELDS = (SUM, DEADLINE)
"""Compared only where both say them: a heading that a writer took out takes no sum away."""
ORDER = "order"
Base = dict[str, dict[str, Any]]
"""By `s<id>`, `r<id>`, and `l<id>` for the risks listed in a section: `was`, as it stood in the report, and `read`, as
its copy reads."""


@dataclass(frozen=True)
class Proposal:
    """One part that would change. `new` has the tracked changes, `without` has not."""

    name: str
    heading: str
    kind: str
    id: int
    how: str
    """`changed`, `both` (here as well), `first` (nothing stood here), `added`, `missing`, `unplaced`, or `order`."""
    old: str
    new: str
    values: Mapping[str, str]
    """The fields of a recommendation; for a section its text alone. Lines that are as they went out are as written."""
    without: Mapping[str, str] | None
    read: Mapping[str, str]
    """The same, as the document itself reads: what it is compared with when it comes back once more."""
    tracked: Sequence[Tracked]
    choices: Sequence[str]
    chosen: str
    """What is chosen beforehand; empty where the author has to."""
    after: Sequence[str] = ()
    """Of a new recommendation: the names of those before it in the document, the nearest first."""
    is_among: bool = False
    """Of a new recommendation: whether the document has any of the report's own."""


def known_of(parts: Parts) -> Known:
    """The report as its pieces are recognised by."""
    lead = next((s.id for s in parts.sections if s.key == RECOMMENDATIONS), None)
    sections = {s.id: (s.heading, s.key) for s in parts.sections}
    return Known(sections, [r.id for r in parts.recommendations], lead)


def stored(parts: Parts) -> dict[str, dict[str, str]]:
    """The text of each part as it stands, by the names of `Base`."""
    found = {f"s{s.id}": {"text": s.text} for s in parts.sections}
    for r in parts.recommendations:
        found[f"r{r.id}"] = {
            "text": r.text,
            "reasons": r.reasons,
            "risks": r.risks,
            "options": "\n".join(o.text for o in parts.options[r.id]),
            SUM: said_sum(r.amount_pence),
            DEADLINE: said_day(r.deadline_on),
        }
    return found


def base_of(document: WordDocument, parts: Parts) -> Base:
    """What a copy says as it goes out: its own text read back, so that only what a writer changes is a change."""
    read = {_name(p): values_of(p) for p in pieces_of(document, known_of(parts))}
    base = {name: {"was": was, "read": read.get(name, was)} for name, was in stored(parts).items()}
    return base | {name: {"was": said, "read": said} for name, said in read.items() if name[0] == "l"}


def values_of(piece: Piece, *, with_changes: bool = True) -> dict[str, str]:
    """The fields of a piece as read."""
    if piece.kind in (SECTION, LISTED, UNPLACED):
        return {"text": piece.text(with_changes=with_changes)}
    found = {name: piece.text(name, with_changes=with_changes) for name in FIELDS}
    found["options"] = "\n".join(re.sub(r"^\s*(?:[-*•]|\d+\.)\s+", "", x) for x in found["options"].splitlines())
    return found | facts_in(piece.text("facts", with_changes=with_changes))


def proposals_of(document: WordDocument, parts: Parts, base: Base | None) -> list[Proposal]:
    """Every part that would change, in the document's order; `base`: of the copy that comes back, if it is one."""
    pieces = [p for p in pieces_of(document, known_of(parts)) if p.kind != LISTED]
    now = stored(parts)
    found: list[Proposal] = []
    before: list[str] = []
    is_among = any(p.kind == RECOMMENDATION for p in pieces)
    for number, piece in enumerate(pieces, 1):
        if piece.kind in (NEW, UNPLACED):
            if proposal := _extra(piece, number, parts):
                found.append(replace(proposal, after=tuple(reversed(before)), is_among=is_among))
                before += [proposal.name] if piece.kind == NEW else []
        elif proposal := _known_part(piece, now[_name(piece)], (base or {}).get(_name(piece)), parts):
            found.append(proposal)
        if piece.kind == RECOMMENDATION:
            before.append(_name(piece))
    if base is not None:
        seen = {_name(p) for p in pieces}
        found += [_missing(r, parts) for r in parts.recommendations if f"r{r.id}" in base and f"r{r.id}" not in seen]
        if proposal := _order(pieces, base, parts):
            found.append(proposal)
    return found


def absent(document: WordDocument, parts: Parts, base: Base) -> list[str]:
    """Headings of sections that went out with the copy and are not in it any more: they stay as they are."""
    seen = {_name(p) for p in pieces_of(document, known_of(parts))}
    return [s.heading for s in parts.sections if f"s{s.id}" in base and f"s{s.id}" not in seen]


def not_taken(document: WordDocument, parts: Parts, base: Base | None) -> list[str]:
    """What the document says otherwise and the service alone changes: what a recommendation asks, the list of risks."""
    asks = {r.id: (n, labels.ASKS[r.ask]) for n, r in enumerate(parts.recommendations, 1) if r.ask in labels.ASKS}
    found = []
    for piece in pieces_of(document, known_of(parts)):
        number, asked = asks.get(piece.id, (0, ""))
        _, colon, said = piece.heading.partition(":")
        if piece.kind == RECOMMENDATION and number and colon and plain(said) != plain(asked):
            found.append(
                f"Recommendation {number} is headed “{said.strip()}” in the document, and “{asked}” here. What a "
                "recommendation asks is changed in the service."
            )
        if piece.kind == LISTED and (said := _new_lines(piece, base)):
            found.append(f"Risks are changed in the service. The document says otherwise there: “{said}”")
    return found


def _new_lines(piece: Piece, base: Base | None) -> str:
    """What stands in a list of risks and did not when its copy went out; of a list without a copy, all of it."""
    read = (base or {}).get(_name(piece), {"read": {"text": ""}})["read"]["text"].splitlines()
    lines = [line for line in piece.text().splitlines() if line not in read and line.strip()]
    return "; ".join(line.strip(" |").replace("\\|", "|") for line in lines)


def digest_of(proposals: Sequence[Proposal]) -> str:
    """What was shown, in one value: another when the document or the report has moved."""
    return sha256(canonical([[p.name, p.how, p.old, p.new, list(p.choices)] for p in proposals]))


def words_of(values: Mapping[str, str]) -> str:
    """The fields of a part in words."""
    said = [values["text"]]
    said += [f"Reasons: {values['reasons']}"] if values.get("reasons") else []
    said += [f"Risks: {values['risks']}"] if values.get("risks") else []
    said += [f"To choose from: {o}" for o in values.get("options", "").splitlines()]
    said += [f"{word}: {values[name]}" for word, name in (("Sum", SUM), ("Deadline", DEADLINE)) if values.get(name)]
    return "\n".join(said)


_LEADS = (
    (r"agrees?\b(?:\W+\w+){0,4}?\W+not\b|(?:do|does) not", "agree_not_to"),
    (r"(?:consider and )?comment", "comment"),
    (r"approve|adopt|endorse", "approve"),
    (r"agree|support|accept", "agree"),
    (r"delegate|authorise", "delegate"),
    (r"refer", "refer"),
    (r"proceed", "proceed"),
)


def ask_of(text: str) -> str:
    """What a recommendation asks, from the first such verb in its words; `note` where there is none."""
    found = [(m.start(), n) for n, (lead, _) in enumerate(_LEADS) if (m := re.search(rf"\b(?:{lead})", text.lower()))]
    return _LEADS[min(found)[1]][1] if found else "note"


_LETTERS = {SECTION: "s", LISTED: "l"}


def _name(piece: Piece) -> str:
    return f"{_LETTERS.get(piece.kind, 'r')}{piece.id}"


def _same(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    facts = [f for f in FACT_FIELDS if f in one and f in other]
    return all(plain(one.get(f, "")) == plain(other.get(f, "")) for f in FIELDS) and all(
        one[f] == other[f] for f in facts
    )


def _as_written(values: Mapping[str, str], base: Mapping[str, Any] | None) -> dict[str, str]:
    """Lines that nobody changed as they stood in the report, so that taking a part rewrites nothing else in it."""
    found = dict(values)
    for name in values if base else ():
        was = [line for line in base["was"].get(name, "").splitlines() if line.strip()] if base else []
        read = base["read"].get(name, "").splitlines() if base else []
        if len(was) == len(read):
            back = dict(zip(read, was, strict=True))
            found[name] = "\n".join(back.get(line, line) for line in values[name].splitlines())
    return found


def _known_part(piece: Piece, now: dict[str, str], base: dict[str, Any] | None, parts: Parts) -> Proposal | None:
    new, without = values_of(piece), values_of(piece, with_changes=False)
    read = base["read"] if base else now
    if (_same(new, read) and _same(without, read)) or (_same(new, now) and _same(without, now)):
        return None
    if base is None:
        how = "both" if words_of(now).strip() else "first"
    else:
        how = "changed" if _same(now, base["was"]) else "both"
    is_tracked = not _same(new, without)
    choices = [TAKE]
    if is_tracked and not _same(without, read):
        choices.append(WITHOUT)
    if how == "both" and piece.kind == SECTION:
        choices.append(AFTER)
    return Proposal(
        name=_name(piece),
        heading=_heading(piece, parts),
        kind=piece.kind,
        id=piece.id,
        how=how,
        old=words_of(now),
        new=words_of(_as_written(new, base)),
        values=_as_written(new, base),
        without=_as_written(without, base) if is_tracked else None,
        read=new,
        tracked=piece.tracked,
        choices=[*choices, KEEP],
        chosen="" if how == "both" or is_tracked else TAKE,
    )


def _heading(piece: Piece, parts: Parts) -> str:
    if piece.kind == SECTION:
        return next(s.heading for s in parts.sections if s.id == piece.id)
    return f"Recommendation {next(n for n, r in enumerate(parts.recommendations, 1) if r.id == piece.id)}"


def _extra(piece: Piece, number: int, parts: Parts) -> Proposal | None:
    """A recommendation that is not in the report yet, or text that fits no section."""
    new, without = values_of(piece), values_of(piece, with_changes=False)
    if not new["text"].strip():
        return None
    is_tracked = not _same(new, without)
    if piece.kind == NEW:
        choices, how = [TAKE, KEEP], "added"
        if is_tracked and without["text"].strip():
            choices.insert(1, WITHOUT)
    else:
        choices, how = [*(f"{PLACED}{s.id}" for s in parts.sections), KEEP], "unplaced"
    return Proposal(
        name=f"x{number}",
        heading=piece.heading or "Before the first heading",
        kind=piece.kind,
        id=0,
        how=how,
        old="",
        new=words_of(new),
        values=new,
        without=without if is_tracked else None,
        read=new,
        tracked=piece.tracked,
        choices=choices,
        chosen=TAKE if piece.kind == NEW and not is_tracked else "",
    )


def _missing(row: Recommendation, parts: Parts) -> Proposal:
    place = next(n for n, r in enumerate(parts.recommendations, 1) if r.id == row.id)
    return Proposal(
        name=f"r{row.id}",
        heading=f"Recommendation {place}",
        kind=RECOMMENDATION,
        id=row.id,
        how="missing",
        old=words_of(stored(parts)[f"r{row.id}"]),
        new="",
        values={"text": ""},
        without=None,
        read={"text": ""},
        tracked=(),
        choices=[KEEP, REMOVE],
        chosen=KEEP,
    )


def _order(pieces: Sequence[Piece], base: Base, parts: Parts) -> Proposal | None:
    """The recommendations in another order than their copy had and the report has."""
    here = {r.id: r.text for r in parts.recommendations}
    said = [p.id for p in pieces if p.kind == RECOMMENDATION]
    was = [int(name[1:]) for name in base if name[0] == "r" and int(name[1:]) in said]
    now = [i for i in here if i in said]
    if said in (was, now):
        return None
    shown = {tuple(ids): "\n".join(f"{n}. {here[i]}" for n, i in enumerate(ids, 1)) for ids in (now, said)}
    values = {"text": ",".join(str(i) for i in said)}
    return Proposal(
        name=ORDER,
        heading="Order of the recommendations",
        kind=ORDER,
        id=0,
        how=ORDER,
        old=shown[tuple(now)],
        new=shown[tuple(said)],
        values=values,
        without=None,
        read=values,
        tracked=(),
        choices=[TAKE, KEEP],
        chosen=TAKE if was == now else "",
    )
