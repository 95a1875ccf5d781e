"""Signing in and out: one short form a page, and what was proved so far in a signed cookie.

Here: pages, cookies, the way from one proof to the next. Not here: what a proof is worth (`queries.Account`), counting
and comparing (`signing_in`), one's own account (`routes_own`). No GET signs anybody in.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from commissioning.accounts import browsers, commands, passwords, queries, second_factor, signing_in
from commissioning.accounts.forms import AuthenticatorForm, MailCodeForm, NewPasswordForm, SignInForm
from commissioning.casework.errors import NotFound
from commissioning.web import access, sessions
from commissioning.web.requests import actor, now, reading, run_as_is, today

blueprint = Blueprint("accounts", __name__)

PENDING = timedelta(minutes=15)
Answer = Any
PAGES = {
    "totp": "accounts.authenticator",
    "new_password": "accounts.new_password",
    "new_totp": "accounts.set_up",
}


@blueprint.route("/sign-in", methods=["GET", "POST"])
@access.public
def sign_in() -> Answer:
    """Email address and password, or a code by email."""
    form = SignInForm()
    if request.method == "GET":
        form.next.data = local_path(request.args.get("next", ""))
        if actor().me is not None:
            return redirect(form.next.data or "/", 303)
    elif form.validate():
        refusal = _begin(form.email.data, form.password.data, local_path(form.next.data))
        if not isinstance(refusal, str):
            return refusal
        form.refuse("password" if form.password.data or not _wants_code() else "email", refusal)
    page = render_template("accounts/sign_in.html", form=form, is_demo=current_app.config["IS_DEMO"])
    return page, 422 if form.errors else 200


def _begin(email: str, password: str, way_on: str) -> Answer:
    """The first proof, or the words of a refusal."""
    account = queries.get_account(reading(), email, today())
    session["pending"] = {"email": email, "proofs": [], "next": way_on, "at": now().isoformat()}
    if _wants_code():
        if account and account.next_proof(["code"]) is None and _is_remembered(account):
            return _proved(account, "code", "a remembered device")
        code = signing_in.draw_code()
        hashed = passwords.hash_code(signing_in.peppered(code, email, pepper()))
        refusal = run_as_is(signing_in.send_code, email, code, hashed, caller(), now())
        return refusal or redirect(url_for("accounts.mail_code"), 303)
    if not password:
        return "Enter your password, or choose to have a code sent by email"
    stored = account.password_hash if account else None
    is_right = passwords.is_password(stored, password)
    refusal = run_as_is(signing_in.try_password, email, is_right, stored, caller(), now())
    return refusal or _proved(account, "password", "password")


def _wants_code() -> bool:
    return request.form.get("by") == "code"


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@access.public
def mail_code() -> Answer:
    """The code that was sent, if there is such an account; the page looks the same if there is none."""
    pending = _pending()
    if pending is None:
        return _start_again()
    form = MailCodeForm()
    if form.validate_on_submit():
        email = pending["email"]
        sent = signing_in.find_code_hash(reading(), email, now())
        is_right = passwords.is_code(sent, signing_in.peppered(form.code.data, email, pepper()))
        refusal = run_as_is(signing_in.try_code, email, is_right, sent, caller(), now())
        if refusal is None:
            session["pending"] = pending | {"remember": form.remember.checked}
            return _proved(_as_it_is_now(email), "code", "code by email")
        form.refuse("code", refusal)
    page = render_template("accounts/mail_code.html", form=form, email=pending["email"])
    return page, 422 if form.errors else 200


@blueprint.route("/sign-in/authenticator", methods=["GET", "POST"])
@access.public
def authenticator() -> Answer:
    """The code of the authenticator app, after the password."""
    account = _account_at("totp")
    if account is None:
        return _start_again()
    form = AuthenticatorForm()
    if form.validate_on_submit():
        refusal = run_as_is(signing_in.try_totp, account.email, form.code.data, pepper(), caller(), now())
        if refusal is None:
            return _proved(account, "totp", "authenticator app")
        form.refuse("code", refusal)
    return render_template("accounts/authenticator.html", form=form), 422 if form.errors else 200


@blueprint.route("/sign-in/password", methods=["GET", "POST"])
@access.public
def new_password() -> Answer:
    """The first password, or a new one in place of one that was forgotten."""
    account = _account_at("new_password")
    if account is None:
        return _start_again()
    form = NewPasswordForm()
    if form.validate_on_submit():
        wrong = passwords.why_not_password(form.new_password.data, account.email, account.name, house())
        if wrong is None:
            hashed = passwords.hash_password(form.new_password.data)
            who = signing_in.as_person(account)
            run_as_is(commands.set_password, who, account.password_hash, hashed, now=now())
            fresh = _as_it_is_now(account.email)
            if fresh is not None:
                session["pending"] = session["pending"] | {"authority": fresh.authority}
            return _proved(fresh, "password", "new password")
        form.refuse("new_password", wrong)
    return render_template("accounts/new_password.html", form=form), 422 if form.errors else 200


@blueprint.route("/sign-in/set-up", methods=["GET", "POST"])
@access.public
def set_up() -> Answer:
    """The authenticator app is set up before the first full sign-in."""
    account = _account_at("new_totp")
    if account is None:
        return _start_again()
    form = AuthenticatorForm()
    secret = pending_secret()
    if form.validate_on_submit():
        step = second_factor.step_of(secret, form.code.data, now())
        if step is None:
            form.refuse("code", signing_in.WRONG_TOTP)
        else:
            sealed = second_factor.seal(secret, pepper())
            run_as_is(commands.set_second_factor, signing_in.as_person(account), sealed, step, now=now())
            session.pop("totp_secret", None)
            return _proved(_as_it_is_now(account.email), "totp", "authenticator app")
    return set_up_page("accounts/set_up.html", form, account.email, secret)


@blueprint.route("/sign-in/example", methods=["GET", "POST"])
@access.public
def example() -> Answer:
    """The example council: sign in as any example person by one click."""
    if not current_app.config["IS_DEMO"]:
        raise NotFound
    if request.method == "POST":
        chosen = request.form.get("person", "")
        if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 16):
            raise NotFound
        token = run_as_is(signing_in.sign_in_as_example, int(chosen), caller(), now())
        way_on = local_path(request.form.get("next", "")) or "/"
        return sessions.set_cookie(_redirect(way_on), token)
    groups = queries.group_example_people(reading(), today())
    way_on = local_path(request.args.get("next", ""))
    return render_template("accounts/example.html", groups=groups, next=way_on)


@blueprint.post("/sign-out")
@access.public
def sign_out() -> Answer:
    """Sign this browser out; also when the session has ended meanwhile."""
    token, me = request.cookies.get(sessions.cookie_name(), ""), actor().person_id
    if me is not None:
        run_as_is(signing_in.sign_out, token, me, now())
    session.clear()
    flash("You are signed out.")
    return sessions.clear_cookie(_redirect(url_for("accounts.sign_in")))


def caller() -> signing_in.Caller:
    """Network address and browser of this request."""
    return signing_in.Caller(request.remote_addr or "unknown", device_words(request.user_agent.string))


def device_words(agent: str) -> str:
    """The browser and the system in words, as far as the browser says."""
    browsers_known = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    )
    browser = next((words for mark, words in browsers_known if mark in agent), "A browser")
    system = next((words for mark, words in systems if mark in agent), "")
    return f"{browser} on {system}" if system else browser


def local_path(text: str) -> str:
    """A path of this service, or nothing: `next` never leads anywhere else."""
    parts = urlsplit(text)
    is_ours = text.startswith("/") and not text.startswith("//") and not parts.scheme and not parts.netloc
    is_plain = "\\" not in text and text.isprintable() and len(text) <= 2000
    return text if is_ours and is_plain and not parts.path.startswith("/sign-in") else ""


def pending_secret() -> str:
    """The secret that is being set up: drawn once, kept in this browser's signed cookie until a code proves it."""
    if "totp_secret" not in session:
        session["totp_secret"] = second_factor.new_secret()
    return str(session["totp_secret"])


def set_up_page(template: str, form: AuthenticatorForm, email: str, secret: str) -> Answer:
    """The page with the picture and the secret in letters."""
    svg = second_factor.picture(secret, email, current_app.config["SERVICE_NAME"])
    facts = {"picture": Markup(svg), "secret": second_factor.spelled(secret)}  # noqa: S704 - drawn by segno, no typed text  # nosec B704
    return render_template(template, form=form, **facts), 422 if form.errors else 200


def _pending() -> dict[str, Any] | None:
    pending = session.get("pending")
    if not pending or now() - datetime.fromisoformat(pending["at"]) > PENDING:
        return None
    return dict(pending)


def _account_at(proof: str) -> queries.Account | None:
    """The account that is signing in, if this proof is the one that is wanted now."""
    pending = _pending()
    if pending is None or not pending["proofs"]:
        return None
    account = queries.get_account(reading(), pending["email"], today())
    if account is None or account.authority != pending.get("authority"):
        return None
    return account if account.next_proof(pending["proofs"]) == proof else None


def _as_it_is_now(email: str) -> queries.Account | None:
    """The account after a write of this request: what the request read before is an older picture."""
    reading().rollback()
    return queries.get_account(reading(), email, today())


def _start_again() -> BaseResponse:
    session.pop("pending", None)
    flash("Signing in took too long, or was begun in another window. Please start again.", "notice")
    return redirect(url_for("accounts.sign_in"), 303)


def _proved(account: queries.Account | None, proof: str, words: str) -> BaseResponse:
    """One more proof is there: on to the next, or in."""
    pending = _pending()
    if pending is None or account is None:
        return _start_again()
    proofs = [*pending["proofs"], proof]
    by = ", ".join(filter(None, (pending.get("by"), words)))
    pending |= {"proofs": proofs, "by": by, "authority": pending.get("authority", account.authority)}
    session["pending"] = pending
    wanted = account.next_proof(proofs)
    if wanted:
        return redirect(url_for(PAGES[wanted]), 303)
    return _let_in(account, pending)


def _let_in(account: queries.Account, pending: dict[str, Any]) -> BaseResponse:
    token = run_as_is(signing_in.sign_in, account.email, pending["authority"], pending["by"], caller(), now())
    session.pop("pending", None)
    if before := request.cookies.get(sessions.cookie_name()):
        run_as_is(sessions.end, before)  # one browser, one session: the new one takes its place
    response = sessions.set_cookie(_redirect(pending["next"] or "/"), token)
    if pending.get("remember"):
        device = run_as_is(signing_in.remember_device, account.person_id, caller(), now())
        _set_device_cookie(response, device)
    return response


def _redirect(path: str) -> Response:
    return make_response(redirect(path, 303))


def _device_cookie() -> str:
    return "__Host-device" if current_app.config["IS_HTTPS"] else "device"


def _set_device_cookie(response: Response, token: str) -> None:
    seconds = int(browsers.REMEMBERED.total_seconds())
    secure = bool(current_app.config["IS_HTTPS"])
    response.set_cookie(
        _device_cookie(), token, max_age=seconds, httponly=True, samesite="Lax", path="/", secure=secure
    )


def _is_remembered(account: queries.Account) -> bool:
    person = queries.get_person(reading(), account.person_id)
    return browsers.is_remembered(reading(), person, request.cookies.get(_device_cookie(), ""), now())


def house() -> str:
    """The names of the council and of the service: no password is made of them."""
    return f"{current_app.config['ORGANISATION_NAME']} {current_app.config['SERVICE_NAME']}"


def pepper() -> str:
    """The secret of this installation that is not in its database."""
    return str(current_app.config["SECRET_KEY"])
