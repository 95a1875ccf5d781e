"""What guards, effects and fact-writers see of the step that is being taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CompoundSelect, String, cast, literal_column, null, select, union_all
from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity
from commissioning.calendars import Nation, calendar_for
from commissioning.casework.registry import Kind, house
from commissioning.models.cases import Case
from commissioning.models.people import ClosedDay, Setting
from commissioning.models.reminding import ReminderRules
from commissioning.policy import Party
from commissioning.statements import Work, run
from workflows.definition import Reminder, State, Workflow
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


def body_of(scope: str | None) -> int | None:
    """The body that a scope names, if it names one."""
    kind, _, number = (scope or "").partition(":")
    return int(number) if kind == "body" and number.isdigit() else None


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
        """The calendar that the case is counted by: bank holidays, the council's closed days, and those of its body."""
        return council_calendar(self.session, body_of(self.case.scope))

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
        of: Sequence[Party] | None = None,
        by_mail: bool = True,
    ) -> None:
        """Queue a message to people, or to the holders of roles (for these parts). Sent after the commit.

        The roles are those in this case, or in another one whose parties are given (`of`). Without `by_mail` it is
        told in the service alone: something else goes to them by mail.
        """
        only = None if parts is None else tuple(parts)
        seq = self.case.chain_seq if self.is_sealed else None
        parties = self.parties if of is None else list(of)
        self.told.append(
            Told(about, subject, text, why, self.case, parties, tuple(people), tuple(roles), only, seq, by_mail)
        )

    def sign_off_status(self) -> SignOffStatus | None:
        """Where signatures stand, counted once for each step."""
        if self.kind.sign_offs is None:
            return None
        if "sign_offs" not in self.memo:
            self.memo["sign_offs"] = self.kind.sign_offs(self)
        status: SignOffStatus = self.memo["sign_offs"]
        return status


@dataclass(frozen=True, slots=True)
class OwnRules:
    """What a council says itself: its closed days and those of its bodies, how far it has confirmed the calendar, and
    its own reminder rules by definition and state. What it does not say is as it is shipped."""

    closed: tuple[tuple[date, str, int | None], ...] = ()
    known_until: date | None = None
    reminders: Mapping[tuple[str, str], tuple[Reminder, ...]] = field(default_factory=dict)


_RULE = literal_column("-1", BigInteger)
"""Stands where a closed day has its body: no id is negative."""
_OWN: CompoundSelect[Any] = union_all(
    select(cast(ClosedDay.on_day, String), ClosedDay.name, ClosedDay.body_id),
    select(Setting.value, null(), null()).where(Setting.name == "calendar.known_until", Setting.value != ""),
    select(ReminderRules.rules, ReminderRules.definition + ":" + ReminderRules.state, _RULE).where(
        ReminderRules.in_force, ReminderRules.rules != ""
    ),
)


def council_calendar(session: Session, body_id: int | None = None) -> Calendar:
    """The calendar of the council, or of one body. Read once for each session."""
    rules = own_rules(session)
    kept: dict[int | None, Calendar] = session.info.setdefault("calendars", {})
    if body_id not in kept:
        closed = {day: name for day, name, body in rules.closed if body is None or body == body_id}
        kept[body_id] = calendar_for(Nation(house.nation), closed, rules.known_until)
    return kept[body_id]


def reminders_in(session: Session, workflow: Workflow, state: State) -> tuple[Reminder, ...]:
    """The reminder rules of a state as they are in force: the council's own, or those of the definition."""
    return own_rules(session).reminders.get((workflow.name, state.name), state.reminders)


def own_rules(session: Session) -> OwnRules:
    """What the council says itself. Read once for each session."""
    if "own rules" not in session.info:
        (rows,) = run(session.connection(), what_council_says())
        keep_own_rules(session, rows)
    rules: OwnRules = session.info["own rules"]
    return rules


def what_council_says() -> Work:
    """What reads the council's own rules; for `keep_own_rules`."""
    return _OWN, [{}]


def keep_own_rules(session: Session, rows: Iterable[Sequence[Any]]) -> None:
    """Make these rows the rules that this session goes by from now on."""
    closed, until, reminders = [], None, {}
    for value, name, body in rows:
        if body == -1:
            definition, _, state = name.partition(":")
            reminders[definition, state] = read_rules(value)
        elif name is None:
            until = date.fromisoformat(value)
        else:
            closed.append((date.fromisoformat(value), name, body))
    go_by(session, OwnRules(tuple(closed), until, reminders))


def go_by(session: Session, rules: OwnRules | None) -> None:
    """Let this session go by these rules; None: read them again."""
    for key in ("own rules", "calendars", "reminder days"):
        session.info.pop(key, None)
    if rules is not None:
        session.info["own rules"] = rules


@lru_cache(maxsize=256)
def read_rules(text: str) -> tuple[Reminder, ...]:
    """Reminder rules as they are stored (`ReminderRules`)."""
    return tuple(Reminder(r["name"], tuple(r["days"]), r["to"]) for r in json.loads(text))
