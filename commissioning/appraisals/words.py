"""The words that people read for options, and an appraisal as a passage of a paper."""

from __future__ import annotations

from collections.abc import Sequence

from commissioning.models.weighing import Option
from commissioning.money.arithmetic import in_pounds

KINDS = {
    "status_quo": "Status quo",
    "make": "Make: provide it ourselves",
    "buy": "Buy",
    "pool": "Pool budgets with partners",
    "outsource": "Outsource",
    "mutual": "Mutual owned by its staff",
    "voluntary_transfer": "Transfer to the voluntary sector",
    "community_transfer": "Community asset transfer",
}
COST_BANDS = {
    "much_less": "Much less",
    "less": "Less",
    "same": "About the same",
    "more": "More",
    "much_more": "Much more",
}
RISKS = {"low": "Low", "medium": "Medium", "high": "High"}
RISK_TONES = {"low": "green", "medium": "yellow", "high": "red"}
VERDICTS = {"open": "Not decided", "preferred": "Preferred", "rejected": "Rejected"}
VERDICT_TONES = {"open": "grey", "preferred": "green", "rejected": ""}


def cost_of(option: Option) -> str:
    """What an option costs against the status quo, in words."""
    if option.kind == "status_quo":
        return "What the others are set against"
    if option.cost_band:
        return COST_BANDS[option.cost_band]
    if option.cost_pence is None:
        return "Not known"
    if option.cost_pence == 0:
        return "The same"
    return f"{in_pounds(abs(option.cost_pence))} a year {'more' if option.cost_pence > 0 else 'less'}"


def passage(options: Sequence[Option]) -> str:
    """The appraisal as paragraphs of a paper, the preferred option first."""
    return "\n\n".join(_paragraph(o) for o in sorted(options, key=lambda o: o.verdict != "preferred"))


def _paragraph(option: Option) -> str:
    said = [f"{option.title} ({KINDS[option.kind].partition(':')[0].lower()}): {VERDICTS[option.verdict].lower()}."]
    if option.description:
        said.append(_sentence(option.description))
    if option.kind != "status_quo":
        said.append(_sentence(f"Cost against the status quo: {_lower(cost_of(option))}"))
        said += [_sentence(option.cost_reason)] if option.cost_reason else []
    risk = f"Risk: {RISKS[option.risk].lower()}"
    said.append(_sentence(f"{risk}. {option.risk_words}" if option.risk_words else risk))
    if option.verdict_reason:
        said.append(_sentence(f"Why: {option.verdict_reason}"))
    return " ".join(said)


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    return plain if plain.endswith((".", "!", "?")) else plain + "."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
