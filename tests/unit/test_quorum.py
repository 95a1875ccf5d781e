"""Quorum expressions as data, and one person counted once."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.quorum import Need, Quorum, QuorumError, Signature, parse_quorum

CHAIR_OR_THREE = "2 of finance and 1 of legal, or the chair"


def signed(*roles: str) -> list[Signature]:
    """One signature for each word, by people 0, 1, 2, ...; a word names roles joined by "+"."""
    return [Signature(i, frozenset(word.split("+"))) for i, word in enumerate(roles)]


@pytest.mark.parametrize(
    ("signatures", "met"),
    [
        (signed(), False),
        (signed("finance", "finance"), False),
        (signed("finance", "finance", "legal"), True),
        (signed("legal", "finance", "finance", "hr"), True),
        (signed("finance", "legal", "legal"), False),
        (signed("chair"), True),
        (signed("hr"), False),
        (signed("finance+legal", "finance"), False),
        (signed("finance+legal", "finance", "finance"), True),
        (signed("finance+legal", "finance+legal", "finance+legal"), True),
    ],
)
def test_two_of_finance_and_one_of_legal_or_the_chair(signatures: list[Signature], met: bool) -> None:
    assert parse_quorum(CHAIR_OR_THREE).is_met(signatures) is met


def test_one_person_counts_once_however_often_they_sign() -> None:
    twice = [Signature(1, frozenset({"finance"})), Signature(1, frozenset({"finance", "legal"}))]
    assert not parse_quorum("2 of finance").is_met(twice)
    assert not parse_quorum("1 of finance and 1 of legal").is_met(twice)
    assert parse_quorum("1 of legal").is_met(twice)


def test_people_are_moved_to_the_place_where_they_are_needed() -> None:
    """The first person could take either place; only one of the two ways works."""
    assert parse_quorum("1 of legal and 1 of finance").is_met(signed("legal+finance", "legal"))
    assert parse_quorum("1 of a and 1 of b and 1 of c").is_met(signed("a+b", "a", "b+c"))


def test_all_asked_wants_every_place_answered_and_no_silence_counts() -> None:
    quorum = parse_quorum("all asked")
    answers = [Signature(1, frozenset(), part=10), Signature(2, frozenset(), part=11)]
    assert quorum.is_met(answers, asked=[10, 11])
    assert not quorum.is_met(answers[:1], asked=[10, 11])
    assert not quorum.is_met([Signature(1, frozenset(), part=None)], asked=[10])
    assert not parse_quorum("all asked and the chair").is_met(answers, asked=[10, 11])
    assert parse_quorum("all asked or the chair").is_met(signed("chair"), asked=[10, 11])


def test_a_role_called_asked_is_a_role_like_others() -> None:
    quorum = parse_quorum("2 of asked")
    assert quorum.roles() == {"asked"}
    assert not quorum.is_met(signed("asked"), asked=())
    assert quorum.is_met(signed("asked", "asked"))
    assert str(quorum.alternatives[0][0]) == "2 of asked"
    assert str(parse_quorum("all asked").alternatives[0][0]) == "all asked"


def test_the_parts_of_an_expression() -> None:
    assert parse_quorum(CHAIR_OR_THREE).alternatives == (
        (Need(2, "finance"), Need(1, "legal")),
        (Need(1, "chair"),),
    )
    assert parse_quorum(" 1 of finance2  or the x_y ").roles() == {"finance2", "x_y"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "finance",
        "2 finance",
        "-1 of finance",
        "2 of Finance",
        "all",
        "2 of finance and",
        "or the chair",
        "٢ of legal",
    ],
)
def test_what_cannot_be_read_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(QuorumError, match='expected "all asked", "N of ROLE" or "the ROLE"'):
        parse_quorum(text)


@pytest.mark.parametrize("text", ["0 of finance", "100 of finance", "99999999999 of finance"])
def test_a_number_out_of_bounds_is_refused(text: str) -> None:
    with pytest.raises(QuorumError, match="expected a number from 1 to 99"):
        parse_quorum(text)


def test_what_could_never_be_met_is_told() -> None:
    quorum = parse_quorum("2 of finance and 1 of finance, or the chair")
    assert quorum.largest_need({"finance": 3}) is None
    assert quorum.largest_need({"chair": 1}) is None
    assert (
        quorum.largest_need({"finance": 2})
        == "3 of finance is wanted but 2 may sign; 1 of chair is wanted but 0 may sign"
    )
    assert parse_quorum("all asked").largest_need({}) is None


def by_trying_all(quorum: Quorum, people: list[frozenset[str]]) -> bool:
    """Every way to seat distinct people on the places of every alternative."""
    for alternative in quorum.alternatives:
        places = [need.role for need in alternative for _ in range(need.count)]
        if any(
            all(place in roles for place, roles in zip(places, seated, strict=True))
            for seated in permutations(people, len(places))
        ):
            return True
    return False


ROLES = st.sampled_from(["a", "b", "c"])
NEEDS = st.builds(lambda n, role: f"{n} of {role}", st.integers(1, 2), ROLES)
EXPRESSIONS = st.lists(st.lists(NEEDS, min_size=1, max_size=3).map(" and ".join), min_size=1, max_size=2).map(
    ", or ".join
)


@given(EXPRESSIONS, st.lists(st.frozensets(ROLES), max_size=5))
def test_agrees_with_trying_all_seatings(text: str, people: list[frozenset[str]]) -> None:
    quorum = parse_quorum(text)
    signatures = [Signature(i, roles) for i, roles in enumerate(people)]
    assert quorum.is_met(signatures) is by_trying_all(quorum, people)


def test_a_need_names_from_one_to_ninety_nine_people_in_one_or_two_figures() -> None:
    assert [parse_quorum(f"{n} of finance").alternatives[0][0].count for n in (1, 10, 99)] == [1, 10, 99]
    for text in ("0 of finance", "100 of finance", "099 of finance"):
        with pytest.raises(QuorumError, match=f'found "{text}", expected a number from 1 to 99'):
            parse_quorum(text)
