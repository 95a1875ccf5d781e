"""Reminder rules in sentences, to the letter: when a state is due, on which days, whom, in which order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commissioning.reminders.rule_words import DUE, NoDays, days_words, due_words, read_days, sentence, typed_days, whom
from tests.unit.workflow_samples import paper
from workflows.definition import Due, Reminder
from workflows.loading import DEFINITIONS, load_directory


def test_every_day_that_a_definition_counts_from_has_words_and_no_other() -> None:
    counted = {s.due.after for one in load_directory(DEFINITIONS) for s in one.states.values() if s.due is not None}
    assert counted - {"entered"} == set(DUE)


@pytest.mark.parametrize(
    ("after", "days", "words"),
    [
        ("entered", 0, "When it gets there"),
        ("entered", 1, "1 working day after it gets there"),
        ("papers_close_on", -2, "2 working days before papers close"),
        ("papers_close_on", -1, "1 working day before papers close"),
        ("papers_close_on", 0, "When papers close"),
        ("moon_is_full", 3, "3 working days after moon is full"),
    ],
)
def test_when_a_state_is_due(after: str, days: int, words: str) -> None:
    state = replace(paper().states["signing"], due=Due(after=after, working_days=days))
    assert due_words(state) == words
    assert due_words(paper().states["heard"]) == "Never due"


@pytest.mark.parametrize(
    ("days", "words", "typed"),
    [
        ((0,), "on the day", "on the day"),
        ((0, 1), "on the day, 1 working day after", "on the day, 1 after"),
        ((-1, 0), "1 working day before, on the day", "1 before, on the day"),
        ((2, -3, 0, 1, -9), "9 and 3 working days before, on the day, 1 and 2 working days after",
         "9 before, 3 before, on the day, 1 after, 2 after"),
        ((1, 6, 11), "1, 6 and 11 working days after", "1 after, 6 after, 11 after"),
    ],
)  # fmt: skip
def test_days_in_words_and_as_they_are_typed(days: tuple[int, ...], words: str, typed: str) -> None:
    assert days_words(days) == words
    assert typed_days(days) == typed
    assert read_days(typed, None) == tuple(sorted(days))


def test_whoever_is_asked_comes_first_and_then_to_whom_it_goes_up() -> None:
    state = paper().states["drafting"]
    late, soon, due = (Reminder(name="x", days=d, to=to) for d, to in (((1, 2), "chair"), ((0,), "boss"), ((3,), None)))
    assert whom(due, state) == "Author"
    assert whom(soon, state) == "boss"
    said = "3 working days after: Author; then on the day: boss; then 1 and 2 working days after: "
    assert sentence([late, soon, due], state) == said + whom(late, state)
    assert sentence([soon], state) == "On the day: boss"
    nobody = replace(state, asks=())
    assert whom(due, nobody) == "who holds it"


@pytest.mark.parametrize(
    ("text", "most", "days"),
    [
        ("-5, −4, +3", None, (-5, -4, 3)),
        ("1 day before, 1 day after, on the day", None, (-1, 0, 1)),
        ("1 working day before and the day and +0, -0", None, (-1, 0)),
        ("2 AFTER,  1   after, 2 after", None, (1, 2)),
        ("1 after, then every 2 working days after", 3, (1, 3, 5)),
        ("1 after, every day", 2, (1, 2)),
        ("1 after, every working day", 2, (1, 2)),
        ("1 after, daily", 1, (1,)),
        ("1 after, every 1", 99, tuple(range(1, 21))),
        (", ".join(f"{n} after" for n in range(1, 21)), None, tuple(range(1, 21))),
        ("1234567 after", None, (12345,)),
        ("1234567 before", None, (-12345,)),
        ("1 after, every 123456", 2, (1, 1235)),
    ],
)
def test_days_typed_in_other_ways(text: str, most: int | None, days: tuple[int, ...]) -> None:
    assert read_days(text, most) == days


@pytest.mark.parametrize(
    ("text", "most", "why"),
    [
        (", ".join(f"{n} after" for n in range(1, 22)), None, "There are 21 days, but at most 20 are wanted"),
        ("1 after, 2 after", 1, "There are 2 days, but at most 1 are wanted"),
        ("", None, "Enter at least one day, such as 5 before, on the day, 1 after"),
        ("12345678901 ", None, "Say whether 1234567890 is before or after, such as 1234567890 before"),
        ("x" * 41, None, f"“{'x' * 40}” is no day: enter days such as 5 before, on the day, 1 after"),
    ],
)
def test_what_is_wrong_with_the_days_is_said(text: str, most: int | None, why: str) -> None:
    with pytest.raises(NoDays) as refused:
        read_days(text, most)
    assert str(refused.value) == why
