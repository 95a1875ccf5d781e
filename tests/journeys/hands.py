"""Two ways of using a page that leave something out: without a mouse, and without scripts. The journeys are the same.

Here: finding, typing, pressing. Not here: what is done on which page (`test_by_keyboard_and_without_scripts.py`).
"""

from __future__ import annotations

import re
from datetime import date

from playwright.sync_api import Locator, Page, expect

AT_MOST = 200  # tab stops of a page that are tried
_WHERE = """target => {
    const here = document.activeElement, style = getComputedStyle(here)
    const drawn = here.matches('body, main, [type=radio], [type=checkbox]')  // their label draws it
    const seen = drawn || style.outlineStyle !== 'none' || style.boxShadow !== 'none'
    const group = here.type === 'radio' && target.type === 'radio' && here.name === target.name
    return {there: here === target || group, seen, html: here.outerHTML.slice(0, 120)}
}"""


class Hands:
    """What a person does on a page; here with a mouse, on a page that was opened without scripts."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, name: str, about: str = "") -> None:
        """Press the first button of this name, of those that are about this thing."""
        whole = re.compile(rf"^{re.escape(name)}(\s*:\s*{re.escape(about)})?$" if about else rf"^{re.escape(name)}$")
        self._press(self.page.locator("main").get_by_role("button", name=whole).first)

    def follow(self, name: str, within: str = "main") -> None:
        """Follow the first link of this name."""
        self._press(self.page.locator(within).get_by_role("link", name=name, exact=True).first)

    def unfold(self, summary: str) -> None:
        """Open what is folded away."""
        self._press(self.page.locator("main summary", has_text=summary))

    def type(self, label: str, words: str) -> None:
        """Type into the box of this label, in place of what is there."""
        self._type(self.page.locator("main").get_by_label(label, exact=True), words)

    def type_day(self, legend: str, day: date) -> None:
        """Type a day into its three boxes."""
        group = self.page.get_by_role("group", name=legend)
        for label, part in (("Day", day.day), ("Month", day.month), ("Year", day.year)):
            self._type(group.get_by_label(label), str(part))

    def choose(self, label: str, option: str) -> None:
        """Choose the option that begins with these words."""
        box = self.page.locator("main").get_by_label(label, exact=True)
        texts = box.locator("option").all_inner_texts()
        self._choose(box, next(i for i, text in enumerate(texts) if text.startswith(option)))

    def check(self, label: str, nth: int = 0) -> None:
        """Choose a radio or tick a box."""
        self._check(self.page.locator("main").get_by_label(label, exact=True).nth(nth))

    def told(self, words: str) -> None:
        """The page says so."""
        expect(self.page.locator("main")).to_contain_text(words)

    def _press(self, target: Locator) -> None:
        target.click()

    def _type(self, target: Locator, words: str) -> None:
        target.fill(words)

    def _choose(self, target: Locator, index: int) -> None:
        target.select_option(index=index)

    def _check(self, target: Locator) -> None:
        target.check()


class Keyboard(Hands):
    """The same with keys alone: Tab to each thing, and see on the way where one is."""

    def _reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        there = target.element_handle()
        for _ in range(AT_MOST):
            found = self.page.evaluate(_WHERE, there)
            assert found["seen"], f"{self.page.url}: nobody sees that the focus is on {found['html']}"
            if found["there"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: {AT_MOST} times Tab do not reach {target}")

    def _press(self, target: Locator) -> None:
        self._reach(target)
        if target.evaluate("e => e.tagName") == "SUMMARY":
            self.page.keyboard.press("Enter")
            return
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.keyboard.press("Enter")

    def _type(self, target: Locator, words: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(words)

    def _choose(self, target: Locator, index: int) -> None:
        self._reach(target)
        self.page.keyboard.press("Home")
        for _ in range(index):
            self.page.keyboard.press("ArrowDown")

    def _check(self, target: Locator) -> None:
        self._reach(target)
        if target.get_attribute("type") == "checkbox":
            self.page.keyboard.press("Space")
            return
        for _ in range(AT_MOST):
            if target.evaluate("e => e === document.activeElement"):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(target).to_be_checked()
