"""Notices of the example council's Cabinet, and a paper that was promised (P-07, P-11, NY-09)."""

from __future__ import annotations

from commissioning.actions.commands import ActionInput, create_action
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.models.reports import Report
from commissioning.notices.commands import publish_notice
from commissioning.notices.queries import get_first_words, list_deciding
from commissioning.notices.words import SAYS

_SAID = {
    "address": "The Clerk, County Offices, Castle Road",
    "reasons": "It is likely that exempt information would be disclosed: paragraph 3 of Schedule 12A.",
    "representations": "None",
    "response": "None were received, so the matter is to be considered in private.",
}


def give(b: Builder, body: str, report: int, kind: str, offset: int) -> int:
    """Publish a notice with the words that its form begins with."""
    when = b.at(offset, 11, 40)
    deciding = list_deciding(b.session, [b.session.get_one(Report, report)])[report]
    said = get_first_words(b.session, report, deciding, when.date()) | _SAID
    made: int = b.do(ways.clerk_of(body), when, publish_notice, report, kind, {n: said[n] for n in SAYS[kind]})
    return made


def tell_promise(b: Builder) -> None:
    """What the partnership was promised, with who owes it and by when."""
    new = ActionInput(
        "A fuller report on progress with the plan’s priorities, as promised at the last meeting",
        b.people["commissioning"], b.day(70), "month", "The report is on the agenda",
        paper_to_id=b.bodies["partnership"],
    )  # fmt: skip
    clerk, body = ways.clerk_of("partnership"), b.bodies["partnership"]
    promised = b.do(clerk, b.at(-9, 14), create_action, body, new)
    b.step(clerk, b.at(-9, 14, 10), promised, "agree")
