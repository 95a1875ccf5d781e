"""What is found in files and texts before publication (product.md, "Publishing safely"), on files made here."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest

from commissioning.public.safety.files import look_through
from commissioning.public.safety.personal import is_nhs_number, signs_in

TEXT = b"BT /F1 12 Tf 72 700 Td (Name: Jane Poole) Tj ET"
BLACK = b"0 0 0 rg 100 695 80 18 re f"


def a_pdf(content: bytes, *annotations: dict[str, object], **info: str) -> bytes:
    """A page with this content in Helvetica."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    marker = pikepdf.Dictionary(BM=pikepdf.Name.Multiply)
    page.obj.Resources = pikepdf.Dictionary(
        Font=pikepdf.Dictionary(F1=font), ExtGState=pikepdf.Dictionary(Marker=marker)
    )
    page.obj.Contents = pdf.make_stream(content)
    if annotations:
        page.obj.Annots = pikepdf.Array(
            [pdf.make_indirect(pikepdf.Dictionary({f"/{k}": v for k, v in a.items()})) for a in annotations]
        )
    for name, value in info.items():
        pdf.docinfo[f"/{name}"] = value
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def a_zip(**parts: str) -> bytes:
    """An office file of these parts; `__` stands for a slash and `_` for a point in a name's end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", text)
    return out.getvalue()


def codes(kind: str, content: bytes) -> list[str]:
    """Codes of what is found."""
    return [sign.code for sign in look_through(kind, content)]


@pytest.mark.parametrize(
    ("content", "is_recoverable"),
    [
        (TEXT + b"\n" + BLACK, True),
        (TEXT + b"\n1 1 1 rg 100 695 80 18 re f", True),  # white hides as well as black
        (TEXT + b"\nq 0.5 0 0 0.5 50 347 cm 0 0 0 rg 100 695 160 36 re f Q", True),  # scaled into place
        (TEXT + b"\n0 0 0 rg 100 695 m 180 695 l 180 713 l 100 713 l h f", True),  # drawn corner by corner
        (TEXT + b"\n18 w 100 704 m 180 704 l S", True),  # a thick line
        (BLACK + b"\n1 1 1 rg\n" + TEXT, False),  # white on black, to be read
        (TEXT + b"\n0 0 0 rg 100 600 80 18 re f", False),  # elsewhere
        (TEXT + b"\n/Marker gs 1 1 0 rg 100 695 80 18 re f", False),  # a marker's pen
        (TEXT + b"\n1 w 72 698 m 180 698 l S", False),  # underlined
        (BLACK, False),  # really redacted
    ],
)
def test_text_under_a_box_can_be_recovered_and_text_on_one_is_meant_to_be_read(
    content: bytes, is_recoverable: bool
) -> None:
    assert codes("pdf", a_pdf(content)) == (["redaction"] if is_recoverable else [])


def test_a_pdf_with_marks_that_were_never_applied_comments_layers_and_properties() -> None:
    place = [100, 695, 180, 713]
    redact = {"Subtype": pikepdf.Name.Redact, "Rect": place}
    square = {"Subtype": pikepdf.Name.Square, "Rect": place, "IC": [0, 0, 0]}
    note = {"Subtype": pikepdf.Name.Text, "Rect": [0, 0, 9, 9], "Contents": "Is this true?"}
    assert codes("pdf", a_pdf(TEXT, redact)) == ["redaction"]
    assert codes("pdf", a_pdf(TEXT, square)) == ["redaction"]
    assert codes("pdf", a_pdf(TEXT, note)) == ["comments"]
    (sign,) = look_through("pdf", a_pdf(TEXT, Author="Jane Poole", Title="A plan"))
    assert (sign.code, sign.severity) == ("properties", "blocker")
    assert "Jane Poole" in sign.text
    assert codes("pdf", a_pdf(b"BT /F1 12 Tf 72 700 Td (Write to jane@example.org) Tj ET")) == ["mail"]
    assert codes("pdf", b"%PDF-1.7 broken") == ["unread"]


def test_word_excel_and_powerpoint_files_carry_more_than_they_show() -> None:
    word = '<w:document xmlns:w="w"><w:p>{}<w:r><w:t>Words</w:t></w:r></w:p></w:document>'
    assert codes("docx", a_zip(word__document=word.format(""))) == []
    assert codes("docx", a_zip(word__document=word.format('<w:ins w:author="J"/><w:del/>'))) == ["tracked"]
    assert codes("docx", a_zip(word__document=word.format("<w:rPr><w:vanish/></w:rPr>"))) == ["hidden"]
    notes = '<w:comments xmlns:w="w"><w:comment w:id="1"/></w:comments>'
    assert codes("docx", a_zip(word__document=word.format(""), word__comments=notes)) == ["comments"]
    core = '<c:core xmlns:c="c" xmlns:dc="d"><dc:creator>{}</dc:creator></c:core>'
    assert codes("docx", a_zip(word__document=word.format(""), docProps__core=core.format("Jane"))) == ["properties"]
    assert codes("docx", a_zip(word__document=word.format(""), docProps__core=core.format("python-docx"))) == []
    book, sheet = (
        "<workbook><sheets><sheet {}/></sheets></workbook>",
        "<worksheet><row {}><c><v>1</v></c></row></worksheet>",
    )
    assert codes("xlsx", a_zip(xl__workbook=book.format(""), xl__worksheets__s=sheet.format(""))) == []
    assert codes("xlsx", a_zip(xl__workbook=book.format('state="veryHidden"'))) == ["hidden"]
    assert codes("xlsx", a_zip(xl__workbook=book.format(""), xl__worksheets__s=sheet.format('hidden="1"'))) == [
        "hidden"
    ]
    slide = '<p:sld xmlns:p="p" {}/>'
    assert codes("pptx", a_zip(ppt__slides__slide1=slide.format('show="0"'))) == ["hidden"]
    notes = '<p:notes xmlns:p="p" xmlns:a="a"><a:t>Do not say this</a:t></p:notes>'
    assert codes("pptx", a_zip(ppt__slides__slide1=slide.format(""), ppt__notesSlides__n1=notes)) == ["hidden"]


def test_a_photograph_says_where_it_was_taken() -> None:
    entry = (0x8825).to_bytes(2, "big") + bytes(10)
    exif = b"Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry
    picture = b"\xff\xd8\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
    assert codes("jpg", picture) == ["properties"]
    assert codes("jpg", b"\xff\xd8\xff\xe0 plain") == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jane, born 3 May 2015, goes to", ["birth"]),
        ("DOB: 03/05/2015", ["birth"]),
        ("The meeting on 3 May 2015", []),
        ("NHS number 943 476 5919", ["nhs"]),
        ("943 476 5918 has a wrong check digit", []),
        ("1111111111", []),
        ("lives at LS1 4AP", ["postcode"]),
        ("write to j.poole@example.org", ["mail"]),
        ("call 01609 536 000", ["phone"]),
        ("the grant of 1,250,000 in 2012/13, reference 2009-10", []),
        ("her number is QQ 12 34 56 C or AB 12 34 56 C", ["nino"]),
    ],
)
def test_likely_personal_data_in_text(text: str, found: list[str]) -> None:
    assert [sign.code for sign in signs_in(text)] == found


def test_contacts_that_are_meant_to_be_published_are_no_finding() -> None:
    assert signs_in("call 01609 536000 or a@example.org", ["01609 536 000", "A@example.org"]) == []
    assert not is_nhs_number("123")
