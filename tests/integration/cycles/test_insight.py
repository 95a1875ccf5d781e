"""How long cycles stay where they are, what is late, and when one is likely to reach its gate (issue 4, "Insight")."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.cycles.template import OutputInput, save_template
from commissioning.insight.expecting import Expected, expect_gate
from commissioning.insight.queries import InState, KindLine, Spread, list_kinds, list_late, list_stays, spread_of
from commissioning.models.cases import Case
from tests.support.council import NOW
from tests.support.cycles import Shire


def pass_weeks(shire: Shire, weeks: int) -> None:
    """Let weeks of five working days pass; no holiday is near."""
    shire.now += timedelta(weeks=weeks)


def test_stays_are_counted_in_working_days_and_a_gate_is_forecast_from_them(shire: Shire) -> None:
    today = shire.now.date()
    shire.run("carla", save_template, [OutputInput("assess", "Remit", is_required=False)])
    waiting = shire.cycle("Waits")
    shire.step("lena", waiting, "start_assess")
    for number in range(5):
        assert _expected(shire, waiting, today).why_not == (
            "Too little history to say when it reaches its gate: "
            f"Assess has been left {number} time{'s' if number != 1 else ''}, and 5 are needed"
        )
        shire.now = NOW
        cycle = shire.cycle(f"Cycle {number}")
        shire.step("lena", cycle, "start_assess")
        pass_weeks(shire, 2)
        shire.step("carla", cycle, "finish_assess")
        pass_weeks(shire, 1)
        shire.step("lena", cycle, "ask_board")
    shire.now = NOW
    today = shire.now.date()
    found = _expected(shire, waiting, today)
    assert (found.seen, found.early_on, found.middle_on) == (5, found.late_on, found.late_on)
    assert _working_days(shire, today, found.middle_on) == 15
    assert _expected(shire, cycle, today) is None  # it stands at its gate
    later = today + timedelta(weeks=8)
    assert _expected(shire, waiting, later).why_not == "It has been in Assess for longer than any cycle before it"

    stays = _stays(shire, "lena", later)
    assert [(s.days, s.then) for s in stays["assess"].ended] == [(10, "plan")] * 5
    assert stays["assess"].running == [_working_days(shire, today, later)]
    assert spread_of([s.days for s in stays["plan"].ended]) == Spread(5, 5, 5)
    assert "renewed" not in stays  # nothing stays in an end


def _expected(shire: Shire, cycle: int, today: date) -> Expected:
    return shire.read(lambda s: expect_gate(s, shire.actor("lena", s), s.get_one(Case, cycle), today))


def _stays(shire: Shire, who: str, today: date) -> dict[str, InState]:
    return shire.read(lambda s: list_stays(s, shire.actor(who, s), "cycle", today))


def _working_days(shire: Shire, start: date, end: date) -> int:
    return shire.read(lambda s: council_calendar(s).working_days_between(start, end))


def test_nobody_finds_in_figures_what_they_may_not_see(shire: Shire) -> None:
    draft = shire.cycle("Secret so far")  # a draft is known to those who have a part in it
    abandoned = shire.cycle("Given up")
    pass_weeks(shire, 1)
    shire.step("carla", abandoned, "abandon", reason="Nobody needs it")
    late_on = shire.now.date() + timedelta(weeks=10)

    def seen(who: str) -> tuple[list[KindLine], list[tuple[str, str, int]], int]:
        def read(s: Session) -> tuple[list[KindLine], list[tuple[str, str, int]], int]:
            actor = shire.actor(who, s)
            late = list_late(s, actor, late_on)
            running = list_stays(s, actor, "cycle", late_on)["draft"].running
            return list_kinds(s, actor, late_on, ["cycle"]), [(x.holder, x.kind, x.count) for x in late], len(running)

        return shire.read(read)

    assert seen("lena") == ([KindLine("cycle", Spread(1, 5, 5), 1, 1)], [("Lena", "cycle", 1)], 1)
    assert seen("stranger") == ([], [], 0)
    assert shire.state(draft) == "draft"
