"""Author's and signer's pages in a real browser: by keyboard, without JavaScript, at 320 and 1280 px, with axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from commissioning import clock, create_app
from commissioning.accounts.browsers import begin_session
from commissioning.db import make_engine
from commissioning.reports.commands import save_appendix
from config import load_settings
from tests.integration.reports.world import Papers
from tests.support.browser import OpenPage
from tests.support.looking import look_at

Sign = Callable[..., Page]


@pytest.fixture
def papers(fresh_database: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Papers]:
    """The council on SQLite, with the service living in its time."""
    engine = make_engine(fresh_database("sqlite"))
    found = Papers(engine)
    monkeypatch.setattr(clock, "now", lambda: found.council.now)
    yield found
    engine.dispose()


@pytest.fixture
def visit(papers: Papers, live_server: Any, open_page: OpenPage) -> Sign:
    """`visit("author", width=320)`: a page of somebody who is signed in."""
    url = papers.council.engine.url.render_as_string(hide_password=False)
    base = live_server(create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False)))

    def sign_in(who: str, width: int = 1280, *, javascript: bool = True) -> Page:
        page = open_page(width, javascript=javascript)
        person, now = papers.council.people[who], papers.council.now
        token = papers.council.write(lambda s: begin_session(s, person, now))
        context: BrowserContext = page.context
        context.add_cookies([{"name": "session_id", "value": token, "url": base}])
        page.goto(f"{base}/reports")
        return page

    return sign_in


def base(page: Page) -> str:
    """The address of the service."""
    return "/".join(page.url.split("/")[:3])


WRITING = ("recommendations", "appendices")
"""Pages that the long words of this test show; every other one is looked at in `test_every_page`."""


def test_long_words_of_an_author_break_no_page(papers: Papers, visit: Sign) -> None:
    papers.draft()
    papers.ask("word " * 300 + "Unbrechbar" * 12, "choose", options=(("One", True), ("Two", False)))
    papers.council.run("author", save_appendix, papers.report, "Figures", is_illustrative=True)
    page = visit("author")
    section = f"sections/{papers.section('background').id}"
    for path in (f"/{papers.report}/{p}" for p in ("", section, "preview", *WRITING)):
        page.goto(f"{base(page)}/reports{path.rstrip('/')}")
        expect(page.get_by_text("Page not found")).to_have_count(0)
        look_at(page, path)
    page.goto(f"{base(page)}/reports/new")
    page.get_by_role("button", name="Start the report").click()
    expect(page).to_have_title("Error: Start a report – " + page.title().rpartition(" – ")[2])
    look_at(page, "error")


def test_a_signers_pages_in_every_state_are_accessible(papers: Papers, visit: Sign) -> None:
    page = visit("lena")
    page.goto(f"{base(page)}/sign-offs")
    look_at(page, "empty")
    papers.cleared()
    papers.write("legal", "Another power, with a long word: " + "x" * 150)
    page.goto(f"{base(page)}/sign-offs")
    expect(page.locator("td[data-label='Changed since signed']").first).to_be_visible()
    look_at(page, "full")
    page.get_by_role("link", name="Short breaks", exact=True).first.click()
    expect(page.get_by_role("button", name="It still stands")).to_be_visible()
    look_at(page, "stale")
    page.get_by_role("button", name="Record my answer").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose your answer")
    look_at(page, "error")
    clerk = visit("clerk")
    for path in (f"{papers.report}/sign-offs/{papers.sign_off('legal').id}/elsewhere", f"{papers.report}"):
        clerk.goto(f"{base(clerk)}/reports/{path}")
        look_at(clerk, path)
    clerk.goto(f"{base(clerk)}/reports/{papers.report}/sections/{papers.section('legal').id}")
    expect(clerk.get_by_text("not available now")).to_be_visible()
    look_at(clerk, "read only")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_section_by_keyboard_alone(papers: Papers, visit: Sign, javascript: bool) -> None:
    papers.draft()
    page = visit("author", javascript=javascript)
    page.goto(f"{base(page)}/reports/{papers.report}")
    page.get_by_role("link", name="2. Background").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Text")
    box.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(" More words.")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Save":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("Background is saved.")).to_be_visible()
    assert papers.section("background").text.endswith("More words.")


def test_words_are_saved_while_somebody_types(papers: Papers, visit: Sign) -> None:
    papers.draft()
    page = visit("author")
    page.goto(f"{base(page)}/reports/{papers.report}/sections/{papers.section('background').id}")
    page.get_by_label("Text").fill("Typed and left alone.")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved at", timeout=8000)
    assert papers.section("background").text == "Typed and left alone."


@pytest.mark.parametrize("javascript", [True, False])
def test_a_stale_save_shows_both_versions_and_can_be_saved_on_top(
    papers: Papers, visit: Sign, axe: Any, javascript: bool
) -> None:
    papers.draft()
    page = visit("author", 320, javascript=javascript)
    page.goto(f"{base(page)}/reports/{papers.report}/sections/{papers.section('background').id}")
    papers.write("background", "What somebody else wrote.")
    page.get_by_label("Text").fill("What I wrote.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Somebody else saved this while you were writing")).to_be_visible()
    expect(page.locator("#both-versions")).to_contain_text("What somebody else wrote.")
    expect(page.get_by_label("Text")).to_have_value("What I wrote.")
    if javascript:
        axe(page, "stale")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Background is saved.")).to_be_visible()
    assert papers.section("background").text == "What I wrote."


@pytest.mark.parametrize("javascript", [True, False])
def test_from_a_first_draft_to_the_clerk(papers: Papers, visit: Sign, javascript: bool) -> None:
    """LI-01 to LI-04, BR-40, BR-41: author, two signers and the sponsor, each on their own pages."""
    papers.draft()
    author = visit("author", javascript=javascript)
    author.goto(f"{base(author)}/reports/{papers.report}")
    author.get_by_role("button", name="Send for sign-off").or_(
        author.get_by_role("link", name="Send for sign-off")
    ).first.click()
    author.get_by_role("button", name="Send for sign-off").click()
    expect(author.get_by_text("Send for sign-off: done.")).to_be_visible()
    for who, words in (("lena", "There is a power."), ("fin", "It is affordable.")):
        page = visit(who, javascript=javascript)
        page.goto(f"{base(page)}/sign-offs")
        page.get_by_role("button", name="Start with the first").click()
        page.get_by_label("Cleared", exact=True).check()
        page.get_by_label("Your comment").fill(words)
        page.get_by_role("button", name="Record my answer").click()
        expect(page.get_by_text("Your answer is recorded")).to_be_visible()
    sponsor = visit("sponsor", javascript=javascript)
    sponsor.goto(f"{base(sponsor)}/reports/{papers.report}")
    sponsor.get_by_role("button", name="Approve and submit to the clerk").click()
    assert papers.state == "submitted"
    sponsor.goto(f"{base(sponsor)}/reports/{papers.report}/preview?edition=1")
    expect(sponsor.get_by_text("There is a power.")).to_be_visible()
    expect(sponsor.get_by_text("Lena, Legal, 1 October 2026")).to_be_visible()
    expect(sponsor.locator("[id='p-2.1']")).to_contain_text("140 families")
