"""One commit site: what is run again, what is given up, what a reading session cannot do, how many statements."""

import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from commissioning.casework import perform
from commissioning.casework.sets import insert_ignoring
from commissioning.clock import fresh_id, fresh_ids
from commissioning.db import PATIENCE, TRIES, TryAgain, Unavailable, in_transaction, is_passing, make_engine, reading
from commissioning.models.cases import Case, Message
from commissioning.models.people import Setting
from tests.support.agreement import counts, faults
from tests.support.errands import NOW, Town


def step(town: Town, who: str, case: int, name: str, **more: Any) -> Any:
    return town.run(perform, town.actor(who), case, name, **({"now": NOW} | more))


def test_it_runs_again_three_times_and_keeps_nothing_of_the_tries(town: Town) -> None:
    runs = []

    def command(session: Session) -> str:
        runs.append(1)
        session.add(Setting(name=f"try{len(runs)}", value="x"))
        session.flush()
        if len(runs) < TRIES:
            raise TryAgain
        return "done"

    assert town.run(command) == "done"
    assert [n for (n,) in town.read(select(Setting.name))] == ["try4"]


def test_it_gives_up_after_that_and_says_why(town: Town) -> None:
    runs = []

    def command(session: Session) -> None:
        runs.append(1)
        session.add(Setting(name="x", value="x"))
        session.flush()
        raise TryAgain("the links grew")

    with pytest.raises(Unavailable) as caught:
        town.run(command)
    assert str(caught.value.__cause__) == "the links grew"
    assert len(runs) == TRIES
    assert town.read(select(Setting.name)) == []


def test_it_begins_no_other_run_when_somebody_has_waited_long(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, PATIENCE + 1])
    monkeypatch.setattr("commissioning.db.time.monotonic", lambda: next(seconds))
    runs = []

    def command(_session: Session) -> None:
        runs.append(1)
        raise TryAgain

    with pytest.raises(Unavailable):
        town.run(command)
    assert runs == [1]


def test_a_fault_in_the_sql_is_no_busy_database(town: Town) -> None:
    runs = []

    def command(session: Session) -> None:
        runs.append(1)
        session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises((OperationalError, ProgrammingError)):
        town.run(command)
    assert runs == [1]


def test_a_contradiction_is_raised_at_once_and_an_id_drawn_twice_is_not(town: Town) -> None:
    case = town.errand()
    runs = []

    def twice(session: Session) -> None:
        runs.append(1)
        drawn = case if len(runs) == 1 else fresh_id()
        session.execute(
            insert(Case).values(**(dict(town.case(case)._mapping) | {"id": drawn, "reference": f"r{drawn}"}))
        )

    town.run(twice)
    assert len(runs) == 2

    def same_reference(session: Session) -> None:
        runs.append(1)
        mine = dict(town.case(case)._mapping) | {"id": fresh_id()}
        session.execute(insert(Case).values(**mine | ({} if len(runs) == 3 else {"reference": "other"})))

    town.run(same_reference)
    assert len(runs) == 4

    def exposure(session: Session) -> None:
        runs.append(1)
        session.execute(update(Case).values(exposure="nowhere"))

    with pytest.raises(IntegrityError):
        town.run(exposure)
    assert len(runs) == 5


def test_a_message_whose_id_is_taken_is_not_dropped(town: Town) -> None:
    case = town.errand(signers=("cat",))
    step(town, "ann", case, "submit")
    row = dict(town.read(select(*Message.__table__.columns))[0]._mapping)

    def same_id(session: Session) -> int:
        return insert_ignoring(session, Message, [row | {"key": "another"}], ("key", "person_id", "channel"))

    with pytest.raises(Unavailable):
        town.run(same_id)

    def same_key(session: Session) -> int:
        rows = [row | {"id": fresh_id()}, row | {"id": fresh_id(), "key": "another"}]
        return insert_ignoring(session, Message, rows, ("key", "person_id", "channel"))

    assert town.run(same_key) == 1


def test_ids_rise_and_differ_within_a_process() -> None:
    drawn: list[int] = []

    def draw() -> None:
        for _ in range(2000):
            drawn.extend([fresh_id(), *fresh_ids(3)])

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(drawn)) == len(drawn) == 4 * 2000 * 4
    assert max(drawn) < 2**53


def test_a_deadlock_is_run_again_by_its_loser(town: Town) -> None:
    """Two commands that lock in opposite order, which the door never does: both end well on either engine."""
    one, two = town.errand(), town.errand()
    meet = threading.Barrier(2, timeout=20)
    runs: list[str] = []

    def command(session: Session, name: str, first: int, second: int) -> None:
        runs.append(name)
        session.execute(update(Case).where(Case.id == first).values(title=name))
        if len(runs) <= 2 and town.engine.dialect.name == "postgresql":
            meet.wait()
        session.execute(update(Case).where(Case.id == second).values(title=name))

    threads = [
        threading.Thread(target=town.run, args=(command, "a", one, two)),
        threading.Thread(target=town.run, args=(command, "b", two, one)),
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert town.case(one).title == town.case(two).title
    assert len(runs) == (3 if town.engine.dialect.name == "postgresql" else 2)


def test_a_database_that_stays_busy_is_unavailable(town: Town) -> None:
    other = make_engine(str(town.engine.url.render_as_string(hide_password=False)))
    case = town.errand()
    if town.engine.dialect.name == "sqlite":

        @event.listens_for(town.engine, "begin")
        def _impatient(connection: Any) -> None:
            connection.exec_driver_sql("PRAGMA busy_timeout=50")

        hasty = make_engine(str(town.engine.url))

        @event.listens_for(hasty, "connect")
        def _short(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA busy_timeout=50")

    else:
        url = town.engine.url.update_query_dict({"options": "-c lock_timeout=50ms"})
        from sqlalchemy import create_engine

        hasty = create_engine(url)
    with other.execution_options(writes=True).begin() as holding:
        holding.execute(update(Case).where(Case.id == case).values(title="held"))
        with pytest.raises(Unavailable):
            in_transaction(hasty, perform, town.actor("ann"), case, "submit", now=NOW)
    assert in_transaction(hasty, perform, town.actor("ann"), case, "submit", now=NOW).state == "signing"
    assert town.case(case).title == "held"
    hasty.dispose()
    other.dispose()


def test_a_full_pool_is_unavailable_not_a_fault(town: Town) -> None:
    small = make_engine_with_pool_of_one(town.engine)
    with small.connect(), pytest.raises(Unavailable):
        in_transaction(small, lambda session: session.execute(text("SELECT 1")))
    small.dispose()


def make_engine_with_pool_of_one(engine: Engine) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import QueuePool

    return create_engine(engine.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.1)


def test_which_errors_another_run_may_cure() -> None:
    def sqlite(code: int) -> DBAPIError:
        cause = sqlite3.OperationalError("x")
        cause.sqlite_errorcode = code
        return OperationalError("x", {}, cause)

    class Postgres(Exception):
        def __init__(self, sqlstate: str | None) -> None:
            self.sqlstate = sqlstate

    def postgres(code: str | None) -> DBAPIError:
        return OperationalError("x", {}, Postgres(code))

    assert all(is_passing(sqlite(c)) for c in (5, 6, 10, 13, 14, 5 | 2 << 8, 10 | 3 << 8))
    assert not any(is_passing(sqlite(c)) for c in (1, 8, 11, 19, 26))
    assert all(is_passing(postgres(c)) for c in ("40001", "40P01", "55P03", "57P01", "57P02", "08006", "53100", None))
    assert not any(is_passing(postgres(c)) for c in ("42P01", "25006", "57014", "22001"))
    assert is_passing(TryAgain())
    assert not is_passing(ValueError())


def test_a_reading_session_cannot_write(town: Town) -> None:
    case = town.errand()
    before = counts(town.engine)
    for statement in (
        "UPDATE cases SET title = 'x'",
        "DELETE FROM tasks",
        "INSERT INTO settings (name, value) VALUES ('a', 'b')",
    ):
        with reading(town.engine) as session, pytest.raises((OperationalError, DBAPIError)):
            session.execute(text(statement))
    with reading(town.engine) as session:
        session.get_one(Case, case).title = "x"
        with pytest.raises((OperationalError, DBAPIError, InvalidRequestError)):
            session.flush()
    with reading(town.engine) as session, pytest.raises(DBAPIError):
        perform(session, town.actor("ann"), case, "submit", now=NOW)
    assert counts(town.engine) == before
    assert step(town, "ann", case, "submit").state == "signing", "the same pooled connection writes again"
    with reading(town.engine) as session, pytest.raises(DBAPIError):
        session.execute(text("DELETE FROM tasks"))


def statements(engine: Engine, run: Any) -> list[str]:
    """The statements that `run` sends, without BEGIN, COMMIT and pragmas, and without the kind's reading of its own."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN")) and "errand_" not in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        run()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


MOST = 12
"""Statements a step: design, quality.md, `queries per step`."""


def test_a_step_takes_few_statements(town: Town) -> None:
    parcels = (town.parcel(), town.parcel())
    case = town.errand(signers=("cat",), parcels=parcels)
    plain = town.parcel()
    ann, cat, flo = (town.actor(n) for n in ("ann", "cat", "flo"))
    steps = {"move": (ann, plain), "submit": (ann, case), "pause": (flo, case), "resume": (flo, case)}
    used = {
        name: len(
            statements(
                town.engine,
                lambda name=name, who=who, of=of: town.run(perform, who, of, name, now=NOW, reason="r", key=name),
            )
        )
        for name, (who, of) in steps.items()
    }
    assert max(used.values()) <= MOST, used
    # A signature that completes is two steps with an event each, and reads its task again.
    sign = statements(town.engine, lambda: town.run(perform, cat, case, "sign", now=NOW, key="k", part=1))
    assert len(sign) <= 2 * MOST, sign


def test_many_cost_no_more_statements_than_one(town: Town) -> None:
    from commissioning.casework import Move, perform_many

    few, many = [town.parcel() for _ in range(2)], [town.parcel() for _ in range(40)]
    ann = town.actor("ann")
    n = [
        len(statements(town.engine, lambda c=c: town.run(perform_many, ann, [Move(i, "move") for i in c], now=NOW)))
        for c in (few, many)
    ]
    assert n[0] == n[1] <= MOST
    assert faults(town.engine) == []
