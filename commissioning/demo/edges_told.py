"""What goes otherwise than planned: a part withheld whose review is due, an appendix withdrawn from the public, an item
without a quorum that rolls on, and a paper that its clerk cannot publish as it is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from commissioning.decisions.outcome_commands import Line, record_line
from commissioning.decisions.outcomes import OutcomeInput
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.demo.in_word import DOCX, annotated, plain
from commissioning.demo.ways import Paper
from commissioning.meetings.queries import list_items
from commissioning.meetings.sitting_commands import declare_interest
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Appendix
from commissioning.public.exemptions import Basis, record_exemption
from commissioning.public.withdrawing import withdraw_document
from commissioning.reports.recommending import Wording

HELD = -7
CARE = Paper(
    "Home care for disabled children: prices of the two providers",
    "commissioning",
    "director",
    "Two providers care for ninety children at home. Their prices are in Appendix A.",
    (Wording("note", "The Trust is asked to note what care at home costs."),),
)
VISITS = Paper(
    "Health visiting: families reached",
    "early_years",
    "assistant",
    "Health visitors saw 94 % of families within two weeks of a birth. Appendix A has the figures by street.",
    (Wording("note", "The Trust is asked to note how many families were reached."),),
)
BUILDINGS = Paper(
    "Shared use of school buildings in the holidays",
    "commissioning",
    "assistant",
    "Nine schools would open their halls for holiday clubs, run by members’ own organisations.",
    (Wording("agree", "The Trust is asked to agree to the shared use of nine school buildings."),),
)
HUBS = Paper(
    "Family hubs: who works from which building",
    "early_years",
    "assistant",
    "Six buildings become family hubs. Appendix A says who works from which of them.",
    (Wording("note", "The Trust is asked to note the plan for the six hubs."),),
)


def tell_edges(b: Builder) -> None:
    """The Trust's last meeting, and a paper for its next one."""
    meeting = ways.call_meeting(b, "trust", b.day(HELD), -55, "County Hall, Brierley Room")
    ways.open_papers(b, "trust", meeting, -40)
    care = ways.draft(b, CARE, meeting, -38)
    _withhold_prices(b, care)
    visits = ways.draft(b, VISITS, meeting, -36)
    ways.attach(b, visits, VISITS.author, b.at(-34, 12), "Families by street", "Hill Street 3; Mill Lane 1; Park Row 9")
    buildings = ways.draft(b, BUILDINGS, meeting, -35)
    for paper, report in ((CARE, care), (VISITS, visits), (BUILDINGS, buildings)):
        ways.clear(b, paper, report, -30)
        ways.submit(b, paper, report, "trust", -18)
    ways.close_papers(b, "trust", meeting)
    ways.publish(b, "trust", meeting, -14)
    reason = "A street with one family in it says who they are."
    b.do("secretary", b.at(-12, 9), withdraw_document, visits, "appendix", "A", reason)
    _hold_without_a_quorum(b, meeting, buildings)
    noted = [OutcomeInput("noted")]
    ways.decide(b, "trust", meeting, HELD, {care: noted, visits: noted})
    ways.write_minutes(b, "trust", meeting, HELD + 2)
    _attach_with_changes(b)


def _withhold_prices(b: Builder, report: int) -> None:
    """LI-02: an exempt appendix, to be looked at again on a day that has come."""
    when, author = b.at(-36, 12), CARE.author
    ways.attach(
        b, report, author, when, "Prices of the two providers", "A: £21.40 an hour; B: £19.85", secrecy="exempt"
    )
    part = b.session.scalars(select(Appendix.id).where(Appendix.report_id == report)).one()
    basis = Basis(3, "Both bid again in the spring: knowing the other’s price would cost the Council money.", b.day(-1))
    b.do(author, when + timedelta(minutes=5), record_exemption, report, "appendix", part, basis)


def _hold_without_a_quorum(b: Builder, meeting: int, report: int) -> None:
    """P-20: so many members have an interest in one item that it cannot be decided, and rolls on."""
    clerk = ways.clerk_of("trust")
    ways.hold(b, "trust", meeting, HELD, away=("police", "health"))
    item = next(i.case_id for i in list_items(b.session, meeting, is_open=True) if i.report_id == report)
    b.session.expunge_all()
    out = {
        "head_teacher": "Head of one of the nine schools.",
        "voluntary": "Trustee of a charity that would run them.",
    }
    for n, (person, words) in enumerate(out.items()):
        b.do(clerk, b.at(HELD, 12, 5 + n), declare_interest, meeting, item, b.people[person], words)
    b.do(clerk, b.at(HELD, 12, 8), record_line, meeting, Line(item, is_inquorate=True))


def _attach_with_changes(b: Builder) -> None:
    """A paper for the coming meeting whose appendix still carries a tracked change and a comment: it blocks."""
    meeting = b.session.scalars(
        select(Meeting.case_id)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == b.bodies["trust"], Meeting.meeting_on > b.today, Case.is_done.is_(False))
        .order_by(Meeting.meeting_on)
    ).first()
    assert meeting is not None
    report = ways.draft(b, HUBS, meeting, -18)
    when = b.at(-16, 12)
    content = annotated(
        plain("Who works from which building", "Hill Street: health visitors and the youth service."),
        "Hill Street",
        "Two posts move in May.",
        "Not agreed with the unions yet: take out before it goes on the agenda.",
        "Early Years Manager",
        when,
    )
    ways.attach(b, report, HUBS.author, when, "Who works from which building", content, media_type=DOCX, ending="docx")
    ways.clear(b, HUBS, report, -14)
    ways.submit(b, HUBS, report, "trust", -5)
