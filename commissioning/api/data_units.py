"""What units and their specifications hold, for `GET /cases/{id}`. A unit's own working plan is in neither (BR-16)."""

from __future__ import annotations

from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.specifications.making import list_improvements, list_outcomes
from commissioning.units.queries import list_contributors
from commissioning.visibility import sees_unit

_UNIT = (
    *("version", "name", "kind", "area", "remit", "core_group", "core_unit_id", "board_id", "fte_hundredths"),
    *("head_post_id", "strategy_post_id", "finance_post_id", "commissioner_post_id", "director_post_id"),
    *("live_on", "from_on", "to_on"),
)
_SPECIFICATION = (
    *("version", "unit_id", "number", "earlier_id", "starts_on", "ends_on", "cash_limit_pence"),
    *("headcount_hundredths", "policies", "target_grade", "variation_reason"),
)
_OUTCOME = (
    *("id", "same_as_id", "code", "statement", "target_group", "measure", "measured_in", "direction"),
    *("baseline_thousandths", "target_thousandths", "tolerance_thousandths", "weight", "priority", "task_reason"),
)
_SIGNATURE = ("part", "outcome", "comment", "signed_by_id", "signed_for_id", "signed_at", "text_sha256")


@data_of("unit")
def unit_data(reader: Reader) -> Data:
    """What a unit is; who contributes only for who sees what it returns."""
    unit = reader.session.get_one(Unit, reader.case.id)
    sees = sees_unit(reader.session, reader.actor, unit.case_id)
    people = list_contributors(reader.session, unit.case_id) if sees else []
    return {
        **columns_of(unit, *_UNIT),
        "contributors": [{"person_id": p.id, "name": p.name} for p in people] if sees else None,
    }


@data_of("specification")
def specification_data(reader: Reader) -> Data:
    """A version of what a unit is to achieve, with both signatures."""
    spec = reader.session.get_one(Specification, reader.case.id)
    return {
        **columns_of(spec, *_SPECIFICATION),
        "outcomes": [columns_of(o, *_OUTCOME) for o in list_outcomes(reader.session, spec.case_id)],
        "improvements": [columns_of(i, "text", "source") for i in list_improvements(reader.session, spec.case_id)],
        "signatures": [columns_of(s, *_SIGNATURE) for s in spec.signatures],
    }
