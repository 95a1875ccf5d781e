"""`/returns`: the grid of units and months, one return with its parts, checking and sending it, the receipt."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.actors import Actor
from commissioning.casework import perform
from commissioning.casework.errors import NotFound
from commissioning.casework.timeline import sent_back
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.units import Unit
from commissioning.monitoring import queries, tasks
from commissioning.monitoring.opening import month_before
from commissioning.monitoring.rules import get_meeting
from commissioning.reports.from_work import get_paper
from commissioning.units.excerpts import excerpt
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import save
from commissioning.web.step_forms import own_page
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("returns", __name__)


class SendForm(BaseForm):
    """Sending a return: nothing but the key and the version."""


def _send_page(case_id: int, _part: int | None) -> str:
    return url_for("returns.check", return_id=case_id)


own_page("return.submit", _send_page)


def _on_unit(session: Session, actor: Actor, unit: Unit, today: date) -> list[tuple[Return, str]] | None:
    """What the unit's page shows: its latest returns with their states; nothing for a unit that returns nothing."""
    found = queries.list_of_unit(session, actor, unit.case_id, today)
    return [(r, queries.state_of(r.case).label) for r in found] or None


excerpt(30, "returns/_on_unit.html", _on_unit)


def load(session: Session, return_id: int) -> Return:
    """The return, if the reader may know of it. Raises NotFound."""
    return queries.get_return(session, requests.actor(), return_id, requests.today())


def asked_month(newest: date | None = None) -> date:
    """The month in the address (`?month=2026-04`), or the last one."""
    text = request.args.get("month", "")
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return newest or month_before(requests.today())


def words() -> dict[str, Any]:
    """What the templates of returns write figures with."""
    return {
        "figure": tasks.figure,
        "hundredths": tasks.hundredths,
        "rags": labels.RAGS,
        "methods": labels.METHODS,
        "tones": tasks.TONES,
    }


@blueprint.get("/returns")
@access.signed_in
def returns() -> str:
    """Units and their twelve months, lettered and coloured."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    newest, page = asked_month(), requests.page_number()
    rows, total = queries.list_grid(session, actor, newest, today, page=page)
    months = [newest]
    while len(months) < queries.MONTHS_SHOWN:
        months.append(month_before(months[-1]))
    return render_template(
        "returns/returns.html",
        rows=rows,
        months=months,
        total=total,
        page=page,
        pages=-(-total // queries.UNITS_SHOWN),
        has_desk=queries.is_accepting(session, actor, today),
        wide=True,
        **words(),
    )


@blueprint.get("/returns/<int:return_id>")
@access.signed_in
def monthly(return_id: int) -> str:
    """One return: what is to answer for who answers it, what was answered for everybody else."""
    session = requests.reading()
    found = load(session, return_id)
    sheet = queries.get_sheet(session, found)
    parts = tasks.parts_of(sheet)
    view = case_view(session, found.case)
    return render_template(
        "returns/return.html",
        sheet=sheet,
        found=found,
        parts=parts,
        done=sum(p.is_done for p in parts),
        next_part=tasks.first_open(parts),
        view=view,
        meeting=_its_meeting(session, found),
        paper=get_paper(session, requests.actor(), found.case, requests.now()),
        sent_back=sent_back(view.events, "returned"),
        may_answer=may_amend(session, found.case, "return.answer"),
        may_raise=may_amend(session, found.case, "return.raise_concern"),
        may_ask=may_amend(session, found.case, "return.ask"),
        may_reply=may_amend(session, found.case, "return.answer_question"),
        **words(),
    )


def _its_meeting(session: Session, found: Return) -> MonitoringMeeting | None:
    """The monitoring meeting of the return's month, for who may know of it."""
    meeting = get_meeting(session, found)
    if meeting is None:
        return None
    case_id = meeting[0].id
    seen = visibility.may_see(session, requests.actor(), case_id, "monitoring_meeting", requests.today())
    return session.get_one(MonitoringMeeting, case_id) if seen else None


@blueprint.route("/returns/<int:return_id>/check", methods=["GET", "POST"])
@access.signed_in
def check(return_id: int) -> Any:
    """Check the answers, and send them."""
    session = requests.reading()
    found = load(session, return_id)
    if not may_amend(session, found.case, "return.answer"):
        raise NotFound
    form, status = SendForm(data={"version": found.case.version}), 200
    if request.method == "POST" and form.validate():
        done = save(form, perform, return_id, "submit", version=form.version.data)
        if done.is_done:
            return redirect(url_for("returns.receipt", return_id=return_id), 303)
        status = done.status
    sheet = queries.get_sheet(session, found)
    missing = [part for part in tasks.parts_of(sheet) if not part.is_done]
    page = render_template("returns/check.html", form=form, sheet=sheet, missing=missing, found=found, **words())
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/returns/<int:return_id>/receipt")
@access.signed_in
def receipt(return_id: int) -> str:
    """What was sent, to whom it went, and what came of it."""
    session = requests.reading()
    found = load(session, return_id)
    if found.submitted_at is None:
        raise NotFound
    return render_template(
        "returns/receipt.html",
        found=found,
        sheet=queries.get_sheet(session, found),
        view=case_view(session, found.case),
        **words(),
    )
