"""Actions that follow from a decision, never retyped (NY-03): what the body asked for, and what its clerk has to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from commissioning.boards.queries import scope_of
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.making import NewCase, RoleRow, create_many
from commissioning.models.bodies import Action, Body, Decision
from commissioning.models.cases import Case

PUT_RIGHT_DAYS = 5
"""Working days in which a decision that was not carried out is to be put right."""
_SHORT = 80


def made_action(
    context: Context,
    body: Body,
    text: str,
    decision: Decision,
    *,
    owner_roles: Sequence[RoleRow],
    due_on: date | None,
    overseer: int | None = None,
) -> int:
    """An action that follows from a decision; agreed if somebody owns it. `overseer`: the post that verifies it."""
    secrecy = context.session.get_one(Case, decision.case_id).secrecy
    person = next((person for _, person, _, _ in owner_roles if person), None)
    title = text if len(text) <= _SHORT else text[: _SHORT - 1].rstrip() + "…"
    made = create_many(
        context.session,
        context.actor,
        [
            NewCase(
                "action",
                title,
                title if secrecy == "open" else f"Action from decision {decision.number} of {body.name}",
                scope=scope_of(body.case_id),
                secrecy=secrecy,
                roles=[
                    *owner_roles,
                    ("clerk", None, overseer or body.clerk_post_id, None),
                    ("chair", None, body.chair_post_id, None),
                ],
                facts=lambda case_id: [
                    Action(
                        case_id=case_id,
                        text=text,
                        owner_id=person,
                        owner_post_id=None if person else next((post for _, _, post, _ in owner_roles), None),
                        action_due_on=due_on,
                        body_id=body.case_id,
                        decision_id=decision.case_id,
                        number=str(decision.number),
                    )
                ],
                body={"decision": decision.number},
                state="agreed" if owner_roles else None,
            )
        ],
        now=context.now,
    )[0]
    return made.case.id


def ask_to_call(context: Context, body_id: int, report: CaseRow, decision: Decision, otherwise: str) -> None:
    """A task for the clerk of a body that has no next meeting; what waits comes to one when it is called."""
    body = context.session.get_one(Body, body_id)
    made_action(
        context,
        body,
        f"{otherwise} {report.safe_title}",
        decision,
        owner_roles=[("owner", None, body.clerk_post_id, None)],
        due_on=context.calendar.add_working_days(context.today, PUT_RIGHT_DAYS),
        overseer=body.chair_post_id,
    )
