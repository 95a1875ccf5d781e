"""The agenda pack: two editions from one source, nothing secret in the public one, built outside of any request."""

from __future__ import annotations

import re
import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from commissioning import dispatching
from commissioning.jobs import tick
from commissioning.meetings.sitting_commands import declare_interest
from commissioning.models.cases import Case, Event, Message
from commissioning.models.reports import Appendix, Section
from commissioning.packs.commands import JOB, ask_for_pack
from commissioning.packs.keeping import KEPT_DAYS, drop_old
from commissioning.public.withdrawing import withdraw_document
from commissioning.scheduler_commands import Installation
from commissioning.visibility import visible
from commissioning.worker_commands import work
from config import load_settings
from tests.integration.packs.conftest import Papers
from tests.support.pages import site_of
from tests.support.pdf import every_byte, opened, words_of

TODAY = date(2026, 10, 26)


def labels_of(content: bytes) -> list[str]:
    return [page.label for page in opened(content).pages]


def test_two_editions_with_the_same_numbers_and_no_secret_word_in_the_public_one(papers: Papers) -> None:
    """product.md, "Agenda pack": contents, bookmarks, page labels per item, placeholders, appendices merged."""
    public, private = papers.build()
    assert (public.edition, private.edition) == ("public", "private")
    open_, whole = papers.file(public), papers.file(private)
    read = every_byte(open_)
    for word in ("TERMS", "TITLE", "ASK", "PURPOSE", "FILE", "NOTE"):
        for way in ("utf-8", "utf-16-be", "utf-16-le"):
            assert f"CANARY{word}".encode(way) not in read, word
    assert b"CANARYTERMS" in every_byte(whole), "the way of looking would see it"
    assert b"CANARYTITLE" in every_byte(whole)

    words = " ".join(words_of(open_))
    assert "7. Lease of a building" in words
    assert "6. Exclusion of the public The public is asked to leave for item 7" in words
    assert "Schedule 12A, paragraph 3" in words
    assert "Public interest: Bids would be known" in words
    assert "Part of this paper is not for publication" in words
    # Typed code is printed, not run; a word too long for a line is broken, what no font has is a box.
    assert '#read("/etc/passwd") #import "@preview/cetz:0.3.1": canvas $x^2$ #eval("1+1")' in words
    assert "Pneumono" in words
    assert "[x](javascript:alert(1))" in words, "no link that runs something"
    assert "£1,250,000" in words
    assert "Lawyer, Legal, 1 October 2026" in words
    assert "Not printed here (CSV" in words
    # Everybody is sent to the public page, who may read more to the paper itself.
    (item, _) = papers.council.items(papers.meeting)
    assert f"https://papers.example/public/reports/{item}" in words.replace(" ", "")
    assert "https://papers.example/reports/" in " ".join(words_of(whole)).replace(" ", "")

    for content in (open_, whole):
        labels = labels_of(content)
        assert labels[:3] == ["i", "ii", "5-1"]
        own = [label for label in labels if label.startswith("5-")]
        assert own == [f"5-{n}" for n in range(1, len(own) + 1)]
        assert "7-1" in labels
        printed = words_of(content)
        for label, said in zip(labels, printed, strict=True):
            assert said.rstrip().endswith(label), (label, said[-60:])
        with opened(content).open_outline() as outline:
            assert [str(x.title) for x in outline.root][1] == "5. Short breaks"
    for number in ("1.1", "2.1", "2.2", "2.3"):
        for content in (open_, whole):
            pages = zip(labels_of(content), words_of(content), strict=True)
            at = next(label for label, said in pages if f" {number} " in said)
            assert at.startswith("5-"), "a paragraph has the same number in both, in the same item"
    assert public.added == "Item 5, Appendix A “Title A”"
    pdf = opened(open_)
    assert "/StructTreeRoot" in pdf.Root, "the pages that were set keep their tags"
    assert "pdfuaid:part" not in pdf.open_metadata(), "no claim for pages from elsewhere"
    assert b"CANARYNOTE" not in every_byte(whole), "notes of an attached file stay behind"
    other = opened(whole)
    for page in [*pdf.pages, *other.pages]:
        assert "/AA" not in page.obj
        assert not [a for a in page.obj.get("/Annots", []) if a.Subtype != "/Link"]


def test_a_changed_paper_is_built_again_and_what_was_not_frozen_is_not_in_it(papers: Papers) -> None:
    council = papers.council
    first = papers.build()
    assert [b.id for b in papers.build()] == [b.id for b in first], "the same source is built once"
    council.write(lambda s: s.execute(update(Section).where(Section.key == "purpose").values(text="DRAFTWORDS")))
    assert len(papers.build()) == 2, "what is being written changes no pack"
    papers.freeze(papers.plain)
    public = papers.build()[2]
    assert "DRAFTWORDS" in " ".join(words_of(papers.file(public)))
    assert public.variant == first[0].variant


def test_a_supplement_is_a_pack_of_its_own_and_moves_nobodys_pages(papers: Papers) -> None:
    """product.md, "Agenda pack": 12a comes by itself, with its own numbers."""
    council = papers.council
    first = {b.edition: papers.file(b) for b in papers.build()}
    agreed = {
        "late_reason": "It came late",
        "late_agreed_at": council.now,
        "late_agreed_by_id": council.people["chair"],
    }
    council.now += timedelta(hours=2)
    late = council.report(papers.meeting, [{}], title="Snow", **agreed)
    council.step("clerk", late, "put_on_agenda")
    council.step("clerk", late, "publish_supplement", reason="It came late")
    new = papers.build()[2:]
    assert [(b.part, b.edition) for b in new] == [("5a", "public")], "the pack itself is not built again"
    assert labels_of(papers.file(new[0]))[:3] == ["i", "ii", "5a-1"]
    assert "Supplement to the agenda, item 5a" in words_of(papers.file(new[0]))[0]
    assert {b.edition: papers.file(b) for b in papers.builds()[:2]} == first


def test_a_missing_or_unreadable_appendix_is_named_and_nothing_is_lost(papers: Papers) -> None:
    """Issue 6, bad input: a pack asked for while an appendix is missing."""
    council = papers.council
    kept = [b.id for b in papers.build()]
    papers.attach(papers.plain, "E", None, "", "")
    papers.freeze(papers.plain)
    failed = [b for b in papers.build() if b.progress == "failed"]
    assert [b.edition for b in failed] == ["public", "private"]
    assert "Item 5, Appendix E “Title E” has no file. Attach it" in failed[0].reason
    # Nobody asked for these, so the clerk is told: in the service and by mail, with what to do and no title.
    told = council.read(lambda s: s.scalars(select(Message).where(Message.about == "pack_failed")).all())
    assert {(m.person_id, m.channel) for m in told} == {(council.people["clerk"], c) for c in ("in_app", "email")}
    assert {m.subject.split()[1] for m in told} == {"public", "private"}
    assert told[0].text.startswith("It is about Item 5, Appendix E. The page of the pack says what is wrong.")
    assert "Title E" not in "".join(m.subject + m.text for m in told)
    assert [b.id for b in papers.builds() if b.progress == "ready"] == kept
    broken = b"%PDF-1.7 broken %%EOF"
    papers.attach(papers.plain, "F", broken, "application/pdf", "broken.pdf")
    council.write(lambda s: s.delete(s.scalars(select(Appendix).where(Appendix.letter == "E")).one()))
    papers.freeze(papers.plain)
    papers.build()
    reasons = [b.reason for b in papers.builds() if b.progress == "failed"]
    # What failed goes after its time; what members were given stays.
    council.now += timedelta(days=KEPT_DAYS - 1)
    assert council.write(lambda s: drop_old(s, council.now)) == 0
    council.now += timedelta(days=2)
    assert council.write(lambda s: drop_old(s, council.now)) == 4
    assert [b.id for b in papers.builds()] == kept
    assert "Item 5, Appendix F “Title F” is damaged, so that it cannot be opened" in reasons[-1]


def test_everybody_gets_the_public_edition_by_a_link_that_says_what_it_is_and_nothing_withdrawn(
    papers: Papers, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    council, meeting = papers.council, papers.meeting
    page, file = f"/public/meetings/{meeting}", f"/public/meetings/{meeting}/pack.pdf"
    with site_of(council, engine_url, monkeypatch) as site:
        client = site.app.test_client()

        def links() -> list[str]:
            return re.findall(r"Agenda and papers \(PDF, \d+ KB, \d+ pages\)", client.get(page).get_data(as_text=True))

        assert links() == []
        assert client.get(file).status_code == 404
        papers.build()
        assert len(links()) == 1
        whole = client.get(file)
        assert "Short breaks" in " ".join(words_of(whole.data))
        assert b"CANARY" not in every_byte(whole.data) + str(whole.headers).encode()
        (pack,) = client.get(f"{page}.json").json["packs"]
        assert pack["url"].endswith(file)
        assert (pack["bytes"], pack["media_type"]) == (len(whole.data), "application/pdf")
        assert client.get(f"{file}?part=5").status_code == 404
        council.run("clerk", withdraw_document, papers.plain, "appendix", "A", "It names a child")
        assert links() == [], "gone with the first word that is withdrawn"
        assert client.get(file).status_code == 404
        council.run("clerk", withdraw_document, papers.plain, "report", "", "It was the wrong paper")
        papers.build()
        words = " ".join(words_of(client.get(file).data))
        assert "This paper was withdrawn from publication." in words
        assert "Short breaks" not in words


def test_a_pack_asked_for_is_built_by_whoever_does_the_jobs(papers: Papers, engine_url: str) -> None:
    """The contract of dispatchers: ticks of this process on SQLite, a worker of its own on PostgreSQL."""
    council = papers.council
    is_worker = council.engine.dialect.name == "postgresql"
    settings = load_settings(
        database_url=engine_url,
        dispatcher="procrastinate" if is_worker else "embedded",
        secret_key="k" * 40,
        demo=False,
    )
    dispatching.use(settings.dispatcher)
    try:
        if is_worker:
            dispatching.prepare(council.engine)
        council.run("ann", ask_for_pack, papers.meeting, "private")
        council.run("ann", ask_for_pack, papers.meeting, "private")
        if is_worker:
            options = {"wait": False, "install_signal_handlers": False}
            worker = threading.Thread(target=work, args=[Installation(council.engine, settings)], kwargs=options)
            worker.start()
            worker.join(60)
            assert not worker.is_alive()
        else:
            tick(council.engine, council.now, settings, only=[JOB])
    finally:
        dispatching.use("embedded")
    (build,) = papers.builds()
    assert b"CANARYTERMS" in every_byte(papers.file(build))


def test_who_may_have_which_edition_over_pages_and_api(
    papers: Papers, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """interface.md, pack.pdf: members the private one, less what they have an interest in; others the public one."""
    council, path = papers.council, f"/meetings/{papers.meeting}/pack"
    with site_of(council, engine_url, monkeypatch) as site:
        ann, stranger = site.visitor("ann"), site.visitor("stranger")
        page = ann.get(path)
        assert "Agenda pack, private edition" in page.text
        assert "Not built" in page.text
        assert "private" not in stranger.get(path).text
        assert ann.get(f"{path}.pdf?edition=private").status == 303, "not built: the page says how far it is"
        assert ann.send(page, path, page.form("edition")).status == 303
        assert "Waiting to be built" in ann.get(path).text
        papers.build()
        page = ann.get(path)
        assert re.search(
            r"Open the PDF : Agenda pack, private edition \( ?\d+ pages, \d+ KB, built 26 October 2026", page.text
        )
        whole = ann.client.get(f"{path}.pdf?edition=private")
        assert whole.mimetype == "application/pdf"
        assert b"CANARYTERMS" in every_byte(whole.data)
        assert "CANARY" not in str(whole.headers)
        read = select(func.count()).select_from(Event).where(Event.name == "report.secret_read")
        assert council.read(lambda s: s.scalar(read)) == 2, "reading what is secret is in the audit trail"
        for who in ("stranger", "admin"):
            visitor = site.visitor(who)
            for edition in ("public", "private"):
                got = visitor.client.get(f"{path}.pdf?edition={edition}")
                assert got.status_code == 200
                assert b"CANARY" not in every_byte(got.data), "who may read no more gets the public one"
        # A member with an interest in item 5 keeps item 7 and loses what is secret in item 5, also of what is built.
        council.run(
            "bob", declare_interest, papers.meeting, council.items(papers.meeting)[0], council.people["bob"], "Owner"
        )
        bob = site.visitor("bob")
        page = bob.get(path)
        assert "Something is left out for you in item 5." in page.text
        assert bob.client.get(f"{path}.pdf?edition=private").status_code == 303
        papers.build()
        his = every_byte(bob.client.get(f"{path}.pdf?edition=private").data)
        assert b"CANARYTITLE" in his
        assert b"CANARYTERMS" not in his
        # What becomes secret later is not given out of an earlier pack.
        council.write(lambda s: s.execute(update(Section).where(Section.key == "hostile").values(secrecy="exempt")))
        assert stranger.client.get(f"{path}.pdf").status_code == 303
        papers.build()
        assert "#read" not in " ".join(words_of(stranger.client.get(f"{path}.pdf").data))
        assert stranger.get("/meetings/1/pack").status == 404
        assert stranger.get(f"{path}.pdf?edition=nonsense").status == 404


def test_a_restricted_paper_is_a_placeholder_in_the_public_pack(papers: Papers) -> None:
    """product.md, "Who may see what": restricted (procurement, staffing) hides a paper from all others, packs too."""
    papers.council.write(lambda s: s.execute(update(Case).where(Case.id == papers.plain).values(restricted=True)))
    public, private = papers.build()
    words = " ".join(words_of(papers.file(public)))
    assert "5. Paper: Short" in words, "by its safe title"
    assert "To decide what follows" not in words
    assert "Short breaks" not in words
    assert "To decide what follows" in " ".join(words_of(papers.file(private)))
    seen = select(Case.id).where(Case.id == papers.plain)
    knows = {
        who: papers.council.read(
            lambda s, who=who: s.scalar(seen.where(visible(papers.council.actor(who, s), "report", TODAY)))
        )
        for who in ("stranger", "ann")
    }
    assert knows == {"stranger": None, "ann": papers.plain}, "no page, search or count either"
