"""Numbers that a reader sees: sections 1, 2, 3; paragraphs 1.1, 1.2. Made when shown, never stored.

A paragraph is a line of text with something in it; the lines of a list or table belong to the paragraph before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CONTINUES = re.compile(r"\s*(?:[-•·|>]|\*\s|\d+[.)]\s|[a-z][.)]\s|\([a-z0-9]+\)\s)")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A numbered paragraph with what belongs to it; `line` counts lines with text from 1, as findings do."""

    number: str
    text: str
    line: int


def blocks(text: str) -> list[tuple[int, list[str]]]:
    """The lines of each paragraph, with the count of its first one."""
    found: list[tuple[int, list[str]]] = []
    for count, line in enumerate((line for line in text.splitlines() if line.strip()), 1):
        if found and _CONTINUES.match(line):
            found[-1][1].append(line)
        else:
            found.append((count, [line]))
    return found


def paragraphs(section: int | str, text: str) -> list[Paragraph]:
    """The paragraphs of a section's text, numbered from its own number."""
    return [Paragraph(f"{section}.{n}", _markdown(lines), first) for n, (first, lines) in enumerate(blocks(text), 1)]


def number_of_line(section: int | str, text: str, line: int) -> str:
    """The number of the paragraph in which a line stands; the section's own where it has none."""
    found = [p.number for p in paragraphs(section, text) if p.line <= line]
    return found[-1] if found else str(section)


def _markdown(lines: list[str]) -> str:
    first, *rest = lines
    items = [re.sub(r"^\s*[•·]\s*", "- ", line) for line in rest]
    return "\n".join([re.sub(r"^\s*[•·]\s*", "- ", first), *([""] if items else []), *items])
