"""Bodies of requests that create and edit. In a PATCH only what is sent is changed; `version` is always sent."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import Field

from commissioning.api.schemas import MOST_ID, Given, Id, Taken

Version = Annotated[int, Field(ge=0, le=MOST_ID)]
Title = Annotated[str, Field(min_length=1, max_length=300)]
Line = Annotated[str, Field(max_length=300)]
Words = Annotated[str, Field(max_length=4000)]
Long = Annotated[str, Field(max_length=10_000)]
Pence = Annotated[int, Field(ge=0, le=10**14)]
Count = Annotated[int, Field(ge=0, le=100_000)]
Secrecy = Literal["open", "exempt", "confidential"]
HeadingKind = Literal[
    "apologies", "interests", "minutes", "matters_arising", "presentation", "standing", "exclusion", "other"
]
Ask = Literal["approve", "agree", "agree_not_to", "choose", "comment", "proceed", "note", "delegate", "refer"]


def unsent() -> Any:
    """The default of a field that need not be sent and cannot be null."""
    return Field(default=None, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


class Patch(Taken):
    """A change of what is sent; 409 if the thing is no longer in this version."""

    version: Version

    def sent(self) -> dict[str, Any]:
        """What is to be changed."""
        return {name: getattr(self, name) for name in self.model_fields_set if name != "version"}


class HeaderBody(Taken):
    """Fields of a report's header (LI-01, LI-02, BR-39)."""

    safe_title: Line = unsent()
    restricted: bool = unsent()
    purpose: Words = unsent()
    report_of: Words = unsent()
    ward: Words = unsent()
    presenting_officer: Words = unsent()
    contact_name: Words = unsent()
    contact_phone: Words = unsent()
    contact_email: Words = unsent()
    is_confidential: bool = unsent()
    is_exempt: bool = unsent()
    exempt_paragraph: Annotated[int, Field(ge=1, le=7)] = unsent()
    public_interest: Words = unsent()
    is_key_decision: bool = unsent()
    key_reason: Words = unsent()
    background_papers: Words = unsent()
    changes_terms: bool = unsent()
    exempt_review_on: date | None = None
    draft_on: date | None = None
    sign_off_on: date | None = None


class StopBody(Taken):
    """One body on a report's way."""

    body_id: Id
    decides: bool = True


class ReportBody(HeaderBody):
    """A report to be started for a meeting; `route` are further bodies on its way."""

    title: Title
    meeting_id: Id
    route: Annotated[list[StopBody], Field(max_length=20)] = Field(default_factory=list)


class ReportPatch(Patch, HeaderBody):
    """Header fields to be changed; `version` is `data.version` of the report. A date is emptied by null."""

    title: Title = unsent()


class PersonBody(Taken):
    """Somebody to be named: a sponsor or contributor by `person_id`, a signing team by `post_id`."""

    role: Literal["sponsor", "contributor", "signer"]
    person_id: Id | None = None
    post_id: Id | None = None
    covers: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=50)] = Field(default_factory=list)


class OptionBody(Taken):
    """One of the things to choose from (LI-05)."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    is_suggested: bool = False


class WordingBody(Taken):
    """What a recommendation says; sums in pence."""

    reasons: Long = unsent()
    risks: Long = unsent()
    amount_pence: Pence | None = None
    deadline_on: date | None = None
    least: Count | None = None
    most: Count | None = None
    options: Annotated[list[OptionBody], Field(max_length=100)] = unsent()
    about_id: Id | None = None
    about_step: Annotated[str, Field(max_length=60)] | None = None
    secrecy: Secrecy = unsent()


class RecommendationBody(WordingBody):
    """A recommendation to be added to a report, as its last."""

    report_id: Id
    ask: Ask
    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class RecommendationPatch(Patch, WordingBody):
    """What is to be changed of a recommendation."""

    ask: Ask = unsent()
    text: Annotated[str, Field(min_length=1, max_length=10_000)] = unsent()


class SectionPatch(Patch):
    """A section's text, its secrecy, or both."""

    text: Annotated[str, Field(max_length=100_000)] = unsent()
    secrecy: Secrecy = unsent()


class PartOut(Given):
    """A part of a report: a section, a recommendation or a risk, with its own version."""

    id: int
    report_id: int
    version: int
    data: dict[str, Any]
    links: dict[str, str]


BodyKind = Literal["executive", "committee", "partnership", "officer"]


class BodyBody(Taken):
    """A body to be recorded with the rules of its kind; a group that does not sit yet is proposed (NY-15)."""

    name: Title
    kind: BodyKind
    clerk_post_id: Id
    chair_post_id: Id
    short_name: Line = ""
    remit: Long = ""
    parent_id: Id | None = None
    is_sitting: bool = True


Days = Annotated[int, Field(ge=0, le=365)]
Few = Annotated[int, Field(ge=1, le=100)]


class OpeningBody(Taken):
    """A heading with which the agendas of a body's meetings open, and its minutes."""

    kind: HeadingKind
    title: Title
    length: Annotated[int, Field(ge=1, le=600)] | None = None


class BodyPatch(Patch):
    """Remit, rules of procedure and how its meetings run; `version` is `data.version` of the body.

    `opening` is the whole list; meetings that are called already keep their headings.
    """

    remit: Long = unsent()
    clear_days: Days = unsent()
    clear_day_rule: Literal["working", "not_sundays", "calendar"] = unsent()
    notice_days: Days = unsent()
    call_in_days: Days = unsent()
    meets_in_public: bool = unsent()
    decides_by: Literal["vote_or_consensus", "vote", "consensus_unless_vote", "consensus"] = unsent()
    close_days: Days = unsent()
    close_time: time = unsent()
    quorum_divisor: Few = unsent()
    quorum_minimum: Few = unsent()
    sign_off_order: Literal["parallel", "in_order"] = unsent()
    blocking_findings: Annotated[str, Field(max_length=200, pattern=r"^(L[0-9]{2}(,L[0-9]{2})*)?$")] = unsent()
    allows_elsewhere: bool = unsent()
    key_threshold_pence: Pence | None = unsent()
    call_in_members: Few = unsent()
    scrutiny_id: Id | None = unsent()
    kept_in: Annotated[str, Field(max_length=100)] = unsent()
    opening: Annotated[list[OpeningBody], Field(min_length=1, max_length=50)] = unsent()
    allows_remote: bool = unsent()
    chair_casts: bool = unsent()


class MemberBody(Taken):
    """A member from a day to a day, both inclusive; without `to_on` until further notice."""

    person_id: Id
    from_on: date
    to_on: date | None = None
    organisation: Line = ""
    is_voting: bool = True


class MeetingBody(Taken):
    """A meeting to be called; its dates follow from the body's rules. `starts_at` is a time in London.

    `short_notice`: why it is convened where the day of publication has passed already; else left out.
    """

    body_id: Id
    meeting_on: date
    starts_at: time
    place: Line = ""
    short_notice: Annotated[str, Field(max_length=1000)] = ""


class ItemBody(Taken):
    """One line's place on the agenda and its minutes; if its paper is to follow, why, and when it is expected.

    A line is a report's item or a heading; `data.agenda` lists both.
    """

    item_id: Id
    position: Annotated[int, Field(ge=1, le=1000)]
    length: Annotated[int, Field(ge=1, le=600)] | None = None
    to_follow_reason: Annotated[str, Field(max_length=1000)] = ""
    expected_on: date | None = None


class MeetingPatch(Patch):
    """The whole agenda in a new order, the minutes, or both; `version` is `data.version` of the meeting."""

    agenda: Annotated[list[ItemBody], Field(max_length=500)] = unsent()
    minutes: Annotated[str, Field(max_length=100_000)] = unsent()


class PresenceBody(Taken):
    """Whether somebody came."""

    person_id: Id
    status: Literal["present", "apologies", "absent"]
    substitute: Annotated[str, Field(max_length=200)] = ""
    substitute_votes: bool = False
    is_remote: bool = False


class AttendanceBody(Taken):
    """Who came; who is not listed stays as recorded."""

    people: Annotated[list[PresenceBody], Field(min_length=1, max_length=500)]
    presided_by_id: Id | None = None


class MovementBody(Taken):
    """A member came or went during a line of the agenda; `at` is a time in London, now without it."""

    person_id: Id
    line_id: Id
    is_arrival: bool
    at: time | None = None


class QuorumBody(Taken):
    """An item that could not be decided for want of a quorum, or can be after all."""

    item_id: Id
    is_inquorate: bool


class InterestBody(Taken):
    """A member's interest in a line of the agenda, an item or a heading (P-20)."""

    line_id: Id
    person_id: Id
    nature: Annotated[str, Field(min_length=1, max_length=1000)]
    dispensation: Annotated[str, Field(max_length=1000)] = ""


Votes = Annotated[int, Field(ge=0, le=10_000)]


class NamedVote(Taken):
    """How one member voted (P-19)."""

    person_id: Id
    vote: Literal["for", "against", "abstained"]


class OutcomeBody(Taken):
    """The draft outcome of one recommendation; `version` is that of the outcome entered before, if there is one."""

    item_id: Id
    recommendation_id: Id
    version: Version | None = None
    outcome: Literal[
        "agreed", "agreed_as_amended", "rejected", "commented", "noted", "deferred", "referred", "withdrawn"
    ]
    amended_text: Long = ""
    chosen: Annotated[list[Id], Field(max_length=100)] = Field(default_factory=list)
    reasons: Long = ""
    alternatives: Long = ""
    comments: Long = ""
    referred_to_id: Id | None = None
    votes_for: Votes | None = None
    votes_against: Votes | None = None
    abstentions: Votes | None = None
    casting_vote: Literal["", "for", "against"] = ""
    named: Annotated[list[NamedVote], Field(max_length=500)] = Field(default_factory=list)
    action_title: Line = ""
    action_owner_id: Id | None = None
    action_due_on: date | None = None
    amended_pence: Annotated[int, Field(ge=0, le=10**13)] | None = None


class DecisionPatch(Patch):
    """What the record of a decision is to say, and why; `version` is `data.version` of the decision."""

    why: Annotated[str, Field(min_length=1, max_length=4000)]
    text: Long = unsent()
    reasons: Long = unsent()
    alternatives: Long = unsent()
    interests: Long = unsent()


class LineBody(Taken):
    """One line of an action: a plan priority, its progress, when it comes to the board (NY-03 to NY-05)."""

    priority: Annotated[str, Field(min_length=1, max_length=4000)]
    progress: Words = ""
    report_to_board: Annotated[str, Field(max_length=200)] = ""


class ActionWords(Taken):
    """What an action says."""

    owner_id: Id | None = None
    measure: Words = unsent()
    number: Annotated[str, Field(max_length=60)] = unsent()
    lines: Annotated[list[LineBody], Field(max_length=20)] = unsent()


class ActionBody(ActionWords):
    """An action of a body; with `due_precision` month it is due by the end of the month of `due_on`."""

    body_id: Id
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    due_on: date | None = None
    due_precision: Literal["day", "month"] = "day"


class ActionPatch(Patch, ActionWords):
    """What is to be changed of an action; its date has a step of its own. `version` is `data.version` of the action."""

    text: Annotated[str, Field(min_length=1, max_length=4000)] = unsent()
