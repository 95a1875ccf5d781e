"""`/packages`: what several units do together for one outcome of a user (BR-17)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.policy import may_globally
from commissioning.specifications import packages as commands
from commissioning.specifications import queries
from commissioning.specifications.forms import PackageForm
from commissioning.units.queries import list_units
from commissioning.web import access, requests
from commissioning.web.formbase import TextField, choice
from commissioning.web.saving import save

blueprint = Blueprint("packages", __name__)
MOST_UNITS = 1000


@blueprint.get("/packages")
@access.signed_in
def packages() -> str:
    """Packages in which a unit takes part that the reader may see."""
    session, actor = requests.reading(), requests.actor()
    may_write = may_globally(actor, "packages.write")
    return render_template(
        "packages/packages.html", packages=queries.list_packages(session, actor), may_write=may_write
    )


@blueprint.get("/packages/<int:package_id>")
@access.signed_in
def package(package_id: int) -> str:
    """One package, with the specifications in force of its units that the reader may see."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_package(session, actor, package_id)
    return render_template(
        "packages/package.html",
        package=found,
        specs=queries.specifications_of(session, actor, [p.unit_id for p in found.parts], today),
        may_write=may_globally(actor, "packages.write"),
    )


@blueprint.route("/packages/new", methods=["GET", "POST"])
@access.allowed("packages.write")
def new() -> Any:
    """Put a package together."""
    return _write(requests.reading(), None)


@blueprint.route("/packages/<int:package_id>/edit", methods=["GET", "POST"])
@access.allowed("packages.write")
def edit(package_id: int) -> Any:
    """Change a package."""
    return _write(requests.reading(), package_id)


def _write(session: Session, package_id: int | None) -> Any:
    actor, today = requests.actor(), requests.today()
    found = queries.get_package(session, actor, package_id) if package_id is not None else None
    units, _ = list_units(session, actor, today, state="open", per_page=MOST_UNITS)
    begin: dict[str, Any] = {}
    if found:
        begin = {n: getattr(found, n) for n in ("name", "user_outcome", "version")}
        begin["units"] = [p.unit_id for p in found.parts]

    class Form(PackageForm):
        """The same with a line for each unit that is in it; what a unit added now does is said afterwards."""

    for part in found.parts if found else []:
        begin[f"part-{part.unit_id}"] = part.part
        line = TextField(f"What {part.unit.name} does in it", max_length=commands.LONGEST)
        setattr(Form, f"part-{part.unit_id}", line)
    form, status = Form(data=begin), 200
    form.units.choices = [choice(str(u.case_id), u.name) for u in units]
    if request.method == "POST" and form.validate():
        lines = {i: form[f"part-{i}"].data if f"part-{i}" in form else "" for i in form.units.data}
        given = [commands.PartInput(int(i), line) for i, line in lines.items()]
        words = (form.name.data, form.user_outcome.data, given)
        if package_id is None:
            done = save(form, commands.create_package, *words)
        else:
            done = save(form, commands.change_package, package_id, *words, seen=form.version.data)
        if done.is_done:
            flash("The package was saved." if package_id else "The package is there. Say what each unit does in it.")
            page = "packages.package" if package_id else "packages.edit"
            return redirect(url_for(page, package_id=package_id or done.value), 303)
        status = done.status
    page = render_template("packages/form.html", form=form, package=found, units=units)
    return page, 422 if form.errors and status == 200 else status
