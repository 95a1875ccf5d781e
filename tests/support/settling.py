"""A press that leads to another page returns when that page stands there.

A browser acts after the press: the next page comes when it comes, and a test that reads at once (`.all()`, `.count()`,
`.url`, `inner_text()`) may read the page that is being left. Here: each press waits until its page is left and the
next one is read to its end. Pages without JavaScript cannot say that they are being left: there a click on a link to
another page, or on the button of a form, waits for a navigation. Not here: what a test looks for on that page
(`expect`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final
from weakref import WeakSet

from playwright.sync_api import BrowserContext, Locator

LEAVING: Final = """
addEventListener("submit", (event) => { if (!event.defaultPrevented) window.isBeingLeft = true; });
addEventListener("click", (event) => {
  const link = event.target.closest && event.target.closest("a[href]");
  if (!link || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const here = location.href.split("#")[0];
  if (link.protocol.startsWith("http") && link.href.split("#")[0] !== here) window.isBeingLeft = true;
});
"""
SAYING: Final[WeakSet[BrowserContext]] = WeakSet()
LEADS_AWAY: Final = """e => {
  const button = e.closest("button, input[type=submit]"), link = e.closest("a[href]");
  if (button) return Boolean(button.form) && button.type === "submit" && button.form.target !== "_blank";
  return Boolean(link) && !link.target && !link.hasAttribute("download") && link.protocol.startsWith("http")
    && link.href.split("#")[0] !== location.href.split("#")[0];
}"""
ARRIVED: Final = "() => !window.isBeingLeft && document.readyState !== 'loading'"


def say_when_left(context: BrowserContext) -> None:
    """Let the pages of `context` know that they are being left, from the moment of the press."""
    context.add_init_script(LEAVING)
    SAYING.add(context)


def let_presses_settle() -> None:
    """Let `Locator.click` and `Locator.press` wait for the page that they lead to; a second call does nothing."""
    for name in ("click", "press"):
        plain = getattr(Locator, name)
        if not hasattr(plain, "__wrapped__"):
            setattr(Locator, name, _settling(plain))


def _settling(press: Callable[..., None]) -> Callable[..., None]:
    @wraps(press)
    def pressed(self: Locator, *args: Any, **more: Any) -> None:
        page = self.page
        if page.context in SAYING:
            press(self, *args, **more)
            if not page.is_closed():
                page.wait_for_function(ARRIVED)
        elif self.evaluate(LEADS_AWAY):
            with page.expect_navigation(wait_until="domcontentloaded"):
                press(self, *args, **more)
        else:
            press(self, *args, **more)

    return pressed
