"""Lincolnshire's report from first draft to a decision on each of its four recommendations, by nine people.

Author, legal, finance, HR, equalities, sponsor, clerk, chair and member, each in a browser of their own (issue 2,
"Done when"; LI-01 to LI-08, BR-41, P-14).
"""

from __future__ import annotations

import json
from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import Engine, select

from commissioning.calendars import Nation, calendar_for
from commissioning.db import reading
from commissioning.demo.sources import load_papers
from commissioning.models.bodies import Action, Decision
from commissioning.models.cases import Case, Event
from commissioning.models.people import Person
from commissioning.models.reports import ReportEdition, ReportSignOff
from tests.journeys import way as w
from tests.journeys.conftest import Begin
from tests.journeys.way import Asked, Decided, Way
from tests.support.example_council import NOW

SOURCE = load_papers()["LI"]
TITLE = "Payment by Results: the Lincolnshire trial"
AUTHOR, LEGAL, FINANCE = "Payment by Results Project Lead", "Head of Legal Services", "Finance Manager"
HR, EQUALITIES, SPONSOR = "HR Manager", "Equalities Officer", "Assistant Director of Children’s Services"
CLERK, CHAIR = "Partnership Clerk", "Chair of the Strategic Partnership"
MEMBER = "Primary Head Teacher Representative"
BODY = "Children and Young People’s Strategic Partnership"
CALENDAR = calendar_for(Nation.ENGLAND)
MEETING_ON = CALENDAR.add_working_days(NOW.date(), 14)
"""The example council's coming meeting of the partnership: Tue 31 March 2026."""


HEADER = {
    "Purpose": "To choose what the trial measures.",
    "Report of": SPONSOR,
    "Presenting officer": AUTHOR,
    "Contact officer": SOURCE.header.contact.post,
    "Telephone of the contact": SOURCE.header.contact.telephone,
    "E-mail of the contact": SOURCE.header.contact.email,
}
"""LI-01. To LI-02 the answer is twice no, as in the source: not confidential, not exempt."""


def words(heading: str) -> str:
    """The text of the source under this heading."""
    section = next(s for s in SOURCE.sections if s.heading == heading)
    return section.text or f"None, because {section.none_because}."


def asked() -> list[Asked]:
    """The four recommendations of the source."""
    return [
        Asked(
            r.ask,
            r.text,
            tuple(o.text for o in r.options),
            r.choose.least if r.choose else None,
            r.choose.most if r.choose else None,
            MEETING_ON - timedelta(days=9) if r.deadline_on else None,
        )
        for r in SOURCE.recommendations
    ]


def test_from_first_draft_to_four_decisions_and_actions(begin: Begin) -> None:
    way, engine = begin("sqlite")
    _write(way)
    _sign(way)
    _submit(way)
    _publish(way)
    _meet(way)
    _after(way)
    _check_records(engine)


def _write(way: Way) -> None:
    """Day 1: the author writes it; the findings tell of deadlines before the meeting, and of "in due course"."""
    author = way.as_(AUTHOR)
    w.start_report(way, author, TITLE, f"{BODY}, {MEETING_ON:%a} {MEETING_ON.day} {MEETING_ON:%b %Y}")
    w.write_header(way, author, HEADER)
    assert w.write_sections(way, author, words) == 9
    for risk in SOURCE.risks:
        w.list_risk(way, author, risk)
    for one in asked():
        w.add_recommendation(way, author, one)
    w.name_people(way, author, SPONSOR, ["Legal Services", "Finance", "Human Resources", "Equalities Team"])
    way.go(author, way.report_url)
    main = author.locator("main")
    expect(main).to_contain_text("in due course")
    expect(main).to_contain_text("DMT")
    way.look(author, "written")
    w.send_for_sign_off(way, author, CALENDAR.add_working_days(way.today, 5))
    # Nobody else can read the draft, and its author cannot sign it.
    for name in (MEMBER, CHAIR):
        page = way.as_(name)
        assert page.goto(way.report_url).status == 404


def _sign(way: Way) -> None:
    """Days 2 and 3: four teams sign in parallel, each in its own words; Finance asks for a change first."""
    way.at(CALENDAR.add_working_days(way.today, 1))
    w.sign(way, way.as_(LEGAL), TITLE, "Cleared", "Joining the trial is within the Council’s powers.")
    w.sign(way, way.as_(HR), TITLE, "Not applicable", "No post changes.")
    w.sign(way, way.as_(FINANCE), TITLE, "Changes requested", "Say what happens if no reward is earned.")
    author = way.as_(AUTHOR)
    expect(author.locator("main")).to_contain_text("Changes requested")
    way.go(author, way.report_url)
    author.get_by_role("link", name="Financial").first.click()
    box = author.get_by_label("Text")
    box.fill(box.input_value() + "\nIf no reward is earned, the trial costs no more than its grant.")
    author.get_by_role("button", name="Save", exact=True).click()
    way.at(CALENDAR.add_working_days(way.today, 1))
    finance = way.as_(FINANCE)
    w.sign(way, finance, TITLE, "Cleared with conditions", "Affordable within the grant.", "Report each quarter.")
    w.sign(way, way.as_(EQUALITIES), TITLE, "Cleared", "Families are chosen by need alone.")
    # Only Finance covered what the author changed: Legal's signature still stands.
    page = way.as_(LEGAL)
    way.go(page, "/sign-offs")
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_have_count(0)


def _submit(way: Way) -> None:
    """Day 4: the sponsor approves it, the clerk puts it on the agenda."""
    way.at(CALENDAR.add_working_days(way.today, 1))
    clerk = way.as_(CLERK)
    w.submit_and_table(way, way.as_(SPONSOR), clerk, TITLE)
    clerk.goto(f"{way.base}/meetings")
    clerk.locator("tr", has_text=BODY).get_by_role("link").first.click()
    way.meeting_url = clerk.url.split("#")[0].split("?")[0]


def _publish(way: Way) -> None:
    """Papers close seven working days before at 10:00; the agenda is out five clear days before."""
    way.at(CALENDAR.add_working_days(MEETING_ON, -7), 10, 30)
    clerk = way.as_(CLERK)
    way.go(clerk, way.meeting_url)
    way.step(clerk, "Close papers")
    way.step(clerk, "Publish the agenda")
    member = way.as_(MEMBER)
    mine = member.locator(
        "section", has=member.get_by_role("heading", name="Recommendations that ask something of you")
    )
    for one in asked():
        expect(mine).to_contain_text(one.text[:60])
    way.look(member, "asked")
    way.go(member, way.meeting_url)
    member.get_by_role("link", name=TITLE).first.click()
    member.get_by_role("link", name="Read the whole paper").first.click()
    paper = member.locator("main")
    expect(paper).to_contain_text("Report each quarter.")
    for typed in HEADER.values():
        expect(paper).to_contain_text(typed)
    for question in ("Confidential", "Exempt"):
        row = paper.locator(".govuk-summary-list__row", has=member.get_by_text(question, exact=True))
        expect(row).to_have_count(1)
        expect(row).to_contain_text("No")


def _meet(way: Way) -> None:
    """The day: everybody came, a member declares an interest; choose two, agree not to, comments, proceed."""
    way.at(MEETING_ON, 11, 0)
    member = way.as_(MEMBER)
    way.go(member, f"{way.meeting_url}/interests")
    item = member.get_by_label("Item", exact=True)
    item.select_option(index=item.locator("option").count() - 1)  # headings come first, papers after them
    member.get_by_label("Nature of the interest").fill("My school runs a children’s centre.")
    member.get_by_role("button", name="Save").click()
    expect(member.get_by_role("alert")).to_be_visible()
    clerk = way.as_(CLERK)
    w.record_attendance(way, clerk, 6)
    way.go(clerk, way.meeting_url)
    way.step(clerk, "Record that it was held")
    outcomes = [
        Decided("agreed", chosen=(0, 2), reasons="They can be measured now."),
        Decided("agreed", reasons="The data would not be sound by the deadline."),
        Decided("commented", comments="Add breastfeeding support; show the baseline of each centre."),
        Decided("agreed", action="Work through the measures with each centre", action_owner=AUTHOR,
                action_due_on=MEETING_ON + timedelta(days=60)),
    ]  # fmt: skip
    links = w.outcome_links(way, clerk)
    assert len(links) == 4
    for href, decided in zip(links, outcomes, strict=True):
        w.enter_outcome(way, clerk, href, decided)
    way.go(clerk, f"{way.meeting_url}/decisions")
    way.look(clerk, "check")
    clerk.get_by_role("button", name="Confirm the decisions").click()
    expect(clerk.get_by_role("alert")).to_contain_text("done")


def _after(way: Way) -> None:
    """Minutes by the clerk, approved by the chair; the owner starts the action; the member sees what came of it."""
    way.at(CALENDAR.add_working_days(MEETING_ON, 2))
    clerk = way.as_(CLERK)
    way.go(clerk, way.meeting_url)
    way.step(clerk, "Send the minutes to the chair")
    chair = way.as_(CHAIR)
    way.go(chair, way.meeting_url)
    expect(chair.locator("main")).to_contain_text("They can be measured now.")
    way.step(chair, "Approve the minutes")
    owner = way.as_(AUTHOR)
    waiting = owner.locator(".app-waiting__row", has_text="Work through the measures with each centre")
    waiting.get_by_role("button", name="Start").click()
    expect(owner.get_by_role("alert")).to_contain_text("done")
    member = way.as_(MEMBER)
    decided = member.locator("section", has=member.get_by_role("heading", name="Decided at the last meeting"))
    expect(decided).to_contain_text("Work through the measures with each centre (Payment by Results Project Lead)")
    expect(decided).to_contain_text("Commented")
    way.look(member, "decided")


def _check_records(engine: Engine) -> None:
    """What an auditor would check: outcomes, the frozen paper, signatures, and who took each step."""
    with reading(engine) as session:
        report = session.scalars(select(Case).where(Case.kind == "report", Case.title == TITLE)).one()
        assert report.state == "decided"
        decisions = session.scalars(
            select(Decision).where(Decision.report_id == report.id).order_by(Decision.number)
        ).all()
        assert [(d.ask, d.outcome) for d in decisions] == [
            ("choose", "agreed"),
            ("agree_not_to", "agreed"),
            ("comment", "commented"),
            ("proceed", "agreed"),
        ]
        options = SOURCE.recommendations[0].options
        assert decisions[0].chosen.split("\n") == [options[0].text, options[2].text]
        assert "breastfeeding support" in decisions[2].comments
        assert all("My school runs" in d.interests for d in decisions)
        action = session.scalars(select(Action).where(Action.decision_id == decisions[3].case_id)).one()
        assert session.get_one(Case, action.case_id).state == "in_progress"
        signed = session.scalars(select(ReportSignOff).where(ReportSignOff.report_id == report.id)).all()
        assert {s.outcome for s in signed} == {"cleared", "not_applicable", "cleared_with_conditions"}
        edition = session.scalars(select(ReportEdition).where(ReportEdition.report_id == report.id)).one()
        assert [r["text"] for r in json.loads(edition.content)["recommendations"]] == [
            r.text for r in SOURCE.recommendations
        ]
        people = {row.id: row.name for row in session.execute(select(Person.id, Person.name))}
        steps = session.execute(
            select(Event.step, Event.actor_id)
            .where(Event.case_id == report.id, Event.step.is_not(None))
            .order_by(Event.seq)
        ).all()
    assert [(s.step, people.get(s.actor_id or 0, "the service")) for s in steps] == [
        ("request_clearance", AUTHOR),
        ("sign_off", LEGAL),
        ("sign_off", HR),
        ("sign_off", FINANCE),
        ("sign_off", FINANCE),
        ("sign_off", EQUALITIES),
        ("complete_clearance", "the service"),
        ("submit", SPONSOR),
        ("put_on_agenda", CLERK),
        ("publish", "the service"),
        ("conclude", "the service"),
    ]
