"""A cycle from draft round to its renewal: outputs, gates, decisions that act, pausing (product.md, 2; NY-10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import String, cast, func, literal, select, update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Refused, Stale
from commissioning.cycles.commands import CycleInput, create_cycle, edit_cycle, link_case, name_owner
from commissioning.cycles.template import USUAL, OutputInput, current_template, save_template
from commissioning.models.bodies import Action, Decision
from commissioning.models.cases import Case, CaseRole, Event, Message, Occurrence, Task
from commissioning.models.cycles import Cycle, CycleLink, CycleOutput
from commissioning.reminders.commands import send_due
from commissioning.reminders.forecast import Foreseen, list_foreseen
from commissioning.visibility import get_case
from tests.integration.meetings.scenes import an_action, decide, published, tick
from tests.support.council import NOW
from tests.support.cycles import ENDS, STARTS, Shire
from workflows.london import in_london


def refused(shire: Shire, who: str, case_id: int, step: str, **more: Any) -> str:
    """Why somebody may not take a step."""
    with pytest.raises((NotNow, Forbidden)) as found:
        shire.step(who, case_id, step, **more)
    return "; ".join(r.text for r in found.value.reasons)


def test_round_from_draft_to_renewal_with_two_decisions(shire: Shire) -> None:
    """NY-10: two gates, each opened by the decision of its board; the next cycle carries what is open."""
    cycle = shire.cycle()
    action = an_action(shire, shire.board)
    shire.run("lena", link_case, cycle, action)
    shire.reach(cycle, "review_at_board")
    shire.decide(cycle, "renew")
    assert shire.state(cycle) == "renewed"
    following = shire.read(lambda s: s.scalars(select(Cycle).where(Cycle.prior_id == cycle)).one())
    assert shire.state(following.case_id) == "draft"
    assert (following.starts_on, following.ends_on) == (date(2030, 4, 1), date(2033, 3, 31))
    assert following.priority_id == shire.priority
    carried = shire.read(
        lambda s: s.scalars(select(CycleLink.case_id).where(CycleLink.cycle_id == following.case_id)).all()
    )
    assert carried == [action]
    shire.step("lena", following.case_id, "start_assess")
    needs = next(o for o, _ in shire.outputs(following.case_id, "assess") if o.title == "Needs assessment")
    assert needs.evidence == "Needs assessment: see the shared folder"
    assert needs.carried_from_id is not None
    for stage in ("assess", "plan", "do", "review"):
        assert {c.state for o, c in shire.outputs(cycle, stage) if o.is_required} == {"settled"}
        assert {c.state for o, c in shire.outputs(cycle, stage) if not o.is_required} <= {"lapsed"}


def test_assess_begins_when_it_is_said_what_and_for_whom(shire: Shire) -> None:
    cycle = shire.cycle(remit=" ", board_id=None)
    why = refused(shire, "lena", cycle, "start_assess")
    assert "what it takes in and leaves out and which board decides" in why


def test_a_gate_names_what_is_missing_and_whose_it_is(shire: Shire) -> None:
    """What is required is done or waived with a reason; what is optional does not hold it up. BR-50: users' voice is
    required of every council's Assess from the first, value for money of its Review."""
    cycle = shire.cycle()
    shire.step("lena", cycle, "start_assess")
    required = [(o, c) for o, c in shire.outputs(cycle, "assess") if o.is_required]
    assert len(required) == 7
    assert "Users’ voice" in {o.title for o, _ in required}
    assert {"Feedback", "Unit cost, cost per outcome, benchmark"} <= {o.title for o in USUAL if o.is_required}
    shire.run("lena", name_owner, required[0][1].id, shire.people["olaf"])
    why = refused(shire, "carla", cycle, "finish_assess")
    assert "Scope and remit (Olaf), Needs assessment (Lena)" in why
    assert "and 3 more" in why
    shire.step("olaf", required[0][1].id, "provide", fields={"evidence": "Agreed on 1 October"})
    for _, case in required[1:-1]:
        shire.step("lena", case.id, "provide", fields={"evidence": "Done"})
    with pytest.raises(Invalid):
        shire.step("lena", required[-1][1].id, "waive")
    assert refused(shire, "carla", cycle, "finish_assess") == "Not done or waived yet: Summary (Lena)"
    shire.step("lena", required[-1][1].id, "waive", reason="It is in the needs assessment")
    assert "commissioner" in refused(shire, "lena", cycle, "finish_assess")
    shire.step("carla", cycle, "finish_assess")
    assert shire.state(cycle) == "plan"
    kept = shire.read(lambda s: s.get_one(CycleOutput, required[-1][1].id))
    assert kept.waived_reason == "It is in the needs assessment"


def test_an_output_is_a_task_of_its_owner_with_a_date(shire: Shire) -> None:
    cycle = shire.cycle()
    shire.step("lena", cycle, "start_assess")
    output, case = shire.outputs(cycle, "assess")[0]
    assert (output.title, output.output_due_on, case.due_on) == (
        "Scope and remit",
        date(2026, 10, 15),
        date(2026, 10, 15),
    )
    shire.run("carla", name_owner, case.id, shire.people["olaf"])
    task = shire.read(lambda s: s.scalars(select(Task).where(Task.case_id == case.id, Task.closed_at.is_(None))).one())
    assert task.person_id == shire.people["olaf"]
    shire.step("lena", case.id, "redate", reason="Half-term", fields={"due_on": "2026-11-05"})
    assert shire.read(lambda s: s.get_one(Case, case.id)).due_on == date(2026, 11, 5)
    with pytest.raises(Forbidden):
        shire.step("author", case.id, "provide", fields={"evidence": "Mine"})


def test_the_gate_opens_only_as_decided(shire: Shire) -> None:
    """No person opens it; a rejection sends it back; a decision before it is ready is "not carried out"."""
    cycle = shire.cycle()
    shire.reach(cycle, "plan")
    shire.decide(cycle, "approve_plan")
    assert shire.state(cycle) == "plan"
    early = shire.read(lambda s: s.scalars(select(Decision)).one())
    assert "It is Plan" in early.not_carried_out
    shire.settle(cycle, "plan")
    shire.step("lena", cycle, "ask_board")
    for who in ("lena", "carla", "dora", "chair"):
        with pytest.raises(Forbidden):
            shire.step(who, cycle, "approve_plan")
    shire.decide(cycle, "approve_plan", "rejected")
    assert shire.state(cycle) == "plan"
    shire.step("lena", cycle, "ask_board")
    shire.decide(cycle, "approve_plan")
    assert shire.state(cycle) == "do"


def test_another_boards_decision_does_not_open_it(shire: Shire) -> None:
    """A decision linked to the wrong gate stands, is not carried out and says why."""
    cycle = shire.cycle()
    shire.reach(cycle, "plan_at_board")
    other = shire.body("Schools Forum", "partnership")
    shire.decide(cycle, "approve_plan", board=other)
    assert shire.state(cycle) == "plan_at_board"
    stands = shire.read(lambda s: s.scalars(select(Decision)).one())
    assert stands.not_carried_out == "This gate opens by a decision of Children’s Trust Board"
    assert "another" not in stands.outcome


def test_what_its_board_decided_at_an_earlier_gate_opens_no_later_one(shire: Shire) -> None:
    """Its board agreed to the plan; another board cannot renew it on the strength of that."""
    cycle = shire.cycle()
    shire.reach(cycle, "review_at_board")
    other = shire.body("Schools Forum", "partnership")
    shire.decide(cycle, "renew", board=other)
    assert shire.state(cycle) == "review_at_board"
    shire.decide(cycle, "renew")
    assert shire.state(cycle) == "renewed"


def test_a_decision_not_yet_in_effect_does_not_move_it(shire: Shire) -> None:
    """A board with call-in: the cycle goes on when the decision is in effect, not when it is confirmed (P-21)."""
    cabinet = shire.body("Cabinet", "executive")
    cycle = shire.cycle(board_id=cabinet)
    shire.reach(cycle, "plan_at_board")
    given = {"about_id": cycle, "about_step": "approve_plan"}
    meeting, report, item = published(shire, cabinet, [given])
    decide(shire, meeting, report, item, "agreed")
    assert shire.state(cycle) == "plan_at_board"

    def foreseen(who: str, kinds: tuple[str, ...] = ("stage", "output")) -> list[Foreseen]:
        days = (date(2026, 11, 4), date(2027, 9, 20))
        found = shire.read(lambda s: list_foreseen(s, shire.actor(who, s), *days, shire.now))
        return [f for f in found if f.rule.startswith(kinds)]

    everything = [f for f in foreseen("admin", ("",)) if f.rule != "overview"]
    before = shire.read(lambda s: s.execute(select(func.count()).select_from(Event)).scalar_one())
    ahead = foreseen("admin")
    assert {f.rule for f in ahead} >= {"stage_due-20", "stage_late+30", "output_due-5", "output_late+5"}
    assert {f.case_id for f in ahead} == {cycle, None}, "the outputs of Do are not opened yet"
    assert foreseen("lena") == ahead
    assert foreseen("stranger") == []
    assert shire.state(cycle) == "plan_at_board", "it was tried out, and undone"
    assert shire.read(lambda s: s.execute(select(func.count()).select_from(Event)).scalar_one()) == before
    hide = update(Case).where(Case.kind == "decision")
    shire.write(lambda s: s.execute(hide.values(secrecy="exempt")))
    told = {(f.rule.startswith("output"), f.case_id is None) for f in foreseen("lena")}
    assert told == {(True, False)}, "of a secret one is told what stands now, as if it were not there"
    shire.write(lambda s: s.execute(hide.values(secrecy="open")))

    def live_until(last: date) -> None:
        while in_london(shire.now).date() < last:
            shire.at(in_london(shire.now).date() + timedelta(days=1), 9)
            while shire.write(lambda s: send_due(s, shire.now)):
                pass

    live_until(date(2026, 11, 10))
    shire.at(date(2026, 11, 11), 0)
    shire.now = shire.now.replace(minute=5)
    tick(shire)
    assert shire.state(cycle) == "do"
    live_until(date(2027, 9, 20))
    told = shire.read(
        lambda s: s.execute(
            select(Message.made_at, Message.person_id, Occurrence.rule, Case.safe_title)
            .join(Occurrence, Message.key == literal("occurrence:") + cast(Occurrence.id, String))
            .join(Case, Case.id == Occurrence.case_id)
            .where(Message.channel == "in_app", Message.made_at > shire.now - timedelta(days=322))
        ).all()
    )
    sent = sorted((in_london(at).date(), who, rule, title) for at, who, rule, title in told)
    assert sent == sorted((f.on, person, f.rule, f.title) for f in everything for person in f.people)


def test_pause_rests_its_outputs_and_resume_goes_on(shire: Shire) -> None:
    cycle = shire.cycle()
    shire.step("lena", cycle, "start_assess")
    with pytest.raises(Invalid):
        shire.step("lena", cycle, "pause", reason="Inspection", fields={"resume_on": "2026-10-01"})
    shire.step("lena", cycle, "pause", reason="Inspection", fields={"resume_on": "2027-01-11"})
    assert {c.state for _, c in shire.outputs(cycle, "assess")} == {"on_hold"}
    assert shire.read(lambda s: s.get_one(Case, cycle)).due_on == date(2027, 1, 11)
    open_tasks = select(Task.id).join(CycleOutput, CycleOutput.case_id == Task.case_id).where(Task.closed_at.is_(None))
    assert shire.read(lambda s: s.scalars(open_tasks).all()) == []
    shire.step("lena", cycle, "resume")
    assert shire.state(cycle) == "assess"
    assert {c.state for _, c in shire.outputs(cycle, "assess")} == {"to_do"}


def test_decommissioning_makes_exit_actions(shire: Shire) -> None:
    cycle = shire.cycle()
    shire.reach(cycle, "review_at_board")
    shire.decide(cycle, "decommission")
    assert shire.state(cycle) == "decommissioned"
    actions = shire.read(
        lambda s: s.scalars(
            select(Action).join(CycleLink, CycleLink.case_id == Action.case_id).where(CycleLink.cycle_id == cycle)
        ).all()
    )
    assert len(actions) == 5
    assert {a.owner_id for a in actions} == {shire.people["lena"]}
    assert all(a.action_due_on > NOW.date() for a in actions)


def test_parallel_cycles_never_block_each_other(shire: Shire) -> None:
    """LI-22: the strategy runs alongside the framework."""
    framework, strategy = shire.cycle("Commissioning framework"), shire.cycle("Three-year strategy")
    shire.run("lena", link_case, strategy, framework)
    shire.reach(strategy, "do")
    assert shire.state(framework) == "draft"


def test_bad_input_is_refused_by_field(shire: Shire) -> None:
    """Dates out of order, a cycle that follows one that is followed already, unknown people and boards."""
    first = shire.cycle()
    shire.cycle("Next", prior_id=first)
    people, posts = shire.people, shire.posts
    new = CycleInput(" ", 99, 98, 97, ENDS, STARTS, priority_id=96, board_id=95, prior_id=first)
    with pytest.raises(Invalid) as found:
        shire.run("carla", create_cycle, new)
    assert found.value.errors.keys() == {
        *("title", "lead_id", "commissioner_post_id", "director_post_id", "ends_on", "priority_id", "board_id"),
        "prior_id",
    }
    assert "follows that cycle already" in found.value.errors["prior_id"]
    with pytest.raises(Forbidden):
        shire.run(
            "stranger", create_cycle, CycleInput("X", people["lena"], posts["team"], posts["director"], STARTS, ENDS)
        )
    with pytest.raises(Invalid):
        shire.run("lena", link_case, first, first)


def test_a_cycle_is_not_its_own_predecessor(shire: Shire) -> None:
    """The second wall: the database refuses what no form offers."""
    cycle = shire.cycle()
    with pytest.raises(IntegrityError):
        shire.write(lambda s: setattr(s.get_one(Cycle, cycle), "prior_id", cycle))


def test_another_lead_takes_over_the_open_outputs(shire: Shire) -> None:
    cycle = shire.cycle()
    shire.step("lena", cycle, "start_assess")
    kept, given = (c.id for _, c in shire.outputs(cycle, "assess")[:2])
    shire.run("lena", name_owner, kept, shire.people["olaf"])
    row = shire.row(cycle)
    new = CycleInput(
        "Short breaks", shire.people["dora"], row.commissioner_post_id, row.director_post_id, row.starts_on,
        row.ends_on, row.remit, row.priority_id, row.board_id,
    )  # fmt: skip
    shire.run("carla", edit_cycle, cycle, new, seen=row.version)
    owned = select(CaseRole.case_id, CaseRole.person_id).where(CaseRole.role == "owner")
    owners = {r.case_id: r.person_id for r in shire.read(lambda s: s.execute(owned).all())}
    assert owners[kept] == shire.people["olaf"]
    assert owners[given] == shire.people["dora"]
    with pytest.raises(Stale):
        shire.run("carla", edit_cycle, cycle, new, seen=row.version)
    with pytest.raises(Forbidden):
        shire.run("lena", edit_cycle, cycle, new)


def test_a_changed_template_leaves_running_cycles_alone(shire: Shire) -> None:
    """Each cycle keeps the version of the list that it began with."""
    old = shire.cycle("Old")
    shire.step("lena", old, "start_assess")
    outputs = [*USUAL, OutputInput("plan", "Whole-life cost", working_days=50)]
    number = shire.run("carla", save_template, outputs, seen=1)
    assert number == 2
    new = shire.cycle("New")
    shire.step("lena", new, "start_assess")
    for cycle, titles in ((old, 10), (new, 11)):
        shire.settle(cycle, "assess")
        shire.step("carla", cycle, "finish_assess")
        assert len(shire.outputs(cycle, "plan")) == titles
    with pytest.raises(Stale):
        shire.run("carla", save_template, outputs, seen=1)
    with pytest.raises(Invalid) as found:
        shire.run("carla", save_template, [OutputInput("plan", "A"), OutputInput("plan", "a", working_days=0)])
    assert found.value.errors.keys() == {"1-title", "1-working_days"}
    assert shire.read(current_template).number == 2


def test_who_may_know_of_a_cycle(shire: Shire) -> None:
    """A draft is its lead's and the team's; once Assess has begun, its board's members and officers see it too."""
    cycle = shire.cycle()

    def seen_by() -> set[str]:
        found = set()
        for who in ("lena", "carla", "dora", "ann", "clerk", "chair", "stranger", "author", "admin"):
            with shire.engine.connect():
                try:
                    shire.read(lambda s, who=who: get_case(s, shire.actor(who, s), cycle, shire.now.date()))
                except NotFound:
                    continue
                found.add(who)
        return found

    assert seen_by() == {"lena", "carla", "dora"}
    shire.step("lena", cycle, "start_assess")
    assert seen_by() == {"lena", "carla", "dora", "ann", "clerk", "chair"}
    with pytest.raises(Refused):
        shire.step("stranger", cycle, "finish_assess")
