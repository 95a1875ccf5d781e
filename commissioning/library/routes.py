"""`/library`: the list with its filters and CSV, one item, recording and changing one, what goes with a thing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.library import commands, queries
from commissioning.library.forms import ArchiveForm, CiteForm, item_form
from commissioning.library.words import EXPECTED, FIELDS, HINTS, KINDS, OWN, STANDING
from commissioning.policy import may_globally
from commissioning.visibility import get_case
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import ask, csv_file, save
from commissioning.web.steps import case_url, may_amend

blueprint = Blueprint("library", __name__)
BOTH = ["GET", "POST"]
MOST_EXPORTED = 10_000


def _filters() -> queries.Filters:
    given = request.args
    return queries.Filters(
        kind=given.get("kind", "") if given.get("kind") in KINDS else "",
        standing=given.get("standing", "current") if given.get("standing") in STANDING else "current",
        words=given.get("q", "")[:200],
    )


def _may_write() -> bool:
    return may_globally(requests.actor(), "library.write")


@blueprint.get("/library")
@access.signed_in
def library() -> str:
    """Items, by type and title."""
    filters, page = _filters(), requests.page_number()
    rows, total = queries.list_items(requests.reading(), requests.today(), filters, page=page)
    return render_template(
        "library/library.html",
        rows=rows,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        filters=filters,
        kinds=KINDS,
        standing=STANDING,
        may_write=_may_write(),
    )


@blueprint.get("/library.csv")
@access.signed_in
def library_csv() -> Any:
    """The same as a file, with all that is recorded."""
    rows, _ = queries.list_items(requests.reading(), requests.today(), _filters(), per_page=MOST_EXPORTED)
    header = ("Type", *FIELDS.values(), "Facts of its type", "Looked at", "Out of date", "Archived", "Why archived")
    lines = []
    for row in rows:
        item = row.item
        own = ["yes" if v is True else "no" if v is False else v for v in (getattr(item, name) for name in FIELDS)]
        own[list(FIELDS).index("is_consulted")] = "yes" if item.is_consulted else ""
        facts = "; ".join(f"{label}: {words}" for label, words in row.own)
        lines.append(
            (KINDS[item.kind], *own, facts, item.looked_at_on, row.stale, item.archived_on, item.archived_reason)
        )
    return csv_file("library", header, lines)


@blueprint.get("/library/new")
@access.allowed("library.write")
def kinds() -> str:
    """Which type of item is to be recorded."""
    return render_template("library/kinds.html", kinds=KINDS, hints=HINTS)


@blueprint.route("/library/new/<kind>", methods=BOTH)
@access.allowed("library.write")
def new(kind: str) -> Any:
    """Record an item."""
    if kind not in KINDS:
        raise NotFound
    form = item_form(kind)
    return ask(
        form,
        lambda: save(form, commands.save_item, None, _typed(form, kind)),
        "The item is in the library.",
        lambda made: url_for("library.item", item_id=made),
        lambda _done: render_template("library/form.html", form=form, heading=f"Record: {KINDS[kind].lower()}"),
    )


@blueprint.get("/library/<int:item_id>")
@access.signed_in
def item(item_id: int) -> str:
    """One item: what it says, where it comes from, what it goes with, what became of it."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    row = queries.get_item(session, item_id, today)
    return render_template(
        "library/item.html",
        row=row,
        item=row.item,
        kinds=KINDS,
        expected=EXPECTED.get(row.item.kind, ""),
        uses=[
            (labels.KINDS[c.kind], c, case_url(c.kind, c.id)) for c in queries.list_uses(session, actor, item_id, today)
        ],
        changes=queries.list_changes(session, commands.chain_of(item_id)),
        may_write=_may_write(),
    )


@blueprint.route("/library/<int:item_id>/edit", methods=BOTH)
@access.allowed("library.write")
def edit(item_id: int) -> Any:
    """Change an item."""
    row = queries.get_item(requests.reading(), item_id, requests.today()).item
    shown = {name: getattr(row, name) for name in (*FIELDS, "version")}
    shown |= {f"own.{code}": row.own.get(code, "") for code in OWN.get(row.kind, {})}
    form = item_form(row.kind, shown | {"is_consulted": ["yes"] if row.is_consulted else []})
    back = url_for("library.item", item_id=item_id)
    heading = f"Change: {KINDS[row.kind].lower()}"
    return ask(
        form,
        lambda: save(form, commands.save_item, item_id, _typed(form, row.kind), seen=form.version.data),
        "The item is changed.",
        lambda _value: back,
        lambda _done: render_template("library/form.html", form=form, heading=heading, item=row),
    )


@blueprint.route("/library/<int:item_id>/archive", methods=BOTH)
@access.allowed("library.write")
def archive(item_id: int) -> Any:
    """Take an item out of use."""
    row, form = queries.get_item(requests.reading(), item_id, requests.today()).item, ArchiveForm()
    return ask(
        form,
        lambda: save(form, commands.archive_item, item_id, form.reason.data),
        "The item is archived. What rests on it still shows it.",
        lambda _value: url_for("library.item", item_id=item_id),
        lambda _done: render_template(
            "library/form.html", form=form, heading="Archive the item", item=row, does="Archive"
        ),
    )


@blueprint.post("/library/<int:item_id>/restore")
@access.allowed("library.write")
def restore(item_id: int) -> Any:
    """Bring it back into use."""
    requests.run(commands.restore_item, item_id, key=request.form.get("idempotency_key"))
    flash("The item is in use again.")
    return redirect(url_for("library.item", item_id=item_id), 303)


@blueprint.post("/library/<int:item_id>/look")
@access.allowed("library.write")
def look(item_id: int) -> Any:
    """Say that it still holds."""
    requests.run(commands.look_at_item, item_id, key=request.form.get("idempotency_key"))
    flash("It is on record that you looked at it today.")
    return redirect(url_for("library.item", item_id=item_id), 303)


@blueprint.route("/cases/<int:case_id>/library", methods=BOTH)
@access.signed_in
def cite(case_id: int) -> Any:
    """Say which items go with a thing in the service, or take one out."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    case = get_case(session, actor, case_id, today)
    if not may_amend(session, case, "case.cite"):
        raise NotFound
    form = CiteForm()
    form.item_id.choices = [choice(value, words) for value, words in queries.list_offered(session)]
    cited = queries.list_cited(session, [case_id], today)
    back = case_url(case.kind, case_id)
    return ask(
        form,
        lambda: save(form, commands.cite_item, case_id, int(form.item_id.data)),
        "The item goes with it now.",
        lambda _value: back,
        lambda _done: render_template("library/cite.html", form=form, case=case, back=back, cited=cited, kinds=KINDS),
    )


@blueprint.post("/cases/<int:case_id>/library/<int:item_id>/remove")
@access.signed_in
def uncite(case_id: int, item_id: int) -> Any:
    """Say that an item does not go with it after all."""
    requests.run(commands.uncite_item, case_id, item_id, key=request.form.get("idempotency_key"))
    flash("The item does not go with it any more. It stays in the library.")
    return redirect(url_for("library.cite", case_id=case_id), 303)


def _typed(form: BaseForm, kind: str) -> commands.ItemInput:
    given: dict[str, Any] = {f.name: f.data for f in form.shown() if not f.name.startswith("own.")}
    given["own"] = {f.name.removeprefix("own."): f.data or "" for f in form.shown() if f.name.startswith("own.")}
    given["is_consulted"] = bool(given.get("is_consulted"))
    return commands.ItemInput(kind=kind, **given)
