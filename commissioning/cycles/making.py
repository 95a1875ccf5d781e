"""Making the outputs of a stage, and the cycle that follows one. Who may was checked by whoever calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework import NewCase, create_many
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.making import RoleRow
from commissioning.clock import fresh_id
from commissioning.models.cases import Case, CaseRole
from commissioning.models.cycles import STAGES, Cycle, CycleLink, CycleOutput, TemplateOutput

KIND = "cycle"
OUTPUT = "cycle_output"
SAFE_TITLE = "Commissioning cycle"
"""What is said of a cycle where somebody may read who may not know what it is about: in messages and their log."""


def scope_of(cycle_id: int) -> str:
    """The scope of everything that belongs to a cycle."""
    return f"cycle:{cycle_id}"


def stage_of(state: Any) -> str | None:
    """Which of the four stages a state of the definition belongs to."""
    return next((stage for stage in STAGES if state.has(stage)), None)


def lead_of(session: Session, cycle_id: int) -> int:
    """Who leads a cycle."""
    found = session.execute(
        select(CaseRole.person_id).where(CaseRole.case_id == cycle_id, CaseRole.role == "lead").order_by(CaseRole.id)
    ).scalars()
    lead = next(iter(found), None)
    assert lead is not None  # a cycle is never without one: handing over names the next
    return lead


def outputs_of(session: Session, cycle_id: int, stage: str | None = None) -> Sequence[tuple[CycleOutput, Case]]:
    """Outputs with their cases, in order; of one stage, or of all that have begun."""
    found = select(CycleOutput, Case).join(Case, Case.id == CycleOutput.case_id).where(CycleOutput.cycle_id == cycle_id)
    if stage is not None:
        found = found.where(CycleOutput.stage == stage)
    return [(o, c) for o, c in session.execute(found.order_by(CycleOutput.position, CycleOutput.case_id))]


def stage_days(session: Session, template_id: int, stage: str) -> int:
    """Working days in which a stage is to end: its latest output's, at least ten."""
    days = select(TemplateOutput.working_days).where(
        TemplateOutput.template_id == template_id, TemplateOutput.stage == stage
    )
    return max(session.scalars(days), default=10)


def open_stage(context: Context, stage: str) -> None:
    """Make the outputs of a stage from the cycle's version of the template; whoever leads the cycle owns them at first.

    Evidence of the cycle before is offered with each output of the same name (LI-22: nothing is blocked by it).
    """
    session = context.session
    cycle = session.get_one(Cycle, context.case.id)
    rows = session.scalars(
        select(TemplateOutput)
        .where(TemplateOutput.template_id == cycle.template_id, TemplateOutput.stage == stage)
        .order_by(TemplateOutput.position, TemplateOutput.id)
    ).all()
    before = _evidence_before(session, cycle, stage)
    lead = lead_of(session, cycle.case_id)
    roles: list[RoleRow] = [
        ("owner", lead, None, None),
        ("lead", lead, None, None),
        ("commissioner", None, cycle.commissioner_post_id, None),
    ]
    new = []
    for row in rows:
        due = context.calendar.add_working_days(context.today, row.working_days)
        new.append(_output(cycle.case_id, context.case, row, due, before.get(row.title), roles))
    create_many(session, context.actor, new, now=context.now, request_key=context.request_key)


def _output(
    cycle_id: int, of: CaseRow, row: TemplateOutput, due: date, before: CycleOutput | None, roles: list[RoleRow]
) -> NewCase:
    def facts(case_id: int) -> list[Any]:
        return [
            CycleOutput(
                case_id=case_id, cycle_id=cycle_id, stage=row.stage, position=row.position, title=row.title,
                hint=row.hint, is_required=row.is_required, brings=row.brings, output_due_on=due,
                evidence=before.evidence if before else "", carried_from_id=before.case_id if before else None,
            )
        ]  # fmt: skip

    return NewCase(
        OUTPUT,
        f"{row.title}: {of.title}",
        f"{row.title} ({of.reference})",
        scope=scope_of(cycle_id),
        roles=roles,
        facts=facts,
        body={"cycle_id": cycle_id, "stage": row.stage, "output_due_on": due.isoformat()},
        dates={"output_due_on": due},
    )


def _evidence_before(session: Session, cycle: Cycle, stage: str) -> dict[str, CycleOutput]:
    if cycle.prior_id is None:
        return {}
    rows = session.scalars(
        select(CycleOutput).where(
            CycleOutput.cycle_id == cycle.prior_id, CycleOutput.stage == stage, CycleOutput.evidence != ""
        )
    )
    return {row.title: row for row in rows}


def open_next(context: Context) -> int:
    """The cycle that follows: a draft with the same lead, board and priority, for as many years after this one.

    Actions that are still open go with it, and so do its specifications.
    """
    session = context.session
    cycle = session.get_one(Cycle, context.case.id)
    starts_on = _later(cycle.ends_on, 0, 1)
    years = max(1, round((cycle.ends_on - cycle.starts_on).days / 365.25))
    ends_on = _later(starts_on, years, -1)

    def facts(case_id: int) -> list[Any]:
        return [
            Cycle(
                case_id=case_id, remit=cycle.remit, priority_id=cycle.priority_id,
                commissioner_post_id=cycle.commissioner_post_id, director_post_id=cycle.director_post_id,
                board_id=cycle.board_id, starts_on=starts_on, ends_on=ends_on, prior_id=cycle.case_id,
                locality=cycle.locality, is_pooled=cycle.is_pooled, consortium=cycle.consortium,
                share_bought=cycle.share_bought,
            )
        ]  # fmt: skip

    new = NewCase(
        KIND,
        context.case.title,
        SAFE_TITLE,
        own_scope="cycle",
        roles=roles_of(lead_of(session, cycle.case_id), cycle),
        facts=facts,
        body={"prior_id": cycle.case_id, "starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()},
    )
    made = create_many(session, context.actor, [new], now=context.now, request_key=context.request_key)[0].case.id
    carried = session.execute(
        select(CycleLink.case_id, CycleLink.kind)
        .join(Case, Case.id == CycleLink.case_id)
        .where(
            CycleLink.cycle_id == cycle.case_id,
            CycleLink.kind.in_(("action", "specification")),
            Case.is_done.is_(False),
        )
        .order_by(CycleLink.id)
    ).all()
    session.add_all(CycleLink(id=fresh_id(), cycle_id=made, case_id=case_id, kind=kind) for case_id, kind in carried)
    return made


def roles_of(lead_id: int, cycle: Cycle) -> list[RoleRow]:
    """Who has which part in a cycle."""
    return [
        ("lead", lead_id, None, None),
        ("commissioner", None, cycle.commissioner_post_id, None),
        ("director", None, cycle.director_post_id, None),
    ]


def _later(day: date, years: int, days: int) -> date:
    """So many years and days later; 29 February becomes 28."""
    try:
        moved = day.replace(year=day.year + years)
    except ValueError:
        moved = day.replace(year=day.year + years, day=28)
    return date.fromordinal(moved.toordinal() + days)
