"""The bench's month of real units: both sides write the same facts, and one that leaves some out gives no figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench import product, product_months, run
from tests.bench.bench import Bench
from tests.bench.drive import WrongFacts
from tests.bench.engines import ENGINES, LABELS, engine

TINY = replace(run.SHORT, rounds=2, units=30)


@pytest.mark.parametrize("name", ENGINES)
def test_a_month_of_real_units_is_the_same_on_both_sides(name: str, tmp_path: Path) -> None:
    """Returns, events, tasks, reminders and outcomes, as often as months were opened."""
    with engine(name) as started:
        bench = Bench(started, TINY, product, tmp_path)
        product_months.opening(bench)
    judged = {m.name: m for m in bench.measures if m.must is not None}
    assert judged[f"opening the returns of 30 real units, each, against hand-written, {LABELS[name]}"].must == 8


class Forgetful(product_months.MonthsByHand):
    """An opponent with a planted fault: it carries no outcomes into the returns."""

    def add_outcomes(self, count: int) -> None:
        del count


def test_a_side_that_leaves_facts_out_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Control: nobody is praised for what they did not write."""
    monkeypatch.setattr(product_months, "MonthsByHand", Forgetful)
    with engine("sqlite") as started, pytest.raises(WrongFacts, match="outcomes are not the same"):
        product_months.opening(Bench(started, TINY, product, tmp_path))
