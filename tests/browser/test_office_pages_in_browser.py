"""Corrections by the clerk, removing a contributor, handing over, and sections of reports, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from commissioning.db import make_engine
from commissioning.reports.commands import name_contributor
from commissioning.reports.correcting import correct_passage
from tests.integration.reports.world import Papers
from tests.support.browser import OpenPage
from tests.support.databases import FreshDatabase
from tests.support.looking import look_over
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer

WRONG = "The Council has the power to do thsi."


@pytest.fixture
def papers(fresh_database: FreshDatabase) -> Iterator[Papers]:
    """A report at its sponsor: Legal allowed corrections, Finance did not."""
    engine = make_engine(fresh_database("sqlite"))
    found = Papers(engine)
    found.draft()
    found.write("legal", WRONG)
    found.council.run("author", name_contributor, found.report, found.council.people["olga"])
    found.council.step("author", found.report, "request_clearance")
    found.sign("lena", "legal", corrections_allowed=True)
    found.sign("fin", "finance")
    yield found
    engine.dispose()


@pytest.fixture
def site(papers: Papers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    url = papers.council.engine.url.render_as_string(hide_password=False)
    with site_of(papers.council, url, monkeypatch) as found:
        yield found


def test_pages_are_accessible_and_narrow(
    papers: Papers, site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    c, top = papers.council, f"/reports/{papers.report}"
    passage = f"section-{papers.section('legal').id}"
    olga, author, body = c.people["olga"], c.people["author"], f"/boards/{papers.body}/sections"
    form = f"{top}/corrections/{passage}"
    address, before = live_server(site.app), [("correction", "clerk", form)]
    pages = [
        ("corrections", "clerk", f"{top}/corrections"),
        ("corrected", "lena", f"{top}/sign-offs/{papers.sign_off('legal').id}"),
        ("people", "author", f"{top}/people"),
        ("contributor", "author", f"{top}/contributors/{olga}/remove"),
        ("held", "admin", f"/admin/people/{author}/held"),
        ("mine", "author", "/account/held"),
        ("sections", "clerk", body),
        ("section", "clerk", f"{body}/new"),
    ]
    look_over(site, address, open_page, [*before, *pages])
    c.run("clerk", correct_passage, papers.report, passage, WRONG.replace("thsi", "this"), "One slip", None)
    look_over(site, address, open_page, pages[:2])


def test_a_clerk_corrects_and_an_administrator_hands_over_without_a_script(
    papers: Papers, site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    address = live_server(site.app)
    page = open_page(320, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("clerk"), "url": address}])
    page.goto(f"{address}/reports/{papers.report}")
    page.get_by_role("link", name="Correct spelling or layout").click()
    expect(page.get_by_text("Finance has not allowed").first).to_be_visible()
    page.get_by_role("link", name="Legal implications").click()
    page.get_by_label("Corrected text").fill(WRONG.replace("thsi", "this"))
    page.get_by_label("What you corrected").fill("One slip")
    page.get_by_role("button", name="Record the correction").click()
    expect(page.get_by_text("Corrected by the clerk, Clerk")).to_be_visible()
    other = open_page(320, javascript=False)
    other.context.add_cookies([{"name": "session_id", "value": site.token("admin"), "url": address}])
    other.goto(f"{address}/admin/people/{papers.council.people['author']}/held")
    other.get_by_label("To whom?").select_option(label="Olga")
    other.get_by_label("Reason").fill("Leaves the council")
    other.get_by_role("button", name="Hand everything over").click()
    expect(other.get_by_text("There is nothing to hand over.")).to_be_visible()
