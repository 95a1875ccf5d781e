"""The administrator's pages about rules: posts and teams, who can do what, settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for

from commissioning.accounts import queries as account_queries
from commissioning.admin import commands, queries, rights, rule_commands, who_can
from commissioning.admin.forms import (
    HolderForm,
    NewPostForm,
    PostForm,
    SettingsForm,
    field_name,
    settings_shown,
    settings_typed,
)
from commissioning.admin.routes import Answer, blueprint, drawn
from commissioning.admin.rule_commands import SPECIALITIES, PostFacts
from commissioning.casework.errors import Invalid
from commissioning.settings_table import SETTINGS, get_settings
from commissioning.web import access
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.requests import reading, run, today
from commissioning.web.saving import Saved, ask, save

__all__ = ["blueprint"]


@blueprint.get("/posts")
@access.allowed("people.manage")
def posts() -> str:
    """Every post and team, and who holds it today."""
    held = queries.holders_today(reading(), today())
    return render_template(
        "admin/posts.html", posts=queries.list_posts(reading()), held=held, specialities=SPECIALITIES
    )


@blueprint.route("/posts/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_post() -> Answer:
    """Make a post or a team."""
    form = NewPostForm(notice_days=5)
    _offer_seconds(form, None)
    return ask(
        form,
        lambda: save(form, rule_commands.create_post, form.code.data, _typed(form)),
        "The post is there. Now say who holds it.",
        lambda made: url_for("admin.post", number=made),
        lambda _done: drawn(form, "Add a post or team", url_for("admin.posts")),
    )


@blueprint.get("/posts/<int:number>")
@access.allowed("people.manage")
def post(number: int) -> str:
    """One post: what it is and who holds it."""
    found = queries.get_post(reading(), number)
    second = queries.get_post(reading(), found.second_id) if found.second_id else None
    holdings = queries.list_holdings(reading(), today(), post_id=number)
    return render_template(
        "admin/post.html", post=found, second=second, holdings=holdings, specialities=SPECIALITIES, day=today()
    )


@blueprint.route("/posts/<int:number>/details", methods=["GET", "POST"])
@access.allowed("people.manage")
def change_post(number: int) -> Answer:
    """Change what a post is."""
    found = queries.get_post(reading(), number)
    second = str(found.second_id) if found.second_id else None
    form = PostForm(obj=found, second=second, version=rights.version_of(reading(), f"post:{number}"))
    _offer_seconds(form, number)

    def send() -> Saved:
        return save(form, rule_commands.change_post, number, _typed(form), version=form.version.data)

    return _ask_of(number, form, send, "The post is saved.", f"Change {found.name}")


@blueprint.route("/posts/<int:number>/holders/new", methods=["GET", "POST"])
@access.allowed("people.manage")
def new_holder(number: int) -> Answer:
    """Say who holds a post."""
    found = queries.get_post(reading(), number)
    form = HolderForm(from_on=today())
    people = account_queries.list_colleagues(reading(), 0)
    form.person.choices = [choice(str(p.id), p.name + (f", {p.job_title}" if p.job_title else "")) for p in people]

    def send() -> Saved:
        return save(form, commands.hold_post, int(form.person.data), number, form.from_on.data, form.to_on.data)

    return _ask_of(number, form, send, "The post is held.", f"Who holds {found.name}")


@blueprint.post("/posts/<int:number>/holders/<int:holding>/end")
@access.allowed("people.manage")
def end_holder(number: int, holding: int) -> Answer:
    """End the holding of a post."""
    run(commands.end_holding, holding)
    flash("That person no longer holds the post.")
    return redirect(url_for("admin.post", number=number), 303)


@blueprint.get("/who-can-do-what")
@access.allowed("workflows.read")
def who_can_do_what() -> str:
    """Every action by role, and every step by role and state, from the rules in force."""
    return render_template(
        "admin/who_can.html",
        everywhere=who_can.global_table(),
        tables=who_can.case_tables(),
        role_words=who_can.role_words,
    )


@blueprint.route("/settings", methods=["GET", "POST"])
@access.allowed("settings.manage")
def settings() -> Answer:
    """Every setting on one page, in groups."""
    version = rights.version_of(reading(), "settings")
    form = SettingsForm(data={**settings_shown(get_settings(reading())), "version": version})
    groups: dict[str, list[Any]] = {}
    for name, spec in SETTINGS.items():
        groups.setdefault(spec.group, []).append(form[field_name(name)])

    return ask(
        form,
        lambda: save(form, _change_settings, settings_typed(form), version=form.version.data),
        "The settings are saved.",
        lambda _changed: url_for("admin.settings"),
        lambda _done: render_template("admin/settings.html", form=form, groups=groups),
    )


def _change_settings(*of: Any, **how: Any) -> None:
    """What is refused is refused at the setting's field."""
    try:
        rule_commands.change_settings(*of, **how)
    except Invalid as wrong:
        raise Invalid({field_name(name): words for name, words in wrong.errors.items()}) from None


def _offer_seconds(form: PostForm, number: int | None) -> None:
    others = [p for p in queries.list_posts(reading()) if p.id != number]
    form.second.choices = [choice(str(p.id), p.name) for p in others]


def _typed(form: PostForm) -> PostFacts:
    return PostFacts(
        name=form.name.data,
        kind=form.kind.data,
        speciality=form.speciality.data,
        notice_days=form.notice_days.data,
        second_id=int(form.second.data) if form.second.data else None,
        standard_wording=form.standard_wording.data,
    )


def _ask_of(number: int, form: BaseForm, send: Callable[[], Saved], told: str, heading: str) -> Answer:
    """A form about one post: saved, back to its page."""
    back = url_for("admin.post", number=number)
    return ask(form, send, told, lambda _done: back, lambda _done: drawn(form, heading, back))
