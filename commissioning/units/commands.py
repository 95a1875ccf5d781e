"""Recording a unit, changing its posts and dates, naming contributors, writing its own plan.

A unit's life (setting up, live, ended) is moved by steps of its definition, not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create_once
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, check_seen
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body
from commissioning.models.people import Person, Post
from commissioning.models.units import Unit, UnitName
from commissioning.units.roles import POSTS, contributors_of, open_case_ids, sync_roles
from commissioning.units.setup import make_steps

LONGEST_NAME = 120
LONGEST_TEXT = 20_000
MOST_FTE_HUNDREDTHS = 10_000_000
_POST_WORDS = {
    "head_post_id": "the post of its head",
    "strategy_post_id": "the post of its strategy leader",
    "finance_post_id": "the post of its finance strategy leader",
    "commissioner_post_id": "the team that commissions it",
    "director_post_id": "the post of its director",
}


@dataclass(frozen=True)
class NewUnit:
    """A unit as it is typed, its staff in hundredths of a full-time person. `is_live`: it needs no set-up."""

    name: str
    kind: str
    head_post_id: int
    strategy_post_id: int
    finance_post_id: int
    commissioner_post_id: int
    director_post_id: int
    area: str = ""
    remit: str = ""
    core_group: str = ""
    core_unit_id: int | None = None
    board_id: int | None = None
    fte_hundredths: int = 0
    live_on: date | None = None
    from_on: date | None = None
    is_live: bool = False


def create_unit(session: Session, actor: Actor, new: NewUnit, *, now: datetime, key: str | None = None) -> int:
    """Record a unit of any kind, inside the council or outside it (BR-05 to BR-07); its id.

    Unless it is live from the first, the steps of its set-up begin (BR-38).
    Raises Forbidden, or Invalid by field.
    """
    require(actor, "units.create")
    asked = {name: str(value) for name, value in vars(new).items()}
    unit_id = create_once(session, actor, "unit", asked, lambda: _new_case(session, new), now=now, key=key)
    if not new.is_live:
        make_steps(session, actor, session.get_one(Unit, unit_id), now)
    return unit_id


def _new_case(session: Session, new: NewUnit) -> NewCase:
    values = {**vars(new)}
    is_live = values.pop("is_live")
    errors = _problems(session, values)
    if errors:
        raise Invalid(errors)
    texts = {name: values[name].strip() for name in ("name", "area", "remit", "core_group")}

    def facts(case_id: int) -> list[Any]:
        return [Unit(case_id=case_id, **{**values, **texts})]

    return NewCase(
        "unit",
        texts["name"],
        own_scope="unit",
        roles=[(role, None, values[column], None) for role, column in POSTS.items()],
        facts=facts,
        body={"kind": new.kind, "is_live": is_live, "core_unit_id": new.core_unit_id},
        state="live" if is_live else None,
    )


def _problems(session: Session, values: Mapping[str, Any], unit_id: int | None = None) -> dict[str, str]:
    errors: dict[str, str] = {}
    name = values["name"].strip()
    if not name:
        errors["name"] = "Enter the unit’s name"
    elif len(name) > LONGEST_NAME:
        errors["name"] = f"Name must be {LONGEST_NAME} characters or fewer"
    elif _is_taken(session, name, values["kind"], unit_id):
        errors["name"] = "There is a unit of that name and kind already"
    if values["kind"] not in labels.UNIT_KINDS:
        errors["kind"] = "Select what kind of organisation it is"
    for column, words in _POST_WORDS.items():
        if session.get(Post, values[column]) is None:
            errors[column] = f"Select {words}"
    if not errors and values["strategy_post_id"] == values["finance_post_id"]:
        errors["finance_post_id"] = "Strategy leader and finance strategy leader are two posts: select another one"
    if not errors and values["head_post_id"] in (values["strategy_post_id"], values["finance_post_id"]):
        errors["head_post_id"] = "The head does not accept the unit’s own returns: select another post"
    if not 0 <= values["fte_hundredths"] <= MOST_FTE_HUNDREDTHS:
        errors["fte_hundredths"] = "Staff must be between 0 and 100,000"
    core = values.get("core_unit_id")
    if core is not None and session.get(Unit, core) is None:
        errors["core_unit_id"] = "Select the core unit that commissions it"
    board = values.get("board_id")
    if board is not None and session.get(Body, board) is None:
        errors["board_id"] = "Select the board that it answers to"
    if len(values.get("remit") or "") > LONGEST_TEXT:
        errors["remit"] = f"Remit must be {LONGEST_TEXT:,} characters or fewer"
    return errors


def _is_taken(session: Session, name: str, kind: str, unit_id: int | None) -> bool:
    same = select(Unit.case_id).where(Unit.name == name, Unit.kind == kind, Unit.case_id.is_distinct_from(unit_id))
    return session.execute(same).first() is not None


EDITABLE = (
    *POSTS.values(),
    "area",
    "remit",
    "core_group",
    "core_unit_id",
    "board_id",
    "fte_hundredths",
    "live_on",
    "from_on",
    "to_on",
)


def edit_unit(
    session: Session,
    actor: Actor,
    unit_id: int,
    changes: Mapping[str, Any],
    *,
    seen: int | None = None,
    now: datetime,
    key: str | None = None,
) -> None:
    """Change what a unit is. New posts take over its open returns, specifications and meetings at once.

    `seen` is the unit's version as it was shown. Raises Invalid by field, Stale.
    """

    def change(context: Context) -> None:
        unit = _unit(context, seen)
        values = {name: getattr(unit, name) for name in ("kind", "name", *EDITABLE)} | dict(changes)
        errors = _problems(session, values, unit_id)
        if values["to_on"] and values["from_on"] and values["to_on"] < values["from_on"]:
            errors["to_on"] = "The last day must be on or after the first"
        if errors:
            raise Invalid(errors)
        for name in EDITABLE:
            if values[name] != getattr(unit, name):
                context.changed(name, getattr(unit, name), values[name])
                setattr(unit, name, values[name])
        if context.changes:
            unit.version += 1
        session.flush()
        if context.changes.keys() & set(POSTS.values()):
            sync_roles(context, unit, contributors_of(session, [unit_id])[unit_id])

    amend(session, actor, unit_id, "unit.edit", "unit.edited", change, now=now, key=key, body=_body(changes, seen),
          also=open_case_ids(session, unit_id))  # fmt: skip


def rename_unit(
    session: Session, actor: Actor, unit_id: int, name: str, reason: str, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Give a unit another name from today; its earlier one stays on record, and what was said under it stays so.

    Raises Invalid by field, Stale.
    """

    def change(context: Context) -> None:
        unit = _unit(context, seen)
        wanted = name.strip()
        errors = _problems(session, {n: getattr(unit, n) for n in ("kind", *EDITABLE)} | {"name": wanted}, unit_id)
        if not reason.strip() or len(reason) > LONGEST_TEXT:
            errors["reason"] = "Enter why it is renamed"
        errors = {n: text for n, text in errors.items() if n in ("name", "reason")}
        if errors:
            raise Invalid(errors)
        if wanted == unit.name:
            return
        context.changed("name", unit.name, wanted)
        context.notes["reason"] = reason.strip()
        session.add(
            UnitName(id=fresh_id(), unit_id=unit_id, name=unit.name, until_on=context.today, reason=reason.strip())
        )
        unit.name = wanted
        unit.version += 1
        context.case.title = context.case.safe_title = wanted

    amend(session, actor, unit_id, "unit.rename", "unit.renamed", change, now=now, key=key, body=[name, reason, seen])


def name_contributors(
    session: Session, actor: Actor, unit_id: int, people: Sequence[int], *, now: datetime, key: str | None = None
) -> None:
    """Say who contributes to a unit's returns beside its head. They see what the head sees of it."""
    wanted = list(dict.fromkeys(people))

    def change(context: Context) -> None:
        known = set(session.scalars(select(Person.id).where(Person.id.in_(wanted), Person.is_active)))
        if set(wanted) - known:
            raise Invalid({"people": "Select people who can sign in"})
        before = contributors_of(session, [unit_id])[unit_id]
        if before == wanted:
            return
        context.changed("contributors", before, wanted)
        sync_roles(context, session.get_one(Unit, unit_id), wanted)

    amend(session, actor, unit_id, "unit.name_contributors", "unit.contributors_named", change, now=now, key=key,
          body=wanted, also=open_case_ids(session, unit_id))  # fmt: skip


def write_plan(
    session: Session, actor: Actor, unit_id: int, text: str, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Write the unit's own working plan, which nobody outside the unit reads; the record says only that it changed.

    BR-16.
    """

    def change(context: Context) -> None:
        unit = _unit(context, seen)
        if len(text) > LONGEST_TEXT:
            raise Invalid({"working_plan": f"Working plan must be {LONGEST_TEXT:,} characters or fewer"})
        if text == unit.working_plan:
            return
        context.notes["length"] = len(text)
        unit.working_plan = text
        unit.version += 1

    amend(session, actor, unit_id, "unit.write_plan", "unit.plan_written", change, now=now, key=key, body=[text, seen])


def _unit(context: Context, seen: int | None) -> Unit:
    unit = context.session.get_one(Unit, context.case.id, populate_existing=True)
    check_seen(seen, unit.version, context.case.safe_title)
    return unit


def _body(changes: Mapping[str, Any], seen: int | None) -> list[Any]:
    return [{k: str(v) for k, v in sorted(changes.items())}, seen]
