"""What can be done with a case now, and why the rest cannot: for pages and the API. Reads only.

A page never offers what the command would refuse: both ask `policy` and `workflows.engine`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, literal, select, union_all
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import COLUMNS, CaseRow, Context
from commissioning.casework.locks import effects_of, parties_of
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.people import Person, Post
from commissioning.policy import Party, identity_for
from commissioning.statements import read
from workflows.definition import Step
from workflows.engine import Position, why_not
from workflows.registry import Refusal


@dataclass(frozen=True, slots=True)
class Button:
    """One step for one actor now; `reasons` is empty if it can be taken."""

    step: Step
    reasons: tuple[Refusal, ...] = ()
    part: int | None = None
    acting_for: str = ""

    @property
    def is_available(self) -> bool:
        """Whether the command would not refuse it for who and where."""
        return not self.reasons

    @property
    def field_names(self) -> tuple[str, ...]:
        """What the step asks of its actor besides a reason."""
        models = [e.fields for e in effects_of(self.step) if e.fields]
        return tuple(models[0].model_fields) if models else ()


def context_for(session: Session, actor: Actor, case: Case, now: datetime) -> Context:
    """A reading context of a case, for guards."""
    row = CaseRow(*(getattr(case, name) for name in COLUMNS))
    return Context(session, actor, now, row, parties_of(session, [case.id])[case.id], locked={case.id: row})


def buttons(session: Session, actor: Actor, case: Case, now: datetime) -> list[Button]:
    """Every step for people from the case's state: available ones first, in the order of the definition."""
    context = context_for(session, actor, case, now)
    workflow = context.case.workflow
    found = []
    for step in workflow.steps_from(case.state):
        if not step.for_people:
            continue
        found.append(_button(context, actor, step))
    return sorted(found, key=lambda b: not b.is_available)


def _button(context: Context, actor: Actor, step: Step) -> Button:
    case = context.case
    own_parts = [p.part for p in context.parties if p.role in step.by and p.part is not None]
    identity = identity_for(actor, f"{case.kind}.{step.name}", step.by, context.parties, case.scope)
    reasons: list[Refusal] = []
    if isinstance(identity, Refusal):
        names = _holder_names(context)
        holders = ", ".join(dict.fromkeys(names[p] for p in context.parties if p.role in step.by)) or None
        reasons.append(Refusal(identity.code, identity.text, holders))
    position = Position(case.workflow, house.rules, case.state, case.previous_state, context)
    status = context.sign_off_status() if case.workflow.sign_off_for(step.name) else None
    context.identity = identity if not isinstance(identity, Refusal) else None
    context.fields = {}
    reasons += why_not(position, step, status)
    mine = None
    if context.identity is not None and own_parts:
        mine = next(
            (
                p.part
                for p in context.parties
                if p.part is not None
                and p.role in step.by
                and (p.person_id == context.identity.person_id or p.post_id in context.identity.posts)
            ),
            None,
        )
    acting_for = context.identity.name if context.identity is not None and context.acting_for else ""
    return Button(step, tuple(reasons), mine, acting_for)


_NAMES: Any = union_all(
    select(literal(True), Person.id, Person.name).where(Person.id.in_(bindparam("people", expanding=True))),
    select(literal(False), Post.id, Post.name).where(Post.id.in_(bindparam("posts", expanding=True))),
)


def _holder_names(context: Context) -> dict[Party, str]:
    """The names of those who have a part in the case: read once, and only where a refusal names somebody."""
    if "holder_names" not in context.memo:
        people = {p.person_id for p in context.parties if p.person_id}
        posts = {p.post_id for p in context.parties if p.post_id}
        rows = read(context.session, _NAMES, {"people": sorted(people), "posts": sorted(posts)})
        names = {(is_person, i): name for is_person, i, name in rows}
        context.memo["holder_names"] = {
            p: names.get((True, p.person_id)) or names.get((False, p.post_id), "") for p in context.parties
        }
    found: dict[Party, str] = context.memo["holder_names"]
    return found
