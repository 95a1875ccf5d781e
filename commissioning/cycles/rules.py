"""What the definition `commissioning-cycle` names: complete outputs, the board's decision, what a move brings about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from commissioning.casework import NewCase, create_many
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.linked import attempt, would_touch
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.clock import fresh_id
from commissioning.cycles.making import KIND, lead_of, open_next, open_stage, outputs_of, stage_days, stage_of
from commissioning.cycles.template import template_for
from commissioning.decisions.outcomes import CARRIES_OUT
from commissioning.models.bodies import Action, Body, Decision
from commissioning.models.cases import Case, CaseRole
from commissioning.models.cycles import Cycle, CycleLink, CycleOutput
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
from commissioning.models.specifications import Specification
from commissioning.money.ledger import find_year
from workflows.registry import Refusal

NAMED = 4
"""How many missing outputs a refusal names before it says how many more there are."""
EXIT_ACTIONS = (
    ("Tell everybody who uses it what ends, when, and what is there instead", 20),
    ("Tell staff and providers, and begin what the law asks for", 20),
    ("Give notice under its contracts", 20),
    ("Say where buildings, equipment and balances go", 60),
    ("Keep its records, and what was learned", 90),
)
"""What is done when something is decommissioned, and in how many working days."""


def _dates(context: Context) -> Mapping[str, date]:
    cycle = context.session.get_one(Cycle, context.case.id)
    found = {"stage_due_on": cycle.stage_due_on, "resume_on": cycle.resume_on}
    return {name: day for name, day in found.items() if day is not None}


house.kind(Kind(KIND, "CYC", "commissioning-cycle", dates=_dates))


@guard("cycle_complete@1")
def cycle_complete(context: Context) -> Refusal | None:
    """Assess begins once it is said what it is about and which board decides at its gates."""
    cycle = context.session.get_one(Cycle, context.case.id)
    missing = []
    if not cycle.remit.strip():
        missing.append("what it takes in and leaves out")
    if cycle.board_id is None:
        missing.append("which board decides at its gates")
    return Refusal("incomplete", "Say first " + " and ".join(missing), "who leads it") if missing else None


@guard("outputs_settled@1")
def outputs_settled(context: Context) -> Refusal | None:
    """What its stage must have is done or waived; what is missing is named, and whose it is."""
    stage = stage_of(context.case.where)
    if stage is None:
        return None
    rows = context.session.execute(
        select(CycleOutput.title, Person.name, Case.state, Case.definition)
        .join(Case, Case.id == CycleOutput.case_id)
        .outerjoin(CaseRole, (CaseRole.case_id == Case.id) & (CaseRole.role == "owner"))
        .outerjoin(Person, Person.id == CaseRole.person_id)
        .where(CycleOutput.cycle_id == context.case.id, CycleOutput.stage == stage, CycleOutput.is_required)
        .order_by(CycleOutput.position, CycleOutput.case_id)
    ).all()
    missing = [r for r in rows if not house.workflows[r.definition].states[r.state].has("settled")]
    if not missing:
        return None
    said = ", ".join(f"{r.title} ({r.name})" if r.name else r.title for r in missing[:NAMED])
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    owners = ", ".join(dict.fromkeys(r.name for r in missing if r.name))
    return Refusal("outputs_missing", f"Not done or waived yet: {said}{more}", owners or "who leads it")


@guard("decided_by_its_board@1")
def decided_by_its_board(context: Context) -> Refusal | None:
    """A gate opens by a decision of the cycle's own board, agreed or amended, on a recommendation linked to this gate.

    In effect, and made since the cycle came to this gate: what the board decided at an earlier one opens nothing here.
    """
    cycle = context.session.get_one(Cycle, context.case.id)
    found = (
        select(Decision.case_id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .where(
            Recommendation.about_id == context.case.id,
            Recommendation.about_step.in_(_steps_here(context)),
            Decision.body_id == cycle.board_id,
            Decision.outcome.in_(CARRIES_OUT),
            Decision.decided_on >= context.case.entered_on,
            Decision.effective_at <= context.now,
        )
        .limit(1)
    )
    if context.session.execute(found).first():
        return None
    board = context.session.get(Body, cycle.board_id) if cycle.board_id is not None else None
    name = board.name if board else "a board"
    return Refusal("another_board", f"This gate opens by a decision of {name}", name)


def _steps_here(context: Context) -> list[str]:
    """Steps that a decision may fire where the cycle is now."""
    workflow = context.case.workflow
    return sorted(s.name for s in workflow.steps.values() if context.case.state in s.sources)


def _begin_stage(context: Context) -> None:
    """Fix the version of the template, and when the stage is to end."""
    session, cycle = context.session, context.session.get_one(Cycle, context.case.id)
    stage = stage_of(context.case.where)
    assert stage is not None
    if cycle.template_id is None:
        cycle.template_id = template_for(session, context.now).id
    due = context.calendar.add_working_days(context.today, stage_days(session, cycle.template_id, stage))
    context.changed("stage_due_on", cycle.stage_due_on and cycle.stage_due_on.isoformat(), due.isoformat())
    cycle.stage_due_on = due


def _open_outputs(context: Context) -> None:
    stage = stage_of(context.case.where)
    assert stage is not None
    open_stage(context, stage)


effect("open_outputs@1", record=_begin_stage, run=_open_outputs)


def _open_outputs_of(context: Context) -> Iterable[int]:
    return [c.id for _, c in outputs_of(context.session, context.case.id) if not c.is_done]


def _settle(context: Context) -> None:
    """What is settled stays so; what was optional and is not there, lapses."""
    assert context.fire is not None
    for case_id in sorted(_open_outputs_of(context)):
        if case_id not in context.locked:
            continue  # made by this same step, for the stage that begins
        is_settled = context.locked[case_id].where.has("settled")
        context.fire(Move(case_id, "settle" if is_settled else "lapse"))


effect(
    "settle_outputs@1",
    touches=_open_outputs_of,
    run=_settle,
    fires=frozenset({"cycle-output.settle", "cycle-output.lapse"}),
)


def _held(context: Context, state: str) -> list[int]:
    return sorted(c.id for _, c in outputs_of(context.session, context.case.id) if c.state == state)


def _hold(context: Context) -> None:
    assert context.fire is not None
    for case_id in _held(context, "to_do"):
        context.fire(Move(case_id, "hold"))


def _go_on(context: Context) -> None:
    assert context.fire is not None
    for case_id in _held(context, "on_hold"):
        context.fire(Move(case_id, "go_on"))


def _forget_resume_day(context: Context) -> None:
    cycle = context.session.get_one(Cycle, context.case.id)
    context.changed("resume_on", cycle.resume_on and cycle.resume_on.isoformat(), None)
    cycle.resume_on = None


effect(
    "hold_outputs@1",
    touches=lambda context: _held(context, "to_do"),
    run=_hold,
    fires=frozenset({"cycle-output.hold"}),
)
effect(
    "go_on_with_outputs@1",
    record=_forget_resume_day,
    touches=lambda context: _held(context, "on_hold"),
    run=_go_on,
    fires=frozenset({"cycle-output.go_on"}),
)


class PauseFields(BaseModel):
    """Until when it rests."""

    model_config = ConfigDict(extra="forbid")

    resume_on: Annotated[
        date, Field(title="To be resumed on", json_schema_extra={"noun": "the day on which it is to be resumed"})
    ]


def _note_resume_day(context: Context) -> None:
    fields: PauseFields = context.fields
    if fields.resume_on <= context.today:
        raise Invalid({"resume_on": "The day on which it is to be resumed must be later than today"})
    cycle = context.session.get_one(Cycle, context.case.id)
    context.changed("resume_on", cycle.resume_on and cycle.resume_on.isoformat(), fields.resume_on.isoformat())
    cycle.resume_on = fields.resume_on


effect("note_resume_day@1", fields=PauseFields, record=_note_resume_day)


class StageDateFields(BaseModel):
    """When the stage is to end."""

    model_config = ConfigDict(extra="forbid")

    due_on: Annotated[
        date, Field(title="The stage is to end on", json_schema_extra={"noun": "the day on which the stage is to end"})
    ]


def _change_stage_date(context: Context) -> None:
    fields: StageDateFields = context.fields
    if fields.due_on < context.today:
        raise Invalid({"due_on": "The day must be today or later"})
    cycle = context.session.get_one(Cycle, context.case.id)
    context.changed("stage_due_on", cycle.stage_due_on and cycle.stage_due_on.isoformat(), fields.due_on.isoformat())
    cycle.stage_due_on = fields.due_on


effect("change_stage_date@1", fields=StageDateFields, record=_change_stage_date)


def _agreed_specifications(context: Context) -> list[int]:
    """Specifications of the cycle that both sides have signed and that are not in force yet."""
    rows = context.session.scalars(
        select(Case.id)
        .join(CycleLink, CycleLink.case_id == Case.id)
        .where(CycleLink.cycle_id == context.case.id, CycleLink.kind == "specification", Case.state == "agreed")
        .order_by(Case.id)
    )
    return list(rows)


def _touched_specifications(context: Context) -> set[int]:
    agreed = _agreed_specifications(context)
    year = find_year(context.session, context.today) if agreed else None
    return would_touch(context, [Move(i, "bring_into_force") for i in agreed]) | ({year.case_id} if year else set())


def _bring_into_force(context: Context) -> None:
    """What is agreed comes into force now, where its first day has come, and its cash limit with it; what cannot, stays
    as it is and says why."""
    refused: dict[str, str] = {}
    for case_id in _agreed_specifications(context):
        reasons = attempt(context, Move(case_id, "bring_into_force")) or _set_limit(context, case_id)
        if reasons:
            refused[context.locked[case_id].reference] = "; ".join(dict.fromkeys(r.text for r in reasons))
    if refused:
        told = "\n".join(f"{reference}: {why}" for reference, why in refused.items())
        context.tell(
            "cycle.specifications_wait",
            f"Specifications that wait: {context.case.safe_title}",
            "The cycle has gone on to Do. These of its specifications did not come into force with it, or their cash "
            f"limits were not set:\n{told}",
            "You lead the cycle, or your team commissions it",
            roles=("lead", "commissioner"),
        )


def _set_limit(context: Context, specification_id: int) -> list[Refusal]:
    """The limit that was agreed becomes the unit's in this year; why it does not, where it does not."""
    year = find_year(context.session, context.today)
    if year is None:
        return []
    agreed = context.session.get_one(Specification, specification_id)
    fields = {"unit_id": agreed.unit_id, "limit_pence": agreed.cash_limit_pence, "source_id": specification_id}
    return attempt(context, Move(year.case_id, "set_limit", fields=fields))


effect(
    "bring_specifications_into_force@1",
    touches=_touched_specifications,
    run=_bring_into_force,
    fires=frozenset({"specification.bring_into_force", "budget-year.set_limit"}),
)


def _open_next(context: Context) -> None:
    made = open_next(context)
    context.tell(
        "cycle.next_opened",
        f"The next cycle is opened: {context.case.safe_title}",
        "It is a draft, with what is still open of this one. Say what it is about, and start Assess.",
        "You lead the cycle",
        people=[lead_of(context.session, made)],
    )


effect("open_next_cycle@1", run=_open_next)


def _make_exit_actions(context: Context) -> None:
    """Ending a service is work: an action for each part of it, verified by the clerk of the board that decided."""
    session = context.session
    cycle = session.get_one(Cycle, context.case.id)
    assert cycle.board_id is not None
    board, lead = session.get_one(Body, cycle.board_id), lead_of(session, cycle.case_id)
    new = [_exit_action(context, board, lead, text, days) for text, days in EXIT_ACTIONS]
    made = create_many(session, context.actor, new, now=context.now, request_key=context.request_key)
    session.add_all(CycleLink(id=fresh_id(), cycle_id=cycle.case_id, case_id=m.case.id, kind="action") for m in made)


def _exit_action(context: Context, board: Body, lead: int, text: str, days: int) -> NewCase:
    due = context.calendar.add_working_days(context.today, days)

    def facts(case_id: int) -> list[Any]:
        whole = f"{text} ({context.case.title})"
        return [Action(case_id=case_id, text=whole, owner_id=lead, action_due_on=due, body_id=board.case_id)]

    return NewCase(
        "action",
        f"{text}: {context.case.title}"[:120],
        scope=f"body:{board.case_id}",
        roles=[
            ("owner", lead, None, None),
            ("clerk", None, board.clerk_post_id, None),
            ("chair", None, board.chair_post_id, None),
        ],
        facts=facts,
        body={"cycle_id": context.case.id},
        state="agreed",
    )


effect("make_exit_actions@1", run=_make_exit_actions)
