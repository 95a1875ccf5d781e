"""Signing in: both ways, lockout, codes, where it leads, and that nothing tells who has an account."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Callable

import pyotp
import pytest
from sqlalchemy import func, select, update

from commissioning.accounts import guessable, passwords
from commissioning.accounts.routes import local_path
from commissioning.accounts.second_factor import opened
from commissioning.db import in_transaction
from commissioning.models.cases import Message
from commissioning.models.people import FailedSignIn, Person, Setting, SignInCode, SignInSession
from commissioning.web.database import db
from tests.integration.accounts.conftest import PASSWORD, START, World
from tests.support.databases import ROOT

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def setting(world: World, name: str, value: str) -> None:
    world.write(lambda s: s.add(Setting(name=name, value=value)))


def test_password_then_authenticator(world: World) -> None:
    """The way of officers: two proofs, then the page that was asked for."""
    ann = world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    assert browser.get("/account").headers["Location"] == "/sign-in?next=/account"
    answer = browser.send("/sign-in?next=/account", to="/sign-in", email="Ann@X.uk ", password=PASSWORD)
    assert answer.headers["Location"] == "/sign-in/authenticator"
    assert not browser.is_in()
    answer = browser.send("/sign-in/authenticator", code=pyotp.TOTP(SECRET).at(START))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert browser.is_in()
    assert world.events(ann) == ["person.signed_in"]
    (kept,) = world.ask(select(Person.totp_secret).where(Person.id == ann))
    assert SECRET not in kept, "a secret from before is sealed when it is used"
    assert opened(kept, "k" * 40) == SECRET


def test_a_time_step_is_used_once(world: World) -> None:
    """A code that was seen over a shoulder opens nothing, not even in the next half minute."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    code = pyotp.TOTP(SECRET).at(START)
    first, second = world.client(), world.client()
    for browser, status in ((first, 303), (second, 422)):
        browser.send("/sign-in", email="ann@x.uk", password=PASSWORD)
        world.time.pass_by(seconds=10)
        assert browser.send("/sign-in/authenticator", code=code).status_code == status
    assert (first.is_in(), second.is_in()) == (True, False)


def test_code_by_email(world: World) -> None:
    """The way of members and partners; the code is hashed, works once and leaves no digits behind."""
    world.person("bo@x.uk", password_hash=None)
    browser = world.client()
    answer = browser.send("/sign-in", email="bo@x.uk", by="code")
    assert answer.headers["Location"] == "/sign-in/code"
    code = world.mailed_code()
    (kept,) = world.ask(select(SignInCode.code_hash))
    assert kept.startswith("$argon2id$"), "six digits are kept as a password is: slowly hashed, with a salt"
    assert not passwords.is_code(kept, code), "and not without the secret that the database does not hold"
    assert browser.send("/sign-in/code", code=f"{code[:3]} {code[3:]}").status_code == 303
    assert browser.is_in()
    assert world.ask(select(Message.text)) == [""]
    other = world.client()
    world.write(lambda s: s.execute(update(SignInCode).values(ends_at=START)) and None)
    other.send("/sign-in", email="bo@x.uk", by="code")
    assert other.send("/sign-in/code", code=code).status_code == 422


def test_codes_end_after_ten_minutes(world: World) -> None:
    world.person("bo@x.uk", password_hash=None)
    browser = world.client()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    world.time.pass_by(minutes=10)
    answer = browser.send("/sign-in/code", code=world.mailed_code())
    assert answer.status_code == 422
    assert "more than 10 minutes old" in answer.text


def test_a_newer_code_voids_the_older(world: World) -> None:
    world.person("bo@x.uk", password_hash=None)
    browser = world.client()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    old = world.mailed_code()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    assert world.ask(select(Message.status).order_by(Message.id)) == ["dropped", "queued"]
    new = world.mailed_code()
    if old != new:
        assert browser.send("/sign-in/code", code=old).status_code == 422
    assert browser.send("/sign-in/code", code=new).status_code == 303


def test_five_codes_an_address(world: World) -> None:
    """Nobody's mailbox is filled by somebody else; the words are the same for an address without an account."""
    world.person("bo@x.uk", password_hash=None)
    for email in ("bo@x.uk", "nobody@x.uk"):
        answers = [world.client().send("/sign-in", email=email, by="code") for _ in range(6)]
        assert [a.status_code for a in answers] == [303] * 5 + [422]
    assert world.ask(select(func.count()).select_from(Message)) == [5]


def test_remembered_device(world: World) -> None:
    """Remembered if asked, for 30 days, on that device, until signed out everywhere."""
    bo = world.person("bo@x.uk", password_hash=None)
    browser, stranger = world.client(), world.client()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    browser.send("/sign-in/code", code=world.mailed_code(), remember="yes")
    browser.http.post("/sign-out", data=browser.hidden("/account"))
    assert not browser.is_in()
    assert browser.send("/sign-in", email="bo@x.uk", by="code").headers["Location"] == "/"
    assert browser.is_in()
    assert stranger.send("/sign-in", email="bo@x.uk", by="code").headers["Location"] == "/sign-in/code"
    browser.http.post("/account/sign-out-everywhere", data=browser.hidden("/account"))
    assert browser.send("/sign-in", email="bo@x.uk", by="code").headers["Location"] == "/sign-in/code"
    assert "person.device_remembered" in world.events(bo)


def test_remembered_device_ends(world: World) -> None:
    world.person("bo@x.uk", password_hash=None)
    browser = world.client()
    browser.send("/sign-in", email="bo@x.uk", by="code")
    browser.send("/sign-in/code", code=world.mailed_code(), remember="yes")
    world.time.pass_by(days=30)
    assert browser.send("/sign-in", email="bo@x.uk", by="code").headers["Location"] == "/sign-in/code"


@pytest.mark.parametrize(
    ("role", "value", "ends_at"),
    [
        ("officer", "code", "/"),
        ("officer", "password", "/sign-in/authenticator"),
        ("administrator", "code", "/sign-in/authenticator"),
    ],
)
def test_the_way_is_a_setting_per_role(world: World, role: str, value: str, ends_at: str) -> None:
    """Administrators have a second factor whatever the settings say."""
    world.person("ann@x.uk", role, totp_secret=None if ends_at == "/" else SECRET)
    setting(world, f"sign_in.{role}", value)
    browser = world.client()
    browser.send("/sign-in", email="ann@x.uk", by="code")
    assert browser.send("/sign-in/code", code=world.mailed_code()).headers["Location"] == ends_at


def test_first_sign_in_of_an_administrator(world: World) -> None:
    """Code by email, then a password, then the app; only then in."""
    ann = world.person("ann@x.uk", "administrator", password_hash=None)
    browser = world.client()
    browser.send("/sign-in?next=/account", to="/sign-in", email="ann@x.uk", by="code", next="/account")
    assert browser.send("/sign-in/code", code=world.mailed_code()).headers["Location"] == "/sign-in/password"
    assert browser.get("/sign-in/set-up").headers["Location"] == "/sign-in"
    browser.send("/sign-in?next=/account", to="/sign-in", email="ann@x.uk", by="code", next="/account")
    browser.send("/sign-in/code", code=world.mailed_code())
    answer = browser.send("/sign-in/password", new_password=PASSWORD, again=PASSWORD)
    assert answer.headers["Location"] == "/sign-in/set-up"
    page = browser.get("/sign-in/set-up").text
    secret = page.split('app-secret">')[1].split("<")[0].replace(" ", "")
    assert re.search(r'<svg[^>]* viewBox="0 0 \d+ \d+"', page), "it can be drawn at any size without being cut off"
    assert not browser.is_in()
    answer = browser.send("/sign-in/set-up", code=pyotp.TOTP(secret).at(world.time.at))
    assert answer.headers["Location"] == "/account"
    assert world.events(ann) == ["person.password_changed", "person.second_factor_set", "person.signed_in"]
    (kept,) = world.ask(select(Person.totp_secret))
    assert secret not in kept
    assert (opened(kept, "k" * 40), opened(kept, "another key")) == (secret, None)


def test_a_forgotten_password_still_wants_the_app(world: World) -> None:
    """The mailbox alone is not enough for who has a second factor."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.send("/sign-in", email="ann@x.uk", by="code")
    answer = browser.send("/sign-in/code", code=world.mailed_code())
    assert answer.headers["Location"] == "/sign-in/authenticator"
    answer = browser.send("/sign-in/authenticator", code=pyotp.TOTP(SECRET).at(START))
    assert answer.headers["Location"] == "/sign-in/password"
    answer = browser.send("/sign-in/password", new_password="another heron lantern", again="another heron lantern")
    assert answer.headers["Location"] == "/"
    assert browser.is_in()


@pytest.mark.parametrize("email", ["ann@x.uk", "nobody@x.uk", "gone@x.uk"])
def test_no_answer_tells_who_has_an_account(world: World, email: str) -> None:
    """Wrong password, locked, code asked, wrong code: the same status and words for all three."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    world.person("gone@x.uk", "officer", is_active=False)
    browser = world.client()
    answers = [browser.send("/sign-in", email=email, password="not the password") for _ in range(6)]
    assert ["too many wrong tries" in a.text for a in answers] == [False] * 5 + [True]
    assert all("The email address or the password is not right" in a.text for a in answers[:5])
    assert all(email in a.text for a in answers), "what was typed is kept"
    assert all("not the password" not in a.text for a in answers), "but never a password"
    world.time.pass_by(minutes=16)
    assert browser.send("/sign-in", email=email, by="code").headers["Location"] == "/sign-in/code"
    assert f"If {email} has an account here" in browser.get("/sign-in/code").text
    answer = browser.send("/sign-in/code", code="000000")
    assert (answer.status_code, "The code is not right" in answer.text) == (422, True)


def test_lockout_holds_against_the_right_password_and_ends(world: World) -> None:
    ann = world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    for _ in range(5):
        browser.send("/sign-in", email="ann@x.uk", password="wrong wrong wrong")
    assert browser.send("/sign-in", email="ann@x.uk", password=PASSWORD).status_code == 422
    assert world.events(ann) == ["person.sign_in_failed"] * 5 + ["person.locked_out"]
    world.time.pass_by(minutes=15)
    assert browser.send("/sign-in", email="ann@x.uk", password=PASSWORD).status_code == 303


def test_wrong_authenticator_codes_lock_too(world: World) -> None:
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.send("/sign-in", email="ann@x.uk", password=PASSWORD)
    answers = [browser.send("/sign-in/authenticator", code="000000") for _ in range(6)]
    assert ["too many wrong tries" in a.text for a in answers] == [False] * 5 + [True]
    right = pyotp.TOTP(SECRET).at(world.time.at)
    assert browser.send("/sign-in/authenticator", code=right).status_code == 422


def test_lockout_of_an_address(world: World) -> None:
    """Many accounts tried from one address: the address waits."""
    setting(world, "tries.address", "10")
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    for n in range(10):
        browser.send("/sign-in", email=f"p{n}@x.uk", password="wrong wrong wrong")
    assert browser.send("/sign-in", email="ann@x.uk", password=PASSWORD).status_code == 422
    assert "ann" not in str(world.ask(select(FailedSignIn.subject)))


def test_tries_at_the_same_moment_are_all_counted(world: World) -> None:
    """Twelve rivals with wrong passwords at once: no more than five are compared, the rest are refused."""
    from commissioning.accounts.signing_in import WRONG_PASSWORD, Caller, try_password

    world.person("ann@x.uk", "officer")
    said: list[str | None] = []

    def attempt() -> None:
        with world.app.app_context():
            said.append(in_transaction(db.engine, try_password, "ann@x.uk", False, None, Caller("127.0.0.1"), START))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(said), said.count(WRONG_PASSWORD)) == (12, 5)


def test_every_session_ends_with_the_password(world: World) -> None:
    """Quality, Security: on the next request, on every node; the browser that changed it stays in."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    here, there = world.client(), world.client()
    here.sign_in("ann@x.uk", SECRET)
    there.sign_in("ann@x.uk", SECRET)
    assert there.is_in()
    new = "gravel heron lantern"
    answer = here.send("/account/password", present=PASSWORD, new_password=new, again=new)
    assert answer.status_code == 303
    assert (here.is_in(), there.is_in()) == (True, False)
    assert len(world.ask(select(SignInSession.id))) == 1


def test_sessions_end_by_themselves(world: World) -> None:
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("ann@x.uk", SECRET)
    world.time.pass_by(minutes=119)
    assert browser.is_in()
    world.time.pass_by(minutes=121)
    assert not browser.is_in()


def test_signing_out(world: World) -> None:
    """A POST with its token; a GET does nothing; twice does no harm."""
    ann = world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("ann@x.uk", SECRET)
    assert browser.get("/sign-out").status_code == 405
    assert browser.http.post("/sign-out").status_code == 400
    assert browser.is_in()
    for _ in range(2):
        assert browser.http.post("/sign-out", data=browser.hidden("/sign-in/code")).status_code in {303, 400}
    page = browser.hidden("/account")
    browser.http.post("/sign-out", data=page)
    assert not browser.is_in()
    assert world.events(ann)[-1] == "person.signed_out"


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("ann@x.uk", SECRET)
    first = world.ask(select(SignInSession.token_hash))
    world.time.pass_by(hours=3)  # idle: the page asks anew
    browser.sign_in("ann@x.uk", SECRET)
    second = world.ask(select(SignInSession.token_hash))
    assert browser.is_in()
    assert (len(second), set(first) & set(second)) == (1, set())


def test_no_get_signs_in_or_writes(world: World) -> None:
    """Mail scanners open links first."""
    world.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = world.client()
    paths = ("", "/code", "/authenticator", "/password", "/set-up", "/example")
    for path in paths:
        browser.get(f"/sign-in{path}?email=ann@x.uk&password={PASSWORD}&code=123456")
    assert not browser.is_in()
    assert world.ask(select(SignInSession.id)) + world.ask(select(FailedSignIn.id)) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/reports/7?part=2", "/reports/7?part=2"),
        ("//evil.example/x", ""),
        ("https://evil.example/", ""),
        ("/\\evil.example", ""),
        ("\\\\evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/a\r\nSet-Cookie: x=1", ""),
        ("reports", ""),
        ("/sign-in?next=/x", ""),
        ("", ""),
    ],
)
def test_next_is_a_path_of_ours(text: str, kept: str) -> None:
    assert local_path(text) == kept


def test_the_session_cookie(world: World, make_world: Callable[..., World]) -> None:
    """HttpOnly, SameSite; `__Host-` and Secure over https; the table holds no token."""
    safe = make_world(base_url="https://council.example")
    safe.person("ann@x.uk", "officer", totp_secret=SECRET)
    browser = safe.client()
    page = browser.http.get("/sign-in", base_url="https://localhost").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"csrf_token": token, "idempotency_key": "k" * 32, "email": "ann@x.uk", "password": PASSWORD}
    headers = {"Referer": "https://localhost/sign-in"}
    browser.http.post("/sign-in", data=data, base_url="https://localhost", headers=headers)
    data["code"] = pyotp.TOTP(SECRET).at(START)
    answer = browser.http.post("/sign-in/authenticator", data=data, base_url="https://localhost", headers=headers)
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-session_id="))
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"))
    assert cookie.split("=")[1].split(";")[0] not in str(world.ask(select(SignInSession.token_hash)))


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12 characters"),
        ("aaaaaaaaaaaaaaaa", "repeat"),
        ("Password123456"[:12], "your name"),
        ("ann.archer1234", "your name"),
        ("x" * 300, "200 characters"),
        *(
            (guess, "many people use")
            for guess in (
                *(
                    "qwerty123456",
                    "1qaz2wsx3edc4rfv",
                    "q1w2e3r4t5y6",
                    "123456789abc",
                    "iloveyou2024!",
                    "P@ssw0rd2025!!",
                ),
                *("christopher1", "manchesterunited", "LetMeIn-12345", "welcome1welcome1", "Durham County Council 1"),
                *("07700 900 123 456", "monday.tuesday.1", "qwertyytrewq", "sunshine&rainbow"),
            )
        ),
        *((own, None) for own in ("heron lantern gravel", "xk7 plumtree vq", "gyhf9vjwk2mz", "my goat eats tulips")),
    ],
)
def test_what_a_password_must_be(password: str, words: str | None) -> None:
    wrong = passwords.why_not_password(password, "ann.archer@x.uk", "Ann Archer", "Durham County Council")
    assert (wrong is None) if words is None else (wrong is not None and words in wrong)


def test_the_rule_against_guesses_covers_more_than_any_list() -> None:
    """Sixty words that people like, each with a hundred endings that they like: all refused, no list kept of them."""
    liked = sorted(guessable._LIKED)[::5]
    endings = [
        *(f"{year}!!!" for year in range(1960, 2030)),
        "123456789",
        "!!!!!!!!",
        "qwertyui",
        "-password",
        ".2024.2024",
    ]
    tried = [
        word.capitalize() + ending for word in liked for ending in endings if len(word + ending) >= passwords.LEAST
    ]
    assert len(tried) > 3000
    assert [t for t in tried if passwords.why_not_password(t, "a@b.uk", "Ann") is None] == []


def test_bad_input_names_the_field(world: World) -> None:
    """422, the field named, the address kept, no 500."""
    browser = world.client()
    for fields, words in (
        ({"email": "", "password": "x"}, "Enter an email address"),
        ({"email": "no address", "password": "x"}, "correct format"),
        ({"email": "a@x.uk", "password": ""}, "Enter your password"),
        ({"email": "a@x.uk", "password": "x" * 5000}, "200 characters or fewer"),
        ({"email": "a@x.uk\x00", "password": "x"}, "cannot be stored"),
    ):
        answer = browser.send("/sign-in", **fields)
        assert (answer.status_code, words in answer.text, "<title>Error: " in answer.text) == (422, True, True), fields
    browser.send("/sign-in", email="a@x.uk", by="code")
    answer = browser.send("/sign-in/code", code="12x")
    assert (answer.status_code, "The code must be 6 digits" in answer.text) == (422, True)


def test_a_time_out_loses_no_word(world: World) -> None:
    """What a signed-out browser sends is shown again (401), with the way back; passwords are not."""
    browser = world.client()
    data = browser.hidden("/sign-in") | {"text": "A long <b>thought</b>", "new_password": "hush-hush-hush"}
    answer = browser.http.post("/account/details", data=data, headers={"Referer": "http://localhost/account/details"})
    assert answer.status_code == 401
    assert "A long &lt;b&gt;thought&lt;/b&gt;" in answer.text
    assert 'href="/sign-in?next=/account/details"' in answer.text
    assert "hush-hush-hush" not in answer.text


def test_passwords_are_hashed_at_full_cost() -> None:
    """In a process of its own, as the service runs: argon2id as the library has it now (RFC 9106, low memory)."""
    told = subprocess.run(
        [sys.executable, "-c", "from commissioning.accounts.passwords import hash_password as h; print(h('x' * 12))"],
        check=True, capture_output=True, text=True, cwd=ROOT,
    ).stdout  # fmt: skip
    assert told.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
