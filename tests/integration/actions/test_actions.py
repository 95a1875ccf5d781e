"""Actions: lines with their own progress, dates by day or month, blocked, re-dated, verified (NY-03 to 05, NY-37)."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.actions.commands import ActionInput, Line, create_action, edit_action, record_progress
from commissioning.actions.queries import get_action, list_actions, list_owners, list_priorities, missing_parts
from commissioning.actions.standing import add_standing, list_missing
from commissioning.casework.errors import Forbidden, Invalid, NotFound, Stale
from commissioning.models.bodies import Action, ActionLine
from commissioning.models.cases import Case, Event, Task
from tests.support.council import Council


def an_action(council: Council, **more: Any) -> int:
    body = council.body(more.pop("name", "Cabinet"))
    given = {"owner_id": council.people["ann"], "due_on": date(2026, 12, 1), "measure": "Adopted"} | more
    made: int = council.run("author", create_action, body, ActionInput("Draw up a framework", **given))
    return made


def row(council: Council, action: int) -> Action:
    return council.read(lambda s: s.get_one(Action, action))


def due(council: Council, action: int) -> date | None:
    return council.read(lambda s: s.get_one(Case, action).due_on)


def test_an_action_lives_from_proposed_to_verified(council: Council) -> None:
    action = an_action(council)
    council.step("clerk", action, "agree")
    assert due(council, action) == date(2026, 12, 1)
    council.step("ann", action, "start")
    council.step("ann", action, "report_complete", reason="Adopted on Monday")
    council.step("clerk", action, "reopen", reason="Where is it?")
    council.step("ann", action, "report_complete", reason="Attached now")
    with pytest.raises(Forbidden):
        council.step("ann", action, "verify")
    council.step("clerk", action, "verify")
    assert council.state(action) == "verified"


def test_whoever_owns_an_action_does_not_verify_it(council: Council) -> None:
    action = an_action(council, owner_id=council.people["clerk"])
    council.step("clerk", action, "agree")
    council.step("clerk", action, "report_complete", reason="Done")
    with pytest.raises(Forbidden, match="owner"):
        council.step("clerk", action, "verify")


def test_ny07_actions_are_viewed_by_priority_and_by_owner(council: Council) -> None:
    """NY-07: actions stand in many places of the plan; one list of them by priority and by owner."""
    first = an_action(council, lines=(Line("WT4", "Begun"), Line("WT3", "Not begun")))
    second = an_action(council, name="Trust", owner_id=council.people["bob"], lines=(Line("WT5"),))

    def found(**wanted: Any) -> list[int]:
        return council.read(
            lambda s: [
                a.case_id for a in list_actions(s, council.actor("clerk", s), council.now.date(), **wanted)[0]
            ]
        )  # fmt: skip

    assert found(priority="WT3") == [first]
    assert found(owner_id=council.people["bob"]) == [second]
    assert found(owner_id=council.people["bob"], priority="WT4") == []

    def choices(session: Any) -> tuple[Any, Any]:
        actor, today = council.actor("clerk", session), council.now.date()
        return list_priorities(session, actor, today), [name for _, name in list_owners(session, actor, today)]

    assert council.read(choices) == (["WT3", "WT4", "WT5"], ["Ann", "Bob"])


def test_ny08_the_standing_actions_are_a_template_and_begin_as_aspirations(council: Council) -> None:
    """NY-08: the eight of them, from framework to working group, each once for a body."""
    body = council.body()
    assert council.run("clerk", add_standing, body, [1, 8]) == 2
    assert council.read(lambda s: list_missing(s, body)) == [2, 3, 4, 5, 6, 7]
    with pytest.raises(Invalid, match="has this action already"):
        council.run("clerk", add_standing, body, [2, 8])
    with pytest.raises(Invalid, match="Select the actions"):
        council.run("clerk", add_standing, body, [])
    with pytest.raises(Forbidden):
        council.run("stranger", add_standing, body, [2])
    rows = council.read(lambda s: s.scalars(select(Action).order_by(Action.number)).all())
    assert [(a.number, missing_parts(a)) for a in rows] == [(n, ["owner", "date", "measure"]) for n in ("1", "8")]
    assert council.read(lambda s: s.scalars(select(ActionLine.priority).distinct()).all()) == ["Commissioning"]


def test_ny05_a_month_is_due_on_its_last_day(council: Council) -> None:
    """NY-18: "during January" is a month, and late once it is over."""
    action = an_action(council, due_on=date(2027, 2, 3), due_precision="month")
    assert (row(council, action).action_due_on, row(council, action).due_precision) == (date(2027, 2, 28), "month")


def test_a_new_date_leaves_the_old_one_on_record_and_moves_tasks_and_reminders(council: Council) -> None:
    action = an_action(council)
    council.step("clerk", action, "agree")
    council.step("ann", action, "redate", reason="The data are late", fields={"due_on": "2027-01-15"})
    assert due(council, action) == date(2027, 1, 15)
    body = council.read(
        lambda s: s.scalars(select(Event.body).where(Event.case_id == action, Event.name == "action.redated")).one()
    )
    assert json.loads(body)["changes"]["action_due_on"] == ["2026-12-01", "2027-01-15"]
    tasks = council.read(
        lambda s: s.scalars(select(Task).where(Task.case_id == action, Task.closed_at.is_(None))).all()
    )
    assert [t.due_on for t in tasks] == [date(2027, 1, 15)]
    for wrong in ("2026-09-01", "2027-01-15"):
        with pytest.raises(Invalid):
            council.step("ann", action, "redate", reason="Again", fields={"due_on": wrong})


def test_blocked_until_a_day_and_on_again(council: Council) -> None:
    action = an_action(council)
    council.step("clerk", action, "agree")
    council.step("ann", action, "start")
    with pytest.raises(Invalid, match="today or later"):
        council.step("ann", action, "block", reason="No data", fields={"until": "2026-01-01"})
    council.step("ann", action, "block", reason="No data", fields={"until": "2026-11-02"})
    assert (council.state(action), due(council, action)) == ("blocked", date(2026, 11, 2))
    council.step("ann", action, "unblock")
    assert (council.state(action), due(council, action)) == ("in_progress", date(2026, 12, 1))


def test_ny04_each_line_has_its_own_progress_and_report_date(council: Council) -> None:
    lines = (Line("WT4", "Begun", "May 2026"), Line("WT3", "", "Established January 2026"))
    action = an_action(council, lines=lines)
    ids = council.read(
        lambda s: s.scalars(
            select(ActionLine.id).where(ActionLine.action_id == action).order_by(ActionLine.position)
        ).all()
    )
    council.run("ann", record_progress, action, ids[1], "Half done", "July 2026")
    found = council.read(lambda s: get_action(s, council.actor("ann", s), action, council.now.date()).lines)
    assert [(x.priority, x.progress, x.report_to_board) for x in found] == [
        ("WT4", "Begun", "May 2026"),
        ("WT3", "Half done", "July 2026"),
    ]
    with pytest.raises(NotFound):
        council.run("ann", record_progress, action, 9999, "x", "")
    with pytest.raises(Forbidden):
        council.run("bob", record_progress, action, ids[0], "x", "")


def test_a_stale_edit_shows_both_and_the_clerk_alone_changes_the_owner(council: Council) -> None:
    action = an_action(council)
    seen = council.read(lambda s: s.get_one(Case, action).chain_seq)
    given = ActionInput("Draw up two frameworks", owner_id=council.people["ann"], measure="Adopted")
    council.run("ann", edit_action, action, given, seen=seen)
    with pytest.raises(Stale) as stale:
        council.run("clerk", edit_action, action, ActionInput("Draw up three", measure="x"), seen=seen)
    assert "two frameworks" in str(stale.value.theirs)
    assert "Draw up three" in str(stale.value.yours)
    to_bob = ActionInput("Draw up two frameworks", owner_id=council.people["bob"])
    with pytest.raises(Forbidden, match="clerk"):
        council.run("ann", edit_action, action, to_bob)
    council.step("clerk", action, "agree")
    council.run("clerk", edit_action, action, to_bob)
    tasks = council.read(
        lambda s: s.scalars(select(Task).where(Task.case_id == action, Task.closed_at.is_(None))).all()
    )
    assert [t.person_id for t in tasks] == [council.people["bob"]]
    council.step("bob", action, "start")
    with pytest.raises(Invalid, match="Select an owner"):
        council.run("clerk", edit_action, action, ActionInput("Draw up two frameworks"))


def test_ny37_without_owner_date_or_measure_it_is_an_aspiration(council: Council) -> None:
    action = an_action(council, owner_id=None, due_on=None, measure="")
    assert missing_parts(row(council, action)) == ["owner", "date", "measure"]
    full = an_action(council, name="Scrutiny")
    assert missing_parts(row(council, full)) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": " "}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"owner_id": 999}, "owner_id"),
        ({"due_on": date(2026, 1, 1)}, "due_on"),
        ({"due_precision": "year"}, "due_precision"),
        ({"lines": (Line("", "words"),)}, "lines"),
        ({"lines": tuple(Line(str(n)) for n in range(21))}, "lines"),
    ],
)
def test_what_an_action_needs(council: Council, change: dict[str, Any], field: str) -> None:
    body = council.body()
    with pytest.raises(Invalid) as refused:
        council.run("author", create_action, body, ActionInput(**({"text": "Do it"} | change)))
    assert set(refused.value.errors) == {field}


def test_who_may_record_an_action(council: Council) -> None:
    body = council.body()
    for who in ("clerk", "author"):
        council.run(who, create_action, body, ActionInput("Do it"))
    for who in ("ann", "stranger"):
        with pytest.raises(Forbidden):
            council.run(who, create_action, body, ActionInput("Do it"))


def test_actions_are_listed_by_date_and_filtered(council: Council) -> None:
    body = council.body(kind="officer")
    for text, owner, due_on, priority in (
        ("Late", "ann", date(2026, 10, 2), "WT4"),
        ("Undated", "bob", None, "WT4"),
        ("Soon", "ann", date(2026, 10, 20), "WT3"),
    ):
        given = ActionInput(text, council.people[owner], due_on, lines=(Line(priority),))
        council.run("author", create_action, body, given)
    council.at(date(2026, 10, 10))

    def texts(who: str, **filters: Any) -> list[str]:
        rows = council.read(lambda s: list_actions(s, council.actor(who, s), council.now.date(), **filters)[0])
        return [r.text for r in rows]

    assert texts("ann") == ["Late", "Soon", "Undated"]
    assert texts("ann", is_mine=True) == ["Late", "Soon"]
    assert texts("ann", state="overdue") == ["Late"]
    assert texts("ann", priority="WT4") == ["Late", "Undated"]
    assert texts("stranger") == []
    assert council.read(lambda s: list_actions(s, council.actor("ann", s), council.now.date(), per_page=1))[1] == 3
