"""L12: a reference that points at nothing, and is read as it was typed (NY-21)."""

from __future__ import annotations

from commissioning.reports.lints.paper import Finding, PaperText, lines_of, section_anchor
from commissioning.reports.references import pointing_at_nothing

_RECOMMENDATIONS = "recommendations"
"""The key of the words before the recommendations, which have no number to point at."""


def lost_references(paper: PaperText) -> list[Finding]:
    """Find [see ...] for which there is neither a heading of these words nor a paragraph with [here ...]."""
    sections = [
        {"number": None if s.key == _RECOMMENDATIONS else n, "heading": s.heading, "text": s.text}
        for n, s in enumerate(paper.sections, 1)
    ]
    found = []
    for place, mark in pointing_at_nothing({"sections": sections}):
        section = paper.sections[place]
        line = next((n for n, x in enumerate(lines_of(section.text), 1) if " ".join(mark.split()) in x), None)
        found.append(
            Finding(
                code="L12",
                where=section_anchor(section, line),
                quote=mark,
                message=f"{mark} points at nothing, so that it is read as it stands.",
                what_to_do="Write a heading’s own words in it, or put [here ...] into the paragraph that is meant.",
            )
        )
    return found
