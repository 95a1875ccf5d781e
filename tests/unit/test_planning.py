"""The planner by itself: which days a state plans, what it asks of whom, from what a case knows of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import pytest

from commissioning.casework import plans
from commissioning.casework.errors import NotNow
from commissioning.policy import Party
from tests.unit.workflow_samples import paper
from workflows.definition import Ask, Instead, Reminder
from workflows.engine import SignOffStatus
from workflows.london import london_instant
from workflows.quorum import Signature
from workflows.registry import Refusal
from workflows.working_days import Calendar

TODAY = date(2012, 5, 2)
FRIDAY, SATURDAY, MONDAY = date(2012, 5, 4), date(2012, 5, 5), date(2012, 5, 7)
TUESDAY = date(2012, 5, 8)
CALENDAR = Calendar(frozenset({MONDAY}), date(2012, 5, 31))


@pytest.fixture(autouse=True)
def rules_of_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    """No council's own: they stand in a database."""
    monkeypatch.setattr(plans, "reminders_in", lambda _session, _workflow, state: state.reminders)


def context(state: str = "drafting", **more: Any) -> Any:
    """A case in a state of the sample, as the door hands it over."""
    workflow = more.pop("workflow", None) or paper()
    case = SimpleNamespace(
        id=7, version=3, workflow=workflow, definition=workflow.id, state=state, where=workflow.states[state],
        due_on=more.pop("due_on", TUESDAY), entered_on=more.pop("entered_on", TODAY), kind="paper",
    )  # fmt: skip
    facts = {
        "session": SimpleNamespace(info={}), "calendar": CALENDAR, "today": TODAY, "parties": [],
        "kind": SimpleNamespace(dates=lambda _context: {}), "sign_off_status": lambda: None,
    }  # fmt: skip
    return SimpleNamespace(case=case, **(facts | more))


def party(role: str, person: int | None = 1, post: int | None = None, part: int | None = None) -> Any:
    return Party(role, person, post, part)


def test_a_due_date_counts_from_the_day_of_entering_or_from_one_that_the_kind_says() -> None:
    signing, drafting = context("signing"), context("drafting")
    assert plans.due_on(signing) == date(2012, 5, 10), "five working days after, over a weekend and a holiday"
    assert plans.due_on(context("ready", entered_on=SATURDAY)) == SATURDAY, "without days it is that very day"
    assert plans.due_on(context("heard")) is None
    assert plans.due_on(drafting) == TODAY, "the kind does not say: from the day of entering"
    knows = SimpleNamespace(dates=lambda _context: {"draft_on": FRIDAY})
    assert plans.due_on(context("drafting", kind=knows)) == FRIDAY
    assert plans.due_on(context("drafting", kind=knows), {"draft_on": TUESDAY}) == TUESDAY
    assert plans.due_on(context("signing", kind=None), {"entered": TUESDAY}) == date(2012, 5, 10)
    assert [plans.needs_facts(context(s)) for s in ("drafting", "signing", "heard")] == [True, False, False]


def test_each_rule_plans_its_days_that_are_not_over_and_what_escalates_also_then() -> None:
    rules = (Reminder("due", (-3, -1, 0)), Reminder("late", (-4, 1, 20), "boss"))
    rows = plans.reminder_days(rules, TUESDAY, CALENDAR, FRIDAY)
    assert [(r["rule"], r["to_role"], r["nominal_on"], r["status"]) for r in rows] == [
        ("due-1", None, FRIDAY, "planned"),
        ("due+0", None, TUESDAY, "planned"),
        ("late-4", "boss", date(2012, 5, 1), "planned"),
        ("late+1", "boss", date(2012, 5, 9), "planned"),
        ("late+20", "boss", date(2012, 6, 5), "waiting"),
    ]
    assert {r["send_at"] for r in rows[:1]} == {london_instant(FRIDAY, time(8))}
    on_a_saturday = plans.reminder_days([Reminder("due", (0,))], SATURDAY, CALENDAR, FRIDAY)
    assert [r["nominal_on"] for r in on_a_saturday] == [SATURDAY], "on the day itself, whatever day it is"


def test_what_a_state_plans_is_worked_out_once_for_all_that_are_alike_and_for_no_other() -> None:
    drafting = replace(paper().states["drafting"], reminders=(Reminder("x", (0,)),))
    other = replace(paper(), name="letter", states={**paper().states, "drafting": drafting})
    elsewhere = Calendar(frozenset({FRIDAY, MONDAY}), date(2012, 5, 31))
    of_a_kind = [
        context(), context("signing"), context(due_on=date(2012, 5, 9)), context(today=FRIDAY),
        context(calendar=elsewhere), context(workflow=other),
    ]  # fmt: skip
    session = SimpleNamespace(info={})
    for one in of_a_kind:
        one.session = session
        alone = context()
        vars(alone).update(vars(one) | {"session": SimpleNamespace(info={})})
        assert plans._reminder_days(one) == plans._reminder_days(alone) != []
        assert plans._reminder_days(one) is plans._reminder_days(one)
    assert len(session.info["reminder days"]) == len(of_a_kind)
    assert plans._reminder_days(context(due_on=None)) == []
    assert plans._reminder_days(context("heard")) == []
    rows = plans.planned(of_a_kind[0], of_a_kind[1])
    assert [r["rule"] for r in rows] == ["draft_due-2", "draft_due+0", "draft_late+1", "sign_late+1"]
    assert {(r["case_id"], r["visit"]) for r in rows} == {(7, 3)}
    assert len({r["id"] for r in rows}) == 4


def test_a_case_asks_each_holder_once_and_is_refused_where_nobody_holds_the_role() -> None:
    twice = [party("author"), party("author"), party("author", None, 5), party("boss", 2)]
    wanted = plans.wanted_tasks(context(parties=twice))
    assert [(t["person_id"], t["post_id"]) for t in wanted] == [(1, None), (None, 5)]
    assert {(t["case_id"], t["step"], t["role"], t["part"], t["due_on"]) for t in wanted} == {
        (7, "send", "author", None, TUESDAY)
    }
    (today,) = plans.wanted_tasks(context(parties=[party("author")], due_on=None))
    assert today["due_on"] == TODAY
    with pytest.raises(NotNow) as refused:
        plans.wanted_tasks(context("ready", parties=twice[:3]))
    (reason,) = refused.value.reasons
    assert reason.waits_for == "boss"
    assert (reason.code, reason.text) == ("nobody_asked", "Nobody is named as boss, and the next step is theirs")
    assert plans.wanted_tasks(context("signing")) == [], "whether anybody has to sign is for the guards to say"


def test_who_has_signed_is_asked_no_more_and_in_order_only_the_next_is() -> None:
    signers = [party("officer", n, part=n) for n in (1, 2, 3, 4)]

    def asked(status: SignOffStatus | None) -> list[int]:
        rows = plans.wanted_tasks(context("signing", parties=signers, sign_off_status=lambda: status))
        return [row["part"] for row in rows]

    first = (Signature(1, frozenset({"officer"}), 1),)
    assert asked(None) == []
    assert asked(SignOffStatus(first, (1, 2, 3))) == [2, 3], "the fourth is not asked"
    assert asked(SignOffStatus(first, (1, 2, 3), in_order=True)) == [2]
    assert asked(SignOffStatus((), (3, 1), in_order=True)) == [3]
    elsewhere = context("signing", parties=signers, sign_off_status=lambda: SignOffStatus(first, (1, 2), in_order=True))
    elsewhere.case.where = replace(elsewhere.case.where, asks=(replace(elsewhere.case.where.asks[0], step="submit"),))
    assert [row["part"] for row in plans.wanted_tasks(elsewhere)] == [2]
    elsewhere.sign_off_status = lambda: SignOffStatus((), (1, 2), in_order=True)
    assert [row["part"] for row in plans.wanted_tasks(elsewhere)] == [1, 2], "the order is that of signing alone"


def test_what_is_asked_instead_is_the_first_that_its_guard_lets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    guards = {"shut@1": lambda _context: Refusal("shut", "It is shut"), "open@1": lambda _context: None}
    monkeypatch.setattr(plans.house, "rules", SimpleNamespace(guards=guards))
    shut, first, second = (
        Instead("shut@1", "pause", "boss"),
        Instead("open@1", "drop", "boss"),
        Instead("open@1", "sign", "x"),
    )
    for instead, asked in (((shut,), ("send", "author")), ((shut, first, second), ("drop", "boss"))):
        found = plans.asked_now(context(), Ask("send", "author", instead))
        assert (found.step, found.of) == asked


def test_a_date_counted_again_moves_what_follows_only_if_it_moved_or_the_calendar_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[Any, ...]] = []
    monkeypatch.setattr(plans, "cancel", lambda _session, ids, now, keep, since: done.append((ids, now, keep, since)))
    monkeypatch.setattr(plans, "plan", lambda _session, rows: done.append(tuple(r["rule"] for r in rows)))
    monkeypatch.setattr(plans, "sync_tasks", lambda context: done.append((context.case.due_on,)))
    tenth = date(2012, 5, 10)
    stays = context("signing", due_on=tenth, now="now")
    assert plans.replan(stays) is False
    assert done == []
    kept = frozenset({("sign_late+1", date(2012, 5, 11))})
    assert plans.replan(stays, is_recounted=True) is False
    assert done == [([7], "now", kept, TODAY), ("sign_late+1",), (tenth,)], "what lies before today stays as it was"
    done.clear()
    moves = context("signing", due_on=TUESDAY, now="now")
    assert plans.replan(moves) is True
    assert done == [([7], "now", kept, date.min), ("sign_late+1",), (tenth,)]
    done.clear()
    asks = (Ask("sign", "officer", (Instead("open@1", "drop", "boss"),)),)
    stays.case.where = replace(stays.case.where, asks=asks)
    assert plans.replan(stays) is False
    assert done == [(tenth,)], "what is asked may be another thing now"
