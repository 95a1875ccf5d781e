"""Setting up a body or proposing a group, its rules of procedure, its members from a day to a day.

A group's life (approved, sitting, stood down) is moved by steps of its definition, not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.boards.defaults import parts_of, procedure_of
from commissioning.boards.queries import list_members
from commissioning.casework import NewCase, amend, create_once
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.meetings.dates import why_contrary
from commissioning.meetings.following import follow_rules, followers_of, ladders_of
from commissioning.meetings.members import open_meeting_ids, sync_members
from commissioning.models.bodies import Body, Membership, SectionTemplate
from commissioning.models.people import Person, Post
from commissioning.reports.lints import TITLES

RULES = (
    *("remit", "clear_days", "clear_day_rule", "notice_days", "call_in_days", "meets_in_public", "decides_by"),
    *("close_days", "close_time", "quorum_divisor", "quorum_minimum", "sign_off_order", "blocking_findings"),
    *("allows_elsewhere", "call_in_members", "scrutiny_id", "key_threshold_pence", "kept_in"),
)
"""What the clerk or an administrator may change of a body."""

MOST_DAYS = 365
_DAYS = ("clear_days", "notice_days", "call_in_days", "close_days")
_DATED = {"clear_days", "clear_day_rule", "notice_days", "close_days", "close_time"}
"""What the dates of a meeting follow from."""


@dataclass(frozen=True)
class NewBody:
    """A body to be recorded. `is_sitting`: it sits already; else a group is proposed, to be approved by a decision."""

    name: str
    kind: str
    clerk_post_id: int
    chair_post_id: int
    short_name: str = ""
    remit: str = ""
    parent_id: int | None = None
    is_sitting: bool = True


@dataclass(frozen=True)
class NewMember:
    """A member from a day to a day, both inclusive; `to_on` None: until further notice."""

    person_id: int
    from_on: date
    to_on: date | None = None
    organisation: str = ""
    is_voting: bool = True


def create_body(session: Session, actor: Actor, new: NewBody, *, now: datetime, key: str | None = None) -> int:
    """Record a body that sits, or propose a group, with the rules and sections of its kind; its id (NY-15, NY-16)."""
    require(actor, "bodies.create")
    asked = {name: str(value) for name, value in vars(new).items()}
    return create_once(session, actor, "body", asked, lambda: _new_case(session, new), now=now, key=key)


def _new_case(session: Session, new: NewBody) -> NewCase:
    _check_new(session, new)
    procedure = procedure_of(new.kind)

    def facts(case_id: int) -> list[Any]:
        body = Body(
            case_id=case_id,
            kind=new.kind,
            name=new.name.strip(),
            short_name=new.short_name.strip(),
            remit=new.remit.strip(),
            parent_id=new.parent_id,
            clerk_post_id=new.clerk_post_id,
            chair_post_id=new.chair_post_id,
            **procedure,
        )
        session.add(body)
        session.flush()
        return [
            SectionTemplate(
                body_id=case_id,
                position=position,
                key=part.key,
                heading=part.heading,
                kind=part.kind,
                speciality=part.speciality,
                hint=part.hint,
                is_required=part.is_required,
            )
            for position, part in enumerate(parts_of(new.kind), 1)
        ]

    return NewCase(
        "body",
        new.name.strip(),
        own_scope="body",
        roles=[("clerk", None, new.clerk_post_id, None), ("chair", None, new.chair_post_id, None)],
        facts=facts,
        body={"kind": new.kind, "parent_id": new.parent_id, "is_sitting": new.is_sitting},
        state="sitting" if new.is_sitting else None,
    )


def _check_new(session: Session, new: NewBody) -> None:
    errors = {}
    if not new.name.strip():
        errors["name"] = "Enter the body’s name"
    elif session.scalars(select(Body.case_id).where(Body.name == new.name.strip())).first():
        errors["name"] = "There is a body of that name already"
    if new.kind not in labels.BODY_KINDS:
        errors["kind"] = "Select what kind of body it is"
    for field, word in (("clerk_post_id", "clerk"), ("chair_post_id", "chair")):
        if session.get(Post, getattr(new, field)) is None:
            errors[field] = f"Select the post of its {word}"
    if new.clerk_post_id == new.chair_post_id and not errors:
        errors["chair_post_id"] = "The chair is not the clerk: select another post"
    if new.parent_id is not None and session.get(Body, new.parent_id) is None:
        errors["parent_id"] = "Select the body that it reports to"
    if errors:
        raise Invalid(errors)


def edit_rules(
    session: Session,
    actor: Actor,
    body_id: int,
    changes: Mapping[str, Any],
    *,
    now: datetime,
    key: str | None = None,
    seen: int | None = None,
) -> None:
    """Change remit and rules of procedure. Meetings whose agenda is not out yet get the dates that follow, and so do
    their papers; only people whose dates move are told.

    `seen` is the number of the body's last event that the editor saw. Raises Stale if there is a later one.
    """
    unknown = set(changes) - set(RULES)
    if unknown:
        raise Invalid(dict.fromkeys(sorted(unknown), "This cannot be changed here"))
    _check_rules(session, body_id, changes)

    def change(context: Context) -> None:
        body = context.session.get_one(Body, body_id)
        check_seen(seen, context.case.chain_seq, body.name)
        _check_together(context, body, changes)
        before = ladders_of(context, body)
        for name, value in changes.items():
            context.changed(name, getattr(body, name), value)
            setattr(body, name, value)
        follow_rules(context, body, before)

    also = followers_of(session, body_id)
    given = {n: str(v) if isinstance(v, time) else v for n, v in changes.items()}
    amend(session, actor, body_id, "body.edit", "body.edited", change, now=now, key=key, body=given, also=also)


def _check_rules(session: Session, body_id: int, changes: Mapping[str, Any]) -> None:
    errors = {}
    for name in _DAYS:
        if name in changes and not 0 <= changes[name] <= MOST_DAYS:
            errors[name] = f"Number of days must be between 0 and {MOST_DAYS}"
    for name in ("quorum_divisor", "quorum_minimum", "call_in_members"):
        if name in changes and not 1 <= changes[name] <= 100:
            errors[name] = "It must be between 1 and 100"
    scrutiny = changes.get("scrutiny_id")
    if scrutiny is not None and (scrutiny == body_id or session.get(Body, scrutiny) is None):
        errors["scrutiny_id"] = "Select another body to hear what is called in"
    coded = {
        "clear_day_rule": labels.CLEAR_DAY_RULES,
        "decides_by": labels.DECIDES_BY,
        "sign_off_order": labels.SIGN_OFF_ORDERS,
    }
    if (changes.get("key_threshold_pence") or 0) < 0:
        errors["key_threshold_pence"] = "Sum must be £0 or more"
    if set(filter(None, changes.get("blocking_findings", "").split(","))) - TITLES.keys():
        errors["blocking_findings"] = "Select findings from the list"
    errors |= {
        name: "Select one from the list" for name, known in coded.items() if changes.get(name, "") not in {*known, ""}
    }
    if errors:
        raise Invalid(errors)


def _check_together(context: Context, body: Body, changes: Mapping[str, Any]) -> None:
    """Rules that contradict each other, or what the body is, are refused where they are made so."""
    together = SimpleNamespace(**{name: changes.get(name, getattr(body, name)) for name in _DATED})
    errors = why_contrary(together, together.notice_days) if _DATED & changes.keys() else {}
    voting = {m.person_id for m in list_members(context.session, body.case_id, context.today) if m.is_voting}
    least = changes.get("quorum_minimum", body.quorum_minimum)
    if voting and least != body.quorum_minimum and least > len(voting):
        errors["quorum_minimum"] = f"It has {len(voting)} voting members, so a quorum of {least} could never be met"
    if errors:
        raise Invalid(errors)


def add_member(
    session: Session, actor: Actor, body_id: int, new: NewMember, *, now: datetime, key: str | None = None
) -> None:
    """Add a member. Nobody is a member twice on one day; open meetings from then on know of them."""
    meetings = open_meeting_ids(session, body_id)

    def change(context: Context) -> None:
        person = context.session.get(Person, new.person_id)
        if person is None or not person.is_active:
            raise Invalid({"person_id": "Select a person from the list"})
        _check_days(context.session, body_id, new)
        row = Membership(
            body_id=body_id,
            person_id=new.person_id,
            organisation=new.organisation.strip(),
            is_voting=new.is_voting,
            from_on=new.from_on,
            to_on=new.to_on,
        )
        context.session.add(row)
        context.changed("member", None, f"{person.name} from {new.from_on}" + (f" to {new.to_on}" if new.to_on else ""))
        for meeting_id in meetings:
            sync_members(context.session, meeting_id)

    body = [new.person_id, new.from_on, new.to_on, new.organisation, new.is_voting]
    amend(session, actor, body_id, "body.edit", "body.edited", change, now=now, key=key, body=body, also=meetings)


def _check_days(session: Session, body_id: int, new: NewMember) -> None:
    if new.to_on is not None and new.to_on < new.from_on:
        raise Invalid({"to_on": "Last day must be the first day or later"})
    overlapping = select(Membership).where(
        Membership.body_id == body_id,
        Membership.person_id == new.person_id,
        or_(Membership.to_on.is_(None), Membership.to_on >= new.from_on),
    )
    if new.to_on is not None:
        overlapping = overlapping.where(Membership.from_on <= new.to_on)
    found = session.scalars(overlapping).first()
    if found is not None:
        until = f"until {found.to_on:%-d %B %Y}" if found.to_on else "until further notice"
        raise Invalid({"person_id": f"This person is a member from {found.from_on:%-d %B %Y} {until} already"})


def end_member(
    session: Session,
    actor: Actor,
    body_id: int,
    membership_id: int,
    to_on: date,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """End a membership with a day, its last. Open meetings after it no longer count the person."""
    meetings = open_meeting_ids(session, body_id)

    def change(context: Context) -> None:
        row = context.session.get(Membership, membership_id)
        if row is None or row.body_id != body_id:
            raise NotFound
        if to_on < row.from_on:
            raise Invalid({"to_on": "Last day must be the first day or later"})
        if row.to_on is not None and to_on > row.to_on:
            raise Invalid({"to_on": "The membership ends before that already; add a new one"})
        name = context.session.get_one(Person, row.person_id).name
        context.changed(f"last day of {name}", row.to_on, to_on)
        row.to_on = to_on
        for meeting_id in meetings:
            sync_members(context.session, meeting_id)

    body = [membership_id, to_on]
    amend(session, actor, body_id, "body.edit", "body.edited", change, now=now, key=key, body=body, also=meetings)
