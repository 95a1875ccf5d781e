"""The administrator's pages about people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for

from commissioning.accounts import queries as account_queries
from commissioning.accounts.forms import DeputyForm
from commissioning.admin import commands, queries, rights
from commissioning.admin.forms import GrantForm, HoldingForm, PersonForm
from commissioning.admin.held import held_by
from commissioning.labels import ROLES
from commissioning.web import access
from commissioning.web.filters import plural
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.requests import actor, now, reading, run, today
from commissioning.web.saving import Saved, ask, save
from commissioning.web.shell import may_open

blueprint = Blueprint("admin", __name__, url_prefix="/admin")
Answer = Any

PAGES = (
    ("/admin/people", "People", "Accounts, roles with scope and dates, posts held, deputies"),
    ("/admin/posts", "Posts and teams", "Work is asked of posts and teams, held by people with dates"),
    ("/admin/who-can-do-what", "Who can do what", "Every action by role, from the rules in force"),
    ("/admin/closed-days", "Closed days", "Days besides weekends and bank holidays on which nobody works"),
    ("/admin/reminder-rules", "Reminder rules", "Who is told when, for each kind of case, and who next"),
    ("/admin/settings", "Settings", "Local rules: how people sign in, how far the calendar is known"),
    ("/boards", "Boards", "Members and rules of procedure"),
    ("/admin/workflows", "Workflow definitions", "The definitions in force, drawn"),
    ("/reminders", "Reminder log", "What was sent to whom, and why"),
)


@blueprint.get("")
@access.allowed("people.manage")
def index() -> str:
    """Where everything for administrators is."""
    pages = [page for page in PAGES if may_open(page[0])]
    return render_template("admin/index.html", pages=pages)


@blueprint.get("/people")
@access.allowed("people.manage")
def people() -> str:
    """Everybody, by words and standing."""
    words, standing = request.args.get("q", "")[:100].replace("\x00", ""), request.args.get("standing", "active")
    standing = standing if standing in {"active", "disabled", ""} else "active"
    number = request.args.get("page", "1")
    page = min(int(number), 100_000) if number.isascii() and number.isdigit() and len(number) < 9 and int(number) else 1
    found = queries.find_people(reading(), words, standing, page, today())
    return render_template("admin/people.html", found=found, words=words, standing=standing, page=page, roles=ROLES)


@blueprint.route("/people/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_person() -> Answer:
    """Make an account."""
    form = PersonForm()

    def send() -> Saved:
        who = form.name.data, form.email.data, form.job_title.data
        return save(form, commands.create_person, *who, is_example=current_app.config["IS_DEMO"])

    return ask(
        form,
        send,
        f"{form.name.data} has an account. They sign in with a code by email the first time.",
        lambda made: url_for("admin.person", number=made),
        lambda _done: drawn(form, "Add a person", url_for("admin.people")),
    )


@blueprint.get("/people/<int:number>")
@access.allowed("people.manage")
def person(number: int) -> str:
    """One person: who they are, what they may do, what they hold."""
    found = queries.get_person(reading(), number)
    return render_template(
        "admin/person.html",
        person=found,
        grants=queries.list_grants(reading(), number, today()),
        holdings=queries.list_holdings(reading(), today(), person_id=number),
        deputies=account_queries.list_deputies(reading(), number, today()),
        is_me=number in actor().person_ids,
        day=today(),
        roles=ROLES,
    )


@blueprint.route("/people/<int:number>/details", methods=["GET", "POST"])
@access.allowed("people.manage")
def change_person(number: int) -> Answer:
    """Change name, address, job title."""
    found = queries.get_person(reading(), number)
    version = rights.version_of(reading(), f"person:{number}")
    form = PersonForm(obj=found, version=version)

    def send() -> Saved:
        who = form.name.data, form.email.data, form.job_title.data
        return save(form, commands.change_person, number, *who, version=form.version.data)

    return ask_of(number, form, send, "The details are saved.", f"Change {found.name}")


@blueprint.post("/people/<int:number>/<any(disable, enable, reset_second_factor):verb>")
@access.allowed("people.manage")
def change_standing(number: int, verb: str) -> Answer:
    """Disable, enable, or let somebody set up another authenticator app."""
    run({
        "disable": commands.disable_person,
        "enable": commands.enable_person,
        "reset_second_factor": commands.reset_second_factor,
    }[verb], number)  # fmt: skip
    words = {
        "disable": "The account is disabled, and signed out everywhere.",
        "enable": "The account can be used again.",
        "reset_second_factor": "They are signed out, and set up a new password and app at the next sign-in.",
    }
    left = held_by(reading(), actor(), number, now()).count if verb == "disable" else 0
    if left:
        flash(f"{words[verb]} It still holds {plural(left, 'thing')}: hand them over.")
        return redirect(url_for("handing.held", number=number), 303)
    return back_to(number, words[verb])


@blueprint.route("/people/<int:number>/roles/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_grant(number: int) -> Answer:
    """Grant a role."""
    found = queries.get_person(reading(), number)
    form = GrantForm(from_on=today())
    form.body.choices = [choice(str(b.case_id), b.name) for b in queries.list_bodies(reading())]

    def send() -> Saved:
        what = form.role.data, int(form.body.data) if form.body.data else None
        return save(form, commands.grant_role, number, *what, form.from_on.data, form.to_on.data)

    told = "The role is granted. They are signed out, and have it when they sign in again."
    return ask_of(number, form, send, told, f"Grant {found.name} a role")


@blueprint.post("/people/<int:number>/roles/<int:grant>/end")
@access.allowed("people.manage")
def end_grant(number: int, grant: int) -> Answer:
    """Take a role back."""
    run(commands.end_grant, number, grant)
    return back_to(number, "The role has ended, and they are signed out.")


@blueprint.route("/people/<int:number>/posts/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_holding(number: int) -> Answer:
    """Let somebody hold a post."""
    found = queries.get_person(reading(), number)
    form = HoldingForm(from_on=today())
    form.post.choices = [choice(str(p.id), p.name) for p in queries.list_posts(reading())]

    def send() -> Saved:
        return save(form, commands.hold_post, number, int(form.post.data), form.from_on.data, form.to_on.data)

    return ask_of(number, form, send, "The post is held.", f"A post for {found.name}")


@blueprint.post("/people/<int:number>/posts/<int:holding>/end")
@access.allowed("people.manage")
def end_holding(number: int, holding: int) -> Answer:
    """End the holding of a post."""
    run(commands.end_holding, holding)
    return back_to(number, "The post is no longer held.")


@blueprint.route("/people/<int:number>/deputies/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_deputy(number: int) -> Answer:
    """Name a deputy for somebody who cannot do it."""
    found = queries.get_person(reading(), number)
    form = DeputyForm()
    colleagues = account_queries.list_colleagues(reading(), number)
    form.deputy.choices = [choice(str(p.id), p.name + (f", {p.job_title}" if p.job_title else "")) for p in colleagues]

    def send() -> Saved:
        when = form.from_on.data, form.to_on.data
        return save(form, commands.name_deputy_for, number, int(form.deputy.data), *when, form.reason.data)

    return ask_of(number, form, send, "The deputy is named.", f"A deputy for {found.name}")


@blueprint.post("/people/<int:number>/deputies/<int:deputy>/end")
@access.allowed("people.manage")
def end_deputy(number: int, deputy: int) -> Answer:
    """End a deputy's days."""
    run(commands.end_deputy_of, number, deputy)
    return back_to(number, "The deputy no longer acts for them.")


def ask_of(number: int, form: BaseForm, send: Callable[[], Saved], told: str, heading: str) -> Answer:
    """A form about one person: saved, back to their page."""
    back = url_for("admin.person", number=number)
    return ask(form, send, told, lambda _done: back, lambda _done: drawn(form, heading, back))


def drawn(form: BaseForm, heading: str, back: str) -> str:
    """A page that is one form."""
    return render_template("admin/person_form.html", form=form, heading=heading, back=back)


def back_to(number: int, text: str) -> Answer:
    """Confirm, and show the person."""
    flash(text)
    return redirect(url_for("admin.person", number=number), 303)
