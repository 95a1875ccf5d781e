"""Merging units into one, and splitting one into several: all of it or nothing, and once (product.md, 3).

A cash limit moves only by virement or decision, so what is left of it is *proposed* as virements that climb the ladder
of the year like any other; the units end at once, and keep their limit until those are approved. Baselines, what was
spent, and everything that was said stay with the predecessor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import Move, amend, perform, perform_many
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.keys import claim
from commissioning.casework.locks import lock_ids
from commissioning.models.bodies import Action
from commissioning.models.cases import Case, CaseRole
from commissioning.models.money import FundingGrant
from commissioning.models.people import Post
from commissioning.models.specifications import PackagePart
from commissioning.models.units import Unit, Volumetric
from commissioning.money.grants import GrantInput, save_grant
from commissioning.money.queries import list_open_years
from commissioning.money.virements import NewVirement, create_virement
from commissioning.specifications.packages import pass_part
from commissioning.succession.plan import Plan, make_plan, specifications_of
from commissioning.succession.specifying import specify
from commissioning.units.commands import NewUnit, create_unit, edit_unit
from commissioning.units.roles import POSTS, scope_of
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, get_lines, last_run, save_sizing
from workflows.london import london_day

MOST_UNITS = 12


@dataclass(frozen=True)
class Successor:
    """Who follows: a unit that is there, or a new one with its name and the post of its head (None: as before)."""

    unit_id: int | None = None
    name: str = ""
    head_post_id: int | None = None


@dataclass(frozen=True)
class HandingOver:
    """A merger or a split as it is typed. Successors are counted from 0 in `choices` (by an item's key) and `money`
    (pence for each successor, by the key of what is left); with one successor both may be empty."""

    how: str
    from_ids: tuple[int, ...]
    successors: tuple[Successor, ...]
    on: date
    reason: str
    choices: Mapping[str, int]
    money: Mapping[str, tuple[int, ...]]
    seen: str = ""


def hand_over(
    session: Session, actor: Actor, given: HandingOver, *, now: datetime, key: str | None = None
) -> list[int]:
    """Merge or split units; the ids of their successors. Raises Forbidden, NotNow, Invalid by field."""
    require(actor, "units.create")
    claimed = claim(session, actor, key, f"units/{given.how}/{given.from_ids}", repr(given), now)
    if claimed.is_replay:
        return []
    old = _check_units(session, given)
    lock_ids(session, [*given.from_ids, *(y.case_id for y in list_open_years(session))])
    plan = make_plan(session, given.from_ids, london_day(now))
    if given.seen and given.seen != plan.digest:
        raise Invalid({"": "What these units hold has changed since this was shown: look at it again"})
    given = _choose(plan, given)
    to = [s.unit_id or _create(session, actor, old, s, given, now) for s in given.successors]
    for case in [c for u in plan.units for c in specifications_of(session, u.case_id)]:
        if case.state in ("draft", "negotiation", "with_provider", "agreed"):
            perform(session, actor, case.id, "drop", reason=given.reason, now=now)
    outcomes = [(i.id, to[given.choices[i.key]]) for i in plan.items if i.kind == "outcome"]
    _pass_on(session, actor, plan, given, to, now)
    moves = [
        Move(u.case_id, "hand_over", given.reason, {
            "how": given.how, "on": given.on, "to": to,
            "functions": {i.id: to[given.choices[i.key]] for i in plan.items
                          if i.kind == "function" and i.unit_id == u.case_id},
        })
        for u in plan.units
    ]  # fmt: skip
    perform_many(session, actor, moves, now=now)
    moved = _propose_virements(session, actor, plan, given, to, now)
    for unit_id in to:
        mine = [i for i, successor in outcomes if successor == unit_id]
        specify(session, actor, unit_id, mine, moved.get(unit_id, 0), given.on, given.reason, now=now)
    return to


def _check_units(session: Session, given: HandingOver) -> list[Unit]:
    """The predecessors, where these may hand over to those. Raises Invalid."""
    query = select(Unit).join(Case, Case.id == Unit.case_id).where(Case.is_done.is_(False))
    old = {u.case_id: u for u in session.scalars(query.where(Unit.case_id.in_(given.from_ids)))}
    stays = [s.unit_id for s in given.successors if s.unit_id is not None]
    errors = {}
    if not given.from_ids or len(old) < len(set(given.from_ids)) or len(old) > MOST_UNITS:
        errors[""] = "Select units that have not ended"
    elif len({u.kind for u in old.values()}) > 1:
        errors[""] = "A core unit and a unit that it commissions are not merged: select units of one kind"
    elif set(stays) & set(given.from_ids):
        errors[""] = "A unit does not follow itself"
    elif given.how == "merge" and (len(given.successors) != 1 or len(old) + len(stays) < 2):
        errors[""] = "Two units at least are merged into one"
    elif given.how == "split" and (len(old) != 1 or not 2 <= len(given.successors) <= MOST_UNITS):
        errors[""] = f"A unit is split into two at least, and {MOST_UNITS} at most"
    if given.how not in ("merge", "split"):
        errors["how"] = "Select whether units are merged or one is split"
    if not given.reason.strip():
        errors["reason"] = "Enter a reason: it goes into the record"
    if errors:
        raise Invalid(errors)
    return [old[i] for i in given.from_ids]


def _choose(plan: Plan, given: HandingOver) -> HandingOver:
    """Every item to one successor, all the money to them: with one successor it is obvious. Raises Invalid."""
    if len(given.successors) == 1:
        return replace(given, choices={i.key: 0 for i in plan.items}, money={m.key: (m.left,) for m in plan.money})
    errors = {
        i.key: f"Select who takes it over: {i.words[:80]}"
        for i in plan.items
        if given.choices.get(i.key) not in range(len(given.successors))
    }
    for m in plan.money:
        parts = given.money.get(m.key, ())
        if len(parts) != len(given.successors) or any(p < 0 for p in parts) or sum(parts) != m.left:
            errors[f"{m.key}-0"] = f"The parts must come to what is left in {m.label}, to the penny"
    if errors:
        raise Invalid(errors)
    return given


def _create(
    session: Session, actor: Actor, old: Sequence[Unit], successor: Successor, given: HandingOver, now: datetime
) -> int:
    """A new unit like the first of those that it follows. Raises Invalid."""
    like = old[0]
    same = ("kind", "area", "remit", "core_group", "core_unit_id", "board_id", *POSTS.values())
    values: dict[str, Any] = {n: getattr(like, n) for n in same}
    if successor.head_post_id is not None:
        values["head_post_id"] = successor.head_post_id
    fte = sum(u.fte_hundredths for u in old) if len(given.successors) == 1 else 0
    states = {session.get_one(Case, u.case_id).state for u in old}
    new = NewUnit(
        name=successor.name, **values, fte_hundredths=fte, from_on=given.on, is_live="setting_up" not in states
    )
    try:
        return create_unit(session, actor, new, now=now)
    except Invalid as error:
        raise Invalid({"": f"{successor.name}: {'; '.join(error.errors.values())}"}) from None


def _pass_on(session: Session, actor: Actor, plan: Plan, given: HandingOver, to: Sequence[int], now: datetime) -> None:
    lines: dict[int, list[int]] = {}
    for item in plan.items:
        successor = to[given.choices[item.key]]
        if item.kind == "line":
            lines.setdefault(successor, []).append(item.id)
        elif item.kind == "action":
            _pass_action(session, actor, item.id, successor, now)
        elif item.kind == "grant":
            _pass_grant(session, actor, item.id, successor, now)
        elif item.kind == "part":
            package_id = session.get_one(PackagePart, item.id).package_id
            pass_part(session, actor, package_id, item.unit_id, successor, now=now)
        elif item.kind == "unit":
            edit_unit(session, actor, item.id, {"core_unit_id": successor}, now=now)
    for successor, ids in lines.items():
        come = session.scalars(select(Volumetric).where(Volumetric.id.in_(ids)).order_by(Volumetric.id)).all()
        own = last_run(session, successor)
        kept = get_lines(session, own.id) if own else []
        months, support = (own.months, own.support_hundredths) if own else (12, 0)
        all_lines = (*kept, *(Line(x.activity, x.volume, x.day_hundredths) for x in come))
        title = f"After taking over from {', '.join(u.name for u in plan.units)}"[:200]
        save_sizing(session, actor, successor, SizingInput(title, all_lines, months, support), now=now)


def _pass_action(session: Session, actor: Actor, action_id: int, unit_id: int, now: datetime) -> None:
    """The action is the successor's, whose leaders oversee it; its owner stays."""

    def change(context: Context) -> None:
        action = session.get_one(Action, action_id, populate_existing=True)
        assert action.unit_id is not None  # it is a unit's action
        old, new = session.get_one(Unit, action.unit_id), session.get_one(Unit, unit_id)
        context.changed("unit_id", action.unit_id, unit_id)
        action.unit_id, context.case.scope = unit_id, scope_of(unit_id)
        for before, after in (
            (old.strategy_post_id, new.strategy_post_id),
            (old.director_post_id, new.director_post_id),
        ):
            mine = (CaseRole.case_id == action_id, CaseRole.post_id == before)
            session.execute(update(CaseRole).where(*mine).values(post_id=after))

    amend(session, actor, action_id, "action.pass_on", "action.passed_on", change, now=now, body=[action_id, unit_id])


def _pass_grant(session: Session, actor: Actor, grant_id: int, unit_id: int, now: datetime) -> None:
    row = session.get_one(FundingGrant, grant_id)
    names = ("name", "funder", "amount_pence", "purpose", "starts_on", "ends_on", "conditions", "withdrawal_risk")
    new = GrantInput(**{n: getattr(row, n) for n in names}, unit_id=unit_id)
    year = next(y for y in list_open_years(session) if row.starts_on <= y.ends_on and row.ends_on >= y.starts_on)
    save_grant(session, actor, year.case_id, new, grant_id, now=now)


def _propose_virements(
    session: Session, actor: Actor, plan: Plan, given: HandingOver, to: Sequence[int], now: datetime
) -> dict[int, int]:
    """What is left of each limit, proposed in its year; pence by successor in the first of those years."""
    names = {u.case_id: u.name for u in plan.units}
    moved: dict[int, int] = {}
    for m in plan.money:
        for unit_id, pence in zip(to, given.money[m.key], strict=True):
            if not pence:
                continue
            words = "merged" if given.how == "merge" else "split"
            purpose = f"{names[m.unit_id]} is {words} on {given.on:%-d %B %Y}: {given.reason}"[:2000]
            create_virement(session, actor, m.year_id, NewVirement(m.unit_id, unit_id, pence, purpose), now=now)
            if m.year_id == plan.money[0].year_id:
                moved[unit_id] = moved.get(unit_id, 0) + pence
    return moved


def find_posts(session: Session) -> Sequence[Post]:
    """Posts that may head a new unit, by name."""
    return session.scalars(select(Post).where(Post.speciality.is_(None)).order_by(Post.name, Post.id)).all()
