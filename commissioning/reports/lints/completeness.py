"""L06, L10, L11: an implication left empty, no financial information, no risk of not deciding (BR-40, NY-34, BR-44)."""

from __future__ import annotations

import re

from commissioning.reports.lints.paper import (
    Anchor,
    Finding,
    PaperText,
    Section,
    passages,
    section_anchor,
)
from commissioning.reports.lints.prose import sentences

_BARE_NONE = re.compile(
    r"^(?:none|nil|n/?a|not applicable|none (?:identified|known|arising)|no implications?|-+|–|—)\W*$",
    re.IGNORECASE,
)
_NONE_BECAUSE = re.compile(r"^(?:none|no risks?)\b[\s,:;.–-]*(?:because|as|since)\b", re.IGNORECASE)
_LATER = re.compile(
    r"^(?:t\.?b\.?[cad]\.?|to be (?:confirmed|advised|completed|added|provided)|to follow|awaited|see "
    r"above)\W*$",
    re.IGNORECASE,
)
_RISK = "risk"
"""The key of the section under which risks are listed."""
_MONEY_HEADS = frozenset(
    {"financial", "finance", "resource", "resources", "cost", "costs", "budget", "revenue", "capital"}
)
_BESIDE_MONEY = """
legal land property personnel staffing human value for money risk risks and of the implication implications
consideration considerations comment comments information impact
"""
_HEADING_WORDS = _MONEY_HEADS | frozenset(_BESIDE_MONEY.split())
_MONEY_SAID = re.compile(
    r"£\s?\d|\b(?:cost[- ]neutral\w*|within (?:the )?(?:existing|current|approved|available) (?:\w+ "
    r")?(?:budgets?|resources|provision)|"
    r"no (?:additional|extra|direct|new|further)?\s?(?:costs?|expenditure|financial implications)|"
    r"(?:met|funded|paid) (?:from|out of|by) (?:the )?[\w’' -]{0,60}"
    r"(?:budget|reserve|grant|allocation|fund))\b",
    re.IGNORECASE,
)
_NOT_OURS = re.compile(
    r"\b(?:nationally|national|across (?:England|the country)|(?:G|g)overnment estimates?|in England)\b"
)


def _said(section: Section) -> str:
    return section.text.strip() or section.none_because.strip()


def _is_answer(section: Section) -> bool:
    """Say whether an implication is answered: in words of its own, or "None" with a reason."""
    said = _said(section)
    return bool(said) and not _BARE_NONE.match(said) and not _LATER.match(said)


def empty_implications(paper: PaperText) -> list[Finding]:
    """Find implications that are blank, "to follow", or "None" without a reason."""
    return [_empty(section) for section in paper.sections if section.kind == "implication" and not _is_answer(section)]


def _empty(section: Section) -> Finding:
    said = _said(section)
    if not said:
        message = f"“{section.heading}” is left empty: a reader cannot tell “none” from “forgotten”."
    elif _LATER.match(said):
        message = f"“{section.heading}” says “{said}”, which is no answer yet."
    else:
        message = f"“{section.heading}” says “{said}” without saying why."
    return Finding(
        code="L06",
        where=section_anchor(section),
        quote=said or section.heading,
        message=message,
        what_to_do="Write the implication, or “None, because …” with the reason.",
    )


def no_risk_of_not_deciding(paper: PaperText) -> list[Finding]:
    """Find a paper that has the heading Risk and lists no risk of not deciding; one that says "None, because ..." is
    left alone, as is a blank one, which is found as that."""
    section = next((s for s in paper.sections if s.key == _RISK), None)
    if section is None or "not_decided" in paper.risks or not _is_answer(section):
        return []
    if section.none_because.strip() or _NONE_BECAUSE.match(section.text.strip()):
        return []
    return [
        Finding(
            code="L11",
            where=section_anchor(section),
            quote=section.heading,
            message="The paper does not say what is risked if this is not decided.",
            what_to_do="Add that risk to the list with its rating, or answer the heading “None, because …”.",
        )
    ]


def no_financial_information(paper: PaperText) -> list[Finding]:
    """Find a paper that says nothing of money: no answered heading, no sum, no sentence on how it is met."""
    if _has_money(paper):
        return []
    section = next((s for s in paper.sections if _is_money_heading(s.heading)), None)
    what = "what it costs or saves, in which year, and what pays for it; or “None, because …”."
    return [
        Finding(
            code="L10",
            where=section_anchor(section) if section else Anchor("paper", "", "the whole paper"),
            quote=section.heading if section else paper.title,
            message=("The paper has no financial information: neither an answered financial implication nor a sum."),
            what_to_do=f"Say under {section.heading} {what}" if section else "Give a sum in a recommendation.",
        )
    ]


def _is_money_heading(heading: str) -> bool:
    """Tell "Financial and resource implications" from "Budget monitoring arrangements"."""
    words = set(re.findall(r"[a-z]+", heading.lower()))
    return bool(words & _MONEY_HEADS) and words <= _HEADING_WORDS


def _has_money(paper: PaperText) -> bool:
    headed = any(_is_money_heading(section.heading) and _is_answer(section) for section in paper.sections)
    asked = any(recommendation.amount_pence is not None for recommendation in paper.recommendations)
    return (
        headed
        or asked
        or any(
            _MONEY_SAID.search(sentence) and not _NOT_OURS.search(sentence)
            for passage in passages(paper)
            for sentence in sentences(passage.text)
        )
    )
