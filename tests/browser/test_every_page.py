"""Every page of the URL map, and every state that a page can be in, in a real browser: axe and no sideways scroll.

quality.md, "Accessibility and use". Who reads which page stands in `tests.support.every_page`; every page is looked at
at 320 and 1280 px, main pages at 768 px too. The council is the full example, read by people whose session is planted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import Engine, select, text

from commissioning import clock, create_app
from commissioning.accounts.browsers import begin_session
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.db import Unavailable, in_transaction, make_engine
from commissioning.models.people import Person
from commissioning.overview.queries import ON_THE_PAGE
from commissioning.web import access
from config import load_settings
from tests.support import every_page as pages
from tests.support.browser import HEIGHT, LAYOUT, OpenPage, accessibility_faults
from tests.support.council import make_council
from tests.support.databases import FreshDatabase
from tests.support.example_council import NOW
from tests.support.server import LiveServer
from workflows.registry import Refusal

NARROW_AND_WIDE = (320, 1280)
MAIN_PAGES = (320, 768, 1280)
LONG = "Unbrechbar" * 20
_LOOK = """() => {  // in one question: a browser is asked some thousand times in this file
    const all = (where, is) => [...document.querySelectorAll(where)].filter(is).map(e => e.outerHTML.slice(0, 120))
    const wider = document.documentElement.scrollWidth - document.documentElement.clientWidth
    const cut = all('main h1, main h2, main p, main dd, main li', e => e.scrollWidth > e.clientWidth + 1
        && getComputedStyle(e).overflowX === 'hidden' && !e.closest('.govuk-visually-hidden'))
    const wide = e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.app-scroll')
    const heads = document.querySelectorAll('h1').length
    return [
        ...(wider ? [`scrolls sideways by ${wider} px: ` + all('body *', wide).slice(0, 5).join(' ')] : []),
        ...(heads != 1 ? [`${heads} headings of the first level`] : []),
        ...(document.title.includes(' – ') ? [] : [`title "${document.title}" does not name page and service`]),
        ...cut.map(html => 'cut off: ' + html),
    ]
}"""


class Reader:
    """One page of one browser, read by one person after the other."""

    def __init__(self, page: Page, base: str, engine: Engine) -> None:
        self.page, self.base, self._engine = page, base, engine
        page.context.add_init_script(AXE_SCRIPT)  # read half as fast when it is asked for on each page
        self._tokens: dict[str, str] = {}

    def sign_in(self, who: str) -> None:
        """Be somebody, by name; nobody is signed in as ""."""
        self.page.context.clear_cookies()
        if who and who not in self._tokens:

            def planted(session: Any) -> str:
                person = session.scalars(select(Person.id).where(Person.name == who)).one()
                return begin_session(session, person, clock.now())

            self._tokens[who] = in_transaction(self._engine, planted)
        if who:
            cookie: Any = {"name": "session_id", "value": self._tokens[who], "url": self.base}
            self.page.context.add_cookies([cookie])

    def open(self, path: str, status: int = 200) -> None:
        """Open a page, which answers with this status."""
        answer = self.page.goto(self.base + path, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.status == status, (path, answer.status)

    def faults(self, state: str = "", widths: Iterable[int] = NARROW_AND_WIDE) -> list[str]:
        """What is wrong with the page that is open, at each of these widths: a state of a page by all rules at each, a
        page as it is at most times by all at the first and at the next ones by those that depend on the layout."""
        found = []
        for n, width in enumerate(widths):
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            where = f"{self.page.url.removeprefix(self.base)} {state} at {width} px: "
            rules = LAYOUT if n and state == "full" else ()
            faults = accessibility_faults(self.page, rules) + self.page.evaluate(_LOOK)
            found += [where + fault for fault in faults]
        return found

    def submit_empty(self) -> None:
        """Send the page's last form as it is, past the browser's own checks."""
        self.page.locator("main form[method=post]").last.evaluate("form => { form.noValidate = true }")
        self.page.locator("main form[method=post]").last.locator("button[type=submit]").first.click()
        self.page.wait_for_load_state("domcontentloaded")


@pytest.fixture
def reader(example_app: Flask, council: Engine, live_server: LiveServer, open_page: OpenPage) -> Reader:
    """A reader of the full example council."""
    _write(council, *pages.SCENE)
    return Reader(open_page(), live_server(example_app), council)


def _write(council: Engine, *statements: str, **values: object) -> None:
    """Set a scene past the commands."""
    in_transaction(council, lambda s: [s.execute(text(statement), values) for statement in statements])


def _thing(council: Engine, sql: str) -> int:
    with council.connect() as connection:
        return int(connection.execute(text(sql)).scalars().first() or 0)


PARTS = 5
"""So many tests share the pages."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_the_url_map(reader: Reader, example_app: Flask, council: Engine, part: int) -> None:
    assert not pages.unknown_rules(example_app), "say in tests/support/every_page.py who reads these"
    with council.connect() as connection:
        found = pages.every_page(connection)[part::PARTS]
    faults = []
    for page in found:
        reader.sign_in(page.who)
        reader.open(page.path)
        faults += reader.faults("full", MAIN_PAGES if page.main else NARROW_AND_WIDE)
    assert not faults, "\n".join(faults)


def test_what_is_going_wrong_prints_on_one_sheet(reader: Reader) -> None:
    """product.md, 5: one A4 page, with the most lines that it may have."""
    reader.sign_in(pages.DIRECTOR)
    reader.open("/overview")
    assert reader.page.locator(".app-waiting__row").count() == ON_THE_PAGE
    sheets = re.findall(rb"/Type\s*/Page\b", reader.page.pdf(format="A4"))
    assert len(sheets) == 1


_SPOIL = """() => {  // the policy of the service lets no page bring styles of its own
    document.getElementById('wide').style.width = '2000px'
    document.querySelector('h1').style.color = '#ddd'
    document.querySelectorAll('button').forEach(e => { e.style.cssText = 'width:9px;height:9px;padding:0;border:0' })
}"""
PLANTED = """<!DOCTYPE html><html><head><title></title></head><body><h1>One</h1><h1>Two</h1><img src="/brand.css">
<div><button>o</button><button>o</button></div><div id="wide">.</div><input type="text"></body></html>"""


def test_a_planted_page_is_found_out(
    reader: Reader, example_app: Flask, page_faults: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without it, a run that looks at nothing would pass."""
    monkeypatch.setitem(example_app.view_functions, "home.help_page", access.public(lambda: PLANTED))
    reader.open("/help")
    reader.page.evaluate(_SPOIL)
    faults = "\n".join(reader.faults(widths=(320,)))
    for fault in (
        "image-alt",
        "label",
        "html-has-lang",
        "target-size",
        "color-contrast",
        "document-title",
        "does not name page",
        "sideways by",
        "2 headings",
    ):
        assert fault in faults, (fault, faults)
    page_faults.clear()


def test_a_rule_that_nobody_reads_is_found_out(example_app: Flask) -> None:
    example_app.add_url_rule("/new-page", "new_page", lambda: "", methods=["GET"])
    assert pages.unknown_rules(example_app) == ["/new-page"]


FORMS = {
    "/reports/new": pages.OFFICER,
    "/actions/new": pages.SECRETARY,
    "/meetings/new": pages.SECRETARY,
    "/boards/new": pages.ADMINISTRATOR,
    "/admin/people/new": pages.ADMINISTRATOR,
    "/admin/people/5/posts/new": pages.ADMINISTRATOR,
    "/admin/people/5/roles/new": pages.ADMINISTRATOR,
    "/admin/posts/new": pages.ADMINISTRATOR,
    "/account/tokens/new": pages.OFFICER,
    "/account/deputies/new": pages.OFFICER,
    "/account/password": pages.OFFICER,
    "/sign-in": pages.NOBODY,
}
"""Forms that refuse to be sent empty, and who may send them."""


def test_an_empty_form_says_what_is_missing_and_leads_there(reader: Reader) -> None:
    """The words of the summary are the words at the field, and each of its links lands on the field."""
    faults: list[str] = []
    for path, who in FORMS.items():
        reader.sign_in(who)
        reader.open(path)
        reader.submit_empty()
        page = reader.page
        links = page.locator(".govuk-error-summary__list a")
        if not page.title().startswith("Error: ") or not links.count():
            faults.append(f"{path}: title {page.title()!r}, {links.count()} links in a summary")
            continue
        faults += reader.faults("sent empty")
        for link in links.all():
            link.click()
            if not page.evaluate("document.activeElement.matches('input, select, textarea')"):
                faults.append(f"{path}: {link.inner_text()!r} does not land on a field")
            if not page.locator(f".govuk-error-message:has-text({link.inner_text().strip()!r})").count():
                faults.append(f"{path}: {link.inner_text()!r} is not said at the field")
    assert not faults, "\n".join(faults)


def _raising(error: Exception) -> Callable[..., Any]:
    def view() -> Any:
        raise error

    return access.public(view)


_REASONS = [Refusal("not-yours", "Only the sponsor may submit it.", "Assistant Director of Children’s Services")]
REFUSALS: tuple[tuple[int, Exception], ...] = (
    (403, Forbidden(_REASONS)),
    (404, NotFound()),
    (409, NotNow(_REASONS)),
    (409, Stale("the section", "Finance Manager", NOW, LONG, "Yours " * 80)),
    (422, Invalid({"": "The file is larger than 20 MB"})),
    (500, RuntimeError("planted")),
    (503, Unavailable()),
)


def test_refusals_are_pages_too(reader: Reader, example_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = []
    reader.sign_in(pages.OFFICER)
    for status, error in REFUSALS:
        monkeypatch.setitem(example_app.view_functions, "home.help_page", _raising(error))
        reader.open("/help", status)
        faults += reader.faults(str(status))
    for path in ("/no/such/page", "/reports/1", "/admin", "/audit"):
        reader.open(path, 404)
        faults += reader.faults("404", (320,))
    assert not faults, "\n".join(faults)


def test_a_stale_save_shows_both_versions(reader: Reader, council: Engine) -> None:
    """409 as a person meets it: two windows on one section."""
    sql = "SELECT '/reports/' || report_id || '/sections/' || s.id FROM sections s JOIN cases c ON c.id = report_id "
    with council.connect() as connection:
        path = str(
            connection.execute(text(sql + "WHERE c.title LIKE 'Improving Outcomes%' ORDER BY s.position"))
            .scalars()
            .first()
        )
    reader.sign_in(pages.DRAFTER)
    reader.open(path)
    _write(council, "UPDATE sections SET version = version + 1, text = 'Theirs ' || :long", long=LONG)
    reader.page.get_by_label("Text").fill("Mine, typed in the other window")
    reader.page.get_by_role("button", name="Save", exact=True).click()
    reader.page.wait_for_load_state("domcontentloaded")
    assert "Mine, typed in the other window" in reader.page.locator("main").inner_text()
    faults = reader.faults("stale")
    assert not faults, "\n".join(faults)


LISTS = ("/", "/reports", "/actions", "/decisions", "/meetings", "/boards", "/reminders")


def test_long_words_and_many_recommendations_break_nothing(reader: Reader, council: Engine) -> None:
    """200 characters without a space as every title, and a paper that asks for 40 things."""
    report = _thing(council, "SELECT id FROM cases WHERE kind = 'report' AND state = 'published' ORDER BY title")
    meeting = _thing(council, "SELECT id FROM cases WHERE kind = 'meeting' AND state = 'agenda_published'")
    action = _thing(council, "SELECT id FROM cases WHERE kind = 'action' AND state = 'in_progress'")
    decision = _thing(council, "SELECT id FROM cases WHERE kind = 'decision' AND state = 'call_in_open'")
    more = (
        "INSERT INTO recommendations SELECT (SELECT max(id) FROM recommendations) + n.value, "
        + ", ".join(
            {"position": "100 + n.value", "text": "text || :long"}.get(c, c)
            for c in _columns(council, "recommendations")[1:]
        )
        + " FROM (SELECT * FROM recommendations WHERE report_id = :report LIMIT 1), "
        "(WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 38) SELECT * FROM c) n"
    )
    _write(council, "UPDATE cases SET title = :long, safe_title = :long", more, report=report, long=LONG)
    faults = []
    things = (
        f"/reports/{report}",
        f"/reports/{report}/preview",
        f"/meetings/{meeting}",
        f"/meetings/{meeting}/agenda",
        f"/decisions/{decision}",
        "/search?q=the",
    )
    reader.sign_in(pages.SECRETARY)
    for path in (*LISTS, *things):
        reader.open(path)
        faults += reader.faults("long", (320,) if path in LISTS else NARROW_AND_WIDE)
    reader.sign_in("Trust Board Secretary")
    reader.open(f"/actions/{action}")
    faults += reader.faults("long")
    assert not faults, "\n".join(faults)


def _columns(council: Engine, table: str) -> list[str]:
    with council.connect() as connection:
        return [str(row[1]) for row in connection.execute(text(f"PRAGMA table_info({table})"))]


READ_ONLY = {
    pages.MEMBER: ("report:published", "meeting:agenda_published", "meeting:closed"),
    pages.DIRECTOR: ("report:closed", "action:in_progress", "decision:in_effect", "body:sitting", "report:on_agenda"),
}


def test_what_may_only_be_read(reader: Reader, council: Engine) -> None:
    faults = []
    for who, things in READ_ONLY.items():
        reader.sign_in(who)
        for thing in things:
            kind, _, state = thing.partition(":")
            number = _thing(council, f"SELECT id FROM cases WHERE kind = '{kind}' AND state = '{state}' ORDER BY title")
            reader.open(f"/{'board' if kind == 'body' else kind}s/{number}")
            faults += reader.faults(f"read by {who}")
    assert not faults, "\n".join(faults)


QUEUE = ("Lawyer", ("/", "/sign-offs"))


@pytest.fixture
def empty(
    fresh_database: FreshDatabase, live_server: LiveServer, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    """A reader of a council with people, posts, and nothing else."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    council = make_council(engine)
    monkeypatch.setattr(clock, "now", lambda: council.now)
    app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False))
    yield Reader(open_page(), live_server(app), engine)
    engine.dispose()


def test_a_council_with_nothing_but_its_people(empty: Reader) -> None:
    faults = []
    for who, read in (("Admin", (*LISTS, "/search?q=nothing", "/admin/messages", "/admin/closed-days")), QUEUE):
        empty.sign_in(who)
        for path in read:
            empty.open(path)
            faults += empty.faults(f"empty, as {who}")
    assert not faults, "\n".join(faults)
