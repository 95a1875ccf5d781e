"""Importing what a body decided whose meetings are run in another committee system, from a sheet of that system.

A dry run (`check_outcomes`) stores nothing; the import checks again and is all or nothing. Each row is one
recommendation of one paper; what the record says already is left alone, so the same file twice changes nothing. What
follows is what follows from an outcome that is typed (`meetings.without_meeting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import audit, labels
from commissioning.actors import Actor
from commissioning.casework import Move, perform_many
from commissioning.casework.buttons import buttons
from commissioning.casework.keys import claim
from commissioning.casework.registry import house
from commissioning.decisions.decided import Decided, wrong_outcomes
from commissioning.elsewhere.cells import HEADINGS, NEEDED, read_outcome
from commissioning.elsewhere.papers import get_kept
from commissioning.meetings.queries import numbers_of, open_recommendations
from commissioning.models.bodies import Body, Decision, Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation, Report
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from commissioning.visibility import visible
from workflows.london import london_day
from workflows.working_days import in_words

STEP = "decide_without_meeting"


@dataclass(frozen=True)
class Minutes:
    """A file of outcomes, and the day on which that system published them: call-in counts from it."""

    published_on: date
    upload: Upload


@dataclass
class _Paper:
    """A paper of the meeting, with what may be said of it."""

    case: Case
    asked: dict[int, Recommendation]
    """Every recommendation, by number."""
    open_ids: frozenset[int]
    decided: dict[int, Decision]
    """What this body decided last, by recommendation."""
    why_not: str
    """Why nothing can be recorded of it now; "" where it can."""
    rows: list[tuple[int, Decided]] = field(default_factory=list)


@dataclass
class _Read:
    """What a file says, paper by paper, and the checks of it."""

    checked: Checked
    papers: dict[str, _Paper] = field(default_factory=dict)
    bodies: dict[str, int] = field(default_factory=dict)

    @property
    def in_order(self) -> list[_Paper]:
        """The papers with something to record, in the order of the file: their decisions are numbered so."""
        return sorted((p for p in self.papers.values() if p.rows), key=lambda p: p.rows[0][0])


def check_outcomes(session: Session, actor: Actor, meeting_id: int, given: Minutes, now: datetime) -> Checked:
    """What an import of this file would record, and every cell that is wrong. Stores nothing. Raises NotFound."""
    return _check(session, actor, meeting_id, given, now).checked


def import_outcomes(
    session: Session, actor: Actor, meeting_id: int, given: Minutes, *, now: datetime, key: str | None = None
) -> Checked:
    """Record the outcomes of a file: every decision of it, or none. Raises NotFound, BadImport, as `perform`."""
    body = [given.published_on.isoformat(), given.upload.sha256]
    if claim(session, actor, key, f"meetings/{meeting_id}/outcomes/import", body, now).is_replay:
        return Checked(is_known=True)
    found = _check(session, actor, meeting_id, given, now)
    if found.checked.problems:
        raise BadImport(found.checked.problems)
    meeting = session.get_one(Meeting, meeting_id)
    days = {"decided_on": meeting.meeting_on.isoformat(), "published_on": given.published_on.isoformat()}
    moves = [
        Move(p.case.id, STEP, fields=days | {"outcomes": [d.model_dump() for _, d in p.rows]}) for p in found.in_order
    ]
    if moves:
        perform_many(session, actor, moves, now=now)
        audit.note(
            session, "outcomes", "outcomes.imported", actor, now, meeting_id=meeting_id,
            file=given.upload.file_name, sha256=given.upload.sha256, new=len(found.checked.new),
        )  # fmt: skip
    return found.checked


def list_wanted(session: Session, actor: Actor, meeting_id: int, today: date) -> list[tuple[str, str, int, str]]:
    """What the template begins with: reference, safe title, number and ask of each recommendation that is open."""
    meeting = get_kept(session, actor, meeting_id, today)
    return [
        (case.reference, case.safe_title, number, labels.ASKS[asked.ask])
        for case, recommendations, open_ids in _papers(session, actor, meeting, today)
        if any(s.name == STEP for s in house.workflows[case.definition].steps_from(case.state))
        for number, asked in recommendations.items()
        if asked.id in open_ids
    ]


def _papers(
    session: Session, actor: Actor, meeting: Meeting, today: date
) -> list[tuple[Case, dict[int, Recommendation], frozenset[int]]]:
    """The papers meant for a meeting that the reader may see, each with its recommendations and those still open."""
    cases = session.scalars(
        select(Case)
        .join(Report, Report.case_id == Case.id)
        .where(Report.meeting_id == meeting.case_id, visible(actor, "report", today))
        .where(Case.scope == f"body:{meeting.body_id}")
        .order_by(Case.reference)
    ).all()
    ids = [c.id for c in cases]
    numbers, still = numbers_of(session, ids), open_recommendations(session, ids, meeting.body_id)
    asked: dict[int, dict[int, Recommendation]] = {i: {} for i in ids}
    for row in session.scalars(
        select(Recommendation).where(Recommendation.report_id.in_(ids)).order_by(Recommendation.position)
    ):
        asked[row.report_id][numbers[row.id]] = row
    return [(c, asked[c.id], frozenset(r.id for r in still[c.id])) for c in cases]


def _check(session: Session, actor: Actor, meeting_id: int, given: Minutes, now: datetime) -> _Read:
    today = london_day(now)
    meeting = get_kept(session, actor, meeting_id, today)
    wrong = _wrong_days(meeting, given, today)
    if wrong:
        return _Read(Checked(problems=[Problem(0, "", wrong)]))
    try:
        sheet = read_sheet(given.upload.content, given.upload.file_name, HEADINGS, NEEDED)
    except BadSheet as error:
        return _Read(Checked(problems=[Problem(0, "", str(error))]))
    found = _known(session, actor, meeting, now)
    found.checked.problems = sheet.problems
    seen: dict[tuple[str, int], int] = {}
    for row, cells in sheet.rows:
        _read_row(sheet, row, cells, found, meeting, seen)
    for paper in found.papers.values():
        _check_paper(session, sheet, paper, meeting.body_id)
    found.checked.rows = len(seen)
    found.checked.new = [_said(paper, decided) for paper in found.in_order for _, decided in paper.rows]
    return found


def _wrong_days(meeting: Meeting, given: Minutes, today: date) -> str:
    if meeting.meeting_on > today:
        return f"The meeting is on {in_words(meeting.meeting_on)}: there are no outcomes before it"
    if not meeting.meeting_on <= given.published_on <= today:
        return (
            f"The day of publication must be from that of the meeting ({in_words(meeting.meeting_on)}) to today;"
            f" {in_words(given.published_on)} is not"
        )
    return ""


def _known(session: Session, actor: Actor, meeting: Meeting, now: datetime) -> _Read:
    today, found = london_day(now), _Read(Checked())
    rows = session.execute(
        select(Body.name, Body.case_id).join(Case, Case.id == Body.case_id).where(visible(actor, "body", today))
    )
    found.bodies = {" ".join(name.lower().split()): body_id for name, body_id in rows}
    papers = _papers(session, actor, meeting, today)
    ids = [case.id for case, _, _ in papers]
    made = session.scalars(
        select(Decision)
        .where(Decision.report_id.in_(ids), Decision.body_id == meeting.body_id)
        .order_by(Decision.number)
    )
    decided = {d.recommendation_id: d for d in made}
    for case, asked, still in papers:
        own = {r.id: decided[r.id] for r in asked.values() if r.id in decided}
        found.papers[case.reference] = _Paper(case, asked, still, own, _why_not(session, actor, case, now))
    return found


def _why_not(session: Session, actor: Actor, case: Case, now: datetime) -> str:
    button = next((b for b in buttons(session, actor, case, now) if b.step.name == STEP), None)
    if button is None:
        state = house.workflows[case.definition].states[case.state].label
        return f"The paper is {state.lower()}: outcomes are recorded of one that is submitted and on no agenda here"
    return "; ".join(reason.text for reason in button.reasons)


def _read_row(
    sheet: Sheet,
    row: int,
    cells: Sequence[Any],
    found: _Read,
    meeting: Meeting,
    seen: dict[tuple[str, int], int],
) -> None:
    """One recommendation's outcome, put with its paper; a problem for every cell that is wrong."""
    before = len(sheet.problems)
    paper = _paper_of(sheet, row, cells, found)
    number = sheet.whole(row, cells, "number")
    asked = paper.asked.get(number or 0) if paper is not None else None
    if paper is not None and number is not None and asked is None:
        sheet.say(row, "number", f"The paper has no recommendation {number}" if number else "Recommendation is missing")
    given = read_outcome(sheet, row, cells, found.bodies, asked)
    if paper is None or asked is None or given is None:
        return
    which = (paper.case.reference, number or 0)
    if which in seen:
        sheet.say(row, "number", f"This recommendation stands in row {seen[which]} already")
        return
    seen[which] = row
    if len(sheet.problems) > before:
        return
    old = paper.decided.get(asked.id)
    if old is not None and _is_same(old, given, meeting.meeting_on):
        found.checked.same += 1
    elif old is not None and asked.id not in paper.open_ids:
        minute = f", minute {old.minute_reference}" if old.minute_reference else ""
        said = f"{labels.OUTCOMES[old.outcome].lower()}{minute}"
        sheet.say(row, "outcome", f"It is decided already ({said}): correct the record of that decision")
    elif paper.why_not:
        sheet.say(row, "paper", paper.why_not)
    else:
        paper.rows.append((row, given))


def _paper_of(sheet: Sheet, row: int, cells: Sequence[Any], found: _Read) -> _Paper | None:
    text = sheet.words(row, cells, "paper", "Paper", 60)
    paper = found.papers.get(text.upper())
    if text and paper is None:
        sheet.say(row, "paper", f"No paper for this meeting has the reference “{text[:40]}”")
    return paper


def _is_same(old: Decision, given: Decided, decided_on: date) -> bool:
    text = given.amended_text if given.outcome == "agreed_as_amended" else old.original_text
    return (old.outcome, old.minute_reference, old.decided_on) == (
        given.outcome,
        given.minute_reference,
        decided_on,
    ) and " ".join(old.text.split()) == " ".join(text.split())


def _check_paper(session: Session, sheet: Sheet, paper: _Paper, body_id: int) -> None:
    """What is wrong with the outcomes themselves, as if they were typed."""
    rows = {decided.recommendation_id: row for row, decided in paper.rows}
    numbers = {asked.id: number for number, asked in paper.asked.items()}
    at = {numbers[i]: row for i, row in rows.items()}
    wrong = wrong_outcomes(session, paper.case.id, body_id, "elsewhere", [d for _, d in paper.rows])
    for (number, name), text in wrong.items():
        column = name if sheet.place(name) else "outcome"
        sheet.say(at[number], column, text if column == name else f"{HEADINGS.get(name, (name,))[0]}: {text}")


def _said(paper: _Paper, decided: Decided) -> str:
    number = next(n for n, asked in paper.asked.items() if asked.id == decided.recommendation_id)
    words = labels.OUTCOMES[decided.outcome].lower()
    what = f"{paper.case.reference} {paper.case.title}, recommendation {number}"
    return f"{what}: {words}, minute {decided.minute_reference}"
