"""Reading cycles: the board of four columns, the register with its filters, one cycle with what belongs to it.

Every list is scoped by `visibility` before it counts or cuts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.casework.timeline import Happening
from commissioning.cycles.making import KIND, OUTPUT, stage_of
from commissioning.models.cases import Case, CaseRole, Event
from commissioning.models.cycles import STAGES, Cycle, CycleLink, CycleOutput, is_late
from commissioning.models.people import Person
from commissioning.models.plans import Plan, Priority
from commissioning.models.reports import Recommendation
from commissioning.visibility import has_part, visible, visible_any
from workflows.london import london_day

PER_PAGE = 50
IN_A_COLUMN = 25
"""How many cycles a column of the board shows before it says how many more there are."""
SOON_DAYS = 20
"""Calendar days before a due date from which a cycle is amber."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """A cycle as a card or a line shows it. `light`: "red" when something is late, "amber" when it is soon due."""

    case: Case
    cycle: Cycle
    lead: str
    stage: str
    """One of the four, "paused", "draft", or "" for one that is over."""
    state: str
    since: date
    """When it came into this state; a pause does not begin it anew."""
    days: int
    """Calendar days since."""
    next_output: CycleOutput | None
    light: str


def stages_by_state() -> dict[str, str]:
    """Which stage each state belongs to, in whatever version of the definition."""
    found: dict[str, str] = {}
    for workflow in house.workflows.values():
        if workflow.kind == KIND:
            for name, state in workflow.states.items():
                found[name] = stage_of(state) or ("paused" if state.has("paused") else "")
    return found | {"draft": "draft"}


def _seen(actor: Actor, today: date) -> Any:
    return (
        select(Cycle, Case, Person.name.label("lead"))
        .join(Case, Case.id == Cycle.case_id)
        .outerjoin(CaseRole, (CaseRole.case_id == Case.id) & (CaseRole.role == "lead"))
        .outerjoin(Person, Person.id == CaseRole.person_id)
        .where(visible(actor, KIND, today))
        .options(joinedload(Cycle.board), joinedload(Cycle.priority))
    )


@dataclass(frozen=True)
class Filters:
    """What a list of cycles is narrowed to. `whose`: "mine" (led), "team" (commissioned by one of my posts), ""."""

    stage: str = ""
    whose: str = ""
    priority_id: int | None = None
    words: str = ""
    is_late: bool = False


def _wanted(actor: Actor, today: date, filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.stage == "open":
        wanted.append(Case.is_done.is_(False))
    elif filters.stage == "done":
        wanted.append(Case.is_done.is_(True))
    elif filters.stage:
        wanted.append(Case.state.in_([s for s, stage in stages_by_state().items() if stage == filters.stage]))
    if filters.whose == "mine":
        wanted.append(has_part(actor, "lead"))
    elif filters.whose == "team":
        wanted.append(has_part(actor, "commissioner"))
    if filters.priority_id is not None:
        wanted.append(Cycle.priority_id == filters.priority_id)
    if filters.is_late:
        wanted += [Case.is_done.is_(False), is_late(today)]
    for word in filters.words.split()[:12]:
        wanted.append(or_(*(c.icontains(word, autoescape=True) for c in (Case.title, Case.reference, Cycle.remit))))
    return wanted


def list_board(session: Session, actor: Actor, today: date, filters: Filters) -> dict[str, tuple[list[CycleRow], int]]:
    """Open cycles by stage, the most urgent first, and how many there are in each; a column is cut."""
    stages = stages_by_state()
    column = case({name: stage for name, stage in stages.items() if stage in STAGES}, value=Case.state, else_="")
    inner = (
        _seen(actor, today)
        .with_only_columns(
            Case.id,
            column.label("stage"),
            func.row_number().over(partition_by=column, order_by=(Case.due_on, Case.id)).label("place"),
            func.count().over(partition_by=column).label("total"),
        )
        .where(Case.is_done.is_(False), column != "", *_wanted(actor, today, filters))
        .subquery()
    )
    shown = session.execute(select(inner.c.id, inner.c.stage, inner.c.total).where(inner.c.place <= IN_A_COLUMN)).all()
    totals = {r.stage: r.total for r in shown}
    rows = _rows(session, [r.id for r in shown], today)
    columns: dict[str, list[CycleRow]] = {stage: [] for stage in STAGES}
    for row in rows:
        columns[row.stage].append(row)
    return {stage: (columns[stage], totals.get(stage, 0)) for stage in STAGES}


def list_cycles(
    session: Session, actor: Actor, today: date, filters: Filters, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[CycleRow], int]:
    """Cycles by due date, those that are over last, and how many there are."""
    found = _seen(actor, today).with_only_columns(Case.id).where(*_wanted(actor, today, filters))
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    order = (Case.is_done, Case.due_on.is_(None), Case.due_on, Case.title, Case.id)
    ids = session.scalars(found.order_by(*order).limit(per_page).offset((page - 1) * per_page)).all()
    rows = {row.case.id: row for row in _rows(session, ids, today)}
    return [rows[i] for i in ids], total


_entered = (
    select(func.max(Event.at))
    .where(Event.case_id == Case.id, Event.to_state == Case.state, Event.from_state.is_distinct_from("paused"))
    .correlate(Case)
    .scalar_subquery()
)
"""When a cycle came into its state otherwise than out of a pause."""


def in_state_since(case_: Case, events: Iterable[Happening]) -> date:
    """The same of one cycle, from its newest events."""
    came = (e.at for e in events if e.to_state == case_.state and e.from_state != "paused")
    at = next(came, None)
    return london_day(at) if at else case_.entered_on


def _rows(session: Session, ids: Sequence[int], today: date) -> list[CycleRow]:
    """Cards for cycles that the actor may see; two queries, however many."""
    found = (
        select(Cycle, Case, Person.name.label("lead"), _entered.label("entered_at"))
        .join(Case, Case.id == Cycle.case_id)
        .outerjoin(CaseRole, (CaseRole.case_id == Case.id) & (CaseRole.role == "lead"))
        .outerjoin(Person, Person.id == CaseRole.person_id)
        .where(Cycle.case_id.in_(ids))
        .options(joinedload(Cycle.board), joinedload(Cycle.priority))
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
    )
    following = _next_outputs(session, ids)
    stages = stages_by_state()
    return [
        CycleRow(
            row.Case,
            row.Cycle,
            row.lead or "",
            stages.get(row.Case.state, ""),
            house.workflows[row.Case.definition].states[row.Case.state].label,
            since := london_day(row.entered_at) if row.entered_at else row.Case.entered_on,
            (today - since).days,
            following.get(row.Case.id),
            light_of(row.Case, following.get(row.Case.id), today),
        )
        for row in session.execute(found)
    ]


def light_of(case_: Case, output: CycleOutput | None, today: date) -> str:
    """Red when the stage or an output is late, amber when one of them is soon due."""
    if case_.is_done:
        return ""
    days = [d for d in (case_.due_on, output.output_due_on if output else None) if d is not None]
    if not days:
        return ""
    left = (min(days) - today).days
    return "red" if left < 0 else "amber" if left <= SOON_DAYS else "green"


def _next_outputs(session: Session, ids: Iterable[int]) -> dict[int, CycleOutput]:
    """The output of each cycle that is to do and due first."""
    place = func.row_number().over(
        partition_by=CycleOutput.cycle_id, order_by=(CycleOutput.output_due_on, CycleOutput.position)
    )
    inner = (
        select(CycleOutput.case_id, place.label("place"))
        .join(Case, Case.id == CycleOutput.case_id)
        .where(CycleOutput.cycle_id.in_(list(ids)), Case.state == "to_do")
        .subquery()
    )
    rows = session.scalars(
        select(CycleOutput).join(inner, inner.c.case_id == CycleOutput.case_id).where(inner.c.place == 1)
    )
    return {row.cycle_id: row for row in rows}


def get_cycle(session: Session, actor: Actor, cycle_id: int, today: date) -> Cycle:
    """One cycle with its case, board and priority. Raises NotFound."""
    found = session.scalars(
        select(Cycle)
        .join(Case, Case.id == Cycle.case_id)
        .where(Cycle.case_id == cycle_id, visible(actor, KIND, today))
        .options(joinedload(Cycle.case), joinedload(Cycle.board), joinedload(Cycle.priority))
    ).first()
    if found is None:
        raise NotFound
    return found


def get_output(session: Session, actor: Actor, output_id: int, today: date) -> CycleOutput:
    """One output with its case. Raises NotFound."""
    found = session.scalars(
        select(CycleOutput)
        .join(Case, Case.id == CycleOutput.case_id)
        .where(CycleOutput.case_id == output_id, visible(actor, OUTPUT, today))
        .options(joinedload(CycleOutput.case))
    ).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class OutputRow:
    """An output as its cycle's page lists it."""

    output: CycleOutput
    case: Case
    owner: str
    state: str

    @property
    def is_settled(self) -> bool:
        """Whether it is done or waived."""
        return house.workflows[self.case.definition].states[self.case.state].has("settled")


def list_outputs(session: Session, actor: Actor, cycle_id: int, today: date) -> dict[str, list[OutputRow]]:
    """Outputs of a cycle by stage, as far as it has come, with who owns each."""
    found = session.execute(
        select(CycleOutput, Case, Person.name)
        .join(Case, Case.id == CycleOutput.case_id)
        .outerjoin(CaseRole, (CaseRole.case_id == Case.id) & (CaseRole.role == "owner"))
        .outerjoin(Person, Person.id == CaseRole.person_id)
        .where(CycleOutput.cycle_id == cycle_id, visible(actor, OUTPUT, today))
        .order_by(CycleOutput.position, CycleOutput.case_id)
    )
    stages: dict[str, list[OutputRow]] = {}
    for output, its_case, owner in found:
        label = house.workflows[its_case.definition].states[its_case.state].label
        stages.setdefault(output.stage, []).append(OutputRow(output, its_case, owner or "Nobody", label))
    return {stage: stages[stage] for stage in STAGES if stage in stages}


def list_chain(session: Session, actor: Actor, cycle_id: int, today: date) -> list[tuple[Cycle, Case]]:
    """The cycles before and after this one, itself among them, oldest first; those that the actor may see."""
    before = select(Cycle.case_id, Cycle.prior_id).where(Cycle.case_id == cycle_id).cte("before", recursive=True)
    before = before.union(select(Cycle.case_id, Cycle.prior_id).join(before, Cycle.case_id == before.c.prior_id))
    after = select(Cycle.case_id).where(Cycle.case_id == cycle_id).cte("after", recursive=True)
    after = after.union(select(Cycle.case_id).join(after, Cycle.prior_id == after.c.case_id))
    chain = select(before.c.case_id).union(select(after.c.case_id))
    rows = session.execute(
        select(Cycle, Case)
        .join(Case, Case.id == Cycle.case_id)
        .where(Cycle.case_id.in_(chain), visible(actor, KIND, today))
        .order_by(Cycle.starts_on, Cycle.case_id)
    )
    return [(cycle, its_case) for cycle, its_case in rows]


def list_linked(session: Session, actor: Actor, cycle_id: int, today: date) -> list[tuple[Case, bool]]:
    """What goes with a cycle in either direction, and whether it was said of this one (so that it can be taken out);
    and reports that recommend something about it. Only what the actor may see."""
    own = set(session.scalars(select(CycleLink.case_id).where(CycleLink.cycle_id == cycle_id)))
    beside = select(CycleLink.cycle_id).where(CycleLink.case_id == cycle_id)
    about = select(Recommendation.report_id).where(Recommendation.about_id == cycle_id)
    rows = session.scalars(
        select(Case)
        .where(or_(Case.id.in_(own), Case.id.in_(beside), Case.id.in_(about)), visible_any(actor, today))
        .order_by(Case.kind, Case.title, Case.id)
    )
    return [(row, row.id in own) for row in rows]


def list_linkable(session: Session, actor: Actor, cycle_id: int, today: date) -> Sequence[Case]:
    """What could go with a cycle: open cycles, specifications, actions and reports that the actor may see."""
    there = select(CycleLink.case_id).where(CycleLink.cycle_id == cycle_id)
    kinds = ("cycle", "specification", "action", "report")
    return session.scalars(
        select(Case)
        .where(
            Case.is_done.is_(False),
            Case.id != cycle_id,
            Case.id.not_in(there),
            or_(*(visible(actor, kind, today) for kind in kinds)),
        )
        .order_by(Case.kind, Case.title, Case.id)
        .limit(500)
    ).all()


def list_priorities(session: Session, actor: Actor, today: date) -> list[tuple[int, str]]:
    """Priorities of plans that are open to the actor, as (id, words), by plan and code."""
    rows = session.execute(
        select(Priority.id, Priority.code, Priority.title, Plan.name)
        .join(Plan, Plan.case_id == Priority.plan_id)
        .join(Case, Case.id == Plan.case_id)
        .where(visible(actor, "plan", today), Case.is_done.is_(False))
        .order_by(Plan.name, Priority.position, Priority.id)
    )
    return [(r.id, f"{r.code} {r.title} ({r.name})") for r in rows]


def list_last(session: Session, actor: Actor, today: date) -> list[tuple[Cycle, Case]]:
    """Cycles that no other one follows yet: what a new one can follow."""
    followed = select(Cycle.prior_id).where(Cycle.prior_id.is_not(None))
    rows = session.execute(
        select(Cycle, Case)
        .join(Case, Case.id == Cycle.case_id)
        .where(visible(actor, KIND, today), Cycle.case_id.not_in(followed))
        .order_by(Case.title, Case.id)
        .limit(500)
    )
    return [(cycle, its_case) for cycle, its_case in rows]


def carried_from(session: Session, actor: Actor, output: CycleOutput, today: date) -> CycleOutput | None:
    """The output of the cycle before, where its evidence was carried over and the actor may see it."""
    if output.carried_from_id is None:
        return None
    try:
        return get_output(session, actor, output.carried_from_id, today)
    except NotFound:
        return None


def lead_name(session: Session, cycle_id: int) -> str:
    """Who leads a cycle, by name."""
    found = select(Person.name).join(CaseRole, CaseRole.person_id == Person.id)
    return session.execute(found.where(CaseRole.case_id == cycle_id, CaseRole.role == "lead")).scalar() or ""


def state_of(case_: Case) -> Any:
    """The state of a case with its meanings."""
    return house.workflows[case_.definition].states[case_.state]


def state_label(case_: Case) -> str:
    """The state of a case in words."""
    return str(state_of(case_).label)
