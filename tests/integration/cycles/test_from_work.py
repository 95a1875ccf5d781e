"""Reports begin from the work: a gate's report, its passages, their refreshing (product.md, 2; issue 4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, update

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.clock import fresh_id
from commissioning.cycles.commands import CycleInput, edit_cycle
from commissioning.models.cases import Case, CaseRole
from commissioning.models.passages import ReportOrigin
from commissioning.models.reports import Recommendation, ReportSignOff, Section
from commissioning.reports.commands import edit_section
from commissioning.reports.covers import covered_text, is_current, read_parts, sha256
from commissioning.reports.from_work import start_report
from commissioning.reports.passages import Change, digest_of
from commissioning.reports.refreshing import Refresh, get_refresh, list_shown, take_changes
from tests.support.council import NOW
from tests.support.cycles import ENDS, REMIT, STARTS, Shire

NOW_DAY, NEXT = NOW.date(), date(2026, 12, 1)


def at_plan(shire: Shire) -> tuple[int, int]:
    """A cycle in Plan, and a meeting of its board."""
    cycle = shire.cycle()
    shire.reach(cycle, "plan")
    return cycle, shire.meeting(shire.board)


def section(shire: Shire, report: int, key: str) -> Section:
    query = select(Section).where(Section.report_id == report, Section.key == key)
    found: Section = shire.read(lambda s: s.scalars(query).one())
    return found


def write(shire: Shire, report: int, key: str, text: str) -> None:
    row = section(shire, report, key)
    shire.run("lena", edit_section, report, row.id, text, row.version)


def shown(shire: Shire, report: int, who: str = "lena") -> Refresh:
    found: Refresh = shire.read(lambda s: get_refresh(s, shire.actor(who, s), report, shire.now))
    return found


def take(shire: Shire, report: int, **chosen: str) -> None:
    """Refresh, with what is chosen by the topic."""
    changes = shown(shire, report).changes
    named = {c.name: chosen.get(c.topic.replace(".", "_"), c.choices[0]) for c in changes}
    shire.run("lena", take_changes, report, named, digest_of(changes))


def say(shire: Shire, cycle: int, remit: str) -> None:
    """Change the remit."""
    people = (shire.people["lena"], shire.posts["team"], shire.posts["director"])
    given: dict[str, Any] = {"remit": remit, "priority_id": shire.priority, "board_id": shire.board}
    shire.run("lena", edit_cycle, cycle, CycleInput("Short breaks", *people, STARTS, ENDS, **given))


def provide(shire: Shire, cycle: int, title: str, evidence: str) -> None:
    case = next(c for o, c in shire.outputs(cycle, "plan") if o.title == title)
    shire.step("lena", case.id, "provide", fields={"evidence": evidence})


def sign(shire: Shire, report: int) -> dict[str, int]:
    """Two sign-offs as given: one covers the summary, the other the proposal."""
    ids = {"summary": fresh_id(), "proposal": fresh_id()}

    def change(session: Any) -> None:
        posts = {"summary": "legal", "proposal": "team"}
        for key, i in ids.items():
            row = ReportSignOff(
                id=i, report_id=report, post_id=shire.posts[posts[key]], speciality="none", covers=key,
                asked_at=shire.now, outcome="cleared", signed_at=shire.now, signed_by_id=shire.people["lawyer"],
                content="", content_sha256="",
            )  # fmt: skip
            session.add(row)
            session.flush()
            row.content = covered_text(read_parts(session, report), row)
            row.content_sha256 = sha256(row.content)

    shire.write(change)
    return ids


def current(shire: Shire, report: int) -> dict[str, bool]:
    parts = shire.read(lambda s: read_parts(s, report))
    return {s.covers: is_current(parts, s) for s in parts.sign_offs}


def test_a_gates_report_is_filled_once_and_asks_for_the_step_of_the_gate(shire: Shire) -> None:
    """Two who press at once are given one report; who may not see it is told who writes it; strangers know nothing."""
    cycle, meeting = at_plan(shire)
    for who, refusal in (("stranger", NotFound), ("olaf", NotFound), ("dora", Forbidden), ("ann", Forbidden)):
        with pytest.raises(refusal):
            shire.run(who, start_report, cycle, meeting)
    with pytest.raises(Invalid, match="of the board that decides"):
        shire.run("lena", start_report, cycle, shire.meeting(shire.body("Other board", "officer")))
    with ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(shire.run, "lena", start_report, cycle, meeting) for _ in range(2))
    report = first.result()
    assert report == second.result()
    assert shire.read(lambda s: s.scalars(select(func.count()).select_from(ReportOrigin)).one()) == 1
    with pytest.raises(NotNow, match="Lena is writing this report already"):
        shire.run("carla", start_report, cycle, meeting)
    reference = shire.read(lambda s: s.get_one(Case, cycle).reference)
    source = f"(from {reference}, as at 1 October 2026)"
    summary = section(shire, report, "summary").text
    assert f"{REMIT.rstrip('.')} {source}:\n- It serves priority WT5 Commissioning of Children" in summary
    background = section(shire, report, "background").text
    assert f"What was done in Assess {source}:\n- Scope and remit: Scope and remit: see the shared" in background
    assert "- Gap analysis: not done yet; Lena, by " in background
    asked = shire.read(lambda s: s.scalars(select(Recommendation).where(Recommendation.report_id == report)).one())
    assert (asked.ask, asked.about_id, asked.about_step) == ("approve", cycle, "approve_plan")
    link = shire.read(lambda s: list_shown(s, shire.actor("lena", s), section(shire, report, "summary"), NOW_DAY))
    assert [(p.reference, p.is_seen, p.is_rewritten) for p in link] == [(reference, True, False)]


def test_a_refresh_takes_new_facts_keeps_what_was_rewritten_and_makes_only_its_sign_offs_stale(shire: Shire) -> None:
    cycle, meeting = at_plan(shire)
    report = shire.run("lena", start_report, cycle, meeting)
    assert shown(shire, report).changes == []
    signed = sign(shire, report)
    assert current(shire, report) == {"summary": True, "proposal": True}
    own = "A word of mine before.\n\n" + section(shire, report, "background").text.replace("Gap analysis", "The gap")
    write(shire, report, "background", own)
    say(shire, cycle, "Breaks at home too.")
    provide(shire, cycle, "Gap analysis", "Gaps in the north")
    found: dict[str, Change] = {c.topic: c for c in shown(shire, report).changes}
    assert {t: (c.how, c.choices[0]) for t, c in found.items()} == {
        "scope": ("changed", "take"), "outputs.plan": ("rewritten", "keep"),
    }  # fmt: skip
    assert "The gap: not done yet" in found["outputs.plan"].old
    assert "Gap analysis: Gaps in the north" in found["outputs.plan"].new
    with pytest.raises(Stale):
        shire.run("lena", take_changes, report, {}, "another digest")
    with pytest.raises(Forbidden):
        shire.run("author", take_changes, report, {}, "")
    take(shire, report)
    assert "Breaks at home too" in section(shire, report, "summary").text
    assert section(shire, report, "background").text == own
    assert current(shire, report) == {"summary": False, "proposal": True}, signed
    assert shown(shire, report).changes == [], "what was looked at is not asked again until it moves"
    provide(shire, cycle, "Risk", "None that is high")
    take(shire, report, outputs_plan="after")
    text = section(shire, report, "background").text
    assert text.startswith(own)
    assert "- Risk: None that is high" in text
    write(shire, report, "background", own)
    provide(shire, cycle, "Consultation", "Forty families")
    take(shire, report, outputs_plan="take")
    text = section(shire, report, "background").text
    assert "The gap" not in text
    assert "- Consultation: Forty families" in text
    assert text.startswith("A word of mine before.\n\nWhat was done in Assess")


def test_nothing_is_refreshed_after_submission_or_by_an_author_who_may_not_see_the_source(shire: Shire) -> None:
    cycle, meeting = at_plan(shire)
    report = shire.run("lena", start_report, cycle, meeting)
    say(shire, cycle, "Breaks at home too.")
    handed = update(CaseRole).where(CaseRole.case_id == report, CaseRole.role == "author")
    shire.write(lambda s: s.execute(handed.values(person_id=shire.people["author"])))
    assert not shown(shire, report, "author").is_open
    shire.write(lambda s: s.execute(handed.values(person_id=shire.people["lena"])))
    changes = shown(shire, report).changes
    shire.write(lambda s: s.execute(update(Case).where(Case.id == report).values(state="submitted")))
    with pytest.raises(NotNow, match="Submitted"):
        shire.run("lena", take_changes, report, {}, digest_of(changes))
    assert "Breaks at home too" not in section(shire, report, "summary").text


def test_at_the_end_of_review_one_of_three_is_recommended_and_a_secret_decision_stays_out(shire: Shire) -> None:
    """Each recommendation is linked to its step; earlier decisions are told, but none that is exempt."""
    cycle = shire.cycle()
    shire.reach(cycle, "review")
    meeting = shire.meeting(shire.board, NEXT)
    report = shire.run("lena", start_report, cycle, meeting, 2)
    asked = shire.read(lambda s: s.scalars(select(Recommendation).where(Recommendation.report_id == report)).one())
    assert asked.about_step == "decommission"
    told = "What was decided on it before"
    assert told in section(shire, report, "background").text
    assert "decision 1: That recommendation 1 be agreed" in section(shire, report, "background").text
    shire.write(lambda s: s.execute(update(Case).where(Case.kind == "decision").values(secrecy="exempt")))
    changes = {c.topic: c.how for c in shown(shire, report).changes}
    assert changes == {"decisions": "gone"}
