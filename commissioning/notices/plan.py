"""The forward plan: key decisions planned or under way, matters to be taken in private, papers that were promised.

Safe titles alone: nothing exempt stands in it. Whose report a reader may not know of is there only by its notice, which
is public (product.md, "Back-planning"; LI-23, NY-09, P-07, P-08).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.bodies import Action, Body
from commissioning.models.cases import Case
from commissioning.models.notices import Notice
from commissioning.models.reports import Report, RouteStop
from commissioning.notices.queries import list_deciding, list_notices, list_standings, says
from commissioning.notices.standing import FULL, Standing
from commissioning.visibility import visible
from workflows.london import london_day

PER_PAGE = 50
MOST = 1000
"""Things of each kind that are looked at, the most urgent first."""
KINDS = {"key": "Key decisions", "private": "In private", "promise": "Promised papers"}
DUE = {"all": "All", "missing": "Notice not given", "late": "Too late for the meeting", "undated": "Without a date"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the plan. `standings` is empty for a promise, and where only the notice may be known."""

    kinds: tuple[str, ...]
    title: str
    body_id: int
    body: str
    on: date | None
    """The day of the meeting; of a promise, when the paper is due."""
    is_month: bool = False
    meeting_id: int | None = None
    report_id: int | None = None
    action_id: int | None = None
    standings: tuple[Standing, ...] = ()
    notice: Notice | None = None
    owes: str = ""


@dataclass(frozen=True, slots=True)
class PlanFilter:
    """What the plan is narrowed to: a kind of entry, a body, how its notice stands."""

    kind: str = ""
    body_id: int | None = None
    due: str = "all"


def list_entries(session: Session, actor: Actor, wanted: PlanFilter, now: datetime) -> list[Entry]:
    """The plan for one reader, soonest first, what has no day yet last. Nine queries, however many entries."""
    today = london_day(now)
    found = [*_reports(session, actor, today), *_notices(session, actor, today), *_promises(session, actor, today)]
    kept = [e for e in found if _is_wanted(e, wanted)]
    return sorted(kept, key=lambda e: (e.on is None, e.on or today, e.title, e.report_id or e.action_id or 0))


def _is_wanted(entry: Entry, wanted: PlanFilter) -> bool:
    if (wanted.kind and wanted.kind not in entry.kinds) or (wanted.body_id and wanted.body_id != entry.body_id):
        return False
    if wanted.due == "missing":
        return any(s.counts is None for s in entry.standings)
    if wanted.due == "late":
        return any(s.is_overdue for s in entry.standings)
    return entry.on is None if wanted.due == "undated" else True


def _ahead() -> list[str]:
    """States of a report that is not decided yet."""
    states = house.states_of("board-report").values()
    return sorted(s.name for s in states if s.has("open") and not s.has("decided"))


def _reports(session: Session, actor: Actor, today: date) -> Iterable[Entry]:
    asks_notice = exists(
        select(RouteStop.id)
        .join(Body, Body.case_id == RouteStop.body_id)
        .where(RouteStop.report_id == Case.id, RouteStop.decides, Body.notice_days > 0)
        .correlate(Case)
    )
    rows = session.execute(
        select(Report, Case)
        .join(Case, Case.id == Report.case_id)
        .where(
            visible(actor, "report", today),
            Case.state.in_(_ahead()),
            or_(Report.is_key_decision, Case.secrecy != "open"),
            asks_notice,
        )
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id)
        .limit(MOST)
    ).all()
    deciding = list_deciding(session, [r.Report for r in rows])
    given = list_notices(session, [r.Case.id for r in rows])
    for row in rows:
        at = deciding[row.Case.id]
        standings = list_standings(session, row.Report, row.Case.secrecy, at, given[row.Case.id], today)
        if not standings:
            continue
        counts = next((s.counts for s in standings if s.counts), None)
        yield Entry(
            tuple(s.need for s in standings), row.Case.safe_title, at.body.case_id, at.body.name,
            at.meeting.meeting_on if at.meeting else None, False, at.meeting.case_id if at.meeting else None,
            row.Case.id, None, tuple(standings), counts,
        )  # fmt: skip


def _notices(session: Session, actor: Actor, today: date) -> Iterable[Entry]:
    """What was announced of reports that the reader may not know of: the words of the notice, and no more."""
    seen = select(Case.id).where(visible(actor, "report", today))
    rows = session.scalars(
        select(Notice)
        .join(Case, Case.id == Notice.report_id)
        .where(
            Notice.kind.in_(FULL.values()),
            Notice.withdrawn_at.is_(None),
            Case.state.in_(_ahead()),
            Notice.report_id.not_in(seen),
        )
        .options(joinedload(Notice.body))
        .order_by(Notice.meeting_on, Notice.id)
        .limit(MOST)
    )
    for row in rows:
        need = next(need for need, kind in FULL.items() if kind == row.kind)
        yield Entry((need,), says(row)["matter"], row.body_id, row.body.name, row.meeting_on, notice=row)


def _promises(session: Session, actor: Actor, today: date) -> Iterable[Entry]:
    """Papers that were promised to a body and have not come yet."""
    rows: Sequence[Action] = session.scalars(
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .where(visible(actor, "action", today), Case.is_done.is_(False), Action.paper_to_id.is_not(None))
        .options(joinedload(Action.case), joinedload(Action.owner))
        .order_by(Action.action_due_on, Action.case_id)
        .limit(MOST)
    ).all()
    names = dict(
        session.execute(select(Body.case_id, Body.name).where(Body.case_id.in_({a.paper_to_id for a in rows}))).all()
    )
    for row in rows:
        if row.paper_to_id is not None:
            yield Entry(
                ("promise",), row.case.safe_title, row.paper_to_id, names[row.paper_to_id], row.action_due_on,
                row.due_precision == "month", action_id=row.case_id, owes=row.owner_name,
            )  # fmt: skip
