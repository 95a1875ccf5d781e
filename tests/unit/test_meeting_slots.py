"""Standing slots: nobody in two meetings at once, unless a leader is named who sends somebody."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commissioning.monitoring.meeting_slots import LEADERS, WINDOW, Needs, Slot, allocate, further

FURTHER = further(WINDOW)
ROLES = ("head", "strategy_leader", "finance_leader")

BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast the machine is says nothing about slots."""


def unit(number: int, head: int, leader: int, finance: int, wish: Slot | None = None) -> Needs:
    people = {"head": frozenset({head}), "strategy_leader": frozenset({leader}), "finance_leader": frozenset({finance})}
    return Needs(number, people, wish)


people = st.sampled_from([frozenset(p) for p in ((), (1,), (2,), (3,), (4,), (5,), (6,), (1, 2), (2, 5), (3, 6))])
"""Few people, so that they hold several posts and clash."""
needs = st.lists(st.fixed_dictionaries(dict.fromkeys(ROLES, people)), max_size=12)
slots = st.builds(Slot, st.sampled_from(WINDOW), st.integers(0, 4))


@BUSY
@given(needs, st.integers(1, 2), st.dictionaries(slots, people, max_size=4), slots)
def test_nobody_is_in_two_places_and_every_clash_is_named(
    rows: list[dict[str, frozenset[int]]], times: int, taken: dict[Slot, frozenset[int]], wish: Slot
) -> None:
    units = [Needs(n, row, wish if n % 3 == 0 else None) for n, row in enumerate(rows)]
    there: dict[Slot, list[int]] = {slot: sorted(found) for slot, found in taken.items()}
    result = allocate(units, times, taken)
    assert [g.unit_id for g in result] == [u.unit_id for u in units]
    for needed, found in zip(units, result, strict=True):
        assert set(found.represented) <= set(LEADERS)
        if found.slot is None:
            continue
        assert found.slot.at < times
        assert found.slot.days in (*WINDOW, *FURTHER)
        coming = frozenset().union(*(p for role, p in needed.people.items() if role not in found.represented))
        there.setdefault(found.slot, []).extend(coming)
    for slot, who in there.items():
        assert len(who) == len(set(who)), slot


@BUSY
@given(needs, st.integers(1, 2))
def test_a_unit_is_left_out_only_when_its_head_is_taken_in_the_whole_window(
    rows: list[dict[str, frozenset[int]]], times: int
) -> None:
    units = [Needs(n, row) for n, row in enumerate(rows)]
    result = allocate(units, times)
    for needed, found in zip(units, result, strict=True):
        if found.slot is None:
            others = [u for u in units if u.unit_id != needed.unit_id and u.everybody & needed.people["head"]]
            assert len(others) >= len(WINDOW) * times


def test_one_finance_leader_has_twenty_two_units_in_the_window_spread_over_its_days() -> None:
    units = [unit(n, 100 + n, 10 + n % 5, 1) for n in range(22)]
    result = allocate(units, 12)
    found = [g.slot for g in result if g.slot is not None]
    assert len(set(found)) == 22
    assert not any(s.days not in WINDOW or g.represented for s, g in zip(found, result, strict=True))
    by_day = [sum(s.days == d for s in found) for d in WINDOW]
    assert max(by_day) - min(by_day) <= 1


def test_a_full_window_goes_outside_and_then_names_who_sends_somebody() -> None:
    in_window, further = len(WINDOW), len(FURTHER)
    units = [unit(n, 100 + n, 200 + n, 1) for n in range(in_window + further + 1)]
    result = allocate(units, 1)
    assert sum(g.slot is not None and g.slot.days not in WINDOW for g in result) == further
    assert [g.represented for g in result].count(("finance_leader",)) == 1


def test_somebody_with_two_posts_is_one_person_and_a_head_is_never_represented() -> None:
    units = [unit(n, 7, 20 + n, 40 + n) for n in range(len(WINDOW) + len(FURTHER) + 1)]
    result = allocate(units, 1)
    assert [g.slot for g in result].count(None) == 1
    both = allocate([unit(1, 5, 6, 7), unit(2, 8, 5, 9)], 1)
    assert both[0].slot != both[1].slot


def test_a_council_may_want_meetings_at_other_days() -> None:
    """Product.md: every number that is a local rule is a setting."""
    found = [
        g.slot.days for g in allocate([unit(n, 100 + n, 200 + n, 1) for n in range(4)], 1, window=range(2, 4)) if g.slot
    ]
    assert found == [2, 3, 4, 5]
    assert further(range(2, 4)) == (4, 5, 1, 6, 7), "no meeting before the return is due"


def test_last_years_slot_is_kept_where_it_is_free() -> None:
    wish = Slot(7, 2)
    result = allocate([unit(1, 1, 2, 3), unit(2, 4, 5, 6, wish), unit(3, 7, 8, 6, wish)], 3)
    assert result[1].slot == wish
    assert result[2].slot != wish
