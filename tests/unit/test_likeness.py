"""Names that seem to mean the same work: planted pairs are found, and what only shares a common word is not."""

from __future__ import annotations

import pytest

from commissioning.units.likeness import find_pairs, words_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Finance Services", "Finance Unit"),
        ("Finance Services (inc student finance)", "Finance Unit"),
        ("Knowledge Management", "Knowledge Management"),
        ("School Improvement (non core)", "School Improvement"),
        ("CiC", "Children in Care Manager"),
        ("Student Finance", "Finance"),
        ("Workforce Developement", "Workforce Development"),
        ("Arts & Music", "Music and the Arts"),
    ],
)
def test_planted_pairs_are_found(one: str, other: str) -> None:
    assert [(p.one, p.other) for p in find_pairs({7: one, 9: other, 11: "Outdoor Education"})] == [(7, 9)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Learning Support", "Behaviour Support"),
        ("SS Area 1", "SS Area 2"),
        ("Early Years", "Youth Work"),
        ("Children in Care", "Children’s Centres"),
        ("Enabler Prevention", "Enabler Early Years"),
        ("Attendance", "Connexions"),
        ("School Improvement", "School Transport"),
    ],
)
def test_a_common_word_alone_is_no_suspicion(one: str, other: str) -> None:
    assert find_pairs({1: one, 2: other}) == []


def test_a_name_of_common_words_keeps_them() -> None:
    """Nothing but words of every unit: they are all that there is to compare."""
    assert words_of("Business Support") == {"business", "support"}
    assert find_pairs({1: "Business Support", 2: "Enabler Business Support"})
    assert find_pairs({1: "", 2: "Finance"}) == []
