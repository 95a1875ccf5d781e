"""What a signing officer sees: the team's queue by due date, and one sign-off with what it covers and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from commissioning.actors import Actor
from commissioning.audit import sha256
from commissioning.casework.errors import NotFound
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.registry import house
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.people import Person
from commissioning.models.reports import Report, ReportSignOff, SignOffQuestion
from commissioning.policy import BARRED
from commissioning.reports.correcting import Correction, list_corrections
from commissioning.reports.covers import (
    MET,
    Parts,
    covered_text,
    covered_words,
    is_current,
    read_many_parts,
    what_changed,
)
from commissioning.reports.queries import ReportView, get_report, list_questions
from commissioning.visibility import DRAFT_ROLES, has_part, visible, visible_any
from workflows.london import london_day

MEANINGS = {
    "asked": ("To sign", "blue"),
    "stale": ("Changed since signed", "orange"),
    "blocked": ("Changes requested", "red"),
    "disputed": ("Disputed", "red"),
    "cleared": ("Cleared", "green"),
    "cleared_with_conditions": ("Cleared with conditions", "green"),
    "not_applicable": ("Not applicable", "grey"),
    "not_asked": ("Not asked yet", "grey"),
}
"""Where one sign-off stands: words, and the tone of its tag."""
_taker = aliased(Person)


def standing(parts: Parts, row: ReportSignOff) -> str:
    """Where one sign-off stands, as a code of MEANINGS. Stale is derived from what is there now."""
    if row.outcome is None:
        if row.disputed_at is not None:
            return "disputed"
        return "asked" if row.asked_at else "not_asked"
    if not is_current(parts, row):
        return "stale"
    return row.outcome if row.outcome in MET else "blocked"


@dataclass(frozen=True)
class QueueLine:
    """One sign-off in a team's queue."""

    sign_off: ReportSignOff
    case: Case
    body: str
    meeting_on: date | None
    code: str
    changed: tuple[str, ...]
    due_on: date | None
    short_notice_reason: str
    waits_for: str
    """The person whose answer to a question it waits for, if it does."""
    taken_by: str
    """Who of the team has taken it, if somebody has."""


def sign_off_queue(session: Session, actor: Actor, now: datetime) -> list[QueueLine]:
    """What waits for the posts that the actor holds, by due date. Some ten queries, whatever its length."""
    if not actor.post_ids:
        return []
    rows = session.execute(
        select(ReportSignOff, Case, Body.name, Meeting.meeting_on, Task.due_on, Report.short_notice_reason, _taker.name)
        .join(Case, Case.id == ReportSignOff.report_id)
        .join(Report, Report.case_id == Case.id)
        .outerjoin(Meeting, Meeting.case_id == Report.meeting_id)
        .outerjoin(Body, Body.case_id == Meeting.body_id)
        .outerjoin(
            Task,
            and_(
                Task.case_id == Case.id,
                Task.part == ReportSignOff.id,
                Task.closed_at.is_(None),
                Task.step.in_(("sign_off", "resign")),
            ),
        )
        .outerjoin(_taker, _taker.id == Task.taken_by_id)
        .where(
            ReportSignOff.post_id.in_(actor.post_ids),
            visible(actor, "report", london_day(now)),
            # A paper on an agenda has no tasks of its own: it stands with its meeting.
            or_(Task.id.is_not(None), and_(Case.state == "on_agenda", ReportSignOff.outcome.is_(None))),
        )
        .order_by(Task.due_on.is_(None), Task.due_on, Case.id, ReportSignOff.id)
    ).all()
    parts = read_many_parts(session, [r[1].id for r in rows])
    waiting = _waiting_for(session, [r[0].id for r in rows])
    lines = []
    for row, case, body, meeting_on, due_on, reason, taker in rows:
        changed = tuple(what for what, _, _ in what_changed(parts[case.id], row))
        code = standing(parts[case.id], row)
        waits = waiting.get(row.id, "")
        lines.append(QueueLine(row, case, body or "", meeting_on, code, changed, due_on, reason, waits, taker or ""))
    return lines


def _waiting_for(session: Session, sign_off_ids: Sequence[int]) -> dict[int, str]:
    """By sign-off: who has not answered its question yet."""
    rows = session.execute(
        select(SignOffQuestion.sign_off_id, Person.name)
        .join(Person, Person.id == SignOffQuestion.asked_of_id)
        .where(SignOffQuestion.sign_off_id.in_(sign_off_ids), SignOffQuestion.answered_at.is_(None))
        .order_by(SignOffQuestion.asked_at.desc(), SignOffQuestion.id.desc())
    )
    return {r.sign_off_id: r.name for r in rows}


@dataclass(frozen=True)
class SignOffLine:
    """One sign-off on its report's page: who holds it, since when, where it stands."""

    row: ReportSignOff
    code: str
    holders: tuple[str, ...]
    barred_only: bool
    """Everybody who holds the post has a part in the report: nobody of them may sign."""
    waits_for: str
    changed: tuple[str, ...]
    is_mine: bool


def list_sign_offs(session: Session, actor: Actor, view: ReportView, parts: Parts, now: datetime) -> list[SignOffLine]:
    """The sign-offs of a report, in the order in which they were named. `parts` are the whole ones, for staleness."""
    rows = session.scalars(
        select(ReportSignOff)
        .options(
            joinedload(ReportSignOff.post),
            joinedload(ReportSignOff.signed_by),
            joinedload(ReportSignOff.signed_for),
            joinedload(ReportSignOff.recorded_by),
        )
        .where(ReportSignOff.report_id == view.case.id)
        .order_by(ReportSignOff.position, ReportSignOff.id)
    ).all()
    held = holders_of_posts(session, [r.post_id for r in rows], london_day(now))
    people = {p for holders in held.values() for p in holders}
    names = {r.id: r.name for r in session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))}
    barred = {r.person_id for r in view.roles if r.role in BARRED["report.sign_off"]}
    waiting = _waiting_for(session, [r.id for r in rows])
    return [
        SignOffLine(
            row,
            standing(parts, row),
            tuple(names[p] for p in held[row.post_id] if p in names),
            bool(held[row.post_id]) and set(held[row.post_id]) <= barred,
            waiting.get(row.id, ""),
            tuple(what for what, _, _ in what_changed(parts, row)),
            row.post_id in actor.post_ids,
        )
        for row in rows
    ]


@dataclass(frozen=True)
class WaitingLine:
    """An open task of a report, with whoever it is up to now."""

    id: int
    holder_name: str
    opened_at: datetime
    due_on: date
    why: str = ""
    """Why it is up to somebody else than the team that is asked to sign; nobody asks that team meanwhile."""


def waiting_now(tasks: Sequence[Any], lines: Sequence[SignOffLine], view: ReportView) -> list[WaitingLine]:
    """Whom a report waits for: a question moves it to whom it was put to, changes requested to the author (BR-41).

    The signer's words only for who may read them on the page of the sign-off.
    """
    by_part = {x.row.id: x for x in lines}
    author = ", ".join(r.holder_name for r in view.people("author")) or "the author"
    found = []
    for task in tasks:
        line, holder, why = by_part.get(task.part), task.holder_name, ""
        if line is not None and line.waits_for:
            holder, why = line.waits_for, f"{task.holder_name} has asked a question"
        elif line is not None and line.code == "blocked":
            holder, why = author, f"{task.holder_name} asks for changes"
            why += f": “{line.row.comment}”" if view.has_part and view.may_read_secret else ""
        found.append(WaitingLine(task.id, holder, task.opened_at, task.due_on, why))
    return found


@dataclass(frozen=True)
class SignOffView:
    """What the sign page shows. `seen` is the hash of the covered text as shown, to be sent with the answer."""

    report: ReportView
    line: SignOffLine
    changes: list[tuple[str, str, str]]
    covers: list[tuple[str, str]]
    seen: str
    questions: Sequence[SignOffQuestion]
    previous: QueueLine | None
    following: QueueLine | None
    place: tuple[int, int] | None
    is_signing_state: bool
    own_work: bool
    corrections: list[Correction]
    """What the clerk corrected of what it covers."""

    @property
    def may_answer(self) -> bool:
        """Whether the page offers to sign: the team is asked now, and the reader is not barred."""
        return self.line.is_mine and self.is_signing_state and not self.own_work


def sign_off_view(session: Session, actor: Actor, report_id: int, sign_off_id: int, now: datetime) -> SignOffView:
    """One sign-off, for those who have a part in the report. Raises NotFound for everybody else."""
    view = get_report(session, actor, report_id, now)
    party = session.execute(
        select(has_part(actor, *DRAFT_ROLES)).select_from(Case).where(Case.id == report_id)
    ).scalar()
    if not party:
        raise NotFound
    line = next((x for x in list_sign_offs(session, actor, view, view.parts, now) if x.row.id == sign_off_id), None)
    if line is None:
        raise NotFound
    queue = sign_off_queue(session, actor, now)
    at = next((n for n, q in enumerate(queue) if q.sign_off.id == sign_off_id), None)
    steps = house.workflows[view.case.definition].steps
    things = _things_moved(session, actor, view.parts, london_day(now))
    return SignOffView(
        view,
        line,
        what_changed(view.parts, line.row, things),
        covered_words(view.parts, line.row, things),
        sha256(covered_text(view.parts, line.row)),
        list_questions(session, actor, report_id, sign_off_id=sign_off_id),
        queue[at - 1] if at else None,
        queue[at + 1] if at is not None and at + 1 < len(queue) else None,
        (at + 1, len(queue)) if at is not None else None,
        view.case.state in steps["sign_off"].sources + steps["resign"].sources,
        _is_own_work(session, actor, report_id),
        [c for c in list_corrections(session, report_id, view.parts) if sign_off_id in c.sign_off_ids],
    )


def _things_moved(session: Session, actor: Actor, parts: Parts, today: date) -> dict[int, str]:
    """What the decisions will move, as far as the reader may know of it. One query, if there is something."""
    ids = [r.about_id for r in parts.recommendations if r.about_id]
    if not ids:
        return {}
    rows = session.execute(select(Case.id, Case.title).where(Case.id.in_(ids), visible_any(actor, today)))
    return {row.id: row.title for row in rows}


def _is_own_work(session: Session, actor: Actor, report_id: int) -> bool:
    """Whether the reader themself wrote or sponsors it; for those acted for, the door decides."""
    return (
        session.scalars(
            select(CaseRole.id).where(
                CaseRole.case_id == report_id,
                CaseRole.role.in_(BARRED["report.sign_off"]),
                CaseRole.person_id == actor.person_id,
            )
        ).first()
        is not None
    )
