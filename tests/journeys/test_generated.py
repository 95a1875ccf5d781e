"""The same way for a generated report: another board, other numbers of recommendations and signers, other outcomes.

Drawn from a seed, on PostgreSQL, at 320 pixels and without JavaScript. The board votes (LI-04 to LI-08).
"""

from __future__ import annotations

import random
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import Engine, select

from commissioning import labels
from commissioning.calendars import Nation, calendar_for
from commissioning.db import reading
from commissioning.decisions.outcomes import BY_ASK
from commissioning.models.bodies import Action, Decision
from commissioning.models.cases import Case
from commissioning.models.reports import ReportSignOff
from tests.journeys import way as w
from tests.journeys.conftest import Begin
from tests.journeys.way import Asked, Decided, Way
from tests.support.example_council import NOW

CALENDAR = calendar_for(Nation.ENGLAND)
MEETING_ON = CALENDAR.add_working_days(NOW.date(), 24)
TITLE = "A generated paper"
BODY, CLERK, CHAIR = "Children Services Scrutiny Commission", "Democratic Services Officer", "Chair of Scrutiny"
AUTHOR, SPONSOR = "Early Years Policy Officer", "Director of Children’s Services"
SIGNERS = {
    "Legal Services": "Legal Officer",
    "Finance": "Finance Business Partner",
    "Human Resources": "HR Manager",
    "Equalities Team": "Equalities Officer",
}
VERBS = {"agree_not_to": "agree not to fund", "comment": "comment on", "proceed": "agree to proceed with"}


def generate(seed: int) -> tuple[list[Asked], list[Decided], list[str]]:
    """Recommendations, what is made of each, and the teams that sign."""
    draw = random.Random(seed)
    asks = ["choose", *draw.sample(sorted(labels.ASKS.keys() - {"choose"}), draw.randint(4, 6))]
    draw.shuffle(asks)
    teams = draw.sample(sorted(SIGNERS), draw.randint(1, 3))
    asked, decided = [], []
    for n, ask in enumerate(asks, 1):
        options = tuple(f"Option {n}.{k}" for k in range(1, draw.randint(3, 6))) if ask == "choose" else ()
        least = draw.randint(1, len(options)) if options else None
        text = f"The Commission is asked to {VERBS.get(ask, ask)} scheme {n} in the coming year."
        asked.append(Asked(ask, text, options, least, len(options) or None))
        outcome = draw.choice([o for o in BY_ASK[ask] if o != "agreed_as_amended"])
        decided.append(
            Decided(
                outcome,
                chosen=tuple(sorted(draw.sample(range(len(options)), least or 0))) if outcome == "agreed" else (),
                reasons=f"Reason {n}.",
                comments=f"Comment {n}." if outcome == "commented" else "",
                action=f"Do what follows from {n}" if draw.random() < 0.4 else "",
                action_owner=AUTHOR,
                action_due_on=MEETING_ON + timedelta(days=30 + n),
            )
        )
    return asked, decided, teams


def test_a_generated_report_goes_the_same_way(begin: Begin) -> None:
    asked, decided, teams = generate(20120552)
    assert len(asked) != 4
    assert len(teams) != 4
    assert {"rejected", "agreed"} <= {d.outcome for d in decided}
    way, engine = begin("postgresql")
    _write_and_sign(way, asked, teams)
    _bring_to_the_meeting(way)
    _decide(way, decided)
    _check(engine, asked, decided, teams)


def _phone(way: Way, name: str) -> w.Page:
    return way.as_(name, width=320, javascript=False)


def _write_and_sign(way: Way, asked: list[Asked], teams: list[str]) -> None:
    author = _phone(way, AUTHOR)
    w.start_report(way, author, TITLE, f"{BODY}, {MEETING_ON:%a} {MEETING_ON.day} {MEETING_ON:%b %Y}")
    w.write_sections(way, author, lambda heading: f"What there is to say on {heading.lower()}.")
    for one in asked:
        w.add_recommendation(way, author, one)
    w.name_people(way, author, SPONSOR, teams)
    w.send_for_sign_off(way, author, CALENDAR.add_working_days(way.today, 6))
    way.at(CALENDAR.add_working_days(way.today, 1))
    for team in teams:
        w.sign(way, _phone(way, SIGNERS[team]), TITLE, "Cleared", f"Cleared by {team}.")
    sponsor = _phone(way, SPONSOR)
    way.go(sponsor, way.report_url)
    way.step(sponsor, "Approve and submit to the clerk")


def _bring_to_the_meeting(way: Way) -> None:
    clerk = _phone(way, CLERK)
    way.go(clerk, way.report_url)
    way.step(clerk, "Put on the agenda")
    way.go(clerk, "/meetings")
    clerk.locator("tr", has_text=BODY).get_by_role("link").first.click()
    way.meeting_url = clerk.url
    way.at(CALENDAR.add_working_days(MEETING_ON, -7), 10, 30)
    clerk = _phone(way, CLERK)
    way.go(clerk, way.meeting_url)
    way.step(clerk, "Close papers")
    way.step(clerk, "Publish the agenda")
    way.at(MEETING_ON, 11)
    clerk = _phone(way, CLERK)
    w.record_attendance(way, clerk, 4)
    way.go(clerk, way.meeting_url)
    way.step(clerk, "Record that it was held")


def _decide(way: Way, decided: list[Decided]) -> None:
    clerk = _phone(way, CLERK)
    links = w.outcome_links(way, clerk)
    for href, one in zip(links, decided, strict=True):
        w.enter_outcome(way, clerk, href, one)
    way.go(clerk, f"{way.meeting_url}/decisions")
    clerk.get_by_role("button", name="Confirm the decisions").click()
    expect(clerk.get_by_role("alert")).to_contain_text("done")


def _check(engine: Engine, asked: list[Asked], decided: list[Decided], teams: list[str]) -> None:
    with reading(engine) as session:
        report = session.scalars(select(Case).where(Case.kind == "report", Case.title == TITLE)).one()
        assert report.state == "decided"
        found = session.scalars(select(Decision).where(Decision.report_id == report.id).order_by(Decision.number)).all()
        assert [(d.ask, d.outcome) for d in found] == [(a.ask, d.outcome) for a, d in zip(asked, decided, strict=True)]
        for one, decision, wanted in zip(asked, found, decided, strict=True):
            assert decision.chosen == "\n".join(one.options[i] for i in wanted.chosen)
        actions = session.scalars(
            select(Action.text).where(Action.decision_id.in_([d.case_id for d in found])).order_by(Action.text)
        ).all()
        # What scrutiny agrees asks the executive for a reply besides, whatever the report is.
        own = [x for x in actions if not x.startswith("Reply to scrutiny")]
        assert sorted(own) == sorted(d.action for d in decided if d.action)
        signed = session.scalars(select(ReportSignOff).where(ReportSignOff.report_id == report.id)).all()
        assert len(signed) == len(teams)
