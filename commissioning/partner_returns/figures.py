"""The figures of partner returns: what is there, what is missing, what differs much from the return before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.labels import parts_typed
from commissioning.models.cases import Case
from commissioning.models.partners import (
    CHANGES,
    MOST_LEVEL,
    PartnerFigure,
    PartnerIndicator,
    PartnerProgress,
    PartnerRequest,
    PartnerReturn,
    PartnerSpend,
)
from commissioning.models.plans import Priority
from commissioning.money.arithmetic import half_up, in_pounds
from commissioning.partner_returns.words import year_before, year_words, years_after
from commissioning.settings_table import get_number

COUNTED_IN = {"workforce": "staff", "june": "performance"}
"""Which kind of indicator is asked in which kind of return. Of performance, a partner says what it holds."""
LARGE = "partners.large_change_percent"
"""The setting from which a change against the return before needs words."""


@dataclass
class Answers:
    """Everything that a return asks for, and what was answered."""

    kind: str
    years: list[date]
    spent_on: date
    """First day of the last whole year, of which it may be known what was spent."""
    level: int = 1
    priorities: Sequence[Priority] = ()
    indicators: Sequence[PartnerIndicator] = ()
    spend: dict[tuple[int, date], int] = field(default_factory=dict)
    """Pence by priority and first day of the year."""
    figures: dict[int, int] = field(default_factory=dict)
    """Hundredths by indicator."""
    progress: dict[int, PartnerProgress] = field(default_factory=dict)
    """By priority."""
    spent: dict[int, int] = field(default_factory=dict)
    """Pence by priority, in the year `spent_on`."""
    units: dict[int, int] = field(default_factory=dict)
    """Units of service that this paid for, by priority."""

    def asks_units(self, priority: Priority) -> bool:
        """Whether units of service are asked for: where a priority is examined in depth (NY-31)."""
        return self.level >= MOST_LEVEL and priority.is_examined

    def each(self, priority: Priority) -> int | None:
        """Pence a unit of service, half up; None where units are not said."""
        units = self.units.get(priority.id)
        return half_up(Fraction(self.spent[priority.id], units)) if units else None


def get_answers(session: Session, found: PartnerReturn) -> Answers:
    """What one return asks for and holds. Four queries at most."""
    request = session.get_one(PartnerRequest, found.request_id)
    answers = Answers(request.kind, years_after(found.period_on), year_before(found.period_on), request.level)
    own = found.case_id
    if request.kind in COUNTED_IN:
        values = session.scalars(select(PartnerFigure).where(PartnerFigure.return_id == own))
        answers.figures = {f.indicator_id: f.hundredths for f in values}
        answers.indicators = list_indicators(session, COUNTED_IN[request.kind], answers.figures)
    if request.kind == "workforce":
        return answers
    rows = select(Priority).where(Priority.plan_id == request.plan_id).order_by(Priority.position, Priority.id)
    answers.priorities = session.scalars(rows).all()
    if request.kind == "spend":
        spends = session.scalars(select(PartnerSpend).where(PartnerSpend.return_id == own)).all()
        answers.spend = {(s.priority_id, s.year_on): s.pence for s in spends if not s.is_spent}
        answers.spent = {s.priority_id: s.pence for s in spends if s.is_spent}
        answers.units = {s.priority_id: s.units for s in spends if s.units is not None}
    else:
        said = session.scalars(select(PartnerProgress).where(PartnerProgress.return_id == own))
        answers.progress = {p.priority_id: p for p in said}
    return answers


def list_indicators(
    session: Session, kind: str = "staff", answered: dict[int, int] | None = None
) -> Sequence[PartnerIndicator]:
    """Indicators of a kind that are asked for, and those that were answered before they were dropped."""
    answered = answered or {}
    return [i for i in list_all_indicators(session) if (i.kind == kind and i.is_asked) or i.id in answered]


def list_all_indicators(session: Session) -> Sequence[PartnerIndicator]:
    """Every indicator, in order."""
    return session.scalars(select(PartnerIndicator).order_by(PartnerIndicator.position, PartnerIndicator.id)).all()


def what_is_missing(answers: Answers, text: str) -> list[str]:
    """What is not answered yet, in words; empty if nothing.

    Nothing spent is said as £0 (NY-26); a figure of performance may be left to whoever holds it.
    """
    if answers.kind == "spend":
        found = []
        for p in answers.priorities:
            years = [year_words(y) for y in answers.years if (p.id, y) not in answers.spend]
            found += [f"{p.code}: {', '.join(years)}"] if years else []
        return found
    if answers.kind == "workforce":
        return [i.title for i in answers.indicators if i.id not in answers.figures]
    found = [p.code for p in answers.priorities if p.id not in answers.progress]
    found += [f"{p.code}: why" for p in answers.priorities if (x := answers.progress.get(p.id)) and not x.words]
    return found if text.strip() else [*found, "the report in words"]


def list_large_changes(session: Session, found: PartnerReturn, answers: Answers) -> list[str]:
    """Figures that differ from the return before by more than the council's limit, in words (NY-26 to NY-28); every
    change of a plan where changes are asked for (NY-29).

    A year's planned spend is set against what was planned a year ago for the year that was next then.
    """
    before = get_before(session, found)
    if before is None or answers.kind not in ("spend", "workforce"):
        return []
    limit = 0 if answers.level >= CHANGES else get_number(session, LARGE)
    old = get_answers(session, before)
    if answers.kind == "spend":
        sums = [
            (f"{p.code} {year_words(new)}", old.spend.get((p.id, then)), answers.spend.get((p.id, new)))
            for p in answers.priorities
            for new, then in zip(answers.years, old.years, strict=True)
        ]
        return [
            f"{n}: {in_pounds(a)} before, {in_pounds(b)} now"
            for n, a, b in sums
            if a is not None and b is not None and _is_large(a, b, limit)
        ]
    numbers = [(i.title, old.figures.get(i.id), answers.figures.get(i.id)) for i in answers.indicators]
    return [
        f"{n}: {parts_typed(a, 2)} before, {parts_typed(b, 2)} now"
        for n, a, b in numbers
        if a is not None and b is not None and _is_large(a, b, limit)
    ]


def get_before(session: Session, found: PartnerReturn) -> PartnerReturn | None:
    """The partner's last return to the same request that the core has validated."""
    earlier = (
        select(PartnerReturn)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(PartnerReturn.request_id == found.request_id, PartnerReturn.unit_id == found.unit_id)
        .where(PartnerReturn.period_on < found.period_on, Case.state.in_(("validated", "published")))
        .order_by(PartnerReturn.period_on.desc())
        .limit(1)
    )
    return session.scalars(earlier).first()


def _is_large(before: int, now: int, limit: int) -> bool:
    """Whether a change is more than `limit` percent of what was there before; from nothing, any is."""
    return abs(now - before) * 100 > before * limit
