"""A body whose meetings are run in another committee system: papers ready to be handed over for its next meeting, and
outcomes of its last one of which some are recorded."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import select

from commissioning.boards.commands import NewBody, NewMember, add_member, create_body, edit_rules
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.demo.ways import Paper
from commissioning.elsewhere.importing import Minutes, import_outcomes
from commissioning.meetings.commands import NewMeeting, create_meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Appendix
from commissioning.money.imports import Upload
from commissioning.public.exemptions import Basis, record_exemption
from commissioning.reports.recommending import Wording

SYSTEM = "the county’s committee system"
CLERK, LAST, NEXT = "democratic", -3, 12


def _note(title: str, about: str, ask: str = "note", words: str = "") -> Paper:
    text = words or f"The Forum is asked to {ask} what is reported."
    return Paper(title, "early_years", "assistant", about, (Wording(ask, text),), signers=("finance",))


GROWTH = _note(
    "Growth fund: rules for the coming year",
    "Two schools take in more pupils in September. The rules say when the fund pays for their first term.",
    "agree",
    "The Forum is asked to agree the rules of the growth fund.",
)
HOURS = _note("Early years: hours taken up", "Take-up of the funded hours rose to 91 % of families with a claim.")
NEEDS = _note("High needs: where the money goes", "Places cost more than the block pays for. Appendix A says where.")
MEALS = _note(
    "School meals: the price of a new contract",
    "The contract ends next summer. Appendix A has the prices of those who bid.",
    "agree",
    "The Forum is asked to agree that the meals contract is let for three years.",
)
FALLING = _note("Falling rolls: schools that may ask for help", "Four schools have a fifth fewer pupils than places.")


def tell_elsewhere(b: Builder) -> None:
    """The Schools Forum, its last meeting and its next one."""
    b.bodies["forum"] = body = _settle(b)
    last, coming = _meeting(b, body, LAST, -40), _meeting(b, body, NEXT, -30)
    b.step(CLERK, b.at(-35, 9, 15), last, "open_for_papers")
    b.step(CLERK, b.at(-21, 9, 20), coming, "open_for_papers")
    growth = _cleared(b, GROWTH, last, -28)
    _cleared(b, HOURS, last, -27)  # its outcome waits to be imported
    b.step(CLERK, b.closes_at(last) + timedelta(minutes=5), last, "close_papers")
    b.step(CLERK, b.closes_at(last) + timedelta(hours=2), last, "hand_over")
    _import(b, last, growth)
    _cleared(b, NEEDS, coming, -17, "Places and their cost by school", "Hill School: 14 places, £280,000")
    _cleared(b, MEALS, coming, -16, "Prices of the three who bid", "A: £2.41 a meal; B: £2.55", secret=True)
    ways.draft(b, FALLING, coming, -6)


def _settle(b: Builder) -> int:
    when = b.at(-60, 11)
    new = NewBody(
        "Schools Forum",
        "committee",
        b.posts["clerk_council"],
        b.posts["chair_scrutiny"],
        remit="Schools and others agree how the money for schools is shared out.",
    )
    body: int = b.do("administrator", when, create_body, new)
    for person, organisation in (
        ("head_teacher", "Schools"),
        ("parent_governor", "Governors"),
        ("voluntary", "Early years"),
    ):
        member = NewMember(b.people[person], b.day(-60), organisation=organisation)
        b.do("administrator", when + timedelta(minutes=5), add_member, body, member)
    b.do("administrator", when + timedelta(minutes=10), edit_rules, body, {"kept_in": SYSTEM})
    return body


def _meeting(b: Builder, body: int, on: int, called: int) -> int:
    new = NewMeeting(body, b.day(on), time(14, 0), "Education Centre")
    found: int = b.do(CLERK, b.at(called, 9, 30), create_meeting, new)
    return found


def _cleared(
    b: Builder, paper: Paper, meeting: int, start: int, title: str = "", what: str = "", *, secret: bool = False
) -> int:
    """Written, with its appendix, signed and submitted; on no agenda of ours."""
    report = ways.draft(b, paper, meeting, start)
    when = b.at(start + 2, 12)
    if title:
        secrecy = "exempt" if secret else "open"
        ways.attach(b, report, paper.author, when, title, what, secrecy=secrecy)
    if secret:
        part = b.session.scalars(select(Appendix.id).where(Appendix.report_id == report)).one()
        basis = Basis(3, "Those who bid would know each other’s price before the contract is let.", b.day(90))
        b.do(paper.author, when + timedelta(minutes=5), record_exemption, report, "appendix", part, basis)
    ways.clear(b, paper, report, start + 3)
    b.step(paper.sponsor, b.at(start + 8, 9, 40), report, "submit")
    return report


def _import(b: Builder, meeting: int, report: int) -> None:
    """What the other system recorded of one paper, two days after."""
    reference = b.session.scalars(select(Case.reference).where(Case.id == report)).one()
    file = f"Paper,Recommendation,Outcome,Minute\n{reference},1,Agreed,SF/26/14\n"
    given = Minutes(b.day(LAST + 1), Upload("outcomes.csv", file.encode()))
    b.do(CLERK, b.at(LAST + 1, 15), import_outcomes, meeting, given)
