"""What a kind of body begins with: rules of procedure (product.md, 1, the table) and the sections of its papers.

Each value is a setting of the body and can be changed there. Not here: what the rules mean (`workflows`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import time
from typing import Any


@dataclass(frozen=True, slots=True)
class Procedure:
    """Rules of procedure; the words are those of the columns of `Body`."""

    clear_days: int = 5
    clear_day_rule: str = "working"
    notice_days: int = 0
    key_threshold_pence: int | None = None
    call_in_days: int = 0
    meets_in_public: bool = True
    decides_by: str = "vote"
    close_days: int = 7
    close_time: time = time(10, 0)
    quorum_divisor: int = 4
    quorum_minimum: int = 3


PROCEDURES = {
    "executive": Procedure(
        notice_days=28, key_threshold_pence=25_000_000, call_in_days=5, decides_by="vote_or_consensus"
    ),
    "committee": Procedure(),
    "partnership": Procedure(decides_by="consensus_unless_vote"),
    "officer": Procedure(clear_days=0, meets_in_public=False, decides_by="consensus", quorum_divisor=2),
}


def procedure_of(kind: str) -> dict[str, Any]:
    """The defaults of a kind, by column. Raises KeyError for a kind that there is not."""
    return asdict(PROCEDURES[kind])


@dataclass(frozen=True, slots=True)
class Part:
    """One section, or one implication with the speciality of who signs it off (BR-39, BR-41)."""

    key: str
    heading: str
    hint: str = ""
    speciality: str | None = None
    is_required: bool = True
    kind: str = "section"


def _implication(key: str, heading: str, hint: str, speciality: str | None = None) -> Part:
    return Part(key, heading, hint, speciality, kind="implication")


_NONE = "“None, because ...” is an answer; blank is not."
_THREE_NEEDS = "Which of the three needs were considered, and how, for those whom this concerns: no general formula."
_LEGAL = (
    "Which duties bear on this, by Act and section, and how. With best value: how it serves economy, efficiency and"
    f" effectiveness. {_NONE}"
)
_ASKED = "Who was asked, inside (workforce, trade unions) and outside (partners, schools, users), and what they said."
PARTS = (
    Part("summary", "Summary", "What the paper is about, in a few sentences."),
    Part("background", "Background", "What led here, with policy and council priority."),
    Part("proposal", "Proposal", "What is proposed, and why."),
    Part("options", "Options considered", "With the status quo, and why each was rejected."),
    Part("next_steps", "Next steps", "What follows, with dates.", is_required=False),
    _implication("legal", "Legal implications", _LEGAL, "legal"),
    _implication("financial_revenue", "Financial implications: revenue", _NONE, "finance"),
    _implication("financial_capital", "Financial implications: capital", _NONE, "finance"),
    _implication("land", "Land", _NONE),
    _implication("personnel", "Personnel", _NONE, "hr"),
    _implication("equalities", "Equalities", _THREE_NEEDS, "equalities"),
    _implication("risk", "Risk", f"Each with how likely it is and what would follow; also of not deciding. {_NONE}"),
    _implication("consultation", "Consultation", _ASKED),
)
"""The sections of a paper: text first, then the implications of BR-39."""


def parts_of(kind: str) -> tuple[Part, ...]:
    """The sections that papers for a kind of body begin with; an officer body does without capital and land."""
    if kind == "officer":
        return tuple(p for p in PARTS if p.key not in {"financial_capital", "land"})
    return PARTS
