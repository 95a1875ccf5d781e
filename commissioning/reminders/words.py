"""What a reminder says. Never a secret: the safe title alone, codes only through the definition's labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from commissioning.models.cases import Case, Occurrence
from workflows.definition import Workflow

_OFFSET = re.compile(r"[+-]\d+$")


@dataclass(frozen=True, slots=True)
class Words:
    """Subject, text, and the answer to "why did I get this?"."""

    subject: str
    text: str
    why: str


def family(rule: str) -> str:
    """The rule without its offset: `fetch_due-5` and `fetch_due+0` are of one family."""
    return _OFFSET.sub("", rule)


def day(on: date) -> str:
    """`Wed 9 May 2012`."""
    return f"{on:%a} {on.day} {on:%b %Y}"


def due_words(due_on: date | None, today: date) -> str:
    """`is due on ...`, `is due today`, `was due on ...`: as it is on the day of sending, not of planning."""
    if due_on is None:
        return "is waiting"
    if due_on == today:
        return "is due today"
    return f"is due on {day(due_on)}" if due_on > today else f"was due on {day(due_on)}"


def rule_words(occurrence: Occurrence) -> str:
    """Which rule tells this, and which of its days: the answer to "why did I get this?"."""
    found = _OFFSET.search(occurrence.rule)
    offset = int(found.group()) if found else 0
    days = f"{abs(offset)} working day{'' if abs(offset) == 1 else 's'}"
    when = f"{days} {'before' if offset < 0 else 'after'} the day on which" if offset else "on the day on which"
    name = family(occurrence.rule).replace("_", " ")
    return f"The rule “{name}” tells it {when} it is due; this one was planned for {day(occurrence.nominal_on)}."


def for_holder(
    case: Case, workflow: Workflow, occurrence: Occurrence, steps: list[str], as_post: str, today: date
) -> Words:
    """To whom the work is asked of."""
    what = " or ".join(workflow.steps[s].label for s in steps)
    when = due_words(case.due_on, today)
    role = f", as {as_post}" if as_post else ""
    return Words(
        f"“{what}” {when}: {case.safe_title}",
        f"“{what}” {when}.\nIt is about {case.safe_title} ({case.reference}), which is "
        f"{workflow.states[case.state].label.lower()} and waits for you{role}.",
        f"This is asked of you{role}. {rule_words(occurrence)}",
    )


def for_escalation(case: Case, workflow: Workflow, occurrence: Occurrence, holders: str, today: date) -> Words:
    """To whom a rule turns when it has waited too long."""
    state = workflow.states[case.state].label
    when = due_words(case.due_on, today)
    role = (occurrence.to_role or "").replace("_", " ")
    waits = f" It waits for {holders}." if holders else ""
    return Words(
        f"Late: {case.safe_title} {when}",
        f"{case.safe_title} ({case.reference}) is still {state.lower()}; it {when}.{waits}",
        f"You are its {role}. {rule_words(occurrence)}",
    )


def for_nobody(case: Case, workflow: Workflow, occurrence: Occurrence, asked: str) -> Words:
    """To administrators, when whoever should be told is not there."""
    return Words(
        f"Nobody could be reminded: {case.safe_title}",
        f"{case.safe_title} ({case.reference}) is {workflow.states[case.state].label.lower()} and waits for "
        f"{asked}, where nobody with an open account can be found. Name somebody, or it will stay.",
        f"You are an administrator, and a reminder found nobody. {rule_words(occurrence)}",
    )
