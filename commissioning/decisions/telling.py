"""Who is told what becomes of a decision: those who have a step in it, and those whose paper it decided on (P-21).

A paper's author and sponsor may read all of it, the secret part too, so they may know of every decision on it; who was
its author once is not told.
"""

from __future__ import annotations

from collections.abc import Iterable

from commissioning.casework.context import Context
from commissioning.casework.door import inner
from commissioning.casework.locks import parties_of
from commissioning.models.bodies import Decision

ITS_PAPER = ("author", "sponsor")


def tell_of(context: Context, about: str, subject: str, text: str, why: str = "", *, roles: Iterable[str] = ()) -> None:
    """Tell those who hold roles in the decision that this context is about (`why` they are told), and its paper's
    author and sponsor. Who is both is told once."""
    if roles:
        context.tell(about, subject, text, why, roles=roles)
    report_id = context.session.get_one(Decision, context.case.id).report_id
    of_paper = parties_of(context.session, [report_id])[report_id]
    context.tell(
        about,
        subject,
        text,
        "You are author or sponsor of the report that it decided on.",
        roles=ITS_PAPER,
        of=of_paper,
    )


def tell_replaced(context: Context, old_id: int, number: int) -> None:
    """Tell author and sponsor that a decision gave way to the new one of this number. The old one is locked."""
    old = inner(context, context.locked[old_id], context.actor)
    old.is_sealed = True
    tell_of(
        old,
        "decision_replaced",
        f"Replaced: {old.case.safe_title}",
        f"Decision {number} takes its place. The record of both is kept.",
    )
    context.told += old.told
