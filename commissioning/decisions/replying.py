"""What scrutiny recommends, and the executive's reply, due in two months: accepted, partly, not, with reasons.

Here: asking for it when the decision is made, and giving it. Reminders are those of the action that it opens.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.making import RoleRow
from commissioning.casework.moves import Move
from commissioning.decisions.outcomes import CARRIES_OUT, LONGEST
from commissioning.labels_decisions import REPLIES
from commissioning.meetings.agenda_rules import step_leaves
from commissioning.models.bodies import Body, Decision
from commissioning.models.cases import Case
from commissioning.models.deciding import ScrutinyReply
from commissioning.settings_table import get_number
from commissioning.visibility import visible
from workflows.working_days import add_months


def executive_of(session: Session, body_id: int, outcome: str) -> Body | None:
    """The body that replies to what a scrutiny body recommends: that which it scrutinises; None for any other."""
    if outcome not in CARRIES_OUT:
        return None
    return session.scalars(select(Body).where(Body.scrutiny_id == body_id).order_by(Body.case_id)).first()


def repliers(executive: Body | None) -> list[RoleRow]:
    """Who gives the reply: the clerk and the chair of the executive."""
    posts = (executive.clerk_post_id, executive.chair_post_id) if executive else ()
    return [("replier", None, post, None) for post in posts]


def ask_reply(context: Context, decision: Decision, executive: Body, action_id: int) -> None:
    """Note that a reply is due; the action asks and reminds."""
    row = ScrutinyReply(
        decision_id=decision.case_id, executive_id=executive.case_id, due_on=due_on(context), action_id=action_id
    )
    context.session.add(row)
    context.session.flush()


def due_on(context: Context) -> date:
    """The day by which the executive replies: some months from today (a setting)."""
    return add_months(context.today, get_number(context.session, "scrutiny.reply_months"))


def reply(
    session: Session,
    actor: Actor,
    decision_id: int,
    answer: str,
    reasons: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Give the executive's reply, or change it; what it said before stays in the trail. Raises Invalid by field."""
    errors = {}
    if answer not in REPLIES:
        errors["answer"] = "Select accepted, accepted in part, or not accepted"
    if not reasons.strip():
        errors["reasons"] = "Enter the reasons, or what will be done"
    elif len(reasons) > LONGEST:
        errors["reasons"] = f"Reasons must be {LONGEST:,} characters or fewer"
    if errors:
        raise Invalid(errors)
    row = session.get(ScrutinyReply, decision_id)
    if row is None:
        raise NotFound

    def change(context: Context) -> None:
        assert context.fire is not None
        context.changed("answer", row.answer, answer)
        context.changed("reasons", row.reasons, reasons.strip())
        row.answer, row.reasons, row.answered_on = answer, reasons.strip(), context.today
        if step_leaves(context.locked[row.action_id], "supersede"):
            context.fire(Move(row.action_id, "supersede", f"The executive replied: {REPLIES[answer].lower()}"))

    amend(
        session, actor, decision_id, "decision.reply", "decision.replied", change,
        now=now, key=key, body=[answer, reasons], also=[row.action_id],
    )  # fmt: skip


def get_reply(session: Session, decision_id: int) -> ScrutinyReply | None:
    """The reply to a decision that the caller has been allowed to see."""
    query = select(ScrutinyReply).where(ScrutinyReply.decision_id == decision_id)
    return session.scalars(query.options(joinedload(ScrutinyReply.executive))).first()


def list_replies(
    session: Session, actor: Actor, body_id: int, today: date, most: int = 50
) -> Sequence[tuple[ScrutinyReply, Decision]]:
    """What scrutiny recommended and what was replied, for either body's page; the latest first."""
    rows = session.execute(
        select(ScrutinyReply, Decision)
        .join(Decision, Decision.case_id == ScrutinyReply.decision_id)
        .join(Case, Case.id == Decision.case_id)
        .where(
            or_(ScrutinyReply.executive_id == body_id, Decision.body_id == body_id),
            visible(actor, "decision", today),
        )
        .options(joinedload(Decision.body), joinedload(ScrutinyReply.executive))
        .order_by(Decision.decided_on.desc(), Decision.case_id)
        .limit(most)
    )
    return [(r.ScrutinyReply, r.Decision) for r in rows]
