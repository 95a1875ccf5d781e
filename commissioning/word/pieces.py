"""From the headings of a Word document to its pieces: what each section and each recommendation says in it.

A mark decides what a piece is; where a writer has dropped the marks, the heading's words do. What fits nothing is a
piece of its own, so that no text is lost. Not here: what becomes of the report (`understanding`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import pairwise

from commissioning.models.reports import RISK
from commissioning.word.marks import LISTED, RECOMMENDATION, SECTION
from commissioning.word.reading import Heading, Line, Tracked, WordDocument

NEW, UNPLACED, ASKS = "new", "unplaced", "asks"
LISTED_RISKS = "Risks listed in the service"
ASK_LEVEL = 2
"""The level of a recommendation's own heading in our documents."""
REASONS, RISKS, CHOICES, FACTS = "Reasons", "Risks", "What there is to choose from", "Sum and deadline"
_PARTS = {REASONS: "reasons", RISKS: "risks", CHOICES: "options", FACTS: "facts"}
_ASKED = re.compile(r"recommend", re.IGNORECASE)
_NUMBERED_ASK = re.compile(r"^recommendation\s+(\d+)\b", re.IGNORECASE)
_TYPED = re.compile(r"^\(?(?:\d{1,2}(?:\.\d{1,2})?|[a-z]|[ivx]{1,4})[.)]\s+|^\d{1,2}\.\d{1,2}\s+")
_PARAGRAPH = re.compile(r"^\d{1,2}\.\d{1,2}\.?\s+")
_RUNNING = re.compile(r"^(\d{1,3})\.\s+")
_LIKE = 0.82
_SAME = {
    "introduction": "background", "context": "background", "purpose": "summary", "purpose of report": "summary",
    "executive summary": "summary", "proposals": "proposal", "other options considered": "options",
    "alternative options": "options", "other options": "options", "finance": "financial_revenue",
    "financial": "financial_revenue", "revenue": "financial_revenue", "capital": "financial_capital",
    "equality": "equalities", "hr": "personnel", "human resources": "personnel", "staffing": "personnel",
    "risks": "risk", "risk assessment": "risk", "consultations": "consultation", "next steps": "next_steps",
}  # fmt: skip
"""Headings that councils use, by the key of the section that they mean."""


@dataclass
class Piece:
    """What the document says of one thing. `lines` are read twice: with tracked changes, and without."""

    kind: str
    """`section`, `listed` (the risks of a section), `recommendation`, `new` (a recommendation that is not in the
    report), or `unplaced`."""
    id: int
    heading: str
    parts: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    tracked: list[Tracked] = field(default_factory=list)

    def text(self, part: str = "text", *, with_changes: bool = True) -> str:
        """The lines of a part, one under the other."""
        found = self.parts.get(part, ([], []))
        return "\n".join(found[0 if with_changes else 1])

    def add(self, part: str, lines: Sequence[Line], before: Sequence[Line]) -> None:
        """More lines of a part."""
        known = self.parts.setdefault(part, ([], []))
        known[0].extend(x.text for x in lines)
        known[1].extend(x.text for x in before)


@dataclass(frozen=True)
class Known:
    """What the report has: headings of its sections by id with their keys, and its recommendations in order."""

    sections: Mapping[int, tuple[str, str]]
    recommendations: Sequence[int]
    lead_id: int | None = None
    """The section of the words before the recommendations, if the body's template has it."""


def pieces_of(document: WordDocument, known: Known) -> list[Piece]:
    """The pieces of a document in its order; what stands before its first heading is left out."""
    is_ours = document.copy_id is not None or any(h.mark for h in document.headings)
    gathering = _Gathering(known, is_ours=is_ours, runs_on=not is_ours and _runs_on(document.headings))
    for heading in document.headings[1:]:
        gathering.take(heading)
    return gathering.found


class _Gathering:
    """The pieces while they are gathered."""

    def __init__(self, known: Known, *, is_ours: bool, runs_on: bool) -> None:
        self.known, self.is_ours, self.runs_on = known, is_ours, runs_on
        self.found: list[Piece] = []
        self.level = 1
        self.in_asks = False

    def take(self, heading: Heading) -> None:
        """One heading with what stands under it."""
        part = _PARTS.get(heading.text)
        last = self.found[-1] if self.found else None
        if part and heading.mark is None and last is not None and last.kind in (RECOMMENDATION, NEW):
            last.add(part, heading.with_changes, heading.without)
            last.tracked += heading.tracked
            return
        kind, found = self._what(heading)
        if kind == ASKS:
            self._asks(heading)
            return
        if kind == UNPLACED and last is not None and (self.is_ours or heading.level > self.level):
            under = [Line(f"### {heading.text}")]
            last.add("text", [*under, *heading.with_changes], [*under, *heading.without])
            last.tracked += heading.tracked
            return
        same = next((p for p in self.found if kind == SECTION and p.kind == SECTION and p.id == found), None)
        piece = same or Piece(kind, found, heading.text)
        if same is None:
            self.found.append(piece)
        else:
            under = [Line(f"### {heading.text}")]
            piece.add("text", under, under)
        self.level = heading.level
        piece.add("text", self._lines(heading.with_changes), self._lines(heading.without))
        piece.tracked += heading.tracked

    def _what(self, heading: Heading) -> tuple[str, int]:
        """What a heading begins: by its mark, else by its words."""
        found = self._by_mark(heading) or self._listed(heading) or self._by_number(heading)
        if found is None:
            section = section_like(heading.text, self.known)
            if section is not None and section != self.known.lead_id:
                found = SECTION, section
            elif _ASKED.search(heading.text):
                found = ASKS, 0
            elif self.is_ours and self.in_asks and heading.level == ASK_LEVEL:
                found = NEW, 0
            else:
                return UNPLACED, 0
        self.in_asks = found[0] not in (SECTION, LISTED) or found[1] == self.known.lead_id
        return found

    def _by_mark(self, heading: Heading) -> tuple[str, int] | None:
        mark = heading.mark
        known = mark is not None and mark.id in (
            self.known.sections if mark.kind in (SECTION, LISTED) else self.known.recommendations
        )
        return (mark.kind, mark.id) if mark is not None and known else None

    def _listed(self, heading: Heading) -> tuple[str, int] | None:
        """The list of risks of a copy that has lost its marks."""
        place = next((i for i, (_, key) in self.known.sections.items() if key == RISK), None)
        return (LISTED, place) if place is not None and heading.text == LISTED_RISKS else None

    def _by_number(self, heading: Heading) -> tuple[str, int] | None:
        """ "Recommendation 2" is that of the report, if this is a copy of it and it was not met yet; else a new one."""
        numbered = _NUMBERED_ASK.match(heading.text)
        if numbered is None:
            return None
        wanted = self.known.recommendations[int(numbered[1]) - 1 :][:1]
        taken = {p.id for p in self.found if p.kind == RECOMMENDATION}
        is_known = self.is_ours and bool(wanted) and wanted[0] not in taken
        return (RECOMMENDATION, wanted[0]) if is_known else (NEW, 0)

    def _asks(self, heading: Heading) -> None:
        """A heading over recommendations: its numbered entries are one each, what leads to them goes before them."""
        lead = Piece(SECTION, self.known.lead_id, heading.text) if self.known.lead_id else None
        entries: list[Piece] = []
        has_list = any(x.list_id for x in heading.with_changes)
        for which, lines in ((0, heading.with_changes), (1, heading.without)):
            count = 0
            for line in lines:
                is_entry = bool(line.list_id) if has_list else _TYPED.match(line.text) is not None
                if is_entry:
                    count += 1
                    if len(entries) < count:
                        entries.append(Piece(NEW, 0, f"Recommendation {count}"))
                into = entries[count - 1] if count else (lead or _unplaced(self.found, heading.text))
                text = _TYPED.sub("", line.text) if is_entry else line.text
                into.parts.setdefault("text", ([], []))[which].append(text)
        if lead is not None and lead.parts:
            self.found.append(lead)
        self.found += entries
        if heading.tracked and self.found:
            self.found[-1].tracked += heading.tracked
        self.level = heading.level

    def _lines(self, lines: Sequence[Line]) -> Sequence[Line]:
        """In a document that is not ours, numbers that were typed before paragraphs go: they are made when shown."""
        if self.is_ours:
            return lines
        bare = [_PARAGRAPH.sub("", x.text) for x in lines]
        return [Line(_RUNNING.sub("", t) if self.runs_on else t, x.list_id) for t, x in zip(bare, lines, strict=True)]


def _runs_on(headings: Sequence[Heading]) -> bool:
    """Whether paragraphs carry typed numbers that run on from one heading to the next: 1 to 21 through the paper."""
    numbered = [
        (place, int(found[1]))
        for place, heading in enumerate(headings)
        for line in heading.with_changes
        if not line.list_id and (found := _RUNNING.match(line.text))
    ]
    steps = [later - earlier for (_, earlier), (_, later) in pairwise(numbered)]
    # Most, not all: a number that somebody typed twice makes it no list.
    return len({place for place, _ in numbered}) > 1 and steps.count(1) * 5 >= len(steps) * 4


def _unplaced(found: list[Piece], heading: str) -> Piece:
    last = next((p for p in found if p.kind == UNPLACED and p.heading == heading), None)
    if last is None:
        last = Piece(UNPLACED, 0, heading)
        found.append(last)
    return last


def section_like(heading: str, known: Known) -> int | None:
    """The section that a heading means: the same words, words that councils use for it, or very like ones."""
    words = _words(heading)
    by_key = {key: identity for identity, (_, key) in known.sections.items()}
    for identity, (own, _) in known.sections.items():
        if _words(own) == words:
            return identity
    plain = re.sub(r"\b(implications?|considerations?|comments?|issues?|assessment)\b", "", words).strip()
    for said in (words, plain, *(_words(x) for x in re.split(r"/|\band\b|&", heading)), *words.split()[:1]):
        for key in (said.replace(" ", "_"), _SAME.get(said, "")):
            if key in by_key:
                return by_key[key]
    likeness = [(SequenceMatcher(None, _words(own), words).ratio(), i) for i, (own, _) in known.sections.items()]
    best = max(likeness, default=(0.0, 0))
    return best[1] if best[0] >= _LIKE else None


def _words(heading: str) -> str:
    return " ".join(re.findall(r"[a-z]+", heading.lower()))
