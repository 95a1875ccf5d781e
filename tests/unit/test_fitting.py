"""Whether a case fits another version of its definition: each way in which it may not, and that nothing else counts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.workflow_samples import PAPER
from workflows.definition import Workflow
from workflows.fitting import misfits
from workflows.loading import load_text


def other(*changes: tuple[str, str]) -> Workflow:
    """Version 2 of the paper, edited."""
    text = PAPER.replace("version: 1", "version: 2")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return load_text(text, "paper.v2.yaml")


OLD = load_text(PAPER, "paper.v1.yaml")


@pytest.mark.parametrize("state", sorted(OLD.states))
def test_what_asks_and_reminds_and_who_may_is_no_matter(state: str) -> None:
    new = other(
        ("days: [-2, 0]", "days: [-9, 0]"),
        ("by: [author]", "by: [author, boss]"),
        ("after: draft_on", "after: entered"),
    )
    assert misfits(OLD, new, state, "drafting") == []


def test_a_state_that_is_gone() -> None:
    new = other(("ready", "with_boss"))
    assert misfits(OLD, new, "ready", "signing") == ["It is With the boss (ready), a state that paper.v2 does not have"]
    assert misfits(OLD, new, "signing", "drafting") == []


def test_a_state_that_would_end_it_or_no_longer_does() -> None:
    new = other(("{label: Dropped, final: true}", "{label: Dropped, standing: paper.resume}"))
    assert misfits(OLD, new, "dropped", None) == ["Dropped ends a case in paper.v1 and does not in paper.v2"]
    assert misfits(new, OLD, "dropped", None) == ["Dropped ends a case in paper.v1 and does not in paper.v2"]


def test_nobody_else_comes_to_see_it() -> None:
    new = other(("    label: With the boss\n", "    label: With the boss\n    exposure: published\n"))
    (why,) = misfits(OLD, new, "ready", None)
    assert why == "With the boss is draft in paper.v1 and published in paper.v2: others would see it"


def test_the_state_that_it_goes_back_to_is_gone() -> None:
    new = other(
        ("  heard:", "  listened_to:"), ("to: heard", "to: listened_to"), ("from: [heard]", "from: [listened_to]")
    )
    assert misfits(OLD, new, "paused", "drafting") == []
    assert misfits(OLD, new, "paused", "heard") == [
        "It goes back from Paused to heard, a state that paper.v2 does not have"
    ]


def test_signatures_that_are_being_given() -> None:
    new = other(("quorum: 2 of officer, or the chair", "quorum: 3 of officer, or the chair"))
    (why,) = misfits(OLD, new, "signing", None)
    assert why == "Signatures that paper.v1 asks for are being given, and paper.v2 asks for others"
    assert misfits(OLD, new, "drafting", None) == []


@pytest.mark.parametrize(
    "change",
    [
        {"step": "pause"},
        {"outcomes": {"support": "blocks"}},
        {"when_complete": "pause"},
        {"order": "in_order"},
        {"excludes": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_signatures_count_for_all_that_a_sign_off_says(change: dict[str, Any]) -> None:
    """A signature given under other rules, for another step or towards another outcome is not the same signature."""
    ((name, asked),) = OLD.sign_offs.items()
    assert getattr(asked, next(iter(change))) != next(iter(change.values()))
    new = replace(other(), sign_offs={name: replace(asked, **change)})
    (why,) = misfits(OLD, new, "signing", None)
    assert why.startswith("Signatures that paper.v1 asks for")
