"""Who held which role, post, seat and deputyship on a day, and which rules went then (product.md, 3: "as at DATE").

People's rows carry their days, and none is altered once it is past. Settings have one value each: those of an earlier
day are today's with every later change, which the trail has with its old value, taken back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from commissioning.casework.registry import house
from commissioning.labels import KINDS
from commissioning.models.bodies import Body, Membership
from commissioning.models.cases import Event, WorkflowText
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.models.reminding import ReminderRules
from commissioning.settings_table import get_settings
from workflows.london import end_of_day

People = Sequence[Any]
"""Rows with the names of their columns."""


@dataclass(frozen=True, slots=True)
class AsAt:
    """One day: rows and settings by name; definitions and the council's own reminders with the version in force."""

    grants: People
    holdings: People
    memberships: People
    deputies: People
    settings: dict[str, str]
    definitions: list[tuple[str, int, datetime]]
    """Kind of case, version, since when."""
    reminders: list[tuple[str, str, int, datetime]]
    """Kind of case, state, version, since when; where the council has rules of its own."""


def as_at(session: Session, day: date) -> AsAt:
    """The roles and rules of a day that is not ahead."""
    until = end_of_day(day)
    deputy = aliased(Person)
    return AsAt(
        session.execute(
            select(Person.name, Grant.role, Body.name.label("board"), Grant.from_on, Grant.to_on)
            .join(Person, Person.id == Grant.person_id)
            .outerjoin(Body, (Grant.scope_kind == "body") & (Body.case_id == Grant.scope_id))
            .where(*_on(Grant, day))
            .order_by(Person.name, Grant.role, Grant.id)
        ).all(),
        session.execute(
            select(Post.name.label("post"), Person.name, PostHolding.from_on, PostHolding.to_on)
            .join(Post, Post.id == PostHolding.post_id)
            .join(Person, Person.id == PostHolding.person_id)
            .where(*_on(PostHolding, day))
            .order_by(Post.name, Person.name, PostHolding.id)
        ).all(),
        session.execute(
            select(
                *(Body.name.label("board"), Person.name, Membership.is_voting),
                *(Membership.from_on, Membership.to_on),
            )
            .join(Body, Body.case_id == Membership.body_id)
            .join(Person, Person.id == Membership.person_id)
            .where(*_on(Membership, day))
            .order_by(Body.name, Person.name, Membership.id)
        ).all(),
        session.execute(
            select(Person.name, deputy.name.label("deputy"), Deputy.from_on, Deputy.to_on)
            .join(Person, Person.id == Deputy.person_id)
            .join(deputy, deputy.id == Deputy.deputy_id)
            .where(*_on(Deputy, day))
            .order_by(Person.name, deputy.name, Deputy.id)
        ).all(),
        _settings(session, until),
        _definitions(session, until),
        _reminders(session, until),
    )


def _on(model: Any, day: date) -> list[ColumnElement[bool]]:
    return [model.from_on <= day, or_(model.to_on.is_(None), model.to_on >= day)]


def _settings(session: Session, until: datetime) -> dict[str, str]:
    found = get_settings(session)
    later = (
        select(Event.body)
        .where(Event.chain == "settings", Event.name == "settings.changed", Event.at >= until)
        .order_by(Event.seq.desc())
    )
    for body in session.scalars(later):
        changed: dict[str, list[str]] = json.loads(body or "{}").get("changed", {})
        found |= {name: old for name, (old, _new) in changed.items() if name in found}
    return found


def _definitions(session: Session, until: datetime) -> list[tuple[str, int, datetime]]:
    used = session.execute(
        select(WorkflowText.id, WorkflowText.first_used_at).where(WorkflowText.first_used_at < until)
    )
    newest: dict[str, tuple[str, int, datetime]] = {}
    for row in used:
        workflow = house.workflows.get(row.id)
        if workflow and workflow.version >= newest.get(workflow.name, ("", 0, until))[1]:
            newest[workflow.name] = (KINDS.get(workflow.kind, workflow.name), workflow.version, row.first_used_at)
    return sorted(newest.values())


def _reminders(session: Session, until: datetime) -> list[tuple[str, str, int, datetime]]:
    place = (ReminderRules.definition, ReminderRules.state)
    last = select(*place, func.max(ReminderRules.version).label("version")).where(ReminderRules.made_at < until)
    newest = last.group_by(*place).subquery()
    rows = session.execute(
        select(*place, ReminderRules.version, ReminderRules.made_at, ReminderRules.rules).join(
            newest,
            (newest.c.definition == ReminderRules.definition)
            & (newest.c.state == ReminderRules.state)
            & (newest.c.version == ReminderRules.version),
        )
    )
    return sorted(
        (KINDS.get(house.latest(r.definition).kind, r.definition), states[r.state].label, r.version, r.made_at)
        for r in rows
        if json.loads(r.rules) and r.state in (states := house.states_of(r.definition))
    )
