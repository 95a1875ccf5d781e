"""The papers of a body kept in another committee system are handed over as files with a manifest (product.md, 1)."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile

import pytest
from sqlalchemy import select

from commissioning.boards.commands import edit_rules
from commissioning.clock import fresh_id
from commissioning.elsewhere import routes_handing_over
from commissioning.models.cases import Case, Event
from commissioning.models.reports import Section
from commissioning.public.publishing import answer_findings, look_at
from tests.integration.packs.conftest import Papers
from tests.support.pages import Visitor, site_of
from tests.support.pdf import every_byte, opened, words_of

KEPT = "Not for publication/"


def files_of(clerk: Visitor, path: str) -> dict[str, bytes]:
    """The files of a zip by name, after a look that its manifest tells the truth about them."""
    content = clerk.client.get(path).get_data()
    assert content == clerk.client.get(path).get_data(), "the same papers give the same file"
    files = unpacked(content)
    for row in rows_of(files):
        if row["File"]:
            assert row["SHA-256"] == hashlib.sha256(files[row["File"]]).hexdigest()
    assert {r["File"] for r in rows_of(files)} - {""} == set(files) - {"manifest.csv"}
    return files


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files in a zip."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def rows_of(files: dict[str, bytes]) -> list[dict[str, str]]:
    """The lines of the manifest."""
    return list(csv.DictReader(io.StringIO(files["manifest.csv"].decode())))


def everything(files: dict[str, bytes]) -> bytes:
    """Every byte of a zip with nothing packed, names of files as well."""
    said = [every_byte(c) if c.startswith(b"%PDF") else c for c in files.values()]
    return b"\n".join([*said, *(name.encode() for name in files)])


def test_a_meetings_papers_are_handed_over_as_files_with_a_manifest(
    papers: Papers, engine_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One zip for each meeting, for its clerk alone; a second one holds nothing that the public may not read."""
    council, at = papers.council, f"/meetings/{papers.meeting}/hand-over"
    council.report(papers.meeting, [{}], state="drafting", title="Not written yet")
    with site_of(council, engine_url, monkeypatch) as site:
        clerk = site.visitor("clerk")
        assert clerk.get(at).status == 404  # its meetings are run here
        council.run("admin", edit_rules, papers.body, {"kept_in": "Another system"})
        paths = (at, f"{at}.zip", f"{at}-public.zip", f"/reports/{papers.plain}/hand-over.zip")
        for who in ("author", "ann", "chair", "stranger", "director", "admin"):
            assert [site.visitor(who).get(path).status for path in paths] == [404] * 4, who
        council.write(lambda s: s.add(a_warning(papers)))
        page = clerk.get(at)
        assert "Not written yet : Not submitted yet: drafting." in page.text
        assert "What was found in it before publication is not settled" in page.text
        answer(papers)
        assert "not settled" not in clerk.get(at).text
        assert f"/reports/{papers.plain}/hand-over.zip" in clerk.get(f"/reports/{papers.plain}").html

        whole, public = files_of(clerk, f"{at}.zip"), files_of(clerk, f"{at}-public.zip")
        alone = files_of(clerk, f"/reports/{papers.plain}/hand-over.zip")
        assert set(alone) < set(whole)
        monkeypatch.setattr(routes_handing_over, "AT_ONCE", 1)
        page = clerk.get(at)
        assert "Download papers 1 (zip) Download papers 2 (zip)" in page.text, "nobody waits for more than a few papers"
        second = clerk.client.get(f"{at}.zip?part=2")
        assert "papers-2.zip" in second.headers["Content-Disposition"]
        assert set(unpacked(second.get_data())) < set(whole)
        assert clerk.get(f"{at}.zip?part=3").status == 404
    assert not any(name.startswith(KEPT) for name in public)
    for word in ("TERMS", "TITLE", "ASK", "PURPOSE", "FILE", "NOTE"):
        for way in ("utf-8", "utf-16-be", "utf-16-le"):
            assert f"CANARY{word}".encode(way) not in everything(public), word
    seen = everything(whole)
    assert all(f"CANARY{word}".encode() in seen for word in ("TERMS", "ASK", "PURPOSE"))
    names = [*whole, *(cell for row in rows_of(whole) for cell in row.values())]
    assert not any("CANARY" in said for said in names), "the manifest is passed on"

    plain, exempt = (council.read(lambda s, i=i: s.get_one(Case, i).reference) for i in (papers.plain, papers.exempt))
    found = [(r["Number"], r["Reference"], r["What it is"], r["Class"]) for r in rows_of(public)]
    assert sorted(found) == sorted(
        [
            *((n, plain, what, kind) for n, what, kind in numbered(public, plain)),
            *(
                (n, exempt, "Report", "Exempt")
                for n in {r["Number"] for r in rows_of(public) if r["Reference"] == exempt}
            ),
        ]
    )
    (withheld,) = (r for r in rows_of(public) if r["Reference"] == exempt)
    assert (withheld["Title"], withheld["File"], withheld["Asks to"]) == ("Lease of a building", "", "")
    assert "paragraph 3" in withheld["Why not for publication"]
    text = next(name for name in public if name.startswith(plain) and name.endswith(".pdf") and "Appendix" not in name)
    assert {r["Asks to"] for r in rows_of(public) if r["File"] == text} == {"1: agree"}
    read = " ".join(words_of(public[text]))
    assert "Part of this paper is not for publication" in read
    assert "Lawyer, Legal, 1 October 2026" in read
    assert f"{plain} Paper Short Appendix A.pdf" in read, "appendices are named by their files"
    pdf = opened(public[text])
    assert pdf.Root.MarkInfo.Marked, "tagged"  # P-26
    assert next(p.label for p in pdf.pages) == f"{plain}-1", "no cover"

    notes = council.read(
        lambda s: s.scalars(
            select(Event.name).where(Event.name.in_(("papers.handed_over", "report.secret_read")))
        ).all()
    )
    assert notes.count("papers.handed_over") == 7
    assert notes.count("report.secret_read") == 2 * 2 + 2 + 1, "of both papers, of the one taken alone, of a part"


def numbered(files: dict[str, bytes], reference: str) -> list[tuple[str, str, str]]:
    number = next(r["Number"] for r in rows_of(files) if r["Reference"] == reference)
    said = [("Report", "Open, parts withheld"), *((f"Appendix {x}", "Open") for x in "ABC")]
    return [(number, what, kind) for what, kind in said]


def a_warning(papers: Papers) -> Section:
    """A section that says more than the public should read."""
    text = "Ask parent@home.example for it."
    more = {"position": 8, "key": "more", "heading": "More", "kind": "section", "text": text, "secrecy": "open"}
    return Section(id=fresh_id(), report_id=papers.plain, **more)


def answer(papers: Papers) -> None:
    """The clerk answers what was found in the paper."""
    council = papers.council
    looked = council.read(lambda s: look_at(s, [s.get_one(Case, papers.plain)])[papers.plain])
    council.run("clerk", answer_findings, papers.plain, looked.digest, "It is a public address")
