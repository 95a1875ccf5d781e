"""What a system must offer so that the bench can run the workload on it.

Here stand the two protocols, `System` (steps called in this process) and `Site` (the same over
HTTP), and the values that pass through them. `handwritten` and `flask_handwritten` implement
them for the opponent; `tests.bench.product` does for the product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from tests.bench.workload import Person, ReportForm, ReturnForm, Unit

if TYPE_CHECKING:
    from tests.bench.web import Answer, Client, SignedIn

CaseId = int | str


class Refused(Exception):
    """A step was refused and left nothing behind."""


class WrongRole(Refused):
    """The acting person does not hold the role that the step asks for."""


class WrongState(Refused):
    """The thing is not in the state from which the step leads, or there is no such thing."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of an inbox."""

    case_id: CaseId
    title: str
    state: str
    what: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Facts:
    """What can be read back about a report or a return after a commit."""

    state: str
    history: int
    """How many history rows there are."""
    open_tasks: tuple[tuple[str, int | None], ...]
    """Role and person (None: anybody of that role) of every open task, in order of role."""
    recommendations: tuple[str | None, ...] = ()
    """The decision on each recommendation, by its number; None while there is none."""
    signatures: int = 0
    measures: int = 0
    budget_lines: int = 0
    reminders: int = 0
    """How many reminders were planned for it, whatever became of them."""


class StatementCount(Protocol):
    """What was sent while it was counting.

    A statement counts once however many rows it was sent with; BEGIN and COMMIT are no queries, but each of them is a
    round trip of its own. What travels together is one round trip. SQLite has none, so that nobody judges them there.
    """

    queries: int
    trips: int


class System(Protocol):
    """One way of doing the workload on one database.

    Every step is one transaction that is committed durably before the method returns. It is
    given ids and form values alone: who acts and which roles they hold is read from the
    database inside the step. A step that may not be taken raises `WrongRole` or `WrongState`
    and leaves nothing behind.
    """

    name: str

    # Around the workload, never timed.
    def prepare(self, engine_url: str, users: Sequence[Person]) -> None:
        """Connect to an empty database (sqlite:///path or postgresql://...), lay out tables, add people."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...

    def add_units(self, units: Sequence[Unit]) -> None:
        """Add business units."""
        ...

    def load_inbox(self, count: int) -> None:
        """Fill the empty database with the first `count` reports of `workload.inbox_reports`, in bulk."""
        ...

    def returns_of(self, month: date) -> Sequence[CaseId]:
        """Return the ids of a month's returns, ordered by the number of their unit."""
        ...

    def facts(self, case_id: CaseId) -> Facts:
        """Read back what is kept about a report or a return."""
        ...

    def count_cases(self) -> int:
        """Return how many reports and returns there are."""
        ...

    def counting(self) -> AbstractContextManager[StatementCount]:
        """Count the statements sent from here on, until the context is left."""
        ...

    # The report, nine steps.
    def create(self, actor: int, form: ReportForm, comment: str) -> CaseId: ...
    def submit(self, actor: int, report: CaseId, comment: str) -> None: ...
    def sign(self, actor: int, report: CaseId, kind: str, comment: str) -> None: ...
    def approve(self, actor: int, report: CaseId, comment: str) -> None: ...
    def agenda(self, actor: int, report: CaseId, comment: str) -> None: ...
    def decide(self, actor: int, report: CaseId, outcomes: Sequence[str], comment: str) -> None: ...
    def publish(self, actor: int, report: CaseId, comment: str) -> None: ...

    # The month.
    def open_month(self, actor: int, month: date, comment: str) -> int:
        """Open the return of every unit in one transaction; return how many were opened."""
        ...

    def submit_return(self, actor: int, case: CaseId, form: ReturnForm, comment: str) -> None: ...
    def hold_meeting(self, actor: int, case: CaseId, held_on: date, notes: str, comment: str) -> None: ...
    def sign_head(self, actor: int, case: CaseId, comment: str) -> None: ...
    def sign_lead(self, actor: int, case: CaseId, comment: str) -> None: ...

    # The inbox.
    def inbox(self, user: int) -> Sequence[InboxRow]:
        """Return the 20 most urgent open tasks that this person sees, earliest due date first."""
        ...


class Site(Protocol):
    """The same workload over HTTP: how to start the pages, sign in, and fill in the forms."""

    name: str
    target: str
    """What gunicorn serves, as `module:callable` or `module:factory()`."""

    def system(self) -> System:
        """Return the system that prepares the database which the pages will use."""
        ...

    def environment(self, engine_url: str) -> Mapping[str, str]:
        """Return the settings with which the pages are started."""
        ...

    def sign_in(self, client: Client, user: int) -> SignedIn:
        """Sign a person in; return their cookies and CSRF token."""
        ...

    def page(self, name: str, case_id: CaseId | None) -> str:
        """Return the path of a page: `inbox` (a person's first page), `report` or `list`."""
        ...

    def form(
        self, signed_in: SignedIn, step: str, case_id: CaseId | None, values: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        """Return path and fields of the form post that takes a step.

        `values` are `comment` always; for `create` title, body, due_on, recommendation-1 to -4;
        for `decide` outcome-1 to -4.
        """
        ...

    def created(self, answer: Answer) -> CaseId:
        """Return the id of the report whose creation was answered so."""
        ...
