"""A decision of Cabinet that was called in, and a paper that an officer decides under delegation (P-15, P-21)."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.decisions.without_meeting import NewArrangement, arrange
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.demo.ways import Paper
from commissioning.models.bodies import Decision, Meeting
from commissioning.models.cases import Case
from commissioning.reports.recommending import Wording

MEMBERS = "\n".join(
    f"Councillor for {ward}" for ward in ("Ashley", "Bedminster", "Clifton Down", "Easton", "Frome Vale")
)
GROUNDS = "The report does not say how families were asked, or what each place costs beside the present contract."


def tell_deciding(b: Builder) -> None:
    """What is decided is called in; another paper goes to no meeting."""
    _called_in(b)
    _by_an_officer(b)


def _called_in(b: Builder) -> None:
    """The framework of Cabinet's last meeting; its second decision is still open to call-in."""
    found = b.session.scalars(
        select(Case.id)
        .join(Decision, Decision.case_id == Case.id)
        .where(Case.state == "call_in_open", Decision.body_id == b.bodies["cabinet"])
        .order_by(Decision.number)
    ).all()
    fields = {"members": MEMBERS, "grounds": GROUNDS}
    if len(found) > 1:
        b.step("democratic", b.at(-1, 15), found[0], "call_in", fields=fields)


def _by_an_officer(b: Builder) -> None:
    """Cleared and submitted like any other paper; the director decides, and the clerk of the team publishes."""
    meeting = b.session.scalars(
        select(Meeting.case_id).where(Meeting.body_id == b.bodies["dmt"], Meeting.meeting_on > b.today)
    ).first()
    assert meeting is not None
    paper = Paper(
        "Repairs to the boiler of a children’s home",
        "early_years",
        "assistant",
        "The boiler of the home in Hill Street failed twice in October. Two firms have offered to replace it.",
        (
            Wording(
                "approve",
                "The Director is asked to approve the lower offer for a new boiler.",
                "It can be fitted within ten days.",
                amount_pence=1_860_000,
            ),
        ),
    )
    report = ways.draft(b, paper, meeting, -12)
    ways.clear(b, paper, report, -9)
    b.step("assistant", b.at(-3, 10), report, "submit")
    new = NewArrangement(
        "officer",
        b.people["director"],
        b.people["support"],
        b.day(1),
        "Scheme of delegation, part 3: repairs of up to £50,000 to the directorate’s buildings.",
    )
    b.do("support", b.at(-2, 11), arrange, report, new)
