"""The opponent: the workload by hand-written SQL, one statement a round trip.

Each step reads the acting person's roles from the database, checks role and state, writes the
new state, a history row and the tasks of whoever is next, and commits durably, or leaves nothing
behind. The statements stand in `handwritten_sql`, the engines in `connections`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, cast

from tests.bench import handwritten_sql as sql
from tests.bench import workload
from tests.bench.adapter import CaseId, Facts, InboxRow, WrongRole, WrongState
from tests.bench.connections import Connection, Counting, connect
from tests.bench.workload import Person, ReportForm, ReturnForm, Unit


class _Transaction:
    """BEGIN to COMMIT, or ROLLBACK when anything was raised between."""

    __slots__ = ("_system",)

    def __init__(self, system: Handwritten) -> None:
        self._system = system

    def __enter__(self) -> None:
        self._system.run(self._system.sql.begin)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._system.run(self._system.sql.rollback if kind else self._system.sql.commit)


class Handwritten:
    """Implements `adapter.System`."""

    name = "hand-written"

    def connect(self, engine_url: str) -> None:
        """Open the database, whatever is in it."""
        self._connection: Connection = connect(engine_url)
        self.run = self._connection.run
        self.sql = sql.statements_for(self._connection.engine)
        self._transaction = _Transaction(self)
        self._inbox_by_user = sql.inbox_by_user()
        self._inbox_by_roles = {count: sql.inbox_by_roles(count) for count in range(1, 10)}

    def prepare(self, engine_url: str, users: Sequence[Person]) -> None:
        self.connect(engine_url)
        for statement in (*sql.TABLES, *sql.INDEXES):
            self.run(sql.in_words_of(self._connection.engine, statement))
        with self._transaction:
            self._connection.load("users", ("id", "name"), [(u.number, u.name) for u in users])
            rows = [(user.number, role) for user in users for role in user.roles]
            self._connection.load("user_roles", ("user_id", "role"), rows)

    def close(self) -> None:
        self._connection.close()

    # The parts of a step.

    def _check_role(self, actor: int, role: str) -> None:
        if role not in [row[1] for row in self.run(self.sql.roles, (actor,)).fetchall()]:
            raise WrongRole(f"person {actor} is not {role}")

    def _move(self, case: CaseId, source: str, target: str) -> object:
        row = self.run(self.sql.move, (target, case, source, "report")).fetchone()
        if row is None:
            raise WrongState(f"report {case} is not {source}")
        return row[0]

    def _record(self, case: CaseId, actor: int, what: str, source: str | None, target: str, *, comment: str) -> None:
        self.run(self.sql.history, (case, actor, self._connection.now(), what, source, target, comment))

    def _hand_over(self, case: CaseId, role: str, person: int | None, what: str, due_on: object) -> None:
        self.run(self.sql.close_tasks, (self._connection.now(), case))
        self.run(self.sql.open_task, (case, role, person, what, due_on))

    # The report.

    def create(self, actor: int, form: ReportForm, comment: str) -> CaseId:
        due_on = self._connection.day(form.due_on)
        with self._transaction:
            self._check_role(actor, "author")
            case: int = self.run(self.sql.new_report, (form.title, due_on)).fetchone()[0]
            self.run(self.sql.new_body, (case, form.body))
            rows: list[object] = []
            for number, text in enumerate(form.recommendations, 1):
                rows += (case, number, text)
            self.run(self.sql.new_recommendations, rows)
            self._record(case, actor, "create", None, "draft", comment=comment)
            self.run(self.sql.open_task, (case, "author", actor, "submit", due_on))
        return case

    def submit(self, actor: int, report: CaseId, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "author")
            due_on = self._move(report, "draft", "submitted")
            self._record(report, actor, "submit", "draft", "submitted", comment=comment)
            self.run(self.sql.close_tasks, (self._connection.now(), report))
            asked: list[object] = []
            tasks: list[object] = []
            for kind in workload.SIGN_OFFS:
                asked += (report, kind)
                tasks += (report, kind, None, f"sign_{kind}", due_on)
            self.run(self.sql.ask_sign_offs, asked)
            self.run(self.sql.open_three_tasks, tasks)

    def sign(self, actor: int, report: CaseId, kind: str, comment: str) -> None:
        now = self._connection.now()
        with self._transaction:
            self._check_role(actor, kind)
            row = self.run(self.sql.lock_submitted, (report,)).fetchone()
            if row is None or self.run(self.sql.sign_off, (actor, now, report, kind)).rowcount != 1:
                raise WrongState(f"report {report} does not wait for {kind}")
            self.run(self.sql.close_task, (now, report, f"sign_{kind}"))
            target = "submitted"
            if self.run(self.sql.all_signed, (report,)).rowcount == 1:
                target = "signed_off"
                self.run(self.sql.open_task, (report, "sponsor", None, "approve", row[0]))
            self._record(report, actor, f"sign_{kind}", "submitted", target, comment=comment)

    def approve(self, actor: int, report: CaseId, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "sponsor")
            due_on = self._move(report, "signed_off", "approved")
            self._record(report, actor, "approve", "signed_off", "approved", comment=comment)
            self._hand_over(report, "clerk", None, "agenda", due_on)

    def agenda(self, actor: int, report: CaseId, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "clerk")
            due_on = self._move(report, "approved", "on_agenda")
            self._record(report, actor, "agenda", "approved", "on_agenda", comment=comment)
            self._hand_over(report, "chair", None, "decide", due_on)

    def decide(self, actor: int, report: CaseId, outcomes: Sequence[str], comment: str) -> None:
        now = self._connection.now()
        with self._transaction:
            self._check_role(actor, "chair")
            due_on = self._move(report, "on_agenda", "decided")
            if self.run(self.sql.decide, (*outcomes, report)).rowcount != len(outcomes):
                raise WrongState(f"report {report} has not {len(outcomes)} recommendations")
            rows: list[object] = [report, actor, now, "decide", "on_agenda", "decided", comment]
            for number, outcome in enumerate(outcomes, 1):
                rows += (report, actor, now, f"recommendation {number}", "asked", outcome, comment)
            self.run(self.sql.history_of_decision, rows)
            self._hand_over(report, "clerk", None, "publish", due_on)

    def publish(self, actor: int, report: CaseId, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "clerk")
            self._move(report, "decided", "published")
            self._record(report, actor, "publish", "decided", "published", comment=comment)
            self.run(self.sql.close_tasks, (self._connection.now(), report))

    # The month.

    def add_units(self, units: Sequence[Unit]) -> None:
        with self._transaction:
            rows = [(u.number, u.name, u.head, u.lead) for u in units]
            self._connection.load("business_units", ("id", "name", "head_id", "lead_id"), rows)
        self._connection.settle(())

    def open_month(self, actor: int, month: date, comment: str) -> int:
        due = workload.return_due_on(month)
        first, due_on = self._connection.day(month), self._connection.day(due)
        reminders = [self._connection.day(due + timedelta(days=days)) for days in workload.REMINDER_DAYS]
        with self._transaction:
            self._check_role(actor, "portfolio")
            opened = self.run(self.sql.open_returns, (month.isoformat(), due_on, first)).rowcount
            self.run(self.sql.open_history, (actor, self._connection.now(), comment, first))
            self.run(self.sql.open_tasks, (first,))
            self.run(self.sql.open_reminders, (*reminders, first))
        return cast("int", opened)

    def _move_return(self, case: CaseId, source: str, target: str) -> tuple[Any, int, int]:
        row = self.run(self.sql.move_return, (target, case, source)).fetchone()
        if row is None:
            raise WrongState(f"return {case} is not {source}")
        return cast("tuple[Any, int, int]", row)

    def submit_return(self, actor: int, case: CaseId, form: ReturnForm, comment: str) -> None:
        measures: list[object] = []
        for m in form.measures:
            measures += (case, m.code, m.target, m.actual, m.rating)
        lines: list[object] = []
        for line in form.budget_lines:
            lines += (case, line.code, line.budget, line.forecast, line.actual)
        with self._transaction:
            self._check_role(actor, "bu_head")
            due_on, _, lead = self._move_return(case, "open", "submitted")
            self.run(self.sql.new_measures, measures)
            self.run(self.sql.new_budget_lines, lines)
            self._record(case, actor, "submit_return", "open", "submitted", comment=comment)
            self._hand_over(case, "portfolio", lead, "hold_meeting", due_on)

    def hold_meeting(self, actor: int, case: CaseId, held_on: date, notes: str, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "portfolio")
            due_on, head, _ = self._move_return(case, "submitted", "met")
            self.run(self.sql.new_meeting, (case, self._connection.day(held_on), notes))
            self._record(case, actor, "hold_meeting", "submitted", "met", comment=comment)
            self._hand_over(case, "bu_head", head, "sign_head", due_on)

    def sign_head(self, actor: int, case: CaseId, comment: str) -> None:
        with self._transaction:
            self._check_role(actor, "bu_head")
            due_on, _, lead = self._move_return(case, "met", "head_signed")
            self.run(self.sql.sign_as_head, (case, actor, self._connection.now()))
            self._record(case, actor, "sign_head", "met", "head_signed", comment=comment)
            self._hand_over(case, "portfolio", lead, "sign_lead", due_on)

    def sign_lead(self, actor: int, case: CaseId, comment: str) -> None:
        now = self._connection.now()
        with self._transaction:
            self._check_role(actor, "portfolio")
            self._move_return(case, "head_signed", "signed_off")
            if self.run(self.sql.sign_as_lead, (case, actor, now, case, actor)).rowcount != 1:
                raise WrongRole(f"person {actor} has signed return {case} already")
            self._record(case, actor, "sign_lead", "head_signed", "signed_off", comment=comment)
            self.run(self.sql.close_tasks, (now, case))

    def returns_of(self, month: date) -> Sequence[CaseId]:
        query = "SELECT id FROM cases WHERE kind = 'return' AND month = ? ORDER BY unit_id"
        return [row[0] for row in self._read(query, self._connection.day(month))]

    # The inbox.

    def load_inbox(self, count: int) -> None:
        day, now = self._connection.day, self._connection.now()
        signer = {kind: workload.HOLDERS[kind][0] for kind in workload.SIGN_OFFS}
        cases = (
            (report.number, "report", report.title, report.state, day(report.due_on))
            for report in workload.inbox_reports(count)
        )
        tasks = (
            (report.number, task.role, task.person, task.what, day(report.due_on))
            for report in workload.inbox_reports(count)
            for task in report.tasks
        )
        sign_offs = (
            (report.number, kind, *((None, None) if kind in outstanding else (signer[kind], now)))
            for report in workload.inbox_reports(count)
            if report.state != "draft"
            for outstanding in [{task.role for task in report.tasks if report.state == "submitted"}]
            for kind in workload.SIGN_OFFS
        )
        with self._transaction:
            self._connection.load("cases", ("id", "kind", "title", "state", "due_on"), cases)
            self._connection.load("tasks", ("case_id", "role", "person_id", "what", "due_on"), tasks)
            columns = ("case_id", "kind", "signed_by", "signed_at")
            self._connection.load("sign_offs", columns, sign_offs)
        self._connection.settle(("cases", "tasks"))

    def inbox(self, user: int) -> Sequence[InboxRow]:
        if self._connection.engine == "postgresql":
            rows = self.run(self._inbox_by_user, (user, user, user)).fetchall()
        else:
            roles = [row[1] for row in self.run(self.sql.roles, (user,)).fetchall()]
            rows = self.run(self._inbox_by_roles[len(roles)], (*roles, user, user)).fetchall()
        read_day = self._connection.read_day
        return [InboxRow(row[0], row[1], row[2], row[3], read_day(row[4])) for row in rows]

    # What can be read back.

    def _read(self, query: str, *parameters: object) -> list[Any]:
        return list(self.run(sql.in_words_of(self._connection.engine, query), parameters).fetchall())

    def facts(self, case_id: CaseId) -> Facts:
        def count(table: str, column: str, where: str = "") -> int:
            query = f"SELECT count(*) FROM {table} WHERE {column} = ? {where}"
            return cast("int", self._read(query, case_id)[0][0])

        state = self._read("SELECT state FROM cases WHERE id = ?", case_id)
        if not state:
            raise WrongState(f"there is no report or return {case_id}")
        tasks = "SELECT role, person_id FROM tasks WHERE case_id = ? AND done_at IS NULL ORDER BY role"
        outcomes = "SELECT outcome FROM recommendations WHERE report_id = ? ORDER BY number"
        return Facts(
            state=state[0][0],
            history=count("history", "case_id"),
            open_tasks=tuple((role, person) for role, person in self._read(tasks, case_id)),
            recommendations=tuple(row[0] for row in self._read(outcomes, case_id)),
            signatures=count("sign_offs", "case_id", "AND signed_by IS NOT NULL"),
            measures=count("measures", "return_id"),
            budget_lines=count("budget_lines", "return_id"),
            reminders=count("reminders", "return_id"),
        )

    def count_cases(self) -> int:
        return cast("int", self._read("SELECT count(*) FROM cases")[0][0])

    @contextmanager
    def counting(self) -> Iterator[Counting]:
        counter = Counting(self._connection)
        self.run = counter.run
        try:
            yield counter
        finally:
            self.run = self._connection.run
