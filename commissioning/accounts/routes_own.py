"""One's own account: details, password, second factor, devices, deputies, API tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request, session, url_for

from commissioning.accounts import commands, passwords, queries, second_factor, signing_in
from commissioning.accounts.forms import (
    AuthenticatorForm,
    ChangeAuthenticatorForm,
    ChangePasswordForm,
    DeputyForm,
    DetailsForm,
    TokenForm,
)
from commissioning.accounts.routes import blueprint, caller, house, pending_secret, pepper, set_up_page
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.people import Person
from commissioning.settings_table import PASSWORD
from commissioning.web import access, sessions
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.requests import actor, now, person_id, reading, run, run_as_is, today

__all__ = ["blueprint"]
Answer = Any


def refused_by(form: BaseForm, command: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Run a command for a valid form; True if it refused what was typed, and the form says so."""
    try:
        run(command, *args, **kwargs)
    except Invalid as refusal:
        for name, text in refusal.errors.items():
            form.refuse(name if name in form else "", text)
        return True
    return False


@blueprint.get("/account")
@access.signed_in
def account() -> str:
    """All of one's account on one page."""
    database, person = reading(), person_id()
    me = queries.get_person(database, person)
    own = queries.get_account(database, me.email, today())
    return render_template(
        "accounts/account.html",
        me=me,
        is_by_password=own is not None and own.way == PASSWORD,
        here=_this_session(),
        sessions=queries.list_sessions(database, person, now()),
        devices=queries.list_devices(database, person, now()),
        deputies=queries.list_deputies(database, person, today()),
        deputised=queries.list_deputised(database, person, today()),
        tokens=queries.list_tokens(database, person),
        new_token=session.pop("new_token", None),
        moment=now(),
    )


@blueprint.route("/account/details", methods=["GET", "POST"])
@access.signed_in
def details() -> Answer:
    """Change job title and how one is told."""
    me = queries.get_person(reading(), person_id())
    form = DetailsForm(job_title=me.job_title, email_immediately=["yes"] if me.email_immediately else [])
    if form.validate_on_submit() and not refused_by(
        form, commands.change_details, form.job_title.data, form.email_immediately.data == ["yes"]
    ):
        return _done("Your details are saved.")
    return _page("accounts/details.html", form, me=me)


@blueprint.route("/account/password", methods=["GET", "POST"])
@access.signed_in
def change_password() -> Answer:
    """Change one's password; every other browser is signed out."""
    me = queries.get_person(reading(), person_id())
    form = ChangePasswordForm()
    if form.validate_on_submit():
        if refusal := _why_not_me(me, form.present.data):
            form.refuse("present", refusal)
        elif wrong := passwords.why_not_password(form.new_password.data, me.email, me.name, house()):
            form.refuse("new_password", wrong)
        else:
            hashed = passwords.hash_password(form.new_password.data)
            run(commands.set_password, me.password_hash, hashed)
            return _stay("Your password is changed. You are signed out everywhere else.")
    return _page("accounts/change_password.html", form, me=me)


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@access.signed_in
def second_factor_page() -> Answer:
    """Set up an authenticator app, or another one in place of it."""
    me = queries.get_person(reading(), person_id())
    form = ChangeAuthenticatorForm() if me.password_hash else AuthenticatorForm()
    secret = pending_secret()
    if form.validate_on_submit():
        step = second_factor.step_of(secret, form.code.data, now())
        if me.password_hash and (refusal := _why_not_me(me, form.present.data)):
            form.refuse("present", refusal)
        elif step is None:
            form.refuse("code", signing_in.WRONG_TOTP)
        else:
            run(commands.set_second_factor, second_factor.seal(secret, pepper()), step)
            session.pop("totp_secret", None)
            return _done("Your authenticator app is set up.")
    return set_up_page("accounts/second_factor.html", form, me.email, secret)


@blueprint.post("/account/sign-out-everywhere")
@access.signed_in
def sign_out_everywhere() -> Answer:
    """End every session, this one too."""
    run(commands.sign_out_everywhere)
    session.clear()
    flash("You are signed out everywhere, and no device is remembered.")
    return sessions.clear_cookie(make_response(redirect(url_for("accounts.sign_in"), 303)))


@blueprint.post("/account/sessions/<int:number>/end")
@access.signed_in
def end_session(number: int) -> Answer:
    """Sign another browser out."""
    run(commands.end_session, number)
    return _done("That browser is signed out.")


@blueprint.post("/account/devices/<int:number>/forget")
@access.signed_in
def forget_device(number: int) -> Answer:
    """Ask for a code on that device again."""
    run(commands.forget_device, number)
    return _done("That device is no longer remembered.")


@blueprint.route("/account/deputies/new", methods=["GET", "POST"])
@access.signed_in
def new_deputy() -> Answer:
    """Name somebody who acts for oneself on some days."""
    form = DeputyForm()
    form.deputy.choices = [
        choice(str(p.id), named(p.name, p.job_title)) for p in queries.list_colleagues(reading(), person_id())
    ]
    if form.validate_on_submit() and not refused_by(
        form,
        commands.name_deputy,
        person_id(),
        int(form.deputy.data),
        form.from_on.data,
        form.to_on.data,
        form.reason.data,
        key=form.idempotency_key.data,
    ):
        return _done("Your deputy is named. The record will say “deputy for you” for what they do in your place.")
    return _page("accounts/new_deputy.html", form)


@blueprint.post("/account/deputies/<int:number>/end")
@access.signed_in
def end_deputy(number: int) -> Answer:
    """End a deputy's days at once."""
    run(commands.end_deputy, person_id(), number)
    return _done("That deputy no longer acts for you.")


@blueprint.route("/account/tokens/new", methods=["GET", "POST"])
@access.signed_in
def new_token() -> Answer:
    """Make an API token; it is shown once."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            made = run(commands.create_token, form.name.data, form.ends_on.data, key=form.idempotency_key.data)
        except Invalid as refusal:
            for name, text in refusal.errors.items():
                form.refuse(name, text)
        else:
            if made:
                session["new_token"] = made
            return _done("The token is made. Copy it now: it is not shown again.")
    return _page("accounts/new_token.html", form)


@blueprint.post("/account/tokens/<int:number>/revoke")
@access.signed_in
def revoke_token(number: int) -> Answer:
    """Take a token back at once."""
    run(commands.revoke_token, number)
    return _done("The token no longer works.")


def _why_not_me(me: Person, typed: str) -> str | None:
    """Whether it is still the same person at this browser; wrong tries count as they do in front of the door."""
    is_right = passwords.is_password(me.password_hash, typed)
    refusal = run_as_is(signing_in.try_password, me.email, is_right, me.password_hash, caller(), now())
    return "The present password is not right" if refusal == signing_in.WRONG_PASSWORD else refusal


def named(name: str, job_title: str) -> str:
    """A person in a list: two of one name are told apart by their job title."""
    return f"{name}, {job_title}" if job_title else name


def _page(template: str, form: BaseForm, **facts: Any) -> Answer:
    return render_template(template, form=form, **facts), 422 if form.errors or form.form_errors else 200


def _done(text: str) -> Answer:
    flash(text)
    return redirect(url_for("accounts.account"), 303)


def _stay(text: str) -> Answer:
    """Every session has ended with the change: this browser gets a fresh one."""
    if actor().me is None:
        raise NotFound
    token = run(commands.begin_again, caller().device)
    flash(text)
    return sessions.set_cookie(make_response(redirect(url_for("accounts.account"), 303)), token)


def _this_session() -> str:
    """The hash of this browser's token, so that the page can say "this browser"."""
    return sessions.token_hash(request.cookies.get(sessions.cookie_name(), ""))
