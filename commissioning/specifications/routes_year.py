"""`/money/<year>/next-year`: the new year as a list of what follows from this one, shown before it is done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.casework.errors import NotFound
from commissioning.money import queries
from commissioning.money.next_year import begin_next, propose_next
from commissioning.policy import may_globally
from commissioning.specifications.next_year import draft_next, list_ending
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, PlainHiddenField
from commissioning.web.saving import save

blueprint = Blueprint("years", __name__)


class NextForm(BaseForm):
    """What was shown, and which part is done."""

    what = PlainHiddenField()
    seen = PlainHiddenField()


@blueprint.route("/money/<int:year_id>/next-year", methods=["GET", "POST"])
@access.signed_in
def next_year(year_id: int) -> Any:
    """Baselines, limits and lines; specifications with their targets; the standing slots of the meetings."""
    session, actor = requests.reading(), requests.actor()
    year = queries.get_year(session, actor, year_id, requests.today())
    proposed = propose_next(session, year)
    may = {"money": may_globally(actor, "years.create"), "specifications": may_globally(actor, "specifications.create")}
    form, status = NextForm(), 200
    if request.method == "POST" and form.validate():
        if not may.get(form.what.data or ""):
            raise NotFound
        if form.what.data == "money":
            done = save(form, begin_next, year_id, seen=form.seen.data or "")
        elif proposed.made is not None:
            done = save(form, draft_next, proposed.made.case_id)
        else:
            raise NotFound
        if done.is_done:
            flash("The next year has what it takes over from this one." if form.what.data == "money" else
                  f"Drafted: {done.value} specifications.")  # fmt: skip
            return redirect(url_for("years.next_year", year_id=year_id), 303)
        status = done.status
    page = render_template(
        "money/next_year.html",
        form=form,
        year=year,
        proposed=proposed,
        names=queries.names_of(session, set(proposed.baselines)),
        ending=list_ending(session, proposed.made) if proposed.made else [],
        may=may,
        may_plan=may_globally(actor, "monitoring_meetings.plan"),
    )
    return page, status
