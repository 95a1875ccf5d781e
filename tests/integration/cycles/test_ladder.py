"""My ladder: every date that leads to gates and papers, for who may see it (product.md, 2; issue 4)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from commissioning.ladder.queries import Line, list_ladder, name_holders
from commissioning.overview.finding import gates
from commissioning.reports.from_work import start_report
from tests.support.cycles import Shire


def lines(shire: Shire, who: str, whose: str = "mine", *, is_late: bool = False) -> list[Line]:
    def ask(session: Session) -> list[Line]:
        found = list_ladder(session, shire.actor(who, session), shire.now, whose, is_late=is_late)
        name_holders(session, found)
        return found

    found: list[Line] = shire.read(ask)
    return found


def going_wrong(shire: Shire, who: str) -> list[tuple[str, date]]:
    """What is going wrong with gates, and the last day to act."""
    found = shire.read(lambda s: list(gates(s, shire.actor(who, s), shire.now)))
    return [(line.what, line.act_on) for line in found]


def test_dates_of_gates_and_papers_lead_to_their_meeting_for_who_may_see_them(shire: Shire) -> None:
    """Back-planned with the days skipped; whoever may not see a draft or a cycle finds no date of it anywhere."""
    cycle = shire.cycle()
    assert [x.what for x in lines(shire, "lena")] == ["Draft is to end"]
    shire.reach(cycle, "plan")
    due = next(x for x in lines(shire, "lena") if x.what == "Plan is to end")
    assert (due.on, due.waits_for) == (shire.row(cycle).stage_due_on, "Lena")
    nothing = "No meeting of Children’s Trust Board is called that its gate could make"
    assert nothing in [x.what for x in lines(shire, "lena")]
    assert going_wrong(shire, "lena") == [(nothing, due.on)], "told before it is over"
    assert going_wrong(shire, "stranger") == []
    far, meeting = shire.meeting(shire.board, date(2027, 2, 2)), shire.meeting(shire.board)
    ways = {x.what: x for x in lines(shire, "lena") if x.kind == "cycle"}
    assert ways["Meeting that the gate can make"].on == date(2027, 2, 2), "the first after its stage is to end"
    draft = ways["Draft of the gate’s report, not started yet"]
    assert draft.on < ways["Papers close for its gate"].on == date(2027, 1, 22)
    assert going_wrong(shire, "lena") == []
    was, near = shire.now, due.on + timedelta(days=7)
    shire.meeting(shire.board, near)
    assert going_wrong(shire, "lena") == [], "a report that is begun now makes it"
    shire.at(due.on - timedelta(days=7))
    missed = f"Its gate has missed Children’s Trust Board on {near:%-d %B %Y}, and can make 2 February"
    assert going_wrong(shire, "lena") == [(missed, draft.on)]
    shire.now = was
    report = shire.run("lena", start_report, cycle, meeting)
    assert far != meeting
    mine = lines(shire, "lena")
    assert [x.on for x in mine] == sorted(x.on for x in mine)
    paper = [(x.what, x.on, x.is_now) for x in mine if x.case_id == report]
    assert paper == [
        ("Draft ready", date(2026, 10, 9), True),
        ("Sign-offs asked", date(2026, 10, 14), False),
        ("With the sponsor", date(2026, 10, 21), False),
        ("Papers close", date(2026, 10, 23), False),
        ("Agenda published", date(2026, 10, 26), False),
        ("Meeting", date(2026, 11, 3), False),
    ]
    ready = next(x for x in mine if x.what == "Sign-offs asked")
    assert "17 October (Sat)" in ready.skipped
    assert not any("not started yet" in x.what for x in mine), "its report is started"
    assert "Output: Gap analysis" in {x.what for x in mine}
    clerk = lines(shire, "clerk", "team")
    assert {x.case_id for x in clerk if x.kind == "report"} == {report}
    carla = lines(shire, "carla", "team")
    assert {x.kind for x in carla} == {"cycle", "cycle_output"}, "a draft is not the commissioner's to see"
    assert {x.kind for x in lines(shire, "ann", "all")} == {"cycle", "cycle_output"}
    assert lines(shire, "stranger", "all") == []
    shire.at(date(2026, 10, 13))
    late = lines(shire, "lena", is_late=True)
    assert late[0].what == lines(shire, "lena")[0].what
    assert "Draft ready" in {x.what for x in late}
    assert all(x.on < date(2026, 10, 13) for x in late)
