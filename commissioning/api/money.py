"""Grants, pooled functions, what is bought and personal budgets over the API, through the features' own commands.

They stand in registers of a case, a financial year or a specification: who may know of that case reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, TypeVar

from flask import g
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_money import (
    CountBody,
    DemandBody,
    DemandOut,
    DemandPatch,
    DemandsOut,
    GrantBody,
    GrantMoneyOut,
    GrantPatch,
    GrantsOut,
    PersonalBody,
    PersonalOut,
    PersonalPatch,
    PersonalsOut,
    PoolBody,
    PoolOut,
    PoolPatch,
    PoolsOut,
    ShareOut,
    SpendingBody,
)
from commissioning.api.lists import page_links
from commissioning.api.operations import PREFIX, about, operation
from commissioning.api.schemas import Given, PageQuery
from commissioning.casework.errors import Invalid
from commissioning.models.money import BudgetYear, FundingGrant, PersonalBudget, Pool
from commissioning.models.specifications import Specification
from commissioning.money import grants, pools
from commissioning.monitoring import demand
from commissioning.specifications import personal
from commissioning.web import requests

Out = TypeVar("Out", bound=Given)
_YEAR, _SPEC = "/budget-years/{year_id}", "/specifications/{specification_id}"
_NAMES = {"amount": "amount_pence", "paid": "paid_pence", "benchmark": "benchmark_pence", "period": "period_on"}
_NAMES |= {"parts": "shares"}
"""What the commands call a field, and how the body does."""


@contextmanager
def _as_sent() -> Iterator[None]:
    """Refusals named as the body names its fields."""
    try:
        yield
    except Invalid as error:
        raise Invalid({_sent_name(name): words for name, words in error.errors.items()}) from None


def _sent_name(name: str) -> str:
    """`amount` is `amount_pence`; `points-0` is `shares.0.basis_points`."""
    if name.startswith("points-"):
        return f"shares.{name.removeprefix('points-')}.basis_points"
    return _NAMES.get(name, name)


def _merged(shape: Any, row: Any, sent: Mapping[str, Any]) -> Any:
    """What a command takes: what was sent, and the rest as it stands."""
    return shape(**{f.name: sent[f.name] if f.name in sent else getattr(row, f.name) for f in fields(shape)})


def _columns(model: type[Out], row: Any, **more: Any) -> Out:
    return model(**{name: more[name] if name in more else getattr(row, name) for name in model.model_fields})


def _page(query: PageQuery, rows: Sequence[Any]) -> dict[str, Any]:
    first = (query.page - 1) * query.per_page
    links = page_links(query.page, query.per_page, len(rows))
    items = rows[first : first + query.per_page]
    return {"total": len(rows), "page": query.page, "per_page": query.per_page, "links": links, "items": items}


def _anew() -> Session:
    """The reading session after a write."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    return session


def _made(path: str, made: int, read: Callable[[Session, int], Out]) -> Out:
    g.location = f"{PREFIX}{path}/{made}"
    return read(_anew(), made)


# Grants


def _grant(session: Session, row: FundingGrant) -> GrantMoneyOut:
    spent = grants.spent_of(session, [row.id])[row.id]
    return _columns(GrantMoneyOut, row, spent_pence=spent, left_pence=grants.left_of(row, spent))


@operation("GET", _YEAR + "/grants", GrantsOut, tag="money", query=PageQuery)
def list_grants(year_id: int, query: PageQuery) -> GrantsOut:
    """List the grants of a financial year.

    For those who see the money of all units.
    """
    about(year_id, "budget_year")
    session = requests.reading()
    found = _page(query, grants.list_grants(session, year_id))
    spent = grants.spent_of(session, [row.id for row in found["items"]])
    items = [
        _columns(GrantMoneyOut, row, spent_pence=spent[row.id], left_pence=grants.left_of(row, spent[row.id]))
        for row in found["items"]
    ]
    return GrantsOut(**found | {"items": items})


@operation("POST", _YEAR + "/grants", GrantMoneyOut, tag="money", status=201, body=GrantBody, problems=(403, 409))
def add_grant(year_id: int, body: GrantBody, key: str) -> GrantMoneyOut:
    """Record a grant.

    With its conditions and the lock of its purpose.
    """
    about(year_id, "budget_year")
    with _as_sent():
        made = requests.run(grants.save_grant, year_id, grants.GrantInput(**body.model_dump()), key=key)
    return _made(f"/budget-years/{year_id}/grants", made, lambda s, i: _grant(s, grants.get_grant(s, year_id, i)))


@operation("PATCH", _YEAR + "/grants/{grant_id}", GrantMoneyOut, tag="money", body=GrantPatch, problems=(403, 409))
def change_grant(year_id: int, grant_id: int, body: GrantPatch) -> GrantMoneyOut:
    """Change a grant.

    Only what is sent is changed. Once something is spent its purpose stays, or its ring-fence is lifted.
    """
    about(year_id, "budget_year")

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        row = grants.get_grant(session, year_id, grant_id)
        new = _merged(grants.GrantInput, row, body.sent())
        grants.save_grant(session, actor, year_id, new, grant_id, seen=body.version, **more)

    with _as_sent():
        requests.run(patch)
    session = _anew()
    return _grant(session, grants.get_grant(session, year_id, grant_id))


@operation(
    "POST", _YEAR + "/grants/{grant_id}/spendings", GrantMoneyOut, tag="money", body=SpendingBody, problems=(403, 409)
)
def spend_grant(year_id: int, grant_id: int, body: SpendingBody, key: str) -> GrantMoneyOut:
    """Record spending out of a grant.

    For any purpose but its own it is refused (LI-17).
    """
    about(year_id, "budget_year")
    with _as_sent():
        requests.run(grants.spend_grant, year_id, grant_id, grants.SpendingInput(**body.model_dump()), key=key)
    session = _anew()
    return _grant(session, grants.get_grant(session, year_id, grant_id))


# Pooled functions


def _pool(row: Pool) -> PoolOut:
    shares = [_columns(ShareOut, s) for s in row.shares]
    return _columns(PoolOut, row, function=row.function.name, shares=shares)


@operation("GET", _YEAR + "/pools", PoolsOut, tag="money", query=PageQuery)
def list_pools(year_id: int, query: PageQuery) -> PoolsOut:
    """List the pooled functions of a financial year.

    Each with its shares, which come to the whole.
    """
    about(year_id, "budget_year")
    found = _page(query, pools.list_pools(requests.reading(), year_id))
    return PoolsOut(**found | {"items": [_pool(row) for row in found["items"]]})


@operation("POST", _YEAR + "/pools", PoolOut, tag="money", status=201, body=PoolBody, problems=(403, 409))
def add_pool(year_id: int, body: PoolBody, key: str) -> PoolOut:
    """Record who pays what of a function.

    A business unit's share is paid out of its cash limit.
    """
    about(year_id, "budget_year")
    parts = tuple((s.unit_id, s.basis_points) for s in body.shares)
    new = pools.PoolInput(body.function_id, body.holder_id, body.amount_pence, parts, body.saves, body.cycle_id)
    with _as_sent():
        made = requests.run(pools.save_pool, year_id, new, key=key)
    return _made(f"/budget-years/{year_id}/pools", made, lambda s, i: _pool(pools.get_pool(s, year_id, i)))


@operation("PATCH", _YEAR + "/pools/{pool_id}", PoolOut, tag="money", body=PoolPatch, problems=(403, 409))
def change_pool(year_id: int, pool_id: int, body: PoolPatch) -> PoolOut:
    """Change who pays what of a function.

    Only what is sent is changed.
    """
    about(year_id, "budget_year")

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        sent = body.sent()
        if "shares" in sent:
            sent["parts"] = tuple((s.unit_id, s.basis_points) for s in sent.pop("shares"))
        row = pools.input_of(pools.get_pool(session, year_id, pool_id))
        new = _merged(pools.PoolInput, row, sent)
        pools.save_pool(session, actor, year_id, new, pool_id, seen=body.version, **more)

    with _as_sent():
        requests.run(patch)
    return _pool(pools.get_pool(_anew(), year_id, pool_id))


# What is bought


def _demand(row: demand.DemandRow) -> DemandOut:
    return _columns(
        DemandOut, row.demand, unit_id=row.unit_id, counted_to=row.period_on, count=row.count,
        planned_cost_pence=row.planned_cost, cost_pence=row.cost, is_ahead=row.is_ahead,
    )  # fmt: skip


def _demands(session: Session, year_id: int) -> list[DemandOut]:
    year = session.get_one(BudgetYear, year_id)
    return [_demand(row) for row in demand.list_demand(session, year)]


def _one_demand(session: Session, year_id: int, demand_id: int) -> DemandOut:
    demand.get_demand(session, year_id, demand_id)
    return next(row for row in _demands(session, year_id) if row.id == demand_id)


@operation("GET", _YEAR + "/demand", DemandsOut, tag="money", query=PageQuery)
def list_demand(year_id: int, query: PageQuery) -> DemandsOut:
    """List what is bought in a financial year.

    What is watched first, with the count of its last month and what one has cost.
    """
    about(year_id, "budget_year")
    return DemandsOut(**_page(query, _demands(requests.reading(), year_id)))


@operation("POST", _YEAR + "/demand", DemandOut, tag="money", status=201, body=DemandBody, problems=(403, 409))
def add_demand(year_id: int, body: DemandBody, key: str) -> DemandOut:
    """Say what is bought with a budget line.

    And how much of it is planned for the year.
    """
    about(year_id, "budget_year")
    with _as_sent():
        made = requests.run(demand.save_demand, year_id, demand.DemandInput(**body.model_dump()), key=key)
    return _made(f"/budget-years/{year_id}/demand", made, lambda s, i: _one_demand(s, year_id, i))


@operation("PATCH", _YEAR + "/demand/{demand_id}", DemandOut, tag="money", body=DemandPatch, problems=(403, 409))
def change_demand(year_id: int, demand_id: int, body: DemandPatch) -> DemandOut:
    """Change what is bought with a budget line.

    Only what is sent is changed.
    """
    about(year_id, "budget_year")

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        new = _merged(demand.DemandInput, demand.get_demand(session, year_id, demand_id), body.sent())
        demand.save_demand(session, actor, year_id, new, demand_id, seen=body.version, **more)

    with _as_sent():
        requests.run(patch)
    return _one_demand(_anew(), year_id, demand_id)


@operation(
    "POST", _YEAR + "/demand/{demand_id}/counts", DemandOut, tag="money", body=CountBody, problems=(403, 409)
)  # fmt: skip
def count_demand(year_id: int, demand_id: int, body: CountBody, key: str) -> DemandOut:
    """Say how many were bought by the end of a month.

    Counted from the year's start.
    """
    about(year_id, "budget_year")
    with _as_sent():
        requests.run(demand.count_demand, year_id, demand_id, body.period_on, body.count, key=key)
    return _one_demand(_anew(), year_id, demand_id)


# Personal budgets


def _unit_of(specification_id: int) -> int:
    about(specification_id, "specification")
    return requests.reading().get_one(Specification, specification_id).unit_id


def _personal(row: PersonalBudget) -> PersonalOut:
    return _columns(PersonalOut, row)


@operation("GET", _SPEC + "/personal-budgets", PersonalsOut, tag="money", query=PageQuery)
def list_personal(specification_id: int, query: PageQuery) -> PersonalsOut:
    """List the personal budgets of a unit.

    By the specification that it works to; families are references.
    """
    found = _page(query, personal.list_personal(requests.reading(), _unit_of(specification_id)))
    return PersonalsOut(**found | {"items": [_personal(row) for row in found["items"]]})


@operation(
    "POST", _SPEC + "/personal-budgets", PersonalOut, tag="money", status=201, body=PersonalBody, problems=(403, 409)
)
def add_personal(specification_id: int, body: PersonalBody, key: str) -> PersonalOut:
    """Record a family's personal budget.

    All families' budgets are within the unit's cash limit.
    """
    unit_id = _unit_of(specification_id)
    with _as_sent():
        made = requests.run(
            personal.save_personal, specification_id, personal.PersonalInput(**body.model_dump()), key=key
        )  # fmt: skip
    path = f"/specifications/{specification_id}/personal-budgets"
    return _made(path, made, lambda s, i: _personal(personal.get_personal(s, unit_id, i)))


@operation(
    "PATCH", _SPEC + "/personal-budgets/{budget_id}", PersonalOut, tag="money", body=PersonalPatch, problems=(403, 409)
)
def change_personal(specification_id: int, budget_id: int, body: PersonalPatch) -> PersonalOut:
    """Change a family's personal budget.

    Only what is sent is changed.
    """
    unit_id = _unit_of(specification_id)

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        new = _merged(personal.PersonalInput, personal.get_personal(session, unit_id, budget_id), body.sent())
        personal.save_personal(session, actor, specification_id, new, budget_id, seen=body.version, **more)

    with _as_sent():
        requests.run(patch)
    return _personal(personal.get_personal(_anew(), unit_id, budget_id))
