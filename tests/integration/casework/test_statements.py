"""Statements sent by the driver's own cursor: the same values, errors and listeners as through SQLAlchemy."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import bindparam, event, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.sets import plain_insert, table_of
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Case, Task
from commissioning.statements import mapped, one_of, read, read_ahead, run
from tests.support.errands import NOW, Town

_cases, _tasks = table_of(Case), table_of(Task)
_SOME = select(_cases).where(one_of(_cases.c.id, "ids")).order_by(_cases.c.id)


def test_values_are_read_as_sqlalchemy_reads_them(town: Town) -> None:
    """Days, instants in UTC, yes and no, and nothing at all; for any number of ids, none included."""
    made = [town.errand(), town.errand()]
    with reading(town.engine) as session:
        connection = session.connection()
        for ids in (made, made[:1], []):
            (rows,) = run(connection, (_SOME, [{"ids": ids}]))
            plain = connection.execute(select(_cases).where(_cases.c.id.in_(ids)).order_by(_cases.c.id)).all()
            assert rows == [tuple(row) for row in plain]
            assert [row[0] for row in rows] == sorted(ids)


def test_ids_are_found_by_their_index(fresh_database: Any) -> None:
    """SQLite looks a list of ids up in the index; it would read the whole table to compare each answer with a 1."""
    engine = make_engine(fresh_database("sqlite"))
    sql = str(_SOME.compile(dialect=engine.dialect))
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("[1, 2]",)).all()
    engine.dispose()
    assert any("SEARCH cases USING" in row[-1] for row in plan), plan


def test_each_sees_what_those_before_it_wrote(town: Town) -> None:
    case = town.errand()
    titled = update(_cases).where(_cases.c.id == bindparam("at_id")).values(title=bindparam("new"), restricted=True)
    read = select(_cases.c.title, _cases.c.restricted).where(_cases.c.id == bindparam("at_id"))

    def both(session: Any) -> list[Any]:
        here = {"at_id": case}
        rows = [{**here, "new": "One"}, {**here, "new": "Two"}]
        return run(session.connection(), (titled, rows), (read, [here]), (titled, [{"at_id": 1, "new": ""}]))

    assert in_transaction(town.engine, both) == [2, [("Two", True)], 0]


def test_errors_and_listeners_are_sqlalchemys(town: Town) -> None:
    """A row that breaks a rule is an IntegrityError and nothing of its company stays; every statement is told of."""
    case, told = town.errand(), list[str]()
    row = {"id": 5, "case_id": case, "step": "s", "role": "r", "person_id": None, "post_id": None, "part": None}
    row |= {"due_on": date(2026, 3, 2), "opened_at": NOW}
    held = row | {"person_id": town.people["ann"]}

    def insert(session: Any, *rows: Any) -> None:
        run(session.connection(), *((plain_insert(Task), [row]) for row in rows))

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(town.engine, "before_cursor_execute", note)
    with pytest.raises(IntegrityError):
        in_transaction(town.engine, insert, held, row | {"id": 6})
    event.remove(town.engine, "before_cursor_execute", note)
    assert sum("INSERT INTO tasks" in statement for statement in told) == 2
    with reading(town.engine) as session:
        assert session.execute(select(_tasks.c.id).where(_tasks.c.id.in_([5, 6]))).all() == []


def test_a_value_that_is_not_given_is_a_fault(town: Town) -> None:
    statement = select(_cases.c.id).where(_cases.c.id == bindparam("missing"))
    with reading(town.engine) as session, pytest.raises(AssertionError, match="missing"):
        run(session.connection(), (statement, [{"other": 1}]))


def test_lists_are_written_out_as_sqlalchemy_writes_them(town: Town) -> None:
    """For any number of members, none included, beside the statement's own words; rows know their columns' names."""
    made, named = [town.errand(), town.errand()], bindparam("named", expanding=True)
    statement = (
        select(_cases.c.id, _cases.c.kind.label("what"), _cases.c.state == "draft")
        .where(_cases.c.kind.in_(["errand", "odd ' one"]), _cases.c.id.in_(named), _cases.c.state != "x:y")
        .order_by(_cases.c.id)
    )
    with reading(town.engine) as session:
        for some in (made, made[:1], [], tuple(made)):
            rows = read(session, statement, {"named": some})
            plain = session.connection().execute(statement, {"named": some}).all()
            assert rows == [tuple(row) for row in plain]
            assert [(row.id, row.what) for row in rows] == [(i, "errand") for i in sorted(some)]


def test_a_row_becomes_the_sessions_own_object(town: Town) -> None:
    """As if the mapper had loaded it: the same object each time, complete, unchanged, and read again once expired."""
    case = town.errand()
    with reading(town.engine) as session:
        (row,) = read(session, _SOME, {"ids": [case]})
        found = mapped(session, Case, row)
        assert found is mapped(session, Case, row) is session.get(Case, case)
        assert not session.dirty
        assert not inspect(found).expired_attributes
    with reading(town.engine) as session:
        loaded = session.get_one(Case, case)
        assert mapped(session, Case, row) is loaded
        for name in [column.name for column in _cases.c]:
            assert getattr(found, name) == getattr(loaded, name), name

    def retitle(session: Any) -> str:
        again = mapped(session, Case, row)
        session.execute(update(_cases).where(_cases.c.id == case).values(title="Another"))
        session.expire(again)
        return again.title

    assert in_transaction(town.engine, retitle) == "Another"


def test_nothing_to_send_sends_nothing(town: Town) -> None:
    with reading(town.engine) as session:
        assert run(session.connection()) == []


def test_statements_stay_prepared_after_a_page_was_read(fresh_database: Any) -> None:
    """At a ROLLBACK psycopg would forget them all; and what reads still cannot write."""
    engine = make_engine(fresh_database("postgresql"))
    for _ in range(8):
        with reading(engine) as session:
            run(session.connection(), (_SOME, [{"ids": [1]}]))
    with reading(engine) as session:
        prepared = session.execute(text("SELECT statement FROM pg_prepared_statements")).scalars().all()
        assert any("FROM cases" in statement for statement in prepared)
        with pytest.raises(Exception, match="read-only"):
            session.execute(update(_cases).values(title="x"))
    with reading(engine) as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()


def test_what_was_read_ahead_is_not_sent_again(town: Town) -> None:
    """Each answer is given once, for the same values alone, and never in another transaction."""
    cases, sent = [town.errand(), town.errand()], list[str]()
    title = select(_cases.c.id, _cases.c.title).where(_cases.c.id == bindparam("case_id"))
    event.listen(
        town.engine,
        "before_cursor_execute",
        lambda _c, _k, sql, *_rest: sent.append(sql) if "FROM cases" in sql else None,
    )
    with reading(town.engine) as session:
        read_ahead(session, (title, [{"case_id": cases[0]}]), (title, [{"case_id": cases[1]}]))
        asked_ahead = len(sent)
        found = [read(session, title, {"case_id": case})[0].id for case in (cases[1], cases[0])]
        assert (found, len(sent)) == ([cases[1], cases[0]], asked_ahead)
        both = run(session.connection(), (title, [{"case_id": cases[0]}]), (_SOME, [{"ids": cases}]))
        assert [len(rows) for rows in both] == [1, 2]
        assert len(sent) == asked_ahead + 2
        read_ahead(session, (title, [{"case_id": cases[0]}]))
    with reading(town.engine) as session:
        before = len(sent)
        assert read(session, title, {"case_id": cases[0]})
        assert len(sent) == before + 1
