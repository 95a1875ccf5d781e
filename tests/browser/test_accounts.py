"""Signing in and administration in a browser: by app, code, one click, by keyboard alone, without a script; axe."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pyotp
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import clock, create_app
from commissioning.accounts.passwords import hash_password
from commissioning.db import in_transaction
from commissioning.models.cases import Message
from commissioning.models.people import ClosedDay, Deputy, Grant, Person, Post, PostHolding
from commissioning.web.database import db
from config import load_settings
from tests.support.browser import OpenPage
from tests.support.databases import FreshDatabase
from tests.support.looking import look_at
from tests.support.server import LiveServer

PASSWORD = "heron lantern gravel"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Site:
    """A running service with a few people."""

    def __init__(self, address: str, outbox: Callable[[], str]) -> None:
        self.address, self.newest_code = address, outbox


@pytest.fixture
def make_site(fresh_database: FreshDatabase, live_server: LiveServer) -> Callable[..., Site]:
    """`make_site(demo=True)`: a service on a fresh database."""

    def make(demo: bool = False) -> Site:
        app = create_app(load_settings(database_url=fresh_database("sqlite"), secret_key="k" * 40, demo=demo))
        with app.app_context():
            in_transaction(db.engine, people, demo)

        def newest() -> str:
            with app.app_context():
                query = select(Message.text).where(Message.about == "sign_in_code").order_by(Message.id.desc())
                texts = in_transaction(db.engine, lambda session: list(session.execute(query).scalars()))
            return re.findall(r"[0-9]{6}", texts[0])[0]

        return Site(live_server(app), newest)

    return make


def people(session: Session, demo: bool) -> None:
    """Ada administers, Ann writes, Bo is a member; a post and a closed day."""
    now, today = clock.now(), date(2026, 1, 1)
    ada = Person(name="Ada Okafor", email="ada@x.uk", job_title="Head of Democratic Services")
    ann = Person(name="Ann Archer", email="ann@x.uk", job_title="Commissioning officer for a long-named service")
    bo = Person(name="Bo Berg", email="bo@x.uk")
    for person in (ada, ann, bo):
        person.is_example, person.created_at = demo, now
        if person is not bo:
            person.password_hash, person.totp_secret = hash_password(PASSWORD), SECRET
    post = Post(code="legal-team", name="Legal team", kind="team", speciality="legal", standard_wording="Noted.")
    session.add_all([ada, ann, bo, post])
    session.flush()
    session.add_all(
        [
            Grant(person_id=ada.id, role="administrator", from_on=today),
            Grant(person_id=ann.id, role="officer", from_on=today),
            PostHolding(post_id=post.id, person_id=ann.id, from_on=today),
            Deputy(person_id=ann.id, deputy_id=ada.id, from_on=today, to_on=date(2199, 1, 1), reason="annual leave"),
            ClosedDay(on_day=date(2199, 12, 24), name="Christmas closure"),
        ]
    )


def by_app(page: Page, site: Site, email: str, path: str = "/account") -> None:
    """Sign in with password and app."""
    page.goto(site.address + path)
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(pyotp.TOTP(SECRET).at(clock.now()))
    page.get_by_role("button", name="Sign in").click()


def test_in_front_of_the_door(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """Sign-in, its errors, the code by email and its errors, lockout; each looked at."""
    site, page = make_site(), open_page()
    page.goto(site.address + "/account")
    look_at(page, "sign-in")
    page.get_by_label("Email address").fill("bo@x.uk")
    page.get_by_role("button", name="Sign in").click()
    look_at(page, "sign-in-error")
    page.get_by_role("link", name="Enter your password").click()
    assert page.evaluate("document.activeElement.id") == "password"
    page.get_by_role("button", name="Send me a code").click()
    look_at(page, "code")
    for _ in range(5):
        page.get_by_label("Code", exact=True).fill("000000")
        page.get_by_role("button", name="Sign in").click()
    look_at(page, "code-error")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("body")).to_contain_text("too many wrong tries")
    look_at(page, "locked")


def test_by_code_then_ones_own_account(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """A member: code by email, device remembered, back without a code; deputy, token, details, app."""
    site, page = make_site(), open_page()
    page.goto(site.address + "/account")
    page.get_by_label("Email address").fill("bo@x.uk")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).fill(site.newest_code())
    page.get_by_label("Do not ask for a code").check()
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(site.address + "/account")
    look_at(page, "account-empty")
    page.get_by_role("link", name="Name a deputy").click()
    page.get_by_role("button", name="Name deputy").click()
    look_at(page, "deputy-error")
    page.get_by_label("Deputy").select_option(label="Ada Okafor, Head of Democratic Services")
    for legend in ("First day", "Last day"):
        for box, value in (("Day", "1"), ("Month", "12"), ("Year", "2199")):
            page.get_by_role("group", name=legend).get_by_label(box).fill(value)
    page.get_by_role("button", name="Name deputy").click()
    page.get_by_role("link", name="Make a token").click()
    look_at(page, "token")
    page.goto(site.address + "/account/second-factor")
    look_at(page, "second-factor")
    page.goto(site.address + "/account/details")
    look_at(page, "details")
    page.goto(site.address + "/account")
    look_at(page, "account")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    look_at(page, "signed-out")
    page.get_by_label("Email address").fill("bo@x.uk")
    page.get_by_role("button", name="Send me a code").click()
    page.goto(site.address + "/account")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_administration(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """A person made, with a role, by its forms. (Every page for administrators: `test_every_page`.)"""
    site, page = make_site(), open_page()
    by_app(page, site, "ada@x.uk", "/admin")
    page.goto(site.address + "/admin/people/new")
    page.get_by_role("button", name="Save").click()
    look_at(page, "admin-person-error")
    page.get_by_label("Name").fill("Cy Clark")
    page.get_by_label("Email address").fill("cy@x.uk")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Grant a role").click()
    page.get_by_label("Auditor").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("whole organisation")).to_be_visible()
    look_at(page, "admin-person-made")


def test_one_click_in_the_example_council(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    site, page = make_site(demo=True), open_page()
    page.goto(site.address + "/account")
    look_at(page, "sign-in-demo")
    page.get_by_role("link", name="Choose a person").click()
    look_at(page, "example")
    page.get_by_role("button", name="Sign in as Ann Archer").click()
    expect(page).to_have_url(site.address + "/account")


def test_by_keyboard_alone(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """Tab, type, Enter: from the address to the account, and out again; nothing is trapped."""
    site, page = make_site(), open_page()
    page.goto(site.address + "/account")

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if (
                page.evaluate("(document.activeElement.labels?.[0] || document.activeElement).textContent.trim()")
                == name
            ):
                return
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("Email address")
    page.keyboard.type("ann@x.uk")
    tab_to("Password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/authenticator")
    tab_to("Code")
    page.keyboard.type(pyotp.TOTP(SECRET).at(clock.now()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account")
    tab_to("Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")


def test_without_a_script(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """The whole way in by app, and one's password changed."""
    site, page = make_site(), open_page(320, javascript=False)
    by_app(page, site, "ann@x.uk")
    page.goto(site.address + "/account/password")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("gravel heron lantern")
    page.get_by_label("New password again").fill("gravel heron lantern")
    page.get_by_role("button", name="Change password").click()
    expect(page.locator("body")).to_contain_text("Your password is changed")


def test_words_typed_before_a_time_out_come_back(make_site: Callable[..., Site], open_page: OpenPage) -> None:
    """Interface, Signing in: shown when sent signed out, put back after signing in again."""
    site, page = make_site(), open_page()
    by_app(page, site, "ada@x.uk", "/admin/posts/new")
    page.get_by_label("Standard wording").fill("A long thought that took an hour.")
    page.context.clear_cookies(name="session_id")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(page.locator("body")).to_contain_text("A long thought that took an hour.")
    look_at(page, "timed-out")
    page.get_by_role("button", name="Sign in and go back").click()
    page.get_by_label("Email address").fill("bo@x.uk")
    expect(page.get_by_label("Email address")).to_be_visible()
    expect(page.locator("[name=next]")).to_have_value("/admin/posts/new")
