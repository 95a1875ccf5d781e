"""`/calendar`: one's own dates by month, as a list, as CSV; `/calendar.ics`: the same for a calendar program."""

from __future__ import annotations

from calendar import Calendar as Weeks
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, session, url_for

from commissioning import ics, labels
from commissioning.calendar import commands, queries
from commissioning.calendar.entries import entries_of
from commissioning.calendar.queries import Dated
from commissioning.casework.context import council_calendar
from commissioning.monitoring.opening import month_before, next_month
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import csv_file
from commissioning.web.steps import case_url

blueprint = Blueprint("calendar", __name__)
VIEWS = {"month": "Month", "list": "List"}
YEARS = range(2000, 2100)
BACK, AHEAD = timedelta(days=31), timedelta(days=400)
"""How far a feed reaches."""


def _month(today: date) -> date:
    """The first day of the month that is asked for; of this one where that is no month."""
    try:
        asked = date.fromisoformat(f"{request.args.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return asked if asked.year in YEARS else today.replace(day=1)


def _found(first: date, last: date) -> list[Dated]:
    return queries.list_dates(requests.reading(), requests.actor(), requests.now(), first, last)


@blueprint.get("/calendar")
@access.signed_in
def calendar() -> str:
    """A month with every date that concerns the reader; as weeks, or as a list."""
    today = requests.today()
    first = _month(today)
    view = request.args.get("view", "month")
    view = view if view in VIEWS else "month"
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    last = next_month(first) - timedelta(days=1)
    found = _found(weeks[0][0], weeks[-1][-1]) if view == "month" else _found(first, last)
    days: dict[date, list[Dated]] = {}
    for dated in found:
        days.setdefault(dated.on, []).append(dated)
    closed = council_calendar(requests.reading())
    return render_template(
        "calendar/calendar.html",
        view=view,
        views=VIEWS,
        month=first,
        before=month_before(first),
        after=next_month(first),
        weeks=weeks,
        days=days,
        closed={d: closed.why_closed(d) for week in weeks for d in week if d.weekday() < 5 and closed.why_closed(d)},
        found=found,
        link=case_url,
        kinds=labels.KINDS,
    )


@blueprint.get("/calendar.csv")
@access.signed_in
def calendar_csv() -> Response:
    """A month as a file."""
    first = _month(requests.today())
    header = ("Date", "Time", "What", "Of", "Place")
    rows = _found(first, next_month(first) - timedelta(days=1))
    return csv_file("calendar", header, ((d.on, d.at.strftime("%H:%M") if d.at else "", d.what, d.title, d.place)
                                         for d in rows))  # fmt: skip


@blueprint.get("/calendar.ics")
@access.public
def calendar_ics() -> Response:
    """The feed of whoever the secret link in `token` is; for anything else there is no such page."""
    reading, now, today = requests.reading(), requests.now(), requests.today()
    owner = queries.find_owner(reading, request.args.get("token", ""), now)
    if owner is None:
        abort(404)
    settings = current_app.config["SETTINGS"]
    found = queries.list_dates(reading, owner, now, today - BACK, today + AHEAD)
    safe = queries.safe_titles(reading, [d.case_id for d in found])
    text = ics.write(entries_of(found, safe, settings.base_url), now, name=settings.service_name)
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@blueprint.route("/calendar/feed", methods=["GET", "POST"])
@access.signed_in
def feed() -> Any:
    """One's own secret link: made or made anew by the form, shown once."""
    form = BaseForm()
    if form.validate_on_submit():
        token = requests.run(commands.make_feed, key=form.idempotency_key.data)
        if token:
            session["new_calendar"] = token
            flash("The link is made. Copy it now: it is not shown again.")
        return redirect(url_for("calendar.feed"), 303)
    token = session.pop("new_calendar", None)
    base = str(current_app.config["SETTINGS"].base_url).rstrip("/")
    return render_template(
        "calendar/feed.html",
        address=f"{base}{url_for('calendar.calendar_ics', token=token)}" if token else "",
        feed=queries.get_feed(requests.reading(), requests.person_id()),
    )


@blueprint.post("/calendar/feed/withdraw")
@access.signed_in
def withdraw_feed() -> Any:
    """Let the link work no more."""
    requests.run(commands.withdraw_feed)
    flash("The link no longer works.")
    return redirect(url_for("calendar.feed"), 303)
