"""Two bodies outside the council are asked about payment by results: one has answered, one is waited for."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.models.cases import Case
from commissioning.reports.outside import Said, ask_outside, record_outside

AUTHOR, TITLE = "pbr", "Payment by Results%"
SAID = "Centres in the north of the county start from a lower baseline. Measure each against its own first year."


def tell_outside(b: Builder) -> None:
    """Comments asked for from two bodies, and one letter that came back."""
    mine = select(Case.id).where(Case.kind == "report", Case.title.like(TITLE), Case.state == "in_clearance")
    report = b.session.scalars(mine.order_by(Case.id)).first()
    if report is None:
        return
    asked = "Are the three measures the right ones for small centres?"
    forum = b.do(AUTHOR, b.at(-1, 10, 30), ask_outside, report, "Children’s Centre Forum", asked, b.day(1))
    b.do(AUTHOR, b.at(-1, 10, 35), ask_outside, report, "Health Visitors’ Network", "", b.day(4))
    clerk = ways.clerk_of("partnership")
    said = Said("commented", SAID, "The Chair of the Forum", b.day(-1))
    b.do(clerk, b.at(-1, 16), record_outside, report, forum, said)
