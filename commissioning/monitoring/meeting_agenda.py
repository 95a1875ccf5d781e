"""The agenda of a monitoring meeting, made from the unit's return; and minutes that begin with what was recorded.

Last actions, what is red, what is amber, what has moved since last month, the forecast. Reads only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.casework.registry import house
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.monitoring import MonitoringAction, MonitoringMeeting, Return, ReturnOutcome, ReturnRisk
from commissioning.models.people import Person
from commissioning.models.specifications import SpecOutcome
from commissioning.monitoring.escalated import in_pounds, in_units
from commissioning.monitoring.figures import Line, Money, get_money
from commissioning.monitoring.meeting_rules import THREE, get_return
from workflows.working_days import in_words

_WORSE = {"green": 0, "amber": 1, "red": 2}


@dataclass(frozen=True, slots=True)
class Told:
    """An outcome as it was returned, with what it is measured by."""

    row: ReturnOutcome
    outcome: SpecOutcome

    @property
    def value(self) -> str:
        """Actual against target, in words."""
        if self.row.actual_thousandths is None:
            return f"not available: {self.row.not_available}" if self.row.not_available else "not answered"
        unit, target = self.outcome.measured_in, in_units(self.outcome.target_thousandths)
        return f"{in_units(self.row.actual_thousandths)} {unit} against {target}"

    @property
    def movement(self) -> str:
        """Against last month, in words."""
        if self.row.earlier_thousandths is None or self.row.actual_thousandths is None:
            return "no earlier value"
        moved = self.row.actual_thousandths - self.row.earlier_thousandths
        if moved == 0:
            return "as last month"
        better = (moved > 0) == (self.outcome.direction == "higher")
        return f"{'better' if better else 'worse'} by {in_units(abs(moved))}"

    @property
    def has_turned(self) -> bool:
        """Whether its rating is another than last month's."""
        return self.row.rag != self.row.earlier_rag


@dataclass(frozen=True, slots=True)
class Agenda:
    """What there is to talk about, in order. `told` is None where no return was opened."""

    told: Return | None
    case: Case | None
    state_label: str
    is_accepted: bool
    actions: Sequence[Action]
    outcomes: Sequence[Told]
    money: Money | None
    money_before: str | None
    """The rating of the unit's budget with which the return before was submitted."""
    risks: Sequence[ReturnRisk]

    def rated(self, rag: str) -> list[Told]:
        """Outcomes of one rating."""
        return [o for o in self.outcomes if o.row.rag == rag]

    def lines(self, rag: str) -> list[Line]:
        """Budget lines of one rating."""
        return [line for line in self.money.lines if line.rag == rag] if self.money else []

    @property
    def turned(self) -> list[Told]:
        """Outcomes whose rating changed since last month, the worst first."""
        found = [o for o in self.outcomes if o.row.rag and o.row.earlier_rag and o.has_turned]
        return sorted(found, key=lambda o: (-_WORSE[o.row.rag or "green"], o.row.position))

    @property
    def has_money_turned(self) -> bool:
        """Whether the rating of the unit's budget is another than last month's."""
        return self.money is not None and self.money_before is not None and self.money.rag != self.money_before

    @property
    def forecast_moved(self) -> int | None:
        """The forecast since last month, in pence; None where last month had none."""
        moved = [line.movement for line in self.money.lines] if self.money else []
        return sum(m for m in moved if m is not None) if any(m is not None for m in moved) else None


def get_agenda(session: Session, meeting: MonitoringMeeting) -> Agenda:
    """The agenda as the return stands now; whoever may see the meeting may see the return."""
    actions = session.scalars(
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .outerjoin(MonitoringAction, MonitoringAction.action_id == Action.case_id)
        .where(
            Action.unit_id == meeting.unit_id,
            Case.is_done.is_(False),
            MonitoringAction.meeting_id.is_distinct_from(meeting.case_id),
        )
        .options(joinedload(Action.case), joinedload(Action.owner))
        .order_by(Action.action_due_on, Action.case_id)
        .limit(50)
    ).all()
    linked = get_return(session, meeting)
    if linked is None:
        return Agenda(None, None, "Not opened", False, actions, (), None, None, ())
    told, case = linked
    state = house.workflows[case.definition].states[case.state]
    live = [told.case_id] if state.has("editable") else []
    money = get_money(session, [told], live=live)[told.case_id]
    outcomes = session.execute(
        select(ReturnOutcome, SpecOutcome)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id == told.case_id)
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    )
    risks = session.scalars(
        select(ReturnRisk).where(ReturnRisk.return_id == told.case_id).order_by(ReturnRisk.position, ReturnRisk.id)
    ).all()
    return Agenda(
        told,
        case,
        state.label,
        state.has("accepted"),
        actions,
        [Told(r.ReturnOutcome, r.SpecOutcome) for r in outcomes],
        money if money.lines else None,
        _money_before(session, told),
        risks,
    )


def _money_before(session: Session, told: Return) -> str | None:
    """How the unit's budget was rated in the return before; None where there is none, or it was not sent."""
    before = select(Return.budget_rag).where(Return.unit_id == told.unit_id, Return.period_on < told.period_on)
    return session.scalars(before.order_by(Return.period_on.desc()).limit(1)).first()


def list_agreed(session: Session, meeting_id: int) -> Sequence[Action]:
    """Actions that were agreed at a meeting."""
    return session.scalars(
        select(Action)
        .join(MonitoringAction, MonitoringAction.action_id == Action.case_id)
        .where(MonitoringAction.meeting_id == meeting_id)
        .options(joinedload(Action.case), joinedload(Action.owner))
        .order_by(Action.action_due_on, Action.case_id)
    ).all()


def draft_minutes(session: Session, meeting: MonitoringMeeting) -> str:
    """Minutes in Markdown from what was recorded: who came, the return, the two findings, what was agreed."""
    agenda = get_agenda(session, meeting)
    lines = [f"# {meeting.case.title}", "", f"{in_words(meeting.meeting_on)}, {meeting.starts_at:%H:%M}", ""]
    lines += ["## Present", ""]
    for there in sorted(meeting.attendances, key=lambda a: THREE.index(a.role)):
        name = session.get_one(Person, there.person_id).name
        stands_in = " (stands in)" if there.represents else ""
        lines.append(f"- {labels.ROLES[there.role]}: {name}{stands_in}")
    lines += ["", "## The month’s return", "", _of_the_return(meeting, agenda), ""]
    for rag in ("red", "amber"):
        for told in agenda.rated(rag):
            said = f" {told.row.commentary}" if told.row.commentary else ""
            lines.append(f"- {told.outcome.code} {told.outcome.measure}, {rag}: {told.value}, {told.movement}.{said}")
        for line in agenda.lines(rag):
            said = f" {line.commentary}" if line.commentary else ""
            lines.append(f"- {line.name}, {rag}: forecast {in_pounds(line.forecast)}, {_over(line.over)}.{said}")
    if agenda.money is not None:
        lines.append(f"- Forecast for the year {in_pounds(agenda.money.forecast)}, {_over(agenda.money.over)}.")
    lines += ["", "## Findings", ""]
    lines.append(f"- Delivering against the specification: {_yes(meeting.to_specification)}")
    lines.append(f"- All activity within the budget: {_yes(meeting.within_budget)}")
    lines += ["", meeting.findings] if meeting.findings else []
    lines += ["", "## Actions", ""]
    agreed = list_agreed(session, meeting.case_id)
    for action in agreed:
        due = in_words(action.action_due_on) if action.action_due_on else "no date"
        lines.append(f"- {action.text} ({action.owner_name or 'nobody'}, by {due})")
    lines += [] if agreed else ["None was agreed."]
    return "\n".join(lines).strip() + "\n"


def _of_the_return(meeting: MonitoringMeeting, agenda: Agenda) -> str:
    if agenda.case is None:
        return "No return was opened for the month."
    late = " It was held before the return was accepted." if meeting.before_acceptance else ""
    return f"Return {agenda.case.reference}, {agenda.state_label.lower()}.{late}"


def _over(pence: int) -> str:
    return f"{in_pounds(pence)} over" if pence > 0 else f"{in_pounds(-pence)} under" if pence < 0 else "as budgeted"


def _yes(found: bool | None) -> str:
    return "not recorded" if found is None else "yes" if found else "no"
