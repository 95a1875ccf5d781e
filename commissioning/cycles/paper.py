"""What a board is asked at a cycle's gates, and what is recorded for its report (product.md, 2: reports begin from the
work).

Only what the author may see, and nothing that is exempt or confidential: the report has its own readers.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.cycles.making import KIND, stage_of
from commissioning.cycles.promises import Promised, get_promise
from commissioning.cycles.queries import OutputRow, get_cycle, list_outputs
from commissioning.models.bodies import Action, Decision
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle, CycleLink
from commissioning.models.plans import Plan
from commissioning.models.reports import Recommendation
from commissioning.models.specifications import Specification
from commissioning.money.arithmetic import in_pounds
from commissioning.monitoring.escalated import in_units
from commissioning.reports.passages import Facts
from commissioning.reports.recommending import Wording
from commissioning.reports.sources import Occasion, gathers_from, starts_from
from commissioning.visibility import visible
from workflows.london import london_day
from workflows.working_days import in_words

GATES = {"plan": ("assess", "plan"), "review": ("do", "review")}
"""The stages that end at a board, and those whose outputs its report tells of."""


def _occasion(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    """The gate that the cycle's stage ends at; the report is written while the stage goes on."""
    del actor, now
    stage = stage_of(house.workflows[case.definition].states[case.state])
    cycle = session.get_one(Cycle, case.id)
    if stage not in GATES or cycle.board_id is None:
        return None
    to = "from Plan to Do" if stage == "plan" else "at the end of Review"
    title = f"{case.title}: {'plan' if stage == 'plan' else 'review'} for {_years(cycle)}"
    return Occasion(case, stage, f"the gate {to}", title, _asks(case, cycle, stage), (cycle.board_id,))


def _years(cycle: Cycle) -> str:
    return f"{cycle.starts_on.year} to {cycle.ends_on.year}"


def _asks(case: Case, cycle: Cycle, stage: str) -> list[Wording]:
    """What can be recommended at this gate, each linked to the step that the decision takes."""
    what = f"{case.title}, {_years(cycle)}"
    if stage == "plan":
        text = f"That the plan for {what}, be approved, and that the cycle go on to Do"
        return [Wording("approve", text, about_id=case.id, about_step="approve_plan")]
    said = {
        "renew": f"That {what}, be renewed, and that the next cycle be opened",
        "close": f"That {what}, be closed, with no cycle to follow",
        "decommission": f"That what {what}, provides be decommissioned",
    }
    return [Wording("agree", text, about_id=case.id, about_step=step) for step, text in said.items()]


def _gather(session: Session, actor: Actor, about: Case, stage: str, now: datetime) -> list[Facts]:
    """Scope, outputs and evidence, promised beside returned, specifications, money, earlier decisions, actions."""
    today = london_day(now)
    cycle = get_cycle(session, actor, about.id, today)
    outputs = list_outputs(session, actor, about.id, today)
    found = [_scope(session, actor, cycle, today)]
    for name in GATES[stage]:
        rows = outputs.get(name, [])
        if rows:
            lead = f"What was done in {labels.STAGES[name]}"
            found.append(Facts(f"outputs.{name}", "background", about, lead, [_output(r) for r in rows]))
    return [*found, *_promises(session, actor, about, stage, today), *_specified(session, actor, about, today),
            *_decided(session, actor, about, today), *_open_actions(session, actor, about, today)]  # fmt: skip


def _scope(session: Session, actor: Actor, cycle: Cycle, today: date) -> Facts:
    priority, lines = cycle.priority, []
    known = select(Case.id).where(visible(actor, "plan", today))
    if priority is not None and session.scalars(known.where(Case.id == priority.plan_id)).first():
        plan = session.get_one(Plan, priority.plan_id)
        lines.append(f"It serves priority {priority.code} {priority.title} of {plan.name}")
        lines += [f"Outcome: {o.statement}{f' ({o.measure})' if o.measure else ''}" for o in priority.outcomes]
    if cycle.locality:
        lines.append(f"Localities: {cycle.locality}")
    if cycle.consortium:
        lines.append(f"Bought with: {cycle.consortium}")
    if cycle.share_bought is not None:
        lines.append(f"Bought from others: {cycle.share_bought} per cent of it")
    period = f"{in_words(cycle.starts_on)} to {in_words(cycle.ends_on)}"
    lead = f"{cycle.case.title} is commissioned for {period}. What it takes in and leaves out: {cycle.remit}"
    return Facts("scope", "summary", cycle.case, lead, lines)


def _output(row: OutputRow) -> str:
    output = row.output
    if output.waived_reason:
        return f"{output.title}: waived, because {output.waived_reason}"
    if row.is_settled:
        return f"{output.title}: {output.evidence}"
    return f"{output.title}: not done yet; {row.owner}, by {in_words(output.output_due_on)}"


def _promises(session: Session, actor: Actor, about: Case, stage: str, today: date) -> list[Facts]:
    """Outcomes and money of its specifications: what is promised, and at the end of Review what was returned."""
    promise = get_promise(session, actor, about.id, today)
    past = stage == "review"
    on = f" on {in_words(promise.on)}" if past and promise.on else ""
    lead = f"What was promised{on}, and what was returned last" if past else "What its specifications promise"
    kinds = (("promised", "performance", False, lead), ("money", "money", True, "Its cash limits"))
    found = []
    for topic, purpose, is_money, words in kinds:
        rows = [_promised(p, past) for p in promise.rows if p.is_money == is_money]
        if rows:
            found.append(Facts(topic, purpose, about, words, rows))
    return found


def _promised(row: Promised, past: bool) -> str:
    if row.is_money:
        said, came = in_pounds(row.promised), None if row.returned is None else in_pounds(row.returned)
    else:
        unit = row.measured_in if row.measured_in == "%" else f" {row.measured_in}"
        said = in_units(row.promised) + unit
        came = None if row.returned is None else in_units(row.returned) + unit
    what = f"{row.specification.title}: {row.words}: {said}"
    if not past:
        return what
    if came is None or row.month is None:
        return f"{what}; nothing returned yet"
    return f"{what}; returned {came} for {row.month:%B %Y}{f', {labels.RAGS[row.rag].lower()}' if row.rag else ''}"


def _specified(session: Session, actor: Actor, about: Case, today: date) -> list[Facts]:
    rows = session.execute(
        select(Case, Specification)
        .join(CycleLink, CycleLink.case_id == Case.id)
        .join(Specification, Specification.case_id == Case.id)
        .where(CycleLink.cycle_id == about.id, visible(actor, "specification", today))
        .order_by(Case.title, Case.id)
    )
    return [Facts("specification", "proposal", case, _specification(case, spec)) for case, spec in rows]


def _specification(case: Case, spec: Specification) -> str:
    state = house.workflows[case.definition].states[case.state].label.lower()
    return f"{case.title}, from {in_words(spec.starts_on)} to {in_words(spec.ends_on)}, is {state}"


def _open_decisions(about: Case) -> Any:
    """Ids of decisions on it that are no secret, of reports that are none."""
    paper = select(Case.id).where(Case.kind == "report", Case.restricted.is_(False), Case.secrecy == "open")
    return (
        select(Decision.case_id)
        .join(Case, Case.id == Decision.case_id)
        .join(Recommendation, Recommendation.id == Decision.recommendation_id)
        .where(
            Recommendation.about_id == about.id,
            Recommendation.secrecy == "open",
            Case.secrecy == "open",
            Decision.report_id.in_(paper),
        )
    )


def _decided(session: Session, actor: Actor, about: Case, today: date) -> list[Facts]:
    rows = session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.case_id.in_(_open_decisions(about)), visible(actor, "decision", today))
        .options(joinedload(Decision.body))
        .order_by(Decision.decided_on, Decision.number, Decision.case_id)
    ).all()
    lines = [f"{d.body.name}, {in_words(d.decided_on)}, decision {d.number}: {d.text}" for d in rows]
    return [Facts("decisions", "background", about, "What was decided on it before", lines)] if lines else []


def _open_actions(session: Session, actor: Actor, about: Case, today: date) -> list[Facts]:
    """Open actions that go with it or came of its decisions."""
    linked = select(CycleLink.case_id).where(CycleLink.cycle_id == about.id, CycleLink.kind == "action")
    no_secret = or_(Action.decision_id.is_(None), Action.decision_id.in_(_open_decisions(about)))
    rows = session.execute(
        select(Case, Action)
        .join(Action, Action.case_id == Case.id)
        .where(
            or_(Action.case_id.in_(linked), Action.decision_id.in_(_open_decisions(about))),
            no_secret,
            Case.is_done.is_(False),
            Case.secrecy == "open",
            visible(actor, "action", today),
        )
        .options(joinedload(Action.owner))
        .order_by(Action.action_due_on.is_(None), Action.action_due_on, Case.id)
    )
    lines = [_action(case, action) for case, action in rows]
    return [Facts("actions", "next_steps", about, "Actions that are still open", lines)] if lines else []


def _action(case: Case, action: Action) -> str:
    who = action.owner_name or "nobody"
    due = f", by {in_words(action.action_due_on)}" if action.action_due_on else ""
    return f"{case.reference} {action.text} ({who}{due})"


starts_from(KIND, _occasion)
gathers_from(KIND, _gather)
