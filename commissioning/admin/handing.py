"""Handing over all that a person holds to somebody else, in one step, from today, with a reason.

Parts in cases move through the door, each in its case's own trail; whoever acted in a part stays barred from what it
barred them from. Posts and deputyships are rights: an administrator hands them over, never to themselves. It is refused
as a whole where separation of duties would be broken, and says in which case.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from commissioning import audit, labels
from commissioning.accounts.commands import begin_deputy, end_row, stop_deputy
from commissioning.actors import Actor
from commissioning.admin.conflicts import WRITES, holders, read_papers, why_not_take
from commissioning.admin.held import find_person_who_can_take, parts_held
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.casework.keys import claim
from commissioning.casework.locks import lock_ids
from commissioning.clock import fresh_id
from commissioning.models.bodies import Action
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import Deputy, Person, PostHolding
from commissioning.models.reports import SignOffQuestion
from commissioning.policy import PAST, PAST_ROLES, may_globally
from commissioning.reports.checks import has_written
from commissioning.visibility import visible_any
from workflows.london import london_day
from workflows.registry import Refusal

MAX_REASON = 1000


def may_hand_over(actor: Actor, person_id: int) -> bool:
    """Administrators, and everybody for what they hold themselves."""
    return person_id == actor.person_id or may_globally(actor, "people.manage")


def with_rights(actor: Actor, person_id: int) -> bool:
    """Whether posts and deputyships go along: nobody changes their own rights, nor those of whom they act for."""
    return may_globally(actor, "people.manage") and person_id not in actor.person_ids


def hand_over(
    session: Session, actor: Actor, person_id: int, to_id: int, reason: str, *, now: datetime, key: str | None = None
) -> int:
    """Hand over what a person holds from today on; how many things. Raises Forbidden, NotFound, or Invalid by field."""
    if not may_hand_over(actor, person_id):
        raise Forbidden([Refusal("not_yours", "This is for an administrator", "an administrator")])
    if claim(session, actor, key, f"person:{person_id}:hand_over", [to_id, reason], now).is_replay:
        return 0
    giver = session.get(Person, person_id)
    if giver is None:
        raise NotFound
    taker = _check(session, actor, person_id, to_id, reason)
    today, rights = london_day(now), with_rights(actor, person_id)
    cases = sorted(_cases_of(session, person_id))
    others = _cases_of(session, to_id) if rights else set()
    lock_ids(session, {*cases, *others})
    _refuse_conflicts(session, actor, giver, taker, {*cases, *others}, today, rights=rights)
    for case_id in cases:
        _give_case(session, actor, case_id, giver, taker, reason.strip(), now)
    moved = len(cases)
    if rights:
        moved += _give_posts(session, actor, giver, taker, reason.strip(), now)
        moved += _give_deputyships(session, actor, giver, taker, reason.strip(), now)
    facts = {"to_id": taker.id, "to": taker.name, "cases": len(cases), "in_all": moved, "reason": reason.strip()}
    audit.note(session, f"person:{person_id}", "person.handed_over", actor, now, **facts)
    return moved


def _check(session: Session, actor: Actor, person_id: int, to_id: int, reason: str) -> Person:
    errors = {}
    taker = find_person_who_can_take(session, to_id)
    if taker is None or to_id == person_id:
        errors["to"] = "Select somebody else who can sign in"
    elif to_id in actor.person_ids:
        errors["to"] = "Nobody gives things to themselves, or to whom they act for: another administrator must do this"
    if not reason.strip():
        errors["reason"] = "Enter a reason: it goes into the record of every case"
    elif len(reason) > MAX_REASON:
        errors["reason"] = f"Reason must be {MAX_REASON:,} characters or fewer"
    if errors or taker is None:
        raise Invalid(errors)
    return taker


def _cases_of(session: Session, person_id: int) -> set[int]:
    rows = session.scalars(
        select(CaseRole.case_id).join(Case, Case.id == CaseRole.case_id).where(*parts_held(person_id))
    )
    return set(rows)


def _refuse_conflicts(
    session: Session, actor: Actor, giver: Person, taker: Person, case_ids: set[int], today: date, *, rights: bool
) -> None:
    """Raises Invalid naming each case in which the taker could not have what the giver holds."""
    before = holders(session, today)
    after = {post: set(people) for post, people in before.items()}
    for post in _holdings(session, giver.id, today) if rights else ():
        people = after.setdefault(post.post_id, set())
        people.discard(giver.id)
        people.add(taker.id)
    said = []
    seen = {
        c.id: f"{c.reference} {c.title}"
        for c in session.scalars(select(Case).where(Case.id.in_(case_ids), visible_any(actor, today)))
    }
    for case_id, paper in sorted(read_papers(session, case_ids).items()):
        why = why_not_take(session, paper, giver.id, taker.id, before, after)
        if why:
            said.append(f"{seen.get(case_id, 'something outside your access')}: {taker.name} {why}")
    if said:
        raise Invalid({"to": f"{taker.name} cannot take this over. " + "; ".join(said)})


def _give_case(
    session: Session, actor: Actor, case_id: int, giver: Person, taker: Person, reason: str, now: datetime
) -> None:
    def change(context: Context) -> None:
        context.reason = reason
        held = {p.role for p in context.parties if p.person_id == giver.id} - set(PAST_ROLES)
        for role in sorted(held):
            _give_role(context, role, giver, taker)
        _follow(context, held, giver, taker)
        roles = ", ".join(labels.role(r).lower() for r in sorted(held))
        context.notes |= {"from": giver.name, "to": taker.name, "roles": roles}
        context.tell(
            "handed_over",
            f"Handed over to you: {context.case.safe_title}",
            f"You are now its {roles}, in place of {giver.name}: {reason}",
            f"{context.actor.name} handed it over to you.",
            people=(taker.id,),
        )

    amend(session, actor, case_id, "case.hand_over", "case.handed_over", change, now=now)


def _give_role(context: Context, role: str, giver: Person, taker: Person) -> None:
    session, case_id = context.session, context.case.id
    own = {p.role for p in context.parties if p.person_id == taker.id}
    acted = role in PAST and (role != "contributor" or has_written(session, case_id, giver.id))
    context.changed(role, giver.name, taker.name)
    _drop(session, case_id, giver.id, role)
    if role not in own and not (role == "contributor" and "author" in own):
        _drop(session, case_id, taker.id, *([PAST[role]] if role in PAST else []))
        session.add(CaseRole(id=fresh_id(), case_id=case_id, role=role, person_id=taker.id))
    if role == "author":
        _drop(session, case_id, taker.id, "contributor")
    session.flush()
    past = {p.role for p in context.parties if p.person_id == giver.id}
    if acted and PAST[role] not in past:
        session.add(CaseRole(id=fresh_id(), case_id=case_id, role=PAST[role], person_id=giver.id))
        session.flush()


def _drop(session: Session, case_id: int, person_id: int, *roles: str) -> None:
    session.execute(
        delete(CaseRole).where(CaseRole.case_id == case_id, CaseRole.person_id == person_id, CaseRole.role.in_(roles))
    )


def _follow(context: Context, roles: set[str], giver: Person, taker: Person) -> None:
    """What else names the giver: an action's owner, and questions that wait for the answer of a writer or sponsor."""
    session, case_id = context.session, context.case.id
    if "owner" in roles and context.case.kind == "action":
        session.get_one(Action, case_id).owner_id = taker.id
    if roles & (WRITES | {"sponsor"}):
        waiting = (SignOffQuestion.report_id == case_id, SignOffQuestion.answered_at.is_(None))
        session.execute(
            update(SignOffQuestion)
            .where(*waiting, SignOffQuestion.asked_of_id == giver.id)
            .values(asked_of_id=taker.id)
        )


def _holdings(session: Session, person_id: int, today: date) -> list[PostHolding]:
    rows = select(PostHolding).where(
        PostHolding.person_id == person_id, or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today)
    )
    return list(session.scalars(rows.order_by(PostHolding.id)))


def _give_posts(session: Session, actor: Actor, giver: Person, taker: Person, reason: str, now: datetime) -> int:
    today = london_day(now)
    rows = _holdings(session, giver.id, today)
    known = {h.post_id for h in _holdings(session, taker.id, today)}
    for row in rows:
        post_id, from_on, to_on = row.post_id, max(row.from_on, today), row.to_on
        end_row(session, row, today)
        chain = f"post:{post_id}"
        audit.note(session, chain, "post.left", actor, now, person_id=giver.id, person=giver.name, reason=reason)
        if post_id not in known:
            session.add(PostHolding(post_id=post_id, person_id=taker.id, from_on=from_on, to_on=to_on))
            session.flush()
            facts = {"person_id": taker.id, "person": taker.name, "from_on": from_on, "to_on": to_on}
            audit.note(session, chain, "post.held", actor, now, reason=reason, **facts)
    return len(rows)


def _give_deputyships(session: Session, actor: Actor, giver: Person, taker: Person, reason: str, now: datetime) -> int:
    """For whom the giver acts, the taker does from today; not for themselves, and not where they do already."""
    today = london_day(now)
    rows = session.scalars(
        select(Deputy).where(Deputy.deputy_id == giver.id, Deputy.to_on >= today).order_by(Deputy.id)
    ).all()
    known = set(session.scalars(select(Deputy.person_id).where(Deputy.deputy_id == taker.id, Deputy.to_on >= today)))
    for row in rows:
        person_id, from_on, to_on = row.person_id, max(row.from_on, today), row.to_on
        stop_deputy(session, actor, row, reason, now)
        if person_id not in {taker.id, *known}:
            given = Deputy(person_id=person_id, deputy_id=taker.id, from_on=from_on, to_on=to_on, reason=reason)
            begin_deputy(session, actor, given, now)
    return len(rows)
