"""When a case is likely to reach a state: against exact sums, with too little history, and off the definition."""

from __future__ import annotations

from itertools import product

from tests.unit.workflow_samples import PAPER
from workflows.loading import load_text
from workflows.simulation import LEAST, Likely, Stay, TooLittle, reach

PAPERS = load_text(PAPER)
HEARD = frozenset({"heard"})


def stays(*days: int, then: str) -> list[Stay]:
    return [Stay(d, then) for d in days]


SURE = {
    "drafting": stays(10, 10, 10, 10, 10, then="signing"),
    "signing": stays(5, 5, 5, 5, 5, then="ready"),
    "ready": stays(2, 2, 2, 2, 2, then="heard"),
}


def test_a_sure_way_is_its_sum_less_what_is_spent() -> None:
    assert reach(PAPERS, SURE, "drafting", 4, HEARD, seed=1) == Likely(13, 13, 13, 1.0)
    assert reach(PAPERS, SURE, "ready", 0, HEARD, seed=1) == Likely(2, 2, 2, 1.0)


def test_the_spread_is_that_of_all_ways() -> None:
    """Against every combination of three stays, drawn one by one: the same tenth, half and nine tenths but for one."""
    seen = {name: stays(*days, then=then) for name, days, then in (
        ("drafting", (1, 4, 9, 12, 30), "signing"), ("signing", (2, 3, 5, 8, 20), "ready"),
        ("ready", (0, 1, 1, 2, 6), "heard"),
    )}  # fmt: skip
    sums = sorted(sum(s.days for s in way) for way in product(*seen.values()))
    found = reach(PAPERS, seen, "drafting", 0, HEARD, seed=7)
    assert isinstance(found, Likely)
    for value, share in ((found.early, 0.1), (found.middle, 0.5), (found.late, 0.9)):
        near = sums[int((share - 0.04) * len(sums)) : int((share + 0.04) * len(sums)) + 1]
        assert near[0] <= value <= near[-1]
    assert reach(PAPERS, seen, "drafting", 0, HEARD, seed=7) == found


def test_ways_that_end_elsewhere_are_counted_as_such() -> None:
    half = SURE | {"drafting": [*stays(1, 1, 1, 1, 1, then="dropped"), *stays(1, 1, 1, 1, 1, then="signing")]}
    found = reach(PAPERS, half, "drafting", 0, HEARD, seed=3)
    assert isinstance(found, Likely)
    assert 0.4 < found.share < 0.6
    assert reach(PAPERS, {"drafting": stays(1, 1, 1, 1, 1, then="dropped")}, "drafting", 0, HEARD, seed=3) is None


def test_too_little_is_said_with_the_state() -> None:
    assert reach(PAPERS, {}, "drafting", 0, HEARD, seed=1) == TooLittle("drafting", 0)
    few = SURE | {"signing": stays(*[5] * (LEAST - 1), then="ready")}
    found = reach(PAPERS, few, "drafting", 0, HEARD, seed=1)
    assert found == TooLittle("signing", LEAST - 1)
    assert not found.is_outlasted


def test_a_rare_way_of_which_little_is_known_is_left_out() -> None:
    rare = SURE | {"drafting": [*stays(*[10] * 9, then="signing"), Stay(3, "paused")]}
    found = reach(PAPERS, rare, "drafting", 0, HEARD, seed=1)
    assert isinstance(found, Likely)
    assert (found.middle, found.share < 1) == (17, True)
    usual = SURE | {"drafting": [*stays(*[10] * 5, then="signing"), *stays(*[3] * 5, then="paused")]}
    assert reach(PAPERS, usual, "drafting", 0, HEARD, seed=1) == TooLittle("paused", 0)


def test_one_that_has_outlasted_all_before_is_not_guessed() -> None:
    found = reach(PAPERS, SURE, "drafting", 11, HEARD, seed=1)
    assert found == TooLittle("drafting", 5)
    assert found.is_outlasted


def test_ways_that_the_definition_no_longer_has_are_not_drawn() -> None:
    old = SURE | {"drafting": [*SURE["drafting"], *stays(1, 1, 1, 1, 1, then="ready"), Stay(0, "put_aside")]}
    assert reach(PAPERS, old, "drafting", 0, HEARD, seed=1) == Likely(17, 17, 17, 1.0)
    round_and_round = SURE | {"paused": stays(3, 3, 3, 3, 3, then="ready")}
    assert reach(PAPERS, round_and_round, "paused", 0, HEARD, seed=1) == Likely(5, 5, 5, 1.0)  # back to where it was
