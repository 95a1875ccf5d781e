"""L08 and L09: recommendations hidden in an appendix; appendices cited or attached alone (NY-02, LI-24)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from commissioning.reports.lints.asks import (
    ANY_VERB,
    Ask,
    body_meant,
    find_ask,
    is_body_like,
    is_readers,
    without_number,
)
from commissioning.reports.lints.paper import (
    Anchor,
    Appendix,
    Finding,
    PaperText,
    Recommendation,
    appendix_anchor,
    lines_of,
    passages,
)
from commissioning.reports.lints.prose import quoted, sentences

_HEADING = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?\s+)?(?:draft\s+)?recommendations?\s*:?$", re.IGNORECASE)
_NEXT_HEADING = re.compile(r"^\d+(?:\.0)?[.)]?\s+[A-Z][\w ,&’'/-]{0,60}$|^[A-Z][A-Z ,&’'/-]{3,60}$")
_TYPED = re.compile(r"^(\d+(?:\.\d+)+|\d+[.)])\s")
_WORD = re.compile(r"[a-z][a-z-]{3,}")
_COMMON_WORDS = """
that this these those with from which their there have been will would should could well such into also than
establishing establish asked requested recommended invited board committee cabinet council trust members
"""
_COMMON = frozenset(_COMMON_WORDS.split())
#: A cover recommendation carries an appendix's when it names at least this share of what that one is about.
CARRIED_SHARE = 0.5


def hidden_recommendations(paper: PaperText) -> list[Finding]:
    """Find recommendations worded in an appendix's text that no recommendation of the cover carries."""
    return [
        _hidden(appendix, number, sentence, paper)
        for appendix in paper.appendices
        if appendix.text
        for number, sentence, ask in _own_recommendations(appendix.text, paper)
        if not any(_carries(cover, appendix, sentence, ask) for cover in paper.recommendations)
    ]


def _own_recommendations(text: str, paper: PaperText) -> Iterator[tuple[str, str, Ask]]:
    """Yield typed number, sentence and ask of each sentence that asks a body for something."""
    under_heading = False
    for line in lines_of(text):
        if _HEADING.match(line):
            under_heading = True
            continue
        if _NEXT_HEADING.match(line):
            under_heading = False
            continue
        typed = _TYPED.match(line)
        for sentence in sentences(line):
            bare = without_number(sentence)
            ask = find_ask(bare, worded_as_ask=under_heading)
            if ask is not None and _of_a_body(ask, under_heading, paper):
                yield (typed[1].rstrip(".)") if typed else ""), bare, ask
                break


def _of_a_body(ask: Ask, under_heading: bool, paper: PaperText) -> bool:
    if not ask.who:
        return under_heading and re.fullmatch(ANY_VERB, ask.verb) is not None
    return is_readers(ask.who) or is_body_like(ask.who) or body_meant(ask.who, paper) is not None


def _matter(text: str) -> set[str]:
    """Return what a sentence is about: its longer words, without plural and ask verbs."""
    words = {word.removesuffix("s") for word in _WORD.findall(text.lower()) if word not in _COMMON}
    return {word for word in words if not re.fullmatch(ANY_VERB, word)}


def _carries(cover: Recommendation, appendix: Appendix, sentence: str, ask: Ask) -> bool:
    cites = re.search(rf"\b(?:[Aa]ppendix|[Aa]nnex) {re.escape(appendix.letter)}\b", cover.text) is not None
    cover_ask = find_ask(without_number(cover.text), worded_as_ask=True)
    same = cover_ask is not None and cover_ask.verb == ask.verb
    if cites and (same or "recommendation" in cover.text.lower()):
        return True
    matter = _matter(sentence[ask.end :])
    return bool(matter) and len(matter & _matter(cover.text)) / len(matter) >= CARRIED_SHARE


def _hidden(appendix: Appendix, number: str, sentence: str, paper: PaperText) -> Finding:
    name = f"Appendix {appendix.letter}" + (f", paragraph {number}," if number else "")
    matter = _matter(sentence)
    shares = [(len(matter & _matter(cover.text)), cover.number) for cover in paper.recommendations]
    nearest = max(shares, default=(0, ""), key=lambda item: item[0])
    message = f"{name} has a recommendation of its own that the cover does not carry."
    if nearest[0] >= 2:
        message += f" Recommendation {nearest[1]} comes nearest and covers only a part of it."
    return Finding(
        code="L08",
        where=Anchor("appendix", appendix.letter, name.rstrip(",")),
        quote=quoted(sentence),
        message=message,
        what_to_do=(
            "Put it among the cover's recommendations, or say in the appendix that it is for information only."
        ),
    )


_LETTERS = r"(?:[A-Z]\d?|\d{1,2})(?![\w.]\w)(?![a-z])"
_CITED = re.compile(
    rf"\b(?:[Aa]ppendix|[Aa]ppendices|APPENDIX|APPENDICES|[Aa]nnex|[Aa]nnexes|App\.)\s+"
    rf"({_LETTERS}(?:\s*(?:,|&|and|or|to|–|-)\s*(?:[Aa]ppendix\s+)?{_LETTERS})*)"
)
_ELSEWHERE = re.compile(
    r"^[,\s]*\(?(?:of|to|in)\s+(?!this\b|the (?:report|paper)\b(?! (?:of|to)))(?:the|that|our|its|their|"
    r"[A-Z])"
)
_RANGE = re.compile(r"([A-Z]|\d{1,2})\s*(?:to|–|-)\s*([A-Z]|\d{1,2})")
_ALONE = re.compile(
    r"\b(?:the|attached|see|this)\s+(?:attached\s+)?(?:[Aa]ppendix|[Aa]nnex)\b(?!\s+(?:[A-Z]\b|\d))",
    re.IGNORECASE,
)
_LIST_HEADING = re.compile(
    r"^(?:list of |supporting )?(?:appendices|papers|annexes|attachments|background papers|supporting "
    r"documents)\b",
    re.IGNORECASE,
)


def citations(paper: PaperText) -> list[Finding]:
    """Find appendices cited and not attached, or attached and not cited; a list of them cites nothing."""
    cited = _cited(paper)
    known = {appendix.letter: appendix for appendix in paper.appendices}
    findings = [
        _not_attached(letter, where, quote, known.get(letter))
        for letter, (where, quote) in cited.items()
        if letter not in known or not known[letter].attached
    ]
    findings += [
        _not_cited(appendix) for letter, appendix in known.items() if appendix.attached and letter not in cited
    ]
    return findings


def _cited(paper: PaperText) -> dict[str, tuple[Anchor, str]]:
    lists = {section.key for section in paper.sections if _LIST_HEADING.match(section.heading)}
    texts = [
        (item.where, item.text)
        for item in passages(paper)
        if item.where.part != "section" or item.where.key not in lists
    ]
    for appendix in paper.appendices:
        texts += [(appendix_anchor(appendix.letter), line) for line in lines_of(appendix.text or "")]
    cited: dict[str, tuple[Anchor, str]] = {}
    for where, text in texts:
        for letter, at in _letters(text, paper):
            if where.part == "appendix" and letter == where.key:
                continue
            cited.setdefault(letter, (where, quoted(text, at)))
    return cited


def _letters(text: str, paper: PaperText) -> Iterator[tuple[str, int]]:
    for match in _CITED.finditer(text):
        if _ELSEWHERE.match(text[match.end() :]):
            continue
        for first, last in _RANGE.findall(match[1]):
            if first.isalpha() and last.isalpha():
                yield from ((chr(code), match.start()) for code in range(ord(first), ord(last) + 1))
            elif first.isdigit() and last.isdigit():
                yield from ((str(number), match.start()) for number in range(int(first), int(last) + 1))
        for letter in re.findall(r"\b(?:[A-Z]\d?|\d{1,2})\b", match[1]):
            yield letter, match.start()
    alone = _ALONE.search(text)
    if alone and len(paper.appendices) == 1:
        yield paper.appendices[0].letter, alone.start()


def _not_attached(letter: str, where: Anchor, quote: str, appendix: Appendix | None) -> Finding:
    listed = "is listed but not attached" if appendix else "is not among the appendices"
    return Finding(
        code="L09",
        where=where,
        quote=quote,
        message=f"Appendix {letter} is cited, but {listed}.",
        what_to_do=f"Attach Appendix {letter}, or take the reference out.",
    )


def _not_cited(appendix: Appendix) -> Finding:
    return Finding(
        code="L09",
        where=appendix_anchor(appendix.letter),
        quote=appendix.title,
        message=f"Appendix {appendix.letter} is attached, but nothing in the paper refers to it.",
        what_to_do=f"Say where in the paper Appendix {appendix.letter} is to be read, or take it out.",
    )
