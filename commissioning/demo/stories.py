"""The example council's own smaller papers, one in each state that a reader may want to see, and meetings gone by.

Words are the example's own. What the three source reports say is in `papers/`.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from commissioning.decisions.outcomes import OutcomeInput
from commissioning.demo import notices_told, ways
from commissioning.demo.builder import Builder
from commissioning.demo.ways import Paper
from commissioning.home.commands import ask
from commissioning.models.cases import Task
from commissioning.models.reports import Section
from commissioning.reports.commands import Header, edit_section
from commissioning.reports.recommending import Wording


def tell_cabinet(b: Builder) -> None:
    """A meeting whose decisions are open to call-in, and the next one: published, an exempt paper, one to follow."""
    _decided_by_cabinet(b)
    on = b.day(6)
    meeting = ways.call_meeting(b, "cabinet", on, -45, "Council Chamber")
    ways.open_papers(b, "cabinet", meeting, -30)
    site = Paper(
        "Purchase of the former Castle Road nursery site",
        "commissioning",
        "director",
        "The owner has offered the site. The valuation and the Council’s best offer are in this report.",
        (
            Wording(
                "approve",
                "Cabinet is asked to approve the purchase of the site at no more than £485,000.",
                amount_pence=48_500_000,
            ),
        ),
        Header(
            safe_title="Property matter",
            is_exempt=True,
            exempt_paragraph=3,
            public_interest="Disclosing the Council’s offer before the sale would cost taxpayers money.",
            exempt_review_on=b.day(120),
            key_reason="Not key: the purchase is in the approved capital programme, and touches one ward.",
        ),
        {"land": "The site would become the Council’s freehold."},
        ("legal", "finance"),
    )
    site_report = ways.draft(b, site, meeting, -30)
    notices_told.give(b, "cabinet", site_report, "private_meeting", -27)
    ways.clear(b, site, site_report, -15)
    ways.submit(b, site, site_report, "cabinet", -4)
    notices_told.give(b, "cabinet", site_report, "private_response", -3)
    transport = Paper(
        "Home to school transport: independent travel training",
        "early_years",
        "assistant",
        "Forty-five young people learned to travel by themselves last year, and most no longer need a taxi.",
        (
            Wording(
                "agree", "Cabinet is asked to agree to offer travel training from age 14.", amount_pence=12_400_000
            ),
            Wording("note", "Cabinet is asked to note the savings of the first year."),
        ),
        signers=("legal", "finance", "equalities"),
    )
    report = ways.draft(b, transport, meeting, -18)
    ways.clear(b, transport, report, -15)
    ways.submit(b, transport, report, "cabinet", -3, by="resources")
    late = Paper(
        "School attendance support from January",
        "commissioning",
        "director",
        "Three schools have asked for help with attendance at short notice.",
        (
            Wording(
                "approve", "Cabinet is asked to approve a pilot in three schools for two terms.", amount_pence=3_800_000
            ),
        ),
    )
    late_report = ways.draft(b, late, meeting, -6)
    ways.ask_sign_offs(b, late_report, "commissioning", -3, -1)
    ways.sign(b, late_report, "legal", b.at(-2, 12))
    ways.close_papers(b, "cabinet", meeting)
    ways.publish(b, "cabinet", meeting, -1)


def _decided_by_cabinet(b: Builder) -> None:
    on = b.day(-3)
    meeting = ways.call_meeting(b, "cabinet", on, -48, "Council Chamber")
    ways.open_papers(b, "cabinet", meeting, -40)
    paper = Paper(
        "Short breaks for disabled children: framework",
        "commissioning",
        "assistant",
        "The present contracts for short breaks end in the spring. Eleven providers have asked to join a framework.",
        (
            Wording(
                "approve",
                "Cabinet is asked to approve a framework for short breaks for three years.",
                amount_pence=186_000_000,
            ),
            Wording("delegate", "Cabinet is asked to delegate the award of places to the Director."),
        ),
        Header(is_key_decision=True, key_reason="It spends more than £500,000."),
        signers=ways.TEAMS,
    )
    report = ways.draft(b, paper, meeting, -38)
    notices_told.give(b, "cabinet", report, "key_decision", -36)
    ways.clear(b, paper, report, -34)
    ways.submit(b, paper, report, "cabinet", -14)
    ways.close_papers(b, "cabinet", meeting)
    ways.publish(b, "cabinet", meeting, -9)
    ways.hold(b, "cabinet", meeting, -3, away=("cabinet_adults",))
    given = [
        OutcomeInput(
            "agreed",
            reasons="Families value the choice of provider.",
            alternatives="Renewing each contract by itself.",
            action_title="Invite providers to join the framework",
            action_owner_id=b.people["commissioning"],
            action_due_on=b.day(30),
        ),
        OutcomeInput(
            "agreed_as_amended",
            "Cabinet delegates the award of places to the Director, who reports back each quarter.",
            reasons="Members want to see how the framework is used.",
        ),
    ]
    ways.decide(b, "cabinet", meeting, -2, {report: given})


def tell_partnership(b: Builder) -> None:
    """The partnership's last meeting: a vote to choose, a comment, something rejected; minutes wait for the chair."""
    meeting = ways.call_meeting(b, "partnership", b.day(-11), -60, "County Offices, Room 2")
    ways.open_papers(b, "partnership", meeting, -48)
    paper = Paper(
        "Children’s centres: annual report",
        "early_years",
        "assistant",
        "Fourteen centres reached 61 % of families with a child under five, four points more than the year before.",
        (
            Wording("comment", "The Partnership is asked to comment on the annual report of the children’s centres."),
            Wording(
                "choose",
                "The Partnership is asked to choose which outreach to extend.",
                least=1,
                most=2,
                options=(
                    ("Evening sessions for working parents", False),
                    ("A van for villages", True),
                    ("Groups for fathers", False),
                ),
            ),
            Wording("approve", "The Partnership is asked to approve a charge of £1 a session for play groups."),
        ),
        signers=ways.TEAMS,
    )
    report = ways.draft(b, paper, meeting, -46)
    ways.clear(b, paper, report, -42)
    ways.submit(b, paper, report, "partnership", -21)
    ways.close_papers(b, "partnership", meeting)
    ways.publish(b, "partnership", meeting, -17)
    ways.hold(b, "partnership", meeting, -11, away=("police",))
    options = ways.options_of(b.session, report)
    given = [
        OutcomeInput("commented", comments="The partnership asked for figures by ward, and for families’ own words."),
        OutcomeInput(
            "agreed",
            chosen=tuple(options[:2]),
            reasons="They reach families that no centre reaches now.",
            action_title="Plan evening sessions and the village van",
            action_owner_id=b.people["early_years"],
            action_due_on=b.day(-1),
        ),
        OutcomeInput(
            "rejected",
            reasons="A charge would keep away those who need it most.",
            votes_for=1,
            votes_against=3,
            abstentions=1,
        ),
    ]
    ways.decide(b, "partnership", meeting, -10, {report: given})
    ways.write_minutes(b, "partnership", meeting, -8)


def tell_scrutiny(b: Builder) -> None:
    """Scrutiny heard a paper that Cabinet decides: it waits to be sent on. The minutes of that meeting are due."""
    meeting = ways.call_meeting(b, "scrutiny", b.day(-6), -45, "City Hall, Committee Room 2")
    ways.open_papers(b, "scrutiny", meeting, -36)
    paper = Paper(
        "Review of the youth service",
        "commissioning",
        "director",
        "The review asked 340 young people what they use, what they miss, and what stops them.",
        (
            Wording(
                "agree", "Cabinet is asked to agree the review’s six findings, on which scrutiny is asked for its view."
            ),
        ),
        signers=("legal", "finance", "equalities"),
        route=(("scrutiny", False), ("cabinet", True)),
    )
    report = ways.draft(b, paper, meeting, -34)
    ways.clear(b, paper, report, -30)
    ways.submit(b, paper, report, "scrutiny", -16)
    ways.close_papers(b, "scrutiny", meeting)
    ways.publish(b, "scrutiny", meeting, -12)
    ways.hold(b, "scrutiny", meeting, -6)
    given = [OutcomeInput("agreed", reasons="Scrutiny supports all six, and asks for a timetable.")]
    ways.decide(b, "scrutiny", meeting, -5, {report: given})


def tell_management(b: Builder) -> None:
    """The management team: a decided paper, one with the sponsor and a stale signature, one returned, one planned."""
    past = ways.call_meeting(b, "dmt", b.day(-8), -40, "Room 14")
    ways.open_papers(b, "dmt", past, -30)
    mobile = Paper(
        "Mobile working for family support teams",
        "early_years",
        "resources",
        "Family support workers spend a day a week driving back to the office to type up visits.",
        (
            Wording(
                "proceed",
                "DMT is asked to agree that twenty workers try tablets for six months.",
                amount_pence=2_150_000,
            ),
        ),
    )
    report = ways.draft(b, mobile, past, -28)
    ways.clear(b, mobile, report, -24)
    ways.submit(b, mobile, report, "dmt", -17)
    ways.close_papers(b, "dmt", past)
    ways.publish(b, "dmt", past, -12)
    ways.hold(b, "dmt", past, -8)
    given = [
        OutcomeInput(
            "agreed",
            action_title="Buy twenty tablets and train the teams",
            action_owner_id=b.people["early_years"],
            action_due_on=b.day(20),
        ),
    ]
    ways.decide(b, "dmt", past, -8, {report: given})
    ways.write_minutes(b, "dmt", past, -6)
    ways.finish(b, "dmt", past, -4)
    b.step("support", b.at(-3, 12), report, "close")
    coming = ways.call_meeting(b, "dmt", b.day(12), -20, "Room 14")
    ways.open_papers(b, "dmt", coming, -10)
    _with_sponsor(b, coming)
    _returned(b, coming)
    planned = Paper(
        "Speech and language therapy: joint commissioning", "commissioning", "director", "To be written.", ()
    )
    b.step("commissioning", b.at(-4, 15), ways.draft(b, planned, coming, -6, skip=("summary",)), "plan")
    dropped = Paper("A new form for home visits", "early_years", "assistant", "A form in place of three.", ())
    b.step(
        "early_years", b.at(-2, 15), ways.draft(b, dropped, coming, -7), "withdraw", reason="Settled without a paper."
    )


def _with_sponsor(b: Builder, meeting: int) -> None:
    """Everybody has signed; then the author changed what Finance had signed, and nothing else."""
    paper = Paper(
        "Foster carers: recruitment campaign",
        "commissioning",
        "assistant",
        "Forty more carers are needed in three years; last year eleven joined and nine left.",
        (Wording("approve", "DMT is asked to approve a campaign of six months.", amount_pence=6_400_000),),
    )
    report = ways.draft(b, paper, meeting, -14)
    ways.clear(b, paper, report, -11)
    section = b.session.execute(
        select(Section.id, Section.version).where(Section.report_id == report, Section.key == "financial_revenue")
    ).one()
    words = "The campaign costs £64,000, of which £20,000 is met by a grant that has not been confirmed yet."
    b.do("commissioning", b.at(-2, 11), edit_section, report, section.id, words, section.version)


def _returned(b: Builder, meeting: int) -> None:
    paper = Paper(
        "Breakfast clubs in ten primary schools",
        "early_years",
        "assistant",
        "Ten head teachers have asked for breakfast clubs.",
        (Wording("approve", "DMT is asked to approve breakfast clubs in ten schools.", amount_pence=9_000_000),),
    )
    report = ways.draft(b, paper, meeting, -14)
    ways.clear(b, paper, report, -11)
    b.step("assistant", b.at(-4, 16), report, "return_report", reason="Say what happens when the grant ends.")


def tell_programme_board(b: Builder) -> None:
    """A coming meeting of the programme board with a paper behind its own dates; somebody was asked about it."""
    meeting = ways.call_meeting(b, "pbr_board", b.day(17), -15, "Room 9")
    paper = Paper(
        "Trial data: first two quarters",
        "commissioning",
        "resources",
        "The data of the first two quarters, centre by centre.",
        (Wording("note", "The Board is asked to note the data."),),
        signers=("finance", "equalities"),
    )
    report = ways.draft(b, paper, meeting, -12)
    ways.ask_sign_offs(b, report, "commissioning", -8, -2)
    ways.sign(b, report, "equalities", b.at(-6, 10))
    task = b.session.scalars(select(Task.id).where(Task.case_id == report, Task.closed_at.is_(None))).first()
    b.do("commissioning", b.at(-1, 15), ask, report, task, "The board papers close next week. Is anything missing?")


_TOPICS = (
    ("Oral health in early years", "Decay in five-year-olds has fallen by a tenth."),
    ("Young carers: who we reach", "Schools know of 412 young carers, and the service of 190."),
    ("School readiness by ward", "Readiness differs by 22 points between wards."),
    ("Family learning programme", "Two hundred parents took part, most of them for the first time."),
    ("Play areas: safety and access", "Every play area was inspected; six need new surfaces."),
    ("Care leavers’ offer", "The offer was rewritten with care leavers themselves."),
    ("Libraries and children’s centres", "Story times in centres brought in new families."),
    ("Domestic abuse: support for children", "Waiting times came down from nine weeks to four."),
)


def tell_the_past(b: Builder) -> None:
    """Earlier meetings of the boards, closed, each with two papers decided and their actions."""
    for n, body in enumerate(("partnership", "trust", "scrutiny", "trust")):
        _closed_meeting(b, body, -44 - 22 * (n // 2) - n, _TOPICS[2 * n : 2 * n + 2], n)


def _closed_meeting(b: Builder, body: str, held: int, topics: tuple[tuple[str, str], ...], n: int) -> None:
    meeting = ways.call_meeting(b, body, b.day(held), held - 40)
    ways.open_papers(b, body, meeting, held - 28)
    given = {}
    name = ways.BODY[body].name
    for k, (title, about) in enumerate(topics):
        author, sponsor = (("early_years", "assistant"), ("commissioning", "director"))[k]
        asks = (
            Wording("note", f"{name} is asked to note the progress of the past year."),
            Wording("approve", f"{name} is asked to approve the plan for the coming year."),
        )
        paper = Paper(title, author, sponsor, about, asks, signers=("legal", "finance"))
        report = ways.draft(b, paper, meeting, held - 26 + k)
        ways.clear(b, paper, report, held - 20)
        ways.submit(b, paper, report, body, held - 10)
        action = OutcomeInput(
            "agreed",
            reasons="The plan builds on what worked.",
            action_title=f"Carry out the plan: {title.lower()}",
            action_owner_id=b.people[author],
            action_due_on=b.day(held + 30 + 10 * n + 25 * k),
        )
        given[report] = [OutcomeInput("noted"), action]
    ways.close_papers(b, body, meeting)
    ways.publish(b, body, meeting, held - 6)
    ways.hold(b, body, meeting, held)
    ways.decide(b, body, meeting, held + 1, given)
    ways.write_minutes(b, body, meeting, held + 4)
    ways.finish(b, body, meeting, held + 15)
    for report in given:
        b.step(ways.clerk_of(body), b.at(held + 16, 14), report, "close")


CHAPTERS: list[tuple[str, Callable[[Builder], object]]] = [
    ("meetings gone by", tell_the_past),
    ("the partnership’s last meeting", tell_partnership),
    ("scrutiny’s last meeting", tell_scrutiny),
    ("the management team", tell_management),
    ("Cabinet", tell_cabinet),
    ("the programme board", tell_programme_board),
]
