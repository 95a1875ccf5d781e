"""Bodies of requests about business units: units, specifications, monthly returns. Amounts are whole: pence,
hundredths of a full-time person, thousandths of what an outcome is measured in.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Line, Patch, Pence, Words, unsent
from commissioning.api.schemas import Id, Taken

Hundredths = Annotated[int, Field(ge=0, le=10_000_000)]
Thousandths = Annotated[int, Field(ge=-(10**15), le=10**15)]
Tolerance = Annotated[int, Field(ge=0, le=10**15)]
Weight = Annotated[int, Field(ge=0, le=100)]
Rag = Literal["red", "amber", "green"]
UnitKind = Literal["business", "core", "council", "partner", "third_sector", "school", "centre", "expert"]
Source = Literal["apa", "jar", "jip", "benchmark", "vfm", "other"]
Direction = Literal["higher", "lower"]
Method = Literal["straight_line", "seasonal", "run_rate", "own"]


class UnitWords(Taken):
    """What a unit is, beside its name, its kind and its posts."""

    area: Line = unsent()
    remit: Annotated[str, Field(max_length=20_000)] = unsent()
    core_group: Line = unsent()
    core_unit_id: Id | None = None
    board_id: Id | None = None
    fte_hundredths: Hundredths = unsent()
    live_on: date | None = None


class UnitBody(UnitWords):
    """A unit to be recorded; unless it is live from the first, the steps of its set-up begin (BR-38)."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: UnitKind
    head_post_id: Id
    strategy_post_id: Id
    finance_post_id: Id
    commissioner_post_id: Id
    director_post_id: Id
    is_live: bool = False


class UnitPatch(Patch, UnitWords):
    """What is to be changed of a unit; `version` is `data.version` of the unit. New posts take over what is open."""

    head_post_id: Id = unsent()
    strategy_post_id: Id = unsent()
    finance_post_id: Id = unsent()
    commissioner_post_id: Id = unsent()
    director_post_id: Id = unsent()
    from_on: date | None = None
    to_on: date | None = None


class NameBody(Taken):
    """Another name from today, and why; the earlier one stays on record."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class ContributorsBody(Taken):
    """Who contributes to a unit's returns beside its head: all of them."""

    people: Annotated[list[Id], Field(max_length=50)]


class SpecOutcomeBody(Taken):
    """An outcome to be reached (BR-11 to BR-13); with the `id` that it has, if it is there already."""

    id: Id = unsent()
    code: Annotated[str, Field(min_length=1, max_length=60)]
    statement: Annotated[str, Field(min_length=1, max_length=4000)]
    measure: Annotated[str, Field(min_length=1, max_length=4000)]
    target_thousandths: Thousandths
    weight: Weight
    direction: Direction = unsent()
    measured_in: Annotated[str, Field(max_length=60)] = unsent()
    target_group: Words = unsent()
    baseline_thousandths: Thousandths | None = None
    tolerance_thousandths: Tolerance | None = None
    priority: Words = unsent()
    task_reason: Words = unsent()


class ImprovementBody(Taken):
    """An area for improvement and where it comes from (BR-14)."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    source: Source


class SpecWords(Taken):
    """The header of a specification."""

    cash_limit_pence: Pence = unsent()
    headcount_hundredths: Hundredths = unsent()
    policies: Words = unsent()
    target_grade: Words = unsent()


class SpecificationBody(SpecWords):
    """A specification to be drafted for a unit, its first or another one after the last has ended."""

    unit_id: Id
    starts_on: date
    ends_on: date


class SpecificationPatch(Patch, SpecWords):
    """What is to be changed of a draft; `version` is `data.version` of the specification.

    Outcomes and improvement areas are sent all together, in order.
    """

    starts_on: date = unsent()
    ends_on: date = unsent()
    outcomes: Annotated[list[SpecOutcomeBody], Field(max_length=40)] = unsent()
    improvements: Annotated[list[ImprovementBody], Field(max_length=100)] = unsent()


class OutcomeAnswerBody(Taken):
    """The whole answer to one outcome of a return, by the `id` that it has there; without a value, why there is none.

    `is_still_true`: last month's commentary stands.
    """

    id: Id
    actual_thousandths: Thousandths | None = None
    not_available: Words = ""
    commentary: Words = ""
    is_still_true: bool = False


class LineAnswerBody(Taken):
    """How one budget line's year is forecast; `own_pence` with its reason only for the unit's own figure."""

    line_id: Id
    method: Method
    own_pence: Annotated[int, Field(ge=-(10**14), le=10**14)] | None = None
    own_reason: Words = ""
    commentary: Words = ""
    is_still_true: bool = False


class HeadcountBody(Taken):
    """Posts there are and posts filled, in hundredths of a full-time person (BR-30)."""

    establishment_hundredths: Hundredths
    in_post_hundredths: Hundredths
    vacancies_note: Words = ""


class RiskBody(Taken):
    """A risk; with the `id` that it has, if it is in the return already."""

    id: Id = unsent()
    text: Annotated[str, Field(min_length=1, max_length=4000)]
    rag: Rag
    mitigation: Words = ""


class ProgressBody(Taken):
    """How an action that was carried into the return stands."""

    action_id: Id
    progress: Words


class ReturnPatch(Patch):
    """Answers of a return, all of those sent or none; `version` is `data.version` of the return.

    Risks are sent all together: those left out go. `no_risks` says that there is none.
    """

    outcomes: Annotated[list[OutcomeAnswerBody], Field(max_length=40)] = unsent()
    lines: Annotated[list[LineAnswerBody], Field(max_length=500)] = unsent()
    headcount: HeadcountBody = unsent()
    risks: Annotated[list[RiskBody], Field(max_length=30)] = unsent()
    no_risks: Literal[True] = unsent()
    actions: Annotated[list[ProgressBody], Field(max_length=100)] = unsent()


class RecoveryBody(Taken):
    """An action of the unit that recovers a forecast overspend."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]
    owner_id: Id
    due_on: date


class ConcernBody(Taken):
    """What both leaders must know at once."""

    text: Annotated[str, Field(min_length=1, max_length=4000)]


class QuestionBody(Taken):
    """A question of an acceptor, and which line or outcome it is about."""

    about: Annotated[str, Field(max_length=200)] = ""
    question: Annotated[str, Field(min_length=1, max_length=4000)]


class AnswerBody(Taken):
    """The unit's answer."""

    answer: Annotated[str, Field(min_length=1, max_length=4000)]
