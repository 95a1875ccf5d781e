"""A clock that jumps forward: administrators are told, and nothing falls due by it for an hour.

A wrong clock would send months of reminders at once, and what is sent cannot be taken back. Two signs: within one
process the clock runs ahead of the time that has gone by, or no tick is on record for longer than any standstill that
is believed. After the hour the clock is believed: a server that was set right goes on by itself. A clock that goes back
is told by `jobs`; what was sent is not sent again, because due times are nominal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from commissioning.casework.sets import upsert
from commissioning.db import in_transaction
from commissioning.models.cases import Tick
from commissioning.outbox import tell_administrators
from workflows.london import in_london

STEP: Final = timedelta(hours=1)
"""How far the clock of one process may run ahead between two looks."""
STANDSTILL: Final = timedelta(days=31)
"""How long nothing may have ticked without anybody being asked."""
HELD_FOR: Final = timedelta(hours=1)
HELD: Final = "clock held"
"""The row of `ticks` that says since when nothing falls due."""
ALWAYS: Final = ("mail",)
"""Jobs that go on: people sign in with codes by e-mail."""


class Watch:
    """What one process knows of its clock."""

    def __init__(self) -> None:
        self._seen: tuple[datetime, float] | None = None

    def look(self, now: datetime, monotonic: float) -> timedelta | None:
        """How far the clock has run ahead of the seconds that went by since the last look, if further than STEP."""
        before, self._seen = self._seen, (now, monotonic)
        if before is None:
            return None
        ahead = now - before[0] - timedelta(seconds=monotonic - before[1])
        return ahead if ahead > STEP else None


def may_tick(engine: Engine, watch: Watch, now: datetime, monotonic: float) -> bool:
    """Whether what is due by the clock is done now; if it has jumped, administrators are told once."""
    return in_transaction(engine, _is_believed, now, watch.look(now, monotonic))


def _is_believed(session: Session, now: datetime, ahead: timedelta | None) -> bool:
    held = session.get(Tick, HELD)
    if held is not None and held.last_at > now:
        session.delete(held)  # the clock was set right: the hour that it was held for never comes
        held = None
    since = None if held is None else now - held.last_at
    if since is not None and since < HELD_FOR:
        return False
    was_looked_at = since is not None and since < STANDSTILL
    newest = session.execute(select(func.max(Tick.last_at)).where(Tick.job != HELD)).scalar()
    stood_still = newest is not None and now - newest > STANDSTILL and not was_looked_at
    if ahead is None and not stood_still:
        return True
    statement = upsert(session, Tick).values(job=HELD, last_at=now, result="nothing falls due for an hour")
    again = {"last_at": statement.excluded.last_at, "result": statement.excluded.result}
    session.execute(statement.on_conflict_do_update(index_elements=["job"], set_=again))
    _tell(session, newest if stood_still and ahead is None else None, now)
    return False


def _tell(session: Session, newest: datetime | None, now: datetime) -> None:
    day = f"{in_london(now):%-d %B %Y %H:%M}"
    subject = f"The clock says {day}: it has jumped, or the service stood still"
    before = f" The last tick was on {in_london(newest):%-d %B %Y}." if newest is not None else ""
    text = (
        f"Until {in_london(now + HELD_FOR):%H:%M} by this clock nothing falls due, so that nothing is sent too early."
        f"{before}\nIf the clock is right, there is nothing to do: what is due follows then, each once. If not, "
        "set it right before that; nothing is lost."
    )
    tell_administrators(session, f"clock-ahead:{now:%Y-%m-%dT%H:%M}", subject, text, now)
