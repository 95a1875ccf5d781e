"""The example council is whole, plausible on any day, and its history is real (interface.md, "The example council")."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from commissioning import audit_verify
from commissioning.accounts.queries import EXAMPLE_GROUPS, group_example_people
from commissioning.db import in_transaction, make_engine, reading
from commissioning.demo.demo_commands import demo_group, load_if_empty, load_with_progress
from commissioning.demo.load import NotEmpty, Size, load
from commissioning.demo.sources import load_papers
from commissioning.models.bodies import Action, ActionLine, Body, Decision
from commissioning.models.cases import Case, Event, Occurrence, Task
from commissioning.models.money import BudgetYear, FundingGrant, Period
from commissioning.models.monitoring import Escalation, Return, ReturnAction, ReturnOutcome
from commissioning.models.people import Person, PostHolding
from commissioning.models.reports import Recommendation, RecommendationOption, Report
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.money.ledger import get_balances
from commissioning.reports.covers import read_parts
from commissioning.reports.findings import findings_of
from tests.support.example_council import NOW, load_house


def state_of(session: Session, title: str) -> str:
    """The state of the report of that title."""
    return session.scalars(select(Case.state).where(Case.kind == "report", Case.title == title)).one()


def test_the_three_source_reports_stand_where_they_should(council: Engine) -> None:
    papers = load_papers()
    with reading(council) as session:
        assert state_of(session, papers["LI"].title) == "in_clearance"
        assert state_of(session, papers["NY"].title) == "on_agenda"
        assert state_of(session, papers["BR"].title) == "drafting"


def test_li_04_four_recommendations_and_the_choice_of_one_or_two_of_four(council: Engine) -> None:
    with reading(council) as session:
        report = session.scalars(
            select(Case.id).where(Case.kind == "report", Case.title == load_papers()["LI"].title)
        ).one()
        rows = session.scalars(
            select(Recommendation).where(Recommendation.report_id == report).order_by(Recommendation.position)
        ).all()
        assert [r.ask for r in rows] == ["choose", "agree_not_to", "comment", "proceed"]
        assert (rows[0].least, rows[0].most) == (1, 2)
        options = select(func.count()).where(RecommendationOption.recommendation_id == rows[0].id)
        assert session.execute(options).scalar_one() == 4


def test_the_findings_of_the_three_reports_show(council: Engine) -> None:
    """LI is told of its deadlines, of the body asked and of "in due course"; NY and BR of theirs."""
    wanted = {"LI": {"L01", "L02", "L07"}, "NY": {"L08"}, "BR": {"L01", "L03", "L06"}}
    with reading(council) as session:
        for code, paper in load_papers().items():
            report = session.scalars(select(Case.id).where(Case.kind == "report", Case.title == paper.title)).one()
            found = findings_of(session, read_parts(session, report), NOW.date())
            assert wanted[code] <= {f.code for f in found}, code


def test_ny_15_the_recommendation_is_about_the_proposed_group(council: Engine) -> None:
    with reading(council) as session:
        row = session.execute(
            select(Case.state, Recommendation.about_step, Body.name)
            .join(Case, Case.id == Recommendation.about_id)
            .join(Body, Body.case_id == Case.id)
        ).one()
        assert tuple(row) == ("proposed", "approve", "Performance and Commissioning Sub-Group")


def test_ny_08_eight_actions_with_their_lines(council: Engine) -> None:
    with reading(council) as session:
        actions = session.scalars(
            select(Action).where(Action.decision_id.is_(None), Action.unit_id.is_(None), Action.paper_to_id.is_(None))
        ).all()
        assert sorted(a.number for a in actions) == [str(n) for n in range(1, 9)]
        assert session.execute(select(func.count()).select_from(ActionLine)).scalar_one() == 9


def test_papers_stand_in_every_state_that_a_reader_wants_to_see(council: Engine) -> None:
    with reading(council) as session:
        states = set(session.scalars(select(Case.state).where(Case.kind == "report")))
        bodies = set(session.scalars(select(Case.state).where(Case.kind == "body")))
        decisions = set(session.scalars(select(Case.state).where(Case.kind == "decision")))
        secret = session.scalars(select(Case).where(Case.kind == "report", Case.secrecy == "exempt")).one()
    assert states >= {
        *("planned", "drafting", "in_clearance", "with_sponsor", "returned", "on_agenda", "published"),
        *("considered", "decided", "closed", "withdrawn"),
    }
    assert bodies == {"proposed", "sitting"}
    assert decisions == {"in_effect", "call_in_open", "called_in"}
    assert secret.safe_title == "Property matter"
    assert "Castle" not in secret.safe_title


def test_every_step_was_taken_by_somebody_whose_step_it_is(council: Engine) -> None:
    """No event of a step for people is by the service, and nothing is dated after the moment of loading."""
    with reading(council) as session:
        latest = session.execute(select(func.max(Event.at))).scalar_one()
        by_nobody = session.scalars(
            select(Event.step).where(Event.actor_id.is_(None), Event.step.is_not(None)).distinct()
        ).all()
        first = session.execute(select(func.min(Event.at)).where(Event.case_id.is_not(None))).scalar_one()
    assert latest < NOW
    assert (latest - first).days > 300
    assert set(by_nobody) <= {
        *("complete_clearance", "publish", "conclude", "hear", "take_effect", "open_call_in", "defer"),
        *("complete_agreement", "end", "complete_acceptance", "complete_minutes", "discuss", "invite", "roll_on"),
        *("approve_plan", "renew", "settle", "lapse", "hold"),  # as a board decided, and with a cycle's stage
    }


def test_chains_are_in_order_and_verify(council: Engine) -> None:
    with reading(council) as session:
        rows = session.execute(select(Event.chain, Event.seq, Event.at).order_by(Event.chain, Event.seq)).all()
        for before, after in pairwise(rows):
            if before.chain == after.chain:
                assert after.seq == before.seq + 1
                assert after.at >= before.at, after.chain
    assert verified(council) == []


def verified(engine: Engine) -> list[object]:
    """What the verification of the audit trail finds wrong."""
    with reading(engine) as session:
        return list(audit_verify.verify(session).findings)


def test_a_deputy_acted_for_somebody_and_the_record_says_so(council: Engine) -> None:
    with reading(council) as session:
        event = session.scalars(select(Event).where(Event.for_id.is_not(None))).one()
        names = session.execute(select(Person.id, Person.name)).all()
        by_id = {r.id: r.name for r in names}
        assert json.loads(event.body or "{}")["acting_for"] == by_id[event.for_id or 0]
        assert by_id[event.actor_id or 0] == "Assistant Director, Resources"


def test_nobody_is_real_and_no_reminder_of_the_past_is_still_to_be_sent(council: Engine) -> None:
    with reading(council) as session:
        assert session.scalars(select(Person.id).where(Person.is_example.is_(False))).all() == []
        assert all(e.endswith("@example.org") for e in session.scalars(select(Person.email)))
        due = select(Occurrence.id).where(Occurrence.status == "planned", Occurrence.send_at <= NOW)
        assert session.scalars(due).all() == []
        assert session.execute(select(func.count()).select_from(Task).where(Task.closed_at.is_(None))).scalar_one() > 15


def test_br_03_br_05_the_core_and_the_business_units_are_there_with_their_posts(council: Engine) -> None:
    with reading(council) as session:
        units = session.scalars(select(Unit)).all()
        core = [u for u in units if u.kind == "core"]
        business = [u for u in units if u.kind == "business"]
        assert (len(core), len(business)) == (18, 22)
        assert {u.name for u in core} & {u.name for u in business} == {"Knowledge Management"}
        assert {"School Improvement", "School Improvement (non core)"} <= {u.name for u in units}
        assert all(u.core_group for u in core)
        assert 5000 <= sum(u.fte_hundredths for u in core) <= 6500  # BR-04: 50 to 65 FTE
        held = set(session.scalars(select(PostHolding.post_id)))
        assert {p for u in units for p in (u.head_post_id, u.strategy_post_id, u.finance_post_id)} <= held


def test_br_21_br_22_the_year_of_today_has_its_saving_and_is_balanced(council: Engine) -> None:
    with reading(council) as session:
        year = session.scalars(select(BudgetYear)).one()
        assert year.starts_on <= NOW.date() <= year.ends_on
        held = get_balances(session, year.case_id)
        attendance = session.scalars(select(Unit.case_id).where(Unit.name == "Attendance")).one()
        assert (held.baselines[attendance], held.limits[attendance]) == (125_000_000, 117_500_000)
        assert held.is_balanced
        absorbed = session.scalars(select(FundingGrant.absorbed_pence)).all()
        assert held.pot == (sum(held.baselines.values()) - sum(absorbed)) * 6 // 100, "a grant came in afterwards"


def test_specifications_stand_in_every_state_and_all_weights_of_those_in_force_come_to_100(council: Engine) -> None:
    with reading(council) as session:
        rows = session.execute(select(Specification, Case.state).join(Case, Case.id == Specification.case_id)).all()
        assert {state for _, state in rows} == {
            *("draft", "with_provider", "negotiation", "agreed", "in_force", "variation_proposed", "ended"),
        }
        in_force = [s for s, state in rows if state in ("in_force", "variation_proposed")]
        assert len(in_force) == len({s.unit_id for s in in_force}) == 18
        assert all(sum(o.weight for o in s.outcomes) == 100 for s in in_force)
        assert all(2 <= len(s.outcomes) <= 4 for s, _ in rows)


def test_br_34_br_35_months_gone_by_are_accepted_met_on_and_closed_and_the_newest_is_under_way(council: Engine) -> None:
    with reading(council) as session:
        rows = session.execute(
            select(Return, Unit.name, Case.state)
            .join(Unit, Unit.case_id == Return.unit_id)
            .join(Case, Case.id == Return.case_id)
            .order_by(Return.period_on)
        ).all()
        newest = max(r.Return.period_on for r in rows)
        assert newest == date(2026, 2, 1)
        assert {r.state for r in rows if r.Return.period_on < newest} == {"closed"}
        assert {"open", "in_progress", "submitted", "returned"} == {
            r.state for r in rows if r.Return.period_on == newest
        }
        assert len([r for r in rows if r.Return.period_on == newest]) == 18
        assert len([r for r in rows if r.name == "Attendance"]) == 11
        assert len([r for r in rows if r.name == "EMAS" and r.Return.is_late]) == 2
        over = [r.Return for r in rows if r.name == "CiC"]
        assert {r.budget_rag for r in over} == {"red"}
        assert session.scalars(select(ReturnAction).where(ReturnAction.is_recovery)).first() is not None
        ratings = set(session.scalars(select(ReturnOutcome.rag).where(ReturnOutcome.rag.is_not(None))))
        assert ratings == {"red", "amber", "green"}
        meetings = set(session.scalars(select(Case.state).where(Case.kind == "monitoring_meeting")))
        assert meetings == {"closed", "not_held", "invited", "planned"}
        released = session.scalars(select(Period.period_on)).all()
        assert len(released) == 11
        causes = set(session.scalars(select(Escalation.cause).where(Escalation.is_escalated)))
        assert causes == {"not_within_budget", "late_returns"}


def test_it_is_not_loaded_over_anything(council: Engine) -> None:
    with pytest.raises(NotEmpty):
        load(council, NOW, "small")
    load_if_empty(council, NOW)


DAYS = {
    "May 2012, with its real dates": datetime(2012, 5, 1, 8, 0, tzinfo=UTC),
    "the first morning of a financial year": datetime(2026, 4, 1, 0, 0, 30, tzinfo=UTC),
    "a Sunday": datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    "after Christmas": datetime(2026, 12, 28, 9, 0, tzinfo=UTC),
    "the week of the clock change": datetime(2026, 3, 30, 7, 30, tzinfo=UTC),
}


@pytest.mark.parametrize("day", DAYS)
def test_it_can_be_loaded_on_any_day(fresh_database: Callable[[str], str], day: str) -> None:
    load_house()
    engine = make_engine(fresh_database("sqlite"))
    assert load_with_progress(engine, DAYS[day], "small") > 100
    engine.dispose()


def test_it_loads_on_postgresql_too(fresh_database: Callable[[str], str]) -> None:
    """The small one, by the same commands; for a release the full one: COUNCIL_ON_POSTGRESQL=full."""
    load_house()
    engine = make_engine(fresh_database("postgresql"))
    size: Size = "full" if os.environ.get("COUNCIL_ON_POSTGRESQL") == "full" else "small"
    load(engine, NOW, size)
    with reading(engine) as session:
        found = [session.execute(select(func.count()).select_from(table)).scalar_one() for table in (Report, Decision)]
    assert all(have >= least for have, least in zip(found, (10, 15) if size == "full" else (3, 0), strict=True)), found
    assert verified(engine) == []
    engine.dispose()


def test_what_fails_half_way_leaves_nothing(fresh_database: Callable[[str], str]) -> None:
    load_house()
    engine = make_engine(fresh_database("sqlite"))

    def stop(name: str) -> None:
        if name.startswith("Bristol"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(engine, NOW, "small", stop)
    with reading(engine) as session:
        assert session.scalars(select(Person.id)).all() == []
        assert session.scalars(select(Report.case_id)).all() == []
    in_transaction(engine, lambda session: session.execute(select(Person.id)).all())
    engine.dispose()


def test_the_command_shows_how_far_it_is_and_refuses_a_second_time(fresh_database: Callable[[str], str]) -> None:
    load_house()
    engine = make_engine(fresh_database("sqlite"))
    group = demo_group(lambda: engine, lambda: NOW)
    first = CliRunner().invoke(group, ["load", "--size", "small"])
    assert first.exit_code == 0
    assert first.output.splitlines()[2] == "Example council: Lincolnshire, in clearance"
    second = CliRunner().invoke(group, ["load"])
    assert second.exit_code == 1
    assert "empty one alone" in second.output
    assert CliRunner().invoke(group, ["load", "--size", "enormous"]).exit_code == 2
    engine.dispose()


def test_everybody_stands_once_on_the_page_where_one_chooses(council: Engine) -> None:
    """Sixty-odd people are found by what they come for: nobody is missing, nobody stands twice, no heading is empty."""
    with reading(council) as session:
        groups = group_example_people(session, NOW.date())
        everybody = session.scalars(select(Person.name).where(Person.is_example, Person.is_active)).all()
    shown = [person.name for _, people in groups for person, _ in people]
    assert sorted(shown) == sorted(everybody)
    assert len(groups) == len(EXAMPLE_GROUPS)
    assert "Partnership Clerk" in [p.name for p, _ in dict(groups)["Boards: clerks and chairs"]]
