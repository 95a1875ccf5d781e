"""The administrator's pages that show what they move before it is confirmed: closed days, and reminder rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from commissioning.admin import queries, reminder_rules, rule_commands
from commissioning.admin.forms import ClosedDayForm, ReminderRulesForm, reminder_rules_form
from commissioning.admin.routes import Answer
from commissioning.admin.routes_rules import blueprint
from commissioning.audit import sha256
from commissioning.casework.context import council_calendar, own_rules, read_rules, reminders_in
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import house
from commissioning.labels import KINDS
from commissioning.reminders.foreseeing import Difference, foresee_change
from commissioning.reminders.recounting import Reach
from commissioning.reminders.rule_words import due_words, sentence
from commissioning.web import access
from commissioning.web.formbase import choice
from commissioning.web.requests import now, reading, run, today
from commissioning.web.saving import save

__all__ = ["blueprint"]
KEPT = timedelta(days=2)
"""How long a change that was counted is still shown."""


@blueprint.route("/closed-days", methods=["GET", "POST"])
@access.allowed("settings.manage")
def closed_days() -> Answer:
    """Closed days ahead, and a form for another; which reminders move is shown before it is added."""
    form, difference = ClosedDayForm(), None
    form.body.choices = [choice(str(b.case_id), b.name) for b in queries.list_bodies(reading())]
    if form.validate_on_submit():
        given = (form.on_day.data, form.name.data, int(form.body.data) if form.body.data else None)
        seen = form.is_checked.data == form.on_day.data.isoformat()
        difference = None if seen else _moved_by(form, *given)
        if difference and difference.shifts:
            form.is_checked.data = form.on_day.data.isoformat()
        elif not form.errors and save(form, rule_commands.add_closed_day, *given).is_done:
            flash("The closed day is added. What it moves is counted within a few minutes.")
            return redirect(url_for("admin.closed_days"), 303)
    page = render_template(
        "admin/closed_days.html",
        form=form,
        days=queries.list_closed_days(reading(), today()),
        day=today(),
        known_until=council_calendar(reading()).known_until,
        difference=difference,
        recounts=reminder_rules.list_recounts(reading(), now() - KEPT),
    )
    return page, 422 if form.errors or form.form_errors else 200


def _moved_by(form: ClosedDayForm, *given: Any) -> Difference | None:
    """The reminders that this closed day would move; none, with words in the form, where it cannot be one."""
    on_day, name, body_id = given
    try:
        rule_commands.check_closed_day(reading(), on_day, body_id, now())
    except Invalid as refusal:
        for field, text in refusal.errors.items():
            form.refuse(field, text)
        return None
    rules = rule_commands.with_closed_day(reading(), on_day, name, body_id)
    return foresee_change(reading(), rules, Reach(body_id=body_id), now())


@blueprint.post("/closed-days/<int:number>/remove")
@access.allowed("settings.manage")
def remove_closed_day(number: int) -> Answer:
    """Make it a working day again; which reminders move is shown first."""
    if not request.form.get("is_checked"):
        rules, body_id = rule_commands.without_closed_day(reading(), number, now())
        difference = foresee_change(reading(), rules, Reach(body_id=body_id), now())
        if difference.shifts:
            return render_template(
                "admin/change_check.html",
                title="Remove a closed day: check what follows",
                words="If this day is worked again, these reminders move. Nothing has happened yet.",
                back=(url_for("admin.closed_days"), "Closed days"),
                action=url_for("admin.remove_closed_day", number=number),
                button="Remove the closed day",
                difference=difference,
            )
    run(rule_commands.remove_closed_day, number)
    flash("The closed day is removed. What that moves is counted within a few minutes.")
    return redirect(url_for("admin.closed_days"), 303)


@blueprint.get("/reminder-rules")
@access.allowed("settings.manage")
def reminder_kinds() -> str:
    """Every kind of case that reminds, and where the council has rules of its own."""
    own = own_rules(reading()).reminders
    kinds = [
        (kind.definition, KINDS.get(kind.name, kind.name), sum(1 for name, _ in own if name == kind.definition))
        for kind in house.kinds.values()
        if any(state.reminders for state in house.latest(kind.definition).states.values())
    ]
    recounts = reminder_rules.list_recounts(reading(), now() - KEPT)
    return render_template("admin/reminder_kinds.html", kinds=sorted(kinds, key=lambda k: k[1]), recounts=recounts)


@blueprint.get("/reminder-rules/<definition>")
@access.allowed("settings.manage")
def reminder_states(definition: str) -> str:
    """One kind of case: for each state that reminds, the rules as sentences."""
    workflow, own = reminder_rules.get_workflow(definition), own_rules(reading()).reminders
    states = [
        (state, due_words(state), sentence(reminders_in(reading(), workflow, state), state))
        for state in workflow.states.values()
        if state.reminders
    ]
    return render_template(
        "admin/reminder_states.html", workflow=workflow, kind=KINDS[workflow.kind], states=states, own=own
    )


@blueprint.route("/reminder-rules/<definition>/<state>", methods=["GET", "POST"])
@access.allowed("settings.manage")
def reminder_rules_of(definition: str, state: str) -> Answer:
    """The rules of one state: who is told when, and who next. What a change moves is shown before it is confirmed."""
    workflow, where = reminder_rules.get_state(definition, state)
    in_force = reminders_in(reading(), workflow, where)
    versions = reminder_rules.list_versions(reading(), definition, state)
    form, difference, then = reminder_rules_form(workflow, where, in_force), None, ()
    if not form.is_submitted():
        form.version.data = versions[0].version if versions else 0
    if form.validate_on_submit():
        lines = form.read()
        shown = sha256(repr(sorted(lines.items())))
        if not form.errors and form.is_checked.data == shown:
            done = save(form, reminder_rules.change_rules, definition, state, lines, version=form.version.data)
            if done.is_done:
                return _changed(definition, done.value)
        elif not form.errors:
            difference, then = _moved_by_rules(form, definition, state, lines)
            form.is_checked.data = shown if difference else ""
    page = render_template(
        "admin/reminder_rules.html",
        form=form,
        kind=KINDS[workflow.kind],
        workflow=workflow,
        where=where,
        due=due_words(where),
        now_words=sentence(in_force, where),
        then_words=sentence(then, where) if then else "",
        shipped=None if set(in_force) == set(where.reminders) else sentence(where.reminders, where),
        versions=[(v, sentence(read_rules(v.rules) if v.rules else where.reminders, where)) for v in versions],
        difference=difference,
    )
    return page, 422 if form.errors or form.form_errors else 200


def _moved_by_rules(form: ReminderRulesForm, definition: str, state: str, lines: Any) -> tuple[Difference | None, Any]:
    try:
        rules = reminder_rules.check_lines(reading(), definition, state, lines, now())
    except Invalid as refusal:
        for name, text in refusal.errors.items():
            form.refuse(name, text)
        return None, ()
    own = reminder_rules.with_rules(reading(), definition, state, rules)
    return foresee_change(reading(), own, Reach(definition, state), now()), rules


@blueprint.post("/reminder-rules/<definition>/<state>/restore")
@access.allowed("settings.manage")
def restore_reminder_rules(definition: str, state: str) -> Answer:
    """Go by the rules of the service again; which reminders move is shown first."""
    _, where = reminder_rules.get_state(definition, state)
    if not request.form.get("is_checked"):
        rules = reminder_rules.with_rules(reading(), definition, state, where.reminders)
        return render_template(
            "admin/change_check.html",
            title=f"{where.label}: back to the rules of the service",
            words=f"Then: {sentence(where.reminders, where)}. Nothing has happened yet.",
            back=(url_for("admin.reminder_rules_of", definition=definition, state=state), where.label),
            action=url_for("admin.restore_reminder_rules", definition=definition, state=state),
            button="Go back to these rules",
            difference=foresee_change(reading(), rules, Reach(definition, state), now()),
        )
    return _changed(definition, run(reminder_rules.change_rules, definition, state, None, version=None))


def _changed(definition: str, is_different: bool) -> Answer:
    said = "The rules are changed. What is planned is counted again within a few minutes."
    flash(said if is_different else "Nothing was different, so nothing was changed.")
    return redirect(url_for("admin.reminder_states", definition=definition), 303)
