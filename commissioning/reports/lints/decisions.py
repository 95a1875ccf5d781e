"""L03 and L04: two decisions in one recommendation, and one that cannot be decided as written (BR, LI-04)."""

from __future__ import annotations

import re

from commissioning.reports.lints.asks import (
    DECIDING,
    HEARING,
    VAGUE,
    Ask,
    body_meant,
    find_ask,
    is_verb_here,
    third_person,
    without_number,
)
from commissioning.reports.lints.paper import (
    Finding,
    PaperText,
    Recommendation,
    lines_of,
    recommendation_anchor,
)
from commissioning.reports.lints.prose import quoted, sentences

_FORMS = {form: verb for verb in DECIDING | HEARING for form in (verb, third_person(verb))}
_VERB = "|".join(sorted(_FORMS, key=len, reverse=True))
_JOINED = re.compile(
    rf"(?P<joint>;\s*(?:and\s+)?|,?\s+and\s+(?:also\s+|then\s+|further\s+|therefore\s+)?|,\s+|"
    rf"[:,;]?\s+\(?(?:[a-h]|[ivx]+)\)\s*)"
    rf"(?:(?:also|hereby)\s+)?(?P<to>to\s+)?(?P<verb>{_VERB})\b"
)
_AND_THAT = re.compile(r"(?:,|;)?\s+and that\s+(?:the|a|an|authority|officers|delegated|it|[A-Z£])")
# What follows is why, not what.
_WHY = re.compile(r"\b(?:because|given that|since|in order (?:to|that)|so that|so as to|due to|having regard)\b")
_INFINITIVE = re.compile(r"\bto\s+(?!the\b|a\b|an\b|our\b|its\b|their\b|this\b)(?!\w+ing\b)[a-z]+\b")
_CONTROL = re.compile(
    r"\b(?:authoris|authoriz|instruct|request|ask|invit|requir|delegat|empower|permit|allow|enabl)\w*\b"
)


def two_decisions(paper: PaperText) -> list[Finding]:
    """Find recommendations that ask for more than one decision; noting or commenting beside one is left
    alone.
    """
    findings = []
    for recommendation in paper.recommendations:
        verbs = _decisions(recommendation.text, paper)
        if len(verbs) > 1:
            findings.append(
                Finding(
                    code="L03",
                    where=recommendation_anchor(recommendation),
                    quote=quoted(" ".join(lines_of(recommendation.text))),
                    message=(
                        f"Recommendation {recommendation.number} asks for {len(verbs)} decisions "
                        f"({', '.join(verbs)}): one could be agreed and the other rejected."
                    ),
                    what_to_do="Make a numbered recommendation of each, so that each gets its own outcome.",
                )
            )
    return findings


def _decisions(text: str, paper: PaperText) -> list[str]:
    verbs: list[str] = []
    first: Ask | None = None
    for sentence in (without_number(item) for line in lines_of(text) for item in sentences(line)):
        ask = find_ask(sentence, worded_as_ask=True)
        if ask is None or not (first is None or _same_asked(first, ask, paper)):
            continue
        first = first or ask
        verbs += ([ask.verb] if ask.decides else []) + _joined(sentence, ask)
    return verbs


def _same_asked(first: Ask, ask: Ask, paper: PaperText) -> bool:
    """Say whether a later sentence asks the same body; what another body does there is a reason."""
    if not ask.who or not first.who:
        return True
    return ask.who == first.who or (
        body_meant(ask.who, paper) is not None and body_meant(ask.who, paper) == body_meant(first.who, paper)
    )


def _joined(sentence: str, ask: Ask) -> list[str]:
    why = _WHY.search(sentence, ask.end)
    end = why.start() if why else len(sentence)
    verbs = [
        _FORMS[match["verb"]]
        for match in _JOINED.finditer(sentence, ask.end, end)
        if _FORMS[match["verb"]] in DECIDING and _is_second(sentence, ask, match)
    ]
    if not verbs and ask.decides and _AND_THAT.search(sentence, ask.end, end):
        verbs.append(ask.verb)
    return verbs


def _is_second(sentence: str, ask: Ask, match: re.Match[str]) -> bool:
    """Tell a second decision from a noun, a doublet ("approve and adopt") and what a delegate is to do."""
    between = sentence[ask.end : match.start()]
    third = _FORMS[match["verb"]] != match["verb"]
    if third != ask.third or not is_verb_here(match["verb"], sentence[match.end() :]):
        return False
    if not between.strip(" ,") and ask.decides:
        return False
    infinitive = _INFINITIVE.search(between)
    if infinitive is None or third or match["joint"].lstrip().startswith((";", "(")) or match["verb"] == "delegate":
        return True
    head = sentence[: ask.end].rsplit(maxsplit=1)[-1]
    controlled = _CONTROL.search(f"{head} {between[: infinitive.start()]}")
    return bool(match["to"]) and controlled is None


_MOTION = re.compile(
    r"\b(?:be|is|are|should be)\s+(?:\w+ly\s+)?(?:\w+ed|given|held|set|made|put|let|spent|paid|sold|cut|"
    r"kept|taken)\b"
)
_PROPOSED = re.compile(r"\b(?:recommended|requested|proposed|resolved|moved)(?: that)?\b|^[Tt]hat\b", re.IGNORECASE)
_THOUGHT = re.compile(
    r"\b(?:consideration|thought|attention|regard)\s+(?:should\s+)?(?:be|is)\s+(?:given|paid)", re.IGNORECASE
)
_WELCOME = re.compile(
    r"\b(?:comments?|views|thoughts|a steer|guidance|direction)\b[^.]{0,200}\b(?:welcome|welcomed|invaluable|"
    r"appreciated|sought|"
    r"invited|helpful|useful)\b",
    re.IGNORECASE,
)
_NO_MATTER = re.compile(
    r"\b(?:agree|decide|determine|approve)s?\s+(?:on\s+)?(?:the|a|an|any)?\s*(?:best\s+|appropriate\s+|"
    r"preferred\s+)?"
    r"(?:way(?:s)? (?:forward|ahead)|next steps?|course of action|approach to take|action)(?=\s*[.;,]|\s*$)|"
    r"\b(?:take|agree)s?\s+(?:such|whatever|any)\s+(?:further\s+)?action\s+as\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"\b(?:agree|decide|choose|select|determine|nominate)s?\s+(?:on\s+)?(?:which|whether|what|between)\b",
    re.IGNORECASE,
)


def undecidable(paper: PaperText) -> list[Finding]:
    """Find recommendations that no outcome could be recorded for, one finding each with what is missing."""
    findings = []
    for recommendation in paper.recommendations:
        problem = _problem(recommendation)
        if problem:
            message, todo = problem
            findings.append(
                Finding(
                    code="L04",
                    where=recommendation_anchor(recommendation),
                    quote=quoted(" ".join(lines_of(recommendation.text))),
                    message=f"Recommendation {recommendation.number} cannot be decided as written: {message}",
                    what_to_do=todo,
                )
            )
    return findings


def _problem(recommendation: Recommendation) -> tuple[str, str] | None:
    """Return what is missing and what to do, or None."""
    text = " ".join(lines_of(recommendation.text))
    if not text:
        return "it has no text.", "Write what the body is asked to decide, or remove the recommendation."
    if recommendation.ask == "choose" and len(recommendation.options) < 2:
        return "it asks for a choice and offers fewer than two options.", "List the options to choose from."
    hears = recommendation.ask in {"comment", "note"}
    return _no_matter(text, chooses=recommendation.ask == "choose", hears=hears) or _no_ask(text, hears=hears)


def _no_matter(text: str, *, chooses: bool, hears: bool) -> tuple[str, str] | None:
    if _NO_MATTER.search(text):
        todo = "Write the step, the sum or the day that the body is to agree."
        return "it does not say what is to be agreed.", todo
    if not chooses and not hears and _WHICH.search(text):
        todo = "Propose one answer to be agreed, or make it a choice and list the options."
        return "it asks the body to find the answer, and names no options.", todo
    return None


def _no_ask(text: str, *, hears: bool) -> tuple[str, str] | None:
    if _acts(text) or (hears and _hears(text)):
        return None
    if text.endswith("?"):
        todo = "Propose an answer and ask the body to agree it, or ask for comments in so many words."
        return "it is a question.", todo
    if _WELCOME.search(text):
        todo = "Write “The body is asked to comment on …”, and on what."
        return "it hopes for comments and asks for nothing.", todo
    todo = "Begin with what the body is asked to do: approve, agree, choose, refer, comment on, note …"
    return "it does not say what the body is asked to do.", todo


def _acts(text: str) -> list[str]:
    """Return the acts asked for: verbs other than thinking about it, and motions ("That the fee be
    increased").
    """
    found: list[str] = []
    for sentence in (without_number(item) for item in sentences(text)):
        ask = find_ask(sentence, worded_as_ask=True)
        if ask is not None:
            joined = (_FORMS[match["verb"]] for match in _JOINED.finditer(sentence, ask.end))
            found += [verb for verb in (ask.verb, *joined) if verb not in VAGUE]
        elif _PROPOSED.search(sentence) and _MOTION.search(sentence) and not _THOUGHT.search(sentence):
            found.append("that")
    return found


def _hears(text: str) -> bool:
    asks = (find_ask(without_number(sentence), worded_as_ask=True) for sentence in sentences(text))
    return any(ask is not None for ask in asks)
