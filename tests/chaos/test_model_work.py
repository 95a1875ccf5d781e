"""Months and cycles against their small models; and that these notice when somebody approves their own work."""

from __future__ import annotations

import pytest

from tests.chaos import model_work, planted
from tests.chaos.borough import Borough
from tests.support.agreement_work import faults


def test_months_go_as_the_small_model_says(borough: Borough) -> None:
    assert model_work.months(borough, stories=3) == 90
    assert faults(borough.town.engine) == []


def test_gates_of_cycles_open_as_the_small_model_says(borough: Borough) -> None:
    assert model_work.cycles(borough, stories=3) == 90


def test_control_own_work_through_a_deputy(spoilt: Borough) -> None:
    with planted.own_work_through_a_deputy(), pytest.raises(AssertionError):
        model_work.months(spoilt, stories=12, seed=2)


def test_control_a_gate_that_any_decision_opens(spoilt: Borough) -> None:
    with planted.any_decision_opens(), pytest.raises(AssertionError):
        model_work.cycles(spoilt, stories=12)
