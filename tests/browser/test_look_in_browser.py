"""The look in a browser: axe, no sideways scroll at 320 px, nothing against the content security policy."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from tests.gallery.look_app import ERRORS, make_app
from tests.support.browser import HEIGHT, WIDTHS, OpenPage, sideways_scroll
from tests.support.looking import keep

AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
}
PAGES = ["/", "/work", "/form", *(f"/error/{code}" for code in ERRORS)]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, make_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)


def check(page: Page, name: str) -> None:
    """At all widths: nothing against axe, no sideways scroll; a picture where wanted. Leaves the page narrow."""
    for width in WIDTHS[::-1]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        keep(page, f"look-{name}-{width}")
        found = Axe().run(page, options=AXE).response["violations"]
        told = [(v["id"], [node["html"][:200] for node in v["nodes"]]) for v in found]
        assert told == []
        wider = sideways_scroll(page)
        assert wider == 0, f"sideways scroll of {wider} px at {width} px"


@pytest.mark.parametrize("path", PAGES)
def test_pages(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    check(page, path.strip("/").replace("/", "-") or "home")


def test_form_with_errors(page: Page, address: str) -> None:
    """The title begins with "Error: ", summary words equal field words, links land, words are kept."""
    page.goto(address + "/form")
    page.fill("#due-day", "31")
    page.fill("#due-month", "2")
    page.fill("#due-year", "2012")
    page.fill("#amount", "12.345")
    page.fill("#body", "  \n first line\n" + "x" * 210)
    page.get_by_role("button", name="Save recommendation").click()
    check(page, "form-errors")
    assert page.title().startswith("Error: ")
    links = page.locator(".govuk-error-summary__list a")
    assert links.count() >= 8
    for n in range(links.count()):
        link = links.nth(n)
        words, target = link.inner_text(), str(link.get_attribute("href"))
        group = page.locator(".govuk-form-group--error", has=page.locator(target)).last
        assert group.locator("p.govuk-error-message").inner_text().endswith(words)
        link.click()
        assert page.evaluate("document.activeElement.id") == target[1:]
    assert page.input_value("#due-day") == "31"
    assert page.input_value("#amount") == "12.345"
    assert page.input_value("#body") == "  \n first line\n" + "x" * 210


def test_confirmation_takes_the_focus_and_is_one_banner(page: Page, address: str) -> None:
    page.goto(address + "/work")
    banner = page.locator(".govuk-notification-banner")
    assert banner.count() == 1
    assert "submitted to the clerk" in banner.inner_text()


def test_autosave_says_when(page: Page, address: str) -> None:
    page.goto(address + "/form")
    page.fill("#body", "Some words")
    page.get_by_text("Saved at 2:05pm").wait_for(timeout=8000)


def test_autosave_keeps_words_without_connection(page: Page, address: str) -> None:
    """BR: a time-out loses no word. The words come back when the page is opened again, and only if wanted."""
    page.goto(address + "/form")
    page.route("**/autosave", lambda route: route.abort())
    page.fill("#body", "Words that must not be lost")
    page.get_by_text("No connection.").wait_for(timeout=8000)
    check(page, "form-without-connection")
    page.goto(address + "/form")
    assert page.input_value("#body") == ""
    check(page, "form-restore")
    page.get_by_role("button", name="Put them back").click()
    assert page.input_value("#body") == "Words that must not be lost"


def test_signing_out_forgets_kept_words(page: Page, address: str) -> None:
    page.goto(address + "/form")
    page.route("**/autosave", lambda route: route.abort())
    page.fill("#body", "Private words")
    page.get_by_text("No connection.").wait_for(timeout=8000)
    assert "Private words" in page.evaluate("JSON.stringify(localStorage)")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-out")
    page.goto(address + "/work")
    assert page.evaluate("localStorage.length") == 0


def test_second_click_does_nothing(page: Page, address: str) -> None:
    page.goto(address + "/form")
    seen: list[Any] = []
    page.on("request", lambda r: seen.append(r) if r.method == "POST" else None)
    page.evaluate("""() => { const b = [...document.querySelectorAll('button.govuk-button')].at(-1);
        for (let i = 0; i < 3; i++) b.click(); }""")
    page.locator(".govuk-error-summary").wait_for()
    assert len(seen) == 1


def test_without_javascript(open_page: OpenPage, address: str) -> None:
    page = open_page(320, javascript=False)
    page.goto(address + "/form")
    expect(page.get_by_role("link", name="Meetings")).to_be_visible()
    expect(page.get_by_text("You can enter up to 200 characters")).to_be_visible()
    page.get_by_role("button", name="Save recommendation").click()
    expect(page).to_have_title(re.compile("^Error: "))


def test_print_hides_what_paper_cannot_do(page: Page, address: str) -> None:
    page.goto(address + "/")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Withdraw")).to_be_hidden()
    expect(page.get_by_role("search")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
