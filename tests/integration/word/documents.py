"""Changing a .docx as a writer in Word would: text under a heading, tracked changes, comments; on its XML alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from lxml import etree

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
Change = Callable[[etree._Element], None]


def tag(name: str) -> str:
    """A name of WordprocessingML."""
    return f"{{{W}}}{name}"


def changed(content: bytes, change: Change, *, comments: str = "") -> bytes:
    """The document with its body changed, and with a comments part if one is given."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "word/document.xml":
                root = etree.fromstring(data)
                change(root)
                data = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            if not (comments and entry.filename == "word/comments.xml"):
                new.writestr(entry, data)
        if comments:
            new.writestr("word/comments.xml", comments)
    return kept.getvalue()


def paragraph(root: etree._Element, text: str) -> etree._Element:
    """The paragraph that reads so."""
    return next(p for p in root.iter(tag("p")) if "".join(p.itertext(tag("t"))) == text)


def write(root: etree._Element, old: str, new: str) -> None:
    """Put other words in a paragraph."""
    runs = list(paragraph(root, old).iter(tag("t")))
    runs[0].text = new
    for run in runs[1:]:
        run.text = ""


def add_after(root: etree._Element, old: str, new: str, *, style: str = "") -> None:
    """A paragraph after another."""
    made = etree.fromstring(f'<w:p xmlns:w="{W}"><w:r><w:t>{new}</w:t></w:r></w:p>')
    if style:
        made.insert(0, etree.fromstring(f'<w:pPr xmlns:w="{W}"><w:pStyle w:val="{style}"/></w:pPr>'))
    paragraph(root, old).addnext(made)


def track(
    root: etree._Element, text: str, *, added: str = "", removed: bool = False, author: str = "A. Writer"
) -> None:
    """A tracked change at the end of a paragraph, or its whole text tracked as removed."""
    found = paragraph(root, text)
    said = f'w:author="{author}" w:date="2026-10-12T09:00:00Z"'
    if removed:
        for run in list(found.iter(tag("r"))):
            for t in run.iter(tag("t")):
                t.tag = tag("delText")
            wrap = etree.fromstring(f'<w:del xmlns:w="{W}" w:id="90" {said}/>')
            run.addprevious(wrap)
            wrap.append(run)
    if added:
        found.append(
            etree.fromstring(
                f'<w:ins xmlns:w="{W}" w:id="91" {said}><w:r><w:t xml:space="preserve">{added}</w:t></w:r></w:ins>'
            )
        )


def remove_part(root: etree._Element, heading: str) -> None:
    """Take out a heading with everything under it."""
    at = paragraph(root, heading)
    following = at.getnext()
    at.getparent().remove(at)
    while following is not None and following.find(f"{tag('pPr')}/{tag('pStyle')}") is None:
        last, following = following, following.getnext()
        last.getparent().remove(last)


def move_part(root: etree._Element, heading: str, before: str) -> None:
    """Put a recommendation, with all that belongs to it, before another one."""
    first, place = paragraph(root, heading), paragraph(root, before)
    part, following = [first], first.getnext()
    while following is not None and not _begins_another(following):
        part.append(following)
        following = following.getnext()
    for element in part:
        place.addprevious(element)


def _begins_another(element: etree._Element) -> bool:
    style = element.find(f"{tag('pPr')}/{tag('pStyle')}")
    return element.tag == tag("sectPr") or (style is not None and style.get(tag("val")) in ("Heading1", "Heading2"))


COMMENTS = (
    f'<w:comments xmlns:w="{W}"><w:comment w:id="1" w:author="F. Officer" w:date="not a day"><w:p><w:r>'
    "<w:t>Check this figure</w:t></w:r></w:p></w:comment></w:comments>"
)
