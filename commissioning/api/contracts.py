"""Contracts over the API: the register, one contract with its dates, recording and changing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_contracts import ContractBody, ContractLine, ContractPatch, ContractsOut, ContractsQuery
from commissioning.api.cases import BASE
from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.api.lists import page_links
from commissioning.api.operations import about, as_it_stands, made, operation
from commissioning.api.schemas import CaseOut
from commissioning.contracts import commands
from commissioning.contracts.queries import Filters, Row, get_contract, list_contracts
from commissioning.contracts.standing import Counter
from commissioning.models.cases import Case
from commissioning.models.contracts import Contract
from commissioning.web import requests

_COLUMNS = (
    *("version", "number", "provider_unit_id", "value_pence", "yearly_pence", "starts_on", "ends_on"),
    *("extensions_left", "extension_months", "notice", "notice_in", "reached"),
)


@data_of("contract")
def contract_data(reader: Reader) -> Data:
    """A contract with the dates counted back from its end, its colour, and the routes that remain when it is red."""
    session = reader.session
    row = get_contract(session, reader.actor, reader.case.id, reader.now)
    manager_id, post_id = commands.managers_of(session, [reader.case.id]).get(reader.case.id, (None, None))
    plan = row.standing.plan
    routes = Counter(session, reader.now, row.followed).routes(row.contract, row.followed) if plan.missed else []
    return {
        **columns_of(row.contract, *_COLUMNS),
        "provider": row.contract.provider,
        "manager_id": manager_id,
        "manager_post_id": post_id,
        "cycle_id": row.cycle.id if row.cycle is not None else None,
        "light": row.standing.light,
        "decide_on": row.standing.decide_on,
        "is_exception": row.standing.is_exception,
        "dates": [
            {"code": s.code, "on": s.on, "is_done": s.is_done, "is_missed": s in plan.missed} for s in plan.steps
        ],
        "not_counted": plan.refused or None,
        "routes": [{"code": r.code, "ends_on": r.ends_on, "extensions": r.extensions or None} for r in routes],
    }


@operation("GET", "/contracts", ContractsOut, tag="contracts", query=ContractsQuery)
def contracts(query: ContractsQuery) -> ContractsOut:
    """List contracts.

    Those that the caller may know of, by the day on which they end, each with its colour and its next date.
    """
    filters = Filters("" if query.show == "all" else query.show, "mine" if query.mine else "", query.q)
    rows, total = list_contracts(
        requests.reading(), requests.actor(), requests.now(), filters, page=query.page, per_page=query.per_page
    )
    links = page_links(query.page, query.per_page, total)
    items = [_line(row) for row in rows]
    return ContractsOut(total=total, page=query.page, per_page=query.per_page, links=links, items=items)


def _line(row: Row) -> ContractLine:
    following = row.standing.plan.following
    return ContractLine(
        id=row.case.id,
        reference=row.case.reference,
        number=row.contract.number,
        title=row.case.title,
        provider=row.contract.provider,
        manager=row.manager,
        ends_on=row.contract.ends_on,
        state=row.case.state,
        light=row.standing.light,
        decide_on=row.standing.decide_on,
        next=following.code if following else None,
        next_on=following.on if following else None,
        is_exception=row.standing.is_exception,
        links={"case": f"{BASE}/cases/{row.case.id}"},
    )


@operation("GET", "/contracts/{contract_id}", CaseOut, tag="contracts")
def read_contract(contract_id: int) -> CaseOut | None:
    """Read a contract.

    As `/cases/{id}` gives it, with its dates counted back from the end and the routes that remain.
    """
    about(contract_id, "contract")
    return as_it_stands()


@operation("POST", "/contracts", CaseOut, tag="contracts", status=201, body=ContractBody, problems=(403, 409))
def add_contract(body: ContractBody, key: str) -> CaseOut | None:
    """Record a contract.

    Its reference is unique in the register.
    """
    return made(requests.run(commands.create_contract, commands.ContractInput(**body.model_dump()), key=key))


@operation("PATCH", "/contracts/{contract_id}", CaseOut, tag="contracts", body=ContractPatch, problems=(403, 409))
def change_contract(contract_id: int, body: ContractPatch) -> CaseOut | None:
    """Change a contract.

    Only what is sent is changed; its dates follow.
    """
    about(contract_id, "contract")
    requests.run(_patch_contract, contract_id, body.sent(), seen=body.version)
    return as_it_stands()


def _patch_contract(session: Session, actor: Actor, contract_id: int, sent: Mapping[str, Any], **more: Any) -> None:
    held = commands.managers_of(session, [contract_id]).get(contract_id)
    row, title = session.get_one(Contract, contract_id), session.get_one(Case, contract_id).title
    now_there = commands.input_of(row, title, held)
    if ("manager_id" in sent) != ("manager_post_id" in sent):
        now_there = replace(now_there, manager_id=None, manager_post_id=None)
    if ("provider_unit_id" in sent) != ("provider_name" in sent):
        now_there = replace(now_there, provider_unit_id=None, provider_name="")
    commands.edit_contract(session, actor, contract_id, replace(now_there, **sent), **more)
