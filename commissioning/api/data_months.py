"""What money and months hold, for `GET /cases/{id}`: returns, monitoring meetings, virements, years; set-up steps and
duplications beside them. Amounts are whole: pence, hundredths of a person, thousandths of a measure.
"""

from __future__ import annotations

from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.duplications.queries import get_duplication, list_claims
from commissioning.models.money import BudgetYear, Virement
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.units import SetupStep
from commissioning.monitoring.queries import get_return, get_sheet

_RETURN = (
    *("unit_id", "specification_id", "year_id", "period_on", "return_due_on", "establishment_hundredths"),
    *("in_post_hundredths", "vacancies_note", "no_risks", "concern", "submitted_by_id", "submitted_at", "is_late"),
)
_OUTCOME = (
    *("id", "outcome_id", "actual_thousandths", "not_available", "earlier_thousandths", "rag", "earlier_rag"),
    *("commentary", "is_carried"),
)
_LINE = ("line_id", "code", "name", "method", "own_reason", "commentary", "is_carried")
_QUESTION = ("id", "about", "question", "asked_by_id", "answer")
_ACCEPTANCE = ("part", "accepted_by_id", "accepted_at", "comment")
_PENCE = ("budget", "profile", "actual", "month", "commitment", "forecast", "earlier_forecast")
_MEETING = (
    *("unit_id", "period_on", "return_id", "meeting_on", "starts_at", "minutes_long", "place", "to_specification"),
    *("within_budget", "findings", "before_acceptance", "represented", "not_held_reason", "minutes", "minutes_version"),
)


@data_of("return")
def return_data(reader: Reader) -> Data:
    """A month of a unit with all its answers. `version` counts what happened to it, for PATCH."""
    found = get_return(reader.session, reader.actor, reader.case.id, reader.today)
    sheet = get_sheet(reader.session, found)
    money = sheet.money
    return {
        "version": reader.case.chain_seq,
        **columns_of(found, *_RETURN),
        "cash_limit_pence": money.limit if money.is_asked else None,
        "forecast_pence": money.forecast if money.lines else None,
        "budget_rag": money.rag,
        "outcomes": [{**columns_of(o.row, *_OUTCOME), "code": o.spec.code} for o in sheet.outcomes],
        "lines": [
            {**columns_of(line, *_LINE), **{f"{name}_pence": getattr(line, name) for name in _PENCE}}
            for line in (money.lines if money.is_open else ())
        ],
        "risks": [columns_of(r, "id", "text", "rag", "mitigation") for r in sheet.risks],
        "actions": [
            {**columns_of(a.row, "action_id", "is_recovery", "progress"), "text": a.action.text} for a in sheet.actions
        ],
        "questions": [
            columns_of(q, "id", "about", "question", "asked_by_id", "answer") for q, _name in sheet.questions
        ],
        "acceptances": [
            columns_of(a, "part", "accepted_by_id", "accepted_at", "comment") for a, _ in sheet.acceptances
        ],
    }


@data_of("monitoring_meeting")
def monitoring_meeting_data(reader: Reader) -> Data:
    """A unit's monthly meeting, its findings and its minutes."""
    meeting = reader.session.get_one(MonitoringMeeting, reader.case.id)
    attendance = [columns_of(a, "role", "person_id", "represents") for a in meeting.attendances]
    return {**columns_of(meeting, *_MEETING), "attendance": attendance}


@data_of("virement")
def virement_data(reader: Reader) -> Data:
    """Money that is to go from one cash limit to another; None for the commissioning budget."""
    names = ("year_id", "from_unit_id", "to_unit_id", "amount_pence", "purpose", "proposed_by_id", "approved_by_id")
    return columns_of(reader.session.get_one(Virement, reader.case.id), *names)


@data_of("budget_year")
def budget_year_data(reader: Reader) -> Data:
    """A financial year and from how much on a virement goes higher."""
    names = (
        "label",
        "starts_on",
        "ends_on",
        "outturn_on",
        "saving_basis_points",
        "finance_post_id",
        "director_post_id",
    )
    year = reader.session.get_one(BudgetYear, reader.case.id)
    return columns_of(year, "version", *names, "director_post_id", "director_from_pence", "board_from_pence")


@data_of("setup_step")
def setup_step_data(reader: Reader) -> Data:
    """One step of setting up a unit or the programme, and what shows that it is done."""
    step = reader.session.get_one(SetupStep, reader.case.id)
    return columns_of(step, "unit_id", "number", "step_due_on", "evidence", "submitted_by_id")


@data_of("duplication")
def duplication_data(reader: Reader) -> Data:
    """Units that claim the same, with the statements that the reader may read (None for the others)."""
    session, actor, case_id = reader.session, reader.actor, reader.case.id
    found = get_duplication(session, actor, case_id, reader.today)
    names = ("function_name", "area", "suspicion", "criteria", "statements_on", "designated_unit_id", "benefit_pence")
    return {
        **columns_of(found, *names, "benefit_fte_hundredths"),
        "claims": [
            {"unit_id": c.unit.case_id, "is_stated": c.is_stated, "statement": c.statement}
            for c in list_claims(session, actor, case_id, reader.today)
        ],
    }
