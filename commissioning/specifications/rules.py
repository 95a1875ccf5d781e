"""What the definition `specification` names: weights, both signatures, coming into force, the version before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select

from commissioning import labels
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.making import create_many
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.people import Post
from commissioning.models.specifications import Improvement, Specification, SpecOutcome, SpecSignature
from commissioning.models.units import Unit
from commissioning.specifications.making import next_version
from commissioning.specifications.text import covered_hash, reads_like_a_task
from commissioning.units.roles import PARTS
from workflows.engine import SignOffStatus
from workflows.quorum import Signature
from workflows.registry import Refusal

KIND = "specification"
WHOLE = 100
"""What the weights of a specification's outcomes come to."""


def get_parts(context: Context) -> tuple[Specification, list[SpecOutcome], list[Improvement]]:
    """The specification with its outcomes and improvement areas, in order."""
    session, case_id = context.session, context.case.id
    outcomes = session.scalars(
        select(SpecOutcome)
        .where(SpecOutcome.specification_id == case_id)
        .order_by(SpecOutcome.position, SpecOutcome.id)
    )
    improvements = session.scalars(
        select(Improvement)
        .where(Improvement.specification_id == case_id)
        .order_by(Improvement.position, Improvement.id)
    )
    return session.get_one(Specification, case_id), list(outcomes), list(improvements)


def _dates(context: Context) -> Mapping[str, date]:
    spec = context.session.get_one(Specification, context.case.id)
    return {"starts_on": spec.starts_on, "ends_on": spec.ends_on}


def _sign_offs(context: Context) -> SignOffStatus:
    places = {part: role for role, part in PARTS[KIND].items()}
    if context.case.state != "with_provider":
        return SignOffStatus(asked=tuple(places))
    rows = context.session.scalars(select(SpecSignature).where(SpecSignature.specification_id == context.case.id)).all()
    answered = {r.part for r in rows}
    unit = context.session.get_one(Specification, context.case.id).unit_id
    names = _post_names(context, unit, [places[p] for p in places if p not in answered])
    return SignOffStatus(
        tuple(Signature(r.signed_by_id, frozenset({places[r.part]}), r.part) for r in rows if r.outcome == "agreed"),
        tuple(places),
        names,
        tuple(labels.ROLES[places[r.part]] for r in rows if r.outcome == "changes_requested"),
    )


def _post_names(context: Context, unit_id: int, roles: list[str]) -> tuple[str, ...]:
    unit = context.session.get_one(Unit, unit_id)
    posts = {"head": unit.head_post_id, "strategy_leader": unit.strategy_post_id}
    return tuple(context.session.get_one(Post, posts[role]).name for role in roles)


house.kind(Kind(KIND, "SPE", "specification", dates=_dates, sign_offs=_sign_offs))


@guard("weights_total@1")
def weights_total(context: Context) -> Refusal | None:
    """The weights of the outcomes come to 100."""
    _, outcomes, _ = get_parts(context)
    total = sum(o.weight for o in outcomes)
    if total == WHOLE:
        return None
    return Refusal("weights", f"The weights of its outcomes come to {total}, not to {WHOLE}", "its strategy leader")


@guard("outcomes_complete_spec@1")
def outcomes_complete(context: Context) -> Refusal | None:
    """There is an outcome; a task among them has a reason; a target of 0 has an absolute tolerance."""
    _, outcomes, _ = get_parts(context)
    if not outcomes:
        return Refusal("no_outcomes", "It has no outcome yet", "its strategy leader")
    tasks = [o.code for o in outcomes if reads_like_a_task(o.statement) and not o.task_reason.strip()]
    if tasks:
        text = f"Outcome {', '.join(tasks)} reads like a task: say what is better for whom, or why it stands"
        return Refusal("reads_like_a_task", text, "its strategy leader")
    bare = [o.code for o in outcomes if o.target_thousandths == 0 and o.tolerance_thousandths is None]
    if bare:
        text = f"Outcome {', '.join(bare)} has a target of 0: say how far from it is still green"
        return Refusal("no_tolerance", text, "its strategy leader")
    return None


@guard("has_cash_limit@1")
def has_cash_limit(context: Context) -> Refusal | None:
    """Both sides sign for an amount (BR-19), and the provider declares the policies that apply to it (BR-18)."""
    spec, _, _ = get_parts(context)
    if spec.cash_limit_pence <= 0:
        return Refusal("no_cash_limit", "Enter its cash limit", "its strategy leader")
    if not spec.policies.strip():
        return Refusal("no_policies", "Say which statutory and council policies the provider keeps", "both sides")
    return None


def _ask_both_sides(context: Context) -> None:
    """A new round: what was signed before was another text."""
    context.session.execute(delete(SpecSignature).where(SpecSignature.specification_id == context.case.id))
    context.hashes["text"] = covered_hash(*get_parts(context))
    context.tell(
        "specification.sent",
        f"Specification to sign: {context.case.safe_title}",
        "Both sides are asked to sign it. It comes into force when both have.",
        "You sign for one of the two sides",
        roles=("head", "strategy_leader"),
    )


effect("ask_both_sides@1", record=_ask_both_sides)


class SignFields(BaseModel):
    """One side's word."""

    model_config = ConfigDict(extra="forbid")

    outcome: Annotated[
        Literal["agreed", "changes_requested"],
        Field(title="Your answer", json_schema_extra={"labels": labels.SPEC_SIGNATURES}),
    ]
    comment: Annotated[str, Field(title="Comment", max_length=4000)] = ""


def _record_signature(context: Context) -> None:
    fields: SignFields = context.fields
    part = context.memo["part"]
    if part is None and context.identity is not None:
        mine = [p for p in context.parties if p.part in PARTS[KIND].values() and p.post_id in context.identity.posts]
        part = mine[0].part if mine else None
    if part is None:
        raise Invalid({"outcome": "Only the two sides sign"})
    if fields.outcome == "changes_requested" and not fields.comment.strip():
        raise Invalid({"comment": "Enter what is to change"})
    digest = covered_hash(*get_parts(context))
    session, case_id = context.session, context.case.id
    other = session.scalars(
        select(SpecSignature.signed_by_id).where(SpecSignature.specification_id == case_id, SpecSignature.part != part)
    ).all()
    if context.person_id in other:
        raise Invalid({"outcome": "You have signed for the other side: the two sides are two people"})
    session.execute(delete(SpecSignature).where(SpecSignature.specification_id == case_id, SpecSignature.part == part))
    session.add(
        SpecSignature(
            id=fresh_id(),
            specification_id=case_id,
            part=part,
            outcome=fields.outcome,
            comment=fields.comment.strip(),
            signed_by_id=context.person_id,
            signed_for_id=context.acting_for,
            signed_at=context.now,
            text_sha256=digest,
        )
    )
    context.hashes["text"] = digest
    context.notes |= {"part": part, "outcome": fields.outcome}
    if fields.comment.strip():
        context.notes["comment"] = fields.comment.strip()


effect("record_spec_signature@1", fields=SignFields, record=_record_signature)


@guard("start_reached@1")
def start_reached(context: Context) -> Refusal | None:
    """It comes into force on its first day or later, and not after its last."""
    spec, _, _ = get_parts(context)
    if context.today < spec.starts_on:
        return Refusal("too_early", f"It starts on {spec.starts_on:%-d %B %Y}", "its first day")
    if context.today > spec.ends_on:
        return Refusal("too_late", f"Its last day was {spec.ends_on:%-d %B %Y}")
    return None


def in_force_ids(context: Context, unit_id: int) -> list[int]:
    """Specifications of a unit that are in force, whatever version (at most one, but for a fault)."""
    states = house.states_meaning("specification", "in_force")
    rows = context.session.execute(
        select(Specification.case_id)
        .join(Case, Case.id == Specification.case_id)
        .where(Specification.unit_id == unit_id, Case.state.in_(states))
        .order_by(Specification.case_id)
    )
    return list(rows.scalars())


@guard("only_one_in_force@1")
def only_one_in_force(context: Context) -> Refusal | None:
    """A unit has one specification in force: this one may take the place of the version that it varies, of no other."""
    spec, _, _ = get_parts(context)
    others = [i for i in in_force_ids(context, spec.unit_id) if i not in (spec.case_id, spec.earlier_id)]
    return (
        Refusal("another_in_force", "Another specification of the unit is in force: end it first") if others else None
    )


def _earlier(context: Context) -> Iterable[int]:
    earlier = context.session.get_one(Specification, context.case.id).earlier_id
    return [earlier] if earlier is not None else []


def _replace_earlier(context: Context) -> None:
    for earlier in _earlier(context):
        if context.locked[earlier].where.has("in_force"):
            assert context.fire is not None
            context.fire(Move(earlier, "end", f"Replaced by {context.case.reference}"))


def _release_earlier(context: Context) -> None:
    for earlier in _earlier(context):
        if context.locked[earlier].state == "variation_proposed":
            assert context.fire is not None
            context.fire(Move(earlier, "drop_variation"))


effect("replace_earlier@1", touches=_earlier, run=_replace_earlier, fires=frozenset({"specification.end"}))
effect("release_earlier@1", touches=_earlier, run=_release_earlier, fires=frozenset({"specification.drop_variation"}))


def _draft_next(context: Context) -> None:
    spec = context.session.get_one(Specification, context.case.id)
    new = next_version(context.session, spec, context.reason)
    create_many(context.session, context.actor, [new], now=context.now, request_key=context.request_key)


effect("draft_next_version@1", run=_draft_next)
