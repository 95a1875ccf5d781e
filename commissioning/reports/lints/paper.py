"""What a lint reads and what it answers: a paper as plain text, and a finding.

Here belong frozen values alone. Reading a report out of the database, and deciding whether a finding stops a
submission, belong to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal

SectionKind = Literal["section", "implication"]
Part = Literal["paper", "section", "recommendation", "appendix"]
Severity = Literal["blocker", "warning"]

#: What a body that set nothing gets. A blocker is something that cannot be decided or read as it stands.
DEFAULT_SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        "L01": "warning",
        "L02": "warning",
        "L03": "warning",
        "L04": "blocker",
        "L05": "warning",
        "L06": "blocker",
        "L07": "warning",
        "L08": "warning",
        "L09": "warning",
        "L10": "warning",
        "L11": "warning",
        "L12": "warning",
    }
)


@dataclass(frozen=True, slots=True)
class BodyName:
    """A body and the short names by which papers call it ("DMT")."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section, or an implication. Paragraphs of `text` are its non-blank lines.

    `number` is what is printed before the heading ("3", "3.0", or "" for none); `none_because` is the reason
    where the author answered "None, because ...".
    """

    key: str
    heading: str
    text: str
    number: str = ""
    kind: SectionKind = "section"
    none_because: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommendation; `ask` is one of the product's nine asks, `options` what a "choose" offers."""

    number: str
    ask: str
    text: str
    reasons: str = ""
    risks: str = ""
    amount_pence: int | None = None
    deadline_on: date | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Appendix:
    """A lettered appendix; `text` is what could be read out of it, or None."""

    letter: str
    title: str
    attached: bool
    text: str | None = None


@dataclass(frozen=True, slots=True)
class PaperText:
    """A report as the lints read it.

    `meeting_on` is the day of the meeting that decides, or None while there is none. `decided_at` is the body
    that the route leads to, where it is not the one where the paper is tabled. `known_bodies` are all the
    council's bodies, by which "Cabinet" or "DMT" in a text is understood. `risks` says of each risk that is listed
    when it arises: "decided" or "not_decided".
    """

    title: str
    tabled_at: BodyName
    meeting_on: date | None
    decided_at: BodyName | None = None
    known_bodies: tuple[BodyName, ...] = ()
    sections: tuple[Section, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    appendices: tuple[Appendix, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where in the paper: `key` is the section's key, the recommendation's number or the appendix's letter.

    `paragraph` counts the non-blank lines of that part from 1; `label` says the same in words.
    """

    part: Part
    key: str
    label: str
    paragraph: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which lint, where (and where else), the words quoted, and what to do."""

    code: str
    where: Anchor
    quote: str
    message: str
    what_to_do: str
    severity: Severity = "warning"
    also: tuple[Anchor, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """One paragraph with its place; `asks` is true where recommendations are worded."""

    where: Anchor
    text: str
    asks: bool


def section_label(section: Section, paragraph: int | None = None) -> str:
    """Name a section, and a paragraph in it, in words."""
    label = f"section {section.number} {section.heading}" if section.number else f"section {section.heading}"
    return label if paragraph is None else f"{label}, paragraph {paragraph}"


def section_anchor(section: Section, paragraph: int | None = None) -> Anchor:
    """Point at a section, or at one paragraph of it."""
    return Anchor("section", section.key, section_label(section, paragraph), paragraph)


def recommendation_anchor(recommendation: Recommendation) -> Anchor:
    """Point at a recommendation by its number."""
    return Anchor("recommendation", recommendation.number, f"recommendation {recommendation.number}")


def appendix_anchor(letter: str) -> Anchor:
    """Point at an appendix by its letter."""
    return Anchor("appendix", letter, f"Appendix {letter}")


def lines_of(text: str) -> list[str]:
    """Return the paragraphs of a text: its non-blank lines, white space made single."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def words_recommendations(section: Section) -> bool:
    """Say whether a section is the one that words the recommendations ("7.0 Recommendations")."""
    return section.heading.lower().startswith("recommendation")


def section_passages(paper: PaperText) -> Iterator[Passage]:
    """Yield every paragraph of every section, reasons for "none" included."""
    for section in paper.sections:
        for position, line in enumerate(lines_of(section.text), start=1):
            yield Passage(section_anchor(section, position), line, words_recommendations(section))
        if section.none_because.strip():
            yield Passage(section_anchor(section), section.none_because.strip(), asks=False)


def recommendation_passages(paper: PaperText) -> Iterator[Passage]:
    """Yield what recommendations ask, and the reasons and risks given with them."""
    for recommendation in paper.recommendations:
        where = recommendation_anchor(recommendation)
        for line in lines_of(recommendation.text):
            yield Passage(where, line, asks=True)
        for line in lines_of(recommendation.reasons) + lines_of(recommendation.risks):
            yield Passage(where, line, asks=False)


def passages(paper: PaperText) -> list[Passage]:
    """Return every paragraph of sections and recommendations, in order of reading."""
    return [*section_passages(paper), *recommendation_passages(paper)]
