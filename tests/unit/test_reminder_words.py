"""What reminders say, to the letter: who is told what, when it is or was due, and why they are told."""

from __future__ import annotations

from datetime import date

import pytest

from commissioning.models.cases import Case, Occurrence
from commissioning.reminders.words import due_words, family, for_escalation, for_holder, for_nobody, rule_words
from tests.unit.workflow_samples import paper

TODAY = date(2012, 5, 9)


def case(due_on: date | None = date(2012, 5, 11)) -> Case:
    return Case(reference="CR-1", title="A secret", safe_title="A paper", state="signing", due_on=due_on)


def occurrence(rule: str = "sign_due-2", to_role: str | None = None) -> Occurrence:
    return Occurrence(rule=rule, to_role=to_role, nominal_on=date(2012, 5, 8))


@pytest.mark.parametrize(
    ("due_on", "words"),
    [
        (None, "is waiting"),
        (date(2012, 5, 8), "was due on Tue 8 May 2012"),
        (TODAY, "is due today"),
        (date(2012, 5, 10), "is due on Thu 10 May 2012"),
    ],
)
def test_when_it_is_due_is_said_as_of_the_day_of_sending(due_on: date | None, words: str) -> None:
    assert due_words(due_on, TODAY) == words


@pytest.mark.parametrize(
    ("rule", "name", "when"),
    [
        ("sign_due-2", "sign due", "2 working days before the day on which"),
        ("sign_due-1", "sign due", "1 working day before the day on which"),
        ("sign_due+0", "sign due", "on the day on which"),
        ("late", "late", "on the day on which"),
        ("late+1", "late", "1 working day after the day on which"),
        ("late+10", "late", "10 working days after the day on which"),
    ],
)
def test_why_somebody_is_told_names_the_rule_and_its_day(rule: str, name: str, when: str) -> None:
    words = rule_words(occurrence(rule))
    assert words == f"The rule “{name}” tells it {when} it is due; this one was planned for Tue 8 May 2012."
    assert family(rule).replace("_", " ") == name


def test_whoever_it_is_asked_of_is_told_what_and_as_whom() -> None:
    words = for_holder(case(), paper(), occurrence(), ["sign", "pause"], "Head of Law", TODAY)
    assert words.subject == "“Sign or Pause” is due on Fri 11 May 2012: A paper"
    assert words.text == (
        "“Sign or Pause” is due on Fri 11 May 2012.\n"
        "It is about A paper (CR-1), which is in clearance and waits for you, as Head of Law."
    )
    assert words.why == f"This is asked of you, as Head of Law. {rule_words(occurrence())}"
    named = for_holder(case(), paper(), occurrence(), ["sign"], "", TODAY)
    assert named.text.endswith("waits for you.")
    assert named.why.startswith("This is asked of you. ")


def test_an_escalation_says_that_it_is_late_and_whom_it_waits_for() -> None:
    words = for_escalation(case(date(2012, 5, 8)), paper(), occurrence("late+1", "head_clerk"), "Ann, Ben", TODAY)
    assert words.subject == "Late: A paper was due on Tue 8 May 2012"
    assert words.text == "A paper (CR-1) is still in clearance; it was due on Tue 8 May 2012. It waits for Ann, Ben."
    assert words.why == f"You are its head clerk. {rule_words(occurrence('late+1'))}"
    assert for_escalation(case(None), paper(), occurrence(), "", TODAY).text.endswith("it is waiting.")
    assert for_escalation(case(None), paper(), occurrence(), "", TODAY).why.startswith("You are its . ")


def test_administrators_are_told_when_nobody_could_be() -> None:
    words = for_nobody(case(), paper(), occurrence(), "Head of Law")
    assert words.subject == "Nobody could be reminded: A paper"
    assert words.text == (
        "A paper (CR-1) is in clearance and waits for Head of Law, where nobody with an open account can be found. "
        "Name somebody, or it will stay."
    )
    assert words.why == f"You are an administrator, and a reminder found nobody. {rule_words(occurrence())}"
