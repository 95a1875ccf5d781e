"""Counting back from the end of a contract: by when each thing must be done so that the next one can begin in time.

Here: from a contract's end, the council's lengths and a board's rules to dates, and which routes remain when the
ordinary one is gone. Pure: days and the moment are arguments. Not here: counting days (`workflows`), reading rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from commissioning.meetings.dates import Rules, rungs
from workflows.back_planning import LadderDate, Rung, Skipped, ladder
from workflows.london import end_of_day, london_day
from workflows.working_days import BeyondCalendar, Calendar, ClearDayRule, add_months

ORDER = ("notice", "papers_close", "gate", "tender", "award", "mobilisation")
"""What must be done before the next contract begins, in order."""
GENERAL_EXCEPTION_DAYS = 5
"""Clear working days of notice under the general exception (P-09; Openness Regulations 2012, regulation 10)."""
USUAL_INTERVAL = 31
"""Calendar days between two meetings of a board that meets each month."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long things take in this council, in working days; `amber`: how near the next date is when it is amber."""

    mobilisation: int
    award: int
    tender: int
    amber: int


@dataclass(frozen=True, slots=True)
class Board:
    """The board that decides at the gate: its rules, its calendar, and its meetings from today on that are called."""

    rules: Rules
    notice_days: int
    call_in_days: int
    calendar: Calendar
    meetings: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done: the last day for it, from when it is too late, the days skipped and why."""

    code: str
    on: date
    due_at: datetime
    counted_from: date
    skipped: tuple[Skipped, ...]
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How the gate is to be made: the notice that must be given, and whether papers must be there on time."""

    notice: Rung | None
    papers_on_time: bool = True


@dataclass(frozen=True, slots=True)
class BackPlan:
    """The dates, earliest first. `meeting_on` is the gate's meeting; `is_called` says whether such a meeting is called.

    `refused`: why nothing could be counted, in words; then there are no dates and no light.
    """

    steps: tuple[Step, ...] = ()
    light: str = ""
    meeting_on: date | None = None
    is_called: bool = False
    refused: str = ""
    missed: tuple[Step, ...] = ()
    """What should be done already and is not: whatever makes it red."""

    @property
    def following(self) -> Step | None:
        """What is to be done next."""
        return next((s for s in self.steps if not s.is_done), None)


@dataclass(frozen=True, slots=True)
class Route:
    """A way that remains: "extension" with how many and until when, or one by the rules of the board."""

    code: str
    ends_on: date | None = None
    extensions: int = 0
    following: Step | None = None


@dataclass(frozen=True, slots=True)
class Needs:
    """All that a plan counts with."""

    ends_on: date
    lengths: Lengths
    board: Board | None
    reached: str
    calendar: Calendar
    extensions_left: int = 0
    extension_months: int = 0
    noticed_on: date | None = None
    """When notice of the decision at the gate was published; it counts for meetings for which it was in time."""


def ordinary(board: Board | None) -> Way:
    """The ordinary way to a gate: the board's notice of key decisions (28 days for a cabinet), papers on time."""
    if board is None or not board.notice_days:
        return Way(None)
    return Way(Rung("notice", board.notice_days, clear=ClearDayRule.CALENDAR))


def plan_back(needs: Needs, now: datetime, way: Way | None = None) -> BackPlan:
    """Every date by which the next contract can begin on the day after this one ends.

    Without a board the gate is only the working day before the tender goes out. Dates that would rest on days whose
    bank holidays are not known are refused, not guessed.
    """
    try:
        steps, meeting_on, is_called = _steps(needs, now, way or ordinary(needs.board))
    except BeyondCalendar as error:
        return BackPlan(refused=str(error))
    missed = tuple(s for s in steps if not s.is_done and now >= s.due_at)
    light = "red" if missed else _light(steps, needs, london_day(now), is_called)
    return BackPlan(tuple(steps), light, meeting_on, is_called, missed=missed)


def _light(steps: Sequence[Step], needs: Needs, today: date, is_called: bool) -> str:
    """Amber when the next date is near, or when the meetings that are called come too soon; else green."""
    ahead = [s for s in steps if not s.is_done]
    if not ahead:
        return "green"
    left = needs.calendar.working_days_left(today, min(s.on for s in ahead))
    gate = next(s for s in steps if s.code == "gate")
    meetings = needs.board.meetings if needs.board and not gate.is_done else ()
    passed_over = not is_called and any(m <= gate.on for m in meetings) and max(meetings) > gate.on
    return "amber" if passed_over or left <= needs.lengths.amber else "green"


def _steps(needs: Needs, now: datetime, way: Way) -> tuple[list[Step], date | None, bool]:
    lengths, board = needs.lengths, needs.board
    in_effect = (board.call_in_days if board else 0) + 1
    back = ladder(
        needs.ends_on + ONE_DAY,
        [
            Rung("mobilisation", lengths.mobilisation),
            Rung("award", lengths.award, before="mobilisation"),
            Rung("tender", lengths.tender, before="award"),
            Rung("gate", in_effect, before="tender"),
        ],
        needs.calendar,
    )
    done = _reached(needs)
    found = {s.rung.code: _step(s, done) for s in back}
    last, meeting_on, is_called = found["gate"], None, False
    if board is not None and not last.is_done:
        meeting_on, is_called = _meeting(board, last.on, way, needs, now)
        found["gate"] = replace(last, on=meeting_on, due_at=end_of_day(meeting_on))
        found |= {s.code: s for s in _front(board, meeting_on, way, needs)}
    return sorted(found.values(), key=lambda s: (s.due_at, ORDER.index(s.code))), meeting_on, is_called


def _meeting(board: Board, last_on: date, way: Way, needs: Needs, now: datetime) -> tuple[date, bool]:
    """The latest meeting that is called and can still be made; else the last day on which one could be held.

    Where the board has called none for the weeks before that day, nor for later, its dates simply end too soon: another
    meeting may still be called.
    """
    called = max((m for m in board.meetings if london_day(now) <= m <= last_on), default=None)
    if called is None or (max(board.meetings) <= last_on and (last_on - called).days > USUAL_INTERVAL):
        return last_on, False
    if all(s.is_done or now < s.due_at for s in _front(board, called, way, needs)):
        return called, True
    return last_on, False


def _front(board: Board, meeting_on: date, way: Way, needs: Needs) -> list[Step]:
    """What must be done before the meeting at which the gate is decided."""
    papers = [r for r in rungs(board.rules) if r.code == "papers_close"] if way.papers_on_time else []
    wanted = [*papers, *([way.notice] if way.notice else [])]
    steps = [_step(s, _reached(needs)) for s in ladder(meeting_on, wanted, board.calendar)]
    given = needs.noticed_on
    return [replace(s, is_done=True) if s.code == "notice" and given and given <= s.on else s for s in steps]


def _reached(needs: Needs) -> int:
    return ORDER.index(needs.reached) if needs.reached else -1


def _step(found: LadderDate, done: int) -> Step:
    code = found.rung.code
    return Step(code, found.on, found.due_at, found.counted_from, found.skipped, ORDER.index(code) <= done)


def list_routes(needs: Needs, now: datetime) -> list[Route]:
    """What remains when the ordinary way can no longer be made, the least of it first."""
    return [*_extended(needs, now), *_by_rule(needs, now)]


def _extended(needs: Needs, now: datetime) -> Iterator[Route]:
    """The fewest extensions that make the ordinary way possible again; where that cannot be counted, all of them."""
    for number in range(1, needs.extensions_left + 1):
        ends_on = add_months(needs.ends_on, number * needs.extension_months)
        plan = plan_back(replace(needs, ends_on=ends_on), now)
        if plan.light != "red":
            yield Route("extension", ends_on, number, plan.following)
            return


def _by_rule(needs: Needs, now: datetime) -> Iterator[Route]:
    """Less notice or later papers, by the rules of procedure: the first that is enough."""
    board = needs.board
    if board is None:
        return
    usual = ordinary(board)
    ways: list[tuple[str, Way]] = [("late_papers", Way(usual.notice, papers_on_time=False))]
    if board.notice_days:
        less = Rung("notice", GENERAL_EXCEPTION_DAYS, clear=ClearDayRule.WORKING)
        ways = [("general_exception", Way(less)), *ways, ("special_urgency", Way(None, papers_on_time=False))]
    for code, way in ways:
        plan = plan_back(needs, now, way)
        if plan.light in ("amber", "green"):
            yield Route(code, following=plan.following)


def last_day_to_decide(ends_on: date, notice: int, notice_in: str, calendar: Calendar) -> date:
    """The last day on which notice can be given so that it has run when the contract ends.

    Months need no calendar. Working days beyond what is known are counted by the usual pattern of bank holidays, as
    every due date far ahead is, and counted again when more is known; `is_firm` says which it is.
    """
    if notice_in == "months":
        return add_months(ends_on, -notice)
    return calendar.add_working_days(ends_on, -notice)


def is_firm(ends_on: date, notice: int, notice_in: str, calendar: Calendar) -> bool:
    """Whether the last day to decide rests on known bank holidays alone."""
    return notice_in == "months" or not notice or calendar.is_known(ends_on)


def words_for_skipped(skipped: Sequence[Skipped]) -> str:
    """The days that did not count and why; weekends are counted: "25 December (Christmas Day); 12 days"."""
    named = [f"{s.on:%-d %B} ({s.why})" for s in skipped if s.why not in ("Sat", "Sun")]
    weekend = len(skipped) - len(named)
    return "; ".join([*named, *([f"{weekend} days of weekends"] if weekend else [])])
