"""The public edition in a real browser, with what the example council has none of: minutes, things withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from commissioning.clock import fresh_id
from commissioning.db import make_engine
from commissioning.meetings.commands import edit_minutes
from commissioning.models.publishing import Exemption
from commissioning.models.reports import Section
from commissioning.public.withdrawing import withdraw_document
from tests.integration.public.scene import decided, make_scene
from tests.integration.public.test_before_publication import a_paper
from tests.support.browser import OpenPage
from tests.support.council import make_council
from tests.support.databases import FreshDatabase
from tests.support.looking import look_over
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer
from tests.unit.test_publishing_safely import BLACK, TEXT, a_pdf


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council after a meeting of its cabinet."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_council(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


def test_minutes_withheld_parts_and_what_is_withdrawn(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    council, scene = site.council, make_scene(site.council)
    decided(council, scene)
    meeting, paper = scene["meeting"], scene["paper"]
    council.run("clerk", edit_minutes, meeting, "# Minutes\n\nThe minutes as agreed.")
    council.step("clerk", meeting, "draft_minutes", fields={"text": "# Minutes\n\nThe minutes as agreed."})
    council.step("chair", meeting, "approve_minutes")
    decision = council.decisions(meeting)[0].case_id
    council.run("clerk", withdraw_document, decision, "decision", "", "It names a child")
    council.run("clerk", withdraw_document, paper, "appendix", "A", "It names a child")
    pages = [
        ("public-minutes", "clerk", f"/public/meetings/{meeting}/minutes"),
        ("public-meeting", "clerk", f"/public/meetings/{meeting}"),
        ("public-report", "clerk", f"/public/reports/{scene['item']}"),
        ("public-decision-withdrawn", "clerk", f"/public/decisions/{decision}"),
        ("published", "clerk", f"/published/{paper}"),
        ("withdraw", "clerk", f"/published/{paper}/report"),
        ("restore", "clerk", f"/published/{paper}/appendix?part=A"),
    ]
    look_over(site, live_server(site.app), open_page, pages)


def test_what_was_found_before_publication(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    a_paper(council, meeting, "A clean paper", "Nothing to see.")
    warned = a_paper(council, meeting, "A paper with a postcode", "She lives at LS1 4AP, born 3 May 2015.")
    draft = council.report(meeting, [{}], state="drafting")
    part = fresh_id()
    row = Section(id=part, report_id=draft, position=1, key="s", kind="section", heading="Bids", secrecy="exempt")
    council.write(lambda s: s.add(row))
    reason = select(Exemption.id).where(Exemption.report_id == warned, Exemption.level == "section")
    withheld = council.read(lambda s: s.scalars(reason).one())
    a_paper(council, meeting, "A paper with a black box", "As attached.", a_pdf(TEXT + b"\n" + BLACK, Author="Jane"))
    pages = [
        ("before-publication", "clerk", f"/meetings/{meeting}/publishing"),
        ("findings", "clerk", f"/reports/{warned}/publishing"),
        ("as-the-public", "clerk", f"/reports/{warned}/as-the-public"),
        ("exemptions", "clerk", "/exemptions"),
        ("exemption-review", "clerk", f"/exemptions/{withheld}"),
        ("exemptions-of-report", "author", f"/reports/{draft}/exemptions"),
        ("exemption-basis", "author", f"/reports/{draft}/exemptions/section/{part}"),
    ]
    look_over(site, live_server(site.app), open_page, pages)
