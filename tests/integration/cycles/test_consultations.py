"""Consulting on a cycle, a group or a paper: windows, answers, the tally in the paper (LG-16, NY-16)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework.errors import Forbidden, Invalid, NotFound, Stale
from commissioning.consultations import commands
from commissioning.consultations.commands import AnswerInput, ConsultationInput
from commissioning.consultations.queries import get_consultation, list_consultations
from commissioning.consultations.words import passage, tally, window_of
from commissioning.cycles.commands import link_case, name_owner
from commissioning.db import make_engine
from commissioning.models.cases import Case
from commissioning.models.reports import Section
from commissioning.models.weighing import Consultation, ConsultationAnswer
from commissioning.reports.commands import create_report
from tests.support.cycles import Shire, make_shire
from tests.support.databases import FreshDatabase
from tests.support.pages import site_of, two_windows

OPENS, CLOSES = date(2026, 10, 5), date(2026, 10, 16)
NEW = ConsultationInput("One budget", "named", OPENS, CLOSES, "One budget for all schools.")


def wrong(shire: Shire, command: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(Invalid) as found:
        shire.run("lena", command, *args, **more)
    return "; ".join(found.value.errors.values())


def row(shire: Shire, made: int) -> Consultation:
    found: Consultation = shire.read(lambda s: get_consultation(s, system_actor("test"), made, shire.now.date())[0])
    return found


def asked(shire: Shire, made: int) -> dict[str, ConsultationAnswer]:
    return {a.name: a for a in row(shire, made).answers}


def test_lg_16_who_was_asked_answers_once_and_in_time_and_the_tally_says_so(shire: Shire) -> None:
    """BR-46: who was asked and what each said is a log. Dates in order and inclusive; nothing after the last day but a
    correction with a reason."""
    cycle = shire.cycle()
    shire.at(date(2026, 10, 1))
    backwards = ConsultationInput("x", "named", CLOSES, OPENS, impact="done")
    said = wrong(shire, commands.open_consultation, cycle, backwards)
    assert "on or after the day on which it opens" in said
    assert "what was found" in said
    made = shire.run("lena", commands.open_consultation, cycle, NEW)
    for who, error in (("dora", Forbidden), ("stranger", NotFound)):
        with pytest.raises(error):
            shire.run(who, commands.ask_organisations, made, ["Theirs"])
    names = [f"Partner {n}" for n in range(5)]
    shire.run("lena", commands.ask_organisations, made, [*names, " partner  0 ", ""])
    assert list(asked(shire, made)) == names
    first = asked(shire, made)["Partner 0"]
    yes = AnswerInput("supports", OPENS, "We would pay in.", "The treasurer")
    assert "It opens on 5 October 2026" in wrong(shire, commands.record_answer, made, first.id, yes)
    assert "not opened yet" in wrong(shire, commands.move_close, made, date(2026, 10, 20), "Later")
    shire.at(CLOSES, 22)  # the last day is one of its days
    assert window_of(row(shire, made), shire.now.date()) == "open"
    assert "whose word" in wrong(shire, commands.record_answer, made, first.id, AnswerInput("supports", OPENS))
    early = AnswerInput("supports", date(2026, 10, 1), said_by="X")
    assert "in the time of the consultation" in wrong(shire, commands.record_answer, made, first.id, early)
    for n, answer in enumerate(asked(shire, made).values()):
        stance = "neither" if n == 4 else "supports"
        given = AnswerInput(stance, OPENS, "We would pay in.", "The treasurer")
        shire.run("lena", commands.record_answer, made, answer.id, given, seen=answer.version)
    with pytest.raises(Stale):
        shire.run("lena", commands.record_answer, made, first.id, yes, seen=first.version)
    assert "stays" in wrong(shire, commands.drop_organisation, made, first.id)
    assert "has opened" in wrong(shire, commands.edit_consultation, made, ConsultationInput("x", "named", OPENS, OPENS))
    shire.run("lena", commands.ask_organisations, made, ["Late one"])
    shire.at(date(2026, 10, 17))
    assert window_of(row(shire, made), shire.now.date()) == "closed"
    late = asked(shire, made)["Late one"].id
    assert "It closed on 16 October 2026" in wrong(shire, commands.record_answer, made, late, yes)
    assert "is closed" in wrong(shire, commands.ask_organisations, made, ["Another"])
    against = AnswerInput("against", CLOSES, "We misread it.", "The treasurer", "letter")
    assert "why this answer is corrected" in wrong(shire, commands.record_answer, made, first.id, against)
    shire.run("lena", commands.record_answer, made, first.id, against, reason="They wrote again")
    found = asked(shire, made)["Partner 0"]
    assert (found.stance, found.correction_reason, found.recorded_by_id) == (
        "against", "They wrote again", shire.people["lena"],
    )  # fmt: skip
    assert "why it closes on another day" in wrong(shire, commands.move_close, made, date(2026, 10, 20), " ")
    shire.run("lena", commands.move_close, made, date(2026, 10, 20), "One was on leave")
    shire.run("lena", commands.record_answer, made, late, AnswerInput("supports", date(2026, 10, 17), said_by="Clerk"))
    done = row(shire, made)
    assert tally(a.stance for a in done.answers) == "6 of 6 asked have answered: 4 support, 1 against, 1 neither"
    assert "It was to close on 16 October 2026: One was on leave." in passage(done)
    group = shire.body("Sub-group", "partnership")
    shire.at(date(2026, 10, 20))
    other = shire.run("clerk", commands.open_consultation, group, ConsultationInput("A group", "external",
                      date(2026, 10, 20), date(2026, 10, 20)))  # fmt: skip
    seen = shire.read(lambda s: list_consultations(s, shire.actor("stranger", s), group, shire.now.date()))
    assert [(line.row.id, line.window, line.tally) for line in seen] == [(other, "open", "Nobody is asked by name yet")]
    assert not shire.read(lambda s: list_consultations(s, shire.actor("stranger", s), cycle, shire.now.date()))


def _freeze(session: Session, report_id: int) -> None:
    session.get_one(Case, report_id).state = "submitted"


def test_a_consultation_from_its_form_into_the_paper(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_shire(engine), url, monkeypatch) as site:
        shire, lena = site.council, site.visitor("lena")
        assert isinstance(shire, Shire)
        cycle, meeting, today = shire.cycle(), shire.meeting(shire.board), shire.now.date()
        typed: dict[str, Any] = {"title": "One budget", "audience": "named", "opens_on": today}
        at = f"/cases/{cycle}/consultations/new"
        refused = lena.fill(at, closes_on=date(2026, 1, 1), **typed)
        assert refused.status == 422
        assert "There is a problem The last day must be on or after the day on which it opens Begin" in refused.text
        page = lena.fill(at, closes_on=date(2026, 12, 31), **typed).location
        assert lena.fill(f"{page}/organisations/new", names="Schools Forum\nHealth").status == 303
        answers = shire.read(lambda s: list(s.scalars(select(ConsultationAnswer).order_by(ConsultationAnswer.name))))
        said: dict[str, Any] = {"stance": "supports", "text": "Yes", "said_by": "Clerk", "way": "email"}
        assert lena.fill(f"{page}/organisations/{answers[1].id}", said_on=today, **said).status == 303
        changed = lena.fill(f"{page}/edit", summary="Schools are for it", impact="done", impact_words="No harm found")
        assert changed.status == 303
        clash = two_windows(lena, f"{page}/edit", {"impact_words": "None"}, summary="Schools are for it all")
        assert "“None” is what is saved now" in clash.text
        assert lena.fill(f"{page}/edit", impact_words="No harm found").status == 303
        answer = f"{page}/organisations/{answers[1].id}"
        clash = two_windows(lena, answer, {"said_by": "A clerk"}, text="No")
        assert "“A clerk” is what is saved now" in clash.text
        assert lena.fill(answer, said_by="Clerk").status == 303
        shown = lena.get(page).text
        assert "1 of 2 asked has answered: 1 supports" in shown
        assert "By e-mail, recorded by Lena from Clerk" in shown
        assert "One budget , open: 1 of 2 asked" in lena.get(f"/cycles/{cycle}").text
        report = shire.write(
            lambda s: create_report(s, system_actor("test"), "The plan", meeting, now=shire.now,
                                    author_id=shire.people["lena"])
        )  # fmt: skip
        shire.run("lena", link_case, cycle, report)
        assert lena.fill(f"{page}/papers/{report}").status == 303
        key = select(Section.text).where(Section.report_id == report, Section.key == "consultation")
        text = shire.read(lambda s: s.scalars(key).one())
        assert "1 of 2 asked has answered: 1 supports. Schools are for it." in text
        assert "Impact assessment: done. No harm found." in text
        assert lena.fill(f"{page}/close", closes_on=date(2026, 12, 30), reason="All have answered").status == 303
        assert "Why it closes on another day: All have answered" in lena.get(page).text
        shire.write(lambda s: _freeze(s, report))
        mine = lena.fill(f"/cases/{report}/consultations/new", title="On the paper", audience="internal",
                         opens_on=today, closes_on=date(2026, 12, 31)).location  # fmt: skip
        assert mine is not None, "the paper is frozen; what those say who are asked about it is a record of its own"
        assert lena.fill(f"{mine}/organisations/new", names="Governors").status == 303
        assert "Take it into" not in lena.get(mine).text
        assert lena.get(f"{mine}/papers/{report}").status == 404
        register, told = lena.get("/consultations").text, lena.get("/consultations.csv").html
        assert "On the paper" in register
        assert "0 of 1 asked have answered" in register
        assert "One budget,Short breaks," in told
        assert ",Named organisations,2026-10-01,2026-12-30,Open,2,1,1,0,0,Done" in told
        assert "One budget" not in lena.get("/consultations?show=closed").text
        assert "On the paper" not in site.visitor("dora").get("/consultations?q=paper").text, "not hers to read"
        shire.step("lena", cycle, "start_assess")
        shire.run("lena", name_owner, shire.outputs(cycle, "assess")[0][1].id, shire.people["olaf"])
        olaf = site.visitor("olaf")  # owns one output, and sees no more of the cycle than that
        for path in (page, f"{page}/edit", f"{page}/organisations/{answers[0].id}", f"/cases/{cycle}/consultations"):
            assert olaf.get(path).status == 404
        assert "One budget" not in olaf.get(f"/cycles/{cycle}").text
        assert site.visitor("dora").get(page).status == 200
        assert site.visitor("dora").get(f"{page}/edit").status == 404
    engine.dispose()
