"""Passages: what is recorded of the work, in a paper's words with its source and date; refreshed until submission.

A passage stands in its section's text word for word as it was taken. One that is not found there any more was
rewritten: then the author chooses, and nothing is replaced unseen. Here: words, finding, comparing. Not here: what is
gathered (`sources`), taking (`refreshing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from commissioning.audit import canonical, sha256
from commissioning.models.cases import Case
from commissioning.models.passages import Passage
from commissioning.models.reports import Section
from commissioning.reports.places import place_for
from workflows.working_days import in_words

TAKE, KEEP, AFTER = "take", "keep", "after"
"""What the author chooses: the new facts in its place, the words as they stand, or the new facts after them."""
_MOST_WORDS = 3000


@dataclass(frozen=True, slots=True)
class Facts:
    """What is recorded on one topic (the same from time to time) in one case: a first line, and what it lists."""

    topic: str
    purpose: str
    """One of `places.PLACES`."""
    source: Case
    lead: str
    lines: Sequence[str] = ()

    @property
    def text(self) -> str:
        """As it is kept: one line for each."""
        return "\n".join(" ".join(line.split())[:_MOST_WORDS] for line in (self.lead, *self.lines))

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by in its report."""
        return self.topic, self.source.id


def in_paper(text: str, reference: str, on: date) -> str:
    """Kept facts as a paper says them: "It commissions for three years (from CYC-12, as at 3 November 2026)." """
    first, *rest = text.split("\n")
    said = f"{first.rstrip('.: ')} (from {reference}, as at {in_words(on)}){':' if rest else '.'}"
    return "\n".join([said, *(f"- {line}" for line in rest)])


def words_of(passage: Passage) -> str:
    """A passage as it was taken."""
    return in_paper(passage.facts, passage.source.reference, passage.facts_on)


@dataclass(frozen=True, slots=True)
class Change:
    """What a refresh would do with one passage. `how`: changed, rewritten, added or gone."""

    section: Section
    topic: str
    source: Case
    how: str
    old: str
    new: str
    facts: str
    passage: Passage | None
    may_replace: bool = True
    """False where the words in its place may be of another passage as well."""

    @property
    def name(self) -> str:
        """The name of its field in a form."""
        return f"{self.topic.replace('.', '_')}_{self.source.id}"

    @property
    def choices(self) -> tuple[str, ...]:
        """What can be done with it, the first unless the author says else."""
        if self.how != "rewritten":
            return TAKE, KEEP
        return (KEEP, *((TAKE,) if self.may_replace else ()), *((AFTER,) if self.new else ()))


def find_changes(
    sections: Sequence[Section],
    passages: Sequence[Passage],
    facts: Iterable[Facts],
    today: date,
    unseen: frozenset[int] = frozenset(),
) -> list[Change]:
    """Where the record says something else than the passages do, in the order of the paper.

    `unseen` are sources outside the author's access: what came from them stays.
    """
    by_key = {f.key: f for f in facts}
    there = {(p.topic, p.source_id) for p in passages}
    found = [
        change
        for p in passages
        if p.source_id not in unseen and (change := _of_passage(p, passages, by_key, today)) is not None
    ]
    for key, new in by_key.items():
        section = place_for(sections, new.purpose)
        if key not in there and section is not None:
            words = in_paper(new.text, new.source.reference, today)
            found.append(Change(section, new.topic, new.source, "added", "", words, new.text, None))
    places = {s.id: n for n, s in enumerate(sections)}
    return sorted(found, key=lambda c: places[c.section.id])


def _of_passage(
    passage: Passage, passages: Sequence[Passage], by_key: dict[tuple[str, int], Facts], today: date
) -> Change | None:
    facts = by_key.get((passage.topic, passage.source_id))
    text = facts.text if facts else ""
    if text == passage.facts:
        return None
    section, source = passage.section, passage.source
    new = in_paper(text, source.reference, today) if facts else ""
    beside = [p for p in passages if p.section_id == passage.section_id]
    if words_of(passage) in section.text:
        how = "changed" if facts else "gone"
        return Change(section, passage.topic, source, how, words_of(passage), new, text, passage)
    start, end = gap_of(section.text, passage, beside)
    alone = all(p is passage or words_of(p) in section.text or gap_of(section.text, p, beside) != (start, end)
                for p in beside)  # fmt: skip
    old = section.text[start:end].strip()
    return Change(section, passage.topic, source, "rewritten", old, new, text, passage, alone)


def gap_of(text: str, passage: Passage, beside: Sequence[Passage]) -> tuple[int, int]:
    """Where a rewritten passage stands: between those before and after it that are still there word for word."""
    start, end = 0, len(text)
    for other in beside:
        at = text.find(words_of(other))
        if at >= 0 and other.position < passage.position:
            start = max(start, at + len(words_of(other)))
        elif at >= 0 and other.position > passage.position:
            end = min(end, at)
    return start, max(start, end)


def apply(text: str, change: Change, choice: str, beside: Sequence[Passage]) -> str:
    """A section's text once the author has chosen."""
    if choice == KEEP:
        return text
    if change.passage is None:
        return _tidy(f"{text}\n\n{change.new}")
    if change.how != "rewritten":
        return _tidy(text.replace(change.old, change.new, 1))
    start, end = gap_of(text, change.passage, beside)
    if choice == AFTER:
        start = end
    return _tidy(f"{text[:start]}\n\n{change.new}\n\n{text[end:]}")


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def digest_of(changes: Sequence[Change]) -> str:
    """What was shown, so that nothing else is taken."""
    return sha256(canonical([[c.name, c.how, c.old, c.new] for c in changes]))
