"""Opening a cycle, saying what it is about, and what goes with it. Its stages are moved by steps of its definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create_once, plans
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.casework.locks import parties_of
from commissioning.clock import fresh_id
from commissioning.cycles.making import SAFE_TITLE, lead_of, outputs_of, roles_of
from commissioning.models.bodies import Body
from commissioning.models.cases import Case, CaseRole
from commissioning.models.cycles import Cycle, CycleLink
from commissioning.models.people import Person, Post
from commissioning.models.plans import Priority
from commissioning.visibility import visible

LONGEST_TITLE, LONGEST_TEXT, LONGEST_WORDS, WHOLE = 200, 20_000, 200, 100
ENDS_BEFORE = "The last day must be on or after the first"
LINKS = {"cycle": "cycle", "specification": "specification", "action": "action", "report": "report"}
"""Kinds of case that go with a cycle, as the kind of the link."""
STAYS = ("prior_id",)
"""What is said when a cycle is opened and not changed later."""


@dataclass(frozen=True)
class CycleInput:
    """A cycle as it is typed. `prior_id`: the cycle that it follows, where it does."""

    title: str
    lead_id: int
    commissioner_post_id: int
    director_post_id: int
    starts_on: date
    ends_on: date
    remit: str = ""
    priority_id: int | None = None
    board_id: int | None = None
    prior_id: int | None = None
    locality: str = ""
    is_pooled: bool = False
    consortium: str = ""
    share_bought: int | None = None
    """Per cent of it that is bought from others."""


def create_cycle(session: Session, actor: Actor, new: CycleInput, *, now: datetime, key: str | None = None) -> int:
    """Open a cycle as a draft; its id. Raises Forbidden, or Invalid by field."""
    require(actor, "cycles.create")
    asked = _json(asdict(new))
    return create_once(session, actor, "cycle", asked, lambda: _new_case(session, new), now=now, key=key)


def _new_case(session: Session, new: CycleInput) -> NewCase:
    errors = _problems(session, new, None)
    if errors:
        raise Invalid(errors)
    values = _values(new)
    return NewCase(
        "cycle",
        new.title.strip(),
        SAFE_TITLE,
        own_scope="cycle",
        roles=roles_of(new.lead_id, Cycle(**values)),
        facts=lambda case_id: [Cycle(case_id=case_id, **values)],
        body={"given": _json(asdict(new))},
    )


def edit_cycle(
    session: Session, actor: Actor, cycle_id: int, new: CycleInput, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change what a cycle is about and who has which part in it; its open outputs follow. Raises Invalid, Stale.

    `seen` is the cycle's version as it was shown. The board does not change any more once it was asked.
    """

    def change(context: Context) -> None:
        cycle = session.get_one(Cycle, cycle_id, populate_existing=True)
        check_seen(seen, cycle.version, context.case.title)
        errors = _problems(session, new, cycle)
        if errors:
            raise Invalid(errors)
        before = {**_json(_row_values(cycle)), "title": context.case.title, "lead_id": lead_of(session, cycle_id)}
        for name, value in _values(new).items():
            if name not in STAYS:
                setattr(cycle, name, value)
        after = {**_json(_row_values(cycle)), "title": new.title.strip(), "lead_id": new.lead_id}
        for name, value in after.items():
            context.changed(name, before[name], value)
        if not context.changes:
            return
        cycle.version += 1
        context.case.title = new.title.strip()
        session.flush()
        if context.changes.keys() & {"lead_id", "commissioner_post_id", "director_post_id"}:
            _give_roles(context, cycle, before["lead_id"], new.lead_id)

    also = [c.id for _, c in outputs_of(session, cycle_id) if not c.is_done]
    amend(session, actor, cycle_id, "cycle.edit", "cycle.edited", change, now=now, key=key,
          body=[_json(asdict(new)), seen], also=also)  # fmt: skip


def link_case(
    session: Session, actor: Actor, cycle_id: int, case_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that a cycle beside it, a specification, an action or a report goes with this cycle. Nothing blocks (LI-22).

    Raises Invalid if there is none that the actor may see.
    """

    def change(context: Context) -> None:
        seen = select(Case).where(Case.id == case_id, Case.kind.in_(LINKS))
        case = session.scalars(seen).first()
        if case is None or not _may_see(session, context, case):
            raise Invalid({"case_id": "Select what goes with it"})
        if case.id == cycle_id:
            raise Invalid({"case_id": "A cycle does not go with itself: select another one"})
        there = select(CycleLink.id).where(CycleLink.cycle_id == cycle_id, CycleLink.case_id == case_id)
        if session.execute(there).first():
            raise Invalid({"case_id": f"{case.reference} goes with it already"})
        session.add(CycleLink(id=fresh_id(), cycle_id=cycle_id, case_id=case_id, kind=LINKS[case.kind]))
        context.notes["linked"] = case_id

    amend(session, actor, cycle_id, "cycle.edit", "cycle.linked", change, now=now, key=key, body=case_id)


def unlink_case(
    session: Session, actor: Actor, cycle_id: int, case_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that something does not go with this cycle after all. Raises NotFound."""

    def change(context: Context) -> None:
        gone = session.execute(
            delete(CycleLink)
            .where(CycleLink.cycle_id == cycle_id, CycleLink.case_id == case_id)
            .returning(CycleLink.id)
        ).first()
        if gone is None:
            raise NotFound
        context.notes["unlinked"] = case_id

    amend(session, actor, cycle_id, "cycle.edit", "cycle.unlinked", change, now=now, key=key, body=case_id)


def name_owner(
    session: Session, actor: Actor, output_id: int, owner_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say who provides an output; they are told. Raises Invalid."""

    def change(context: Context) -> None:
        person = session.get(Person, owner_id)
        if person is None or not person.is_active:
            raise Invalid({"owner_id": "Select who provides it"})
        held = [p.person_id for p in context.parties if p.role == "owner"]
        if held == [owner_id]:
            return
        context.changed("owner", held[0] if held else None, owner_id)
        _replace(context, output_id, "owner", owner_id)
        context.parties[:] = parties_of(session, [output_id])[output_id]
        context.tell(
            "cycle_output.given",
            f"An output of a cycle is yours: {context.case.safe_title}",
            "Say what was done and where that can be seen, by its date.",
            "You were named to provide it",
            people=[owner_id],
        )

    amend(session, actor, output_id, "cycle_output.give", "cycle_output.given", change, now=now, key=key, body=owner_id)


def _may_see(session: Session, context: Context, case: Case) -> bool:
    if context.actor.system:
        return True
    found = select(Case.id).where(Case.id == case.id, visible(context.actor, case.kind, context.today))
    return session.execute(found).first() is not None


def _problems(session: Session, new: CycleInput, cycle: Cycle | None) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not new.title.strip():
        errors["title"] = "Enter what is commissioned"
    for name, longest in (("title", LONGEST_TITLE), ("remit", LONGEST_TEXT), ("locality", LONGEST_WORDS),
                          ("consortium", LONGEST_WORDS)):  # fmt: skip
        if len(getattr(new, name)) > longest:
            errors[name] = f"{name.capitalize()} must be {longest:,} characters or fewer"
    if new.share_bought is not None and not 0 <= new.share_bought <= WHOLE:
        errors["share_bought"] = "The share bought must be a whole number from 0 to 100"
    if new.ends_on < new.starts_on:
        errors["ends_on"] = ENDS_BEFORE
    lead = session.get(Person, new.lead_id)
    if lead is None or not lead.is_active:
        errors["lead_id"] = "Select who leads it"
    for name, words in (("commissioner_post_id", "the team that commissions"), ("director_post_id", "the director")):
        if session.get(Post, getattr(new, name)) is None:
            errors[name] = f"Select {words}"
    if new.priority_id is not None and session.get(Priority, new.priority_id) is None:
        errors["priority_id"] = "Select the plan priority that it serves"
    if new.board_id is not None and session.get(Body, new.board_id) is None:
        errors["board_id"] = "Select the board that decides at its gates"
    if cycle is None and new.prior_id is not None:
        errors |= _prior_problems(session, new.prior_id)
    if cycle is not None and cycle.template_id is not None and new.board_id is None:
        errors["board_id"] = "A cycle that has begun keeps a board: select which one"
    return errors


def _prior_problems(session: Session, prior_id: int) -> dict[str, str]:
    """The cycle before is there, and has no other one after it (so no chain runs in a ring)."""
    prior = session.get(Cycle, prior_id)
    if prior is None:
        return {"prior_id": "Select the cycle that it follows"}
    following = session.execute(
        select(Case.reference).join(Cycle, Cycle.case_id == Case.id).where(Cycle.prior_id == prior_id)
    ).scalar()
    return {"prior_id": f"{following} follows that cycle already"} if following else {}


def _give_roles(context: Context, cycle: Cycle, before: int, lead_id: int) -> None:
    """The new lead, team and director in the cycle and its open outputs; outputs of the earlier lead go to the new."""
    session = context.session
    for case in context.locked.values():
        is_own = case.id == cycle.case_id
        _replace(context, case.id, "lead", lead_id)
        posts = {"commissioner": cycle.commissioner_post_id} | ({"director": cycle.director_post_id} if is_own else {})
        for role, post_id in posts.items():
            _replace(context, case.id, role, None, post_id)
        parties = parties_of(session, [case.id])[case.id]
        if not is_own and any(p.role == "owner" and p.person_id == before for p in parties):
            _replace(context, case.id, "owner", lead_id)
            parties = parties_of(session, [case.id])[case.id]
        if is_own:
            context.parties[:] = parties
        else:
            plans.sync_tasks(Context(session, context.actor, context.now, case, parties, locked=context.locked))


def _replace(context: Context, case_id: int, role: str, person_id: int | None, post_id: int | None = None) -> None:
    session = context.session
    session.execute(delete(CaseRole).where(CaseRole.case_id == case_id, CaseRole.role == role))
    session.add(CaseRole(id=fresh_id(), case_id=case_id, role=role, person_id=person_id, post_id=post_id))
    session.flush()


_COLUMNS = tuple(f.name for f in fields(CycleInput) if f.name not in ("title", "lead_id"))


def _values(new: CycleInput) -> dict[str, Any]:
    given = {name: getattr(new, name) for name in _COLUMNS}
    return {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}


def _row_values(cycle: Cycle) -> dict[str, Any]:
    return {name: getattr(cycle, name) for name in _COLUMNS}


def _json(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
