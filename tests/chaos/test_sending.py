"""Schedulers killed while they send, in the short form, counted at a real SMTP server; and that loss and repetition
are noticed. SCHEDULER_KILLS says how many (5); for a release: `make chaos`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from commissioning.db import make_engine
from tests.chaos import planted, sending
from tests.support.errands import Town, make_town

KILLS = int(os.environ.get("SCHEDULER_KILLS", "5"))
pytestmark = pytest.mark.usefixtures("errands_in_force")


@pytest.fixture
def small_town(fresh_database: Any) -> Iterator[Town]:
    engine = make_engine(fresh_database("sqlite"))
    yield make_town(engine)
    engine.dispose()


def test_killed_schedulers_lose_no_mail_and_repeat_none_outside_the_crash_window(small_town: Town) -> None:
    """NY-24: planned exactly once, delivered at least once."""
    found = sending.kill_schedulers(small_town, KILLS)
    assert (found.tried, found.wrong) == (KILLS, [])
    assert found.kinds["claimed at a kill"], "a kill hit what was being sent"


def test_control_mail_that_is_marked_before_it_is_sent_is_lost(small_town: Town) -> None:
    with planted.marked_before_sent():
        assert any("never arrived" in w for w in _wrong(small_town))


def test_control_without_leases_mail_comes_again(small_town: Town) -> None:
    with planted.no_lease():
        assert any("was not under way" in w for w in _wrong(small_town))


def _wrong(town: Town) -> Iterator[str]:
    """What is found wrong, trial after trial: a kill hits a fault by chance."""
    for seed in range(1, 9):
        yield from sending.kill_schedulers(town, 1, seed).wrong
