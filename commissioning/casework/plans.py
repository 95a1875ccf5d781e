"""What follows from being in a state: its due date, the tasks that it opens, the reminders that it plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    bindparam,
    literal,
    literal_column,
    null,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from commissioning.casework.context import Context, reminders_in
from commissioning.casework.errors import NotNow
from commissioning.casework.registry import house
from commissioning.casework.sets import MANY, Write, insert_of, insert_rows, plain_insert, send, table_of
from commissioning.clock import fresh_id, fresh_ids
from commissioning.models.cases import Occurrence, Task
from commissioning.statements import numbered, run
from workflows.definition import Ask, Reminder, State, Workflow
from workflows.london import london_instant
from workflows.registry import Refusal
from workflows.working_days import Calendar

SEND_AT = time(8, 0)
"""London time at which a day's reminders become due."""

CHUNK = 1000

_tasks = table_of(Task)
_occurrences = table_of(Occurrence)
_ids: BindParameter[Any] = bindparam("ids")
_CLOSE = (
    update(_tasks)
    .where(_tasks.c.case_id.in_(_ids), _tasks.c.closed_at.is_(None))
    .values(closed_at=bindparam("now", type_=_tasks.c.closed_at.type))
)
_PENDING = _occurrences.c.status.in_([literal_column("'planned'"), literal_column("'waiting'")])
_CANCEL = (
    update(_occurrences)
    .where(_occurrences.c.case_id.in_(_ids), _PENDING)
    .values(status="cancelled", settled_at=bindparam("now", type_=_occurrences.c.settled_at.type))
)


def needs_facts(context: Context) -> bool:
    """Whether the due date of the state that the case is in counts from a day that the kind must say."""
    due = context.case.where.due
    return due is not None and due.after != "entered"


def due_on(context: Context, dates: Mapping[str, date] | None = None) -> date | None:
    """When the state that the case is in is due; None if the definition sets no date. Inclusive.

    `dates` are the days to count from, for a case whose kind cannot be asked yet.
    """
    due = context.case.where.due
    if due is None:
        return None
    base = context.case.entered_on
    if due.after != "entered":
        known = context.kind.dates(context) if dates is None else dates
        base = known.get(due.after) or base
    return context.calendar.add_working_days(base, due.working_days) if due.working_days else base


def wanted_tasks(context: Context) -> list[dict[str, Any]]:
    """The tasks that should be open for the case as it is now.

    Raises NotNow if nobody holds a role that is asked (whether anybody has to sign is for the guards to say).
    """
    case, rows = context.case, []
    for ask in (asked_now(context, ask) for ask in case.where.asks):
        holders = [p for p in context.parties if p.role == ask.of]
        if any(p.part is not None for p in holders):
            open_parts = _open_parts(context, ask)
            holders = [p for p in holders if p.part in open_parts]
        elif not holders and ask.of not in _signing(case.workflow):
            role = ask.of.replace("_", " ")
            raise NotNow([Refusal("nobody_asked", f"Nobody is named as {role}, and the next step is theirs", role)])
        for party in dict.fromkeys(holders):
            rows.append(
                {
                    "case_id": case.id,
                    "step": ask.step,
                    "role": ask.of,
                    "person_id": party.person_id,
                    "post_id": party.post_id,
                    "part": party.part,
                    "due_on": case.due_on or context.today,
                }
            )
    return rows


def asked_now(context: Context, ask: Ask) -> Ask:
    """What is asked of the case as it is: the first of `instead` whose guard lets it through, or the ask itself."""
    guards = house.rules.guards
    return next((Ask(i.step, i.of) for i in ask.instead if guards[i.where](context) is None), ask)


def _signing(workflow: Workflow) -> set[str]:
    return {role for s in workflow.sign_offs.values() for role in workflow.steps[s.step].by}


def _open_parts(context: Context, ask: Ask) -> frozenset[int]:
    status = context.sign_off_status()
    if status is None:
        return frozenset()
    answered = {s.part for s in status.signatures}
    waiting = [part for part in status.asked if part not in answered]
    sign_off = context.case.workflow.sign_off_in(context.case.state)
    if status.in_order and sign_off is not None and ask.step == sign_off.step:
        waiting = waiting[:1]
    return frozenset(waiting)


def open_tasks(*contexts: Context) -> list[dict[str, Any]]:
    """Rows of the tasks to open on entering a state."""
    wanted = [(row, context.now) for context in contexts for row in wanted_tasks(context)]
    return [{**row, "id": i, "opened_at": now} for i, (row, now) in zip(fresh_ids(len(wanted)), wanted, strict=True)]


_CLOSE_ONE = (
    update(_tasks)
    .where(_tasks.c.case_id == bindparam("at_id"), _tasks.c.closed_at.is_(None))
    .values(closed_at=bindparam("now", type_=_tasks.c.closed_at.type))
)
_CANCEL_ONE = (
    update(_occurrences)
    .where(_occurrences.c.case_id == bindparam("at_id"), _PENDING)
    .values(status=literal_column("'cancelled'"), settled_at=bindparam("now", type_=_occurrences.c.settled_at.type))
)


def after_move(context: Context, left: State) -> list[Write]:
    """What follows for one case that left a state: what that asked and planned ends, what the new one does begins."""
    ended = [{"at_id": context.case.id, "now": context.now}]
    dialect = context.session.get_bind().dialect.name
    return [
        Write(_CLOSE_ONE, ended if left.asks else ()),
        Write(_CANCEL_ONE, ended if left.reminders else ()),
        Write(plain_insert(Task), open_tasks(context)),
        Write(_plan(dialect), planned(context)),
    ]


def close_tasks(session: Session, cases: Iterable[int], now: Any) -> None:
    """Close every open task of these cases."""
    ids = list(cases)
    for start in range(0, len(ids), CHUNK):
        session.connection().execute(_CLOSE, {"ids": ids[start : start + CHUNK], "now": now})


_SAME = ("step", "role", "person_id", "post_id", "part")
_OPEN = select(_tasks.c.id, _tasks.c.due_on, *(_tasks.c[name] for name in _SAME)).where(
    _tasks.c.case_id == bindparam("case_id"), _tasks.c.closed_at.is_(None)
)
_SETTLE = (
    update(_tasks)
    .where(_tasks.c.id == bindparam("at_id"))
    .values(closed_at=bindparam("now", type_=_tasks.c.closed_at.type))
)
_RESET = update(_tasks).where(_tasks.c.id == bindparam("at_id")).values(due_on=bindparam("new_due_on"))


def after_stay(context: Context) -> list[Write]:
    """Makes the open tasks what they should be without a move: closes what is answered, opens what is asked anew."""
    (rows,) = run(context.session.connection(), (_OPEN, [{"case_id": context.case.id}]))
    existing = {tuple(same): (task_id, due) for task_id, due, *same in rows}
    wanted = {tuple(row[name] for name in _SAME): row for row in wanted_tasks(context)}
    gone = [task_id for same, (task_id, _) in existing.items() if same not in wanted]
    new = [row for same, row in wanted.items() if same not in existing]
    moved = [
        {"at_id": task_id, "new_due_on": wanted[same]["due_on"]}
        for same, (task_id, due) in existing.items()
        if same in wanted and due != wanted[same]["due_on"]
    ]
    return [
        Write(_SETTLE, [{"at_id": task_id, "now": context.now} for task_id in gone]),
        Write(plain_insert(Task), [{**row, "id": fresh_id(), "opened_at": context.now} for row in new]),
        Write(_RESET, moved),
    ]


def sync_tasks(context: Context) -> None:
    """Store what `after_stay` finds."""
    send(context.session, after_stay(context))


def planned(*contexts: Context) -> list[dict[str, Any]]:
    """The occurrences that their states plan: nominal days in the key, so that planning twice plans once."""
    wanted = [
        {"case_id": context.case.id, "visit": context.case.version, "settled_at": None, **day}
        for context in contexts
        for day in _reminder_days(context)
    ]
    return [{"id": i, **row} for i, row in zip(fresh_ids(len(wanted)), wanted, strict=True)]


def plan_fresh(session: Session, contexts: Sequence[Context]) -> None:
    """Plan for cases that were just made, where nothing is planned yet: one statement for all that wait alike."""
    if len(contexts) < MANY:
        insert_rows(session, Occurrence, planned(*contexts))
        return
    alike: dict[int, tuple[list[dict[str, Any]], list[int]]] = {}
    for context in contexts:
        days = _reminder_days(context)
        alike.setdefault(id(days), (days, []))[1].append(context.case.id)
    for days, cases in alike.values():
        if days:
            session.connection().execute(
                _planning(days), {"cases": cases, "first": fresh_ids(len(cases) * len(days))[0]}
            )


def _planning(days: Sequence[dict[str, Any]]) -> Any:
    """What inserts the occurrences of these days for each of some cases, on their first visit."""
    days_of = union_all(
        *(
            select(
                literal(number).label("number"),
                *(literal(value, _occurrences.c[name].type).label(name) for name, value in day.items()),
            )
            for number, day in enumerate(days)
        )
    ).subquery("days")
    cases = numbered("cases").rows()
    row_id = bindparam("first", type_=BigInteger) + cases.c.place * len(days) + days_of.c.number
    found = select(row_id, cases.c.id, literal(1), *(days_of.c[name] for name in days[0]))
    return (
        _occurrences.insert()
        .inline()
        .from_select(
            ["id", "case_id", "visit", *days[0]], found.select_from(cases.join(days_of, true())), include_defaults=False
        )
    )


def _reminder_days(context: Context) -> list[dict[str, Any]]:
    """What the state that a case is in plans, the same for every case due then; worked out once for each session."""
    case, state = context.case, context.case.where
    if case.due_on is None or not state.reminders:
        return []
    calendar = context.calendar
    kept: dict[Any, list[dict[str, Any]]] = context.session.info.setdefault("reminder days", {})
    key = (case.definition, case.state, case.due_on, context.today, calendar)
    if key not in kept:
        rules = reminders_in(context.session, case.workflow, state)
        kept[key] = reminder_days(rules, case.due_on, calendar, context.today)
    return kept[key]


def reminder_days(rules: Iterable[Reminder], due: date, calendar: Calendar, today: date) -> list[dict[str, Any]]:
    """What rules plan for a due date, as it is planned on `today`: the planner itself, which asks nobody."""
    days_of = [(rule, days) for rule in rules for days in rule.days]
    nominal = [(rule, days, calendar.add_working_days(due, days) if days else due) for rule, days in days_of]
    return [
        {
            "rule": f"{rule.name}{days:+d}",
            "to_role": rule.to,
            "nominal_on": day,
            "send_at": london_instant(day, SEND_AT),
            "status": "planned" if calendar.is_known(day) else "waiting",
        }
        for rule, days, day in nominal
        if day >= today or rule.escalates
    ]


def plan(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert occurrences; one that was cancelled when a date moved away comes back when it moves back."""
    if not rows:
        return
    session.connection().execute(_plan(session.get_bind().dialect.name), rows[0] if len(rows) == 1 else rows)


@cache
def _plan(dialect: str) -> Any:
    insert = insert_of(dialect, Occurrence)
    return insert.on_conflict_do_update(
        index_elements=["case_id", "visit", "rule", "nominal_on"],
        set_={"status": insert.excluded.status, "settled_at": null()},
        where=_occurrences.c.status == literal_column("'cancelled'"),
    )


def cancel(
    session: Session, cases: Iterable[int], now: Any, keep: frozenset[tuple[str, date]] = frozenset(),
    since: date = date.min,
) -> None:  # fmt: skip
    """Cancel what is still planned for these cases from `since` on, but for (rule, nominal day) pairs to keep."""
    ids = list(cases)
    connection = session.connection()
    if not keep and since == date.min:
        for start in range(0, len(ids), CHUNK):
            connection.execute(_CANCEL, {"ids": ids[start : start + CHUNK], "now": now})
        return
    waiting = (_occurrences.c.case_id.in_(ids), _PENDING, _occurrences.c.nominal_on >= since)
    rows = connection.execute(select(_occurrences.c.id, _occurrences.c.rule, _occurrences.c.nominal_on).where(*waiting))
    gone = [r.id for r in rows if (r.rule, r.nominal_on) not in keep]
    if gone:
        connection.execute(
            update(_occurrences).where(_occurrences.c.id.in_(gone)).values(status="cancelled", settled_at=now)
        )


def replan(context: Context, *, is_recounted: bool = False) -> bool:
    """Recompute the due date of a case that stays where it is; move its tasks and reminders with it.

    Returns whether the date moved. The caller stores `due_on` (the door does, for a case it has locked).
    is_recounted: the calendar is another one, so that reminders may move though the date does not; what was due before
    today stays as it was counted.
    """
    case = context.case
    new = due_on(context)
    is_moved = new != case.due_on
    if not is_moved and not is_recounted:
        if any(ask.instead for ask in case.where.asks):
            sync_tasks(context)
        return False
    case.due_on = new
    rows = planned(context)
    kept = frozenset((r["rule"], r["nominal_on"]) for r in rows)
    cancel(context.session, [case.id], context.now, kept, date.min if is_moved else context.today)
    plan(context.session, rows)
    sync_tasks(context)
    return is_moved
