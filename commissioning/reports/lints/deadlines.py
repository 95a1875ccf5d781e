"""L02 and L07: a deadline that falls before the deciding meeting, and a promise that has no date (LI-14,
LI-23).
"""

from __future__ import annotations

import re
from datetime import date

from commissioning.reports.lints.paper import (
    Anchor,
    Finding,
    PaperText,
    passages,
    recommendation_anchor,
)
from commissioning.reports.lints.prose import FoundDate, find_dates, quoted, sentences, spoken

#: A deadline longer ago than this is history that the paper tells.
_STILL_NEWS_DAYS = 183
_BETWEEN = (
    r"(?:\s*[:–-])?(?:\s+(?:the|on|at|noon|midnight|\d{1,2}(?:[.:]\d\d)?\s?(?:am|pm|noon)|"
    r"close of (?:play|business)|(?:the )?end of|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day),?)*\s*$"
)
_GIVEN_UNTIL = re.compile(r"\b(?:has|have) given [^.;]{1,40}\buntil" + _BETWEEN)
_SOFT_CUE = re.compile(r"\b(?:by|before)" + _BETWEEN, re.IGNORECASE)
_HARD_CUE = re.compile(
    r"(?:\b(?:no|not) later than|\bdeadline(?: (?:is|of|for [^.;]{1,60} is))?|\bclosing date(?: (?:is|of|"
    r"for [^.;]{1,60} is))?|"
    r"\b(?:is|are|falls?) due(?: in| by| back)?|\b(?:expires?|lapses?|closes?|ends?|runs? out)(?: on)?)" + _BETWEEN,
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\b(?:to (?!the\b|a\b|an\b|our\b|its\b|their\b)[a-z]+|must|needs?|should|will|shall|requires?|"
    r"required|requests?|"
    r"requested|asks?|asked|invites?|invited|expects?|expected|can|may|is due|are due|wants?|submit|return|"
    r"apply)\b"
)
_PAST = re.compile(r"\b(?:was|were|had|has been|have been|has|have)\s+(?:all |already |since |now )?(?!to\b)[a-z]+")
_ASKED_THEN = re.compile(
    r"\b(?:was|were|had been)\s+(?:\w+ly\s+)?(?:asked|required|requested|invited|expected|told|due)\b"
)
_US = re.compile(r"\b(?:[Ww]e|[Cc]ouncils?|[Aa]uthority|[Aa]uthorities|LA|LAs|LA['’]s|[Cc]ounty|[Bb]orough)\b")
_PASSED = re.compile(r"^\s*(?:has|had|have|was|were)\b")
_OPINIONS = re.compile(
    r"\b(?:consult\w*|surveys?|questionnaires?|responses?|respondents?|replies|views|feedback)\b",
    re.IGNORECASE,
)


_ANSWER = re.compile(r"\b(?:respond(?:s|ed|ing)?|reply|replied|replying)\b", re.IGNORECASE)
_TO_US = re.compile(r"\b(?:us|we|the [Cc]ouncil|the [Aa]uthority|every (?:council|authority))\b", re.IGNORECASE)


def late_deadlines(paper: PaperText, today: date) -> list[Finding]:
    """Find external deadlines before the deciding meeting: one finding for each day, every place named.

    `today` only tells a deadline that can still be met from one that has passed. Without a meeting date
    nothing can be said, and nothing is found.
    """
    if paper.meeting_on is None:
        return []
    places: dict[date, list[tuple[Anchor, str]]] = {}
    for passage in passages(paper):
        for sentence in sentences(passage.text):
            for found in _deadlines(sentence, paper.meeting_on):
                places.setdefault(found.on, []).append((passage.where, quoted(sentence, found.start)))
    for recommendation in paper.recommendations:
        on = recommendation.deadline_on
        if on is not None and on < paper.meeting_on:
            entry = (recommendation_anchor(recommendation), f"external deadline {spoken(on)}")
            places.setdefault(on, []).append(entry)
    return [_late(on, found, paper.meeting_on, today) for on, found in sorted(places.items())]


def _deadlines(sentence: str, meeting_on: date) -> list[FoundDate]:
    if _OPINIONS.search(sentence) or (_ANSWER.search(sentence) and not _TO_US.search(sentence)):
        return []  # others' answers are wanted before the meeting
    return [
        found
        for found in find_dates(sentence, meeting_on)
        if 0 < (meeting_on - found.on).days <= _STILL_NEWS_DAYS and _is_deadline(sentence, found)
    ]


def _is_deadline(sentence: str, found: FoundDate) -> bool:
    before, after = sentence[: found.start], sentence[found.end :]
    if _PASSED.match(after):
        return False
    if _GIVEN_UNTIL.search(before):
        return True
    if _HARD_CUE.search(before):
        return not _told_as_past(before)
    cue = _SOFT_CUE.search(before)
    if cue is None:
        return False
    clause = before[: cue.start()]
    if not clause.strip():
        return bool(_DUTY.search(after)) and not _PAST.search(after)
    return bool(_DUTY.search(clause)) and not _told_as_past(clause)


def _told_as_past(clause: str) -> bool:
    """Say whether the clause reports what others were asked, or what was done; the nearest verb decides."""
    then = _ASKED_THEN.search(clause)
    if then:
        return not _US.search(clause[: then.start()])
    past = [match.start() for match in _PAST.finditer(clause)]
    duty = [match.start() for match in _DUTY.finditer(clause)]
    return bool(past) and past[-1] > max(duty, default=-1)


def _late(on: date, places: list[tuple[Anchor, str]], meeting_on: date, today: date) -> Finding:
    days = (meeting_on - on).days
    count = "1 day" if days == 1 else f"{days} days"
    if on >= today:
        todo = (
            "Ask for the decision before that day (an earlier meeting or a decision between meetings), or "
            "ask whoever "
            f"set the deadline for time until after {spoken(meeting_on)} and say so in the paper."
        )
    else:
        todo = (
            f"{spoken(on)} has passed. Say in the paper what was sent by then and on whose authority, and "
            f"ask the "
            "meeting for what it can still decide."
        )
    return Finding(
        code="L02",
        where=places[0][0],
        quote=places[0][1],
        message=(
            f"The deadline of {spoken(on)} falls {count} before the meeting that decides, on {spoken(meeting_on)}."
        ),
        what_to_do=todo,
        also=tuple(dict.fromkeys(where for where, _ in places[1:] if where != places[0][0])),
    )


_VAGUE = re.compile(
    r"\b(?:in due course|in the (?:very )?near future|in the not too distant future|at (?:a|some) (?:later|"
    r"future) "
    r"(?:date|meeting|stage|point)|at a date to be (?:agreed|confirmed|arranged)|in the (?:coming|next "
    r"few) (?:weeks|months)|"
    r"over the (?:coming|next few) (?:weeks|months)|later (?:in|this) (?:the )?year|at the appropriate time|"
    r"when (?:time|resources|capacity) allows?|in the fullness of time)\b",
    re.IGNORECASE,
)
_HASTY = re.compile(
    r"\b(?:shortly(?! (?:after|before|following|prior))|(?<!too )(?<!as )(?<!how )soon(?! (?:after|as))|"
    r"as soon as (?:reasonably )?(?:possible|practicable|practical)|asap|at the earliest (?:opportunity|"
    r"possible date)|"
    r"before long|imminently)\b",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\b(?:will|shall|['’]ll|to be|to follow|intends?|intended|plans?|planned|proposes?|proposed|expects?|"
    r"expected|"
    r"aims?|hopes?|"
    r"due to|going to|undertakes?|is being|are being)\b|^\W*to\b",
    re.IGNORECASE,
)
_RULE = re.compile(r"\b(?:must|required to|requires|obliges)\b")
_SAID_PAST = re.compile(r"\b(?:was|were|had|did)\b")
_MOMENT = re.compile(
    r"\b(?:within|in|after) (?:\w+|\d+) (?:working |calendar |clear )?(?:days?|weeks?|months?)\b(?<!few "
    r"weeks)(?<!few months)"
    r"(?<!coming weeks)(?<!coming months)|\b(?:next|following) (?:ordinary |scheduled )?meeting\b|"
    r"\b(?:end|start|beginning) of (?:the |this )?(?:\w+ )?(?:term|year|quarter|month|week)\b|"
    r"\b(?:spring|summer|autumn|winter)(?: term)? (?:of )?\d{4}\b|\b(?:spring|summer|autumn|winter) term\b|"
    r"\b(?:first|second|third|fourth|last) quarter\b|\bQ[1-4]\b|"
    r"\b(?:in|by|during|until|before|the|of) (?:early |late |mid-)?(?:January|February|March|April|May|"
    r"June|July|August|"
    r"September|October|November|December)\b|\b(?:by|in|during|before|until) 20\d\d(?:[/-]\d\d)?\b"
)


def undated_promises(paper: PaperText) -> list[Finding]:
    """Find promises without a date, sentence by sentence; a date or a named moment in the sentence settles
    it.
    """
    near = paper.meeting_on or date(2000, 1, 1)  # only whether there is a date matters here, not which year
    return [
        _promise(passage.where, sentence, phrase)
        for passage in passages(paper)
        for sentence in sentences(passage.text)
        if (phrase := _undated(sentence, near)) is not None
    ]


def _undated(sentence: str, near: date) -> re.Match[str] | None:
    promised = bool(_PROMISE.search(sentence))
    phrase = _VAGUE.search(sentence)
    if phrase and _SAID_PAST.search(sentence) and not promised:
        phrase = None
    if phrase is None and promised and not _RULE.search(sentence):
        phrase = _HASTY.search(sentence)
    if phrase is None or _MOMENT.search(sentence) or find_dates(sentence, near):
        return None
    return phrase


def _promise(where: Anchor, sentence: str, phrase: re.Match[str]) -> Finding:
    return Finding(
        code="L07",
        where=where,
        quote=quoted(sentence, phrase.start()),
        message=f"“{phrase.group()}” promises something without a date: nobody can tell when it is late.",
        what_to_do="Name the day, the month or the meeting by which it will be done, and who does it.",
    )
