"""`/units/<id>/successors` and `/units/<id>/hand-over`: merging and splitting units, shown before it is done."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.units import Unit
from commissioning.succession.commands import HandingOver, Successor, find_posts
from commissioning.succession.commands import hand_over as hand_units_over
from commissioning.succession.forms import HOW, hand_over_form, successors_form
from commissioning.succession.plan import KINDS, Plan, make_plan, state_label
from commissioning.units import queries
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import ask, save
from commissioning.web.step_forms import own_page

blueprint = Blueprint("succession", __name__)
own_page("unit.hand_over", lambda case_id, _part: f"/units/{case_id}/successors")


def _unit(session: Session, unit_id: int) -> Unit:
    """A unit that has not ended."""
    found = queries.get_unit(session, requests.actor(), unit_id, requests.today())
    if found.case.is_done:
        raise NotFound
    return found


def _like(session: Session, unit: Unit) -> list[Unit]:
    """Open units of the same kind, by name."""
    query = select(Unit).join(Case, Case.id == Unit.case_id)
    wanted = query.where(Case.is_done.is_(False), Unit.kind == unit.kind).order_by(Unit.name, Unit.case_id)
    return list(session.scalars(wanted))


@blueprint.route("/units/<int:unit_id>/successors", methods=["GET", "POST"])
@access.allowed("units.create")
def successors(unit_id: int) -> Any:
    """Say whether units merge or one is split, and what they become."""
    session = requests.reading()
    unit = _unit(session, unit_id)
    form = successors_form(unit, [u for u in _like(session, unit) if u.case_id != unit_id])
    if request.method == "POST" and form.validate():
        names = [line.strip() for line in form["names"].data.splitlines() if line.strip()]
        others = form["others"].data if form["how"].data == "merge" else []
        if form["how"].data == "split" and len(names) < 2:
            form.refuse("names", "Enter two names at least, each on a line of its own")
        elif form["how"].data == "merge" and len(names) > 1:
            form.refuse("names", "Units that merge become one: enter one name")
        elif form["how"].data == "merge" and not others:
            form.refuse("others", "Select the units that merge with it")
        else:
            query = {"how": form["how"].data, "other": others, "name": names}
            return redirect(url_for("succession.hand_over", unit_id=unit_id, **query), 303)
    return render_template("succession/successors.html", form=form, unit=unit), 422 if form.errors else 200


@blueprint.route("/units/<int:unit_id>/hand-over", methods=["GET", "POST"])
@access.allowed("units.create")
def hand_over(unit_id: int) -> Any:
    """Show what will happen, ask what is not obvious, and do it."""
    session = requests.reading()
    unit = _unit(session, unit_id)
    how, names = request.args.get("how", ""), [n[:200] for n in request.args.getlist("name")][:12]
    if how not in HOW or not names:
        return redirect(url_for("succession.successors", unit_id=unit_id), 303)
    like = {u.case_id: u for u in _like(session, unit)}
    followers = [_follower(like, name) for name in names]
    stays = {f.unit_id for f in followers}
    chosen = [unit_id, *(int(i) for i in request.args.getlist("other") if i.isdecimal())]
    plan = make_plan(session, [i for i in dict.fromkeys(chosen) if i in like and i not in stays], requests.today())
    if not plan.units:
        return redirect(url_for("succession.successors", unit_id=unit_id), 303)
    form = hand_over_form(plan, followers, names, find_posts(session), requests.today())
    return ask(
        form,
        lambda: save(form, hand_units_over, _given(how, plan, followers, form)),
        "The units have handed over. Virements of what was left are proposed.",
        lambda _: url_for("units.unit", unit_id=unit_id),
        lambda _: render_template(
            "succession/hand_over.html",
            form=form,
            unit=unit,
            plan=plan,
            how=how,
            followers=list(zip(names, followers, strict=True)),
            names={u.case_id: u.name for u in plan.units},
            kinds=KINDS,
            state_label=state_label,
        ),
    )


def _follower(like: dict[int, Unit], name: str) -> Successor:
    """The unit of that name and kind, or a new one."""
    found = next((u for u in like.values() if u.name.casefold() == name.strip().casefold()), None)
    return Successor(found.case_id, found.name) if found else Successor(None, name.strip())


def _given(how: str, plan: Plan, followers: list[Successor], form: BaseForm) -> HandingOver:
    heads = [
        requests.whole_number(form[f"head-{n}"].data) if f"head-{n}" in form else None for n in range(len(followers))
    ]
    return HandingOver(
        how,
        tuple(u.case_id for u in plan.units),
        tuple(Successor(f.unit_id, f.name, head) for f, head in zip(followers, heads, strict=True)),
        form["on"].data,
        form["reason"].data,
        {i.key: int(form[i.key].data) for i in plan.items if i.key in form},
        {
            m.key: tuple(form[f"{m.key}-{n}"].data or 0 for n in range(len(followers)))
            for m in plan.money
            if f"{m.key}-0" in form
        },
        form["seen"].data or "",
    )
