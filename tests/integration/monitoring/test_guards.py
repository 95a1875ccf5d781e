"""What holds a return back, and who accepts it: every guard with its refusal, and what opens it (BR-34, BR-36)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select

from commissioning.casework import NewCase, create
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.casework.registry import house
from commissioning.models.bodies import Action
from commissioning.models.cases import Message
from commissioning.models.monitoring import Acceptance, MonitoringMeeting
from commissioning.models.people import Deputy
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.snapshot import digest
from tests.support.returns import APRIL, Month, add_actuals, rows_of


def refused(month: Month, who: str, step: str, **more: object) -> list[str]:
    """Codes of the reasons why a step cannot be taken; empty if it was."""
    try:
        month.town.step(who, month.id, step, **more)
    except NotNow as error:
        return [r.code for r in error.reasons]
    return []


def test_money_must_be_open(month: Month) -> None:
    month.answer()
    assert refused(month, "heidi", "submit") == ["money_not_open"]
    with pytest.raises(NotNow):
        month.town.run("heidi", commands.save_line, month.id, month.lines["staff"], commands.LineAnswer("run_rate"))
    month.release()
    assert refused(month, "heidi", "submit") == []


@pytest.mark.parametrize("missing", ["outcomes", "risks", "headcount"])
def test_everything_is_answered(month: Month, missing: str) -> None:
    """A value or the reason why there is none; headcount; risks, or that there are none."""
    month.release()
    if missing == "headcount":
        for row in rows_of(month.town, month.id):
            month.town.run("heidi", commands.save_outcome, month.id, row.id, commands.OutcomeAnswer(95_000))
        month.town.run("heidi", commands_said.say_no_risks, month.id)
    else:
        month.answer(outcomes=missing != "outcomes", risks=missing != "risks")
    assert refused(month, "heidi", "submit") == ["not_answered"]
    for row in rows_of(month.town, month.id):
        none = commands.OutcomeAnswer(None, "The survey is out in June")
        month.town.run("heidi", commands.save_outcome, month.id, row.id, none)
    month.town.run("heidi", commands.save_headcount, month.id, 2_000, 2_000, "")
    month.town.run("heidi", commands_said.say_no_risks, month.id)
    assert refused(month, "heidi", "submit") == []


def test_what_is_amber_or_red_is_commented(month: Month) -> None:
    """An outcome over 10 % off its target; a line forecast above its budget."""
    town = month.town
    month.answer()
    month.release(staff=5_000_100)
    first = rows_of(town, month.id)[0]
    town.run("heidi", commands.save_outcome, month.id, first.id, commands.OutcomeAnswer(80_000))
    with pytest.raises(NotNow) as error:
        town.step("heidi", month.id, "submit")
    assert "outcome A1, budget line staff" in error.value.reasons[0].text
    town.run("heidi", commands.save_outcome, month.id, first.id, commands.OutcomeAnswer(80_000, commentary="Flu"))
    assert refused(month, "heidi", "submit") == ["no_commentary"]
    said = commands.LineAnswer("straight_line", commentary="A pay award")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], said)
    assert refused(month, "heidi", "submit") == []


def test_a_forecast_overspend_has_a_recovery_action(month: Month) -> None:
    """With an owner and a date to come; one that is verified is none any more."""
    town = month.town
    month.answer()
    month.release(staff=6_000_000, travel=2_000_000)
    said = commands.LineAnswer("straight_line", commentary="Agency staff")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], said)
    assert refused(month, "heidi", "submit") == ["no_recovery"]
    owner, gone = town.people["helper"], date(2026, 4, 30)
    with pytest.raises(Invalid) as error:
        town.run("heidi", commands_said.add_recovery, month.id, "Freeze", owner, gone)
    assert error.value.errors == {"due_on": "By when must be today or later"}
    town.run("heidi", commands_said.add_recovery, month.id, "Freeze overtime", owner, date(2026, 9, 1))
    assert refused(month, "heidi", "submit") == []
    assert (month.get().budget_rag, month.get().forecast_pence) == ("amber", 96_000_000)


def test_the_head_alone_submits(month: Month) -> None:
    month.release()
    month.answer()
    for who in ("leo", "fay", "carla", "hugo", "helper"):
        with pytest.raises(Forbidden):
            month.town.step(who, month.id, "submit")


def test_both_accept_in_any_order(month: Month) -> None:
    """Acceptances of the snapshot; the head is told when both have."""
    month.submit()
    for who in ("heidi", "carla", "finn", "director", "hugo"):
        with pytest.raises(Forbidden):
            month.town.step(who, month.id, "accept")
    month.town.step("fay", month.id, "accept")
    assert month.town.state(month.id) == "submitted"
    assert refused(month, "fay", "accept") == ["accepted_already"]
    month.town.step("leo", month.id, "accept", fields={"comment": "Well done"})
    assert month.town.state(month.id) == "accepted"
    assert month.town.events(month.id)[-3:] == ["return.accepted_by_one", "return.accepted_by_one", "return.accepted"]
    rows = month.town.read(lambda s: s.scalars(select(Acceptance).order_by(Acceptance.part)).all())
    assert [(r.part, r.accepted_by_id) for r in rows] == [
        (1, month.town.people["leo"]),
        (2, month.town.people["fay"]),
    ]
    assert {r.snapshot_sha256 for r in rows} == {month.get().snapshot_sha256}
    heidi = month.town.people["heidi"]
    told = month.town.read(lambda s: s.scalars(select(Message.about).where(Message.person_id == heidi)).all())
    assert "return.accepted" in told


def deputise(month: Month, who: str, deputy: str, until: date) -> None:
    """Let somebody stand in for somebody else."""
    people = month.town.people
    row = Deputy(person_id=people[who], deputy_id=people[deputy], from_on=APRIL, to_on=until)
    month.town.write(lambda s: s.add(row))


def test_nobody_accepts_for_both_sides(month: Month) -> None:
    """A deputy of both leaders accepts for one of them."""
    town = month.town
    month.submit()
    for who in ("leo", "fay"):
        deputise(month, who, "helper", date(2026, 6, 1))
    deputise(month, "fay", "leo", date(2026, 6, 1))
    town.step("helper", month.id, "accept", part=1)
    assert refused(month, "helper", "accept", part=2) == ["accepted_already"]
    assert refused(month, "leo", "accept", part=2) == ["accepted_already"], "leo has accepted, by a deputy"


def test_who_submitted_does_not_accept(month: Month) -> None:
    """Not for somebody else either: the leader who stood in for the head waits for another."""
    town = month.town
    deputise(month, "heidi", "leo", date(2026, 5, 1))
    month.release()
    month.answer()
    town.step("leo", month.id, "submit")
    town.now = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
    assert refused(month, "leo", "accept") == ["own_work"]


def test_sent_back_clears_acceptances_and_is_submitted_again(month: Month) -> None:
    month.submit()
    month.town.step("fay", month.id, "accept")
    with pytest.raises(Invalid):
        month.town.step("leo", month.id, "send_back")
    month.town.step("leo", month.id, "send_back", reason="Say more on A1")
    assert month.town.state(month.id) == "returned"
    assert month.town.read(lambda s: s.scalars(select(Acceptance)).all()) == []
    month.town.step("heidi", month.id, "submit")
    month.accept()
    assert month.town.state(month.id) == "accepted"


def test_a_later_import_does_not_alter_what_was_submitted(month: Month) -> None:
    """The snapshot and its hash stay; what has moved is told beside it."""
    from commissioning.monitoring.figures import get_money

    month.submit()
    before = month.get()
    assert digest(before.snapshot) == before.snapshot_sha256
    month.town.now = datetime(2026, 5, 12, 9, 0, tzinfo=UTC)
    add_actuals(month.town, month.year, {month.lines["staff"]: 5_000_000, month.lines["travel"]: 2_500_000})
    after = month.get()
    assert (after.snapshot, after.forecast_pence) == (before.snapshot, before.forecast_pence)
    money = month.town.read(lambda s: get_money(s, [after], live=[])[month.id])
    assert (money.actual, money.moved) == (7_400_000, 100_000)
    assert money.ledger_now[month.lines["staff"]] == 5_000_000


def test_late_is_late_by_the_first_submission(month: Month) -> None:
    month.release()
    month.answer()
    month.town.now = datetime(2026, 5, 15, 9, 0, tzinfo=UTC)
    month.town.step("heidi", month.id, "submit")
    assert month.get().is_late


def meeting(month: Month, means: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A monitoring meeting of April whose state has these meanings (a meeting's definition is its own)."""
    base = house.workflows["action.v1"]
    states = {**base.states, "agreed": replace(base.states["agreed"], means=frozenset(means), label="Fixed")}
    monkeypatch.setitem(house.workflows, "action.v1", replace(base, states=states))

    def make(session: object) -> None:
        fixed = NewCase(
            "action", "Meeting", scope=f"unit:{month.unit}", state="agreed", roles=[("owner", 1, None, None)],
            dates={"action_due_on": date(2026, 5, 20)},
            facts=lambda i: [MonitoringMeeting(case_id=i, unit_id=month.unit, period_on=APRIL, return_id=month.id,
                meeting_on=date(2026, 5, 20), starts_at=time(10), calendar_uid="one")],
        )  # fmt: skip
        create(session, month.town.actor("leo", session), fixed, now=month.town.now)

    month.town.write(make)


def test_a_month_without_a_meeting_is_closed_and_says_so(month: Month) -> None:
    month.submit()
    month.accept()
    month.town.step("leo", month.id, "close")
    assert month.town.state(month.id) == "closed"


@pytest.mark.parametrize(("means", "codes"), [(set(), ["meeting_open"]), ({"missed"}, []), ({"sat"}, [])])
def test_a_month_is_closed_after_its_meeting(
    month: Month, means: set[str], codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """BR-35: held, or recorded as not held."""
    month.submit()
    month.accept()
    meeting(month, {"open"} | means, monkeypatch)
    assert refused(month, "leo", "close") == codes


@pytest.mark.parametrize(("means", "state"), [({"sat"}, "discussed"), ({"open"}, "accepted")])
def test_accepted_after_its_meeting_it_has_been_discussed(
    month: Month, means: set[str], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    month.submit()
    meeting(month, means, monkeypatch)
    month.accept()
    assert month.town.state(month.id) == state
    if state == "accepted":
        assert refused(month, "leo", "discuss") == ["not_met"]


@pytest.mark.parametrize("is_done", [False, True])
def test_a_recovery_that_is_over_recovers_nothing(month: Month, is_done: bool) -> None:
    """Its day has gone by, or it is verified: the overspend needs another one."""
    town, when = month.town, date(2026, 9, 1) if is_done else date(2026, 5, 5)
    month.answer()
    month.release(staff=6_000_000, travel=2_000_000)
    said = commands.LineAnswer("straight_line", commentary="Agency staff")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], said)
    town.run("heidi", commands_said.add_recovery, month.id, "Freeze overtime", town.people["helper"], when)
    if is_done:
        action = town.read(lambda s: s.scalars(select(Action.case_id)).one())
        town.step("helper", action, "report_complete", reason="Done")
        town.step("leo", action, "verify")
    town.now = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
    assert refused(month, "heidi", "submit") == ["no_recovery"]
