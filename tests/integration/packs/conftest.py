"""A council on each engine, with a meeting whose papers have everything that a pack can hold."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
import pytest
from sqlalchemy import select, update

from commissioning.audit import canonical, sha256
from commissioning.clock import fresh_id
from commissioning.db import make_engine
from commissioning.models.cases import Case
from commissioning.models.packs import PackBuild
from commissioning.models.people import StoredFile
from commissioning.models.reports import Appendix, Report, ReportEdition, Section
from commissioning.packs.building import build_waiting, want_due
from commissioning.reports.covers import read_parts
from commissioning.reports.edition import edition
from tests.integration.meetings.scenes import publish
from tests.support.council import Council, make_council

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)
HOSTILE = (
    '#read("/etc/passwd") #import "@preview/cetz:0.3.1": canvas $x^2$ #eval("1+1") @ref <label> \\ /* // */\n'
    + "Pneumono" * 60
    + "\nSmile 😀🎉 中文 and עברית \u202eright to left\n"
    + "- *one*\n- two\n\n| a | b |\n|---|---|\n| 1 | [x](javascript:alert(1)) |"
)


@dataclass
class Papers:
    """The meeting and its reports: `plain` with a secret section, `exempt` as a whole."""

    council: Council
    body: int
    meeting: int
    plain: int
    exempt: int

    def build(self) -> list[PackBuild]:
        """Let the jobs run; what is there then, oldest first."""
        want_due(self.council.engine, self.council.now)
        build_waiting(self.council.engine, self.council.now, "#1d4f5c", "https://papers.example")
        return self.builds()

    def builds(self) -> list[PackBuild]:
        """Every build, oldest first."""
        return list(self.council.read(lambda s: s.scalars(select(PackBuild).order_by(PackBuild.id)).all()))

    def file(self, build: PackBuild) -> bytes:
        """What was built."""
        assert build.progress == "ready", build.reason
        query = select(StoredFile.content).where(StoredFile.sha256 == build.file_sha256)
        return bytes(self.council.read(lambda s: s.scalars(query).one()))

    def freeze(self, report: int) -> None:
        """Freeze a report as it stands."""
        council = self.council

        def write(session):
            text = canonical(edition(session, read_parts(session, report), session.get_one(Case, report)))
            number = len(session.scalars(select(ReportEdition).where(ReportEdition.report_id == report)).all()) + 1
            session.add(
                ReportEdition(report_id=report, number=number, made_at=council.now, content=text, sha256=sha256(text))
            )

        council.write(write)

    def attach(
        self, report: int, letter: str, content: bytes | None, media: str, name: str, secrecy: str = "open"
    ) -> None:
        """Attach a file; None: an appendix without one."""
        digest = hashlib.sha256(content).hexdigest() if content is not None else None

        def write(session):
            if content is not None:
                session.add(
                    StoredFile(sha256=digest, size=len(content), media_type=media, content=content,
                               added_at=self.council.now)
                )  # fmt: skip
                session.flush()
            session.add(
                Appendix(id=fresh_id(), report_id=report, letter=letter, position=ord(letter), title=f"Title {letter}",
                         file_name=name, file_sha256=digest, secrecy=secrecy)
            )  # fmt: skip

        self.council.write(write)


def pdf_of(pages: int, word: str = "") -> bytes:
    """A PDF as somebody might attach it: pages with a word in its metadata, an action and hidden notes."""
    pdf = pikepdf.Pdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].obj.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Named, N=pikepdf.Name.NextPage))
    if word:
        words = pikepdf.String(word)
        note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], Contents=words)
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(note)])
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def section(papers_of: Council, report: int, key: str, heading: str, text: str, secrecy: str = "open") -> None:
    """Give a report a section."""
    position = {"purpose": 1, "hostile": 2, "terms": 3}.get(key, 9)
    papers_of.write(
        lambda s: s.add(
            Section(id=fresh_id(), report_id=report, position=position, key=key, heading=heading, kind="section",
                    text=text, secrecy=secrecy)
        )
    )  # fmt: skip


@pytest.fixture
def papers(engine_url: str) -> Iterator[Papers]:
    """An agenda that is published, with the two papers."""
    engine = make_engine(engine_url)
    council = make_council(engine)
    body = council.body(kind="committee")
    meeting = council.meeting(body)
    plain = council.report(meeting, [{"reasons": "It helps", "amount_pence": 125_000_000}], title="Short breaks")
    exempt = council.report(meeting, [{"text": "CANARYASK"}], title="CANARYTITLE lease")
    found = Papers(council, body, meeting, plain, exempt)
    section(council, plain, "purpose", "Purpose", "To decide what follows.")
    section(council, plain, "hostile", "Background", HOSTILE)
    section(council, plain, "terms", "Terms", "CANARYTERMS of the contract", "exempt")
    section(council, exempt, "purpose", "Purpose", "CANARYPURPOSE")
    found.attach(plain, "A", pdf_of(3), "application/pdf", "map.pdf")
    found.attach(plain, "B", PNG, "image/png", "photo.png")
    found.attach(plain, "C", b"year,sum\n2026,1\n", "text/csv; charset=utf-8", "model.csv")
    found.attach(plain, "D", pdf_of(1, "CANARYNOTE"), "application/pdf", "CANARYFILE.pdf", "exempt")

    def hide(session):
        session.execute(
            update(Case).where(Case.id == exempt).values(secrecy="exempt", safe_title="Lease of a building")
        )
        exempt_as = {"is_exempt": True, "exempt_paragraph": 3, "public_interest": "Bids would be known"}
        session.execute(update(Report).where(Report.case_id.in_((plain, exempt))).values(**exempt_as))

    council.write(hide)
    for report in (plain, exempt):
        council.write(lambda s, report=report: council.sign(s, report))
        found.freeze(report)
        council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    yield found
    engine.dispose()
