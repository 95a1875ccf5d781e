"""`/returns/desk`: the month as one worklist for who accepts it; one return at a time, accepted one by one.

There is no way to accept several at once.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.casework import perform
from commissioning.casework.errors import NotFound
from commissioning.models.money import BudgetLine, LedgerImport, LedgerLine, Period
from commissioning.models.monitoring import Return
from commissioning.monitoring import forms, opening, queries, tasks
from commissioning.monitoring.queries import Sheet
from commissioning.monitoring.routes import asked_month, load, words
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import save
from commissioning.web.step_forms import begun_at
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("return_desk", __name__)
begun_at("return.accept", "Read and accept", lambda case_id, _part: f"/returns/desk?return={case_id}#shown")


@blueprint.get("/returns/desk")
@access.signed_in
def desk() -> str:
    """The worklist of the month, and the return that is looked at: the first that waits for the reader."""
    return _desk(None, requests.whole_number(request.args.get("return")), None)


def _desk(month: date | None, wanted: int | None, refused: BaseForm | None) -> str:
    """The desk of a month (None: the one asked for) with one return; `refused` is its form, with what is wrong."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    if not queries.is_accepting(session, actor, today):
        raise NotFound
    periods = queries.list_periods(session, actor, today)
    if month is None:
        named = load(session, wanted).period_on if wanted and "month" not in request.args else None
        month = asked_month(named or (periods[0] if periods else None))
    listed = queries.list_month(session, actor, month, today)
    sheets = queries.get_sheets(session, listed)
    mine = [r for r in listed if _is_mine(sheets[r.case_id])]
    shown = sheets.get(wanted or 0) or (sheets[mine[0].case_id] if mine else None)
    return render_template(
        "returns/desk.html",
        listed=listed,
        sheets=sheets,
        waiting=len(mine),
        is_cut=len(listed) == queries.MOST_AT_DESK,
        timely={r.case_id: _timely(r) for r in listed},
        shown=shown,
        view=case_view(session, shown.found.case) if shown else None,
        may_ask=shown is not None and may_amend(session, shown.found.case, "return.ask"),
        form=refused or (forms.AcceptForm(data={"version": shown.found.case.version}) if shown else None),
        before=_beside(listed, shown, -1),
        after=_beside(listed, shown, 1),
        month=month,
        periods=periods,
        totals=_totals(session, listed, sheets),
        may_move=access.may_call("returns.move_due"),
        wide=True,
        **words(),
    )


def _is_mine(sheet: Sheet) -> bool:
    """Whether it waits to be accepted, and the reader has not accepted it yet."""
    mine = set(requests.actor().person_ids)
    return sheet.found.case.state == "submitted" and all(a.accepted_by_id not in mine for a, _ in sheet.acceptances)


def _timely(found: Return) -> str:
    """Whether it came in time; nothing while its day has not gone by."""
    if found.is_late or (found.submitted_at is None and requests.today() > found.return_due_on):
        return "Late"
    return "In time" if found.submitted_at is not None else ""


def _beside(listed: list[Return], shown: Sheet | None, step: int) -> Return | None:
    if shown is None:
        return None
    at = next(i for i, r in enumerate(listed) if r.case_id == shown.found.case_id) + step
    return listed[at] if 0 <= at < len(listed) else None


def _totals(session: Session, listed: list[Return], sheets: dict[int, Sheet]) -> dict[str, Any]:
    """What the returns say was spent beside what the ledger says of the same units: the two agree, or the page says."""
    asked = [r for r in listed if sheets[r.case_id].money.lines]
    if not asked:
        return {}
    spent = session.scalar(
        select(func.sum(LedgerLine.actual_pence))
        .join(LedgerImport, LedgerImport.id == LedgerLine.import_id)
        .join(Period, Period.import_id == LedgerImport.id)
        .join(BudgetLine, BudgetLine.id == LedgerLine.line_id)
        .where(
            Period.period_on == asked[0].period_on,
            Period.year_id == asked[0].year_id,
            BudgetLine.unit_id.in_([r.unit_id for r in asked]),
        )
    )
    told = sum(sheets[r.case_id].money.actual for r in asked)
    return {"told": told, "ledger": int(spent or 0), "differs": told - int(spent or 0), "units": len(asked)}


@blueprint.post("/returns/<int:return_id>/accept")
@access.signed_in
def accept(return_id: int) -> Any:
    """Accept this one; then the next that waits."""
    session = requests.reading()
    found = load(session, return_id)
    form, status = forms.AcceptForm(), 422
    if form.validate():
        done = save(form, perform, return_id, "accept", version=form.version.data,
                    fields={"comment": form["comment"].data or ""})  # fmt: skip
        status = done.status
    if form.errors:
        session.rollback()
        session.expire_all()
        return _desk(found.period_on, return_id, form), status
    flash(f"{found.unit.name} accepted.")
    return redirect(url_for(".desk", month=f"{found.period_on:%Y-%m}", _anchor="shown"), 303)


@blueprint.route("/returns/desk/due", methods=["GET", "POST"])
@access.allowed("returns.move_due")
def due() -> Any:
    """Move the due date of a month's returns in one step."""
    form, month = forms.DueForm(), asked_month()
    done = None
    if request.method == "POST" and form.validate():
        done = save(form, opening.move_due_dates, month, form["due_on"].data, form["reason"].data)
        if done.is_done:
            flash(f"The due date of {tasks.figure(done.value * 1000)} returns was moved.")
            return redirect(url_for(".desk", month=f"{month:%Y-%m}"), 303)
    page = render_template("returns/due.html", form=form, month=month)
    return page, done.status if done else (422 if form.errors else 200)
