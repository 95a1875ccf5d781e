"""Reminders ahead, for other systems: the forecast of the page, as JSON."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from commissioning.api.lists import page_links
from commissioning.api.operations import operation
from commissioning.api.schemas import Given, ListOut, PageQuery
from commissioning.casework.errors import Invalid
from commissioning.reminders.forecast import list_foreseen, span
from commissioning.web import requests


class ForecastQuery(PageQuery):
    """From which day to which; from today for a month if nothing is said."""

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None


class ForeseenOut(Given):
    """One reminder. `case_id` is null for what is not opened yet, and for what is no case."""

    on: date
    who: list[str]
    what: str
    title: str
    rule: str
    case_id: int | None


class ForecastOut(ListOut):
    """Reminders by day."""

    items: list[ForeseenOut]


@operation("GET", "/reminders/forecast", ForecastOut, tag="me", query=ForecastQuery)
def reminders_forecast(query: ForecastQuery) -> ForecastOut:
    """Who will be asked for what, on which day?

    As things stand: what is planned for cases that the caller may know of, what opens by itself, what decisions and
    late returns set going, notices and reviews that fall due, posts that will stand empty, and the mail of Monday. All
    cases for whoever reads the log of messages; titles are the safe ones.
    """
    if query.first and query.last and query.last < query.first:
        raise Invalid({"to": "to must be the same day as from, or a later one"})
    first, last = span(query.first, query.last, requests.today())
    found = list_foreseen(requests.reading(), requests.actor(), first, last, requests.now())
    shown = found[(query.page - 1) * query.per_page : query.page * query.per_page]
    return ForecastOut(
        total=len(found),
        page=query.page,
        per_page=query.per_page,
        links=page_links(query.page, query.per_page, len(found)),
        items=[
            ForeseenOut(on=f.on, who=list(f.who), what=f.what, title=f.title, rule=f.rule, case_id=f.case_id)
            for f in shown
        ],
    )
