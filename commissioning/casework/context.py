"""What guards, effects and fact-writers see of the step that is being taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import CompoundSelect, String, bindparam, cast, null, select, union_all
from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity
from commissioning.calendars import Nation, calendar_for
from commissioning.casework.registry import Kind, house
from commissioning.models.cases import Case
from commissioning.models.people import ClosedDay, Setting
from commissioning.policy import Party
from commissioning.statements import Work, run
from workflows.definition import State, Workflow
from workflows.engine import SignOffStatus
from workflows.london import london_day
from workflows.working_days import Calendar

if TYPE_CHECKING:
    from commissioning.casework.moves import Move

COLUMNS = tuple(c.key for c in Case.__table__.columns)


@dataclass(slots=True, eq=False)
class CaseRow:
    """A case as read and locked, with the columns of its table in their order; the door alone changes it."""

    id: int
    kind: str
    reference: str
    scope: str | None
    title: str
    safe_title: str
    state: str
    previous_state: str | None
    definition: str
    version: int
    due_on: date | None
    entered_on: date
    exposure: str
    secrecy: str
    restricted: bool
    is_done: bool
    created_at: datetime
    moved_at: datetime
    chain_seq: int
    chain_hash: str

    @property
    def workflow(self) -> Workflow:
        """The definition that this case runs on."""
        return house.workflows[self.definition]

    @property
    def where(self) -> State:
        """The state with its meanings."""
        return self.workflow.states[self.state]


day_of = lru_cache(maxsize=64)(london_day)
"""The day in London of an instant in UTC, which many cases share."""


@dataclass
class Told:
    """A message to be queued: to people, or to whoever holds roles in the case."""

    about: str
    subject: str
    text: str
    why: str
    case: CaseRow
    parties: list[Party]
    people: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    parts: tuple[int, ...] | None = None
    seq: int | None = None
    """Which event of the case it is about; set when that event is sealed."""
    by_mail: bool = True


@dataclass
class Context:
    """One case, one step (or amendment), one actor, one moment. `identity` is as whom a person acts."""

    session: Session
    actor: Actor
    now: datetime
    case: CaseRow
    parties: list[Party]
    identity: Identity | None = None
    fields: Any = None
    reason: str = ""
    locked: dict[int, CaseRow] = field(default_factory=dict)
    changes: dict[str, list[Any]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    fire: Callable[[Move], None] | None = None
    memo: dict[str, Any] = field(default_factory=dict)
    request_key: str | None = None
    is_sealed: bool = False
    further: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    event_rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day in London."""
        return day_of(self.now)

    @property
    def kind(self) -> Kind:
        """The case's kind."""
        return house.kinds[self.case.kind]

    @property
    def acting_for(self) -> int | None:
        """The person acted for, when the actor is a deputy."""
        if self.identity is None or self.actor.me is None or self.identity.person_id == self.actor.me.person_id:
            return None
        return self.identity.person_id

    @property
    def person_id(self) -> int:
        """The person who acts; only where a person must."""
        assert self.actor.person_id is not None
        return self.actor.person_id

    @property
    def calendar(self) -> Calendar:
        """The council's calendar: bank holidays of its nation and its own closed days."""
        return council_calendar(self.session)

    def body_calendar(self, body_id: int) -> Calendar:
        """The calendar of one body, with its own closed days too."""
        return council_calendar(self.session, body_id)

    def changed(self, name: str, old: Any, new: Any) -> None:
        """Note a changed field for the event."""
        if old != new:
            self.changes[name] = [old, new]

    def also(self, event: str, **notes: Any) -> None:
        """Note a further event of the same step, for a step that settles several things at once.

        For `record` and `change`: it is sealed right after the step's own event, in the order of the notes, and stored
        with it. It has no states and no step: those are the step's own event's.
        """
        self.further.append((event, notes))

    def tell(
        self,
        about: str,
        subject: str,
        text: str,
        why: str,
        *,
        people: Iterable[int] = (),
        roles: Iterable[str] = (),
        parts: Iterable[int] | None = None,
        by_mail: bool = True,
    ) -> None:
        """Queue a message to people, or to the holders of roles (for these parts). Sent after the commit.

        Without `by_mail` it is told in the service alone: something else goes to them by mail.
        """
        only = None if parts is None else tuple(parts)
        seq = self.case.chain_seq if self.is_sealed else None
        self.told.append(
            Told(about, subject, text, why, self.case, self.parties, tuple(people), tuple(roles), only, seq, by_mail)
        )

    def sign_off_status(self) -> SignOffStatus | None:
        """Where signatures stand, counted once for each step."""
        if self.kind.sign_offs is None:
            return None
        if "sign_offs" not in self.memo:
            self.memo["sign_offs"] = self.kind.sign_offs(self)
        status: SignOffStatus = self.memo["sign_offs"]
        return status


_CLOSED: CompoundSelect[Any] = union_all(
    select(cast(ClosedDay.on_day, String), ClosedDay.name).where(
        ClosedDay.body_id.is_(None) | (ClosedDay.body_id == bindparam("body_id"))
    ),
    select(Setting.value, null()).where(Setting.name == "calendar.known_until", Setting.value != ""),
)


def council_calendar(session: Session, body_id: int | None = None) -> Calendar:
    """The calendar of the council, or of one body. Read once for each session."""
    key = ("calendar", body_id)
    if key not in session.info:
        (rows,) = run(session.connection(), closed_days(body_id))
        keep_calendar(session, rows, body_id)
    calendar: Calendar = session.info[key]
    return calendar


def closed_days(body_id: int | None = None) -> Work:
    """What reads the closed days of the council, or of one body as well; for `keep_calendar`."""
    return _CLOSED, [{"body_id": body_id}]


def keep_calendar(session: Session, rows: Iterable[Sequence[Any]], body_id: int | None = None) -> None:
    """Make the calendar that `council_calendar` gives from now on in this session."""
    closed = {date.fromisoformat(day): name for day, name in rows if name is not None}
    until = next((date.fromisoformat(day) for day, name in rows if name is None), None)
    session.info["calendar", body_id] = calendar_for(Nation(house.nation), closed, until)
