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
    ("Going wrong", "/overview"),
    ("Cycles", "/cycles"),
    ("Reports", "/reports"),
    ("Meetings", "/meetings"),
    ("Decisions", "/decisions"),
    ("Actions", "/actions"),
    ("Boards", "/boards"),
    ("Units", "/units"),
    ("Returns", "/returns"),
    ("Money", "/money"),
    ("Library", "/library"),
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
    if actor().me is None:
        return []
    declared, here = _access_by_path(), request.path
    return [
        {"text": text, "href": href, "current": here == href or (href != "/" and here.startswith(href + "/"))}
        for text, href in ENTRIES
        if _lets_in(declared.get(href))
    ]


def may_open(path: str) -> bool:
    """Whether there is a page at this path, and what it declares lets this reader in."""
    return actor().me is not None and _lets_in(_access_by_path().get(path))


def _lets_in(access: str | None) -> bool:
    return access is not None and (access in {"public", "signed_in"} or may_call(access))


def _access_by_path() -> dict[str, str | None]:
    """What each page declares. (What it means for this reader is asked anew each time.)"""
    found: dict[str, str | None] = current_app.extensions.get("access_by_path", {})
    if not found:
        views = current_app.view_functions
        rules = [r for r in current_app.url_map.iter_rules() if r.methods and "GET" in r.methods]
        found = {r.rule: getattr(views[r.endpoint], "access", None) for r in rules}
        current_app.extensions["access_by_path"] = found
    return found
