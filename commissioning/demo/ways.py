"""The ways that papers and meetings go in the example council: each function takes them a stretch further."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.sets import insert_ignoring
from commissioning.decisions.outcome_commands import save_outcome
from commissioning.decisions.outcomes import OutcomeInput
from commissioning.demo.builder import Builder
from commissioning.demo.council import BODIES, PEOPLE
from commissioning.meetings.commands import NewMeeting, create_meeting
from commissioning.meetings.queries import list_items
from commissioning.meetings.sitting_commands import Came, set_attendance
from commissioning.models.people import StoredFile
from commissioning.models.reports import Recommendation, RecommendationOption, Section
from commissioning.reports.attaching import save_appendix
from commissioning.reports.commands import Header, create_report, edit_section
from commissioning.reports.naming import name_signer, name_sponsor
from commissioning.reports.recommending import Wording, save_recommendation
from commissioning.reports.risks import RiskWording, save_risk
from commissioning.reports.sign_offs import sign_off

BODY = {body.code: body for body in BODIES}
HOLDER = {post: person.code for person in reversed(PEOPLE) for post in person.posts}
"""Who works for a team or holds a post, in the example's stories: the first one listed."""
COMMENTS = {
    "legal": "The Council has power to do what is proposed. There are no further legal implications.",
    "finance": "The costs can be met within existing budgets.",
    "hr": "There are no implications for the workforce.",
    "equalities": "Screened. A full equality analysis is not needed at this stage.",
}
TEAMS = ("legal", "finance", "hr", "equalities")
_IN_GENERAL = {
    "legal": "None, because the Council has power under the Children Act 2004 to do what is proposed.",
    "financial": "The costs are met within the directorate’s budget; nothing is asked for.",
    "financial_revenue": "The costs are met within the directorate’s budget; nothing is asked for.",
    "financial_capital": "None, because nothing is built or bought.",
    "revenue": "The costs are met within the directorate’s budget.",
    "capital": "None, because nothing is built or bought.",
    "land": "None, because no land or building is affected.",
    "personnel": "None, because no post is changed.",
    "equalities": "The proposals reach all families alike; a screening found no group worse off.",
    "risk": "If nothing is done, families wait longer. The risk of the proposal itself is low.",
    "consultation": "Parents’ forums and head teachers were asked, and were in favour.",
    "policy": "It serves the Council’s priority for children and young people.",
    "options": "The status quo was considered, and rejected because waiting times would go on growing.",
    "appendices": "None.",
    "supporting-papers": "None.",
}


@dataclass(frozen=True)
class Paper:
    """A report of a story: who writes and sponsors it, what it says and asks."""

    title: str
    author: str
    sponsor: str
    about: str
    asks: tuple[Wording, ...]
    header: Header = field(default_factory=Header)
    texts: Mapping[str, str] = field(default_factory=dict)
    signers: tuple[str, ...] = ("legal", "finance")
    route: tuple[tuple[str, bool], ...] = ()
    risks: tuple[RiskWording, ...] = ()


def clerk_of(body: str) -> str:
    """The clerk of a body."""
    return HOLDER[BODY[body].clerk]


def chair_of(body: str) -> str:
    """The chair of a body."""
    return HOLDER[BODY[body].chair]


def call_meeting(b: Builder, body: str, on: date, called: int, place: str = "Committee Room 1") -> int:
    """Call a meeting, on a working day before it."""
    new = NewMeeting(b.bodies[body], on, time(10, 0), place)
    return b.do(clerk_of(body), b.at(called, 9, 30), create_meeting, new)


def draft(b: Builder, paper: Paper, meeting: int, start: int, *, skip: Sequence[str] = (), sign_by: int = 0) -> int:
    """Write a whole paper over two working days, leaving the headings in `skip` blank; the report's id."""
    when = b.at(start, 9, 30)
    route = [(b.bodies[code], decides) for code, decides in paper.route]
    header = paper.header
    if sign_by:
        header = Header(**(vars(header) | {"sign_off_on": b.day(sign_by), "draft_on": b.day(min(start + 2, sign_by))}))
    report = b.do(paper.author, when, create_report, paper.title, meeting, header=header, route=route)
    rows = b.session.execute(
        select(Section.id, Section.key, Section.kind, Section.is_required)
        .where(Section.report_id == report)
        .order_by(Section.position)
    ).all()
    for n, row in enumerate(rows):
        words = paper.texts.get(row.key) or _IN_GENERAL.get(row.key) or (paper.about if row.is_required else "")
        if words and row.key not in skip:
            b.do(paper.author, when + timedelta(minutes=15 * n + 10), edit_section, report, row.id, words, 1)
    when = b.at(start + 1, 9, 30)
    for n, wording in enumerate(paper.asks):
        b.do(paper.author, when + timedelta(minutes=10 * n), save_recommendation, report, wording)
    for n, risk in enumerate(paper.risks):
        b.do(paper.author, b.at(start + 1, 10, 40 + 3 * n), save_risk, report, risk)
    b.do(paper.author, b.at(start + 1, 11), name_sponsor, report, b.people[paper.sponsor])
    for n, team in enumerate(paper.signers):
        b.do(paper.author, b.at(start + 1, 11, 10 + n), name_signer, report, b.posts[team])
    return report


def attach(
    b: Builder,
    report: int,
    author: str,
    when: datetime,
    title: str,
    what: str | bytes,
    *,
    media_type: str = "text/plain",
    ending: str = "txt",
    is_illustrative: bool = False,
    secrecy: str = "open",
) -> None:
    """Attach a text, or a file of another kind, as the next appendix."""
    content = what.encode() if isinstance(what, str) else what
    digest = hashlib.sha256(content).hexdigest()
    row = {
        "sha256": digest,
        "size": len(content),
        "media_type": media_type,
        "content": content,
        "text": what if isinstance(what, str) else None,
        "added_at": when,
    }
    insert_ignoring(b.session, StoredFile, [row], ("sha256",))
    name = "-".join(title.lower().replace(":", "").split()) + f".{ending}"
    b.do(
        author, when, save_appendix, report, title,
        is_illustrative=is_illustrative, secrecy=secrecy, file_name=name, file_sha256=digest,
    )  # fmt: skip


def ask_sign_offs(b: Builder, report: int, author: str, offset: int, due: int) -> None:
    """Send a paper for sign-off."""
    fields: dict[str, Any] = {"sign_off_on": b.day(due).isoformat()}
    if due - offset < 5:
        fields["short_notice_reason"] = "The meeting was brought forward."
    b.step(author, b.at(offset, 14), report, "request_clearance", fields=fields)


def sign(b: Builder, report: int, team: str, when: datetime, outcome: str = "cleared", **words: Any) -> None:
    """Answer for a team."""
    words.setdefault("comment", COMMENTS[team])
    b.do(HOLDER[team], when, sign_off, report, b.sign_off_id(report, team), outcome=outcome, **words)


def clear(b: Builder, paper: Paper, report: int, offset: int) -> None:
    """Ask for the sign-offs and have all of them within four working days."""
    ask_sign_offs(b, report, paper.author, offset, offset + 5)
    for n, team in enumerate(paper.signers):
        sign(b, report, team, b.at(offset + 1 + n, 10 + n, 20))


def submit(b: Builder, paper: Paper, report: int, body: str, offset: int, *, by: str = "") -> None:
    """The sponsor approves it, and the clerk puts it on the agenda the same day."""
    b.step(by or paper.sponsor, b.at(offset, 9, 40), report, "submit")
    b.step(clerk_of(body), b.at(offset, 15, 10), report, "put_on_agenda")


def open_papers(b: Builder, body: str, meeting: int, offset: int) -> None:
    """Open a meeting for papers."""
    b.step(clerk_of(body), b.at(offset, 9, 15), meeting, "open_for_papers")


def close_papers(b: Builder, body: str, meeting: int) -> None:
    """Close papers at their hour."""
    when = b.closes_at(meeting) + timedelta(minutes=5)
    b.step(clerk_of(body), when, meeting, "close_papers")


def publish(b: Builder, body: str, meeting: int, offset: int) -> None:
    """Publish the agenda with its papers."""
    b.step(clerk_of(body), b.at(offset, 16), meeting, "publish_agenda")


def hold(b: Builder, body: str, meeting: int, offset: int, away: Sequence[str] = ()) -> None:
    """Record who came, and that it was held."""
    people = {b.people[m[0]]: Came("apologies" if m[0] in away else "present") for m in BODY[body].members}
    b.do(clerk_of(body), b.at(offset, 10, 5), set_attendance, meeting, people)
    b.step(clerk_of(body), b.at(offset, 12), meeting, "hold")


def decide(b: Builder, body: str, meeting: int, offset: int, outcomes: Mapping[int, Sequence[OutcomeInput]]) -> None:
    """Enter the outcomes of each report's recommendations in order, and confirm them."""
    items = {i.report_id: i.case_id for i in list_items(b.session, meeting, is_open=True)}
    b.session.expunge_all()
    minutes = 10
    for report, given in outcomes.items():
        ids = b.session.scalars(
            select(Recommendation.id).where(Recommendation.report_id == report).order_by(Recommendation.position)
        ).all()
        for recommendation, outcome in zip(ids, given, strict=True):
            when, minutes = b.at(offset, 12, minutes), minutes + 3
            b.do(clerk_of(body), when, save_outcome, meeting, items[report], recommendation, outcome)
    b.step(clerk_of(body), b.at(offset, 16, 30), meeting, "confirm_decisions")


def write_minutes(b: Builder, body: str, meeting: int, offset: int) -> None:
    """Send the minutes to the chair."""
    words = "The board met in public. Apologies were noted. Each item was decided as recorded in the decisions."
    b.step(clerk_of(body), b.at(offset, 11), meeting, "draft_minutes", fields={"text": words})


def finish(b: Builder, body: str, meeting: int, offset: int) -> None:
    """The chair approves the minutes; the clerk closes the meeting."""
    b.step(chair_of(body), b.at(offset, 10), meeting, "approve_minutes")
    reason = "The minutes were agreed by letter: the next meeting has not been called"
    b.step(clerk_of(body), b.at(offset + 1, 10), meeting, "close", reason=reason)


def options_of(session: Session, report: int) -> list[int]:
    """Ids of the options that a report's recommendations offer, in order."""
    rows = session.scalars(
        select(RecommendationOption.id)
        .join(Recommendation, Recommendation.id == RecommendationOption.recommendation_id)
        .where(Recommendation.report_id == report)
        .order_by(Recommendation.position, RecommendationOption.position)
    )
    return list(rows)
