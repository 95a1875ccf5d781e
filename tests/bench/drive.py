"""Runs the workload on a system, step by step, and looks whether its facts can be read back.

Here belongs the order of the steps and what must stand in the database after them; timing
belongs to the measures, the steps themselves to the systems.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from tests.bench import workload
from tests.bench.adapter import CaseId, System
from tests.bench.workload import ReportForm, ReturnForm, Unit


class WrongFacts(Exception):
    """A system answered, but what must be in its database is not there."""


def report_steps(system: System, number: int) -> list[Callable[[CaseId], None]]:
    """Return the eight steps that follow `create` for report `number`, the sign-offs in turning order."""
    who = workload.cast(number)
    say = {step.name: workload.comment(number, step.name) for step in workload.REPORT_STEPS}
    kinds = [workload.SIGN_OFFS[(number + turn) % 3] for turn in range(3)]

    def sign(kind: str) -> Callable[[CaseId], None]:
        return lambda case: system.sign(who[kind], case, kind, say[f"sign_{kind}"])

    return [
        lambda case: system.submit(who["author"], case, say["submit"]),
        *map(sign, kinds),
        lambda case: system.approve(who["sponsor"], case, say["approve"]),
        lambda case: system.agenda(who["clerk"], case, say["agenda"]),
        lambda case: system.decide(who["chair"], case, workload.outcomes(number), say["decide"]),
        lambda case: system.publish(who["clerk"], case, say["publish"]),
    ]


def creation(system: System, number: int) -> Callable[[], CaseId]:
    """Return the first step of report `number`, with its form ready."""
    form: ReportForm = workload.report_form(number)
    author = workload.cast(number)["author"]
    return partial(system.create, author, form, workload.comment(number, "create"))


def whole_report(system: System, number: int) -> CaseId:
    """Take report `number` through its nine steps; return its id."""
    case = creation(system, number)()
    for step in report_steps(system, number):
        step(case)
    return case


def check_report(system: System, case: CaseId, number: int) -> None:
    """Raise `WrongFacts` unless the finished report `number` stands in the database as it must."""
    facts = system.facts(case)
    expected = {
        "state": (facts.state, "published"),
        "history": (facts.history, workload.HISTORY_OF_A_REPORT),
        "open tasks": (facts.open_tasks, ()),
        "decisions": (facts.recommendations, workload.outcomes(number)),
        "sign-offs": (facts.signatures, len(workload.SIGN_OFFS)),
    }
    _compare(f"{system.name}, report {number}", expected)


def return_steps(system: System, case: CaseId, unit: Unit) -> list[Callable[[], None]]:
    """Return the four steps of a unit's return, with their forms ready."""
    form: ReturnForm = workload.return_form(unit.number)
    say = {step.name: workload.comment(unit.number, step.name) for step in workload.RETURN_STEPS}
    held_on = workload.TODAY + timedelta(days=unit.number % 5)
    notes = workload.prose(unit.number % 64, 200)
    return [
        partial(system.submit_return, unit.head, case, form, say["submit_return"]),
        partial(system.hold_meeting, unit.lead, case, held_on, notes, say["hold_meeting"]),
        partial(system.sign_head, unit.head, case, say["sign_head"]),
        partial(system.sign_lead, unit.lead, case, say["sign_lead"]),
    ]


def check_opened(system: System, case: CaseId, unit: Unit) -> None:
    """Raise `WrongFacts` unless a return just opened stands in the database as it must."""
    facts = system.facts(case)
    expected = {
        "state": (facts.state, "open"),
        "history": (facts.history, 1),
        "open tasks": (facts.open_tasks, (("bu_head", unit.head),)),
        "reminders": (facts.reminders, len(workload.REMINDER_DAYS)),
    }
    _compare(f"{system.name}, return of unit {unit.number}", expected)


def check_return(system: System, case: CaseId, unit: Unit) -> None:
    """Raise `WrongFacts` unless a finished return stands in the database as it must."""
    facts = system.facts(case)
    expected = {
        "state": (facts.state, "signed_off"),
        "history": (facts.history, workload.HISTORY_OF_A_RETURN),
        "open tasks": (facts.open_tasks, ()),
        "signatures": (facts.signatures, 2),
        "measures": (facts.measures, 10),
        "budget lines": (facts.budget_lines, 5),
        "reminders": (facts.reminders, len(workload.REMINDER_DAYS)),
    }
    _compare(f"{system.name}, return of unit {unit.number}", expected)


def check_inbox(system: System, count: int, reader: int) -> None:
    """Raise `WrongFacts` unless the reader sees the 20 most urgent of `count` loaded reports."""
    shown = [row.due_on for row in system.inbox(reader)]
    expected = workload.expected_inbox(count, reader)
    _compare(f"{system.name}, inbox of person {reader}", {"due dates": (shown, expected)})


def _compare(where: str, expected: dict[str, tuple[object, object]]) -> None:
    wrong = [f"{what} is {is_}, not {must}" for what, (is_, must) in expected.items() if is_ != must]
    if wrong:
        raise WrongFacts(f"{where}: {'; '.join(wrong)}")
