"""Every page of the URL map in a real browser: axe, no sideways scroll at 320 px, a title, a quiet console.

quality.md, "Accessibility and use". The pages are generated from the URL map (`tests.support.every_page`), each read
by somebody of the example council who may. Steps in the middle of signing in are in test_accounts.py.
"""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import Engine, select, update

from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from tests.support.browser import OpenPage, accessibility_faults, sideways_scroll
from tests.support.council import make_council
from tests.support.databases import FreshDatabase
from tests.support.every_page import Finder
from tests.support.example_council import SignIn
from tests.support.pages import site_of
from tests.support.server import LiveServer

MAIN = ("/", "/reports", "/reports/new", "/actions", "/decisions", "/meetings", "/boards", "/sign-offs", "/audit")
FORMS = {
    "/reports/new": "Commissioning Manager",
    "/actions/new": "Partnership Clerk",
    "/meetings/new": "Partnership Clerk",
    "/boards/new": "System Administrator",
    "/admin/people/new": "System Administrator",
    "/admin/posts/new": "System Administrator",
    "/account/tokens/new": "Commissioning Manager",
    "/account/deputies/new": "Commissioning Manager",
}
"""Forms that refuse to be sent empty, and who may send them."""
_CUT_OFF = """() => [...document.querySelectorAll('main h1, main h2, main p, main dd, main li')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'hidden'
        && !e.closest('.govuk-visually-hidden') && !e.matches('.govuk-visually-hidden'))
    .map(e => e.outerHTML.slice(0, 120))"""


class Readers:
    """Watched pages of signed-in people, one for each person and width."""

    def __init__(self, finder: Finder, base: str, open_page: OpenPage) -> None:
        self.finder, self.base, self._open = finder, base, open_page
        self._pages: dict[tuple[str | None, int], Page] = {}

    def page(self, who: str | None, width: int) -> Page:
        """The page of somebody, made when first asked for."""
        if (who, width) not in self._pages:
            page = self._open(width)
            cookie = self.finder.client(who).get_cookie("session_id")
            if cookie is not None:
                page.context.add_cookies([{"name": "session_id", "value": cookie.value, "url": self.base}])
            self._pages[who, width] = page
        return self._pages[who, width]

    def faults(self, path: str, who: str | None, width: int) -> list[str]:
        """Open a page; what is wrong with it."""
        page = self.page(who, width)
        page.goto(self.base + path)
        return [f"{path} at {width} px as {who}: {fault}" for fault in faults_of(page)]


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page that is open."""
    found = accessibility_faults(page)
    wider = sideways_scroll(page)
    if wider:
        found.append(f"scrolls sideways by {wider} px")
    if not page.title().strip() or page.locator("h1").count() != 1:
        found.append(f"title {page.title()!r} and {page.locator('h1').count()} headings of the first level")
    return found + [f"cut off: {text}" for text in page.evaluate(_CUT_OFF)]


@pytest.fixture
def readers(example_app: Flask, sign_in: SignIn, live_server: LiveServer, open_page: OpenPage) -> Readers:
    finder = Finder(example_app, sign_in)
    return Readers(finder, live_server(example_app), open_page)


def test_every_page_of_the_url_map_is_accessible_at_320_and_main_ones_at_1280(readers: Readers) -> None:
    pages = readers.finder.every_page()
    assert len(pages) > 60, len(pages)
    faults = [fault for found in pages for fault in readers.faults(found.path, found.who, 320)]
    for found in pages:
        if found.path in MAIN or found.endpoint in ("reports.report", "meetings.meeting"):
            faults += readers.faults(found.path, found.who, 1280)
    assert not faults, "\n".join(faults)


def test_an_empty_form_says_what_is_missing_and_leads_there(readers: Readers) -> None:
    faults: list[str] = []
    for path, who in FORMS.items():
        page = readers.page(who, 320)
        page.goto(readers.base + path)
        page.locator("main form[method=post]").first.evaluate("form => { form.noValidate = true }")
        page.locator("main form[method=post] button[type=submit]").last.click()
        links = page.locator(".govuk-error-summary__list a")
        if not page.title().startswith("Error: ") or not links.count():
            faults.append(f"{path}: title {page.title()!r}, {links.count()} links in a summary")
            continue
        faults += [f"{path} empty: {fault}" for fault in faults_of(page)]
        for link in links.all():
            link.click()
            lands = page.evaluate("document.activeElement.matches('input, select, textarea')")
            said = page.locator(f".govuk-error-message:has-text({link.inner_text().strip()!r})").count()
            if not lands or not said:
                faults.append(f"{path}: {link.inner_text()!r} lands on a field: {lands}; said there: {said}")
    assert not faults, "\n".join(faults)


def test_pages_that_are_not_there_are_accessible(readers: Readers) -> None:
    """What does not exist, and what this person may not know of, look the same."""
    faults = []
    for status, path in ((404, "/reports/1"), (404, "/no/such/page"), (404, "/admin")):
        assert readers.finder.client("Commissioning Manager").get(path).status_code == status, path
        for width in (320, 1280):
            faults += readers.faults(path, "Commissioning Manager", width)
    assert not faults, "\n".join(faults)


def test_long_titles_without_a_space_break_nothing(readers: Readers, council: Engine) -> None:
    in_transaction(council, lambda s: s.execute(update(Case).values(title="Unbrechbar" * 30)))
    faults = []
    with reading(council) as session:
        report = session.scalars(select(Case.id).where(Case.kind == "report", Case.state == "published")).first()
        meeting = session.scalars(select(Meeting.case_id).order_by(Meeting.meeting_on)).first()
    for path in (
        *MAIN[:2],
        *MAIN[3:8],
        f"/reports/{report}",
        f"/reports/{report}/preview",
        f"/meetings/{meeting}",
        "/search?q=the",
    ):
        assert readers.finder.client("Partnership Clerk").get(path).status_code == 200, path
        faults += readers.faults(path, "Partnership Clerk", 320)
    assert not faults, "\n".join(faults)


def test_a_council_with_nobody_but_its_people_has_empty_pages(
    fresh_database: FreshDatabase, live_server: LiveServer, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database("sqlite")
    engine = make_engine(url)
    council = make_council(engine)
    faults = []
    with site_of(council, url, monkeypatch) as site:
        base = live_server(site.app)
        page = open_page(320)
        page.context.add_cookies([{"name": "session_id", "value": site.token("admin"), "url": base}])
        for path in (*MAIN[:2], *MAIN[3:8], "/search?q=nothing", "/reminders"):
            assert page.goto(base + path).status == 200, path  # type: ignore[union-attr]
            faults += [f"{path} empty: {fault}" for fault in faults_of(page)]
    engine.dispose()
    assert not faults, "\n".join(faults)
