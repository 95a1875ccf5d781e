"""Links between the pages of a list."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request


def page_links(page: int, per_page: int, total: int) -> dict[str, str]:
    """`self`, `first`, `last`, and `prev` and `next` where there are such pages, keeping the other arguments."""
    last = max(1, -(-total // per_page))
    wanted = {"self": page, "first": 1, "last": last}
    if page > 1:
        wanted["prev"] = min(page - 1, last)
    if page < last:
        wanted["next"] = page + 1
    return {rel: _url(number, per_page) for rel, number in wanted.items()}


def _url(page: int, per_page: int) -> str:
    arguments = {name: value for name, value in request.args.items() if name not in ("page", "per_page")}
    return f"{request.path}?{urlencode({**arguments, 'page': page, 'per_page': per_page})}"
