"""The library over the API: the items, one with what it goes with, recording and changing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_library import ItemBody, ItemOut, ItemPatch, ItemsOut, ItemsQuery
from commissioning.api.cases import BASE
from commissioning.api.lists import page_links
from commissioning.api.operations import operation
from commissioning.library import commands
from commissioning.library.queries import Filters, ItemRow, get_item, list_items, list_uses
from commissioning.web import requests

_NAMES = tuple(f.name for f in fields(commands.ItemInput))


@operation("GET", "/library", ItemsOut, tag="library", query=ItemsQuery)
def library(query: ItemsQuery) -> ItemsOut:
    """List items of the library.

    Known to everybody who may use the service; by type, then by title.
    """
    filters = Filters(query.kind or "", query.standing, query.q)
    found, total = list_items(requests.reading(), requests.today(), filters, page=query.page, per_page=query.per_page)
    links = page_links(query.page, query.per_page, total)
    items = [_line(row) for row in found]
    return ItemsOut(total=total, page=query.page, per_page=query.per_page, links=links, items=items)


@operation("GET", "/library/{item_id}", ItemOut, tag="library")
def read_item(item_id: int) -> ItemOut:
    """Read an item of the library.

    With the cases that it goes with, as far as the caller may know of them.
    """
    return _whole(item_id)


@operation("POST", "/library", ItemOut, tag="library", status=201, body=ItemBody, problems=(403, 409))
def add_item(body: ItemBody, key: str) -> ItemOut:
    """Record an item of the library.

    What its type does not have is left out.
    """
    made = requests.run(commands.save_item, None, commands.ItemInput(**body.model_dump()), key=key)
    g.location = f"{BASE}/library/{made}"
    return _now(made)


@operation("PATCH", "/library/{item_id}", ItemOut, tag="library", body=ItemPatch, problems=(403, 409))
def change_item(item_id: int, body: ItemPatch) -> ItemOut:
    """Change an item of the library.

    Only what is sent is changed; its type stays.
    """
    requests.run(_patch_item, item_id, body.sent(), seen=body.version)
    return _now(item_id)


def _patch_item(session: Session, actor: Actor, item_id: int, sent: Mapping[str, Any], **more: Any) -> None:
    row = get_item(session, item_id, requests.today()).item
    values = {name: getattr(row, name) for name in _NAMES} | dict(sent)
    commands.save_item(session, actor, item_id, commands.ItemInput(**values), **more)


def _now(item_id: int) -> ItemOut:
    """An item after a write: read anew."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    return _whole(item_id)


def _whole(item_id: int) -> ItemOut:
    session, today = requests.reading(), requests.today()
    row = get_item(session, item_id, today)
    return _line(row, [case.id for case in list_uses(session, requests.actor(), item_id, today)])


def _line(row: ItemRow, goes_with: list[int] | None = None) -> ItemOut:
    item = row.item
    return ItemOut(
        id=item.id,
        version=item.version,
        **{name: getattr(item, name) for name in _NAMES},
        looked_at_on=item.looked_at_on,
        archived_on=item.archived_on,
        stale=row.stale or None,
        goes_with=goes_with,
        links={"self": f"{BASE}/library/{item.id}"},
    )
