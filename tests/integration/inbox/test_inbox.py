"""Waiting for you, waiting on others: whose tasks, in which order, and read from the partial indexes alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from commissioning import features
from commissioning.actors import Actor, load_actor
from commissioning.casework.inbox import count_tasks, list_tasks, list_waiting_on_others
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import CaseRole, Task
from commissioning.models.people import Deputy
from tests.support.api_council import NOW, Council, fill

TODAY = NOW.date()


class Town:
    """A council without an application, and tasks made at will."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.council = Council(None)
        in_transaction(engine, fill, self.council)

    def write(self, command: Callable[..., Any], *args: Any) -> None:
        in_transaction(self.engine, command, *args)

    def task(self, case: str, due: int, *, closed: bool = False, **holder: Any) -> int:
        """A task on a case, due so many days from now; `person`, `post`, `taken_by` by name."""
        council, ids = self.council, fresh_id()
        row = {
            "id": ids,
            "case_id": council.cases[case],
            "step": "plan",
            "role": "author",
            "person_id": council.people.get(holder.get("person", "")),
            "post_id": council.posts.get(holder.get("post", "")),
            "taken_by_id": council.people.get(holder.get("taken_by", "")),
            "part": None,
            "due_on": TODAY + timedelta(days=due),
            "opened_at": NOW,
            "closed_at": NOW if closed else None,
        }
        self.write(insert_rows, Task, [row])
        return ids

    def ask(self, who: str, question: Callable[[Session, Actor], Any]) -> Any:
        """Ask as somebody."""
        with reading(self.engine) as session:
            actor = load_actor(session, self.council.people[who], TODAY)
            assert actor is not None
            return question(session, actor)


@pytest.fixture
def town(engine_url: str) -> Any:
    """A town on a fresh database of each engine."""
    features.load_house("england")
    engine = make_engine(engine_url)
    yield Town(engine)
    engine.dispose()


def listed(limit: int, after: Any = None) -> Callable[[Session, Actor], Any]:
    """The tasks of whoever asks."""
    return lambda session, actor: list_tasks(session, actor, limit, after, now=NOW)


def test_ones_own_and_ones_posts_tasks_are_merged_most_urgent_first(town: Town) -> None:
    late = town.task("paper", -3, post="legal")
    own = town.task("paper", 1, person="lawyer")
    far = town.task("public paper", 9, post="legal")
    town.task("paper", 0, post="legal", closed=True)
    town.task("paper", 0, person="author")
    town.task("paper", 0, post="legal", taken_by="colleague")
    mine = town.task("paper", 2, post="legal", taken_by="lawyer")
    rows = town.ask("lawyer", listed(10))
    assert [r.task_id for r in rows] == [late, own, mine, far]
    assert [r.is_overdue for r in rows] == [True, False, False, False]
    assert town.ask("lawyer", count_tasks) == 4
    assert town.ask("lawyer", lambda s, a: count_tasks(s, a, 2)) == 2


def test_pages_follow_each_other_without_a_gap(town: Town) -> None:
    made = {town.task("paper", day % 3, post="legal") for day in range(7)}
    seen: list[int] = []
    after = None
    while rows := town.ask("lawyer", listed(3, after)):
        seen += [r.task_id for r in rows]
        after = rows[-1].after
    assert (len(seen), set(seen)) == (7, made)


def test_a_deputy_sees_what_waits_for_the_other(town: Town) -> None:
    town.task("paper", 1, post="legal")
    people = town.council.people
    row = {"person_id": people["lawyer"], "deputy_id": people["colleague"], "from_on": TODAY, "to_on": TODAY}
    town.write(insert_rows, Deputy, [row])
    assert len(town.ask("colleague", listed(5))) == 1
    assert town.ask("member", listed(5)) == []


def test_who_may_not_see_the_case_gets_its_safe_title(town: Town) -> None:
    town.task("secret paper", 1, person="colleague")
    (row,) = town.ask("colleague", listed(5))
    assert (row.title, row.is_seen) == ("A property matter", False)


def test_waiting_on_others_is_what_others_owe_on_my_cases(town: Town) -> None:
    owed = town.task("paper", 1, post="legal")
    town.task("paper", 2, person="author")
    town.task("Cabinet meets", 1, post="legal")
    found = town.ask("author", lambda s, a: list_waiting_on_others(s, a, 10, now=NOW))
    assert [(r.task_id, r.holder) for r in found] == [(owed, "Legal team")]
    assert town.ask("lawyer", lambda s, a: list_waiting_on_others(s, a, 10, now=NOW)) == []


def test_the_list_is_read_from_the_partial_indexes(town: Town) -> None:
    """However many cases there are: each branch begins at its own index, in its order, and nothing is sorted but the
    few rows found."""
    author, case_id = town.council.people["colleague"], town.council.cases["paper"]
    rows = [
        {
            **{"id": fresh_id(), "case_id": case_id, "step": "plan", "role": "author", "post_id": None, "part": None},
            **{"person_id": author, "taken_by_id": None, "due_on": date(2026, 3, 2) + timedelta(days=n % 700)},
            **{"opened_at": NOW, "closed_at": NOW if n % 5 else None},
        }
        for n in range(20_000)
    ]
    town.write(insert_rows, Task, rows)
    with town.engine.execution_options(isolation_level="AUTOCOMMIT", writes=True).connect() as connection:
        connection.execute(text("ANALYZE"))
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(town.engine, "before_cursor_execute", note)
    town.ask("lawyer", listed(20))
    event.remove(town.engine, "before_cursor_execute", note)
    statement, parameters = next(s for s in statements if "UNION ALL" in s[0] and "tasks" in s[0])
    explain = "EXPLAIN QUERY PLAN " if town.engine.dialect.name == "sqlite" else "EXPLAIN "
    with town.engine.connect() as connection:
        plan = "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
    assert "ix_tasks_open_person" in plan
    assert "ix_tasks_open_post" in plan
    assert "Seq Scan" not in plan
    assert "SCAN tasks" not in plan


def test_the_number_of_queries_does_not_grow(town: Town) -> None:
    for day in range(12):
        town.task("paper" if day % 2 else "public paper", day, post="legal")
    for limit in (2, 12):
        count = [0]

        def note(*_rest: Any, count: list[int] = count) -> None:
            count[0] += 1

        event.listen(town.engine, "before_cursor_execute", note)
        town.ask("lawyer", listed(limit))
        event.remove(town.engine, "before_cursor_execute", note)
        assert count[0] <= 9, "two for the actor, one for the ids, rows, cases and three for names"


def test_a_unit_is_the_own_business_of_whoever_holds_its_heads_post(town: Town) -> None:
    """Also of who acts for them; what waits for the head themself is not in it."""
    council = town.council
    owed = [town.task("public paper", day, post="clerk") for day in (-900, -899)]
    town.task("public paper", -901, post="legal")
    town.task("paper", -901, post="clerk")
    row = {"id": fresh_id(), "case_id": council.cases["public paper"], "role": "head", "person_id": None, "part": None}
    town.write(insert_rows, CaseRole, [row | {"post_id": council.posts["legal"]}])

    def owed_to(who: str, most: int) -> list[int]:
        found = town.ask(who, lambda s, a: list_waiting_on_others(s, a, most, now=NOW))
        return [r.task_id for r in found]

    assert owed_to("lawyer", 2) == owed
    assert owed_to("lawyer", 1) == owed[:1]
    assert owed_to("colleague", 2) == []
    deputy = {"person_id": council.people["lawyer"], "deputy_id": council.people["colleague"]}
    town.write(insert_rows, Deputy, [deputy | {"from_on": TODAY, "to_on": TODAY}])
    assert owed_to("colleague", 2) == owed


def test_roles_by_post_alone_do_not_make_a_case_ones_own(town: Town) -> None:
    """The clerk's post has a part in every paper; what others owe on them is not the clerk's own business."""
    town.task("paper", 1, post="legal")
    row = {"id": fresh_id(), "case_id": town.council.cases["paper"], "role": "clerk", "post_id": None, "part": None}
    town.write(insert_rows, CaseRole, [row | {"person_id": town.council.people["clerk"]}])
    assert town.ask("clerk", lambda s, a: list_waiting_on_others(s, a, 10, now=NOW)) == []
