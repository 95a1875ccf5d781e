"""What counts as spelling and layout, and what does not (product.md, "Sign-offs")."""

from __future__ import annotations

import pytest

from commissioning.reports.spelling import beyond_spelling

SLIPS = (
    ("The plan is aproved.", "The plan is approved."),
    ("teh plan", "the plan"),
    ("It costs £5 ,000 a year", "It costs £5,000  a year"),
    ("Families use the the service", "Families use the service"),
    ("a list: one; two", "A list:\n\n- one\n- two"),
    ("organization of services", "organisation of services"),
    ("Board agrees plan", "The Board agrees the plan"),
    ("See Appendix A", "See appendix A"),
)
SENSE = (
    ("The Board agrees the plan", "The Board does not agree the plan"),
    ("It costs £5,000", "It costs £6,000"),
    ("by 3 May", "by 4 May"),
    ("See Appendix A", "See Appendix B"),
    ("Children may attend", "Children must attend"),
    ("the north centre closes", "the south-west library closes"),
    ("The centre closes", "The centre closes after consultation with families"),
    ("We can’t do it", "We can do it"),
    ("Both homes close", "homes close"),
)


@pytest.mark.parametrize(("old", "new"), SLIPS)
def test_slips_are_corrected(old: str, new: str) -> None:
    assert beyond_spelling(old, new) == ""


@pytest.mark.parametrize(("old", "new"), SENSE)
def test_the_sense_is_not(old: str, new: str) -> None:
    assert beyond_spelling(old, new) != ""


def test_a_rewritten_paper_is_refused_without_comparing_it() -> None:
    old = " ".join(f"{'word' * (n % 7 + 1)}" for n in range(9000))
    assert "too much at once" in beyond_spelling(old, old.replace("word", "term"))
