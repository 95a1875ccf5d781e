"""`/partner-returns/requests`: what partners are asked for again and again, and the indicators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.partner_returns import asking, queries, words
from commissioning.partner_returns.figures import list_all_indicators
from commissioning.partner_returns.forms import IndicatorForm, RequestForm, UsualForm
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import Saved, ask, save

blueprint = Blueprint("partner_requests", __name__)
BOTH = ["GET", "POST"]


@blueprint.get("/partner-returns/requests")
@access.allowed("partner_requests.write")
def all_requests() -> str:
    """What is asked for, from when, how often; what the indicators mean."""
    session = requests.reading()
    return render_template(
        "partner_returns/requests.html",
        rows=queries.list_requests(session),
        indicators=list_all_indicators(session),
        words=words,
    )


@blueprint.route("/partner-returns/requests/new", methods=BOTH, defaults={"request_id": None})
@blueprint.route("/partner-returns/requests/<int:request_id>", methods=BOTH)
@access.allowed("partner_requests.write")
def one_request(request_id: int | None) -> Any:
    """Ask for something again and again, or change when."""
    session = requests.reading()
    row = asking.get_request(session, request_id) if request_id is not None else None
    shown = ("plan_id", "kind", "first_on", "every_months", "due_working_days", "level", "version")
    usual = {"every_months": "12", "level": "1"}
    form = RequestForm(data={name: getattr(row, name) for name in shown} if row else usual)
    form.plan_id.choices = _plans()

    def send() -> Saved:
        given = asking.RequestInput(
            int(form.plan_id.data), form.kind.data, form.first_on.data, int(form.every_months.data),
            form.due_working_days.data, int(form.level.data),
        )  # fmt: skip
        return save(form, asking.save_request, request_id, given, seen=form.version.data if row else None)

    end = url_for(".end", request_id=row.id) if row and row.ended_on is None else ""
    return _ask(form, send, "Change what is asked" if row else "Ask partners for something", end)


@blueprint.route("/partner-returns/requests/usual", methods=BOTH)
@access.allowed("partner_requests.write")
def usual() -> Any:
    """Ask for everything usual of a plan."""
    form = UsualForm()
    form.plan_id.choices = _plans()
    heading = "Ask for what is usual"
    return _ask(form, lambda: save(form, asking.begin_usual, int(form.plan_id.data)), heading)


@blueprint.post("/partner-returns/requests/<int:request_id>/end")
@access.allowed("partner_requests.write")
def end(request_id: int) -> Any:
    """Ask no more."""
    requests.run(asking.end_request, request_id, key=request.form.get("idempotency_key"))
    flash("It is asked no more. What is open stays open.")
    return redirect(url_for(".all_requests"), 303)


@blueprint.route("/partner-returns/indicators/new", methods=BOTH, defaults={"indicator_id": None})
@blueprint.route("/partner-returns/indicators/<int:indicator_id>", methods=BOTH)
@access.allowed("partner_requests.write")
def indicator(indicator_id: int | None) -> Any:
    """Define an indicator, or change one."""
    row = asking.get_indicator(requests.reading(), indicator_id) if indicator_id is not None else None
    data = (
        {name: getattr(row, name) for name in ("kind", "code", "title", "definition", "version")}
        if row
        else {"kind": "staff"}
    )
    form = IndicatorForm(data=data | {"is_asked": ["yes"] if row is None or row.is_asked else []})

    def send() -> Saved:
        is_asked = bool(form.is_asked.data)
        kind = row.kind if row else form.kind.data
        given = asking.IndicatorInput(form.code.data, form.title.data, form.definition.data, is_asked, kind)
        return save(form, asking.save_indicator, indicator_id, given, seen=form.version.data if row else None)

    return _ask(form, send, "Change an indicator" if row else "Define an indicator")


def _plans() -> list[Any]:
    found = queries.list_plans(requests.reading(), requests.actor(), requests.today())
    return [choice(str(i), name) for i, name in found]


def _ask(form: BaseForm, send: Callable[[], Saved], heading: str, remove: str = "") -> Any:
    back = url_for(".all_requests")
    shown = {"form": form, "heading": heading, "back": back, "remove": remove}
    shown |= {"back_to": "What partners are asked for", "removes": "Ask no more"}
    return ask(
        form, send, "Saved.", lambda _value: back,
        lambda _done: render_template("asked.html", **shown),
    )  # fmt: skip
