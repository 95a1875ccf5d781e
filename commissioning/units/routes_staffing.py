"""`/units/<id>/posts`: vacancies and posts at risk, with the steps of redeployment (BR-30)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from commissioning.casework.errors import NotFound
from commissioning.models.staffing import KINDS, OUTCOMES
from commissioning.models.units import Unit
from commissioning.units import staffing
from commissioning.units.excerpts import excerpt
from commissioning.units.sizing import in_words
from commissioning.web import access, requests
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    ConfirmField,
    DateField,
    DecimalField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)
from commissioning.web.saving import ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("staffing", __name__)

WORDS = {
    "vacancy": "Vacant",
    "at_risk": "At risk",
    "filled_department": "Filled from within the department",
    "filled_council": "Filled from across the council",
    "recruited": "Filled from outside",
    "deleted": "Deleted",
    "redeployed_department": "Redeployed within the department",
    "redeployed_council": "Redeployed across the council",
    "redundancy": "Redundancy",
    "kept": "No longer at risk",
}


class PostForm(BaseForm):
    """A post with the steps of redeployment."""

    kind = RadiosField("The post is", [choice(k, WORDS[k]) for k in KINDS], noun="whether it is vacant or at risk")
    title = TextField("Post", required="Enter the post", max_length=staffing.LONGEST, hint="Its name, nobody’s own")
    fte = DecimalField("Full-time equivalent", places=2, required="Enter the full-time equivalent")
    since_on = DateField("Since", required="Enter since when", noun="date since when")
    department_on = DateField("Looked within the department since", noun="date within the department")
    council_on = DateField("Looked across the council since", noun="date across the council")
    is_managing_change = ConfirmField("Procedure", "The Managing Change Procedures apply")
    outcome = ChoiceField("How it ended", [choice(o, WORDS[o]) for found in OUTCOMES.values() for o in found])
    ended_on = DateField("Ended on", noun="end date")
    note = TextAreaField("Note", max_length=2000, rows=3)

    def typed(self) -> staffing.PostInput:
        """The post as it is typed."""
        return staffing.PostInput(
            self.kind.data or "", self.title.data, self.fte.data or 0, self.since_on.data, self.department_on.data,
            self.council_on.data, self.is_managing_change.checked, self.outcome.data or None, self.ended_on.data,
            self.note.data or "",
        )  # fmt: skip


def _facts(session: Any, actor: Any, unit: Unit, today: Any) -> dict[str, Any]:
    rows = staffing.list_posts_of(session, actor, unit.case_id, today)
    return {"open": [r for r in rows if r.ended_on is None]}


excerpt(55, "units/_staffing.html", _facts)


@blueprint.get("/units/<int:unit_id>/posts")
@access.signed_in
def posts(unit_id: int) -> str:
    """Vacancies and posts at risk of a unit."""
    session = requests.reading()
    rows = staffing.list_posts_of(session, requests.actor(), unit_id, requests.today())
    unit = session.get_one(Unit, unit_id)
    may = may_amend(session, unit.case, "unit.staff")
    return render_template("units/posts.html", unit=unit, posts=rows, words=WORDS, number=in_words, may_staff=may)


@blueprint.route("/units/<int:unit_id>/posts/new", methods=["GET", "POST"], defaults={"staffing_id": None})
@blueprint.route("/units/<int:unit_id>/posts/<int:staffing_id>", methods=["GET", "POST"])
@access.signed_in
def post(unit_id: int, staffing_id: int | None) -> Any:
    """Record a post or change one."""
    session = requests.reading()
    rows = staffing.list_posts_of(session, requests.actor(), unit_id, requests.today())
    row = next((r for r in rows if r.id == staffing_id), None)
    unit = session.get_one(Unit, unit_id)
    if (staffing_id is not None and row is None) or not may_amend(session, unit.case, "unit.staff"):
        raise NotFound
    begin: dict[str, Any] = {"since_on": requests.today()}
    if row is not None:
        names = ("kind", "title", "since_on", "department_on", "council_on", "outcome", "ended_on", "note", "version")
        begin = {n: getattr(row, n) for n in names} | {"fte": row.fte_hundredths}
        begin["is_managing_change"] = ["yes"] if row.is_managing_change else []
    form = PostForm(data=begin)
    return ask(
        form,
        lambda: save(form, staffing.save_post, unit_id, form.typed(), staffing_id, seen=form.version.data),
        "The post is recorded.",
        lambda _: url_for("staffing.posts", unit_id=unit_id),
        lambda _done: render_template("units/post.html", form=form, unit=unit, row=row),
    )
