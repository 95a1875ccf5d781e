"""The main journeys with keys alone at 1280 px, and without scripts at 320 px (issue 2, section 8).

A sign-off with a question; a clerk's agenda; outcomes recorded and confirmed; an action reported and verified; a person
added. Signing in is in tests/browser/test_accounts.py, writing a paper in test_reports_in_browser.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from commissioning import clock
from tests.journeys.hands import Hands, Keyboard
from tests.support.browser import OpenPage
from tests.support.server import LiveServer

PAPER, CARERS = "Payment by Results in Children's Centres", "Foster carers: recruitment campaign"
AUTHOR, EQUALITIES, FINANCE = "Payment by Results Project Lead", "Equalities Officer", "Finance Manager"
SPONSOR, DMT_CLERK, CLERK = (
    "Assistant Director of Children’s Services",
    "Directorate Support Officer",
    "Democratic Services Officer",
)
MEETING_DAY = datetime(2026, 3, 19, 15, 0, tzinfo=UTC)
As = Callable[[str], Hands]


@pytest.fixture(params=["keyboard", "without scripts"])
def as_(request: pytest.FixtureRequest, example_app: Flask, live_server: LiveServer, open_page: OpenPage) -> As:
    """`as_("Finance Manager")`: the hands of somebody who has just signed in."""
    base = live_server(example_app)
    by_keyboard = request.param == "keyboard"

    def sign_in(name: str) -> Hands:
        page = open_page(1280) if by_keyboard else open_page(320, javascript=False)
        page.goto(f"{base}/sign-in/example", wait_until="domcontentloaded")
        page.get_by_role("button", name=f"Sign in as {name}", exact=True).click()
        hands = Keyboard(page) if by_keyboard else Hands(page)
        hands.told("Your work")
        return hands

    return sign_in


def _state(council: Engine, title: str) -> str:
    with council.connect() as connection:
        return str(connection.execute(text("SELECT state FROM cases WHERE title LIKE :t"), {"t": title}).scalar())


def test_a_sign_off_with_a_question(as_: As) -> None:
    signer = as_(EQUALITIES)
    signer.follow(PAPER)
    signer.follow("Equalities Team")
    signer.unfold("Ask a question")
    signer.choose("Who should answer?", AUTHOR)
    signer.type("Question", "Which families are not reached now?")
    signer.press("Send the question")
    signer.told("Your question is sent")
    author = as_(AUTHOR)
    author.told("Which families are not reached now?")
    for answer in ("All families registered.", "Those without a centre within two miles."):  # Finance asked before
        author.follow("Home", "body")
        author.press("Answer", PAPER)
        author.type("Your answer", answer)
        author.press("Send the answer")
        author.told("Your answer is sent")
    signer = as_(EQUALITIES)
    signer.press("Sign off", PAPER)
    signer.told("Those without a centre within two miles.")
    signer.check("Cleared")
    signer.type("Your comment", "Families are chosen by need alone.")
    signer.press("Record my answer")
    signer.told("Your answer is recorded")


def test_a_paper_onto_an_agenda_in_order(as_: As, council: Engine) -> None:
    signer = as_(FINANCE)
    signer.press("Sign again", CARERS)
    signer.press("It still stands")
    sponsor = as_(SPONSOR)
    sponsor.press("Approve and submit to the clerk", CARERS)
    sponsor.told("done")
    clerk = as_(DMT_CLERK)
    clerk.press("Put on the agenda", CARERS)
    clerk.press("Put on the agenda")
    clerk.told("done")
    clerk.follow("Home", "body")
    clerk.follow("Directorate Management Team, Fri 27 Mar 2026")
    clerk.follow("Edit the agenda: order, headings, times, what is to follow")
    clerk.press("Move up", CARERS)
    clerk.told("The order is changed.")
    assert _state(council, CARERS) == "on_agenda"


def test_outcomes_recorded_and_confirmed(as_: As, council: Engine) -> None:
    clock.live_at(MEETING_DAY)
    clerk = as_(CLERK)
    clerk.follow("Cabinet, 19 March 2026")
    clerk.follow("Record attendance")
    for nth in range(4):
        clerk.check("Present", nth)
    clerk.press("Save")
    clerk.press("Record that it was held")
    clerk.told("done")
    for outcome in ("Agreed", "Noted", "Agreed"):  # what is exempt comes last
        clerk.press("Enter the next outcome")
        clerk.check(outcome)
        clerk.type("Reasons", "As the report says.")
        clerk.press("Enter the outcome")
        clerk.told("the outcome was entered")
    clerk.press("Confirm the decisions")
    clerk.press("Confirm the decisions")
    clerk.told("done")
    assert _state(council, "Home to school transport%") == "decided"


def test_an_action_reported_and_verified(as_: As, council: Engine) -> None:
    action = "Develop a workforce development strategy for commissioning."
    owner = as_("HR Manager")
    owner.press("Report it complete", action)
    owner.type("Reason", "The strategy was adopted on 2 March.")
    owner.press("Report it complete")
    owner.told("done")
    clerk = as_("Trust Board Secretary")
    clerk.press("Verify", action)
    clerk.told("done")
    assert _state(council, action) == "verified"


def test_an_administrator_adds_a_person(as_: As) -> None:
    admin = as_("System Administrator")
    admin.follow("Admin", "body")
    admin.follow("People")
    admin.press("Add a person")
    admin.press("Save")
    admin.told("There is a problem")
    admin.type("Name", "Commissioning Officer")
    admin.type("Email address", "officer.new@example.org")
    admin.press("Save")
    admin.follow("Grant a role")
    admin.check("Officer")
    admin.type_day("First day", date(2026, 3, 11))
    admin.press("Save")
    admin.told("Officer, whole organisation")
