"""The product's side of the bench: its own kinds of case, through the product's unchanged door.

Here belongs how the workload is said in the product's words: the nine roles are posts that people hold, a report is a
case with a row of `case_roles` for each part, a sign-off the step `sign` of one part, a history row an event. The facts
of a case stand in `product_tables`, what its steps write in `product_rules`, filling an inbox in `product_load`.

The product does more than the workload asks for, and does it here too: an event of its own when all have signed (not
counted as history), a reminder planned and cancelled with every state that is due (only those of the opening count).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.orm import Session

from commissioning import clock, policy
from commissioning.actors import Actor, load_actor
from commissioning.casework import NewCase, create, create_many, inbox, perform
from commissioning.casework.errors import Forbidden, NotFound, NotNow
from commissioning.casework.sets import insert_rows, insert_values, large_set, table_of
from commissioning.db import in_transaction, make_engine, reading, upgrade
from commissioning.models.cases import Case, Event, Occurrence, Task
from commissioning.models.people import Grant, Person, Post, PostHolding
from tests.bench import product_load, workload
from tests.bench.adapter import CaseId, Facts, InboxRow, Site, WrongRole, WrongState
from tests.bench.product_rules import PARTS, REPORT, RETURN, register
from tests.bench.product_tables import (
    BudgetRow,
    CaseFacts,
    MeasureRow,
    Recommendation,
    ReportBody,
    Return,
    SignOff,
    Unit,
)
from tests.bench.product_tables import Facts as FactTables
from tests.bench.workload import ReportForm, ReturnForm
from workflows.london import london_day

if TYPE_CHECKING:
    from tests.bench.bench import Bench

T = TypeVar("T")
LONG_AGO = date(2020, 1, 1)
POSTS = {role: number for number, role in enumerate(workload.ROLES, 1)}
"""The id of the post that stands for each role of the workload."""


class Counter:
    """Implements `adapter.StatementCount`."""

    def __init__(self) -> None:
        self.queries = self.trips = 0
        self._together: Any = None

    def sent(self, connection: Connection, _cursor: Any, sql: str, *_rest: Any) -> None:
        """A statement: a round trip, unless it travels with the one before."""
        together = getattr(connection.connection.driver_connection, "_pipeline", None)
        self.trips += together is None or together is not self._together
        self._together = together
        self.queries += not sql.startswith("PRAGMA")

    def ended(self, *_anything: Any) -> None:
        """BEGIN, COMMIT or ROLLBACK, which come through no cursor."""
        self.trips += 1


class Product:
    """Implements `adapter.System`."""

    name = "product"

    def connect(self, engine_url: str) -> None:
        """Open the database, whatever is in it."""
        register()
        self.engine: Engine = make_engine(engine_url.replace("postgresql://", "postgresql+psycopg://"))

    def prepare(self, engine_url: str, users: Sequence[workload.Person]) -> None:
        upgrade(engine_url.replace("postgresql://", "postgresql+psycopg://"))
        self.connect(engine_url)
        in_transaction(self.engine, _people, users)

    def close(self) -> None:
        self.engine.dispose()

    def _do(self, actor: int, command: Callable[..., T], *args: Any, now: datetime | None = None, **more: Any) -> T:
        """Run a command as the web edge does: the actor is read within the transaction."""
        try:
            done: T = in_transaction(self.engine, _as_actor, actor, command, *args, now=now or clock.now(), **more)
        except Forbidden as error:
            raise WrongRole(str(error)) from error
        except (NotFound, NotNow) as error:
            raise WrongState(str(error)) from error
        return done

    def _step(
        self,
        actor: int,
        case: CaseId,
        step: str,
        comment: str,
        fields: Mapping[str, Any] | None = None,
        part: int | None = None,
    ) -> None:
        self._do(actor, perform, int(case), step, reason=comment, fields=fields, part=part)

    # The report.

    def create(self, actor: int, form: ReportForm, comment: str) -> CaseId:
        return self._do(actor, create_report, form, comment)

    def submit(self, actor: int, report: CaseId, comment: str) -> None:
        self._step(actor, report, "submit", comment)

    def sign(self, actor: int, report: CaseId, kind: str, comment: str) -> None:
        self._step(actor, report, "sign", comment, part=PARTS[kind])

    def approve(self, actor: int, report: CaseId, comment: str) -> None:
        self._step(actor, report, "approve", comment)

    def agenda(self, actor: int, report: CaseId, comment: str) -> None:
        self._step(actor, report, "agenda", comment)

    def decide(self, actor: int, report: CaseId, outcomes: Sequence[str], comment: str) -> None:
        self._step(actor, report, "decide", comment, {f"outcome_{n}": outcome for n, outcome in enumerate(outcomes, 1)})

    def publish(self, actor: int, report: CaseId, comment: str) -> None:
        self._step(actor, report, "publish", comment)

    # The month.

    def add_units(self, units: Sequence[workload.Unit]) -> None:
        rows = [{"id": u.number, "name": u.name, "head_id": u.head, "lead_id": u.lead} for u in units]
        in_transaction(self.engine, insert_rows, Unit, rows)

    def open_month(self, actor: int, month: date, comment: str) -> int:
        # Reminders that would lie in the past are not planned: a month is opened on its first day.
        return self._do(actor, open_returns, month, comment, now=datetime.combine(month, time(9), UTC))

    def submit_return(self, actor: int, case: CaseId, form: ReturnForm, comment: str) -> None:
        fields = {
            "measures": [
                {"code": m.code, "target": m.target, "actual": m.actual, "rating": m.rating} for m in form.measures
            ],
            "budget_lines": [
                {"code": b.code, "budget": b.budget, "forecast": b.forecast, "actual": b.actual}
                for b in form.budget_lines
            ],
        }
        self._step(actor, case, "submit_return", comment, fields)

    def hold_meeting(self, actor: int, case: CaseId, held_on: date, notes: str, comment: str) -> None:
        self._step(actor, case, "hold_meeting", comment, {"held_on": held_on, "notes": notes})

    def sign_head(self, actor: int, case: CaseId, comment: str) -> None:
        self._step(actor, case, "sign_head", comment)

    def sign_lead(self, actor: int, case: CaseId, comment: str) -> None:
        self._step(actor, case, "sign_lead", comment)

    def returns_of(self, month: date) -> Sequence[CaseId]:
        with reading(self.engine) as session:
            return session.scalars(select(Return.case_id).where(Return.month == month).order_by(Return.unit_id)).all()

    # The inbox.

    def load_inbox(self, count: int) -> None:
        product_load.load(self.engine, count, POSTS)

    def inbox(self, user: int) -> Sequence[InboxRow]:
        now = clock.now()
        with reading(self.engine) as session:
            actor = load_actor(session, user, london_day(now))
            assert actor is not None
            rows = inbox.list_tasks(session, actor, workload.INBOX_LENGTH, now=now)
        return [InboxRow(row.case_id, row.title, row.state, row.step, row.due_on) for row in rows]

    # What can be read back.

    def facts(self, case_id: CaseId) -> Facts:
        with reading(self.engine) as session:
            state = session.scalars(select(Case.state).where(Case.id == case_id)).first()
            if state is None:
                raise WrongState(f"there is no report or return {case_id}")

            def count(model: type[CaseFacts] | type[Occurrence], *where: Any) -> int:
                statement = select(func.count()).select_from(model).where(model.case_id == case_id, *where)
                return session.execute(statement).scalar_one()

            by_people = select(func.count()).where(Event.case_id == case_id, Event.actor_id.is_not(None))
            tasks = select(Task.role, Task.person_id).where(Task.case_id == case_id, Task.closed_at.is_(None))
            outcomes = select(Recommendation.outcome).where(Recommendation.case_id == case_id)
            return Facts(
                state=state,
                history=session.execute(by_people).scalar_one(),
                open_tasks=tuple((r.role, r.person_id) for r in session.execute(tasks.order_by(Task.role))),
                recommendations=tuple(session.scalars(outcomes.order_by(Recommendation.number))),
                signatures=count(SignOff, SignOff.signed_by_id.is_not(None)),
                measures=count(MeasureRow),
                budget_lines=count(BudgetRow),
                reminders=count(Occurrence, Occurrence.visit == 1),
            )

    def count_cases(self) -> int:
        with reading(self.engine) as session:
            return session.execute(select(func.count()).select_from(Case)).scalar_one()

    @contextmanager
    def counting(self) -> Iterator[Counter]:
        counter = Counter()

        told = {"before_cursor_execute": counter.sent}
        told |= dict.fromkeys(("begin", "commit", "rollback"), counter.ended)
        for name, tell in told.items():
            event.listen(self.engine, name, tell)
        try:
            yield counter
        finally:
            for name, tell in told.items():
                event.remove(self.engine, name, tell)


def _people(session: Session, users: Sequence[workload.Person]) -> None:
    FactTables.metadata.create_all(session.connection())
    day: dict[str, Any] = {"from_on": LONG_AGO}
    insert_rows(session, Post, [{"id": number, "code": role, "name": role} for role, number in POSTS.items()])
    made_at = datetime.combine(LONG_AGO, time(), UTC)
    people = [
        {"id": u.number, "name": u.name, "email": f"{u.number}@example.org", "created_at": made_at} for u in users
    ]
    insert_rows(session, Person, people)
    held = [{"person_id": u.number, "post_id": POSTS[role], **day} for u in users for role in u.roles]
    insert_rows(session, PostHolding, held)
    grants = [{"person_id": u.number, "role": "officer", **day} for u in users if "author" in u.roles]
    insert_rows(session, Grant, grants)


def _as_actor(session: Session, person: int, command: Callable[..., T], *args: Any, now: datetime, **more: Any) -> T:
    actor = load_actor(session, person, london_day(now))
    if actor is None:
        raise NotFound
    return command(session, actor, *args, now=now, **more)


def create_report(
    session: Session, actor: Actor, form: ReportForm, comment: str, *, now: datetime, key: str | None = None
) -> int:
    """Make a report with its text and its recommendations."""
    if not policy.may_globally(actor, "reports.create"):
        raise Forbidden([])

    def facts(case_id: int) -> list[CaseFacts]:
        texts = enumerate(form.recommendations, 1)
        rows = [Recommendation(case_id=case_id, number=number, text=text) for number, text in texts]
        return [ReportBody(case_id=case_id, body=form.body), *rows]

    roles = [
        ("author", actor.person_id, None, None),
        *(("asked", None, POSTS[kind], part) for kind, part in PARTS.items()),
        *((role, None, POSTS[role], None) for role in ("sponsor", "clerk", "chair")),
    ]
    new = NewCase(REPORT, form.title, roles=roles, facts=facts, body={"reason": comment}, dates={"due_on": form.due_on})
    return create(session, actor, new, now=now, key=key)


def open_returns(session: Session, actor: Actor, month: date, comment: str, *, now: datetime) -> int:
    """Open the return of every unit for a month."""
    if POSTS["portfolio"] not in actor.post_ids:
        raise Forbidden([])
    units = session.execute(select(*table_of(Unit).c).order_by(Unit.id)).all()
    dates, body = {"due_on": workload.return_due_on(month)}, {"reason": comment}
    with large_set(session, len(units)):
        new = [
            NewCase(
                RETURN,
                f"Return of {unit.name}, {month}",
                roles=[("bu_head", unit.head_id, None, None), ("portfolio", unit.lead_id, None, None)],
                body=body,
                dates=dates,
            )
            for unit in units
        ]
        made = create_many(session, actor, new, now=now)
        rows = [(c.case.id, u.id, month) for c, u in zip(made, units, strict=True)]
        insert_values(session, Return, ("case_id", "unit_id", "month"), rows)
        return len(made)


def system() -> Product:
    """Return a new system."""
    return Product()


def site() -> Site:
    """Return the product's pages."""
    from tests.bench.product_web import ProductSite

    return ProductSite()


def _reminders(bench: Bench) -> None:
    from tests.bench.product_measures import reminders

    reminders(bench)


def _verification(bench: Bench) -> None:
    from tests.bench.product_measures import verification

    verification(bench)


def _opening(bench: Bench) -> None:
    from tests.bench.product_months import opening

    opening(bench)


def _grid(bench: Bench) -> None:
    from tests.bench.product_months import grid

    grid(bench)


MEASURES = {"units": _opening, "grid": _grid, "reminders": _reminders, "verification": _verification}
