"""What the frame of every page shows: who reads it, the navigation, today.

Here: the context that `base.html` reads. Not here: what a page itself shows. An entry of the navigation is there if its
page is there and this reader may open it, by what the page itself declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError

from commissioning.casework.context import council_calendar
from commissioning.db import Unavailable
from commissioning.web.access import may_call
from commissioning.web.requests import actor, reading, today

ENTRIES = (
    ("Home", "/"),
    ("Cycles", "/cycles"),
    ("Reports", "/reports"),
    ("Meetings", "/meetings"),
    ("Decisions", "/decisions"),
    ("Actions", "/actions"),
    ("Boards", "/boards"),
    ("Units", "/units"),
    ("Returns", "/returns"),
    ("Money", "/money"),
    ("Audit", "/audit"),
    ("Admin", "/admin"),
)


NOTHING: dict[str, Any] = {
    "actor": None,
    "nav": [],
    "today": None,
    "working_day": None,
    "demo_day": None,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """The signed-in person, as the frame names them."""

    id: int
    name: str
    role_title: str
    acting_for: str


def install(app: Flask) -> None:
    """Give every template `actor`, `nav`, `today`, `working_day` and `demo_day`."""

    @app.context_processor
    def _frame() -> dict[str, Any]:
        # Templates that include others ask again and again: once for each request is enough.
        if "frame" not in g:
            g.frame = _frame_or_less() if g.get("is_refused") else frame()
        found: dict[str, Any] = g.frame
        return found


def _frame_or_less() -> dict[str, Any]:
    """For an error page: what the frame can say if the database is what failed."""
    try:
        return frame()
    except (SQLAlchemyError, Unavailable):
        return NOTHING | {"today": today()}


def frame() -> dict[str, Any]:
    """The frame's facts for this request."""
    who = actor()
    facts = NOTHING | {"today": today()}
    if who.me is None:
        return facts
    calendar = council_calendar(reading())
    facts |= {
        "actor": Reader(who.me.person_id, who.name, g.get("job_title", ""), ", ".join(i.name for i in who.acting_for)),
        "nav": navigation(),
        "working_day": calendar.working_day_of_month(today()) if calendar.is_working_day(today()) else None,
        "demo_day": "the example council lives on this day" if current_app.config["SETTINGS"].clock_at else None,
    }
    return facts


def navigation() -> list[dict[str, Any]]:
    """The entries that this reader may open, in their order; the present one marked."""
    return [{"text": text, "href": href, "current": _is_current(href)} for text, href in ENTRIES if may_open(href)]


def may_open(path: str) -> bool:
    """Whether there is a page at this path, and what it declares lets this reader in."""
    endpoint = _endpoints().get(path)
    access = getattr(current_app.view_functions[endpoint], "access", None) if endpoint else None
    if access is None or actor().me is None:
        return False
    return access in {"public", "signed_in"} or may_call(access)


def _endpoints() -> dict[str, str]:
    found: dict[str, str] = current_app.extensions.get("pages_by_path", {})
    if not found:
        found = {r.rule: r.endpoint for r in current_app.url_map.iter_rules() if r.methods and "GET" in r.methods}
        current_app.extensions["pages_by_path"] = found
    return found


def _is_current(href: str) -> bool:
    return request.path == "/" if href == "/" else request.path == href or request.path.startswith(href + "/")
