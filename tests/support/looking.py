"""Looking at pages as they lie: axe, sideways scroll and, where somebody asks for them, pictures.

Here: one page and many, at 1280 and 320 px. Not here: every page of the URL map (`tests/browser/test_every_page.py`).
Set SCREENSHOTS to a folder to keep pictures there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import HEIGHT, OpenPage, assert_accessible, sideways_scroll
from tests.support.pages import Site

WIDE_AND_NARROW = (1280, 320)


def keep(page: Page, name: str) -> None:
    """Keep a picture, where somebody asked for pictures."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name.replace(' ', '-')}.png"), full_page=True)


def look_at(page: Page, name: str) -> None:
    """No fault of axe and no sideways scroll, wide and narrow; opened once for both, and left narrow."""
    for width in WIDE_AND_NARROW:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        keep(page, f"{name}-{width}")
        assert sideways_scroll(page) == 0, (name, width)
        assert_accessible(page, name)


def look_over(site: Site, address: str, open_page: OpenPage, pages: Iterable[tuple[str, str, str]]) -> None:
    """Open and look at each page, given as name, who reads it, path; each answers 200."""
    page = open_page()
    for name, who, path in pages:
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "session_id", "value": site.token(who), "url": address}])
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, (name, answer.status)
        look_at(page, name)
