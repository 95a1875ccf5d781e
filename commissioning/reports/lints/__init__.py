"""The lints of a board paper: twelve things that a reader would stumble over, found before the reader does.

Pure functions over `PaperText`. They read English council prose by pattern, so they warn of what is likely
wrong and leave doubtful cases alone; each finding says where it is and what to do. What a finding stops is
the body's setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from commissioning.reports.lints.appendices import citations, hidden_recommendations
from commissioning.reports.lints.bodies import wrong_body
from commissioning.reports.lints.completeness import (
    empty_implications,
    no_financial_information,
    no_risk_of_not_deciding,
)
from commissioning.reports.lints.deadlines import late_deadlines, undated_promises
from commissioning.reports.lints.decisions import two_decisions, undecidable
from commissioning.reports.lints.numbering import numbering
from commissioning.reports.lints.paper import (
    DEFAULT_SEVERITIES,
    Anchor,
    Appendix,
    BodyName,
    Finding,
    PaperText,
    Recommendation,
    Section,
    Severity,
)
from commissioning.reports.lints.pointing import lost_references

#: Each lint's name as the settings page and the findings list show it.
TITLES: Mapping[str, str] = {
    "L01": "The body asked is not the body where the paper is tabled",
    "L02": "A deadline falls before the deciding meeting",
    "L03": "Two decisions in one recommendation",
    "L04": "A recommendation cannot be decided as written",
    "L05": "Numbering has gaps or repeats",
    "L06": "An implication is left empty",
    "L07": "A promise has no date",
    "L08": "An appendix has recommendations that the cover does not carry",
    "L09": "Appendices cited and attached do not match",
    "L10": "No financial information",
    "L11": "No risk of not deciding",
    "L12": "A reference points at nothing",
}


def lint(paper: PaperText, today: date, severities: Mapping[str, Severity] | None = None) -> list[Finding]:
    """Run all lints over a paper and return the findings, in order of code and then of reading.

    `today` is the reader's day: it words what can still be done about a deadline. `severities` are the body's
    own settings by code; a code that it does not name keeps its default. Raises nothing for any text.
    """
    settings = {**DEFAULT_SEVERITIES, **(severities or {})}
    found = [
        *wrong_body(paper),
        *late_deadlines(paper, today),
        *two_decisions(paper),
        *undecidable(paper),
        *numbering(paper),
        *empty_implications(paper),
        *undated_promises(paper),
        *hidden_recommendations(paper),
        *citations(paper),
        *no_financial_information(paper),
        *no_risk_of_not_deciding(paper),
        *lost_references(paper),
    ]
    return [replace(finding, severity=settings[finding.code]) for finding in found]


__all__ = [
    "DEFAULT_SEVERITIES",
    "TITLES",
    "Anchor",
    "Appendix",
    "BodyName",
    "Finding",
    "PaperText",
    "Recommendation",
    "Section",
    "Severity",
    "lint",
]
