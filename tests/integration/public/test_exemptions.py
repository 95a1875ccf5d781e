"""Exempt and confidential at every level, why and until when; opened as a new edition (LI-02, P-12, P-13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select, update

from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.clock import fresh_id
from commissioning.db import in_transaction
from commissioning.meetings.sitting_commands import declare_interest
from commissioning.models.bodies import AgendaItem
from commissioning.models.cases import Case, Message
from commissioning.models.publishing import Exemption
from commissioning.models.reports import Report, Risk, Section
from commissioning.public.exemptions import Basis, record_exemption, remind_of_reviews, review_exemption
from commissioning.public.publishing import answer_findings, look_at
from commissioning.reports.commands import Header, create_report, edit_header
from tests.integration.meetings.scenes import publish
from tests.support.council import Council
from tests.support.pages import Site, site_of

MARKED = "Open words.\n[exempt] CANARY bid of one million\n- and CANARY another\nMore open words."


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council's database."""
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def _paper(council: Council, meeting: int, state: str, title: str = "Short breaks") -> tuple[int, int, int]:
    """A paper with a section of which a paragraph is marked, and an exempt section: (report, section, section)."""
    report = council.report(meeting, [{}], state=state, signed=False, title=title)
    marked, bids = fresh_id(), fresh_id()
    rows = [
        Section(id=marked, report_id=report, key="risk", position=1, kind="section", heading="Facts", text=MARKED),
        Section(
            id=bids, report_id=report, key="x", position=2, kind="section", heading="CANARY heading",
            text="CANARY section", secrecy="exempt",
        ),
        Risk(
            id=fresh_id(), report_id=report, position=1, text="CANARY risk", arises="decided", rating="low",
            consequence="x", secrecy="exempt",
        ),
    ]  # fmt: skip
    council.write(lambda s: (s.add_all(rows), s.flush(), council.sign(s, report)))
    return report, marked, bids


def test_why_a_part_is_withheld_is_recorded_while_it_is_written(site: Site) -> None:
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    report, marked, bids = _paper(council, meeting, "drafting")
    author = site.visitor("author")
    page = author.get(f"/reports/{report}/exemptions")
    assert "Marked paragraphs of “Facts”" in page.text
    assert page.text.count("No reason recorded") == 2
    address = f"/reports/{report}/exemptions/section/{marked}"
    wrong = author.fill(address, paragraph="3", reason="", review_on=date(2026, 9, 1))
    assert wrong.status == 422
    assert "Enter the reason in the public interest" in wrong.text
    assert author.fill(address, paragraph="3", reason="Bids are open", review_on=date(2026, 9, 1)).status == 422
    assert author.fill(address, paragraph="3", reason="Bids are open", review_on=date(2027, 1, 5)).status == 303
    assert "Paragraph 3. Bids are open" in author.get(f"/reports/{report}/exemptions").text
    with pytest.raises(Invalid, match="Choose the paragraph"):
        council.run("author", record_exemption, report, "section", bids, Basis(None, "Why", date(2027, 1, 5)))
    with pytest.raises(NotFound):
        council.run("author", record_exemption, report, "report", 0, Basis(3, "Why", date(2027, 1, 5)))
    assert site.visitor("bob").get(f"/reports/{report}/exemptions").status == 404


def test_p13_no_exempt_part_goes_out_without_its_reason(site: Site) -> None:
    """LI-02: refused on submission and before publication, where no secret heading is told; the header may say it."""
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    report, _, _ = _paper(council, meeting, "with_sponsor")
    with pytest.raises(NotNow, match="Marked paragraphs of “Facts”, Section “CANARY heading”"):
        council.step("sponsor", report, "submit")
    assert "cannot be submitted or published" in site.visitor("author").get(f"/reports/{report}/exemptions").text
    late, _, _ = _paper(council, meeting, "submitted", "Late")
    council.step("clerk", late, "put_on_agenda")
    page = site.visitor("clerk").get(f"/meetings/{meeting}/publishing")
    assert page.text.count("it is exempt, with no paragraph of Schedule 12A") == 2
    (found,) = council.read(lambda s: look_at(s, [s.get_one(Case, late)])).values()
    council.run("clerk", answer_findings, late, found.digest, "The author says why")
    publish(council, meeting)
    assert council.state(late) == "on_agenda"
    (item,) = council.items(meeting)
    assert "CANARY" not in council.read(lambda s: s.get_one(AgendaItem, item).to_follow_reason)
    council.write(lambda s: council.explain(s, late))
    assert not council.read(lambda s: look_at(s, [s.get_one(Case, late)]))[late].spots
    council.write(lambda s: s.execute(update(Report).where(Report.case_id == report).values(is_exempt=True)))
    assert "What the header says" in site.visitor("author").get(f"/reports/{report}/exemptions").text


def test_a_whole_paper_is_in_the_register_from_the_moment_it_is_claimed(site: Site) -> None:
    """LI-02, P-13: also while it is written, for who may read it; due for review; gone where the claim is given up."""
    council = site.council
    meeting = council.meeting(council.body(kind="committee"))
    report = council.report(meeting, [{}], state="drafting", signed=False, title="CANARY title")
    claim = Header(is_exempt=True, exempt_paragraph=3, public_interest="Bids open", exempt_review_on=date(2026, 11, 10))
    council.run("author", edit_header, report, claim, 1)
    page = site.visitor("clerk").get("/exemptions")
    for said in ("CANARY title", "The whole", "Bids open", f"/reports/{report}/exemptions"):
        assert said in page.html
    for who in ("director", "bob", "stranger", "admin"):
        assert "CANARY" not in site.visitor(who).get("/exemptions").html, who
    later = Header(public_interest="Bids are open still", exempt_review_on=date(2026, 11, 12))
    council.run("author", edit_header, report, later, 2)
    council.at(date(2026, 11, 11))
    assert in_transaction(council.engine, remind_of_reviews, council.now) == 0
    council.at(date(2026, 11, 12))
    assert "Bids are open still" in site.visitor("clerk").get("/exemptions?due=yes").text
    assert in_transaction(council.engine, remind_of_reviews, council.now) == 1
    council.run("author", edit_header, report, Header(is_exempt=False), 3)
    assert council.read(lambda s: s.scalar(select(func.count()).select_from(Exemption))) == 0
    given = Header(is_exempt=True, exempt_paragraph=1, public_interest="A person", exempt_review_on=date(2027, 1, 5))
    made = council.run(
        "author", create_report, "New", council.meeting(council.body("Other"), date(2026, 12, 8)), header=given
    )
    assert council.read(lambda s: s.scalars(select(Exemption.report_id)).all()) == [made]


def test_marked_paragraphs_are_withheld_until_the_review_opens_them(site: Site) -> None:
    council = site.council
    body = council.body(kind="committee")
    meeting = council.meeting(body)
    report, marked, bids = _paper(council, meeting, "submitted")
    rows = [
        Exemption(id=fresh_id(), report_id=report, level="section", part_id=part, paragraph=n, reason=why,
                  review_on=date(2026, 11, 10))
        for part, n, why in ((marked, 3, "Bids are still open."), (bids, 5, "Counsel advised."))
    ]  # fmt: skip
    council.write(lambda s: s.add_all(rows))
    first, second = (row.id for row in council.read(lambda s: s.scalars(
        select(Exemption).order_by(Exemption.paragraph)).all()))  # fmt: skip
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    (item,) = council.items(meeting)
    client = site.app.test_client()
    said = client.get(f"/public/reports/{item}").get_data(as_text=True)
    assert "CANARY" not in said
    for there in ("Open words.", "More open words.", "1.3", "under paragraph 3", "Bids are still open.", "paragraph 5"):
        assert there in said, there
    council.run("ann", declare_interest, meeting, item, council.people["ann"], "Her brother bids")
    for who, reads in (("bob", True), ("ann", False), ("stranger", False)):
        for path in (f"/reports/{report}/preview", "/search?q=million", f"/reports/{report}/compare?before=1"):
            page = site.visitor(who).get(path)
            assert page.status == 200, (who, path)
            assert ("CANARY" in page.html) <= reads, (who, path)
        assert ("CANARY bid" in site.visitor(who).get(f"/reports/{report}/preview").html) is reads
    # Due for review: foreseen by who is told alone; the clerk is told once, and finds it in the register.
    for who, told in (("clerk", 2), ("bob", 0)):
        page = site.visitor(who).get("/reminders/forecast?whose=all&from=2026-11-10&to=2026-11-10").text
        assert page.count("Review what is withheld") == told, who
    council.now = datetime(2026, 11, 10, 9, tzinfo=UTC)
    assert in_transaction(council.engine, remind_of_reviews, council.now) == 2
    assert in_transaction(council.engine, remind_of_reviews, council.now) == 0
    told = (
        select(func.count()).select_from(Message).where(Message.about == "exemption_due", Message.channel == "in_app")
    )
    assert council.read(lambda s: s.execute(told).scalar_one()) >= 1
    clerk = site.visitor("clerk")
    register = clerk.get("/exemptions?due=yes")
    assert register.text.count("due") >= 2
    assert "Bids are still open." in register.text
    assert "Bids are still open." not in site.visitor("stranger").get("/exemptions").text
    assert site.visitor("stranger").get(f"/exemptions/{first}").status == 404
    assert clerk.fill(f"/exemptions/{second}", outcome="stays", reason="Still so").status == 422
    stays = {"outcome": "stays", "reason": "Counsel advises still.", "review_on": date(2027, 5, 4)}
    assert clerk.fill(f"/exemptions/{second}", **stays).status == 303
    assert clerk.fill(f"/exemptions/{first}", outcome="opened", reason="The contract is let").status == 303
    said = client.get(f"/public/reports/{item}").get_data(as_text=True)
    assert "CANARY bid of one million" in said
    assert "CANARY risk" in said, "opened with the section under which it is listed (BR-44)"
    assert "[exempt]" not in said
    assert "CANARY section" not in said
    assert "Counsel advises still." in said
    assert council.events(report)[-1] == "report.exemption_reviewed"
    with pytest.raises(NotFound):
        council.run("clerk", review_exemption, report, first, None, "Again")


def test_what_is_not_published_yet_is_not_opened_by_the_clerk(council: Council) -> None:
    meeting = council.meeting(council.body(kind="committee"))
    report, marked, _bids = _paper(council, meeting, "submitted")
    row = Exemption(id=fresh_id(), report_id=report, level="section", part_id=marked, paragraph=3, reason="Bids",
                    review_on=date(2026, 11, 10))  # fmt: skip
    council.write(lambda s: s.add(row))
    found = council.read(lambda s: s.scalars(select(Exemption.id)).one())
    with pytest.raises(NotNow, match="not published yet"):
        council.run("clerk", review_exemption, report, found, None, "Let it be open")
