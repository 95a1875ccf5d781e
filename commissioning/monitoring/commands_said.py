"""What a unit says beside its figures: risks, recovery of an overspend, concerns; and questions of the acceptors."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.clock import fresh_id
from commissioning.models.monitoring import (
    Return,
    ReturnAction,
    ReturnQuestion,
    ReturnRisk,
)
from commissioning.monitoring.answering import LONGEST, answer, get_header
from commissioning.monitoring.unit_actions import make_action

MOST_RISKS = 30


def save_risk(
    session: Session, actor: Actor, return_id: int, risk_id: int | None, text: str, rag: str, mitigation: str, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Report a risk, or change one that was reported."""

    def change(context: Context) -> None:
        errors = {}
        if not text.strip():
            errors["text"] = "Enter the risk"
        if rag not in labels.RAGS:
            errors["rag"] = "Select how serious it is"
        for name, value in (("text", text), ("mitigation", mitigation)):
            if len(value) > LONGEST:
                errors[name] = f"Must be {LONGEST:,} characters or fewer"
        if errors:
            raise Invalid(errors)
        row = _risk(context, risk_id)
        check_seen(seen, row.version if risk_id else None, context.case.safe_title)
        context.changed("risk", [row.text, row.rag, row.mitigation], [text.strip(), rag, mitigation.strip()])
        row.text, row.rag, row.mitigation = text.strip(), rag, mitigation.strip()
        row.version = (row.version or 0) + 1
        session.get_one(Return, return_id).no_risks = False

    body = [risk_id, text, rag, mitigation, seen]
    answer(session, actor, return_id, "return.risks_answered", change, body, now, key)


def remove_risk(
    session: Session, actor: Actor, return_id: int, risk_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take out a risk that is none."""

    def change(context: Context) -> None:
        row = _risk(context, risk_id)
        context.changed("risk", [row.text, row.rag, row.mitigation], None)
        session.delete(row)

    answer(session, actor, return_id, "return.risks_answered", change, ["remove", risk_id], now, key)


def say_no_risks(session: Session, actor: Actor, return_id: int, *, now: datetime, key: str | None = None) -> None:
    """Say that there is no risk to report: an empty list alone says nothing."""

    def change(context: Context) -> None:
        if session.scalars(select(ReturnRisk.id).where(ReturnRisk.return_id == return_id)).first() is not None:
            raise Invalid({"": "There are risks in the list: take them out first"})
        found = get_header(context, None)
        context.changed("no_risks", found.no_risks, True)
        found.no_risks = True

    answer(session, actor, return_id, "return.risks_answered", change, "none", now, key)


def _risk(context: Context, risk_id: int | None) -> ReturnRisk:
    session, return_id = context.session, context.case.id
    if risk_id is None:
        last, count = session.execute(
            select(func.max(ReturnRisk.position), func.count()).where(ReturnRisk.return_id == return_id)
        ).one()
        if count >= MOST_RISKS:
            raise Invalid({"text": f"A return has {MOST_RISKS} risks at most"})
        row = ReturnRisk(
            id=fresh_id(), return_id=return_id, position=(last or 0) + 1, text="", rag="green", mitigation="", version=0
        )
        session.add(row)
        return row
    found = session.get(ReturnRisk, risk_id, populate_existing=True)
    if found is None or found.return_id != return_id:
        raise NotFound
    return found


def add_recovery(
    session: Session, actor: Actor, return_id: int, text: str, owner_id: int | None, due_on: date | None, *,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Begin an action that recovers a forecast overspend. Raises Invalid."""

    def change(context: Context) -> None:
        unit_id = session.get_one(Return, return_id).unit_id
        made = make_action(context, unit_id, text, owner_id, due_on, {"return_id": return_id})
        session.add(ReturnAction(return_id=return_id, action_id=made, is_recovery=True))

    body = [text, owner_id, str(due_on)]
    answer(session, actor, return_id, "return.recovery_added", change, body, now, key)


def raise_concern(
    session: Session, actor: Actor, return_id: int, text: str, *, now: datetime, key: str | None = None
) -> None:
    """Tell both leaders of something that cannot wait, at any time until the month is closed."""

    def change(context: Context) -> None:
        if not text.strip():
            raise Invalid({"text": "Enter your concern"})
        if len(text) > LONGEST:
            raise Invalid({"text": f"Concern must be {LONGEST:,} characters or fewer"})
        found = session.get_one(Return, return_id)
        day = f"{context.today:%-d %B}: {text.strip()}"
        found.concern = f"{found.concern}\n\n{day}" if found.concern else day
        context.notes["concern"] = text.strip()
        context.tell(
            "return.concern_raised",
            f"Concern: {context.case.safe_title}",
            f"{actor.name} raises a concern; it stands in the return.",
            "You lead this unit, or its finance",
            roles=("strategy_leader", "finance_leader"),
        )

    amend(session, actor, return_id, "return.raise_concern", "return.concern_raised", change, now=now, key=key,
          body=text)  # fmt: skip


def ask_question(
    session: Session, actor: Actor, return_id: int, about: str, question: str, *, now: datetime, key: str | None = None
) -> None:
    """Ask the unit about a line or an outcome, without sending the return back."""

    def change(context: Context) -> None:
        if not question.strip() or len(question) > LONGEST:
            raise Invalid({"question": f"Enter your question, in {LONGEST:,} characters or fewer"})
        session.add(
            ReturnQuestion(
                id=fresh_id(), return_id=return_id, about=about.strip()[:200], question=question.strip(),
                asked_by_id=context.person_id, asked_at=now,
            )
        )  # fmt: skip
        context.notes["about"] = about.strip()[:200]
        context.tell(
            "return.question_asked",
            f"Question: {context.case.safe_title}",
            f"{actor.name} asks about the return; the question stands in it.",
            "You answer for this return",
            roles=("head", "contributor"),
        )

    amend(session, actor, return_id, "return.ask", "return.question_asked", change, now=now, key=key,
          body=[about, question])  # fmt: skip


def answer_question(
    session: Session, actor: Actor, return_id: int, question_id: int, answer: str, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Answer a question on the return; whoever asked is told."""

    def change(context: Context) -> None:
        row = session.get(ReturnQuestion, question_id)
        if row is None or row.return_id != return_id:
            raise NotFound
        if not answer.strip() or len(answer) > LONGEST:
            raise Invalid({"answer": f"Enter your answer, in {LONGEST:,} characters or fewer"})
        context.changed("answer", row.answer, answer.strip())
        row.answer, row.answered_by_id, row.answered_at = answer.strip(), context.person_id, now
        context.tell(
            "return.question_answered",
            f"Answered: {context.case.safe_title}",
            "Your question about the return was answered.",
            "You asked",
            people=[row.asked_by_id],
        )

    amend(session, actor, return_id, "return.answer_question", "return.question_answered", change, now=now, key=key,
          body=[question_id, answer])  # fmt: skip
