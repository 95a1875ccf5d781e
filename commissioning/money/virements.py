"""Virements: proposing one, and what the definition `virement` names (product.md, 3, "Money").

Here: who proposes and who is asked to approve, how high an amount goes, the balanced entry under the year's lock. Not
here: entries themselves (`ledger`), or pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, create
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.casework.locks import parties_of
from commissioning.casework.making import RoleRow
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.registry import Kind, effect, guard, house, tally
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear, Virement
from commissioning.models.people import Post
from commissioning.models.units import Unit
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import Entry, enter, why_not_there
from commissioning.policy import GLOBAL_ACTIONS, Party, identity_for
from workflows.london import london_day
from workflows.registry import Refusal

KIND = "virement"
LONGEST_PURPOSE = 2000
PROPOSES = ("strategy_leader", *GLOBAL_ACTIONS["virements.create"].by)
"""Who may propose: commissioners and finance, and the strategy leader of the unit that gives."""

house.kind(Kind(KIND, "VIR", "virement"))


@dataclass(frozen=True)
class NewVirement:
    """A virement as it is typed; None on a side is the commissioning budget, the amount is in pence."""

    from_unit_id: int | None
    to_unit_id: int | None
    amount_pence: int
    purpose: str


def create_virement(
    session: Session, actor: Actor, year_id: int, new: NewVirement, *, now: datetime, key: str | None = None
) -> int:
    """Propose a virement in a year; its id. Raises NotFound, Forbidden, or Invalid by field."""
    year = session.get(BudgetYear, year_id)
    if year is None:
        raise NotFound
    sides = [session.get(Unit, i) for i in (new.from_unit_id, new.to_unit_id) if i is not None]
    proposers = _proposers(session, actor, year, new.from_unit_id)
    if not proposers and not actor.system:
        raise Forbidden([Refusal("not_yours", "This is for: commissioner, finance, the giving unit’s strategy leader")])
    errors = _problems(session, year, new, None in sides)
    if errors:
        raise Invalid(errors)
    names = {u.case_id: u.name for u in sides if u is not None}
    from_name, to_name = (_named(names, i) for i in (new.from_unit_id, new.to_unit_id))
    title = f"{in_pounds(new.amount_pence)} from {from_name} to {to_name}"
    leads = next(u for u in sides if u is not None)  # the giving unit's, or the getting one's where the pot gives
    rungs = [leads.finance_post_id, year.director_post_id]
    asked = 2 if new.amount_pence >= year.director_from_pence else 1
    rungs[:asked] = _who_approve(session, rungs[:asked], proposers, now)
    roles: list[RoleRow] = [
        *(("proposer", person, None, None) for person in proposers),
        ("finance_leader", None, rungs[0], None),
        ("director", None, rungs[1], None),
        ("finance", None, year.finance_post_id, None),
    ]

    def facts(case_id: int) -> list[Virement]:
        values = vars(new) | {"purpose": new.purpose.strip()}
        return [Virement(case_id=case_id, year_id=year_id, proposed_by_id=actor.person_id, **values)]

    return create(
        session, actor, NewCase(KIND, title, roles=roles, facts=facts, body={"year_id": year_id, **vars(new)}),
        now=now, key=key,
    )  # fmt: skip


def may_propose(session: Session, actor: Actor, year: BudgetYear, from_unit_id: int | None) -> bool:
    """Whether the actor may propose that money leaves this unit (None: the commissioning budget)."""
    return bool(_proposers(session, actor, year, from_unit_id))


def _proposers(session: Session, actor: Actor, year: BudgetYear, from_unit_id: int | None) -> list[int]:
    """Who proposes: the actor, and whom they act for, so that neither approves it. Nobody if they may not."""
    case_id = year.case_id if from_unit_id is None else from_unit_id
    parties = parties_of(session, [case_id])[case_id]
    who = identity_for(actor, "virement.propose", PROPOSES, parties, None)
    if isinstance(who, Refusal) or actor.person_id is None:
        return []
    return list(dict.fromkeys([actor.person_id, who.person_id]))


def _who_approve(session: Session, rungs: Sequence[int], proposers: Sequence[int], now: datetime) -> list[int]:
    """The post asked at each rung: its own, or its named second where only somebody excluded holds it.

    Who proposed approves at no rung, and nobody at two. A post that nobody holds stays asked where no second can act
    for it: the alarm of empty posts tells of it. Raises Invalid where nobody could ever approve.
    """
    posts = [session.get_one(Post, post_id) for post_id in rungs]
    second = {post.id: [post.id] if post.second_id is None else [post.id, post.second_id] for post in posts}
    held = holders_of_posts(session, sorted({i for ids in second.values() for i in ids}), london_day(now))
    excluded, found = set(proposers), []
    for post in posts:
        asked = next((i for i in second[post.id] if set(held[i]) - excluded), None)
        if asked is None and held[post.id]:
            text = f"Nobody else holds {post.name}, which must approve it, and nobody proposes and approves the same"
            then = "Somebody else can propose it, or an administrator can name a second for that post"
            raise Invalid({"": f"{text} virement. {then}"})
        found.append(asked or post.id)
        able = set(held[found[-1]]) - excluded
        excluded |= able if len(able) == 1 else set()
    return found


def _named(names: dict[int, str], unit_id: int | None) -> str:
    return "the commissioning budget" if unit_id is None else names[unit_id]


def _problems(session: Session, year: BudgetYear, new: NewVirement, is_unknown: bool) -> dict[str, str]:
    errors: dict[str, str] = {}
    if is_unknown:
        errors["from_unit_id"] = "Select units from the list"
    elif new.from_unit_id == new.to_unit_id:
        errors["to_unit_id"] = "Money moves from one cash limit to another: select another one"
    for name, unit_id in (("from_unit_id", new.from_unit_id), ("to_unit_id", new.to_unit_id)):
        case = session.get(Case, unit_id) if unit_id is not None else None
        # Money leaves a unit that has ended (its successor's, after a merger), but does not come to it.
        if case is not None and case.is_done and name == "to_unit_id" and name not in errors:
            errors[name] = f"{case.title} has ended"
    if new.amount_pence <= 0:
        errors["amount"] = "Amount must be more than £0"
    elif not errors:
        missing = _why_closed(session, year) or why_not_there(session, year.case_id, new.from_unit_id, new.amount_pence)
        if missing:
            errors["amount"] = missing
    if not new.purpose.strip():
        errors["purpose"] = "Enter what the money is for"
    elif len(new.purpose) > LONGEST_PURPOSE:
        errors["purpose"] = f"Purpose must be {LONGEST_PURPOSE:,} characters or fewer"
    return errors


def _why_closed(session: Session, year: BudgetYear) -> str | None:
    case = session.get_one(Case, year.case_id, populate_existing=True)
    state = house.workflows[case.definition].states[case.state]
    return None if state.has("takes_entries") else f"{case.title} is {state.label.lower()}"


@guard("money_is_there@1")
def money_is_there(context: Context) -> Refusal | None:
    """A cash limit is a ceiling: what is not there any more cannot be given (BR-19)."""
    wanted = context.session.get_one(Virement, context.case.id)
    year = context.session.get_one(BudgetYear, wanted.year_id)
    closed = _why_closed(context.session, year)
    if closed:
        return Refusal("year_closed", closed)
    missing = why_not_there(context.session, wanted.year_id, wanted.from_unit_id, wanted.amount_pence)
    return Refusal("not_there", missing, "money") if missing else None


@guard("not_own_virement@1")
def not_own_virement(context: Context) -> Refusal | None:
    """Two people: whoever proposed does not approve, and who approved first does not approve again."""
    if context.identity is None:
        return None
    wanted = context.session.get_one(Virement, context.case.id)
    me = {context.identity.person_id, context.actor.person_id}
    if wanted.proposed_by_id in me or _is_proposer(context.parties, me):
        return Refusal("own_work", "You proposed this virement, so somebody else must approve it")
    if wanted.approved_by_id in me:
        return Refusal("own_work", "You approved this virement, so somebody else must approve it further")
    return None


def _is_proposer(parties: Iterable[Party], people: set[int | None]) -> bool:
    return any(p.role == "proposer" and p.person_id in people for p in parties)


@tally("ladder_first@1", "enough", "higher")
def ladder_first(context: Context) -> str:
    """Below the year's first threshold the finance leader's approval is enough."""
    wanted = context.session.get_one(Virement, context.case.id)
    year = context.session.get_one(BudgetYear, wanted.year_id)
    return "higher" if wanted.amount_pence >= year.director_from_pence else "enough"


@tally("ladder_second@1", "enough", "higher")
def ladder_second(context: Context) -> str:
    """Below the year's second threshold the director's approval is enough; else a board decides."""
    wanted = context.session.get_one(Virement, context.case.id)
    year = context.session.get_one(BudgetYear, wanted.year_id)
    return "higher" if wanted.amount_pence >= year.board_from_pence else "enough"


def _touches_year(context: Context) -> list[int]:
    return [context.session.get_one(Virement, context.case.id).year_id]


def _approve_and_apply(context: Context) -> None:
    """Note who approved; where that was enough, make the entry, of which the event keeps both sides."""
    wanted = context.session.get_one(Virement, context.case.id)
    if context.actor.person_id is not None:
        context.changed("approved_by", wanted.approved_by_id, context.actor.person_id)
        wanted.approved_by_id = context.actor.person_id
    if not context.case.where.has("applied"):
        return
    sides = [("pot" if i is None else "limit", i) for i in (wanted.from_unit_id, wanted.to_unit_id)]
    kind = "decision" if context.actor.system else "virement"
    entry = Entry(kind, *sides[0], *sides[1], wanted.amount_pence, wanted.purpose)
    enter(context, wanted.year_id, [entry], context.case.id)


effect("apply_virement@1", touches=_touches_year, record=_approve_and_apply)
