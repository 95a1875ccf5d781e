"""Who is asked to do what: body names and ask verbs in the wording of recommendations.

Shared by the lints on bodies, on decisions and on appendices. Works on one sentence at a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from commissioning.reports.lints.paper import BodyName, PaperText

_DECIDING = """
approve agree authorise authorize delegate adopt endorse confirm refer reject ratify appoint nominate choose
select resolve determine instruct accept proceed award grant support release establish designate decline
terminate extend dissolve allocate commission waive rescind amend renew transfer close increase reduce set
fund introduce invite request require continue recommend decide create stand elect
"""
#: Acts that can be decided on, but that follow from a decision as often as they are one of their own.
_ACTING = """
publish adjourn procure buy sell lease open keep retain end stop cease start pilot launch form hold move
consult implement undertake pay purchase raise freeze sign submit invest prepare write apply join
"""
_HEARING = "note comment receive welcome scrutinise thank record acknowledge advise identify"
_VAGUE = "consider discuss debate think look reflect explore ponder have be give review"
DECIDING = frozenset(_DECIDING.split())
ACTING = frozenset(_ACTING.split())
HEARING = frozenset(_HEARING.split())
VAGUE = frozenset(_VAGUE.split())
#: Words that are a noun as often as a verb ("grant criteria", "the award"): a verb only before its object.
_NOUNS_TOO = (
    "award|grant|support|release|close|set|fund|stand|request|increase|transfer|note|comment|open|keep|"
    "end|stop|start|lease|pilot|launch|form|hold|move|pay|purchase|raise|freeze|sign|buy"
)
_DETERMINER = r"(?:(?:the|a|an|its|their|this|that|these|those|all|any|up|on|to|for|with|no|one|two)\b|[A-Z‘“\"'£])"


def third_person(verb: str) -> str:
    """Return "approves" for "approve", "ratifies" for "ratify"."""
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("sh", "ss", "ch", "x")) else f"{verb}s"


def _alternatives(verbs: frozenset[str]) -> str:
    forms = {form: verb for verb in verbs for form in (verb, third_person(verb))}
    return "|".join(sorted(forms, key=len, reverse=True))


_BASE = {form: verb for verb in DECIDING | ACTING | HEARING | VAGUE for form in (verb, third_person(verb))}
ANY_VERB = _alternatives(DECIDING | ACTING | HEARING | VAGUE)
_BODY_NOUN = re.compile(
    r"^(?:Board|Committee|Sub-Committee|Cabinet|Council|Forum|Panel|Commission|Executive|Partnership|Trust|"
    r"Team|Group|"
    r"Sub-Group|Assembly|Governors)$"
)
_ACRONYM = re.compile(r"^[A-Z]{2,6}$")
_LEAD_IN = re.compile(
    r"^(?:The|That|In|At|On|By|If|When|It|And|This|Also|Recommendations?|January|February|March|April|May|"
    r"June|July|"
    r"August|September|October|November|December|\d+)$"
)
_READERS = frozenset({"members", "councillors", "elected members", "trustees", "partners"})
# Bounded, so that no text makes the search run long.
PHRASE = r"\b[A-Z][\w'’&-]{0,40}(?:\s+(?:and\s+|of\s+|for\s+|&\s+)?[A-Z][\w'’&-]{0,40}){0,9}"
_WHO = rf"(?:[Tt]he\s+)?(?P<who>{PHRASE})"
_TO_DO = (
    r"(?:to\s+(?:\w+ly\s+)?(?P<verb>[a-z]+)|for\s+(?:its\s+|their\s+)?(?P<noun>comments?|views|approval|"
    r"agreement))"
)
# Each pattern names the body (`who`) and the verb; a paper asks in the present.
_ASKED = re.compile(
    rf"(?:{_WHO}|\b(?P<it>it))\s+(?:is|are)\s+(?:\w+\s+)?(?:asked|requested|recommended|invited)\s+{_TO_DO}"
)
_THAT_BODY = re.compile(
    rf"\b(?:[Rr]equested|[Rr]ecommended|RECOMMENDED|[Pp]roposed|[Aa]sked|[Tt]hat)(?:\s+that)?\s+{_WHO}\s+"
    rf"(?:should\s+|to\s+)?(?P<verb>{ANY_VERB})\b"
)
# "The partnership is asked to ...": a body that is not named as a name. In a recommendation's own words alone.
_ASKED_LOWER = re.compile(
    rf"(?:^|\b[Tt]he\s+)(?P<who>[a-z][\w'’-]{{0,40}}(?:\s+[a-z][\w'’-]{{0,40}}){{0,4}}?)\s+(?:is|are)\s+(?:\w+\s+)?"
    rf"(?:asked|requested|recommended|invited)\s+{_TO_DO}"
)
_IS_FOR = re.compile(rf"\b(?:is|remains)\s+for\s+{_WHO}\s+to\s+(?P<verb>[a-z]+)")
_ASKS_BODY = re.compile(rf"\b(?:asks?|requests?|invites?)\s+{_WHO}\s+to\s+(?P<verb>[a-z]+)")
_BODY_DOES = re.compile(rf"^(?:[Tt]hat\s+)?{_WHO}\s+(?:also\s+)?(?P<modal>should\s+|to\s+)?(?P<verb>{ANY_VERB})\b")
_BARE = re.compile(rf"^(?:[Tt]o\s+(?P<to_verb>[a-z]+)|(?P<verb>{ANY_VERB}))\b", re.IGNORECASE)
_TYPED = re.compile(r"^\s*\(?(?:\d+(?:\.\d+)*|[a-z]|[ivx]+)[.):]?\)?\s+(?=\S)")
_NOUN_USE = re.compile(rf"^(?:{_NOUNS_TOO})s?$")


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody (`who`, as written, or "") asked to `verb`; `end` is where the verb ends in the sentence."""

    who: str
    verb: str
    end: int
    third: bool

    @property
    def decides(self) -> bool:
        """Say whether the ask is for a decision, not for hearing or thinking."""
        return self.verb in DECIDING


def without_number(sentence: str) -> str:
    """Drop a typed number or letter at the start of a sentence."""
    return _TYPED.sub("", sentence, count=1)


def is_verb_here(form: str, after: str) -> bool:
    """Tell a verb from the noun that looks like it, by what follows."""
    return not _NOUN_USE.match(form.lower()) or bool(re.match(rf"\s+{_DETERMINER}", after))


def find_ask(sentence: str, *, worded_as_ask: bool) -> Ask | None:
    """Find the first ask of a sentence, or None.

    With `worded_as_ask` (a recommendation's own words) "The Board approves", "To approve" and "Approve" count
    too; elsewhere only an explicit "is asked to".
    """
    patterns = [_ASKED, _IS_FOR, _ASKS_BODY]
    if worded_as_ask:
        patterns += [_ASKED_LOWER, _THAT_BODY, _BODY_DOES, _BARE]
    found = [match for pattern in patterns if (match := pattern.search(sentence)) and _plausible(match, sentence)]
    if not found:
        return None
    match = min(found, key=lambda item: (item.start(), item.re is _BARE))
    groups = match.groupdict()
    form = (groups.get("verb") or groups.get("to_verb") or groups.get("noun") or "").lower()
    nouns = {"comments": "comment", "views": "comment", "approval": "approve", "agreement": "agree"}
    verb = nouns.get(form, form) if groups.get("noun") else _BASE.get(form, form)
    return Ask(groups.get("who") or "", verb, match.end(), third=form != verb and not groups.get("noun"))


def _plausible(match: re.Match[str], sentence: str) -> bool:
    groups = match.groupdict()
    form = groups.get("verb") or groups.get("to_verb")
    if match.re in (_BODY_DOES, _BARE) and form and not (groups.get("to_verb") or groups.get("modal")):
        return is_verb_here(form, sentence[match.end() :])
    return True


def is_body_like(phrase: str) -> bool:
    """Say whether a phrase reads as a body's name: it ends in Board, Committee, ... or is all capitals."""
    words = _core(phrase)
    return bool(words) and bool(_BODY_NOUN.match(words[-1]) or _ACRONYM.match(" ".join(words)))


def is_readers(phrase: str) -> bool:
    """Say whether a phrase means whoever reads the paper: "Members", "Councillors"."""
    return " ".join(_core(phrase)).lower() in _READERS


def is_called(phrase: str, body: BodyName) -> bool:
    """Say whether a phrase can mean this body: name, alias, initials, or part of its name ("the Board")."""
    words = _comparable(_core(phrase))
    if not words:
        return False
    for name in (body.name, *body.aliases):
        of_name = _comparable(name.split())
        initials = "".join(word[0] for word in of_name)
        if words in (of_name, [initials]) or _in_order(words, of_name):
            return True
    return False


def body_meant(phrase: str, paper: PaperText) -> BodyName | None:
    """Return the known body that a phrase means, the tabled one before the others, or None."""
    exact = " ".join(_comparable(_core(phrase)))
    bodies = [body for body in (paper.tabled_at, paper.decided_at, *paper.known_bodies) if body is not None]
    for body in bodies:
        if any(" ".join(_comparable(name.split())) == exact for name in (body.name, *body.aliases)):
            return body
    return next((body for body in bodies if is_called(phrase, body)), None)


def _core(phrase: str) -> list[str]:
    words = phrase.split()
    while len(words) > 1 and _LEAD_IN.match(words[0]):
        words = words[1:]
    return words


def _comparable(words: list[str]) -> list[str]:
    plain = [re.sub(r"['’]s?$|['’]", "", word.lower()).strip(",.:;") for word in words]
    return [word for word in plain if word and word not in {"the", "and", "&", "of", "for"}]


def _in_order(words: list[str], of_name: list[str]) -> bool:
    rest = iter(of_name)
    return all(word in rest for word in words)
