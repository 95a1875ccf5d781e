"""L05: gaps and repeats in numbers that were typed: sections, paragraphs, recommendations, appendices."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commissioning.reports.lints.paper import (
    Finding,
    PaperText,
    Section,
    appendix_anchor,
    lines_of,
    recommendation_anchor,
    section_anchor,
)
from commissioning.reports.lints.prose import quoted

# "4." and "4)" at the start of a line; "4.2" too, but not "2.4 million" or "1.5 FTE".
_PLAIN = re.compile(r"^(\d{1,3})[.)]\s+(?=\D)")
_DOTTED = re.compile(
    r"^(\d{1,2})\.(\d{1,3})[.)]?\s+(?!FTE|million|billion|per\b|%|hours?|days?|weeks?|months?|years?|"
    r"miles?|km|kg|am\b|pm\b)(?=[A-Z“\"‘'(])"
)
_MEND = "Number them without gaps or repeats, and look again at every reference to the number."


def numbering(paper: PaperText) -> list[Finding]:
    """Find gaps and repeats in every sequence of typed numbers."""
    return [
        *_section_numbers(paper),
        *_paragraph_numbers(paper),
        *_recommendation_numbers(paper),
        *_appendix_letters(paper),
    ]


def _section_numbers(paper: PaperText) -> Iterator[Finding]:
    previous: int | None = None
    unnumbered: list[Section] = []
    for section in paper.sections:
        match = re.match(r"^(\d+)(?:\.0)?[.)]?$", section.number.strip())
        if match is None:
            if section.kind == "section" and previous is not None:
                unnumbered.append(section)
            continue
        number = int(match[1])
        if previous is not None and number != previous + 1:
            yield _section_finding(section, number, previous, unnumbered)
        elif unnumbered:
            yield _unnumbered(section, unnumbered, previous or 0)
        previous, unnumbered = number, []


def _section_finding(section: Section, number: int, previous: int, unnumbered: list[Section]) -> Finding:
    if number <= previous:
        message = f"Section number {number} comes again, or out of order, after section {previous}."
    else:
        message = f"Section numbers jump from {previous} to {number}."
        if unnumbered:
            names = ", ".join(f"“{item.heading}”" for item in unnumbered)
            message += f" {names} between them has no number."
    return Finding("L05", section_anchor(section), f"{section.number} {section.heading}", message, _MEND)


def _unnumbered(section: Section, unnumbered: list[Section], previous: int) -> Finding:
    names = ", ".join(f"“{item.heading}”" for item in unnumbered)
    message = f"{names} stands between sections {previous} and {section.number} and has no number."
    return Finding("L05", section_anchor(unnumbered[0]), unnumbered[0].heading, message, _MEND)


def _paragraph_numbers(paper: PaperText) -> Iterator[Finding]:
    running = 0
    for section in paper.sections:
        first = True
        last_dotted = 0
        for position, line in enumerate(lines_of(section.text), start=1):
            plain, dotted = _PLAIN.match(line), _DOTTED.match(line)
            problem = None
            if plain:
                number = int(plain[1])
                problem = _step(number, running, may_restart=first or number == 1)
                running, first = number, False
            elif dotted and _belongs(section, int(dotted[1])):
                number = int(dotted[2])
                problem = _step(number, last_dotted, may_restart=False)
                last_dotted = number
            elif dotted and section.number:
                problem = f"stands in section {section.number}"
            if problem:
                typed = line.split()[0]
                message = f"Paragraph {typed.rstrip('.)')} {problem}."
                yield Finding("L05", section_anchor(section, position), quoted(line), message, _MEND)


def _belongs(section: Section, prefix: int) -> bool:
    match = re.match(r"^(\d+)", section.number)
    return match is None or int(match[1]) == prefix


def _step(number: int, previous: int, *, may_restart: bool) -> str | None:
    if number == previous + 1 or (may_restart and number == 1):
        return None
    if number == previous:
        return "comes twice"
    if number < previous:
        return f"comes after {previous}"
    return (
        f"follows {previous}: {_missing(previous, number)}"
        if previous
        else "comes first: the numbers before it are missing"
    )


def _missing(previous: int, number: int) -> str:
    if number == previous + 2:
        return f"{previous + 1} is missing"
    return f"{previous + 1} to {number - 1} are missing"


def _recommendation_numbers(paper: PaperText) -> Iterator[Finding]:
    previous: tuple[str, int] | None = None
    for recommendation in paper.recommendations:
        match = re.match(r"^(.*?)(\d+)[.)]?$", recommendation.number.strip())
        if match is None:
            continue
        prefix, number = match[1], int(match[2])
        if previous is not None and prefix == previous[0]:
            problem = _step(number, previous[1], may_restart=False)
        else:
            problem = None if number == 1 else _step(number, 0, may_restart=False)
        if problem:
            message = f"Recommendation {recommendation.number} {problem}."
            where = recommendation_anchor(recommendation)
            yield Finding("L05", where, quoted(recommendation.text), message, _MEND)
        previous = (prefix, number)


def _appendix_letters(paper: PaperText) -> Iterator[Finding]:
    previous = 0
    for appendix in paper.appendices:
        letter = appendix.letter.strip().upper()
        if len(letter) != 1 or not letter.isalpha():
            return
        number = ord(letter) - ord("A") + 1
        problem = None
        if number == previous:
            problem = "comes twice"
        elif number < previous:
            problem = f"comes after {_letter(previous)}"
        elif number > previous + 1:
            problem = f"follows {_letter(previous)}: a letter is left out" if previous else "comes first, without an A"
        if problem:
            yield Finding("L05", appendix_anchor(letter), appendix.title, f"Appendix {letter} {problem}.", _MEND)
        previous = number


def _letter(number: int) -> str:
    return chr(ord("A") + number - 1)
