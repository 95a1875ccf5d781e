"""First pages of every role, search, Ask, help, accessibility in a real browser: axe, 320 and 1280 px, no scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.support.browser import OpenPage
from tests.support.looking import look_at
from tests.support.server import LiveServer

ROLES = (
    "Payment by Results Project Lead",
    "Finance Business Partner",
    "Assistant Director of Children’s Services",
    "Democratic Services Officer",
    "Lead Member for Children",
    "Director of Children’s Services",
    "Internal Auditor",
    "System Administrator",
)


@pytest.fixture
def visit(example_app: Flask, live_server: LiveServer, open_page: OpenPage) -> Callable[..., Page]:
    """`visit("Finance Manager", 320)`: the first page of somebody who has just signed in."""
    base = live_server(example_app)

    def sign_in(name: str, width: int = 1280, *, javascript: bool = True) -> Page:
        page = open_page(width, javascript=javascript)
        page.goto(f"{base}/sign-in/example")
        page.get_by_role("button", name=f"Sign in as {name}", exact=True).click()
        expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
        return page

    return sign_in


def test_first_pages_of_all_roles(visit: Callable[..., Page]) -> None:
    for role in ROLES:
        page = visit(role)
        look_at(page, role)
        page.context.close()


def test_search_ask_help_accessibility(visit: Callable[..., Page]) -> None:
    page = visit("Payment by Results Project Lead")
    base = page.url.rstrip("/")
    ask = page.get_by_role("button", name=re.compile("^Ask ")).first.get_attribute("href")
    for path in ("/search", "/search?q=children", "/search?q=nowhereatall", ask, "/help", "/accessibility"):
        page.goto(f"{base}{path}")
        look_at(page, str(path))


def test_search_from_the_first_page_without_scripts(visit: Callable[..., Page]) -> None:
    page = visit("Lead Member for Children", 320, javascript=False)
    page.get_by_label("Search reports, decisions, units, cycles and plans").fill("sub-group")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_role("link", name="Commissioning Strategy: Update").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Commissioning Strategy: Update")
