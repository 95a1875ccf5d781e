"""The council's own reminder rules: checking them, storing them as a new version, and those of the service again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.admin.rights import check_version, record, require
from commissioning.casework.context import OwnRules, council_calendar, go_by, own_rules, reminders_in
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.keys import claim
from commissioning.casework.registry import house
from commissioning.models.reminding import Recount, ReminderRules
from commissioning.reminders.recounting import Reach, ask_recount
from commissioning.reminders.rule_words import sentence, whom
from workflows.definition import Reminder, State, Workflow
from workflows.london import london_day
from workflows.soundness import MOST_REMINDERS, reminder_flaws
from workflows.working_days import in_words

LONGEST = 260
"""Working days from the due date at most: about a year."""
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as it is given: on which working days from the due date, and which role (None: who is asked)."""

    days: tuple[int, ...]
    to: str | None = None


def get_workflow(definition: str) -> Workflow:
    """The newest version of a definition. Raises NotFound."""
    try:
        return house.latest(definition)
    except KeyError:
        raise NotFound from None


def get_state(definition: str, state: str) -> tuple[Workflow, State]:
    """A state that reminds, of the newest version of a definition. Raises NotFound."""
    workflow = get_workflow(definition)
    if state not in workflow.states or not workflow.states[state].reminders:
        raise NotFound
    return workflow, workflow.states[state]


def check_lines(
    session: Session, definition: str, state: str, lines: Mapping[int, Line], now: datetime
) -> tuple[Reminder, ...]:
    """The rules that these lines make. Raises NotFound, and Invalid by `days_N` or `to_N` of the line that is wrong."""
    workflow, where = get_state(definition, state)
    today, calendar, errors = london_day(now), council_calendar(session), {}
    rules: dict[int, Reminder] = {}
    for n, line in lines.items():
        if line.to is not None and line.to not in workflow.roles:
            errors[f"to_{n}"] = "Select who is told from the list"
        elif line.to in {rule.to for rule in rules.values()}:
            errors[f"to_{n}"] = "Whom a line tells, no other line tells: put the days together"
        else:
            rules[n] = Reminder(_name(where, line.to), line.days, line.to)
            farthest = max(abs(d) for d in line.days)
            known_until = calendar.known_until
            if farthest > LONGEST:
                errors[f"days_{n}"] = f"Days must be {LONGEST} working days from the due date or fewer"
            elif calendar.add_working_days(today, farthest) > known_until:
                errors[f"days_{n}"] = (
                    f"{farthest} working days from today lie past {in_words(known_until)}, up to which bank "
                    "holidays are known, so nobody can say which day that is"
                )
            elif text := _why_never(_lead(session, workflow, where), where, rules[n]):
                errors[f"days_{n}"] = text
    first = min(lines, default=0)
    if not errors and not any(rule.to is None for rule in rules.values()):
        errors[f"to_{first}"] = "Somebody must remind who is asked: choose “Whoever is asked” in one line"
    found = tuple(rules.values())
    if not errors and any(f.code == "no_escalation" for f in reminder_flaws(replace(where, reminders=found))):
        errors[f"days_{max(lines, default=0)}"] = (
            "Say who is told next: somebody else than who is asked must be told on the day or after it"
        )
    if errors:
        raise Invalid(errors)
    return found


def _name(where: State, to: str | None) -> str:
    """Rules that tell the same keep their name, so that what was told is not told again."""
    own = next((rule.name for rule in where.reminders if rule.to == to), None)
    return own or (f"told_{to}" if to else "asked_for")


def _lead(session: Session, workflow: Workflow, where: State) -> int | None:
    """How many working days lie before the due date at most; None where that is another number for each case."""
    if where.due is None or where.due.after == "entered":
        return where.due.working_days if where.due else None
    leads = house.kinds[workflow.kind].leads
    return leads(session).get(where.due.after) if leads else None


def _why_never(lead: int | None, where: State, rule: Reminder) -> str:
    """What is wrong with one rule by itself, in words."""
    codes = {flaw.code for flaw in reminder_flaws(replace(where, reminders=(rule,)))}
    early = -min(rule.days)
    if lead is not None and early > lead:
        return f"{early} working days before would never come: it is due {lead} working days after it gets there"
    if "reminds_too_often" in codes:
        return f"{whom(rule, where)} would be told {len(rule.days)} times; {MOST_REMINDERS} are the most"
    return ""


def with_rules(session: Session, definition: str, state: str, rules: Sequence[Reminder]) -> OwnRules:
    """What the council says with these rules of a state instead of those in force (to look what they move)."""
    own = own_rules(session)
    return replace(own, reminders={**own.reminders, (definition, state): tuple(rules)})


def change_rules(
    session: Session,
    actor: Actor,
    definition: str,
    state: str,
    lines: Mapping[int, Line] | None,
    *,
    version: int | None,
    now: datetime,
    key: str | None = None,
) -> bool:
    """Make these lines the rules of a state, or (None) those of the service again; whether anything is different.

    What is planned is counted again in the next ticks; what was told is not told again. Raises Invalid, NotFound,
    Stale.
    """
    require(actor, "settings.manage")
    given = None if lines is None else {n: [list(line.days), line.to] for n, line in lines.items()}
    if claim(session, actor, key, f"reminders/{definition}/{state}", given, now).is_replay:
        return True
    check_version(session, "settings", None, "")  # one change of the council's rules at a time
    workflow, where = get_state(definition, state)
    rules = where.reminders if lines is None else check_lines(session, definition, state, lines, now)
    before = reminders_in(session, workflow, where)
    newest = _newest(session, definition, state)
    check_seen(version, newest, f"The reminders of {where.label}")
    if set(rules) == set(before):
        return False
    own = (ReminderRules.definition == definition, ReminderRules.state == state)
    session.execute(update(ReminderRules).where(*own, ReminderRules.in_force).values(in_force=False))
    text = "" if lines is None else json.dumps([{"name": r.name, "days": r.days, "to": r.to} for r in rules])
    facts = {"definition": definition, "state": state, "version": newest + 1, "rules": text, "in_force": True}
    session.add(ReminderRules(**facts, made_at=now, made_by_id=actor.person_id))
    session.flush()
    go_by(session, None)
    changed = {"rules": [sentence(before, where), sentence(rules, where)]}
    record(session, "settings", "reminder_rules.changed", actor, now, of=f"{definition}/{state}", changed=changed)
    why = f"Reminders of {workflow.name.replace('-', ' ')}, {where.label}"
    ask_recount(session, actor, why, now, Reach(definition, state))
    return True


def _newest(session: Session, definition: str, state: str) -> int:
    versions = select(func.max(ReminderRules.version)).where(
        ReminderRules.definition == definition, ReminderRules.state == state
    )
    return session.execute(versions).scalar() or 0


def list_versions(session: Session, definition: str, state: str) -> Sequence[ReminderRules]:
    """What the council said of a state, the newest first; empty where it never said anything."""
    return session.scalars(
        select(ReminderRules)
        .where(ReminderRules.definition == definition, ReminderRules.state == state)
        .options(joinedload(ReminderRules.made_by))
        .order_by(ReminderRules.version.desc())
        .limit(SHOWN)
    ).all()


def list_recounts(session: Session, since: datetime) -> Sequence[Recount]:
    """Changes that are being counted, and those that were asked since a moment, the newest first. One statement."""
    return session.scalars(
        select(Recount)
        .where(Recount.done_at.is_(None) | (Recount.asked_at >= since))
        .order_by(Recount.id.desc())
        .limit(SHOWN)
    ).all()
