"""References that follow what they point at (NY-21): [here costs] in a paragraph, [see costs] in another.

`[see Legal implications]` points at a heading. The marks stay in the text; numbers are made when the paper is put
together, so that they hold whatever is moved. Not here: appendices, whose letters stay, and recommendations, which are
decided word for word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from commissioning.reports.numbering import blocks

_NAME = r"([^\[\]\n]{1,200})"
_HERE = re.compile(rf"[ \t]*\[here {_NAME}\]", re.IGNORECASE)
_SEE = re.compile(rf"\[see {_NAME}\]", re.IGNORECASE)


def with_references(paper: dict[str, Any]) -> dict[str, Any]:
    """An edition with numbers in place of its marks. What points at nothing stays as it was typed, to be seen."""
    places = _places(paper)
    return paper | {"sections": [s | {"text": _put(s["text"], places)} for s in paper["sections"]]}


def pointing_at_nothing(paper: dict[str, Any]) -> list[tuple[int, str]]:
    """(which section, counted from 0, and the mark) of each reference in a paper that points at nothing."""
    places = _places(paper)
    return [
        (n, found[0])
        for n, section in enumerate(paper["sections"])
        for found in _SEE.finditer(section["text"])
        if _plain(found[1]) not in places
    ]


def _places(paper: dict[str, Any]) -> dict[str, str]:
    """What each name stands for, in words; a name that is used twice is the first of them."""
    found: dict[str, str] = {}
    for section in paper["sections"]:
        number, n = section["number"], 0
        for _line, lines in blocks(section["text"] if number else ""):
            words = "\n".join(lines)
            is_counted = bool(_HERE.sub("", words).strip())  # a mark alone on its line is of the next paragraph
            for name in _HERE.findall(words):
                found.setdefault(_plain(name), f"paragraph {number}.{n + 1}")
            n += is_counted
    for section in paper["sections"]:
        if section["number"]:
            found.setdefault(_plain(section["heading"]), f"section {section['number']}")
    return found


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _put(text: str, places: Mapping[str, str]) -> str:
    return _SEE.sub(lambda found: places.get(_plain(found[1]), found[0]), _HERE.sub("", text))
