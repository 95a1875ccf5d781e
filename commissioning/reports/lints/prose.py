"""English council prose: sentences, quotations, dates. Knows nothing of papers or lints."""

from __future__ import annotations

import calendar
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_ABBREVIATIONS = {
    "e.g",
    "i.e",
    "etc",
    "no",
    "nos",
    "para",
    "paras",
    "mr",
    "mrs",
    "ms",
    "dr",
    "st",
    "app",
    "approx",
    "vs",
}
_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z£\d])|\s+•\s*")
_TYPED_NUMBER = re.compile(r"^(?:\d{1,3}|[a-z]|[ivx]+)$", re.IGNORECASE)
QUOTE_LENGTH = 180
LONGEST_SENTENCE = 1500

_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name: number for number, name in enumerate(calendar.month_abbr) if name} | {"Sept": 9}
_ANY_MONTH = "|".join(sorted((*_MONTHS, *(name.upper() for name in _MONTHS)), key=len, reverse=True))
_FULL_MONTH = "|".join(name for name in calendar.month_name if name)
_DAY_MONTH = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<m>{_ANY_MONTH})\b\.?(?:,?\s+(?P<y>\d{{4}})\b)?"
)
_MONTH_DAY = re.compile(rf"\b(?P<m>{_FULL_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(?P<y>\d{{4}})\b)?")
_NUMERIC = re.compile(r"\b(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4}|\d{2})\b")
_ISO = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b")
# A month by itself: its last day. "May" and "March" are also words, so those need a year or a preposition.
_MONTH_ALONE = re.compile(
    rf"\b(?:(?P<m>{_FULL_MONTH})\s+(?P<y>\d{{4}})\b"
    rf"|(?<=\b[Bb]y\s|\b[Ii]n\s|\bof\s)(?P<m2>{_FULL_MONTH})\b(?!\s+\d|\s+[A-Z]))"
)
#: A date without a year is taken to lie from this long before the meeting to nine months after it.
LOOK_BACK = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date found in a text, from character `start` to `end`; a month by itself is its last day."""

    on: date
    start: int
    end: int


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph into sentences; "e.g." and a typed paragraph number end none."""
    found: list[str] = []
    begin = 0
    for stop in _SENTENCE_END.finditer(paragraph):
        word = re.split(r"[\s(]", paragraph[begin : stop.start()])[-1].lower()
        opens = paragraph[begin : stop.start()].strip()
        if stop.group().startswith(".") and (word in _ABBREVIATIONS or _TYPED_NUMBER.match(opens)):
            continue
        end = stop.start() + len(stop.group().rstrip())
        found.append(paragraph[begin:end].strip(" •"))
        begin = stop.end()
    found.append(paragraph[begin:].strip(" •"))
    return [piece for sentence in found if sentence for piece in _in_pieces(sentence)]


def _in_pieces(sentence: str) -> list[str]:
    """Cut what is far too long for a sentence, so that searching it stays quick."""
    if len(sentence) <= LONGEST_SENTENCE:
        return [sentence]
    return textwrap.wrap(sentence, LONGEST_SENTENCE)


def quoted(sentence: str, around: int = 0) -> str:
    """Return the sentence, cut to a readable length around character `around`."""
    flat = " ".join(sentence.split())
    if len(flat) <= QUOTE_LENGTH:
        return flat
    start = max(0, min(around - QUOTE_LENGTH // 2, len(flat) - QUOTE_LENGTH))
    if start:
        start = flat.find(" ", start) + 1
    end = len(flat) if start + QUOTE_LENGTH >= len(flat) else flat.rfind(" ", start, start + QUOTE_LENGTH)
    return ("… " if start else "") + flat[start:end] + (" …" if end < len(flat) else "")


def spoken(day: date) -> str:
    """Write a day as people read it: 9 May 2012."""
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def find_dates(text: str, near: date) -> list[FoundDate]:
    """Find the dates of a text in order; a missing year is inferred from `near`, the meeting's day.

    Days that do not exist (31 June) are passed over.
    """
    found: list[FoundDate] = []
    for start, end, day, month, year in _raw_dates(text):
        if any(other.start < end and start < other.end for other in found):
            continue
        on = _resolve(day, month, year, near)
        if on is not None:
            found.append(FoundDate(on, start, end))
    return sorted(found, key=lambda item: item.start)


def _raw_dates(text: str) -> Iterator[tuple[int, int, int, int, int | None]]:
    for pattern in (_ISO, _NUMERIC, _DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            year = int(match["y"]) if match["y"] else None
            if year is not None and year < 100:
                year += 2000
            month = match["m"]
            number = int(month) if month.isdigit() else _MONTHS[month.title()]
            yield match.start(), match.end(), int(match["d"]), number, year
    for match in _MONTH_ALONE.finditer(text):
        name = match["m"] or match["m2"]
        yield match.start(), match.end(), 0, _MONTHS[name], int(match["y"]) if match["y"] else None


def _resolve(day: int, month: int, year: int | None, near: date) -> date | None:
    years = [year] if year is not None else [near.year - 1, near.year, near.year + 1]
    for candidate in years:
        if not 1 <= month <= 12 or candidate < 1:
            return None
        last = calendar.monthrange(candidate, month)[1]
        if day > last:
            continue
        on = date(candidate, month, day or last)
        if year is not None or on >= near - LOOK_BACK:
            return on
    return None
