"""A report that began from a cycle's gate, and what was recorded since, so that a refresh has something to show."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.cycles.making import outputs_of
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.models.cases import Case
from commissioning.reports.from_work import start_report

CYCLE, AUTHOR = "Emotional wellbeing in schools", "outcomes"


def tell_from_work(b: Builder) -> None:
    """Its lead starts the plan's report for the next meeting of the Trust Board; another output is provided since."""
    found = select(Case.id).where(Case.kind == "cycle", Case.title == CYCLE)
    cycle = b.session.execute(found).scalar_one()
    meeting = ways.call_meeting(b, "trust", b.day(32), -9, "County Hall, Brierley Room")
    b.do(AUTHOR, b.at(-8, 10), start_report, cycle, meeting)
    to_do = [(o.title, c.id) for o, c in outputs_of(b.session, cycle, "plan") if c.state == "to_do"]
    b.session.expunge_all()
    title, case_id = to_do[-1]
    evidence = {"evidence": f"{title}: agreed with schools and the health service."}
    b.step(AUTHOR, b.at(-3, 11), case_id, "provide", fields=evidence)
