"""Filling in a return: each answer is saved at once, on its own, and checked against what the writer saw.

A first answer begins the return (its step `start`). What must be there at the end is for the guards of `submit`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, check_seen
from commissioning.clock import fresh_id
from commissioning.models.monitoring import (
    Return,
    ReturnAction,
    ReturnLine,
    ReturnOutcome,
)
from commissioning.models.specifications import SpecOutcome
from commissioning.money.arithmetic import budget_rag, outcome_rag
from commissioning.monitoring.answering import LONGEST, answer, get_header
from commissioning.monitoring.figures import Line, earlier_ids
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.rules import money_of
from commissioning.monitoring.snapshot import fill
from workflows.registry import Refusal

MOST_THOUSANDTHS = 10**15
MOST_HUNDREDTHS = 10_000_000


@dataclass(frozen=True)
class OutcomeAnswer:
    """The value in thousandths of the measure's unit, or why there is none, and never both. `is_still_true`: last
    month's comment."""

    actual_thousandths: int | None = None
    not_available: str = ""
    commentary: str = ""
    is_still_true: bool = False


@dataclass(frozen=True)
class LineAnswer:
    """How the year is forecast; `own_pence` and its reason only for the unit's own figure."""

    method: str
    own_pence: int | None = None
    own_reason: str = ""
    commentary: str = ""
    is_still_true: bool = False


def save_outcome(
    session: Session, actor: Actor, return_id: int, row_id: int, new: OutcomeAnswer, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Answer one outcome; its rating follows by the rule. Raises Invalid, Stale, NotNow."""

    def change(context: Context) -> None:
        row = session.get(ReturnOutcome, row_id, populate_existing=True)
        if row is None or row.return_id != return_id:
            raise NotFound
        check_seen(seen, row.version, context.case.safe_title, theirs=_said(row), yours=_said(new))
        outcome = session.get_one(SpecOutcome, row.outcome_id)
        _check_outcome(new, outcome)
        earlier = _earlier_outcome(session, return_id, outcome)
        if earlier is not None:
            row.earlier_thousandths, row.earlier_rag = earlier.actual_thousandths, earlier.rag
        before = [row.actual_thousandths, row.not_available, row.commentary]
        row.actual_thousandths = new.actual_thousandths
        row.not_available = new.not_available.strip()
        row.commentary, row.is_carried = _commentary(new, earlier)
        row.rag = None
        if new.actual_thousandths is not None:
            row.rag = outcome_rag(
                *(new.actual_thousandths, outcome.target_thousandths, row.earlier_thousandths),
                *(outcome.direction, outcome.tolerance_thousandths, get_rules(session).tolerance),
            )
        row.version += 1
        context.changed(outcome.code, before, [row.actual_thousandths, row.not_available, row.commentary])

    answer(session, actor, return_id, "return.outcome_answered", change, [row_id, asdict(new), seen], now, key)


def save_line(
    session: Session, actor: Actor, return_id: int, line_id: int, new: LineAnswer, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Answer one budget line: the method of its forecast and a comment. Raises Invalid, Stale, NotNow."""

    def change(context: Context) -> None:
        money = money_of(context)
        if not money.is_open:
            raise NotNow([Refusal("money_not_open", "Finance has not released the month’s figures yet", "finance")])
        found = [(n, line) for n, line in enumerate(money.lines, 1) if line.line_id == line_id]
        if not found:
            raise NotFound
        position, line = found[0]
        theirs = f"{labels.METHODS[line.method]}: £{line.forecast / 100:,.2f}\n{line.commentary}"
        yours = f"{labels.METHODS.get(new.method, '')}\n{new.commentary}"
        check_seen(seen, line.version, context.case.safe_title, theirs=theirs, yours=yours)
        expected = _forecast(new, line)
        wanted = select(ReturnLine).where(ReturnLine.return_id == return_id, ReturnLine.line_id == line_id)
        row = session.scalars(wanted).first()
        if row is None:
            row = ReturnLine(id=fresh_id(), return_id=return_id, line_id=line_id, version=0)
            session.add(row)
        fill(row, line, position)
        row.method, row.forecast_pence = new.method, expected
        row.rag = budget_rag(expected, line.budget, get_rules(session).tolerance)
        row.own_reason = new.own_reason.strip() if new.method == "own" else ""
        carried = new.is_still_true and bool(line.earlier_commentary)
        row.commentary = line.earlier_commentary if carried else new.commentary.strip()
        row.is_carried = carried
        row.version += 1
        context.changed(
            line.code, [line.method, line.forecast, line.commentary], [new.method, expected, row.commentary]
        )

    answer(session, actor, return_id, "return.line_answered", change, [line_id, asdict(new), seen], now, key)


def save_headcount(
    session: Session, actor: Actor, return_id: int, establishment: int, in_post: int, note: str, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Full-time equivalents in hundredths: posts there are, posts filled; a note on vacancies (BR-30), or on why more
    are filled than there are."""

    def change(context: Context) -> None:
        found = get_header(context, seen)
        errors = {}
        for name, value in (("establishment", establishment), ("in_post", in_post)):
            if not 0 <= value <= MOST_HUNDREDTHS:
                errors[name] = "Must be between 0 and 100,000"
        if len(note) > LONGEST:
            errors["note"] = f"Note must be {LONGEST:,} characters or fewer"
        elif in_post > establishment and not note.strip():
            errors["note"] = "More posts are filled than there are: correct the figures, or say why"
        if errors:
            raise Invalid(errors)
        context.changed("establishment", found.establishment_hundredths, establishment)
        context.changed("in_post", found.in_post_hundredths, in_post)
        context.changed("vacancies", found.vacancies_note, note.strip())
        found.establishment_hundredths, found.in_post_hundredths = establishment, in_post
        found.vacancies_note = note.strip()

    body = [establishment, in_post, note, seen]
    answer(session, actor, return_id, "return.headcount_answered", change, body, now, key)


def save_progress(
    session: Session, actor: Actor, return_id: int, action_id: int, progress: str, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """How an action that was carried in stands."""

    def change(context: Context) -> None:
        if len(progress) > LONGEST:
            raise Invalid({"progress": f"Progress must be {LONGEST:,} characters or fewer"})
        wanted = select(ReturnAction).where(ReturnAction.return_id == return_id, ReturnAction.action_id == action_id)
        row = session.scalars(wanted).first()
        if row is None:
            raise NotFound
        check_seen(seen, row.version, context.case.safe_title, theirs=row.progress, yours=progress)
        context.changed("progress", row.progress, progress.strip())
        row.progress = progress.strip()
        row.version += 1

    answer(session, actor, return_id, "return.action_answered", change, [action_id, progress, seen], now, key)


def _check_outcome(new: OutcomeAnswer, outcome: SpecOutcome) -> None:
    errors = {}
    value, reason = new.actual_thousandths, new.not_available.strip()
    least = min(0, outcome.target_thousandths, outcome.baseline_thousandths or 0)  # a change or a balance may be less
    if value is None and not reason:
        errors["actual"] = "Enter the value, or say why there is none"
    elif value is not None and reason:
        errors["not_available"] = "Give a value or a reason, not both"
    elif value is not None and abs(value) > MOST_THOUSANDTHS:
        errors["actual"] = "Value is too large"
    elif value is not None and value < least and not (new.commentary.strip() or new.is_still_true):
        errors["actual"] = "Value is below 0: correct it, or say in the comment why"
    for name in ("not_available", "commentary"):
        if len(getattr(new, name)) > LONGEST:
            errors[name] = f"Must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)


def _earlier_outcome(session: Session, return_id: int, outcome: SpecOutcome) -> ReturnOutcome | None:
    """What was returned last for the outcome, or for the one that it carries on; read again while it is filled in."""
    before = earlier_ids(session, [session.get_one(Return, return_id)]).get(return_id)
    same = [i for i in (outcome.id, outcome.same_as_id) if i is not None]
    wanted = select(ReturnOutcome).where(ReturnOutcome.return_id == before, ReturnOutcome.outcome_id.in_(same))
    return session.scalars(wanted).first() if before is not None else None


def _commentary(new: OutcomeAnswer, earlier: ReturnOutcome | None) -> tuple[str, bool]:
    if new.is_still_true and earlier is not None and earlier.commentary:
        return earlier.commentary, True
    return new.commentary.strip(), False


def _forecast(new: LineAnswer, line: Line) -> int:
    errors, worked = {}, dict(line.methods)
    if new.method not in labels.METHODS:
        errors["method"] = "Select how the year is forecast"
    elif new.method == "own":
        if new.own_pence is None:
            errors["own"] = "Enter your own forecast"
        elif new.own_pence < 0 <= min(line.budget, line.actual):
            errors["own"] = "Your own forecast must be £0 or more: only income is forecast below it"
        if not new.own_reason.strip():
            errors["own_reason"] = "Enter the reason for your own figure"
    elif worked.get(new.method) is None:
        errors["method"] = "Last year is not known for this line: select another way"
    for name in ("own_reason", "commentary"):
        if len(getattr(new, name)) > LONGEST:
            errors[name] = f"Must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)
    found = new.own_pence if new.method == "own" else worked[new.method]
    assert found is not None  # checked above
    return found


def _said(answer: Any) -> str:
    actual = answer.actual_thousandths
    value = "" if actual is None else f"{actual / 1000:g}"
    return "\n".join(x for x in (value, answer.not_available, answer.commentary) if x)
