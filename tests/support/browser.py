"""A real Chromium for tests, which fails a test on what a person would not notice.

Here: opening pages at the three widths, with and without JavaScript; watching console, policy and network;
axe. Not here: the pages themselves. `open_page(width=320)` gives a page; its faults are gathered in
`page_faults`, and the test fails at its end unless that list is empty.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.support.settling import let_presses_settle, say_when_left

WIDTHS: Final = (320, 768, 1280)
HEIGHT: Final = 900
PATIENCE: Final = 20_000
"""Milliseconds that a test waits for what a person would wait for; several processes share the machine."""
WITHOUT_SCRIPT: Final[WeakSet[Page]] = WeakSet()
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE_OPTIONS: Final[dict[str, Any]] = {
    "resultTypes": ["violations"],
    "preload": False,  # style sheets would be fetched again, for one experimental rule that is off
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},  # off in axe unless asked for
}


class OpenPage(Protocol):
    """Opens a page in a context (cookies, storage) of its own, or in a given one."""

    def __call__(self, width: int = 1280, *, javascript: bool = True, context: BrowserContext | None = None) -> Page:
        """`width` in CSS pixels."""


def browser_path() -> str:
    """Where Chromium is. Raises LookupError, never skips: a browser test that does not run shows nothing."""
    for name in (os.environ.get("CHROMIUM", ""), *NAMES):
        path = shutil.which(name) if name else None
        if path:
            return path
    raise LookupError("no Chromium found; `make test` installs it or says how")


def watch(page: Page, faults: list[str]) -> None:
    """Add to `faults` each console error, script error, policy violation, failed asset, off-site request."""

    def on_console(message: ConsoleMessage) -> None:
        # Chromium also reports a page that answers 4xx as an error here; assets are judged in on_response.
        if message.type == "error" and "Failed to load resource" not in message.text:
            faults.append(f"{page.url}: console: {message.text}")

    def on_request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in (
            "127.0.0.1",
            "localhost",
        ):
            faults.append(f"{page.url}: asks another site: {request.url}")

    def on_response(response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            faults.append(f"{page.url}: {response.status} for {response.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: script error: {error}"))
    page.on("request", on_request)
    page.on("response", on_response)


LAYOUT: Final = ("target-size", "scrollable-region-focusable", "link-in-text-block")
"""Rules of axe whose answer depends on where and how large things are drawn. Colours are the same at every width, and
what is shown at some widths alone (the menu) is looked at there in the states of pages."""


_AXE = """async ([options, known]) => {
  const mark = () => {  // the same sheets, and tags, classes and states from the root: the same colours
    const seen = new Set(known.split(' ').map(Number)), fresh = []
    const states = ['aria-current', 'disabled', 'open', 'style', 'type']
    const number = (before, word) => [...word].reduce((n, c) => Math.imul(n ^ c.charCodeAt(0), 16777619), before)
    const walk = (element, above) => {
        const is = states.map(name => element.getAttribute(name)).join()
        const own = number(above, `>${element.localName}.${element.className}[${is}]`)
        const says = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
        element.toggleAttribute('data-colours-known', seen.has(own))
        if (!seen.has(own) && says && element.checkVisibility({visibilityProperty: true, opacityProperty: true})) {
            seen.add(own)
            fresh.push(own)
        }
        for (const child of element.children) walk(child, own)
    }
    const sheets = [...document.styleSheets].map(sheet => sheet.href?.replace(location.origin, ''))
    walk(document.documentElement, number(innerWidth, sheets.join()))
    axe.configure({rules: [{id: 'color-contrast', selector: '*:not([data-colours-known])'}]})
    return fresh
  }
  if (!window.axe) return null
  const fresh = options.runOnly.type == 'rule' ? [] : mark()
  return [(await axe.run(document, options)).violations, fresh]
}"""
_colours_known: Final[set[int]] = set()
"""Ways from the root of a page to a text, at a width, whose colours axe has looked at in this process. Pages bring no
styles of their own (their policy forbids it), so the next text that stands there has the same: looking at all took
most of axe's time."""


def accessibility_faults(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds against WCAG 2.0 to 2.2, A and AA, size of targets included: a line for each element.

    `rules` asks these alone, for a page that was looked at already at another width. Raises ValueError for a page
    opened without JavaScript: axe is a script and would wait there for ever.
    """
    if page in WITHOUT_SCRIPT:
        raise ValueError("axe needs a page opened with JavaScript")
    options = AXE_OPTIONS | ({"runOnly": {"type": "rule", "values": [*rules]}} if rules else {})
    asked = [options, " ".join(map(str, _colours_known))]
    answer = page.evaluate(_AXE, asked)
    if answer is None:  # half a megabyte: once for each page, at whatever widths it is looked at
        page.evaluate(AXE_SCRIPT)
        answer = page.evaluate(_AXE, asked)
    found, fresh = answer
    _colours_known.update(fresh)
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['target']}: {node['html'][:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def assert_accessible(page: Page, state: str = "") -> None:
    """Fail with everything axe found on `page`; `state` says which state of the page it was."""
    faults = accessibility_faults(page)
    width = (page.viewport_size or {"width": 0})["width"]
    assert not faults, "\n".join([f"{page.url} {state} at {width} px:", *faults])


def sideways_scroll(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window: 0 on every page."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for each test process."""
    expect.set_options(timeout=PATIENCE)
    let_presses_settle()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page_faults() -> list[str]:
    """What the pages of this test did wrong so far. A test that expects a fault takes it out of the list."""
    return []


@pytest.fixture
def open_page(browser: Browser, page_faults: list[str]) -> Iterator[OpenPage]:
    """Opens watched pages; at the end closes them and fails the test if any of them did something wrong."""
    contexts: list[BrowserContext] = []

    def open_one(width: int = 1280, *, javascript: bool = True, context: BrowserContext | None = None) -> Page:
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": HEIGHT}, java_script_enabled=javascript, locale="en-GB"
            )
            context.set_default_timeout(PATIENCE)
            if javascript:
                say_when_left(context)
            contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if not javascript:
            WITHOUT_SCRIPT.add(page)
        watch(page, page_faults)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not page_faults, "\n".join(page_faults)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """One watched page at 1280 px with JavaScript."""
    return open_page()


@pytest.fixture
def axe() -> Callable[..., None]:
    """`axe(page, "empty")` fails with what axe found."""
    return assert_accessible
