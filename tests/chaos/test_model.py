"""The door against the small model; and that the model notices when a deputy may approve their own work."""

from dataclasses import replace
from typing import Any

import pytest

from commissioning import policy
from commissioning.casework import door
from tests.chaos import model
from tests.support.agreement import faults
from tests.support.errands import Town


def test_random_steps_end_as_the_small_model_says(town: Town) -> None:
    assert model.run(town, examples=12, steps=8) > 300
    assert faults(town.engine) == []


def test_control_own_work_through_a_deputy(fresh_database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from commissioning.db import make_engine
    from tests.support.errands import make_town

    engine = make_engine(fresh_database("sqlite"))
    real = policy.identity_for

    def lax(actor: Any, action: str, *rest: Any) -> Any:
        """Asks each person for themselves alone, so that a deputy's own part in the case is forgotten."""
        for identity in actor.identities:
            found = real(replace(actor, me=identity, acting_for=()), action, *rest)
            if not hasattr(found, "code"):
                return found
        return found

    monkeypatch.setattr(door, "identity_for", lax)
    with pytest.raises(AssertionError):
        model.run(make_town(engine), examples=60, steps=8)
    engine.dispose()
