"""Recommendations: what a body is asked, what there is to choose, and the thing that the decision moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import noted
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.decisions.linkable import WITH_SUM, is_linkable
from commissioning.models.bodies import Decision, Outcome
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation, RecommendationOption
from commissioning.reports.checks import check_secrecy, check_version, contributes, stamp
from commissioning.reports.queries import ABOUT_KINDS
from commissioning.visibility import visible
from workflows.definition import Step

ASKS = ("approve", "agree", "agree_not_to", "choose", "comment", "proceed", "note", "delegate", "refer")
MAX_PART = 10_000
MAX_PENCE = 10**13


@dataclass(frozen=True)
class Wording:
    """A recommendation as typed. `options` are (text, suggested) for what is to be chosen from."""

    ask: str
    text: str
    reasons: str = ""
    risks: str = ""
    amount_pence: int | None = None
    deadline_on: date | None = None
    least: int | None = None
    most: int | None = None
    options: Sequence[tuple[str, bool]] = field(default_factory=tuple)
    about_id: int | None = None
    about_step: str | None = None
    secrecy: str = "open"


def save_recommendation(
    session: Session,
    actor: Actor,
    report_id: int,
    wording: Wording,
    *,
    now: datetime,
    key: str | None = None,
    recommendation_id: int | None = None,
    version: int | None = None,
) -> int:
    """Add a recommendation, or change one; its id. Raises Invalid by field, Stale with both texts."""
    _check_wording(wording)
    made: list[int] = []

    def change(context: Context) -> None:
        contributes(context)
        _check_about(context, wording)
        row = _row(context, report_id, recommendation_id)
        if recommendation_id is not None:
            check_version(context, row, f"Recommendation {row.position}", version, words_of(row), typed_words(wording))
        old = row.text
        context.changed(f"recommendation:{row.position}", old, wording.text.strip())
        for name in ("ask", "amount_pence", "deadline_on", "about_id", "about_step", "secrecy"):
            if recommendation_id is not None:
                context.changed(f"{name}:{row.position}", getattr(row, name), getattr(wording, name))
            setattr(row, name, getattr(wording, name))
        for name in ("text", "reasons", "risks"):
            setattr(row, name, getattr(wording, name).strip())
        chooses = wording.ask == "choose"
        row.least, row.most = (wording.least, wording.most) if chooses else (None, None)
        context.notes |= {"ask": wording.ask, "recommendation": row.id}
        stamp(context, row)
        session.flush()
        _store_options(session, row.id, wording)
        made.append(row.id)

    also = [wording.about_id] if wording.about_id else []
    amend(
        session, actor, report_id, "report.edit", "report.recommendation_saved", change,
        now=now, key=key, body=[recommendation_id, vars(wording)], also=also,
    )  # fmt: skip
    return made[0] if made else recommendation_id or noted(session, actor, key or "", "recommendation") or 0


def _row(context: Context, report_id: int, recommendation_id: int | None) -> Recommendation:
    session = context.session
    if recommendation_id is not None:
        found = session.get(Recommendation, recommendation_id)
        if found is None or found.report_id != report_id:
            raise NotFound
        return found
    last = session.scalars(
        select(Recommendation.position)
        .where(Recommendation.report_id == report_id)
        .order_by(Recommendation.position.desc())
        .limit(1)
    ).first()
    row = Recommendation(
        id=fresh_id(),
        report_id=report_id,
        position=(last or 0) + 1,
        version=0,
        ask="note",
        text="",
        reasons="",
        risks="",
    )
    session.add(row)
    return row


def remove_recommendation(
    session: Session, actor: Actor, report_id: int, recommendation_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a recommendation out; the others close up. Its text stays in the record. Raises Invalid once decided on."""

    def change(context: Context) -> None:
        contributes(context)
        take_out_recommendation(context, _row(context, report_id, recommendation_id), "")

    amend(
        session, actor, report_id, "report.edit", "report.recommendation_removed", change,
        now=now, key=key, body=recommendation_id,
    )  # fmt: skip


def take_out_recommendation(context: Context, row: Recommendation, field: str) -> None:
    """Within a change of its report: take it out, and close up. Raises Invalid at `field` once a body considered it."""
    session = context.session
    for table in (Outcome, Decision):
        if session.execute(select(1).where(table.recommendation_id == row.id).limit(1)).first():
            raise Invalid({field: "A body has considered this recommendation, so it stays on record"})
    context.changed(f"recommendation:{row.position}", row.text, None)
    session.execute(delete(RecommendationOption).where(RecommendationOption.recommendation_id == row.id))
    session.delete(row)
    session.flush()
    _renumber(_rows(session, row.report_id))


def move_recommendation(
    session: Session,
    actor: Actor,
    report_id: int,
    recommendation_id: int,
    to: int,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Put a recommendation at another place (1 is first). Numbering is no content: no sign-off becomes stale."""

    def change(context: Context) -> None:
        contributes(context)
        rows = _rows(session, report_id)
        row = next((r for r in rows if r.id == recommendation_id), None)
        if row is None:
            raise NotFound
        old = row.position
        rows.remove(row)
        rows.insert(max(0, min(to - 1, len(rows))), row)
        _renumber(rows)
        context.changed("recommendation_place", old, row.position)

    amend(
        session, actor, report_id, "report.edit", "report.recommendations_ordered", change,
        now=now, key=key, body=[recommendation_id, to],
    )  # fmt: skip


def put_in_order(context: Context, wanted: Sequence[int]) -> None:
    """Put these recommendations in this order among the places that they have; the others stay where they are."""
    rows = _rows(context.session, context.case.id)
    places = {r.id: r for r in rows}
    ordered = iter([places[i] for i in wanted if i in places])
    new = [next(ordered) if r.id in wanted else r for r in rows]
    context.changed("recommendation_order", [r.id for r in rows], [r.id for r in new])
    _renumber(new)


def possible_steps(definition: str) -> list[Step]:
    """What a decision can do with a thing that runs on this definition."""
    workflow = house.workflows[definition]
    return [s for s in workflow.steps.values() if is_linkable(workflow.kind, s.name)]


def _check_about(context: Context, wording: Wording) -> None:
    """The thing must be one that the writer may see, and the step one that a decision may take."""
    if wording.about_id is None:
        return
    case = context.session.scalars(
        select(Case).where(
            Case.id == wording.about_id,
            *([] if context.actor.system else [_seen(context)]),
        )
    ).first()
    if case is None or case.kind not in ABOUT_KINDS:
        raise Invalid({"about_id": "Choose the action, group, cycle, specification, unit or virement that it is about"})
    if wording.about_step not in {s.name for s in possible_steps(case.definition)}:
        raise Invalid({"about_step": "Choose what is to happen to it"})
    if wording.about_step in WITH_SUM and wording.amount_pence is None:
        raise Invalid({"amount_pence": "Enter the cash limit as the sum of money: the decision sets it"})


def _seen(context: Context) -> Any:
    return or_(*(visible(context.actor, kind, context.today) for kind in ABOUT_KINDS))


def _check_wording(wording: Wording) -> None:
    errors = {}
    if wording.ask not in ASKS:
        errors["ask"] = "Choose what the body is asked to do"
    if not wording.text.strip():
        errors["text"] = "Enter what the body is asked to decide"
    for name in ("text", "reasons", "risks"):
        if len(getattr(wording, name)) > MAX_PART:
            errors[name] = f"{name.capitalize()} must be {MAX_PART:,} characters or fewer"
    if wording.amount_pence is not None and not 0 <= wording.amount_pence <= MAX_PENCE:
        errors["amount_pence"] = f"Sum of money must be between £0 and £{MAX_PENCE // 100:,}"
    if wording.ask == "choose":
        count = len([o for o, _ in wording.options if o.strip()])
        if count < 2:
            errors["options"] = "Enter at least two things to choose from"
        elif not 1 <= (wording.least or 1) <= (wording.most or count) <= count:
            errors["most"] = f"The number to choose must be between 1 and {count}, the least not above the most"
    if bool(wording.about_id) != bool(wording.about_step):
        errors["about_step"] = "Choose both the thing that it is about and what is to happen to it"
    if errors:
        raise Invalid(errors)
    check_secrecy(wording.secrecy)


def _store_options(session: Session, recommendation_id: int, wording: Wording) -> None:
    wanted = [(t.strip(), s) for t, s in wording.options if t.strip()] if wording.ask == "choose" else []
    existing = session.scalars(
        select(RecommendationOption)
        .where(RecommendationOption.recommendation_id == recommendation_id)
        .order_by(RecommendationOption.position, RecommendationOption.id)
    ).all()
    for position, (text, suggested) in enumerate(wanted, 1):
        if position <= len(existing):
            row = existing[position - 1]
            row.text, row.is_suggested, row.position = text, suggested, position
        else:
            session.add(
                RecommendationOption(
                    id=fresh_id(),
                    recommendation_id=recommendation_id,
                    position=position,
                    text=text,
                    is_suggested=suggested,
                )
            )
    for row in existing[len(wanted) :]:
        session.delete(row)


def _rows(session: Session, report_id: int) -> list[Recommendation]:
    return list(
        session.scalars(
            select(Recommendation)
            .where(Recommendation.report_id == report_id)
            .order_by(Recommendation.position, Recommendation.id)
        )
    )


def _renumber(rows: Sequence[Recommendation]) -> None:
    for position, row in enumerate(rows, 1):
        row.position = position


def words_of(row: Recommendation) -> str:
    """A stored recommendation in words, for the two versions of a stale save."""
    return _words(row.ask, row.text, row.reasons, row.risks, row.amount_pence, row.deadline_on)


def typed_words(wording: Wording) -> str:
    """A typed recommendation in the same words."""
    w = wording
    found = _words(w.ask, w.text.strip(), w.reasons.strip(), w.risks.strip(), w.amount_pence, w.deadline_on)
    options = [f"Option: {text}" for text, _ in w.options if text.strip()]
    return "\n".join([found, *options])


def _words(ask: str, text: str, reasons: str, risks: str, pence: int | None, deadline: date | None) -> str:
    said = [text, f"Asks: {ask.replace('_', ' ')}"]
    said += [f"Reasons: {reasons}"] if reasons else []
    said += [f"Risks: {risks}"] if risks else []
    said += [f"Sum: £{pence // 100:,}.{pence % 100:02d}"] if pence is not None else []
    said += [f"Deadline: {deadline:%-d %B %Y}"] if deadline else []
    return "\n".join(said)
