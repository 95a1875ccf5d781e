"""What is taken and given about options that are weighed, consultations on a proposal, and the risks of a paper."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Patch, Secrecy, unsent
from commissioning.api.schemas import Given, Id, Taken

Name = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
Long = Annotated[str, Field(max_length=8000)]
Kind = Literal[
    "status_quo", "make", "buy", "pool", "outsource", "mutual", "voluntary_transfer", "community_transfer"
]  # fmt: skip
Band = Literal["much_less", "less", "same", "more", "much_more"]
Risk = Literal["low", "medium", "high"]
Verdict = Literal["open", "preferred", "rejected"]
Audience = Literal["internal", "external", "named"]
Impact = Literal["not_yet", "done", "not_needed"]
Cost = Annotated[int, Field(ge=-(10**13), le=10**13)]


class OptionInBody(Taken):
    """An option to be weighed; its cost in pence a year against the status quo, or a band where no sum is known."""

    kind: Kind
    title: Name
    description: Text = ""
    cost_pence: Cost | None = None
    cost_band: Band | None = None
    cost_reason: Text = ""
    risk: Risk = "low"
    risk_words: Text = ""
    verdict: Verdict = "open"
    verdict_reason: Text = ""


class OptionPatch(Patch):
    """What is to be changed of an option; `version` as it was read."""

    kind: Kind = unsent()
    title: Name = unsent()
    description: Text = unsent()
    cost_pence: Cost | None = None
    cost_band: Band | None = None
    cost_reason: Text = unsent()
    risk: Risk = unsent()
    risk_words: Text = unsent()
    verdict: Verdict = unsent()
    verdict_reason: Text = unsent()


class OptionOut(Given):
    """An option as it stands."""

    id: int
    version: int
    kind: str
    title: str
    description: str
    cost_pence: int | None
    cost_band: str | None
    cost_reason: str
    risk: str
    risk_words: str
    verdict: str
    verdict_reason: str


class AppraisalOut(Given):
    """What is weighed for a case, the status quo first, and what is missing until it is whole."""

    options: list[OptionOut]
    missing: list[str]


class ConsultationBody(Taken):
    """A consultation to be opened; `closes_on` is the last day on which somebody may answer."""

    title: Name
    audience: Audience
    opens_on: date
    closes_on: date
    about: Long = ""
    audience_words: Long = ""
    summary: Long = ""
    impact: Impact = "not_yet"
    impact_words: Long = ""


class ConsultationPatch(Patch):
    """What is to be changed of a consultation; its days only until it has opened."""

    title: Name = unsent()
    audience: Audience = unsent()
    opens_on: date = unsent()
    closes_on: date = unsent()
    about: Long = unsent()
    audience_words: Long = unsent()
    summary: Long = unsent()
    impact: Impact = unsent()
    impact_words: Long = unsent()


class CloseBody(Taken):
    """Another last day of a consultation that has opened, and why."""

    closes_on: date
    reason: Annotated[str, Field(min_length=1, max_length=8000)]


class AskedBody(Taken):
    """Organisations that are asked; those that are there already are left alone."""

    names: Annotated[list[Name], Field(min_length=1, max_length=200)]


class SaidBody(Taken):
    """What an organisation said, when, and whose word it is; `version` is that of its answer.

    Once the consultation is closed an answer is only corrected, with a reason.
    """

    version: Annotated[int, Field(ge=0, le=2**53 - 1)]
    stance: Literal["supports", "against", "neither"]
    said_on: date
    said_by: Name
    text: Long = ""
    way: Literal["email", "letter", "telephone", "meeting", "survey"] = "email"
    reason: Long = ""


class SaidOut(Given):
    """An organisation that was asked, and what it said; `stance` null: it has not answered."""

    id: int
    version: int
    name: str
    stance: str | None
    text: str
    said_on: date | None
    said_by: str
    way: str | None


class ConsultationOut(Given):
    """A consultation with its answers and their tally."""

    id: int
    version: int
    case_id: int
    title: str
    audience: str
    opens_on: date
    closes_on: date
    first_closes_on: date
    about: str
    audience_words: str
    summary: str
    impact: str
    impact_words: str
    window: str
    tally: str
    answers: list[SaidOut]


class ConsultationsOut(Given):
    """The consultations of a case, the newest first."""

    items: list[ConsultationOut]


RiskWords = Annotated[str, Field(max_length=2000)]


class ReportRiskWords(Taken):
    """What may be left out of a risk."""

    response: RiskWords = unsent()
    secrecy: Secrecy = unsent()


class ReportRiskBody(ReportRiskWords):
    """A risk to be added to a report, as its last (BR-44)."""

    report_id: Id
    text: Annotated[RiskWords, Field(min_length=1)]
    arises: Literal["not_decided", "decided"]
    rating: Literal["low", "medium", "high", "very_high"]
    consequence: Annotated[RiskWords, Field(min_length=1)]


class ReportRiskPatch(Patch, ReportRiskWords):
    """What is to be changed of a risk."""

    text: Annotated[RiskWords, Field(min_length=1)] = unsent()
    arises: Literal["not_decided", "decided"] = unsent()
    rating: Literal["low", "medium", "high", "very_high"] = unsent()
    consequence: Annotated[RiskWords, Field(min_length=1)] = unsent()
