"""`/cycles/template`: the outputs that each stage is to have. Every change makes a new version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.errors import Invalid, NotFound
from commissioning.cycles.forms import BRINGS, output_form
from commissioning.cycles.template import USUAL, OutputInput, current_template, save_template
from commissioning.models.cycles import STAGES
from commissioning.policy import may_globally
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, ask, save

blueprint = Blueprint("cycle_template", __name__)


def _current() -> tuple[int, list[OutputInput]]:
    """The number of the version in use (0 for the usual one) and its outputs by stage."""
    found = current_template(requests.reading())
    if found is None:
        return 0, list(USUAL)
    rows = [OutputInput(o.stage, o.title, o.hint, o.is_required, o.working_days, o.brings) for o in found.outputs]
    return found.number, sorted(rows, key=lambda o: STAGES.index(o.stage))


@blueprint.get("/cycles/template")
@access.signed_in
def template() -> str:
    """The outputs of the stages, as new cycles take them."""
    number, outputs = _current()
    return render_template(
        "cycles/template.html",
        number=number,
        outputs=list(enumerate(outputs)),
        stages=labels.STAGES,
        brings=BRINGS,
        may_edit=may_globally(requests.actor(), "cycles.edit_template"),
    )


@blueprint.route("/cycles/template/new", methods=["GET", "POST"], defaults={"place": None})
@blueprint.route("/cycles/template/<int:place>", methods=["GET", "POST"])
@access.allowed("cycles.edit_template")
def output(place: int | None) -> Any:
    """Add an output, or change one."""
    number, outputs = _current()
    if place is not None and place >= len(outputs):
        raise NotFound
    row = outputs[place] if place is not None else None
    data = {"is_required": "yes"} if row is None else vars(row) | {"is_required": "yes" if row.is_required else "no"}
    form = output_form(data | {"version": number})

    def send() -> Saved:
        new = _typed(form)
        wanted = [*outputs, new] if place is None else [new if i == place else o for i, o in enumerate(outputs)]
        return save(form, _save, wanted, place if place is not None else len(outputs), seen=form.version.data)

    return ask(
        form,
        send,
        "The outputs are changed for cycles that begin from now on.",
        lambda _value: url_for("cycle_template.template"),
        lambda _done: render_template("cycles/template_output.html", form=form, row=row, place=place),
    )


@blueprint.post("/cycles/template/<int:place>/remove")
@access.allowed("cycles.edit_template")
def remove(place: int) -> Any:
    """Take an output out of the template."""
    number, outputs = _current()
    if place >= len(outputs):
        raise NotFound
    rest = [o for i, o in enumerate(outputs) if i != place]
    requests.run(save_template, rest, seen=number, key=request.form.get("idempotency_key"))
    flash("The output is taken out for cycles that begin from now on.")
    return redirect(url_for("cycle_template.template"), 303)


def _typed(form: BaseForm) -> OutputInput:
    values = {name: form[name].data for name in ("stage", "title", "hint", "working_days", "brings")}
    return OutputInput(
        **{**values, **{n: values[n] or "" for n in ("hint", "brings")}}, is_required=form["is_required"].data == "yes"
    )


def _save(session: Any, actor: Any, outputs: list[OutputInput], place: int, **more: Any) -> int:
    """Save them; what is wrong with the output at this place belongs to the fields of its form."""
    try:
        return save_template(session, actor, outputs, **more)
    except Invalid as error:
        raise Invalid({name.removeprefix(f"{place}-"): text for name, text in error.errors.items()}) from None
