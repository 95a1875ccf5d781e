"""The whole list of what is going wrong, as one reader may see it; and what left it this week."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.overview import Concern
from commissioning.overview import finding, standing_still
from commissioning.overview.lines import MOST, Line
from commissioning.visibility import visible_any
from workflows.london import london_day

ON_THE_PAGE: Final = 15
"""One side of A4 (product.md)."""
MOST_STILL: Final = 5
"""Lines of what merely stands still: it has no day of its own, and would push out what has one."""
LEFT_SHOWN, LEFT_DAYS = 15, 7

Finder = Callable[[Session, Actor, datetime], Iterable[Line]]
FINDERS: Final[tuple[Finder, ...]] = (
    finding.overspends,
    finding.late_returns,
    finding.missed_meetings,
    finding.contracts,
    finding.gates,
    finding.papers,
    finding.actions,
    standing_still.left_with_nobody,
    standing_still.overdue,
)
"""A case that one of them finds is left out by those after it, so that each stands on the list once."""


@dataclass(frozen=True, slots=True)
class Left:
    """Something that left the list."""

    case_id: int
    kind: str
    title: str
    safe_title: str
    code: str
    since_on: date
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The first lines, how many there are in all, and what left the list this week."""

    lines: list[Line]
    total: int
    left: list[Left]


def find_all(session: Session, actor: Actor, now: datetime) -> list[Line]:
    """Every line that the reader may see, one for each case, the least time to act first."""
    found: dict[int, Line] = {}
    for finder in FINDERS:
        for line in finder(session, actor, now):
            found.setdefault(line.case_id, line)
    return sorted(found.values(), key=lambda line: (line.act_on, line.since_on, line.case_id))


def get_overview(session: Session, actor: Actor, now: datetime, most: int = ON_THE_PAGE) -> Overview:
    """The list with its holders' names. What stands still at one holder is one line."""
    lines = find_all(session, actor, now)
    standing_still.name_holders(session, lines)
    lines = _by_holder(lines)
    still = [line for line in lines if line.code == "still"][MOST_STILL:]
    shown = [line for line in lines if line not in still][:most]
    return Overview(shown, len(lines), list_left(session, actor, london_day(now)))


def _by_holder(lines: list[Line]) -> list[Line]:
    """The same with what merely stands still told once for each holder: the longest, and how many more."""
    first: dict[str, Line] = {}
    kept = []
    for line in lines:
        if line.code != "still":
            kept.append(line)
        elif line.holder_key in first:
            first[line.holder_key].more += 1
        else:
            first[line.holder_key] = line
            kept.append(line)
    return kept


def list_left(session: Session, actor: Actor, today: date) -> list[Left]:
    """What left the list within a week, the latest first, of what the reader may see. One statement."""
    rows = session.execute(
        select(Case.id, Case.kind, Case.title, Case.safe_title, Concern.code, Concern.since_on, Concern.left_on)
        .join(Case, Case.id == Concern.case_id)
        .where(Concern.left_on > today - timedelta(days=LEFT_DAYS), visible_any(actor, today))
        .order_by(Concern.left_on.desc(), Concern.id.desc())
        .limit(LEFT_SHOWN)
    )
    return [Left(*row) for row in rows]


def is_whole(lines: Iterable[Line]) -> bool:
    """Whether no finder had to stop: only then has what is missing from its lines left the list."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.code] = counts.get(line.code, 0) + 1
    return max(counts.values(), default=0) < MOST
