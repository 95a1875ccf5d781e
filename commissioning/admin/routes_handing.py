"""One page that lists all that a person holds, and hands it over: for administrators, and for everybody their own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.accounts.queries import list_colleagues
from commissioning.admin import handing, queries
from commissioning.admin.forms import HandOverForm
from commissioning.admin.held import held_by
from commissioning.labels import KINDS, ROLES
from commissioning.web import access
from commissioning.web.formbase import choice
from commissioning.web.requests import actor, now, person_id, reading, today
from commissioning.web.saving import save

blueprint = Blueprint("handing", __name__)
BOTH = ["GET", "POST"]


@blueprint.route("/admin/people/<int:number>/held", methods=BOTH)
@access.allowed("people.manage")
def held(number: int) -> Any:
    """What a person holds; hand it over."""
    return _page(number, url_for("admin.person", number=number))


@blueprint.route("/account/held", methods=BOTH)
@access.signed_in
def mine() -> Any:
    """What one holds oneself; hand one's own parts over."""
    return _page(person_id(), url_for("accounts.account"))


def _page(number: int, back: str) -> Any:
    person = queries.get_person(reading(), number)
    form = HandOverForm()
    form.to.choices = [
        choice(str(p.id), p.name + (f", {p.job_title}" if p.job_title else ""))
        for p in list_colleagues(reading(), number)
    ]
    if request.method == "POST" and form.validate():
        done = save(form, handing.hand_over, number, int(form.to.data), form.reason.data)
        if done.is_done:
            flash(f"Handed over: {done.value} in all. Each case says so in its history.")
            return redirect(request.path, 303)
    page = render_template(
        "admin/held.html",
        person=person,
        held=held_by(reading(), actor(), number, now()),
        form=form,
        back=back,
        is_me=number == actor().person_id,
        with_rights=handing.with_rights(actor(), number),
        day=today(),
        kinds=KINDS,
        roles=ROLES,
    )
    return page, 422 if form.errors or form.form_errors else 200
