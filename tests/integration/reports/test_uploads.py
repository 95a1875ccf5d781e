"""Attached files are judged by what is inside them, and refused in words that say what to do."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.people import StoredFile
from commissioning.reports import file_checks
from commissioning.reports.commands import save_appendix
from commissioning.reports.file_checks import BadFile, check_file, docx_text, words_in
from commissioning.reports.uploads import MAX_BYTES, get_appendix_file, safe_name, store_file
from tests.integration.reports.world import Papers

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
WORD = '<w:document xmlns:w="w"><w:body>{}</w:body></w:document>'
LINE = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
MAIN = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def office(kind: str = "docx", **more: str | bytes) -> bytes:
    """An office file with its main part, and further parts by path (`__` for `/`, the rest as it is)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        parts: dict[str, str | bytes] = {"[Content_Types].xml": "<Types/>"}
        parts[MAIN[kind]] = WORD.format(LINE.format("Hello") + LINE.format("There"))
        for path, text in (parts | more).items():
            # The same bytes whenever they are made: an entry carries the time of day otherwise.
            entry = zipfile.ZipInfo(path.replace("__", "/"), (2026, 1, 1, 0, 0, 0))
            archive.writestr(entry, text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def pdf(inside: bytes) -> bytes:
    """A PDF with something in its catalogue."""
    return PDF.replace(b"/Pages 2 0 R", b"/Pages 2 0 R " + inside)


def in_object_stream(inside: bytes) -> bytes:
    """A PDF that hides an object in a compressed object stream."""
    packed = zlib.compress(inside)
    head = b"3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return PDF.replace(b"trailer", head + packed + b"\nendstream\nendobj\ntrailer")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("pdf", PDF),
        ("pdf", PDF.replace(b"trailer", b"4 0 obj\n<<>>\nstream\nx/JS xx\nendstream\nendobj\ntrailer")),
        ("png", PNG),
        ("jpg", JPG),
        ("docx", office()),
        ("xlsx", office("xlsx")),
        ("pptx", office("pptx")),
        ("txt", "Für alle – £5".encode()),
        ("txt", "£5".encode("cp1252")),
        ("csv", b"a,b\r\n1,\"2\n3\"\r\n"),
        (
            "docx",
            office(
                word___rels__document_xml_rels='<Relationship Type="http://x/relationships/hyperlink"'
                ' Target="https://example.org" TargetMode="External"/>'
            ),
        ),
    ],
)  # fmt: skip
def test_what_people_attach_is_taken(kind: str, content: bytes) -> None:
    check_file(kind, content)


def rels(link: str) -> bytes:
    """A Word file with one relationship."""
    return office(**{"word___rels__document.xml.rels": f"<Relationships><Relationship {link}/></Relationships>"})


def doubled() -> bytes:
    """An archive with the same part twice."""
    out = io.BytesIO(office())
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<x/>")
    return out.getvalue()


def encrypted_flag() -> bytes:
    """An archive whose entries say that they are encrypted."""
    content = bytearray(office())
    at = content.find(b"PK\x01\x02")
    while at != -1:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        ("pdf", PNG, "not that inside"),
        ("png", PDF, "not that inside"),
        ("jpg", b"hello", "not that inside"),
        ("txt", PDF, "not plain text"),
        ("txt", b"a\x00b", "not plain text"),
        ("txt", b"a\x01b", "no text"),
        ("csv", b'a,"b"c\n', "CSV"),
        ("docx", office("xlsx"), "not that inside"),
        ("docx", PDF, "damaged or not"),
        ("docx", office()[:-30], "damaged or not"),
        ("docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "password or in an old format"),
        ("docx", encrypted_flag(), "password"),
        ("docx", office(**{"word/vbaProject.bin": b"x"}), "macros"),
        ("docx", office(**{"xl/macrosheets/sheet1.xml": b"<x/>"}), "macros"),
        ("docx", office(**{"word/embeddings/oleObject1.bin": b"x"}), "other files or controls"),
        ("docx", office(**{"word/activeX/activeX1.xml": b"<x/>"}), "other files or controls"),
        ("docx", office(**{"../evil.xml": b"<x/>"}), "point outside"),
        ("docx", office(**{"word/bomb.xml": b"<a>" + b" " * 5_000_000}), "far more than it is"),
        ("docx", office(**{"word/x.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "declarations"),
        ("docx", rels('Type="x/relationships/attachedTemplate" Target="http://evil" TargetMode="External"'), "outside"),
        ("docx", rels("TargetMode = 'External' Type='x/relationships/oleObject' Target='file:///c'"), "outside"),
        ("docx", doubled(), "twice"),
        ("pdf", pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "script"),
        ("pdf", pdf(b"/AA << /O << /S /J#61vaScript >> >>"), "script"),
        ("pdf", pdf(b"/OpenAction << /S /Launch >>"), "start a program"),
        ("pdf", pdf(b"/Names << /EmbeddedFiles 5 0 R >>"), "other files inside"),
        ("pdf", pdf(b"/Encrypt 5 0 R"), "password"),
        ("pdf", in_object_stream(b"<< /S /JavaScript >>"), "script"),
        ("pdf", PDF.replace(b"%%EOF", b""), "end is missing"),
        ("png", PNG + b"<SCRIPT>alert(1)</script>", "script inside"),
    ],
)  # fmt: skip
def test_what_could_do_harm_is_refused_with_what_to_do(kind: str, content: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        check_file(kind, content)


def test_too_many_parts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_checks, "MAX_ENTRIES", 3)
    check_file("docx", office(**{"a.xml": b"<x/>"}))
    with pytest.raises(BadFile, match="more than an appendix"):
        check_file("docx", office(**{"a.xml": b"<x/>", "b.xml": b"<x/>"}))


def test_words_are_taken_out_for_lints_and_search() -> None:
    assert words_in("docx", office()) == "Hello\nThere"
    assert words_in("txt", "\ufeffGrüße".encode()) == "Grüße"
    assert words_in("csv", b"a,b") == "a,b"
    assert words_in("pdf", PDF) is None
    with pytest.raises(BadFile):
        docx_text(b"<!DOCTYPE x [<!ENTITY a 'boom'>]><w:t xmlns:w='w'>&a;</w:t>")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\Plan 1.docx", "Plan 1.docx"),
        ('a"b\r\nX: y;.pdf', "abX y.pdf"),
        ("x" * 300 + ".pdf", "x" * 110 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(name: str, kept: str) -> None:
    assert safe_name(name) == kept


def test_a_file_is_stored_once_and_given_to_who_may_see_it(papers: Papers) -> None:
    papers.out()
    c = papers.council

    def attach(secrecy: str) -> Any:
        stored = c.run("author", store_file, office(), "Plan.docx")
        return c.run(
            "author", save_appendix, papers.report, "Plan", secrecy=secrecy,
            file_name=stored.name, file_sha256=stored.sha256,
        )  # fmt: skip

    shown, hidden = attach("open"), attach("exempt")
    assert c.read(lambda s: list(s.scalars(select(StoredFile.sha256)))) == [hashlib.sha256(office()).hexdigest()]

    def get(who: str, which: int) -> Any:
        def find(session: Session) -> Any:
            row, file, secret = get_appendix_file(session, c.actor(who, session), papers.report, which, c.now)
            return row.file_name, file.text, secret

        return c.read(find)

    assert get("lena", hidden) == ("Plan.docx", "Hello\nThere", ("Appendix B",))
    assert get("lena", shown)[2] == ()
    for which in (shown, hidden):
        with pytest.raises(NotFound):
            get("olga", which)


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"MZ", "run.exe", "must be a PDF"),
        (b"x", "noending", "must be a PDF"),
        (b"", "empty.pdf", "empty"),
        (b"x" * (MAX_BYTES + 1), "big.txt", "20 MB or smaller"),
        (PNG, "picture.pdf", "named .pdf but is not that inside"),
    ],
)
def test_a_refusal_is_for_the_field(papers: Papers, content: bytes, name: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        papers.council.run("author", store_file, content, name)
    assert said in refused.value.errors["file"]
