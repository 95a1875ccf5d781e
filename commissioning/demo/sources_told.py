"""The three reports of the sources in the example council, each where a reader wants to meet it.

Lincolnshire is in clearance; North Yorkshire is on the agenda, its recommendation 7.1 linked to the proposed group that
it approves; Bristol is being drafted, with its blank headings (LI, NY, BR of requirements.md).
"""

from __future__ import annotations

from datetime import date, timedelta

from commissioning.actions.commands import ActionInput, Line, create_action
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.demo.sources import SourcePaper, SourceRecommendation
from commissioning.demo.ways import Paper
from commissioning.reports.commands import Header
from commissioning.reports.recommending import Wording
from commissioning.reports.risks import RiskWording
from commissioning.reports.sign_offs import ask_question

_MAY_2012 = (date(2012, 4, 16), date(2012, 5, 3))
"""Days on which Lincolnshire's report can be told on its own dates (CLOCK_AT)."""
_TEAM_OF = {"legal": "legal", "financial": "finance", "personnel": "hr", "equalities": "equalities"}


def paper_of(source: SourcePaper, author: str, sponsor: str, meeting_on: date) -> Paper:
    """A source paper as a story; its deadlines keep their distance from the meeting."""
    moved = meeting_on - source.meeting_on
    contact = source.header.contact
    texts = {s.key: s.text or (f"None, because {s.none_because}." if s.none_because else "") for s in source.sections}
    header = Header(
        report_of=source.header.report_by,
        contact_name=contact.post,
        contact_phone=contact.telephone,
        contact_email=contact.email,
        presenting_officer=source.header.presenting_officer,
        ward=source.header.ward,
        is_confidential=source.header.confidential,
        is_exempt=source.header.exempt,
        is_key_decision=source.header.key_decision or None,
    )
    return Paper(
        source.title,
        author,
        sponsor,
        "",
        tuple(_wording(r, moved) for r in source.recommendations),
        header,
        texts,
        tuple(_TEAM_OF[s.implication] for s in source.sections if s.implication in _TEAM_OF) or ("legal", "finance"),
        risks=tuple(RiskWording(r.text, r.arises, r.rating, r.consequence, r.response) for r in source.risks),
    )


def _wording(source: SourceRecommendation, moved: timedelta) -> Wording:
    return Wording(
        source.ask,
        source.text,
        source.reasons,
        source.risks,
        source.amount_pence,
        source.deadline_on + moved if source.deadline_on else None,
        source.choose.least if source.choose else None,
        source.choose.most if source.choose else None,
        tuple((o.text, False) for o in source.options),
    )


def tell_lincolnshire(b: Builder, source: SourcePaper) -> int:
    """In clearance: Legal and HR have signed, Finance has asked a question, Equalities is waited for."""
    on = source.meeting_on if _MAY_2012[0] <= b.today <= _MAY_2012[1] else b.day(14)
    meeting = ways.call_meeting(b, "partnership", on, -45, "County Offices, Room 2")
    ways.open_papers(b, "partnership", meeting, -30)
    paper = paper_of(source, "pbr", "assistant", on)
    report = ways.draft(b, paper, meeting, -8, sign_by=3)
    for n, appendix in enumerate(source.appendices):
        when = b.at(-6, 10, 10 * n)
        ways.attach(b, report, "pbr", when, appendix.title, appendix.text, is_illustrative=appendix.illustrative)
    ways.ask_sign_offs(b, report, "pbr", -4, 3)
    ways.sign(
        b,
        report,
        "legal",
        b.at(-2, 11),
        comment="Joining the trial is lawful. The grant letter binds the Council: its notice period should be minuted.",
    )
    ways.sign(
        b,
        report,
        "hr",
        b.at(-2, 15),
        "cleared_with_conditions",
        comment="Posts are filled until the end of the trial.",
        conditions="Fixed-term contracts end with the grant.",
    )
    question = "Does the estimate of reward income count a cohort of 140 families, or all families registered?"
    b.do(
        "finance_manager", b.at(-1, 10), ask_question, report, b.sign_off_id(report, "finance"), b.people["pbr"],
        question, passage="Financial",
    )  # fmt: skip
    return report


def tell_north_yorkshire(b: Builder, source: SourcePaper) -> int:
    """On the agenda, its first recommendation linked to the group that it would approve; eight actions beside it."""
    on = b.day(9)
    meeting = ways.call_meeting(b, "trust", on, -45, "County Hall, Brierley Room")
    ways.open_papers(b, "trust", meeting, -30)
    paper = paper_of(source, "outcomes", "director", on)
    first, *others = paper.asks
    linked = Wording(**(vars(first) | {"about_id": b.bodies["sub_group"], "about_step": "approve"}))
    paper = Paper(**(vars(paper) | {"asks": (linked, *others)}))
    report = ways.draft(b, paper, meeting, -18)
    for appendix in source.appendices:
        ways.attach(b, report, "outcomes", b.at(-16, 10), appendix.title, appendix.text)
    ways.clear(b, paper, report, -15)
    ways.submit(b, paper, report, "trust", -6)
    _eight_actions(b, source)
    return report


def _eight_actions(b: Builder, source: SourcePaper) -> None:
    """NY-03 to NY-08: each with its lines, priority, progress and when it comes to the board."""
    owners = (
        "outcomes",
        "outcomes",
        "commissioning",
        "commissioning",
        "resources",
        "early_years",
        "hr_manager",
        "outcomes",
    )
    for n, (action, owner) in enumerate(zip(source.actions, owners, strict=True)):
        lines = tuple(Line(f"{x.priority} {x.priority_title}", x.progress, x.report_to_board) for x in action.lines)
        months = [x.board_month for x in action.lines if x.board_month]
        late = bool(months) and max(months).month > source.meeting_on.month
        precision = "month" if late else "day"
        due_on = b.day(45 if late else 9)
        new = ActionInput(action.text, b.people[owner], due_on, precision, "", str(action.number), lines)
        made = b.do("secretary", b.at(-40, 10, 5 * n), create_action, b.bodies["trust"], new)
        b.step("secretary", b.at(-39, 11), made, "agree")
        if n % 3 != 2:
            b.step(owner, b.at(-35, 11), made, "start")


def tell_bristol(b: Builder, source: SourcePaper) -> int:
    """Being drafted for scrutiny, though it asks Cabinet; Revenue, Capital and Land are still blank (BR-40, BR-42)."""
    on = b.day(24)
    meeting = ways.call_meeting(b, "scrutiny", on, -10, "City Hall, Committee Room 2")
    ways.open_papers(b, "scrutiny", meeting, -3)
    paper = paper_of(source, "programme", "assistant", on)
    blank = ("revenue", "capital", "land")
    report = ways.draft(b, paper, meeting, -5, skip=blank)
    for n, appendix in enumerate(source.appendices):
        when = b.at(-3, 10, 10 * n)
        ways.attach(b, report, "programme", when, appendix.title, appendix.text, is_illustrative=appendix.illustrative)
    return report
