"""The workload in data: who takes part, which steps there are, what a month and an inbox hold.

Deterministic and free of any database: the same number always gives the same report, unit or
task, in every process. What runs the workload stands in `drive`, what is timed in the measures.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

ROLES = ("author", "legal", "finance", "hr", "sponsor", "clerk", "chair", "bu_head", "portfolio")
SIGN_OFFS = ("legal", "finance", "hr")
OUTCOMES = ("accepted", "rejected", "deferred")
PEOPLE = 200
RATINGS = ("red", "amber", "green")
BODY_LENGTH = 4096
RECOMMENDATIONS = 4
RECOMMENDATION_LENGTH = 300
COMMENT_LENGTH = 60
HISTORY_OF_A_REPORT = 13
HISTORY_OF_A_RETURN = 5
INBOX_LENGTH = 20
TODAY = date(2026, 11, 23)
"""The day from which the due dates of the workload are counted; the machine's clock is not asked."""
TWO_YEARS = 730
REMINDER_DAYS = (-5, -2, 0, 1, 3)
"""Days from a return's due date on which its five reminders are planned."""

_WORDS = re.findall(
    r"\w+",
    "the board is asked to agree that care at home be commissioned from april with savings shown in "
    "annex a while officers report on quality cost risk and staffing each quarter to members of this "
    "council who may call for review of any contract where outcomes fall below what was promised",
)
_MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """Return 64 well-mixed bits that depend on the numbers alone."""
    value = 0x9E3779B97F4A7C15
    for number in numbers:
        value = ((value ^ number) * 0xBF58476D1CE4E5B9) & _MASK
        value ^= value >> 31
    return value


@lru_cache(maxsize=4096)
def prose(seed: int, length: int) -> str:
    """Return exactly `length` characters of plain words."""
    parts: list[str] = []
    written = 0
    while written < length:
        word = _WORDS[mix(seed, len(parts)) % len(_WORDS)]
        parts.append(word)
        written += len(word) + 1
    return " ".join(parts)[: length - 1].rstrip().ljust(length, ".")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part: number 1 to 200, a name and two roles."""

    number: int
    name: str
    roles: tuple[str, str]


def _person(number: int) -> Person:
    first = (number - 1) % 9
    second = (first + 1 + (number - 1) // 9 % 8) % 9
    return Person(number, f"Person {number}", (ROLES[first], ROLES[second]))


PERSONS = tuple(_person(number) for number in range(1, PEOPLE + 1))
HOLDERS = {role: tuple(p.number for p in PERSONS if role in p.roles) for role in ROLES}
INBOX_READER = next(p.number for p in PERSONS if set(p.roles) == {"finance", "sponsor"})


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the report: who may take it, and from which state to which.

    A sign-off names the state that it leaves while others are outstanding; the last one moves
    the report to `signed_off`.
    """

    name: str
    role: str
    source: str
    target: str


REPORT_STEPS = (
    Step("create", "author", "", "draft"),
    Step("submit", "author", "draft", "submitted"),
    Step("sign_legal", "legal", "submitted", "submitted"),
    Step("sign_finance", "finance", "submitted", "submitted"),
    Step("sign_hr", "hr", "submitted", "submitted"),
    Step("approve", "sponsor", "signed_off", "approved"),
    Step("agenda", "clerk", "approved", "on_agenda"),
    Step("decide", "chair", "on_agenda", "decided"),
    Step("publish", "clerk", "decided", "published"),
)
RETURN_STEPS = (
    Step("open", "portfolio", "", "open"),
    Step("submit_return", "bu_head", "open", "submitted"),
    Step("hold_meeting", "portfolio", "submitted", "met"),
    Step("sign_head", "bu_head", "met", "head_signed"),
    Step("sign_lead", "portfolio", "head_signed", "signed_off"),
)
ASKED_IN = {
    "draft": ("author", "submit"),
    "signed_off": ("sponsor", "approve"),
    "approved": ("clerk", "agenda"),
    "on_agenda": ("chair", "decide"),
    "decided": ("clerk", "publish"),
}
"""Whom a report in a state waits for, and for what; a submitted one waits for its sign-offs."""


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What an author types to create a report."""

    title: str
    body: str
    due_on: date
    recommendations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One measure of a return; values in tenths of whatever the measure counts."""

    code: str
    target: int
    actual: int
    rating: str


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One budget line of a return, in pence."""

    code: str
    budget: int
    forecast: int
    actual: int


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """What a unit's head types to submit a return: 10 measures and 5 budget lines."""

    measures: tuple[MeasureLine, ...]
    budget_lines: tuple[BudgetLine, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A business unit with the numbers of its head and of its portfolio lead, never one person."""

    number: int
    name: str
    head: int
    lead: int


def report_form(number: int) -> ReportForm:
    """Return the form of report `number`."""
    return ReportForm(
        title=f"Report {number}: {prose(number % 64, 40)}",
        body=prose(1000 + number % 64, BODY_LENGTH),
        due_on=TODAY + timedelta(days=1 + mix(number) % TWO_YEARS),
        recommendations=tuple(
            prose(2000 + number % 64 * RECOMMENDATIONS + index, RECOMMENDATION_LENGTH)
            for index in range(RECOMMENDATIONS)
        ),
    )


def outcomes(number: int) -> tuple[str, ...]:
    """Return the decision on each recommendation of report `number`."""
    return tuple(OUTCOMES[mix(number, index) % len(OUTCOMES)] for index in range(RECOMMENDATIONS))


def comment(number: int, step: str) -> str:
    """Return the 60 characters that somebody writes with a step."""
    return prose(len(step) * 64 + number % 64, COMMENT_LENGTH)


def cast(number: int) -> dict[str, int]:
    """Return who acts in which role on report `number`: no person in two roles."""
    chosen: dict[str, int] = {}
    for position, role in enumerate(ROLES[:7]):
        holders = HOLDERS[role]
        start = mix(number, position)
        chosen[role] = next(
            who
            for who in (holders[(start + turn) % len(holders)] for turn in range(len(holders)))
            if who not in chosen.values()
        )
    return chosen


def units(count: int) -> Sequence[Unit]:
    """Return the first `count` business units."""
    heads, leads = HOLDERS["bu_head"], HOLDERS["portfolio"]
    made = []
    for number in range(1, count + 1):
        head = heads[number % len(heads)]
        lead = next(who for who in (leads[(number + t) % len(leads)] for t in range(3)) if who != head)
        made.append(Unit(number, f"Unit {number}", head, lead))
    return made


def month(number: int) -> date:
    """Return the first day of the `number`th month of the workload, counted from 0."""
    return date(2026 + number // 12, number % 12 + 1, 1)


def return_due_on(first: date) -> date:
    """Return when the returns of a month are due."""
    return first + timedelta(days=11)


def return_form(number: int) -> ReturnForm:
    """Return what the head of unit `number` reports."""
    return ReturnForm(
        measures=tuple(
            MeasureLine(f"M{i:02}", 950, mix(number, i) % 1000, RATINGS[mix(i, number) % 3]) for i in range(1, 11)
        ),
        budget_lines=tuple(
            BudgetLine(f"B{i:02}", 1_000_000 * i, 990_000 * i, mix(number, i) % (1_000_000 * i)) for i in range(1, 6)
        ),
    )


@dataclass(frozen=True, slots=True)
class InboxTask:
    """An open task: of a role, and of one person of that role where `person` is set."""

    role: str
    person: int | None
    what: str


@dataclass(frozen=True, slots=True)
class InboxReport:
    """A report of the inbox measure; it has no body, only what a list shows."""

    number: int
    title: str
    state: str
    due_on: date
    tasks: tuple[InboxTask, ...]


def _inbox_task(number: int, role: str, what: str) -> InboxTask:
    draw = mix(number, ROLES.index(role), 7)
    holders = HOLDERS[role]
    return InboxTask(role, holders[draw // 10 % len(holders)] if draw % 10 < 3 else None, what)


_INBOX_STATES = ("published",) * 4 + ("draft", "submitted", "signed_off", "approved", "on_agenda", "decided")


def inbox_report(number: int) -> InboxReport:
    """Return the `number`th report (from 1): 40 % published, 10 % in each of six open states."""
    state = _INBOX_STATES[number % 10]
    days = 1 + mix(number, 3) % TWO_YEARS
    if state == "published":
        tasks: tuple[InboxTask, ...] = ()
        days = -days
    elif state == "submitted":
        outstanding, first = number // 10 % 3 + 1, number // 30 % 3
        kinds = [SIGN_OFFS[(first + turn) % 3] for turn in range(outstanding)]
        tasks = tuple(_inbox_task(number, kind, f"sign_{kind}") for kind in kinds)
    else:
        tasks = (_inbox_task(number, *ASKED_IN[state]),)
    return InboxReport(number, f"Report {number}", state, TODAY + timedelta(days=days), tasks)


def inbox_reports(count: int) -> Iterator[InboxReport]:
    """Yield the first `count` reports of the inbox measure."""
    return map(inbox_report, range(1, count + 1))


def expected_inbox(count: int, reader: int) -> list[date]:
    """Return the due dates that the reader's inbox of 20 must show among `count` reports.

    Worked out from the workload alone, so that a system that shows the wrong rows quickly is
    not taken for a fast one.
    """
    roles = set(PERSONS[reader - 1].roles)
    return heapq.nsmallest(
        INBOX_LENGTH,
        (
            report.due_on
            for report in inbox_reports(count)
            for task in report.tasks
            if task.role in roles and task.person in (None, reader)
        ),
    )
