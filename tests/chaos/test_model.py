"""The door against the small model; and that the model notices when a deputy may approve their own work."""

from typing import Any

import pytest

from commissioning.db import make_engine
from tests.chaos import model, planted
from tests.support.agreement import faults
from tests.support.errands import Town, make_town

pytestmark = pytest.mark.usefixtures("errands_in_force")


def test_random_steps_end_as_the_small_model_says(town: Town) -> None:
    assert model.run(town, examples=5, steps=6) > 100
    assert faults(town.engine) == []


def test_control_own_work_through_a_deputy(fresh_database: Any) -> None:
    town = make_town(make_engine(fresh_database("sqlite")))
    with planted.own_work_through_a_deputy(), pytest.raises(AssertionError):
        model.run(town, examples=60, steps=8)
    town.engine.dispose()
