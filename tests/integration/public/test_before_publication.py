"""Before publication: what holds a paper back, what the clerk answers, what the public would read of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning.casework.errors import NotNow
from commissioning.clock import fresh_id
from commissioning.models.reports import Appendix, Section
from commissioning.public.publishing import answer_findings
from commissioning.reports.uploads import store_file
from tests.integration.meetings.scenes import publish
from tests.support.council import PUBLISH_AT, Council
from tests.support.pages import Site, site_of
from tests.unit.test_publishing_safely import BLACK, TEXT, a_pdf


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council's database."""
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def a_paper(council: Council, meeting: int, title: str, text: str, pdf: bytes | None = None) -> int:
    """A signed paper on the agenda, with an exempt section, and perhaps a PDF as its appendix."""
    report = council.report(meeting, [{}], title=title, signed=False)
    parts: list[object] = [
        Section(id=fresh_id(), report_id=report, key="s", position=1, kind="section", heading="Facts", text=text),
        Section(
            id=fresh_id(), report_id=report, key="x", position=2, kind="section", heading="Bids",
            text="CANARY, born 3 May 2015", secrecy="exempt",
        ),
    ]  # fmt: skip
    if pdf is not None:
        stored = council.run("author", store_file, pdf, "a.pdf")
        parts.append(
            Appendix(id=fresh_id(), report_id=report, letter="A", position=65, title="Plan", file_sha256=stored.sha256)
        )
    council.write(lambda s: (s.add_all(parts), s.flush(), council.explain(s, report), council.sign(s, report)))
    council.step("clerk", report, "put_on_agenda")
    return report


def test_the_clerk_answers_what_warns_and_what_blocks_is_to_follow(site: Site) -> None:
    council = site.council
    body = council.body(kind="committee")
    meeting = council.meeting(body)
    clean = a_paper(council, meeting, "A clean paper", "Nothing to see.")
    warned = a_paper(council, meeting, "A paper with a postcode", "She lives at LS1 4AP.")
    blocked = a_paper(council, meeting, "A paper with a black box", "As attached.", a_pdf(TEXT + b"\n" + BLACK))
    clerk = site.visitor("clerk")
    page = clerk.get(f"/meetings/{meeting}/publishing")
    assert page.status == 200
    assert "LS1 4AP" in page.text
    assert "something covers text on page 1, and the text can still be read under it" in page.text
    assert "born" not in page.text  # what is exempt is not for the public, so it is no finding
    with pytest.raises(NotNow, match="2 papers have findings"):
        publish(council, meeting)
    council.now, clerk = PUBLISH_AT, site.visitor("clerk")
    assert clerk.fill(f"/reports/{warned}/publishing", reason="").status == 422
    assert clerk.fill(f"/reports/{warned}/publishing", reason="It is the library’s address").status == 303
    assert clerk.fill(f"/reports/{blocked}/publishing", reason="The author mends it").status == 303
    with pytest.raises(NotNow, match="Something else was found"):
        council.run("clerk", answer_findings, warned, "0" * 64, "Other findings")
    assert site.visitor("ann").get(f"/reports/{warned}/publishing").status == 404
    council.step("clerk", meeting, "publish_agenda")
    assert [council.state(r) for r in (clean, warned, blocked)] == ["published", "published", "on_agenda"]
    # As the public will see it, byte for byte the same words: nothing of the exempt section.
    shown = clerk.get(f"/reports/{warned}/as-the-public")
    assert "She lives at LS1 4AP." in shown.text
    assert "CANARY" not in shown.html
    assert "not for publication" in shown.text
