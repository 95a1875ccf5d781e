"""Changing the council's own rules: posts and teams, closed days, settings. Each is in the audit trail."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.admin.rights import changed_fields, check_version, record, require
from commissioning.casework.context import OwnRules, council_calendar, go_by, own_rules
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import claim
from commissioning.casework.sets import upsert
from commissioning.models.bodies import Body
from commissioning.models.people import ClosedDay, Post, Setting
from commissioning.reminders.recounting import Reach, ask_recount
from commissioning.settings_table import check_values, get_settings
from workflows.london import london_day
from workflows.working_days import in_words

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SPECIALITIES = {"legal": "Legal", "finance": "Finance", "hr": "Human resources", "equalities": "Equalities"}


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What a post or team is; `second_id` is who stands in when nobody holds it."""

    name: str
    kind: str = "post"
    speciality: str | None = None
    notice_days: int = 5
    second_id: int | None = None
    standard_wording: str = ""


def create_post(
    session: Session, actor: Actor, code: str, facts: PostFacts, *, now: datetime, key: str | None = None
) -> int:
    """Make a post or a team; its id. The code stays for ever: exports and other systems know it. Raises Invalid."""
    require(actor, "people.manage")
    if claim(session, actor, key, "posts", [code, facts.name], now).is_replay:
        return session.execute(select(Post.id).where(Post.code == code)).scalar_one()
    errors = _check_post(session, facts, None)
    if not CODE.fullmatch(code):
        errors["code"] = "Code must have small letters, figures and hyphens only, like legal-team"
    elif session.execute(select(Post.id).where(Post.code == code)).first():
        errors["code"] = "There is a post with this code already"
    if errors:
        raise Invalid(errors)
    post = Post(code=code, **_columns(facts))
    session.add(post)
    session.flush()
    record(session, f"post:{post.id}", "post.created", actor, now, code=code, facts=_columns(facts))
    return post.id


def change_post(
    session: Session, actor: Actor, post_id: int, facts: PostFacts, *, version: int | None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change a post. Raises Invalid, NotFound, Stale."""
    require(actor, "people.manage")
    if claim(session, actor, key, f"post:{post_id}", _columns(facts), now).is_replay:
        return
    post = session.get(Post, post_id)
    if post is None:
        raise NotFound
    check_version(session, f"post:{post_id}", version, post.name)
    errors = _check_post(session, facts, post_id)
    if errors:
        raise Invalid(errors)
    changed = changed_fields(post, _columns(facts))
    if changed:
        session.flush()
        record(session, f"post:{post_id}", "post.changed", actor, now, changed=changed)


def add_closed_day(
    session: Session,
    actor: Actor,
    on_day: date,
    name: str,
    body_id: int | None,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Close the council (`body_id` None) or one body on a day that would be a working day. Raises Invalid.

    Due dates and reminders that are ahead are counted again in the next ticks: of one body, those of its cases.
    """
    require(actor, "settings.manage")
    if claim(session, actor, key, "closed_days", [str(on_day), name, body_id], now).is_replay:
        return
    check_closed_day(session, on_day, body_id, now)
    session.add(ClosedDay(on_day=on_day, name=name, body_id=body_id))
    session.flush()
    record(session, "settings", "closed_day.added", actor, now, on_day=on_day, day=name, body_id=body_id)
    _recount(session, actor, f"Closed day {in_words(on_day)} added", body_id, now)


def check_closed_day(session: Session, on_day: date, body_id: int | None, now: datetime) -> None:
    """Raises Invalid unless the council or the body can be closed on that day."""
    errors = {}
    if on_day <= london_day(now):
        errors["on_day"] = "Day must be in the future: what has passed stays as it was counted"
    elif why := council_calendar(session, body_id).why_closed(on_day):
        errors["on_day"] = f"This is no working day already: {why}"
    if body_id is not None and session.get(Body, body_id) is None:
        errors["body"] = "Select a board from the list"
    if errors:
        raise Invalid(errors)


def with_closed_day(session: Session, on_day: date, name: str, body_id: int | None) -> OwnRules:
    """What the council says with this closed day besides (to look what it moves)."""
    own = own_rules(session)
    return replace(own, closed=(*own.closed, (on_day, name, body_id)))


def without_closed_day(session: Session, closed_day_id: int, now: datetime) -> tuple[OwnRules, int | None]:
    """What the council says without a closed day that is ahead, and whose it is. Raises NotFound."""
    row, own = _ahead(session, closed_day_id, now), own_rules(session)
    gone = (row.on_day, row.name, row.body_id)
    return replace(own, closed=tuple(one for one in own.closed if one != gone)), row.body_id


def remove_closed_day(session: Session, actor: Actor, closed_day_id: int, *, now: datetime) -> None:
    """Make it a working day again, while it lies ahead. Raises NotFound."""
    require(actor, "settings.manage")
    row = _ahead(session, closed_day_id, now)
    session.delete(row)
    session.flush()
    facts = {"on_day": row.on_day, "day": row.name, "body_id": row.body_id}
    record(session, "settings", "closed_day.removed", actor, now, **facts)
    _recount(session, actor, f"Closed day {in_words(row.on_day)} removed", row.body_id, now)


def _ahead(session: Session, closed_day_id: int, now: datetime) -> ClosedDay:
    row = session.get(ClosedDay, closed_day_id)
    if row is None or row.on_day <= london_day(now):
        raise NotFound
    return row


def _recount(session: Session, actor: Actor, why: str, body_id: int | None, now: datetime) -> None:
    go_by(session, None)
    ask_recount(session, actor, why, now, Reach(body_id=body_id))


def change_settings(
    session: Session, actor: Actor, values: dict[str, str], *, version: int | None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change settings by name. Raises Invalid by name, Stale."""
    require(actor, "settings.manage")
    if claim(session, actor, key, "settings", values, now).is_replay:
        return
    check_version(session, "settings", version, "The settings")
    old = get_settings(session)
    if errors := check_values(values, old):
        raise Invalid(errors)
    changed = {name: [old[name], value] for name, value in values.items() if old[name] != value}
    for name, (_, value) in changed.items():
        statement = upsert(session, Setting).values(name=name, value=value)
        session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
    if changed:
        record(session, "settings", "settings.changed", actor, now, changed=changed)


def _check_post(session: Session, facts: PostFacts, post_id: int | None) -> dict[str, str]:
    errors = {}
    if facts.kind not in {"post", "team"}:
        errors["kind"] = "Select whether it is a post or a team"
    if facts.speciality is not None and facts.speciality not in SPECIALITIES:
        errors["speciality"] = "Select what the team signs for from the list"
    if facts.second_id is not None and (facts.second_id == post_id or session.get(Post, facts.second_id) is None):
        errors["second"] = "Select another post from the list as the second"
    return errors


def _columns(facts: PostFacts) -> dict[str, object]:
    return {name: getattr(facts, name) for name in PostFacts.__slots__}
