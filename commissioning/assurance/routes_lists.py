"""`/checklists/assessment` and `/checklists/challenge`: what a council asks itself. Every change makes a version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.assurance.forms import entry_form
from commissioning.assurance.lists import list_entries, save_list
from commissioning.assurance.usual import LEVELS, EntryInput
from commissioning.casework.errors import Invalid, NotFound
from commissioning.policy import may_globally
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, ask, save

blueprint = Blueprint("checklists", __name__)
NAMES = {"assessment": ("Headings of self-assessment", "heading"), "challenge": ("Challenge questions", "question")}


@blueprint.get("/checklists/<kind>")
@access.signed_in
def entries(kind: str) -> str:
    """The version in use."""
    number, found = _in_use(kind)
    return render_template(
        "checklists/entries.html",
        kind=kind,
        names=NAMES[kind],
        number=number,
        entries=found,
        levels=LEVELS,
        may_edit=may_globally(requests.actor(), "checklists.edit"),
    )


@blueprint.route("/checklists/<kind>/new", methods=["GET", "POST"], defaults={"place": None})
@blueprint.route("/checklists/<kind>/<int:place>", methods=["GET", "POST"])
@access.allowed("checklists.edit")
def entry(kind: str, place: int | None) -> Any:
    """Add a heading or a question, or change one."""
    number, found = _in_use(kind)
    if place is not None and place >= len(found):
        raise NotFound
    row = found[place] if place is not None else EntryInput("")
    levels = {f"level_{n}": meaning for n, meaning in enumerate(row.levels, 1)}
    form = entry_form(kind, {"title": row.title, "hint": row.hint, "version": number, **levels})
    at = place if place is not None else len(found)

    def send() -> Saved:
        new = _typed(form, row.code)
        return save(form, _save, kind, [*found[:at], new, *found[at + 1 :]], at, seen=form.version.data)

    return ask(
        form,
        send,
        "Changed from now on. What was answered or finished before stays as it was.",
        lambda _value: url_for("checklists.entries", kind=kind),
        lambda _done: render_template("checklists/entry.html", form=form, kind=kind, names=NAMES[kind], place=place),
    )


@blueprint.post("/checklists/<kind>/<int:place>/remove")
@access.allowed("checklists.edit")
def remove(kind: str, place: int) -> Any:
    """Ask it no more."""
    number, found = _in_use(kind)
    if place >= len(found):
        raise NotFound
    rest = [e for i, e in enumerate(found) if i != place]
    requests.run(save_list, kind, rest, seen=number, key=request.form.get("idempotency_key"))
    flash("It is asked no more. What was said of it stays on record.")
    return redirect(url_for("checklists.entries", kind=kind), 303)


def _in_use(kind: str) -> tuple[int, list[EntryInput]]:
    """The number of the version in use and what it holds. Raises NotFound for a list that there is not."""
    if kind not in NAMES:
        raise NotFound
    return list_entries(requests.reading(), kind)


def _typed(form: BaseForm, code: str) -> EntryInput:
    one, two, three, four = (form[f"level_{n}"].data if f"level_{n}" in form else "" for n in LEVELS)
    return EntryInput(form["title"].data, form["hint"].data or "", (one, two, three, four), code)


def _save(session: Any, actor: Any, kind: str, given: list[EntryInput], place: int, **more: Any) -> int:
    """Save them; what is wrong with the one at this place belongs to the fields of its form."""
    try:
        return save_list(session, actor, kind, given, **more)
    except Invalid as error:
        raise Invalid({name.removeprefix(f"{place}-"): text for name, text in error.errors.items()}) from None
